"""Ink of several sources on one page: pens, replays and files, each with its clock and scale."""

from __future__ import annotations

import numpy as np
import pytest

from inkrec import Ink, PenSample, SessionError, Stroke

from .hands import RULING, Hand


def test_time_goes_on_from_source_to_source() -> None:
    """A replay at once is ahead of the clock; what the mouse writes then comes behind it."""
    hand = Hand()
    hand.clock.now = 113.0
    hand.letters("a")
    hand.clock.now = 100.0
    hand.letters("bc")
    times = [s.t for stroke in hand.desk.strokes.values() for s in stroke.samples]
    assert times == sorted(times)
    assert len(hand.desk.ink) == 3
    first, second = list(hand.desk.strokes.values())[1:]
    assert first.samples[0].t == hand.desk.strokes[0].samples[-1].t
    steps = np.diff([s.t for s in first.samples + second.samples])
    assert steps == pytest.approx(0.01), "as it was written"
    assert hand.desk.late == pytest.approx(13.03, abs=0.02)


def test_two_sources_in_one_stroke_do_not_turn_time_back() -> None:
    hand = Hand()
    for t, x in ((5.0, 0.0), (4.0, 5.0), (5.5, 9.0)):
        hand.desk.write(PenSample(t, x, 140.0, 0.5))
    hand.desk.write(PenSample(4.5, 9.0, 140.0, 0.0, touching=False))
    [stroke] = hand.desk.strokes.values()
    assert [s.t for s in stroke.samples] == [5.0, 5.0, 5.5, 5.5]


def test_ink_that_is_loaded_beside_other_ink_comes_behind_it() -> None:
    hand = Hand()
    hand.letters("ab")
    y = RULING.band(1)[0] + 40
    ink = Ink([Stroke([5, 9], [y, y + 9], [0.0, 60.0])])
    hand.desk.load(ink, hand.clock())
    assert len(hand.desk.ink) == 3
    hand.letters("c", line=2)
    times = [s.t for stroke in hand.desk.strokes.values() for s in stroke.samples]
    assert times == sorted(times)


def test_nothing_is_cleared_or_loaded_under_an_open_stroke() -> None:
    hand = Hand()
    hand.letters("a")
    ink = hand.desk.ink
    hand.desk.write(PenSample(1.0, 300.0, 140.0, 0.5))
    held = dict(hand.desk.strokes)
    with pytest.raises(SessionError, match="stroke 1 is open; lift the pen before the page"):
        hand.desk.clear()
    with pytest.raises(SessionError, match="stroke 1 is open; lift the pen before ink is opened"):
        hand.desk.load(ink, 5.0)
    assert hand.desk.strokes == held
    hand.desk.write(PenSample(1.1, 300.0, 140.0, 0.0, touching=False))
    assert len(hand.desk.clear().removed) == 2


def test_ink_of_a_file_keeps_its_scale() -> None:
    hand = Hand()
    hand.desk.units_per_mm = 3.0
    hand.letters("ab")
    assert hand.desk.ink.units_per_mm == 3.0
    hand.desk.clear()
    hand.desk.load(Ink([Stroke([5, 9], [140, 149], [0.0, 0.1])], 7.0), 100.0)
    hand.clock.now = 200.0
    hand.letters("c")
    assert hand.desk.ink.units_per_mm == 7.0
    hand.desk.undo()
    hand.desk.undo()
    hand.desk.undo()
    assert hand.desk.ink.units_per_mm == 3.0


def test_an_empty_file_is_no_step_back() -> None:
    hand = Hand()
    hand.letters("a")
    assert hand.desk.load(Ink([]), 5.0).added == ()
    assert hand.desk.undo().removed == (0,)
