"""The canvas's window and its loop."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pygame

from ..capture import PenFrame
from ..capture.pygame import PointerPen
from ..errors import InkrecError
from ..formats import read, write
from ..ink import Ink
from . import theme
from .desk import Change, Desk, ShownWord
from .mapping import Mapping, display_to_window, ink_to_line, tablet_to_window
from .meter import Meter
from .painter import Brush, InkLayer, Trace
from .pens import InkReplay
from .reader import ProcessReader
from .view import Dialog, Scene, Target, View

if TYPE_CHECKING:
    from .app import Feeder

__all__ = ["Window"]

Rect = pygame.Rect

_FRAME = 1 / 125  # s between two pictures at least
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
        self._running = True
        # The reader starts first: the model loads while the window opens.
        self._reader = ProcessReader(load, spacing, _wake)
        pygame.display.init()
        pygame.font.init()
        pygame.display.set_caption("inkrec")
        pygame.key.set_repeat(350, 40)
        self._screen = self._open()
        self._view = View(self._screen.get_size(), spacing)
        self._desk = Desk(self._reader, self._view.ruling, corrections)
        self._layer = InkLayer(self._screen.get_size(), theme.INK)
        self._brush = Brush(spacing / 46)
        self._traces: dict[int, Trace] = {}
        self._pointer = PointerPen()
        self._mapping = self._map()
        self._scene = Scene(pen=self.pen_name, reading="loading the model")
        self._dirty: list[Rect] = []
        self._hover: tuple[float, float] | None = None
        self._pressed: Target | str | None = None
        self._picked: ShownWord | None = None
        self._erased: list[int] = []
        self._overlay = False
        self._old_overlay: Rect | None = None
        self._old_hover: Rect | None = None
        self._message_until = 0.0
        self._stamps: list[float] = []
        self._text_stamps: list[float] = []
        self._last_picture = 0.0
        self._wrote = False
        self._redraw_all()

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
        page = self._view.page
        left, top, right, bottom = ink.bounds
        fits = page.contains(Rect(left, top, max(1, right - left), max(1, bottom - top)))
        one_line = False
        if not fits:
            box = (page.left, page.top, page.right, page.bottom)
            ruling = self._view.ruling
            mapping, one_line = ink_to_line(ink.bounds, box, ruling.top, ruling.spacing)
            moved = (mapping(PenFrame(*s)) for s in ink.samples())
            per_mm = ink.units_per_mm and ink.units_per_mm * mapping.scale_x
            ink = Ink.from_samples((f.sample for f in moved), per_mm)
        self._desk.one_line = one_line
        self._show(self._desk.load(ink, time.monotonic()))
        self._refresh_text()

    def loop(self) -> None:
        """Run until the window is closed."""
        if self._feeder is not None:
            self._feeder.start(_wake)
        while self._running:
            self._step()

    def picture(self, path: str) -> None:
        """Save a picture of the window."""
        self._hover = None
        self._redraw_all()
        self._present()
        pygame.image.save(self._screen, path)

    def close(self) -> None:
        """Close the window and end what runs beside it."""
        if self._feeder is not None:
            self._feeder.stop()
        self._reader.close()
        pygame.display.quit()

    # ---- the loop

    def _step(self) -> None:
        event = pygame.event.wait(self._patience())
        began = time.perf_counter()
        events = [event, *pygame.event.get()]
        for event in events:
            if event.type != pygame.NOEVENT:
                self._handle(event)
        self._read_pen()
        self._desk.flush()
        self._take_results()
        self._desk.rest()
        self._expire()
        if self._dirty or self._hover_moved():
            self._present()
            if self._wrote:
                self.meter.add("work", time.perf_counter() - began)
        if self._once and self._finished():
            self._running = False

    def _patience(self) -> int:
        """Milliseconds to wait for something to happen."""
        if self._feeder is not None and self._desk.open is not None:
            since = time.perf_counter() - self._last_picture
            if since < _FRAME:
                pygame.time.wait(max(0, round(1000 * (_FRAME - since))))
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
        reading = "" if self._reader.ready else "loading the model"
        if self._reader.error and self.error is None:
            self.error = self._reader.error
            self._say(self.error, bad=True)
        if reading != self._scene.reading:
            self._scene.reading = reading
            self._dirty.append(self._view.draw_bar(self._scene))
        if changed:
            self._refresh_text()

    def _expire(self) -> None:
        if self._scene.message and time.monotonic() > self._message_until:
            self._scene.message = ""
            self._dirty.append(self._view.draw_bar(self._scene))

    # ---- the pen

    def _map(self) -> Mapping:
        if self._feeder is None:
            return Mapping()
        pen = self._feeder.pen
        window = self._screen.get_size()
        ruling = self._view.ruling
        if isinstance(pen, InkReplay):
            page = self._view.page
            box = (page.left, page.top, page.right, page.bottom)
            mapping, self._desk.one_line = ink_to_line(pen.bounds, box, ruling.top, ruling.spacing)
            return mapping
        extent = pen.info.extent
        if extent is None:
            return Mapping()
        if pen.info.direct and pen.info.path and pen.info.path.startswith("/dev/"):
            desktop = pygame.display.get_desktop_sizes()[0]
            mapping = display_to_window(extent, desktop, _position())
        else:
            mapping = tablet_to_window(extent, window)
        if pen.info.units_per_mm:
            self._desk.units_per_mm = mapping.scale_x
        return mapping

    def _read_pen(self) -> None:
        if self._feeder is None:
            return
        frames = self._feeder.frames()
        for frame in frames:
            if frame.near:
                self._pointer.hush(time.monotonic())
            self._point(self._mapping(frame))
            if frame.touching:
                self._stamps.append(frame.t)
        self.meter.samples += len(frames)
        alive = self._feeder.error is None
        if alive != self._scene.pen_alive:
            self._scene.pen_alive = alive
            self._say(self._feeder.error or "", bad=True)

    def _point(self, frame: PenFrame) -> None:
        """Take a frame of the pen or of the mouse, in window pixels."""
        self._hover = (frame.x, frame.y) if frame.near and not frame.touching else None
        if self._pressed is not None:
            if not frame.touching:
                self._release(frame)
            elif self._pressed == "erasing":
                self._erase(frame)
            return
        if self._desk.open is not None and not frame.eraser:
            self._ink(frame)
            return
        if not frame.touching:
            return
        target = self._view.target_at(frame.x, frame.y)
        if target is not None:
            self._press(target)
        elif self._view.page.collidepoint(frame.x, frame.y):
            if frame.eraser:
                self._pressed, self._erased = "erasing", []
                self._erase(frame)
            else:
                self._ink(frame)
        else:
            self._pressed = "nothing"
            self._pick(None)

    def _ink(self, frame: PenFrame) -> None:
        stroke = self._desk.open
        change = self._desk.write(frame.sample)
        if change.added:
            if self._scene.blank:
                self._scene.blank = False
                self._redraw_all()
            stroke = self._desk.open
            assert stroke is not None
            self._traces[stroke.id] = Trace()
            self._picked = None
        if stroke is None:
            return
        trace = self._traces[stroke.id]
        tail = trace.tail.rect if trace.tail else None
        if frame.touching:
            radius = self._brush.radius(frame.t, frame.x, frame.y, frame.pressure)
            self._dirty.append(self._layer.lay(trace.add(frame.x, frame.y, radius)))
            if trace.tail:
                self._dirty.append(trace.tail.rect)
        else:
            self._brush.lift()
            self._dirty.append(self._layer.lay(trace.end()))
        if tail:
            self._dirty.append(tail)
        if change.removed:
            self._show(change)
            self._say("Erased; Undo brings it back")

    def _erase(self, frame: PenFrame) -> None:
        change = self._desk.erase(self._desk.near(frame.x, frame.y, _ERASER))
        if change.removed:
            self._show(change)

    # ---- buttons, words, keys

    def _press(self, target: Target) -> None:
        self._pressed = target
        self._scene.held = target
        self._dirty.append(self._view.draw_bar(self._scene))

    def _release(self, frame: PenFrame) -> None:
        pressed, self._pressed = self._pressed, None
        if not isinstance(pressed, Target):
            return
        self._scene.held = None
        self._dirty.append(self._view.draw_bar(self._scene))
        if not pressed.rect.collidepoint(frame.x, frame.y):
            return
        if pressed.kind == "button":
            self._button(str(pressed.value))
        elif pressed.kind == "word" and isinstance(pressed.value, ShownWord):
            self._pick(pressed.value)
        elif pressed.kind == "choice":
            self._choose(str(pressed.value))
        elif pressed.kind == "dialog":
            self._ask(None)

    def _button(self, name: str) -> None:
        if name == "Undo":
            self._show(self._desk.undo())
        elif name == "Clear":
            self._show(self._desk.clear())
        elif name == "Full screen":
            self._toggle_full()
        elif name == "Save":
            hint = "Enter saves, Esc does not. The name tells: .jsonl .inkml .xopp .svg"
            self._ask(Dialog("Save the ink as", hint, "notes.jsonl", "save"))
        elif name == "Open":
            hint = "Enter opens, Esc does not. Or drop a file on the window"
            self._ask(Dialog("Open ink from", hint, "notes.jsonl", "open"))

    def _ask(self, dialog: Dialog | None) -> None:
        self._scene.dialog = dialog
        self._scene.help = False
        self._redraw_all()

    def _answer(self, dialog: Dialog) -> None:
        name = dialog.text.strip()
        self._ask(None)
        if not name:
            return
        try:
            path = Path(name).expanduser()
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

    def _pick(self, word: ShownWord | None) -> None:
        self._picked = word
        self._scene.typed = ""
        self._refresh_text()

    def _choose(self, text: str) -> None:
        word = self._scene.selected
        if word is None:
            return
        if self._desk.correct(word, text):
            self._say(f"{text!r} kept with its ink in {self._corrections}")
        self._picked, self._scene.typed = None, ""
        self._refresh_text()

    def _handle(self, event: pygame.event.Event) -> None:
        if event.type == pygame.QUIT:
            self._running = False
        elif event.type == pygame.KEYDOWN:
            self._key(event)
        elif event.type == pygame.DROPFILE:
            self._answer(Dialog("", "", event.file, "open"))
        elif event.type == pygame.VIDEORESIZE and not self._full:
            self._resize()
        elif event.type == pygame.WINDOWEXPOSED:
            self._dirty.append(self._screen.get_rect())
        elif frame := self._pointer.take(event):
            if frame.touching:
                self._stamps.append(frame.t)
                self.meter.samples += 1
            self._point(frame)

    def _key(self, event: pygame.event.Event) -> None:
        dialog = self._scene.dialog
        command = event.mod & (pygame.KMOD_CTRL | pygame.KMOD_META)
        if event.key == pygame.K_ESCAPE:
            if dialog or self._scene.help:
                self._ask(None)
            elif self._full:
                self._toggle_full()
            else:
                self._pick(None)
        elif event.key == pygame.K_F1:
            self._scene.help = not self._scene.help
            self._redraw_all()
        elif event.key == pygame.K_F2:
            self._overlay = not self._overlay
            self._dirty.append(self._view.page)
        elif event.key == pygame.K_F11:
            self._toggle_full()
        elif command:
            names = {pygame.K_z: "Undo", pygame.K_s: "Save", pygame.K_o: "Open"}
            if event.key in names:
                self._button(names[event.key])
            elif event.key == pygame.K_c:
                self._copy()
            elif event.key == pygame.K_q:
                self._running = False
        elif dialog:
            if event.key in (pygame.K_RETURN, pygame.K_KP_ENTER):
                self._answer(dialog)
            else:
                dialog.text = _typed(dialog.text, event)
                self._redraw_all()
        elif self._scene.selected is not None:
            if event.key in (pygame.K_RETURN, pygame.K_KP_ENTER) and self._scene.typed:
                self._choose(self._scene.typed)
            else:
                self._scene.typed = _typed(self._scene.typed, event)
                self._dirty.append(self._view.draw_panel(self._scene))

    def _copy(self) -> None:
        try:
            pygame.scrap.init()
            pygame.scrap.put("text/plain;charset=utf-8", self._desk.text.encode())
            self._say("Copied the text")
        except (pygame.error, NotImplementedError):
            self._say("this desktop has no clipboard", bad=True)

    # ---- pictures

    def _show(self, change: Change) -> None:
        """Draw strokes that appeared, wipe out those that went."""
        gone = [self._traces.pop(i) for i in change.removed if i in self._traces]
        for i in change.added:
            self._trace(i)
        for trace in gone:
            area = trace.rect
            self._layer.redraw(area, self._traces.values())
            self._dirty.append(area)
        if self._picked and set(self._picked.strokes) & set(change.removed):
            self._picked = None
        blank = not self._desk.strokes
        if blank != self._scene.blank:
            self._scene.blank = blank
            self._redraw_all()
        self._refresh_text()

    def _trace(self, name: int) -> None:
        trace = self._traces[name] = Trace()
        for t, x, y, pressure, _ in self._desk.strokes[name].points:
            trace.add(x, y, self._brush.radius(t, x, y, pressure))
        trace.end()
        self._brush.lift()
        self._dirty.append(self._layer.lay(trace.capsules))

    def _refresh_text(self) -> None:
        scene = self._scene
        scene.lines = self._desk.lines
        held = self._picked or self._desk.latest_word
        everything = [w for line in scene.lines for w in line if w.strokes]
        before = scene.selected
        scene.selected = next((w for w in everything if held and w.strokes == held.strokes), None)
        self._dirty.append(self._view.draw_panel(scene))
        for word in (before, scene.selected) if self._picked or before else ():
            if word is not None:
                self._dirty.append(self._box(word))

    def _box(self, word: ShownWord) -> Rect:
        rects = [self._traces[i].rect for i in word.strokes if i in self._traces]
        return rects[0].unionall(rects[1:]).inflate(22, 16) if rects else Rect(0, 0, 0, 0)

    def _redraw_all(self) -> None:
        self._view.draw(self._scene)
        self._dirty.append(self._screen.get_rect())

    def _hover_moved(self) -> bool:
        return self._ring() != self._old_hover

    def _ring(self) -> Rect | None:
        if self._hover is None or self._feeder is None:
            return None
        return Rect(round(self._hover[0]) - 7, round(self._hover[1]) - 7, 14, 14)

    def _present(self) -> None:
        """Bring what is dirty to the screen, and nothing else."""
        page = self._view.page
        if self._overlay:
            overlay, box = self._view.overlay(self.meter, self._rate())
            self._dirty.append(box)
        ring = self._ring()
        self._dirty += [r for r in (ring, self._old_hover) if r is not None]
        self._old_hover = ring
        whole = self._screen.get_rect()
        rects = _merged([r.clip(whole) for r in self._dirty])
        self._dirty.clear()
        modal = self._scene.dialog is not None or self._scene.help
        for rect in rects:
            self._screen.set_clip(rect)
            self._screen.blit(self._view.backdrop, rect, rect)
            ink = rect.clip(page)
            if ink.w > 0 and ink.h > 0 and not modal:
                self._present_ink(ink)
            if self._overlay:
                self._screen.blit(overlay, box)
            if ring is not None:
                self._screen.blit(theme.rounded((14, 14), 7, theme.PAGE, theme.ACCENT, 150), ring)
        self._screen.set_clip(None)
        pygame.display.update(rects)
        self._measure()

    def _present_ink(self, area: Rect) -> None:
        picked = self._picked
        if picked is not None:
            box = self._box(picked)
            if box.colliderect(area):
                self._screen.blit(theme.rounded(box.size, 10, theme.TINT), box)
        self._screen.blit(self._layer.surface, area, area)
        stroke = self._desk.open
        if stroke is not None:
            tail = self._traces[stroke.id].tail
            if tail is not None:
                self._layer.over(self._screen, tail, area)

    def _measure(self) -> None:
        now = time.perf_counter()
        clock = time.monotonic()
        writing = bool(self._stamps)
        if writing and self._wrote:
            self.meter.add("frame", now - self._last_picture)
        self._wrote = writing
        self._last_picture = now
        for t in self._stamps:
            self.meter.add("pen_to_pixel", clock - t)
        for t in self._text_stamps:
            self.meter.add("pen_to_text", clock - t)
        self._stamps.clear()
        self._text_stamps.clear()

    def _rate(self) -> float:
        stroke = self._desk.open or next(reversed(self._desk.strokes.values()), None)
        if stroke is None or len(stroke.samples) < 3:
            return 0.0
        span = stroke.samples[-1].t - stroke.samples[0].t
        return (len(stroke.samples) - 1) / span if span > 0 else 0.0

    def _say(self, message: str, *, bad: bool = False) -> None:
        self._scene.message, self._scene.message_bad = message, bad
        self._message_until = time.monotonic() + (3 * _MESSAGE if bad else _MESSAGE)
        self._dirty.append(self._view.draw_bar(self._scene))

    # ---- the window itself

    def _open(self) -> pygame.Surface:
        if self._full:
            return pygame.display.set_mode((0, 0), pygame.FULLSCREEN)
        return pygame.display.set_mode(self._windowed, pygame.RESIZABLE)

    def _toggle_full(self) -> None:
        self._full = not self._full
        self._screen = self._open()
        self._resize()

    def _resize(self) -> None:
        self._screen = pygame.display.get_surface() or self._screen
        size = self._screen.get_size()
        if not self._full:
            self._windowed = size
        self._view = View(size, self._spacing)
        self._desk.ruling = self._view.ruling
        self._layer = InkLayer(size, theme.INK)
        for trace in self._traces.values():
            self._layer.lay(trace.capsules)
        self._mapping = self._map()
        self._scene.lines = self._desk.lines
        self._redraw_all()


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


def _typed(text: str, event: pygame.event.Event) -> str:
    if event.key == pygame.K_BACKSPACE:
        return text[:-1]
    return text + event.unicode if event.unicode.isprintable() else text


def _merged(rects: list[Rect]) -> list[Rect]:
    """The same pixels in fewer rectangles."""
    left = [r for r in rects if r.w > 0 and r.h > 0]
    merged: list[Rect] = []
    while left:
        rect = left.pop()
        hit = [r for r in left if r.colliderect(rect)]
        if hit:
            left = [r for r in left if not r.colliderect(rect)]
            left.append(rect.unionall(hit))
        else:
            merged.append(rect)
    return merged
