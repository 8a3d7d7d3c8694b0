"""The sample ink: made by our own code, kept in three formats, read correctly."""

from __future__ import annotations

import importlib.util
import itertools
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import inkrec

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "demos" / "ink"


def load_maker():
    spec = importlib.util.spec_from_file_location("make_ink", ROOT / "demos" / "make_ink.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_ink"] = module
    spec.loader.exec_module(module)
    return module


make_ink = load_maker()
SAMPLES = make_ink.SAMPLES


def test_three_samples_in_three_formats():
    assert {Path(name).suffix for name in SAMPLES} == {".inkml", ".jsonl", ".xopp"}
    assert {path.name for path in FOLDER.iterdir()} == set(SAMPLES)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_samples_are_what_the_maker_makes(name):
    kept, made = inkrec.read(FOLDER / name), make_ink.write(*SAMPLES[name])
    assert len(kept) == len(made)
    scale = kept.units_per_mm / made.units_per_mm
    for mine, theirs in zip(kept, made, strict=True):
        # a page of Xournal++ has no time; an arithmetic library may differ in the last bit
        np.testing.assert_allclose(mine.x / scale, theirs.x, atol=0.011)
        np.testing.assert_allclose(mine.y / scale, theirs.y, atol=0.011)
        if kept.has_time:
            np.testing.assert_allclose(mine.t, theirs.t, atol=0.0011)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_bundled_model_reads_the_samples(name):
    text = SAMPLES[name][0]
    recognizer = inkrec.load()
    assert recognizer.recognize(inkrec.read(FOLDER / name)).text == text


def test_the_readme_command_reads_its_sample():
    run = subprocess.run(
        [sys.executable, "-m", "inkrec.cli", "read", "--stream", "demos/ink/bridge.inkml"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = run.stdout.splitlines()
    assert len(lines) > 10
    assert lines[-1] == "We met at the old bridge.|"
    committed = [line.split("|")[0] for line in lines]
    assert all(b.startswith(a) for a, b in itertools.pairwise(committed))


def test_every_glyph_can_be_written_at_a_hand_s_pace():
    text = " ".join(make_ink.GLYPHS)
    ink = make_ink.write(text, seed=1)
    marks = sum(len(glyph.replace("//", "/").split("/")) for glyph in make_ink.GLYPHS.values())
    assert len(ink) == marks
    speeds = np.concatenate(
        [np.hypot(np.diff(s.x), np.diff(s.y)) / np.diff(s.t) for s in ink if len(s) > 4]
    )
    assert 10 < np.median(speeds) < 80, "mm/s"
    assert speeds.max() < 150
    assert all(0 < s.pressure.min() <= s.pressure.max() <= 1 for s in ink)


def test_the_same_seed_writes_the_same_ink_and_another_does_not():
    assert make_ink.write("so", seed=4) == make_ink.write("so", seed=4)
    assert make_ink.write("so", seed=4) != make_ink.write("so", seed=5)


def test_late_marks_come_at_the_word_s_end():
    late = make_ink.write("it", 2, make_ink.Hand(late_marks=1.0, unevenness=0.0))
    soon = make_ink.write("it", 2, make_ink.Hand(late_marks=0.0, unevenness=0.0))
    # stem, dot, stem, bar against stem, stem, dot, bar
    heights = [float(np.ptp(s.y)) for s in late]
    assert [len(late), len(soon)] == [4, 4]
    assert heights[1] > 5 * heights[2]
    assert np.ptp(soon[0].y) > 5 * np.ptp(soon[1].y)


def test_a_character_without_a_glyph_is_refused():
    with pytest.raises(KeyError, match="ß"):
        make_ink.write("groß")
