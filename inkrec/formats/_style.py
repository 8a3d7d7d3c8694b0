"""Tools and colours of other programs, in the words of `Stroke`."""

from __future__ import annotations

import math
import re

from ..ink.strokes import TOOLS

__all__ = ["color_of", "rgba", "tool_of"]

_HEX = re.compile(r"#?([0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})")
_FUNCTION = re.compile(
    r"rgba?\(\s*([\d.]+%?)[\s,]+([\d.]+%?)[\s,]+([\d.]+%?)(?:[\s,/]+([\d.]+%?))?\s*\)"
)

# Of CSS and SVG those that ink programs write, and those of Xournal's and tldraw's menus.
_NAMES = {
    "black": "000000", "white": "ffffff", "red": "ff0000", "green": "008000",
    "blue": "0000ff", "gray": "808080", "grey": "808080", "yellow": "ffff00",
    "orange": "ffa500", "magenta": "ff00ff", "cyan": "00ffff", "lightblue": "add8e6",
    "lightgreen": "90ee90", "violet": "ee82ee", "purple": "800080", "navy": "000080",
    "brown": "a52a2a", "pink": "ffc0cb", "lime": "00ff00", "maroon": "800000",
}  # fmt: skip

_TOOLS = {
    "highlighter": ("highlight", "marker_highlight", "textmarker"),
    "eraser": ("eras", "rubber", "whiteout"),
    "pencil": ("pencil",),
    "marker": ("marker", "feltpen"),
    "brush": ("brush", "paint", "calligraph"),
    "shape": ("shape",),
}


def tool_of(name: str, default: str = "pen") -> str:
    """The tool that a program's own name for one means.

    >>> tool_of("Highlighter_2"), tool_of("app:pixel-ERASER"), tool_of("fountain pen")
    ('highlighter', 'eraser', 'pen')
    """
    low = name.lower()
    if low in TOOLS:
        return low
    for tool, parts in _TOOLS.items():
        if any(part in low for part in parts):
            return tool
    return default


def color_of(text: str) -> str | None:
    """A colour as CSS and the programs write it, as ``#rrggbb`` or ``#rrggbbaa``; else None.

    >>> color_of("Black"), color_of("#F00"), color_of("rgba(255, 128, 0, 0.5)"), color_of("?")
    ('#000000', '#ff0000', '#ff800080', None)
    """
    text = text.strip().lower()
    if text in _NAMES:
        return f"#{_NAMES[text]}"
    if (found := _HEX.fullmatch(text)) and (text[0] == "#" or len(text) >= 6):
        digits = found[1]
        if len(digits) < 6:
            digits = "".join(2 * digit for digit in digits)
        return _short(f"#{digits}")
    if found := _FUNCTION.fullmatch(text):
        red, green, blue = (_part(word, 255.0) for word in found.groups()[:3])
        return rgba(red, green, blue, 1.0 if found[4] is None else _part(found[4], 1.0))
    return None


def rgba(red: float, green: float, blue: float, alpha: float = 1.0) -> str | None:
    """A colour of parts of 0 to 1; None where one is no number.

    >>> rgba(1, 0, 0.5), rgba(0, 0, 0, 0.5), rgba(float("nan"), 0, 0)
    ('#ff0080', '#00000080', None)
    """
    parts = (red, green, blue, alpha)
    if not all(map(math.isfinite, parts)):
        return None
    return _short("#" + "".join(f"{round(255 * min(max(p, 0.0), 1.0)):02x}" for p in parts))


def _short(color: str) -> str:
    """A colour without its alpha where that says opaque."""
    return color[:7] if color[7:] == "ff" else color


def _part(word: str, whole: float) -> float:
    try:
        return float(word[:-1]) / 100 if word.endswith("%") else float(word) / whole
    except ValueError:
        return math.nan
