"""The scale of writing, estimated while it is written.

The estimate takes a state and returns a new one; it holds no variable.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from .ink import PenSample

__all__ = ["Gauge", "gauge"]


class Gauge(NamedTuple):
    """A causal estimate of the writing's scale.

    The path is cut at its turning points in y, and the heights h of the runs
    between them are averaged with their own weight, sum h^2 / sum h: slope does
    not matter, dots and jitter hardly, and cursive and print weigh the same.
    Runs in x stand in, at a fraction, while there is nothing but dashes.
    """

    squares: float = 0.0
    total: float = 0.0
    squares_x: float = 0.0
    total_x: float = 0.0
    y: tuple[float, float] | None = None  # where the open run began, its extreme so far
    x: tuple[float, float] | None = None

    @property
    def scale(self) -> float:
        """The estimate in ink units; infinite while there is no extent."""
        squares, total = self.squares, self.total
        squares_x, total_x = self.squares_x, self.total_x
        if self.y is not None:
            h = abs(self.y[1] - self.y[0])
            squares, total = squares + h * h, total + h
        if self.x is not None:
            h = abs(self.x[1] - self.x[0])
            squares_x, total_x = squares_x + h * h, total_x + h
        down = squares / total if total > 0 else 0.0
        across = _ACROSS * squares_x / total_x if total_x > 0 else 0.0
        scale = max(down, across)
        return scale if scale > 0 else math.inf  # nan where the sums ran over: no scale either

    @classmethod
    def hinted(cls, line_height: float) -> Gauge:
        """The estimate that a ruling of this height suggests, to be corrected by ink."""
        scale = _RULING * line_height
        return cls(squares=_PRIOR * scale * scale, total=_PRIOR * scale)


_ACROSS = 0.1  # a run in x counts as this much height: a word in one stroke is ten letters wide
_TURN = 0.15  # a run ends when the pen has turned back by this part of it
_RULING = 0.3  # scale over line height
_PRIOR = 6.0  # runs that a line height hint is worth


def _run(
    run: tuple[float, float] | None, value: float, squares: float, total: float
) -> tuple[tuple[float, float], float, float]:
    if run is None:
        return (value, value), squares, total
    begin, extreme = run
    height = extreme - begin
    if (value - extreme) * height >= 0 and (height != 0 or value != begin):
        return (begin, value), squares, total
    back = abs(value - extreme)
    height = abs(height)
    if back > _TURN * height:
        return (extreme, value), squares + height * height, total + height
    return run, squares, total


def gauge(state: Gauge, samples: Iterable[PenSample]) -> Gauge:
    """Take samples into the estimate of scale.

    Parameters
    ----------
    state : Gauge
    samples : iterable of PenSample

    Returns
    -------
    Gauge

    Examples
    --------
    >>> zigzag = [PenSample(0, x, 10.0 * (x % 2)) for x in range(9)]
    >>> gauge(Gauge(), zigzag).scale
    10.0

    A ruling of 100 units suggests 30, and the zigzag draws it down:

    >>> hint = Gauge.hinted(100.0)
    >>> hint.scale, round(gauge(hint, zigzag).scale, 1)
    (30.0, 23.8)
    """
    squares, total, squares_x, total_x, run_y, run_x = state
    for _, x, y, _, touching in samples:
        if touching:
            run_y, squares, total = _run(run_y, y, squares, total)
            run_x, squares_x, total_x = _run(run_x, x, squares_x, total_x)
        elif run_y is not None and run_x is not None:
            h = abs(run_y[1] - run_y[0])
            squares, total, run_y = squares + h * h, total + h, None
            h = abs(run_x[1] - run_x[0])
            squares_x, total_x, run_x = squares_x + h * h, total_x + h, None
    return Gauge(squares, total, squares_x, total_x, run_y, run_x)
