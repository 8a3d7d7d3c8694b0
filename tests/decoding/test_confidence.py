"""Confidences of finished lines: what speaks for a word, and what it comes to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import inkrec
from inkrec import Ink, ModelError, Stroke
from inkrec.decoding.confidence import NAMES, WEIGHTS, calibrated, evidence
from inkrec.decoding.prefix import Prefix
from inkrec.decoding.settings import DecodingSettings
from inkrec.language.alphabet import Alphabet

TEA = Path(__file__).parents[2] / "demos" / "ink" / "tea.jsonl"
ALPHABET = Alphabet(" ab")


def spelled(symbols: str, frames: list[int]) -> list[Prefix]:
    """The prefixes of a text whose symbols begin in these frames."""
    nodes: list[Prefix] = []
    for n, (symbol, frame) in enumerate(zip(ALPHABET.encode(symbols), frames, strict=True)):
        nodes.append(Prefix(nodes[-1] if nodes else None, symbol, frame, n + 1, None))
    return nodes


def said(count: int, where: dict[int, str], sure: float = 0.9) -> np.ndarray:
    """Log-probabilities of frames that say blank but where they say a symbol."""
    probs = np.full((count, 4), (1 - sure) / 3)
    for t in range(count):
        probs[t, ALPHABET.encode(where[t])[0] if t in where else 0] = sure
    return np.log(probs)


NODES = spelled("a b", [3, 7, 11])
GOOD = said(16, {3: "a", 7: " ", 11: "b"})


def test_a_row_a_word_and_a_column_a_name():
    found = evidence(NODES, ALPHABET, GOOD, GOOD, 64, [(0.9, 2), (0.8, 1)])
    assert found.shape == (2, len(NAMES)) == (2, len(WEIGHTS))
    assert np.isfinite(found).all()
    assert found[0, NAMES.index("own mean")] == pytest.approx(np.log(0.9))
    assert found[0, NAMES.index("no stroke")] == 0


def test_what_a_network_does_not_say_speaks_against_a_word():
    other = said(16, {3: "b", 7: " ", 11: "b"})
    same = evidence(NODES, ALPHABET, GOOD, GOOD, 64, [(0.9, 2), (0.8, 1)])
    against = evidence(NODES, ALPHABET, GOOD, other, 64, [(0.9, 2), (0.8, 1)])
    column = NAMES.index("other least")
    assert against[0, column] < same[0, column]
    assert against[1, column] == same[1, column]
    assert against[0, NAMES.index("other contradicts")] > 0


def test_a_beam_without_doubt_gives_no_infinite_odds():
    found = evidence(NODES, ALPHABET, GOOD, GOOD, 64, [(1.0, 1), (0.0, 0)])
    assert np.isfinite(found).all()
    told = calibrated(found, WEIGHTS)
    assert all(0 <= p <= 1 for p in told)
    assert told[0] > told[1]


def test_a_card_may_bring_its_own_weights():
    weights = [0.5] * len(WEIGHTS)
    assert DecodingSettings.from_card({"confidence": weights}).confidence == tuple(weights)
    for wrong in ([1.0], "no", [float("nan")] * len(WEIGHTS), 3):
        with pytest.raises(ModelError, match="confidence"):
            DecodingSettings.from_card({"confidence": wrong})


def test_ink_on_its_head_is_doubted():
    ink = inkrec.read(TEA)
    recognizer = inkrec.load()
    right = recognizer.recognize(ink)
    assert min(w.confidence for w in right.words) > 0.5
    turned = Ink([Stroke(s.x, -s.y, s.t) for s in ink])
    wrong = recognizer._read_line(turned, "", None)[0]  # as it lies
    known = {w.text for w in right.words}
    doubted = [w.confidence for w in wrong.words if w.text not in known]
    assert doubted
    assert max(doubted) < 0.95
