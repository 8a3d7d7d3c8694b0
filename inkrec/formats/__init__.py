"""Reading and writing ink as other programs keep it.

========== ======================= ===== ====== ====== ======= ======================
name       suffixes                reads writes labels several what
========== ======================= ===== ====== ====== ======= ======================
inkml      .inkml                  yes   yes    yes    yes     W3C InkML
jsonl      .jsonl                  yes   yes    yes    yes     JSON lines, recordings
xopp       .xopp .xoj              yes   yes                   Xournal++ notebooks
rnote      .rnote                  yes                         Rnote notebooks
tldraw     .writing .drawing .tldr yes                         tldraw, Obsidian Ink
excalidraw .excalidraw .excalidraw.md yes                      Excalidraw
iink       .jiix                   yes          yes            MyScript iink, JIIX
remarkable .rm                     yes                         reMarkable
uim        .uim                    yes                         Wacom Universal Ink
unipen     .unipen .unp .upn       yes   yes    yes            UNIPEN
iam_ondb   (XML)                   yes                         lines of IAM-OnDB
quickdraw  .ndjson                 yes          yes            Quick, Draw!
csv        .csv .tsv .svc          yes                         tables of points
svg        .svg .svgz              yes   yes    yes            SVG, Stylus Labs Write
========== ======================= ===== ====== ====== ======= ======================

The first bytes tell the format, and the suffix where they do not. What of a file is damaged
is left out, and the rest is read: an `InkWarning` says what is missing.

A format is a module or a folder of them, loaded when it is first used. Everything is bounded:
a file of more than 256 MiB after decompression is refused, as is one nested too
deep, and entities are never expanded.

A *label* is the text that ink stands for. `read_labelled` and `write_labelled` take
files that hold *several* inks with their texts, which `read` refuses where it cannot
tell them apart. A file is replaced when the new one is whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import ModuleType

from ..errors import FormatError, InkError
from ..ink.document import Document, DocumentPage, Layer
from ..ink.samples import PenSample
from ..ink.strokes import Ink
from ._files import Source, name_of
from ._labelled import Labelled, worded
from .registry import FORMATS, Format, detect, reader_of, target

__all__ = [
    "FORMATS",
    "Format",
    "Labelled",
    "detect",
    "iter_samples",
    "read",
    "read_document",
    "read_labelled",
    "target",
    "write",
    "write_labelled",
]


def read(
    file: Source, format: str | None = None, *, page: int | None = None, layer: int | None = None
) -> Ink:
    """Read ink.

    Parameters
    ----------
    file : path or binary file
        It may be gzip.
    format : str, optional
        A name in `FORMATS`. By default the content tells, and where it says nothing, the
        suffix.
    page, layer : int, optional
        One page, or one layer of each page, from 1; all by default, each page below the
        one before.

    Returns
    -------
    Ink
        y downward, time in s. Strokes of highlighters and erasers are marked as such by
        their ``tool``.

    Raises
    ------
    FileNotFoundError
        If the path does not exist.
    FormatError
        If nothing of the file can be read, or it has no such page or layer: the file's
        name, the line, what was expected.

    Warns
    -----
    InkWarning
        If something of the file was left out or mended.

    Examples
    --------
    >>> import io
    >>> read(io.BytesIO(b"<ink><trace>0 0, 3 4</trace></ink>"))
    <Ink of 1 strokes, 2 points>
    """
    module, file = reader_of(file, format)
    if page is None and layer is None:
        ink: Ink = module.read(file)
        return ink
    document = _document(module, file)
    try:
        return document.ink(page, layer)
    except InkError as error:
        raise FormatError(str(error), file=name_of(file)) from None


def read_document(file: Source, format: str | None = None) -> Document:
    """Read the pages and layers of a file, as the file has them.

    Parameters
    ----------
    file, format
        As for `read`.

    Returns
    -------
    Document
        A file of a format without pages is one page of one layer.

    Raises
    ------
    FileNotFoundError, FormatError
        As `read`.

    Warns
    -----
    InkWarning
        As `read`.
    """
    return _document(*reader_of(file, format))


def _document(module: ModuleType, file: Source) -> Document:
    if hasattr(module, "read_document"):
        document: Document = module.read_document(file)
        return document
    ink: Ink = module.read(file)
    return Document((DocumentPage((Layer(ink),)),), ink.units_per_mm)


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
    module, file = reader_of(file, format)
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
    module, file = reader_of(file, format)
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
