"""A recogniser whose text can be told beforehand: a letter a stroke, by its place.

It stands in a module of its own because the canvas's reader imports it in another
process.
"""

from __future__ import annotations

from inkrec.errors import ModelError, SessionError
from inkrec.ink.samples import PenSample
from inkrec.ink.strokes import Ink
from inkrec.results import Alternative, Hypothesis, Word

LETTER = 30.0  # px; a gap of more than two letters begins a word


def letter(stroke: list[PenSample]) -> str:
    return "abcdefghijklmnopqrstuvwxyz"[int(stroke[0].x // LETTER) % 26]


class FakeSession:
    def __init__(self, before: str, height: float | None) -> None:
        self.before, self.height = before, height
        self.strokes: list[list[PenSample]] = []
        self.down = False
        self.final = False
        self.hypothesis = Hypothesis()

    def extend(self, samples: tuple[PenSample, ...]) -> None:
        for sample in samples:
            if sample.touching and not self.down:
                self.strokes.append([])
            self.down = sample.touching
            if sample.touching:
                self.strokes[-1].append(sample)
        self._read()

    def feed(self, sample: PenSample) -> Hypothesis:
        self.extend((sample,))
        return self.hypothesis

    def peek(self) -> Hypothesis:
        return self.hypothesis

    def finish(self) -> Hypothesis:
        self.final = True
        self._read()
        return self.hypothesis

    def erase(self, strokes: list[int]) -> Hypothesis:
        committed = {i for w in self.hypothesis.words if w.committed for i in w.strokes}
        if committed & set(strokes):
            raise SessionError("committed")
        self.strokes = [s for i, s in enumerate(self.strokes) if i not in strokes]
        self._read()
        return self.hypothesis

    def _read(self) -> None:
        said = read(self.strokes, self.final)
        if said != self.hypothesis:
            self.hypothesis = said


def read(strokes: list[list[PenSample]], final: bool) -> Hypothesis:
    """Every word but the last two is committed."""
    groups: list[list[int]] = []
    for i, stroke in enumerate(strokes):
        if groups and stroke[0].x - strokes[groups[-1][-1]][0].x < 2.5 * LETTER:
            groups[-1].append(i)
        else:
            groups.append([i])
    words = []
    for n, group in enumerate(groups):
        text = "".join(letter(strokes[i]) for i in group)
        others = (Alternative(text.upper(), -1.0), Alternative(text + "x", -2.0))
        solid = final or n < len(groups) - 2
        words.append(
            Word(
                text,
                0.9,
                strokes[group[0]][0].t,
                strokes[group[-1]][-1].t,
                tuple(group),
                others,
                solid,
            )
        )
    text = " ".join(w.text for w in words)
    committed = " ".join(w.text for w in words if w.committed)
    return Hypothesis(
        committed, text[len(committed) :], tuple(words), (Alternative(text, 0.0),), final
    )


class FakeRecognizer:
    def __init__(self) -> None:
        self.asked: list[tuple[float | None, str]] = []

    def session(self, *, line_height: float | None = None, pre_context: str = "") -> FakeSession:
        self.asked.append((line_height, pre_context))
        return FakeSession(pre_context, line_height)

    def recognize(
        self, ink: Ink, *, line_height: float | None = None, pre_context: str = ""
    ) -> Hypothesis:
        strokes = [[PenSample(s.t[0], s.x[0], s.y[0])] for s in ink]  # type: ignore[index]
        return read(strokes, True)


def load() -> FakeRecognizer:
    return FakeRecognizer()


def load_nothing() -> FakeRecognizer:
    raise ModelError("there is no model 'en'; train one")
