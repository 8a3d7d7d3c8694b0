"""Wacom's Universal Ink Model (``.uim``), versions 3.0 and 3.1.

RIFF with chunks of protocol buffers; of these the strokes' splines are read, with their
sizes and colours, and the time of their samples where the file keeps them. The messages
are those of Wacom's universal-ink-library, whose own reader needs a protobuf that is out
of date: here the wire format is read alone (https://protobuf.dev/programming-guides/encoding/).
"""

from __future__ import annotations

import lzma
import struct
import zlib
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from ..errors import FormatError
from ..ink.document import Document, DocumentPage, Layer
from ..ink.strokes import Ink, Stroke
from . import _files
from ._files import Source, name_of, reading
from ._report import Report
from ._strokes import StrokeBuilder
from ._style import rgba, tool_of
from ._wire import Fields, differences, fields_of, floats, last, varints

__all__ = ["read", "read_document"]

Array = npt.NDArray[np.float64]


def read(file: Source) -> Ink:
    """All strokes of a model.

    Raises
    ------
    FormatError
        If the file is no such model, or nothing of it can be read.

    Warns
    -----
    InkWarning
        If something is damaged and left out.
    """
    return read_document(file).ink()


def read_document(file: Source) -> Document:
    """A model as one page.

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
        data = stream.read()
    if data[:4] != b"RIFF" or data[8:12] != b"UINK":
        report.refuse_nothing()
        raise FormatError("expected a Universal Ink Model", file=name_of(file))
    builder = StrokeBuilder(report)
    version = (0, 0)
    ink_data, times = b"", dict[bytes, tuple[float, Array | None]]()
    packing = dict[int, int]()
    for i, (name, body) in enumerate(_chunks(data, report)):
        if name == b"HEAD":
            version = (body[0], body[1]) if len(body) > 1 else version
            packing = {n: body[4 + 8 * n + 4] for n in range((len(body) - 4) // 8)}
            continue
        content = _unpacked(body, packing.get(i - 1, 0), report)
        if name == b"INKD":
            ink_data = content
        elif name == b"INPT":
            times = _times(fields_of(content, report), 12)
        elif name == b"DATA":  # 3.0: all in one
            whole = fields_of(content, report)
            ink_data = last(whole, 2, b"")
            times = _times(fields_of(last(whole, 1, b""), report), 9)
    reader = _Strokes(builder, times)
    strokes = list(reader.of(fields_of(ink_data, report), three_one=version >= (3, 1)))
    ink = builder.ink(strokes, None)
    if not len(ink):
        report.refuse_nothing()
    report.tell()
    said = f"Wacom Universal Ink Model {version[0]}.{version[1]}"
    return Document((DocumentPage((Layer(ink),)),), None, said)


def _chunks(data: bytes, report: Report) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at + 8 <= len(data):
        name = data[at : at + 4]
        (size,) = struct.unpack_from("<I", data, at + 4)
        body = data[at + 8 : at + 8 + size]
        if len(body) < size:
            report.lost("what follows", f"the chunk {name!r} is cut off")
        yield name, body
        at += 8 + size + size % 2


def _unpacked(body: bytes, method: int, report: Report) -> bytes:
    try:
        if method == 1:
            return zlib.decompressobj().decompress(body, _files.MAX_BYTES)
        if method == 2:
            return lzma.LZMADecompressor().decompress(body, _files.MAX_BYTES)
    except (zlib.error, lzma.LZMAError) as error:
        report.lost("a chunk", f"it cannot be unpacked: {error}")
        return b""
    return body


def _times(inputs: Fields, text: int) -> dict[bytes, tuple[float, Array | None]]:
    """When each run of sensor data began (s), and the times of its samples after that."""
    silent = Report(None)
    clocks: dict[bytes, tuple[float, int]] = {}
    for held in inputs.get(1, []):
        for context in fields_of(held, silent).get(5, []) if isinstance(held, bytes) else []:
            for channels in fields_of(context, silent).get(2, []):
                for one in fields_of(channels, silent).get(2, []):
                    channel = fields_of(one, silent)
                    if b"imestamp" in last(channel, 2, b""):
                        (resolution,) = struct.unpack(
                            "<d", last(channel, 4, struct.pack("<d", 1.0))
                        )
                        clocks[last(channel, 1, b"")] = resolution, last(channel, 7, 0)
    times: dict[bytes, tuple[float, Array | None]] = {}
    for held in inputs.get(2, []):
        if not isinstance(held, bytes):
            continue
        data = fields_of(held, silent)
        ticks = None
        for one in data.get(5, []):
            channel = fields_of(one, silent)
            if (known := clocks.get(last(channel, 1, b""))) is not None:
                ticks = differences(channel, 2, min(known[1], 15)) / (known[0] or 1.0)
        times[last(data, 1, b"")] = last(data, 4, 0) / 1e3, ticks
    return times


class _Strokes:
    """The strokes of an ``InkData`` message."""

    def __init__(
        self, builder: StrokeBuilder, times: dict[bytes, tuple[float, Array | None]]
    ) -> None:
        self._builder = builder
        self._times = times

    def of(self, ink: Fields, *, three_one: bool) -> Iterator[Stroke | None]:
        brushes = [v.decode("utf-8", "replace") for v in ink.get(4, []) if isinstance(v, bytes)]
        looks = [v for v in ink.get(6, []) if isinstance(v, bytes)]
        for held in ink.get(1, []):
            if isinstance(held, bytes):
                fields = fields_of(held, self._builder.report)
                yield self._three_one(fields, brushes, looks) if three_one else self._three(fields)

    def _three_one(self, fields: Fields, brushes: list[str], looks: list[bytes]) -> Stroke | None:
        report = self._builder.report
        digits = last(fields, 2, 0)
        digits = digits >> 1 ^ -(digits & 1)
        if 6 in fields:
            spline = fields_of(last(fields, 6, b""), report)
            x, y = (differences(spline, n, digits & 15) for n in (1, 2))
            size = differences(spline, 8, digits >> 4 & 15)
        else:
            spline = fields_of(last(fields, 5, b""), report)
            x, y, size = (floats(spline, n) for n in (1, 2, 8))
        parts = [varints(spline, n) for n in (4, 5, 6, 7)]
        index = last(fields, 7, 0)
        look = fields_of(looks[index - 1] if 0 < index <= len(looks) else b"", report)
        color = None
        if all(parts[:3]):
            color = rgba(*(part[0] / 255 if part else 1.0 for part in parts))
        elif 1 in look:
            told = last(look, 1, 0)
            told = (told >> 1 ^ -(told & 1)) & 0xFFFFFFFF
            color = rgba(*(b / 255 for b in told.to_bytes(4, "big")))
        brush = last(fields, 9, 0)
        uri = brushes[brush - 1] if 0 < brush <= len(brushes) else ""
        uri = last(fields, 10, b"").decode("utf-8", "replace") or uri
        t = self._clock(fields, 15, 14, 16, len(x))
        return self._made(x, y, size, t, color, uri)

    def _three(self, fields: Fields) -> Stroke | None:
        x, y, size = (floats(fields, n) for n in (4, 5, 11))
        parts = [floats(fields, n) for n in (7, 8, 9, 10)]
        color = None
        if all(len(part) for part in parts[:3]):
            scale = 255.0 if max(float(part[0]) for part in parts if len(part)) > 1 else 1.0
            color = rgba(*(float(part[0]) / scale if len(part) else 1.0 for part in parts))
        style = fields_of(last(fields, 22, b""), Report(None))
        uri = last(style, 2, b"").decode("utf-8", "replace")
        return self._made(x, y, size, self._clock(fields, 20, 19, 21, len(x)), color, uri)

    def _clock(self, fields: Fields, data: int, offset: int, mapping: int, n: int) -> Array | None:
        """The times of a spline's points: its ends are doubled, and have no sample of their own."""
        began, ticks = self._times.get(last(fields, data, b""), (0.0, None))
        if ticks is None or not len(ticks):
            return None
        first = last(fields, offset, 0)
        at = np.array(varints(fields, mapping) or [], np.int64)
        if len(at) != n:
            at = np.arange(n) - 1 + first
        return began + ticks[np.clip(at, 0, len(ticks) - 1)] / 1e3

    def _made(
        self, x: Array, y: Array, size: Array, t: Array | None, color: str | None, uri: str
    ) -> Stroke | None:
        if len(x) != len(y):
            n = min(len(x), len(y))
            self._builder.report.lost("the end of a stroke", f"{len(x)} x and {len(y)} y")
            x, y, t = x[:n], y[:n], None
        if len(x) > 3 and x[0] == x[1] and y[0] == y[1]:  # control points outside the curve
            x, y, t = x[1:], y[1:], None if t is None else t[1:]
        if len(x) > 2 and x[-1] == x[-2] and y[-1] == y[-2]:
            x, y, t = x[:-1], y[:-1], None if t is None else t[:-1]
        tool = tool_of(uri.rpartition("/")[2])
        if tool == "pen" and color is not None and len(color) == 9 and int(color[7:], 16) < 160:
            tool = "highlighter"
        width = float(np.median(size)) if len(size) else None
        return self._builder.stroke(x, y, t, None, tool=tool, color=color, width=width)
