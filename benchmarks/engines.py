"""Engines in turn on the same lines, in one process: what each costs beside the first.

::

    OMP_NUM_THREADS=1 taskset -c 0 python benchmarks/engines.py numpy compiled avx2 \
        --corpus iam.h5 --lines 30

Every line goes to each engine before the next line, so that other work on the machine
strikes all alike; CPU time of the thread. Ratios of medians to the first engine's.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import threading
import time
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
sys.path.insert(0, str(Path(__file__).parent))

import numpy as np  # noqa: E402
from cases import Bench  # noqa: E402

import inkrec  # noqa: E402
from inkrec._engine import VARIABLE, chosen  # noqa: E402

Times = dict[str, list[float]]


def use(name: str) -> None:
    """Choose the engine of what is loaded and called from now on."""
    os.environ[VARIABLE] = name
    chosen.cache_clear()


def measure(recognizer: inkrec.Recognizer, ink: inkrec.Ink, times: Times) -> str:
    """Feed a line and read it whole; what each part took is added to the times, in ms."""

    def since(start: int) -> float:
        return (time.thread_time_ns() - start) / 1e6

    session, stroke = recognizer.session(has_time=ink.has_time), 0.0
    for sample in ink.samples():
        start = time.thread_time_ns()
        session.feed(sample)
        took = since(start)
        stroke += took
        if not sample.touching:
            times["pen-up"].append(took)
            times["stroke"].append(stroke)
            stroke = 0.0
    start = time.thread_time_ns()
    session.finish()
    times["finish"].append(since(start))
    start = time.thread_time_ns()
    text = recognizer.recognize(ink).text
    times["line"].append(since(start))
    return text


def threads(recognizer: inkrec.Recognizer, inks: list[inkrec.Ink], count: int) -> float:
    """Lines a second of wall time that so many threads read."""
    start = time.perf_counter()
    each = [
        threading.Thread(target=lambda: [recognizer.recognize(ink) for ink in inks])
        for _ in range(count)
    ]
    for thread in each:
        thread.start()
    for thread in each:
        thread.join()
    return count * len(inks) / (time.perf_counter() - start)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description="Engines in turn on the same lines.")
    parser.add_argument("engine", nargs="*", default=["numpy", "compiled"])
    parser.add_argument("--corpus")
    parser.add_argument("--split", default="testset_t")
    parser.add_argument("--lines", type=int, default=30)
    parser.add_argument("--model", default="en")
    parser.add_argument("--threads", action="store_true", help="also lines a second of 1 and 8")
    args = parser.parse_args()
    bench = Bench(args.corpus, args.split, args.lines, args.model)
    recognizers = {}
    for name in args.engine:
        use(name)
        recognizers[inkrec.engine()] = (name, inkrec.load(args.model))
    parts = ("pen-up", "stroke", "finish", "line")
    times: dict[str, Times] = {said: {part: [] for part in parts} for said in recognizers}
    texts: dict[str, list[str]] = {said: [] for said in recognizers}
    for ink in [bench.inks[0], *bench.inks]:
        for said, (name, recognizer) in recognizers.items():
            use(name)
            texts[said].append(measure(recognizer, ink, times[said]))
    first = next(iter(times))
    for part in parts:
        for said, found in times.items():
            values = np.array(found[part])
            ratio = np.median(values) / np.median(times[first][part])
            p50, p95, p99 = np.percentile(values, [50, 95, 99])
            print(f"{part:8}{said:24}{p50:8.2f}{p95:8.2f}{p99:8.2f} ms   x {ratio:.2f}")
    for said in texts:
        same = sum(a == b for a, b in zip(texts[said], texts[first], strict=True))
        print(f"{said}: {same} of {len(texts[said])} texts as {first} reads them")
    if args.threads:
        for said, (name, recognizer) in recognizers.items():
            use(name)
            inks = bench.inks[:4]
            rates = [(threads(recognizer, inks, 1), threads(recognizer, inks, 8)) for _ in range(3)]
            one, eight = (statistics.median(r) for r in zip(*rates, strict=True))
            print(f"{said}: {one:.1f} lines a second in a thread, {eight:.1f} in eight")


if __name__ == "__main__":
    main()
