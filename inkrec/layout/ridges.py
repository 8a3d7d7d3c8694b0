"""Ridges of ink that strokes stand on, and pieces of lines on one ridge."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .neighbourhood import Neighbourhood
from .shapes import Floats, StrokeShapes

__all__ = ["Fragment", "find_fragments", "find_ridges", "fragment_of"]

Integers = npt.NDArray[np.int64]

# all lengths in local text sizes
_ALONG, _ACROSS = 5.0, 0.75  # spread of the kernel that makes ridges of ink
_REACH = 10.0  # to both sides that a stroke looks along its line,
_BESIDE = 2.5  # and across it
_SHIFTS = 12  # steps of climbing
_MOST = 300  # points that a stroke looks at
_WORD_GAP = 1.3  # strokes closer than this are of one word
_LEVEL, _WRITTEN_LEVEL = 0.6, 0.95  # between their ridges; where they were written in a row


class Fragment(NamedTuple):
    """Strokes of a line that stand close together.

    Attributes
    ----------
    strokes : ndarray of int
    left, right : float
    ridge_left, ridge_right : float
        y of the ridge at both ends.
    size : float
        Text size.
    """

    strokes: Integers
    left: float
    right: float
    ridge_left: float
    ridge_right: float
    size: float

    @property
    def ridge(self) -> float:
        return (self.ridge_left + self.ridge_right) / 2


def find_ridges(shapes: StrokeShapes, sizes: Floats) -> Floats:
    """Y of the ridge that each stroke stands on, at its middle."""
    near = Neighbourhood(shapes, sizes)
    middle = shapes.path.mean(axis=1)
    u = sizes
    boxes = np.stack(
        [middle[:, 0] - _REACH * u, middle[:, 1] - _BESIDE * u,
         middle[:, 0] + _REACH * u, middle[:, 1] + _BESIDE * u], axis=1
    )  # fmt: skip
    ridge: Floats = middle[:, 1].copy()
    n = len(shapes)
    # a stroke's own points count like all others, so that a lone one has a ridge too
    own = np.repeat(np.arange(n), 8), shapes.path[:, 6::12].reshape(-1, 2)
    for of, point in near.pairs(boxes, _MOST):
        rows = np.unique(of)
        mine = np.isin(own[0], rows)
        of = np.concatenate([of, own[0][mine]])
        points = np.concatenate([near.points[point], own[1][mine]])
        dx = (points[:, 0] - middle[of, 0]) / u[of]
        weight = np.exp(-0.5 * (dx / _ALONG) ** 2)
        y = points[:, 1]
        level = ridge.copy()
        for _ in range(_SHIFTS):
            w = weight * np.exp(-0.5 * ((y - level[of]) / (_ACROSS * u[of])) ** 2)
            total = np.bincount(of, w, minlength=n)
            moved = np.bincount(of, w * y, minlength=n) / np.maximum(total, 1e-12)
            level[rows] = np.where(total[rows] > 1e-9, moved[rows], level[rows])
        ridge[rows] = level[rows]
    return ridge


def find_fragments(
    shapes: StrokeShapes, ridges: Floats, sizes: Floats, timed: bool
) -> list[Fragment]:
    """Strokes on one ridge with no wide gap between them."""
    n = len(shapes)
    left, right = shapes.left, shapes.right
    order = np.argsort(left, kind="stable")
    parent = np.arange(n)

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = int(parent[i])
        return i

    starts = left[order]
    ends = right + _WORD_GAP * sizes
    last = np.searchsorted(starts, ends)
    for place, i in enumerate(order.tolist()):
        others = order[place + 1 : last[i]]
        if len(others):
            u = np.minimum(sizes[i], sizes[others])
            level = np.abs(ridges[others] - ridges[i]) < _LEVEL * u
            for j in others[level].tolist():
                a, b = root(i), root(j)
                if a != b:
                    parent[b] = a
    if timed:  # what was written next to it right after it
        gap = np.maximum(left[1:] - right[:-1], left[:-1] - right[1:])
        u = np.minimum(sizes[1:], sizes[:-1])
        level = np.abs(np.diff(ridges)) < _WRITTEN_LEVEL * u
        for i in np.flatnonzero((gap < _WORD_GAP * u) & level).tolist():
            a, b = root(i), root(i + 1)
            if a != b:
                parent[b] = a
    roots = np.array([root(i) for i in range(n)])
    return [
        fragment_of(shapes, ridges, sizes, np.flatnonzero(roots == r)) for r in np.unique(roots)
    ]


def fragment_of(shapes: StrokeShapes, ridges: Floats, sizes: Floats, strokes: Integers) -> Fragment:
    left, right = shapes.left[strokes], shapes.right[strokes]
    a, b = float(left.min()), float(right.max())
    u = float(np.median(sizes[strokes]))
    x, y = (left + right) / 2, ridges[strokes]
    ends = []
    for edge in (a, b):
        w = np.exp(-np.abs(x - edge) / (3 * u)) * np.maximum(shapes.length[strokes], u)
        ends.append(float((w * y).sum() / max(w.sum(), 1e-300)))
    return Fragment(strokes, a, b, ends[0], ends[1], u)
