"""Everything of the window that is not ink: bar, page, text, buttons, messages."""

from __future__ import annotations

import pygame

from . import theme
from .meter import Meter
from .page import Ruling
from .panel import Panel
from .scene import Scene, Target
from .theme import fitted, font, rounded

__all__ = ["View"]

Rect = pygame.Rect

_BAR, _PANEL = 56, 214
_HEAD = 12  # px above the first line: the same whatever the size, so that ink stays on it
_TOLD = 80  # px that something said needs at least
_CARD = (120, 60)  # px, the least size of one
_BUTTONS = ("Undo", "Clear", "Open", "Save", "Full screen")
_KEYS = (
    ("Ctrl+Z", "undo"),
    ("Ctrl+S, Ctrl+O", "save, open"),
    ("Ctrl+C", "copy the text"),
    ("scratch out", "erase what is under it"),
    ("right button, eraser end", "erase strokes"),
    ("tap a word", "its other readings; type for one of your own"),
    ("mouse wheel", "earlier and later text"),
    ("F2", "frame times and delays"),
    ("F11, Esc", "full screen and back"),
)


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
        self.page = Rect(0, _BAR, width, max(0, height - _BAR - panel))
        count = max(1, int((self.page.h - 2 * _HEAD) / spacing))
        self.ruling = Ruling(self.page.top + _HEAD, spacing, count)
        self.backdrop = pygame.Surface(size)
        self.text = Panel(self.panel, self.backdrop)
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
        self._spans["panel"] = self.text.draw(scene)
        self._draw_dialog(scene)
        self._gather()

    def draw_panel(self, scene: Scene) -> Rect:
        """Draw only the text and what stands with it; gives the pixels changed."""
        self._spans["panel"] = self.text.draw(scene)
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
            right = self.page.right - theme.SIDE
            pygame.draw.line(self.backdrop, theme.GUIDE, (theme.SIDE, x_height), (right, x_height))
            pygame.draw.line(self.backdrop, theme.RULE, (theme.SIDE, y), (right, y))
        if scene.blank:
            face = font(round(0.42 * ruling.spacing))
            label = face.render("Write here", True, theme.FAINT)
            y = round(ruling.baseline(0)) - face.get_ascent()
            self.backdrop.blit(label, (theme.SIDE + 14, y))

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
        self._draw_state(scene, right)
        self._spans["bar"] = targets

    def _draw_state(self, scene: Scene, right: int) -> None:
        """The name, the pen and what there is to say, as far as there is room."""
        surface = self.backdrop
        mark = font(21, bold=True).render("inkrec", True, theme.INK)
        if theme.SIDE + mark.get_width() > right:
            return
        surface.blit(mark, mark.get_rect(midleft=(theme.SIDE, _BAR // 2 - 1)))
        x = theme.SIDE + mark.get_width() + 22
        if x + 8 > right:
            return
        well = scene.pen_alive and not scene.reading_bad
        dot = rounded((8, 8), 4, theme.GOOD if well else theme.BAD)
        surface.blit(dot, dot.get_rect(midleft=(x, _BAR // 2)))
        if right - x < _TOLD:
            return
        told = scene.message or (scene.reading if scene.reading_bad else _states(scene))
        bad = scene.message_bad if scene.message else scene.reading_bad
        told = fitted(told, font(14), right - x - 40)
        label = font(14).render(told, True, theme.BAD if bad else theme.LABEL)
        surface.blit(label, label.get_rect(midleft=(x + 17, _BAR // 2)))

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
        surface.set_clip(box)
        surface.blit(font(19, bold=True).render(dialog.title, True, theme.INK), box.move(26, 22))
        entry = Rect(box.left + 26, box.top + 62, box.w - 52, 42)
        surface.blit(rounded(entry.size, 9, theme.PAGE, theme.ACCENT), entry)
        text = fitted(dialog.text, font(17), entry.w - 30, end=True)
        label = font(17).render(text + "|", True, theme.INK)
        surface.blit(label, label.get_rect(midleft=(entry.left + 14, entry.centery)))
        hint = font(14).render(fitted(dialog.hint, font(14), entry.w), True, theme.LABEL)
        surface.blit(hint, (box.left + 26, box.bottom - 42))

    def _draw_help(self, surface: pygame.Surface) -> None:
        box = self._card(surface, 600, 56 + 32 * len(_KEYS))
        surface.set_clip(box)
        for i, (key, what) in enumerate(_KEYS):
            y = box.top + 32 + 32 * i
            label = font(15, bold=True).render(key, True, theme.INK)
            surface.blit(label, (box.left + 30, y))
            label = font(15).render(what, True, theme.LABEL)
            surface.blit(label, (box.left + 250, y))

    def _card(self, surface: pygame.Surface, width: int, height: int) -> Rect:
        """Lay a card over the page, as large as the page lets it be."""
        room = max(_CARD[0], self.page.w - 40), max(_CARD[1], self.page.h - 16)
        box = Rect(0, 0, min(width, room[0]), min(height, room[1]))
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


def _states(scene: Scene) -> str:
    return " · ".join(filter(None, [scene.pen, scene.reading]))
