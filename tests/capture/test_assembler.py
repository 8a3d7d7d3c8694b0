from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inkrec.capture import Assembler, Axis, Event, PenInfo, assemble, read_recording

from .pens import (
    ABS,
    FILES,
    KEY,
    MOUSE,
    PEN,
    PRESSURE,
    RUBBER,
    STYLUS,
    STYLUS2,
    SYN,
    TABLET,
    TILT_X,
    TOUCH,
    X,
    Y,
    report,
    strokes,
)

DROPPED = (SYN, 3, 0)
NEAR = [(KEY, PEN, 1), (ABS, X, 1000), (ABS, Y, 2000)]

codes = st.one_of(
    st.tuples(st.just(SYN), st.sampled_from([0, 0, 0, 2, 3]), st.just(0)),
    st.tuples(
        st.just(KEY),
        st.sampled_from([PEN, RUBBER, MOUSE, TOUCH, TOUCH, STYLUS, STYLUS2, 0x110]),
        st.sampled_from([0, 1, 1, 2]),
    ),
    st.tuples(
        st.just(ABS),
        st.sampled_from([X, Y, PRESSURE, PRESSURE, TILT_X, 0x28]),
        st.integers(-(2**31), 2**31 - 1) | st.integers(0, 1000),
    ),
    st.tuples(st.integers(0, 31), st.integers(0, 767), st.integers(-(2**31), 2**31 - 1)),
)
stamps = st.floats(-1e9, 2e9) | st.sampled_from([math.nan, math.inf, -math.inf])
events = st.lists(st.builds(lambda t, c: Event(t, *c), stamps, codes), max_size=80)


@given(events, st.booleans())
@settings(max_examples=150)
def test_any_events_give_ordered_finite_strokes_that_end(run: list[Event], ask: bool) -> None:
    assembler = Assembler(TABLET)
    frames = []
    for event in run:
        frames += assembler.feed(event)
        if assembler.lost and ask:
            frames += assembler.resync({X: 5, Y: 6}, {PEN, TOUCH}, event.t)
            assert not assembler.lost
    frames += assembler.close()
    assert assembler.close() == ()
    for frame in frames:
        assert all(map(math.isfinite, (frame.t, frame.x, frame.y)))
        assert frame.pressure is not None
        assert 0 <= frame.pressure <= 1
        assert frame.touching or frame.pressure == 0
        assert frame.in_range or not (frame.touching or frame.buttons)
    assert all(a.t <= b.t for a, b in itertools.pairwise(frames))
    assert all(a.eraser == b.eraser for a, b in itertools.pairwise(frames) if a.touching), (
        "a stroke is closed before its tip changes"
    )
    assert not frames or not frames[-1].in_range


def test_the_strategy_reaches_strokes() -> None:
    """Guards the property above against passing on nothing."""
    run = report(0.0, *NEAR, (KEY, TOUCH, 1), (ABS, PRESSURE, 500)) + report(0.1, (ABS, X, 1100))
    frames = list(assemble(TABLET, run))
    assert [(f.x, f.y, f.pressure, f.touching) for f in frames] == [
        (10.0, 20.0, 0.5, True),
        (11.0, 20.0, 0.5, True),
        (11.0, 20.0, 0.0, False),
    ]


def test_only_what_changed_is_sent_and_the_rest_is_kept() -> None:
    run = report(0.0, *NEAR) + report(0.1, (ABS, Y, 2100)) + report(0.2, (ABS, X, 900))
    assert [(f.x, f.y) for f in assemble(TABLET, run)][:3] == [(10, 20), (10, 21), (9, 21)]


def test_nothing_is_said_before_the_position_is_known() -> None:
    run = report(0.0, (KEY, PEN, 1), (ABS, X, 100)) + report(0.1, (ABS, Y, 100))
    assert [f.t for f in assemble(TABLET, run) if f.in_range] == [0.1]


def test_the_value_a_device_tells_at_first_counts() -> None:
    info = PenInfo("pen", axes={X: Axis(0, 100, 0, value=30), Y: Axis(0, 100, 0, value=40)})
    frames = list(assemble(info, report(0.0, (KEY, TOUCH, 1))))
    assert (frames[0].x, frames[0].y, frames[0].pressure) == (30.0, 40.0, None)


@pytest.mark.parametrize(
    "before_first",
    [pytest.param([], id="tool never told"), pytest.param([(KEY, PEN, 1)], id="tool told")],
)
def test_touch_alone_makes_strokes(before_first: list[tuple[int, int, int]]) -> None:
    run = report(0.0, *before_first, (ABS, X, 1), (ABS, Y, 1))
    run += report(0.1, (KEY, TOUCH, 1)) + report(0.2, (ABS, X, 50)) + report(0.3, (KEY, TOUCH, 0))
    run += report(0.4, (ABS, X, 70)) + report(0.5, (KEY, TOUCH, 1)) + report(0.6, (KEY, TOUCH, 0))
    assert [len(s) for s in strokes(list(assemble(TABLET, run)))] == [2, 1]


def test_a_pen_turned_over_without_leaving_closes_its_stroke() -> None:
    run = report(0.0, *NEAR, (KEY, TOUCH, 1)) + report(0.1, (KEY, RUBBER, 1), (ABS, X, 1200))
    run += report(0.2, (KEY, RUBBER, 0)) + report(0.3, (KEY, TOUCH, 0))
    frames = list(assemble(TABLET, run))
    assert [(f.touching, f.eraser, f.x) for f in frames[:5]] == [
        (True, False, 10.0),
        (False, False, 10.0),
        (True, True, 12.0),
        (False, True, 12.0),
        (True, False, 12.0),
    ]


def test_leaving_lifts_the_pen_where_it_was_seen_last() -> None:
    """Drivers send zeros with the last report; they are no place."""
    run = report(0.0, *NEAR, (KEY, TOUCH, 1))
    run += report(0.1, (KEY, PEN, 0), (ABS, X, 0), (ABS, Y, 0)) + report(0.2, (ABS, X, 9))
    frames = list(assemble(TABLET, run))
    assert [(f.x, f.y, f.touching, f.in_range) for f in frames] == [
        (10.0, 20.0, True, True),
        (10.0, 20.0, False, False),
    ]


def test_a_puck_does_not_write() -> None:
    run = report(0.0, (KEY, MOUSE, 1), (ABS, X, 1), (ABS, Y, 1)) + report(0.1, (ABS, X, 2))
    assert list(assemble(TABLET, run)) == []


@pytest.mark.parametrize("fingers", [0x148, 0x14D, 0x14E, 0x14F])
def test_several_fingers_do_not_write(fingers: int) -> None:
    """Where pen and touch share a device, one finger becomes two without leaving."""
    run = report(0.0, (KEY, 0x145, 1), (KEY, TOUCH, 1), (ABS, X, 1), (ABS, Y, 1))
    run += report(0.1, (KEY, 0x145, 0), (KEY, fingers, 1), (ABS, X, 2))
    run += report(0.2, (ABS, X, 3))
    assert list(assemble(TABLET, run)) == []


def test_a_puck_that_leaves_is_no_pen_in_the_air() -> None:
    run = report(0.0, (KEY, MOUSE, 1), (ABS, X, 1), (ABS, Y, 1))
    run += report(0.1, (KEY, MOUSE, 0), (ABS, X, 0)) + report(0.2, (ABS, X, 3))
    assert list(assemble(TABLET, run)) == []


def test_what_a_worn_tip_presses_in_the_air_is_taken_off() -> None:
    run = report(0.0, *NEAR, (ABS, PRESSURE, 200)) + report(0.1, (KEY, TOUCH, 1))
    run += report(0.2, (ABS, PRESSURE, 600)) + report(0.3, (ABS, PRESSURE, 1000))
    assert [f.pressure for f in assemble(TABLET, run)] == [0.0, 0.0, 0.5, 1.0, 0.0]


def test_a_hand_on_the_hovering_pen_is_no_worn_tip() -> None:
    run = report(0.0, *NEAR, (ABS, PRESSURE, 800)) + report(0.1, (KEY, TOUCH, 1))
    assert [f.pressure for f in assemble(TABLET, run)] == [0.0, 0.8, 0.0]


def test_barrel_buttons_and_tilt() -> None:
    run = report(0.0, *NEAR, (KEY, STYLUS2, 1), (ABS, TILT_X, 57), (ABS, TILT_X + 1, -999))
    frame = next(iter(assemble(TABLET, run)))
    assert frame.buttons == {2}
    assert frame.tilt_x_rad == 1.0
    assert frame.tilt_y_rad == pytest.approx(-64 / 57)


def test_tilt_without_a_resolution_spans_64_degrees() -> None:
    axes = {X: Axis(0, 9, value=1), Y: Axis(0, 9, value=1), TILT_X: Axis(0, 127)}
    [frame, _] = assemble(PenInfo("old", axes=axes), report(0.0, (ABS, TILT_X, 127)))
    assert frame.tilt_x_rad == pytest.approx(math.radians(64))
    assert frame.tilt_y_rad is None


def test_a_position_outside_the_range_is_kept() -> None:
    run = report(0.0, (KEY, PEN, 1), (ABS, X, -50), (ABS, Y, 10100))
    frame = next(iter(assemble(TABLET, run)))
    assert (frame.x, frame.y) == (-0.5, 101.0)


def test_a_clock_set_back_goes_on_from_where_it_was() -> None:
    run = report(100.0, *NEAR) + report(100.5, (ABS, X, 1))
    run += report(50.0, (ABS, X, 2)) + report(50.25, (ABS, X, 3))
    assert [f.t for f in assemble(TABLET, run)] == [100.0, 100.5, 100.5, 100.75, 100.75]


@pytest.mark.parametrize("back", [0.01, 0.1])
def test_stamps_out_of_order_do_not_stretch_time(back: float) -> None:
    run = report(0.0, *NEAR)
    for i in range(1, 51):
        run += report(i * back + back, (ABS, X, i)) + report(i * back, (ABS, X, -i))
    frames = list(assemble(TABLET, run))
    assert len(frames) == 102
    assert frames[-1].t == pytest.approx(51 * back)


@pytest.mark.parametrize("held", [set(), {MOUSE}])
def test_a_pen_that_left_during_a_loss_leaves(held: set[int]) -> None:
    assembler = Assembler(TABLET)
    for event in [*report(0.0, *NEAR), Event(0.1, *DROPPED), Event(0.1, SYN, 0, 0)]:
        assembler.feed(event)
    [gone] = assembler.resync({X: 0, Y: 0}, held, 0.2)
    assert (gone.t, gone.x, gone.in_range, gone.touching) == (0.2, 10.0, False, False)
    assert assembler.close() == ()


def test_a_pen_that_never_says_it_is_near_does_not_leave_at_a_loss() -> None:
    assembler = Assembler(TABLET)
    for event in report(0.0, (ABS, X, 100), (ABS, Y, 100), (KEY, TOUCH, 1)):
        assembler.feed(event)
    assert [f.touching for f in assembler.feed(Event(0.1, *DROPPED))] == [False]
    assert assembler.resync({X: 0, Y: 0}, (), 0.2) == ()


def test_the_state_at_the_opening_says_nothing_until_a_report() -> None:
    assembler = Assembler(TABLET)
    assembler.begin({X: 100, Y: 200}, {RUBBER})
    [frame] = assembler.feed(Event(5.0, SYN, 0, 0))
    assert (frame.t, frame.x, frame.y, frame.eraser, frame.touching) == (5.0, 1, 2, True, False)


def test_a_loss_ends_the_stroke_and_the_state_asked_begins_another() -> None:
    assembler = Assembler(TABLET)
    for event in report(0.0, *NEAR, (KEY, TOUCH, 1)):
        assembler.feed(event)
    [lifted] = assembler.feed(Event(0.1, *DROPPED))
    assert not lifted.touching
    for event in report(0.2, (ABS, X, 7777), (KEY, TOUCH, 0)):
        assert assembler.feed(event) == ()
    assert assembler.lost
    frames = assembler.resync({X: 3000, Y: 4000, PRESSURE: 500}, {PEN, TOUCH}, 0.3)
    assert [(f.t, f.x, f.y, f.touching) for f in frames] == [(0.3, 30.0, 40.0, True)]
    assert not assembler.lost


def test_after_a_loss_the_eraser_wins_over_a_pen_bit_that_was_left_on() -> None:
    assembler = Assembler(TABLET)
    [frame] = assembler.resync({X: 1, Y: 1}, {PEN, RUBBER, TOUCH}, 0.0)
    assert frame.eraser


def test_unasked_after_a_loss_pressure_tells_contact_and_a_new_touch_ends_it() -> None:
    run = report(0.0, *NEAR, (KEY, TOUCH, 1), (ABS, PRESSURE, 500))
    run += [Event(0.1, *DROPPED), Event(0.1, SYN, 0, 0)]
    run += report(0.2, (ABS, X, 1), (ABS, PRESSURE, 20))
    run += report(0.3, (ABS, X, 2), (ABS, PRESSURE, 400)) + report(0.4, (ABS, X, 3))
    run += report(0.5, (ABS, X, 4), (KEY, TOUCH, 1))
    runs = strokes(list(assemble(TABLET, run)))
    assert [[f.t for f in s] for s in runs] == [[0.0], [0.3, 0.4], [0.5]]


@pytest.mark.skipif(not FILES, reason="the shared recordings are not here")
@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
@given(data=st.data())
@settings(max_examples=10)
def test_a_loss_anywhere_never_joins_strokes(path, data) -> None:  # type: ignore[no-untyped-def]
    recording = read_recording(path)
    before = {frame.t: i for i, s in enumerate(strokes(list(recording.frames()))) for frame in s}
    assert before
    at = data.draw(st.integers(0, len(recording.events)))
    lost = Event(recording.events[max(0, at - 1)].t, *DROPPED)
    run = [*recording.events[:at], lost, *recording.events[at:]]
    for stroke in strokes(list(assemble(recording.info, run))):
        assert len({before[f.t] for f in stroke if f.t in before}) <= 1


@pytest.mark.skipif(not FILES, reason="the shared recordings are not here")
@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_a_loss_within_a_stroke_splits_it(path) -> None:  # type: ignore[no-untyped-def]
    recording = read_recording(path)
    runs = strokes(list(recording.frames()))
    longest = max(runs, key=len)
    middle = longest[len(longest) // 2].t
    at = next(i for i, event in enumerate(recording.events) if event.t >= middle)
    run = [*recording.events[:at], Event(middle, *DROPPED), *recording.events[at:]]
    assert len(strokes(list(assemble(recording.info, run)))) == len(runs) + 1
