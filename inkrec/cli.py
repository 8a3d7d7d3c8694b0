"""The command line: ``inkrec read``, ``show``, ``convert``, and what other parts add.

Exit codes: 0; 1 for an error of ours, one line on stderr; 2 for a wrong call; 130
after Ctrl-C. Nothing heavy is imported before a command needs it.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import shutil
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, TextIO

from . import __version__
from .errors import FormatError, InkrecError, require
from .formats import read, read_labelled, write
from .hypothesis import Hypothesis
from .ink import Ink
from .recognizer import Recognizer, load

__all__ = ["main"]

_PARTS = ("evaluate.commands", "training.commands", "training.language", "capture.commands")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments without the program's name; those of the process by default.

    Returns
    -------
    int
        The exit code.
    """
    args = _parser().parse_args(argv)
    try:
        code = args.run(args) or 0
        sys.stdout.flush()
        return int(code)
    except InkrecError as error:
        return _complain(str(error))
    except BrokenPipeError:
        # Whoever read us has enough (head, less). Python would flush again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except OSError as error:
        if error.filename is None:
            raise
        return _complain(f"{error.filename}: {error.strerror}")
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        return 130


def _complain(message: str) -> int:
    print("inkrec:", " ".join(message.split()), file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="inkrec", description="Online handwriting recognition: text while the pen writes."
    )
    parser.add_argument("--version", action="version", version=f"inkrec {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_read(commands)
    _add_show(commands)
    _add_convert(commands)
    for part in _PARTS:
        import_module(f".{part}", __package__).add_commands(commands)
    return parser


def _add_read(commands: Any) -> None:
    parser = commands.add_parser(
        "read",
        help="print what ink says",
        description="Read files of ink and print their text, a line an ink. A file may hold "
        "several; - is standard input.",
        epilog="With --stream the text grows as the ink is replayed: committed text is bold and "
        "tentative text dim on a terminal; elsewhere every change is a line COMMITTED|TENTATIVE.",
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="ink of any format, or -")
    parser.add_argument("--model", default="en", help="a bundled model or a model file (en)")
    parser.add_argument(
        "--line-height", type=float, metavar="H", help="distance of ruled lines, in ink units"
    )
    parser.add_argument("--before", default="", metavar="TEXT", help="text in front of the ink")
    parser.add_argument("--stream", action="store_true", help="show the text as it grows")
    parser.add_argument(
        "--speed", type=_speed, metavar="X",
        help="times as fast as it was written, 0 for at once (1 on a terminal, else 0)",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="one JSON object a file, or a change")
    parser.set_defaults(run=_read)


def _speed(text: str) -> float:
    value = float(text)
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a speed; give 0 or more")
    return value


def _read(args: argparse.Namespace) -> int:
    recognizer = load(args.model)
    for name in args.files:
        for ink, label in read_labelled(sys.stdin.buffer if name == "-" else name):
            if args.stream:
                final = _stream(recognizer, ink, name, args)
            else:
                final = recognizer.recognize(ink, line_height=args.line_height, before=args.before)
            if args.json:
                head = {"file": name} if label is None else {"file": name, "label": label}
                print(json.dumps({**head, **_as_json(final)}, ensure_ascii=False), flush=True)
            elif not args.stream:
                print(final.text if len(args.files) == 1 else f"{name}: {final.text}", flush=True)
    return 0


def _as_json(hypothesis: Hypothesis) -> dict[str, Any]:
    """A hypothesis as JSON holds it."""

    def alternatives(of: Any) -> list[dict[str, Any]]:
        return [
            {"text": a.text, "log_probability": round(a.log_probability, 4)}
            for a in of.alternatives
        ]

    words = [
        {
            "text": word.text,
            "confidence": round(word.confidence, 4),
            "start": round(word.start, 4),
            "end": round(word.end, 4),
            "strokes": list(word.strokes),
            "alternatives": alternatives(word),
        }
        for word in hypothesis.words
    ]
    return {"text": hypothesis.text, "words": words, "alternatives": alternatives(hypothesis)}


def _stream(recognizer: Recognizer, ink: Ink, name: str, args: argparse.Namespace) -> Hypothesis:
    """Replay ink at its speed, showing every change of the text."""
    terminal = sys.stdout.isatty() and not args.json
    speed = (1.0 if terminal else 0.0) if args.speed is None else args.speed
    show = _Terminal(sys.stdout) if terminal else _Lines(sys.stdout, name, args.json)
    session = recognizer.session(line_height=args.line_height, before=args.before, timed=ink.timed)
    seen = session.hypothesis
    began, first, t = time.monotonic(), None, 0.0
    for sample in ink.samples():
        t = sample.t
        first = t if first is None else first
        if speed > 0:
            time.sleep(max(0.0, began + (t - first) / speed - time.monotonic()))
        hypothesis = session.feed(sample)
        if hypothesis is not seen:
            seen = hypothesis
            show(t, seen)
    final = session.finish()
    show(t, final)
    return final


class _Lines:
    """Changes as lines, for pipes and files."""

    def __init__(self, out: TextIO, name: str, as_json: bool) -> None:
        self._out = out
        self._name = name
        self._json = as_json
        self._shown: tuple[str, str] | None = None

    def __call__(self, t: float, now: Hypothesis) -> None:
        if self._json:
            if not now.final and (now.committed, now.tentative) != self._shown:
                state = {"file": self._name, "t": round(t, 4)}
                said = {"committed": now.committed, "tentative": now.tentative}
                print(json.dumps({**state, **said}, ensure_ascii=False), file=self._out, flush=True)
        elif (now.committed, now.tentative) != self._shown or now.final:
            text = f"{now.text}|" if now.final else f"{now.committed}|{now.tentative}"
            print(text, file=self._out, flush=True)
        self._shown = now.committed, now.tentative


class _Terminal:
    """One line that is written over: committed text bold, tentative text dim."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def __call__(self, t: float, now: Hypothesis) -> None:
        room = max(8, shutil.get_terminal_size().columns - 1)
        if now.final:
            self._out.write(f"\r\x1b[K{now.text}\n")
        else:
            # A line that wrapped could not be written over: show its end.
            tentative = now.tentative[-room:]
            left = room - len(tentative)
            committed = now.committed[-left:] if left else ""
            self._out.write(f"\r\x1b[K\x1b[1m{committed}\x1b[0m\x1b[2m{tentative}\x1b[0m")
        self._out.flush()


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
        "convert", help="from one ink format to another", description="By the files' endings."
    )
    parser.add_argument("file", metavar="IN", help="ink in any format that is read")
    parser.add_argument("out", metavar="OUT", help=".inkml, .jsonl, .xopp, .svg ...")
    parser.set_defaults(run=_convert)


def _convert(args: argparse.Namespace) -> int:
    write(args.out, read(args.file))
    return 0


if __name__ == "__main__":
    sys.exit(main())
