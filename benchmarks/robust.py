r"""What other pens, pages and habits do to the error: the same lines, changed in one thing.

::

    python benchmarks/robust.py en benchmarks/robust.toml --corpora data

Lines are read as `Recognizer.recognize` reads them, as they are and with the samples of another
digitizer, another slope or slant, another speed, or dots and bars written last. What is made up
is no other device or hand, but it says on which of their traits a model leans. Rates are
character error rates in percent, with the difference to the lines as they are, and its 95 %
interval when whole writers (forms, where the corpus names no writer) are drawn again; below 10
of them there is none. Needs the extra ``train``.
"""

# ruff: noqa: E402
from __future__ import annotations

import argparse
import itertools
import json
import math
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np
import numpy.typing as npt

import inkrec
from inkrec import Ink, Recognizer, Stroke
from inkrec._checks import require
from inkrec.corpus import Corpus, Sample
from inkrec.errors import InkrecError
from inkrec.ink.scale import ScaleEstimate, update_scale
from inkrec.metrics import bootstrap, edits
from inkrec.metrics.accuracy import rate

if TYPE_CHECKING:
    from inkrec.training.data_spec import DataSpec

Array = npt.NDArray[np.float64]
Change = Callable[[Ink], Ink]


def scale_of(ink: Ink) -> float:
    """The unit of lengths that a recogniser finds."""
    return update_scale(ScaleEstimate(), ink.samples()).scale


def by_stroke(one: Callable[[Stroke], Stroke]) -> Change:
    """A change of each stroke by itself."""
    return lambda ink: Ink([one(s) for s in ink], ink.units_per_mm)


def sampled(hz: float) -> Change:
    """So many samples a second, on the straight between those there are; untimed ink stays."""

    def one(s: Stroke) -> Stroke:
        if s.t is None:
            return s
        t = np.linspace(s.t[0], s.t[-1], max(2, math.ceil((s.t[-1] - s.t[0]) * hz) + 1))
        p = None if s.pressure is None else np.interp(t, s.t, s.pressure)
        return Stroke(np.interp(t, s.t, s.x), np.interp(t, s.t, s.y), t, p)

    return by_stroke(one)


def dropped(part: float) -> Change:
    """Samples lost by chance, but for the first and last of a stroke."""

    def change(ink: Ink) -> Ink:
        random = np.random.default_rng(1)

        def one(s: Stroke) -> Stroke:
            keep = random.random(len(s)) >= part
            keep[[0, -1]] = True
            return Stroke(*(None if c is None else c[keep] for c in (s.x, s.y, s.t, s.pressure)))

        return by_stroke(one)(ink)

    return change


def moved(f: Callable[[Array, Array, float], tuple[Array, Array]]) -> Change:
    """Places changed by a function of x, y and the scale."""

    def change(ink: Ink) -> Ink:
        scale = scale_of(ink)
        return by_stroke(lambda s: Stroke(*f(s.x, s.y, scale), s.t, s.pressure))(ink)

    return change


def on_a_grid(step: float) -> Change:
    """Whole steps of so many scales."""
    return moved(lambda x, y, u: tuple(np.round(v / u / step) * u * step for v in (x, y)))


def shaken(size: float) -> Change:
    """Noise of so many scales on every sample."""

    def change(ink: Ink) -> Ink:
        random = np.random.default_rng(1)

        def noisy(v: Array, u: float) -> Array:
            return np.asarray(v + u * size * random.standard_normal(len(v)))

        return moved(lambda x, y, u: (noisy(x, u), noisy(y, u)))(ink)

    return change


def linear(a: float, b: float, c: float, d: float) -> Change:
    """Places times a matrix."""
    return moved(lambda x, y, _: (a * x + b * y, c * x + d * y))


def turned(degrees: float) -> Change:
    """The line rising, for a positive angle."""
    a = math.radians(degrees)
    return linear(math.cos(a), math.sin(a), -math.sin(a), math.cos(a))


def timed(f: Callable[[Array], Array | None]) -> Change:
    """Times changed by a function."""
    return by_stroke(lambda s: Stroke(s.x, s.y, None if s.t is None else f(s.t), s.pressure))


def marks_last(ink: Ink) -> Ink:
    """Dots and bars over what was written before, only when the rest of the line stands."""
    from inkrec.training.line import TrainingLine
    from inkrec.training.stroke_order_augment import diacritics

    strokes, clock = [], 0.0
    for i in np.argsort(diacritics(TrainingLine.from_ink(ink, "")), kind="stable").tolist():
        s = ink[i]
        t = None if s.t is None else s.t - s.t[0] + clock
        strokes.append(Stroke(s.x, s.y, t, s.pressure))
        clock = clock if t is None else float(t[-1]) + 0.15
    return Ink(strokes, ink.units_per_mm)


def reaching(factor: float) -> Change:
    """What ascenders and descenders have more than small letters, so many times as long."""

    def change(ink: Ink) -> Ink:
        from inkrec.training.augment import stretch_ascenders
        from inkrec.training.line import TrainingLine

        page = stretch_ascenders(TrainingLine.from_ink(ink, ""), factor, factor)
        ends = [0, *(page.stroke_ends + 1).tolist()]
        places = [(page.x[a:b], page.y[a:b]) for a, b in itertools.pairwise(ends)]
        return Ink([Stroke(*p, s.t, s.pressure) for p, s in zip(places, ink, strict=True)])

    return change


CHANGES: Mapping[str, Change] = {
    "25 samples a second": sampled(25),
    "40 samples a second": sampled(40),
    "60 samples a second": sampled(60),
    "240 samples a second": sampled(240),
    "every fifth sample lost": dropped(0.2),
    "every second sample lost": dropped(0.5),
    "a grid of 1/10 scale": on_a_grid(0.1),
    "a grid of 1/5 scale": on_a_grid(0.2),
    "noise of 1/40 scale": shaken(0.025),
    "noise of 1/25 scale": shaken(0.04),
    "rising by 5 degrees": turned(5),
    "falling by 5 degrees": turned(-5),
    "rising by 12 degrees": turned(12),
    "falling by 12 degrees": turned(-12),
    "leaning right, by 0.4": linear(1, -0.4, 0, 1),
    "leaning left, by 0.4": linear(1, 0.4, 0, 1),
    "1.4 times as wide": linear(1.4, 0, 0, 1),
    "0.7 times as wide": linear(0.7, 0, 0, 1),
    "a thousandth of the units": linear(1e-3, 0, 0, 1e-3),
    "twice as fast": timed(lambda t: t / 2),
    "half as fast": timed(lambda t: t * 2),
    "no time": timed(lambda t: None),
    "loops and stems twice as long": reaching(2.0),
    "loops and stems half as long": reaching(0.5),
    "dots and bars last, of capitals too": marks_last,
}


def chosen(spec: DataSpec) -> list[Sample]:
    """Lines of a corpus with a text, as `inkrec train` selects them."""
    with Corpus(spec.file) as corpus:
        return [s for s in spec.read(corpus) if s.text.strip() and spec.takes(s.form)]


def counted(recognizer: Recognizer, lines: Sequence[tuple[Ink, str]], change: Change) -> Array:
    """Character edits of each line."""
    found = [edits(text, recognizer.recognize(change(ink)).text) for ink, text in lines]
    return np.array(found, np.float64)


def rounded(interval: tuple[float, float]) -> list[float] | None:
    """An interval as JSON has it; None if there is none."""
    return None if math.isnan(interval[0]) else [round(v, 2) for v in interval]


def measure(args: argparse.Namespace) -> dict[str, Any]:
    """Read every set with every change."""
    tqdm = require("tqdm", "train").tqdm
    recognizer = inkrec.load(args.model)
    from inkrec.training.recipe_file import read_data

    sets = {str(spec): chosen(spec) for spec in read_data(args.sets, args.corpora)}
    found: dict[str, dict[str, Any]] = {}
    bar = tqdm(total=len(sets) * (1 + len(CHANGES)), unit="set", disable=args.quiet)
    for spec, samples in sets.items():
        lines = [(s.ink, " ".join(s.text.split())) for s in samples]
        whole = np.array([len(text) for _, text in lines], np.float64)
        hands = [s.writer or s.form or s.id for s in samples]
        plain = counted(recognizer, lines, lambda ink: ink)
        bar.update()
        changes = {}
        for name, change in CHANGES.items():
            wrong = counted(recognizer, lines, change)
            changes[name] = {
                "cer": round(rate(wrong.sum(), whole.sum()), 2),
                "more": round(rate((wrong - plain).sum(), whole.sum()), 2),
                "more_ci": rounded(bootstrap(wrong - plain, whole, hands)),
            }
            bar.update()
        found[spec] = {
            "lines": len(samples),
            "characters": int(whole.sum()),
            "cer": round(rate(plain.sum(), whole.sum()), 2),
            "changes": changes,
        }
    bar.close()
    return {"model": args.model, "sets": found}


def table(report: dict[str, Any]) -> str:
    """The report as a table of Markdown."""
    sets = report["sets"]
    heads = [f"{spec}, {told['lines']} lines" for spec, told in sets.items()]
    lines = [
        f"| | {' | '.join(heads)} |",
        f"|---|{'---:|' * len(sets)}",
        f"| **as it is** | {' | '.join('{cer:.2f}'.format(**told) for told in sets.values())} |",
    ]
    for name in CHANGES:
        cells = []
        for told in sets.values():
            entry = told["changes"][name]
            ends = entry["more_ci"]
            within = f"{ends[0]:+.2f} to {ends[1]:+.2f}" if ends else "-"
            cells.append(f"{entry['cer']:.2f} ({entry['more']:+.2f}; {within})")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("model", help="a bundled model or a file")
    parser.add_argument("sets", metavar="SETS.toml", help="lines, in tables [[data]] as a recipe "
                        "of `inkrec train` has them")  # fmt: skip
    parser.add_argument("--corpora", default="", metavar="FOLDER", help="where corpora lie "
                        "(the working folder)")  # fmt: skip
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    args = parser.parse_args(arguments)
    try:
        report = measure(args)
    except (InkrecError, OSError) as error:
        print(f"robust: {error}", file=sys.stderr)
        return 1
    print(json.dumps(report) if args.json else table(report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
