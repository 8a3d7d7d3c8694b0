"""The panel under the page: the text, and other readings of a word of it."""

from __future__ import annotations

from collections.abc import Sequence

import pygame

from . import theme
from .page import ShownWord
from .theme import fitted, font, rounded, wrapped
from .view_state import Target, ViewState

__all__ = ["TextPanel"]

Rect = pygame.Rect

_CHIPS = 62  # px of height that the other readings take


class TextPanel:
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
        self._chips, self._size, self._foot = _CHIPS, 34, 8
        self._chip, self._label = 36, 17  # px, height and font of a reading
        if rect.h < _CHIPS + _step(34) + 8:  # of a low one the whole gets smaller
            self._chips, self._size, self._foot = 36, 22, 2
            self._chip, self._label = 28, 15
        if rect.h < self._chips + _step(self._size) + self._foot:
            self._chips = 4

    def draw(self, scene: ViewState, aside: tuple[str, bool] | None = None) -> list[Target]:
        """Draw all of it; gives what can be tapped.

        Parameters
        ----------
        scene : ViewState
        aside : (str, bool), optional
            What the bar has no room to say, and whether it is bad; it stands in the
            place of other readings, or of the text where these have none.
        """
        self._surface.fill(theme.BAR, self.rect)
        pygame.draw.line(self._surface, theme.EDGE, self.rect.topleft, self.rect.topright)
        low = self._chips < self._chip
        if aside is not None:
            height = self.rect.h if low else self._chips
            self._draw_aside(*aside, height)
            return [] if low else self._draw_text(scene)
        return self._draw_text(scene) + ([] if low else self._draw_chips(scene))

    def _draw_aside(self, told: str, bad: bool, height: int) -> None:
        face = font(14 if height >= 40 else 12)
        width = self.rect.w - 2 * theme.SIDE
        lines = wrapped(told, face, width)
        if len(lines) > 2:
            lines[1:] = [fitted(" ".join(lines[1:]), face, width)]
        y = self.rect.top + (height - len(lines) * face.get_linesize()) // 2
        for i, line in enumerate(lines):
            label = face.render(line, True, theme.BAD if bad else theme.LABEL)
            self._surface.blit(label, (theme.SIDE, y + i * face.get_linesize()))

    # ---- other readings

    def _draw_chips(self, scene: ViewState) -> list[Target]:
        word = scene.selected
        y = self.rect.top + self._chips // 2 + 2
        x = theme.SIDE
        if word is None or not word.strokes:
            self._hint(
                "F1 shows the keys" if scene.blank else "Tap a word for its other readings", x, y
            )
            return []
        if self.rect.w > 400:
            name = font(14).render("Other readings", True, theme.LABEL)
            self._surface.blit(name, name.get_rect(midleft=(x, y)))
            x += name.get_width() + 14
        face = font(self._label)
        targets = []
        choices = [t for t in word.alternatives if t != word.text][:6]
        for text in [*([scene.typed] if scene.typed else []), *choices]:
            told = text
            if text is scene.typed:
                room = self.rect.right - theme.SIDE - 30 - x
                told = fitted(text + "|", face, room, end=True)
            label = face.render(told, True, theme.ACCENT)
            rect = Rect(x, 0, label.get_width() + 30, self._chip)
            rect.centery = y
            if rect.right > self.rect.right - theme.SIDE:
                break
            self._surface.blit(
                rounded(rect.size, self._chip // 2, theme.TINT, theme.TINT_EDGE), rect
            )
            self._surface.blit(label, label.get_rect(center=rect.center))
            targets.append(Target(rect, "choice", text))
            x = rect.right + 9
        if not scene.typed:
            self._hint("or type it" if choices else "none; type what it is", x + 4, y)
        return targets

    def _hint(self, text: str, x: int, y: int) -> None:
        room = self.rect.right - theme.SIDE - x
        if room >= font(14).size(text)[0]:
            label = font(14).render(text, True, theme.FAINT)
            self._surface.blit(label, label.get_rect(midleft=(x, y)))

    # ---- the text

    def _draw_text(self, scene: ViewState) -> list[Target]:
        area = self.rect.inflate(-2 * theme.SIDE, 0)
        area.top, area.h = self.rect.top + self._chips, self.rect.h - self._chips - self._foot
        face, step = font(self._size), _step(self._size)
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
        label = font(self._size).render(word.text, True, theme.INK if word.solid else theme.GREY)
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


def _step(size: int) -> int:
    """Px from a row of text to the next."""
    return font(size).get_linesize() + 3


def _first(rows: Sequence[Sequence[ShownWord]], room: int, scene: ViewState) -> int:
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
