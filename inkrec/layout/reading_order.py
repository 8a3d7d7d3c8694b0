"""The order in which lines of a page are read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .shapes import StrokeShapes

__all__ = ["reading_order"]


def reading_order(shapes: StrokeShapes, lines: Sequence[Sequence[int]]) -> list[int]:
    """Lines from top to bottom, columns from left to right (Breuel 2003).

    A line is read before another that is under it, and before one that lies wholly to its
    right unless a line between the two in height reaches over both.
    """
    n = len(lines)
    boxes = shapes.boxes
    left = np.array([boxes[list(line), 0].min() for line in lines])
    right = np.array([boxes[list(line), 2].max() for line in lines])
    y = np.array([np.median(shapes.path[list(line), :, 1]) for line in lines])
    overlap = (left[:, None] < right) & (left < right[:, None])
    above = y[:, None] < y
    before = overlap & above
    for i in range(n):
        for j in np.flatnonzero(right[i] <= left):
            low, high = min(y[i], y[j]), max(y[i], y[j])
            over = (y > low) & (y < high) & overlap[i] & overlap[j]
            if not over.any():
                before[i, j] = True
    done: list[int] = []
    left_over = list(np.argsort(y, kind="stable"))
    waits = before.sum(axis=0)
    while left_over:
        k = next((k for k in left_over if waits[k] <= 0), left_over[0])
        left_over.remove(k)
        done.append(int(k))
        waits = waits - before[k]
    return done
