"""Strokes that are no writing: a zigzag over what is to go.

Geometry alone, no model. A stroke is a scratch-out if its pen goes to and fro many
times across most of its own width, densely, over ink that was there before.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .samples import PenSample

__all__ = ["find_scratch_out"]

_RUNS = 5  # times to or fro
_REACH = 0.45  # part of the stroke's width that each of them crosses
_DENSE = 3.0  # length of the path over the diagonal of its box
_WIDE = 1.2  # least width, in scales
_COVERED = 0.6  # part of an earlier stroke that must lie inside
_FILLED = 0.5  # part of the zigzag's width that the ink under it must span
_SMALL = 1.0  # strokes shorter than this, in scales, go with the word they stand over


def find_scratch_out(strokes: Sequence[Sequence[PenSample]], scale: float) -> tuple[int, ...]:
    """The strokes that the last one scratches out, and itself; nothing if it does not.

    Parameters
    ----------
    strokes : sequence of sequence of PenSample
        In order of writing.
    scale : float
        Of the writing, in ink units, as `inkrec.ink.scale` estimates it.

    Returns
    -------
    tuple of int
        Places in ``strokes``, rising; the last is ``len(strokes) - 1``.

    Examples
    --------
    >>> word = [PenSample(0, x, 5.0 * (x % 2)) for x in range(20)]
    >>> zigzag = [PenSample(1, 20.0 * (i % 2), float(i)) for i in range(7)]
    >>> find_scratch_out([word, zigzag], scale=5.0)
    (0, 1)
    >>> find_scratch_out([zigzag, word], scale=5.0)
    ()
    """
    if len(strokes) < 2 or not len(strokes[-1]) or not 0 < scale < math.inf:
        return ()
    x, y = _track(strokes[-1])
    left, right, top, bottom = x.min(), x.max(), y.min(), y.max()
    width, height = right - left, bottom - top
    if width < _WIDE * scale or _length(x, y) < _DENSE * math.hypot(width, height):
        return ()
    if _runs(x.tolist(), _REACH * width) < _RUNS:
        return ()
    covered, small = [], []
    begin, end = right, left
    for i, stroke in enumerate(strokes[:-1]):
        if not len(stroke):
            continue
        a, b = _track(stroke)
        inside = (a >= left) & (a <= right) & (b >= top) & (b <= bottom)
        if _length(a, b) < _SMALL * scale:
            near = left <= a.mean() <= right and top - scale <= b.mean() <= bottom + scale
            if not near:
                continue
            small.append(i)
        elif inside.mean() >= _COVERED:
            covered.append(i)
        else:
            continue
        begin, end = min(begin, a.min()), max(end, a.max())
    if not covered or min(end, right) - max(begin, left) < _FILLED * width:
        return ()
    return (*sorted(covered + small), len(strokes) - 1)


def _track(stroke: Sequence[PenSample]) -> tuple[npt.NDArray[np.float64], ...]:
    return np.array([s.x for s in stroke], float), np.array([s.y for s in stroke], float)


def _length(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> float:
    return float(np.hypot(np.diff(x), np.diff(y)).sum())


def _runs(x: Sequence[float], reach: float) -> int:
    """How many times x goes to or fro by at least ``reach`` before it turns back by as much."""
    runs, way, low, high = 0, 0, x[0], x[0]
    for value in x:
        # while it goes right (way 1) low is not looked at, while it goes left high is not
        if way <= 0 and value - low >= reach:
            runs, way, high = runs + 1, 1, value
        elif way >= 0 and high - value >= reach:
            runs, way, low = runs + 1, -1, value
        low, high = min(low, value), max(high, value)
    return runs
