"""The lines of the canvas' page: which strokes each holds, what it says, what is asked of it.

A line is read by a session in the worker; the book sends the worker what is written and
taken back, and turns what comes back into words that know their strokes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..ink.samples import PenSample
from ..results import Hypothesis
from .corrections import Choices
from .page import LineView, ShownWord, partial_words
from .worker import Command, Result, Worker

__all__ = ["FINISH_AFTER", "LineBook"]

FINISH_AFTER = 0.9  # s of rest before the line is read as a whole
_CONTEXT = 80  # characters of the text before a line that it is given


class LineBook:
    """Lines by their number, and their text.

    Parameters
    ----------
    worker : Worker
        Takes commands, gives results.
    samples_of : callable
        Gives a stroke's samples by its id.
    clock : callable
        Gives the time in s.

    Attributes
    ----------
    choices : Choices
        Texts that were chosen for words.
    """

    def __init__(
        self,
        worker: Worker,
        samples_of: Callable[[int], Sequence[PenSample]],
        clock: Callable[[], float],
    ) -> None:
        self.choices = Choices()
        self._worker, self._samples_of, self._clock = worker, samples_of, clock
        self._lines: dict[int, LineView] = {}

    def __getitem__(self, number: int) -> LineView:
        """The line of a number; an empty one where there was none."""
        return self._lines.setdefault(number, LineView())

    # ---- what is written and taken back

    def feed(self, number: int, samples: Sequence[PenSample]) -> None:
        """Send samples that go on at the end of a line."""
        self._send("feed", number, tuple(samples))

    def replace(self, number: int) -> None:
        """Have a line read anew, with the strokes it holds now."""
        line = self[number]
        line.epoch += 1
        line.final = line.asked = False
        self._send("replace", number, tuple(self._samples_of(i) for i in line.ids))

    def cut(self, number: int, ids: Sequence[int]) -> None:
        """Take strokes off a line."""
        line = self[number]
        if len(ids) == 1:
            index = line.ids.index(ids[0])
            line.ids.remove(ids[0])
            line.epoch += 1
            self._send("erase", number, (index,))
        else:
            line.ids = [i for i in line.ids if i not in ids]
            self.replace(number)
        if not line.ids:
            line.hypothesis = Hypothesis()
        self.touch(number)

    def touch(self, number: int) -> None:
        """Note that a line has changed just now."""
        line = self[number]
        line.changed = self._clock()
        line.final = line.asked = False

    def leave_others(self, number: int) -> None:
        """Have all lines but one finished that are not yet."""
        for other, line in self._lines.items():
            if other != number and line.ids and not line.asked:
                self._finish(other)

    def finish_idle(self, after: float) -> None:
        """Have lines finished that did not change for some seconds."""
        now = self._clock()
        for number, line in self._lines.items():
            if line.ids and not line.asked and now - line.changed >= after:
                self._finish(number)

    def _finish(self, number: int) -> None:
        self._lines[number].asked = True
        self._send("finish", number)

    def _send(self, verb: str, number: int, payload: tuple[object, ...] = ()) -> None:
        above = [w.text for n in sorted(self._lines) if n < number for w in self.words(n)]
        context = " ".join(above)[-_CONTEXT:]
        context = context and context + " "
        self._worker.send(Command(verb, number, self[number].epoch, context, payload))

    # ---- text

    def apply_result(self, result: Result) -> bool:
        """Take what a line says; False if it is stale."""
        line = self[result.line]
        if result.epoch != line.epoch or (result.final and not line.asked):
            return False
        line.hypothesis = result.hypothesis if line.ids else Hypothesis()
        line.final = result.final
        return True

    @property
    def is_finished(self) -> bool:
        """Whether every line was read as a whole."""
        return all(line.final for line in self._lines.values() if line.ids)

    @property
    def lines(self) -> list[list[ShownWord]]:
        """The words, line by line."""
        return [self.words(n) for n in sorted(self._lines) if self._lines[n].ids]

    def words(self, number: int) -> list[ShownWord]:
        """The words of one line, those of a stroke that is being written last."""
        line = self._lines[number]
        words = line.hypothesis.words
        inks = [tuple(line.ids[i] for i in w.strokes if i < len(line.ids)) for w in words]
        chosen = self.choices.texts([(k, w.text) for k, w in zip(inks, words, strict=True)])
        shown = [
            ShownWord.of(word, number, ids, text, line.final)
            for word, ids, text in zip(words, inks, chosen, strict=True)
        ]
        return shown + [ShownWord(t, number) for t in partial_words(line.hypothesis)]
