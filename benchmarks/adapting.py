r"""What adapting to a writer is worth, and what it costs on other hands.

::

    python benchmarks/adapting.py unipen.h5 --others iam.h5 --others-split testset_t

For each writer of a split: `inkrec adapt` gets the first lines, and the writer's other
lines, which it never sees, are read before and after. A writer's lines are the texts, or
where there are too few, words laid side by side by fives. No text is both learnt and
asked. Everything follows from the seed. Rates are in percent, all edits over all
characters. Needs the extra ``train``.
"""

# ruff: noqa: E402
from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np

import inkrec
from inkrec import Ink, Recognizer, Stroke
from inkrec._checks import require
from inkrec.corpus import Corpus, Sample
from inkrec.decoding.beam import best_path
from inkrec.errors import InkrecError
from inkrec.formats import Labelled
from inkrec.ink.scale import ScaleEstimate, update_scale
from inkrec.metrics import cer
from inkrec.session.encoder import encode
from inkrec.training.adapt import adapt

TUNED = ("nic/corrie", "hp/hpb0-lac", "imt/lead", "cedar/ve0525")
"""Writers on whose lines the settings of adapting were chosen; left out if not named."""

PASSES = {"final_greedy": "best path", "final": "language model"}
WORDS = 5  # words that are laid side by side
LENGTH = 12  # characters of a text, at least, to be a line
HELD = 10  # lines to be asked, at least, where that many may be


def side_by_side(words: Sequence[Sample]) -> Labelled:
    """Words as they were written, one right of the other with their middles in line."""
    scale = float(
        np.median([update_scale(ScaleEstimate(), word.ink.samples()).scale for word in words])
    )
    strokes: list[Stroke] = []
    right = clock = 0.0
    for word in words:
        left, _, end, _ = word.ink.bounds
        middle = np.concatenate([s.y for s in word.ink]).mean()
        timed, began = word.ink.has_time, word.ink[0].t
        for s in word.ink:
            t = None if not timed or s.t is None or began is None else s.t - began[0] + clock
            strokes.append(Stroke(s.x - left + right, s.y - middle, t, s.pressure))
        right += end - left + scale
        last = strokes[-1].t
        clock = clock if last is None else float(last[-1]) + 0.3
    return Labelled(Ink(strokes, words[0].ink.units_per_mm), " ".join(w.text for w in words))


def parts(
    samples: Sequence[Sample], joined: int, learnt: int, asked: int, seed: int
) -> tuple[list[Labelled], list[Labelled]]:
    """Lines to learn from and lines to ask, with no text in both."""
    order = sorted(samples, key=lambda s: (zlib.crc32(f"{seed} {s.text}".encode()), s.id))
    cut = min(learnt * joined, len(order))
    while 0 < cut < len(order) and order[cut - 1].text == order[cut].text:
        cut += 1
    random = np.random.default_rng(seed)
    made = []
    for part, most in ((order[:cut], learnt), (order[cut:], asked)):
        mixed = [part[i] for i in random.permutation(len(part))]
        runs = [mixed[i : i + joined] for i in range(0, len(mixed) - joined + 1, joined)]
        made.append([side_by_side(run) for run in runs[:most]])
    return made[0], made[1]


def writer_lines(
    corpus: Corpus, split: str, learnt: int, asked: int, seed: int
) -> dict[str, tuple[str, list[Labelled], list[Labelled]]]:
    """The kind and the two parts of every writer who wrote enough."""
    by: dict[tuple[str, str], list[Sample]] = defaultdict(list)
    for sample in corpus.read(corpus.indices(split).tolist()):
        if sample.kind != "text" or len(sample.text) >= LENGTH:
            by[sample.writer, sample.kind].append(sample)
    found = {}
    for writer in sorted({writer for writer, _ in by}):
        for kind, joined in (("text", 1), ("word", WORDS)):
            learn, ask = parts(by[writer, kind], joined, learnt, asked, seed)
            if len(learn) == learnt and len(ask) >= min(HELD, asked):
                found[writer] = (kind, learn, ask)
                break
    return found


def spread(samples: Sequence[Any], count: int) -> list[Any]:
    """So many of a sequence, evenly."""
    return list(samples[:: max(1, len(samples) // max(count, 1))][:count])


Read = dict[str, list[tuple[str, str]]]


def read(recognizer: Recognizer, lines: Iterable[Labelled]) -> Read:
    """True and read text of each finished line, by pass."""
    readings: Read = {name: [] for name in PASSES}
    model = recognizer.model
    for ink, text in lines:
        scale = update_scale(ScaleEstimate(), ink.samples()).scale
        encoding = encode(model, scale, list(ink.samples()), has_time=ink.has_time)
        symbols = best_path(model.network.refine(encoding.frames.hidden))[0]
        texts = {"final_greedy": model.alphabet.decode(symbols)}
        if recognizer.language is not None:  # with all that finished lines get
            texts["final"] = recognizer.recognize(ink).text
        for name, found in texts.items():
            readings[name].append((text or "", " ".join(found.split())))
    return readings


def rates(readings: Iterable[Read]) -> dict[str, float]:
    """Character error rates over all of some readings."""
    pairs = {name: [pair for part in readings for pair in part[name]] for name in PASSES}
    return {n: round(cer(*zip(*p, strict=True)), 2) for n, p in pairs.items() if p}


def measure(args: argparse.Namespace) -> dict[str, Any]:
    """Adapt to every writer, and read."""
    if args.held < 1:
        raise InkrecError(f"--held is {args.held}; it must be 1 or more")
    tqdm = require("tqdm", "train").tqdm
    require("torch", "train").set_num_threads(1)
    most = max(args.lines)
    with Corpus(args.corpus) as corpus:
        found = writer_lines(corpus, args.split, most, args.held, args.seed)
    chosen = args.writers or [w for w in found if w not in TUNED]
    if missing := [w for w in chosen if w not in found]:
        raise SystemExit(f"{missing[0]} wrote too little; there are {', '.join(found) or 'none'}")
    foreign: list[Labelled] = []
    if args.others:
        with Corpus(args.others) as corpus:
            picks = spread(corpus.indices(args.others_split).tolist(), args.others_lines)
            foreign = [Labelled(s.ink, s.text.strip()) for s in corpus.read(picks)]

    base = inkrec.load(args.model)
    bar = tqdm(total=len(chosen) * len(args.lines), unit="model", disable=args.quiet)
    before = {w: read(base, found[w][2]) for w in chosen}
    few = {w: spread(found[w][2], args.neighbours) for w in chosen}
    before_few = {w: read(base, few[w]) for w in chosen}
    before_foreign = read(base, foreign)
    writers, own, near, far = [], defaultdict(list), defaultdict(list), defaultdict(list)
    for writer in chosen:
        kind, learn, ask = found[writer]
        row: dict[str, Any] = {
            "writer": writer,
            "kind": kind,
            "asked": len(ask),
            "characters": sum(len(text or "") for _, text in ask),
            "before": rates([before[writer]]),
            "after": {},
        }
        for n in args.lines:
            with tempfile.TemporaryDirectory() as folder:
                mine = Path(folder) / "mine.inkrec"
                began = time.process_time()
                result = adapt(args.model, learn[:n], mine)
                seconds = time.process_time() - began
                recognizer = inkrec.load(mine)
            readings = read(recognizer, ask)
            own[n].append(readings)
            near[n].append(read(recognizer, (x for w in chosen if w != writer for x in few[w])))
            far[n].append(read(recognizer, foreign))
            row["after"][n] = {
                **rates([readings]),
                "kept": result.kept,
                "guard": [round(result.before, 2), round(result.after, 2)],
                "cpu_s": round(seconds, 1),
            }
            bar.update()
        writers.append(row)
        if args.json:
            print(json.dumps(row), flush=True)
    bar.close()
    others = [before_few[o] for w in chosen for o in chosen if o != w]
    return {
        "model": args.model,
        "split": args.split,
        "seed": args.seed,
        "lines": args.lines,
        "writers": writers,
        "all": summary(before.values(), own),
        "other_writers": summary(others, near) if others else None,
        "others": summary([before_foreign], far) if foreign else None,
    }


def summary(before: Iterable[Read], after: dict[int, list[Read]]) -> dict[str, Any]:
    """Rates over all lines, before and after."""
    before = list(before)
    return {
        "characters": sum(len(true) for part in before for true, _ in part["final_greedy"]),
        "before": rates(before),
        "after": {n: rates(readings) for n, readings in after.items()},
    }


def table(report: dict[str, Any]) -> str:
    """The report as a table of Markdown."""
    counts = report["lines"]
    names = [n for n in PASSES if n in report["all"]["before"]]
    heads = [f"{PASSES[n]}: {'before' if c is None else c}" for n in names for c in (None, *counts)]
    lines = [
        f"| | characters | {' | '.join(heads)} | CPU, s |",
        f"|---|{'---:|' * (len(heads) + 2)}",
    ]

    def add(label: str, characters: str, row: dict[str, Any], seconds: str = "") -> None:
        cells = [
            f"{(row['before'] if c is None else row['after'][c])[n]:.2f}"
            for n in names
            for c in (None, *counts)
        ]
        lines.append(f"| {label} | {characters} | {' | '.join(cells)} | {seconds} |")

    for row in report["writers"]:
        times = " / ".join(f"{row['after'][c]['cpu_s']:.0f}" for c in counts)
        kind = "texts" if row["kind"] == "text" else "words by fives"
        add(f"{row['writer']}, {row['asked']} {kind}", str(row["characters"]), row, times)
    add("**all**", str(report["all"]["characters"]), report["all"])
    for key, label in (
        ("other_writers", "each model, the other writers"),
        ("others", "each model, the other corpus"),
    ):
        if report[key]:
            add(label, str(report[key]["characters"]), report[key])
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("corpus", help="HDF5 with the writers' names")
    parser.add_argument("--split", default="dev")
    parser.add_argument("--model", default="en", help="a bundled model or a file")
    parser.add_argument("--lines", type=int, nargs="+", default=[10, 30], help="to learn from")
    parser.add_argument("--writers", nargs="+", help="all who wrote enough by default, but for "
                        f"those the settings were chosen on ({', '.join(TUNED)})")  # fmt: skip
    parser.add_argument("--held", type=int, default=25, help="lines of a writer to ask, at most")
    parser.add_argument("--neighbours", type=int, default=4, help="lines of each other writer")
    parser.add_argument("--others", help="another corpus, read with the adapted models too")
    parser.add_argument("--others-split", default="testset_t")
    parser.add_argument("--others-lines", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--json", action="store_true", help="a JSON object a writer, and one of all"
    )
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    args = parser.parse_args(arguments)
    try:
        report = measure(args)
    except InkrecError as error:
        print(f"adapting: {error}", file=sys.stderr)
        return 1
    print(
        json.dumps({k: v for k, v in report.items() if k != "writers"})
        if args.json
        else table(report)
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
