"""Reading and writing ink as other programs keep it.

======== =================== ===== ====== ====== ======= ======================
name     suffixes            reads writes labels several what
======== =================== ===== ====== ====== ======= ======================
inkml    .inkml              yes   yes    yes    yes     W3C InkML
jsonl    .jsonl              yes   yes    yes    yes     JSON lines, recordings
xopp     .xopp .xoj          yes   yes                   Xournal++ notebooks
unipen   .unipen .unp .upn   yes   yes    yes            UNIPEN
iam_ondb (XML)               yes                         lines of IAM-OnDB
svg      .svg                      yes    yes            pictures
======== =================== ===== ====== ====== ======= ======================

A format is a plain module, loaded when it is first used. Everything is bounded:
a file of more than 256 MiB after decompression is refused, as is one nested too
deep, and entities are never expanded.

A *label* is the text that ink stands for. `read_labelled` and `write_labelled` take
files that hold *several* inks with their texts, which `read` refuses where it cannot
tell them apart. A file is replaced when the new one is whole.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from os import PathLike
from types import MappingProxyType, ModuleType

from ..errors import FormatError, InkError
from ..ink.samples import PenSample
from ..ink.strokes import Ink
from ._files import HEAD, Source, name_of, peek, reading
from ._labelled import Labelled, worded

__all__ = [
    "FORMATS",
    "Format",
    "Labelled",
    "detect",
    "iter_samples",
    "read",
    "read_labelled",
    "target",
    "write",
    "write_labelled",
]


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
        return importlib.import_module(f".{self.name}", __name__)


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


def read(file: Source, format: str | None = None) -> Ink:
    """Read ink.

    Parameters
    ----------
    file : path or binary file
        InkML, JSON lines and notebooks may be gzip.
    format : str, optional
        A name in `FORMATS`. By default the suffix tells, and where it says nothing,
        the content.

    Returns
    -------
    Ink
        y downward, time in s.

    Raises
    ------
    FileNotFoundError
        If the path does not exist.
    FormatError
        If the file is not what it should be: its name, the line, what was expected.

    Examples
    --------
    >>> import io
    >>> read(io.BytesIO(b"<ink><trace>0 0, 3 4</trace></ink>"))
    <Ink of 1 strokes, 2 points>
    """
    module, file = _reader(file, format)
    ink: Ink = module.read(file)
    return ink


def read_labelled(file: Source, format: str | None = None) -> list[Labelled]:
    """Read every ink of a file, with its text where the file has it.

    Parameters
    ----------
    file, format
        As for `read`.

    Returns
    -------
    list of Labelled
        Pairs ``(ink, label)``; the label is None where there is none.

    Raises
    ------
    FileNotFoundError, FormatError
        As `read`.
    """
    module, file = _reader(file, format)
    if hasattr(module, "read_labelled"):
        return list(module.read_labelled(file))
    return [Labelled(module.read(file))]


def iter_samples(file: Source, format: str | None = None) -> Iterator[PenSample]:
    """The samples of a file in order, as a pen would say them.

    A recording gives them as they came, hovering ones too, and reads no further
    than it has to; other files give those of `Ink.samples`.

    Parameters
    ----------
    file, format
        As for `read`.

    Yields
    ------
    PenSample

    Raises
    ------
    FileNotFoundError, FormatError
        As `read`, where they are met.
    """
    module, file = _reader(file, format)
    if hasattr(module, "iter_samples"):
        return iter(module.iter_samples(file))
    ink: Ink = module.read(file)
    return ink.samples()


def write(file: Source, ink: Ink, format: str | None = None, *, label: str | None = None) -> None:
    """Write ink.

    Parameters
    ----------
    file : path or binary file
    ink : Ink
    format : str, optional
        A name in `FORMATS`; by default the suffix tells.
    label : str, optional
        Its text.

    Raises
    ------
    FormatError
        If the format is not told or not written, or cannot hold the text.
    InkError
        If ``label`` is no text.
    """
    if not isinstance(ink, Ink):
        raise InkError(f"{ink!r} is no Ink; give inkrec.Ink(strokes)")
    chosen = target(file, format)
    if label is None:
        chosen.module().write(file, ink)
        return
    if not chosen.labels:
        names = ", ".join(f.name for f in FORMATS.values() if f.writes and f.labels)
        raise FormatError(f"{chosen.name} holds no text; write {names}", file=name_of(file))
    chosen.module().write(file, ink, label=worded(label))


def write_labelled(
    file: Source,
    items: Iterable[tuple[Ink, str | None]],
    format: str | None = None,
    *,
    append: bool = False,
) -> None:
    """Write several inks with their texts: InkML or JSON lines.

    Parameters
    ----------
    file, format
        As for `write`.
    items : iterable of (Ink, str or None)
    append : bool
        Whether to add to what the file holds, as JSON lines can, rather than replace it.

    Raises
    ------
    FormatError
        As `write`; or if there is no ink, the format holds one only or cannot be added to.
    InkError
        If an item is no ink and its text.
    """
    chosen = target(file, format)
    if not chosen.several:
        names = " or ".join(f.name for f in FORMATS.values() if f.several)
        raise FormatError(
            f"{chosen.name} holds one ink; use {names} for several", file=name_of(file)
        )
    if not append:
        chosen.module().write_labelled(file, items)
    elif chosen.name == "jsonl":
        chosen.module().write_labelled(file, items, append=True)
    else:
        raise FormatError(f"{chosen.name} cannot be added to; use jsonl", file=name_of(file))


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


def _reader(file: Source, format: str | None) -> tuple[ModuleType, Source]:
    """The module that reads a file, and the file from its start."""
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
