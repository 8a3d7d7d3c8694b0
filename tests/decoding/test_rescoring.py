"""Texts scored by another network: the brute-force sum, and what rescoring leaves as it was."""

from __future__ import annotations

import math
import tracemalloc
from itertools import pairwise

import numpy as np
import pytest
from ctc import WIDE, Bigram, brute_force, log_probabilities
from hypothesis import given, settings
from hypothesis import strategies as st

from inkrec.decoding.beam import advance
from inkrec.decoding.prefix import BeamSettings, initial_beam
from inkrec.decoding.rescoring import ctc_log_likelihoods, rescore


def texts(state):
    return [tuple(p.symbols()) for p in state.prefixes]


@given(st.integers(1, 5).flatmap(lambda n: st.tuples(*[log_probabilities(n, 3)] * 2)))
@settings(max_examples=40, deadline=None)
def test_likelihoods_are_the_brute_force_sum(pair):
    base = initial_beam()
    state = advance(WIDE, base, pair[0])
    found = ctc_log_likelihoods(base, state, np.stack(pair))
    for log_probs, row in zip(pair, found, strict=True):
        expected = brute_force(log_probs)
        assert np.exp(row).tolist() == pytest.approx([expected[t] for t in texts(state)], rel=1e-5)


@given(log_probabilities(7, 4), st.integers(0, 6))
@settings(max_examples=40, deadline=None)
def test_a_base_in_the_middle_is_gone_on_from(log_probs, cut):
    whole = ctc_log_likelihoods(
        initial_beam(), advance(WIDE, initial_beam(), log_probs), log_probs[None]
    )
    base = advance(WIDE, initial_beam(), log_probs[:cut])
    state = advance(WIDE, base, log_probs[cut:])
    found = ctc_log_likelihoods(base, state, log_probs[None, cut:])
    assert len(whole[0]) > 50
    assert sorted(found[0]) == pytest.approx(sorted(whole[0]), abs=1e-6)


def test_hundreds_of_frames_do_not_underflow():
    random = np.random.default_rng(3)
    raw = random.normal(0, 1, (1500, 6)).astype(np.float32)
    log_probs = raw - np.log(np.exp(raw).sum(1, keepdims=True))
    base = initial_beam()
    state = advance(BeamSettings(beam_width=16), base, log_probs)
    found = ctc_log_likelihoods(base, state, log_probs[None])[0]
    assert np.isfinite(found).all()
    assert np.all(found >= np.array(state.log_probabilities()) - 1e-6), "the beam prunes"
    assert found[0] < -800, "far below what a double holds"


def test_a_long_line_takes_no_memory_by_frames_times_texts():
    random = np.random.default_rng(3)
    raw = random.normal(0, 2, (3000, 40)).astype(np.float32)
    log_probs = raw - np.log(np.exp(raw).sum(1, keepdims=True))
    base = initial_beam()
    state = advance(BeamSettings(beam_width=16), base, log_probs)
    nodes = len({node.key for prefix in state.prefixes for node in prefix.nodes()})
    assert nodes > 1000
    tracemalloc.start()
    try:
        found = ctc_log_likelihoods(base, state, np.stack([log_probs] * 2))
        assert tracemalloc.get_traced_memory()[1] < len(raw) * nodes * 8 / 3
    finally:
        tracemalloc.stop()
    np.testing.assert_allclose(found[0], found[1])


@given(st.tuples(*[log_probabilities(6, 4)] * 2), st.floats(0.05, 1))
@settings(max_examples=40, deadline=None)
def test_scores_are_mixed_and_what_the_language_model_says_stays(pair, weight):
    lm, base = Bigram(), initial_beam(Bigram())
    state = advance(WIDE, base, pair[0], lm)
    after = rescore(base, state, *pair, weight)
    mine, theirs = (brute_force(p) for p in pair)
    assert sorted(texts(after)) == sorted(texts(state))
    for text, score in zip(texts(after), after.log_probabilities(), strict=True):
        expected = (1 - weight) * math.log(mine[text]) + weight * math.log(theirs[text])
        expected += WIDE.lm_weight * lm.score(text) + WIDE.token_bonus * len(text)
        assert score == pytest.approx(expected, abs=1e-4)
    masses = after.posteriors()
    assert all(b <= a * (1 + 1e-9) for a, b in pairwise(masses))


def test_no_weight_and_no_frames_change_nothing():
    base = initial_beam()
    raw = np.log(np.full((4, 3), 1 / 3, np.float32))
    state = advance(WIDE, base, raw)
    assert rescore(base, state, raw, raw, 0.0) is state
    assert rescore(base, base, raw[:0], raw[:0], 0.5) is base


def test_what_no_network_can_say_is_last():
    said = np.log(np.array([[0.4, 0.3, 0.3]] * 2, np.float32))
    never = np.array([[0.0, -np.inf, -np.inf]] * 2, np.float32)
    base = initial_beam()
    state = advance(WIDE, base, said)
    assert len(state.prefixes) > 3
    with np.errstate(divide="ignore"):
        after = rescore(base, state, said, never, 0.5)
    assert texts(after)[0] == ()
    assert np.isfinite(after.log_probabilities()[0])
