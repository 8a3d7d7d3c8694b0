"""A line that does not end: cost and memory must not grow with it."""

from __future__ import annotations

import itertools
import os
import time
from pathlib import Path

import numpy as np

from .bench import Bench, Row, row

__all__ = ["growth"]


def _resident() -> float:
    """MiB of this process now; only Linux tells."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def growth(bench: Bench) -> list[Row]:
    """CPU a sample and memory in each tenth of a session of a million, and of its first tenth."""
    count = 20_000 if bench.quick else 1_000_000
    session = bench.recognizer.session()
    stream = bench.endless()
    costs, sizes, strokes = [], [], []
    for _ in range(100):
        run = list(itertools.islice(stream, count // 100))
        cpu = time.thread_time()
        for sample in run:
            session.feed(sample)
        costs.append((time.thread_time() - cpu) / len(run) * 1e3)
        sizes.append(_resident())
        strokes.append(len(session._state.strokes))
    words = len(session.hypothesis.words)
    rows = []
    for n, every in ((count // 10, 1), (count, 10)):
        ms = np.mean(np.reshape(costs[: 10 * every], (10, every)), axis=1).tolist()
        mib = sizes[every - 1 : 10 * every : every]
        rows += [
            row(f"a sample of {n}", "ms", ms, "tenths of the session", parts=ms),
            row(
                f"memory over {n} samples", "MiB", mib,
                f"{mib[0]:.0f} after the first tenth, {mib[-1]:.0f} at the end", parts=mib,
            ),
        ]  # fmt: skip
    return [
        *rows,
        row("open strokes", "", strokes, f"at every hundredth; {words} words in all"),
    ]
