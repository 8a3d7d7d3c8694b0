r"""Whole pages: are they taken apart into the lines that were written, and what do they say?

::

    python benchmarks/pages.py en iam.h5 --split testset_t

The lines of a form lie on a page as they were written, one after the other, and
`Recognizer.recognize_page` gets all of their strokes. A line counts as found if its strokes are
just those of one of the page's lines. The text is compared with the labels' lines put one below
the other, beside what the same model reads where it is told the lines. ``--strokes`` leaves the
text out, and is done in no time. Needs the extra ``train``.
"""

# ruff: noqa: E402
from __future__ import annotations

import argparse
import json
import math
import os
import sys
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import inkrec
from inkrec import Ink, Recognizer, Stroke
from inkrec._checks import require
from inkrec.corpus import Corpus, Sample
from inkrec.errors import InkrecError
from inkrec.metrics import bootstrap, edits
from inkrec.metrics.accuracy import rate

PAUSE = 1.0  # s between two lines


def pages(corpus: Corpus, split: str, limit: int | None) -> list[list[Sample]]:
    """The lines of each form, in the order of their names."""
    by: dict[str, list[Sample]] = defaultdict(list)
    for sample in corpus.read(corpus.indices(split).tolist()):
        by[sample.form].append(sample)
    return [sorted(lines, key=lambda s: s.id) for lines in by.values()][:limit]


def laid(lines: Sequence[Sample]) -> tuple[Ink, list[tuple[int, ...]]]:
    """The ink of a page, and the strokes of each of its lines."""
    strokes: list[Stroke] = []
    places = []
    clock = 0.0
    for line in lines:
        first = len(strokes)
        for s in line.ink:
            strokes.append(Stroke(s.x, s.y, None if s.t is None else s.t + clock, s.pressure))
        last = strokes[-1].t
        clock = clock if last is None else float(last[-1]) + PAUSE
        places.append(tuple(range(first, len(strokes))))
    return Ink(strokes, lines[0].ink.units_per_mm), places


def by_line(recognizer: Recognizer, lines: Sequence[Sample]) -> str:
    """What the lines say where they are told."""
    said: list[str] = []
    for line in lines:
        before = " ".join([*said, ""]).lstrip()
        said.append(recognizer.recognize(line.ink, pre_context=before).text)
    return "\n".join(said)


def measure(args: argparse.Namespace) -> dict[str, Any]:
    """Take every page apart, and read it."""
    tqdm = require("tqdm", "train").tqdm
    recognizer = inkrec.load(args.model)
    with Corpus(args.corpus) as corpus:
        whole = pages(corpus, args.split, args.limit)
    found = pages_right = alone = 0
    wrong, told_wrong, characters = [], [], []
    for lines in tqdm(whole, unit="page", disable=args.quiet):
        ink, places = laid(lines)
        got = {line.strokes for line in inkrec.segment_lines(ink)}
        found += len(got & set(places))
        pages_right += got == set(places)
        alone += sum(len(inkrec.segment_lines(line.ink)) == 1 for line in lines)
        if args.strokes:
            continue
        truth = "\n".join(" ".join(line.text.split()) for line in lines)
        read = "\n".join(line.text for line in recognizer.recognize_page(ink))
        wrong.append(edits(truth, read))
        told_wrong.append(edits(truth, by_line(recognizer, lines)))
        characters.append(len(truth))
    count = sum(map(len, whole))
    report: dict[str, Any] = {
        "model": args.model,
        "split": args.split,
        "pages": len(whole),
        "lines": count,
        "pages_right": pages_right,
        "lines_right": found,
        "lines_alone_right": alone,
    }
    if characters:
        for name, edited in (("cer", wrong), ("cer_lines_told", told_wrong)):
            ends = bootstrap(edited, characters, range(len(whole)))
            report[name] = round(rate(sum(edited), sum(characters)), 2)
            report[f"{name}_ci"] = [round(v, 2) if math.isfinite(v) else None for v in ends]
    return report


def table(report: dict[str, Any]) -> str:
    """The report as a table of Markdown."""
    rows = [
        ("pages taken apart as written", "{pages_right} of {pages}"),
        ("their lines", "{lines_right} of {lines}"),
        ("lines by themselves that stay one", "{lines_alone_right} of {lines}"),
    ]
    if "cer" in report:
        rows += [
            ("CER of the pages' text", _rate(report, "cer")),
            ("the same where the lines are told", _rate(report, "cer_lines_told")),
        ]
    body = [f"| {name} | {cell.format(**report)} |" for name, cell in rows]
    return "\n".join([f"| `{report['model']}`, {report['split']} | |", "|---|---:|", *body])


def _rate(report: dict[str, Any], name: str) -> str:
    """A rate with its interval, where there are pages enough for one."""
    low, high = report[f"{name}_ci"]
    return f"{report[name]:.2f} " + ("(-)" if low is None else f"({low:.2f}-{high:.2f})")


def main(arguments: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("model", help="a bundled model or a file")
    parser.add_argument("corpus", help="HDF5 with forms of several lines")
    parser.add_argument("--split", default="testset_t")
    parser.add_argument("--limit", type=int, help="only the first pages")
    parser.add_argument("--strokes", action="store_true", help="only take apart, and read nothing")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    args = parser.parse_args(arguments)
    try:
        report = measure(args)
    except InkrecError as error:
        print(f"pages: {error}", file=sys.stderr)
        return 1
    print(json.dumps(report) if args.json else table(report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
