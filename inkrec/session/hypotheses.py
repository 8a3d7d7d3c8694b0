"""What a line says: the words of a beam, with the strokes, times and doubts of each."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

from ..decoding.word_spans import BeamWords, WordSpan, assign_strokes
from ..language.alphabet import Alphabet
from ..network.layers import STRIDE
from ..results import Alternative, Hypothesis, Word
from .state import LineState

__all__ = ["append_causal_text", "build_hypothesis", "causal_delay"]


def build_hypothesis(
    r: LineState, beam: BeamWords, spans: Sequence[tuple[int, int]] = ()
) -> tuple[Hypothesis, list[int]]:
    """The hypothesis of a beam, and the word of each open stroke.

    Parameters
    ----------
    r : LineState
    beam : BeamWords
        Of the open ink.
    spans : sequence of (int, int)
        The points at which each open stroke begins and the next one does, if the beam
        counts otherwise than the line's encoder.

    Returns
    -------
    hypothesis : Hypothesis
    owners : list of int
    """
    strokes, front = r.ink.strokes, r.text.committed_text
    if not spans:
        starts = [*(s.encoder.points for s in strokes), r.ink.encoder.points]
        spans = list(itertools.pairwise(starts))
    owners = _assign_strokes(r, beam.best, spans) if beam.best else []
    words = []
    for k, (word, confidence, others) in enumerate(beam.posteriors()):
        mine = [i for i, owner in enumerate(owners) if owner == k]
        times = [(strokes[i].start_time, strokes[i].samples.value.t) for i in mine]
        if not times:
            times = [(_frame_time(r, spans, word.first), _frame_time(r, spans, word.last))]
        start, end = min(a for a, _ in times), max(b for _, b in times)
        indices = tuple(i + r.ink.first_stroke for i in mine)
        words.append(Word(word.text, confidence, start, end, indices, others))
    text = " ".join(w.text for w in beam.best)
    hypothesis = Hypothesis(
        front,
        f" {text}" if front and text else text,
        r.text.committed + tuple(words),
        beam.alternatives(front),
    )
    return hypothesis, owners


def append_causal_text(r: LineState, alphabet: Alphabet) -> LineState:
    """The line with its text in mid-stroke: that of the pen-up, and what the causal pass adds."""
    causal, text = r.causal, r.text
    more = alphabet.decode(causal.tokens.last(causal.tokens.length - causal.shown_tokens))
    tentative = " ".join((text.pen_up_hypothesis.tentative + more).split())
    if text.committed_text and tentative:
        tentative = f" {tentative}"
    if tentative == text.hypothesis.tentative:
        return r
    alone = (Alternative(text.committed_text + tentative, 0.0),)
    shown = replace(text.pen_up_hypothesis, tentative=tentative, alternatives=alone)
    return r._replace(text=text._replace(hypothesis=shown))


def causal_delay(text: str, causal_text: str) -> int:
    """By how many tokens the causal pass is late against a text, seen from how their ends agree.

    Examples
    --------
    >>> causal_delay("over the", "oven th"), causal_delay("old", "old")
    (1, 0)
    """

    def agree(by: int) -> int:
        early = text[: len(text) - by]
        return sum(a == b for a, b in zip(reversed(early), reversed(causal_text), strict=False))

    # a causal head mostly waits for one token more: ties go to one
    return max((1, 0, 2, 3, 4), key=agree) if causal_text else min(len(text.strip()), 4)


def _assign_strokes(
    r: LineState, words: Sequence[WordSpan], spans: Sequence[tuple[int, int]]
) -> list[int]:
    centres = [(a + b - 1) / (2 * STRIDE) for a, b in spans]
    strokes = r.ink.strokes
    return assign_strokes(words, centres, [s.left for s in strokes], [s.right for s in strokes])


def _frame_time(r: LineState, spans: Sequence[tuple[int, int]], frame: int) -> float:
    """Time at which the stroke of a frame's ink began."""
    at = [i for i, (start, _) in enumerate(spans) if start <= frame * STRIDE]
    if not r.ink.strokes:
        return 0.0
    return r.ink.strokes[max(at, key=lambda i: spans[i], default=0)].start_time
