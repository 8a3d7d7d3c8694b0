"""``inkrec annotate``: a notebook with what its ink says."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import FormatError
from ..formats import detect
from ..formats.xopp.annotate import TextElement, add_text
from ..page.page import Page
from ..recognizer import load
from .files import complain, document_of

__all__ = ["add_commands"]

_ADVANCE = 0.55  # font sizes that a character of a plain font is wide, in the mean


def add_commands(commands: Any) -> None:
    """Add ``annotate`` to the subparsers of the command line."""
    parser = commands.add_parser(
        "annotate",
        help="add its text to a Xournal++ notebook",
        description="Write a Xournal++ notebook in which everything stays as it is, with the text "
        'of its ink, line by line, in a layer "inkrec text" of each page, where Xournal++ finds '
        "it. The layer can be hidden; it is replaced when the notebook is annotated again.",
    )
    parser.add_argument("file", metavar="IN.xopp")
    parser.add_argument("out", metavar="OUT.xopp")
    parser.add_argument("--model", default="en", help="a bundled model or a model file (en)")
    parser.add_argument("--line-height", type=float, metavar="H", help="of ruled lines, in points")
    parser.set_defaults(run=_annotate)


def _annotate(args: argparse.Namespace) -> int:
    if Path(args.out).suffix.lower() != ".xopp":
        raise FormatError("a notebook is written; end its name in .xopp", file=args.out)
    try:
        found = detect(args.file)
    except OSError as error:
        return complain(error)
    if found != "xopp":
        raise FormatError(
            f"text is added to notebooks of Xournal++; this is {found}, which inkrec convert "
            "makes one of",
            file=args.file,
        )
    if os.path.exists(args.out) and os.path.samefile(args.file, args.out):
        raise FormatError("it is the file that is read; name another to write", file=args.out)
    document = document_of(args.file, strict=True)
    pages = load(args.model).pages(document, line_height=args.line_height)
    add_text(args.file, args.out, [list(_texts(page)) for page in pages])
    return 0


def _texts(page: Page) -> Iterator[TextElement]:
    for line in page.lines:
        if line.text.strip():
            left, top, right, bottom = line.box
            wide = (right - left) / (_ADVANCE * len(line.text))
            yield TextElement(line.text, left, top, max(1.0, min(bottom - top, wide)))
