"""Orders in which the strokes of one line may be read, by their place."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .shapes import Floats, StrokeShapes

__all__ = ["order_by_place", "turned_strokes"]

# lengths in text sizes
_MARK = 1.1  # no higher and no wider: dots, commas, quotes,
_BAR, _WIDE_BAR = 0.5, 4.0  # bars are no higher, and no wider
_FLAT = 0.4  # of their width that bars are high
_CORE = 1.0  # to both sides of a line's middle: hooks beyond it reach under other letters
_WIDE, _TALL = 1.2, 1.5  # strokes that tell in which direction they were drawn


def order_by_place(shapes: StrokeShapes, size: float) -> list[int]:
    """The strokes of a level line from left to right; marks after what they stand over.

    Parameters
    ----------
    shapes : StrokeShapes
    size : float
        Text size.

    Returns
    -------
    list of int

    Examples
    --------
    An *i*, its dot, and an *l* to the left that was written last:

    >>> from inkrec import Stroke
    >>> l, i, dot = Stroke([0, 0], [0, 2]), Stroke([3, 3], [1, 2]), Stroke([3, 3.1], [0, 0])
    >>> order_by_place(StrokeShapes.of([i, dot, l]), 1.0)
    [2, 0, 1]
    """
    n = len(shapes)
    if n < 2 or not size > 0:
        return list(range(n))
    left, mark = _core_left(shapes, size), _marks(shapes, size)
    if mark.all():
        by_place: list[int] = np.argsort(left, kind="stable").tolist()
        return by_place
    mains = np.flatnonzero(~mark)
    mains = mains[np.lexsort((shapes.top[mains], np.round(left[mains] / (0.15 * size))))]
    after: list[list[int]] = [[] for _ in range(len(mains) + 1)]
    middle = (shapes.left + shapes.right) / 2
    for i in np.flatnonzero(mark).tolist():
        over = (shapes.left[mains] - 0.3 * size <= middle[i]) & (
            middle[i] <= shapes.right[mains] + 0.3 * size
        )
        place = (
            int(np.flatnonzero(over)[-1]) + 1
            if over.any()
            else int((left[mains] < middle[i]).sum())
        )
        after[place].append(i)
    order: list[int] = []
    for place in range(len(mains) + 1):
        if place:
            order.append(int(mains[place - 1]))
        order += sorted(after[place], key=lambda i: (float(middle[i]), float(shapes.top[i])))
    return order


def turned_strokes(shapes: StrokeShapes, size: float) -> npt.NDArray[np.bool_]:
    """Which strokes run against the usual direction: to the right, and downward."""
    chord = shapes.path[:, -1] - shapes.path[:, 0]
    wide = (shapes.right - shapes.left > _WIDE * size) & (np.abs(chord[:, 0]) > 0.5 * size)
    tall = (shapes.bottom - shapes.top > _TALL * size) & (np.abs(chord[:, 1]) > size)
    against: npt.NDArray[np.bool_] = np.where(
        wide & (np.abs(chord[:, 0]) >= np.abs(chord[:, 1])),
        chord[:, 0] < 0,
        tall & (chord[:, 1] < 0),
    ).astype(bool)
    return against


def _marks(shapes: StrokeShapes, size: float) -> npt.NDArray[np.bool_]:
    wide, high = shapes.right - shapes.left, shapes.bottom - shapes.top
    small = (wide < _MARK * size) & (high < _MARK * size)
    bar = (high < _BAR * size) & (wide < _WIDE_BAR * size)
    # small letters are no marks: these stand off the middle of the line
    level = np.median(shapes.path[:, :, 1])
    off = np.abs(shapes.path[:, :, 1].mean(axis=1) - level) > 0.55 * size
    found: npt.NDArray[np.bool_] = (small & (off | (shapes.length < 0.6 * size))) | (bar & off)
    # bars cross the stems that they belong to
    y = (shapes.top + shapes.bottom) / 2
    tall = np.flatnonzero(high > 0.8 * size)
    for i in np.flatnonzero(bar & ~found & (high < _FLAT * wide)).tolist():
        over = (shapes.left[tall] < shapes.right[i]) & (shapes.right[tall] > shapes.left[i])
        over &= (shapes.top[tall] < y[i] + 0.3 * size) & (shapes.bottom[tall] > y[i] - 0.3 * size)
        found[i] = over.any()
    return found


def _core_left(shapes: StrokeShapes, size: float) -> Floats:
    """Left edge of each stroke near the line's middle, or of all of it where it is not there."""
    x, y = shapes.path[:, :, 0], shapes.path[:, :, 1]
    core = np.abs(y - np.median(y)) < _CORE * size
    edge: Floats = np.where(core, x, np.inf).min(axis=1)
    return np.where(np.isinf(edge), x.min(axis=1), edge)
