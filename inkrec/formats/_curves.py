"""Curves of drawing programs as points."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

__all__ = ["bezier"]

Point = Sequence[float]


def bezier(control: Sequence[Point], steps: int = 8) -> list[list[float]]:
    """Points of a Bézier curve after its first, by de Casteljau's construction.

    >>> bezier([(0, 0), (1, 2), (2, 0)], steps=2)
    [[1.0, 1.0], [2.0, 0.0]]
    """
    points = []
    for step in range(1, steps + 1):
        u = step / steps
        held = [list(map(float, point)) for point in control]
        while len(held) > 1:
            held = [[a + (b - a) * u for a, b in zip(p, q, strict=True)] for p, q in pairwise(held)]
        points.append(held[0])
    return points
