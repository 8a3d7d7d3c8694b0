"""Everything of the window that is not ink: bar, page, text, buttons, messages."""

from __future__ import annotations

import pygame

from . import theme
from .dialogs import draw_dialog, draw_keys, figures
from .frame_stats import FrameStats
from .page import Ruling
from .text_panel import TextPanel
from .theme import fitted, font, rounded
from .view_state import Target, ViewState

__all__ = ["View"]

Rect = pygame.Rect

_BAR, _PANEL = 56, 214
_HEAD = 12  # px above the first line: the same whatever the size, so that ink stays on it
_ROW = 40  # px, the least height of the panel: a row of text
_TOLD = 160  # px that something said needs at least, unless it is shorter
_BUTTONS = ("Undo", "Clear", "Open", "Save", "Full screen")
_SHORT = {"Full screen": "Full"}
# Size of the font, px beside a name, between buttons and beside the last: the narrower
# the window is, the less.
_FITS = ((15, 26, 8, 18), (13, 12, 4, 8), (12, 6, 2, 4))


class View:
    """Lays out a window and draws it, but for the ink.

    Parameters
    ----------
    size : tuple of int
        Of the window in pixels.
    spacing : float
        Distance of the ruled lines in pixels.
    """

    def __init__(self, size: tuple[int, int], line_height: float) -> None:
        width, height = size
        panel = min(_PANEL, height // 3)
        first = _BAR + _HEAD + 0.8 * line_height  # as far down as letters stand on the first line
        panel = max(min(panel, int(height - first)), min(panel, _ROW))
        self.bar = Rect(0, 0, width, _BAR)
        self.panel = Rect(0, height - panel, width, panel)
        self.page = Rect(0, _BAR, width, max(0, height - _BAR - panel))
        count = max(1, int((self.page.h - 2 * _HEAD) / line_height))
        self.ruling = Ruling(self.page.top + _HEAD, line_height, count)
        self.backdrop = pygame.Surface(size)
        self.text = TextPanel(self.panel, self.backdrop)
        self.over: pygame.Surface | None = None
        """A dialog, to be laid over the ink."""
        self.targets: list[Target] = []
        self._spans: dict[str, list[Target]] = {}
        self._aside: tuple[str, bool] | None = None  # what the bar has no room to say

    def target_at(self, x: float, y: float) -> Target | None:
        """What would be tapped there."""
        return next((t for t in reversed(self.targets) if t.rect.collidepoint(x, y)), None)

    def draw(self, scene: ViewState) -> None:
        """Draw all onto the backdrop."""
        self._spans.clear()
        self._draw_page(scene)
        self._draw_bar(scene)
        self._spans["panel"] = self.text.draw(scene, self._aside)
        self._draw_dialog(scene)
        self._gather()

    def draw_panel(self, scene: ViewState) -> Rect:
        """Draw only the text and what stands with it; gives the pixels changed."""
        self._spans["panel"] = self.text.draw(scene, self._aside)
        self._gather()
        return self.panel

    def draw_bar(self, scene: ViewState) -> Rect:
        """Draw only the bar; gives the pixels changed, the panel's too where it says more."""
        before = self._aside
        self._draw_bar(scene)
        self._gather()
        return self.bar if self._aside == before else self.bar.union(self.draw_panel(scene))

    def _gather(self) -> None:
        self.targets = [t for part in ("bar", "panel", "dialog") for t in self._spans.get(part, [])]

    # ---- page

    def _draw_page(self, scene: ViewState) -> None:
        self.backdrop.fill(theme.PAGE, self.page)
        ruling = self.ruling
        for line in range(ruling.count):
            y = round(ruling.baseline(line))
            x_height = round(ruling.baseline(line) - 0.36 * ruling.line_height)
            right = self.page.right - theme.SIDE
            pygame.draw.line(self.backdrop, theme.GUIDE, (theme.SIDE, x_height), (right, x_height))
            pygame.draw.line(self.backdrop, theme.RULE, (theme.SIDE, y), (right, y))
        if scene.blank:
            face = font(round(0.42 * ruling.line_height))
            label = face.render("Write here", True, theme.FAINT)
            y = round(ruling.baseline(0)) - face.get_ascent()
            self.backdrop.blit(label, (theme.SIDE + 14, y))

    def _draw_bar(self, scene: ViewState) -> None:
        surface = self.backdrop
        surface.fill(theme.BAR, self.bar)
        pygame.draw.line(surface, theme.EDGE, (0, _BAR - 1), (self.bar.right, _BAR - 1))
        targets = []
        size, gap, right, buttons = _fit(self.bar.w)
        for name, told, width in reversed(buttons):
            label = font(size).render(told, True, theme.INK)
            rect = Rect(0, 0, width, 34)
            rect.midright = (right, _BAR // 2)
            held = scene.held is not None and scene.held.value == name
            surface.blit(rounded(rect.size, 9, theme.TINT if held else theme.BAR, theme.EDGE), rect)
            surface.blit(label, label.get_rect(center=rect.center))
            targets.append(Target(rect, "button", name))
            right = rect.left - gap
        self._draw_state(scene, right)
        self._spans["bar"] = targets

    def _draw_state(self, scene: ViewState, right: int) -> None:
        """The name, the pen and what there is to say, as far as there is room."""
        surface = self.backdrop
        bad = scene.message_bad if scene.message else scene.reading_bad
        said = scene.message or (scene.reading if scene.reading_bad else "")
        self._aside = (said, bad) if said else None
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
        told, room = said or _states(scene), right - x - 40
        if room < (min(_TOLD, font(14).size(told)[0]) if said else 40):
            return
        self._aside = None
        told = fitted(told, font(14), room)
        label = font(14).render(told, True, theme.BAD if bad else theme.LABEL)
        surface.blit(label, label.get_rect(midleft=(x + 17, _BAR // 2)))

    # ---- over everything

    def _draw_dialog(self, scene: ViewState) -> None:
        dialog = scene.dialog
        self.over = None
        if dialog is None and not scene.help:
            return
        surface = self.over = pygame.Surface(self.backdrop.get_size(), pygame.SRCALPHA)
        surface.fill((*theme.INK, 22), self.page)
        if dialog is None:
            box = draw_keys(surface, self.page)
        else:
            box = draw_dialog(surface, self.page, dialog)
        self._spans["dialog"] = [Target(self.page, "dialog"), Target(box, "dialog")]

    def overlay(self, meter: FrameStats, rate_hz: float) -> tuple[pygame.Surface, Rect]:
        """Frame times and delays, to be laid over the page."""
        return figures(self.backdrop.get_rect(), self.page, meter, rate_hz)


def _fit(width: int) -> tuple[int, int, int, list[tuple[str, str, int]]]:
    """The buttons as they fit a width.

    Returns
    -------
    size : int
        Of the font.
    gap, right : int
        Between buttons, and where the last one ends.
    buttons : list of (name, what it is called, width)
        Without the last ones where even the smallest are too wide.
    """
    for size, pad, gap, margin in _FITS:
        called = [name if size == _FITS[0][0] else _SHORT.get(name, name) for name in _BUTTONS]
        widths = [font(size).size(told)[0] + pad for told in called]
        right = width - margin
        if sum(widths) + gap * (len(widths) - 1) <= right - margin // 2:
            break
    fitting = [n for n in range(len(widths) + 1) if sum(widths[:n]) + gap * n <= width]
    buttons = list(zip(_BUTTONS, called, widths, strict=True))
    return size, gap, right, buttons[: fitting[-1]]


def _states(scene: ViewState) -> str:
    return " · ".join(filter(None, [scene.pen, scene.reading]))
