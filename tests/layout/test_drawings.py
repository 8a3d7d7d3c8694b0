"""Drawings are told from writing, in any order, and what they are about."""

from __future__ import annotations

import numpy as np
import pytest

from inkrec import Stroke
from inkrec.layout.drawings import classify_strokes, find_drawings
from inkrec.training.drawings import DRAWN, draw

from .pages import LINES, line, mapped, page

RANDOM = np.random.default_rng


def rule(x0, y0, x1, y1, bow=0.0):
    along = np.linspace(0, 1, 30)
    wave = bow * np.sin(np.pi * along)
    return Stroke(x0 + (x1 - x0) * along, y0 + (y1 - y0) * along + wave)


def ring(left, top, right, bottom, turns=1.1):
    a = np.linspace(-2, -2 + 2 * np.pi * turns, 60)
    x, y = (left + right) / 2, (top + bottom) / 2
    return Stroke(x + (right - left) / 2 * np.cos(a), y + (bottom - top) / 2 * np.sin(a))


def box_of(strokes):
    return (
        min(s.x.min() for s in strokes), min(s.y.min() for s in strokes),
        max(s.x.max() for s in strokes), max(s.y.max() for s in strokes),
    )  # fmt: skip


def words_of(strokes):
    """Words of a line by wide gaps, as lists of places."""
    order = sorted(range(len(strokes)), key=lambda i: strokes[i].x.min())
    words, edge = [], -np.inf
    for i in order:
        if strokes[i].x.min() > edge + 1.2:
            words.append([])
        words[-1].append(i)
        edge = max(edge, strokes[i].x.max())
    return [sorted(word) for word in words]


@pytest.mark.parametrize("name", LINES)
def test_a_line_of_writing_holds_no_drawing(name):
    assert find_drawings(list(line(name))) == []


@pytest.mark.parametrize("name", LINES)
@pytest.mark.parametrize("before", [True, False])
def test_a_line_is_underlined_whenever_it_was(name, before):
    strokes = list(line(name))
    left, _, right, bottom = box_of(strokes)
    under = rule(left, bottom + 0.3, right, bottom + 0.4, 0.15)
    drawn = [under, *strokes] if before else [*strokes, under]
    (found,) = find_drawings(drawn)
    place = 0 if before else len(strokes)
    assert (found.kind, found.strokes) == ("underline", (place,))
    assert set(found.about) == set(range(len(drawn))) - {place}


@pytest.mark.parametrize("name", LINES)
def test_one_word_is_underlined(name):
    strokes = list(line(name))
    word = max(words_of(strokes), key=len)
    left, _, right, bottom = box_of([strokes[i] for i in word])
    (found,) = find_drawings([*strokes, rule(left, bottom + 0.4, right, bottom + 0.35)])
    assert found.kind == "underline"
    assert set(found.about) == set(word)


@pytest.mark.parametrize("name", LINES)
def test_a_word_is_circled(name):
    strokes = list(line(name))
    word = max(words_of(strokes), key=len)
    left, top, right, bottom = box_of([strokes[i] for i in word])
    (found,) = find_drawings([ring(left - 0.9, top - 0.6, right + 0.9, bottom + 0.6), *strokes])
    assert found.kind in ("circle", "frame")
    inside = {i - 1 for i in found.about}
    assert len(inside ^ set(word)) <= 2  # an ellipse cuts corners off


def test_a_frame_in_four_strokes_is_one_drawing():
    strokes, _ = page(2)
    left, top, right, bottom = box_of(strokes)
    a, b, c, d = left - 1, top - 1, right + 1, bottom + 1
    sides = [rule(a, b, c, b), rule(c, b, c, d), rule(c, d, a, d), rule(a, d, a, b)]
    found = find_drawings([*sides, *strokes])
    assert sorted(i for drawing in found for i in drawing.strokes) == [0, 1, 2, 3]


def test_ruled_lines_and_a_margin_are_left_out():
    strokes, _ = page(3)
    rules = [rule(-3, 8 * row + 1.4, 45, 8 * row + 1.5) for row in range(3)]
    margin = rule(-1.5, -6, -1.4, 22)
    found = find_drawings([*rules, margin, *strokes])
    assert sorted(i for drawing in found for i in drawing.strokes) == [0, 1, 2, 3]


def test_a_word_that_is_scribbled_over_is_crossed_out():
    strokes = list(line(LINES[1]))
    word = max(words_of(strokes), key=len)
    left, top, right, bottom = box_of([strokes[i] for i in word])
    n = 2 * int((right - left) / 0.6)
    x = np.linspace(left - 0.3, right + 0.3, n)
    y = np.where(np.arange(n) % 2, top + 0.4, bottom)
    at = np.linspace(0, n - 1, 8 * n)
    zigzag = Stroke(*(np.interp(at, np.arange(n), v) for v in (x, y)))
    (found,) = find_drawings([*strokes, zigzag])
    assert found.kind in ("scribble", "strike-through")
    assert len(set(found.about) & set(word)) >= len(word) / 2
    assert set(found.about) <= set(word)


@pytest.mark.parametrize("kind", sorted(DRAWN))
def test_made_drawings_are_told_from_writing(kind):
    """By other hands than those of the training: most strokes are told, and no writing is lost."""
    random = RANDOM(20)
    told = drawn = lost = written = 0
    for n in range(6):
        strokes, whose = page(2, first=n % 3)
        lines = [[i for i, row in enumerate(whose) if row == k] for k in (0, 1)]
        ways = [way for d in draw(strokes, lines, kind, random) for way in d.strokes]
        roles = classify_strokes([*strokes, *(Stroke(w[:, 0], w[:, 1]) for w in ways)])
        told += sum(not role.is_writing for role in roles[len(strokes) :])
        drawn += len(ways)
        lost += sum(not role.is_writing for role in roles[: len(strokes)])
        written += len(strokes)
    assert drawn >= 6
    assert told >= 0.75 * drawn
    assert lost <= 0.01 * written


@pytest.mark.parametrize(
    "strokes",
    [
        [rule(0, 0, 5, 0)],  # a dash
        [rule(0, 0, 5, 0), rule(0, 2, 5, 2)],  # an equals sign
        [ring(0, 0, 5, 7)],  # an O
        [rule(0, 0, 0, 9)],  # an l, an I or a 1
        [rule(0, 9, 4, 0)],  # a slash
        [rule(0, 0, 4, 6), rule(4, 0, 0, 6)],  # an x
    ],
)
def test_signs_that_stand_alone_are_writing(strokes):
    assert all(role.is_writing for role in classify_strokes(strokes))


def test_the_order_of_strokes_says_nothing():
    strokes, _ = page(2)
    left, _, right, bottom = box_of(strokes)
    drawn = [*strokes, rule(left, bottom + 0.4, right, bottom + 0.4)]
    order = RANDOM(3).permutation(len(drawn)).tolist()
    roles = classify_strokes(drawn)
    turned = classify_strokes([drawn[i] for i in order])
    assert [role.kind for role in turned] == [roles[i].kind for i in order]


@pytest.mark.parametrize("size", [1e-3, 1.0, 5e4])
def test_size_and_place_say_nothing(size):
    strokes, _ = page(2)
    left, _, right, bottom = box_of(strokes)
    drawn = [*strokes, rule(left, bottom + 0.4, right, bottom + 0.4)]
    moved = mapped(drawn, 31.0 * size, -7.0 * size, size=size)
    assert [r.kind for r in classify_strokes(moved)] == [r.kind for r in classify_strokes(drawn)]


@pytest.mark.parametrize("tool", ["highlighter", "eraser"])
def test_what_a_tool_says_is_not_asked_again(tool):
    strokes = list(line(LINES[0]))
    left, top, right, bottom = box_of(strokes)
    over = rule(left, (top + bottom) / 2, right, (top + bottom) / 2)
    (found,) = find_drawings([*strokes, Stroke(over.x, over.y, tool=tool)])
    assert found.kind == tool
    assert len(found.about) > len(strokes) / 2


def test_what_a_program_drew_is_no_writing():
    strokes = list(line(LINES[0]))
    shape = Stroke(strokes[3].x, strokes[3].y, tool="shape")
    assert not classify_strokes([*strokes, shape])[-1].is_writing


def test_no_strokes_are_no_drawings():
    assert find_drawings([]) == []
    assert classify_strokes([]) == []


def test_many_strokes_at_one_place_are_told_in_time():
    """Work is capped for each stroke: neither crowds nor long strokes are compared in full."""
    hatch = [Stroke([i * 0.5, i * 0.5 + 30], [0.0, -30.0]) for i in range(600)]
    assert len(classify_strokes(hatch)) == 600
    random = RANDOM(0)
    scribble = Stroke(*random.normal(0, 1, (2, 50_000)).cumsum(axis=1))
    assert len(classify_strokes([scribble, *line(LINES[0])])) == 1 + len(line(LINES[0]))
