from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inkrec import Ink, PenSample, Stroke, formats
from inkrec.canvas.document import Document
from inkrec.canvas.worker import Command

from .fake_recognizer import read
from .hands import RULING, Hand


def test_letters_become_words() -> None:
    hand = Hand()
    hand.letters("ab cd")
    assert hand.desk.text == "ab cd"
    assert [w.strokes for w in hand.desk.lines[0]] == [(0, 1), (2, 3)]


def test_committed_is_solid_and_the_rest_is_not_until_the_pen_rests() -> None:
    hand = Hand()
    hand.letters("ab cd ef")
    assert [w.solid for w in hand.desk.lines[0]] == [True, False, False]
    assert not hand.desk.is_finished
    hand.rest(0.1)
    assert not hand.desk.is_finished
    hand.rest()
    assert hand.desk.is_finished
    assert [w.solid for w in hand.desk.lines[0]] == [True, True, True]


def test_each_ruled_line_is_a_line_of_text_and_knows_what_stands_before() -> None:
    hand = Hand()
    hand.letters("ab", line=0)
    hand.letters("cd", line=1)
    assert hand.desk.text == "ab\ncd"
    asked = hand.reader._lines._recognizer.asked
    assert asked == [(90.0, ""), (90.0, "ab ")]
    hand.letters("c", line=0)
    assert hand.desk.text == "abc\ncd"


def test_a_hand_that_drifts_off_the_ruled_line_stays_in_its_line() -> None:
    hand = Hand()
    y = RULING.band(0)[0] + 30
    for n in range(12):
        hand.stroke([(40 * n, y + 12 * n), (40 * n + 9, y + 12 * n + 30)])
    assert {s.line for s in hand.desk.strokes.values()} == {0}
    hand.stroke([(0, RULING.band(2)[0] + 30), (9, RULING.band(2)[0] + 50)])
    assert list(hand.desk.strokes.values())[-1].line == 2


def test_a_stroke_that_begins_at_its_foot_belongs_where_its_middle_is() -> None:
    hand = Hand()
    top, bottom = RULING.band(0)
    hand.letters("ab")
    hand.stroke([(65, bottom + 15), (66, top + 40), (70, top + 50)])  # a p, from its foot
    hand.letters("d")
    assert [s.line for s in hand.desk.strokes.values()] == [0, 0, 0, 0]
    assert hand.desk.text == "abcd"
    assert hand.desk.undo().removed == (3,)
    assert hand.desk.undo().removed == (2,)
    hand.take()
    assert hand.desk.text == "ab"


def test_a_tail_that_hangs_down_stays_with_its_line() -> None:
    hand = Hand()
    _, bottom = RULING.band(0)
    hand.letters("ab")
    hand.stroke([(65, bottom - 12), (66, bottom + 60), (60, bottom + 70)])
    assert [s.line for s in hand.desk.strokes.values()] == [0, 0, 0]


def test_a_long_stroke_stays_where_it_began_though_the_line_below_was_written_last() -> None:
    hand = Hand()
    hand.letters("ab", line=1)
    top, _ = RULING.band(0)
    hand.stroke([(600, top + 45), (604, top + 175)])
    assert [s.line for s in hand.desk.strokes.values()] == [1, 1, 0]


def test_loaded_ink_lies_on_the_lines_it_was_written_on() -> None:
    hand, other = Hand(), Hand()
    top, bottom = RULING.band(0)
    hand.letters("ab")
    hand.stroke([(65, bottom + 15), (66, top + 40)])
    hand.letters("cd", line=2)
    for n in range(9):
        hand.stroke([(300 + 40 * n, top + 30 + 12 * n), (309 + 40 * n, top + 60 + 12 * n)])
    other.desk.load(hand.desk.ink, 100.0)
    lines = [s.line for s in hand.desk.strokes.values()]
    assert [s.line for s in other.desk.strokes.values()] == lines
    assert lines == [0, 0, 0, 2, 2] + 9 * [0]


def test_an_ascender_begins_in_its_own_line() -> None:
    hand = Hand()
    hand.letters("ab", line=0)
    top, bottom = RULING.band(1)
    hand.stroke([(5, top + 14), (6, bottom - 24)])
    assert [s.line for s in hand.desk.strokes.values()] == [0, 0, 1]


@given(st.lists(st.integers(0, 5), min_size=1, max_size=8), st.data())
@settings(max_examples=25)
def test_write_then_undo_equals_never_written(places: list[int], data: st.DataObject) -> None:
    before, after = Hand(), Hand()
    kept = data.draw(st.integers(0, len(places)))
    for n, place in enumerate(places):
        hands = [before, after] if n < kept else [after]
        for hand in hands:
            hand.letters("abcdefghij"[place], line=n % 2)
    for _ in places[kept:]:
        change = after.desk.undo()
        assert change.removed
    after.take()
    assert after.desk.text == before.desk.text
    assert [s.samples for s in after.desk.strokes.values()] == [
        s.samples for s in before.desk.strokes.values()
    ]


def test_erasing_committed_ink_reads_the_line_again() -> None:
    hand = Hand()
    hand.letters("ab cd ef gh")
    assert hand.desk.lines[0][0].solid
    change = hand.desk.erase([0])
    hand.take()
    assert change.removed == (0,)
    assert hand.desk.text == "b cd ef gh"
    change = hand.desk.undo()
    hand.take()
    assert change.added == (0,)
    assert hand.desk.text == "ab cd ef gh"


def test_clear_and_back() -> None:
    hand = Hand()
    hand.letters("ab cd")
    assert hand.desk.clear().removed == (0, 1, 2, 3)
    hand.take()
    assert (hand.desk.text, len(hand.desk.ink)) == ("", 0)
    assert hand.desk.clear().removed == ()
    hand.desk.undo()
    hand.take()
    assert hand.desk.text == "ab cd"


def test_undo_of_nothing_changes_nothing() -> None:
    assert Hand().desk.undo() == ((), ())


def test_a_scratch_takes_the_word_under_it_and_undo_brings_it_back() -> None:
    hand = Hand()
    hand.letters("ab")
    hand.letters("ef")
    assert hand.desk.text == "ab ef"
    y = RULING.band(0)[0] + 40
    change = hand.stroke([(0, y - 15), (60, y), (2, y + 3), (58, y + 8), (1, y + 12), (60, y + 25)])
    assert change.removed == (0, 1, 4)
    assert hand.desk.text == "ef"
    hand.desk.undo()
    hand.take()
    assert hand.desk.text == "ab ef"


def test_a_scratch_over_nothing_is_ink() -> None:
    hand = Hand()
    hand.stroke([(0, 150), (60, 152), (2, 155), (58, 158), (1, 160), (60, 162)])
    assert len(hand.desk.strokes) == 1


def test_results_from_before_ink_was_taken_back_are_stale() -> None:
    hand = Hand()
    hand.letters("ab")
    old = hand.reader._lines.do(Command("finish", 0, 0, ""))
    assert old is not None
    hand.desk.undo()
    assert not hand.desk.apply_result(old)
    hand.take()
    assert hand.desk.text == "a"


def test_the_eraser_hits_what_passes_near() -> None:
    hand = Hand()
    hand.stroke([(10, 150), (110, 150)])
    assert hand.desk.near([(60, 155)], 10) == [0]
    assert hand.desk.near([(60, 165)], 10) == []
    hand.stroke([(200, 150)])
    assert hand.desk.near([(203, 152)], 10) == [1]
    assert hand.desk.near([(60, 165), (60, 155), (203, 152)], 10) == [0, 1]
    assert hand.desk.near([], 10) == []


def test_what_one_swipe_took_comes_back_in_one_step() -> None:
    hand = Hand()
    hand.letters("abc")
    hand.desk.erase([0])
    hand.desk.erase([1], more=True)
    hand.desk.erase([2])
    assert hand.desk.undo().added == (2,)
    assert hand.desk.undo().added == (0, 1)
    hand.take()
    assert hand.desk.text == "abc"
    hand.desk.erase([0], more=True)
    assert hand.desk.undo().added == (0,), "there was no erasing to go on with"


def test_a_correction_is_shown_and_kept_with_its_ink(tmp_path: Path) -> None:
    path = tmp_path / "new" / "corrections.jsonl"
    hand = Hand(path)
    hand.letters("ab cd")
    first, second = hand.desk.lines[0]
    assert first.alternatives == ("ab", "AB", "abx")
    assert hand.desk.correct(first, "  At ")
    assert hand.desk.correct(second, "CD")
    assert hand.desk.text == "At CD"
    shown = hand.desk.lines[0][0]
    assert (shown.corrected, shown.alternatives) == (True, ("ab", "AB", "abx"))
    kept = formats.read_labelled(path)
    assert [label for _, label in kept] == ["At", "CD"]
    assert [len(ink) for ink, _ in kept] == [2, 2]
    assert kept[0].ink == hand.desk.ink_of((0, 1))
    assert not hand.desk.correct(first, "   ")


def test_a_correction_stays_when_its_word_grows_and_shrinks() -> None:
    hand = Hand()
    hand.letters("ab")
    hand.desk.correct(hand.desk.lines[0][0], "At")
    hand.letters("c")
    assert hand.desk.text == "Atc", "what was added is appended"
    grown = hand.desk.lines[0][0]
    assert (grown.corrected, grown.raw, grown.strokes) == (True, "abc", (0, 1, 2))
    hand.desk.erase([2])
    hand.take()
    assert hand.desk.text == "At"
    hand.desk.erase([0])
    hand.take()
    assert hand.desk.text == "b", "half of its ink is not the word any more"
    hand.desk.undo()
    hand.take()
    assert hand.desk.text == "At"


def test_a_word_corrected_again_says_the_last_of_it() -> None:
    hand = Hand()
    hand.letters("ab")
    hand.desk.correct(hand.desk.lines[0][0], "At")
    hand.letters("c")
    hand.desk.correct(hand.desk.lines[0][0], "Act")
    assert hand.desk.text == "Act"
    hand.desk.undo()
    hand.take()
    assert hand.desk.text == "Act"


def test_a_correction_that_cannot_be_kept_is_shown(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("a file")
    hand = Hand(tmp_path / "folder" / "corrections.jsonl")
    hand.letters("ab")
    with pytest.raises(OSError, match="folder"):
        hand.desk.correct(hand.desk.lines[0][0], "At")
    assert hand.desk.text == "At"


def test_ink_of_a_file_lies_on_its_lines_and_before_now() -> None:
    hand = Hand()
    y = RULING.band(0)[0] + 40
    t = np.array([1e6, 1e6 + 0.1])
    ink = Ink([Stroke([5, 9], [y, y + 9], t), Stroke([6, 9], [y + 90, y + 99], t + 1)])
    hand.clock.now = 50.0
    hand.desk.load(ink, hand.clock())
    hand.take()
    assert hand.desk.text == "a\na"
    assert hand.desk.ink[-1].t[-1] == pytest.approx(50.0)  # type: ignore[index]
    hand.letters("b")
    assert hand.desk.text == "ab\na"
    hand.desk.undo()
    assert len(hand.desk.undo().removed) == 2, "opening a file is one step back"


def test_one_line_is_what_it_is_said_to_be_and_nothing_else() -> None:
    hand = Hand()
    y = RULING.band(2)[0] + 30
    hand.stroke([(5, 130), (9, 150)], line=0)
    hand.stroke([(35, y), (39, y + 30)], line=0)
    assert hand.desk.text == "ab"
    hand.letters("cd", line=2)
    assert hand.desk.text.split("\n") == ["abcd"], "they stand beside the last stroke"
    hand.letters("f", line=1)
    assert hand.desk.text == "abcd\nf"


def test_loaded_ink_of_one_line_is_one() -> None:
    hand = Hand()
    y = RULING.band(0)[0] + 40
    t = np.array([0.0, 0.1])
    ink = Ink([Stroke([5, 9], [y, y + 9], t), Stroke([636, 639], [y + 190, y + 199], t + 1)])
    hand.desk.load(ink, 10.0, one_line=True)
    hand.take()
    assert hand.desk.text == "a v"
    hand.clock.now = 20.0
    hand.letters("a", line=1)
    assert hand.desk.text == "a v\na"


def test_what_is_murmured_beyond_the_words_is_shown_grey() -> None:
    hand = Hand()
    hand.letters("ab")
    said = read([[PenSample(0.0, 5.0, 0.0)]], False)
    line = hand.desk._book[0]
    line.hypothesis = type(said)(said.committed, said.tentative + "bc de", said.words)
    words = hand.desk.lines[0]
    assert [(w.text, bool(w.strokes), w.solid) for w in words] == [
        ("a", True, False),
        ("bc", False, False),
        ("de", False, False),
    ]


def test_the_latest_word_is_that_of_the_last_stroke() -> None:
    hand = Hand()
    assert hand.desk.latest_word is None
    hand.letters("ab cd")
    assert hand.desk.latest_word == hand.desk.lines[0][1]


def test_a_desk_needs_no_file_for_corrections() -> None:
    hand = Hand()
    hand.letters("a")
    assert isinstance(hand.desk, Document)
    assert not hand.desk.correct(hand.desk.lines[0][0], "b")
    assert hand.desk.text == "b"
