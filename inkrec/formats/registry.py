"""The formats that there are, and which of them a file has."""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from types import MappingProxyType, ModuleType

from ..errors import FormatError
from ._files import HEAD, Source, name_of, peek, reading

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
            Format("unipen", "UNIPEN", (".unipen", ".unp", ".upn"), labels=True),
            Format("iam_ondb", "line of IAM-OnDB", writes=False),
            Format("svg", "SVG picture", (".svg",), reads=False, labels=True),
        )
    }
)
"""The formats by name."""

_ROOTS = {"ink": "inkml", "xournal": "xopp", "WhiteboardCaptureSession": "iam_ondb"}
_PROLOG = re.compile(r"(?:<\?.*?\?>|<!--.*?-->|<![A-Z][^>\[]*>|\s+)*", re.DOTALL)
_ROOT = re.compile(r"<(?:[\w.-]+:)?([A-Za-z]\w*)")
_UNIPEN = re.compile(r"^\s*\.[A-Z][A-Z_0-9]*(\s|$)", re.MULTILINE)


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
    chosen = _by_suffix(file) if format is None else _named(format)
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
    """The format of a file: by its suffix, or where that says nothing, by its content.

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
        If the suffix says nothing and the path does not exist.
    FormatError
        If neither tells.
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


def _by_suffix(file: Source) -> Format | None:
    name = (name_of(file) or "").lower()
    return next((f for f in FORMATS.values() if f.suffixes and name.endswith(f.suffixes)), None)


def _told(file: Source) -> tuple[Format, Source]:
    """The format that a file's name or content tells, and the file from its start."""
    unpacked = (name_of(file) or "").lower().removesuffix(".gz")
    for f in FORMATS.values():
        if f.suffixes and unpacked.endswith(f.suffixes):
            return f, file
    if isinstance(file, (str, PathLike)):
        with reading(file) as stream:
            head = stream.read(HEAD)
    else:
        head, file = peek(file)
    return FORMATS[_by_content(head, name_of(file))], file


def _by_content(head: bytes, file: str | None) -> str:
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = head.decode("utf-16" if wide else "latin-1", errors="replace")
    text = text.removeprefix("\u00ef\u00bb\u00bf").lstrip()
    if not text:
        raise FormatError("an empty file; expected ink", file=file)
    if text.startswith("{"):
        return "jsonl"
    if text.startswith("<"):
        prolog = _PROLOG.match(text)
        root = _ROOT.match(text, prolog.end() if prolog else 0)
        found = f"of <{root.group(1)}>" if root else f"without an element in its first {HEAD} bytes"
        if root and root.group(1) in _ROOTS:
            return _ROOTS[root.group(1)]
        expected = ", ".join(f"<{name}>" for name in _ROOTS)
        raise FormatError(f"XML {found}; expected {expected}", file=file)
    if _UNIPEN.search(text):
        return "unipen"
    formats = ", ".join(f.name for f in FORMATS.values() if f.reads)
    raise FormatError(f"content of no known format; expected one of {formats}", file=file)
