"""What each pass of a recogniser makes of a line."""

from __future__ import annotations

import math
from dataclasses import replace

from ..decoding.beam import best_path
from ..decoding.prefix import initial_beam
from ..ink.strokes import Ink
from ..recognizer import Recognizer
from ..session import encoder
from ..session.line_decoder import LineDecoder

__all__ = ["PASSES", "decode_passes"]

PASSES = ("streaming", "refined", "final_greedy", "final")
"""Text while the pen moves, at the last pen-up, of the finished line without and with the
language model."""


def decode_passes(
    recognizer: Recognizer, ink: Ink, *, line_height: float | None = None
) -> dict[str, str]:
    """What each pass makes of a line.

    Parameters
    ----------
    recognizer : Recognizer
    ink : Ink
    line_height : float, optional
        Distance of the ruled lines, in ink units.

    Returns
    -------
    dict of str to str
        ``streaming``: best path of the causal head over the stream, ``refined``: the
        second pass at the last pen-up, ``final_greedy``: best path of the second pass over
        the whole line; ``final``, with a language model: what `Recognizer.recognize` gives.
    """
    model, language = recognizer.model, recognizer.language
    decoder = LineDecoder(model, recognizer.beam, has_time=ink.has_time, line_height=line_height)
    r = decoder.add_samples(decoder.initial_state(), ink.samples())
    decode, causal = model.alphabet.decode, r.causal
    rest = encoder.flush(model, r.ink.scale, r.ink.encoder, has_time=ink.has_time).frames.log_probs
    tokens = causal.tokens.last(causal.tokens.length) + best_path(rest, causal.last_token)[0]
    texts = {
        "streaming": decode(tokens), "refined": r.text.hypothesis.text, "final_greedy": ""
    }  # fmt: skip
    if math.isfinite(r.ink.scale_estimate.scale):
        line = decoder.encode_line(r)
        texts["final_greedy"] = decode(best_path(line.log_probs)[0])
        if language is not None:
            state = replace(decoder, language=language).decode_line(initial_beam(language), line)
            texts["final"] = decode(state.prefixes[0].symbols())
    elif language is not None:
        texts["final"] = ""
    return {key: " ".join(text.split()) for key, text in texts.items()}
