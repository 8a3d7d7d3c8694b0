"""Rnote notebooks (``.rnote``): JSON in gzip, and the files with a header that follow it.

Versions 0.5 to 0.15 are read. A brush stroke is a path of elements with position and
pressure; the strokes are in the order of their ``t``, which counts them. There is no
time. What the highlighter layer holds is a highlighter's, lines and curves of the
shape tool are ``shape``; texts and pictures are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..errors import FormatError
from ..ink.document import Document, DocumentPage, Layer
from ..ink.strokes import Ink, Stroke
from . import _json
from ._curves import bezier
from ._files import Source, name_of, reading
from ._report import Report
from ._rnote_header import MAGIC, unpacked
from ._strokes import StrokeBuilder
from ._style import rgba

__all__ = ["read", "read_document"]

_DPI = 96.0
Pair = tuple[dict[str, Any], dict[str, Any]]


def read(file: Source) -> Ink:
    """All strokes of a notebook.

    Raises
    ------
    FormatError
        If the file is no such notebook, or nothing of it can be read.
    MissingExtraError
        If it is packed with Zstandard and nothing here unpacks that.

    Warns
    -----
    InkWarning
        If something is damaged and left out.
    """
    return read_document(file).ink()


def read_document(file: Source) -> Document:
    """A notebook as one page, with a layer for each of its layers.

    Raises
    ------
    FormatError, MissingExtraError
        As `read`.

    Warns
    -----
    InkWarning
        As `read`.
    """
    report = Report(file)
    with reading(file, report) as stream:
        data = stream.read()
    pairs: list[Pair]
    if data.startswith(MAGIC):
        version, snapshot, found = unpacked(data, report)
        pairs = _paired(snapshot) if found is None else found
    else:
        wrapper = _json.parsed(_json.decoded(data), report)
        if not isinstance(wrapper, dict) or not isinstance(wrapper.get("data"), dict):
            report.refuse_nothing()
            raise FormatError("expected Rnote's version and data", file=name_of(file))
        version = str(wrapper.get("version", ""))
        snapshot = wrapper["data"].get("engine_snapshot", wrapper["data"])
        pairs = _paired(snapshot)
    builder = StrokeBuilder(report)
    units = _units(snapshot)
    layers: dict[str, list[Stroke | None]] = {}
    for stroke, chrono in sorted(pairs, key=lambda pair: _json.number(pair[1].get("t", 0.0))):
        name = _layer(chrono.get("layer"))
        made = _stroke(stroke, "highlighter" if name == "Highlighter" else "pen", builder)
        if made is not None:
            layers.setdefault(name, []).append(made)
    kept = [Layer(builder.ink(strokes, units), name) for name, strokes in sorted(layers.items())]
    if not kept:
        report.refuse_nothing()
    report.tell()
    return Document((DocumentPage(tuple(kept)),), units, f"Rnote {version}".strip())


def _paired(snapshot: Any) -> list[Pair]:
    """Strokes and what is known of their order, from two lists side by side."""
    if not isinstance(snapshot, dict):
        return []
    strokes = snapshot.get("stroke_components")
    chronos = snapshot.get("chrono_components")
    if not isinstance(strokes, list):
        return []
    chronos = chronos if isinstance(chronos, list) else []
    pairs = []
    for i, slot in enumerate(strokes):
        stroke = _value(slot)
        chrono = _value(chronos[i]) if i < len(chronos) else {}
        if stroke:
            pairs.append((stroke, {"t": float(i), **chrono} if "t" not in chrono else chrono))
    return pairs


def _value(slot: Any) -> dict[str, Any]:
    value = slot.get("value") if isinstance(slot, dict) else None
    return value if isinstance(value, dict) else {}


def _units(snapshot: Any) -> float:
    """Units of a millimetre: a page's dots an inch."""
    document = snapshot.get("document") if isinstance(snapshot, dict) else None
    if isinstance(document, dict):
        config = document.get("config", document)
        form = config.get("format") if isinstance(config, dict) else None
        dpi = _json.number(form.get("dpi")) if isinstance(form, dict) else 0.0
        if 1 <= dpi <= 100_000:
            return dpi / 25.4
    return _DPI / 25.4


def _layer(layer: Any) -> str:
    """A layer's name: those of users are numbered."""
    if isinstance(layer, dict) and layer:
        name, value = next(iter(layer.items()))
        return f"{_camel(str(name))} {value}"
    return _camel(str(layer or "UserLayer"))


def _camel(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def _stroke(held: dict[str, Any], tool: str, builder: StrokeBuilder) -> Stroke | None:
    kind, body = next(iter(held.items()), ("", None))
    if not isinstance(body, dict):
        return None
    if kind == "brushstroke":
        points = list(_elements(body.get("path")))
    elif kind == "shapestroke":
        points = [(x, y, 0.5) for x, y in _outline(body.get("shape"))]
        tool = "shape"
        if not points:
            return None
    else:
        return None
    style = body.get("style")
    looks = list(style.values()) if isinstance(style, dict) else []
    look: dict[str, Any] = looks[0] if looks and isinstance(looks[0], dict) else {}
    color = look.get("stroke_color")
    parts = [_json.number(color.get(k, 1.0)) for k in "rgba"] if isinstance(color, dict) else []
    x, y, force = zip(*points, strict=True) if points else ((), (), ())
    return builder.stroke(
        x,
        y,
        None,
        force if tool != "shape" else None,
        tool=tool,
        color=rgba(*parts) if parts else None,
        width=_json.number(look.get("stroke_width")),
    )


def _elements(path: Any) -> Iterator[tuple[float, float, float]]:
    """The points of a path, of segments with or without their own start."""
    segments = path
    if isinstance(path, dict):
        if isinstance(path.get("start"), dict):
            yield _element(path["start"])
        segments = path.get("segments")
    first = not (isinstance(path, dict) and isinstance(path.get("start"), dict))
    last: tuple[float, float, float] | None = None
    for segment in segments if isinstance(segments, list) else []:
        body = next(iter(segment.values()), None) if isinstance(segment, dict) else None
        if not isinstance(body, dict):
            continue
        if "pos" in body:  # a dot is its element
            body = {"end": body}
        begin = body.get("start")
        if isinstance(begin, dict) and first:
            last = _element(begin)
            yield last
        first = False
        end = _element(body.get("end") or body.get("element"))
        control = [_pair(body[key]) for key in ("cp", "cp1", "cp2") if key in body]
        if control and last is not None:
            for x, y in bezier([last[:2], *control, end[:2]])[:-1]:
                yield x, y, end[2]
        yield end
        last = end


def _element(value: Any) -> tuple[float, float, float]:
    held = value if isinstance(value, dict) else {}
    x, y = _pair(held.get("pos"))
    return x, y, _json.number(held.get("pressure", 0.5))


def _pair(value: Any) -> tuple[float, float]:
    held = _json.numbers(value)
    return (held[0], held[1]) if len(held) >= 2 else (float("nan"), float("nan"))


def _outline(shape: Any) -> list[list[float]]:
    """The points of a line, an arrow, a polyline or a curve of the shape tool."""
    body = next(iter(shape.values()), None) if isinstance(shape, dict) else None
    if not isinstance(body, dict) or "start" not in body:
        return []
    start = list(_pair(body["start"]))
    if isinstance(body.get("path"), list):
        return [start, *(list(_pair(point)) for point in body["path"])]
    end = list(_pair(body.get("end", body.get("tip"))))
    control = [_pair(body[key]) for key in ("cp", "cp1", "cp2") if key in body]
    return [start, *(bezier([start, *control, end]) if control else [end])]
