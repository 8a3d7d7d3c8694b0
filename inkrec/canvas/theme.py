"""Colours, fonts and soft-edged shapes."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pygame

__all__ = ["Colour", "fitted", "font", "rounded", "wrapped"]

Colour = tuple[int, int, int]

PAGE: Colour = (252, 251, 247)
RULE: Colour = (221, 227, 236)
GUIDE: Colour = (238, 240, 243)
BAR: Colour = (255, 255, 255)
EDGE: Colour = (228, 231, 237)
INK: Colour = (20, 33, 66)
GREY: Colour = (164, 172, 186)
FAINT: Colour = (196, 202, 212)
LABEL: Colour = (92, 102, 120)
ACCENT: Colour = (43, 104, 232)
TINT: Colour = (232, 240, 255)
TINT_EDGE: Colour = (202, 219, 252)
GOOD: Colour = (38, 150, 92)
BAD: Colour = (206, 66, 66)

SIDE = 28  # px beside everything

_SANS = (
    "inter, sfprodisplay, segoeui, cantarell, ubuntu, notosans, opensans, roboto, "
    "helveticaneue, liberationsans, arial, dejavusans"
)


@lru_cache(maxsize=32)
def font(size: int, bold: bool = False) -> pygame.font.Font:
    """A clean sans of the system; pygame's own where there is none."""
    path = next(
        (p for name in _SANS.split(", ") if (p := pygame.font.match_font(name, bold=bold))), None
    )
    return pygame.font.Font(path, size)


@lru_cache(maxsize=256)
def rounded(
    size: tuple[int, int], radius: int, fill: Colour, edge: Colour | None = None, alpha: int = 255
) -> pygame.Surface:
    """A rectangle with round corners and soft edges."""
    width, height = size
    x = np.abs(np.arange(width) + 0.5 - width / 2)[:, None] - (width / 2 - radius)
    y = np.abs(np.arange(height) + 0.5 - height / 2)[None, :] - (height / 2 - radius)
    outside = np.hypot(np.maximum(x, 0), np.maximum(y, 0)) + np.minimum(np.maximum(x, y), 0)
    depth = radius - outside  # pixels within the edge
    surface = pygame.Surface(size, pygame.SRCALPHA)
    pixels = pygame.surfarray.pixels3d(surface)
    within = np.clip(depth - 0.5, 0, 1)[..., None] if edge else np.ones((width, height, 1))
    pixels[:] = (np.array(fill) * within + np.array(edge or fill) * (1 - within)).astype(np.uint8)
    del pixels
    cover = pygame.surfarray.pixels_alpha(surface)
    cover[:] = (np.clip(depth + 0.5, 0, 1) * alpha).astype(np.uint8)
    del cover
    return surface


def fitted(text: str, face: pygame.font.Font, width: int, *, end: bool = False) -> str:
    """The text, cut with an ellipsis where it is too long: its end, or its beginning."""
    if face.size(text)[0] <= width:
        return text
    while text and face.size(text + "…")[0] > width:
        text = text[1:] if end else text[:-1]
    return f"…{text}" if end else f"{text}…"


def wrapped(text: str, face: pygame.font.Font, width: int) -> list[str]:
    """The text in lines of whole words; a word that is too long for one is cut."""
    lines: list[str] = []
    for word in text.split():
        if lines and face.size(f"{lines[-1]} {word}")[0] <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return [fitted(line, face, width) for line in lines]
