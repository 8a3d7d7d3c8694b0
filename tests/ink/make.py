"""Make the ink of this folder from its sources, and what the bundled models read in it.

    python tests/ink/make.py files ARMREST RECORDINGS     # the ink, from folders of the sources
    python tests/ink/make.py golden                       # the texts in expected.json

`README.md` says where the sources are and what they allow. The second command is for new
weights: it keeps the bounds of the error rates, which are for a person to lower.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import itertools
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import inkrec
from inkrec import Ink, Stroke
from inkrec.capture import Event, read_recording
from inkrec.cli import main as command
from inkrec.formats import Labelled, read_labelled, write, write_labelled

FOLDER = Path(__file__).resolve().parent
EXPECTED = FOLDER / "expected.json"
MODELS = ("en", "en-open")
SYN, TOUCH = 0, (1, 0x14A)


def model_sha256(name: str) -> str:
    """Of a bundled model's file."""
    path = Path(inkrec.__file__).parent / "models" / f"{name}.inkrec"
    return hashlib.sha256(path.read_bytes()).hexdigest()


def armrest(path: Path) -> dict[str, Ink]:
    """The last ink of each label, a hundredth of a line's height a unit."""
    found = {}
    for line in path.read_text().splitlines():
        label, _, body = line.partition("\t")
        strokes = [np.array([p.split() for p in s.split(",")], float) for s in body.split(";") if s]
        late = itertools.accumulate((s[:, 2].max() for s in strokes), max, initial=0.0)
        found[label] = Ink(
            [
                Stroke(
                    np.round(100 * x, 1), np.round(100 * y, 1),
                    np.round(np.maximum(np.maximum.accumulate(t), least), 3),
                )
                for (x, y, t), least in zip((s.T for s in strokes), late, strict=False)
            ]
        )  # fmt: skip
    return found


def iam_ondb(ink: Ink) -> bytes:
    """Ink in the form of a line of IAM-OnDB."""
    body = "\n".join(
        "<Stroke>"
        + "".join(
            f'<Point x="{x:.0f}" y="{y:.0f}" time="{1.1e6 + t:.3f}"/>'
            for x, y, t in zip(s.x, s.y, s.t, strict=True)
        )
        + "</Stroke>"
        for s in ink
    )
    return (
        '<?xml version="1.0" encoding="ISO-8859-1"?>\n<WhiteboardCaptureSession>\n'
        '<WhiteboardDescription><SensorLocation corner="top_left"/></WhiteboardDescription>\n'
        f"<StrokeSet>\n{body}\n</StrokeSet>\n</WhiteboardCaptureSession>\n"
    ).encode("ascii")


def excerpt(events: Iterator[Event] | tuple[Event, ...], strokes: int, after: int) -> list[Event]:
    """Events up to so many reports after so many lifts of the pen."""
    taken: list[Event] = []
    lifts = 0
    for event in events:
        taken.append(event)
        lifts += (event.type, event.code) == TOUCH and not event.value
        after -= lifts >= strokes and event.type == SYN
        if not after:
            break
    return taken


def evemu(path: Path, events: list[Event]) -> str:
    """The description that a recording begins with, and some of its events."""
    lines = [line.partition("\t#")[0].rstrip() for line in path.read_text().splitlines()]
    head = [line for line in lines if line.startswith(("# EVEMU", "N:", "I:", "P:", "B:", "A:"))]
    body = [line for line in lines if line.startswith("E:")][: len(events)]
    return "\n".join([*head, *body]) + "\n"


def libinput(path: Path, events: list[Event]) -> str:
    """The same in the form of `libinput record`."""
    info = read_recording(path).info
    keys = ", ".join(map(str, sorted(info.keys)))
    axes = {code: [a.minimum, a.maximum, 0, 0, a.resolution] for code, a in info.axes.items()}
    start = events[0].t
    lines = [
        "# libinput record", "version: 1", "ndevices: 1", "devices:", "- node: /dev/input/event9",
        "  evdev:", f'    name: "{info.name}"', "    id: [3, 1386, 89, 277]", "    codes:",
        "      0: [0]", f"      1: [{keys}]", f"      3: {list(axes)}", "    absinfo:",
        *(f"      {code}: {axis}" for code, axis in axes.items()),
        "  events:",
    ]  # fmt: skip
    for report in reports(events):
        lines.append("  - evdev:")
        for e in report:
            whole, part = divmod(round(1e6 * (e.t - start)), 1_000_000)
            lines.append(f"    - [{whole}, {part}, {e.type}, {e.code}, {e.value}]")
    return "\n".join(lines) + "\n"


def reports(events: list[Event]) -> Iterator[list[Event]]:
    """Events by the report that closes them."""
    open_report: list[Event] = []
    for event in events:
        open_report.append(event)
        if event.type == SYN:
            yield open_report
            open_report = []


def make_files(source: Path, recordings: Path) -> None:
    """Everything in this folder but the index and the texts about it."""
    text = source / "armrest-jabberwocky.txt"
    inks = armrest(text)
    lines = text.read_text().splitlines(keepends=True)
    (FOLDER / "armrest.txt").write_text("".join(lines[i] for i in (30, 52, 62)))

    write(FOLDER / "through.jsonl", inks[label := "And through and through"], label=label)
    write(FOLDER / "flame.inkml", inks[label := "with eyes of flame,"], label=label)
    write(FOLDER / "thought.unipen", inks[label := "awhile in thought."], label=label)
    write(FOLDER / "toves.xopp", inks["and the slithy toves"])
    (FOLDER / "dead.xml").write_bytes(iam_ondb(inks["He left it dead,"]))
    two = ["and with its head", "the tulgey wood,"]
    write_labelled(FOLDER / "two.jsonl", [Labelled(inks[label], label) for label in two])
    packed = io.BytesIO()
    write(packed, inks[label := "All mimsy were"], "inkml", label=label)
    (FOLDER / "mimsy.inkml.gz").write_bytes(gzip.compress(packed.getvalue(), mtime=0))

    source = recordings / "Wacom_DTH2242_Pen.events"
    events = read_recording(source).events
    (FOLDER / "wacom.evemu").write_text(evemu(source, excerpt(events, 2, 4)))
    (FOLDER / "wacom.yml").write_text(libinput(source, excerpt(events, 1, 4)))
    source = recordings / "Wacom_Intuos4_6x9.stylus-drag.events"
    desc = recordings / "Wacom_Intuos4_6x9_Pen.desc"
    (FOLDER / "intuos.desc").write_text(evemu(desc, []))
    (FOLDER / "intuos.events").write_text("".join(source.open().readlines()[:640]))
    hovering = FOLDER / "hovering.jsonl"
    hovering.unlink(missing_ok=True)
    command(["record", str(hovering), "--pen", f"replay:{FOLDER / 'wacom.evemu'}"])


def make_golden() -> None:
    """What the bundled models read today, into the index."""
    expected = json.loads(EXPECTED.read_text(encoding="utf-8"))
    expected["models"] = {name: model_sha256(name) for name in MODELS}
    recognizers = {name: inkrec.load(name) for name in MODELS}
    for name, about in expected["inks"].items():
        for number, (ink, line) in enumerate(zip(read_labelled(FOLDER / name), about, strict=True)):
            assert ink.label in (None, line["says"]), (name, number)
            line["golden"] = {m: r.recognize(ink.ink).text for m, r in recognizers.items()}
    EXPECTED.write_text(json.dumps(expected, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    if sys.argv[1:2] == ["files"] and len(sys.argv) == 4:
        make_files(Path(sys.argv[2]), Path(sys.argv[3]))
    elif sys.argv[1:] == ["golden"]:
        make_golden()
    else:
        sys.exit(__doc__)
