"""``inkrec export-pdf``: ink with its text under it, for every reader of PDF."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from .._checks import require
from ..errors import FormatError
from ..page.pdf import write_pdf
from ..recognizer import load
from .files import add_reading, document_of

__all__ = ["add_commands"]


def add_commands(commands: Any) -> None:
    """Add ``export-pdf`` to the subparsers of the command line."""
    parser = commands.add_parser(
        "export-pdf",
        help="ink as PDF whose text can be searched",
        description="Write the pages of a file as PDF: the ink as lines, and what it says as text "
        "that is not seen, each word on its ink, to be searched, marked and copied.",
    )
    parser.add_argument("file", metavar="IN", help="ink in any format that is read, or -")
    parser.add_argument("out", metavar="OUT.pdf")
    parser.add_argument("--model", default="en", help="a bundled model or a model file (en)")
    parser.add_argument(
        "--line-height", type=float, metavar="H", help="distance of ruled lines, in ink units"
    )
    add_reading(parser)
    parser.set_defaults(run=_export)


def _export(args: argparse.Namespace) -> int:
    require("pikepdf", "pdf")  # missed before the ink is read
    if Path(args.out).suffix.lower() != ".pdf":
        raise FormatError("what is written is PDF; end its name in .pdf", file=args.out)
    if args.file != "-" and os.path.exists(args.out) and os.path.samefile(args.file, args.out):
        raise FormatError("it is the file that is read; name another to write", file=args.out)
    document = document_of(args.file, strict=args.strict, page=args.page, layer=args.layer)
    pages = load(args.model).pages(document, line_height=args.line_height)
    title = None if args.file == "-" else Path(args.file).stem
    write_pdf(args.out, document, pages, title=title)
    return 0
