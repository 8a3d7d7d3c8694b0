r"""A word that is written back into a gap: is it kept, and where it stands?

::

    python benchmarks/insertions.py en iam.h5 --split testset_t --lines 200

From each line one word is taken out, as forced alignment finds its strokes, and written when
the rest is done, a second later, where it stood. The line is read in a session that commits,
by `Recognizer.recognize`, and on a page, in the stream and once it is settled. A word counts
as kept if the text holds it, as often as the line does that is left as it was written; as
in its place if it stands between the same words. Needs the extra ``train``.
"""

# ruff: noqa: E402
from __future__ import annotations

import argparse
import difflib
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np

import inkrec
from inkrec import Hypothesis, Ink, Recognizer, Stroke
from inkrec._checks import require
from inkrec.corpus import Corpus, Sample
from inkrec.errors import InkrecError
from inkrec.training.forced_alignment import align_words

PAUSE = 1.0  # s before the word is written
WAYS = ("recognize", "session", "page")


def words_out(recognizer: Recognizer, sample: Sample) -> list[tuple[int, int]]:
    """First stroke of each word inside a line that stands apart, and of the one behind it."""
    cuts = align_words(recognizer.model, sample.ink, sample.text)
    return [(a, b) for (a, i), (b, j) in pairwise(cuts) if sample.text[i:j].count(" ") == 1]


def put_back(ink: Ink, first: int, last: int) -> tuple[Ink, list[int]]:
    """The line with some strokes written last, and the strokes as they were counted before."""
    strokes = list(ink)
    late = strokes[first:last]
    rest = strokes[:first] + strokes[last:]
    order = [*range(first), *range(last, len(strokes)), *range(first, last)]
    if not ink.has_time:
        return Ink(rest + late, ink.units_per_mm), order
    times = [s.t for s in (rest[-1], *late) if s.t is not None]
    wait = float(times[0][-1]) + PAUSE - float(times[1][0])
    late = [Stroke(s.x, s.y, t + wait, s.pressure) for s, t in zip(late, times[1:], strict=True)]
    return Ink(rest + late, ink.units_per_mm), order


def in_place(line: Sequence[str], text: Sequence[str], word: range) -> bool:
    """Whether some words of a line stand in a text between the same words."""
    blocks = difflib.SequenceMatcher(None, line, text, autojunk=False).get_matching_blocks()
    same = {a + i for a, _, size in blocks for i in range(size)}
    return set(word) <= same


def read(recognizer: Recognizer, ink: Ink) -> dict[str, tuple[str, str, list[tuple[int, ...]]]]:
    """For each way of reading the text, the text as it stands, and the strokes of its words."""
    found = {}
    said = recognizer.recognize(ink)
    found["recognize"] = _told(said)
    session = recognizer.session(has_time=ink.has_time)
    for sample in ink.samples():
        session.feed(sample)
    found["session"] = _told(session.finish())
    page = recognizer.page()
    for n, stroke in enumerate(ink):
        page.add(n, stroke)
        page.changes()
    page.settle()
    strokes = [word.strokes for word in page.words]
    found["page"] = (page.text, page.text, strokes)
    return found


def _told(said: Hypothesis) -> tuple[str, str, list[tuple[int, ...]]]:
    whole = getattr(said, "amended", None) or said.text
    return said.text, whole, [word.strokes for word in said.words]


def lines(corpus: Corpus, split: str, most: int) -> Iterator[Sample]:
    """Lines from all over a split."""
    places = corpus.indices(split)
    step = max(1, len(places) // (2 * most))
    yield from corpus.read(places[::step].tolist())


def measure(args: argparse.Namespace) -> dict[str, Any]:
    """Take a word out of each line, and put it back."""
    tqdm = require("tqdm", "train").tqdm
    recognizer = inkrec.load(args.model)
    random = np.random.default_rng(args.seed)
    count = 0
    tally: Counter[str] = Counter()
    with Corpus(args.corpus) as corpus, tqdm(total=args.lines, disable=args.quiet) as bar:
        for sample in lines(corpus, args.split, args.lines):
            places = words_out(recognizer, sample)
            if not places:
                continue
            first, last = places[int(random.integers(len(places)))]
            whole = recognizer.recognize(sample.ink)
            wanted = set(range(first, last))
            mine = [
                n
                for n, word in enumerate(whole.words)
                if word.strokes and 2 * len(wanted & set(word.strokes)) > len(word.strokes)
            ]
            if not mine:
                continue
            line = [word.text for word in whole.words]
            ink, order = put_back(sample.ink, first, last)
            for way, (text, placed, strokes) in read(recognizer, ink).items():
                held = Counter(text.split())
                kept = all(held[line[n]] >= line.count(line[n]) for n in mine)
                stands = in_place(line, placed.split(), range(mine[0], mine[-1] + 1))
                tally[f"{way} kept"] += kept
                tally[f"{way} in_place"] += stands
                mixed = any(0 < len(wanted & {order[i] for i in own}) < len(own) for own in strokes)
                tally[f"{way} strokes_apart"] += not mixed
                if args.show and not (kept and stands):
                    print(f"{way}: {' '.join(line)!r} -> {text!r} ({placed!r})")
            count += 1
            bar.update()
            if count == args.lines:
                break
    report: dict[str, Any] = {"model": args.model, "split": args.split, "lines": count}
    for way in WAYS:
        for name in ("kept", "in_place", "strokes_apart"):
            report[f"{way}_{name}"] = tally[f"{way} {name}"]
    return report


def table(report: dict[str, Any]) -> str:
    """The report as a table of Markdown."""
    rows = [
        f"| `{report['model']}`, {report['split']}, {report['lines']} lines | "
        "kept | in its place | its strokes in no other word |",
        "|---|---:|---:|---:|",
    ]
    for way in WAYS:
        cells = (report[f"{way}_{name}"] for name in ("kept", "in_place", "strokes_apart"))
        rows.append(f"| {way} | {' | '.join(map(str, cells))} |")
    return "\n".join(rows)


def main(arguments: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("model", help="a bundled model or a file")
    parser.add_argument("corpus", help="HDF5 with lines")
    parser.add_argument("--split", default="testset_t")
    parser.add_argument("--lines", type=int, default=200, help="so many of them")
    parser.add_argument("--seed", type=int, default=0, help="of the choice of words")
    parser.add_argument("--show", action="store_true", help="print what was lost")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    args = parser.parse_args(arguments)
    try:
        report = measure(args)
    except InkrecError as error:
        print(f"insertions: {error}", file=sys.stderr)
        return 1
    print(json.dumps(report) if args.json else table(report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
