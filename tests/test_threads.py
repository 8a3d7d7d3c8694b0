"""Many sessions in many threads share one recogniser."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import inkrec
from inkrec.session.commit import CommitPolicy

INK = Path(__file__).parent.parent / "demos" / "ink" / "tea.jsonl"
EAGER = CommitPolicy(
    min_following_words=1, min_stable_pen_ups=1, min_pen_distance=0.5, min_confidence=0.1
)


def test_sessions_in_threads_say_what_one_alone_says():
    """One recogniser, its caches and all, serves many threads."""
    samples = list(inkrec.read(INK).samples())
    fresh = inkrec.load()  # nothing cached yet
    runs = [samples[k:500] for k in (0, 45, 90, 130)]

    def read(run):
        session = fresh.session(commit=EAGER)
        said = [session.feed(sample) for sample in run]
        return said[-1], session.finish()

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(read, runs * 2))
    alone = [read(run) for run in runs]
    assert together == alone * 2
    assert len({final.text for _, final in alone}) > 1
