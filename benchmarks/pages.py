r"""Whole pages: are they taken apart into the lines that were written, and what do they say?

::

    python benchmarks/pages.py en iam.h5 --split testset_t

The lines of a form lie on a page as they were written, one after the other, and
`Recognizer.recognize_page` gets all of their strokes. A line counts as found if its strokes are
just those of one of the page's lines. The text is compared with the labels' lines put one below
the other, beside what the same model reads where it is told the lines. ``--strokes`` leaves the
text out, and is done in no time. ``--kinds`` lays the same lines out otherwise: in two columns
(two forms beside each other), with notes in the margin, in a random order of strokes without
time, skewed by 12 degrees, with y upward, mirrored, upside down or turned; what is told of the
last four is counted as well. Needs the extra ``train``.
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
from typing import Any, NamedTuple

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np

import inkrec
from inkrec import Ink, Recognizer, Stroke
from inkrec._checks import require
from inkrec.corpus import Corpus, Sample
from inkrec.errors import InkrecError
from inkrec.ink.scale import ScaleEstimate, update_scale
from inkrec.layout.page_layout import lay_out
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


class Page(NamedTuple):
    """A page that was laid out.

    Attributes
    ----------
    ink : Ink
    places : list of tuple of int
        The strokes of each line.
    texts : list of str
    notice : str
        What should be told of its orientation, in a word; empty where it is as it should be.
    """

    ink: Ink
    places: list[tuple[int, ...]]
    texts: list[str]
    notice: str = ""


def plain(forms: Sequence[Sequence[Sample]], n: int, random: Any) -> Page:
    """The lines of a form as they were written."""
    ink, places = laid(forms[n])
    return Page(ink, places, [line.text for line in forms[n]])


def _beside(left: Page, right: Page, dx: float, dy: float, size: float = 1.0) -> Page:
    """A page with another one beside it, written afterwards."""
    strokes = list(left.ink)
    clock = 0.0 if strokes[-1].t is None else float(strokes[-1].t[-1]) + 3 * PAUSE
    first = right.ink[0].t
    off = 0.0 if first is None else clock - float(first[0])
    for s in right.ink:
        t = None if s.t is None else s.t + off
        strokes.append(Stroke(size * s.x + dx, size * s.y + dy, t, s.pressure))
    places = [tuple(i + len(left.ink) for i in place) for place in right.places]
    return Page(Ink(strokes, left.ink.units_per_mm), left.places + places, left.texts + right.texts)


def columns(forms: Sequence[Sequence[Sample]], n: int, random: Any) -> Page:
    """Two forms beside each other, two to eight scales between them."""
    a, b = plain(forms, n, random), plain(forms, (n + 1) % len(forms), random)
    scale = _scale(a.ink)
    size = scale / _scale(b.ink) if random.random() < 0.5 else 1.0
    _, top, right, _ = a.ink.bounds
    left, other_top, _, _ = b.ink.bounds
    gap = random.uniform(2, 8) * scale
    down = top - size * other_top + random.uniform(-1.5, 1.5) * scale
    return _beside(a, b, right + gap - size * left, down, size)


def margin_notes(forms: Sequence[Sequence[Sample]], n: int, random: Any) -> Page:
    """A form with a note of two or three short lines in small letters beside it."""
    page = plain(forms, n, random)
    scale = _scale(page.ink)
    lines = forms[(n + 1) % len(forms)][: int(random.integers(2, 4))]
    short: list[Sample] = []
    for line in lines:
        left = line.ink.bounds[0]
        within = [s for s in line.ink if s.x.max() < left + 14 * scale]
        if len(within) > 2:
            short.append(line._replace(ink=Ink(within, line.ink.units_per_mm)))
    if not short:
        return page
    ink, places = laid(short)
    note = Page(ink, places, [""] * len(short))
    size = random.uniform(0.55, 0.85) * scale / _scale(ink)
    left, top, right, bottom = page.ink.bounds
    a, b, c, d = ink.bounds
    y = random.uniform(top, max(bottom - size * (d - b), top + 1)) - size * b
    gap = random.uniform(1.5, 4) * scale
    x = right + gap - size * a if random.random() < 0.5 else left - gap - size * c
    return _beside(page, note, x, y, size)


def any_order(forms: Sequence[Sequence[Sample]], n: int, random: Any) -> Page:
    """Strokes in a random order, without time."""
    page = plain(forms, n, random)
    order = random.permutation(len(page.ink))
    strokes = [Stroke(page.ink[i].x, page.ink[i].y) for i in order.tolist()]
    new = np.argsort(order)
    places = [tuple(sorted(new[list(place)].tolist())) for place in page.places]
    return page._replace(ink=Ink(strokes, page.ink.units_per_mm), places=places)


def _mapped(matrix: Sequence[Sequence[float]], notice: str = "") -> Any:
    (a, b), (c, d) = matrix

    def lay(forms: Sequence[Sequence[Sample]], n: int, random: Any) -> Page:
        page = plain(forms, n, random)
        strokes = [Stroke(a * s.x + b * s.y, c * s.x + d * s.y, s.t, s.pressure) for s in page.ink]
        return page._replace(ink=Ink(strokes, page.ink.units_per_mm), notice=notice)

    return lay


_C, _S = math.cos(math.radians(12)), math.sin(math.radians(12))
KINDS = {
    "as written": plain,
    "two columns": columns,
    "margin notes": margin_notes,
    "random order": any_order,
    "skewed by 12": _mapped(((_C, -_S), (_S, _C))),
    "skewed by -12": _mapped(((_C, _S), (-_S, _C))),
    "y upward": _mapped(((1, 0), (0, -1)), "upward"),
    "mirrored": _mapped(((-1, 0), (0, 1)), "mirrored"),
    "upside down": _mapped(((-1, 0), (0, -1)), "upside down"),
    "turned to the right": _mapped(((0, -1), (1, 0)), "turned"),
    "turned to the left": _mapped(((0, 1), (-1, 0)), "turned"),
}
"""Ways to lay a page out."""


def _scale(ink: Ink) -> float:
    return update_scale(ScaleEstimate(), ink.samples()).scale


def by_kind(args: argparse.Namespace) -> dict[str, Any]:
    """Lay pages out in many ways, take them apart and read them."""
    tqdm = require("tqdm", "train").tqdm
    recognizer = inkrec.load(args.model)
    with Corpus(args.corpus) as corpus:
        forms = pages(corpus, args.split, None)
    step = max(1, len(forms) // args.limit) if args.limit else 1
    chosen = range(0, len(forms), step)
    report: dict[str, Any] = {"model": args.model, "split": args.split, "pages": len(chosen)}
    for kind in args.kinds.split(",") if args.kinds != "all" else KINDS:
        random = np.random.default_rng(args.seed)
        row = {"lines": 0, "lines_right": 0, "pages_right": 0, "told": 0}
        wrong = characters = 0
        for n in tqdm(chosen, desc=kind, disable=args.quiet):
            page = KINDS[kind](forms, n, random)
            layout = lay_out(list(page.ink))
            got = {line.strokes for line in layout.lines}
            row["lines"] += len(page.places)
            row["lines_right"] += len(got & set(page.places))
            row["pages_right"] += got == set(page.places)
            seen = layout.orientations[0].name
            row["told"] += page.notice in seen if page.notice else seen == "upright"
            if not args.strokes and kind != "margin notes":
                truth = "\n".join(" ".join(text.split()) for text in page.texts)
                wrong += edits(truth, recognizer.recognize_page(page.ink).text)
                characters += len(truth)
        if characters:
            row["cer"] = round(rate(wrong, characters), 2)
        report.setdefault("kinds", {})[kind] = row
    return report


def kinds_table(report: dict[str, Any]) -> str:
    """The report of kinds as a table of Markdown."""
    head = f"| `{report['model']}`, {report['pages']} pages of {report['split']} "
    rows = [head + "| lines right | pages right | told | CER |", "|---|---:|---:|---:|---:|"]
    for kind, row in report["kinds"].items():
        part = 100 * row["lines_right"] / max(row["lines"], 1)
        cer = f"{row['cer']:.2f}" if "cer" in row else "-"
        rows.append(
            f"| {kind} | {row['lines_right']} of {row['lines']} ({part:.1f} %) "
            f"| {row['pages_right']} | {row['told']} | {cer} |"
        )
    return "\n".join(rows)


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
    parser.add_argument("--kinds", help="of layout, with commas between them, or all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    args = parser.parse_args(arguments)
    try:
        report = by_kind(args) if args.kinds else measure(args)
    except InkrecError as error:
        print(f"pages: {error}", file=sys.stderr)
        return 1
    print(json.dumps(report) if args.json else (kinds_table if args.kinds else table)(report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
