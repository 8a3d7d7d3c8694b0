"""Lines to measure on, rows to measure into."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

import inkrec
from inkrec import Ink, PenSample, Recognizer

__all__ = ["Bench", "Row", "Stopwatch", "row", "timed"]

SAMPLES = Path(__file__).parents[2] / "demos" / "ink"
Row = dict[str, Any]


@dataclass(frozen=True)
class Bench:
    """What all cases share.

    Attributes
    ----------
    corpus : path or None
        Ink in HDF5; without it the sample ink is written over and over.
    split : str
    lines : int
    model : str
    quick : bool
        Whether to take a tenth of the time, for a look.
    """

    corpus: str | None = None
    split: str = "testset_t"
    lines: int = 30
    model: str = "en"
    quick: bool = False

    @cached_property
    def recognizer(self) -> Recognizer:
        """The recogniser, warm."""
        recognizer = inkrec.load(self.model)
        recognizer.recognize(inkrec.read(SAMPLES / "tea.jsonl"))
        return recognizer

    @cached_property
    def inks(self) -> list[Ink]:
        """The lines, spread over the split."""
        if self.corpus is None:
            return [inkrec.read(p) for p in sorted(SAMPLES.iterdir()) if p.suffix != ".md"]
        from inkrec.corpus import Corpus

        with Corpus(self.corpus) as corpus:
            indices = corpus.indices(split=self.split)
            picks = indices[:: max(1, len(indices) // self.lines)][: self.lines]
            return [sample.ink for sample in corpus.read(picks)]

    def endless(self) -> Iterator[PenSample]:
        """One line that does not end: the lines side by side."""
        x = t = 0.0
        while True:
            for ink in self.inks:
                left, _, right, bottom = ink.bounds
                run = list(ink.samples())
                begin = run[0].t
                for s in run:
                    yield s._replace(t=t + s.t - begin, x=x + s.x - left, y=s.y - bottom)
                x += 1.1 * (right - left)
                t += run[-1].t - begin + 1.0


class Stopwatch:
    """CPU and wall time of calls, in ms.

    Attributes
    ----------
    cpu, wall : list of float
        An entry a call; CPU is that of the calling thread.
    """

    def __init__(self) -> None:
        self.cpu: list[float] = []
        self.wall: list[float] = []

    def __call__(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call and time it."""
        wall, cpu = time.perf_counter_ns(), time.thread_time_ns()
        result = function(*arguments)
        self.cpu.append((time.thread_time_ns() - cpu) / 1e6)
        self.wall.append((time.perf_counter_ns() - wall) / 1e6)
        return result

    def row(self, case: str, note: str = "", **more: Any) -> Row:
        """A row of CPU times, with the median and p95 of wall times beside."""
        wall = np.percentile(self.wall, [50, 95]).tolist()
        return row(case, "ms", self.cpu, note, wall_median=wall[0], wall_p95=wall[1], **more)


def row(case: str, unit: str, values: Sequence[float], note: str = "", **more: Any) -> Row:
    """A row of a table."""
    median, p95, p99 = np.percentile(values, [50, 95, 99]).tolist()
    return {
        "case": case,
        "unit": unit,
        "median": median,
        "p95": p95,
        "p99": p99,
        "max": float(max(values)),
        "count": len(values),
        "note": note,
        **more,
    }


def timed(calls: Iterable[Callable[[], Any]]) -> Stopwatch:
    """Each call timed."""
    watch = Stopwatch()
    for call in calls:
        watch(call)
    return watch
