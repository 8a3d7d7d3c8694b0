"""tldraw's drawings, and the notes of Obsidian's Ink plugin (``.writing``, ``.drawing``).

A drawing is records by id; those of type ``draw`` and ``highlight`` are strokes, in
segments of points or in their packed form, placed by the shapes and frames that hold
them. Shapes lie in the order of their index, as they were drawn. There is no time.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..errors import FormatError
from ..ink.document import Document, DocumentPage, Layer
from ..ink.strokes import Ink, Stroke
from . import _json
from ._files import Source, name_of
from ._report import Report
from ._strokes import StrokeBuilder
from ._style import color_of

__all__ = ["document_of", "read", "read_document"]

_STROKES = ("draw", "highlight")
_WIDTHS = {"s": 2.0, "m": 3.5, "l": 5.0, "xl": 10.0}
_DEPTH = 32
Record = dict[str, Any]


def read(file: Source) -> Ink:
    """All strokes of a drawing, each page below the one before.

    Raises
    ------
    FormatError
        If the file is none of tldraw's, or nothing of it can be read.

    Warns
    -----
    InkWarning
        If something is damaged and left out.
    """
    return read_document(file).ink()


def read_document(file: Source) -> Document:
    """The pages of a drawing.

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
    document = document_of(_json.load(file, report), report)
    if document is None:
        report.refuse_nothing()
        raise FormatError("expected tldraw's records", file=name_of(file))
    report.tell()
    return document


def document_of(content: Any, report: Report) -> Document | None:
    """The pages of a drawing that was parsed; None where it holds no record."""
    records = {record["id"]: record for record in _records(content) if _is_record(record)}
    if not records:
        return None
    builder = StrokeBuilder(report)
    shapes = sorted(
        (r for r in records.values() if r.get("type") in _STROKES and "props" in r),
        key=lambda r: _order(r, records),
    )
    by_page: dict[str, list[Stroke | None]] = {
        r["id"]: []
        for r in sorted(records.values(), key=lambda r: str(r.get("index", "")))
        if r.get("typeName") == "page"
    }
    for shape in shapes:
        page, transform = _placed(shape, records)
        by_page.setdefault(page, []).append(_stroke(shape, transform, builder))
    pages = []
    for page, strokes in by_page.items():
        ink = builder.ink(strokes)
        name = records.get(page, {}).get("name")
        pages.append(DocumentPage((Layer(ink),), name=name if isinstance(name, str) else None))
    if not any(len(layer.ink) for one in pages for layer in one.layers):
        report.refuse_nothing()
    return Document(tuple(pages), None, _program(content))


def _program(content: Any) -> str:
    meta = content.get("meta") if isinstance(content, dict) else None
    if isinstance(meta, dict) and "pluginVersion" in meta:
        return f"Obsidian Ink {meta['pluginVersion']}"
    return "tldraw"


def _is_record(value: Any) -> bool:
    return isinstance(value.get("id"), str) and ("typeName" in value or "props" in value)


def _records(content: Any) -> Iterator[Record]:
    """All objects of a document that may be records, at any depth but within one another."""
    stack = [(content, 0)]
    while stack:
        value, depth = stack.pop()
        if depth > _DEPTH:
            continue
        if isinstance(value, dict):
            if _is_record(value):
                yield value
            else:
                stack.extend((child, depth + 1) for child in value.values())
        elif isinstance(value, list):
            stack.extend((child, depth + 1) for child in value)


def _order(shape: Record, records: dict[str, Record]) -> list[str]:
    """The indices of what holds a shape, and its own: they sort as they were drawn."""
    order = [str(shape.get("index", ""))]
    held, seen = shape, 0
    while (above := records.get(str(held.get("parentId")))) and seen < _DEPTH:
        if above.get("typeName") == "page":
            break
        order.append(str(above.get("index", "")))
        held, seen = above, seen + 1
    return order[::-1]


Affine = tuple[float, float, float, float, float, float]


def _placed(shape: Record, records: dict[str, Record]) -> tuple[str, Affine]:
    """The page that a shape lies on, and the way from its own coordinates to the page's."""
    a, b, c, d, e, f = _own(shape)
    held, seen = shape, 0
    while (above := records.get(str(held.get("parentId")))) and seen < _DEPTH:
        if above.get("typeName") == "page":
            break
        g, h, i, j, k, m = _own(above)
        a, b, c, d, e, f = (
            g * a + h * d, g * b + h * e, g * c + h * f + i,
            j * a + k * d, j * b + k * e, j * c + k * f + m,
        )  # fmt: skip
        held, seen = above, seen + 1
    return str(held.get("parentId", "")), (a, b, c, d, e, f)


def _own(shape: Record) -> Affine:
    turn = _json.number(shape.get("rotation", 0.0))
    x, y = _json.number(shape.get("x", 0.0)), _json.number(shape.get("y", 0.0))
    cos, sin = (math.cos(turn), math.sin(turn)) if math.isfinite(turn) else (1.0, 0.0)
    return cos, -sin, x, sin, cos, y


def _stroke(shape: Record, to_page: Affine, builder: StrokeBuilder) -> Stroke | None:
    props = shape["props"] if isinstance(shape["props"], dict) else {}
    segments = props.get("segments")
    points: list[list[float]] = []
    for segment in segments if isinstance(segments, list) else []:
        if isinstance(segment, dict):
            try:
                points += _points(segment)
            except ValueError as error:
                builder.report.lost("a segment of a stroke", str(error))
    scale = [_json.number(props.get(key, 1.0)) for key in ("scaleX", "scaleY")]
    table = np.array(points, np.float64).reshape(-1, 3)
    a, b, c, d, e, f = to_page
    x, y = table[:, 0] * scale[0], table[:, 1] * scale[1]
    size = _json.number(props.get("scale", 1.0))
    color = color_of(str(props.get("color", "")).removeprefix("light-"))
    opacity = _json.number(shape.get("opacity", 1.0))
    if color is not None and 0 <= opacity < 1:
        color += f"{round(255 * opacity):02x}"
    return builder.stroke(
        a * x + b * y + c,
        d * x + e * y + f,
        None,
        np.clip(table[:, 2], 0, 1) if props.get("isPen") else None,
        tool="highlighter" if shape.get("type") == "highlight" else "pen",
        color=color,
        width=_WIDTHS.get(str(props.get("size")), 3.5) * size,
    )


def _points(segment: Record) -> list[list[float]]:
    """The points of a segment: objects, or packed in base 64."""
    held = segment.get("points")
    if isinstance(held, list):
        return [
            [_json.number(p.get("x")), _json.number(p.get("y")), _json.number(p.get("z", 0.5))]
            for p in held
            if isinstance(p, dict)
        ]
    if isinstance(held, str):
        return _packed(held, deltas=False)
    path = segment.get("path")
    if isinstance(path, str):
        return _packed(path, deltas=True)
    raise ValueError("no points in it")


def _packed(text: str, *, deltas: bool) -> list[list[float]]:
    """Halves of x, y and z; as differences, after a first point of whole floats."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("its points are no base 64") from None
    first = np.empty((0, 3))
    if deltas:
        first = np.frombuffer(data[:12], "<f4").astype(np.float64).reshape(-1, 3)
        data = data[12:]
    rest = np.frombuffer(data[: len(data) // 6 * 6], "<f2").astype(np.float64).reshape(-1, 3)
    whole = np.concatenate([first, rest])
    points: list[list[float]] = (np.cumsum(whole, axis=0) if deltas else whole).tolist()
    return points
