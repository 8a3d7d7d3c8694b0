"""The laws of a session, for any line on a model of a few units, and once on the bundled one.

Each law is a function of a recogniser and a line. What they say is not hung on weights: a model
of a few units reads nonsense, and the law holds for nonsense all the same.
"""

from __future__ import annotations

import itertools

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from writing import EAGER, KINDS, assert_same, bundled, lines, recognizer, tea, write

from inkrec import CommitPolicy, Ink, SessionError, Stroke

many = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
kinds = st.sampled_from(KINDS)
policies = st.sampled_from([EAGER, CommitPolicy(), None])
EVERY = pytest.mark.parametrize("policy", [EAGER, None], ids=["eager", "open"])


def ink_of(strokes):
    """The line as ink."""
    return Ink(
        [
            Stroke([s.x for s in k if s.touching], [s.y for s in k if s.touching],
                   [s.t for s in k if s.touching])
            for k in strokes
        ]
    )  # fmt: skip


def flat(strokes):
    return [sample for stroke in strokes for sample in stroke]


def test_lines_of_the_laws_give_words_and_commitments():
    """What the laws are about happens: guards them all against saying nothing."""
    said = {"words": 0, "committed": 0, "changed": 0}

    @given(lines(4, 8), kinds)
    @settings(max_examples=40, database=None, derandomize=True)
    def read(line, kind):
        session = write(recognizer(kind).session(commit=EAGER), line)
        said["words"] += len(session.hypothesis.words) > 1
        said["committed"] += bool(session.hypothesis.committed)
        said["changed"] += session.finish().text != ""

    read()
    assert min(said.values()) > 10, said


# ---------------------------------------------------------------- offline and stream


def offline_is_the_stream_drained(reader, line):
    ink = ink_of(line)
    session = reader.session(commit=None)
    for sample in ink.samples():
        session.feed(sample)
    final = session.finish()
    assert_same(final, reader.recognize(ink))
    assert final.final
    assert final.text == " ".join(w.text for w in final.words)
    held = [i for part in (*final.words, *final.drawings) for i in part.strokes]
    assert len(held) == len(set(held))
    assert not final.words or set(held) == set(range(len(ink))), "no stroke is lost in silence"


@given(lines(), kinds)
@many
def test_offline_is_the_stream_drained(line, kind):
    offline_is_the_stream_drained(recognizer(kind), line)


def test_offline_is_the_stream_drained_with_the_bundled_model():
    offline_is_the_stream_drained(bundled(), tea())


# ---------------------------------------------------------------- cuts


def any_cut_gives_the_same(reader, line, cuts, policy):
    run = flat(line)
    one, many_parts = (reader.session(commit=policy) for _ in range(2))
    write(one, line)
    for a, b in itertools.pairwise([0, *sorted(c for c in cuts if c < len(run)), len(run)]):
        many_parts.extend(run[a:b])
        _ = many_parts.hypothesis  # asking in between must change nothing
    assert many_parts.hypothesis == one.hypothesis
    assert many_parts.finish() == one.finish()


@given(lines(), kinds, st.lists(st.integers(0, 200), max_size=5), policies)
@many
def test_any_cut_of_the_samples_gives_the_same(line, kind, cuts, policy):
    any_cut_gives_the_same(recognizer(kind), line, cuts, policy)


@EVERY
def test_any_cut_gives_the_same_with_the_bundled_model(policy):
    any_cut_gives_the_same(bundled(), tea(16), [3, 50, 51, 200], policy)


# ---------------------------------------------------------------- commitments


def committed_text_only_grows(reader, line, policy):
    """Returns how often it grew."""
    session, committed, grew = reader.session(commit=policy), "", 0
    for sample in flat(line):
        h = session.feed(sample)
        assert h.committed.startswith(committed)
        assert h.text == h.committed + h.tentative
        grew += h.committed != committed
        committed = h.committed
        assert [w.text for w in h.words if w.committed] == committed.split()
    final = session.finish()
    assert final.text.startswith(committed)
    assert [w.text for w in final.words] == final.text.split()
    return grew


@given(lines(), kinds, policies)
@many
def test_committed_text_only_grows_and_the_final_text_begins_with_it(line, kind, policy):
    grew = committed_text_only_grows(recognizer(kind), line, policy)
    assert not grew or policy is not None


def test_committed_text_only_grows_with_the_bundled_model():
    assert committed_text_only_grows(bundled(), tea(), EAGER) > 1


# ---------------------------------------------------------------- peek


def peek_changes_nothing(reader, line, at, policy):
    run = flat(line)
    plain, peeked = (reader.session(commit=policy) for _ in range(2))
    for session in (plain, peeked):
        session.extend(run[:at])
    before = peeked.hypothesis
    assert peeked.peek() == peeked.peek()
    assert peeked.hypothesis is before
    assert before == plain.hypothesis
    for session in (plain, peeked):
        session.extend(run[at:])
    assert peeked.hypothesis == plain.hypothesis
    assert peeked.finish() == plain.finish()


@given(lines(), kinds, st.integers(0, 200), policies)
@many
def test_peek_changes_nothing(line, kind, at, policy):
    peek_changes_nothing(recognizer(kind), line, min(at, len(flat(line))), policy)


def test_peek_changes_nothing_with_the_bundled_model():
    peek_changes_nothing(bundled(), tea(12), 101, EAGER)


def peek_is_what_the_pen_up_then_says(reader, line):
    session = reader.session(commit=None)
    for sample in flat(line):
        peeked = None if sample.touching else session.peek()
        shown = session.feed(sample)
        assert peeked is None or peeked.text == shown.text


@given(lines(), kinds)
@many
def test_peek_is_what_the_pen_up_then_says(line, kind):
    """Of a pen that lifts where it wrote last, as those here do."""
    peek_is_what_the_pen_up_then_says(recognizer(kind), line)


# ---------------------------------------------------------------- undo, erase


def write_then_undo_is_never_written(reader, line, kept, rest):
    never, undone = (reader.session(commit=None) for _ in range(2))
    write(never, line[:kept])
    write(undone, line)
    written = undone.hypothesis
    for _ in line[kept:]:
        undone.undo()
    assert_same(undone.hypothesis, never.hypothesis)
    for session in (undone, never):
        write(session, line[kept:])
    assert_same(undone.hypothesis, never.hypothesis)
    assert_same(undone.hypothesis, written)
    assert_same(undone.finish(), never.finish())


@given(lines(), kinds, st.integers(0, 10))
@many
def test_write_then_undo_is_never_written(line, kind, kept):
    write_then_undo_is_never_written(recognizer(kind), line, min(kept, len(line) - 1), line)


def test_write_then_undo_is_never_written_with_the_bundled_model():
    write_then_undo_is_never_written(bundled(), tea(12), 9, tea(12))


def erase_is_written_without(reader, line, gone, height):
    erased, without = (reader.session(commit=None, line_height=height) for _ in range(2))
    write(erased, line)
    erased.erase(gone)
    write(without, [k for i, k in enumerate(line) if i not in gone])
    assert_same(erased.hypothesis, without.hypothesis)
    assert_same(erased.finish(), without.finish())


@given(lines(), kinds, st.sets(st.integers(0, 12), max_size=4), st.sampled_from([None, 40.0]))
@many
def test_erase_is_written_without(line, kind, gone, height):
    erase_is_written_without(recognizer(kind), line, {i for i in gone if i < len(line)}, height)


def test_erase_is_written_without_with_the_bundled_model():
    erase_is_written_without(bundled(), tea(14), {2, 7, 13}, None)


def undo_goes_back_to_the_commitment_and_no_further(reader, line):
    session = write(reader.session(commit=EAGER), line)
    committed = session.hypothesis.committed
    taken = 0
    while taken <= len(line):
        try:
            h = session.undo()
        except SessionError:
            break
        taken += 1
        assert h.committed == committed
    assert session.hypothesis.text == committed
    assert session.finish().text == committed


@given(lines(3, 8), kinds)
@many
def test_undo_after_a_commitment_goes_back_to_it_and_no_further(line, kind):
    undo_goes_back_to_the_commitment_and_no_further(recognizer(kind), line)


def test_undo_after_a_commitment_with_the_bundled_model():
    undo_goes_back_to_the_commitment_and_no_further(bundled(), tea())


# ---------------------------------------------------------------- place, time, size, pauses


def place_time_and_size_change_nothing(reader, line, later, aside, size, height):
    moved = [
        [s._replace(t=s.t + later, x=s.x * size + aside, y=s.y * size - aside) for s in k]
        for k in line
    ]
    plain = write(reader.session(line_height=height), line)
    other = write(reader.session(line_height=height and height * size), moved)
    assert_same(plain.hypothesis, other.hypothesis, later=later)
    assert_same(plain.finish(), other.finish(), later=later)


@given(
    lines(),
    kinds,
    st.sampled_from([0.0, 1024.0, 65536.0]),
    st.sampled_from([0.0, 4096.0, -512.0]),
    st.sampled_from([1.0, 0.125, 32.0]),
    st.sampled_from([None, 40.0]),
)
@many
def test_place_time_and_size_change_nothing(line, kind, later, aside, size, height):
    place_time_and_size_change_nothing(recognizer(kind), line, later, aside, size, height)


def test_place_time_and_size_change_nothing_with_the_bundled_model():
    place_time_and_size_change_nothing(bundled(), tea(14), 1024.0, 4096.0, 0.125, None)


def a_longer_pause_changes_nothing(reader, line, at, pause):
    late = line[:at] + [[s._replace(t=s.t + pause) for s in k] for k in line[at:]]
    plain, waited = (write(reader.session(), k) for k in (line, late))
    assert plain.hypothesis.text == waited.hypothesis.text
    assert plain.finish().text == waited.finish().text


@given(lines(2), kinds, st.integers(1, 12), st.sampled_from([0.5, 3.0, 1000.0]))
@many
def test_a_longer_pause_changes_nothing(line, kind, at, pause):
    assume(at < len(line))
    a_longer_pause_changes_nothing(recognizer(kind), line, at, pause)


def test_a_longer_pause_changes_nothing_with_the_bundled_model():
    a_longer_pause_changes_nothing(bundled(), tea(14), 6, 20.0)


# ---------------------------------------------------------------- save and restore


def saved_and_restored_goes_on_as_if_it_had_stayed(reader, line, at, options):
    run = flat(line)
    stayed = reader.session(**options)
    stayed.extend(run[:at])
    moved = reader.restore(stayed.save())
    assert_same(moved.hypothesis, stayed.hypothesis)
    for sample in run[at:]:
        moved.feed(sample)
        stayed.feed(sample)
    assert_same(moved.hypothesis, stayed.hypothesis)
    assert_same(moved.peek(), stayed.peek())
    assert_same(moved.finish(), stayed.finish())


@given(
    lines(),
    kinds,
    st.integers(0, 200),
    st.fixed_dictionaries(
        {
            "commit": policies,
            "editable": st.booleans(),
            "line_height": st.sampled_from([None, 40.0]),
            "pre_context": st.sampled_from(["", "a cab "]),
        }
    ),
)
@many
def test_saved_and_restored_it_goes_on_as_if_it_had_stayed(line, kind, at, options):
    at = min(at, len(flat(line)))
    saved_and_restored_goes_on_as_if_it_had_stayed(recognizer(kind), line, at, options)


def test_saved_and_restored_with_the_bundled_model():
    options = {"commit": EAGER, "pre_context": "A cup of "}
    saved_and_restored_goes_on_as_if_it_had_stayed(bundled(), tea(20), 300, options)
