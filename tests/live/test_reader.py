from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import pytest

from inkrec import PenSample
from inkrec.live.reader import Command, Lines, ProcessReader, _joined

from . import fake_recognizer

LETTER = (PenSample(0.0, 5.0, 0.0), PenSample(0.1, 6.0, 9.0), PenSample(0.1, 6.0, 9.0, None, False))


def wait_for(condition: object, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)


@pytest.fixture
def importable(monkeypatch: pytest.MonkeyPatch) -> object:
    """The fake, under a name that another process finds too."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    import fake_recognizer as plain  # type: ignore[import-not-found]

    yield plain
    sys.modules.pop("fake_recognizer", None)


def test_a_process_reads_and_tells(importable: object) -> None:
    told = threading.Event()
    reader = ProcessReader(importable.load, 90.0, told.set)  # type: ignore[attr-defined]
    try:
        assert reader.busy, "until the model is there"
        reader.send(Command("feed", 0, 7, "", LETTER))
        wait_for(lambda: not reader.busy)
        assert told.is_set()
        [result] = reader.results()
        assert (result.line, result.epoch, result.settled, result.t) == (0, 7, False, 0.1)
        assert result.hypothesis.text == "a"
        assert reader.results() == []
        reader.send(Command("settle", 0, 7, ""))
        wait_for(lambda: not reader.busy)
        [settled] = reader.results()
        assert settled.hypothesis.final
    finally:
        reader.close()


def test_without_a_model_it_says_why(importable: object) -> None:
    reader = ProcessReader(importable.load_nothing, 90.0, lambda: None)  # type: ignore[attr-defined]
    try:
        wait_for(lambda: reader.error)
        assert reader.error == "there is no model 'en'; train one"
        assert not reader.busy
        reader.send(Command("feed", 0, 0, "", LETTER))
        assert reader.results() == []
    finally:
        reader.close()


def test_a_reader_that_dies_is_noticed(importable: object) -> None:
    reader = ProcessReader(importable.load, 90.0, lambda: None)  # type: ignore[attr-defined]
    try:
        wait_for(lambda: reader.ready)
        reader._process.kill()
        wait_for(lambda: reader.error)
        assert "recognition stopped" in (reader.error or "")
    finally:
        reader.close()


def test_the_same_text_is_told_once() -> None:
    lines = Lines(fake_recognizer.load(), 90.0)
    assert lines.do(Command("feed", 0, 0, "", LETTER)) is not None
    again = (PenSample(0.2, 6.0, 9.0, None, False),)
    assert lines.do(Command("feed", 0, 0, "", again)) is None
    assert lines.do(Command("settle", 1, 0, "")) is None, "an empty line says nothing"


def test_samples_that_came_in_pieces_are_put_together() -> None:
    a, b, c = LETTER
    batch = [
        Command("feed", 0, 0, "", (a,)),
        Command("feed", 0, 0, "", (b,)),
        Command("feed", 1, 0, "", (c,)),
        Command("cut", 1, 1, "", (0,)),
        Command("feed", 1, 1, "", (a,)),
        Command("feed", 1, 2, "", (b,)),
    ]
    assert [(x.verb, x.line, x.epoch, x.payload) for x in _joined(batch)] == [
        ("feed", 0, 0, (a, b)),
        ("feed", 1, 0, (c,)),
        ("cut", 1, 1, (0,)),
        ("feed", 1, 1, (a,)),
        ("feed", 1, 2, (b,)),
    ]
