"""What is laid over the page: a question, the keys, figures."""

from __future__ import annotations

import pygame

from . import theme
from .frame_stats import FrameStats
from .theme import fitted, font, rounded, wrapped
from .view_state import Dialog

__all__ = ["draw_dialog", "draw_keys", "figures"]

Rect = pygame.Rect

_MARGIN = 8  # px between a card and the window's edge at least
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
_STEP = 32  # px from a key to the next, where there is room
_COLUMN = 100  # px that what a key does needs at least


def draw_dialog(surface: pygame.Surface, page: Rect, dialog: Dialog) -> Rect:
    """Lay a question over the page; gives its card.

    In a low window its rows stand closer, and the hint is cut at last.
    """
    room = _room(surface)
    side = 26 if room.w > 400 else 14
    width = min(560, room.w)
    hint = wrapped(dialog.hint, font(14), width - 2 * side)
    top, entry_top, entry_h, gap, line = 22, 62, 42, 18, 20
    if entry_top + entry_h + gap + line * len(hint) + top > room.h:
        top, entry_top, entry_h, gap, line = 8, 34, 32, 6, 18
    rest = entry_top + entry_h + gap + top
    lines = max(1, (room.h - rest) // line)
    if len(hint) > lines:
        last = " ".join(hint[lines - 1 :])
        hint = [*hint[: lines - 1], fitted(last, font(14), width - 2 * side)]
    box = _card(surface, page, width, rest + line * len(hint))
    surface.set_clip(box)
    title = font(19, bold=True).render(dialog.title, True, theme.INK)
    surface.blit(title, box.move(side, top))
    entry = Rect(box.left + side, box.top + entry_top, max(1, box.w - 2 * side), entry_h)
    surface.blit(rounded(entry.size, 9, theme.PAGE, theme.ACCENT), entry)
    text = fitted(dialog.text, font(17), entry.w - 30, end=True)
    label = font(17).render(text + "|", True, theme.INK)
    surface.blit(label, label.get_rect(midleft=(entry.left + 14, entry.centery)))
    for i, told in enumerate(hint):
        label = font(14).render(told, True, theme.LABEL)
        surface.blit(label, (entry.left, entry.bottom + gap + line * i))
    return box


def draw_keys(surface: pygame.Surface, page: Rect) -> Rect:
    """Lay the list of keys over the page, as large as it goes in whole; gives its card."""
    room = _room(surface)
    for size in (15, 14, 13, 12, 11):
        face, bold = font(size), font(size, bold=True)
        pad, at = 30, 250
        if room.w < 600:
            pad, at = 14, 26 + max(bold.size(key)[0] for key, _ in _KEYS)
        column = min(600, room.w) - at - pad
        line = face.get_linesize()
        rows = [(key, wrapped(what, face, max(1, column))) for key, what in _KEYS]
        high = line * sum(len(told) for _, told in rows)
        if column >= _COLUMN and high + 2 * len(rows) + 12 <= room.h:
            break
    else:
        at = 0  # what a key does stands right behind it
        lines = max(1, (room.h - 12) // line)
        held = _KEYS if len(_KEYS) <= lines else (*_KEYS[: lines - 1], ("…", ""))
        rows = [
            (key, [fitted(what, face, room.w - 2 * pad - bold.size(key)[0] - 8)])
            for key, what in held
        ]
        high = line * len(rows)
    gap = max(0, min(_STEP - line, (room.h - 12 - high) // len(rows)))
    box = _card(surface, page, 600, high + gap * len(rows) + (56 - 12 if gap > 12 else 12))
    surface.set_clip(box)
    y = box.top + (box.h - high - gap * len(rows) + gap) // 2
    for key, told in rows:
        surface.blit(bold.render(key, True, theme.INK), (box.left + pad, y))
        x = box.left + (at or pad + bold.size(key)[0] + 8)
        for what in told:
            surface.blit(face.render(what, True, theme.LABEL), (x, y))
            y += line
        y += gap
    return box


def figures(
    window: Rect, page: Rect, meter: FrameStats, rate_hz: float
) -> tuple[pygame.Surface, Rect]:
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
    box = Rect(0, 0, min(268, max(1, window.w)), 44 + 23 * len(rows))
    box.bottomright = (page.right - 16, page.bottom - 16)
    box.clamp_ip(window)
    surface = rounded(box.size, 12, (24, 30, 46), None, 226).copy()
    face = font(14)
    surface.blit(face.render("median / 95th percentile", True, (150, 160, 180)), (16, 12))
    for i, (label, value) in enumerate(rows):
        y = 36 + 23 * i
        surface.blit(face.render(label, True, (200, 208, 222)), (16, y))
        number = face.render(value, True, (255, 255, 255))
        surface.blit(number, number.get_rect(topright=(box.w - 16, y)))
    return surface, box


def _room(surface: pygame.Surface) -> Rect:
    """Where a card may lie."""
    whole = surface.get_rect()
    width, height = max(1, whole.w - 2 * _MARGIN), max(1, whole.h - 2 * _MARGIN)
    return Rect(whole.centerx - width // 2, whole.centery - height // 2, width, height)


def _card(surface: pygame.Surface, page: Rect, width: int, height: int) -> Rect:
    """Lay a card over the middle of the page, and beyond it where it is larger."""
    room = _room(surface)
    box = Rect(0, 0, min(width, room.w), min(height, room.h))
    box.center = page.center
    box.clamp_ip(room)
    for grow, alpha in ((34, 5), (24, 6), (15, 8), (8, 10)):
        shade = box.inflate(grow, grow).move(0, 4)
        surface.blit(rounded(shade.size, 16 + grow // 2, theme.INK, None, alpha), shade)
    surface.blit(rounded(box.size, 16, theme.BAR, theme.EDGE), box)
    return box
