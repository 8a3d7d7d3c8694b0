"""A finished line may be prose or something else, and clear ink says which."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

import inkrec
from inkrec.decoding.beam import advance
from inkrec.decoding.lm_scorer import final_search
from inkrec.decoding.mixed_text import MixedText, search_mixed
from inkrec.decoding.prefix import initial_beam


@pytest.fixture(scope="module")
def reader():
    return inkrec.load()


def frames(reader, *likely):
    """Log-probabilities that leave open what is told, a blank between every two characters."""
    alphabet = reader.model.alphabet
    rows = np.full((2 * len(likely), alphabet.classes), 1e-7)
    rows[1::2, 0] = 1.0
    for row, symbols in zip(rows[::2], likely, strict=True):
        for symbol, p in symbols.items():
            row[alphabet.encode(symbol)] = p
    return np.log(rows / rows.sum(axis=1, keepdims=True)).astype(np.float32)


def best(reader, log_probs):
    scorer = reader.language
    state = final_search(reader.beam, initial_beam(scorer), log_probs, scorer)
    return reader.model.alphabet.decode(state.prefixes[0].symbols())


@pytest.mark.parametrize(
    ("clear", "doubt"),
    [("the other house", "tke otker kouse"), ("R7 QX4", "k7 ax4"), ("9:45 2/3", "q:45 z/3")],
)
def test_clear_ink_is_read_whatever_it_is(reader, clear, doubt):
    ink = [{a: 1.0} if a == b else {a: 0.97, b: 0.03} for a, b in zip(clear, doubt, strict=True)]
    assert best(reader, frames(reader, *ink)) == clear


def test_where_the_ink_leaves_it_open_prose_is_prose_and_codes_are_codes(reader):
    open_letter = {"l": 0.5, "1": 0.5}
    prose = [{c: 1.0} for c in "we shal"]
    code = [{c: 1.0} for c in "3 72 40 92 "]
    assert best(reader, frames(reader, *prose, open_letter, *({c: 1.0} for c in " go"))) == (
        "we shall go"
    )
    assert best(reader, frames(reader, *code, open_letter, {"7": 1.0})) == "3 72 40 92 17"


@pytest.mark.parametrize("text", ["", "a", "a ", "the q", "7", "7.1 ", "Zb", "1Z. Z", ". . "])
def test_what_may_follow_has_no_more_than_all(reader, text):
    mixed = MixedText(reader.language, 0.0)
    alphabet = reader.model.alphabet
    state = mixed.start(reader.language.start(), 0)
    for symbol in alphabet.encode(text):
        state, prose, both = mixed.step(state, symbol)
        assert prose <= 0
        assert both <= 0
        assert 0 <= state.other <= 1
    following = [math.exp(mixed.step(state, s)[2]) for s in range(1, alphabet.classes)]
    assert 0.5 < sum(following) < 4.0  # what is no prose is bolder than a distribution is


def test_a_line_goes_on_from_what_is_final(reader):
    scorer = reader.language
    ink = frames(reader, *({c: 0.9, "z": 0.1} for c in "a cat sat"))
    wide = replace(reader.beam, beam_width=32)
    half = advance(wide, initial_beam(scorer), ink[:10], scorer)
    front = half.prune([p.symbols() == half.prefixes[0].symbols() for p in half.prefixes])
    found = search_mixed(scorer, reader.beam, wide, front, ink[10:], 5, "a cat")
    assert reader.model.alphabet.decode(found.prefixes[0].symbols()) == "a cat sat"
    assert sum(found.posteriors()) == pytest.approx(1)
    assert found.posteriors() == sorted(found.posteriors(), reverse=True)
    assert found.frame == len(ink)
    assert all(p.lm_state is not None for p in found.prefixes[:1])
