"""The panel under the page: the text, and other readings of a word of it."""

from __future__ import annotations

from collections.abc import Sequence

import pygame

from . import theme
from .page import ShownWord
from .scene import Scene, Target
from .theme import fitted, font, rounded

__all__ = ["Panel"]

Rect = pygame.Rect

_CHIPS = 62


class Panel:
    """Draws the text and what stands with it.

    Parameters
    ----------
    rect : pygame.Rect
        Its place in the window.
    surface : pygame.Surface
        What it is drawn on.

    Attributes
    ----------
    first : int
        The first row of text that is shown.
    """

    def __init__(self, rect: Rect, surface: pygame.Surface) -> None:
        self.rect = rect
        self.first = 0
        self._surface = surface

    def draw(self, scene: Scene) -> list[Target]:
        """Draw all of it; gives what can be tapped."""
        self._surface.fill(theme.BAR, self.rect)
        pygame.draw.line(self._surface, theme.EDGE, self.rect.topleft, self.rect.topright)
        return self._draw_text(scene) + self._draw_chips(scene)

    # ---- other readings

    def _draw_chips(self, scene: Scene) -> list[Target]:
        word = scene.selected
        y = self.rect.top + _CHIPS // 2 + 2
        x = theme.SIDE
        if word is None or not word.strokes:
            self._hint(
                "F1 shows the keys" if scene.blank else "Tap a word for its other readings", x, y
            )
            return []
        name = font(14).render("Other readings", True, theme.LABEL)
        self._surface.blit(name, name.get_rect(midleft=(x, y)))
        x += name.get_width() + 14
        targets = []
        choices = [t for t in word.alternatives if t != word.text][:6]
        for text in [*([scene.typed] if scene.typed else []), *choices]:
            told = text
            if text is scene.typed:
                room = self.rect.right - theme.SIDE - 30 - x
                told = fitted(text + "|", font(17), room, end=True)
            label = font(17).render(told, True, theme.ACCENT)
            rect = Rect(x, 0, label.get_width() + 30, 36)
            rect.centery = y
            if rect.right > self.rect.right - theme.SIDE:
                break
            self._surface.blit(rounded(rect.size, 18, theme.TINT, theme.TINT_EDGE), rect)
            self._surface.blit(label, label.get_rect(center=rect.center))
            targets.append(Target(rect, "choice", text))
            x = rect.right + 9
        if not scene.typed:
            self._hint("or type it" if choices else "none; type what it is", x + 4, y)
        return targets

    def _hint(self, text: str, x: int, y: int) -> None:
        label = font(14).render(text, True, theme.FAINT)
        self._surface.blit(label, label.get_rect(midleft=(x, y)))

    # ---- the text

    def _draw_text(self, scene: Scene) -> list[Target]:
        area = self.rect.inflate(-2 * theme.SIDE, 0)
        area.top, area.h = self.rect.top + _CHIPS, self.rect.h - _CHIPS - 8
        face = font(34)
        step = face.get_linesize() + 3
        rows = _wrapped(scene.lines, face, area.w)
        room = max(1, area.h // step)
        self.first = _first(rows, room, scene)
        targets = []
        for i, row in enumerate(rows[self.first : self.first + room]):
            x = area.left
            for word in row:
                rect = self._draw_word(word, x, area.top + i * step, scene.selected)
                if word.strokes:
                    targets.append(Target(rect.inflate(8, 4), "word", word))
                x = rect.right + face.size(" ")[0]
        if len(rows) > room:
            targets += self._draw_arrows(area, len(rows) - room)
        return targets

    def _draw_word(self, word: ShownWord, x: int, y: int, chosen: ShownWord | None) -> Rect:
        label = font(34).render(word.text, True, theme.INK if word.solid else theme.GREY)
        rect = label.get_rect(topleft=(x, y))
        if chosen is not None and word.strokes and word.strokes == chosen.strokes:
            box = rect.inflate(12, 2)
            self._surface.blit(rounded(box.size, 8, theme.TINT), box)
        self._surface.blit(label, rect)
        if word.corrected:
            ends = (rect.left, rect.bottom - 3), (rect.right - 1, rect.bottom - 3)
            pygame.draw.line(self._surface, theme.ACCENT, *ends, 2)
        return rect

    def _draw_arrows(self, area: Rect, last: int) -> list[Target]:
        """Up and down, in the margin beside the rows."""
        targets = []
        half = area.h // 2
        for by, top in ((-1, area.top), (1, area.top + half)):
            rect = Rect(area.right, top, theme.SIDE, half)
            x, y = rect.center
            ways = 0 <= self.first + by <= last
            colour = theme.LABEL if ways else theme.EDGE
            tip = [(x - 6, y - 4 * by), (x + 6, y - 4 * by), (x, y + 4 * by)]
            pygame.draw.polygon(self._surface, colour, tip)
            targets.append(Target(rect, "scroll", by))
        return targets


def _first(rows: Sequence[Sequence[ShownWord]], room: int, scene: Scene) -> int:
    """The first row to show: as it was scrolled, else so that the selected word is seen."""
    last = max(0, len(rows) - room)
    if scene.row is not None:
        return max(0, min(last, scene.row))
    chosen = scene.selected
    held = [i for i, row in enumerate(rows) if any(w == chosen for w in row)]
    return min(last, held[0]) if held else last


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
