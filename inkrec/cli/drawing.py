"""``inkrec show`` and ``convert``: ink as a picture, and from format to format."""

from __future__ import annotations

import argparse
import itertools
import sys
from pathlib import Path
from typing import Any

from ..errors import FormatError, require
from ..formats import read, write
from ..ink import Ink

__all__ = ["add_commands"]


def add_commands(commands: Any) -> None:
    """Add ``show`` and ``convert`` to the subparsers of the command line."""
    _add_show(commands)
    _add_convert(commands)


def _add_show(commands: Any) -> None:
    parser = commands.add_parser(
        "show", help="draw ink", description="Draw ink as SVG or PNG (by OUT's ending)."
    )
    parser.add_argument("file", metavar="FILE", help="ink in any format that is read")
    parser.add_argument(
        "-o", "--out", metavar="OUT", help=".svg or .png; without it, SVG to standard output"
    )
    parser.set_defaults(run=_show)


def _show(args: argparse.Namespace) -> int:
    ink = read(args.file)
    if args.out is None:
        write(sys.stdout.buffer, ink, format="svg")
    elif Path(args.out).suffix.lower() == ".png":
        _draw_png(ink, args.out)
    elif Path(args.out).suffix.lower() == ".svg":
        write(args.out, ink)
    else:
        raise FormatError("ink is drawn as .svg or .png", file=args.out)
    return 0


def _draw_png(ink: Ink, path: str) -> None:
    """Draw ink with round pens, wider where it was pressed harder."""
    figure_type = require("matplotlib.figure", "train").Figure
    collection_type = require("matplotlib.collections", "train").LineCollection
    left, top, right, bottom = ink.bounds
    across, down = max(right - left, 1e-9), max(bottom - top, 1e-9)
    width = min(12.0, max(2.0, 1.2 * across / down))
    height = min(12.0, max(0.6, width * down / across))
    figure = figure_type(figsize=(width, height))
    axes = figure.add_axes((0.02, 0.02, 0.96, 0.96))
    for stroke in ink:
        points = list(zip(stroke.x, stroke.y, strict=True))
        if len(points) == 1:
            axes.plot(*points[0], "o", color="black", markersize=2, clip_on=False)
            continue
        force = [0.5] * len(points) if stroke.pressure is None else stroke.pressure.tolist()
        axes.add_collection(
            collection_type(
                list(itertools.pairwise(points)),
                linewidths=[0.8 + 1.8 * p for p in force[1:]],
                colors="black",
                capstyle="round",
                clip_on=False,
            )
        )
    axes.set(xlim=(left, right), ylim=(bottom, top), aspect="equal")
    axes.axis("off")
    figure.savefig(path, dpi=150)


def _add_convert(commands: Any) -> None:
    parser = commands.add_parser(
        "convert",
        help="from one ink format to another",
        description="Read ink of any format and write it in the one that OUT's ending names.",
    )
    parser.add_argument("file", metavar="IN", help="ink in any format that is read")
    parser.add_argument("out", metavar="OUT", help=".inkml, .jsonl, .xopp, .svg ...")
    parser.set_defaults(run=_convert)


def _convert(args: argparse.Namespace) -> int:
    write(args.out, read(args.file))
    return 0
