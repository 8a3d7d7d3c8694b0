"""From a file's columns to strokes: one bad value costs its point, one bad stroke itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import FormatError, InkError
from ..ink.strokes import Ink, Stroke
from ..ink.time_order import in_time_order, steady_time
from . import _files
from ._report import Report

__all__ = ["StrokeBuilder"]

Array = npt.NDArray[np.float64]


class StrokeBuilder:
    """Makes strokes and inks of what a file holds, and reports what does not fit.

    Parameters
    ----------
    report : Report
    """

    def __init__(self, report: Report) -> None:
        self.report = report
        self._points = 0

    def stroke(
        self,
        x: Any,
        y: Any,
        t: Any = None,
        pressure: Any = None,
        *,
        tool: str = "pen",
        color: str | None = None,
        width: float | None = None,
        line: int | None = None,
    ) -> Stroke | None:
        """A stroke of columns of numbers, or None where no point of them can be.

        Points whose place is no finite number are left out, a pressure outside 0 to 1 is
        brought to its end, and time is mended as `steady_time` does.

        Parameters
        ----------
        x, y, t, pressure : array_like, shape (n,), or None
            As for `Stroke`; NaN where a value is missing or bad.
        tool, color, width
            As for `Stroke`; a width that is none is left out.
        line : int, optional
            Where it stands, for the report.

        Raises
        ------
        FormatError
            If the file holds more than `MAX_POINTS` points.
        """
        try:
            columns = [
                None if c is None else np.asarray(c, np.float64) for c in (x, y, t, pressure)
            ]
            return self._made(columns, tool, color, width, line)
        except FormatError:
            raise
        except (InkError, ValueError, TypeError, OverflowError) as error:
            self.report.lost("a stroke", str(error), line)
            return None

    def _made(
        self,
        columns: Sequence[Array | None],
        tool: str,
        color: str | None,
        width: float | None,
        line: int | None,
    ) -> Stroke | None:
        x, y, t, force = columns
        assert x is not None
        assert y is not None
        self._points += len(x)
        if self._points > _files.MAX_POINTS:
            raise FormatError(
                f"more than {_files.MAX_POINTS} points", file=self.report.file, line=line
            )
        there = np.isfinite(x) & np.isfinite(y)
        if not there.all():
            at = int(np.flatnonzero(~there)[0])
            self.report.lost(
                "a point" if there.any() else "a stroke",
                f"its place is {x[at]}, {y[at]}; expected finite numbers",
                line,
            )
        if not there.any():
            if not len(x):
                self.report.lost("a stroke", "it has no point", line)
            return None
        x, y = x[there], y[there]
        t = self._time(None if t is None else t[there], line)
        force = self._force(None if force is None else force[there], line)
        if width is not None and not 0 < width < np.inf:
            width = None
        return Stroke(x, y, t, force, tool=tool, color=color, width=width)

    def _time(self, t: Array | None, line: int | None) -> Array | None:
        if t is None:
            return None
        times, done = steady_time(t)
        if done:
            self.report.mended(f"the time of a stroke {done}", line)
        return times

    def _force(self, force: Array | None, line: int | None) -> Array | None:
        if force is None or not np.isfinite(force).all():
            return None
        if force.min() < 0 or force.max() > 1:
            self.report.mended("a pressure outside 0 to 1 is brought to its end", line)
        return np.clip(force, 0.0, 1.0)

    def ink(self, strokes: Sequence[Stroke | None], units_per_mm: float | None = None) -> Ink:
        """Ink of strokes in the order of time; see `in_time_order`.

        Raises
        ------
        FormatError
            If a time is too large to be moved.
        """
        try:
            ink, done = in_time_order([s for s in strokes if s is not None], units_per_mm)
        except InkError as error:
            raise FormatError(str(error), file=self.report.file) from None
        for one in done:
            self.report.mended(one)
        return ink
