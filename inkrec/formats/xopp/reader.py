"""Reading Xournal++ notebooks, as gzip, as plain XML and as a ZIP archive."""

from __future__ import annotations

import math
import re

from ...errors import FormatError, InkError
from ...ink.document import Document, DocumentPage, Layer
from ...ink.strokes import Ink, Stroke
from .._files import Source
from .._report import Report
from .._strokes import StrokeBuilder
from .._style import color_of, tool_of
from .._xml import Element, parse
from .._zip import unpacked

__all__ = ["NO_WIDTH", "UNITS_PER_MM", "read", "read_document"]

UNITS_PER_MM = 72 / 25.4
"""Points in a millimetre."""

NO_WIDTH = 3e-308
"""Stands for no pressure: Xournal++ removes points of no width; this one cannot be seen."""

_KEEP = frozenset({"stroke"})
_NUMBERS = re.compile(r"[0-9+\-.eE \t\r\n]*")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def read(file: Source, *, page: int | None = None, layer: int | None = None) -> Ink:
    """The strokes of a notebook.

    Parameters
    ----------
    file : path or binary file
    page, layer : int, optional
        One page or layer, from 1. By default all of them, each page below the one before.

    Returns
    -------
    Ink
        Without time, in points. Pressure is a point's width over the pen's, at most
        1; the last point has that of the one before where the file gives none.

    Raises
    ------
    FormatError
        If the file is no such notebook, or has no such page or layer.

    Warns
    -----
    InkWarning
        If something is damaged and left out.
    """
    document = read_document(file)
    try:
        return document.ink(page, layer)
    except InkError as error:
        raise FormatError(str(error), file=Report(file).file) from None


def read_document(file: Source) -> Document:
    """The pages and layers of a notebook.

    Raises
    ------
    FormatError
        If the file is no such notebook.

    Warns
    -----
    InkWarning
        If something is damaged and left out.
    """
    report = Report(file)
    with unpacked(file, report, ("content.xml", "*.xml")) as content:
        root = parse(content, "xournal", _KEEP, report)
    builder = StrokeBuilder(report)
    pages = [_page(child, builder) for child in root if child.name == "page"]
    if not any(len(layer.ink) for page in pages for layer in page.layers):
        report.refuse_nothing()
    report.tell()
    return Document(tuple(pages), UNITS_PER_MM, root.get("creator") or "Xournal")


def _page(page: Element, builder: StrokeBuilder) -> DocumentPage:
    layers = []
    for element in page:
        if element.name == "layer":
            strokes = [_stroke(child, builder) for child in element if child.name == "stroke"]
            ink = builder.ink(strokes, UNITS_PER_MM)
            layers.append(Layer(ink, element.get("name") or None))
    return DocumentPage(
        tuple(layers),
        _length(page, "width", builder.report),
        _length(page, "height", builder.report),
    )


def _length(page: Element, name: str, report: Report) -> float | None:
    if name not in page.attributes:
        return None
    value = _numbers(page.get(name))
    if len(value) == 1 and 0 <= value[0] < math.inf:
        return value[0]
    why = f"expected points of 1/72 inch, found {page.get(name)!r}"
    report.lost(f"the {name} of a page", why, page.line)
    return None


def _stroke(element: Element, builder: StrokeBuilder) -> Stroke | None:
    """A stroke; a dot that was doubled to be drawn is one point again."""
    values = _numbers(element.text)
    if len(values) % 2 or not values:
        why = f"{len(values)} numbers in a stroke; expected x y x y ..."
        builder.report.lost("the last number" if values[1:] else "a stroke", why, element.line)
        values = values[: len(values) // 2 * 2]
        if not values:
            return None
    x, y = values[::2], values[1::2]
    if len(x) == 2 and x[0] == x[1] and y[0] == y[1]:
        x, y = x[:1], y[:1]
    widths = _numbers(element.get("width"))
    if not all(map(math.isfinite, widths)):
        why = f"expected widths as numbers, found {element.get('width')[:60]!r}"
        builder.report.lost("the pressure of a stroke", why, element.line)
        widths = [w for w in widths[:1] if math.isfinite(w)]
    return builder.stroke(
        x,
        y,
        None,
        _pressure(widths, len(x)),
        tool=tool_of(element.get("tool", "pen")),
        color=color_of(element.get("color")),
        width=widths[0] if widths else None,
        line=element.line,
    )


def _pressure(widths: list[float], n: int) -> list[float] | None:
    if not widths or widths[0] <= 0 or len(widths) == 1 or len(widths) < n:
        return None
    pen, points = widths[0], widths[1 : n + 1]
    if len(points) < n:
        points.append(points[-1])
    return [0.0 if w <= NO_WIDTH else min(w / pen, 1.0) for w in points]


def _numbers(text: str) -> list[float]:
    """The numbers of a text, in ASCII digits; NaN for a word that is none."""
    words = text.split()
    if _NUMBERS.fullmatch(text):
        try:
            return [float(word) for word in words]
        except ValueError:
            pass
    return [float(word) if _NUMBER.fullmatch(word) else math.nan for word in words]
