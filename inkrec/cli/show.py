"""``inkrec show`` and ``convert``: ink as a picture, and from format to format."""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import FormatError, InkWarning
from ..formats import Format, Labelled, detect, read, target, write, write_labelled
from ..formats._png import write_png
from ..ink.strokes import Ink
from .files import add_reading, inks_of, note

__all__ = ["add_commands"]


def add_commands(commands: Any) -> None:
    """Add ``show`` and ``convert`` to the subparsers of the command line."""
    _add_show(commands)
    _add_convert(commands)


def _add_show(commands: Any) -> None:
    parser = commands.add_parser(
        "show",
        help="draw ink",
        description="Draw ink as SVG or PNG (by OUT's ending). Of several inks that are not of "
        "one page the first is drawn.",
    )
    parser.add_argument("file", metavar="FILE", help="ink in any format that is read")
    parser.add_argument(
        "-o", "--out", metavar="OUT", help=".svg or .png; without it, SVG to standard output"
    )
    add_reading(parser)
    parser.set_defaults(run=_show)


def _show(args: argparse.Namespace) -> int:
    ink = _drawable(args)
    if args.out is None:
        write(sys.stdout.buffer, ink, format="svg")
    elif Path(args.out).suffix.lower() == ".png":
        write_png(args.out, ink)
    elif Path(args.out).suffix.lower() == ".svg":
        write(args.out, ink)
    else:
        raise FormatError("ink is drawn as .svg or .png", file=args.out)
    return 0


def _drawable(args: argparse.Namespace) -> Ink:
    """The ink of a file, or the first of its inks where they are not of one page."""
    inks = inks_of(args.file, strict=args.strict, page=args.page, layer=args.layer)
    if len(inks) == 1:
        return inks[0].ink
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InkWarning)  # told above
        try:
            return read(args.file)
        except FormatError:
            note(f"{args.file}: {len(inks)} inks; the first is drawn")
            return inks[0].ink


def _add_convert(commands: Any) -> None:
    parser = commands.add_parser(
        "convert",
        help="from one ink format to another",
        description="Read ink of any format and write it in the one that OUT's ending names, "
        "with its text where that holds one. Several inks go to .inkml or .jsonl.",
    )
    parser.add_argument("file", metavar="IN", help="ink in any format that is read")
    parser.add_argument("out", metavar="OUT", help=".inkml, .jsonl, .xopp, .svg ...")
    add_reading(parser)
    parser.set_defaults(run=_convert)


def _convert(args: argparse.Namespace) -> int:
    to = target(args.out)
    if os.path.exists(args.out) and os.path.samefile(args.file, args.out):
        raise FormatError("it is the file that is read; name another to write", file=args.out)
    inks = inks_of(args.file, strict=args.strict, page=args.page, layer=args.layer)
    if to.several:
        write_labelled(args.out, inks)
    else:
        _write_one(to, args.out, args.file, inks)
    if to.several or len(inks) == 1:
        _tell_unlabelled(args.file, inks)
    return 0


def _write_one(to: Format, out: str, file: str, inks: Sequence[Labelled]) -> None:
    """Write ink to a file that holds one, and tell of the texts that it does not hold."""
    ink, label = inks[0] if len(inks) == 1 else (_page(to, out, file, inks), None)
    write(out, ink, label=label if to.labels else None)
    lost = [text for _, text in inks if text is not None]
    if lost and not (to.labels and label is not None):
        what = f"the text {lost[0]!r}" if len(lost) == 1 else f"{len(lost)} texts"
        note(f"{out}: {to.name} does not keep {what}; write inkml or jsonl to keep it")


def _page(to: Format, out: str, file: str, inks: Sequence[Labelled]) -> Ink:
    """Several inks of one page as one."""
    try:
        return read(file)
    except FormatError:
        raise FormatError(
            f"{file} holds {len(inks)} inks and {to.name} holds one; "
            "write inkml or jsonl for several",
            file=out,
        ) from None


def _tell_unlabelled(file: str, inks: Sequence[Labelled]) -> None:
    """Tell of the ink of a UNIPEN file that none of its segments holds."""
    if detect(file) != "unipen":
        return
    whole, held = sum(map(len, read(file))), sum(len(s) for ink, _ in inks for s in ink)
    if held < whole:
        note(f"{file}: {whole - held} of {whole} points lie in no segment and are left out")
