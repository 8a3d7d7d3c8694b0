"""A word that is written back into a gap of committed text is kept, and told where it belongs."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

import inkrec
from inkrec import Ink, Stroke
from inkrec.ink.stroke_order import put_in
from inkrec.session.commit import CommitPolicy

TEA = Path(__file__).parents[2] / "demos" / "ink" / "tea.jsonl"
EAGER = CommitPolicy(
    min_following_words=1, min_stable_pen_ups=1, min_pen_distance=0.5, min_confidence=0.1
)


@functools.cache
def recognizer():
    return inkrec.load()


@functools.cache
def whole():
    return recognizer().recognize(inkrec.read(TEA))


def put_back(word: int) -> tuple[Ink, tuple[int, ...]]:
    """The line with a word written last, where it belongs, and its strokes as they come then."""
    ink, mine = inkrec.read(TEA), whole().words[word].strokes
    rest = [s for i, s in enumerate(ink) if i not in mine]
    late = [Stroke(ink[i].x, ink[i].y, ink[i].t + 60.0) for i in mine]
    return Ink([*rest, *late]), tuple(range(len(rest), len(ink)))


@pytest.mark.parametrize("word", [1, 3, 4])
def test_a_word_put_into_committed_text_is_kept_and_told(word):
    ink, strokes = put_back(word)
    session = recognizer().session(commit=EAGER)
    for sample in ink.samples():
        session.feed(sample)
    committed = session.hypothesis.committed
    said = whole().text.split()
    assert said[word + 1] in committed.split(), "the word would be put into open text"
    final = session.finish()
    assert final.text.startswith(committed)
    assert final.amended == whole().text
    (put,) = [w for w in final.words if w.insert_at is not None]
    assert put.text == said[word]
    assert put.strokes == strokes
    assert final.text[: put.insert_at].split() == said[:word]
    others = [i for w in final.words if w is not put for i in w.strokes]
    assert not set(others) & set(strokes)
    assert final.text == " ".join(w.text for w in final.words)
    assert final.alternatives[0].text == final.text


def test_nothing_is_amended_where_nothing_was_put_in():
    session = recognizer().session(commit=EAGER)
    session.extend(inkrec.read(TEA).samples())
    final = session.finish()
    assert final.amended is None
    assert all(w.insert_at is None for w in final.words)


def test_marks_are_not_put_in():
    ink = inkrec.read(TEA)
    strokes = [list(Ink([s]).samples()) for s in ink]
    assert put_in(strokes, 4.0) == []
    late, mine = put_back(3)
    assert put_in([list(Ink([s]).samples()) for s in late], 4.0) == list(mine)
