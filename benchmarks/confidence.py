r"""Do confidences mean something, on writing and on ink that is none?

::

    python benchmarks/confidence.py en iam.h5 --split testset_t --every 6
    python benchmarks/confidence.py en iam.h5 --split testset_v --only 0/5 --fit

Each line is read as it is, and some of them as alien ink: with y upward, mirrored, turned by 90
and 180 degrees, two lines laid together as one, hatched over, and scribbles made up. A word is
right if it stands in the label where the texts are aligned. ``--fit`` fits the weights of
`inkrec.decoding.confidence` by logistic regression: words of writing against wrong words of alien
ink, which count for a fourteenth of all. That part was chosen on the fold of the second command.
"""

# ruff: noqa: E402
from __future__ import annotations

import argparse
import difflib
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np
import numpy.typing as npt

import inkrec
from inkrec import Ink, Recognizer, Stroke
from inkrec._checks import require
from inkrec.corpus import Corpus, Sample
from inkrec.decoding import confidence
from inkrec.errors import InkrecError
from inkrec.metrics import calibration_error
from inkrec.training.data_spec import DataSpec

SURE = 0.95
ALIEN_PART = 0.07  # of all, that alien ink counts for in the fit
Array = npt.NDArray[np.float64]


def _mapped(ink: Ink, a: float, b: float, c: float, d: float) -> Ink:
    return Ink([Stroke(a * s.x + b * s.y, c * s.x + d * s.y, s.t, s.pressure) for s in ink])


def _two_lines(ink: Ink, other: Ink) -> Ink:
    """Another line's strokes under this one's, in the time of these."""
    left, top, _, bottom = ink.bounds
    x, y, _, _ = other.bounds
    strokes = [*ink, *(Stroke(s.x - x + left, s.y - y + bottom, None, None) for s in other)]
    order = sorted(range(len(strokes)), key=lambda i: float(strokes[i].x.min()))
    del top
    return Ink([Stroke(strokes[i].x, strokes[i].y) for i in order])


def _hatched(ink: Ink, random: np.random.Generator) -> Ink:
    left, top, right, bottom = ink.bounds
    strokes = [Stroke(s.x, s.y) for s in ink]
    step = (right - left) / random.integers(12, 40)
    for x in np.arange(left, right, step):
        strokes.append(Stroke([x, x + step], [bottom, top]))
    return Ink(strokes)


def _scribble(ink: Ink, random: np.random.Generator) -> Ink:
    """Loops, zigzags and boxes as large as the line."""
    left, top, right, bottom = ink.bounds
    high, strokes, x = bottom - top, [], left
    while x < right:
        n, wide = int(random.integers(4, 24)), high * random.uniform(0.2, 1.5)
        if random.random() < 0.5:
            turn = np.linspace(0, random.uniform(4, 30), 8 * n)
            xs = x + wide * (0.5 + 0.5 * np.cos(turn))
            ys = top + high * (0.5 + 0.5 * np.sin(turn * random.uniform(0.7, 1.3)))
        else:
            xs = x + wide * np.sort(random.random(n))
            ys = top + high * random.random(n)
        strokes.append(Stroke(xs, ys))
        x += wide * random.uniform(0.8, 2)
    return Ink(strokes)


ALIEN: dict[str, Callable[[Ink, Ink, np.random.Generator], Ink]] = {
    "y upward": lambda ink, *_: _mapped(ink, 1, 0, 0, -1),
    "mirrored": lambda ink, *_: _mapped(ink, -1, 0, 0, 1),
    "turned by 180": lambda ink, *_: _mapped(ink, -1, 0, 0, -1),
    "turned by 90": lambda ink, *_: _mapped(ink, 0, -1, 1, 0),
    "two lines as one": lambda ink, other, _: _two_lines(ink, other),
    "hatched": lambda ink, _, random: _hatched(ink, random),
    "scribbles": lambda ink, _, random: _scribble(ink, random),
}


def right_words(label: str, words: Sequence[str]) -> list[bool]:
    """Which words stand in the label where the texts are aligned."""
    matcher = difflib.SequenceMatcher(None, label.split(), words, autojunk=False)
    same = {b + i for _, b, size in matcher.get_matching_blocks() for i in range(size)}
    return [n in same for n in range(len(words))]


def cases(samples: Sequence[Sample], most: int, seed: int) -> Iterator[tuple[str, Ink, str]]:
    """Kind, ink and label: each line as it is, and some as alien ink."""
    for sample in samples:
        yield "clean", sample.ink, sample.text
    random = np.random.default_rng(seed)
    for name, make in ALIEN.items():
        picks = random.permutation(len(samples))[:most].tolist()
        for n in picks:
            other = samples[(n + 1) % len(samples)].ink
            yield name, make(samples[n].ink, other, random), samples[n].text


def collect(
    recognizer: Recognizer, samples: Sequence[Sample], most: int, seed: int, quiet: bool
) -> dict[str, list[tuple[Array, float, bool]]]:
    """For each kind the evidence of each word, its confidence, and whether it is right."""
    tqdm = require("tqdm", "train").tqdm
    decoder = confidence.calibrated
    rows: list[Array] = []

    def recording(found: Array, weights: Sequence[float]) -> list[float]:
        rows.extend(found)
        return decoder(found, weights)

    confidence.calibrated = recording
    kinds: dict[str, list[tuple[Array, float, bool]]] = {}
    try:
        for kind, ink, label in tqdm(list(cases(samples, most, seed)), disable=quiet):
            rows.clear()
            said = recognizer._read_line(ink, "", None)[0]  # what the ink is taken for counts apart
            told = right_words(label, [w.text for w in said.words])
            if len(rows) == len(told):
                sure = [w.confidence for w in said.words]
                kinds.setdefault(kind, []).extend(zip(map(np.array, rows), sure, told, strict=True))
    finally:
        confidence.calibrated = decoder
    return kinds


def fit(
    groups: Sequence[list[tuple[Array, float, bool]]], parts: Sequence[float], ridge: float = 3.0
) -> list[float]:
    """Weights of the evidence by logistic regression (Newton), each group for a part of all."""
    x = np.array([row for group in groups for row, _, _ in group])
    y = np.array([right for group in groups for _, _, right in group], float)
    each = np.concatenate(
        [
            np.full(len(group), part * len(y) / len(group))
            for group, part in zip(groups, parts, strict=True)
        ]
    )
    scale = x.std(axis=0)
    scale[scale < 1e-9] = 1.0
    z, weights = x / scale, np.zeros(x.shape[1])
    penalty = ridge * np.eye(x.shape[1])
    penalty[0, 0] = 0.0
    for _ in range(50):
        p = 1 / (1 + np.exp(-z @ weights))
        step = np.linalg.solve(
            (z * (each * p * (1 - p))[:, None]).T @ z + penalty,
            z.T @ (each * (y - p)) - penalty @ weights,
        )
        weights += step
        if np.abs(step).max() < 1e-6:
            break
    return (weights / scale).round(4).tolist()


def figures(rows: Sequence[tuple[Array, float, bool]]) -> dict[str, Any]:
    """Words, how many are wrong and sure of it, and the calibration error."""
    sure = [p for _, p, _ in rows]
    right = [bool(r) for _, _, r in rows]
    wrong = sum(p >= SURE and not r for p, r in zip(sure, right, strict=True))
    return {
        "words": len(rows),
        "right": sum(right),
        "wrong_and_sure": wrong,
        "wrong_and_sure_percent": round(100 * wrong / max(1, len(rows)), 2),
        "calibration_error": round(calibration_error(sure, right), 2),
        "right_and_sure": sum(p >= SURE and r for p, r in zip(sure, right, strict=True)),
    }


def measure(args: argparse.Namespace) -> dict[str, Any]:
    """Read the lines, and tell of each kind."""
    recognizer = inkrec.load(args.model)
    with Corpus(args.corpus) as corpus:
        spec = f"{args.corpus}?split={args.split}"
        if args.only:
            spec += f"&only={args.only}"
        samples = DataSpec.parse(spec)[1].read(corpus)
        samples = samples[:: args.every][: args.limit]
        kinds = collect(recognizer, samples, args.alien, args.seed, args.quiet)
    alien = [row for kind, rows in kinds.items() if kind != "clean" for row in rows]
    report: dict[str, Any] = {"model": args.model, "split": args.split, "lines": len(samples)}
    report["kinds"] = {kind: figures(rows) for kind, rows in kinds.items()}
    report["kinds"]["all alien"] = figures(alien)
    if args.fit:
        # of writing every word counts as borne out: the posterior tells the right ones
        writing = [(row, p, True) for row, p, _ in kinds["clean"]]
        weights = fit([writing, alien], (1 - ALIEN_PART, ALIEN_PART))
        report["weights"] = dict(zip(confidence.NAMES, weights, strict=True))
    if args.save:
        groups = {kind: [np.array([r for r, _, _ in v]), np.array([(p, t) for _, p, t in v])]
                  for kind, v in kinds.items()}  # fmt: skip
        np.savez(args.save, **{f"{k}/{n}": a for k, v in groups.items() for n, a in enumerate(v)})
    return report


def table(report: dict[str, Any]) -> str:
    """The report as a table of Markdown."""
    rows = [
        f"| `{report['model']}`, {report['split']} | words | right | wrong at {SURE} or more | "
        "calibration error |",
        "|---|---:|---:|---:|---:|",
    ]
    for kind, f in report["kinds"].items():
        rows.append(
            f"| {kind} | {f['words']} | {f['right']} | {f['wrong_and_sure']} "
            f"({f['wrong_and_sure_percent']:.1f} %) | {f['calibration_error']:.1f} % |"
        )
    if "weights" in report:
        rows += ["", ", ".join(str(w) for w in report["weights"].values())]
    return "\n".join(rows)


def main(arguments: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("model", help="a bundled model or a file")
    parser.add_argument("corpus", help="HDF5 with lines")
    parser.add_argument("--split", default="testset_t")
    parser.add_argument("--only", help="a fold of forms, such as 0/5")
    parser.add_argument("--every", type=int, default=1, help="every so many lines")
    parser.add_argument("--limit", type=int, help="only the first lines")
    parser.add_argument("--alien", type=int, default=20, help="lines of each kind of alien ink")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--fit", action="store_true", help="fit the weights, and print them")
    parser.add_argument("--save", help="a file for the evidence, .npz")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    args = parser.parse_args(arguments)
    try:
        report = measure(args)
    except InkrecError as error:
        print(f"confidence: {error}", file=sys.stderr)
        return 1
    print(json.dumps(report) if args.json else table(report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
