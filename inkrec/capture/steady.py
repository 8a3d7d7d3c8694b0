"""Frames of a pen without what its device gets wrong for a moment.

Pure, as the assembler is: a frame is held back only while the next one must tell what
it was.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from .events import PenFrame, PenInfo

__all__ = ["SHORT_S", "Steadier", "steadied"]

SHORT_S = 0.06
"""Out of sight for less, no hand lifts a pen and puts it down again."""

_FAR = 0.04  # of the surface's diagonal, between two samples
_FAST = 3.0  # of the diagonal a second, where samples come seldom
_BESIDE = 8.0  # times as far away as the samples around it are from each other


class Steadier:
    """Passes over a short loss of sight within a stroke, and over a single sample far off.

    A pen that goes out of sight while it touches, and touches again within 0.06 s, never
    left: the stroke goes on. A sample that lies far from the one before it and from the one
    after it, where these are near each other, is the device's fault; so is one at a
    stroke's begin or end that lies far from all others.

    Parameters
    ----------
    info : PenInfo
        Its extent tells what is far; without one, nothing is.
    hold_first : bool
        Whether the first sample of a stroke waits for the second.

    Examples
    --------
    >>> from inkrec.capture import Axis
    >>> info = PenInfo("pen", axes={0: Axis(0, 1000), 1: Axis(0, 1000)})
    >>> pen = [PenFrame(i / 100, x, 0) for i, x in enumerate([5, 6, 900, 7, 8])]
    >>> [frame.x for frame in steadied(pen, info)]
    [5, 6, 7, 8]
    """

    def __init__(self, info: PenInfo, *, hold_first: bool = True) -> None:
        self._hold_first = hold_first
        extent = info.extent
        self._diagonal = math.hypot(*extent) if extent else math.inf
        self._last: PenFrame | None = None  # the last that was given
        self._doubtful: PenFrame | None = None
        self._away: list[PenFrame] = []  # since the pen went out of sight while it touched

    def feed(self, frame: PenFrame) -> tuple[PenFrame, ...]:
        """Take a frame; give those that are settled by it."""
        if self._away:
            return self._returned(frame)
        if self._doubtful is not None:
            return self._judged(frame)
        last = self._last
        if last is not None and last.touching and not frame.in_range:
            self._away = [frame]
            return ()
        if frame.touching and self._is_doubtful(last, frame):
            self._doubtful = frame
            return ()
        return self._give(frame)

    def close(self) -> tuple[PenFrame, ...]:
        """What is still held back."""
        held = self._away or ([self._doubtful] if self._doubtful else [])
        self._away, self._doubtful = [], None
        return tuple(held)

    @property
    def holding(self) -> bool:
        """Whether the end of a stroke is held back."""
        return bool(self._away)

    def _give(self, *frames: PenFrame) -> tuple[PenFrame, ...]:
        self._last = frames[-1]
        return frames

    def _returned(self, frame: PenFrame) -> tuple[PenFrame, ...]:
        began = self._away[0].t
        if frame.t - began <= SHORT_S and frame.in_range:
            if not frame.touching:
                self._away.append(frame)
                return ()
            assert self._last is not None
            if frame.eraser == self._last.eraser:
                self._away = []
                return self.feed(frame)
        gone, self._away = self._away, []
        return (*self._give(*gone), *self.feed(frame))

    def _judged(self, frame: PenFrame) -> tuple[PenFrame, ...]:
        last, doubtful = self._last, self._doubtful
        assert doubtful is not None
        self._doubtful = None
        before = last if last is not None and last.touching else None
        if not frame.touching:
            # The last of a stroke, or its only one: a dot may lie anywhere.
            if before is not None:
                frame = frame._replace(x=before.x, y=before.y)
                return self.feed(frame)
            return (*self._give(doubtful), *self.feed(frame))
        if before is None:
            first = () if self._far(doubtful, frame) else (doubtful,)
            return (*first, *self._give(frame))
        aside = _distance(doubtful, frame)
        if self._far(doubtful, frame) and aside > _BESIDE * _distance(before, frame):
            return self.feed(frame)
        return (*self._give(doubtful), *self._give(frame))

    def _is_doubtful(self, last: PenFrame | None, frame: PenFrame) -> bool:
        if math.isinf(self._diagonal):
            return False
        if last is None or not last.touching:
            return self._hold_first
        return self._far(last, frame)

    def _far(self, one: PenFrame, other: PenFrame) -> bool:
        reach = self._diagonal * max(_FAR, _FAST * (other.t - one.t))
        return _distance(one, other) > reach


def _distance(one: PenFrame, other: PenFrame) -> float:
    return math.hypot(one.x - other.x, one.y - other.y)


def steadied(frames: Iterable[PenFrame], info: PenInfo) -> Iterator[PenFrame]:
    """A whole run of frames, steadied."""
    steadier = Steadier(info)
    for frame in frames:
        yield from steadier.feed(frame)
    yield from steadier.close()
