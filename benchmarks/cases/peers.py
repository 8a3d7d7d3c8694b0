"""Our parts against others' on the same input, in the same run.

Peers that are not installed are left out and named::

    pip install --no-deps pyctcdecode pygtrie flashlight-text
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from inkrec.decoding import beam as beams
from inkrec.decoding.prefix import BeamSettings, initial_beam
from inkrec.language.alphabet import BLANK
from inkrec.session.sample_runs import runs
from inkrec.session.state import with_samples

from .bench import Bench, Row, Stopwatch

__all__ = ["beam", "ctc_log_probability", "lstm"]

Array = npt.NDArray[Any]


def _found(module: str) -> Any:
    logging.disable(logging.WARNING)  # pyctcdecode warns that kenlm is missing
    try:
        return importlib.import_module(module)
    except ImportError:
        return None
    finally:
        logging.disable(logging.NOTSET)


def lstm(bench: Bench) -> list[Row]:
    """The causal layers: one step, and a hundred at once."""
    layers = bench.recognizer.model.network._causal
    widths = [layer.weights()[0].shape[0] for layer in layers]
    width = widths[0]
    rng = np.random.default_rng(0)
    peer = None
    torch = _found("torch")
    if torch is not None:
        torch.set_num_threads(1)
        modules = []
        for wide, layer in zip(widths, layers, strict=True):
            modules.append(torch.nn.LSTM(wide, layer.units, batch_first=True))
        peer = modules
    rows = []
    for steps, times in ((1, 200), (100, 20)):
        x = rng.standard_normal((steps, width)).astype(np.float32)
        states = [(np.zeros(n.units, np.float32),) * 2 for n in layers]

        def ours(x: Array = x, states: list[Any] = states) -> None:
            for layer, (h, c) in zip(layers, states, strict=True):
                x, _ = layer.run(x, h, c)

        watch = Stopwatch()
        for _ in range(times // (10 if bench.quick else 1)):
            watch(ours)
        name = f"LSTM, {steps} step{'s' * (steps > 1)}"
        rows.append(watch.row(f"{name}: inkrec"))
        if peer is None:
            continue
        given = torch.from_numpy(x[None])
        held = [(torch.zeros(1, 1, m.hidden_size),) * 2 for m in peer]

        def theirs(y: Any = given, held: list[Any] = held) -> None:
            with torch.inference_mode():
                for module, state in zip(peer, held, strict=True):
                    y, _ = module(y, state)

        theirs()
        other = Stopwatch()
        for _ in range(times // (10 if bench.quick else 1)):
            other(theirs)
        ratio = np.median(other.cpu) / np.median(watch.cpu)
        rows.append(other.row(f"{name}: PyTorch {torch.__version__}", f"{ratio:.1f} times ours"))
    return rows


def ctc_log_probability(log_probs: Array, symbols: list[int]) -> float:
    """Logarithm of the sum over all paths that spell some symbols (Graves 2006, eq. 5 to 8).

    Examples
    --------
    >>> frame = np.log([[0.5, 0.3, 0.2]])
    >>> round(np.exp(ctc_log_probability(np.repeat(frame, 2, 0), [1])), 2)
    0.39
    """
    labels = [BLANK]
    for symbol in symbols:
        labels += [symbol, BLANK]
    n = len(labels)
    at = np.array(labels)
    skip = np.zeros(n, bool)
    skip[2:] = (at[2:] != BLANK) & (at[2:] != at[:-2])
    alpha = np.full(n, -np.inf)
    alpha[0] = 0.0
    for t, row in enumerate(log_probs.astype(np.float64)):
        if t == 0:
            alpha[:2] = row[at[:2]]
            continue
        one = np.concatenate([[-np.inf], alpha[:-1]])
        two = np.where(skip, np.concatenate([[-np.inf, -np.inf], alpha[:-2]])[:n], -np.inf)
        alpha = np.logaddexp(np.logaddexp(alpha, one), two) + row[at]
    return float(np.logaddexp(alpha[-1], alpha[-2]) if n > 1 else alpha[-1])


def beam(bench: Bench) -> list[Row]:
    """Prefix beams of the same width over the same lines, without a language model."""
    recognizer = bench.recognizer
    settings = recognizer.beam
    lines = []
    for ink in bench.inks[: 3 if bench.quick else 30]:
        reader = recognizer._line_decoder(None, None, ink.has_time)
        reading = reader.initial_state()
        for run in runs(reading, ink.samples()):
            reading = with_samples(reading, run)
        lines.append(reader.encode_line(reading)[1])
    decoders: dict[str, Callable[[Array], list[int]]] = {"inkrec": _ours(settings)}
    symbols = recognizer.model.alphabet.symbols
    if (package := _found("pyctcdecode")) is not None:
        decoders["pyctcdecode"] = _pyctcdecode(package, symbols, settings.beam_width)
    if (package := _found("flashlight.lib.text.decoder")) is not None:
        decoders["flashlight-text"] = _flashlight(package, len(symbols) + 1, settings.beam_width)
    rows: list[Row] = []
    for name, decode in decoders.items():
        watch, scores = Stopwatch(), []
        decode(lines[0])
        for log_probs in lines:
            found = watch(decode, log_probs)
            scores.append(ctc_log_probability(log_probs, found))
        score = float(np.mean(scores))
        note = f"mean log-probability of the text {score:.4f}"
        if rows:
            note += f", {np.median(watch.cpu) / rows[0]['median']:.1f} times ours"
        rows.append(watch.row(f"beam of {settings.beam_width}: {name}", note, score=score))
    return rows


def _ours(settings: BeamSettings) -> Callable[[Array], list[int]]:
    def decode(log_probs: Array) -> list[int]:
        state = beams.advance(settings, initial_beam(), log_probs)
        return state.prefixes[0].symbols()

    return decode


def _pyctcdecode(
    package: Any, symbols: tuple[str, ...], width: int
) -> Callable[[Array], list[int]]:
    logging.disable(logging.WARNING)
    decoder = package.build_ctcdecoder(["", *symbols])
    logging.disable(logging.NOTSET)
    index = {symbol: i + 1 for i, symbol in enumerate(symbols)}

    def decode(log_probs: Array) -> list[int]:
        return [index[c] for c in decoder.decode(log_probs, beam_width=width)]

    return decode


def _flashlight(package: Any, classes: int, width: int) -> Callable[[Array], list[int]]:
    options = package.LexiconFreeDecoderOptions(
        beam_size=width,
        beam_size_token=classes,
        beam_threshold=25.0,
        lm_weight=0.0,
        sil_score=0.0,
        log_add=True,
        criterion_type=package.CriterionType.CTC,
    )
    decoder = package.LexiconFreeDecoder(options, package.ZeroLM(), -1, BLANK, [])

    def decode(log_probs: Array) -> list[int]:
        held = np.ascontiguousarray(log_probs, np.float32)
        best = decoder.decode(held.ctypes.data, *held.shape)[0]
        symbols, last = [], BLANK
        for token in best.tokens:
            if token not in (BLANK, last) and token >= 0:
                symbols.append(token)
            last = token
        return symbols

    return decode
