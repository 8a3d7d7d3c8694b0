"""Lines cut apart between their words, and the alignment that finds where."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import inkrec
from inkrec import ModelError
from inkrec.cli import main
from inkrec.corpus import Sample, write_corpus
from inkrec.training.data_spec import DataSpec, training_sets
from inkrec.training.forced_alignment import (
    align_words,
    forced_align,
    load_alignment,
    save_alignment,
)
from inkrec.training.line import TrainingLine, concatenate_lines

REPO = Path(__file__).parents[2]
TEA = REPO / "demos" / "ink" / "tea.jsonl"


@pytest.fixture(scope="module")
def tea():
    return inkrec.read(TEA), "Tea is ready, come and sit down."


# ---- alignment


def spelt(path: tuple[int, ...]) -> list[int]:
    return [s for s, _ in itertools.groupby(path) if s]


@given(st.integers(0, 2**32), st.integers(1, 5), st.lists(st.integers(1, 2), max_size=3))
def test_the_best_path_is_the_best_of_all_paths_that_spell_the_labels(seed, frames, labels):
    random = np.random.default_rng(seed)
    log_probs = np.log(random.dirichlet(np.ones(3), frames))
    paths = {
        path: log_probs[range(frames), path].sum()
        for path in itertools.product(range(3), repeat=frames)
        if spelt(path) == labels
    }
    at, score = forced_align(log_probs, labels)
    assert len(at) == len(labels)
    if not paths:
        assert score == -np.inf
        return
    assert score == pytest.approx(max(paths.values()))
    best = max(paths, key=paths.__getitem__)
    assert [best[t] for t in at] == labels
    assert (np.diff(at) > 0).all()


# ---- cuts


def test_a_line_is_cut_where_its_words_part(tea):
    ink, text = tea
    model = inkrec.load("en").model
    cuts = align_words(model, ink, text)
    assert cuts
    for stroke, character in cuts:
        assert text[character - 1] == " "
        # all ink of the words in front lies to the left, and comes first
        assert max(s.x.max() for s in ink[:stroke]) < min(s.x.min() for s in ink[stroke:])


def test_words_are_cut_wherever_the_pen_was_lifted_between_letters(tea):
    ink, text = tea
    model = inkrec.load("en").model
    cuts = align_words(model, ink, text, letters=True)
    inside = [(stroke, i) for stroke, i in cuts if text[i - 1] != " "]
    assert len(inside) > 5
    assert cuts == sorted(cuts)
    for stroke, i in inside:
        assert " " not in text[i - 1 : i + 1]
        assert max(s.x.max() for s in ink[:stroke]) < min(s.x.min() for s in ink[stroke:])
    pieces = TrainingLine.from_ink(ink, text).pieces(cuts)
    assert "".join(piece.text for piece in pieces).replace(" ", "") == text.replace(" ", "")
    reader = inkrec.load("en")
    bounds = [0, *(stroke for stroke, _ in cuts), len(ink)]
    read = [reader.recognize(ink[a:b]).text for a, b in itertools.pairwise(bounds)]
    right = [said == piece.text for said, piece in zip(read, pieces, strict=True)]
    assert np.mean(right) > 0.5  # many a letter means nothing on its own


def test_a_label_of_something_else_gives_no_cut(tea):
    ink, text = tea
    assert align_words(inkrec.load("en").model, ink, text[::-1].swapcase()) == []
    assert align_words(inkrec.load("en").model, ink, text[::-1].swapcase(), letters=True) == []


def test_pieces_say_and_hold_all_of_the_page(tea):
    ink, text = tea
    page = TrainingLine.from_ink(ink, text)
    pieces = page.pieces(align_words(inkrec.load("en").model, ink, text))
    assert len(pieces) > 1
    assert " ".join(piece.text for piece in pieces) == text
    assert sum(len(piece.stroke_ends) for piece in pieces) == len(page.stroke_ends)
    np.testing.assert_array_equal(np.concatenate([piece.x for piece in pieces]), page.x)
    for piece in pieces:
        assert piece.stroke_ends[-1] == len(piece.x) - 1
        assert piece.t[0] == 0


def test_pieces_put_together_again_lie_on_one_line(tea):
    ink, text = tea
    page = TrainingLine.from_ink(ink, text)
    pieces = page.pieces(align_words(inkrec.load("en").model, ink, text))
    slope, level = np.polyfit(page.x, page.y, 1)
    flat = page.y - level - slope * page.x  # joining takes each piece down to the line
    joined = concatenate_lines(pieces, np.random.default_rng(0))
    assert joined.text == text
    heights = np.abs(joined.y - flat)
    assert np.median(heights) < 0.4  # a tenth of a scale of noise, and the slope within a word


def test_a_cut_of_other_ink_is_refused(tea):
    page = TrainingLine.from_ink(*tea)
    with pytest.raises(ModelError, match=r"has no cut at \(999, 4\): cuts of other ink\?"):
        page.pieces([(999, 4)])


# ---- files


def test_cuts_are_read_as_they_were_written(tmp_path):
    save_alignment(tmp_path / "c.json", {"a": [(1, 4), (3, 9)], "b": []}, model="en")
    assert load_alignment(tmp_path / "c.json") == {"a": [(1, 4), (3, 9)], "b": []}


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"alignment": {"a": [[1]]}}', '{"alignment": [1]}']
)
def test_another_file_is_no_file_of_cuts(tmp_path, text):
    file = tmp_path / "c.json"
    file.write_text(text)
    with pytest.raises(ModelError, match="holds no alignment; `inkrec align` writes it"):
        load_alignment(file)


def test_the_command_cuts_a_corpus_and_training_reads_the_words(tmp_path, tea, capsys):
    ink, text = tea
    corpus, cuts = tmp_path / "c.h5", tmp_path / "cuts.json"
    write_corpus(corpus, [Sample(ink, text, "tea", "w", "f", "train", "line")], attributes={})
    assert main(["align", "en", str(corpus), "--split", "train", "-o", str(cuts)]) == 0
    count = len(json.loads(cuts.read_text())["alignment"]["tea"])
    assert f"1 lines cut at {count} of {text.count(' ')} spaces" in capsys.readouterr().out
    symbols = "".join(map(chr, range(32, 127)))
    [source], [report] = training_sets(
        [DataSpec(str(corpus), "train", join=3, alignment=str(cuts))], symbols
    )
    assert report["lines"] == count + 1
    assert source.writers == ["w"] * (count + 1)


def test_the_command_cuts_inside_words_and_training_spells_with_the_pieces(tmp_path, tea, capsys):
    corpus, cuts = tmp_path / "c.h5", tmp_path / "cuts.json"
    bridge = inkrec.read(TEA.with_name("bridge.inkml")), "We met at the old bridge."
    river = inkrec.read(TEA.with_name("river.xopp")), "The river runs under the road."
    made = [tea, bridge, river]
    lines = [Sample(*one, one[1], "w", "f", "train", "line") for one in made]
    write_corpus(corpus, lines, attributes={})
    call = ["align", "en", str(corpus), "--split", "train", "--letters", "-o", str(cuts)]
    assert main(call) == 0
    found = json.loads(cuts.read_text())["alignment"]
    assert found.keys() == {text for _, text in made}
    at = [text[i - 1] == " " for text, places in found.items() for _, i in places]
    assert (
        f"3 lines cut at {sum(at)} of {sum(text.count(' ') for text in found)} spaces and at "
        f"{len(at) - sum(at)} places within words" in capsys.readouterr().out
    )
    symbols = "".join(map(chr, range(32, 127)))
    spec = DataSpec(str(corpus), "train", alignment=str(cuts))
    specs = [replace(spec, join=3), replace(spec, synthesize=3)]
    whole, spelled = training_sets(specs, symbols)[0]
    assert len(whole.lines) == sum(at) + 3  # cuts inside words are for spelling alone
    assert spelled.vocabulary == sorted({word for p in whole.lines for word in p.text.split()})
    (hand,) = spelled.glyphs
    assert hand.split_word("heart", np.random.default_rng(0)) is not None
    assert hand.split_word("zoo", np.random.default_rng(0)) is None
