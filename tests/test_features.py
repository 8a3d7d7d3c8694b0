"""Feature points and scale: laws 2 and 6, causality, conventions, and ink of any size."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from strategies import FINITE, inks, samples

from inkrec import Ink, ModelError, PenSample, Stroke
from inkrec.features.points import (
    CHANNELS,
    FeatureSettings,
    Points,
    ResamplerState,
    feature_points,
    ink_points,
)
from inkrec.ink.scale import ScaleEstimate, update_scale

SETTINGS = FeatureSettings()
WHOLE = st.integers(-500, 500).map(float)
SCALES = st.sampled_from([8.0, 30.0, math.inf])


def channel(points: Points, name: str) -> np.ndarray:
    return points.features[:, CHANNELS.index(name)]


def written(points: Points) -> np.ndarray:
    """Which points were placed along the path: no starts, no ends, nothing in the air."""
    marks = channel(points, "start") + channel(points, "end") + channel(points, "pen_up")
    return marks == 0


def equal(a: Points, b: Points) -> None:
    for mine, theirs in zip(a, b, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def joined(pieces: list[Points]) -> Points:
    return Points(*(np.concatenate(c) for c in zip(*pieces, strict=True)))


def moved(said: list[PenSample], *, t: float = 0, x: float = 0, y: float = 0) -> list[PenSample]:
    return [s._replace(t=s.t + t, x=s.x + x, y=s.y + y) for s in said]


def measured(ink: Ink, line_height: float | None = None) -> float:
    """The frame of a whole line."""
    start = ScaleEstimate() if line_height is None else ScaleEstimate.hinted(line_height)
    return update_scale(start, ink.samples()).scale


def loops(rate_hz: float, seconds: float = 2.0) -> Ink:
    """Cursive l's, a smooth curve sampled at some rate."""
    t = np.arange(0, seconds, 1 / rate_hz)
    phase = 2 * math.pi * 2 * t
    return Ink([Stroke(60 * t + 12 * np.sin(phase), 20 * np.cos(phase), t)])


# ---- law 2: any cut of the samples


@given(samples(values=WHOLE, max_size=16), SCALES, st.booleans(), st.data())
def test_any_cut_of_the_samples_gives_the_same_points(said, scale, timed, data):
    state, whole = feature_points(SETTINGS, scale, ResamplerState(), said, has_time=timed)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(said)), max_size=4)))
    now, pieces = ResamplerState(), []
    for a, b in pairwise([0, *cuts, len(said)]):
        now, points = feature_points(SETTINGS, scale, now, said[a:b], has_time=timed)
        pieces.append(points)
    equal(joined(pieces), whole)
    assert now == state


@given(samples(values=WHOLE, max_size=16), st.data())
def test_any_cut_of_the_samples_gives_the_same_gauge(said, data):
    cut = data.draw(st.integers(0, len(said)))
    assert update_scale(update_scale(ScaleEstimate(), said[:cut]), said[cut:]) == update_scale(
        ScaleEstimate(), said
    )


def test_a_cut_falls_within_strokes_and_within_segments():
    said = list(loops(50).samples())
    state, front = feature_points(SETTINGS, 20.0, ResamplerState(), said[:40])
    assert state.down
    assert len(front.t) > 20
    rest = feature_points(SETTINGS, 20.0, state, said[40:])[1]
    equal(joined([front, rest]), feature_points(SETTINGS, 20.0, ResamplerState(), said)[1])


@given(samples(values=WHOLE, max_size=16), SCALES, st.data())
def test_points_of_a_beginning_begin_the_points(said, scale, data):
    cut = data.draw(st.integers(0, len(said)))
    whole = feature_points(SETTINGS, scale, ResamplerState(), said)[1]
    front = feature_points(SETTINGS, scale, ResamplerState(), said[:cut])[1]
    equal(front, Points(*(c[: len(front.t)] for c in whole)))


@given(samples(values=WHOLE))
def test_hovering_makes_no_points(said):
    touching = [s for s in said if s.touching]
    scale = 30.0
    lifted = feature_points(SETTINGS, scale, ResamplerState(), said)[1]
    assert channel(lifted, "start").sum() == channel(lifted, "pen_up").sum() / 2 + bool(touching)
    hover = [
        s for a, s in pairwise([PenSample(0, 0, 0, None, False), *said]) if a.touching or s.touching
    ]
    equal(feature_points(SETTINGS, scale, ResamplerState(), hover)[1], lifted)


# ---- law 6: what changes nothing


@example(
    [
        PenSample(0, -236, 0),
        PenSample(1, 115, 0),
        PenSample(2, 0, 0, None, False),
        PenSample(3, 0, 0, None, False),
        PenSample(4, 0, 0, None, False),
        PenSample(5, -172, 0),
        PenSample(6, 1, 0),
    ],
    1.0,
    8.0,
)
@given(
    samples(values=WHOLE, max_size=16),
    st.sampled_from([1.0, -4096.0, 2.0**20]),
    st.sampled_from([8.0, -512.0, 2.0**20]),
)
def test_shifted_ink_gives_the_same_points(said, dx, dy):
    said = [s._replace(t=float(i)) for i, s in enumerate(said)]
    other = moved(said, t=1024.0, x=dx, y=dy)
    scale = update_scale(ScaleEstimate(), said).scale
    assert update_scale(ScaleEstimate(), other).scale == scale
    mine = feature_points(SETTINGS, scale, ResamplerState(), said)[1]
    theirs = feature_points(SETTINGS, scale, ResamplerState(), other)[1]
    np.testing.assert_allclose(theirs.t, mine.t + 1024.0, rtol=1e-12)
    # times between two samples are rounded, and more coarsely on a later clock
    np.testing.assert_allclose(channel(theirs, "speed"), channel(mine, "speed"), atol=1e-6)
    rest = [i for i, name in enumerate(CHANNELS) if name != "speed"]
    np.testing.assert_array_equal(theirs.features[:, rest], mine.features[:, rest])
    np.testing.assert_array_equal(theirs.stroke, mine.stroke)


@given(samples(values=WHOLE, max_size=16), st.sampled_from([2.0, 0.25, 2.0**30]))
def test_scaled_ink_and_line_height_give_the_same_points(said, factor):
    other = [s._replace(x=s.x * factor, y=s.y * factor) for s in said]
    mine = update_scale(ScaleEstimate.hinted(64.0), said).scale
    theirs = update_scale(ScaleEstimate.hinted(64.0 * factor), other).scale
    assert theirs == pytest.approx(mine * factor, rel=1e-12)
    equal(
        feature_points(SETTINGS, mine, ResamplerState(), said)[1],
        feature_points(SETTINGS, mine * factor, ResamplerState(), other)[1],
    )


@given(inks(values=WHOLE, timed=True, min_strokes=2), st.floats(0.5, 100))
def test_a_longer_pause_changes_nothing(ink, pause):
    start = float(ink[0].t[0])
    said = [s._replace(t=round((s.t - start) * 256) / 256) for s in ink.samples()]
    first = len(ink[0]) + 1
    later = said[:first] + moved(said[first:], t=round(pause * 256) / 256)
    scale = 30.0
    mine = feature_points(SETTINGS, scale, ResamplerState(), said)[1]
    theirs = feature_points(SETTINGS, scale, ResamplerState(), later)[1]
    assert theirs.t[-1] > mine.t[-1]
    equal(mine, theirs._replace(t=mine.t))


@given(
    inks(values=WHOLE, min_strokes=1), st.sampled_from([2.0, 0.5]), st.sampled_from([0.0, 256.0])
)
def test_the_frame_of_a_line_goes_with_the_ink(ink, factor, shift):
    other = Ink([Stroke(s.x * factor + shift, s.y * factor - shift, s.t, s.pressure) for s in ink])
    mine, theirs = measured(ink, 64.0), measured(other, 64.0 * factor)
    assert theirs == pytest.approx(mine * factor)
    a, b = ink_points(SETTINGS, mine, ink), ink_points(SETTINGS, theirs, other)
    if len(a.t) == len(b.t):  # a rounding may place one point more at an end
        np.testing.assert_allclose(a.features, b.features, atol=1e-4)
    assert abs(len(a.t) - len(b.t)) <= len(ink)


def test_sampling_faster_gives_nearly_the_same_points():
    slow, fast = loops(50), loops(500)
    scale = 25.0
    a, b = ink_points(SETTINGS, scale, slow), ink_points(SETTINGS, scale, fast)
    assert len(a.t) == pytest.approx(len(b.t), rel=0.03)
    assert update_scale(ScaleEstimate(), slow.samples()).scale == pytest.approx(
        update_scale(ScaleEstimate(), fast.samples()).scale, rel=0.03
    )
    for name, most in [("height", 0.08), ("dx", 0.25), ("dy", 0.25), ("speed", 0.25)]:
        n = 80
        apart = np.abs(channel(a, name)[2:n] - channel(b, name)[2:n])
        assert np.median(apart) < most, name


# ---- what the channels say


@given(inks(), st.sampled_from([0.5, 0.82, 2.0]))
def test_a_smaller_unit_is_a_smaller_scale(ink, unit):
    mine = ink_points(FeatureSettings(length_unit=unit), 8.0, ink)
    theirs = ink_points(FeatureSettings(), 8.0 * unit, ink)
    np.testing.assert_array_equal(mine.features, theirs.features)


def test_points_stand_at_the_spacing():
    points = ink_points(SETTINGS, 25.0, loops(100))
    along = written(points)
    assert along.sum() > 80
    step = np.hypot(channel(points, "dx"), channel(points, "dy"))[along]
    np.testing.assert_allclose(step, 1.0, atol=1e-5)
    turn = np.hypot(channel(points, "turn_sin"), channel(points, "turn_cos"))[along]
    np.testing.assert_allclose(turn, 1.0, atol=1e-5)


@given(inks(values=WHOLE, min_strokes=1))
def test_every_stroke_starts_ends_and_is_led_to_through_the_air(ink):
    points = ink_points(SETTINGS, 30.0, ink)
    counts = np.bincount(points.stroke, minlength=len(ink))
    assert (np.diff(points.stroke) >= 0).all()
    assert (np.diff(points.t) >= 0).all()
    for i in range(len(ink)):
        mine = Points(*(c[points.stroke == i] for c in points))
        air = 2 if i else 0
        np.testing.assert_array_equal(channel(mine, "pen_up"), [1] * air + [0] * (counts[i] - air))
        assert channel(mine, "start").nonzero()[0].tolist() == [air]
        assert channel(mine, "end").nonzero()[0].tolist() == [counts[i] - 1]


def test_points_in_the_air_carry_the_jump():
    ink = Ink([Stroke([0, 0], [0, 50]), Stroke([40, 40], [10, 40])])
    points = ink_points(SETTINGS, 10.0, ink)
    air = channel(points, "pen_up") == 1
    assert air.sum() == 2
    # from (0, 50) to (40, 10) are (4, -4) scales, over two points
    jump = 0.5 * math.log1p(4 / (2 * SETTINGS.point_spacing))
    np.testing.assert_allclose(channel(points, "dx")[air], jump, rtol=1e-6)
    np.testing.assert_allclose(channel(points, "dy")[air], -jump, rtol=1e-6)
    heights = channel(points, "height")
    first = int(np.flatnonzero(air)[0])
    assert heights[first + 1] - heights[first] == pytest.approx(-2.0, abs=1e-5)
    assert not points.t[air].any() or (points.t[air] == points.t[first + 2]).all()


def test_an_ascender_has_a_negative_height():
    up, down = Stroke([0, 0], [0, -40]), Stroke([0, 0], [0, 40])
    frame = 10.0
    assert channel(ink_points(SETTINGS, frame, Ink([up])), "height")[-1] < -1
    assert channel(ink_points(SETTINGS, frame, Ink([down])), "height")[-1] > 1
    assert channel(ink_points(SETTINGS, frame, Ink([up])), "local_height")[-1] < -1


def test_turning_clockwise_on_the_page_is_positive():
    angle = np.linspace(0, 2 * math.pi, 200)
    # y grows downward, so a rising angle runs clockwise on the page
    clockwise = Ink([Stroke(30 * np.cos(angle), 30 * np.sin(angle))])
    against = Ink([Stroke(30 * np.cos(angle), -30 * np.sin(angle))])
    for ink, sign in ((clockwise, 1), (against, -1)):
        points = ink_points(SETTINGS, 20.0, ink)
        turns = sign * channel(points, "turn_sin")[written(points)][1:]
        assert len(turns) > 20
        assert (turns > 0).all()


@given(samples(values=WHOLE, max_size=16), SCALES)
def test_behind_is_never_positive(said, scale):
    assert (
        channel(feature_points(SETTINGS, scale, ResamplerState(), said)[1], "back_offset") <= 0
    ).all()


def test_a_crossbar_is_written_behind_the_rightmost_ink():
    ink = Ink([Stroke([0, 100], [0, 0]), Stroke([20, 40], [-10, -10]), Stroke([120, 130], [0, 0])])
    points = ink_points(SETTINGS, 10.0, ink)
    behind = channel(points, "back_offset")
    along = written(points)
    assert (behind[along & (points.stroke == 1)] <= -6.0 / 4).all()  # 6 scales, a quarter each
    assert (behind[along & (points.stroke != 1)] == 0).all()


def test_speed_is_relative_to_the_settings_and_unknown_without_time():
    x = np.arange(0.0, 100.0)
    pace = SETTINGS.reference_speed * 10.0  # ink units a second at which the channel is 0
    frame = 10.0
    for factor, value in ((1.0, 0.0), (math.e, 1.0), (1 / math.e, -1.0), (1e4, 2.0), (1e-4, -2.0)):
        points = ink_points(SETTINGS, frame, Ink([Stroke(x, 0 * x, x / (pace * factor))]))
        speeds = channel(points, "speed")[written(points)]
        assert len(speeds) > 20
        np.testing.assert_allclose(speeds, value, atol=1e-4)
    untimed = ink_points(SETTINGS, frame, Ink([Stroke(x, 0 * x)]))
    assert not channel(untimed, "speed").any()


@given(inks(values=WHOLE, timed=True, min_strokes=1))
def test_without_time_only_the_speed_differs(ink):
    bare = Ink([Stroke(s.x, s.y, None, s.pressure) for s in ink])
    frame = measured(ink)
    assert measured(bare) == frame
    timed, untimed = ink_points(SETTINGS, frame, ink), ink_points(SETTINGS, frame, bare)
    keep = [i for i, name in enumerate(CHANNELS) if name != "speed"]
    np.testing.assert_array_equal(timed.features[:, keep], untimed.features[:, keep])
    assert not channel(untimed, "speed").any()


def test_pressure_runs_from_minus_one_to_one_and_is_zero_where_unknown():
    x = np.arange(0.0, 100.0)
    frame = 10.0
    with_force = ink_points(SETTINGS, frame, Ink([Stroke(x, 0 * x, None, x / 99)]))
    force = channel(with_force, "pressure")
    assert force[0] == -1
    assert force[-1] == 1
    assert (np.diff(force) >= 0).all()
    assert not channel(ink_points(SETTINGS, frame, Ink([Stroke(x, 0 * x)])), "pressure").any()


# ---- any ink at all


@settings(max_examples=200)
@given(inks(values=FINITE) | inks(values=FINITE.map(lambda v: v / 1e300)))
def test_ink_of_any_size_gives_finite_points(ink):
    for frame in (measured(ink), measured(ink, 30.0)):
        points = ink_points(SETTINGS, frame, ink)
        assert len(points.t) >= 2 * len(ink)
        assert np.isfinite(points.features).all()
        assert np.abs(points.features).max(initial=0) <= 6


def test_a_point_far_from_the_first_is_held_at_the_rim():
    ink = Ink([Stroke([0], [0]), Stroke([1e99], [1e99])])
    points = ink_points(SETTINGS, measured(ink, 30.0), ink)
    assert np.isfinite(points.features).all()
    assert channel(points, "height")[-1] == 6


@given(st.lists(st.tuples(WHOLE, WHOLE), min_size=1, max_size=5))
def test_dots_alone_have_no_scale_and_give_finite_points(places):
    ink = Ink([Stroke([x, x], [y, y]) for x, y in places])
    assert measured(ink) == math.inf
    points = ink_points(SETTINGS, measured(ink), ink)
    assert len(points.t) == 4 * len(ink) - 2
    assert np.isfinite(points.features).all()
    hinted = measured(ink, 100.0)
    assert hinted == pytest.approx(30.0)
    assert np.isfinite(ink_points(SETTINGS, hinted, ink).features).all()


def test_no_ink_gives_no_points():
    points = ink_points(SETTINGS, math.inf, Ink())
    assert points.features.shape == (0, len(CHANNELS))
    assert len(points.t) == len(points.stroke) == 0


def test_a_leap_between_two_samples_costs_no_endless_run_of_points():
    far = Ink([Stroke([0, 1, 1e9, 1e9 + 5], [0, 1, 0, 0])])
    points = ink_points(SETTINGS, 1.0, far)
    assert 500 < len(points.t) < 3000
    assert np.isfinite(points.features).all()
    near = ink_points(SETTINGS, 1.0, Ink([Stroke([0, 250], [0, 0])]))
    assert len(near.t) == 2 + int(250 / SETTINGS.point_spacing)


def test_a_pen_at_the_rim_of_what_numbers_hold_does_not_stand_still_for_ever():
    ink = Ink([Stroke([0, 1e17, 1e17 + 64, 1e17 + 128], [0, 1, 2, 3])])
    assert np.isfinite(ink_points(SETTINGS, 1.0, ink).features).all()


def test_an_endless_gap_in_time_is_slow():
    ink = Ink([Stroke([0, 100], [0, 0], [-1.7e308, 1.7e308])])
    assert np.isfinite(ink_points(SETTINGS, 10.0, ink).features).all()


# ---- scale


@given(st.floats(1, 1000), st.integers(4, 40), st.floats(0.1, 10))
def test_the_gauge_of_a_zigzag_is_its_height(height, n, step):
    zigzag = [PenSample(0, step * (i % 2), height * (i % 2)) for i in range(n)]
    zigzag = [s._replace(x=0.0) for s in zigzag]
    assert update_scale(ScaleEstimate(), zigzag).scale == pytest.approx(height)


@pytest.mark.parametrize("slope", [-0.3, -0.1, 0.1, 0.3])
def test_a_sloping_line_has_nearly_the_same_gauge(slope):
    def line(by: float) -> Ink:
        wave = loops(200, 4.0)[0]
        return Ink([Stroke(wave.x, wave.y + by * wave.x, wave.t)])

    level, sloping = (
        update_scale(ScaleEstimate(), line(by).samples()).scale for by in (0.0, slope)
    )
    assert 20 < level < 50
    assert sloping == pytest.approx(level, rel=0.1)


def test_dots_hardly_change_the_gauge():
    bars = [Stroke([i, i], [0, 40]) for i in range(10)]
    dots = [Stroke([i, i + 1], [-9, -8]) for i in range(10)]
    alone = update_scale(ScaleEstimate(), Ink(bars).samples()).scale
    assert alone == 40
    assert update_scale(ScaleEstimate(), Ink([*bars, *dots]).samples()).scale == pytest.approx(
        40, rel=0.03
    )


def test_a_dash_stands_in_at_a_fraction_until_there_is_height():
    dash = Ink([Stroke([0, 50], [0, 0])])
    assert update_scale(ScaleEstimate(), dash.samples()).scale == pytest.approx(5.0)
    dashed = Ink([*dash, Stroke([60, 60], [-20, 20])])
    assert update_scale(ScaleEstimate(), dashed.samples()).scale == pytest.approx(40.0)


def test_a_word_in_one_stroke_keeps_the_scale_of_its_height():
    phase = np.linspace(0, 2 * math.pi * 8, 400)
    # ever to the right: one run in x, ten times as wide as the runs in y are high
    word = Ink([Stroke(400 * phase / phase[-1], 20 * np.sin(phase))])
    assert update_scale(ScaleEstimate(), word.samples()).scale == pytest.approx(40, rel=0.05)


@pytest.mark.parametrize(("dense", "size"), [(20, 0.03), (40, 0.02), (100, 0.01), (200, 0.01)])
def test_tremor_hardly_changes_the_gauge(dense, size):
    """Bars as high as 1 and dashes as long, with noise on samples that lie closer than it."""
    random = np.random.default_rng(3)
    way = np.linspace(0, 1, dense)
    plain = []
    for i in range(12):
        plain += [Stroke(np.full(dense, i), way), Stroke(i + way, np.full(dense, 0.5))]
    shaken = [
        Stroke(*(v + size * random.standard_normal(dense) for v in (s.x, s.y))) for s in plain
    ]
    said = update_scale(ScaleEstimate(), Ink(shaken).samples()).scale
    assert said == pytest.approx(
        update_scale(ScaleEstimate(), Ink(plain).samples()).scale, rel=0.15
    )


def test_small_letters_beside_tall_ones_are_no_tremor():
    """A tall loop, then a row of arches, a seventh as high and as steady."""
    low, tall = (20.0 * (1 - np.cos(np.linspace(0, 2 * math.pi * n, 12 * n + 1))) for n in (9, 1))
    ink = Ink([Stroke(np.arange(len(y)), y) for y in (7 * tall, low)])
    said = update_scale(ScaleEstimate(), ink.samples()).down.mean
    assert said == pytest.approx((2 * 280**2 + 18 * 40**2) / (2 * 280 + 18 * 40))


def test_a_stroke_without_end_is_measured_in_bounded_memory():
    state = ScaleEstimate()
    for i in range(5000):
        state = update_scale(state, [PenSample(0.0, float(i % 7), 10.0 * (i % 2))])
        assert len(state.down.turns) + len(state.across.turns) <= 400
    assert state.scale == pytest.approx(10.0)


def test_a_few_small_runs_count():
    """What is written small among what is large is no tremor."""
    small = [Stroke([i, i + 0.5, i + 1, i + 1.5], [0, 1, 0, 1]) for i in range(20)]
    tall = Stroke([30, 30], [0, 20])
    said = update_scale(ScaleEstimate(), Ink([tall, *small]).samples()).down.mean
    assert said == pytest.approx((20**2 + 60) / (20 + 60))


def hand(reach: float, size: float = 1.0, words: int = 20) -> Ink:
    """Words of four small letters and a loop, so many times as high; two runs each."""
    heights = [1.0, 1.1, 0.9, 1.0, reach] * words
    return Ink(
        [
            Stroke([i * size, (i + 0.5) * size, (i + 1) * size], [0, h * size, 0])
            for i, h in enumerate(heights)
        ]
    )


def test_the_scale_is_held_to_small_letters_where_loops_are_tall():
    plain, tall, taller = (
        update_scale(ScaleEstimate(), hand(reach).samples()) for reach in (2.5, 5.0, 10.0)
    )
    assert plain.scale == pytest.approx(plain.down.mean), "a usual hand: the mean stands"
    assert tall.scale < 0.9 * tall.down.mean
    assert taller.scale < 0.6 * taller.down.mean
    assert taller.scale < 2 * plain.scale, "the mean is more than three times as large"
    assert taller.down.mean > 3 * plain.down.mean


def test_a_few_runs_do_not_say_how_a_hand_writes():
    some, more = (update_scale(ScaleEstimate(), hand(10.0, words=n).samples()) for n in (1, 20))
    assert some.finer > 1.2 * more.finer
    assert update_scale(ScaleEstimate(), hand(10.0)[:1].samples()).finer == 1.0


@given(st.floats(-9, 9))
@settings(max_examples=30)
def test_the_scale_goes_with_the_unit_for_tall_loops_too(power):
    size = 10.0**power
    scale = update_scale(ScaleEstimate(), hand(6.0, size).samples()).scale
    assert scale == pytest.approx(
        size * update_scale(ScaleEstimate(), hand(6.0).samples()).scale, rel=1e-6
    )


def test_heights_of_any_size_are_counted_in_bounded_memory():
    state = ScaleEstimate()
    for i in range(3000):
        bar = Stroke([i, i], [0, 1 + (i * 7919 % 1000) / 10])
        state = update_scale(state, Ink([bar]).samples())
    assert len(state.letters.heights) < 50
    assert 0 < state.finer <= 1


def test_a_hint_holds_at_first_and_yields_to_ink():
    hint = ScaleEstimate.hinted(100.0)
    assert hint.scale == pytest.approx(30.0)
    scales = [hint.scale]
    for n in (1, 10, 300):
        bars = Ink([Stroke([i, i], [0, 60]) for i in range(n)])
        scales.append(update_scale(hint, bars.samples()).scale)
    assert scales == sorted(scales)
    assert scales[1] < 40
    assert scales[-1] == pytest.approx(60, rel=0.05)


@pytest.mark.parametrize("times", [3, 10, 100])
def test_a_hint_far_too_large_yields_to_a_line_of_ink(times):
    hint = ScaleEstimate.hinted(times * 60 / 0.3)
    bars = Ink([Stroke([i, i], [0, 60]) for i in range(120)])
    few = update_scale(hint, bars[:1].samples()).scale
    assert few > 0.8 * hint.scale
    assert update_scale(hint, bars.samples()).scale == pytest.approx(60, rel=0.08)


def test_a_dash_says_nothing_against_a_hint():
    hint = ScaleEstimate.hinted(100.0)
    dash = Ink([Stroke([0, 20], [0, 0.5])])
    assert update_scale(hint, dash.samples()).scale == pytest.approx(30.0, rel=0.05)


# ---- settings


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"point_spacing": 0.0}, "point_spacing is 0.0"),
        ({"point_spacing": math.nan}, "point_spacing is nan"),
        ({"point_spacing": 3}, "lie in 0.01 to 2"),
        ({"middle_window": 0}, "middle_window is 0"),
        ({"local_window": math.nan}, "local_window is nan"),
        ({"reference_speed": 0.0}, "reference_speed is 0.0"),
        ({"reference_speed": math.inf}, "reference_speed is inf"),
    ],
)
def test_settings_that_cannot_be_are_refused(values, message):
    with pytest.raises(ModelError, match=message):
        FeatureSettings(**values)
