"""Writing Xournal++ notebooks."""

from __future__ import annotations

import gzip
import math

from ...errors import FormatError
from ...ink.strokes import Ink, Stroke
from .._files import Source, save
from .reader import NO_WIDTH, UNITS_PER_MM

__all__ = ["write"]

_A4 = (595.27559, 841.88976)
_MARGIN = 36.0
_COLORS = {"pen": "#000000", "highlighter": "#ffff007f", "eraser": "#ffffff"}

# A power of two, so that pressure times pen and back is exact.
_PEN = 2.0


def write(file: Source, ink: Ink) -> None:
    """Write ink as a notebook of one page.

    Parameters
    ----------
    file : path or binary file
    ink : Ink
        What its units measure is turned to points; units that are not known are taken
        for points. Tools, colours and widths are kept; time is dropped. Ink above or left
        of the page is moved onto it.

    Raises
    ------
    FormatError
        If a coordinate is too large to be turned to points.
    """
    scale = 1.0
    if ink.units_per_mm is not None and ink.units_per_mm != UNITS_PER_MM:
        scale = UNITS_PER_MM / ink.units_per_mm
    left, top, right, bottom = (v * scale for v in ink.bounds) if len(ink) else (0.0,) * 4
    if not all(map(math.isfinite, (left, top, right, bottom))):
        raise FormatError(f"ink of {ink.bounds} cannot be turned to points of 1/72 inch")
    dx = math.ceil(_MARGIN - left) if left < 0 else 0
    dy = math.ceil(_MARGIN - top) if top < 0 else 0
    width = max(_A4[0], right + dx + _MARGIN)
    height = max(_A4[1], bottom + dy + _MARGIN)
    pen = _pen(right - left, bottom - top)
    body = "".join(_element(stroke, scale, dx, dy, pen) for stroke in ink)
    text = (
        '<?xml version="1.0" standalone="no"?>\n'
        '<xournal creator="inkrec" fileversion="4">\n'
        "<title>Xournal++ document - see https://xournalpp.github.io/</title>\n"
        f'<page width="{_text(width)}" height="{_text(height)}">\n'
        '<background type="solid" color="#ffffffff" style="plain"/>\n'
        f"<layer>\n{body}</layer>\n</page>\n</xournal>\n"
    )
    # No time stamp: the same ink gives the same bytes.
    save(file, gzip.compress(text.encode(), mtime=0))


def _pen(width: float, height: float) -> float:
    """The pen's width in points, thicker only where the page is too large for a thin one."""
    thick = max(min(width, height), max(width, height) / 20) / 200
    if not 0 < thick < math.inf:  # the least numbers there are divide to 0
        return _PEN
    return max(_PEN, math.ldexp(1.0, round(math.log2(thick))))


def _element(stroke: Stroke, scale: float, dx: int, dy: int, pen: float) -> str:
    x = (stroke.x * scale + dx if scale != 1 or dx else stroke.x).tolist()
    y = (stroke.y * scale + dy if scale != 1 or dy else stroke.y).tolist()
    # A single point is not drawn by Xournal++; two on one place are, as a dot.
    if len(x) == 1:
        x, y = x * 2, y * 2
    if stroke.width is not None and 0 < stroke.width * scale < math.inf:
        pen = stroke.width * scale
    widths = [_text(pen)]
    if stroke.pressure is not None:
        widths += [_text(max(p * pen, NO_WIDTH)) for p in stroke.pressure.tolist()]
    # The tools that Xournal++ has; one of its eraser's strokes is white.
    tool = stroke.tool if stroke.tool in ("highlighter", "eraser") else "pen"
    color = stroke.color or _COLORS[tool]
    color = color if len(color) == 9 else f"{color}ff"
    points = " ".join(f"{_text(a)} {_text(b)}" for a, b in zip(x, y, strict=True))
    return (
        f'<stroke tool="{tool}" color="{color}" capStyle="round" width="{" ".join(widths)}">'
        f"{points}</stroke>\n"
    )


def _text(value: float) -> str:
    return repr(float(value)).removesuffix(".0")
