"""Reading SVG: of Stylus Labs Write, with tldraw's drawing as metadata, and others'."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ...errors import FormatError
from ...ink.document import Document, DocumentPage, Layer
from ...ink.strokes import Ink, Stroke
from .. import _json
from .._files import Source, name_of
from .._report import Report
from .._strokes import StrokeBuilder
from .._style import color_of, tool_of
from .._xml import Element, descendants, parse
from ..tldraw import document_of
from .paths import Affine, points_of, subpaths
from .pens import OUTLINES, middle_line

__all__ = ["read", "read_document"]

_HIDDEN = {"defs", "clipPath", "mask", "pattern", "marker", "symbol", "metadata", "style", "title"}
_LINES = {"path", "polyline", "polygon", "line"}
_PER_MM = {"mm": 1.0, "cm": 0.1, "in": 1 / 25.4, "pt": 72 / 25.4, "pc": 6 / 25.4}
_LENGTH = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([a-z%]*)\s*")


@dataclass(frozen=True, slots=True)
class _State:
    """What holds for an element: where it lies, and how it is drawn."""

    transform: Affine
    fill: str = "black"
    stroke: str = "none"
    width: str = "1"
    opacity: float = 1.0
    layer: str | None = None


def read(file: Source) -> Ink:
    """The strokes of an SVG, each page below the one before.

    Raises
    ------
    FormatError
        If the file is no SVG, or nothing of it can be read.

    Warns
    -----
    InkWarning
        If something is damaged and left out, or shapes are no strokes.
    """
    return read_document(file).ink()


def read_document(file: Source) -> Document:
    """The pages and layers of an SVG.

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
    root = parse(file, "svg", frozenset({"tldraw"}), report)
    for held in descendants(root, {"tldraw"}):
        if "{" in held.text:
            document = document_of(_json.parsed(held.text, report), report)
            if document is not None:
                report.tell()
                return document
    builder = StrokeBuilder(report)
    pages = [child for child in root if child.name == "svg"] if _is_write(root) else []
    found = [_Page(page, builder).page() for page in pages or [root]]
    if not any(len(layer.ink) for page in found for layer in page.layers):
        report.refuse_nothing()
        if any(element.name in _LINES for element in _all(root)):
            raise FormatError(
                "its shapes are all filled, and none is drawn as a line; no ink is in it",
                file=name_of(file),
            )
    report.tell()
    return Document(tuple(found), _units(root), "Stylus Labs Write" if pages else "SVG")


def _is_write(root: Element) -> bool:
    return root.get("id") == "write-document" or any(
        "write-content" in element.get("class") for element in _all(root)
    )


def _all(root: Element) -> Iterator[Element]:
    stack = [root]
    while stack:
        element = stack.pop()
        yield element
        stack.extend(reversed(element.children))


def _length(text: str) -> tuple[float, str]:
    found = _LENGTH.fullmatch(text)
    return (float(found[1]), found[2]) if found else (math.nan, "")


def _units(root: Element) -> float | None:
    """Units of a millimetre, where the width is told in a unit of length."""
    width, unit = _length(root.get("width"))
    if unit not in _PER_MM or not 0 < width < math.inf:
        return None
    box = points_of(root.get("viewBox"))
    wide = box[1][0] if len(box) == 2 else 0.0
    per_mm = wide / (width / _PER_MM[unit])
    return per_mm if 0 < per_mm < math.inf else None


class _Page:
    """A page, and the strokes that are found on it layer by layer."""

    def __init__(self, root: Element, builder: StrokeBuilder) -> None:
        self._root = root
        self._builder = builder
        self._layers: dict[str | None, list[tuple[float, Stroke]]] = {}
        self._last: tuple[float, float] | None = None
        self._filled = 0

    def page(self) -> DocumentPage:
        self._walk(self._root, _State(Affine()))
        if self._filled:
            self._builder.report.mended(
                f"{self._filled} filled shapes are no strokes and are left out"
            )
        layers: list[Layer] = []
        for name, held in self._layers.items():
            if all(when for when, _ in held):
                held.sort(key=lambda pair: pair[0])
            layers.append(Layer(self._builder.ink([stroke for _, stroke in held]), name))
        width, height = (_length(self._root.get(name))[0] for name in ("width", "height"))
        box = points_of(self._root.get("viewBox"))
        if len(box) == 2:
            width, height = box[1]
        known = [v if 0 < v < math.inf else None for v in (width, height)]
        return DocumentPage(tuple(layers), known[0], known[1])

    def _walk(self, root: Element, state: _State) -> None:
        stack = [(root, state)]
        while stack:
            element, outer = stack.pop()
            if element.name in _HIDDEN or "ruleline" in element.get("class").split():
                continue
            inner = self._state(element, outer, element is root)
            if inner is None:
                continue
            if element.name in _LINES:
                self._add(element, inner)
            stack.extend((child, inner) for child in reversed(element.children))

    def _state(self, element: Element, outer: _State, is_root: bool) -> _State | None:
        """What holds within an element; None where it is not shown."""
        said = dict(element.attributes)
        for part in element.get("style").split(";"):
            name, colon, value = part.partition(":")
            if colon:
                said[name.strip()] = value.strip()
        if said.get("display") == "none" or said.get("visibility") == "hidden":
            return None
        transform = outer.transform
        if element.name == "svg" and not is_root:
            x, y = (_length(element.get(name))[0] for name in "xy")
            moved = Affine(e=x if math.isfinite(x) else 0.0, f=y if math.isfinite(y) else 0.0)
            transform = transform.within(moved)
        if "transform" in said:
            transform = transform.within(Affine.of(said["transform"]))
        layer = outer.layer
        if element.name == "g" and said.get("groupmode") == "layer":
            layer = said.get("label") or said.get("id") or layer
        return replace(
            outer,
            transform=transform,
            layer=layer,
            fill=said.get("fill", outer.fill),
            stroke=said.get("stroke", outer.stroke),
            width=said.get("stroke-width", outer.width),
            opacity=outer.opacity
            * _share(said.get("opacity"))
            * _share(said.get("stroke-opacity")),
        )

    def _add(self, element: Element, state: _State) -> None:
        classes = element.get("class").split()
        outline = next((c for c in classes if c in OUTLINES), None)
        color = state.fill if outline else state.stroke
        filled = state.fill not in ("none", "transparent")
        drawn = color not in ("none", "transparent")
        shape = filled and outline is None and "write-stroke-pen" not in classes
        if not drawn or (shape and element.name in ("path", "polygon")):
            self._filled += filled
            return
        when = _when(element.get("__timestamp"))
        tool = "highlighter" if "chisel" in (outline or "") else tool_of(" ".join(classes))
        told = color_of(color)
        if told is not None and len(told) == 7 and state.opacity < 1:
            told += f"{round(255 * state.opacity):02x}"
            tool = "highlighter" if tool == "pen" and state.opacity <= 0.6 else tool
        width = _length(state.width)[0] * state.transform.scale
        for points in self._lines(element, outline):
            placed = [state.transform.apply(point) for point in points]
            x, y = zip(*placed, strict=True)
            made = self._builder.stroke(
                x, y, None, None, tool=tool, color=told, width=width, line=element.line
            )
            if made is not None:
                self._put(made, when, state.layer)

    def _lines(self, element: Element, outline: str | None) -> Iterator[list[tuple[float, float]]]:
        if element.name == "line":
            ends = [_length(element.get(name) or "0")[0] for name in ("x1", "y1", "x2", "y2")]
            yield [(ends[0], ends[1]), (ends[2], ends[3])]
        elif element.name in ("polyline", "polygon"):
            if points := points_of(element.get("points")):
                yield points
        elif outline:
            if line := middle_line(outline, subpaths(element.get("d"))):
                yield line
        else:
            for part in subpaths(element.get("d")):
                points = [point for _, point in part]
                if len(points) == 2 and points[0] == points[1]:
                    points.pop()  # a dot, doubled to be drawn
                yield points

    def _put(self, stroke: Stroke, when: float, layer: str | None) -> None:
        """Add a stroke, or go on with the last where this one begins at its end."""
        held = self._layers.setdefault(layer, [])
        begin = (float(stroke.x[0]), float(stroke.y[0]))
        if held and not when and begin == self._last:
            _, last = held[-1]
            if (last.color, last.tool) == (stroke.color, stroke.tool):
                stroke = last.replace(
                    x=[*last.x, *stroke.x[1:]], y=[*last.y, *stroke.y[1:]]
                )  # fmt: skip
                held.pop()
        held.append((when, stroke))
        self._last = (float(stroke.x[-1]), float(stroke.y[-1]))


def _share(text: str | None) -> float:
    value, unit = _length(text or "1")
    value = value / 100 if unit == "%" else value
    return min(max(value, 0.0), 1.0) if math.isfinite(value) else 1.0


def _when(text: str) -> float:
    """When Write says that a stroke was written, in ms; 0 where it does not."""
    try:
        return float(int(text, 16))
    except (ValueError, OverflowError):
        return 0.0
