"""One more stroke on a page: which lines it may belong to, and which strokes tell what it is.

Both cost a few array operations over the page's lines or boxes, so that a stroke on a page of
a hundred lines costs about what one on a line does. What they say may be decided anew when
more strokes have come.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .shapes import Floats, StrokeLike, StrokeShapes, text_size

__all__ = ["LineChoice", "LineSummary", "choose_lines", "strokes_nearby"]

# lengths in text sizes
_MARK = 0.85  # no larger in either direction
_MOST_COST = 3.5  # farther away a stroke begins a line
_GAP_COST, _WRITTEN = 0.12, 0.9  # for each size beside a line; for the line that is written in
_BACK = 4.0  # to the left of the end of the line that is written in: it may be a new one
_KNOTS = 64  # places at which a line's height is kept


class LineSummary(NamedTuple):
    """What is kept of a line to tell whether a stroke belongs to it.

    Attributes
    ----------
    left, right, size : float
    knots : ndarray, shape (knots, 2)
        x, rising, and the height of the line's middle there.
    """

    left: float
    right: float
    size: float
    knots: Floats

    @classmethod
    def of(cls, strokes: Sequence[StrokeLike]) -> LineSummary:
        """The summary of a line's strokes, at least one."""
        shapes = StrokeShapes.of(strokes)
        size = text_size(shapes)
        wide, high = shapes.right - shapes.left, shapes.bottom - shapes.top
        body = np.maximum(wide, high) > _MARK * size
        rows = np.flatnonzero(body) if body.any() else np.arange(len(shapes))
        middles = shapes.take(rows).path.mean(axis=1)
        order = np.argsort(middles[:, 0], kind="stable")
        knots = middles[order]
        if len(knots) > 4:  # ascenders and descenders do not bend a line
            padded = np.concatenate([knots[:2, 1][::-1], knots[:, 1], knots[-2:, 1][::-1]])
            smooth = np.median(np.lib.stride_tricks.sliding_window_view(padded, 5), axis=1)
            knots = np.stack([knots[:, 0], smooth], axis=1)
        if len(knots) > _KNOTS:
            knots = knots[np.linspace(0, len(knots) - 1, _KNOTS).astype(np.int64)]
        boxes = shapes.boxes
        return cls(float(boxes[:, 0].min()), float(boxes[:, 2].max()), size, knots)


class LineChoice(NamedTuple):
    """A line that a stroke may belong to.

    Attributes
    ----------
    line : int
        Its place among the lines.
    cost : float
        How far away it is, in text sizes and what stands for them; the least is the likeliest.
    """

    line: int
    cost: float


def choose_lines(
    lines: Sequence[LineSummary], stroke: StrokeLike, written: int | None = None
) -> list[LineChoice]:
    """The lines that a stroke may belong to, likeliest first; none where it begins a new one.

    Parameters
    ----------
    lines : sequence of LineSummary
    stroke : Stroke
    written : int, optional
        The line of the stroke before, if it was written just now.

    Returns
    -------
    list of LineChoice

    Examples
    --------
    >>> from inkrec import Stroke
    >>> def row(y, first=0):
    ...     return [Stroke([x, x + 1], [y, y + 2]) for x in range(first, first + 30, 3)]
    >>> lines = [LineSummary.of(row(0)), LineSummary.of(row(9))]
    >>> [choice.line for choice in choose_lines(lines, row(9, 30)[0], written=1)]
    [1]
    >>> choose_lines(lines, row(18)[0])
    []
    """
    found = []
    left, right = float(stroke.x.min()), float(stroke.x.max())
    top, bottom = float(stroke.y.min()), float(stroke.y.max())
    x, y = (left + right) / 2, float(np.mean(stroke.y))
    for n, line in enumerate(lines):
        size = line.size or max(right - left, bottom - top, 1e-9)
        down = (y - float(np.interp(x, line.knots[:, 0], line.knots[:, 1]))) / size
        if abs(down) > _MOST_COST + 1:
            continue
        if max(right - left, bottom - top) < _MARK * size:
            # dots stand over a line, commas under it
            cost = (
                max(-down - 1.3, 0.0) - 0.3 * down
                if down < 0
                else 1.5 * max(down - 0.7, 0.0) + 0.4 * down
            )
        else:
            cost = 1.6 * max(abs(down) - 0.5, 0.0) + 0.3 * abs(down)
        cost += _GAP_COST * max(line.left - right, left - line.right, 0.0) / size
        if n == written:
            back = line.right - left > _BACK * size and down > 1.0
            cost += _WRITTEN if back else -_WRITTEN
        if cost < _MOST_COST:
            found.append(LineChoice(n, cost))
    return sorted(found, key=lambda choice: choice.cost)


def strokes_nearby(
    boxes: npt.ArrayLike, box: Sequence[float], size: float, most: int = 80
) -> list[int]:
    """The strokes by which a stroke, or some, can be told to be writing or a drawing.

    Parameters
    ----------
    boxes : array_like, shape (strokes, 4)
        Left, top, right and bottom of all strokes.
    box : sequence of float
        Of the stroke in question.
    size : float
        Text size.
    most : int
        Strokes, at most: the nearest.

    Returns
    -------
    list of int
        Places in ``boxes``, rising.
    """
    all_boxes = np.asarray(boxes, dtype=np.float64).reshape(-1, 4)
    outside = np.maximum(
        all_boxes[:, :2] - np.asarray(box[2:]), np.asarray(box[:2]) - all_boxes[:, 2:]
    )
    apart = np.hypot(*np.maximum(outside, 0.0).T)
    near = np.flatnonzero(apart < 12 * size)
    if len(near) > most:
        near = near[np.argpartition(apart[near], most)[:most]]
    found: list[int] = np.sort(near).tolist()
    return found
