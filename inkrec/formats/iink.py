"""Strokes in JSON: MyScript's iink (pointer events, stroke groups, JIIX), and plain lists.

A stroke is an object of columns (``x``, ``y``, ``t``, ``p``, or JIIX's ``X``, ``Y``, ``T``,
``F``, in mm), or a list of points (``{"x": ..., "y": ..., "t": ...}`` or ``[x, y, t]``),
anywhere in the document. Time is in ms, from the epoch or from JIIX's ``timestamp``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import numpy as np

from ..errors import FormatError
from ..ink.document import Document, DocumentPage, Layer
from ..ink.strokes import Ink, Stroke
from . import _json
from ._files import Source, name_of
from ._labelled import Labelled
from ._report import Report
from ._strokes import StrokeBuilder
from ._style import color_of, tool_of

__all__ = ["read", "read_document", "read_labelled"]

_DEPTH = 64
_COLUMNS = {"x": "xX", "y": "yY", "t": "tT", "p": "pF"}
_LISTS = ("pointers", "points", "coords")


def read(file: Source) -> Ink:
    """All strokes of a file.

    Raises
    ------
    FormatError
        If it holds no stroke.

    Warns
    -----
    InkWarning
        If something is damaged and left out.
    """
    return read_labelled(file)[0].ink


def read_document(file: Source) -> Document:
    """The strokes of a file as one page.

    Raises
    ------
    FormatError
        As `read`.

    Warns
    -----
    InkWarning
        As `read`.
    """
    ink = read(file)
    return Document((DocumentPage((Layer(ink),)),), ink.units_per_mm, "MyScript iink")


def read_labelled(file: Source) -> list[Labelled]:
    """The strokes of a file, with the label of JIIX where it is there.

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
    content = _json.load(file, report)
    builder = StrokeBuilder(report)
    strokes: list[Stroke | None] = []
    seen: set[Any] = set()
    found = in_mm = False
    for held, style in _strokes(content):
        in_mm |= isinstance(held, dict) and "X" in held
        identity = held.get("id") if isinstance(held, dict) else None
        if isinstance(identity, (str, int)) and identity in seen:
            continue
        found = True
        seen.add(identity)
        strokes.append(_stroke(held, style, builder))
    if not found:
        report.refuse_nothing()
        raise FormatError("no stroke in the JSON; expected x and y of strokes", file=name_of(file))
    ink = builder.ink(strokes, 1.0 if in_mm else None)
    if not len(ink):
        report.refuse_nothing()
    report.tell()
    label = content.get("label") if isinstance(content, dict) else None
    return [Labelled(ink, label if isinstance(label, str) else None)]


def _strokes(content: Any) -> Iterator[tuple[Any, dict[str, Any]]]:
    """The strokes of a document in its order, each with the style that its group has."""
    stack: list[tuple[Any, dict[str, Any], int]] = [(content, {}, 0)]
    while stack:
        value, style, depth = stack.pop()
        if _is_stroke(value):
            yield value, style
        elif depth < _DEPTH:
            children: list[Any] = []
            if isinstance(value, dict):
                style = {**style, **{k: v for k, v in value.items() if k in ("penStyle", "style")}}
                children = list(value.values())
            elif isinstance(value, list):
                children = value
            stack.extend((child, style, depth + 1) for child in reversed(children))


def _is_stroke(value: Any) -> bool:
    if isinstance(value, dict):
        x, y = (_column(value, name) for name in "xy")
        if isinstance(x, list) and isinstance(y, list):
            return True
        return any(_is_points(value.get(name)) for name in _LISTS)
    return _is_points(value)


def _is_points(value: Any) -> bool:
    """Whether a list is of points: of x and y, or of numbers in the same order."""
    if not isinstance(value, list) or not value:
        return False
    for point in (value[0], value[-1]):
        if isinstance(point, dict):
            if _flat(point) is None:
                return False
        elif not (
            isinstance(point, list)
            and 2 <= len(point) <= 5
            and all(type(v) in (int, float) for v in point)
        ):
            return False
    return True


def _flat(point: dict[str, Any]) -> tuple[Any, Any] | None:
    x, y = (next((k for k in _COLUMNS[n] if k in point), None) for n in "xy")
    held = () if x is None or y is None else (point[x], point[y])
    return (
        (held[0], held[1]) if held and not any(isinstance(v, (list, dict)) for v in held) else None
    )


def _column(held: dict[str, Any], name: str) -> Any:
    for key in (*_COLUMNS[name], *(("pressure", "force") if name == "p" else ())):
        if key in held:
            return held[key]
    if name == "t":
        return next((held[k] for k in ("time", "timestamp") if k in held), None)
    return None


def _stroke(held: Any, style: dict[str, Any], builder: StrokeBuilder) -> Stroke | None:
    columns: dict[str, Any] = {}
    if isinstance(held, dict) and isinstance(_column(held, "x"), list):
        columns = {name: _json.numbers(_column(held, name)) for name in _COLUMNS}
    else:
        points = held
        if isinstance(held, dict):
            points = next(held[name] for name in _LISTS if _is_points(held.get(name)))
        for name, place in zip("xytp", range(4), strict=True):
            columns[name] = [_json.number(_of_point(point, name, place)) for point in points]
    n = min(len(columns["x"]), len(columns["y"]))
    if len(columns["x"]) != len(columns["y"]):
        why = f"{len(columns['x'])} x and {len(columns['y'])} y; they must be equal"
        builder.report.lost("the end of a stroke", why)
    t, force = (_whole(columns[name], n) for name in "tp")
    if t is not None:
        t = t / 1e3 + (_began(held) if isinstance(held, dict) else 0.0)
    own = held if isinstance(held, dict) else {}
    look = next((v for v in (own.get("style"), style.get("style")) if isinstance(v, dict)), {})
    said = " ".join(
        str(own.get(key, "")) for key in ("pointerType", "pointer-type", "tool")
    ) + str(style.get("penStyle", ""))  # fmt: skip
    return builder.stroke(
        columns["x"][:n],
        columns["y"][:n],
        t,
        None if force is None else np.clip(force, 0, 1),
        tool=tool_of(said),
        color=color_of(str(look.get("color", look.get("-myscript-pen-color", "")))),
        width=_json.number(look.get("width", look.get("-myscript-pen-width"))),
    )


def _of_point(point: Any, name: str, place: int) -> Any:
    if isinstance(point, dict):
        return _column(point, name)
    return point[place] if isinstance(point, list) and place < len(point) else None


def _whole(column: list[float], n: int) -> Any:
    """A column that has a number for each point, or None."""
    if len(column) < n or not n:
        return None
    values = np.array(column[:n])
    return None if np.isnan(values).all() else values


def _began(held: dict[str, Any]) -> float:
    """What the times of a stroke of JIIX count from, in s."""
    text = held.get("timestamp")
    if not isinstance(text, str):
        return 0.0
    try:
        return datetime.fromisoformat(text.replace(" ", "T")).timestamp()
    except (ValueError, OverflowError):
        return 0.0
