"""What adapting is measured on: nothing that was learnt, and the same lines each time."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="adapting needs the train extra")
pytest.importorskip("h5py", reason="corpora need the train extra")

from inkrec import Ink, Stroke
from inkrec.corpus import Corpus, Sample, write_corpus

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "adapting.py"


@pytest.fixture(scope="module")
def script():
    return runpy.run_path(str(SCRIPT))


def word(text, n, *, left=0.0, timed=True):
    """A zigzag of a letter's width each, somewhere on a page."""
    x = left + np.arange(4.0 * len(text))
    y = 7.0 * n + 10.0 * (np.arange(len(x)) % 2)
    t = 100.0 * n + 0.01 * np.arange(len(x))
    ink = Ink([Stroke(x, y, t if timed else None)])
    return Sample(ink, text, f"{n}", "w", "f", "dev", "word")


def test_words_stand_side_by_side_in_line_and_in_time(script):
    words = [word("so", 3, left=50.0), word("it", 1, left=900.0), word("goes", 2)]
    ink, text = script["side_by_side"](words)
    assert text == "so it goes"
    for before, after in zip(ink, list(ink)[1:], strict=False):
        assert after.x.min() - before.x.max() == pytest.approx(10.0)  # a scale
        assert after.y.mean() == pytest.approx(before.y.mean())
        assert after.t[0] - before.t[-1] == pytest.approx(0.3)
    assert not script["side_by_side"]([word("a", 1, timed=False)] * 2)[0].has_time


def test_no_text_is_both_learnt_and_asked(script):
    samples = [word(f"w{n % 23}", n) for n in range(120)]
    learn, ask = script["parts"](samples, 5, 8, 6, seed=1)
    assert (len(learn), len(ask)) == (8, 6)
    learnt, asked = ({w for line in part for w in line.label.split()} for part in (learn, ask))
    assert learnt
    assert asked
    assert not learnt & asked
    again = script["parts"](samples[::-1], 5, 8, 6, seed=1)
    assert [a.label for a in again[0] + again[1]] == [a.label for a in learn + ask]
    assert [a.label for a in script["parts"](samples, 5, 8, 6, seed=2)[0]] != [
        a.label for a in learn
    ]


def test_rates_are_over_all_characters_and_the_table_shows_them(script):
    told = [
        {"final_greedy": [("abcd", "abxd")], "final": []},
        {"final_greedy": [("ef", "")], "final": []},
    ]
    assert script["rates"](told) == {"final_greedy": 50.0}
    every = script["summary"](told[:1], {10: told[1:]})
    assert every == {
        "characters": 4,
        "before": {"final_greedy": 25.0},
        "after": {10: {"final_greedy": 100.0}},
    }
    row = {
        "writer": "ann",
        "kind": "text",
        "asked": 1,
        "characters": 4,
        "before": {"final_greedy": 25.0},
        "after": {10: {"final_greedy": 100.0, "cpu_s": 3.2}},
    }
    report = {"lines": [10], "writers": [row], "all": every, "other_writers": None, "others": every}
    assert script["table"](report).splitlines() == [
        "| | characters | best path: before | best path: 10 | CPU, s |",
        "|---|---:|---:|---:|---:|",
        "| ann, 1 texts | 4 | 25.00 | 100.00 | 3 |",
        "| **all** | 4 | 25.00 | 100.00 |  |",
        "| each model, the other corpus | 4 | 25.00 | 100.00 |  |",
    ]


def test_as_few_lines_are_asked_as_are_wanted(script, tmp_path):
    path = tmp_path / "a.h5"
    texts = [word(f"some words {'abcdefgh'[n]}", n)._replace(kind="text") for n in range(8)]
    write_corpus(path, texts, attributes={"name": "A", "licence": "CC0", "citation": "none"})
    with Corpus(path) as corpus:
        for held, there in ((2, ["w"]), (6, ["w"]), (7, [])):
            found = script["writer_lines"](corpus, "dev", 2, held, 1)
            assert list(found) == there, held
            assert all(len(ask) == held for _, _, ask in found.values())


def test_no_lines_to_ask_are_refused(script, capsys):
    assert script["main"](["none.h5", "--held", "0"]) == 1
    assert capsys.readouterr().err == "adapting: --held is 0; it must be 1 or more\n"
