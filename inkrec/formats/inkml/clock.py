"""InkML's time: from the times of traces to seconds on one clock."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ...ink.time_order import GAP
from .._report import Report
from .._xml import Element
from .channels import decimal
from .contexts import Definitions
from .strokes import Piece

__all__ = ["Clock", "one_clock"]

_NEARLY = 0.05  # s


class Clock:
    """Turns the times of traces to s, counted from the first clock of the file.

    Attributes
    ----------
    unrelated : set of str
        Timestamps that traces refer to and that tell no time.
    """

    def __init__(self, names: Definitions) -> None:
        self._names = names
        self._origin: float | None = None
        self.unrelated: set[str] = set()

    def set(self, piece: Piece, element: Element) -> None:
        """Turn a trace's time to s, and note how far to move it."""
        channel = piece.context.channel("T")
        per_second = piece.context.per_second()
        if channel is None or per_second is None:
            piece.values.pop("T", None)
            return
        piece.values["T"] = piece.values["T"] / per_second
        stamp = piece.context.timestamp
        offset = decimal(element.get("timeOffset"))
        piece.offset = None if offset is None else offset / 1e3
        if channel.respect_to:
            stamp = self._names.find("timestamp", channel.respect_to)
            piece.placed = True
        elif piece.offset is not None:
            piece.shift = piece.offset
            piece.placed = True
        base = self._names.seconds(stamp)
        if base is not None:
            self._origin = base if self._origin is None else self._origin
            piece.shift += base - self._origin
        elif channel.respect_to:
            piece.clock = channel.respect_to
            self.unrelated.add(channel.respect_to)


def one_clock(pieces: Sequence[Piece], clock: Clock, report: Report) -> None:
    """Put the times of all pieces on one clock, in place, by moving them.

    Clocks that nothing relates follow one another in the order of the file.
    """
    _from_offsets(pieces, report)
    if len(clock.unrelated) < 2:
        return
    names = ", ".join(sorted(clock.unrelated)[:5])
    report.mended(
        f"the traces go by {len(clock.unrelated)} clocks that nothing relates: {names}; "
        "each begins when the one before it ends"
    )
    now = 0.0
    for name in dict.fromkeys(p.clock for p in pieces):
        own = [p for p in pieces if p.clock == name and _has_time(p)]
        if own:
            begin = min(float(np.nanmin(p.values["T"])) + p.shift for p in own)
            end = max(float(np.nanmax(p.values["T"])) + p.shift for p in own)
            for piece in own:
                piece.shift += now - begin
            now += end - begin + GAP


def _has_time(piece: Piece) -> bool:
    times = piece.values.get("T")
    return times is not None and bool(np.isfinite(times).any())


def _from_offsets(pieces: Sequence[Piece], report: Report) -> None:
    """Count times from the traces' offsets, where only that puts the traces in order.

    ``T`` that names a timestamp counts from it, whatever the trace's ``timeOffset``
    (3.2.1); some programs count it from the offset all the same.
    """
    timed = [p for p in pieces if _has_time(p)]
    if len(timed) < 2 or any(p.offset is None or not p.placed for p in timed):
        return
    offsets = [p.offset or 0.0 for p in timed]
    usual = _overlaps(timed, [0.0] * len(timed))
    if _overlaps(timed, offsets) < usual:
        for piece, offset in zip(timed, offsets, strict=True):
            piece.shift += offset
        report.mended(
            "T names a timestamp and counts from each trace's timeOffset; it is read so",
            timed[0].line,
        )


def _overlaps(pieces: Sequence[Piece], offsets: Sequence[float]) -> int:
    """Traces that begin before the one in front of them has ended."""
    count, last = 0, -math.inf
    for piece, offset in zip(pieces, offsets, strict=True):
        times = piece.values["T"][np.isfinite(piece.values["T"])] + piece.shift + offset
        count += bool(times[0] < last - _NEARLY)
        last = float(times[-1])
    return count
