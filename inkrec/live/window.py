"""The canvas's window and its loop."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pygame

from ..capture import PenFrame, ReplayPen
from ..capture.pygame import PointerPen
from ..errors import InkrecError
from ..formats import read, write
from ..ink import Ink
from . import keys
from .desk import Change, Desk, ShownWord
from .mapping import Mapping, display_to_window, ink_to_page, tablet_to_window
from .meter import Meter
from .pens import InkReplay, boxes_of
from .reader import ProcessReader
from .sheet import Sheet
from .view import Dialog, Scene, Target, View

if TYPE_CHECKING:
    from .app import Feeder

__all__ = ["Window"]

_FRAME = 1 / 125  # s between two pictures at least, while writing
_ERASER = 13.0  # px
_MESSAGE = 4.0  # s that a message stays
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
        self.error: str | None = None
        self._spacing = spacing
        self._windowed = size
        self._full = full_screen
        self._once = once
        self._corrections = corrections
        self._feeder = feeder
        # The reader starts first: the model loads while the window opens.
        self._reader = ProcessReader(load, spacing, _wake)
        pygame.display.init()
        pygame.font.init()
        pygame.display.set_caption("inkrec")
        pygame.key.set_repeat(350, 40)
        screen = self._open()
        self._view = View(screen.get_size(), spacing)
        self._sheet = Sheet(screen, self._view, spacing)
        self._desk = Desk(self._reader, self._view.ruling, corrections)
        self._pointer = PointerPen()
        self._mapping = self._map()
        self._scene = Scene(pen=self.pen_name, reading="loading the model")
        self._pressed: Target | str | None = None
        self._picked: ShownWord | None = None
        self._overlay = False
        self._running = True
        self._message_until = 0.0
        self._stamps: list[float] = []
        self._text_stamps: list[float] = []
        self._last_picture = 0.0
        self._drawn: int | None = None  # the stroke in the last picture
        self._redraw()

    # ---- what a caller uses

    @property
    def pen_name(self) -> str:
        """What writes."""
        return "Mouse" if self._feeder is None else self._feeder.pen.info.name

    @property
    def text(self) -> str:
        """All that was read."""
        return self._desk.text

    def put(self, ink: Ink) -> None:
        """Lay ink on the page, made to fit where it does not."""
        if not len(ink):
            return
        mapping, one_line = self._fit(boxes_of(ink))
        moved = (mapping(PenFrame(*s)) for s in ink.samples())
        per_mm = ink.units_per_mm and ink.units_per_mm * mapping.scale_x
        ink = Ink.from_samples((f.sample for f in moved), per_mm)
        self._desk.one_line = one_line
        self._show(self._desk.load(ink, time.monotonic()))

    def loop(self) -> None:
        """Run until the window is closed."""
        while self._running:
            self._start_pen()
            self._step()

    def picture(self, path: str) -> None:
        """Save a picture of the window."""
        self._sheet.hover(None)
        self._redraw()
        self._present()
        pygame.image.save(pygame.display.get_surface(), path)

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
        if self._scene.message and time.monotonic() > self._message_until:
            self._say("")
        if self._sheet.pending:
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
                if not result.settled:
                    self._text_stamps.append(result.t)
        if self._reader.error and self.error is None:
            self.error = self._reader.error
            self._say(self.error, bad=True)
        reading = "" if self._reader.ready or self.error else "loading the model"
        if reading != self._scene.reading:
            self._scene.reading = reading
            self._sheet.mark(self._view.draw_bar(self._scene))
        if changed:
            self._refresh_text()

    def _present(self) -> None:
        overlay = self._view.overlay(self.meter, self._rate()) if self._overlay else None
        stroke = self._desk.open.id if self._desk.open else None
        self._sheet.present(
            writing=stroke,
            picked=self._picked.strokes if self._picked else (),
            overlay=overlay,
        )
        now, clock = time.perf_counter(), time.monotonic()
        if stroke is not None and stroke == self._drawn:
            self.meter.add("frame", now - self._last_picture)
        self._drawn, self._last_picture = stroke, now
        for what, stamps in (("pen_to_pixel", self._stamps), ("pen_to_text", self._text_stamps)):
            for t in stamps:
                self.meter.add(what, clock - t)
            stamps.clear()

    def _rate(self) -> float:
        stroke = self._desk.open or next(reversed(self._desk.strokes.values()), None)
        if stroke is None or len(stroke.samples) < 3:
            return 0.0
        span = stroke.samples[-1].t - stroke.samples[0].t
        return (len(stroke.samples) - 1) / span if span > 0 else 0.0

    # ---- the pen

    def _start_pen(self) -> None:
        """Begin to listen to the pen; a replay can wait until it can be read."""
        feeder = self._feeder
        if feeder is None or feeder.started:
            return
        if self._reader.ready or self._reader.error or not isinstance(feeder.pen, ReplayPen):
            feeder.start(_wake)

    def _fit(self, boxes: list[tuple[float, float, float, float]]) -> tuple[Mapping, bool]:
        page, ruling = self._view.page, self._view.ruling
        box = (page.left, page.top, page.right, page.bottom)
        return ink_to_page(boxes, box, ruling.top, ruling.spacing)

    def _map(self) -> Mapping:
        """From the pen's surface to the window."""
        if self._feeder is None:
            return Mapping()
        pen = self._feeder.pen
        if isinstance(pen, InkReplay):
            mapping, self._desk.one_line = self._fit(pen.boxes)
            return mapping
        extent = pen.info.extent
        if extent is None:
            return Mapping()
        if pen.info.direct and not isinstance(pen, ReplayPen):
            desktop = pygame.display.get_desktop_sizes()[0]
            mapping = display_to_window(extent, desktop, _position())
        else:
            mapping = tablet_to_window(extent, pygame.display.get_window_size())
        if pen.info.units_per_mm:
            self._desk.units_per_mm = mapping.scale_x
        return mapping

    def _read_pen(self) -> None:
        if self._feeder is None:
            return
        for frame in self._feeder.frames():
            if frame.near:
                self._pointer.hush()
            self._point(self._mapping(frame))
        if self._scene.pen_alive and self._feeder.error:
            self._scene.pen_alive = False
            self._say(self._feeder.error, bad=True)

    def _point(self, frame: PenFrame) -> None:
        """Take a frame of the pen or of the mouse, in window pixels."""
        self.meter.samples += 1
        hovers = self._feeder is not None and frame.near and not frame.touching
        self._sheet.hover((frame.x, frame.y) if hovers else None)
        if self._pressed is not None:
            if not frame.touching:
                self._release(frame)
            elif self._pressed == "erasing":
                self._show(self._desk.erase(self._desk.near(frame.x, frame.y, _ERASER)))
        elif self._desk.open is not None and not frame.eraser:
            self._ink(frame)
        elif frame.touching:
            self._touch_down(frame)

    def _touch_down(self, frame: PenFrame) -> None:
        target = self._view.target_at(frame.x, frame.y)
        if target is not None:
            self._pressed = self._scene.held = target
            self._sheet.mark(self._view.draw_bar(self._scene))
        elif not self._view.page.collidepoint(frame.x, frame.y):
            self._pressed = "nothing"
            self._pick(None)
        elif frame.eraser:
            self._pressed = "erasing"
            self._show(self._desk.erase(self._desk.near(frame.x, frame.y, _ERASER)))
        else:
            self._ink(frame)

    def _ink(self, frame: PenFrame) -> None:
        stroke = self._desk.open
        change = self._desk.write(frame.sample)
        if change.added:
            stroke = self._desk.open
            self._pick(None)
            if self._scene.blank:
                self._scene.blank = False
                self._redraw()
        if stroke is None:
            return
        self._sheet.write(stroke.id, frame)
        if frame.touching:
            self._stamps.append(frame.t)
        if change.removed:
            self._show(change)
            self._say("Scratched out; Undo brings it back")

    def _release(self, frame: PenFrame) -> None:
        pressed, self._pressed = self._pressed, None
        if not isinstance(pressed, Target):
            return
        self._scene.held = None
        self._sheet.mark(self._view.draw_bar(self._scene))
        if not pressed.rect.collidepoint(frame.x, frame.y):
            return
        if pressed.kind == "button":
            self._do(str(pressed.value).lower())
        elif pressed.kind == "word" and isinstance(pressed.value, ShownWord):
            self._pick(pressed.value)
        elif pressed.kind == "choice":
            self._choose(str(pressed.value))
        elif pressed.kind == "dialog":
            self._ask(None)

    # ---- the mouse, keys and buttons

    def _handle(self, event: pygame.event.Event) -> None:
        if event.type == pygame.QUIT:
            self._running = False
        elif event.type == pygame.KEYDOWN:
            self._key(event)
        elif event.type == pygame.DROPFILE:
            self._answer(Dialog("", "", event.file, "open"))
        elif event.type == pygame.VIDEORESIZE:
            self._resize()
        elif event.type == pygame.WINDOWEXPOSED:
            self._sheet.mark(pygame.display.get_surface().get_rect())
        elif frame := self._pointer.take(event):
            self._point(frame)

    def _key(self, event: pygame.event.Event) -> None:
        name = keys.action(event)
        dialog, scene = self._scene.dialog, self._scene
        if name is not None and name != "accept":
            self._do(name)
        elif dialog is not None:
            if name == "accept":
                self._answer(dialog)
            else:
                dialog.text = keys.typed(dialog.text, event)
                self._redraw()
        elif scene.selected is not None:
            if name == "accept" and scene.typed:
                self._choose(scene.typed)
            elif name is None:
                scene.typed = keys.typed(scene.typed, event)
                self._sheet.mark(self._view.draw_panel(scene))

    def _do(self, name: str) -> None:
        """Do what a button or a key asks for."""
        if name == "quit":
            self._running = False
        elif name == "undo":
            self._show(self._desk.undo())
        elif name == "clear":
            self._show(self._desk.clear())
        elif name == "save":
            hint = "Enter saves, Esc does not. The name tells: .jsonl .inkml .xopp .svg"
            self._ask(Dialog("Save the ink as", hint, "notes.jsonl", "save"))
        elif name == "open":
            hint = "Enter opens, Esc does not. Or drop a file on the window"
            self._ask(Dialog("Open ink from", hint, "notes.jsonl", "open"))
        elif name == "copy":
            self._copy()
        elif name == "help":
            self._scene.help = not self._scene.help
            self._redraw()
        elif name == "overlay":
            self._overlay = not self._overlay
            self._sheet.mark(self._view.page)
        elif name == "full screen":
            self._full = not self._full
            self._open()
            self._resize()
        elif name == "leave":
            self._leave()

    def _leave(self) -> None:
        if self._scene.dialog or self._scene.help:
            self._ask(None)
        elif self._full:
            self._do("full screen")
        else:
            self._pick(None)

    def _copy(self) -> None:
        try:
            pygame.scrap.init()
            pygame.scrap.put("text/plain;charset=utf-8", self._desk.text.encode())
            self._say("Copied the text")
        except (pygame.error, NotImplementedError):
            self._say("this desktop has no clipboard", bad=True)

    def _ask(self, dialog: Dialog | None) -> None:
        self._scene.dialog, self._scene.help = dialog, False
        self._redraw()

    def _answer(self, dialog: Dialog) -> None:
        name = dialog.text.strip()
        self._ask(None)
        if not name:
            return
        path = Path(name).expanduser()
        try:
            if dialog.kind == "save":
                write(path, self._desk.ink)
                self._say(f"Saved {path}")
            else:
                ink = read(path)
                self._show(self._desk.clear())
                self.put(ink)
                self._say(f"Opened {path}")
        except InkrecError as error:
            self._say(str(error), bad=True)
        except OSError as error:
            self._say(f"{name}: {error.strerror}", bad=True)

    # ---- words

    def _pick(self, word: ShownWord | None) -> None:
        if word is None and self._picked is None and not self._scene.typed:
            return
        self._picked, self._scene.typed = word, ""
        self._refresh_text()

    def _choose(self, text: str) -> None:
        word = self._scene.selected
        if word is not None and self._desk.correct(word, text):
            self._say(f"{text!r} kept with its ink in {self._corrections}")
        self._picked, self._scene.typed = None, ""
        self._refresh_text()

    def _refresh_text(self) -> None:
        scene = self._scene
        scene.lines = self._desk.lines
        held = self._picked or self._desk.latest_word
        before = scene.selected
        words = [w for line in scene.lines for w in line if w.strokes]
        scene.selected = next((w for w in words if held and w.strokes == held.strokes), None)
        self._sheet.mark(self._view.draw_panel(scene))
        self._sheet.mark(*(self._sheet.box(w.strokes) for w in (before, scene.selected) if w))

    # ---- the window itself

    def _show(self, change: Change) -> None:
        """Draw strokes that appeared, wipe out those that went."""
        if not (change.added or change.removed):
            return
        self._sheet.wipe(change.removed)
        for name in change.added:
            self._sheet.draw(name, self._desk.strokes[name].points)
        if self._picked and set(self._picked.strokes) & set(change.removed):
            self._picked = None
        if self._scene.blank != (not self._desk.strokes):
            self._scene.blank = not self._desk.strokes
            self._redraw()
        self._refresh_text()

    def _say(self, message: str, *, bad: bool = False) -> None:
        self._scene.message, self._scene.message_bad = message, bad
        self._message_until = time.monotonic() + (3 * _MESSAGE if bad else _MESSAGE)
        self._sheet.mark(self._view.draw_bar(self._scene))

    def _redraw(self) -> None:
        self._view.draw(self._scene)
        self._sheet.mark(pygame.display.get_surface().get_rect())

    def _open(self) -> pygame.Surface:
        if self._full:
            return pygame.display.set_mode((0, 0), pygame.FULLSCREEN)
        return pygame.display.set_mode(self._windowed, pygame.RESIZABLE)

    def _resize(self) -> None:
        screen = pygame.display.get_surface()
        if not self._full:
            self._windowed = screen.get_size()
        self._view = View(screen.get_size(), self._spacing)
        self._desk.ruling = self._view.ruling
        self._sheet.put_on(screen, self._view)
        self._mapping = self._map()
        self._redraw()


def _wake() -> None:
    """Have the loop look: from any thread."""
    with contextlib.suppress(pygame.error):  # closed, or the queue is full and it looks anyway
        pygame.event.post(pygame.event.Event(_WOKEN))


def _position() -> tuple[int, int]:
    """Where the window stands on the desktop; its corner where SDL does not tell."""
    try:
        from pygame._sdl2.video import Window as SdlWindow

        place: Any = SdlWindow.from_display_module().position
        return int(place[0]), int(place[1])
    except (ImportError, AttributeError, pygame.error):
        return 0, 0
