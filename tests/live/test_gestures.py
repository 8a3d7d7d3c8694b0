from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import inkrec
from inkrec.live.gestures import is_scratch, struck

REPO = Path(__file__).resolve().parents[2]
SAMPLES = sorted(p for p in (REPO / "demos" / "ink").glob("*") if p.suffix in (".inkml", ".jsonl"))
WRITER = REPO.parent / "shared" / "data" / "ink" / "armrest-jabberwocky.txt"


@given(
    st.integers(4, 12),
    st.floats(40, 400),
    st.floats(0, 40),
    st.floats(0, 0.2),
    st.booleans(),
)
def test_to_and_fro_over_one_place_is_a_scratch(
    sweeps: int, width: float, height: float, ragged: float, leftward: bool
) -> None:
    points = []
    for i in range(sweeps + 1):
        end = width * (i % 2) + (-1) ** i * width * ragged * ((i * 7) % 5) / 5
        for k in range(1, 6):
            start = points[-1][0] if points else 0.0
            points.append((start + (end - start) * k / 5, height * (i + k / 5) / sweeps))
    if leftward:
        points = [(-x, y) for x, y in points]
    assert is_scratch(points, 90)


def test_letters_are_none() -> None:
    saw = [(10 * i, 40 * (i % 2)) for i in range(12)]
    assert not is_scratch(saw, 90), "wwww"
    loops = [(i + 12 * math.cos(i / 2), 20 * math.sin(i / 2)) for i in range(80)]
    assert not is_scratch(loops, 90), "eeee"
    assert not is_scratch([(0, 0), (100, 0), (0, 0), (100, 0)], 90), "too short a stroke"
    assert not is_scratch([(0, 0), (10, 1), (0, 2), (10, 3), (0, 4), (10, 5)], 90), "a dot"


@pytest.mark.skipif(not SAMPLES, reason="no sample ink")
def test_no_stroke_of_the_samples_is_taken_for_one() -> None:
    for path in SAMPLES:
        ink = inkrec.read(path)
        height = ink.bounds[3] - ink.bounds[1]
        assert not [s for s in ink if is_scratch(list(zip(s.x, s.y, strict=True)), height)]


@pytest.mark.skipif(not WRITER.exists(), reason="the shared ink of another writer is not here")
def test_hardly_a_stroke_of_a_real_writer_is_taken_for_one() -> None:
    taken = strokes = 0
    for line in WRITER.read_text().splitlines():
        _, _, drawn = line.partition("\t")
        runs = [
            [(float(p.split()[0]), float(p.split()[1])) for p in run.split(",") if p.strip()]
            for run in drawn.split(";")
            if run.strip()
        ]
        ys = [y for run in runs for _, y in run]
        for run in runs:
            strokes += 1
            taken += is_scratch(run, max(ys) - min(ys))
    assert strokes > 500
    assert taken <= 0.002 * strokes


def test_what_lies_mostly_within_is_struck() -> None:
    inside = (1, [(1.0, 1.0), (2.0, 2.0)])
    half = (2, [(1.0, 1.0), (20.0, 2.0)])
    outside = (3, [(1.0, 1.0), (20.0, 2.0), (30.0, 3.0)])
    assert struck((0, 0, 10, 10), [inside, half, outside, (4, [])]) == [1, 2]
