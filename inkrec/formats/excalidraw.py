"""Excalidraw's drawings (``.excalidraw``), also within Obsidian's notes of the same name.

Elements of type ``freedraw`` are strokes; lines and arrows are of the tool ``shape``;
what was deleted, typed or pasted is left out. There is no time; elements are in the
order in which they lie, which is that of drawing.
"""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

from ..errors import FormatError
from ..ink.document import Document, DocumentPage, Layer
from ..ink.strokes import Ink, Stroke
from . import _json
from ._files import Source, name_of, reading
from ._report import Report
from ._strokes import StrokeBuilder
from ._style import color_of

__all__ = ["read", "read_document"]

_FENCE = re.compile(r"```(compressed-)?json\s*\n(.*?)(?:\n```|\Z)", re.DOTALL)


def read(file: Source) -> Ink:
    """All strokes of a drawing.

    Raises
    ------
    FormatError
        If the file is none of Excalidraw's, or nothing of it can be read.

    Warns
    -----
    InkWarning
        If something is damaged and left out.
    """
    return read_document(file).ink()


def read_document(file: Source) -> Document:
    """A drawing as one page.

    Raises
    ------
    FormatError
        As `read`.

    Warns
    -----
    InkWarning
        As `read`.
    """
    report = Report(file)
    with reading(file, report) as stream:
        text = _json.decoded(stream.read(_json.MAX_JSON))
    if not text.lstrip().startswith("{") and (fence := _FENCE.search(text)):
        if fence[1]:
            raise FormatError(
                "a compressed drawing; turn compression off in the plugin's settings, or "
                "export it as .excalidraw",
                file=name_of(file),
            )
        text = fence[2]
    content = _json.parsed(text, report)
    elements = content.get("elements") if isinstance(content, dict) else None
    if not isinstance(elements, list):
        report.refuse_nothing()
        raise FormatError("expected Excalidraw's elements", file=name_of(file))
    builder = StrokeBuilder(report)
    strokes = [
        _stroke(element, builder)
        for element in elements
        if isinstance(element, dict)
        and element.get("type") in ("freedraw", "draw", "line", "arrow")
        and not element.get("isDeleted")
    ]
    ink = builder.ink(strokes)
    if not len(ink):
        report.refuse_nothing()
    report.tell()
    return Document((DocumentPage((Layer(ink),)),), None, "Excalidraw")


def _stroke(element: dict[str, Any], builder: StrokeBuilder) -> Stroke | None:
    held = element.get("points")
    points = [
        _json.numbers(point)[:2] if isinstance(point, list) and len(point) >= 2 else [math.nan] * 2
        for point in (held if isinstance(held, list) else [])
    ]
    table = np.array(points, np.float64).reshape(-1, 2)
    x, y = table[:, 0], table[:, 1]
    angle = _json.number(element.get("angle", 0.0))
    if angle and math.isfinite(angle) and len(table):
        # It is turned about the middle of its box.
        middle_x, middle_y = (np.nanmin(c) / 2 + np.nanmax(c) / 2 for c in (x, y))
        x, y = (
            middle_x + (x - middle_x) * math.cos(angle) - (y - middle_y) * math.sin(angle),
            middle_y + (x - middle_x) * math.sin(angle) + (y - middle_y) * math.cos(angle),
        )
    pressures = _json.numbers(element.get("pressures"))
    told = not element.get("simulatePressure", True) and len(pressures) == len(table) > 0
    color = color_of(str(element.get("strokeColor", "")))
    opacity = _json.number(element.get("opacity", 100))
    if color is not None and len(color) == 7 and 0 <= opacity < 100:
        color += f"{round(2.55 * opacity):02x}"
    freehand = element.get("type") in ("freedraw", "draw")
    return builder.stroke(
        x + _json.number(element.get("x", 0.0)),
        y + _json.number(element.get("y", 0.0)),
        None,
        np.clip(pressures, 0, 1) if told else None,
        tool=_tool(element, freehand, opacity),
        color=color,
        width=_json.number(element.get("strokeWidth")),
    )


def _tool(element: dict[str, Any], freehand: bool, opacity: float) -> str:
    if not freehand:
        return "shape"
    custom = element.get("customData")
    options = custom.get("strokeOptions") if isinstance(custom, dict) else None
    if isinstance(options, dict) and options.get("highlighter"):
        return "highlighter"
    return "highlighter" if opacity <= 50 else "pen"
