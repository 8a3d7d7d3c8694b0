"""JSON of pages has the keys that are published, and what it says is what the page says."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

import inkrec
from inkrec import Alternative, Character, Hypothesis, InkError, InkSpan, cli
from inkrec.page import exchange
from page.test_search import Said

DEMOS = Path(__file__).parents[2] / "demos" / "ink"


@pytest.fixture(scope="module")
def tea():
    """A line, and its page with highlighters' strokes left out of what is read."""
    ink = inkrec.read(DEMOS / "tea.jsonl")
    (page,) = inkrec.load().pages(inkrec.read_document(DEMOS / "tea.jsonl"))
    return ink, page


def test_our_own_shape_holds_what_the_page_says(tea):
    ink, page = tea
    told = json.loads(json.dumps(inkrec.page_to_json(page)))
    assert list(told) == ["format", "version", "text", "lines", "drawings"]
    assert (told["format"], told["version"], told["text"]) == ("inkrec-page", 1, page.text)
    (line,) = told["lines"]
    assert list(line) == ["id", "text", "final", "box", "strokes", "words", "alternatives"]
    assert line["final"]
    assert line["box"] == pytest.approx(ink.bounds, abs=1e-4)
    assert line["alternatives"][0]["text"] == page.text
    points = 0
    for word in line["words"]:
        assert line["text"][word["start"] : word["end"]] == word["text"]
        assert "".join(c["text"] for c in word["characters"]) == word["text"]
        for stroke, first, end in (span for c in word["characters"] for span in c["spans"]):
            assert stroke in word["strokes"]
            points += end - first
    assert points == sum(map(len, ink)), "every point belongs to one character"
    assert "characters" not in inkrec.page_to_json(page, characters=False)["lines"][0]["words"][0]


def test_the_page_of_the_documentation_names_every_key(tea):
    _, page = tea
    text = (Path(__file__).parents[2] / "docs" / "json.md").read_text(encoding="utf-8")

    def keys(value):
        if isinstance(value, dict):
            yield from value
        for inner in value.values() if isinstance(value, dict) else value:
            if isinstance(inner, dict | list):
                yield from keys(inner)

    told = [inkrec.page_to_json(page), inkrec.page_to_wicg(page), inkrec.page_to_jiix(page)]
    for shape in told:
        missing = {key for key in keys(shape) if f"`{key}`" not in text}
        assert not missing


def test_predictions_have_the_keys_of_the_draft(tea):
    """https://wicg.github.io/handwriting-recognition/#handwriting-prediction."""
    ink, page = tea
    first, *others = inkrec.page_to_wicg(page)
    assert set(first) == {"text", "segmentationResult"}
    for segment in first["segmentationResult"]:
        assert set(segment) == {"grapheme", "beginIndex", "endIndex", "drawingSegments"}
        begin, end = segment["beginIndex"], segment["endIndex"]
        assert first["text"][begin:end] == segment["grapheme"]
        for part in segment["drawingSegments"]:
            assert set(part) == {"strokeIndex", "beginPointIndex", "endPointIndex"}
            stroke = ink[part["strokeIndex"]]
            assert 0 <= part["beginPointIndex"] < part["endPointIndex"] <= len(stroke)
    assert len(others) == 2
    assert all(set(other) == {"text"} for other in others)
    assert len({first["text"], *(o["text"] for o in others)}) == 3
    assert inkrec.page_to_wicg(page, alternatives=1) == [first]


def characters(page, *held):
    """The page with characters for its words."""
    line = page.said[0]
    words = []
    for word, chars in zip(line.words, held, strict=True):
        fake = type("Word", (type(word),), {"characters": chars})
        words.append(fake(word.id, word.word, word.start, word.strokes, word.box))
    page.said[0] = type(line)(line.id, line.hypothesis, line.strokes, tuple(words), line.box)
    return page


def test_indices_of_text_count_as_javascript_counts():
    text = "\N{GRINNING FACE}e\N{COMBINING ACUTE ACCENT} x"
    chars = tuple(
        Character(c, n, 0, (InkSpan(0, n, n + 1),)) for n, c in enumerate(text.split()[0])
    )
    more = (Character("x", 4, 1, (InkSpan(1, 0, 3),)),)
    page = characters(Said(text), chars, more)
    (told,) = inkrec.page_to_wicg(page, strokes=["other", 0, 1])
    found = [(s["grapheme"], s["beginIndex"], s["endIndex"]) for s in told["segmentationResult"]]
    assert found == [(text[0], 0, 2), (text[1:3], 2, 4), ("x", 5, 6)]
    parts = [[list(p.values()) for p in s["drawingSegments"]] for s in told["segmentationResult"]]
    assert parts == [[[1, 0, 1]], [[1, 1, 2], [1, 2, 3]], [[2, 0, 3]]]
    with pytest.raises(InkError, match="stroke 0 of the page is not among strokes"):
        inkrec.page_to_wicg(page, strokes=[1])


def test_other_texts_of_a_page_differ_in_one_line_and_come_by_probability():
    page = Said("one", "two")
    for n, others in enumerate(({"one": -0.1, "ons": -3.0}, {"two": -0.2, "too": -1.0, "tw": -9})):
        line = page.said[n]
        read = tuple(Alternative(t, p) for t, p in others.items())
        hypothesis = Hypothesis(line.text, alternatives=read)
        page.said[n] = type(line)(line.id, hypothesis, line.strokes, line.words, line.box)
    told = inkrec.page_to_wicg(page, strokes=range(2), alternatives=9)
    assert [t["text"] for t in told] == ["one\ntwo", "one\ntoo", "ons\ntwo", "one\ntw"]


@pytest.mark.parametrize("count", [0, -1, 1.5, True])
def test_predictions_are_counted(count, tea):
    with pytest.raises(InkError, match="1 or more"):
        inkrec.page_to_wicg(tea[1], alternatives=count)


def test_nothing_read_is_no_prediction():
    page = inkrec.load().page()
    assert inkrec.page_to_wicg(page) == []
    assert inkrec.page_to_jiix(page)["words"] == []
    assert inkrec.page_to_json(page)["lines"] == []


def test_jiix_is_read_as_the_ink_and_its_text(tea):
    ink, page = tea
    told = inkrec.page_to_jiix(page)
    assert told["type"] == "Text"
    assert told["version"] == "3"
    file = io.BytesIO(json.dumps(told).encode())
    ((read, label),) = inkrec.formats.read_labelled(file, "iink")
    assert label == page.text
    assert len(read) == len(ink)
    assert read.bounds == pytest.approx(ink.bounds, abs=1e-3)
    assert sum(map(len, read)) == sum(map(len, ink))


def test_words_and_characters_of_jiix_tell_of_each_other(tea):
    told = inkrec.page_to_jiix(tea[1], units_per_mm=2.0)
    half = inkrec.page_to_jiix(tea[1])
    assert "".join(w["label"] for w in told["words"]) == told["label"]
    assert "".join(c["label"] for c in told["chars"]) == told["label"]
    for n, word in enumerate(told["words"]):
        held = told["chars"][word["first-char"] : word["last-char"] + 1]
        assert "".join(c["label"] for c in held) == word["label"]
        assert {c["word"] for c in held} == {n}
        if word["label"] != " ":
            assert set(word["bounding-box"]) == {"x", "y", "width", "height"}
            assert all("bounding-box" in c for c in held)
            assert {"type", "id", "X", "Y", "F", "T", "timestamp"} >= set(word["items"][0])
            wide = half["words"][n]["bounding-box"]["width"]
            assert word["bounding-box"]["width"] == pytest.approx(wide / 2, abs=1e-3)


@pytest.mark.parametrize("shape", ["json", "wicg", "jiix"])
def test_read_prints_a_page_a_line(shape, capsys):
    files = [str(DEMOS / "river.xopp"), "no-such-file"]
    assert cli.main(["read", "--format", shape, *files]) == 1
    out, err = capsys.readouterr()
    assert "no-such-file" in err
    (line,) = out.splitlines()
    told = json.loads(line)
    text = told[0]["text"] if shape == "wicg" else told["label" if shape == "jiix" else "text"]
    assert text == "The river runs under the road."


def test_changes_have_no_shape_of_pages(capsys):
    assert cli.main(["read", "--format", "json", "--stream", "a"]) == 1
    assert "leave out --stream" in capsys.readouterr().err


def test_the_version_is_that_of_the_documentation():
    text = (Path(__file__).parents[2] / "docs" / "json.md").read_text(encoding="utf-8")
    assert f"version {exchange.VERSION}" in text
