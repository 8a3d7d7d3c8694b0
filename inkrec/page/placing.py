"""Where a stroke goes: at once, by what lies near it, and once a page is looked at as a whole."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..layout.page_layout import lay_out
from ..session.page import STEEP
from .strokes import Box, PageStroke, in_writing_order

__all__ = ["DrawingStrokes", "LineShape", "LineStrokes", "PageStrokes", "find_layout", "place"]

_NEAREST = 5  # strokes of a line that a stroke is compared with
_REACH = 12.0  # scales beside a line's ink where it may go on
_BELOW, _ABOVE = 1.9, 1.5  # scales from the ink nearest to it, to stay in the line being written
_RETURNED, _BACK = 1.1, 4.0  # less below it where the pen went back by so much
_FITS = 1.3  # scales from the ink of another line, to go there
_MARK = 1.6  # scales: what is no larger may hang farther from its line
_HANGS = 2.6
_RULE = (14.0, 0.6)  # scales: so wide and no higher is no letter, and so high is none
_HIGH = 9.0
_PRIOR = 0.1  # of what the page's runs weigh in a line's scale


class DrawingStrokes(NamedTuple):
    """Strokes that make a drawing.

    Attributes
    ----------
    kind : str
    strokes : tuple of PageStroke
    about : tuple of PageStroke
        Strokes of writing that it underlines, crosses out, encloses or marks.
    """

    kind: str
    strokes: tuple[PageStroke, ...]
    about: tuple[PageStroke, ...] = ()


class LineStrokes(NamedTuple):
    """Strokes that make a line.

    Attributes
    ----------
    strokes : tuple of PageStroke
        In the order of writing.
    turn : float
        The angle in radians by which they fall to the right, where they must be turned
        before they are read; else 0.
    """

    strokes: tuple[PageStroke, ...]
    turn: float = 0.0


class PageStrokes(NamedTuple):
    """A page taken apart: every stroke stands in one line or one drawing.

    Attributes
    ----------
    lines : tuple of LineStrokes
        In reading order.
    drawings : tuple of DrawingStrokes
    """

    lines: tuple[LineStrokes, ...]
    drawings: tuple[DrawingStrokes, ...] = ()


def find_layout(strokes: Iterable[PageStroke]) -> PageStrokes:
    """The lines and drawings of a whole page; depends on its strokes alone."""
    ordered = in_writing_order(strokes)
    layout = lay_out([s.stroke for s in ordered])
    return PageStrokes(
        tuple(
            LineStrokes(
                in_writing_order(ordered[i] for i in line.strokes),
                line.angle if abs(line.angle) > STEEP else 0.0,
            )
            for line in layout.lines
        ),
        tuple(
            DrawingStrokes(
                drawing.kind,
                tuple(ordered[i] for i in drawing.strokes),
                tuple(ordered[i] for i in drawing.about),
            )
            for drawing in layout.drawings
        ),
    )


class LineShape(NamedTuple):
    """What placing a stroke asks of a line.

    Attributes
    ----------
    strokes : tuple of PageStroke
    box : Box
    runs : tuple of float
        Sums of `PageStroke.runs`.
    """

    strokes: tuple[PageStroke, ...]
    box: Box
    runs: tuple[float, float]

    @classmethod
    def of(cls, strokes: Sequence[PageStroke]) -> LineShape:
        """The shape of some strokes, at least one."""
        squares, total = (sum(column) for column in zip(*(s.runs for s in strokes), strict=True))
        return cls(tuple(strokes), Box.around(s.box for s in strokes), (squares, total))

    @property
    def scale(self) -> float:
        """The line's scale in ink units; infinite while nothing has an extent."""
        return _scale(self.runs, (0.0, 0.0))

    def with_stroke(self, stroke: PageStroke) -> LineShape:
        """The shape with one more stroke."""
        squares, total = self.runs
        return LineShape(
            in_writing_order((*self.strokes, stroke)),
            Box.around((self.box, stroke.box)),
            (squares + stroke.runs[0], total + stroke.runs[1]),
        )


def place(
    lines: Sequence[LineShape], current: int | None, stroke: PageStroke
) -> int | tuple[int] | None:
    """Where a stroke goes for now.

    Parameters
    ----------
    lines : sequence of LineShape
        In reading order.
    current : int, optional
        The place of the line that was written last.
    stroke : PageStroke

    Returns
    -------
    int or tuple of int or None
        The line's place; in a tuple, where a new line would stand; None if it is a drawing.
    """
    page = (_PRIOR * sum(n.runs[0] for n in lines), _PRIOR * sum(n.runs[1] for n in lines))
    own = stroke.box
    best: tuple[float, int] | None = None
    scale = _scale(page, stroke.runs)
    if lines and (
        own.bottom - own.top > _HIGH * scale
        or (own.right - own.left > _RULE[0] * scale and own.bottom - own.top < _RULE[1] * scale)
    ):
        return None
    far = _HANGS * scale
    for n, line in enumerate(lines):
        box = line.box
        reach = _HANGS * (box.bottom - box.top) + far  # most lines of a page are farther away
        if box.top - own.bottom > reach or own.top - box.bottom > reach:
            continue
        scale = _scale(page, line.runs)
        if not _near(line.box, own, scale):
            continue
        away, apart = _below(line, own, scale)
        mark = max(own.right - own.left, own.bottom - own.top) < _MARK * scale
        low = _BELOW if n == current else _FITS
        if n == current and line.box.right - own.left > _BACK * scale:
            low = _RETURNED
        high = _ABOVE if n == current else _FITS
        if mark:
            high = max(high, _HANGS)
        if not -high < away < low:
            continue
        cost = abs(away) + 0.2 * apart - (0.5 if n == current else 0.0)
        if best is None or cost < best[0]:
            best = cost, n
    if best is not None:
        return best[1]
    middle = (own.top + own.bottom) / 2
    after = [n for n, line in enumerate(lines) if (line.box.top + line.box.bottom) / 2 <= middle]
    beside = [n for n in after if lines[n].box.left < own.right and own.left < lines[n].box.right]
    return (max(beside or after, default=-1) + 1,)


def _scale(page: tuple[float, float], runs: tuple[float, float]) -> float:
    squares, total = page[0] + runs[0], page[1] + runs[1]
    return squares / total if total > 0 and squares > 0 else math.inf


def _near(line: Box, own: Box, scale: float) -> bool:
    apart = max(line.left - own.right, own.left - line.right)
    over = max(line.top - own.bottom, own.top - line.bottom)
    return apart < _REACH * scale and over < _HANGS * scale


def _below(line: LineShape, own: Box, scale: float) -> tuple[float, float]:
    """How far below the ink of a line nearest in x, and how far beside it, in scales."""
    gaps = [max(own.left - s.box.right, s.box.left - own.right, 0.0) for s in line.strokes]
    nearest = sorted(range(len(gaps)), key=gaps.__getitem__)[:_NEAREST]
    middles = sorted(line.strokes[n].box.top + line.strokes[n].box.bottom for n in nearest)
    away = (own.top + own.bottom - middles[len(middles) // 2]) / 2
    if math.isinf(scale):  # dots alone: the first of them is all there is to compare with
        return 0.0, 0.0
    return away / scale, gaps[nearest[0]] / scale
