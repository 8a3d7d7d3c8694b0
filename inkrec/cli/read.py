"""``inkrec read``: what ink says, at once or as it grows."""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections import Counter
from typing import Any, TextIO

from ..errors import InkError, InkrecError
from ..ink.strokes import Ink
from ..language.fields import FIELDS, Field
from ..layout.page_layout import PageLine, lay_out
from ..page.exchange import hypothesis_to_json, page_to_json, page_to_wicg
from ..page.jiix import page_to_jiix
from ..page.page import Page
from ..recognizer import Recognizer, load
from ..results import Hypothesis
from ..session.page import text_before_next, with_page_strokes
from .files import add_reading, complain, document_of, inks_of, json_line, note

__all__ = ["add_commands"]


def add_commands(commands: Any) -> None:
    """Add ``read`` to the subparsers of the command line."""
    parser = commands.add_parser(
        "read",
        help="print what ink says",
        description="Read files of ink and print their text, a line of text for each line of "
        "writing, from top to bottom. A file may hold several inks, and one with a text of its "
        "own is one line; - is standard input. A file that cannot be read does not keep the "
        "others from it.",
        epilog="With --stream the text grows as the ink is replayed: committed text is bold and "
        "tentative text dim on a terminal; elsewhere every change is a line COMMITTED|TENTATIVE.",
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="ink of any format, or -")
    parser.add_argument("--model", default="en", help="a bundled model or a model file (en)")
    parser.add_argument(
        "--line-height", type=float, metavar="H", help="distance of ruled lines, in ink units"
    )
    parser.add_argument("--pre-context", default="", metavar="TEXT", help="the text before the ink")
    held = parser.add_mutually_exclusive_group()
    held.add_argument(
        "--field", choices=FIELDS, metavar="KIND",
        help=f"what the lines hold: {', '.join(FIELDS)} (prose)",
    )  # fmt: skip
    held.add_argument(
        "--characters", metavar="SET", help="the only characters of the lines, such as 0-9+"
    )
    held.add_argument("--pattern", metavar="REGEX", help="a regular expression that the lines fit")
    parser.add_argument(
        "--one-line", action="store_true", help="take all ink for one line, wherever it is"
    )
    parser.add_argument("--stream", action="store_true", help="show the text as it grows")
    parser.add_argument(
        "--speed", type=_speed, metavar="X",
        help="times as fast as it was written, 0 for at once (1 on a terminal, else 0)",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="one JSON object a line, or a change")
    parser.add_argument(
        "--format", choices=tuple(_SHAPES),
        help="one line of JSON a page: in our own shape, as the WICG's predictions, or as JIIX",
    )  # fmt: skip
    add_reading(parser)
    parser.set_defaults(run=_read)


def _speed(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no speed; give a number, 0 or more")
    return value


def _read(args: argparse.Namespace) -> int:
    if args.format is not None and (args.stream or args.json or args.one_line or args.pre_context):
        raise InkError("--format tells of whole pages; leave out --stream, --json, --one-line "
                       "and --pre-context")  # fmt: skip
    recognizer = load(args.model)
    given = (args.field, args.characters, args.pattern)
    args.field = None if given == (None, None, None) else Field(*given)
    recognizer.session(field=args.field)  # a wrong pattern is told once, before any file
    code = 0
    for name in args.files:
        if args.format is not None:
            code = _say_pages(recognizer, name, args) or code
            continue
        try:
            inks = inks_of(name, strict=args.strict, page=args.page, layer=args.layer)
        except (InkrecError, OSError) as error:
            code = complain(error)
            continue
        for ink, label in inks:
            _say(recognizer, ink, label, name, args)
    return code


def _own_shape(page: Page, count: int, units_per_mm: float | None) -> Any:
    return page_to_json(page)


def _wicg_shape(page: Page, count: int, units_per_mm: float | None) -> Any:
    return page_to_wicg(page, strokes=range(count))


def _jiix_shape(page: Page, count: int, units_per_mm: float | None) -> Any:
    return page_to_jiix(page, units_per_mm=units_per_mm)


_SHAPES = {"json": _own_shape, "wicg": _wicg_shape, "jiix": _jiix_shape}


def _say_pages(recognizer: Recognizer, name: str, args: argparse.Namespace) -> int:
    """Print the pages of a file as JSON, one a line, in the shape that is asked for."""
    try:
        document = document_of(name, strict=args.strict, page=args.page, layer=args.layer)
    except (InkrecError, OSError) as error:
        return complain(error)
    for n, page in enumerate(recognizer.pages(document, line_height=args.line_height), 1):
        told = _SHAPES[args.format](page, len(document.ink(n)), document.units_per_mm)
        if args.format == "json":
            told = {"file": name, "page": args.page or n, **told}
        elif page.drawings:
            note(f"{name}: page {args.page or n}: {len(page.drawings)} drawings are not told")
        print(json_line(told, sys.stdout), flush=True)
    return 0


def _say(
    recognizer: Recognizer, ink: Ink, label: str | None, name: str, args: argparse.Namespace
) -> None:
    """Read an ink of a file and print what it says."""
    layout = lay_out(list(ink))
    one_line = args.one_line or label is not None
    places = (layout.as_one_line() if one_line else layout).lines
    lines = [PageLine(Ink([ink[i] for i in p.strokes], ink.units_per_mm), p.strokes)
             for p in places] or [PageLine(Ink(), ())]  # fmt: skip
    pre_context = args.pre_context
    for number, line in enumerate(lines):
        if args.stream:
            final = _stream(recognizer, line.ink, name, pre_context, args)
        else:
            final = recognizer.recognize(
                line.ink,
                line_height=args.line_height,
                pre_context=pre_context,
                one_line=True,
                field=args.field,
            )
        pre_context = text_before_next(pre_context, final)
        if args.json:
            head: dict[str, Any] = {"file": name}
            head |= {} if label is None else {"label": label}
            head |= {} if len(lines) == 1 else {"line": number}
            told = hypothesis_to_json(with_page_strokes(final, line))
            print(json_line({**head, **told}, sys.stdout), flush=True)
        elif not args.stream:
            print(final.text if len(args.files) == 1 else f"{name}: {final.text}", flush=True)
    if layout.drawings and args.json:
        drawings = [d._asdict() for d in layout.drawings]
        print(json_line({"file": name, "drawings": drawings}, sys.stdout), flush=True)
    elif layout.drawings:
        kinds = Counter(d.kind for d in layout.drawings)
        named = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
        note(f"{name}: not read, as it is no writing: {named}")


def _stream(
    recognizer: Recognizer, ink: Ink, name: str, pre_context: str, args: argparse.Namespace
) -> Hypothesis:
    """Replay ink at its speed, showing every change of the text."""
    terminal = sys.stdout.isatty() and not args.json
    speed = (1.0 if terminal else 0.0) if args.speed is None else args.speed
    show = _Terminal(sys.stdout) if terminal else _Lines(sys.stdout, name, args.json)
    session = recognizer.session(
        line_height=args.line_height,
        pre_context=pre_context,
        has_time=ink.has_time,
        field=args.field,
    )
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
                print(json_line({**state, **said}, self._out), file=self._out, flush=True)
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
