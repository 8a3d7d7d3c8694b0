"""Scratch-outs are told, writing never is."""

from __future__ import annotations

import functools
import itertools
import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import inkrec
from inkrec import Gesture, PenSample, SessionError
from inkrec.ink.gestures import find_scratch_out
from inkrec.ink.scale import ScaleEstimate, update_scale
from inkrec.session.commit import CommitPolicy

REPO = Path(__file__).parent.parent
INK = REPO / "demos" / "ink" / "tea.jsonl"
REMARKABLE = REPO.parent / "shared" / "data" / "ink"
EAGER = CommitPolicy(
    min_following_words=1, min_stable_pen_ups=1, min_pen_distance=0.5, min_confidence=0.1
)


@functools.cache
def recognizer():
    return inkrec.load()


def track(xy, t=0.0):
    """A stroke's samples along corners, as densely as a pen gives them."""
    run = []
    for (x0, y0), (x1, y1) in itertools.pairwise(xy):
        for k in range(10):
            u = k / 10
            run.append(PenSample(t + 0.01 * len(run), x0 + u * (x1 - x0), y0 + u * (y1 - y0)))
    return run


def zigzag(left, top, right, bottom, turns, t=0.0):
    ends = [left, right]
    return track([(ends[i % 2], top + (bottom - top) * i / turns) for i in range(turns + 1)], t)


def wave(left, right, height=10.0, loops=6):
    return [
        PenSample(0.0, left + (right - left) * i / 60, height * math.sin(i / 60 * loops * 6.28))
        for i in range(61)
    ]


WORD = wave(0.0, 60.0)


@pytest.mark.parametrize("turns", [6, 8, 15])
@pytest.mark.parametrize("flipped", [False, True])
def test_a_zigzag_over_a_word_scratches_it_out(turns, flipped):
    stroke = zigzag(-2, -12, 62, 12, turns)
    if flipped:
        stroke = stroke[::-1]
    other = wave(80.0, 120.0)
    assert find_scratch_out([WORD, other, stroke], 10.0) == (0, 2)


@given(st.floats(0.01, 1000), st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))
@settings(max_examples=30, deadline=None)
def test_neither_size_nor_place_matters(size, x, y):
    strokes = [WORD, zigzag(-2, -12, 62, 12, 8)]
    moved = [[s._replace(x=x + size * s.x, y=y + size * s.y) for s in stroke] for stroke in strokes]
    assert find_scratch_out(moved, 10.0 * size) == find_scratch_out(strokes, 10.0) == (0, 1)


def test_dots_and_bars_go_with_their_word():
    dot = [PenSample(0, 20, -18), PenSample(0, 21, -18)]
    far = [PenSample(0, 90, -18), PenSample(0, 91, -18)]
    assert find_scratch_out([WORD, dot, far, zigzag(-2, -12, 62, 12, 8)], 10.0) == (0, 1, 3)


@pytest.mark.parametrize(
    ("stroke", "why"),
    [
        (zigzag(200, -12, 260, 12, 8), "nothing under it"),
        (zigzag(-2, -12, 62, 12, 3), "too few turns"),
        (zigzag(-2, -12, 8, 12, 8), "a small part of the word"),
        (zigzag(-2, 11, 62, 30, 8), "below the word"),
        (zigzag(-200, -12, 62, 12, 8), "mostly where nothing was written"),
        (wave(-2, 62), "another word on top"),
        (track([(-2, 0), (62, 0)]), "struck through once"),
        ([PenSample(0, 1, 1)], "a dot"),
    ],
)
def test_what_is_no_scratch_out(stroke, why):
    assert find_scratch_out([WORD, stroke], 10.0) == (), why


def test_strokes_without_a_point_are_nothing():
    word, over = wave(0, 60), zigzag(-2, -12, 62, 12, 8)
    assert find_scratch_out([word, []], 10.0) == ()
    assert find_scratch_out([[], over], 10.0) == ()
    assert find_scratch_out([word, over], 10.0) == (0, 1)
    assert find_scratch_out([[], word, over], 10.0) == (1, 2)


def test_nothing_to_scratch_out():
    assert find_scratch_out([], 10.0) == ()
    assert find_scratch_out([zigzag(-2, -12, 62, 12, 8)], 10.0) == ()
    assert find_scratch_out([WORD, zigzag(-2, -12, 62, 12, 8)], math.inf) == ()


def box(samples):
    x, y = [s.x for s in samples], [s.y for s in samples]
    return min(x), min(y), max(x), max(y)


def with_zigzag_over(session, strokes, run):
    """Feed a scratch-out over some strokes of a run that was fed."""
    ink = [[]]
    for sample in run:
        ink[-1].append(sample)
        if not sample.touching:
            ink.append([])
    left, top, right, bottom = box([s for i in strokes for s in ink[i]])
    stroke = zigzag(left - 0.5, top, right + 0.5, bottom, 9, run[-1].t + 0.5)
    for sample in (*stroke, stroke[-1]._replace(touching=False)):
        assert session.gesture is None or not sample.touching
        session.feed(sample)


@pytest.mark.parametrize("commitment", [None, EAGER])
def test_an_app_acts_on_it(commitment):
    run = list(inkrec.read(INK).samples())
    session = recognizer().session(commit=commitment)
    for sample in run:
        session.feed(sample)
        assert session.gesture is None
    before = session.hypothesis
    last = before.words[-1]
    assert not last.committed
    with_zigzag_over(session, last.strokes, run)
    gesture = session.gesture
    assert isinstance(gesture, Gesture)
    assert gesture.kind == "scratch-out"
    assert set(last.strokes) <= set(gesture.strokes)
    assert gesture.strokes[-1] == max(w.strokes[-1] for w in before.words) + 1
    session.erase(gesture.strokes)
    assert session.gesture is None
    left = [w.text for w in before.words[:-1]]
    assert [w.text for w in session.hypothesis.words][: len(left)] == left
    assert last.text not in session.hypothesis.text.split()[len(left) :]


def test_behind_a_commitment_it_is_told_where_it_can_be_carried_out():
    run = list(inkrec.read(INK).samples())
    for editable in (False, True):
        session = recognizer().session(commit=EAGER, editable=editable)
        for sample in run:
            session.feed(sample)
        word = session.hypothesis.words[1]
        assert word.committed
        with_zigzag_over(session, word.strokes, run)
        if not editable:
            assert session.gesture is None
            continue
        assert set(word.strokes) <= set(session.gesture.strokes)
        session.erase(session.gesture.strokes)
        assert word.text not in session.hypothesis.text.split()


def test_a_finished_session_has_no_gesture():
    session = recognizer().session()
    session.finish()
    assert session.gesture is None
    with pytest.raises(SessionError, match="finished"):
        session.erase([0])


@pytest.mark.skipif(not REMARKABLE.exists(), reason="needs ../shared/data/ink")
def test_no_stroke_of_real_writing_is_one():
    strokes = 0
    for file in sorted(REMARKABLE.glob("*.txt")):
        for line in file.read_text(encoding="utf-8").splitlines()[::4]:
            measured, ink = ScaleEstimate(), []
            for run in filter(None, line.partition("\t")[2].split(";")):
                points = [tuple(map(float, p.split())) for p in run.split(",")]
                ink.append([PenSample(0.0, x, y) for x, y, _ in points])
                measured = update_scale(measured, [*ink[-1], ink[-1][-1]._replace(touching=False)])
                assert find_scratch_out(ink, measured.scale) == ()
                strokes += 1
    assert strokes > 300
