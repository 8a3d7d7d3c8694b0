"""Adapting to a writer: it helps on a hand the model has not seen, and cannot harm."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest
import tiny

pytest.importorskip("torch", reason="adapting needs the train extra")

import numpy as np
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import inkrec
from inkrec import ModelError
from inkrec.cli import main
from inkrec.features.context_bitmap import PIXELS
from inkrec.features.points import CHANNELS
from inkrec.formats import Labelled, write_labelled
from inkrec.language.alphabet import Alphabet
from inkrec.model import read_archive, save_model
from inkrec.training import adapt as adapting
from inkrec.training.adapt import Adapted, AdaptSettings, adapt
from inkrec.training.export import network_arrays
from inkrec.training.network import Network, NetworkSettings

DEMOS = Path(__file__).parent.parent.parent / "demos"
few = settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
TEXTS = ["come and see", "the old road", "tea is ready", "we met here", "sit down now",
         "read the sign", "more than ten", "a small note", "her hand", "on the bridge"]  # fmt: skip


@pytest.fixture(scope="module")
def lines():
    """A hand that leans far over: the synthetic one, sheared."""
    made = runpy.run_path(str(DEMOS / "make_ink.py"))
    hand = made["Hand"](slant=0.9, unevenness=0.06, spacing=0.15)
    return [Labelled(made["write"](text, i, hand), text) for i, text in enumerate(TEXTS)]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A model of a few units with a rescorer, that knows the letters of the lines."""
    path = tmp_path_factory.mktemp("model") / "small.inkrec"
    symbols = "".join(sorted(set("".join(TEXTS))))
    classes = len(symbols) + 1
    torch.manual_seed(1)
    passes = NetworkSettings(len(CHANNELS), classes, (6, 8), 8, 1, 6, 1, 0.0)
    whole = NetworkSettings(len(CHANNELS) + PIXELS, classes, (6, 8), 1, 0, 6, 1, 0.0)
    arrays, second = (network_arrays(Network(sizes)) for sizes in (passes, whole))
    extra = {f"rescorer/{k}": v for k, v in second.items() if not k.startswith("causal_head")}
    save_model(path, tiny.card(symbols=symbols), arrays, extra)
    return path


@pytest.fixture(scope="module")
def small_alone(small, tmp_path_factory):
    """The same without its rescorer."""
    path = tmp_path_factory.mktemp("model") / "alone.inkrec"
    save_model(path, *read_archive(small)[:2])
    return path


def test_the_copy_reads_the_held_out_lines_no_worse(lines, tmp_path):
    out = tmp_path / "mine.inkrec"
    told = []
    result = adapt("en", lines, out, AdaptSettings(epochs=3), told.append)
    assert result.lines + result.validation == len(lines)
    assert result.after <= result.before
    for network in ("model", "rescorer"):
        rounds = [t["epoch"] for t in told if t["network"] == network]
        assert rounds == list(range(1, len(rounds) + 1))
    assert told[0]["network"] == "model"
    mine = inkrec.load(out)
    note = mine.card["adapted"]
    assert note["lines"] == result.lines
    assert note["cer_after"] == round(result.after, 2)
    assert note["rescorer"]["cer_after"] == round(result.rescorer_after, 2)
    assert note["rescorer"]["interpolation"] == result.rescorer_interpolation
    assert result.rescorer_after <= result.rescorer_before
    assert mine.recognize(lines[0].ink).text
    weights, first = mine.model.network, inkrec.load().model.network
    frames = np.zeros((4, weights.frame_width), np.float32)
    changed = np.abs(weights.refine(frames) - first.refine(frames)).max()
    assert (changed > 0) == (result.epochs > 0)


def test_the_command_line_adapts(lines, tmp_path, capsys):
    ink, out = tmp_path / "corrections.jsonl", tmp_path / "mine.inkrec"
    write_labelled(ink, lines)
    assert main(["adapt", "en", str(ink), "-o", str(out), "--epochs", "1", "--json"]) == 0
    printed = capsys.readouterr()
    found = json.loads(printed.out)
    assert found["validation"] == 3
    assert found["rescorer_after"] <= found["rescorer_before"]
    assert "model, epoch   1 of 1" in printed.err
    assert out.exists()


def test_too_few_lines_are_refused(lines, tmp_path):
    unusable = [Labelled(lines[2].ink, None), Labelled(lines[3].ink, "日本")]
    with pytest.raises(ModelError, match=r"2 lines .* and 2 cannot \(no text: 1, char.*: 1\)"):
        adapt("en", lines[:2] + unusable, tmp_path / "no.inkrec")
    assert not (tmp_path / "no.inkrec").exists()


def test_the_same_ink_counts_once_with_its_last_label(lines):
    alphabet = Alphabet(read_archive("en")[0]["symbols"])
    again = [
        Labelled(lines[0].ink, "come and sea"),
        Labelled(lines[1].ink, " "),  # says nothing of it
        Labelled(lines[2].ink, "茶"),  # its last label, and none that can be learnt
        Labelled(lines[0].ink, "come and go"),
    ]
    pages, left_out = adapting._training_lines([*lines, *again], alphabet)
    assert left_out == {
        "no text": 1, "characters that the model lacks": 1, "no extent": 0, "the same ink again": 3
    }  # fmt: skip
    assert [p.text for p in pages] == ["come and go", TEXTS[1], *TEXTS[3:]]


def test_what_is_left_of_repeated_ink_must_be_enough(lines, tmp_path):
    with pytest.raises(ModelError, match="7 lines with text can be used and 3 cannot"):
        adapt("en", [*lines[:7], *lines[:3]], tmp_path / "no.inkrec")


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """The bundled model without a rescorer."""
    path = tmp_path_factory.mktemp("model") / "bare.inkrec"
    card, arrays, extra = read_archive("en")
    save_model(path, card, arrays, {k: v for k, v in extra.items() if k.startswith("language/")})
    return path


def test_a_rescorer_is_adapted_too(lines, small, small_alone, tmp_path):
    card, arrays, extra = read_archive(small)
    extra["rescorer/refine_head.bias"][0] += 8  # it says nothing, which it does not unlearn soon
    both, out = tmp_path / "both.inkrec", tmp_path / "mine.inkrec"
    save_model(both, card, arrays, extra)
    told = []
    settings = AdaptSettings(epochs=2, learning_rate=3e-2)
    result = adapt(both, lines, out, settings, told.append)
    rounds = [(t["network"], t["epoch"]) for t in told]
    assert rounds == [("model", 1), ("model", 2), ("rescorer", 1), ("rescorer", 2)]
    mine, first = inkrec.load(out).model, inkrec.load(both).model
    points = np.random.default_rng(1).normal(size=(40, 12)).astype(np.float32)
    assert np.abs(mine.rescorer.log_probs(points) - first.rescorer.log_probs(points)).max() > 1e-3
    assert result.rescorer_interpolation > 0
    assert result.rescorer_after <= result.rescorer_before
    alone = adapt(small_alone, lines, tmp_path / "alone.inkrec", settings)
    assert (alone.after, alone.epochs) == (result.after, result.epochs)
    assert (alone.rescorer_before, alone.rescorer_after, alone.rescorer_interpolation) == (
        None,
    ) * 3
    assert "rescorer" not in read_archive(tmp_path / "alone.inkrec")[0]["adapted"]


def scripted(monkeypatch, *figures):
    """Held-out lines that read as a script says; returns what is left of it."""
    left = [adapting._Figures(*f) for f in figures]
    monkeypatch.setattr(adapting, "_measure", lambda network, check: left.pop(0))
    return left


def state(model):
    """Some of a model's weights."""
    return np.asarray(read_archive(model)[1]["refine_head.weight"], np.float64)


def every_array(model):
    """All weights of a model's file, with those of its rescorer and language models."""
    _, arrays, extra = read_archive(model)
    return arrays | extra


def assert_same_weights(one, other):
    one, other = every_array(one), every_array(other)
    assert one.keys() == other.keys()
    for name in one:
        np.testing.assert_array_equal(one[name], other[name], name)


@pytest.mark.parametrize("model", ["en", "small"])
def test_nothing_gained_is_the_model_as_it_was(lines, small, tmp_path, model):
    """Steps so short that they move nothing but last bits, if those."""
    model, out = small if model == "small" else model, tmp_path / "same.inkrec"
    result = adapt(model, lines, out, AdaptSettings(epochs=2, learning_rate=1e-9, patience=1))
    assert (result.interpolation, result.rescorer_interpolation, result.kept) == (0.0, 0.0, False)
    assert (result.epochs, result.after) == (0, result.before)
    assert result.rescorer_after == result.rescorer_before
    assert_same_weights(model, out)


@given(
    st.lists(st.floats(-1e-3, 1e-3), min_size=12, max_size=12),
    st.sampled_from([(0.0, 0.01), (0.0, 1e-30), (40.0, 3.0)]),
)
@few
def test_noise_of_the_measure_is_no_gain(lines, small, tmp_path, noise, figures):
    """Whatever the rounding of a processor makes of the same weights."""
    cer, loss = figures
    with pytest.MonkeyPatch.context() as patch:
        scripted(patch, *[(cer, loss * (1 + n)) for n in noise])
        result = adapt(small, lines, tmp_path / "same.inkrec", AdaptSettings(epochs=2))
    assert not result.kept
    assert_same_weights(small, tmp_path / "same.inkrec")


_FIGURES = st.tuples(st.sampled_from([8.0, 9.0, 10.0, 11.0]), st.floats(0.5, 1.5))


@given(st.lists(_FIGURES, min_size=3, max_size=3), st.lists(_FIGURES, min_size=3, max_size=3))
@few
def test_what_is_kept_is_a_gain(lines, small_alone, tmp_path, rounds, shorter):
    """Whatever the held-out lines say, the copy has no more errors, and less loss or none."""
    asked = []
    with pytest.MonkeyPatch.context() as patch:
        left = [adapting._Figures(*f) for f in [(10.0, 1.0), *rounds, *shorter]]
        patch.setattr(adapting, "_measure", lambda *_: asked.append(left[0]) or left.pop(0))
        result = adapt(small_alone, lines, tmp_path / "copy.inkrec", AdaptSettings(epochs=3))
    gains = [f for f in rounds if f[0] <= 10 and f[1] < 0.99]
    assert result.kept == bool(gains)
    assert result.after <= result.before == 10.0
    if gains:
        assert rounds[result.epochs - 1] == min(gains, key=lambda f: f[1])
    else:
        assert_same_weights(small_alone, tmp_path / "copy.inkrec")


def test_the_shortest_way_that_reads_nearly_as_well_is_kept(lines, bare, tmp_path, monkeypatch):
    whole, half = tmp_path / "whole.inkrec", tmp_path / "half.inkrec"
    trained = [(10, 1.0), (9, 0.8), (8, 0.5)]  # as it was, and after two rounds
    settings = AdaptSettings(epochs=2, learning_rate=3e-3, keep_gain=0.95)
    left = scripted(monkeypatch, *trained, (8, 0.7), (8, 0.6), (8, 0.53))
    result = adapt(bare, lines, whole, settings)
    assert (result.epochs, result.interpolation, result.after, left) == (2, 1.0, 8, [])
    # a quarter of the way reads worse than all of it, though its loss is low enough
    left = scripted(monkeypatch, *trained, (9, 0.5), (8, 0.52))
    result = adapt(bare, lines, half, settings)
    assert (result.epochs, result.interpolation, result.after, left) == (2, 0.5, 8, [])
    first, far, near = (state(p) for p in (bare, whole, half))
    assert np.abs(far - first).max() > 5e-3
    assert near == pytest.approx((first + far) / 2, abs=1e-3)  # the file holds 16 bits


def test_a_card_keeps_the_figures_of_its_own_weights_alone(lines, bare, tmp_path, monkeypatch):
    out, settings = tmp_path / "mine.inkrec", AdaptSettings(epochs=1)
    figures = read_archive(bare)[0]["figures"]
    for last, kept in (((11, 2.0), False), ((9, 0.5), True)):
        scripted(monkeypatch, (10, 1.0), last, last)
        assert adapt(bare, lines, out, settings).kept == kept
        assert read_archive(out)[0].get("figures") == (None if kept else figures)


@pytest.mark.parametrize(
    ("old", "known"),
    [
        (None, []),
        ({"lines": 3}, [{"lines": 3}]),  # as it was written at first
        ({"lines": 3, "before": {"lines": 2}}, [{"lines": 2}, {"lines": 3}]),
        ("twice, at home", ["twice, at home"]),
    ],
)
def test_each_time_a_model_was_adapted_stays_known(lines, bare, tmp_path, monkeypatch, old, known):
    card, arrays, extra = read_archive(bare)
    first, once, twice = (tmp_path / f"{name}.inkrec" for name in ("first", "once", "twice"))
    save_model(first, card if old is None else {**card, "adapted": old}, arrays, extra)
    for model, out in ((first, once), (once, twice)):
        scripted(monkeypatch, (10, 1.0), (11, 2.0))
        adapt(model, lines, out, AdaptSettings(epochs=1))
    one, two = (read_archive(path)[0]["adapted"] for path in (once, twice))
    before = one.pop("before", [])
    assert before == known
    assert two["before"] == [*known, one]
    assert one["lines"] == two["lines"] == 7


def test_what_reads_the_held_out_lines_worse_is_not_kept(lines, bare, tmp_path, monkeypatch):
    # more errors for less loss, fewer for more: neither will do; then patience is at its end
    left = scripted(monkeypatch, (10, 1.0), (11, 0.5), (9, 1.1), (10, 0.9))
    result = adapt(bare, lines, tmp_path / "no.inkrec", AdaptSettings(epochs=9, patience=2))
    assert (result.epochs, result.interpolation, result.before, result.after) == (0, 0.0, 10, 10)
    assert len(left) == 1
    assert (state(tmp_path / "no.inkrec") == state("en")).all()


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ((0.0, None), "CER 9.00 -> 9.00 %; nothing was gained, so it is the model as it was"),
        ((0.0, 0.0), "CER 9.00 -> 9.00 %, of the rescorer 8.00 -> 8.00 %; nothing was gained"),
        ((0.0, 0.5), "CER 9.00 -> 9.00 %, of the rescorer 8.00 -> 7.00 %; left out (no text: 2)\n"),
        ((1.0, 0.0), "CER 9.00 -> 7.00 %, of the rescorer 8.00 -> 8.00 %; left out (no text: 2)\n"),
    ],
)
def test_the_command_tells_of_the_rescorer_too(lines, tmp_path, monkeypatch, capsys, parts, said):
    part, second = parts
    rescorer = (None, None, None) if second is None else (8.0, 7.0 if second else 8.0, second)
    found = Adapted(7, 3, 9.0, 7.0 if part else 9.0, int(part), part, {"no text": 2}, *rescorer)
    monkeypatch.setattr(adapting, "adapt", lambda *_: found)
    ink = tmp_path / "ink.jsonl"
    write_labelled(ink, lines)
    assert main(["adapt", "en", str(ink), "-o", str(tmp_path / "mine.inkrec")]) == 0
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["-o", "mine.pt"], "mine.pt is to be written and does not end in .inkrec"),
        (["-o", "nodir/mine.inkrec"], "there is no folder nodir; make it first"),
        (["-o", "mine.inkrec", "--seed", "-1"], "seed is -1; it must be 0 or more"),
        (["-o", "mine.inkrec", "--epochs", "0"], "epochs is 0; it must be 1 or more"),
    ],
)
def test_a_wrong_call_is_one_line_before_any_ink_is_read(
    tmp_path, monkeypatch, capsys, options, said
):
    monkeypatch.chdir(tmp_path)
    assert main(["adapt", "en", "no such ink.jsonl", *options]) == 1
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_a_copy_that_cannot_be_written_is_refused_before_the_work(lines, tmp_path):
    told = []
    with pytest.raises(ModelError, match="there is no folder"):
        adapt("en", lines, tmp_path / "nodir" / "m.inkrec", None, told.append)
    assert not told


@pytest.mark.parametrize(
    "wrong",
    [
        {"validation_fraction": 0.0},
        {"epochs": 0},
        {"learning_rate": -1.0},
        {"learning_rate": float("nan")},
        {"keep_gain": 1.5},
        {"min_gain": 0.0},
        {"seed": -1},
    ],
)
def test_settings_refuse_what_makes_no_sense(wrong):
    ((name, value),) = wrong.items()
    with pytest.raises(ModelError, match=f"{name} is {value}; it must"):
        AdaptSettings(**wrong)
