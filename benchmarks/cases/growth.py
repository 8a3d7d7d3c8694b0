"""A line that does not end: cost and memory must not grow with it."""

from __future__ import annotations

import itertools
import os
import time
from pathlib import Path

from .bench import Bench, Row, row

__all__ = ["growth"]


def _resident() -> float:
    """MiB of this process now; only Linux tells."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def growth(bench: Bench) -> list[Row]:
    """CPU a sample and memory in each tenth of a session of a million samples."""
    count = 20_000 if bench.quick else 1_000_000
    session = bench.recognizer.session()
    stream = bench.endless()
    costs, sizes = [], []
    for _ in range(10):
        run = list(itertools.islice(stream, count // 10))
        cpu = time.thread_time()
        for sample in run:
            session.feed(sample)
        costs.append((time.thread_time() - cpu) / len(run) * 1e3)
        sizes.append(_resident())
    words = len(session.hypothesis.words)
    return [
        row(
            f"a sample of {count}", "ms", costs, f"{words} words; tenths of the session",
            parts=costs,
        ),
        row(
            f"memory over {count} samples", "MiB", sizes,
            f"{sizes[0]:.0f} after the first tenth, {sizes[-1]:.0f} at the end", parts=sizes,
        ),
    ]  # fmt: skip
