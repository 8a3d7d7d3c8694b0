"""What is on the page and what it says: all of the canvas that is not a window.

Strokes lie on ruled lines, which `LineBook` has read; the document holds the strokes,
the way back, and what was corrected.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Iterable, Sequence
from os import PathLike
from pathlib import Path

from ..errors import SessionError
from ..formats import jsonl
from ..ink.gestures import find_scratch_out
from ..ink.samples import PenSample, pen_up_at
from ..ink.scale import ScaleEstimate
from ..ink.strokes import Ink
from .line_book import FINISH_AFTER, LineBook
from .page import Change, PageStroke, Ruling, ShownWord, shifted
from .worker import Result, Worker

__all__ = ["Document"]


class Document:
    """Strokes on lines, and their text.

    Parameters
    ----------
    worker : Worker
        Takes commands, gives results.
    ruling : Ruling
    corrections : path, optional
        JSON lines that corrected words go to, ink and text.
    clock : callable
        Gives the time in s; tells only how long the pen has rested.

    Attributes
    ----------
    units_per_mm : float or None
        Page units in a millimetre of what writes; ink of a file brings its own.
    late : float
        Seconds that the page's time is ahead of the clock of what writes.
    """

    def __init__(
        self,
        worker: Worker,
        ruling: Ruling,
        corrections: str | PathLike[str] | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.ruling = ruling
        self.strokes: dict[int, PageStroke] = {}
        self.open: PageStroke | None = None
        self.units_per_mm: float | None = None
        self.late = 0.0
        self._corrections = None if corrections is None else Path(corrections)
        self._book = LineBook(worker, lambda i: self.strokes[i].samples, clock)
        self._ids = itertools.count()
        self._unsent: list[PenSample] = []
        self._undo: list[tuple[str, list[PageStroke]]] = []
        self._latest: int | None = None
        self._line_given = False  # that of the open stroke
        self._time = -math.inf  # s, of the last sample

    # ---- writing

    def write(self, sample: PenSample, line: int | None = None) -> Change:
        """Take a sample of the writing pen, in page units.

        Parameters
        ----------
        sample : PenSample
            A stroke that is stamped before the end of the last begins there, whatever
            wrote it: a replay at once is ahead of the clock.
        line : int, optional
            Where a stroke that begins with it belongs; by default the ruling tells.
        """
        if not sample.touching:
            return self._lift(sample)
        if self.open is None:
            self.late = max(self.late, self._time - sample.t)
            self._line_given = line is not None
            if line is None:
                line = self.ruling.line_after(self._last, sample.x, sample.y)
            self.open = PageStroke(next(self._ids), line, [])
            self.strokes[self.open.id] = self.open
            self._book[line].ids.append(self.open.id)
            self._book.leave_others(line)
            added = Change((self.open.id,))
        else:
            added = Change()
        sample = self._timed(sample)
        self.open.samples.append(sample)
        self._unsent.append(sample)
        self._book.touch(self.open.line)
        return added

    def flush(self) -> None:
        """Send what was written since the last time."""
        if self.open is not None and self._unsent:
            self._book.feed(self.open.line, self._unsent)
            self._unsent.clear()

    def _timed(self, sample: PenSample) -> PenSample:
        self._time = max(self._time, sample.t + self.late)
        return sample._replace(t=self._time)

    def _lift(self, sample: PenSample) -> Change:
        stroke = self.open
        if stroke is None:
            return Change()
        up = pen_up_at(stroke.samples[-1])._replace(t=self._timed(sample).t)
        stroke.samples.append(up)
        self._unsent.append(up)
        self.flush()
        self.open = None
        if not self._line_given:
            self._move(stroke, self.ruling.line_of(stroke, self._last))
        self._latest = stroke.id
        hit = self._scratched(stroke)
        if hit:
            taken = [self.strokes[i] for i in hit]
            self._remove([*hit, stroke.id])
            self._undo.append(("erased", taken))
            return Change(removed=(*hit, stroke.id))
        self._undo.append(("wrote", [stroke]))
        return Change()

    def _scratched(self, stroke: PageStroke) -> list[int]:
        """Ids of what a stroke scratches out on its line, whole words at a time."""
        ids = self._book[stroke.line].ids
        scale = ScaleEstimate.hinted(self.ruling.line_height).scale
        hit = find_scratch_out([self.strokes[i].points for i in ids], scale)
        found = {ids[k] for k in hit} - {stroke.id}
        for word in self._book.words(stroke.line) if found else ():
            if 2 * len(found & set(word.strokes)) > len(word.strokes):
                found |= set(word.strokes) - {stroke.id}
        return sorted(found)

    @property
    def _last(self) -> PageStroke | None:
        return None if self._latest is None else self.strokes.get(self._latest)

    def _move(self, stroke: PageStroke, number: int) -> None:
        """Take the stroke that was written last to another line."""
        if number == stroke.line:
            return
        self._cut([stroke.id])
        stroke.line = number
        self._book[number].ids.append(stroke.id)
        self._book.feed(number, stroke.samples)
        self._book.touch(number)

    # ---- taking back

    def undo(self) -> Change:
        """Take back the last stroke, or bring back what was erased last."""
        if self.open is not None or not self._undo:
            return Change()
        what, strokes = self._undo.pop()
        if what == "wrote":
            held = [s.id for s in strokes if s.id in self.strokes]
            self._remove(held)
            return Change(removed=tuple(held))
        for stroke in strokes:
            self.strokes[stroke.id] = stroke
            line = self._book[stroke.line]
            line.ids = sorted([*line.ids, stroke.id])
        self.strokes = dict(sorted(self.strokes.items()))
        for number in {s.line for s in strokes}:
            self._book.replace(number)
        return Change(added=tuple(s.id for s in strokes))

    def erase(self, ids: Iterable[int], *, more: bool = False) -> Change:
        """Take strokes away; undo brings them back, and with them what ``more`` went on with."""
        held = sorted({i for i in ids if i in self.strokes})
        if not held or self.open is not None:
            return Change()
        if not (more and self._undo and self._undo[-1][0] == "erased"):
            self._undo.append(("erased", []))
        self._undo[-1][1].extend(self.strokes[i] for i in held)
        self._remove(held)
        return Change(removed=tuple(held))

    def clear(self) -> Change:
        """Take everything away; undo brings it back.

        Raises
        ------
        SessionError
            If a stroke is open.
        """
        self._need_rest("the page is cleared")
        return self.erase(list(self.strokes))

    def load(self, ink: Ink, now: float, *, one_line: bool = False) -> Change:
        """Put ink on the page, its time moved to end at ``now``, or behind what is there.

        Parameters
        ----------
        ink : Ink
        now : float
            In s.
        one_line : bool
            Whether all of it is the first line, wherever it lies.

        Raises
        ------
        SessionError
            If a stroke is open.
        """
        self._need_rest("ink is opened")
        loaded = []
        for samples in shifted(ink, now, self._time if self.strokes else -math.inf):
            self._time = max(self._time, samples[-1].t)
            stroke = PageStroke(next(self._ids), 0, samples, ink.units_per_mm)
            if not one_line:
                stroke.line = self.ruling.line_of(stroke, self._last)
            self.strokes[stroke.id] = stroke
            self._book[stroke.line].ids.append(stroke.id)
            self._latest = stroke.id
            loaded.append(stroke)
        for number in sorted({s.line for s in loaded}):
            self._book.replace(number)
            self._book.touch(number)
        if loaded:
            self._undo.append(("wrote", loaded))
        return Change(added=tuple(s.id for s in loaded))

    def _need_rest(self, what: str) -> None:
        if self.open is not None:
            raise SessionError(f"stroke {self.open.id} is open; lift the pen before {what}")

    def near(self, places: Sequence[tuple[float, float]], radius: float) -> list[int]:
        """Ids of strokes that pass within a radius of one of these places."""
        return [s.id for s in self.strokes.values() if s.passes(places, radius)]

    def _remove(self, ids: Sequence[int]) -> None:
        self._cut(ids)
        for i in ids:
            del self.strokes[i]

    def _cut(self, ids: Sequence[int]) -> None:
        """Take strokes off their lines."""
        for number in sorted({self.strokes[i].line for i in ids}):
            self._book.cut(number, [i for i in ids if self.strokes[i].line == number])

    # ---- text

    def apply_result(self, result: Result) -> bool:
        """Show what a line says; False if it is stale."""
        return self._book.apply_result(result)

    def finish_idle_lines(self, after: float = FINISH_AFTER) -> None:
        """Have lines read as a whole that were not written to for some seconds."""
        if self.open is None:
            self._book.finish_idle(after)

    @property
    def is_finished(self) -> bool:
        """Whether every line was read as a whole."""
        return self._book.is_finished

    @property
    def lines(self) -> list[list[ShownWord]]:
        """The words, line by line."""
        return self._book.lines

    @property
    def text(self) -> str:
        """All text, a line a ruled line."""
        return "\n".join(" ".join(w.text for w in line) for line in self.lines).strip()

    @property
    def latest_word(self) -> ShownWord | None:
        """The word that was written to last."""
        for line in self.lines:
            for word in line:
                if self._latest in word.strokes:
                    return word
        return None

    @property
    def rate_hz(self) -> float:
        """Samples a second of the stroke that was written last."""
        stroke = self.open or next(reversed(self.strokes.values()), None)
        return stroke.rate_hz if stroke else 0.0

    def ink_of(self, ids: Iterable[int]) -> Ink:
        """The ink of strokes, in page units."""
        held = [self.strokes[i] for i in sorted(ids) if i in self.strokes]
        told = (s.units_per_mm for s in held if s.units_per_mm)
        return Ink.from_samples((x for s in held for x in s.samples), next(told, self.units_per_mm))

    @property
    def ink(self) -> Ink:
        """All ink, in page units."""
        return self.ink_of(self.strokes)

    def correct(self, word: ShownWord, text: str) -> bool:
        """Give a word another text, and keep its ink with that text.

        Returns
        -------
        bool
            Whether it was kept in the corrections' file.

        Raises
        ------
        InkrecError, OSError
            If that file cannot be written; the text stays chosen.
        """
        text = " ".join(text.split())
        if not text or not word.strokes:
            return False
        self._book.choices.keep(word.strokes, word.raw, text)
        if self._corrections is None:
            return False
        self._corrections.parent.mkdir(parents=True, exist_ok=True)
        jsonl.write(self._corrections, self.ink_of(word.strokes), label=text, append=True)
        return True
