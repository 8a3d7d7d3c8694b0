"""A pen read in a thread of its own."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..capture import Pen, PenFrame
from ..errors import InkrecError

if TYPE_CHECKING:
    pass

__all__ = ["PenThread"]


class PenThread:
    """Waits for a pen in a thread and keeps its frames until they are asked for.

    Parameters
    ----------
    pen : Pen
    shift : bool
        Move stamps of another clock onto ``time.monotonic``.
    """

    _AHEAD = 512  # frames kept at most: a replay at once waits for the window

    def __init__(self, pen: Pen, *, shift: bool) -> None:
        self.pen = pen
        self.error: str | None = None
        self.started = self.ended = False
        self.notify: Callable[[], object] = lambda: None
        self._frames: deque[PenFrame] = deque()
        self._shift: float | None = None if shift else 0.0
        self._stop = False
        self._thread = threading.Thread(target=self._run, daemon=True, name="inkrec pen")

    def start(self, notify: Callable[[], object]) -> None:
        """Begin; ``notify`` is called from the thread when frames have come."""
        self.started = True
        self.notify = notify
        self._thread.start()

    def frames(self) -> list[PenFrame]:
        """What has come since the last call."""
        found = []
        while self._frames:
            found.append(self._frames.popleft())
        return found

    @property
    def done(self) -> bool:
        """Whether nothing is left and nothing can come."""
        return self.ended and not self._frames

    def stop(self) -> None:
        """End the thread."""
        self._stop = True
        if self.started:
            self._thread.join(1)

    def _run(self) -> None:
        try:
            while not (self._stop or self.pen.ended):
                if not self.pen.wait(0.2):
                    continue
                while len(self._frames) > self._AHEAD and not self._stop:
                    time.sleep(0.002)
                frames = self.pen.read()
                if frames:
                    self._frames.extend(map(self._moved, frames))
                    self.notify()
        except InkrecError as error:
            self.error = str(error)
        self.ended = True
        self.notify()

    def _moved(self, frame: PenFrame) -> PenFrame:
        if self._shift is None:
            away = time.monotonic() - frame.t
            self._shift = away if abs(away) > 5 else 0.0
        return frame._replace(t=frame.t + self._shift)
