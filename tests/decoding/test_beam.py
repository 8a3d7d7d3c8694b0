"""The beam: law 2 (any cut of the frames) and law 3 (the brute-force sum)."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from ctc import WIDE, Bigram, brute_force, log_probabilities
from hypothesis import given, settings
from hypothesis import strategies as st

from inkrec.decoding.beam import advance, advance_all, best_path
from inkrec.decoding.prefix import BeamSettings, Prefix, initial_beam
from inkrec.decoding.word_spans import BeamWords, assign_strokes, word_spans
from inkrec.errors import ModelError
from inkrec.language.alphabet import BLANK, Alphabet


@given(st.integers(1, 5).flatmap(lambda n: log_probabilities(n, 3)), st.booleans())
@settings(max_examples=40, deadline=None)
def test_a_wide_beam_is_the_brute_force_sum(log_probs, with_language):
    lm = Bigram() if with_language else None
    expected = brute_force(log_probs, lm, WIDE.lm_weight, WIDE.token_bonus)
    state = advance(WIDE, initial_beam(lm), log_probs, lm)
    found = {
        tuple(p.symbols()): math.exp(lp)
        for p, lp in zip(state.prefixes, state.log_probabilities(), strict=True)
    }
    assert len(found) > 1
    assert set(found) == set(expected)
    for text, mass in expected.items():
        assert found[text] == pytest.approx(mass, rel=1e-5)
    assert max(expected, key=expected.get) == tuple(state.prefixes[0].symbols()) or (
        expected[tuple(state.prefixes[0].symbols())] == pytest.approx(max(expected.values()))
    )


@given(log_probabilities(12, 5), st.lists(st.integers(0, 12), max_size=4))
@settings(max_examples=40, deadline=None)
def test_any_cut_of_the_frames_gives_the_same_beam(log_probs, cuts):
    chosen = BeamSettings(beam_width=4)
    lm = Bigram()
    whole = advance(chosen, initial_beam(lm), log_probs, lm)
    state = initial_beam(lm)
    bounds = [0, *sorted(cuts), len(log_probs)]
    for a, b in itertools.pairwise(bounds):
        state = advance(chosen, state, log_probs[a:b], lm)
    assert [p.symbols() for p in state.prefixes] == [p.symbols() for p in whole.prefixes]
    assert state.p_blank == whole.p_blank
    assert state.p_nonblank == whole.p_nonblank
    assert state.log_scale == whole.log_scale
    assert state.frame == whole.frame == 12


@given(log_probabilities(8, 4))
@settings(max_examples=30, deadline=None)
def test_a_state_is_a_value(log_probs):
    first = advance(WIDE, initial_beam(), log_probs[:4])
    copy = (first.prefixes, first.p_blank, first.p_nonblank, first.log_scale)
    one = advance(WIDE, first, log_probs[4:])
    two = advance(WIDE, first, log_probs[4:])
    assert (first.prefixes, first.p_blank, first.p_nonblank, first.log_scale) == copy
    assert one.p_blank == two.p_blank
    assert one.p_nonblank == two.p_nonblank


def peaks(text, alphabet, *, sharp=0.97, gap=1):
    """Log-probabilities that spell a text: a peak a symbol, blanks between."""
    rows = []
    for symbol in alphabet.encode(text):
        for best in [symbol] + [BLANK] * gap:
            row = np.full(alphabet.classes, (1 - sharp) / (alphabet.classes - 1))
            row[best] = sharp
            rows.append(row)
    return np.log(np.array(rows, np.float32))


ALPHABET = Alphabet(" abcde")


def test_words_carry_their_frames_and_posteriors():
    state = advance(BeamSettings(), initial_beam(), peaks("ab cd", ALPHABET))
    weighed = BeamWords(state, ALPHABET).posteriors()
    assert [(w.text, w.first, w.last) for w, _, _ in weighed] == [("ab", 0, 2), ("cd", 6, 8)]
    for _, confidence, others in weighed:
        assert 0.5 < confidence <= 1.0
        assert all(o.log_probability < 0 for o in others)
    texts = BeamWords(state, ALPHABET).alternatives()
    assert texts[0].text == "ab cd"
    assert len(texts) == 5
    assert sum(math.exp(t.log_probability) for t in texts) <= 1 + 1e-9


def test_texts_are_as_sure_as_their_words():
    state = advance(BeamSettings(), initial_beam(), peaks("ab", ALPHABET, sharp=0.8))
    [(word, confidence, _)] = BeamWords(state, ALPHABET, 0, 3.0).posteriors()
    told = {
        t.text: t.log_probability
        for t in BeamWords(state, ALPHABET, temperature=3.0).alternatives()
    }
    assert math.exp(told[word.text]) == pytest.approx(confidence)


def test_temperature_makes_words_less_sure():
    state = advance(BeamSettings(), initial_beam(), peaks("ab", ALPHABET, sharp=0.8))
    (_, cold, _), (_, warm, _) = (
        BeamWords(state, ALPHABET).posteriors()[0],
        BeamWords(state, ALPHABET, 0, 3.0).posteriors()[0],
    )
    assert warm < cold


def test_keeping_what_agrees_is_a_pruning():
    state = advance(BeamSettings(), initial_beam(), peaks("ab", ALPHABET, sharp=0.8))
    wanted = [ALPHABET.decode(p.symbols()).startswith("a") for p in state.prefixes]
    assert 0 < sum(wanted) < len(wanted)
    kept = state.prune(wanted)
    more = advance(BeamSettings(), kept, peaks("c", ALPHABET, sharp=0.8))
    assert all(ALPHABET.decode(p.symbols()).startswith("a") for p in more.prefixes)
    with pytest.raises(ModelError, match="nothing would be left"):
        state.prune([False] * len(state.prefixes))


def test_surely_blank_frames_change_no_text():
    spoken = advance(BeamSettings(), initial_beam(), peaks("abba", ALPHABET))
    silence = np.full((50, ALPHABET.classes), 1e-6, np.float32)
    silence[:, BLANK] = 1 - 1e-6 * len(ALPHABET)
    after = advance(BeamSettings(), spoken, np.log(silence))
    assert [p.symbols() for p in after.prefixes] == [p.symbols() for p in spoken.prefixes]
    assert after.frame == spoken.frame + 50


def test_the_trail_ends_where_advance_does():
    log_probs = peaks("cab", ALPHABET, sharp=0.7)
    states = advance_all(BeamSettings(), initial_beam(), log_probs)
    assert len(states) == len(log_probs)
    assert states[-1].p_blank == advance(BeamSettings(), initial_beam(), log_probs).p_blank
    assert [s.frame for s in states] == list(range(1, len(log_probs) + 1))


@given(log_probabilities(12, 4), st.integers(0, 12))
def test_best_path_may_be_cut_anywhere(log_probs, cut):
    whole, frames, last = best_path(log_probs)
    one, at, between = best_path(log_probs[:cut])
    two, later, end = best_path(log_probs[cut:], between)
    assert one + two == whole
    assert at + [f + cut for f in later] == frames
    assert end == last


def test_impossible_frames_are_waited_out():
    nothing = np.full((3, ALPHABET.classes), -np.inf, np.float32)
    state = advance(BeamSettings(), initial_beam(), peaks("ab", ALPHABET))
    after = advance(BeamSettings(), state, nothing)
    assert after.prefixes[0].symbols() == state.prefixes[0].symbols()


@pytest.mark.parametrize(
    "wrong",
    [
        {"beam_width": 0},
        {"beam_width": 1.5},
        {"beam_width": 10**9},
        {"token_min_prob": 1.5},
        {"blank_skip_prob": 0.0},
        {"beam_prune_prob": -1},
        {"lm_weight": -0.1},
        {"lm_weight": np.inf},
        {"lm_weight": np.nan},
        {"token_bonus": -0.1},
        {"token_bonus": 800.0},
        {"lm_floor_prob": -0.1},
        {"lm_floor_prob": 1.0},
    ],
)
def test_settings_refuse_what_makes_no_sense(wrong):
    with pytest.raises(ModelError, match=next(iter(wrong))):
        BeamSettings(**wrong)


def test_strokes_go_to_the_word_being_spelled_and_dots_back_to_theirs():
    a, b, space = ALPHABET.encode("ab ")
    node = None
    for symbol, frame in [(a, 2), (b, 5), (space, 8), (a, 10), (b, 14)]:
        node = Prefix(node or Prefix(None, BLANK, -1, 0, None), symbol, frame, frame, None)
    words = word_spans(node, ALPHABET)
    assert [w.text for w in words] == ["ab", "ab"]
    # the last stroke was written at the end, but stands over the first word
    owners = assign_strokes(words, [1, 4, 11, 13, 15], [0, 1, 5, 6, 0.4], [1, 2, 6, 7, 0.6])
    assert owners == [0, 0, 1, 1, 0]
