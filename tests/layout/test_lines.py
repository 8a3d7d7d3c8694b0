"""Pages taken apart into lines, made of real ink laid on a page."""

from __future__ import annotations

import functools
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import inkrec
from inkrec import Ink, Stroke
from inkrec.ink.scale import ScaleEstimate, update_scale
from inkrec.layout import written_lines as lines
from inkrec.layout.page_layout import segment_lines

SAMPLES = Path(__file__).parent.parent.parent / "demos" / "ink"
NAMES = ("tea.jsonl", "bridge.inkml", "river.xopp")


@functools.cache
def line(name):
    """Ink of one line in its own scales, its beginning at (0, 0)."""
    ink = inkrec.read(SAMPLES / name)
    scale = update_scale(ScaleEstimate(), ink.samples()).scale
    left, top, _, bottom = ink.bounds
    middle = (top + bottom) / 2
    return [Stroke((s.x - left) / scale, (s.y - middle) / scale) for s in ink]


def moved(strokes, right, down, degrees=0.0, size=1.0):
    a = math.radians(degrees)
    return [
        Stroke(
            right + size * (s.x * math.cos(a) - s.y * math.sin(a)),
            down + size * (s.x * math.sin(a) + s.y * math.cos(a)),
        )
        for s in strokes
    ]


def page(spacing=5.0, degrees=0.0, size=1.0, rows=6):
    """Lines under one another, and the row of each stroke."""
    strokes, whose = [], []
    for row in range(rows):
        mine = moved(line(NAMES[row % 3]), row % 2 * size, row * spacing * size, degrees, size)
        strokes += mine
        whose += [row] * len(mine)
    return strokes, whose


def found(strokes):
    return [list(line.strokes) for line in segment_lines(Ink(strokes))]


def rows_of(whose):
    return [[i for i, row in enumerate(whose) if row == n] for n in range(max(whose) + 1)]


@pytest.mark.parametrize("spacing", [3.5, 5.0, 9.0])
@pytest.mark.parametrize("degrees", [-5.0, 0.0, 5.0])
@pytest.mark.parametrize("size", [1e-3, 40.0])
def test_a_page_is_taken_apart(spacing, degrees, size):
    strokes, whose = page(spacing, degrees, size)
    assert found(strokes) == rows_of(whose)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("degrees", [-12.0, 0.0, 12.0])
def test_a_line_is_one_line(name, degrees):
    strokes = moved(line(name), 0.0, 0.0, degrees)
    assert found(strokes) == [list(range(len(strokes)))]


def test_the_ink_of_a_line_is_its_strokes():
    strokes, _ = page(rows=3)
    ink = Ink(strokes, 7.0)
    for part in segment_lines(ink):
        assert part.ink == Ink([ink[i] for i in part.strokes], 7.0)


def test_who_goes_back_to_a_line_above_writes_in_it():
    strokes, whose = page(rows=3)
    late = moved(line(NAMES[0])[:3], strokes[whose.index(1) - 1].x.max() + 2, 0.0)
    got = found([*strokes, *late])
    wanted = rows_of([*whose, 0, 0, 0])
    assert got == wanted


def test_lines_come_from_top_to_bottom_whatever_was_written_first():
    strokes, whose = page(rows=3)
    order = sorted(range(len(strokes)), key=lambda i: (-whose[i], i))
    got = segment_lines(Ink([strokes[i] for i in order]))
    assert [whose[order[part.strokes[0]]] for part in got] == [0, 1, 2]


def test_a_mark_far_from_its_line_is_no_line():
    strokes = line(NAMES[0])
    right, low = strokes[5].x.max(), 2.1
    comma = Stroke([right, right - 0.1], [low, low + 0.3])
    assert len(found([*strokes[:8], comma, *strokes[8:]])) == 1


@given(st.data())
def test_lines_that_are_not_measured_could_not_have_been_nearest(data):
    """The same lines as where every stroke is measured against every line."""
    place = st.integers(0, 60).map(lambda n: n / 4)
    rows = data.draw(st.lists(st.tuples(place, place, place, place), min_size=4, max_size=40))
    boxes = np.array([(x, 2 * y, x + w / 4, 2 * y + h / 4) for x, y, w, h in rows])
    got = lines.written_lines(boxes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            lines._Spans,
            "near",
            lambda self, *_: np.flatnonzero(self.low <= self.high).tolist(),
        )
        assert lines.written_lines(boxes) == got


def test_a_page_of_many_lines_is_measured_near_each_line_alone(monkeypatch):
    measured = []
    plain = lines._below
    monkeypatch.setattr(lines, "_below", lambda *a: measured.append(1) or plain(*a))
    strokes = [Stroke([x, x + 1], [y, y + 2]) for y in range(0, 2700, 9) for x in range(0, 30, 3)]
    assert len(segment_lines(Ink(strokes))) == 300
    assert len(strokes) <= len(measured) + 1 < 1.5 * len(strokes)


@pytest.mark.parametrize(
    "strokes",
    [
        [Stroke([0, 9], [0, 0]), Stroke([0, 9], [4, 4])],  # an equals sign
        [Stroke([3], [3])],
        [Stroke([0, 0], [0, 9]), Stroke([0, 0.1], [-5, -5])],  # an i
    ],
)
def test_few_strokes_are_one_line(strokes):
    assert found(strokes) == [list(range(len(strokes)))]


def test_no_ink_has_no_lines():
    assert segment_lines(Ink()) == []


def test_words_of_one_stroke_each_stand_on_their_lines():
    x = np.linspace(0, 60, 200)
    words = [Stroke(x, 20 * k + 2.5 * np.sin(x)) for k in range(3)]
    assert found(words) == [[0], [1], [2]]
    assert found(words[:2]) == [[0], [1]]
