"""Strokes that are no writing: the scratch-out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

__all__ = ["is_scratch", "struck"]

Point = tuple[float, float]

_SWEEPS = 4  # there and back, twice
_SWEEP = 0.55  # of the whole width, that each covers


def is_scratch(points: Sequence[Point], line_height: float) -> bool:
    """Whether a stroke goes to and fro over the same place.

    Letters go to and fro too, but move on as they do; a scratch covers most of its
    width with each sweep.

    Examples
    --------
    >>> is_scratch([(0, 0), (80, 5), (4, 10), (78, 12), (2, 20), (80, 22)], 90)
    True
    >>> is_scratch([(0, 0), (20, 30), (15, 0), (40, 30), (35, 0), (60, 30)], 90)
    False
    """
    if len(points) < 5:
        return False
    xs = [x for x, _ in points]
    width = max(xs) - min(xs)
    if width < 0.35 * line_height:
        return False
    sweeps = 0
    turn = low = high = xs[0]
    direction = 0
    for x in xs[1:]:
        low, high = min(low, x), max(high, x)
        if direction >= 0 and high - x > 0.15 * width:
            sweeps += high - turn > _SWEEP * width
            direction, turn, low, high = -1, high, x, x
        elif direction <= 0 and x - low > 0.15 * width:
            sweeps += turn - low > _SWEEP * width
            direction, turn, low, high = 1, low, x, x
    sweeps += abs(xs[-1] - turn) > _SWEEP * width
    return sweeps >= _SWEEPS


def struck(
    bounds: tuple[float, float, float, float], strokes: Iterable[tuple[int, Sequence[Point]]]
) -> list[int]:
    """Which strokes lie mostly within a scratch's bounds."""
    left, top, right, bottom = bounds
    found = []
    for name, points in strokes:
        inside = sum(left <= x <= right and top <= y <= bottom for x, y in points)
        if points and inside >= 0.5 * len(points):
            found.append(name)
    return found
