"""A page of the bundled model's: lines, words, drawings, characters, and what changes of them."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pytest

import inkrec
from inkrec import Ink, InkError, Page, SessionError, Stroke

SAMPLES = Path(__file__).parents[2] / "demos" / "ink"
LINES = ("tea.jsonl", "bridge.inkml")
DOWN = 22.0  # units between two lines; letters are about 3.4 high


@functools.cache
def recognizer() -> inkrec.Recognizer:
    return inkrec.load()


@functools.cache
def strokes(name: str, row: int = 0) -> tuple[Stroke, ...]:
    ink = inkrec.read(SAMPLES / name)
    times = 100.0 * row
    return tuple(
        Stroke(s.x, s.y + DOWN * row, None if s.t is None else s.t + times, s.pressure) for s in ink
    )


def text(name: str) -> str:
    return recognizer().recognize(inkrec.read(SAMPLES / name)).text


def named(name: str, row: int) -> dict[str, Stroke]:
    return {f"{row}.{n}": s for n, s in enumerate(strokes(name, row))}


@functools.cache
def settled_bytes() -> bytes:
    page = recognizer().page()
    for row, name in enumerate(LINES):
        page.edit(add=named(name, row))
    page.settle()
    return page.save()


@pytest.fixture
def page() -> Page:
    return recognizer().restore_page(settled_bytes())


def write(page: Page, names: dict[str, Stroke]) -> None:
    for name, s in names.items():
        page.begin(name)
        times = np.arange(len(s)) * 0.01 if s.t is None else s.t
        for t, x, y in zip(times, s.x, s.y, strict=True):
            page.feed((t, x, y))
        page.end()


def test_lines_are_read_as_by_themselves(page):
    assert page.text.split("\n") == [text(name) for name in LINES]
    assert [line.hypothesis.final for line in page.lines] == [True, True]
    assert page.is_settled


def test_words_say_where_they_stand(page):
    for line in page.lines:
        for word in line.words:
            assert line.text[word.start : word.end] == word.text
            assert set(word.strokes) <= set(line.strokes)
            assert word.box.top < word.baseline < word.box.bottom + 3
            assert 1.5 < word.x_height < 6
            assert abs(word.slope) < 0.1
    assert sum(len(line.strokes) for line in page.lines) == len(page.strokes)


def test_every_point_belongs_to_one_character(page):
    for line in page.lines:
        claimed = {name: np.zeros(len(page.strokes[name]), int) for name in line.strokes}
        for word in line.words:
            assert "".join(c.text for c in word.characters) == word.text
            for c in word.characters:
                assert line.text[c.start] == c.text
                for span in c.spans:
                    claimed[span.stroke][span.first : span.end] += 1
        assert all((count == 1).all() for count in claimed.values())


def test_what_is_written_is_shown_while_it_is_written():
    page, shown = recognizer().page(), []
    names = named(LINES[0], 0)
    for name, s in names.items():
        page.begin(name)
        for t, x, y in zip(s.t, s.x, s.y, strict=True):
            page.feed((t, x, y))
        shown.append(page.text)
        page.end()
    assert any(shown[:20])
    assert [line.text for line in page.lines] == [text(LINES[0])]
    assert not page.lines[0].hypothesis.final


def test_a_line_that_is_left_and_come_back_to_is_one_line():
    first, second = named(LINES[0], 0), named(LINES[1], 1)
    page = recognizer().page()
    write(page, dict(list(first.items())[:18]))
    write(page, second)
    write(page, dict(list(first.items())[18:]))
    assert [len(line.strokes) for line in page.lines] == [len(first), len(second)]
    ids = [line.id for line in page.lines]
    page.settle()
    assert page.text.split("\n") == [text(name) for name in LINES]
    assert [line.id for line in page.lines] == ids


def test_only_the_line_that_changed_is_told(page):
    page.changes()
    last = page.lines[1]
    gone = last.words[-1]
    page.erase(gone.strokes)
    told = page.changes()
    assert [line.id for line in told.lines] == [last.id]
    assert told.removed_words == (gone.id,)
    assert not told.removed_lines
    assert not page.changes()
    page.undo()
    page.settle()
    assert page.lines[1].text == last.text
    page.redo()
    page.settle()
    assert gone.text not in page.lines[1].text


def test_a_word_keeps_its_id_when_its_line_moves(page):
    line = page.lines[1]
    page.move(line.strokes, 3.0, 4.0)
    page.settle()
    moved = page.lines[1]
    assert moved.id == line.id
    assert moved.text == line.text
    assert [w.id for w in moved.words] == [w.id for w in line.words]
    assert moved.words[0].box.left == pytest.approx(line.words[0].box.left + 3)


def test_a_word_put_into_a_gap_stands_there():
    names = named(LINES[0], 0)
    whole = recognizer().page()
    whole.edit(add=names)
    whole.settle()
    word = whole.words[2]
    rest = {n: s for n, s in names.items() if n not in word.strokes}
    late = {n: Stroke(s.x, s.y, s.t + 60.0) for n, s in names.items() if n in word.strokes}
    page = recognizer().page()
    write(page, {**rest, **late})
    assert word.text in page.text.split()
    page.settle()
    assert page.text == whole.text


def test_an_underline_is_a_drawing_of_its_words(page):
    word = page.lines[1].words[1]
    before = page.text
    left, _, right, bottom = word.box
    page.add("line", Stroke(np.linspace(left, right, 30), np.full(30, bottom + 0.8)))
    page.settle()
    (drawing,) = page.drawings
    assert drawing.kind == "underline"
    assert drawing.strokes == ("line",)
    assert drawing.words == (word.id,)
    assert page.text == before


def test_steps_that_cannot_be_leave_the_page(page):
    before, held = page.text, page.strokes
    stroke = Stroke([0, 1], [0, 1])
    for call, message in [
        (lambda: page.add("0.0", stroke), "already"),
        (lambda: page.erase(["no"]), "no stroke 'no'"),
        (lambda: page.erase("0.0"), "one stroke's id"),
        (lambda: page.replace({"no": stroke}), "no stroke 'no'"),
        (lambda: page.edit(erase=["0.0"], replace={"0.0": stroke}), "erased and replaced"),
        (lambda: page.move(["0.0"], float("nan"), 0), "finite"),
        (lambda: page.add("new", [1, 2]), "must be an inkrec.Stroke"),
        (lambda: page.feed((0, 0, 0)), "begin"),
        (lambda: page.end(), "begin"),
        (lambda: page.redo(), "nothing to redo"),
        (lambda: page.begin("0.0"), "already"),
    ]:
        with pytest.raises((SessionError, InkError), match=message):
            call()
    assert page.text == before
    assert page.strokes == held


def test_a_rejected_sample_leaves_the_stroke():
    page = recognizer().page()
    page.begin(1)
    page.feed((0.5, 0, 0))
    for sample, message in [
        ((0.4, 1, 1), "backwards"),
        ((0.6, float("inf"), 1), "not finite"),
        ((0.6, 1, 1, 2.0), "pressure"),
        ((0.6, 1), "no PenSample"),
    ]:
        with pytest.raises(InkError, match=message):
            page.feed(sample)
    with pytest.raises(SessionError, match="is being written"):
        page.begin(2)
    page.feed((0.6, 1, 1))
    page.feed((0.7, 1, 1, None, False))
    assert len(page.strokes[1]) == 2


def test_bytes_that_are_no_page_are_refused():
    whole = settled_bytes()
    for data, message in [
        (b"nothing", "no saved page"),
        (whole[:-5], "damaged or cut short"),
        (whole[:8] + b"\xff\xff" + whole[10:], "upgrade"),
        ("text", "binary mode"),
    ]:
        with pytest.raises(SessionError, match=message):
            recognizer().restore_page(data)
    odd = recognizer().page()
    odd.add((1, 2), Stroke([0, 1], [0, 1]))
    with pytest.raises(SessionError, match="only text and whole numbers"):
        odd.save()


def test_ink_is_not_held_hostage_by_a_model(page):
    other = recognizer().with_words(["Zbigniew"])
    taken = other.restore_page(page.save())
    assert taken.strokes == page.strokes
    taken.settle()
    assert len(taken.text) > 10


def test_characters_of_what_was_recognized():
    ink = inkrec.read(SAMPLES / LINES[0])
    said = recognizer().recognize(ink)
    found = recognizer().characters(ink, said)
    assert "".join(c.text for c in found) == said.text.replace(" ", "")
    assert sum(s.end - s.first for c in found for s in c.spans) == sum(map(len, ink))
    (cross,) = [c for c in found if c.start == said.text.index("Tea")]
    assert {s.stroke for s in cross.spans} == {0, 1}
    with pytest.raises(InkError, match="give the ink that was read"):
        recognizer().characters(Ink(ink[:3]), said)


def test_what_a_stroke_was_made_with_outlives_moving_and_saving():
    reader = recognizer()
    page = reader.page()
    made = Stroke([0, 5, 9], [0, 9, 0], tool="highlighter", color="#ffff0080", width=3.0)
    page.add("a", made)
    page.move(["a"], 10.0, 5.0)
    again = reader.restore_page(page.save())
    for held in (page, again):
        (stroke,) = held.strokes.values()
        assert (stroke.tool, stroke.color, stroke.width) == ("highlighter", "#ffff0080", 3.0)
        assert stroke.x.tolist() == [10.0, 15.0, 19.0]
