"""What every pen can do, wherever its frames come from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from ..ink.samples import PenSample
from .events import PenFrame, PenInfo

__all__ = ["Pen"]


class Pen(ABC):
    """A source of pen frames; a context manager.

    Iterating gives the writing tip's samples, ready for ``session.feed``, and
    waits for them. ``frames`` gives everything: hover, eraser, buttons, tilt.

    Attributes
    ----------
    info : PenInfo
    ended : bool
        Whether nothing more can come. Only replays end; a device that goes
        away raises DeviceError.
    """

    info: PenInfo
    ended: bool = False

    @abstractmethod
    def wait(self, timeout: float | None = None) -> bool:
        """Wait up to ``timeout`` s (None: without end) for something to read."""

    @abstractmethod
    def read(self) -> list[PenFrame]:
        """Give the frames that are there, without waiting."""

    def close(self) -> None:
        """Let the device go. Twice is once."""
        self.ended = True

    def frames(self) -> Iterator[PenFrame]:
        """Give frames as they come, waiting for them."""
        while not self.ended:
            self.wait()
            yield from self.read()

    def __iter__(self) -> Iterator[PenSample]:
        for frame in self.frames():
            if not frame.eraser:
                yield frame.sample

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
