"""Xournal++ notebooks (``.xopp``, also Xournal's ``.xoj``): XML, mostly in gzip.

A page is in points of 1/72 inch, y downward. A stroke's ``width`` is that of the pen
and then one for each point (Xournal++ writes none for the last): pen times pressure.
There is no time. Highlighter and eraser are no ink and are left out, as are typed
texts, images and backgrounds.
"""

from __future__ import annotations

import gzip
import math
import re
from collections.abc import Iterator

from ..errors import FormatError, InkError
from ..ink.strokes import Ink, Stroke
from ._files import MAX_POINTS, Source, name_of, save
from ._xml import Element, parse

__all__ = ["UNITS_PER_MM", "read", "write"]

UNITS_PER_MM = 72 / 25.4
"""Points in a millimetre."""

_KEEP = frozenset({"stroke"})
_NUMBERS = re.compile(r"[0-9+\-.eE \t\r\n]*")
_A4 = (595.27559, 841.88976)
_MARGIN = 36.0

# A power of two, so that pressure times pen and back is exact.
_PEN = 2.0
# Xournal++ removes points of no width; this one cannot be seen and reads back as 0.
_NOTHING = 3e-308


def read(file: Source, *, page: int | None = None) -> Ink:
    """The pen strokes of a notebook.

    Parameters
    ----------
    file : path or binary file
    page : int, optional
        One page, from 1. By default all of them, each below the one before.

    Returns
    -------
    Ink
        Without time, in points. Pressure is a point's width over the pen's, at most
        1; the last point has that of the one before where the file gives none.

    Raises
    ------
    FormatError
        If the file is no such notebook, or has no such page.
    """
    name = name_of(file)
    root = parse(file, "xournal", _KEEP)
    pages = [child for child in root if child.name == "page"]
    if page is not None and not 1 <= page <= len(pages):
        raise FormatError(f"no page {page}; the notebook has {len(pages)}", file=name)
    strokes: list[Stroke] = []
    points = 0
    top = 0.0
    for index, content in enumerate(pages, 1):
        if page is None or page == index:
            for element in _pen_strokes(content):
                stroke = _stroke(element, top, name)
                points += len(stroke)
                if points > MAX_POINTS:
                    raise FormatError(f"more than {MAX_POINTS} points", file=name)
                strokes.append(stroke)
        if page is None:
            top += _height(content, name)
    return Ink(strokes, UNITS_PER_MM)


def _pen_strokes(page: Element) -> Iterator[Element]:
    for layer in page:
        if layer.name == "layer":
            for element in layer:
                if element.name == "stroke" and element.get("tool", "pen") == "pen":
                    yield element


def _height(page: Element, file: str | None) -> float:
    values = _numbers(page.get("height"), "a page's height", page, file)
    if len(values) != 1 or values[0] < 0:
        raise FormatError(
            f"a page of height {page.get('height')!r}; expected points", file=file, line=page.line
        )
    return values[0]


def _stroke(element: Element, top: float, file: str | None) -> Stroke:
    """A stroke, ``top`` further down; a dot that was doubled to be drawn is one point again."""
    values = _numbers(element.text, "points", element, file)
    widths = _numbers(element.get("width"), "widths", element, file)
    if len(values) % 2 or not values:
        raise FormatError(
            f"{len(values)} numbers in a stroke; expected x y x y ...",
            file=file,
            line=element.line,
        )
    x, y = values[::2], values[1::2]
    if len(x) == 2 and x[0] == x[1] and y[0] == y[1]:
        x, y = x[:1], y[:1]
    if top:
        y = [value + top for value in y]
    try:
        return Stroke(x, y, None, _pressure(widths, len(x)))
    except InkError as error:
        raise FormatError(str(error), file=file, line=element.line) from None


def _pressure(widths: list[float], n: int) -> list[float] | None:
    if not widths or widths[0] <= 0 or len(widths) == 1 or len(widths) < n:
        return None
    pen, points = widths[0], widths[1 : n + 1]
    if len(points) < n:
        points.append(points[-1])
    return [0.0 if w <= _NOTHING else min(w / pen, 1.0) for w in points]


def _numbers(text: str, what: str, element: Element, file: str | None) -> list[float]:
    """The numbers of a text: finite, and in ASCII digits."""
    try:
        values = [float(word) for word in text.split()] if _NUMBERS.fullmatch(text) else [math.nan]
    except ValueError:
        values = [math.nan]
    if not all(map(math.isfinite, values)):
        raise FormatError(f"expected {what} as numbers", file=file, line=element.line)
    return values


def write(file: Source, ink: Ink) -> None:
    """Write ink as a notebook of one page.

    Parameters
    ----------
    file : path or binary file
    ink : Ink
        What its units measure is turned to points; units that are not known are taken
        for points. Time is dropped. Ink above or left of the page is moved onto it.

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
    widths = [_text(pen)]
    if stroke.pressure is not None:
        widths += [_text(max(p * pen, _NOTHING)) for p in stroke.pressure.tolist()]
    points = " ".join(f"{_text(a)} {_text(b)}" for a, b in zip(x, y, strict=True))
    return (
        f'<stroke tool="pen" color="#000000ff" capStyle="round" width="{" ".join(widths)}">'
        f"{points}</stroke>\n"
    )


def _text(value: float) -> str:
    return repr(float(value)).removesuffix(".0")
