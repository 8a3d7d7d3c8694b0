"""Words are found where the ink says them, under any of its readings, and nowhere else."""

from __future__ import annotations

import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import inkrec
from inkrec import Alternative, Hypothesis, InkError, Page, TextLine, TextWord, Word
from inkrec.page.search import _edits
from inkrec.page.strokes import Box


class Said(Page):
    """A page that says some lines; a word is a text, or (text, confidence, alternatives)."""

    def __init__(self, *lines):
        self.said, stroke = [], 0
        for n, words in enumerate(lines):
            held, start = [], 0
            for k, word in enumerate(words.split() if isinstance(words, str) else words):
                text, sure, others = (word, 1.0, {}) if isinstance(word, str) else word
                read = tuple(Alternative(t, math.log(p)) for t, p in others.items())
                box = Box(10.0 * k, 20.0 * n, 10.0 * k + 9, 20.0 * n + 8)
                word = Word(text, sure, 0, 0, (k,), read)
                held.append(TextWord(stroke, word, start, (stroke,), box))
                start += len(text) + 1
                stroke += 1
            self.say(held)

    def say(self, words):
        text = " ".join(w.text for w in words)
        box = Box.around(w.box for w in words)
        strokes = tuple(w.strokes[0] for w in words)
        hypothesis = Hypothesis(text, words=tuple(w.word for w in words), final=True)
        self.said.append(TextLine(len(self.said), hypothesis, strokes, tuple(words), box))

    @classmethod
    def at(cls, lines):
        """A page of lines of words, each with where it stands."""
        page = cls()
        for words in lines:
            page.say([dataclasses.replace(word, box=Box(*box)) for word, box in words])
        return page

    @property
    def lines(self):
        return tuple(self.said)


def found(page, words, **options):
    return [(m.line, m.text) for m in inkrec.search(page, words, **options)]


NOTES = Said("The meeting, on Monday:", "bring well-known (black) tea", "and the ice", "cream")


@pytest.mark.parametrize(
    ("words", "places"),
    [
        ("meeting", [(1, "meeting,")]),
        ("MONDAY", [(1, "Monday:")]),
        ("the", [(1, "The"), (3, "the")]),
        ("known", [(2, "well-known")]),
        ("well-known", [(2, "well-known")]),
        ("black tea", [(2, "(black) tea")]),
        ("ice cream", [(3, "ice cream")]),
        ("tea black", []),
        ("meet", []),
        ("icecream", [(3, "ice cream")]),
    ],
)
def test_words_are_found_without_the_marks_around_them(words, places):
    assert found(NOTES, words) == places


def test_a_match_says_where_it_stands():
    (match,) = inkrec.search([Said("x"), NOTES], "known black")
    assert (match.page, match.line, match.start, match.end) == (2, 2, 6, 24)
    assert match.line_text[match.start : match.end] == match.text == "well-known (black)"
    assert match.box == Box(10, 20, 29, 28)
    assert match.boxes == (Box(10, 20, 19, 28), Box(20, 20, 29, 28))
    assert match.strokes == (5, 6)


def test_words_that_run_on_end_with_their_line():
    (match,) = inkrec.search(NOTES, "ice cream")
    assert match.line_text[match.start : match.end] == "ice"
    assert len(match.boxes) == 2


def test_case_counts_where_it_is_asked_for():
    assert found(NOTES, "the", case=True) == [(3, "the")]


def test_alternatives_count_with_their_probability():
    page = Said([("clock", 0.7, {"dock": 0.2, "Dock,": 0.05, "block": 0.05})])
    (match,) = inkrec.search(page, "dock")
    assert match.score == pytest.approx(0.25)
    assert match.text == "clock"
    assert found(page, "dock", min_score=0.3) == []
    assert found(page, "lock") == []


def test_edits_are_allowed_as_many_as_are_asked_for():
    page = Said("received the goods")
    assert found(page, "recieved") == found(page, "recieved", edits=1) == []
    (match,) = inkrec.search(page, "recieved", edits=2)
    assert (match.text, match.edits, match.score) == ("received", 2, 0.75)
    assert found(page, "she", edits=2) == [(1, "the")]
    assert found(page, "x", edits=2) == []
    (best,) = inkrec.search(Said("tea teas"), "tea teas", edits=1)
    assert best.edits == 0


def test_two_words_read_as_one_are_found():
    page = Said([("Teais", 0.6, {}), ("ready", 1.0, {})])
    assert found(page, "tea is ready") == [(1, "Teais ready")]


def test_capitals_and_quotes_of_any_script_are_the_same():
    assert found(Said("Straße ΔΈΛΤΑ don’t ﬁne"), "strasse δέλτα don't fine") != []


def test_no_two_matches_share_a_word():
    assert found(Said("go go go"), "go go") == [(1, "go go")]


@pytest.mark.parametrize("words", ["", " \n", None, 5])
def test_nothing_is_not_looked_for(words):
    with pytest.raises(InkError, match="holds no word to be looked for"):
        inkrec.search(NOTES, words)


@pytest.mark.parametrize("edits", [-1, 1.5, True, None])
def test_edits_are_counted(edits):
    with pytest.raises(InkError, match="must be a whole number, 0 or more"):
        inkrec.search(NOTES, "a", edits=edits)


def test_what_is_no_page_is_refused_with_the_cure():
    with pytest.raises(InkError, match=r"Recognizer\.pages\(document\)"):
        inkrec.search([inkrec.Ink()], "a")


def slow(a, b):
    if not a or not b:
        return len(a) + len(b)
    return min(slow(a[1:], b) + 1, slow(a, b[1:]) + 1, slow(a[1:], b[1:]) + (a[0] != b[0]))


@given(st.text("abc", max_size=5), st.text("abc", max_size=5), st.integers(0, 3))
def test_edits_are_levenshteins(a, b, most):
    true = slow(a, b)
    assert _edits(a, b, most) == (true if true <= most else None)
