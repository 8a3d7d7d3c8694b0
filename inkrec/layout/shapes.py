"""Strokes as arrays: boxes, resampled paths and runs of all strokes at once.

Everything in this room works on these arrays, so that a page of thousands of strokes, or a
stroke of a hundred thousand points, costs a few array operations and not a loop over points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

__all__ = [
    "PATH_POINTS",
    "Floats",
    "StrokeLike",
    "StrokeShapes",
    "Track",
    "run_heights",
    "text_size",
]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

PATH_POINTS = 96
"""Points that each stroke is resampled to, at equal steps of its length."""

_MAX_POINTS = 4096  # points of a stroke that are looked at; longer ones are thinned
_MIN_RUN = 0.1  # of a stroke's extent: shorter runs are tremor
_MAX_ROUNDS = 24  # in which small runs are taken out
_ACROSS = 0.1  # of a run in x, where there are no others: a word in one stroke is long


class StrokeLike(Protocol):
    """What a stroke must have here: an `inkrec.Stroke` has it."""

    @property
    def x(self) -> Floats:
        """Positions to the right, in ink units."""

    @property
    def y(self) -> Floats:
        """Positions downward, in ink units."""


class Track(NamedTuple):
    """The positions of a stroke alone."""

    x: Floats
    y: Floats


@dataclass(frozen=True, eq=False)
class StrokeShapes:
    """The geometry of many strokes, a row each.

    Attributes
    ----------
    path : ndarray, shape (strokes, PATH_POINTS, 2)
        x and y at equal steps along each stroke, in ink units.
    length : ndarray, shape (strokes,)
        Way of the pen, in ink units.
    left, top, right, bottom : ndarray, shape (strokes,)
        Boxes of the paths.
    """

    path: Floats
    length: Floats

    @classmethod
    def of(cls, strokes: Sequence[StrokeLike]) -> StrokeShapes:
        """Shapes of strokes, none of them without points."""
        thinned = [_thin(s) for s in strokes]
        counts = np.array([len(x) for x, _ in thinned], dtype=np.int64)
        if not len(counts):
            return cls(np.zeros((0, PATH_POINTS, 2)), np.zeros(0))
        x, y = (np.concatenate([columns[axis] for columns in thinned]) for axis in (0, 1))
        first = np.concatenate([[0], np.cumsum(counts)[:-1]])
        steps = np.hypot(np.diff(x, prepend=x[0]), np.diff(y, prepend=y[0]))
        steps[first] = 0.0  # from a stroke to the next one is no way of the pen
        way = np.cumsum(steps)
        length = way[first + counts - 1] - way[first]
        # each stroke gets a stretch of its own, so that one interpolation serves all of them
        gap = max(float(length.max()), 1e-9)
        stretch = way + gap * np.repeat(np.arange(len(counts)), counts)
        part = np.linspace(0.0, 1.0, PATH_POINTS)
        wanted = stretch[first][:, None] + length[:, None] * part
        path = np.stack([np.interp(wanted, stretch, x), np.interp(wanted, stretch, y)], axis=-1)
        return cls(path, length)

    @classmethod
    def of_paths(cls, path: Floats) -> StrokeShapes:
        """Shapes of paths that have been resampled, as under an affine map."""
        steps = np.diff(path, axis=1)
        return cls(path, np.hypot(steps[:, :, 0], steps[:, :, 1]).sum(axis=1))

    def __len__(self) -> int:
        return len(self.path)

    def take(self, rows: npt.ArrayLike) -> StrokeShapes:
        """Some of the strokes, by index or mask."""
        which = np.asarray(rows)
        if which.dtype != bool:  # an empty list has no type of its own
            which = which.astype(np.int64)
        return StrokeShapes(self.path[which], self.length[which])

    def transformed(self, matrix: npt.ArrayLike) -> StrokeShapes:
        """The strokes under a rotation or reflection (2, 2), which keeps lengths."""
        return StrokeShapes(self.path @ np.asarray(matrix, dtype=np.float64).T, self.length)

    @property
    def left(self) -> Floats:
        return _least(self.path[:, :, 0])

    @property
    def right(self) -> Floats:
        return _most(self.path[:, :, 0])

    @property
    def top(self) -> Floats:
        return _least(self.path[:, :, 1])

    @property
    def bottom(self) -> Floats:
        return _most(self.path[:, :, 1])

    @property
    def boxes(self) -> Floats:
        """Left, top, right and bottom, shape (strokes, 4)."""
        return np.concatenate([self.path.min(axis=1), self.path.max(axis=1)], axis=1)


def _least(values: Floats) -> Floats:
    least: Floats = values.min(axis=1) if len(values) else np.zeros(0)
    return least


def _most(values: Floats) -> Floats:
    most: Floats = values.max(axis=1) if len(values) else np.zeros(0)
    return most


def _thin(stroke: StrokeLike) -> tuple[Floats, Floats]:
    n = len(stroke.x)
    if n <= _MAX_POINTS:
        return stroke.x, stroke.y
    kept = np.linspace(0, n - 1, _MAX_POINTS).astype(np.int64)
    return stroke.x[kept], stroke.y[kept]


def run_heights(values: Floats) -> tuple[Floats, Integers]:
    """Runs of a coordinate between its turning points, of all strokes together.

    Parameters
    ----------
    values : ndarray, shape (strokes, points)

    Returns
    -------
    heights : ndarray, shape (runs,)
        Signed: positive where the coordinate grows. Runs below a part of the stroke's
        extent belong to the run that they interrupt.
    stroke : ndarray of int, shape (runs,)
        The row that each belongs to, rising.

    Examples
    --------
    >>> heights, stroke = run_heights(np.array([[0.0, 4.0, 3.9, 8.0, 2.0], [1, 1, 1, 1, 1]]))
    >>> heights.tolist(), stroke.tolist()
    ([8.0, -6.0], [0, 0])
    """
    if not len(values):
        return np.zeros(0), np.zeros(0, np.int64)
    least = _MIN_RUN * (values.max(axis=1) - values.min(axis=1))
    ways = np.sign(np.diff(values, axis=1)).astype(np.int8)
    for _ in range(2):  # where the coordinate rests it goes on as before
        ways[:, 1:] = np.where(ways[:, 1:] == 0, ways[:, :-1], ways[:, 1:])
    turns = np.ones(values.shape, bool)
    turns[:, 1:-1] = ways[:, 1:] != ways[:, :-1]
    stroke, place = np.nonzero(turns)
    height = values[stroke, place]
    for _ in range(_MAX_ROUNDS):
        run = np.abs(np.diff(height))
        run[stroke[1:] != stroke[:-1]] = np.inf
        small = run <= np.maximum(least[stroke[:-1]], 0.0)
        if not small.any():
            break
        before, after = np.append(np.inf, run[:-1]), np.append(run[1:], np.inf)
        small &= (run <= before) & (run < after)
        if not small.any():
            break
        begins = np.append(True, stroke[1:] != stroke[:-1])
        ends = np.append(begins[1:], True)
        drop = np.zeros(len(height), bool)
        # a small run within a stroke takes both its ends along, one at an end of it the outer
        inner = small & ~begins[:-1] & ~ends[1:]
        drop[:-1] |= inner | (small & begins[:-1])
        drop[1:] |= inner | (small & ends[1:] & ~begins[:-1])
        height, stroke = height[~drop], stroke[~drop]
    run = np.diff(height)
    kept = (stroke[1:] == stroke[:-1]) & (np.abs(run) > least[stroke[:-1]])
    return run[kept], stroke[:-1][kept]


def text_size(shapes: StrokeShapes) -> float:
    """The height of runs that half of the others lie above: about that of a small letter.

    Each run weighs by the root of its height, so that neither tremor nor a few large strokes,
    such as frames, move it much; the mean of `inkrec.ink.scale` is for writing alone.

    Returns
    -------
    float
        In ink units; 0.0 where nothing has an extent.
    """
    heights = np.abs(run_heights(shapes.path[:, :, 1])[0])
    if not len(heights):
        across = np.abs(run_heights(shapes.path[:, :, 0])[0])
        return float(np.median(across)) * _ACROSS if len(across) else 0.0
    heights = np.sort(heights)
    part = np.cumsum(np.sqrt(heights))
    return float(heights[np.searchsorted(part, part[-1] / 2)])
