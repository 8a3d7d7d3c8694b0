"""Strokes in the order in which a line reads, not always that in which it was written.

Networks learn from hands that write from left to right, and dot and cross as a word ends.
Who does it when the line is done is read nearly as well if these marks follow the ink they
lie over; others leave such strokes out and keep a flag where they were (NPen++, Jaeger et
al. 2001). A word put in where there was room is read if it stands there in the order too.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from .samples import PenSample

__all__ = ["put_in", "spatial_order"]

Box = tuple[float, float, float, float]

_WIDE, _HIGH = 1.6, 0.8  # scales: dots, bars and quotes are no larger
_LATE = 5.0  # scales that the pen went back for a mark that does not just end its word
_MORE = 0.5  # the same for another one right behind it
_BACK = 2.5  # the same for ink that was put in
_BESIDE = 0.5  # scales from the ink that a mark belongs to, to its right
_ABOVE, _BELOW = 2.0, 1.0  # scales above and below that ink
_LEVEL = 1.2  # scales between the middles of what stands on one line
_DOT = 0.2  # scales: no letter is as small
_ROOM = 0.1  # scales that ink put in may reach under what stands beside it


def spatial_order(
    strokes: Sequence[Sequence[PenSample]], scale: float, closed: int = 0
) -> tuple[list[int], int]:
    """Where late marks and ink that was put in go.

    Parameters
    ----------
    strokes : sequence of sequence of PenSample
        Of one line, as they were written; none without samples.
    scale : float
        Ink units in a scale.
    closed : int
        So many of the first strokes say what is final.

    Returns
    -------
    order : list of int
        The strokes' places in ``strokes``. All but late ones keep their order; a mark comes
        right behind the last ink before it that it lies over.
    closed : int
        So many of them say what is final: marks on such ink too, and nothing else.

    Examples
    --------
    An *i* whose dot is made when an *m* and an *n* stand beside it, and an *l* in front:

    >>> def bar(x, y, right, bottom):
    ...     return [PenSample(0, x, y), PenSample(1, right, bottom)]
    >>> ink = [bar(0, 0, 0, 1), bar(1, 0, 3, 1), bar(4, 0, 6, 1), bar(0, -1, 0, -1)]
    >>> spatial_order([*ink, bar(-1, 0, -1, 1)], 1.0)
    ([4, 0, 3, 1, 2], 0)
    """
    order, closed, _ = _ordered([_box(stroke, scale) for stroke in strokes], closed)
    return order, closed


def put_in(strokes: Sequence[Sequence[PenSample]], scale: float) -> list[int]:
    """Strokes that were written in front of what stood there, marks left out.

    Parameters
    ----------
    strokes : sequence of sequence of PenSample
        Of one line, as they were written; none without samples.
    scale : float

    Returns
    -------
    list of int
        Their places in ``strokes``.

    Examples
    --------
    >>> def bar(x, right):
    ...     return [PenSample(0, x, 0), PenSample(1, right, 2)]
    >>> put_in([bar(0, 2), bar(8, 10), bar(4, 6), bar(12, 14)], 1.0)
    [2]
    """
    return _ordered([_box(stroke, scale) for stroke in strokes], 0)[2]


def _ordered(boxes: Sequence[Box], closed: int) -> tuple[list[int], int, list[int]]:
    """The order, how many strokes of it say what is final, and what was put in."""
    order: list[int] = []
    inside: list[int] = []
    here = final = 0  # where ink goes that goes on with the stroke before
    edge, back = -math.inf, _LATE  # edge: where the pen was, at the right of that stroke
    for i, box in enumerate(boxes):
        if i == closed:
            here = final = len(order)
        left, top, right, bottom = box
        middle = (left + right) / 2
        if right - left < _WIDE and bottom - top < _HIGH and edge - middle > back:
            place = _behind(boxes, order, box)
            if place is not None:
                order.insert(place, i)
                here += place <= here
                final += place <= final
                back = _MORE
                continue
        if here < len(order) and boxes[order[here]][0] <= middle:
            here = len(order)  # on behind what was put in
            edge = boxes[order[-1]][2]
        if edge - right > _BACK:
            place = _in_front(boxes, order, box)
            here = len(order) if place is None else max(place, final)
        if here < len(order):
            inside.append(i)
        order.insert(here, i)
        here += 1
        edge, back = right, _LATE
    return order, final if closed < len(boxes) else len(order), inside


def _behind(boxes: Sequence[Box], order: Sequence[int], mark: Box) -> int | None:
    """The place behind the last ink that a mark lies over, if it does over any."""
    x, y = (mark[0] + mark[2]) / 2, (mark[1] + mark[3]) / 2
    for place in reversed(range(len(order))):
        left, top, right, bottom = boxes[order[place]]
        beside = left <= x and mark[0] <= right + _BESIDE
        if beside and top - _ABOVE <= y <= bottom + _BELOW:
            return place + 1
    return None


def _in_front(boxes: Sequence[Box], order: Sequence[int], box: Box) -> int | None:
    """The place in front of the ink to the right of some that has room on its line."""
    left, top, right, bottom = box
    away = [max(boxes[n][0] - right, left - boxes[n][2]) for n in order]
    x0, y0, x1, y1 = boxes[order[away.index(min(away))]]
    apart = abs(y0 + y1 - top - bottom) / 2
    dot = max(x1 - x0, y1 - y0) < _DOT  # where a hand came down by mistake is no line
    if min(away) < -_ROOM or (apart > _LEVEL and not dot):
        return None
    return next((k for k, n in enumerate(order) if boxes[n][0] > (left + right) / 2), None)


def _box(stroke: Iterable[PenSample], scale: float) -> Box:
    """Left, top, right and bottom in scales."""
    xs, ys = [s.x / scale for s in stroke], [s.y / scale for s in stroke]
    return min(xs), min(ys), max(xs), max(ys)
