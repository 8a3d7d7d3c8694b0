"""JSON lines: ink as text that is only ever added to, and the format of recordings.

A line is one JSON object, in one of five kinds::

    {"format": "inkrec", "version": 1, "units_per_mm": 100, "device": "Wacom"}
    {"stroke": [[0, 10, 20, 0.4], [0.008, 10.5, 20.25, 0.5]]}
    {"down": [[1.2, 30, 20, 0.3]]}
    {"hover": [[1.208, 31, 20]]}
    {"label": "Dear Ada"}

A header opens an ink; another header opens the next ink of the file. ``stroke`` is
a whole stroke. ``down`` are samples that touch, one or more, and make one stroke until
samples that ``hover``, a ``stroke`` or a header. A sample is ``[t, x, y]`` or ``[t, x, y,
pressure]``: t in s and never running backwards within an ink (null in ink without
time), y downward, pressure 0 to 1. ``label`` is the text of the ink; a later one
corrects it. A header may hold further keys, which are kept.

Every line is written whole and flushed, so a file whose writer was killed is
readable up to its last whole line: a last line that was cut off is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ..errors import FormatError, InkError
from ..ink.samples import PenSample, pen_up_at
from ..ink.strokes import Ink, Stroke
from ._files import Source, name_of, reading, save
from ._jsonl_recorder import Recorder, close_up, header_line, label_line, stroke_line
from ._jsonl_records import Record, records
from ._labelled import Labelled, some

__all__ = [
    "Contents",
    "Recorder",
    "Recording",
    "iter_samples",
    "load",
    "read",
    "read_labelled",
    "write",
    "write_labelled",
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
        If the file is empty, is not JSON lines of this format, or holds ink that
        cannot be. A last line that was cut off is no error.
    """
    name = name_of(file)
    found: list[Recording] = []
    open_: _Open | None = None
    truncated = False
    with reading(file) as stream:
        for record in records(stream, name):
            if record.kind == "truncated":
                truncated = True
            elif record.kind == "header":
                if open_ is not None:
                    found.append(open_.close())
                open_ = _Open(record.value, name)
            elif open_ is not None:
                open_.take(record)
    if open_ is not None:
        found.append(open_.close())
    return Contents(tuple(found), truncated)


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
    found = load(file).recordings
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
    return [Labelled(ink, label) for ink, label, _ in load(file).recordings]


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


def write(file: Source, ink: Ink, *, label: str | None = None, append: bool = False) -> None:
    """Write ink so that it reads back equal.

    Parameters
    ----------
    file : path or binary file
    ink : Ink
    label : str, optional
        Its text.
    append : bool
        Whether to add to a file's end rather than replace it.
    """
    write_labelled(file, [(ink, label)], append=append)


def write_labelled(
    file: Source, items: Iterable[tuple[Ink, str | None]], *, append: bool = False
) -> None:
    """Write several inks with their texts; see `write`.

    Raises
    ------
    FormatError
        If there is no ink.
    """
    lines = []
    for ink, label in some(items, name_of(file)):
        lines.append(header_line(ink.units_per_mm))
        lines += map(stroke_line, ink)
        if label is not None:
            lines.append(label_line(label))
    data = "".join(lines).encode()
    if append:
        close_up(file)
    save(file, data, append=append)


class _Open:
    """An ink whose lines are being read."""

    def __init__(self, header: dict[str, Any], file: str | None) -> None:
        self._header = header
        self._file = file
        self._label: str | None = None
        self._strokes: list[Stroke] = []
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
            self._strokes.append(_stroke(record, self._file))

    def close(self) -> Recording:
        self._end()
        header = {k: v for k, v in self._header.items() if k not in ("format", "version")}
        try:
            ink = Ink(self._strokes, header.pop("units_per_mm", None))
        except InkError as error:
            raise FormatError(str(error), file=self._file) from None
        return Recording(ink, self._label, header)

    def _end(self) -> None:
        if self._run:
            self._strokes.append(_stroke(Record("down", self._run, self._line), self._file))
            self._run = []


def _stroke(record: Record, file: str | None) -> Stroke:
    t, x, y, pressure = zip(*record.value, strict=True)
    try:
        return Stroke(x, y, None if None in t else t, None if None in pressure else pressure)
    except InkError as error:
        raise FormatError(str(error), file=file, line=record.line) from None
