from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkrec.canvas.mapping import (
    Mapping,
    count_lines,
    display_to_window,
    ink_to_page,
    tablet_to_window,
)
from inkrec.capture import PenFrame

lengths = st.floats(1, 1e5)
sizes = st.tuples(st.integers(100, 4000), st.integers(100, 4000))


@given(st.tuples(lengths, lengths), sizes)
def test_a_tablet_reaches_the_whole_window_without_stretching(
    extent: tuple[float, float], window: tuple[int, int]
) -> None:
    mapping = tablet_to_window(extent, window)
    assert mapping.scale_x == mapping.scale_y > 0
    low = mapping(PenFrame(0, 0, 0))
    high = mapping(PenFrame(0, *extent))
    assert max(low.x, low.y) <= 1e-6
    assert high.x >= window[0] - 1e-6 * window[0]
    assert high.y >= window[1] - 1e-6 * window[1]
    middle = mapping(PenFrame(0, extent[0] / 2, extent[1] / 2))
    assert (middle.x, middle.y) == pytest.approx((window[0] / 2, window[1] / 2))


def test_a_display_tablet_draws_under_the_tip() -> None:
    mapping = display_to_window((300.0, 200.0), (1500, 1000), (70, 40))
    frame = mapping(PenFrame(0, 30.0, 20.0))
    assert (frame.x, frame.y) == (150 - 70, 100 - 40)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.floats(0.5, 100))
def test_ink_of_any_scale_lands_on_the_page(
    left: float, top: float, height: float, slimness: float
) -> None:
    page = (0.0, 50.0, 1000.0, 550.0)
    box = (left, top, left + slimness * height, top + height)
    mapping, _ = ink_to_page([box], page, 80.0, 90.0)
    low = mapping(PenFrame(0, box[0], box[1]))
    high = mapping(PenFrame(0, box[2], box[3]))
    assert page[0] <= low.x <= high.x <= page[2]
    assert page[1] <= low.y <= high.y <= page[3]
    assert high.y - low.y <= 1.2 * 90


PAGE = (0.0, 50.0, 1000.0, 550.0)


@given(st.lists(st.tuples(st.floats(0, 900), st.integers(0, 4)), min_size=1), st.floats(0.12, 0.8))
def test_what_was_written_on_such_a_page_stays_where_it_is(
    letters: list[tuple[float, int]], height: float
) -> None:
    """Whatever lines it fills, and whatever it leaves blank."""
    boxes = [(x, 70.0 + 90 * n, x + 40, 70.0 + 90 * (n + height)) for x, n in letters]
    assert ink_to_page(boxes, PAGE, 80.0, 90.0) == (Mapping(), False)


@pytest.mark.parametrize("scale", [0.1, 4.0, 10.0])
def test_ink_of_other_units_is_spread_over_as_many_lines(scale: float) -> None:
    boxes = [(60.0, 90.0, 200.0, 150.0), (300.0, 95.0, 800.0, 150.0), (60.0, 180.0, 400.0, 240.0)]
    assert count_lines(boxes) == 2
    other = [(a * scale, b * scale, c * scale, d * scale) for a, b, c, d in boxes]
    mapping, one_line = ink_to_page(other, PAGE, 80.0, 90.0)
    assert not one_line
    assert mapping.scale_x == pytest.approx(0.92 * 2 * 90 / 150 / scale)


def test_a_crossbar_put_in_late_is_no_new_line() -> None:
    boxes = [(0.0, 0.0, 30.0, 40.0), (40.0, 10.0, 400.0, 45.0), (5.0, 5.0, 25.0, 7.0)]
    assert count_lines(boxes) == 1
