"""The canvas's window and its loop."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pygame

from ..capture import PenFrame, ReplayPen
from ..capture.pointer import PointerPen
from ..errors import InkrecError
from . import keys
from .display import Display
from .document import Desk
from .files import Files
from .frame_stats import Meter
from .pen_input import Touch
from .pen_placement import Ground
from .presenter import Board
from .sources import InkReplay
from .view import View
from .view_state import Dialog, Target
from .worker import ProcessReader

if TYPE_CHECKING:
    from .pen_thread import Feeder

__all__ = ["Window"]

_FRAME = 1 / 125  # s between two pictures at least, while writing
_WOKEN = pygame.USEREVENT + 7


class Window:
    """A page, its text, and the loop between them.

    Parameters
    ----------
    load : callable
        Gives the recogniser; called in another process.
    feeder : Feeder or None
        The pen; None where the mouse is all there is.
    corrections : path
    size : tuple of int
    spacing : float
        Distance of the ruled lines in pixels.
    full_screen : bool
    once : bool
        Close when the pen's replay is over and its text settled.

    Attributes
    ----------
    meter : Meter
    files : Files
        Lays ink of files on the page.
    """

    def __init__(
        self,
        *,
        load: Callable[[], Any],
        feeder: Feeder | None,
        corrections: Path,
        size: tuple[int, int],
        spacing: float,
        full_screen: bool = False,
        once: bool = False,
    ) -> None:
        self.meter = Meter()
        self._spacing = spacing
        self._display = Display(size, full_screen)
        self._once = once
        self._corrections = corrections
        self._feeder = feeder
        # The reader starts first: the model loads while the window opens.
        self._reader = ProcessReader(load, spacing, _wake)
        pygame.display.init()
        pygame.font.init()
        pygame.display.set_caption("inkrec")
        pygame.key.set_repeat(350, 40)
        screen = self._display.open()
        view = View(screen.get_size(), spacing)
        self._desk = Desk(self._reader, view.ruling, corrections)
        self._board = Board(screen, view, spacing, self._desk, self.pen_name)
        self._touch = Touch(self._board, self._tapped)
        self.files = Files(self._board, self._touch.drop)
        self._pointer = PointerPen()
        self._pen_gone = feeder is None
        self._ground = Ground(None if feeder is None else feeder.pen, self._display.position)
        self._lay_out()
        self._overlay = False
        self._running = True
        self._read_stamps: list[float] = []  # of samples whose text is in no picture yet
        self._last_picture = 0.0
        self._drawn: int | None = None  # the stroke in the last picture

    # ---- what a caller uses

    @property
    def pen_name(self) -> str:
        """What writes."""
        return "Mouse" if self._feeder is None else self._feeder.pen.info.name

    @property
    def text(self) -> str:
        """All that was read."""
        return self._desk.text

    @property
    def error(self) -> str | None:
        """Why there is no recognition."""
        return self._reader.error

    def loop(self) -> None:
        """Run until the window is closed."""
        while self._running:
            self._start_pen()
            self._step()

    def finish(self, patience: float = 2.0) -> None:
        """End the open stroke and have every line read to its end.

        Parameters
        ----------
        patience : float
            Seconds that the reader is given.
        """
        self._touch.lift()
        self._desk.rest(after=0.0)
        until = time.monotonic() + patience
        while not (self._desk.settled or self._reader.error) and time.monotonic() < until:
            pygame.time.wait(10)
            self._take_results()

    def picture(self, path: str) -> None:
        """Save a picture of the window.

        Raises
        ------
        InkrecError
            If it cannot be saved.
        """
        self._board.sheet.hover(None)
        self._board.redraw()
        self._present()
        try:
            pygame.image.save(pygame.display.get_surface(), path)
        except (pygame.error, OSError) as error:
            raise InkrecError(f"no picture could be saved as {path!r}: {error}") from None

    def close(self) -> None:
        """Close the window and end what runs beside it."""
        if self._feeder is not None:
            self._feeder.stop()
        self._reader.close()
        pygame.display.quit()

    # ---- the loop

    def _step(self) -> None:
        events = [pygame.event.wait(self._patience())]
        began = time.perf_counter()
        for event in [*events, *pygame.event.get()]:
            self._handle(event)
        self._read_pen()
        self._desk.flush()
        self._take_results()
        self._desk.rest()
        self._board.rest()
        if self._board.sheet.pending:
            self._present()
            if self._drawn is not None:
                self.meter.add("work", time.perf_counter() - began)
        if self._once and self._finished():
            self._running = False

    def _patience(self) -> int:
        """Milliseconds to wait for something to happen."""
        if self._desk.open is not None:
            early = _FRAME - (time.perf_counter() - self._last_picture)
            if early > 0:
                pygame.time.wait(round(1000 * early))
        return 40 if self._once else 100

    def _finished(self) -> bool:
        if self._feeder is not None and not self._feeder.done:
            return False
        if self._reader.error:
            return True
        return self._desk.open is None and not self._reader.busy and self._desk.settled

    def _take_results(self) -> None:
        changed = False
        for result in self._reader.results():
            if self._desk.take(result):
                changed = True
                if result.t is not None:
                    self._read_stamps.append(result.t - self._desk.late)
        reading = self.error or ("" if self._reader.ready else "loading the model")
        if reading != self._board.scene.reading:
            self._board.scene.reading, self._board.scene.reading_bad = reading, bool(self.error)
            self._board.draw_bar()
        if changed:
            self._board.refresh_text()

    def _present(self) -> None:
        board = self._board
        overlay = board.view.overlay(self.meter, self._desk.rate_hz) if self._overlay else None
        stroke = self._desk.open.id if self._desk.open else None
        picked = board.picked.strokes if board.picked else ()
        board.sheet.present(writing=stroke, picked=picked, overlay=overlay)
        now, clock = time.perf_counter(), time.monotonic()
        if stroke is not None and stroke == self._drawn:
            self.meter.add("frame", now - self._last_picture)
        self._drawn, self._last_picture = stroke, now
        shown = (("pen_to_pixel", self._touch.inked), ("pen_to_text", self._read_stamps))
        for what, stamps in shown:
            for t in stamps:
                if t <= clock:  # a replay at once is ahead of it
                    self.meter.add(what, clock - t)
            stamps.clear()

    # ---- the pen

    def _start_pen(self) -> None:
        """Begin to listen to the pen; a replay can wait until it can be read."""
        feeder = self._feeder
        if feeder is None or feeder.started:
            return
        if self._reader.ready or self._reader.error or not isinstance(feeder.pen, ReplayPen):
            feeder.start(_wake)

    def _lay_out(self) -> None:
        """Lay the pen's surface on the window."""
        self._ground.lay(self._board.view)
        self._desk.units_per_mm = self._ground.place.units_per_mm

    def _read_pen(self) -> None:
        feeder = self._feeder
        if feeder is None:
            return
        take = self._touch.take
        if isinstance(feeder.pen, InkReplay):  # it is ink, whatever lies under it
            take = partial(self._touch.write, line=0 if self._ground.place.one_line else None)
        for frame in feeder.frames():
            if frame.near:
                self._pointer.hush()
            self._point(self._ground(frame), take)
        self._desk.units_per_mm = self._ground.place.units_per_mm
        if feeder.done and not self._pen_gone:
            self._pen_gone = True
            self._board.sheet.hover(None)
            self._touch.lift()
        if self._board.scene.pen_alive and feeder.error:
            self._board.scene.pen_alive = False
            self._board.say(feeder.error, bad=True)

    def _point(self, frame: PenFrame, take: Callable[[PenFrame], None]) -> None:
        """Take a frame of the pen or of the mouse, in window pixels."""
        self.meter.samples += 1
        hovers = not self._pen_gone and frame.near and not frame.touching
        self._board.sheet.hover((frame.x, frame.y) if hovers else None)
        take(frame)

    def _tapped(self, target: Target) -> None:
        if target.kind == "button":
            self._do(str(target.value).lower())
        elif target.kind == "scroll" and isinstance(target.value, int):
            self._board.scroll(target.value)
        elif target.kind == "choice":
            self._choose(str(target.value))
        elif target.kind == "dialog":
            self._board.ask(None)

    # ---- the mouse, keys and buttons

    def _handle(self, event: pygame.event.Event) -> None:
        if event.type == pygame.QUIT:
            self._running = False
        elif event.type == pygame.KEYDOWN:
            self._key(event)
        elif event.type == pygame.DROPFILE:
            self.files.answer(Dialog("", "", event.file, "open"))
        elif event.type == pygame.MOUSEWHEEL:
            self._board.scroll(-event.y)
        elif event.type == pygame.VIDEORESIZE:
            self._resize()
        elif event.type == pygame.WINDOWMOVED:
            self._lay_out()
        elif event.type == pygame.WINDOWEXPOSED:
            self._board.sheet.mark(pygame.display.get_surface().get_rect())
        elif frame := self._pointer.take(event):
            self._point(frame, self._touch.take)

    def _key(self, event: pygame.event.Event) -> None:
        name = keys.action(event)
        scene = self._board.scene
        if name is not None and name != "accept":
            self._do(name)
        elif (dialog := scene.dialog) is not None:
            if name == "accept":
                self.files.answer(dialog)
            else:
                dialog.text = keys.typed(dialog.text, event)
                self._board.redraw()
        elif scene.selected is not None:
            if name == "accept" and scene.typed:
                self._choose(scene.typed)
            elif name is None:
                scene.typed = keys.typed(scene.typed, event)
                self._board.draw_panel()

    def _do(self, name: str) -> None:
        """Do what a button or a key asks for."""
        if name == "quit":
            self._running = False
        elif name == "undo":
            self._board.show(self._desk.undo())
        elif name == "clear":
            self._touch.drop()
            self._board.show(self._desk.clear())
        elif name in ("save", "open"):
            self.files.ask(name)
        elif name == "copy":
            self._copy()
        elif name == "help":
            self._board.scene.help = not self._board.scene.help
            self._board.redraw()
        elif name == "overlay":
            self._overlay = not self._overlay
            self._board.sheet.mark(pygame.display.get_surface().get_rect())
        elif name == "full screen":
            self._display.turn()
            self._resize()
        elif name == "leave":
            self._leave()

    def _leave(self) -> None:
        if self._board.scene.dialog or self._board.scene.help:
            self._board.ask(None)
        elif self._display.full:
            self._do("full screen")
        else:
            self._board.pick(None)

    def _copy(self) -> None:
        try:
            pygame.scrap.init()
            pygame.scrap.put("text/plain;charset=utf-8", self._desk.text.encode())
            self._board.say("Copied the text")
        except (pygame.error, NotImplementedError):
            self._board.say("this desktop has no clipboard", bad=True)

    def _choose(self, text: str) -> None:
        board = self._board
        word = board.scene.selected
        try:
            if word is not None and self._desk.correct(word, text):
                board.say(f"{text!r} kept with its ink in {self._corrections}")
        except InkrecError as error:
            board.say(f"not kept: {error}", bad=True)
        except OSError as error:
            board.say(f"not kept: {self._corrections}: {error.strerror}", bad=True)
        board.picked, board.scene.typed = None, ""
        board.refresh_text()

    # ---- the window itself

    def _resize(self) -> None:
        self._board.put_on(self._display.surface())
        self._lay_out()


def _wake() -> None:
    """Have the loop look: from any thread."""
    with contextlib.suppress(pygame.error):  # closed, or the queue is full and it looks anyway
        pygame.event.post(pygame.event.Event(_WOKEN))
