"""Pages of reMarkable's tablets (``.rm``): versions 3 and 5 here, version 6 through rmscene.

Units are the tablet's pixels of 226 dpi, y downward. A point tells its pressure; there is
no time. Strokes of the eraser and the highlighter are marked as such; typed text is left
out.
"""

from __future__ import annotations

import logging
import re
import struct
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import numpy as np

from .._checks import require
from ..errors import FormatError
from ..ink.document import Document, DocumentPage, Layer
from ..ink.strokes import Ink, Stroke
from ._files import Source, name_of, reading
from ._report import Report
from ._strokes import StrokeBuilder
from ._style import tool_of

__all__ = ["MAGIC", "UNITS_PER_MM", "read", "read_document"]

MAGIC = b"reMarkable .lines file, version="
"""How a page begins."""

UNITS_PER_MM = 226 / 25.4
"""Pixels in a millimetre."""

_HEAD = 43
_WIDTH, _HEIGHT = 1404.0, 1872.0
_PENS = {
    0: "brush", 12: "brush", 1: "pencil", 14: "pencil", 7: "pencil", 13: "pencil",
    3: "marker", 16: "marker", 5: "highlighter", 18: "highlighter", 23: "highlighter",
    6: "eraser", 8: "eraser", 21: "brush",
}  # fmt: skip
_COLORS = (
    "#000000", "#808080", "#ffffff", "#ffff00", "#00ff00", "#ff69b4", "#0062cc", "#d90707",
    "#808080", "#ffff00", "#91da71", "#74d2e8", "#c07fd2", "#fae719",
)  # fmt: skip


def read(file: Source) -> Ink:
    """All strokes of a page.

    Raises
    ------
    FormatError
        If the file is no such page, or nothing of it can be read.
    MissingExtraError
        If it is of version 6 and rmscene is not installed.

    Warns
    -----
    InkWarning
        If something is damaged and left out.
    """
    return read_document(file).ink()


def read_document(file: Source) -> Document:
    """A page with its layers.

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
    told = re.match(re.escape(MAGIC) + rb"(\d+)", data)
    if told is None:
        report.refuse_nothing()
        raise FormatError("expected a page of a reMarkable", file=name_of(file))
    version = int(told[1])
    builder = StrokeBuilder(report)
    if version == 6:
        layers = _version_6(data, builder)
    elif version in (3, 5):
        layers = list(_version_5(data, version, builder))
    else:
        raise FormatError(f"version {version} of reMarkable's pages; 3, 5 and 6 are read",
                          file=name_of(file))  # fmt: skip
    if not any(len(layer.ink) for layer in layers):
        report.refuse_nothing()
    report.tell()
    page = DocumentPage(tuple(layers), _WIDTH, _HEIGHT)
    return Document((page,), UNITS_PER_MM, f"reMarkable (version {version})")


def _version_5(data: bytes, version: int, builder: StrokeBuilder) -> Iterator[Layer]:
    """The layers of versions 3 and 5: counts of layers, strokes and points, and the points."""
    at = _HEAD
    strokes: list[Stroke | None] = []
    try:
        (n_layers,) = struct.unpack_from("<i", data, at)
        at += 4
        for _ in range(n_layers):
            (n_strokes,) = struct.unpack_from("<i", data, at)
            at += 4
            strokes = []
            for _ in range(n_strokes):
                pen, color, _, width = struct.unpack_from("<iiif", data, at)
                at += 20 if version == 5 else 16
                (n,) = struct.unpack_from("<i", data, at)
                at += 4
                if n < 0 or at + 24 * n > len(data):
                    raise struct.error
                table = np.frombuffer(data, "<f4", 6 * n, at).reshape(n, 6).astype(np.float64)
                at += 24 * n
                force = table[:, 5] if version == 5 else table[:, 2]
                strokes.append(_stroke(table, force, _PENS.get(pen, "pen"), color, width, builder))
            yield Layer(builder.ink(strokes, UNITS_PER_MM))
            strokes = []
    except struct.error:
        builder.report.lost("what follows", "the page is cut off")
        if strokes:
            yield Layer(builder.ink(strokes, UNITS_PER_MM))


def _stroke(
    table: Any, force: Any, tool: str, color: int, width: float, builder: StrokeBuilder
) -> Stroke | None:
    return builder.stroke(
        table[:, 0],
        table[:, 1],
        None,
        np.clip(force, 0, 1),
        tool=tool,
        color=_COLORS[color] if 0 <= color < len(_COLORS) else None,
        width=width,
    )


def _version_6(data: bytes, builder: StrokeBuilder) -> list[Layer]:
    rmscene = require("rmscene", "remarkable")
    logger = logging.getLogger("rmscene")
    level = logger.level
    logger.setLevel(logging.CRITICAL)  # what it cannot read is told in our own words
    try:
        tree = rmscene.SceneTree()
        rmscene.build_tree(tree, _blocks(rmscene, data, builder.report))
        groups = [child for child in tree.root.children.values() if hasattr(child, "children")]
        loose = [child for child in tree.root.children.values() if hasattr(child, "points")]
        layers = [_layer(group, builder) for group in groups]
        if loose:
            ink = builder.ink([_line(one, builder) for one in loose], UNITS_PER_MM)
            layers.append(Layer(ink))
        return layers
    except FormatError:
        raise
    except Exception as error:  # whatever rmscene stumbles over, this file is the cause
        builder.report.lost("what follows", f"{type(error).__name__}: {error}")
        builder.report.refuse_nothing()
        raise
    finally:
        logger.setLevel(level)


def _blocks(rmscene: Any, data: bytes, report: Report) -> Iterator[Any]:
    """The blocks of a page, up to where it is cut or damaged."""
    blocks = rmscene.read_blocks(BytesIO(data))
    while True:
        try:
            block = next(blocks, None)
        except Exception as error:  # as above
            report.lost("what follows", f"a damaged block: {error or type(error).__name__}")
            return
        if block is None:
            return
        if type(block).__name__ == "UnreadableBlock":
            report.lost("a block", str(getattr(block, "error", "it cannot be read"))[:200])
        else:
            yield block


def _layer(group: Any, builder: StrokeBuilder) -> Layer:
    strokes = [_line(one, builder) for one in _lines(group)]
    name = getattr(getattr(group, "label", None), "value", None)
    visible = getattr(getattr(group, "visible", None), "value", True)
    ink = builder.ink(strokes, UNITS_PER_MM)
    return Layer(ink, name if isinstance(name, str) else None, bool(visible))


def _lines(group: Any, depth: int = 0) -> Iterator[Any]:
    for child in group.children.values():
        if hasattr(child, "points"):
            yield child
        elif hasattr(child, "children") and depth < 32:
            yield from _lines(child, depth + 1)


def _line(line: Any, builder: StrokeBuilder) -> Stroke | None:
    points = [(p.x, p.y, p.pressure / 255, p.width) for p in line.points]
    if not points:
        return None
    x, y, force, width = np.array(points, np.float64).T
    code = int(getattr(line.tool, "value", -1))
    color = int(getattr(line.color, "value", -1))
    return builder.stroke(
        x + _WIDTH / 2,  # x counts from the middle
        y,
        None,
        np.clip(force, 0, 1),
        tool=_PENS.get(code) or tool_of(str(getattr(line.tool, "name", ""))),
        color=_COLORS[color] if 0 <= color < len(_COLORS) else None,
        width=float(np.median(width)) / 4,  # in quarters of a pixel
    )
