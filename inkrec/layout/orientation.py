"""Whether ink stands as it was written: upside down, mirrored, turned, or y upward.

Pens go to the right and downward, turn to the left around most letters, and lines are under
one another in the order of writing. What these signs say is added up as odds.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from .shapes import Floats, StrokeShapes, run_heights, text_size
from .skew import estimate_skew, rotation, unevenness

__all__ = ["ORIENTATIONS", "Orientation", "likely_orientations", "orientation_signs"]

_WEIGHTS = np.array([2.5, 4.0, 2.0, 2.0, 3.0])  # of the signs, as odds
_ENOUGH = 10.0  # strokes from which a sign counts in full
_UPRIGHT = 1.5  # odds for ink as it should be
_DOUBT = 1.5  # odds below the best, at which another orientation is no candidate any more
_LEAST = 3  # strokes: fewer tell nothing
_STEEP = 0.3  # height over width of ink, below which its lines are no steep ones
_ACROSS, _SEEN = 1.3, 1.6  # times as uneven, and times as far from stroke to stroke: turned


class Orientation(NamedTuple):
    """How ink may stand.

    Attributes
    ----------
    name : str
        ``"upright"``, ``"upside down"``, ``"mirrored"``, ``"y upward"``, ``"turned to the
        right"``, ``"turned to the left"``, and the latter two mirrored.
    matrix : tuple of tuple of int
        What makes it upright.
    """

    name: str
    matrix: tuple[tuple[int, int], tuple[int, int]]


ORIENTATIONS = (
    Orientation("upright", ((1, 0), (0, 1))),
    Orientation("mirrored", ((-1, 0), (0, 1))),
    Orientation("y upward", ((1, 0), (0, -1))),
    Orientation("upside down", ((-1, 0), (0, -1))),
    Orientation("turned to the right", ((0, 1), (-1, 0))),
    Orientation("turned to the right and mirrored", ((0, -1), (-1, 0))),
    Orientation("turned to the left and mirrored", ((0, 1), (1, 0))),
    Orientation("turned to the left", ((0, -1), (1, 0))),
)
"""Four with level lines and four with steep ones; of each four what x and y say of their signs
is as in the first."""


def likely_orientations(
    shapes: StrokeShapes, *, timed: bool = True, level: StrokeShapes | None = None
) -> list[Orientation]:
    """How ink may stand, likeliest first; the upright one alone where nothing speaks against it.

    Parameters
    ----------
    shapes : StrokeShapes
        Of writing, in the order of writing where it is known.
    timed : bool
        Whether it is.
    level : StrokeShapes, optional
        The same with its lines level, where that is known.

    Returns
    -------
    list of Orientation
    """
    upright = [ORIENTATIONS[0]]
    if len(shapes) < _LEAST:
        return upright
    turned = _is_turned(shapes, timed)
    four = ORIENTATIONS[4:] if turned else ORIENTATIONS[:4]
    if turned or level is None:
        level = shapes.transformed(np.array(four[0].matrix, dtype=np.float64))
        level = level.transformed(rotation(-estimate_skew(level, text_size(level))))
    size = text_size(level)
    if not size > 0:
        return upright
    signs = orientation_signs(level, size)
    parts = _WEIGHTS * signs[:, 0] * np.minimum(signs[:, 1] / _ENOUGH, 1.0)
    if not timed:
        parts[[1, 3]] = 0.0
    right, down, around = parts[0] + parts[1], parts[2] + parts[3], parts[4]
    odds = [x * right + y * down + x * y * around for x, y in ((1, 1), (-1, 1), (1, -1), (-1, -1))]
    if not turned:
        odds[0] += _UPRIGHT
    ranked = sorted(range(4), key=lambda k: -odds[k])
    found = [four[k] for k in ranked if odds[k] > odds[ranked[0]] - _DOUBT][:2]
    return found if ORIENTATIONS[0] in found else [*found, ORIENTATIONS[0]]


def _is_turned(shapes: StrokeShapes, timed: bool) -> bool:
    """Whether lines run downward or upward."""
    middle = shapes.path.mean(axis=1)
    extent = np.ptp(shapes.path.reshape(-1, 2), axis=0)
    if extent[1] < _STEEP * extent[0]:
        return False
    across = shapes.transformed(np.array(ORIENTATIONS[4].matrix, dtype=np.float64))
    sizes = text_size(shapes), text_size(across)
    if not min(sizes) > 0 or extent[1] < 3 * sizes[1]:
        return False
    steps = np.abs(np.diff(middle, axis=0))
    near = np.hypot(*steps.T) < 8 * max(sizes)
    if timed and near.sum() >= _LEAST:
        right, down = np.median(steps[near], axis=0)
        return bool(down > _SEEN * right)
    return bool(_contrast(across, sizes[1]) > _ACROSS * _contrast(shapes, sizes[0]))


def _contrast(shapes: StrokeShapes, size: float) -> float:
    """How uneven ink is across its lines, beside ink that is spread evenly."""
    points = shapes.path[:, ::6].reshape(-1, 2) / size
    angles = np.array([estimate_skew(shapes, size)])
    bins = max(float(np.ptp(points[:, 1])), 1.0)
    return float(unevenness(points, angles)[0]) * bins / len(points) ** 2


def orientation_signs(shapes: StrokeShapes, size: float) -> Floats:
    """Signs that change with the ink's orientation, each from -1 to 1 and with its count.

    Parameters
    ----------
    shapes : StrokeShapes
        In the order of writing, lines about level.
    size : float
        Text size, above 0.

    Returns
    -------
    ndarray, shape (5, 2)
        Where strokes go to the right; where one goes on to the right of another; where first
        runs go down; where later lines are lower; where the pen turns as in an *o* that is
        written to the left and down. Values, and how many strokes tell it.
    """
    path, n = shapes.path, len(shapes)
    wide, high = shapes.right - shapes.left, shapes.bottom - shapes.top
    large = np.maximum(wide, high) > 0.8 * size
    chord = path[:, -1] - path[:, 0]
    across = large & (np.abs(chord[:, 0]) > 0.3 * size)
    signs = [(_mean(np.sign(chord[across, 0])), across.sum())]
    middle = path.mean(axis=1)
    steps = np.diff(middle, axis=0) / size if n > 1 else np.zeros((0, 2))
    beside = (np.abs(steps[:, 1]) < 1.5) & (np.abs(steps[:, 0]) < 8) & (np.abs(steps[:, 0]) > 0.4)
    signs.append((_mean(np.sign(steps[beside, 0])), beside.sum()))
    tall = high > 0.9 * size
    heights, whose = run_heights(path[:, :, 1])
    first = np.zeros(n)
    strong = np.abs(heights) > 0.5 * size
    heights, whose = heights[strong], whose[strong]
    begin = np.flatnonzero(np.diff(whose, prepend=-1))
    first[whose[begin]] = np.sign(heights[begin])
    told = tall & (first != 0)
    signs.append((_mean(first[told]), told.sum()))
    far = np.abs(steps[:, 1]) > 2.0
    signs.append((_mean(np.sign(steps[far, 1])), far.sum()))
    legs = np.diff(path[:, ::4], axis=1)
    way = np.arctan2(legs[:, :, 1], legs[:, :, 0])
    turns = (np.diff(way, axis=1) + math.pi) % (2 * math.pi) - math.pi
    turns = np.where(np.abs(turns) < 1.6, turns, 0.0)[large]
    total = np.abs(turns).sum()
    signs.append((-float(turns.sum() / total) if total else 0.0, large.sum()))
    return np.array(signs, dtype=np.float64)


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else 0.0
