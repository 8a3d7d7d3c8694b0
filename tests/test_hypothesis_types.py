"""What the recogniser says, as values."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, fields, replace

import pytest
import tiny
from hypothesis import given
from hypothesis import strategies as st

from inkrec import Alternative, Hypothesis, Recognizer, Word

WORD = Word("tea", 0.9, 0.5, 1.5, (0, 2), (Alternative("ten", -2.0),), True)
SAID = Hypothesis("tea", " time", (WORD, Word("time", 0.5, 2.0, 3.0, (3,))))


@given(st.text(), st.text())
def test_the_text_is_what_is_committed_and_what_is_not(committed, tentative):
    assert Hypothesis(committed, tentative).text == committed + tentative


def test_nothing_said_is_nothing():
    nothing = Hypothesis()
    assert (nothing.text, nothing.words, nothing.alternatives, nothing.final) == ("", (), (), False)


def test_a_word_is_tentative_and_alone_unless_it_says_so():
    word = Word("a", 1.0, 0.0, 0.0, ())
    assert word.alternatives == ()
    assert not word.committed


@pytest.mark.parametrize("value", [SAID, WORD, WORD.alternatives[0]])
def test_they_are_values(value):
    for other in (pickle.loads(pickle.dumps(value)), copy.deepcopy(value), replace(value)):
        assert other == value
        assert hash(other) == hash(value)
    for field in fields(value):
        with pytest.raises(FrozenInstanceError, match=f"cannot assign to field '{field.name}'"):
            setattr(value, field.name, None)
    first = fields(value)[0].name
    assert replace(value, **{first: "other"}) != value


def test_nothing_can_be_added():
    with pytest.raises((AttributeError, TypeError), match=r"colour|super"):
        SAID.colour = "red"


@pytest.mark.parametrize(
    ("hypothesis", "shown"),
    [
        (SAID, "<Hypothesis 'tea' + ' time', 2 words>"),
        (Hypothesis(), "<Hypothesis '' + '', 0 words>"),
        (Hypothesis("tea", words=(WORD,), final=True), "<Hypothesis 'tea', 1 word, final>"),
    ],
)
def test_it_is_shown_short(hypothesis, shown):
    assert repr(hypothesis) == shown
    assert len(repr(Hypothesis("a" * 999, "b" * 999))) < 150


def test_a_session_shows_what_it_says():
    session = Recognizer(tiny.model()).session()
    assert repr(session) == "<Session '' + ''>"
    session.feed((0.0, 1.0, 2.0, None, True))
    session.feed((0.1, 1.0, 9.0, None, False))
    said = session.hypothesis
    assert repr(session) == f"<Session {said.committed!r} + {said.tentative!r}>"
    session.finish()
    assert repr(session).endswith(", finished>")
