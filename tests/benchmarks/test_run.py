"""The benchmarks run, and say what they say they measure."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from itertools import islice, pairwise, product
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def cases(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import cases

    return cases


def run(*arguments):
    return subprocess.run(
        [sys.executable, str(BENCHMARKS / "run.py"), *arguments],
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_rows_are_json_and_a_look_keeps_nothing():
    kept = BENCHMARKS / "history.jsonl"
    before = kept.read_bytes() if kept.exists() else None
    found = run("feed", "line", "--quick", "--json")
    assert found.returncode == 0, found.stderr
    rows = [json.loads(line) for line in found.stdout.splitlines()]
    names = [row["case"] for row in rows]
    assert names[:4] == ["feed, a sample", "pen-up", "stroke", "finish a line"]
    for row in rows:
        assert 0 < row["median"] <= row["p95"] <= row["p99"] <= row["max"]
        assert row["count"] > 0
    by_name = {row["case"]: row for row in rows}
    assert by_name["stroke"]["count"] == by_name["pen-up"]["count"]
    assert by_name["stroke"]["median"] >= by_name["pen-up"]["median"]
    assert (kept.read_bytes() if kept.exists() else None) == before


def test_the_table_is_readable():
    found = run("beam", "--quick")
    assert found.returncode == 0, found.stderr
    head, first = found.stdout.splitlines()[:2]
    assert head.split()[:4] == ["median", "p95", "p99", "max"]
    assert first.startswith("beam of")
    assert "inkrec" in first


def test_an_unknown_case_is_told():
    found = run("speed")
    assert found.returncode == 2
    assert "no case is called 'speed'; there are feed" in found.stderr


def test_percentiles(cases):
    from cases.bench import row

    found = row("x", "ms", list(range(101)), "note", extra=1)
    assert [found[k] for k in ("median", "p95", "p99", "max", "count")] == [50, 95, 99, 100, 101]
    assert found["extra"] == 1


def test_the_endless_line_goes_on_in_time_and_to_the_right(cases):
    run = list(islice(cases.Bench().endless(), 4000))
    assert all(a.t <= b.t for a, b in pairwise(run))
    assert run[-1].x > 3 * max(s.x for s in run[:300])
    lifts = sum(not s.touching for s in run)
    assert lifts > 50


def test_the_score_of_a_text_is_the_sum_over_its_paths(cases):
    from cases.peers import ctc_log_probability

    rng = np.random.default_rng(1)
    log_probs = np.log(rng.dirichlet(np.ones(3), 4))
    sums: dict[tuple[int, ...], float] = {}
    for path in product(range(3), repeat=4):
        text = tuple(s for i, s in enumerate(path) if s and (i == 0 or path[i - 1] != s))
        mass = math.exp(sum(log_probs[t, s] for t, s in enumerate(path)))
        sums[text] = sums.get(text, 0.0) + mass
    assert len(sums) > 10
    for text, mass in sums.items():
        assert ctc_log_probability(log_probs, list(text)) == pytest.approx(math.log(mass))
