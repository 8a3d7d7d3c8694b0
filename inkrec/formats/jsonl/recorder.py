"""Writing JSON lines: a line at a time, each whole before the next."""

from __future__ import annotations

import json
import math
import os
import sys
from os import PathLike
from types import TracebackType
from typing import Any, BinaryIO, Self

from ...errors import FormatError, InkError
from ...ink.samples import PenSample, as_sample, positive
from ...ink.strokes import Stroke
from .._files import Source, naming
from .._labelled import worded
from .records import FORMAT, MAX_LINE, VERSION, records

__all__ = ["Recorder", "close_up", "header_line", "label_line", "stroke_line"]


class Recorder:
    """Writes pen samples as they come; what is written survives the writer's end.

    Parameters
    ----------
    file : path or binary file
        A path must not exist yet, unless ``append``. A file object is left open.
    units_per_mm : float, optional
    device : str, optional
        What wrote: kept in the header.
    append : bool
        Whether to add another ink to a file that may exist. A last line that was cut
        off is removed first.

    Raises
    ------
    FileExistsError
        If the path exists.
    FormatError
        If it is to be added to and is no regular file, or not of this format.
    InkError
        If ``units_per_mm`` is not a positive number.

    Examples
    --------
    >>> import io
    >>> file = io.BytesIO()
    >>> with Recorder(file, units_per_mm=100) as recorder:
    ...     recorder.append(PenSample(0.5, 10, 20, 0.25))
    ...     recorder.append(PenSample(0.508, 10.5, 20, touching=False))
    >>> print(file.getvalue().decode(), end="")
    {"format": "inkrec", "version": 1, "units_per_mm": 100}
    {"down": [[0.5, 10, 20, 0.25]]}
    {"hover": [[0.508, 10.5, 20]]}
    """

    def __init__(
        self,
        file: Source,
        *,
        units_per_mm: float | None = None,
        device: str | None = None,
        append: bool = False,
    ) -> None:
        line = header_line(units_per_mm, device)
        self._name = file
        self._owned = isinstance(file, (str, PathLike))
        self._last = -math.inf
        if append:
            close_up(file)
        if isinstance(file, (str, PathLike)):
            self._file: BinaryIO = open(file, "ab" if append else "xb")  # noqa: SIM115
        else:
            self._file = file
        self._write(line)

    def append(self, sample: PenSample) -> None:
        """Write a sample and flush it.

        Raises
        ------
        InkError
            If it is not finite, its pressure lies outside 0 to 1 or its time is before
            the last one's. Nothing is written then.
        """
        t, x, y, pressure, touching = as_sample(sample)
        for name, value in (("t", t), ("x", x), ("y", y)):
            if not abs(value) <= sys.float_info.max:
                raise InkError(f"{name} is {value}; it must be finite")
        if pressure is not None and not 0 <= pressure <= 1:
            raise InkError(f"pressure is {pressure}; it must lie in 0 to 1")
        if t < self._last:
            raise InkError(f"t = {t} comes after {self._last}; time must not run backwards")
        values = (t, x, y) if pressure is None else (t, x, y, pressure)
        self._write(_line("down" if touching else "hover", [[_exact(v) for v in values]]))
        self._last = t

    def label(self, text: str) -> None:
        """Write the text of the ink; a later one corrects it."""
        self._write(label_line(text))

    def close(self) -> None:
        """Close the file, if it was opened here."""
        if self._owned:
            with naming(self._name):
                self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _write(self, line: str) -> None:
        with naming(self._name):
            self._file.write(line.encode())
            self._file.flush()


def header_line(units_per_mm: float | None, device: str | None = None) -> str:
    """The line that opens an ink."""
    header: dict[str, Any] = {"format": FORMAT, "version": VERSION}
    if units_per_mm is not None:
        header["units_per_mm"] = _exact(positive("units_per_mm", units_per_mm, optional=True))
    if device is not None:
        header["device"] = device
    return _dumps(header)


def stroke_line(stroke: Stroke) -> str:
    """The line of a whole stroke."""
    n = len(stroke)
    t = [None] * n if stroke.t is None else stroke.t.tolist()
    columns = [t, stroke.x.tolist(), stroke.y.tolist()]
    if stroke.pressure is not None:
        columns.append(stroke.pressure.tolist())
    points = [[_exact(v) for v in point] for point in zip(*columns, strict=True)]
    style = {
        "tool": None if stroke.tool == "pen" else stroke.tool,
        "color": stroke.color,
        "width": _exact(stroke.width),
    }
    return _dumps({"stroke": points, **{k: v for k, v in style.items() if v is not None}})


def label_line(text: str) -> str:
    """The line of a text.

    Raises
    ------
    InkError
        If it is no text, or holds half a surrogate pair, which no file can.
    """
    return _line("label", worded(text))


def close_up(file: Source) -> None:
    """Make a file end in a whole line, so that one can be added.

    A last line that was cut off is removed.

    Raises
    ------
    FormatError
        If it is no regular file, or not of this format; it is left as it is.
    """
    if not isinstance(file, (str, PathLike)) or not os.path.exists(file):
        return
    if not os.path.isfile(file):  # a device or a pipe may never come to its end
        raise FormatError("no regular file, so nothing is added to it; name another", file=file)
    with open(file, "r+b") as stream:
        end = stream.seek(0, os.SEEK_END)
        stream.seek(0)
        if end:
            next(records(stream, os.fspath(file)))
        stream.seek(max(0, end - MAX_LINE))
        tail = stream.read()
        last = tail[tail.rfind(b"\n") + 1 :]
        try:
            whole = isinstance(json.loads(last), dict)
        except ValueError:
            whole = False
        if whole:
            stream.write(b"\n")
        else:
            stream.truncate(end - len(last))


def _line(kind: str, value: Any) -> str:
    return _dumps({kind: value})


def _dumps(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        found = text[error.start]
        raise InkError(f"the text holds {found!r}, half a surrogate pair; remove it") from None
    return text + "\n"


def _exact(value: float | None) -> float | int | None:
    """The number as JSON holds it best: whole numbers without their point."""
    if value is None or not float(value).is_integer() or abs(value) >= 2**53:
        return value if value is None else float(value)
    return int(value) if value or math.copysign(1, value) > 0 else float(value)
