"""Pages in columns, at an angle, in any order: taken apart into the lines that were written."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inkrec import Stroke
from inkrec.layout.incremental import LineSummary, choose_lines, strokes_nearby
from inkrec.layout.orientation import ORIENTATIONS, likely_orientations
from inkrec.layout.page_layout import count_lines, lay_out
from inkrec.layout.shapes import PATH_POINTS, StrokeShapes, run_heights, text_size
from inkrec.layout.skew import estimate_skew, rotation
from inkrec.layout.stroke_sequence import order_by_place, turned_strokes

from .pages import LINES, columns, line, mapped, page


def rows_of(whose):
    return [tuple(i for i, row in enumerate(whose) if row == n) for n in range(max(whose) + 1)]


def lines_of(strokes):
    return [found.strokes for found in lay_out(strokes).lines]


def shuffled(strokes, whose, seed=1):
    order = np.random.default_rng(seed).permutation(len(strokes)).tolist()
    return [strokes[i] for i in order], [whose[i] for i in order]


@pytest.mark.parametrize("degrees", [-12.0, 0.0, 12.0])
def test_a_skewed_page_is_taken_apart(degrees):
    strokes, whose = page(4)
    assert lines_of(mapped(strokes, degrees=degrees)) == rows_of(whose)


@pytest.mark.parametrize("degrees", [-45.0, -30.0, 30.0, 45.0])
def test_a_line_at_any_angle_up_to_45_degrees_is_one_line(degrees):
    strokes = mapped(line(LINES[0]), degrees=degrees)
    (found,) = lay_out(strokes).lines
    assert np.degrees(found.angle) == pytest.approx(degrees, abs=3.0)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_strokes_may_come_in_any_order(seed):
    strokes, whose = shuffled(*page(4), seed)
    assert lines_of(strokes) == rows_of(whose)


@pytest.mark.parametrize("gap", [3.0, 5.0, 12.0])
def test_columns_are_read_one_after_the_other(gap):
    strokes, whose = columns(gap)
    assert lines_of(strokes) == rows_of(whose)


def test_a_note_in_the_margin_is_no_part_of_the_lines_beside_it():
    strokes, whose = page(4)
    right = max(s.x.max() for s in strokes)
    for row in (0, 1):
        note = mapped(line(LINES[row])[:6], right + 4, 9 + 5 * row, size=0.7)
        strokes, whose = strokes + note, whose + [4 + row] * len(note)
    assert sorted(lines_of(strokes)) == sorted(rows_of(whose))


def test_lines_of_unlike_sizes_are_told_apart():
    heading = mapped(line(LINES[1]), down=-14, size=2.2)
    strokes, whose = page(3)
    assert lines_of([*heading, *strokes]) == rows_of([0] * len(heading) + [w + 1 for w in whose])


def test_each_stroke_is_in_one_line_or_one_drawing():
    strokes, _ = page(3)
    rule = Stroke(np.linspace(-2, 50, 40), np.full(40, 2.0))
    found = lay_out([rule, *strokes])
    places = [i for part in (*found.lines, *found.drawings) for i in part.strokes]
    assert sorted(places) == list(range(len(strokes) + 1))
    assert [drawing.strokes for drawing in found.drawings] == [(0,)]


points = st.tuples(st.integers(-40, 40), st.integers(-40, 40))
scribbles = st.lists(st.lists(points, min_size=1, max_size=8), max_size=12)


@settings(max_examples=150)
@given(scribbles)
def test_nothing_is_lost_of_any_ink(ways):
    strokes = [Stroke(*np.array(way, float).T) for way in ways]
    found = lay_out(strokes)
    places = [i for part in (*found.lines, *found.drawings) for i in part.strokes]
    assert sorted(places) == list(range(len(strokes)))
    written = {i for part in found.lines for i in part.strokes}
    assert all(written.issuperset(drawing.about) for drawing in found.drawings)


def test_lines_are_counted():
    assert count_lines([]) == 0
    assert [count_lines(list(line(name))) for name in LINES] == [1, 1, 1]
    assert count_lines(page(3)[0]) == 3


@pytest.mark.parametrize("orientation", ORIENTATIONS, ids=lambda o: o.name)
def test_the_orientation_of_a_page_is_noticed(orientation):
    shapes = StrokeShapes.of(page(3)[0])
    seen = shapes.transformed(np.linalg.inv(np.array(orientation.matrix, float)))
    assert likely_orientations(seen)[0] == orientation


def test_skew_is_what_a_page_was_turned_by():
    strokes, _ = page(3)
    plain = estimate_skew(StrokeShapes.of(strokes), 1.0)
    for degrees in (-10.0, 4.0, 15.0):
        got = estimate_skew(StrokeShapes.of(mapped(strokes, degrees=degrees)), 1.0)
        assert np.degrees(got - plain) == pytest.approx(degrees, abs=1.0)
    assert rotation(0.3) @ rotation(-0.3) == pytest.approx(np.eye(2))


def test_a_line_is_ordered_by_place_and_marks_follow_their_letters():
    strokes = list(line(LINES[1]))
    size = text_size(StrokeShapes.of(strokes))
    plain = order_by_place(StrokeShapes.of(strokes), size)
    assert sorted(plain) == list(range(len(strokes)))
    order = np.random.default_rng(0).permutation(len(strokes)).tolist()
    other = order_by_place(StrokeShapes.of([strokes[i] for i in order]), size)
    assert [order[i] for i in other] == plain


def test_strokes_that_were_drawn_backward_are_seen():
    strokes = list(line(LINES[0]))
    back = [Stroke(s.x[::-1], s.y[::-1]) for s in strokes]
    plain, turned = (turned_strokes(StrokeShapes.of(s), 1.0).sum() for s in (strokes, back))
    assert turned >= 3 > plain


def test_runs_and_sizes_do_not_depend_on_how_many_points_there_are():
    wave = np.sin(np.linspace(0, 20, 3000))
    many = StrokeShapes.of([Stroke(np.linspace(0, 20, 3000), wave)])
    few = StrokeShapes.of([Stroke(np.linspace(0, 20, 100), wave[::30])])
    assert many.path.shape == (1, PATH_POINTS, 2)
    assert text_size(many) == pytest.approx(text_size(few), rel=0.05)
    assert len(run_heights(many.path[:, :, 1])[0]) == 7


def test_a_stroke_is_told_its_line_as_it_comes():
    strokes, whose = page(4)
    lines = [LineSummary.of([s for s, w in zip(strokes, whose, strict=True) if w == row])
             for row in range(4)]  # fmt: skip
    right = [choose_lines(lines, s)[0].line == w for s, w in zip(strokes, whose, strict=True)]
    assert np.mean(right) > 0.97
    below = mapped(line(LINES[0])[:1], down=4 * 8.0)[0]
    assert choose_lines(lines, below) == []


def test_no_more_strokes_are_asked_than_a_page_of_one_line_has():
    boxes = StrokeShapes.of([s for k in range(40) for s in page(3, first=k)[0]]).boxes
    near = strokes_nearby(boxes, boxes[5], 1.0, most=50)
    assert len(near) == 50
    assert 5 in near
