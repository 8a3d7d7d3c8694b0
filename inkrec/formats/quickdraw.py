"""Google's Quick, Draw! (``.ndjson``): a drawing a line, raw or simplified.

A drawing is strokes of columns x, y and, in the raw files, t in ms. Each is a page here;
its ``word`` is its label.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ..errors import FormatError
from ..ink.document import Document, DocumentPage, Layer
from ..ink.strokes import Ink
from . import _json
from ._files import Source, name_of, reading
from ._labelled import Labelled
from ._report import Report
from ._strokes import StrokeBuilder

__all__ = ["read", "read_document", "read_labelled"]

_LONGEST = 16 << 20


def read(file: Source) -> Ink:
    """The strokes of all drawings, each below the one before.

    Raises
    ------
    FormatError
        If the file holds no drawing.

    Warns
    -----
    InkWarning
        If something is damaged and left out.
    """
    return read_document(file).ink()


def read_document(file: Source) -> Document:
    """The drawings of a file as pages.

    Raises
    ------
    FormatError
        As `read`.

    Warns
    -----
    InkWarning
        As `read`.
    """
    pages = [DocumentPage((Layer(ink),), name=label) for ink, label in read_labelled(file)]
    return Document(tuple(pages), None, "Quick, Draw!")


def read_labelled(file: Source) -> list[Labelled]:
    """The drawings of a file with their words.

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
    builder = StrokeBuilder(report)
    items = []
    for number, line in _lines(file, report):
        drawing = line.get("drawing")
        if not isinstance(drawing, list):
            report.lost("a line", "no drawing in it", number)
            continue
        strokes = []
        for held in drawing:
            columns = [_json.numbers(c) for c in held] if isinstance(held, list) else []
            if len(columns) < 2:
                report.lost("a stroke", "expected columns x, y and t", number)
                continue
            n = min(map(len, columns[:2]))
            t = [v / 1e3 for v in columns[2][:n]] if len(columns) > 2 else None
            t = t if t is not None and len(t) == n else None
            strokes.append(
                builder.stroke(columns[0][:n], columns[1][:n], t, line=number)
            )  # fmt: skip
        word = line.get("word")
        items.append(Labelled(builder.ink(strokes), word if isinstance(word, str) else None))
    if not any(len(item.ink) for item in items):
        report.refuse_nothing()
    report.tell()
    return items


def _lines(file: Source, report: Report) -> Iterator[tuple[int, dict[str, Any]]]:
    found = False
    with reading(file, report) as stream:
        number = 0
        while raw := stream.readline(_LONGEST + 1):
            number += 1
            if len(raw) > _LONGEST:
                raise FormatError(
                    f"a line of more than {_LONGEST >> 20} MiB", file=name_of(file), line=number
                )
            text = _json.decoded(raw).strip()
            if not text:
                continue
            found = True
            try:
                value = json.loads(text)
            except (ValueError, RecursionError) as error:
                report.lost("a line", f"expected a JSON object: {error}", number)
                continue
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, dict):
                    yield number, one
    if not found:
        report.refuse_nothing()
        raise FormatError("an empty file; expected drawings", file=name_of(file))
