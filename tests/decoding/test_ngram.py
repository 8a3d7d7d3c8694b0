"""The packed n-gram model: one distribution a state, and a state is a value."""

from __future__ import annotations

import io
import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkrec.errors import ModelError
from inkrec.language.alphabet import Alphabet
from inkrec.language.char_ngram import NgramModel

SYMBOLS = " abc"


def tiny(**changes: object) -> NgramModel:
    """Order 3 over " abc" with the contexts " ", "a", "ab" and the line start.

    Level 1: space, a, b, c, line start. Level 2: " a"; "ab", "ac"; start "b".
    Level 3: "aba".
    """
    arrays: dict[str, object] = {
        "alphabet": Alphabet(SYMBOLS),
        "unigram": [0.4, 0.3, 0.2, 0.1],
        "levels": [5, 4, 1],
        "labels": [1, 2, 3, 4, 5, 2, 3, 4, 3, 2],
        "probs": [0, 0, 0, 0, 0, 1, 2, 3, 1, 4],
        "children": [1, 2, 0, 0, 1, 0, 1, 0, 0],
        "rests": [2, 3, 1, 5],
        "steps": (0.5, 0.25),
        "about": {"licence": "CC0-1.0"},
    }
    return NgramModel(**(arrays | changes))  # type: ignore[arg-type]


MODEL = tiny()


def logp(model: NgramModel, text: str, symbol: str) -> float:
    state = 0
    for c in text:
        state = model.advance(state, c)
    return model.step(state, symbol)[1]


@pytest.mark.parametrize(
    ("context", "symbol", "expected"),
    [
        ("", "a", np.log(0.3)),
        ("b", "a", np.log(0.3)),  # "b" has no children, so the empty context speaks
        (" ", "a", -0.5),
        (" ", "b", -2 * 0.25 + np.log(0.2)),
        ("a", "b", -1.0),
        ("a", "c", -1.5),
        ("a", "a", -3 * 0.25 + np.log(0.3)),
        ("ab", "a", -2.0),
        ("ab", "c", -5 * 0.25 + np.log(0.1)),  # "ab" leaves it to "b", "b" to the empty context
        ("cab", "a", -2.0),
        ("  a", "b", -1.0),
    ],
)
def test_longest_context_speaks_and_the_others_are_asked_in_turn(context, symbol, expected):
    assert logp(MODEL, context, symbol) == pytest.approx(expected, abs=1e-6)


def test_line_start_speaks_before_the_space_and_the_space_before_nothing():
    start = MODEL.start()
    assert MODEL.step(start, "b")[1] == pytest.approx(-0.5)
    assert MODEL.step(start, "a")[1] == pytest.approx(-0.25 - 0.5)
    assert MODEL.step(start, "c")[1] == pytest.approx(-0.25 - 0.5 + np.log(0.1))


def test_start_reads_the_text_before_with_its_trailing_space():
    assert MODEL.start("cab") == MODEL.advance(MODEL.advance(0, "a"), "b")
    assert MODEL.start("ca ") == MODEL.advance(0, " ")
    assert (
        MODEL.start("ab\u00e9") == MODEL.empty
    )  # what stands before a foreign character is forgotten
    assert MODEL.start("  ") == MODEL.start("") != 0


@given(st.text(SYMBOLS, max_size=12))
def test_scores_are_the_steps(text):
    model = tiny()
    state = model.start()
    for c in text:
        scores = model.scores(state)
        assert scores.shape == (5,)
        assert scores[0] == -np.inf
        steps = [model.step(state, s)[1] for s in SYMBOLS]
        np.testing.assert_allclose(scores[1:], steps, rtol=1e-5)
        assert model.step(state, SYMBOLS.index(c) + 1) == model.step(state, c)
        state = model.advance(state, c)


def test_scores_cannot_be_written():
    with pytest.raises(ValueError, match="read-only"):
        MODEL.scores(MODEL.start())[1] = 0


@given(st.text(SYMBOLS, max_size=12))
def test_states_mean_the_same_in_a_copy(text):
    state = MODEL.start(text)
    again = pickle.loads(pickle.dumps(MODEL))
    assert again.start(text) == state
    np.testing.assert_array_equal(again.scores(state), MODEL.scores(state))


def test_forgetting_what_was_cached_changes_nothing(monkeypatch):
    monkeypatch.setattr("inkrec.language.char_ngram._CACHED", 1)
    model = tiny()
    for text in ("abacab", "a  bca", "cab ab") * 3:
        assert model.score(text) == pytest.approx(MODEL.score(text))
        state, other = model.start(text), MODEL.start(text)
        assert state == other
        np.testing.assert_array_equal(model.scores(state), MODEL.scores(other))


def test_what_is_cached_is_bounded(monkeypatch):
    monkeypatch.setattr("inkrec.language.char_ngram._CACHED", 5)
    model = tiny()
    model.trie = None  # the compiled core keeps what it found in another way
    for text in ("abacab", "a  bca", "cab ab"):
        model.score(text)
        model.scores(model.start(text))
        assert 0 < len(model._taken) <= 5
        assert len(model._link) <= 5
        assert len(model._known) <= 5


def test_score_adds_the_steps_behind_a_text():
    whole = MODEL.score("ab", pre_context="c ")
    state = MODEL.start("c ")
    after, first = MODEL.step(state, "a")
    assert whole == pytest.approx(first + MODEL.step(after, "b")[1])


def test_read_what_was_written(tmp_path: Path):
    file = tmp_path / "tiny.lm"
    MODEL.save(file)
    again = NgramModel.load(file)
    assert again.alphabet == MODEL.alphabet
    assert again.about == {"licence": "CC0-1.0"}
    assert again.order == 3
    for name, array in MODEL.to_arrays().items():
        np.testing.assert_array_equal(again.to_arrays()[name], array)
    assert again.score("abacab c") == MODEL.score("abacab c")
    stream = io.BytesIO()
    MODEL.save(stream)
    stream.seek(0)
    assert NgramModel.load(stream).score("ab") == MODEL.score("ab")


def test_unknown_character_is_refused():
    with pytest.raises(ModelError, match="'x' is not in the alphabet"):
        MODEL.step(MODEL.start(), "x")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": [1, 2, 3]}, r"labels has shape \(3,\), expected \(10,\)"),
        ({"rests": [2, 3]}, "rests has shape"),
        ({"unigram": [0.4, 0.3, 0.3, 0.0]}, "a symbol has no probability"),
        ({"children": [1, 2, 0, 0, 1, 0, 1, 1, 0], "rests": [1] * 5}, "have lost children"),
        ({"alphabet": Alphabet(" ab"), "unigram": [0.5, 0.3, 0.2]}, "3 symbols do not fit"),
        ({"steps": (np.inf, 0.25)}, "its steps are"),
        ({"labels": [1, 2, 3, 4, 5, 2, 3, 4, 3, 200]}, "names unknown symbols"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(changes, message):
    with pytest.raises(ModelError, match=message):
        tiny(**changes)


def test_other_files_are_refused(tmp_path: Path):
    text = tmp_path / "a.lm"
    text.write_text("no model")
    with pytest.raises(ModelError, match=r"a\.lm is not a language model"):
        NgramModel.load(text)
    other = tmp_path / "b.npz"
    np.savez(other, x=np.zeros(3))
    with pytest.raises(ModelError, match="not a language model: it has no 'card'"):
        NgramModel.load(other)
    whole = io.BytesIO()
    MODEL.save(whole)
    with pytest.raises(ModelError, match="is not a language model"):
        NgramModel.load(io.BytesIO(whole.getvalue()[:200]))


@pytest.mark.parametrize(
    "changes",
    [{"card": np.zeros(3, np.uint8)}, {"levels": np.zeros(0)}, {"labels": np.array(["a"])}],
)
def test_arrays_of_another_kind_are_refused(changes):
    with pytest.raises(ModelError, match=r"language model: .*damaged"):
        NgramModel.from_arrays(MODEL.to_arrays() | changes)


def test_newer_format_is_refused():
    arrays = MODEL.to_arrays()
    card = json.loads(arrays["card"].tobytes()) | {"format": 2}
    arrays["card"] = np.frombuffer(json.dumps(card).encode(), np.uint8)
    with pytest.raises(ModelError, match="format 2; this inkrec reads 1"):
        NgramModel.from_arrays(arrays)
