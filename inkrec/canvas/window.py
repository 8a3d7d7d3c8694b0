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
from .actions import Actions
from .display import Display
from .document import Document
from .frame_stats import FrameStats
from .pen_placement import PenPlacement
from .presenter import Presenter
from .sources import InkReplay
from .view import View
from .view_state import Dialog
from .worker import ProcessWorker

if TYPE_CHECKING:
    from .pen_thread import PenThread

__all__ = ["Window"]

_FRAME = 1 / 125  # s between two pictures at least, while writing
_WOKEN = pygame.USEREVENT + 7


class Window:
    """A page, its text, and the loop between them.

    Parameters
    ----------
    load : callable
        Gives the recogniser; called in another process.
    pen_thread : PenThread or None
        The pen; None where the mouse is all there is.
    corrections : path
    size : tuple of int
    spacing : float
        Distance of the ruled lines in pixels.
    full_screen : bool
    exit_after_replay : bool
        Close when the pen's replay is over and its text settled.

    Attributes
    ----------
    meter : FrameStats
    files : Files
        Lays ink of files on the page.
    """

    def __init__(
        self,
        *,
        load: Callable[[], Any],
        pen_thread: PenThread | None,
        corrections: Path,
        size: tuple[int, int],
        line_height: float,
        full_screen: bool = False,
        exit_after_replay: bool = False,
    ) -> None:
        self.meter = FrameStats()
        self._line_height = line_height
        self._display = Display(size, full_screen)
        self._exit_after_replay = exit_after_replay
        self._pen_thread = pen_thread
        # The worker starts first: the model loads while the window opens.
        self._worker = ProcessWorker(load, line_height, _wake)
        pygame.display.init()
        pygame.font.init()
        pygame.display.set_caption("inkrec")
        pygame.key.set_repeat(350, 40)
        screen = self._display.open()
        view = View(screen.get_size(), line_height)
        self._document = Document(self._worker, view.ruling, corrections)
        self._presenter = Presenter(screen, view, line_height, self._document, self.pen_name)
        self._actions = Actions(self._document, self._presenter, corrections, self._obey)
        self._pen_input, self.files = self._actions.pen_input, self._actions.files
        self._pointer = PointerPen()
        self._pen_gone = pen_thread is None
        self._placement = PenPlacement(
            None if pen_thread is None else pen_thread.pen, self._display.position
        )
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
        return "Mouse" if self._pen_thread is None else self._pen_thread.pen.info.name

    @property
    def text(self) -> str:
        """All that was read."""
        return self._document.text

    @property
    def error(self) -> str | None:
        """Why there is no recognition."""
        return self._worker.error

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
            Seconds that the worker is given.
        """
        self._pen_input.lift()
        self._document.finish_idle_lines(after=0.0)
        until = time.monotonic() + patience
        while not (self._document.is_finished or self._worker.error) and time.monotonic() < until:
            pygame.time.wait(10)
            self._take_results()

    def picture(self, path: str) -> None:
        """Save a picture of the window.

        Raises
        ------
        InkrecError
            If it cannot be saved.
        """
        self._presenter.ink_view.hover(None)
        self._presenter.redraw()
        self._present()
        try:
            pygame.image.save(pygame.display.get_surface(), path)
        except (pygame.error, OSError) as error:
            raise InkrecError(f"no picture could be saved as {path!r}: {error}") from None

    def close(self) -> None:
        """Close the window and end what runs beside it."""
        if self._pen_thread is not None:
            self._pen_thread.stop()
        self._worker.close()
        pygame.display.quit()

    # ---- the loop

    def _step(self) -> None:
        events = [pygame.event.wait(self._patience())]
        began = time.perf_counter()
        for event in [*events, *pygame.event.get()]:
            self._handle(event)
        self._read_pen()
        self._document.flush()
        self._take_results()
        self._document.finish_idle_lines()
        self._presenter.rest()
        if self._presenter.ink_view.pending:
            self._present()
            if self._drawn is not None:
                self.meter.add("work", time.perf_counter() - began)
        if self._exit_after_replay and self._finished():
            self._running = False

    def _patience(self) -> int:
        """Milliseconds to wait for something to happen."""
        if self._document.open is not None:
            early = _FRAME - (time.perf_counter() - self._last_picture)
            if early > 0:
                pygame.time.wait(round(1000 * early))
        return 40 if self._exit_after_replay else 100

    def _finished(self) -> bool:
        if self._pen_thread is not None and not self._pen_thread.done:
            return False
        if self._worker.error:
            return True
        return self._document.open is None and not self._worker.busy and self._document.is_finished

    def _take_results(self) -> None:
        changed = False
        for result in self._worker.results():
            if self._document.apply_result(result):
                changed = True
                if result.t is not None:
                    self._read_stamps.append(result.t - self._document.late)
        reading = self.error or ("" if self._worker.ready else "loading the model")
        if reading != self._presenter.view_state.reading:
            self._presenter.view_state.reading, self._presenter.view_state.reading_bad = (
                reading,
                bool(self.error),
            )
            self._presenter.draw_bar()
        if changed:
            self._presenter.refresh_text()

    def _present(self) -> None:
        presenter = self._presenter
        overlay = (
            presenter.view.overlay(self.meter, self._document.rate_hz) if self._overlay else None
        )
        stroke = self._document.open.id if self._document.open else None
        picked = presenter.picked.strokes if presenter.picked else ()
        presenter.ink_view.present(writing=stroke, picked=picked, overlay=overlay)
        now, clock = time.perf_counter(), time.monotonic()
        if stroke is not None and stroke == self._drawn:
            self.meter.add("frame", now - self._last_picture)
        self._drawn, self._last_picture = stroke, now
        shown = (("pen_to_pixel", self._pen_input.inked), ("pen_to_text", self._read_stamps))
        for what, stamps in shown:
            for t in stamps:
                if t <= clock:  # a replay at once is ahead of it
                    self.meter.add(what, clock - t)
            stamps.clear()

    # ---- the pen

    def _start_pen(self) -> None:
        """Begin to listen to the pen; a replay can wait until it can be read."""
        thread = self._pen_thread
        if thread is None or thread.started:
            return
        if self._worker.ready or self._worker.error or not isinstance(thread.pen, ReplayPen):
            thread.start(_wake)

    def _lay_out(self) -> None:
        """Lay the pen's surface on the window."""
        self._placement.place(self._presenter.view)
        self._document.units_per_mm = self._placement.placement.units_per_mm

    def _read_pen(self) -> None:
        thread = self._pen_thread
        if thread is None:
            return
        take = self._pen_input.on_frame
        if isinstance(thread.pen, InkReplay):  # it is ink, whatever lies under it
            take = partial(
                self._pen_input.write, line=0 if self._placement.placement.one_line else None
            )
        for frame in thread.frames():
            if frame.in_range:
                self._pointer.suppress()
            self._point(self._placement.to_window(frame), take)
        self._document.units_per_mm = self._placement.placement.units_per_mm
        if thread.done and not self._pen_gone:
            self._pen_gone = True
            self._presenter.ink_view.hover(None)
            self._pen_input.lift()
        if self._presenter.view_state.pen_alive and thread.error:
            self._presenter.view_state.pen_alive = False
            self._presenter.say(thread.error, bad=True)

    def _point(self, frame: PenFrame, take: Callable[[PenFrame], None]) -> None:
        """Take a frame of the pen or of the mouse, in window pixels."""
        self.meter.samples += 1
        hovers = not self._pen_gone and frame.in_range and not frame.touching
        self._presenter.ink_view.hover((frame.x, frame.y) if hovers else None)
        take(frame)

    # ---- the mouse, keys and buttons

    def _handle(self, event: pygame.event.Event) -> None:
        if event.type == pygame.QUIT:
            self._running = False
        elif event.type == pygame.KEYDOWN:
            self._actions.key(event)
        elif event.type == pygame.DROPFILE:
            self.files.answer(Dialog("", "", event.file, "open"))
        elif event.type == pygame.MOUSEWHEEL:
            self._presenter.scroll(-event.y)
        elif event.type == pygame.VIDEORESIZE:
            self._resize()
        elif event.type == pygame.WINDOWMOVED:
            self._lay_out()
        elif event.type == pygame.WINDOWEXPOSED:
            self._presenter.ink_view.mark(pygame.display.get_surface().get_rect())
        elif frame := self._pointer.take(event):
            self._point(frame, self._pen_input.on_frame)

    def _obey(self, name: str) -> None:
        """Do what is asked of the window itself."""
        if name == "quit":
            self._running = False
        elif name == "overlay":
            self._overlay = not self._overlay
            self._presenter.ink_view.mark(pygame.display.get_surface().get_rect())
        elif name == "full screen" or (name == "leave" and self._display.full):
            self._display.turn()
            self._resize()
        elif name == "leave":
            self._presenter.pick(None)

    # ---- the window itself

    def _resize(self) -> None:
        self._presenter.put_on(self._display.surface())
        self._lay_out()


def _wake() -> None:
    """Have the loop look: from any thread."""
    with contextlib.suppress(pygame.error):  # closed, or the queue is full and it looks anyway
        pygame.event.post(pygame.event.Event(_WOKEN))
