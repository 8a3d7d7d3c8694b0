"""What the pen or the mouse does where it touches: writes, erases, taps."""

from __future__ import annotations

import math
from collections.abc import Callable

from ..capture import PenFrame
from .page import ShownWord
from .presenter import Presenter
from .view_state import Target

__all__ = ["PenInput"]

_ERASER = 13.0  # px


class PenInput:
    """Turns frames into strokes, erasing and taps.

    Parameters
    ----------
    presenter : Presenter
    tapped : callable
        Called with a target that was tapped, unless it is a word.

    Attributes
    ----------
    inked : list of float
        Stamps of samples that wrote and are in no picture yet.
    """

    def __init__(self, presenter: Presenter, tapped: Callable[[Target], None]) -> None:
        self.inked: list[float] = []
        self._presenter = presenter
        self._tapped = tapped
        self._pressed: Target | str | None = None
        self._swipe = (0.0, 0.0)  # where the eraser was
        self._rubbed = False  # whether this swipe took something away

    def on_frame(self, frame: PenFrame) -> None:
        """Take a frame in window pixels."""
        if self._pressed is not None:
            if not frame.touching:
                self._release(frame)
            elif self._pressed == "erasing":
                self._erase(frame)
        elif self._presenter.document.open is not None and not frame.eraser:
            self.write(frame)
        elif frame.touching:
            self._down(frame)

    def write(self, frame: PenFrame, line: int | None = None) -> None:
        """Write, wherever in the window it is; on a line if one is given."""
        board = self._presenter
        stroke = board.document.open
        change = board.document.write(frame.sample, line)
        if change.added:
            stroke = board.document.open
            board.pick(None)
            board.blank(False)
        if stroke is None:
            return
        board.ink_view.write(stroke.id, frame)
        if frame.touching:
            self.inked.append(frame.t)
        if change.removed:
            board.show(change)
            board.say("Scratched out; Undo brings it back")

    def lift(self) -> None:
        """End the stroke that is open where it is."""
        desk = self._presenter.document
        if desk.open is not None:
            last = desk.open.samples[-1]
            self.write(PenFrame(*last._replace(t=last.t - desk.late, touching=False)))

    def drop(self) -> None:
        """End the stroke that is open; what touches counts for nothing until it lifts."""
        if self._presenter.document.open is not None:
            self.lift()
            self._pressed = "nothing"

    def _down(self, frame: PenFrame) -> None:
        board = self._presenter
        target = board.view.target_at(frame.x, frame.y)
        if target is not None:
            self._pressed = board.view_state.held = target
            board.draw_bar()
        elif not board.view.page.collidepoint(frame.x, frame.y):
            self._pressed = "nothing"
            board.pick(None)
        elif frame.eraser:
            self._pressed = "erasing"
            self._swipe, self._rubbed = (frame.x, frame.y), False
            self._erase(frame)
        else:
            self.write(frame)

    def _erase(self, frame: PenFrame) -> None:
        """Take away what the eraser met on its way here; one swipe is one step of undo."""
        desk = self._presenter.document
        met = desk.near(_way(self._swipe, (frame.x, frame.y)), _ERASER)
        change = desk.erase(met, more=self._rubbed)
        self._swipe = (frame.x, frame.y)
        self._rubbed |= bool(change.removed)
        self._presenter.show(change)

    def _release(self, frame: PenFrame) -> None:
        pressed, self._pressed = self._pressed, None
        if not isinstance(pressed, Target):
            return
        self._presenter.view_state.held = None
        self._presenter.draw_bar()
        if not pressed.rect.collidepoint(frame.x, frame.y):
            return
        if pressed.kind == "word" and isinstance(pressed.value, ShownWord):
            self._presenter.pick(pressed.value)
        else:
            self._tapped(pressed)


def _way(start: tuple[float, float], end: tuple[float, float]) -> list[tuple[float, float]]:
    """Places between two, half the eraser's radius apart."""
    steps = math.ceil(math.dist(start, end) / (_ERASER / 2)) or 1
    (x0, y0), (x1, y1) = start, end
    return [(x0 + (x1 - x0) * i / steps, y0 + (y1 - y0) * i / steps) for i in range(steps + 1)]
