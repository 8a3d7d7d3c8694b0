"""What tells writing from drawing: each stroke's form, and what stands around it.

Nothing here looks at the order or the time of strokes. Lengths are in local text sizes.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .neighbourhood import Neighbourhood, distinct, local_sizes
from .shapes import Floats, StrokeShapes, run_heights

__all__ = ["N_FEATURES", "stroke_features"]

Integers = npt.NDArray[np.int64]

_NEAR = 3.0  # sizes around a stroke's box that are looked at
_MOST = 256  # points near a stroke that are looked at
_BINS = 12  # along a stroke's width and height

N_OWN, N_AROUND = 18, 30
N_FEATURES = N_OWN + N_AROUND
"""Columns of `stroke_features`."""


def stroke_features(shapes: StrokeShapes, size: float) -> Floats:
    """Features of all strokes.

    Parameters
    ----------
    shapes : StrokeShapes
        Of a page or line whose writing is level.
    size : float
        Its text size, above 0.

    Returns
    -------
    ndarray, shape (strokes, N_FEATURES)
    """
    if not len(shapes):
        return np.zeros((0, N_FEATURES))
    sizes = local_sizes(shapes, size)
    own = _own(shapes, sizes, size)
    around = _around(shapes, sizes)
    return np.concatenate([own, around], axis=1)


def _own(shapes: StrokeShapes, sizes: Floats, size: float) -> Floats:
    path = shapes.path / sizes[:, None, None]
    length = shapes.length / sizes
    wide = path[:, :, 0].max(1) - path[:, :, 0].min(1)
    high = path[:, :, 1].max(1) - path[:, :, 1].min(1)
    chord = path[:, -1] - path[:, 0]
    gap = np.hypot(*chord.T)
    straight = gap / np.maximum(length, 1e-9)
    angle = np.arctan2(chord[:, 1], chord[:, 0])
    large = np.maximum(np.maximum(wide, high), 1e-9)
    steps = np.diff(path[:, ::4], axis=1)
    way = np.arctan2(steps[:, :, 1], steps[:, :, 0])
    turns = (np.diff(way, axis=1) + math.pi) % (2 * math.pi) - math.pi
    still = length < 0.3
    turning = np.where(still, 0.0, np.abs(turns.sum(axis=1)) / (2 * math.pi))
    bending = np.where(still, 0.0, np.abs(turns).sum(axis=1) / (2 * math.pi))
    corners = np.where(still, 0.0, (np.abs(turns) > 0.9).sum(axis=1))
    away = path - path[:, :1]
    off = (away[:, :, 0] * chord[:, 1:] - away[:, :, 1] * chord[:, :1]) / np.maximum(gap, 1e-9)[
        :, None
    ]
    bow = np.abs(off).max(axis=1)
    n = len(shapes)
    runs = [np.bincount(run_heights(path[:, :, axis])[1], minlength=n) for axis in (0, 1)]
    x, y = path[:, :, 0], path[:, :, 1]
    area = np.abs((x * np.roll(y, -1, 1) - y * np.roll(x, -1, 1)).sum(axis=1)) / 2
    centred = path - path.mean(axis=1, keepdims=True)
    spread = np.einsum("nki,nkj->nij", centred, centred)
    trace, det = spread[:, 0, 0] + spread[:, 1, 1], np.linalg.det(spread)
    part = np.sqrt(np.maximum(trace**2 / 4 - det, 0.0))
    thin = np.sqrt(np.maximum(trace / 2 - part, 0.0) / np.maximum(trace / 2 + part, 1e-12))
    return np.stack(
        [
            np.log(wide + 0.1), np.log(high + 0.1), np.log(length + 0.1),
            straight, np.cos(2 * angle) * straight, np.sin(2 * angle) * straight,
            gap / large, np.minimum(turning, 4), np.minimum(bending, 8),
            np.minimum(corners, 12) / 4, np.minimum(bow, 4), bow / large,
            np.minimum(runs[0], 12) / 4, np.minimum(runs[1], 12) / 4,
            area / np.maximum(wide * high, 0.05), thin, length / large / 4,
            np.log(sizes / size),
        ],
        axis=1,
    )  # fmt: skip


def _around(shapes: StrokeShapes, sizes: Floats) -> Floats:
    """What stands around each stroke."""
    found = np.tile(_ALONE, (len(shapes), 1))
    if len(shapes) < 2:
        return found
    near = Neighbourhood(shapes, sizes)
    reach = _NEAR * sizes[:, None]
    boxes = shapes.boxes + np.concatenate([-reach, -reach, reach, reach], axis=1)
    forms = _Forms.of(shapes)
    bands = [_Bands.of(shapes.path, axis, sizes) for axis in (0, 1)]
    for of, point in near.pairs(boxes, _MOST):
        if len(of):
            rows = distinct(of)
            row = np.searchsorted(rows, of)
            values = np.tile(_ALONE, (len(rows), 1))
            _fill_points(values, rows, row, of, near, point, forms, bands, sizes)
            _fill_strokes(values, rows, of, near.whose[point], shapes, forms, sizes)
            found[rows] = values
    return found


_ALONE = np.zeros(N_AROUND)
_ALONE[[3, 4, 11, 12]] = _NEAR
_ALONE[[17, 18, 22, 23]] = _NEAR + 1
_ALONE[19] = _NEAR + 1


class _Forms(NamedTuple):
    """Boxes and chords of strokes."""

    boxes: Floats
    middles: Floats
    extent: Floats
    ends: Floats
    chord: Floats
    straight: npt.NDArray[np.bool_]
    direction: Floats

    @classmethod
    def of(cls, shapes: StrokeShapes) -> _Forms:
        boxes = shapes.boxes
        ends = shapes.path[:, [0, -1]]
        chord = ends[:, 1] - ends[:, 0]
        length = np.hypot(*chord.T)
        return cls(
            boxes, (boxes[:, :2] + boxes[:, 2:]) / 2, (boxes[:, 2:] - boxes[:, :2]).max(axis=1),
            ends, length, length > 0.9 * shapes.length, np.arctan2(chord[:, 1], chord[:, 0]),
        )  # fmt: skip


class _Bands(NamedTuple):
    """Where each path lies across an axis, in bins along it: from first to last."""

    low: Floats
    width: Floats
    first: Floats
    last: Floats

    @classmethod
    def of(cls, path: Floats, axis: int, sizes: Floats) -> _Bands:
        along, across = path[:, :, axis], path[:, :, 1 - axis]
        n = len(path)
        low, high = along.min(axis=1), along.max(axis=1)
        width = np.maximum(high - low, 0.3 * sizes)
        low = (low + high - width) / 2
        bins = ((along - low[:, None]) / width[:, None] * _BINS).astype(np.int64)
        bins = bins.clip(0, _BINS - 1) + _BINS * np.arange(n)[:, None]
        first, last = np.full(n * _BINS, np.inf), np.full(n * _BINS, -np.inf)
        np.minimum.at(first, bins.ravel(), across.ravel())
        np.maximum.at(last, bins.ravel(), across.ravel())
        firsts, lasts = first.reshape(n, _BINS), last.reshape(n, _BINS)
        ways = [
            *((b, b - 1) for b in range(1, _BINS)),
            *((b, b + 1) for b in range(_BINS - 1)[::-1]),
        ]
        for b, other in ways:  # an empty bin is as the one beside it
            empty = np.isinf(firsts[:, b])
            firsts[empty, b], lasts[empty, b] = firsts[empty, other], lasts[empty, other]
        return cls(low, width, firsts, lasts)

    def of_points(self, of: Integers, points: Floats, axis: int) -> tuple[Integers, Floats, Floats]:
        """The bin of each point, and how far it lies before the band and behind it."""
        spot = np.floor((points[:, axis] - self.low[of]) / self.width[of] * _BINS).astype(np.int64)
        value, here = points[:, 1 - axis], spot.clip(0, _BINS - 1)
        return spot, self.first[of, here] - value, value - self.last[of, here]


def _fill_points(
    values: Floats, rows: Integers, row: Integers, of: Integers, near: Neighbourhood,
    point: Integers, forms: _Forms, bands: list[_Bands], sizes: Floats,
) -> None:  # fmt: skip
    """Features that count points."""
    n = len(rows)
    points, u, whose = near.points[point], sizes[of], near.whose[point]
    touched = np.zeros(len(of), bool)
    nearest = np.full(len(of), np.inf)
    for axis in (0, 1):
        spot, before, behind = bands[axis].of_points(of, points, axis)
        before, behind = before / u, behind / u
        beside = (spot >= 0) & (spot < _BINS)
        place = row * _BINS + spot.clip(0, _BINS - 1)
        sides = []
        for away in (before, behind):
            least = np.full(n * _BINS, _NEAR)
            over = beside & (away > 0)
            np.minimum.at(least, place[over], away[over])
            sides.append(least.reshape(n, _BINS))
        close = np.minimum(np.abs(before), np.abs(behind))
        crossed = np.zeros(n * _BINS)
        crossed[place[beside & (close < 0.35)]] = 1.0
        within = np.zeros(n * _BINS)
        within[place[beside & (before <= 0) & (behind <= 0)]] = 1.0
        columns = [
            (sides[0] < 1.0).mean(1), (sides[1] < 1.0).mean(1), within.reshape(n, -1).mean(1),
            np.median(sides[0], axis=1), np.median(sides[1], axis=1),
        ]  # fmt: skip
        if axis == 0:
            columns += [(sides[0] < _NEAR).mean(1), (sides[1] < _NEAR).mean(1)]
            columns += [crossed.reshape(n, -1).mean(1)]
        values[:, 8 * axis : 8 * axis + len(columns)] = np.stack(columns, axis=1)
        touched |= beside & (close < 0.2)
        nearest = np.minimum(nearest, np.where(beside, close, np.inf))
    left, top, right, bottom = forms.boxes[of].T
    level = (points[:, 1] > top - 0.4 * u) & (points[:, 1] < bottom + 0.4 * u)
    x = points[:, 0]
    for column, gap, edge in (
        (17, left - x, level & (x < left + 0.2 * u)),
        (18, x - right, level & (x > right - 0.2 * u)),
    ):
        least = np.full(n, _NEAR + 1)
        np.minimum.at(least, row[edge], np.clip(gap / u, -0.2, _NEAR)[edge])
        values[:, column] = least
    outside = np.hypot(
        np.maximum(np.maximum(left - x, x - right), 0.0),
        np.maximum(np.maximum(top - points[:, 1], points[:, 1] - bottom), 0.0),
    ) / u  # fmt: skip
    least = np.full(n, _NEAR + 1)
    np.minimum.at(least, row, np.where(outside > 0, np.minimum(outside, nearest), nearest))
    values[:, 19] = np.minimum(least, _NEAR + 1)
    met = distinct(row[touched] * len(sizes) + whose[touched]) // len(sizes)
    values[:, 20] = np.log1p(np.bincount(met, minlength=n))


def _fill_strokes(
    values: Floats, rows: Integers, of: Integers, whose: Integers, shapes: StrokeShapes,
    forms: _Forms, sizes: Floats,
) -> None:  # fmt: skip
    """Features that compare strokes."""
    n = len(rows)
    pairs = distinct(of * len(sizes) + whose)
    i, j = pairs // len(sizes), pairs % len(sizes)
    row = np.searchsorted(rows, i)
    u = sizes[i]

    def count(which: npt.NDArray[np.bool_], weights: Floats | None = None) -> Floats:
        some = None if weights is None else weights[which]
        return np.log1p(np.bincount(row[which], some, minlength=n))

    box, other, middle = forms.boxes[i], forms.boxes[j], forms.middles[j]
    by = 0.1 * u[:, None]
    inside = ((other[:, :2] > box[:, :2] - by) & (other[:, 2:] < box[:, 2:] + by)).all(axis=1)
    held = ((middle > box[:, :2]) & (middle < box[:, 2:])).all(axis=1)
    inside, held = np.asarray(inside), np.asarray(held)
    values[:, 13], values[:, 14] = count(inside), count(held)
    values[:, 15] = count(held | inside, shapes.length[j] / u)
    some = np.bincount(row[held], minlength=n)
    full = some > 0
    sums: Floats = np.stack(
        [np.bincount(row[held], middle[held, axis], minlength=n) for axis in (0, 1)], axis=1
    ).astype(np.float64)
    values[full, 16] = _surrounds(shapes.path[rows[full]], sums[full] / some[full, None])
    values[:, 21] = count(np.ones(len(i), bool))
    for column, end in ((22, 0), (23, 1)):
        away = forms.ends[j] - forms.ends[i, None, end]
        away = np.hypot(away[:, :, 0], away[:, :, 1]).min(axis=1) / u
        least = np.full(n, _NEAR + 1)
        np.minimum.at(least, row, np.minimum(away, _NEAR + 1))
        values[:, column] = least
    values[:, 22:24] = np.sort(values[:, 22:24], axis=1)
    turned = forms.direction[j] - forms.direction[i]
    turned = np.abs((turned + math.pi / 2) % math.pi - math.pi / 2)
    chord = np.maximum(forms.chord, 1e-9)
    like = forms.straight[i] & forms.straight[j] & (np.abs(np.log(chord[j] / chord[i])) < 0.6)
    values[:, 24] = count(like & (turned < 0.25))
    extent = forms.extent[j] / u
    values[:, 25], values[:, 26] = count(extent > 2.2), count((extent > 2.2) & held)
    total = np.bincount(row, minlength=n)
    values[:, 27] = np.bincount(row, np.log(extent + 0.1), minlength=n) / np.maximum(total, 1)
    values[:, 28] = count(forms.straight[j] & (chord[j] > 2.5 * u))
    largest = np.zeros(n)
    np.maximum.at(largest, row, extent)
    values[:, 29] = np.log(largest + 0.1)


def _surrounds(paths: Floats, centres: Floats) -> Floats:
    """Which part of all directions from a point each path lies in."""
    away = paths - centres[:, None]
    angles = np.arctan2(away[:, :, 1], away[:, :, 0])
    steps = (np.diff(angles, axis=1) + math.pi) % (2 * math.pi) - math.pi
    seen = np.cumsum(steps, axis=1)
    span = np.maximum(seen.max(axis=1), 0) - np.minimum(seen.min(axis=1), 0)
    parts: Floats = np.minimum(span / (2 * math.pi), 1.0)
    return parts
