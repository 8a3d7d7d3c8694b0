"""Strokes for tests."""

from __future__ import annotations

from inkrec.canvas.document import Document
from inkrec.canvas.page import Change, Ruling
from inkrec.canvas.worker import InlineWorker
from inkrec.ink.samples import PenSample

from .fake_recognizer import LETTER, load

RULING = Ruling(top=100.0, line_height=90.0, count=4)


class Clock:
    """A clock that is told the time."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Hand:
    """Writes letters on a desk; its clock is the desk's."""

    def __init__(self, corrections: object = None) -> None:
        self.clock = Clock()
        self.reader = InlineWorker(load, RULING.line_height)
        self.desk = Document(self.reader, RULING, corrections, clock=self.clock)  # type: ignore[arg-type]

    def stroke(self, points: list[tuple[float, float]], line: int | None = None) -> Change:
        """Write a stroke through points, 10 ms each."""
        for x, y in points:
            self.clock.now += 0.01
            self.desk.write(PenSample(self.clock.now, x, y, 0.5), line)
            self.desk.flush()
        self.clock.now += 0.01
        change = self.desk.write(PenSample(self.clock.now, *points[-1], 0.0, touching=False))
        self.take()
        return change

    def letters(self, text: str, line: int = 0, start: float = 0.0) -> None:
        """Write letters where the fake reads them; a space moves on."""
        top = RULING.band(line)[0] + 30
        page = start
        for word in text.split():
            for c in word:
                x = page + LETTER * (ord(c) - ord("a")) + 5
                self.stroke([(x, top), (x + 8, top + 30), (x + 4, top + 10)])
            page += 26 * LETTER

    def take(self) -> None:
        for result in self.reader.results():
            self.desk.apply_result(result)

    def rest(self, seconds: float = 2.0) -> None:
        self.clock.now += seconds
        self.desk.finish_idle_lines()
        self.take()
