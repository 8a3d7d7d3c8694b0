"""Drawings are made over ink, and a classifier learns to tell them from it."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs the train extra")

from letters import samples

from inkrec import Stroke
from inkrec.layout.stroke_classifier import KINDS, StrokeClassifier
from inkrec.training.drawings import DRAWN, Material, draw
from inkrec.training.stroke_classifier import examples, main, scenes, train


@pytest.mark.parametrize("kind", sorted(DRAWN))
def test_every_kind_is_drawn_over_what_was_written(kind):
    strokes = list(samples(1)[0].ink)
    lines = [list(range(len(strokes)))]
    made = draw(strokes, lines, kind, np.random.default_rng(4))
    again = draw(strokes, lines, kind, np.random.default_rng(4))
    assert made
    assert all(drawn.kind in KINDS[1:] for drawn in made)
    for a, b in zip(made, again, strict=True):
        assert all(np.array_equal(x, y) for x, y in zip(a.strokes, b.strokes, strict=True))
        assert all(np.isfinite(way).all() and len(way) > 1 for way in a.strokes)
        assert set(a.targets) <= set(lines[0])


def test_real_strokes_are_used_where_they_are_given():
    wave = np.linspace(0, 1, 30)
    material = Material.of([Stroke(100 * wave, 2 * np.sin(20 * wave))])
    assert len(material.lines) == 1
    assert material.lines[0][-1] == pytest.approx([1.0, 0.0], abs=1e-6)


@pytest.fixture(scope="module")
def learnt():
    random = np.random.default_rng(0)
    return examples(scenes(samples(40), [], 80, random), random)


def test_examples_hold_each_stroke_and_its_neighbours(learnt):
    n = len(learnt.kinds)
    assert learnt.features.shape[0] == n
    assert np.isfinite(learnt.features).all()
    assert 0 < (learnt.kinds > 0).sum() < n
    for of, other in learnt.pairs:
        assert (of != other).all()
        assert max(of.max(), other.max()) < n


def test_a_classifier_learns_and_is_the_same_from_its_arrays(learnt):
    trained = train(learnt, seed=1, epochs=12)
    said = trained.first(learnt.features.astype(float))
    assert said.sum(axis=1) == pytest.approx(1.0)
    right = ((said[:, 0] < 0.5) == (learnt.kinds > 0)).mean()
    assert right > max(0.9, 1 - (learnt.kinds > 0).mean())
    again = StrokeClassifier.from_arrays(trained.to_arrays())
    assert np.array_equal(again.first(learnt.features.astype(float)), said)


def test_what_names_no_part_of_a_corpus_is_refused(tmp_path, capsys):
    assert main([str(tmp_path / "a.npz"), "--ink", "nowhere"]) == 1
    assert "FILE.h5:SPLIT" in capsys.readouterr().err
