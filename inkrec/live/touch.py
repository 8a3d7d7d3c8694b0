"""What the pen or the mouse does where it touches: writes, erases, taps."""

from __future__ import annotations

from collections.abc import Callable

from ..capture import PenFrame
from .board import Board
from .page import ShownWord
from .view import Target

__all__ = ["Touch"]

_ERASER = 13.0  # px


class Touch:
    """Turns frames into strokes, erasing and taps.

    Parameters
    ----------
    board : Board
    tapped : callable
        Called with a target that was tapped, unless it is a word.

    Attributes
    ----------
    inked : list of float
        Stamps of samples that wrote and are in no picture yet.
    """

    def __init__(self, board: Board, tapped: Callable[[Target], None]) -> None:
        self.inked: list[float] = []
        self._board = board
        self._tapped = tapped
        self._pressed: Target | str | None = None

    def take(self, frame: PenFrame) -> None:
        """Take a frame in window pixels."""
        if self._pressed is not None:
            if not frame.touching:
                self._release(frame)
            elif self._pressed == "erasing":
                self._erase(frame)
        elif self._board.desk.open is not None and not frame.eraser:
            self._ink(frame)
        elif frame.touching:
            self._down(frame)

    def _down(self, frame: PenFrame) -> None:
        board = self._board
        target = board.view.target_at(frame.x, frame.y)
        if target is not None:
            self._pressed = board.scene.held = target
            board.draw_bar()
        elif not board.view.page.collidepoint(frame.x, frame.y):
            self._pressed = "nothing"
            board.pick(None)
        elif frame.eraser:
            self._pressed = "erasing"
            self._erase(frame)
        else:
            self._ink(frame)

    def _erase(self, frame: PenFrame) -> None:
        desk = self._board.desk
        self._board.show(desk.erase(desk.near(frame.x, frame.y, _ERASER)))

    def _ink(self, frame: PenFrame) -> None:
        board = self._board
        stroke = board.desk.open
        change = board.desk.write(frame.sample)
        if change.added:
            stroke = board.desk.open
            board.pick(None)
            board.blank(False)
        if stroke is None:
            return
        board.sheet.write(stroke.id, frame)
        if frame.touching:
            self.inked.append(frame.t)
        if change.removed:
            board.show(change)
            board.say("Scratched out; Undo brings it back")

    def _release(self, frame: PenFrame) -> None:
        pressed, self._pressed = self._pressed, None
        if not isinstance(pressed, Target):
            return
        self._board.scene.held = None
        self._board.draw_bar()
        if not pressed.rect.collidepoint(frame.x, frame.y):
            return
        if pressed.kind == "word" and isinstance(pressed.value, ShownWord):
            self._board.pick(pressed.value)
        else:
            self._tapped(pressed)
