"""Files as the command line names them, and what it says of them on standard error."""

from __future__ import annotations

import argparse
import codecs
import io
import json
import shlex
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO, TextIO

from ..errors import FormatError, InkrecError, InkWarning
from ..formats import Labelled, read, read_document, read_labelled
from ..ink.document import Document, DocumentPage, Layer

__all__ = ["add_reading", "complain", "document_of", "inks_of", "json_line", "note"]


def add_reading(parser: argparse.ArgumentParser) -> None:
    """Add what every command that reads ink takes: a page, a layer, and how strict to be."""
    parser.add_argument("--page", type=int, metavar="N", help="one page of a notebook, from 1")
    parser.add_argument("--layer", type=int, metavar="N", help="one layer of each page, from 1")
    parser.add_argument(
        "--strict", action="store_true", help="refuse a file of which something is left out"
    )


def inks_of(
    name: str, *, strict: bool = False, page: int | None = None, layer: int | None = None
) -> list[Labelled]:
    """The inks of a file, or of standard input where it is called ``-``.

    What of it is left out or mended is told.

    Parameters
    ----------
    name : str
    strict : bool
        Whether to refuse a file of which something is left out or mended.
    page, layer : int, optional
        One page, or one layer of each page, as one ink.

    Raises
    ------
    FormatError
        As `formats.read_labelled`; of a recording of a pen's events, how to make it ink.
    InkrecError
        If there is no standard input.
    """
    with _telling(strict):
        return _read(name, page, layer)


def document_of(
    name: str, *, strict: bool = False, page: int | None = None, layer: int | None = None
) -> Document:
    """The pages of a file, or of standard input where it is called ``-``.

    Several inks that are not of one page are a page each.

    Parameters
    ----------
    name, strict
        As for `inks_of`.
    page, layer : int, optional
        One page, or one layer of each page.

    Raises
    ------
    FormatError, InkrecError
        As `inks_of`.
    """
    with _telling(strict):
        if page is not None or layer is not None:
            return _of_inks(_read(name, page, layer))
        file: str | BinaryIO = name
        if name == "-":
            if sys.stdin is None:
                raise InkrecError("standard input is closed; name a file")
            file = io.BytesIO(sys.stdin.buffer.read())
        try:
            return read_document(file)
        except FormatError:
            if not isinstance(file, str):
                file.seek(0)
                inks = _chosen(file, None, None)
            else:
                inks = _read(file, None, None)
            if len(inks) < 2:
                raise
            return _of_inks(inks)


def _of_inks(inks: Sequence[Labelled]) -> Document:
    pages = tuple(DocumentPage((Layer(ink),)) for ink, _ in inks)
    return Document(pages, inks[0].ink.units_per_mm)


@contextmanager
def _telling(strict: bool) -> Iterator[None]:
    """What of a file is left out or mended is told, or refused."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("error" if strict else "always", InkWarning)
        try:
            yield
        except InkWarning as warning:
            raise FormatError(
                f"{warning.message}; --strict refuses it", file=warning.file, line=warning.line
            ) from None
    for text in dict.fromkeys(str(w.message) for w in told if issubclass(w.category, InkWarning)):
        note(text)
    for one in told:
        if not issubclass(one.category, InkWarning):
            warnings.showwarning(one.message, one.category, one.filename, one.lineno)


def _read(name: str, page: int | None, layer: int | None) -> list[Labelled]:
    if name == "-":
        if sys.stdin is None:
            raise InkrecError("standard input is closed; name a file")
        return _chosen(sys.stdin.buffer, page, layer)
    try:
        return _chosen(name, page, layer)
    except FormatError:
        from ..capture import is_recording  # most files are none

        if not is_recording(name):
            raise
        raise FormatError(
            "a recording of a pen's events; make it ink first: "
            f"inkrec record OUT.jsonl --pen {shlex.quote(f'replay:{name}')}",
            file=name,
        ) from None


def _chosen(file: str | BinaryIO, page: int | None, layer: int | None) -> list[Labelled]:
    if page is None and layer is None:
        return read_labelled(file)
    return [Labelled(read(file, page=page, layer=layer))]


def json_line(value: Any, out: TextIO) -> str:
    """A value as JSON for a stream: escaped where that does not take all of Unicode."""
    unicode = codecs.lookup(out.encoding or "utf-8").name == "utf-8"
    return json.dumps(value, ensure_ascii=not unicode)


def complain(error: Exception) -> int:
    """Say in a line what went wrong; the exit code."""
    if isinstance(error, OSError) and not isinstance(error, InkrecError):
        said = error.strerror or str(error)
        note(said if error.filename is None else f"{error.filename}: {said}")
    else:
        note(str(error))
    return 1


def note(message: str) -> None:
    """Say a line on standard error."""
    print("inkrec:", " ".join(message.split()), file=sys.stderr)
