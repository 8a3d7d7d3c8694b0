"""``inkrec devices``, ``record`` and ``live``."""

from __future__ import annotations

import argparse
import sys
from typing import Any

__all__ = ["add_commands"]


def add_commands(commands: Any) -> None:
    """Add the commands of pens to the command line."""
    _add_live(commands)
    _add_record(commands)
    _add_devices(commands)


def _pen_help() -> str:
    return (
        "a device's path or a part of its name, replay:FILE (evemu, libinput or any ink), mouse, "
        "or auto: the first pen there is, else the mouse (auto)"
    )


def _add_live(commands: Any) -> None:
    parser = commands.add_parser(
        "live",
        help="write, and see the text grow",
        description="A page to write on with a pen or the mouse, and its text under it. "
        "When the window is closed the text is printed.",
        epilog="F1 shows the keys. Corrections that are tapped are kept, with their ink, in the "
        "file that --corrections names, for inkrec adapt.",
    )
    parser.add_argument("file", nargs="?", metavar="FILE", help="ink to go on with")
    parser.add_argument("--pen", default="auto", metavar="PEN", help=_pen_help())
    parser.add_argument("--grab", action="store_true", help="keep the pen from everything else")
    parser.add_argument("--model", default="en", help="a bundled model or a model file (en)")
    parser.add_argument(
        "--speed", type=_speed, default=1.0, metavar="X",
        help="of a replay, times as fast as it was written; 0 for at once (1)",
    )  # fmt: skip
    parser.add_argument(
        "--corrections", metavar="FILE",
        help="JSON lines that corrections go to (inkrec/corrections.jsonl in the folder that "
        "XDG_DATA_HOME names, or in ~/.local/share)",
    )  # fmt: skip
    parser.add_argument(
        "--size", type=_size, default=(1200, 780), metavar="WxH", help="of the window (1200x780)"
    )
    parser.add_argument(
        "--line-height",
        type=_line_height,
        default=92.0,
        metavar="PX",
        help="distance of ruled lines (92)",
    )
    parser.add_argument("--full-screen", action="store_true")
    parser.add_argument(
        "--exit-after-replay",
        action="store_true",
        help="close when a replay has ended and its text is there",
    )
    parser.add_argument("--screenshot", metavar="FILE", help="a PNG of the window as it closes")
    parser.add_argument(
        "--stats", metavar="FILE", help="frame times and delays as JSON, as it closes; - to stderr"
    )
    parser.set_defaults(run=_live)


def _size(text: str) -> tuple[int, int]:
    width, x, height = text.partition("x")
    if not (x and width.isdecimal() and height.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is no size; give it as 1200x780")
    size = int(width), int(height)
    if not (200 <= size[0] <= 16384 and 150 <= size[1] <= 16384):
        raise argparse.ArgumentTypeError(f"{text!r} is no window; give 200x150 to 16384x16384")
    return size


def _number(text: str, low: float, high: float, cure: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise argparse.ArgumentTypeError(f"{text!r} cannot be; give {cure}")
    return value


def _speed(text: str) -> float:
    return _number(text, 0, sys.float_info.max, "0 or more, times as fast as it was written")


def _line_height(text: str) -> float:
    return _number(text, 20, 1000, "20 to 1000 pixels")


def _live(args: argparse.Namespace) -> int:
    from ..canvas.app import run

    return run(
        pen=args.pen,
        grab=args.grab,
        model=args.model,
        speed=args.speed or None,
        file=args.file,
        corrections=args.corrections,
        size=args.size,
        line_height=args.line_height,
        full_screen=args.full_screen,
        exit_after_replay=args.exit_after_replay,
        screenshot=args.screenshot,
        stats=args.stats,
    )


def _add_record(commands: Any) -> None:
    parser = commands.add_parser(
        "record",
        help="record a pen to a file",
        description="Write what a pen does to JSON lines until Ctrl-C. Every sample is on disk "
        "before the next: whatever kills the recorder, the file reads up to there.",
    )
    parser.add_argument("out", metavar="OUT.jsonl")
    parser.add_argument("--pen", default="auto", metavar="PEN", help=_pen_help())
    parser.add_argument("--grab", action="store_true", help="keep the pen from everything else")
    parser.add_argument("--label", metavar="TEXT", help="what is written, if it is known")
    parser.add_argument("--append", action="store_true", help="add another ink to OUT.jsonl")
    parser.set_defaults(run=_record)


def _record(args: argparse.Namespace) -> int:
    from ..canvas.sources import open_source
    from ..errors import DeviceError, InkrecError
    from ..formats import FORMATS
    from ..formats.jsonl import Recorder
    from ..formats.jsonl.recorder import label_line
    from .files import note

    named = str(args.out).lower()
    other = next(
        (f for f in FORMATS.values() if f.name != "jsonl" and named.endswith(f.suffixes)), None
    )
    if other is not None or named == "-":
        raise InkrecError(f"{args.out}: recordings are JSON lines; give a name that ends in .jsonl")
    if args.label:
        label_line(args.label)  # refused before there is a file
    pen = open_source(args.pen, speed=None, grab=args.grab)
    if pen is None:
        from ..capture import open_pen

        if args.pen == "mouse":
            raise DeviceError("the mouse has no window here; use inkrec live, and save")
        pen = open_pen(grab=args.grab)  # says why there is none
    samples = strokes = 0
    touching = False
    with pen:
        try:
            recorder = Recorder(
                args.out,
                units_per_mm=pen.info.units_per_mm,
                device=pen.info.name,
                append=args.append,
            )
        except FileExistsError:
            raise InkrecError(f"{args.out} exists; add to it with --append") from None
        with recorder:
            if args.label:
                recorder.label(args.label)
            try:
                for sample in pen:
                    recorder.append(sample)
                    samples += 1
                    strokes += sample.touching and not touching
                    touching = sample.touching
                    _progress(strokes, samples)
            except KeyboardInterrupt:
                pass  # how a recording ends
            except DeviceError as error:
                print(f"\n{error}", file=sys.stderr)
    print(f"{args.out}: {strokes} strokes, {samples} samples")
    if samples and not strokes:
        why = getattr(pen, "why_no_stroke", None)
        note(f"no stroke in {samples} samples: {why() if why else 'the pen only hovered'}")
    return 0


def _progress(strokes: int, samples: int) -> None:
    if samples % 50 == 1 and sys.stderr.isatty():
        print(f"\r{strokes} strokes, {samples} samples; Ctrl-C ends ", end="", file=sys.stderr)


def _add_devices(commands: Any) -> None:
    parser = commands.add_parser(
        "devices", help="list the pens of this machine", description="List the pens there are."
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a pen")
    parser.set_defaults(run=_devices)


def _devices(args: argparse.Namespace) -> int:
    import json

    from ..capture import _evdev_ioctl as _ioctl
    from ..capture import evdev
    from ..errors import DeviceError

    pens, forbidden = evdev.find()
    for info in pens:
        if args.json:
            told = {
                "path": info.path,
                "name": info.name,
                "size_mm": info.size_mm,
                "display": info.direct,
                "pressure": info.has_pressure,
                "tilt": info.has_tilt,
                "eraser": info.has_eraser,
            }
            print(json.dumps(told))
        else:
            print(f"{info.path}  {info.describe()}")
    if pens:
        return 0
    if forbidden:
        raise DeviceError(
            f"none of {len(forbidden)} devices may be read: {_ioctl.access_cure(forbidden[0])}"
        )
    raise DeviceError("no pen was found in /dev/input; plug one in, or use the mouse")
