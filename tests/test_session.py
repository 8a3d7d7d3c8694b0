"""A session on the sample ink and the bundled model; its laws stand in session/test_laws.py."""

from __future__ import annotations

import copy
import functools
import math
import pickle
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

import inkrec
from inkrec import Ink, InkError, PenSample, SessionError, Stroke
from inkrec.session.commit import CommitPolicy, committable
from inkrec.session.line_decoder import LineDecoder
from inkrec.session.sample_runs import runs
from inkrec.session.state import with_samples

SAMPLES = Path(__file__).parent.parent / "demos" / "ink"
FILES = sorted(p for p in SAMPLES.iterdir() if p.suffix in {".inkml", ".jsonl", ".xopp"})
EAGER = CommitPolicy(
    min_following_words=1, min_stable_pen_ups=1, min_pen_distance=0.5, min_confidence=0.1
)
few = settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@functools.cache
def recognizer():
    return inkrec.load()


@functools.cache
def ink(name):
    return inkrec.read(SAMPLES / name)


@functools.cache
def samples(name, strokes=None):
    whole = ink(name)
    return list((whole if strokes is None else whole[:strokes]).samples())


def write(session, run):
    for sample in run:
        session.feed(sample)
    return session


def said(session):
    """All a session says, comparable."""
    h = session.hypothesis
    return h.committed, h.tentative, h.words, h.alternatives, h.final


names = pytest.mark.parametrize("name", [p.name for p in FILES])
TEA = "tea.jsonl"


def test_there_is_ink_to_test_with():
    assert len(FILES) == 3
    assert len(recognizer().recognize(ink(TEA)).text) > 10


@names
def test_offline_is_the_stream_drained(name):
    drained = recognizer().session(commit=None, has_time=ink(name).has_time)
    write(drained, samples(name))
    final = drained.finish()
    assert final == recognizer().recognize(ink(name))
    assert final.final
    assert final.text == " ".join(w.text for w in final.words)
    assert final.alternatives[0].text == final.text


@pytest.mark.parametrize(("commitment", "least"), [(EAGER, 10), (CommitPolicy(), 3)])
def test_committed_text_only_grows_and_the_final_text_begins_with_it(commitment, least):
    """On all the ink: on one file alone a policy may commit nothing, and nothing be tested."""
    grew = 0
    for name in (p.name for p in FILES):
        session = recognizer().session(commit=commitment, has_time=ink(name).has_time)
        committed = ""
        for sample in samples(name):
            h = session.feed(sample)
            assert h.committed.startswith(committed)
            assert h.text == h.committed + h.tentative
            grew += h.committed != committed
            committed = h.committed
            assert [w.text for w in h.words if w.committed] == committed.split()
        final = session.finish()
        assert final.text.startswith(committed)
        assert [w.text for w in final.words] == final.text.split()
    assert grew >= least


def test_the_same_object_until_it_changes():
    session = recognizer().session()
    shown, changes = session.hypothesis, 0
    for sample in samples(TEA):
        h = session.feed(sample)
        assert (h is shown) == (h == shown)
        changes += h is not shown
        shown = h
    assert 5 < changes < len(samples(TEA)) / 2


def test_peek_at_a_pen_up_is_what_is_shown():
    session = write(recognizer().session(), samples(TEA, 9))
    assert session.peek() is session.hypothesis


def growing():
    """Three strokes, and then some that are five times as large."""
    strokes = ink(TEA)[6:14]
    x, y = strokes[0].x[0], strokes[0].y[0]
    tiny = [Stroke(x + (s.x - x) / 5, y + (s.y - y) / 5, s.t) for s in strokes[:3]]
    return list(Ink([*tiny, *strokes[3:]]).samples())


@pytest.mark.parametrize("run", [samples(TEA), growing()], ids=["tea", "growing"])
def test_peek_is_what_the_pen_up_then_says(run):
    session = recognizer().session()
    for sample in run:
        peeked = None if sample.touching else session.peek()
        shown = session.feed(sample)
        assert peeked is None or peeked.text == shown.text


def test_undo_takes_back_a_stroke_that_is_being_written():
    session = write(recognizer().session(), samples(TEA, 5))
    before = said(session)
    after = samples(TEA, 6)[len(samples(TEA, 5)) :]
    write(session, after[: len(after) // 2])
    session.undo()
    assert said(session) == before


@pytest.mark.parametrize("strokes", [[0.5], [0.0], ["a"], [None], 3, None])
def test_what_is_no_list_of_strokes_is_refused(strokes):
    session = recognizer().session()
    write(session, samples(TEA, 3))
    before = said(session)
    with pytest.raises(SessionError, match="is no list of strokes' indices"):
        session.erase(strokes)
    assert said(session) == before


def test_a_word_in_doubt_does_not_keep_a_long_line_open():
    never = CommitPolicy(min_confidence=1.1, max_stable_pen_ups=30)
    session, most = recognizer().session(commit=never), 0
    run = samples(TEA)
    width, time = max(s.x for s in run) * 1.1, run[-1].t + 1
    for again in range(3):
        for s in run:
            session.feed(s._replace(x=s.x + again * width, t=s.t + again * time))
            most = max(most, len(session._state.ink.strokes))
    assert session._state.ink.first_stroke > len(ink(TEA))
    assert most < 2 * never.max_stable_pen_ups


def test_what_cannot_be_taken_back_says_so():
    session = recognizer().session(commit=EAGER)
    with pytest.raises(SessionError, match="nothing to undo"):
        session.undo()
    write(session, samples(TEA))
    assert session.hypothesis.committed
    before = said(session)
    with pytest.raises(SessionError, match="stroke 0 belongs to committed text"):
        session.erase([len(ink(TEA)) - 1, 0])
    with pytest.raises(SessionError, match="there is no stroke 99"):
        session.erase([99])
    assert said(session) == before
    session.finish()
    for call in (
        session.undo,
        lambda: session.erase([1]),
        lambda: session.feed(PenSample(1e9, 0, 0)),
    ):
        with pytest.raises(SessionError, match="finished"):
            call()


def test_what_is_kept_for_undo_holds_no_committed_text_and_gives_all_of_it_back():
    session, told = recognizer().session(commit=EAGER), {}
    for sample in samples(TEA):
        session.feed(sample)
        if not sample.touching:
            told[session._state.ink.first_stroke + len(session._state.ink.strokes)] = said(session)
            h = session.hypothesis
            assert h.alternatives[0].text == h.text
            assert all(a.text.startswith(h.committed) for a in h.alternatives)
    r = session._state
    kept = [s.before for s in r.ink.strokes if s.before is not None]
    assert r.text.committed_text
    assert len(kept) > 2
    for before in kept:
        shown = before.text.hypothesis
        assert (shown.committed, shown.words and shown.words[0].committed) == ("", False)
        assert all(len(a.text) < len(r.text.committed_text) for a in shown.alternatives)
    for taken in range(1, len(kept) + 1):
        session.undo()
        assert said(session) == told[r.ink.first_stroke + len(r.ink.strokes) - taken]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"x": math.nan}, "not finite"),
        ({"y": math.inf}, "not finite"),
        ({"t": math.nan}, "not finite"),
        ({"t": -5.0}, "must not run backwards"),
        ({"pressure": 1.5}, "must lie in 0 to 1"),
    ],
)
def test_a_rejected_sample_leaves_the_session_unchanged(bad, message):
    run = samples(TEA, 8)
    cut = len(run) // 2
    plain, tried = recognizer().session(), recognizer().session()
    write(plain, run)
    write(tried, run[:cut])
    before = said(tried)
    with pytest.raises(InkError, match=message):
        tried.feed(run[cut]._replace(**bad))
    assert said(tried) == before
    write(tried, run[cut:])
    assert said(tried) == said(plain)


def test_a_plain_tuple_is_a_sample_and_what_is_none_is_told():
    run = samples(TEA, 4)
    session = recognizer().session()
    session.extend(run[:-1])
    session.extend([tuple(run[-1])])
    assert session.hypothesis == write(recognizer().session(), run).hypothesis
    for bad, message in (
        ((1.0,), "no PenSample"),
        (None, "no PenSample"),
        (run[-1]._replace(x=10**400), "holds a number beyond"),
        (run[-1]._replace(x=Decimal("1e999")), "not finite"),
        (run[-1]._replace(pressure="hard"), "no PenSample"),
        (run[-1]._replace(pressure="0.5", x="left"), "no PenSample"),
        (run[-1]._replace(touching="no"), "no PenSample"),
    ):
        with pytest.raises(InkError, match=message):
            session.feed(bad)


def test_numbers_of_any_type_are_read_as_floats_are():
    run = samples(TEA, 4)
    odd = [
        PenSample(np.float64(t), Decimal(x), np.float64(y), "0.5", int(down))
        for t, x, y, _, down in run
    ]
    plain = write(recognizer().session(), [s._replace(pressure=0.5) for s in run])
    other = recognizer().session()
    other.extend(odd)
    assert other.hypothesis.text
    assert other.hypothesis == plain.hypothesis
    assert other.finish() == plain.finish()


class Interrupted(Exception):
    """Something from outside that stops a call."""


@pytest.mark.parametrize("commitment", [EAGER, None])
def test_ink_that_waits_outlives_an_interrupted_reading(commitment, monkeypatch):
    run = samples(TEA, 6)
    plain = write(recognizer().session(commit=commitment), run)
    session = recognizer().session(commit=commitment)
    session.extend(run)
    takes = {"take": LineDecoder.add_run, "store": with_samples}
    pieces = list(runs(session._state, run))
    half = len(pieces) // 2

    def failing(name):
        left = iter(range(half))

        def take(*arguments):
            if next(left, None) is None:
                raise Interrupted
            return takes[name](*arguments)

        return take

    with monkeypatch.context() as patch:
        patch.setattr(LineDecoder, "add_run", failing("take"))
        patch.setattr("inkrec.session.session.with_samples", failing("store"))
        with pytest.raises(Interrupted):
            session.finish()
    assert len(session._waiting) == len(run) - sum(map(len, pieces[:half]))
    assert session.finish() == plain.finish()


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_session_is_moved_by_saving_it_alone(copied):
    for session in (recognizer().session(), write(recognizer().session(), samples(TEA))):
        with pytest.raises(TypeError, match=r"session\.save\(\).*Recognizer\.restore"):
            copied(session)


def test_taps_without_extent_say_nothing_until_there_is_a_stroke():
    taps = Ink([Stroke([5 + k], [5], [0.2 * k]) for k in range(20)])
    assert recognizer().recognize(taps).text == ""
    session = write(recognizer().session(), taps.samples())
    assert session.peek().text == session.hypothesis.text == ""
    tea = samples(TEA, 4)
    at = tea[0]
    mixed = [PenSample(at.t, at.x, at.y), PenSample(at.t, at.x, at.y, None, False), *tea]
    assert write(recognizer().session(), mixed).hypothesis.text


def test_a_stroke_of_another_size_does_not_say_again_what_stands():
    session, stands = recognizer().session(), ""
    for sample in growing():
        shown = session.feed(sample)
        if not sample.touching:
            stands = shown.text
        assert len(stands) < 2 or shown.text.count(stands) <= 1


def test_hovering_is_not_writing():
    run = samples(TEA, 6)
    plain = write(recognizer().session(), run)
    hovered = recognizer().session()
    for sample in run:
        hovered.feed(sample)
        if not sample.touching:
            h = hovered.hypothesis
            moved = sample._replace(x=sample.x + 40.0, y=sample.y - 30.0)
            assert hovered.feed(moved) is h
    assert said(hovered) == said(plain)


@pytest.mark.parametrize(
    "strange",
    [
        Ink(),
        Ink([Stroke([1.0], [1.0])]),
        Ink([Stroke([1.0, 1.0], [2.0, 2.0], [0.0, 0.1])] * 1),
        Ink([Stroke([0.0, 9.0], [0.0, 0.0])]),
        Ink([Stroke([1e12, 1e12 + 1], [1e-12, 0.0])]),
        Ink([Stroke([0, 1e-9], [0, 1e-9]), Stroke([0, 1e9], [0, 1e9])]),
    ],
    ids=["nothing", "a point", "a dwell", "a dash", "far away", "two worlds"],
)
def test_strange_ink_is_read_without_complaint(strange):
    final = recognizer().recognize(strange)
    assert final.final
    session = recognizer().session(has_time=strange.has_time)
    write(session, strange.samples())
    assert isinstance(session.finish().text, str)


@pytest.mark.parametrize("height", [0, -3.0, math.inf, math.nan])
def test_a_line_height_must_be_a_length(height):
    with pytest.raises(InkError, match="line_height"):
        recognizer().session(line_height=height)


@names
def test_every_stroke_belongs_to_one_word(name):
    final = recognizer().recognize(ink(name))
    owned = sorted(s for w in final.words for s in w.strokes)
    assert owned == list(range(len(ink(name))))
    for word in final.words:
        assert word.start <= word.end
        assert 0 <= word.confidence <= 1
        assert all(a.text != word.text for a in word.alternatives)


def test_commitment_waits_for_the_pen_to_move_on():
    chosen = CommitPolicy(
        min_following_words=1, min_stable_pen_ups=2, min_pen_distance=3.0, min_confidence=0.5
    )
    assert committable(chosen, [0.9, 0.9], [5, 5], [4.0, 0.0]) == 1
    assert committable(chosen, [0.9, 0.9], [1, 5], [4.0, 0.0]) == 0
    assert committable(chosen, [0.9, 0.9], [5, 5], [2.0, 0.0]) == 0
    assert committable(chosen, [0.4, 0.9], [5, 5], [4.0, 0.0]) == 0
    assert committable(chosen, [0.9], [5], [4.0]) == 0
    assert committable(chosen, [0.4, 0.9], [chosen.max_stable_pen_ups, 5], [4.0, 0.0]) == 1
    assert committable(chosen, [0.4, 0.9], [chosen.max_stable_pen_ups, 5], [2.0, 0.0]) == 0


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            {"min_following_words": 0},
            r"min_following_words is 0; it must be a whole .* None in place .* commits nothing",
        ),
        ({"min_following_words": 1.5}, "min_following_words is 1.5"),
        ({"min_stable_pen_ups": "2"}, "min_stable_pen_ups is '2'; it must be a whole number"),
        ({"max_stable_pen_ups": -1}, "max_stable_pen_ups is -1"),
        ({"min_confidence": float("nan")}, "min_confidence is nan; it must be a number of 0 or"),
        ({"min_pen_distance": -5.0}, "min_pen_distance is -5.0"),
        ({"min_pen_distance": None}, "min_pen_distance is None"),
    ],
)
def test_a_commitment_that_says_nothing_sensible_is_refused(wrong, message):
    with pytest.raises(SessionError, match=message):
        CommitPolicy(**wrong)


def test_a_commitment_takes_numbers_of_numpy():
    found = CommitPolicy(min_stable_pen_ups=np.int64(2), min_confidence=np.float32(0.5))
    assert found == CommitPolicy(min_stable_pen_ups=2, min_confidence=0.5)
