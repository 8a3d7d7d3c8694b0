"""Strokes and ink: values that cannot be wrong, and cannot be changed."""

from __future__ import annotations

import copy
import math
import pickle
import re
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import FINITE, inks, samples, strokes

from inkrec import Ink, InkError, PenSample, Stroke
from inkrec.ink.samples import as_sample

# ---- strokes


def test_columns_are_read_only_copies():
    x = np.array([0.0, 1.0])
    stroke = Stroke(x, [2, 3], [0, 1], [0.5, 1])
    x[0] = 9
    assert stroke.x.tolist() == [0.0, 1.0]
    for column in (stroke.x, stroke.y, stroke.t, stroke.pressure):
        assert column.dtype == np.float64
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 1


def test_a_stroke_cannot_be_changed():
    stroke = Stroke([0], [0])
    with pytest.raises(AttributeError, match="a Stroke is read-only; cannot set 'x'"):
        stroke.x = np.zeros(1)
    with pytest.raises(AttributeError, match="cannot delete 'y'"):
        del stroke.y
    with pytest.raises(AttributeError, match="read-only"):
        stroke.colour = "red"


@given(strokes(values=FINITE))
def test_a_stroke_survives_pickling_and_copying(stroke):
    for other in (pickle.loads(pickle.dumps(stroke)), copy.deepcopy(stroke), copy.copy(stroke)):
        assert other == stroke
        assert hash(other) == hash(stroke)
        with pytest.raises(ValueError, match="read-only"):
            other.x[0] = 1


def test_equal_strokes_hash_alike():
    zero, minus = Stroke([0.0], [0.0]), Stroke([-0.0], [-0.0])
    assert zero == minus
    assert hash(zero) == hash(minus)
    different = [
        Stroke([1.0], [0.0]), Stroke([0.0], [1.0]), Stroke([0.0], [0.0], [0.0]),
        Stroke([0.0], [0.0], None, [0.0]), Stroke([0.0, 0.0], [0.0, 0.0]), 5,
    ]  # fmt: skip
    for other in different:
        assert zero != other


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (([], []), "a stroke has no point"),
        (([1, 2], [1]), "y has 1 values and x has 2"),
        (([1], [1], [1, 2]), "t has 2 values and x has 1"),
        (([1], [1], [1], [0.5, 0.5]), "pressure has 2 values"),
        (([math.nan], [1]), r"x\[0\] is nan; every coordinate must be finite"),
        (([1, 2], [1, math.inf]), r"y\[1\] is inf"),
        (([1, 2], [1, 2], [0, -math.inf]), r"t\[1\] is -inf"),
        (([1, 2], [1, 2], [1.0, 0.5]), r"t\[1\] = 0.5 comes after t\[0\] = 1.0; time must not"),
        (([1], [1], None, [1.5]), r"pressure\[0\] is 1.5; it must lie in 0 to 1"),
        (([1], [1], None, [-0.1]), r"pressure\[0\] is -0.1"),
        (([[1, 2]], [1, 2]), r"x has shape \(1, 2\)"),
        ((5, 6), r"x has shape \(\)"),
        ((["a"], [1]), "x is no column of numbers"),
        (([[1], [1, 2]], [1]), "x is no column of numbers"),
        (([1], [1j]), "y is no column of numbers"),
        (([None], [1]), r"x\[0\] is nan"),
    ],
)
def test_strokes_that_cannot_be_are_refused(columns, message):
    with pytest.raises(InkError, match=message):
        Stroke(*columns)


def test_time_may_stand_still():
    assert Stroke([1, 2], [1, 2], [3, 3]).t.tolist() == [3, 3]


def test_a_stroke_says_what_it_is():
    assert repr(Stroke([1, 2], [1, 2])) == "<Stroke of 2 points>"
    assert repr(Stroke([1], [1], [1], [1])) == "<Stroke of 1 points with t and pressure>"


# ---- ink


@given(inks(values=FINITE))
def test_ink_survives_pickling_and_copying(ink):
    for other in (pickle.loads(pickle.dumps(ink)), copy.deepcopy(ink), copy.copy(ink)):
        assert other == ink
        assert hash(other) == hash(ink)


@given(inks(), st.integers(-6, 6), st.integers(-6, 6))
def test_ink_is_a_sequence_of_strokes(ink, a, b):
    held = list(ink)
    assert len(ink) == len(held)
    assert [ink[i] for i in range(len(ink))] == held
    part = ink[a:b]
    assert isinstance(part, Ink)
    assert list(part) == held[a:b]
    assert part.units_per_mm == ink.units_per_mm
    assert all(stroke in ink for stroke in held)


def test_ink_cannot_be_changed():
    ink = Ink([Stroke([0], [0])], 10)
    with pytest.raises(AttributeError, match="Ink is read-only; cannot set 'units_per_mm'"):
        ink.units_per_mm = 5.0
    with pytest.raises(AttributeError, match="cannot delete 'units_per_mm'"):
        del ink.units_per_mm
    with pytest.raises(TypeError, match="item assignment"):
        ink[0] = Stroke([1], [1])


def test_ink_of_other_units_is_other_ink():
    strokes_ = [Stroke([0], [0])]
    assert Ink(strokes_, 10) != Ink(strokes_)
    assert Ink(strokes_, 10) == Ink(strokes_, 10.0)
    assert Ink(strokes_) != strokes_


@pytest.mark.parametrize(
    ("strokes_", "units", "message"),
    [
        ([Stroke([0], [0]), "dot"], None, "item 1 is a str; ink holds Stroke objects"),
        ([], 0, "units_per_mm is 0; it must be a positive number"),
        ([], math.nan, "units_per_mm is nan"),
        ([], math.inf, "units_per_mm is inf"),
        ([Stroke([0], [0], [0]), Stroke([0], [0])], None, "stroke 1 has no time and others do"),
        (
            [Stroke([0, 1], [0, 1], [0, 2]), Stroke([0], [0], [1])], None,
            "stroke 1 starts at t = 1.0, before stroke 0 ends at 2.0",
        ),
    ],
)  # fmt: skip
def test_ink_that_cannot_be_is_refused(strokes_, units, message):
    with pytest.raises(InkError, match=message):
        Ink(strokes_, units)


@given(inks(min_strokes=1))
def test_bounds_hold_every_point_and_touch_some(ink):
    left, top, right, bottom = ink.bounds
    x, y = np.concatenate([s.x for s in ink]), np.concatenate([s.y for s in ink])
    assert (left, right) == (x.min(), x.max())
    assert (top, bottom) == (y.min(), y.max())


def test_empty_ink_has_no_bounds_and_no_time():
    with pytest.raises(InkError, match="empty ink has no bounds"):
        _ = Ink().bounds
    assert not Ink().has_time
    assert list(Ink().samples()) == []
    assert repr(Ink()) == "<Ink of 0 strokes, 0 points>"


HUGE = 10**400  # a whole number that no float holds


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: Stroke([HUGE], [0]), "x holds a number beyond"),
        (lambda: Stroke([0], [-HUGE]), "y holds"),
        (lambda: Stroke([0], [0], [HUGE]), "t holds"),
        (lambda: Stroke([0], [0], None, [HUGE]), "pressure holds"),
        (lambda: Ink.from_samples([PenSample(0, HUGE, 0)]), "holds a number beyond"),
        (lambda: Ink([], HUGE), "units_per_mm is 1000"),
        (lambda: list(Ink([Stroke([0], [0])]).samples(HUGE)), "rate_hz is 1000"),
    ],
)
def test_a_number_that_no_float_holds_is_refused(make, match):
    with pytest.raises(InkError, match=match):
        make()


# ---- samples


@given(inks(values=FINITE, timed=True))
def test_timed_ink_comes_back_from_its_samples(ink):
    assert Ink.from_samples(ink.samples(), ink.units_per_mm) == ink


@given(inks(values=FINITE, timed=False), st.floats(10, 1000))
def test_untimed_ink_gets_a_nominal_rate(ink, rate):
    said = list(ink.samples(rate))
    back = Ink.from_samples(said)
    assert [(s.x.tolist(), s.y.tolist()) for s in back] == [
        (s.x.tolist(), s.y.tolist()) for s in ink
    ]
    assert all(a.t <= b.t for a, b in pairwise(said))
    for a, b in pairwise(said):
        if a.touching and b.touching:
            assert b.t - a.t == pytest.approx(1 / rate)
        elif b.touching:
            assert b.t - a.t == pytest.approx(0.1)


@given(inks(min_strokes=1))
def test_every_stroke_ends_with_a_sample_that_does_not_touch(ink):
    said = list(ink.samples())
    assert sum(not s.touching for s in said) == len(ink)
    assert not said[-1].touching
    for before, lift in pairwise(said):
        if not lift.touching:
            assert before.touching
            assert (lift.t, lift.x, lift.y) == (before.t, before.x, before.y)
            assert lift.pressure == (None if before.pressure is None else 0.0)


@pytest.mark.parametrize("rate", [0, -100, math.nan, math.inf])
def test_a_rate_that_cannot_be_is_refused(rate):
    with pytest.raises(InkError, match=f"rate_hz is {rate}"):
        list(Ink([Stroke([0], [0])]).samples(rate))


@given(samples())
def test_ink_of_samples_holds_all_that_touched(said):
    ink = Ink.from_samples(said, 4.0)
    touching = [s for s in said if s.touching]
    assert sum(map(len, ink)) == len(touching)
    assert np.concatenate([np.empty(0), *(s.x for s in ink)]).tolist() == [s.x for s in touching]
    runs = sum(
        b.touching and not a.touching for a, b in pairwise([PenSample(0, 0, 0, None, False), *said])
    )
    assert len(ink) == runs
    assert ink.units_per_mm == 4.0


def test_pressure_is_kept_where_a_whole_stroke_has_it():
    said = [
        PenSample(0, 0, 0, 0.5), PenSample(1, 1, 1, None), PenSample(1, 1, 1, None, False),
        PenSample(2, 2, 2, 0.25), PenSample(3, 3, 3, 1.0),
    ]  # fmt: skip
    first, second = Ink.from_samples(said)
    assert first.pressure is None
    assert second.pressure.tolist() == [0.25, 1.0]


@pytest.mark.parametrize(
    ("bad", "message"),
    [(PenSample(1, math.nan, 0), "finite"), (PenSample(-1, 0, 0), "must not run backwards")],
)
def test_samples_that_make_no_ink_are_refused(bad, message):
    with pytest.raises(InkError, match=message):
        Ink.from_samples([PenSample(0, 0, 0), bad])


def test_tuples_of_any_numbers_are_samples():
    plain = [PenSample(0, 1, 2, 0.5), PenSample(1, 2, 3, 1), PenSample(1, 2, 3, 0, False)]
    odd = [(0, Decimal(1), np.float32(2), 0.5), (True, 2, 3, 1, np.True_), (1, 2, 3, 0, 0)]
    assert Ink.from_samples(odd) == Ink.from_samples(plain)
    assert [as_sample(s) for s in odd] == plain
    assert {type(v) for s in map(as_sample, odd) for v in s} == {float, bool}


def test_a_sample_of_plain_numbers_is_the_same_object():
    for sample in (PenSample(0.0, 1.0, 2.0), PenSample(0.0, 1.0, 2.0, 0.5, False)):
        assert as_sample(sample) is sample


@pytest.mark.parametrize(
    "thing",
    [
        5, None, "abc", (1.0,), (1, 2, 3, 4, True, 6), (0, "left", 1), (0, 1j, 1), (0, None, 1),
        (0, 1, 2, "hard"), (0, 1, 2, None, "no"), (0, [1], 2), (0, Decimal("sNaN"), 1),
    ],
)  # fmt: skip
def test_what_is_no_sample_is_refused(thing):
    with pytest.raises(InkError, match="is no PenSample of t, x and y"):
        Ink.from_samples([thing])


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.int32, Decimal, int])
def test_a_number_of_any_type_is_a_number(kind):
    ink = Ink([Stroke([0, 1], [0, 1])], kind(10))
    assert type(ink.units_per_mm) is float
    assert [s.t for s in ink.samples(kind(10))] == [0.0, 0.1, 0.1]


@pytest.mark.parametrize("value", ["wide", [1], 1j, np.float32(np.inf), Decimal("-1")])
def test_what_is_no_positive_number_is_refused(value):
    with pytest.raises(InkError, match=r"units_per_mm is .* positive number or None"):
        Ink([], value)
    with pytest.raises(InkError, match=r"rate_hz is .* positive number$"):
        list(Ink([Stroke([0], [0])]).samples(value))


def test_a_sample_touches_and_has_no_pressure_unless_it_says_so():
    assert PenSample(0.5, 1.0, 2.0) == (0.5, 1.0, 2.0, None, True)


def test_notebooks_show_ink_in_its_colours():
    ink = Ink([Stroke([0, 9], [0, 3], color="#00aa00"), Stroke([1], [1], tool="highlighter")])
    shown = ink._repr_svg_()
    assert shown.startswith("<svg")
    assert re.findall(r'<path stroke="(.*?)"', shown) == ["#00aa00", "#ffff0080"]
    assert Ink()._repr_svg_().startswith("<svg")
    assert Ink([Stroke([-1.7e308, 1.7e308], [0, 1])])._repr_svg_() is None
