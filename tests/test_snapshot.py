"""A session moved to another process goes on as if it had stayed."""

from __future__ import annotations

import contextlib
import functools
import json
import subprocess
import sys
import tracemalloc
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import inkrec
from inkrec import SessionError
from inkrec.decoding.prefix import BeamSettings
from inkrec.session.commit import CommitPolicy
from inkrec.session.snapshot import _LIMIT, VERSION

INK = Path(__file__).parent.parent / "demos" / "ink" / "tea.jsonl"
EAGER = CommitPolicy(
    min_following_words=1, min_stable_pen_ups=1, min_pen_distance=0.5, min_confidence=0.1
)
few = settings(max_examples=6, deadline=None)


@functools.cache
def recognizer():
    return inkrec.load()


@functools.cache
def samples():
    return list(inkrec.read(INK).samples())


def written(count, **options):
    session = recognizer().session(**options)
    for sample in samples()[:count]:
        session.feed(sample)
    return session


def strokes(session):
    return session._state.ink.first_stroke + len(session._state.ink.strokes)


@functools.cache
def state():
    return written(400, commit=EAGER).save()


@given(
    at=st.integers(0, 700),
    commit=st.sampled_from([EAGER, CommitPolicy(), None]),
    editable=st.booleans(),
    line_height=st.sampled_from([None, 30.0]),
)
@few
def test_it_goes_on_as_if_it_had_stayed(at, commit, editable, line_height):
    options = {"commit": commit, "editable": editable, "line_height": line_height}
    stayed = written(at, pre_context="A cup of ", **options)
    moved = recognizer().restore(stayed.save())
    assert moved.hypothesis == stayed.hypothesis
    for sample in samples()[at : at + 150]:
        assert moved.feed(sample) == stayed.feed(sample)
    assert moved.peek() == stayed.peek()
    assert moved.finish() == stayed.finish()


def test_undone_to_nothing_it_says_nothing_as_the_one_that_stayed_does():
    stayed = written(400, commit=None)
    moved = recognizer().restore(stayed.save())
    for _ in range(strokes(stayed)):
        assert moved.undo().text == stayed.undo().text
    assert moved.hypothesis == stayed.hypothesis == recognizer().session().hypothesis


def test_words_of_the_user_go_with_it_whatever_their_order():
    words = ["Zoe", "Schwarzenegger", "Ada", "tea"]
    session = recognizer().with_words(words).session()
    session.extend(samples()[:300])
    moved = recognizer().with_words(reversed(words)).restore(bytearray(session.save()))
    session.extend(samples()[300:])
    moved.extend(samples()[300:])
    assert moved.finish() == session.finish()


def test_a_text_is_no_saved_session():
    with pytest.raises(SessionError, match="a saved session is bytes"):
        recognizer().restore("a" * 100)


def test_there_was_text_and_a_commitment_to_move():
    session = recognizer().restore(state())
    assert session.hypothesis.committed
    assert session.hypothesis.tentative.strip()


def test_a_saved_session_saves_the_same():
    assert recognizer().restore(state()).save() == state()


def test_samples_that_wait_are_saved():
    stayed = recognizer().session()
    stayed.extend(samples()[:90])
    moved = recognizer().restore(stayed.save())
    assert moved.hypothesis == stayed.hypothesis
    assert moved.hypothesis.text


def test_a_finished_session_stays_finished():
    stayed = written(300)
    stayed.finish()
    moved = recognizer().restore(stayed.save())
    assert moved.finish() == stayed.finish()
    with pytest.raises(SessionError, match="was finished"):
        moved.feed(samples()[301])


def test_undo_after_moving_is_as_never_written():
    run = samples()
    ends = [i + 1 for i, sample in enumerate(run) if not sample.touching]
    moved = recognizer().restore(written(ends[11], commit=None).save())
    never = written(ends[8], commit=None)
    for _ in range(3):
        moved.undo()
    assert strokes(moved) == 9
    assert moved.hypothesis.text == never.hypothesis.text
    for sample in run[ends[8] : ends[14]]:
        moved.feed(sample)
        never.feed(sample)
    assert moved.hypothesis.text == never.hypothesis.text


@pytest.mark.parametrize("line_height", [None, 300.0])
def test_erasing_after_moving_is_as_never_written(line_height):
    ink = inkrec.read(INK)[:14]
    options = {"commit": None, "line_height": line_height}
    for gone in (0, 3, 9):
        stayed, never = recognizer().session(**options), recognizer().session(**options)
        stayed.extend(ink.samples())
        moved = recognizer().restore(stayed.save())
        never.extend(inkrec.Ink([s for i, s in enumerate(ink) if i != gone]).samples())
        assert moved.erase([gone]).text == never.hypothesis.text
        assert stayed.erase([gone]).text == never.hypothesis.text


def test_a_session_that_expects_a_user_s_words_moves_with_them():
    mine = recognizer().with_words(["Tea", "Ada"])
    stayed = mine.session()
    stayed.extend(samples()[:300])
    state = stayed.save()
    moved = recognizer().with_words(["Tea", "Ada"]).restore(state)
    assert moved.hypothesis == stayed.hypothesis
    for session in (stayed, moved):
        session.extend(samples()[300:])
    assert moved.finish() == stayed.finish()


@pytest.mark.parametrize("field", [None, "name"])
@pytest.mark.parametrize("words", [[["Tea"], []], [[], ["Ada"]], [["Tea", "Ada"], ["Ada", "Bob"]]])
def test_words_that_come_or_go_keep_a_saved_session(words, field):
    before, after = (recognizer().with_words(w) if w else recognizer() for w in words)
    stayed = before.session(field=field)
    stayed.extend(samples()[:300])
    said = stayed.hypothesis  # otherwise the samples wait, and are saved so
    moved = after.restore(stayed.save())
    assert moved.hypothesis == said
    moved.extend(samples()[300:500])
    assert moved.hypothesis.text.startswith(said.text[:3])
    assert moved.hypothesis.text != said.text
    assert moved.save() == after.restore(moved.save()).save()


def test_size_is_that_of_the_open_ink():
    assert len(state()) < 400_000
    assert len(recognizer().session().save()) < 10_000


@given(st.data())
@settings(max_examples=30, deadline=None)
def test_damage_is_told(data):
    good = state()
    at = data.draw(st.integers(0, len(good) - 1))
    if data.draw(st.booleans()):
        bad = good[:at]
    else:
        bad = bytearray(good)
        bad[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SessionError, match=r"no saved session|damaged|version"):
        recognizer().restore(bytes(bad))


def sealed(body, version=VERSION):
    body = zlib.compress(body)
    head = b"inkrec~s" + version.to_bytes(2, "little") + zlib.crc32(body).to_bytes(4, "little")
    return head + body


@pytest.mark.parametrize(
    "body", [b"", b"\x02\0\0\0{}", b"\xff\0\0\0{}", b"\x04\0\0\0null", b"\x02\0\0\0[]"]
)
def test_bytes_that_only_look_right_are_refused(body):
    with pytest.raises(SessionError, match="damaged"):
        recognizer().restore(sealed(body))


def crafted(change):
    """A saved session whose card was changed, sealed as if it were sound."""
    body = zlib.decompress(state()[14:])
    length = int.from_bytes(body[:4], "little")
    card = json.loads(body[4 : 4 + length])
    change(card)
    text = json.dumps(card).encode()
    return sealed(len(text).to_bytes(4, "little") + text + body[4 + length :])


def test_a_crafted_session_that_changes_nothing_goes_on():
    moved = recognizer().restore(crafted(lambda card: None))
    assert moved.hypothesis == recognizer().restore(state()).hypothesis


@pytest.mark.parametrize(
    "options",
    [
        {"line_height": -1},
        {"line_height": [1]},
        {"line_height": "tall"},
        {"line_height": float("nan")},
        {"line_height": 10**400},
        {"model": 1},
        {"commit": {"min_following_words": "many"}},
        {"commit": {"min_following_words": 0}},
        {"commit": {"odd": 1}},
        {"commit": 5},
    ],
)
def test_crafted_options_are_refused(options):
    with pytest.raises(SessionError, match=r"damaged|min_following_words is (0|'many')"):
        recognizer().restore(crafted(lambda card: card["options"].update(options)))


@pytest.mark.parametrize("gone", ["line_height", "has_time", "editable", "commit"])
def test_missing_options_are_refused(gone):
    with pytest.raises(SessionError, match="damaged"):
        recognizer().restore(crafted(lambda card: card["options"].pop(gone)))
    with pytest.raises(SessionError, match="damaged"):
        recognizer().restore(crafted(lambda card: card.update(options=[gone])))


@pytest.mark.parametrize(
    "shape", [[10**30], [2**32, 2**32], [-1], [], ["a", 10**9], ["a"], [2.5], None]
)
def test_arrays_of_crafted_shapes_are_refused(shape):
    with pytest.raises(SessionError, match="damaged"):
        recognizer().restore(crafted(lambda card: card["arrays"].insert(0, ["<f4", shape])))


def test_json_without_a_bottom_is_refused():
    text = b"[" * 100_000
    with pytest.raises(SessionError, match="damaged"):
        recognizer().restore(sealed(len(text).to_bytes(4, "little") + text))


def test_a_bomb_is_not_unpacked():
    bomb = sealed(bytes(_LIMIT + 1))
    assert len(bomb) < 1 << 20
    tracemalloc.start()
    try:
        with pytest.raises(SessionError, match="unpacks to more than"):
            recognizer().restore(bomb)
        assert tracemalloc.get_traced_memory()[1] < 3 * _LIMIT
    finally:
        tracemalloc.stop()


def places(plain, path=()):
    """Every place in a JSON value."""
    below = plain.items() if isinstance(plain, dict) else enumerate(plain)
    for key, value in below:
        yield (*path, key)
        if isinstance(value, (dict, list)):
            yield from places(value, (*path, key))


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_crafted_card_is_one_error_or_still_a_session(data):
    odd = st.sampled_from([None, -1, 10**30, 2.5, float("nan"), "x", [], [[]], {}, True])

    def change(card):
        *way, last = data.draw(st.sampled_from(list(places(card))))
        for key in way:
            card = card[key]
        card[last] = data.draw(odd)

    with contextlib.suppress(SessionError):
        recognizer().restore(crafted(change))


def test_trailing_bytes_are_refused():
    with pytest.raises(SessionError, match="damaged"):
        recognizer().restore(state() + b"x")


def test_an_older_version_is_refused():
    with pytest.raises(SessionError, match=rf"version {VERSION - 1}.*reads {VERSION} alone"):
        recognizer().restore(sealed(b"", VERSION - 1))


def test_a_newer_version_is_refused():
    with pytest.raises(SessionError, match=rf"version {VERSION + 1}.*upgrade"):
        recognizer().restore(sealed(b"", VERSION + 1))


def test_another_beam_or_language_model_is_refused():
    wider = replace(recognizer(), beam=BeamSettings(beam_width=3))
    with pytest.raises(SessionError, match="same model"):
        wider.restore(state())
    with pytest.raises(SessionError, match="same model"):
        replace(recognizer(), language=None).restore(state())


def test_other_weights_are_refused():
    model = recognizer().model
    other = replace(recognizer(), model=replace(model, card={**model.card, "name": "other"}))
    with pytest.raises(SessionError, match="same model"):
        other.restore(state())


def test_states_of_a_language_model_that_are_no_numbers_are_told():
    class Text:
        def start(self, before=""):
            return before

        def step(self, state, symbol):
            return f"{state}{symbol}", -1.0

    session = inkrec.Recognizer(recognizer().model, Text()).session()
    session.feed(samples()[0])
    with pytest.raises(SessionError, match="of type str"):
        session.save()


def test_it_goes_on_in_another_process(tmp_path):
    (tmp_path / "state").write_bytes(state())
    code = (
        "import sys, inkrec\n"
        f"run = list(inkrec.read({str(INK)!r}).samples())\n"
        f"session = inkrec.load().restore(open({str(tmp_path / 'state')!r}, 'rb').read())\n"
        "session.extend(run[400:600])\n"
        "sys.stdout.buffer.write(session.save())"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=120)
    there = recognizer().restore(run.stdout)
    here = written(600, commit=EAGER)
    assert there.hypothesis.text == here.hypothesis.text
    assert there.hypothesis.words == here.hypothesis.words


# ---- behind a commitment


def test_undo_behind_a_commitment_needs_leave():
    session = written(400, commit=EAGER)
    assert session.hypothesis.committed
    with pytest.raises(SessionError, match="editable=True"):
        session.erase([0])
    committed = session.hypothesis.committed
    while session._state.ink.strokes:
        session.undo()
    with pytest.raises(SessionError, match="editable=True"):
        session.undo()
    assert session.hypothesis.text == committed


@pytest.mark.parametrize("moved", [False, True])
def test_with_leave_all_can_be_undone(moved):
    session = written(400, commit=EAGER, editable=True)
    same = written(400, commit=EAGER)
    assert session.hypothesis == same.hypothesis
    assert session.hypothesis.committed
    if moved:
        session = recognizer().restore(session.save())
    count = strokes(session)
    for left in range(count - 1, -1, -1):
        session.undo()
        assert strokes(session) == left
    assert session.hypothesis.text == ""
    with pytest.raises(SessionError, match="no stroke was written"):
        session.undo()
    for sample in samples()[:400]:
        later = sample._replace(t=sample.t + 100.0)
        session.feed(later)
    assert session.hypothesis.text == same.hypothesis.text


def test_a_committed_word_can_be_erased_with_leave():
    session = written(len(samples()), commit=EAGER, editable=True)
    words = session.hypothesis.words
    assert words[0].committed
    count = strokes(session)
    session.erase(words[0].strokes)
    assert strokes(session) == count - len(words[0].strokes)
    left = [w.text for w in session.hypothesis.words]
    assert words[0].text not in left
    assert words[-1].text in left
    assert session.finish().text.startswith(session.hypothesis.committed)
