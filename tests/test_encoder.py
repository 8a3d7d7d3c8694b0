"""Samples to frames: any cut gives the same, and flushing is pure."""

from __future__ import annotations

import itertools
import math

import numpy as np
import tiny
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import inks, samples

from inkrec import Ink, Stroke
from inkrec.features.points import ink_points
from inkrec.network.layers import STRIDE
from inkrec.session.encoder import EncoderOutput, encode, flush, initial_state, pen_up, step

MODEL = tiny.model()
FRAME = 30.0
WHOLE = st.integers(-300, 300).map(float)


def agree(a: EncoderOutput, b: EncoderOutput) -> None:
    np.testing.assert_array_equal(a.points.features, b.points.features)
    np.testing.assert_array_equal(a.points.stroke, b.points.stroke)
    np.testing.assert_array_equal(a.points.t, b.points.t)
    np.testing.assert_allclose(a.frames.hidden, b.frames.hidden, atol=1e-5)
    np.testing.assert_allclose(a.frames.log_probs, b.frames.log_probs, atol=1e-5)


def joined(pieces: list[EncoderOutput]) -> EncoderOutput:
    frames, points = zip(*pieces, strict=True)
    return EncoderOutput(
        type(frames[0])(*map(np.concatenate, zip(*frames, strict=True))),
        type(points[0])(*map(np.concatenate, zip(*points, strict=True))),
    )


@settings(max_examples=40)
@given(samples(values=WHOLE), st.lists(st.integers(0, 12), max_size=4), st.booleans())
def test_any_cut_of_the_samples_gives_the_same_frames(said, cuts, timed):
    whole = encode(MODEL, FRAME, said, has_time=timed)
    pen, pieces = initial_state(MODEL), []
    for a, b in itertools.pairwise([0, *sorted(c for c in cuts if c <= len(said)), len(said)]):
        pen, piece = step(MODEL, FRAME, pen, said[a:b], has_time=timed)
        pieces.append(piece)
        assert pen.frames == sum(len(p.frames.hidden) for p in pieces)
        assert pen.points == sum(len(p.points.t) for p in pieces)
    agree(joined([*pieces, flush(MODEL, FRAME, pen, has_time=timed)]), whole)


@settings(max_examples=40)
@given(inks(values=WHOLE, min_strokes=1), st.integers(1, 20))
def test_flushing_in_mid_stroke_is_lifting_the_pen(ink, cut):
    said = list(ink.samples())[:cut]
    pen, front = step(MODEL, FRAME, initial_state(MODEL), said)
    first, second = flush(MODEL, FRAME, pen), flush(MODEL, FRAME, pen)
    agree(first, second)
    lifted = [*said, said[-1]._replace(touching=False)]
    agree(joined([front, first]), encode(MODEL, FRAME, lifted))
    assert len(first.points.t) == pen.resampler.down


@settings(max_examples=40)
@given(inks(values=WHOLE))
def test_every_point_is_in_a_frame(ink):
    encoding = encode(MODEL, FRAME, list(ink.samples()), has_time=ink.has_time)
    expected = ink_points(MODEL.features, FRAME, ink)
    np.testing.assert_array_equal(encoding.points.features, expected.features)
    assert len(encoding.frames.hidden) == math.ceil(len(expected.t) / STRIDE)
    assert np.isfinite(encoding.frames.log_probs).all()


def test_ink_long_enough_to_speak_of():
    ink = Ink([Stroke(np.arange(0.0, 600, 3), 40 * np.sin(np.arange(200) / 4))])
    encoding = encode(MODEL, FRAME, list(ink.samples()))
    assert len(encoding.frames.hidden) > 30
    assert np.ptp(encoding.frames.log_probs) > 1


def test_frames_come_by_sevens_while_the_pen_is_down_and_all_when_it_leaves():
    said = list(Ink([Stroke(np.arange(0.0, 600, 3), 40 * np.sin(np.arange(200) / 4))]).samples())
    pen, counts = initial_state(MODEL), set()
    for sample in said[:-1]:
        pen, (frames, _) = step(MODEL, FRAME, pen, [sample])
        counts.add(len(frames.hidden))
        assert 0 <= pen.points - STRIDE * pen.frames < 7 * STRIDE
    assert counts == {0, 7}
    after, encoding, whole = pen_up(MODEL, FRAME, pen, said[-1:])
    assert after.frames == pen.frames + whole == after.points // STRIDE
    np.testing.assert_array_equal(encoding.frames.hidden, flush(MODEL, FRAME, pen).frames.hidden)
