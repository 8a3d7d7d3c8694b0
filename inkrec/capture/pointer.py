"""The mouse, or a finger, as a pen: for a window of pygame's.

SDL 2 tells no pressure, tilt or hover of pens: those come from `open_pen`. The
desktop also moves its pointer with the tablet, so the same stroke arrives here a
second time; `PointerPen.suppress` keeps it out.
"""

from __future__ import annotations

import time
from typing import Any

from .._checks import require
from .events import PenFrame

__all__ = ["PointerPen"]

_HUSH = 0.6  # s after the tablet's last word in which the pointer is its shadow


class PointerPen:
    """Pen frames from pygame's mouse events, in pixels.

    The left button writes; the right one erases.

    Examples
    --------
    >>> pen = PointerPen()
    >>> pen.take(event, t)                                    # doctest: +SKIP
    PenFrame(t=12.5, x=100.5, y=80.5, pressure=None, touching=True, ...)
    """

    def __init__(self) -> None:
        self._pygame = require("pygame", "demo")
        self._quiet_until = float("-inf")
        self._button: int | None = None
        self._last = float("-inf")

    def suppress(self, t: float | None = None) -> None:
        """Say that a tablet's pen is near, at time t: the pointer is its shadow."""
        now = time.monotonic() if t is None else t
        self._quiet_until = max(self._quiet_until, now + _HUSH)

    def take(self, event: Any, t: float | None = None) -> PenFrame | None:
        """Turn an event into a frame; None where it is none, or a shadow.

        Parameters
        ----------
        event : pygame.event.Event
        t : float, optional
            Its time in s; now by default.
        """
        now = max(self._last, time.monotonic() if t is None else t)
        pg = self._pygame
        if event.type == pg.MOUSEBUTTONDOWN and event.button in (1, 3):
            if now < self._quiet_until or self._button is not None:
                return None
            self._button = event.button
        elif event.type == pg.MOUSEBUTTONUP and event.button == self._button:
            erased, self._button = self._button == 3, None
            return self._frame(now, event, touching=False, eraser=erased)
        elif event.type != pg.MOUSEMOTION or (self._button is None and now < self._quiet_until):
            return None
        return self._frame(now, event, self._button is not None, self._button == 3)

    def _frame(self, t: float, event: Any, touching: bool, eraser: bool) -> PenFrame:
        self._last = t
        x, y = event.pos
        return PenFrame(t, x + 0.5, y + 0.5, None, touching, True, eraser)
