"""Lines with drawings over them: what is said of a few of them."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("h5py", reason="corpora need the train extra")
pytest.importorskip("rapidfuzz", reason="error rates need the train extra")

from letters import samples

from inkrec.corpus import write_corpus

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "drawings.py"


@pytest.fixture(scope="module")
def script():
    return runpy.run_path(str(SCRIPT))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    path = tmp_path_factory.mktemp("drawings") / "a.h5"
    write_corpus(path, samples(12), attributes={"name": "A", "licence": "CC0", "citation": "-"})
    return f"{path}:train"


@pytest.mark.parametrize("before", [True, False])
def test_a_drawing_is_put_before_or_after_the_line_and_nothing_is_lost(script, before):
    sample = samples(1)[0]
    ink, drawn = script["drawn_over"](sample, "circle", before, np.random.default_rng(0))
    assert len(ink) == len(sample.ink) + len(drawn)
    kept = [s for i, s in enumerate(ink) if i not in drawn]
    assert [s.x.tolist() for s in kept] == [s.x.tolist() for s in sample.ink]
    assert (min(drawn) == 0) == before
    times = np.concatenate([s.t for s in ink])
    assert (np.diff(times) >= 0).all()


def test_kinds_are_counted(script, corpus, capsys):
    call = ["en", corpus, "--lines", "3", "--kinds", "underline,arrow", "--strokes", "--quiet"]
    assert script["main"]([*call, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told["kinds"]) == {"underline", "arrow"}
    for row in told["kinds"].values():
        assert 0 < row["right"] <= row["strokes"]
    assert script["main"](call) == 0
    assert "| underline |" in capsys.readouterr().out


def test_lines_that_nothing_is_drawn_over_are_counted(script, corpus, capsys):
    assert script["main"](["en", corpus, "--clean", "--quiet", "--json"]) == 0
    row = json.loads(capsys.readouterr().out)["sets"]["train"]
    assert row["lines"] == 9
    assert row["worse"] <= row["drawn"] + row["several"] + row["otherwise"]
    assert script["main"](["en", corpus, "--clean", "--quiet"]) == 0
    assert "| train | 9 |" in capsys.readouterr().out
