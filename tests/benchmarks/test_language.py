"""Language models that are measured: files, and those within other models."""

from __future__ import annotations

import io
import runpy
import tarfile
from pathlib import Path

import pytest

pytest.importorskip("tqdm", reason="language models are made with the train extra")

from inkrec.model import read_archive, save_model

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "language.py"


@pytest.fixture(scope="module")
def script():
    return runpy.run_path(str(SCRIPT))


@pytest.fixture
def corpus(tmp_path) -> str:
    """A form for each split, in the shape of IAM-OnDB."""
    with tarfile.open(tmp_path / "ascii-all.tar.xz", "w:xz") as archive:
        for form, split in (("a01", "testset_v"), ("b01", "testset_t")):
            (tmp_path / f"{split}.txt").write_text(f"{form}\n")
            body = b"OCR:\n\nso it\n\nCSR:\n\nso it goes\nand on\n"
            member = tarfile.TarInfo(f"ascii/{form}/{form}.txt")
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))
    return str(tmp_path)


def test_a_model_s_own_language_model_is_measured(script, corpus, capsys):
    assert script["main"](["--corpus", corpus, "--models", "en"]) == 0
    head, _, row = capsys.readouterr().out.splitlines()
    assert head.startswith("| model | n-grams, M |")
    assert row.startswith("| en | ")
    assert 0 < float(row.split("|")[-2]) < 4


def test_what_cannot_be_measured_is_one_line_and_no_table(script, corpus, tmp_path, capsys):
    card, arrays, _ = read_archive("en")
    save_model(tmp_path / "bare.inkrec", card, arrays)
    for options, said in (
        (["--corpus", corpus, "--models", "none.lm"], "none.lm"),
        (["--corpus", corpus, "--models", str(SCRIPT)], "is not a language model"),
        (["--corpus", corpus, "--models", str(tmp_path / "bare.inkrec")], "has no language model"),
        (["--corpus", str(tmp_path / "none"), "--models", "en"], "testset_v.txt"),
    ):
        assert script["main"](options) == 1
        out, error = capsys.readouterr()
        assert said in error
        assert (out, error.count("\n")) == ("", 1)
