"""The recogniser reads what was written and tells what was drawn."""

from __future__ import annotations

import functools

import numpy as np
import pytest

import inkrec
from inkrec import Ink, PageResult, Stroke

from .pages import LINES, SAMPLES, TEXTS, columns, line, mapped, page


@functools.cache
def recognizer():
    return inkrec.load()


def underline(strokes, under=0.5):
    left, right = min(s.x.min() for s in strokes), max(s.x.max() for s in strokes)
    x = np.linspace(left, right, 60)
    return Stroke(x, np.full(60, max(s.y.max() for s in strokes) + under))


@pytest.mark.parametrize("n", range(3))
@pytest.mark.parametrize("before", [True, False])
def test_an_underlined_line_reads_as_one_that_is_not(n, before):
    strokes = list(line(LINES[n]))
    plain = recognizer().recognize(Ink(strokes))
    under = underline(strokes)
    got = recognizer().recognize(Ink([under, *strokes] if before else [*strokes, under]))
    assert got.text == plain.text == TEXTS[n]
    (drawing,) = got.drawings
    assert drawing.kind == "underline"
    assert drawing.strokes == ((0,) if before else (len(strokes),))
    assert drawing.words(got) == tuple(range(len(got.words)))
    moved = 1 if before else 0
    assert [tuple(i + moved for i in w.strokes) for w in plain.words] == [
        w.strokes for w in got.words
    ]


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("commit", [None, inkrec.CommitPolicy()])
def test_a_session_leaves_an_underline_out_when_it_is_finished(before, commit):
    strokes = list(line(LINES[0]))
    under = underline(strokes)
    ink = Ink([under, *strokes] if before else [*strokes, under])
    session = recognizer().session(commit=commit, has_time=False)
    session.extend(ink.samples())
    final = session.finish()
    assert [d.kind for d in final.drawings] == ["underline"]
    if commit is None:
        assert final.text == TEXTS[0]
    restored = recognizer().restore(session.save())
    assert restored.finish() == final


def test_a_word_that_is_struck_through_is_read_and_marked():
    strokes = list(line(LINES[1]))
    plain = recognizer().recognize(Ink(strokes))
    word = max(range(len(plain.words)), key=lambda n: len(plain.words[n].text))
    mine = [strokes[i] for i in plain.words[word].strokes]
    left, right = min(s.x.min() for s in mine), max(s.x.max() for s in mine)
    middle = float(np.median(np.concatenate([s.y for s in mine])))
    x = np.linspace(left - 0.4, right + 0.4, 40)
    got = recognizer().recognize(Ink([*strokes, Stroke(x, np.full(40, middle))]))
    assert got.text == plain.text
    assert [w.crossed_out for w in got.words] == [n == word for n in range(len(got.words))]
    assert set(got.drawings[0].about) == set(plain.words[word].strokes)


def test_a_page_is_a_sequence_of_its_lines():
    strokes, _ = page(3)
    rules = [Stroke(np.linspace(-3, 50, 40), np.full(40, 8.0 * row + 2.2)) for row in range(3)]
    got = recognizer().recognize_page(Ink([*rules, *strokes]))
    assert isinstance(got, PageResult)
    assert [said.text for said in got] == list(TEXTS) == got.text.split("\n")
    assert sorted(i for d in got.drawings for i in d.strokes) == [0, 1, 2]
    places = [i for said in got for word in said.words for i in word.strokes]
    assert sorted(places) == list(range(3, len(strokes) + 3))
    assert len(got[:2]) == 2


def test_columns_are_read_in_their_order():
    strokes, _ = columns(rows=3)
    got = recognizer().recognize_page(Ink(strokes))
    assert [said.text for said in got] == [*TEXTS, *TEXTS[1:], TEXTS[0]]


def test_several_lines_given_as_one_are_read_one_by_one_and_said():
    strokes, _ = page(2)
    got = recognizer().recognize(Ink(strokes))
    assert got.text == "\n".join(TEXTS[:2])
    assert "2 lines" in got.notices[0]
    one = recognizer().recognize(Ink(strokes), one_line=True)
    assert "\n" not in one.text


def test_a_session_says_that_it_was_given_several_lines():
    session = recognizer().session(commit=None, has_time=False)
    session.extend(Ink(page(2)[0]).samples())
    assert "2 lines" in session.finish().notices[0]
    session = recognizer().session(commit=None, has_time=False)
    session.extend(Ink(page(1)[0]).samples())
    assert session.finish().notices == ()


@pytest.mark.parametrize("seed", [1, 2])
def test_a_line_whose_strokes_come_in_any_order_is_read(seed):
    strokes = list(line(LINES[1]))
    order = np.random.default_rng(seed).permutation(len(strokes)).tolist()
    got = recognizer().recognize(Ink([strokes[i] for i in order]))
    assert got.text == TEXTS[1]
    assert sorted(i for w in got.words for i in w.strokes) == list(range(len(strokes)))


@pytest.mark.parametrize("degrees", [-45.0, 45.0])
def test_a_steep_line_is_read(degrees):
    got = recognizer().recognize(Ink(mapped(line(LINES[0]), degrees=degrees)))
    assert got.text == TEXTS[0]


@pytest.mark.parametrize(
    ("matrix", "notice"),
    [
        (((1, 0), (0, -1)), "y grows upward"),
        (((-1, 0), (0, 1)), "mirrored"),
        (((-1, 0), (0, -1)), "upside down"),
        (((0, -1), (1, 0)), "turned"),
        (((0, 1), (-1, 0)), "turned"),
    ],
)
def test_ink_that_stands_otherwise_is_read_and_said(matrix, notice):
    (a, b), (c, d) = matrix
    ink = inkrec.read(SAMPLES / LINES[0])
    turned = Ink([Stroke(a * s.x + b * s.y, c * s.x + d * s.y, s.t) for s in ink])
    got = recognizer().recognize(turned)
    assert got.text == TEXTS[0]
    assert any(notice in said for said in got.notices)


def test_upright_ink_needs_no_notice():
    for name in LINES:
        assert recognizer().recognize(inkrec.read(SAMPLES / name)).notices == ()


def test_a_drawing_alone_says_nothing_and_is_told():
    a = np.linspace(0, 6.6, 80)
    spiral = [Stroke(5 * k * np.cos(a), 5 * k * np.sin(a)) for k in (1, 2, 3, 4, 5, 6)]
    got = recognizer().recognize(Ink(spiral))
    told = {i for d in got.drawings for i in d.strokes} | {i for w in got.words for i in w.strokes}
    assert told == set(range(6))
