"""The picture around each point: what is there, whoever drew it and when."""

from __future__ import annotations

import numpy as np
import pytest

from inkrec.features.context_bitmap import PIXELS, with_context_bitmap
from inkrec.features.points import CHANNELS, FeatureSettings, ResamplerState, feature_points
from inkrec.ink.samples import PenSample

SETTINGS, FRAME = FeatureSettings(point_spacing=1.0), 1.0
ROWS, COLUMNS = 13, 9
AIR = CHANNELS.index("pen_up")


def rows(*strokes):
    """Feature points of strokes, given as lists of (x, y)."""
    samples, t = [], 0.0
    for stroke in strokes:
        for x, y in stroke:
            samples.append(PenSample(t, x, y))
            t += 0.01
        samples.append(PenSample(t, *stroke[-1], None, False))
    return feature_points(SETTINGS, FRAME, ResamplerState(), samples)[1].features


def seen(*strokes):
    """Pictures of the points on the paper, one for each."""
    features = rows(*strokes)
    return with_context_bitmap(features)[features[:, AIR] == 0, len(CHANNELS) :].reshape(
        -1, ROWS, COLUMNS
    )


def walk(random, n):
    angle = np.cumsum(random.normal(0, 0.5, n))
    # a little more than a spacing, so that no point is missed
    steps = (1 + 1e-6) * np.stack([np.cos(angle), np.sin(angle)], 1)
    return np.cumsum(steps, 0) + random.uniform(-30, 30, 2)


def density(at, corner):
    """Of points in the pixel between two corners of cells, each shared by four cells."""
    cells = corner + np.array([[0, 0], [1, 1]])
    near = np.maximum(0, 1 - np.abs(at[:, None] - cells)).sum(1)
    return min(4, near.prod(1).sum()) / 2


def test_it_is_the_density_of_the_ink_in_windows_of_two_spacings():
    random = np.random.default_rng(1)
    strokes = [walk(random, n) for n in (40, 1, 25, 60)]
    # a stroke's end is a point as well, on its last one
    at = np.concatenate([np.concatenate([s, s[-1:]]) for s in strokes]) - strokes[0][0]
    for point, picture in zip(at, seen(*strokes), strict=True):
        corner = np.floor(point)
        for row, column in ((6, 4), (2, 2), (12, 8)):
            place = corner + np.array([2 * (column - 4), 2 * (row - 6)])
            assert picture[row, column] == pytest.approx(density(at, place), abs=1e-3)


def test_a_bar_drawn_later_is_seen_from_what_it_crosses():
    stem, bar = [(5, y) for y in range(-8, 1)], [(x, -6) for x in range(2, 9)]
    far = [(x, 0) for x in range(40, 50)]
    plain, crossed = seen(stem, far)[4], seen(stem, far, bar)[4]
    assert crossed.sum() > plain.sum() + 3
    np.testing.assert_array_equal(np.flatnonzero((crossed != plain).any(1)), [4, 5])


def test_neither_order_nor_direction_of_strokes_is_seen():
    first, second = [(x, 0) for x in range(40)], [(3.5 + x, 5.5) for x in range(34)]
    here = seen(first, second)
    there = seen(first, second[::-1])
    n = len(first) + 1
    # an end has two points and the other end one: looked at from where neither is seen
    np.testing.assert_allclose(here[14:26], there[14:26], atol=1e-5)
    assert (here[14:26] > 0.4).sum() > 12 * (COLUMNS + 6)
    third = [(8.5 + x, 2.5) for x in range(9)]
    late, early = seen(first, second, third), seen(first, third, second)
    np.testing.assert_allclose(late[:n], early[:n], atol=1e-5)
    np.testing.assert_allclose(late[-10:], early[n : n + 10], atol=1e-5)
    np.testing.assert_allclose(late[n:-10], early[n + 10 :], atol=1e-5)


def test_ink_beyond_the_window_is_not_seen():
    stroke = [(x, 0) for x in range(12)]
    alone = seen(stroke)
    for x, y in ((60, 0), (0, 40), (-60, 0), (3000, -50)):
        other = [(x + i, y) for i in range(12)]
        np.testing.assert_array_equal(seen(stroke, other)[: len(alone)], alone)


@pytest.mark.parametrize("reach", [1e4, 1e6, 1e12])
def test_a_pen_that_jumps_far_costs_no_memory(reach):
    strokes = [[(0, 0), (3, 0)], [(reach, -reach), (reach + 3, -reach)], [(1, 1), (4, 1)]]
    made = seen(*strokes)
    assert np.isfinite(made).all()
    assert made.max() <= 2


def test_a_dot_and_nothing_have_their_picture_too():
    (start, end) = seen([(3, 3)])
    np.testing.assert_array_equal(start, end)
    assert start[6, 4] == 1  # two points, start and end
    assert start.sum() == 1
    assert with_context_bitmap(np.empty((0, len(CHANNELS)), np.float32)).shape == (
        0,
        len(CHANNELS) + PIXELS,
    )


def test_channels_are_left_as_they_are():
    features = rows([(x, 0.3 * x) for x in range(9)], [(4, 4)])
    made = with_context_bitmap(features)
    assert made.dtype == np.float32
    assert made.flags.c_contiguous
    np.testing.assert_array_equal(made[:, : len(CHANNELS)], features)
