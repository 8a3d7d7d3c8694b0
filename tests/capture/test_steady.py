"""What a device gets wrong for a moment costs no stroke and makes no letter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkrec.capture import Axis, Event, PenFrame, PenInfo, assemble
from inkrec.capture.recordings import Recording
from inkrec.capture.steady import Steadier, steadied

INFO = PenInfo("pen", axes={0: Axis(0, 1000), 1: Axis(0, 1000), 24: Axis(0, 1000)})


def frames(*points: tuple[float, float, float, bool, bool]) -> list[PenFrame]:
    return [PenFrame(t, x, y, None, touching, near) for t, x, y, touching, near in points]


def strokes(pen: list[PenFrame]) -> list[list[float]]:
    found: list[list[float]] = []
    down = False
    for frame in pen:
        if frame.touching and not down:
            found.append([])
        if frame.touching:
            found[-1].append(frame.x)
        down = frame.touching
    return found


def written(xs: list[float]) -> list[PenFrame]:
    pen = [PenFrame(i / 100, x, 0) for i, x in enumerate(xs)]
    return [*pen, PenFrame(len(xs) / 100, xs[-1], 0, None, False)]


@pytest.mark.parametrize(
    ("xs", "kept"),
    [
        ([5, 6, 900, 7, 8], [5, 6, 7, 8]),
        ([900, 6, 7, 8], [6, 7, 8]),
        ([5, 6, 7, 900], [5, 6, 7]),
        ([5, 6, 900, 901, 902], [5, 6, 900, 901, 902]),
        ([5, 30, 5, 30], [5, 30, 5, 30]),
        ([5], [5]),
    ],
    ids=["amid", "first", "last", "a pen that went there", "near", "a dot"],
)
def test_a_single_sample_far_off_is_lost(xs: list[float], kept: list[float]) -> None:
    assert strokes(list(steadied(written(xs), INFO))) == [kept]


def test_a_short_loss_of_sight_ends_no_stroke() -> None:
    for gap, count in ((0.02, 1), (0.2, 2)):
        pen = frames(
            (0.00, 1, 0, True, True),
            (0.01, 2, 0, True, True),
            (0.02, 2, 0, False, False),
            (0.01 + gap, 3, 0, False, True),
            (0.02 + gap, 3, 0, True, True),
            (0.03 + gap, 4, 0, True, True),
            (0.04 + gap, 4, 0, False, True),
        )
        found = strokes(list(steadied(pen, INFO)))
        assert len(found) == count
        assert [x for stroke in found for x in stroke] == [1, 2, 3, 4]


def test_a_pen_that_leaves_for_good_ends_its_stroke() -> None:
    pen = frames((0, 1, 0, True, True), (0.01, 2, 0, True, True), (0.02, 2, 0, False, False))
    steadier = Steadier(INFO)
    given_ = [frame for one in pen for frame in steadier.feed(one)]
    assert [frame.touching for frame in given_] == [True, True]
    assert steadier.holding
    assert [frame.in_range for frame in steadier.close()] == [False]


@given(
    st.lists(
        st.tuples(
            st.floats(0, 0.1), st.integers(0, 1000), st.integers(0, 1000), st.booleans(),
            st.booleans(),
        ),
        max_size=30,
    ),
    st.booleans(),
)  # fmt: skip
def test_nothing_is_made_up_and_every_stroke_ends(
    steps: list[tuple[float, int, int, bool, bool]], hold: bool
) -> None:
    """Any frames: time never runs back, places are those of the pen, the last is no touch."""
    t = 0.0
    pen = []
    for step, x, y, touching, near in steps:
        t += step
        pen.append(PenFrame(t, x, y, None, touching and near, near))
    pen.append(PenFrame(t, 1, 1, None, False, False))
    steadier = Steadier(INFO, hold_first=hold)
    found = [frame for one in pen for frame in steadier.feed(one)] + list(steadier.close())
    assert [f.t for f in found] == sorted(f.t for f in found)
    assert {(f.x, f.y) for f in found if f.touching} <= {(f.x, f.y) for f in pen if f.touching}
    assert not found[-1].touching


def pressed(levels: list[int], *, touch: bool = False) -> list[Event]:
    events = [Event(0.0, 1, 0x140, 1)]
    for i, level in enumerate(levels):
        t = i / 100
        events += [Event(t, 3, 0, i), Event(t, 3, 1, i), Event(t, 3, 24, level)]
        if touch:
            events.append(Event(t, 1, 0x14A, int(level > 50)))
        events.append(Event(t, 0, 0, 0))
    return events


KEYS = frozenset({0x140, 0x14A})
PEN = PenInfo("pen", axes=INFO.axes, keys=KEYS)


def test_pressure_is_contact_where_the_tip_never_tells() -> None:
    levels = [0, 400, 500, 0, 0, 20, 300, 0]
    recording = Recording(PEN, tuple(pressed(levels)))
    assert len(strokes(list(recording.frames()))) == 2
    live = [frame.touching for frame in assemble(PEN, pressed(levels))]
    assert live[:4] == [False] * 4, "the first press shows that BTN_TOUCH does not come"
    assert live[5:8] == [True, True, False]
    without = PenInfo("pen", axes=INFO.axes, keys=frozenset({0x140}))
    assert [f.touching for f in assemble(without, pressed(levels))][:4] == [
        False, True, True, False,
    ]  # fmt: skip


def test_the_tip_s_own_word_counts_where_it_comes() -> None:
    levels = [0, 40, 400, 40, 0]
    recording = Recording(PEN, tuple(pressed(levels, touch=True)))
    assert [f.touching for f in recording.frames()][:5] == [False, False, True, False, False]


def test_a_tip_that_is_not_told_to_lift_as_the_pen_leaves() -> None:
    """The kernel sends no BTN_TOUCH again then, as it has not changed: pressure tells."""
    events = pressed([0, 400, 410])
    events.insert(events.index(Event(0.01, 0, 0, 0)), Event(0.01, 1, 0x14A, 1))
    gone = [Event(0.03, 1, 0x140, 0), Event(0.03, 0, 0, 0)]
    back = [Event(0.04, 1, 0x140, 1), Event(0.04, 3, 24, 405), Event(0.04, 0, 0, 0)]
    more = [Event(0.05, 3, 0, 9), Event(0.05, 3, 24, 300), Event(0.05, 0, 0, 0)]
    recording = Recording(PEN, (*events, *gone, *back, *more))
    assert len(strokes(list(recording.frames()))) == 1


@pytest.mark.parametrize(
    ("events", "why"),
    [
        ([], "it holds no event"),
        ([Event(0, 1, 0x140, 1), Event(0, 0, 0, 0)], "tells a position"),
        (pressed([0, 0, 3, 0]), "pressure goes up to 3 of 1000; the pen only hovered"),
        ([e for e in pressed([0, 0]) if e.code != 24], "that the tip touches"),
    ],
)
def test_a_recording_without_a_stroke_says_why(events: list[Event], why: str) -> None:
    told = Recording(PEN, tuple(events)).why_no_stroke()
    assert told is not None
    assert why in told
    assert Recording(PEN, tuple(pressed([0, 500, 0]))).why_no_stroke() is None
