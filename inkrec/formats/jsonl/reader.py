"""Reading JSON lines: whole, or a sample at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ...errors import FormatError, InkError
from ...ink.samples import PenSample, pen_up_at
from ...ink.strokes import TOOLS, Ink, Stroke
from .._files import Source, name_of, reading
from .._labelled import Labelled
from .._report import Report
from .._strokes import StrokeBuilder
from .._style import color_of
from .records import Record, records

__all__ = [
    "Contents",
    "Recording",
    "iter_samples",
    "load",
    "read",
    "read_labelled",
]


class Recording(NamedTuple):
    """One ink of a file.

    Attributes
    ----------
    ink : Ink
    label : str or None
        The last text that was given for it.
    header : mapping
        What its header says: ``device`` and whatever else was put there.
    """

    ink: Ink
    label: str | None
    header: Mapping[str, Any]


class Contents(NamedTuple):
    """All of a file.

    Attributes
    ----------
    recordings : tuple of Recording
    truncated : bool
        Whether the last line was cut off, and so left out.
    """

    recordings: tuple[Recording, ...]
    truncated: bool


def load(file: Source) -> Contents:
    """All inks of a file, and whether its end was cut off.

    Parameters
    ----------
    file : path or binary file

    Raises
    ------
    FormatError
        If the file is empty or is not JSON lines of this format. A last line that was
        cut off is no error.

    Warns
    -----
    InkWarning
        If a line is damaged and left out, or time is mended.
    """
    report = Report(file)
    contents = _load(file, report)
    report.tell()
    return contents


def _load(file: Source, report: Report) -> Contents:
    name = name_of(file)
    builder = StrokeBuilder(report)
    found: list[Recording] = []
    open_: _Open | None = None
    truncated = False
    with reading(file, report) as stream:
        for record in records(stream, name, report):
            if record.kind == "truncated":
                truncated = True
            elif record.kind == "header":
                if open_ is not None:
                    found.append(open_.close())
                open_ = _Open(record.value, builder)
            elif open_ is not None:
                open_.take(record)
    if open_ is not None:
        found.append(open_.close())
    if not any(len(recording.ink) for recording in found):
        report.refuse_nothing()
    return Contents(tuple(found), truncated)


def _told(file: Source) -> tuple[Recording, ...]:
    """All inks, and a warning of a last line that was cut off."""
    report = Report(file)
    contents = _load(file, report)
    if contents.truncated:
        report.mended("the last line was cut off and is left out")
    report.tell()
    return contents.recordings


def read(file: Source) -> Ink:
    """The ink of a file that holds one.

    Parameters
    ----------
    file : path or binary file

    Raises
    ------
    FormatError
        As `load`; or if the file holds several inks.
    """
    found = _told(file)
    if len(found) > 1:
        raise FormatError(
            f"{len(found)} inks; read_labelled gives them one by one", file=name_of(file)
        )
    return found[0].ink


def read_labelled(file: Source) -> list[Labelled]:
    """The inks of a file with their texts.

    Raises
    ------
    FormatError
        As `load`.
    """
    return [Labelled(ink, label) for ink, label, _ in _told(file)]


def iter_samples(file: Source) -> Iterator[PenSample]:
    """The samples of a file that holds one ink, as they came, hovering ones too.

    Nothing is read ahead: a recording of any length takes the memory of a line.
    A ``stroke`` ends in a sample that does not touch, and so do the samples that touch
    in front of one; without time its samples come as those of `Ink.samples`.

    Parameters
    ----------
    file : path or binary file

    Yields
    ------
    PenSample

    Raises
    ------
    FormatError
        As `read`, when the bad line is reached.
    """
    name = name_of(file)
    clock = 0.0
    headers = 0
    down: PenSample | None = None
    with reading(file) as stream:
        for record in records(stream, name):
            if record.kind == "header":
                headers += 1
                if headers > 1:
                    raise FormatError(
                        "a second ink; samples are of one", file=name, line=record.line
                    )
            elif record.kind == "stroke":
                if down is not None:
                    yield pen_up_at(down)
                    down = None
                samples = list(Ink([_stroke(record, name)]).samples())
                if record.value and record.value[0][0] is None:
                    samples = [s._replace(t=s.t + clock) for s in samples]
                    clock = samples[-1].t + 0.1
                yield from samples
            elif record.kind in ("down", "hover"):
                for t, x, y, pressure in record.value:
                    sample = PenSample(t, x, y, pressure, record.kind == "down")
                    down = sample if sample.touching else None
                    yield sample


class _Open:
    """An ink whose lines are being read."""

    def __init__(self, header: dict[str, Any], builder: StrokeBuilder) -> None:
        self._header = header
        self._builder = builder
        self._label: str | None = None
        self._strokes: list[Stroke | None] = []
        self._run: list[Any] = []
        self._line = 0

    def take(self, record: Record) -> None:
        if record.kind == "down":
            self._run += record.value
            self._line = record.line
            return
        if record.kind == "label":
            self._label = record.value
            return
        self._end()
        if record.kind == "stroke":
            self._strokes.append(self._stroke(record))

    def close(self) -> Recording:
        self._end()
        header = {k: v for k, v in self._header.items() if k not in ("format", "version")}
        ink = self._builder.ink(self._strokes, header.pop("units_per_mm", None))
        return Recording(ink, self._label, header)

    def _end(self) -> None:
        if self._run:
            self._strokes.append(self._stroke(Record("down", self._run, self._line)))
            self._run = []

    def _stroke(self, record: Record) -> Stroke | None:
        t, x, y, pressure = zip(*record.value, strict=True)
        style = record.style
        tool = style.get("tool", "pen")
        color = style.get("color")
        width = style.get("width")
        return self._builder.stroke(
            x,
            y,
            None if None in t else t,
            None if None in pressure else pressure,
            tool=tool if tool in TOOLS else "pen",
            color=color_of(color) if isinstance(color, str) else None,
            width=float(width) if isinstance(width, (int, float)) else None,
            line=record.line,
        )


def _stroke(record: Record, file: str | None) -> Stroke:
    t, x, y, pressure = zip(*record.value, strict=True)
    try:
        return Stroke(x, y, None if None in t else t, None if None in pressure else pressure)
    except InkError as error:
        raise FormatError(str(error), file=file, line=record.line) from None
