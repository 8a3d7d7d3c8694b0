from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pygame = pytest.importorskip("pygame", reason="the canvas needs pygame (pip install '.[demo]')")

from inkrec.canvas.painter import Brush, Capsule, InkLayer, Trace, coverage  # noqa: E402

SIZE = (160, 120)
places = st.tuples(st.floats(-20, 180), st.floats(-20, 140), st.floats(0.4, 6))


def alpha(layer: InkLayer) -> np.ndarray:
    return pygame.surfarray.array_alpha(layer.surface).astype(int)


def trace_of(points: list[tuple[float, float, float]]) -> Trace:
    trace = Trace()
    for point in points:
        trace.add(*point)
    trace.end()
    return trace


@pytest.mark.parametrize(
    ("capsule", "area"),
    [
        (Capsule(50, 50, 8, 50, 50, 8), math.pi * 64),
        (Capsule(30, 50, 5, 90, 50, 5), math.pi * 25 + 600),
        (Capsule(30.3, 40.7, 3, 80.1, 77.9, 3), math.pi * 9 + 6 * math.hypot(49.8, 37.2)),
    ],
)
def test_coverage_adds_up_to_the_area(capsule: Capsule, area: float) -> None:
    covered = coverage(capsule, capsule.rect).astype(float)
    assert covered.sum() / 255 == pytest.approx(area, rel=0.02)
    assert not covered[0].any()
    assert not covered[-1].any()
    assert not covered[:, 0].any()
    assert not covered[:, -1].any()


def test_edges_are_soft() -> None:
    capsule = Capsule(10.1, 10, 4, 43.7, 30.3, 3)
    values = np.unique(coverage(capsule, capsule.rect))
    assert len(values) > 40


@given(st.lists(places, min_size=1, max_size=12))
@settings(max_examples=40, deadline=None)
def test_drawn_as_it_comes_equals_drawn_at_once(points: list[tuple[float, float, float]]) -> None:
    grown, whole = InkLayer(SIZE, (0, 0, 0)), InkLayer(SIZE, (0, 0, 0))
    trace = Trace()
    for point in points:
        grown.lay(trace.add(*point))
    grown.lay(trace.end())
    whole.lay(trace.capsules)
    assert np.array_equal(alpha(grown), alpha(whole))


@given(st.lists(places, min_size=2, max_size=12))
@settings(max_examples=40, deadline=None)
def test_only_the_pixels_told_of_change(points: list[tuple[float, float, float]]) -> None:
    layer = InkLayer(SIZE, (0, 0, 0))
    trace = Trace()
    for point in points:
        before = alpha(layer)
        told = layer.lay(trace.add(*point))
        changed = np.argwhere(alpha(layer) != before)
        assert all(told.collidepoint(*map(int, place)) for place in changed)


@given(
    st.lists(places, min_size=1, max_size=8),
    st.lists(places, min_size=1, max_size=8),
)
@settings(max_examples=40, deadline=None)
def test_wiping_a_stroke_leaves_the_others_as_they_were(
    kept: list[tuple[float, float, float]], gone: list[tuple[float, float, float]]
) -> None:
    one, other = trace_of(kept), trace_of(gone)
    alone, both = InkLayer(SIZE, (0, 0, 0)), InkLayer(SIZE, (0, 0, 0))
    alone.lay(one.capsules)
    both.lay(one.capsules)
    both.lay(other.capsules)
    both.redraw(other.rect, [one])
    assert np.array_equal(alpha(alone), alpha(both))


def test_the_curve_ends_at_the_pen() -> None:
    trace = Trace()
    trace.add(0, 0, 1)
    trace.add(10, 0, 1)
    trace.add(20, 10, 1)
    assert trace.tail is not None
    assert (trace.tail.x1, trace.tail.y1) == (20, 10)
    assert trace.capsules[-1][3:5] == (trace.tail.x0, trace.tail.y0)
    trace.end()
    assert trace.tail is None
    assert trace.capsules[-1][3:5] == (20, 10)


def test_a_dot_is_a_dot() -> None:
    layer = InkLayer(SIZE, (0, 0, 0))
    layer.lay(trace_of([(50, 50, 2)]).capsules)
    assert alpha(layer)[50, 50] == 255
    assert alpha(layer).sum() / 255 == pytest.approx(math.pi * 4, rel=0.1)


def test_pressure_widens_the_line() -> None:
    widths = []
    for pressure in (0.1, 0.5, 1.0):
        brush = Brush(2.0)
        widths.append([brush.radius(0.01 * i, i, 0, pressure) for i in range(30)][-1])
    assert widths[0] < 0.6 * widths[2]
    assert widths == sorted(widths)


def test_without_pressure_speed_thins_it() -> None:
    slow, fast = Brush(2.0), Brush(2.0)
    for i in range(30):
        thick = slow.radius(0.01 * i, i, 0, None)
        thin = fast.radius(0.01 * i, 20 * i, 0, None)
    assert thin < thick
