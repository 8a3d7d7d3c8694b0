"""Late marks and ink put in are read where they stand, everything else as it was written."""

from __future__ import annotations

import functools
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_demo_ink import FOLDER, make_ink

import inkrec
import inkrec.session.line_decoder
from inkrec import Ink, PenSample, Stroke
from inkrec.ink.stroke_order import spatial_order
from inkrec.metrics import edits
from inkrec.session.commit import CommitPolicy
from inkrec.training.line import TrainingLine
from inkrec.training.stroke_order_augment import diacritics

pytest.importorskip("rapidfuzz", reason="error rates need rapidfuzz, the extra 'train'")

TEXTS = [
    "Kittens sit in this kitchen.",
    "A hint of mint in the tin.",
    "It is still in a little tin.",
]


def line(x0, y0, x1, y1):
    return [PenSample(0.0, x0, y0), PenSample(1.0, x1, y1)]


def stem(x):
    return line(x, 0, x, 1)


def dot(x, y=-0.5):
    return line(x, y, x + 0.1, y)


def order_of(ink, closed=0):
    return spatial_order(ink, 1.0, closed)[0]


strokes = st.lists(
    st.tuples(st.floats(0, 12), st.floats(-3, 3), st.floats(0, 3), st.floats(0, 2)), max_size=12
).map(lambda boxes: [line(x, y, x + w, y + h) for x, y, w, h in boxes])


@given(strokes, st.integers(0, 12))
def test_every_stroke_is_read_once_and_what_is_final_before_what_is_not(ink, closed):
    order, final = spatial_order(ink, 1.0, min(closed, len(ink)))
    assert sorted(order) == list(range(len(ink)))
    small = [np.ptp([s.x for s in k]) < 1.6 and np.ptp([s.y for s in k]) < 0.8 for k in ink]
    assert all(i < closed or small[i] for i in order[:final]), "only marks go on final ink"
    assert all(i >= closed for i in order[final:])


@given(strokes, st.sampled_from([0.25, 8.0, 1024.0]), st.integers(-64, 64), st.integers(-64, 64))
def test_size_and_place_say_nothing(ink, size, x, y):
    ink = [[s._replace(x=int(64 * s.x), y=int(64 * s.y)) for s in stroke] for stroke in ink]
    moved = [[s._replace(x=s.x * size + x, y=s.y * size + y) for s in k] for k in ink]
    assert spatial_order(moved, 64 * size) == spatial_order(ink, 64)


def test_marks_of_a_line_that_is_done_go_to_their_letters():
    written = [stem(0), stem(1), stem(3), stem(6), stem(9), dot(0), dot(3), dot(9)]
    assert order_of(written) == [0, 5, 1, 2, 6, 3, 4, 7]
    # from right to left
    written[5:] = [dot(6), dot(3), dot(0)]
    assert order_of(written) == [0, 7, 1, 2, 6, 3, 5, 4]


def test_a_mark_that_is_not_late_stays_and_so_does_what_is_large():
    assert order_of([stem(0), stem(2), dot(0)]) == [0, 1, 2]
    assert order_of([line(0, 0, 3, 1), stem(6), stem(1)]) == [0, 1, 2]
    assert order_of([stem(0), stem(4), line(0, 1, 4, 1)]) == [0, 1, 2]


def test_a_mark_of_another_line_stays():
    assert order_of([stem(0), stem(9), dot(0, 5)]) == [0, 1, 2]
    assert order_of([stem(0), stem(9), dot(4, 5)]) == [0, 1, 2]


def test_marks_on_final_ink_are_final_too_and_no_others():
    written = [stem(0), stem(3), stem(6), stem(9), dot(0), dot(6)]
    assert spatial_order(written, 1.0, 2) == ([0, 4, 1, 2, 5, 3], 3)
    assert spatial_order(written, 1.0, 4) == ([0, 4, 1, 2, 5, 3], 6)
    assert spatial_order(written, 1.0, 0) == ([0, 4, 1, 2, 5, 3], 0)


def test_what_is_put_in_stands_where_there_was_room_and_the_line_goes_on():
    ends = [stem(8), stem(9)]
    put_in = [stem(1), stem(2), dot(2)]
    assert order_of([*ends, *put_in, stem(10)]) == [2, 3, 4, 0, 1, 5]
    assert order_of([stem(0), *ends, *put_in, stem(10)]) == [0, 3, 4, 5, 1, 2, 6]
    # twice, and in front of what is final nothing is put
    assert order_of([*ends, stem(4), stem(5), stem(1)]) == [4, 2, 3, 0, 1]
    assert spatial_order([*ends, *put_in], 1.0, 2) == ([0, 1, 2, 3, 4], 2)


def test_a_second_line_is_none_that_was_put_in():
    def low(x):
        return line(x, 3, x, 4)

    assert order_of([stem(2), stem(4), stem(6), low(0), low(2), low(4)]) == list(range(6))


def last(ink: Ink) -> Ink:
    """The ink with its dots and bars at the end."""
    late = diacritics(TrainingLine.from_ink(ink, ""))
    order = np.argsort(late, kind="stable").tolist()
    assert order != sorted(order)
    began = itertools.accumulate([0.0, *(float(ink[i].t[-1] - ink[i].t[0]) + 0.2 for i in order)])
    return Ink(
        [Stroke(ink[i].x, ink[i].y, ink[i].t - ink[i].t[0] + t, ink[i].pressure)
         for i, t in zip(order, began, strict=False)],
        ink.units_per_mm,
    )  # fmt: skip


@functools.cache
def dotted_last(text):
    return last(make_ink.write(text, 3))


def in_order_of_writing(strokes, scale, closed=0):
    return list(range(len(strokes))), closed


@pytest.mark.parametrize("text", TEXTS)
def test_who_dots_and_crosses_last_is_read_nearly_as_well(text, monkeypatch):
    recognizer = inkrec.load()
    now = edits(text, recognizer.recognize(dotted_last(text)).text)
    monkeypatch.setattr(inkrec.session.line_decoder, "spatial_order", in_order_of_writing)
    monkeypatch.setattr(inkrec.session.line_decoder, "other_orders", lambda *_: [])
    assert now < edits(text, recognizer.recognize(dotted_last(text)).text)


def test_marks_over_committed_words_are_no_ink_of_the_others(monkeypatch):
    recognizer = inkrec.load()

    def errors_behind(text):
        session = recognizer.session(commit=CommitPolicy(1, 1, 0.5, 0.1))
        for sample in dotted_last(text).samples():
            session.feed(sample)
        front = session.hypothesis.committed
        final = session.finish().text
        assert front.count(" ") > 1
        assert final.startswith(front)
        return edits(text.split()[-1], final.removeprefix(front).strip())

    now = sum(map(errors_behind, TEXTS))
    monkeypatch.setattr(inkrec.session.line_decoder, "spatial_order", in_order_of_writing)
    assert now < sum(map(errors_behind, TEXTS))


@pytest.mark.parametrize("text", TEXTS)
def test_each_late_mark_belongs_to_the_word_it_stands_over(text):
    ink = dotted_last(text)
    final = inkrec.load().recognize(ink)
    assert sorted(i for w in final.words for i in w.strokes) == list(range(len(ink)))
    edges = [
        (min(ink[i].x.min() for i in w.strokes), max(ink[i].x.max() for i in w.strokes))
        for w in final.words
    ]
    assert len(edges) == len(text.split())
    assert all(a[1] < b[0] for a, b in itertools.pairwise(edges))


def put_in(ink, words, late):
    """The ink with some of its words written last."""
    order = [i for k, w in enumerate(words) if k not in late for i in w.strokes]
    order += [i for k in late for i in words[k].strokes]
    return Ink([Stroke(ink[i].x, ink[i].y) for i in order], ink.units_per_mm), order


@pytest.mark.parametrize("late", [[0], [0, 1], [1], [3], [1, 4], [2, 3]])
def test_words_put_in_later_are_read_where_they_stand(late):
    recognizer = inkrec.load()
    ink = inkrec.read(FOLDER / "bridge.inkml")
    before = recognizer.recognize(ink).words
    changed, order = put_in(ink, before, late)
    said = recognizer.recognize(changed)
    assert said.text == "We met at the old bridge."
    assert [sorted(order[i] for i in w.strokes) for w in said.words] == [
        sorted(w.strokes) for w in before
    ]


@pytest.mark.parametrize("at", [0.2, 0.9, 1.1])
def test_where_a_hand_came_down_first_does_not_matter(at):
    ink = inkrec.read(FOLDER / "bridge.inkml")
    left, _, right, bottom = ink.bounds
    tap = Stroke([left + at * (right - left)], [bottom])
    plain = [Stroke(s.x, s.y) for s in ink]
    assert inkrec.load().recognize(Ink([tap, *plain])).text == "We met at the old bridge."
