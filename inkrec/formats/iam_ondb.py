"""One line of IAM-OnDB: the XML of the whiteboard capture (``lineStrokes/``).

x, y in the whiteboard's units with y downward, t in s. The stamps of this corpus
are repaired, not refused: some were lost (written as 0) and some run backwards
by a few hundredths of a second.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..errors import FormatError, InkError
from ..ink.strokes import Ink, Stroke
from ._files import Source, name_of
from ._xml import Element, parse

__all__ = ["Repairs", "read", "read_repaired"]

_STEP = 0.015
"""Seconds between points of the whiteboard, typically."""

_LINE = 600.0
"""Seconds that no line takes."""

_SOON = 60.0
"""Seconds after which 0 is no likely stamp of a recording."""

Array = npt.NDArray[np.float64]


class Repairs(NamedTuple):
    """What was mended in a line.

    Attributes
    ----------
    lost : int
        Stamps that were 0 or far before their line, filled in from their neighbours.
    backwards : int
        Stamps that ran backwards by a little, raised to the one before.
    empty : int
        Strokes without a point, left out.
    """

    lost: int = 0
    backwards: int = 0
    empty: int = 0


def read(file: Source) -> Ink:
    """The ink of one line.

    Parameters
    ----------
    file : path or binary file

    Returns
    -------
    Ink
        y downward; t in s as in the file, repaired where it ran backwards.

    Raises
    ------
    FormatError
        If the file is no such XML, or holds no point.
    """
    return read_repaired(file)[0]


def read_repaired(file: Source) -> tuple[Ink, Repairs]:
    """The ink of one line, and what had to be mended in it; see `read`.

    Returns
    -------
    ink : Ink
    repairs : Repairs
    """
    name = name_of(file)
    root = parse(file, "WhiteboardCaptureSession", ())
    sets = (child for child in root if child.name == "StrokeSet")
    every = [_points(s, name) for group in sets for s in group if s.name == "Stroke"]
    strokes = [points for points in every if len(points)]
    if not strokes:
        raise FormatError("no point in the file; expected <Stroke> with <Point>", file=name)
    x, y, t = np.concatenate(strokes).T
    times, lost, backwards = _mend(t)
    cuts = np.cumsum([len(s) for s in strokes])[:-1]
    columns = [np.split(column, cuts) for column in (x, y, times)]
    try:
        ink = Ink([Stroke(*stroke) for stroke in zip(*columns, strict=True)])
    except InkError as error:
        raise FormatError(str(error), file=name) from None
    return ink, Repairs(lost, backwards, len(every) - len(strokes))


def _points(stroke: Element, name: str | None) -> Array:
    """x, y and time of a stroke, shape (n, 3)."""
    try:
        rows = [
            (p.attributes["x"], p.attributes["y"], p.attributes["time"])
            for p in stroke
            if p.name == "Point"
        ]
        points = np.array(rows, dtype=np.float64).reshape(-1, 3)
    except KeyError as error:
        raise FormatError(
            f"a point of this stroke has no {error.args[0]}; expected x, y and time",
            file=name,
            line=stroke.line,
        ) from None
    except ValueError as error:
        raise FormatError(f"expected numbers, {error}", file=name, line=stroke.line) from None
    if not np.isfinite(points).all():
        raise FormatError(
            "this stroke holds a value that is not finite", file=name, line=stroke.line
        )
    return points


def _mend(t: Array) -> tuple[Array, int, int]:
    """Stamps that never run backwards, how many were lost and how many backwards.

    A stamp that is 0 or ten minutes before the line's median is lost: it takes
    its predecessor's time and a step of 15 ms, but not more than the next that
    is known. Then small steps back are raised to the highest stamp so far.
    """
    middle = np.median(t)
    lost = (t < middle - _LINE) | ((t == 0) & (middle > _SOON))
    times = t.copy()
    if lost.any():
        first = int(np.flatnonzero(~lost)[0])
        for i in range(first - 1, -1, -1):
            times[i] = times[i + 1] - _STEP
        known = np.where(lost, np.inf, t)
        ahead = np.minimum.accumulate(known[::-1])[::-1]
        for i in np.flatnonzero(lost[first:]).tolist():
            times[first + i] = min(times[first + i - 1] + _STEP, float(ahead[first + i]))
    backwards = int((np.diff(times) < 0).sum())
    return np.maximum.accumulate(times), int(lost.sum()), backwards
