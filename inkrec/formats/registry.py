"""The formats that there are, and which of them a file has."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from types import MappingProxyType, ModuleType

from ..errors import FormatError
from ._files import HEAD, Source, name_of, peek, reading
from ._json import decoded
from ._report import Report
from ._sniff import sniffed

__all__ = ["FORMATS", "Format", "detect", "reader_of", "target"]


@dataclass(frozen=True, slots=True)
class Format:
    """What a format can do.

    Attributes
    ----------
    name : str
        Also of its module here.
    title : str
    suffixes : tuple of str
    reads, writes : bool
    labels : bool
        Whether it holds the text of the ink.
    several : bool
        Whether it is written with several inks.
    """

    name: str
    title: str
    suffixes: tuple[str, ...] = ()
    reads: bool = True
    writes: bool = True
    labels: bool = False
    several: bool = False

    def module(self) -> ModuleType:
        """The module, loaded now if it was not."""
        return importlib.import_module(f".{self.name}", __package__)


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        f.name: f
        for f in (
            Format("inkml", "W3C InkML", (".inkml",), labels=True, several=True),
            Format("jsonl", "JSON lines, recordings", (".jsonl",), labels=True, several=True),
            Format("xopp", "Xournal++ notebook", (".xopp", ".xoj")),
            Format("rnote", "Rnote notebook", (".rnote",), writes=False),
            Format(
                "tldraw", "tldraw, Obsidian Ink", (".writing", ".drawing", ".tldr"), writes=False
            ),
            Format(
                "excalidraw", "Excalidraw drawing", (".excalidraw", ".excalidraw.md"), writes=False
            ),
            Format("iink", "MyScript iink strokes, JIIX", (".jiix",), writes=False, labels=True),
            Format("remarkable", "reMarkable page", (".rm",), writes=False),
            Format("uim", "Wacom Universal Ink Model", (".uim",), writes=False),
            Format("unipen", "UNIPEN", (".unipen", ".unp", ".upn"), labels=True),
            Format("iam_ondb", "line of IAM-OnDB", writes=False),
            Format("quickdraw", "Quick, Draw! drawings", (".ndjson",), writes=False, labels=True),
            Format("csv", "table of points", (".csv", ".tsv", ".svc"), writes=False),
            Format("svg", "SVG, Stylus Labs Write", (".svg", ".svgz"), labels=True),
        )
    }
)
"""The formats by name."""


def target(file: Source, format: str | None = None) -> Format:
    """The format that a file is to be written in.

    Parameters
    ----------
    file, format
        As for `write`.

    Raises
    ------
    FormatError
        If it is not told or not written.
    """
    chosen = _by_suffix(name_of(file)) if format is None else _named(format)
    written = [f for f in FORMATS.values() if f.writes]
    if chosen is None:
        if name_of(file) is None:
            names = ", ".join(f.name for f in written)
            raise FormatError(f"no name tells the format; give format=, one of {names}")
        suffixes = " ".join(suffix for f in written for suffix in f.suffixes)
        raise FormatError(
            f"the name tells no format; end it in one of {suffixes}", file=name_of(file)
        )
    if not chosen.writes:
        names = ", ".join(f.name for f in written)
        raise FormatError(f"{chosen.name} is only read, not written; write {names}")
    return chosen


def detect(file: Source) -> str:
    """The format of a file: by its content, or where that says nothing, by its suffix.

    Parameters
    ----------
    file : path or seekable binary file
        A file object is left where it was.

    Returns
    -------
    str
        A name in `FORMATS`.

    Raises
    ------
    FileNotFoundError
        If the path does not exist.
    FormatError
        If neither tells, or the file is one of another program's that is not read.
    """
    start = None if isinstance(file, (str, PathLike)) else file.tell()
    found, _ = _told(file)
    if start is not None:
        file.seek(start)  # type: ignore[union-attr]
    return found.name


def reader_of(file: Source, format: str | None) -> tuple[ModuleType, Source]:
    """The module that reads a file, and the file from its start.

    Raises
    ------
    FileNotFoundError, FormatError
        As `detect`; or if the format is only written.
    """
    if format is None:
        chosen, file = _told(file)
    else:
        chosen = _named(format)
    if not chosen.reads:
        raise FormatError(f"{chosen.name} is only written, not read", file=name_of(file))
    return chosen.module(), file


def _named(format: str) -> Format:
    if format not in FORMATS:
        raise FormatError(f"no format {format!r}; there are {', '.join(FORMATS)}")
    return FORMATS[format]


def _by_suffix(name: str | None) -> Format | None:
    low = (name or "").lower().removesuffix(".gz")
    return next((f for f in FORMATS.values() if f.suffixes and low.endswith(f.suffixes)), None)


def _told(file: Source) -> tuple[Format, Source]:
    """The format that a file's content or name tells, and the file from its start."""
    name = name_of(file)
    report = Report(file)  # damage is told by who reads it
    if isinstance(file, (str, PathLike)):
        with reading(file, report) as stream:
            head = stream.read(HEAD)
    else:
        head, file = peek(file, report)
    by_name = _by_suffix(name)
    try:
        found = sniffed(head, name)
    except FormatError:
        if by_name is None or by_name.name == "inkml":
            raise
        found = None
    if found is not None:
        return FORMATS[found], file
    if by_name is not None:
        return by_name, file
    report.refuse_nothing()
    if not decoded(head).strip("\ufeff \t\r\n\0"):
        raise FormatError("an empty file; expected ink", file=name)
    titles = "; ".join(f.title for f in FORMATS.values() if f.reads)
    raise FormatError(f"content of no known format; these are read: {titles}", file=name)
