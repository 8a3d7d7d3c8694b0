"""Pens of yesterday: recorded frames, at their own speed or at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from ..errors import DeviceError
from .base import Pen
from .events import PenFrame, PenInfo

__all__ = ["ReplayPen"]

_AT_ONCE = 64
_NAP = 3600.0  # s, the longest sleep at once: systems refuse endless ones


class ReplayPen(Pen):
    """A pen that does what was recorded.

    Parameters
    ----------
    frames : iterable of PenFrame
        In order of time.
    info : PenInfo, optional
        The device they came from.
    speed : float or None
        How many times as fast as it was written. Stamps are then moved onto
        ``time.monotonic``, as those of a device are. None replays as fast as it
        goes and leaves the stamps alone.

    Raises
    ------
    DeviceError
        If the speed is not above 0.

    Examples
    --------
    >>> pen = ReplayPen([PenFrame(7.0, 1, 2), PenFrame(7.1, 3, 4, touching=False)], speed=None)
    >>> [(s.t, s.touching) for s in pen]
    [(7.0, True), (7.1, False)]
    """

    def __init__(
        self,
        frames: Iterable[PenFrame],
        info: PenInfo | None = None,
        *,
        speed: float | None = 1.0,
    ) -> None:
        if speed is not None and not 0 < speed < float("inf"):
            raise DeviceError(f"speed is {speed}; it must be above 0, or None for at once")
        self.info = info or PenInfo("replay")
        self.speed = speed
        self.why_no_stroke: Callable[[], str | None] | None = None
        """Says why the pen never touches, where a recording knows."""
        self._frames = iter(frames)
        self._next = next(self._frames, None)
        self.ended = self._next is None
        self._from = self._next.t if self._next else 0.0
        self._began: float | None = None

    def _due(self, frame: PenFrame) -> float:
        assert self.speed is not None
        if self._began is None:
            self._began = time.monotonic()
        return self._began + (frame.t - self._from) / self.speed

    def wait(self, timeout: float | None = None) -> bool:
        if self._next is None or self.speed is None:
            return True
        due = self._due(self._next)
        end = due if timeout is None else min(due, time.monotonic() + max(0.0, timeout))
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(left, _NAP))
        return end == due

    def read(self) -> list[PenFrame]:
        frames: list[PenFrame] = []
        while self._next is not None and not self.ended:
            frame = self._next
            if self.speed is not None:
                due = self._due(frame)
                if due > time.monotonic():
                    break
                frame = frame._replace(t=due)
            frames.append(frame)
            self._next = next(self._frames, None)
            if self.speed is None and len(frames) == _AT_ONCE:
                break
        self.ended |= self._next is None
        return frames
