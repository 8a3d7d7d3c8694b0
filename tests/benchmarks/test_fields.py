"""Sets of fields that are made and read: what is in them, and what is called right."""

from __future__ import annotations

import json
import lzma
import runpy
import string
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("h5py", reason="corpora need the train extra")
pytest.importorskip("rapidfuzz", reason="confusions need the train extra")
pytest.importorskip("torch", reason="lines are spelled as for training, with PyTorch about")

from inkrec import Ink, Stroke
from inkrec.corpus import Corpus, Sample, write_corpus

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "fields.py"
SIGNS = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"


@pytest.fixture(scope="module")
def script():
    return runpy.run_path(str(SCRIPT))


def glyph(text: str, seed: int) -> Ink:
    """Two strokes, taller for capitals, digits and most signs."""
    random = np.random.default_rng((seed, ord(text)))
    high = 10.0 if text in "acemnorsuvwxz" else 3.0 if text in "-'.,\"`~=" else 19.0
    y = np.linspace(0, high, 9)
    x = 3 * np.abs(np.linspace(-1, 1, 9)) + random.normal(0, 0.2, 9)
    t = 0.01 * np.arange(9)
    return Ink([Stroke(x, y, t), Stroke(x + 4, y, t + 0.2)])


@pytest.fixture(scope="module")
def characters(tmp_path_factory) -> str:
    """Single characters: one writer of all, one without signs; a few words."""
    made = [
        Sample(glyph(c, k), c, f"{who}{ord(c)}", who, who, "dev_other", "character")
        for k, (who, letters) in enumerate(
            (("all", string.ascii_letters + string.digits + SIGNS), ("few", string.ascii_letters))
        )
        for c in letters
    ]
    made.append(Sample(glyph("a", 9), "stone river", "words", "all", "all", "dev", "text"))
    path = tmp_path_factory.mktemp("fields") / "characters.h5"
    write_corpus(path, made, attributes={"licence": "CC0", "citation": "-"})
    return str(path)


@pytest.fixture(scope="module")
def fields(script, characters, tmp_path_factory) -> str:
    path = str(tmp_path_factory.mktemp("fields") / "fields.h5")
    assert script["main"](["make", characters, "-o", path, "--each", "3", "--seed", "4"]) == 0
    return path


def read(path: str) -> list[Sample]:
    with Corpus(path) as corpus:
        return corpus.read(corpus.indices("dev").tolist())


def test_a_set_holds_so_many_of_each_kind_by_all_writers_and_a_seed_makes_it_again(
    script, characters, fields, tmp_path
):
    found = read(fields)
    assert len(found) == 3 * len(script["KINDS"])
    assert {sample.kind for sample in found} == set(script["KINDS"])
    assert {sample.writer for sample in found} == {"all", "few"}
    emails = [s.text for s in found if s.kind == "email"]
    assert all("@" in text for text in emails)
    again, other = str(tmp_path / "again.h5"), str(tmp_path / "other.h5")
    for path, seed in ((again, "4"), (other, "5")):
        assert script["main"](["make", characters, "-o", path, "--each", "3", "--seed", seed]) == 0
    assert Path(again).read_bytes() == Path(fields).read_bytes()
    assert [s.text for s in read(other)] != [s.text for s in found]


def test_a_kind_that_there_is_not_and_writers_without_letters_are_refused(
    script, characters, tmp_path, capsys
):
    out = str(tmp_path / "a.h5")
    assert script["main"](["make", characters, "-o", out, "--kinds", "postcode"]) == 1
    assert "'postcode' is no kind of field" in capsys.readouterr().err
    few = str(tmp_path / "few.h5")
    made = [Sample(glyph(c, 0), c, c, "w", "w", "dev_other", "character") for c in "abc"]
    write_corpus(few, made, attributes={})
    assert script["main"](["make", few, "-o", out]) == 1
    assert "no writer of split 'dev_other' has 15 small letters" in capsys.readouterr().err


def test_what_is_read_is_counted_by_kind(script, fields, capsys):
    assert script["main"](["read", "en", fields, "--every", "8", "--json", "--quiet"]) == 0
    told = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert sum(kind["inks"] for kind in told["kinds"].values()) == -(-len(read(fields)) // 8)
    for kind in told["kinds"].values():
        for name in ("final_greedy", "final"):
            exact, alike = kind[name]["exact"], kind[name]["alike"]
            assert 0 <= exact[0] <= alike[0] <= 100
            assert exact[1:] == [None, None]  # of two writers


def test_rates_and_confusions_of_what_was_read(script):
    found = [
        script["Read"](kind, writer, truth, {"final": said, "final_greedy": truth})
        for kind, writer, truth, said in (
            ("capitals", "a", "A B O", "A B o"),
            ("capitals", "b", "A B O", "AB O"),
            ("capitals", "c", "A B O", "A B D"),
            ("word", "a", "fox", "Fox"),
        )
    ]
    report = script["summary"](found)
    rates = {judge: value[0] for judge, value in report["capitals"]["final"].items()}
    assert rates == {"exact": 0.0, "spaces": 33.33, "case": 33.33, "alike": 66.67}
    assert report["capitals"]["final_greedy"]["exact"][0] == 100.0
    assert report["word"]["final"]["case"][0] == 100.0
    mixed = script["confusions"](found, "final", 5)
    assert set(mixed["capitals"]) == {("O", "o", 1), ("O", "D", 1)}
    assert "| capitals | 3 | 0.0 (100.0) | 33.3 (100.0) |" in script["table"](report, "en")


def test_samples_of_writepad_are_read_as_they_lie(script, tmp_path):
    entries = [
        {"lang": lang, "kind": "digits", "writer": i, "text": text,
         "strokes": "40 80,4 0,0 -8;100 0,1 1"}
        for i, (lang, text) in enumerate(
            [("en", "1 2"), ("de", "1 2"), ("en", "1 2"), ("en", "6 7"), ("en", "1 2")]
        )
    ]  # fmt: skip
    path = tmp_path / "pad.jsonl.xz"
    with lzma.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(entry) + "\n" for entry in entries)
    found = list(script["writepad"](str(path), "en", 2))
    assert [(s.writer, s.text) for s in found] == [("0", "1 2"), ("3", "6 7"), ("4", "1 2")]
    first, second = found[0].ink
    assert first.x.tolist() == [10.0, 11.0, 11.0]
    assert first.y.tolist() == [20.0, 20.0, 18.0]
    assert second.x.tolist() == [25.0, 25.25]
    assert not found[0].ink.has_time
