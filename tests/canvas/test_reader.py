from __future__ import annotations

import functools
import threading
import time

import pytest

from inkrec import Hypothesis, PenSample
from inkrec.canvas.worker import Command, LineSessions, ProcessWorker, _joined

from . import fake_recognizer

LETTER = (PenSample(0.0, 5.0, 0.0), PenSample(0.1, 6.0, 9.0), PenSample(0.1, 6.0, 9.0, None, False))


def wait_for(condition: object, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)


def test_a_process_reads_and_tells(fake: object) -> None:
    told = threading.Event()
    reader = ProcessWorker(fake.load, 90.0, told.set)  # type: ignore[attr-defined]
    try:
        assert reader.busy, "until the model is there"
        reader.send(Command("feed", 0, 7, "", LETTER))
        wait_for(lambda: not reader.busy)
        assert told.is_set()
        [result] = reader.results()
        assert (result.line, result.epoch, result.final, result.t) == (0, 7, False, 0.1)
        assert result.hypothesis.text == "a"
        assert reader.results() == []
        reader.send(Command("finish", 0, 7, ""))
        wait_for(lambda: not reader.busy)
        [settled] = reader.results()
        assert settled.hypothesis.final
    finally:
        reader.close()


def test_without_a_model_it_says_why(fake: object) -> None:
    reader = ProcessWorker(fake.load_nothing, 90.0, lambda: None)  # type: ignore[attr-defined]
    try:
        wait_for(lambda: reader.error)
        assert reader.error == "there is no model 'en'; train one"
        assert not reader.busy
        reader.send(Command("feed", 0, 0, "", LETTER))
        assert reader.results() == []
    finally:
        reader.close()


def test_a_model_file_that_is_not_there_is_named(fake: object) -> None:
    load = functools.partial(open, "/nowhere/en.inkrec")
    reader = ProcessWorker(load, 90.0, lambda: None)
    try:
        wait_for(lambda: reader.error)
        assert reader.error == "/nowhere/en.inkrec: No such file or directory"
    finally:
        reader.close()


def test_a_reader_that_dies_is_noticed(fake: object) -> None:
    reader = ProcessWorker(fake.load, 90.0, lambda: None)  # type: ignore[attr-defined]
    try:
        wait_for(lambda: reader.ready)
        reader._process.kill()
        wait_for(lambda: reader.error)
        assert "recognition stopped" in (reader.error or "")
    finally:
        reader.close()


def test_the_same_text_is_told_once() -> None:
    lines = LineSessions(fake_recognizer.load(), 90.0)
    assert lines.do(Command("feed", 0, 0, "", LETTER)) is not None
    again = (PenSample(0.2, 6.0, 9.0, None, False),)
    assert lines.do(Command("feed", 0, 0, "", again)) is None
    assert lines.do(Command("finish", 1, 0, "")) is None, "an empty line says nothing"


def written(*letters: float) -> tuple[PenSample, ...]:
    """Strokes of the fake's letters, by their x."""
    return tuple(
        PenSample(n + 0.1 * i, x, 9.0 * i, None, i < 2)
        for n, x in enumerate(letters)
        for i in range(3)
    )


def test_what_is_committed_stays_when_the_line_settles(monkeypatch: pytest.MonkeyPatch) -> None:
    recognizer = fake_recognizer.load()
    lines = LineSessions(recognizer, 90.0)
    monkeypatch.setattr(recognizer, "recognize", lambda *_, **__: Hypothesis("else"))
    lines.do(Command("feed", 0, 0, "", written(5.0, 800.0)))
    settled = lines.do(Command("finish", 0, 0, ""))
    assert settled is not None
    assert settled.hypothesis.text == "else", "nothing was committed"
    told = lines.do(Command("feed", 1, 0, "", written(5.0, 800.0, 1600.0)))
    assert told is not None
    assert told.hypothesis.committed
    settled = lines.do(Command("finish", 1, 0, ""))
    assert settled is not None
    assert (settled.final, settled.hypothesis) == (True, told.hypothesis)


def test_samples_that_came_in_pieces_are_put_together() -> None:
    a, b, c = LETTER
    batch = [
        Command("feed", 0, 0, "", (a,)),
        Command("feed", 0, 0, "", (b,)),
        Command("feed", 1, 0, "", (c,)),
        Command("erase", 1, 1, "", (0,)),
        Command("feed", 1, 1, "", (a,)),
        Command("feed", 1, 2, "", (b,)),
    ]
    assert [(x.verb, x.line, x.epoch, x.payload) for x in _joined(batch)] == [
        ("feed", 0, 0, (a, b)),
        ("feed", 1, 0, (c,)),
        ("erase", 1, 1, (0,)),
        ("feed", 1, 1, (a,)),
        ("feed", 1, 2, (b,)),
    ]


def test_only_ink_that_came_just_now_has_a_stamp() -> None:
    """The others answer what was done with ink of any age: they are no measure of a delay."""
    lines = LineSessions(fake_recognizer.load(), 90.0)
    strokes = written(5.0, 35.0, 65.0)
    fed = lines.do(Command("feed", 0, 0, "", strokes))
    assert fed is not None
    assert fed.t == strokes[-1].t
    cut = lines.do(Command("erase", 0, 1, "", (1,)))
    put = lines.do(Command("replace", 0, 2, "", (strokes,)))
    whole = lines.do(Command("finish", 0, 2, ""))
    assert [r and (r.hypothesis.text, r.t) for r in (cut, put, whole)] == [
        ("ac", None),
        ("abc", None),
        ("abc", None),
    ]
