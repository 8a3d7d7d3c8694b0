"""Everything of the window that is not ink: bar, page, text, buttons, messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import pygame

from . import theme
from .meter import Meter
from .page import Ruling, ShownWord
from .theme import font, rounded

__all__ = ["Dialog", "Scene", "Target", "View"]

Rect = pygame.Rect

_BAR, _PANEL, _CHIPS = 56, 214, 62
_SIDE = 28
_BUTTONS = ("Undo", "Clear", "Open", "Save", "Full screen")
_KEYS = (
    ("Ctrl+Z", "undo"),
    ("Ctrl+S, Ctrl+O", "save, open"),
    ("Ctrl+C", "copy the text"),
    ("scratch out", "erase what is under it"),
    ("right button, eraser end", "erase strokes"),
    ("tap a word", "its other readings; type for one of your own"),
    ("F2", "frame times and delays"),
    ("F11, Esc", "full screen and back"),
)


class Target(NamedTuple):
    """Something that can be tapped."""

    rect: Rect
    kind: str
    value: object = None


@dataclass
class Dialog:
    """A question with a line to type in."""

    title: str
    hint: str
    text: str = ""
    kind: str = ""


@dataclass
class Scene:
    """What is to be shown."""

    lines: list[list[ShownWord]] = field(default_factory=list)
    selected: ShownWord | None = None
    typed: str = ""
    pen: str = ""
    pen_alive: bool = True
    reading: str = ""
    message: str = ""
    message_bad: bool = False
    blank: bool = True
    dialog: Dialog | None = None
    help: bool = False
    held: Target | None = None


class View:
    """Lays out a window and draws it, but for the ink.

    Parameters
    ----------
    size : tuple of int
        Of the window in pixels.
    spacing : float
        Distance of the ruled lines in pixels.
    """

    def __init__(self, size: tuple[int, int], spacing: float) -> None:
        width, height = size
        panel = min(_PANEL, height // 3)
        self.bar = Rect(0, 0, width, _BAR)
        self.panel = Rect(0, height - panel, width, panel)
        self.page = Rect(0, _BAR, width, height - _BAR - panel)
        count = max(1, int((self.page.h - 24) / spacing))
        top = self.page.top + (self.page.h - count * spacing) / 2
        self.ruling = Ruling(top, spacing, count)
        self.backdrop = pygame.Surface(size)
        self.over: pygame.Surface | None = None
        """A dialog, to be laid over the ink."""
        self.targets: list[Target] = []
        self._spans: dict[str, list[Target]] = {}

    def target_at(self, x: float, y: float) -> Target | None:
        """What would be tapped there."""
        return next((t for t in reversed(self.targets) if t.rect.collidepoint(x, y)), None)

    def draw(self, scene: Scene) -> None:
        """Draw all onto the backdrop."""
        self._spans.clear()
        self._draw_page(scene)
        self._draw_bar(scene)
        self._draw_panel(scene)
        self._draw_dialog(scene)
        self._gather()

    def draw_panel(self, scene: Scene) -> Rect:
        """Draw only the text and what stands with it; gives the pixels changed."""
        self._draw_panel(scene)
        self._gather()
        return self.panel

    def draw_bar(self, scene: Scene) -> Rect:
        """Draw only the bar; gives the pixels changed."""
        self._draw_bar(scene)
        self._gather()
        return self.bar

    def _gather(self) -> None:
        self.targets = [t for part in ("bar", "panel", "dialog") for t in self._spans.get(part, [])]

    # ---- page

    def _draw_page(self, scene: Scene) -> None:
        self.backdrop.fill(theme.PAGE, self.page)
        ruling = self.ruling
        for line in range(ruling.count):
            y = round(ruling.baseline(line))
            x_height = round(ruling.baseline(line) - 0.36 * ruling.spacing)
            right = self.page.right - _SIDE
            pygame.draw.line(self.backdrop, theme.GUIDE, (_SIDE, x_height), (right, x_height))
            pygame.draw.line(self.backdrop, theme.RULE, (_SIDE, y), (right, y))
        if scene.blank:
            face = font(round(0.42 * ruling.spacing))
            label = face.render("Write here", True, theme.FAINT)
            y = round(ruling.baseline(0)) - face.get_ascent()
            self.backdrop.blit(label, (_SIDE + 14, y))

    def _draw_bar(self, scene: Scene) -> None:
        surface = self.backdrop
        surface.fill(theme.BAR, self.bar)
        pygame.draw.line(surface, theme.EDGE, (0, _BAR - 1), (self.bar.right, _BAR - 1))
        targets = []
        right = self.bar.right - 18
        for name in reversed(_BUTTONS):
            label = font(15).render(name, True, theme.INK)
            rect = Rect(0, 0, label.get_width() + 26, 34)
            rect.midright = (right, _BAR // 2)
            held = scene.held is not None and scene.held.value == name
            surface.blit(rounded(rect.size, 9, theme.TINT if held else theme.BAR, theme.EDGE), rect)
            surface.blit(label, label.get_rect(center=rect.center))
            targets.append(Target(rect, "button", name))
            right = rect.left - 8
        mark = font(21, bold=True).render("inkrec", True, theme.INK)
        surface.blit(mark, mark.get_rect(midleft=(_SIDE, _BAR // 2 - 1)))
        x = _SIDE + mark.get_width() + 22
        dot = rounded((8, 8), 4, theme.GOOD if scene.pen_alive else theme.BAD)
        surface.blit(dot, dot.get_rect(midleft=(x, _BAR // 2)))
        told = scene.message or " · ".join(filter(None, [scene.pen, scene.reading]))
        colour = theme.BAD if scene.message and scene.message_bad else theme.LABEL
        label = font(14).render(_fitted(told, font(14), right - x - 40), True, colour)
        surface.blit(label, label.get_rect(midleft=(x + 17, _BAR // 2)))
        self._spans["bar"] = targets

    # ---- text

    def _draw_panel(self, scene: Scene) -> None:
        surface = self.backdrop
        surface.fill(theme.BAR, self.panel)
        pygame.draw.line(surface, theme.EDGE, self.panel.topleft, self.panel.topright)
        self._spans["panel"] = self._draw_text(scene) + self._draw_chips(scene)

    def _draw_chips(self, scene: Scene) -> list[Target]:
        word = scene.selected
        y = self.panel.top + _CHIPS // 2 + 2
        x = _SIDE
        if word is None or not word.strokes:
            hint = "F1 shows the keys" if scene.blank else "Tap a word for its other readings"
            label = font(14).render(hint, True, theme.FAINT)
            self.backdrop.blit(label, label.get_rect(midleft=(x, y)))
            return []
        name = font(14).render("Other readings", True, theme.LABEL)
        self.backdrop.blit(name, name.get_rect(midleft=(x, y)))
        x += name.get_width() + 14
        targets = []
        choices = [t for t in word.alternatives if t != word.text][:6]
        for text in [*([scene.typed + "|"] if scene.typed else []), *choices]:
            label = font(17).render(text, True, theme.ACCENT)
            rect = Rect(x, 0, label.get_width() + 30, 36)
            rect.centery = y
            if rect.right > self.panel.right - _SIDE:
                break
            self.backdrop.blit(rounded(rect.size, 18, theme.TINT, theme.TINT_EDGE), rect)
            self.backdrop.blit(label, label.get_rect(center=rect.center))
            targets.append(Target(rect, "choice", text.removesuffix("|")))
            x = rect.right + 9
        if not scene.typed:
            hint = "or type it" if choices else "none; type what it is"
            label = font(14).render(hint, True, theme.FAINT)
            self.backdrop.blit(label, label.get_rect(midleft=(x + 4, y)))
        return targets

    def _draw_text(self, scene: Scene) -> list[Target]:
        area = self.panel.inflate(-2 * _SIDE, 0)
        area.top, area.h = self.panel.top + _CHIPS, self.panel.h - _CHIPS - 8
        face = font(34)
        rows = _wrapped(scene.lines, face, area.w)
        step = face.get_linesize() + 3
        shown = rows[-max(1, area.h // step) :]
        targets = []
        for i, row in enumerate(shown):
            x = area.left
            y = area.top + i * step
            for word in row:
                colour = theme.INK if word.solid else theme.GREY
                label = face.render(word.text, True, colour)
                rect = label.get_rect(topleft=(x, y))
                chosen = scene.selected
                if chosen is not None and word.strokes and word.strokes == chosen.strokes:
                    box = rect.inflate(12, 2)
                    self.backdrop.blit(rounded(box.size, 8, theme.TINT), box)
                self.backdrop.blit(label, rect)
                if word.corrected:
                    base = rect.bottom - 3
                    pygame.draw.line(
                        self.backdrop, theme.ACCENT, (rect.left, base), (rect.right - 1, base), 2
                    )
                if word.strokes:
                    targets.append(Target(rect.inflate(8, 4), "word", word))
                x = rect.right + face.size(" ")[0]
        return targets

    # ---- over everything

    def _draw_dialog(self, scene: Scene) -> None:
        dialog = scene.dialog
        self.over = None
        if dialog is None and not scene.help:
            return
        surface = self.over = pygame.Surface(self.backdrop.get_size(), pygame.SRCALPHA)
        surface.fill((*theme.INK, 22), self.page)
        self._spans["dialog"] = [Target(self.page, "dialog")]
        if dialog is None:
            self._draw_help(surface)
            return
        box = self._card(surface, 560, 164)
        surface.blit(font(19, bold=True).render(dialog.title, True, theme.INK), box.move(26, 22))
        entry = Rect(box.left + 26, box.top + 62, box.w - 52, 42)
        surface.blit(rounded(entry.size, 9, theme.PAGE, theme.ACCENT), entry)
        text = _fitted(dialog.text, font(17), entry.w - 30, end=True)
        label = font(17).render(text + "|", True, theme.INK)
        surface.blit(label, label.get_rect(midleft=(entry.left + 14, entry.centery)))
        hint = font(14).render(dialog.hint, True, theme.LABEL)
        surface.blit(hint, (box.left + 26, box.bottom - 42))

    def _draw_help(self, surface: pygame.Surface) -> None:
        box = self._card(surface, 600, 56 + 32 * len(_KEYS))
        for i, (key, what) in enumerate(_KEYS):
            y = box.top + 32 + 32 * i
            label = font(15, bold=True).render(key, True, theme.INK)
            surface.blit(label, (box.left + 30, y))
            label = font(15).render(what, True, theme.LABEL)
            surface.blit(label, (box.left + 250, y))

    def _card(self, surface: pygame.Surface, width: int, height: int) -> Rect:
        box = Rect(0, 0, min(width, self.page.w - 40), min(height, self.page.h - 16))
        box.center = self.page.center
        for grow, alpha in ((34, 5), (24, 6), (15, 8), (8, 10)):
            shade = box.inflate(grow, grow).move(0, 4)
            surface.blit(rounded(shade.size, 16 + grow // 2, theme.INK, None, alpha), shade)
        surface.blit(rounded(box.size, 16, theme.BAR, theme.EDGE), box)
        return box

    def overlay(self, meter: Meter, rate_hz: float) -> tuple[pygame.Surface, Rect]:
        """Frame times and delays, to be laid over the page."""
        rows: list[tuple[str, str]] = [("pen", f"{rate_hz:.0f} Hz")]
        for name, label in (
            ("frame", "frame"),
            ("work", "drawing"),
            ("pen_to_pixel", "pen to pixel"),
            ("pen_to_text", "pen to text"),
        ):
            found = meter.recent(name)
            rows.append((label, f"{found[0]:.1f} / {found[1]:.1f} ms" if found else "-"))
        box = Rect(0, 0, 268, 44 + 23 * len(rows))
        box.bottomright = (self.page.right - 16, self.page.bottom - 16)
        surface = rounded(box.size, 12, (24, 30, 46), None, 226).copy()
        face = font(14)
        surface.blit(face.render("median / 95th percentile", True, (150, 160, 180)), (16, 12))
        for i, (label, value) in enumerate(rows):
            y = 36 + 23 * i
            surface.blit(face.render(label, True, (200, 208, 222)), (16, y))
            number = face.render(value, True, (255, 255, 255))
            surface.blit(number, number.get_rect(topright=(box.w - 16, y)))
        return surface, box


def _wrapped(
    lines: Sequence[Sequence[ShownWord]], face: pygame.font.Font, width: int
) -> list[list[ShownWord]]:
    """Rows of words that fit the width."""
    rows: list[list[ShownWord]] = []
    space = face.size(" ")[0]
    for line in lines:
        row: list[ShownWord] = []
        used = 0
        for word in line:
            need = face.size(word.text)[0]
            if row and used + need > width:
                rows.append(row)
                row, used = [], 0
            row.append(word)
            used += need + space
        if row:
            rows.append(row)
    return rows


def _fitted(text: str, face: pygame.font.Font, width: int, *, end: bool = False) -> str:
    """The text, cut with an ellipsis where it is too long."""
    if face.size(text)[0] <= width:
        return text
    while text and face.size(text + "…")[0] > width:
        text = text[1:] if end else text[:-1]
    return f"…{text}" if end else f"{text}…"
