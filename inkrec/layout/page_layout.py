"""A page of ink as lines of writing and drawings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..ink.strokes import Ink
from .drawings import FoundDrawing, told_apart
from .lines import find_lines
from .orientation import ORIENTATIONS, Orientation, likely_orientations
from .shapes import StrokeLike, StrokeShapes, text_size
from .skew import estimate_skew, rotation

__all__ = [
    "LineLayout", "PageLayout", "PageLine", "count_lines", "in_writing_order", "lay_out",
    "segment_lines",
]  # fmt: skip


class PageLine(NamedTuple):
    """A line of a page.

    Attributes
    ----------
    ink : Ink
    strokes : tuple of int
        The places of its strokes in the page's ink.
    """

    ink: Ink
    strokes: tuple[int, ...]

    @classmethod
    def whole(cls, ink: Ink) -> PageLine:
        """All ink of a page as one line."""
        return cls(ink, tuple(range(len(ink))))


class LineLayout(NamedTuple):
    """A line of writing.

    Attributes
    ----------
    strokes : tuple of int
        Places of its strokes, in the order in which they came.
    angle : float
        In radians: positive where it falls to the right.
    size : float
        Text size in ink units.
    box : tuple of float
        Left, top, right and bottom in ink units.
    """

    strokes: tuple[int, ...]
    angle: float
    size: float
    box: tuple[float, float, float, float]


class PageLayout(NamedTuple):
    """Lines in the order in which they are read, and drawings.

    Attributes
    ----------
    lines : tuple of LineLayout
    drawings : tuple of FoundDrawing
    angle : float
        Of the page's lines, in radians.
    orientations : tuple of Orientation
        That the ink may have, likeliest first; mostly the upright one alone.
    """

    lines: tuple[LineLayout, ...]
    drawings: tuple[FoundDrawing, ...]
    angle: float
    orientations: tuple[Orientation, ...] = ORIENTATIONS[:1]

    def as_one_line(self) -> PageLayout:
        """The same with all writing as one line."""
        if len(self.lines) < 2:
            return self
        boxes = np.array([line.box for line in self.lines])
        line = LineLayout(
            tuple(sorted(i for line in self.lines for i in line.strokes)),
            self.angle,
            float(np.median([line.size for line in self.lines])),
            (*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist()),
        )
        return self._replace(lines=(line,))


def lay_out(strokes: Sequence[StrokeLike], *, drawings: bool = True) -> PageLayout:
    """Take a page apart.

    Parameters
    ----------
    strokes : sequence of Stroke
        In any order; where it looks like that of writing, it helps.
    drawings : bool
        Whether strokes may be drawings.

    Returns
    -------
    PageLayout
        Each stroke is in one of the lines or in one of the drawings.

    Examples
    --------
    >>> from inkrec import Stroke
    >>> rows = [Stroke([x, x + 1], [y, y + 2]) for y in (0, 9) for x in range(0, 60, 3)]
    >>> page = lay_out(rows)
    >>> [len(line.strokes) for line in page.lines], page.drawings
    ([20, 20], ())
    """
    if drawings:
        found, level, size, angle = told_apart(strokes)
        drawn = {i for drawing in found for i in drawing.strokes}
    else:
        found, drawn, level = [], set(), StrokeShapes.of(strokes)
        size = text_size(level)
        angle = estimate_skew(level, size)
        level = level.transformed(rotation(-angle))
    rows = np.array([i for i in range(len(strokes)) if i not in drawn], dtype=np.int64)
    level = level.take(rows)
    if drawn:
        size = text_size(level)
    shapes = level.transformed(rotation(angle))
    timed = in_writing_order(level, size)
    lines = find_lines(level, size, timed=timed)
    likely = likely_orientations(shapes, timed=timed, level=level)
    told = []
    for line in lines:
        part = shapes.take(line)
        own = text_size(part) or size
        several = len(lines) > 1 and len(line) > 1
        lean = angle + estimate_skew(level.take(line), own) if several else angle
        boxes = part.boxes
        box = (*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist())
        told.append(LineLayout(tuple(rows[line].tolist()), lean, own, box))
    return PageLayout(tuple(told), tuple(found), angle, tuple(likely))


def in_writing_order(shapes: StrokeShapes, size: float) -> bool:
    """Whether strokes follow each other as a pen would: to the right, or to another line.

    Parameters
    ----------
    shapes : StrokeShapes
        Of level writing.
    size : float
    """
    n = len(shapes)
    if n < 3 or not size > 0:
        return True
    middle = shapes.path.mean(axis=1)
    steps = np.diff(middle, axis=0) / size
    gap = np.maximum(shapes.left[1:] - shapes.right[:-1], shapes.left[:-1] - shapes.right[1:])
    far = (gap / size > 6.0) | (np.abs(steps[:, 1]) > 3.0)
    lines = max(1.0, float(np.ptp(middle[:, 1])) / size / 3.0)
    return float(far.sum()) < 2.0 * lines + 0.15 * n


def count_lines(strokes: Sequence[StrokeLike]) -> int:
    """Into how many lines strokes would be taken apart, drawings left out."""
    return len(lay_out(strokes).lines)


def segment_lines(ink: Ink) -> list[PageLine]:
    """The lines of a page, in the order in which they are read; drawings are in none.

    Parameters
    ----------
    ink : Ink
        In any order; where it looks like that of writing, it helps.

    Returns
    -------
    list of PageLine
        At least one stroke in each, in the order in which they came; no line for no ink.

    Examples
    --------
    >>> from inkrec import Ink, Stroke
    >>> rows = [Stroke([x, x + 1], [y, y + 2]) for y in (0, 9) for x in range(0, 60, 3)]
    >>> [len(line.ink) for line in segment_lines(Ink(rows))]
    [20, 20]
    """
    return [
        PageLine(Ink([ink[i] for i in line.strokes], ink.units_per_mm), line.strokes)
        for line in lay_out(list(ink)).lines
    ]
