"""Pages that are taken apart and read: what is said of a few of them."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest

pytest.importorskip("h5py", reason="corpora need the train extra")
pytest.importorskip("rapidfuzz", reason="error rates need the train extra")

from letters import samples

from inkrec.corpus import write_corpus

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "pages.py"


@pytest.fixture(scope="module")
def script():
    return runpy.run_path(str(SCRIPT))


def test_too_few_pages_for_an_interval_have_none(script, tmp_path, capsys):
    corpus = str(tmp_path / "a.h5")
    write_corpus(corpus, samples(8), attributes={"name": "A", "licence": "CC0", "citation": "-"})
    call = ["en", corpus, "--split", "train", "--limit", "1", "--quiet"]
    assert script["main"]([*call, "--json"]) == 0
    told = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert told["pages"] == 1
    assert told["cer_ci"] == told["cer_lines_told_ci"] == [None, None]
    assert script["main"](call) == 0
    assert f"| CER of the pages' text | {told['cer']:.2f} (-) |" in capsys.readouterr().out


def test_pages_are_laid_out_in_every_way_and_all_is_counted(script, tmp_path, capsys):
    corpus = str(tmp_path / "b.h5")
    write_corpus(corpus, samples(12), attributes={"name": "B", "licence": "CC0", "citation": "-"})
    call = ["en", corpus, "--split", "train", "--limit", "2", "--kinds", "all", "--strokes"]
    assert script["main"]([*call, "--quiet", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told["kinds"]) == set(script["KINDS"])
    for kind, row in told["kinds"].items():
        assert 0 <= row["lines_right"] <= row["lines"], kind
        assert row["lines"] >= told["pages"]
    assert script["main"]([*call, "--quiet"]) == 0
    assert "| two columns |" in capsys.readouterr().out
