"""Adapting to a writer: it helps on a hand the model has not seen, and cannot harm."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="adapting needs the train extra")

import numpy as np

import inkrec
from inkrec import ModelError
from inkrec.cli import main
from inkrec.formats import Labelled, write_labelled
from inkrec.training.adapt import AdaptSettings, adapt

DEMOS = Path(__file__).parent.parent.parent / "demos"
TEXTS = ["come and see", "the old road", "tea is ready", "we met here", "sit down now",
         "read the sign", "more than ten", "a small note", "her hand", "on the bridge"]  # fmt: skip


@pytest.fixture(scope="module")
def lines():
    """A hand that leans far over: the synthetic one, sheared."""
    made = runpy.run_path(str(DEMOS / "make_ink.py"))
    hand = made["Hand"](slant=0.9, unevenness=0.06, spacing=0.15)
    return [Labelled(made["write"](text, i, hand), text) for i, text in enumerate(TEXTS)]


def test_the_copy_reads_the_held_out_lines_no_worse(lines, tmp_path):
    out = tmp_path / "mine.inkrec"
    told = []
    result = adapt("en", lines, out, AdaptSettings(rounds=3), told.append)
    assert result.lines + result.held == len(lines)
    assert result.after <= result.before
    assert [t["round"] for t in told] == list(range(1, len(told) + 1))
    mine = inkrec.load(out)
    assert mine.card["adapted"]["lines"] == result.lines
    assert mine.recognize(lines[0].ink).text
    weights, first = mine.model.network, inkrec.load().model.network
    frames = np.zeros((4, weights.hidden), np.float32)
    changed = np.abs(weights.refine(frames) - first.refine(frames)).max()
    assert (changed > 0) == (result.rounds > 0)


def test_the_command_line_adapts(lines, tmp_path, capsys):
    ink, out = tmp_path / "corrections.jsonl", tmp_path / "mine.inkrec"
    write_labelled(ink, lines)
    assert main(["adapt", "en", str(ink), "-o", str(out), "--rounds", "1", "--json"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["held"] == 3
    assert "round   1 of 1" in printed.err
    assert out.exists()


def test_nothing_gained_is_the_model_as_it_was(lines, tmp_path):
    out = tmp_path / "same.inkrec"
    result = adapt("en", lines, out, AdaptSettings(rounds=1, rate=1e-12))
    assert result.after == result.before
    same, first = inkrec.load(out), inkrec.load()
    assert same.recognize(lines[1].ink).text == first.recognize(lines[1].ink).text


def test_too_few_lines_are_refused(lines, tmp_path):
    unusable = [Labelled(lines[0].ink, None), Labelled(lines[0].ink, "日本")]
    with pytest.raises(ModelError, match="2 lines with text can be used and 2 cannot"):
        adapt("en", lines[:2] + unusable, tmp_path / "no.inkrec")
    assert not (tmp_path / "no.inkrec").exists()


@pytest.mark.parametrize("wrong", [{"held": 0.0}, {"rounds": 0}, {"rate": -1.0}])
def test_settings_refuse_what_makes_no_sense(wrong):
    with pytest.raises(ModelError, match="held must lie"):
        AdaptSettings(**wrong)
