r"""Lines and pages with drawings: is what was written still read?

::

    python benchmarks/drawings.py en iam.h5:testset_t unipen.h5:dev --lines 40

Each line is read as it is, and again with something drawn over it, before it was written and
afterwards: underlined, crossed out by nothing, circled, framed, ticked, arrowed and so on
(`inkrec.training.drawings`, with a seed; other hands than those of the classifier's training).
A line changes for the worse where the second text has more errors than the first. Strokes are
told rightly where a drawing's is in a drawing and a letter's in none. ``--clean`` takes all lines
that nothing was drawn over instead: those of which a stroke is taken for a drawing, that are
taken for several lines or may stand otherwise, are read with and without this. Needs the extra
``train``.
"""

# ruff: noqa: E402
from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np

import inkrec
from inkrec import Ink, Recognizer, Stroke
from inkrec._checks import require
from inkrec.corpus import Corpus, Sample
from inkrec.errors import InkrecError
from inkrec.layout.drawings import classify_strokes
from inkrec.layout.page_layout import lay_out
from inkrec.metrics import edits
from inkrec.training.drawings import DRAWN, draw

KINDS = [kind for kind in DRAWN if kind not in ("strike-through", "scribble")]
PAUSE, RATE = 0.4, 100.0  # s between strokes, samples in a second of a drawing


def drawn_over(sample: Sample, kind: str, before: bool, random: Any) -> tuple[Ink, set[int]]:
    """A line's ink with a drawing, and the places of the drawing's strokes."""
    written = list(sample.ink)
    ways = [
        way
        for drawing in draw(written, [list(range(len(written)))], kind, random)
        for way in drawing.strokes
    ]
    order: list[tuple[Stroke | None, Any]] = [(s, None) for s in written]
    extra: list[tuple[Stroke | None, Any]] = [(None, way) for way in ways]
    strokes, drawn, clock = [], set(), 0.0
    last = None
    for stroke, way in [*extra, *order] if before else [*order, *extra]:
        if stroke is None:
            t = clock + PAUSE + np.arange(len(way)) / RATE
            drawn.add(len(strokes))
            strokes.append(Stroke(way[:, 0], way[:, 1], t if sample.ink.has_time else None))
            clock = float(t[-1])
        else:
            if stroke.t is None:
                strokes.append(Stroke(stroke.x, stroke.y, None))
                continue
            pause = PAUSE if last is None else float(stroke.t[0]) - last
            t = stroke.t - stroke.t[0] + clock + pause
            strokes.append(Stroke(stroke.x, stroke.y, t))
            clock, last = float(t[-1]), float(stroke.t[-1])
    return Ink(strokes, sample.ink.units_per_mm), drawn


def chosen(where: Sequence[str], count: int) -> list[Sample]:
    """Lines of as many writers as there are, from each corpus."""
    found: list[Sample] = []
    for name in where:
        path, _, split = name.partition(":")
        with Corpus(path) as corpus:
            samples = list(corpus.read(corpus.indices(split).tolist()))
        lines = [s for s in samples if s.kind in ("line", "text") and len(s.ink) > 3]
        lines = [s for s in lines if "#" not in s.text and s.language in ("en", "")]
        by: dict[str, list[Sample]] = {}
        for s in lines:
            by.setdefault(s.writer or s.form, []).append(s)
        hands = list(by.values())
        each = [hand[k] for k in range(max(map(len, hands))) for hand in hands if k < len(hand)]
        step = max(1, min(len(hands), len(each)) // count)
        found += (each[: len(hands)] if len(hands) >= count else each)[::step][:count]
    return found


def measure(args: argparse.Namespace) -> dict[str, Any]:
    """Read lines with and without drawings."""
    tqdm = require("tqdm", "train").tqdm
    recognizer = inkrec.load(args.model)
    lines = chosen(args.corpus, args.lines)
    kinds = args.kinds.split(",") if args.kinds else KINDS
    random = np.random.default_rng(args.seed)
    plain = [_errors(recognizer, s, s.ink) for s in tqdm(lines, disable=args.quiet)]
    report: dict[str, Any] = {"model": args.model, "lines": len(lines), "seed": args.seed}
    report["hands"] = len({s.writer or s.form for s in lines})
    rows = {}
    for kind in kinds:
        row = {"before": 0, "after": 0, "right": 0, "strokes": 0}
        bad = []
        for n, s in enumerate(tqdm(lines, desc=kind, disable=args.quiet)):
            for when in ("before", "after"):
                ink, drawn = drawn_over(s, kind, when == "before", random)
                roles = classify_strokes(list(ink))
                right = [(i in drawn) != role.is_writing for i, role in enumerate(roles)]
                row["right"] += sum(right)
                row["strokes"] += len(right)
                worse = not all(right) if args.strokes else _errors(recognizer, s, ink) > plain[n]
                row[when] += worse
                if worse:
                    bad.append(s.id)
        rows[kind] = {**row, "bad": bad}
    report["kinds"] = rows
    return report


def clean(args: argparse.Namespace) -> dict[str, Any]:
    """Lines without drawings: what the layout makes of them, and what becomes of their text."""
    tqdm = require("tqdm", "train").tqdm
    recognizer = inkrec.load(args.model)
    report: dict[str, Any] = {"model": args.model}
    for name in args.corpus:
        path, _, split = name.partition(":")
        with Corpus(path) as corpus:
            lines = [
                s
                for s in corpus.read(corpus.indices(split).tolist())
                if s.kind in ("line", "text") and "#" not in s.text and s.language in ("en", "")
            ]
        row: dict[str, Any] = dict.fromkeys(("drawn", "several", "otherwise", "worse", "better"), 0)
        row |= {"lines": len(lines), "bad": []}
        for s in tqdm(lines, disable=args.quiet):
            layout = lay_out(list(s.ink))
            row["drawn"] += bool(layout.drawings)
            row["several"] += len(layout.lines) > 1
            row["otherwise"] += len(layout.orientations) > 1
            if layout.drawings or len(layout.lines) > 1 or len(layout.orientations) > 1:
                truth = " ".join(s.text.split())
                got = edits(truth, " ".join(recognizer.recognize(s.ink).text.split()))
                plain = edits(truth, _plain(recognizer, s.ink))
                row["worse"] += got > plain
                row["better"] += got < plain
                if got > plain:
                    row["bad"].append(s.id)
        report.setdefault("sets", {})[split] = row
    return report


def _plain(recognizer: Recognizer, ink: Ink) -> str:
    """What is read where all ink is one line of writing."""
    session = recognizer.session(commit=None, has_time=ink.has_time)
    session.extend(ink.samples())
    return session._finish_scored()[0].text


def clean_table(report: dict[str, Any]) -> str:
    """The report of lines without drawings as a table of Markdown."""
    rows = [
        f"| `{report['model']}`, lines without drawings | lines | with a drawing | several "
        "| may stand otherwise | worse | better |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for split, row in report["sets"].items():
        part = 100 * row["worse"] / max(row["lines"], 1)
        rows.append(
            f"| {split} | {row['lines']} | {row['drawn']} | {row['several']} | {row['otherwise']} "
            f"| {row['worse']} ({part:.2f} %) | {row['better']} |"
        )
    return "\n".join(rows)


def _errors(recognizer: Recognizer, sample: Sample, ink: Ink) -> int:
    return edits(" ".join(sample.text.split()), recognizer.recognize(ink, one_line=True).text)


def table(report: dict[str, Any]) -> str:
    """The report as a table of Markdown."""
    n = report["lines"]
    rows = [
        f"| {kind} | {row['before']} of {n} | {row['after']} of {n} | "
        f"{100 * row['right'] / max(row['strokes'], 1):.2f} |"
        for kind, row in report["kinds"].items()
    ]
    head = f"| `{report['model']}`, {n} lines of {report['hands']} hands | before | after |"
    return "\n".join([f"{head} strokes told rightly, % |", "|---|---:|---:|---:|", *rows])


def main(arguments: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("model", help="a bundled model or a file")
    parser.add_argument("corpus", nargs="+", help="HDF5:split")
    parser.add_argument("--lines", type=int, default=40, help="of each corpus")
    parser.add_argument("--kinds", help="of drawings, with commas between them")
    parser.add_argument("--strokes", action="store_true", help="only tell strokes, read nothing")
    parser.add_argument("--clean", action="store_true", help="all lines, nothing drawn over them")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    args = parser.parse_args(arguments)
    try:
        report = clean(args) if args.clean else measure(args)
    except InkrecError as error:
        print(f"drawings: {error}", file=sys.stderr)
        return 1
    print(json.dumps(report) if args.json else (clean_table if args.clean else table)(report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
