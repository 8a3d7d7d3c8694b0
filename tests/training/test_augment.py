"""Pages and their augmentation: other hands and pens, the same words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from letters import page as letters
from strategies import inks

from inkrec import Ink, InkError, ModelError, Stroke
from inkrec.features.points import CHANNELS, FeatureSettings, ink_points
from inkrec.ink.scale import ScaleEstimate, update_scale
from inkrec.training.augment import AugmentSettings, augment, mask_spans, stretch_ascenders
from inkrec.training.line import TrainingLine, concatenate_lines, line_features

STRONG = AugmentSettings(0.5, 0.2, 0.4, 0.1, 1.0, 0.5, 1.0)
NOTHING = AugmentSettings(0, 0, 0, 0, 0, 0, 0)
DUCTUS = AugmentSettings(0, 0, 0, 0, 0, 0, 0, p_pressure=0, p_reversed=1)
LATE = replace(DUCTUS, p_reversed=0, p_delayed=1)
SMOOTH = replace(DUCTUS, p_reversed=0, p_smooth=1)
REACH = replace(DUCTUS, p_reversed=0, ascender_spread=0.6)
SEEDS = st.integers(0, 2**32)


def valid(page: TrainingLine) -> None:
    n = len(page.x)
    assert len(page.y) == len(page.t) == n == page.stroke_ends[-1] + 1
    assert (np.diff(page.stroke_ends, prepend=-1) > 0).all()
    assert np.isfinite(page.x).all()
    assert np.isfinite(page.y).all()
    assert np.isfinite(page.t).all()
    assert (np.diff(page.t) >= 0).all()
    if page.pressure is not None:
        assert len(page.pressure) == n
        assert ((page.pressure >= 0) & (page.pressure <= 1)).all()


def channel(rows: np.ndarray, name: str) -> np.ndarray:
    return rows[:, CHANNELS.index(name)]


# ---- pages


def test_a_page_is_the_ink_in_units_of_its_scale():
    ink, text = letters(0)
    page = TrainingLine.from_ink(ink, text)
    valid(page)
    scale = update_scale(ScaleEstimate(), ink.samples()).scale
    x = np.concatenate([s.x for s in ink])
    np.testing.assert_allclose(page.x * scale, x - x[0])
    assert page.text == text
    assert page.has_time
    assert len(page.stroke_ends) == len(ink)
    assert page.pressure is None
    assert page.x[0] == page.y[0] == page.t[0] == 0


@given(inks(min_strokes=1, values=st.integers(-500, 500).map(float)))
def test_any_ink_with_an_extent_makes_a_page(ink):
    scale = update_scale(ScaleEstimate(), ink.samples()).scale
    if not np.isfinite(scale):
        with pytest.raises(InkError, match="the ink of 'word' has no extent"):
            TrainingLine.from_ink(ink, "word")
        return
    page = TrainingLine.from_ink(ink, "word")
    valid(page)
    assert page.has_time == ink.has_time
    assert (page.pressure is None) == any(s.pressure is None for s in ink)


def test_points_of_a_page_are_those_of_its_ink():
    ink, text = letters(1)
    forced = Ink([Stroke(s.x, s.y, s.t, np.linspace(0, 1, len(s))) for s in ink])
    scale = update_scale(ScaleEstimate(), forced.samples()).scale
    expected = ink_points(FeatureSettings(), scale, forced).features
    rows = line_features(TrainingLine.from_ink(forced, text), FeatureSettings(), 1.0)
    assert rows.shape == expected.shape
    np.testing.assert_allclose(rows, expected, atol=1e-4)
    assert channel(rows, "end").sum() == len(ink)


def test_points_of_a_page_without_time_know_no_speed():
    ink, text = letters(1)
    bare = TrainingLine.from_ink(Ink([Stroke(s.x, s.y) for s in ink]), text)
    assert not bare.has_time
    assert not channel(line_features(bare, FeatureSettings()), "speed").any()
    assert channel(
        line_features(TrainingLine.from_ink(ink, text), FeatureSettings()), "speed"
    ).any()


# ---- augmentation


@settings(max_examples=60)
@given(SEEDS, st.integers(0, 9), st.sampled_from([AugmentSettings(), STRONG, NOTHING, REACH]))
def test_augmented_pages_are_pages_with_the_same_strokes_and_text(seed, number, how):
    page = TrainingLine.from_ink(*letters(number))
    kept = [c.copy() for c in (page.x, page.y, page.t, page.stroke_ends)]
    other = augment(page, how, np.random.default_rng(seed))
    valid(other)
    assert len(other.stroke_ends) == len(page.stroke_ends)
    assert other.text == page.text
    assert len(other.x) <= len(page.x)
    rows = line_features(other, FeatureSettings(), 1.0)
    assert np.isfinite(rows).all()
    assert channel(rows, "start").sum() == channel(rows, "end").sum() == len(page.stroke_ends)
    for a, b in zip(kept, (page.x, page.y, page.t, page.stroke_ends), strict=True):
        np.testing.assert_array_equal(a, b)


@settings(max_examples=60)
@given(inks(min_strokes=1, values=st.integers(-500, 500).map(float)), SEEDS)
def test_any_ink_can_be_augmented(ink, seed):
    if not np.isfinite(update_scale(ScaleEstimate(), ink.samples()).scale):
        ink = Ink([Stroke([0, 0], [0, 10])])
    page = TrainingLine.from_ink(ink, "word")
    other = augment(page, STRONG, np.random.default_rng(seed))
    valid(other)
    assert len(other.stroke_ends) == len(page.stroke_ends)
    assert np.isfinite(line_features(other, FeatureSettings(), 1.0)).all()


def test_the_same_generator_makes_the_same_page():
    page = TrainingLine.from_ink(*letters(2))
    one, two, three = (augment(page, STRONG, np.random.default_rng(s)) for s in (5, 5, 6))
    np.testing.assert_array_equal(one.x, two.x)
    np.testing.assert_array_equal(one.pressure, two.pressure)
    assert not np.array_equal(one.x, three.x)


def scale_of(page: TrainingLine) -> float:
    return update_scale(ScaleEstimate(), page.samples()).scale


def staff(heights: list[float]) -> TrainingLine:
    """Strokes up and down from the line's middle, so high each, as letters and stems are."""
    strokes = [
        Stroke(np.full(9, 2.0 * i), h * np.linspace(-1, 1, 9)) for i, h in enumerate(heights)
    ]
    return TrainingLine.from_ink(Ink(strokes), "staff", scale=1.0)


def test_long_strokes_grow_beside_small_letters_and_the_scale_follows():
    page = staff([0.4, 0.4, 0.4, 1.2, 0.4, 0.4, 1.2, 0.4, 0.4, 0.4])
    for factor in (0.5, 1.0, 2.0):
        other = stretch_ascenders(page, factor, factor)
        heights = np.array([np.ptp(y) for y in np.split(other.y, other.stroke_ends[:-1] + 1)])
        assert heights[3] / heights[0] == pytest.approx((0.4 + factor * 0.8) / 0.4, rel=0.02)
        assert heights[3] == pytest.approx(heights[6], rel=0.02)
        assert scale_of(other) == pytest.approx(1.0)
        assert np.ptp(other.x) / heights[0] == pytest.approx(np.ptp(page.x) / 0.8, rel=0.02)


def test_ascenders_and_descenders_grow_by_themselves():
    page = staff([0.4, 0.4, 1.2, 0.4, 0.4])
    other = stretch_ascenders(page, 3.0, 1.0)
    letter, stem = (
        run for i, run in enumerate(np.split(other.y, other.stroke_ends[:-1] + 1)) if i in (0, 2)
    )
    up, down = (letter.min() - stem.min()), (stem.max() - letter.max())
    assert up == pytest.approx(3 * down, rel=0.1)


def test_the_middle_follows_a_line_that_rises():
    page = staff([0.4, 0.4, 0.4, 0.4, 1.2, 0.4, 0.4] * 8)
    rising = replace(page, y=page.y + 0.2 * page.x)
    flat, other = stretch_ascenders(page, 2.0, 2.0), stretch_ascenders(rising, 2.0, 2.0)
    assert scale_of(other) == pytest.approx(1.0)
    np.testing.assert_allclose(other.y - 0.2 * other.x, flat.y, atol=0.25)


def test_nothing_set_changes_nothing_but_the_pace():
    page = TrainingLine.from_ink(*letters(2))
    other = augment(page, NOTHING, np.random.default_rng(0))
    np.testing.assert_allclose(other.x, page.x)
    np.testing.assert_allclose(other.y, page.y)
    assert other.has_time
    pace = other.t[1:] / page.t[1:]
    np.testing.assert_allclose(pace, pace[0])


def test_probabilities_of_one_always_happen():
    page = TrainingLine.from_ink(*letters(3))
    always = AugmentSettings(p_device=1, p_drop_time=1, p_pressure=1)
    pages = [augment(page, always, np.random.default_rng(i)) for i in range(12)]
    assert not any(p.has_time for p in pages)
    assert all(p.pressure is not None for p in pages)
    assert any(len(p.x) < len(page.x) for p in pages)


def test_pressure_that_was_measured_is_kept_or_dropped():
    ink, text = letters(4)
    page = TrainingLine.from_ink(
        Ink([Stroke(s.x, s.y, s.t, np.full(len(s), 0.5)) for s in ink]), text
    )
    seen = {augment(page, NOTHING, np.random.default_rng(i)).pressure is None for i in range(20)}
    assert seen == {True, False}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"affine": -0.1}, "affine is -0.1; it must be 0 or more"),
        ({"elastic": float("nan")}, "elastic is nan"),
        ({"jitter": float("inf")}, "jitter is inf"),
        ({"p_device": 1.01}, "p_device is 1.01; it must lie in 0 to 1"),
        ({"p_drop_time": -0.5}, "p_drop_time is -0.5"),
    ],
)
def test_settings_that_cannot_be_are_refused(values, message):
    with pytest.raises(ModelError, match=message):
        AugmentSettings(**values)


# ---- joining


@settings(max_examples=40)
@given(SEEDS, st.integers(1, 5))
def test_joined_words_stand_on_a_line_in_order(seed, n):
    pages = [TrainingLine.from_ink(*letters(i)) for i in range(n)]
    line = concatenate_lines(pages, np.random.default_rng(seed))
    valid(line)
    assert line.text == " ".join(p.text for p in pages)
    assert len(line.stroke_ends) == sum(len(p.stroke_ends) for p in pages)
    assert len(line.x) == sum(len(p.x) for p in pages)
    start, right, clock = 0, -np.inf, -np.inf
    for page in pages:
        stop = start + len(page.x)
        x, t = line.x[start:stop], line.t[start:stop]
        assert x.min() > right
        assert t[0] > clock
        np.testing.assert_allclose(np.ptp(x), np.ptp(page.x))
        start, right, clock = stop, x.max(), t[-1]


def test_a_join_knows_time_and_pressure_only_if_all_do():
    ink, text = letters(0)
    forced = TrainingLine.from_ink(
        Ink([Stroke(s.x, s.y, s.t, np.full(len(s), 0.5)) for s in ink]), text
    )
    plain, bare = (
        TrainingLine.from_ink(ink, text),
        TrainingLine.from_ink(Ink([Stroke(s.x, s.y) for s in ink]), text),
    )
    random = np.random.default_rng(0)
    assert concatenate_lines([forced, forced], random).pressure is not None
    assert concatenate_lines([forced, plain], random).pressure is None
    assert concatenate_lines([plain, plain], random).has_time
    assert not concatenate_lines([plain, bare], random).has_time


# ---- masking


def test_masking_wipes_out_whole_points_in_short_runs_and_leaves_the_rest():
    random = np.random.default_rng(0)
    row = random.uniform(1, 2, (4000, len(CHANNELS))).astype(np.float32)
    given = row.copy()
    out = mask_spans(row, 0.1, random)
    np.testing.assert_array_equal(row, given)
    gone = (out == 0).all(1)
    np.testing.assert_array_equal(out[~gone], row[~gone])
    assert 0.06 < gone.mean() < 0.13
    edges = np.flatnonzero(np.diff(gone.astype(int), prepend=0, append=0))
    assert len(edges) // 2 > 20
    assert np.median(edges[1::2] - edges[::2]) <= 16


def test_nothing_is_masked_where_nothing_is_asked():
    row = np.ones((500, len(CHANNELS)), np.float32)
    assert mask_spans(row, 0.0, np.random.default_rng(0)) is row


# ---- another ductus


def drawn(page):
    """The strokes of a page as sets of their points."""
    firsts = [0, *(page.stroke_ends[:-1] + 1)]
    return [
        frozenset(zip(page.x[a : b + 1].tolist(), page.y[a : b + 1].tolist(), strict=True))
        for a, b in zip(firsts, page.stroke_ends, strict=True)
    ]


def bar(x, top, bottom, n=9):
    return np.full(n, x), np.linspace(top, bottom, n)


def test_another_ductus_draws_the_same_strokes():
    rng = np.random.default_rng(2)
    cross = np.linspace(-0.3, 0.3, 7), np.full(7, -0.4)
    wide = np.linspace(1, 4, 30), np.sin(np.linspace(1, 9, 30))
    strokes = [bar(0, -1, 1), cross, wide, bar(5, -1, 1)]
    x, y = (np.concatenate(c) for c in zip(*strokes, strict=True))
    t = np.concatenate(
        [k + np.linspace(0, 0.1 + 0.1 * k, len(s[0])) for k, s in enumerate(strokes)]
    )
    force = np.linspace(0, 1, len(x))
    page = TrainingLine(x, y, t, np.cumsum([9, 7, 30, 9]) - 1, "t", True, force)
    told = dict(zip(zip(x.tolist(), y.tolist(), strict=True), force.tolist(), strict=True))
    before = drawn(page)
    swapped = up = asked = 0
    for _ in range(60):
        other = augment(page, DUCTUS, rng)
        valid(other)
        after = drawn(other)
        assert after[2:] == before[2:], "what lies apart keeps its place"
        assert after[:2] in (before[:2], before[1::-1])
        swapped += after[:2] != before[:2]
        pace = (other.t[-1] - other.t[-9]) / 0.4
        firsts = [0, *(other.stroke_ends[:-1] + 1)]
        took = (other.t[other.stroke_ends] - other.t[firsts]) / pace
        assert took == pytest.approx(
            [0.2, 0.1, 0.3, 0.4] if after != before else [0.1, 0.2, 0.3, 0.4]
        )
        rest = (other.t[firsts[1:]] - other.t[other.stroke_ends[:-1]]) / pace
        assert rest == pytest.approx([0.9, 0.8, 0.7]), "pauses stay between strokes"
        assert np.array_equal(other.x[firsts[2] : firsts[3]], wide[0]), "words are not turned"
        up += other.y[-1] < other.y[-9]
        if other.pressure is not None:
            asked += 1
            at = zip(other.x.tolist(), other.y.tolist(), strict=True)
            assert other.pressure.tolist() == [told[p] for p in at]
    assert 10 < swapped < 50
    assert 10 < up < 50
    assert asked > 10


def test_delayed_strokes_are_dots_and_bars_over_ink():
    rng = np.random.default_rng(3)
    stem, dot = bar(0, -1, 1), (np.full(2, -0.1), np.full(2, -1.3))
    across = np.linspace(0.7, 1.2, 7), np.full(7, -0.4)
    dash = np.linspace(3, 3.4, 5), np.zeros(5)
    strokes = [stem, dot, bar(1, -1, 1), across, bar(2, -1, 1), dash, bar(5, -1, 1)]
    x, y = (np.concatenate(c) for c in zip(*strokes, strict=True))
    lasts = np.cumsum([len(s[0]) for s in strokes]) - 1
    page = TrainingLine(x, y, np.linspace(0, 3, len(x)), lasts, "i t - l", True)
    before = drawn(page)
    marks = before[1], before[3]
    places = set(), set()
    for _ in range(200):
        other = augment(page, LATE, rng)
        valid(other)
        after = drawn(other)
        assert [s for s in after if s not in marks] == [s for s in before if s not in marks]
        for found, mark, first in zip(places, marks, (1, 2), strict=True):
            found.add(after.index(mark))
            assert after.index(mark) >= first, "the other mark may have gone behind it"
    assert places[0] >= {1, 3, 6}
    assert places[1] >= {2, 3, 6}


@pytest.mark.parametrize("change", [DUCTUS, LATE])
@given(SEEDS, st.integers(0, 5))
@settings(max_examples=30, deadline=None)
def test_any_page_can_be_drawn_otherwise(change, seed, number):
    page = TrainingLine.from_ink(*letters(number))
    other = augment(page, change, np.random.default_rng(seed))
    valid(other)
    assert sorted(map(sorted, drawn(other))) == sorted(map(sorted, drawn(page)))
    assert other.text == page.text


# ---- paths that an app has smoothed


def test_corners_become_rounds_and_ends_stay():
    corner = np.concatenate([np.arange(20), np.full(20, 19.0)]) / 40
    rise = np.concatenate([np.zeros(20), np.arange(20)]) / 40
    strokes = [
        Stroke(corner, rise, np.arange(40) / 100),
        Stroke(corner + 3, rise, 1 + np.arange(40) / 100),
    ]
    plain = TrainingLine.from_ink(Ink(strokes), "LL", 1.0)
    round_ = augment(plain, SMOOTH, np.random.default_rng(0))
    valid(round_)
    np.testing.assert_array_equal(round_.stroke_ends, plain.stroke_ends)
    ends = [0, 39, 40, 79]
    np.testing.assert_allclose(round_.x[ends] - round_.x[0], plain.x[ends])
    np.testing.assert_allclose(round_.y[ends] - round_.y[0], plain.y[ends])
    moved = np.hypot(round_.x - plain.x, round_.y - plain.y)
    assert 0.005 < moved.max() < 0.2
    assert moved.argmax() % 40 in (19, 20)  # most at the corner
    np.testing.assert_allclose(moved[:10], 0, atol=1e-9)  # straights stay


@given(inks(), SEEDS)
@settings(max_examples=50, deadline=None)
def test_smoothing_keeps_points_and_strokes(ink, seed):
    try:
        page = TrainingLine.from_ink(ink, "x")
    except InkError:
        return
    smooth = augment(page, SMOOTH, np.random.default_rng(seed))
    np.testing.assert_array_equal(smooth.stroke_ends, page.stroke_ends)
    assert len(smooth.x) == len(page.x)
    assert np.isfinite(smooth.x).all()
    assert np.isfinite(smooth.y).all()
