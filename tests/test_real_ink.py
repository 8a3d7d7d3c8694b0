"""Real ink in every format: what the files hold, and what the bundled models read in them."""

from __future__ import annotations

import functools
import hashlib
import json
import runpy
from pathlib import Path

import pytest

import inkrec
from inkrec.capture import is_recording, read_recording
from inkrec.formats import FORMATS, detect, iter_samples, read_labelled

INK = Path(__file__).parent / "ink"
EXPECTED = json.loads((INK / "expected.json").read_text(encoding="utf-8"))
INKS, RECORDINGS = EXPECTED["inks"], EXPECTED["recordings"]
LINES = [(name, i) for name, lines in INKS.items() for i in range(len(lines))]
NO_LABELS = {"hovering.jsonl"}
OTHERS = {"README.md", "LICENSE-recordings", "expected.json", "make.py", "intuos.desc",
          "armrest.txt"}  # fmt: skip
TIE = 0.05  # log-probabilities that lie nearer may change places on another processor

each_line = pytest.mark.parametrize(("name", "number"), LINES)
each_model = pytest.mark.parametrize("model", EXPECTED["models"])


@functools.cache
def read(model, name, number):
    """What a bundled model reads in a line: its hypothesis."""
    return recognizer(model).recognize(read_labelled(INK / name)[number].ink)


@functools.cache
def recognizer(model):
    return inkrec.load(model)


def test_every_format_that_is_read_has_real_ink_and_every_file_is_expected():
    files = {p.name for p in INK.iterdir() if p.is_file()}
    assert files == {*INKS, *RECORDINGS, *NO_LABELS, *OTHERS}
    held, missing = {detect(INK / name) for name in INKS}, set(EXPECTED["without"])
    assert held | missing == {f.name for f in FORMATS.values() if f.reads}
    assert not held & missing, "there is real ink of it now"


@each_line
def test_a_file_holds_what_was_written(name, number):
    found, line = read_labelled(INK / name), INKS[name][number]
    assert len(found) == len(INKS[name])
    ink, label = found[number]
    assert label == (line["says"] if line["has_label"] else None)
    assert (len(ink), sum(map(len, ink)), ink.has_time) == (
        line["strokes"], line["points"], line["has_time"]
    )  # fmt: skip


@pytest.mark.parametrize("name", RECORDINGS)
def test_a_recording_holds_what_the_pen_did(name):
    expected = RECORDINGS[name]
    assert is_recording(INK / name)
    recording = read_recording(INK / name)
    frames = list(recording.frames())
    down = [f for f in frames if f.touching]
    assert (recording.info.name, recording.info.units_per_mm) == (
        expected["device"], expected["units_per_mm"]
    )  # fmt: skip
    assert (len(frames), len(down)) == (expected["frames"], expected["touching"])
    began = [f.touching and not (i and frames[i - 1].touching) for i, f in enumerate(frames)]
    assert sum(began) == expected["strokes"]
    assert max(f.x for f in down) - min(f.x for f in down) == pytest.approx(
        expected["width"], abs=0.01
    )
    assert max(f.pressure for f in down) == pytest.approx(expected["most_pressure"], abs=1e-4)
    if expected["ends_in_a_stroke"]:
        assert frames[-2].touching, "the last frame only lifts what was cut off"
    else:
        assert not frames[-1].touching


def test_one_recording_is_the_same_in_the_form_of_libinput():
    one, other = (
        [f._replace(t=0.0) for f in read_recording(INK / name).frames()]
        for name in ("wacom.evemu", "wacom.yml")
    )
    touching = [f for f in other if f.touching]
    assert touching == [f for f in one if f.touching][: len(touching)]


def test_a_recorded_pen_hovers_and_writes():
    told = list(iter_samples(INK / "hovering.jsonl"))
    expected = RECORDINGS["wacom.evemu"]
    assert sum(s.touching for s in told) == expected["touching"]
    assert not told[0].touching
    assert len(inkrec.read(INK / "hovering.jsonl")) == expected["strokes"]


@each_model
@each_line
def test_real_ink_is_read_within_bounds_that_hold_for_any_weights(model, name, number):
    pytest.importorskip("rapidfuzz", reason="error rates need rapidfuzz, the extra 'train'")
    from inkrec.metrics import cer

    line = INKS[name][number]
    found = read(model, name, number)
    assert cer([line["says"]], [found.text]) <= line["max_cer"][model]
    ink = read_labelled(INK / name)[number].ink
    assert sorted(i for w in found.words for i in w.strokes) == list(range(len(ink)))


@each_model
def test_the_golden_texts_stand_with_the_weights_that_read_them(model):
    path = Path(inkrec.__file__).parent / "models" / f"{model}.inkrec"
    if hashlib.sha256(path.read_bytes()).hexdigest() != EXPECTED["models"][model]:
        pytest.skip(f"golden texts of {model} are of other weights: tests/ink/README.md")
    for name, number in LINES:
        found, golden = read(model, name, number), INKS[name][number]["golden"][model]
        best = found.alternatives[0].log_probability
        near = {a.text for a in found.alternatives if a.log_probability > best - TIE}
        assert golden in near | {found.text}, (name, number)


def test_lines_of_armrest_are_what_their_recipe_reads():
    recipe = runpy.run_path(str(INK.parents[1] / "datasets" / "armrest" / "prepare.py"))
    lines = (INK / "armrest.txt").read_text(encoding="utf-8").splitlines()
    found = [recipe["read_line"](line, "armrest.txt", i) for i, line in enumerate(lines, 1)]
    assert (
        [label for label, _, _ in found]
        == [line.partition("\t")[0] for line in lines]
        == ["sword in hand;", "He went", "'Twas brillig,"]
    )
    made = runpy.run_path(str(INK / "make.py"))["armrest"](INK / "armrest.txt")
    for label, ink, _ in found:
        assert len(made[label]) == len(ink)
        assert made[label].bounds == pytest.approx([100 * v for v in ink.bounds], abs=0.06)
