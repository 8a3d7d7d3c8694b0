"""One writer's line, read while it is written: the only thing here that changes."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NoReturn

from ..errors import InkError, SessionError
from ..ink.samples import PenSample, Plain, as_sample
from ..results import Gesture, Hypothesis, shortened
from .line_decoder import LineDecoder
from .rollback import erasable_strokes
from .sample_runs import RUN, runs
from .state import (
    LineState,
    with_samples,
)

if TYPE_CHECKING:
    from .snapshot import SavedSession

__all__ = ["Session"]

_FINAL = "which is final; open the session with editable=True to keep it editable"


class Session:
    """Reads one line of ink as it is written; made by `Recognizer.session`.

    A session belongs to one writer and one thread. It does no waiting and reads
    no clock: work is done when samples come, and idle time is the caller's.
    """

    def __init__(self, decoder: LineDecoder, pre_context: str = "") -> None:
        self._decoder = decoder
        self._state = decoder.initial_state(pre_context)
        self._waiting: list[PenSample] = []
        self._final: Hypothesis | None = None

    @classmethod
    def _restored(cls, reader: LineDecoder, saved: SavedSession) -> Session:
        session = cls(reader)
        session._state, session._waiting = saved.state, saved.waiting
        session._final = saved.final
        return session

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "a Session is neither pickled nor copied; hand on session.save(), and "
            "Recognizer.restore makes a session of it"
        )

    def __repr__(self) -> str:
        now = self._final or self._state.text.hypothesis  # what waits is not read for this
        said = f"{shortened(now.committed)!r} + {shortened(now.tentative)!r}"
        return f"<Session {said}{', finished' if self._final is not None else ''}>"

    @property
    def hypothesis(self) -> Hypothesis:
        """What the ink so far says; the same object until it changes."""
        if self._final is not None:
            return self._final
        self._drain()
        return self._state.text.hypothesis

    def feed(self, sample: Plain) -> Hypothesis:
        """Take one sample.

        Parameters
        ----------
        sample : PenSample
            Or a plain tuple of t, x, y and perhaps the rest. Not before the last one. One
            that does not touch ends the stroke.

        Returns
        -------
        Hypothesis
            The one before, the same object, if it did not change.

        Raises
        ------
        InkError
            If it is no sample or not finite, its pressure is outside 0 to 1 or its time
            runs backwards; the session is as it was.
        SessionError
            If the session was finished.
        """
        waiting = self._waiting
        waiting.append(self._checked(sample))
        ink = self._state.ink
        held = ink.strokes[-1].samples.length if ink.touching else 0
        whole = not waiting[-1].touching or not (held + len(waiting)) % RUN
        if whole or len(waiting) >= RUN or not all(s.touching for s in waiting):
            self._drain()
        return self._state.text.hypothesis

    def extend(self, samples: Iterable[Plain]) -> None:
        """Take many samples; the same as feeding each, but text is made when asked for.

        Raises
        ------
        InkError, SessionError
            As `feed`; samples before the rejected one were taken.
        """
        for sample in samples:
            self._waiting.append(self._checked(sample))

    def peek(self) -> Hypothesis:
        """What the ink would say if the pen stopped here; changes nothing."""
        if self._final is not None:
            return self._final
        self._drain()
        return self._decoder.peek(self._state)

    def undo(self) -> Hypothesis:
        """Take back the last stroke, finished or not.

        A word in front of it that was committed meanwhile stays committed.

        Raises
        ------
        SessionError
            If there is no open stroke, or the session was finished.
        """
        self._alive()
        self._drain()
        r = self._state
        if not r.ink.strokes:
            if not r.ink.first_stroke:
                raise SessionError("nothing to undo: no stroke was written")
            if not self._decoder.editable:
                raise SessionError(f"nothing to undo: the ink is committed, {_FINAL}")
        return self.erase([r.ink.first_stroke + len(r.ink.strokes) - 1])

    def erase(self, strokes: Iterable[int]) -> Hypothesis:
        """Take back strokes anywhere in the open text.

        The session is as if they had never been written, but that words in front of
        them that are committed stay so, and later strokes move up by as many places.
        In a session opened with ``editable`` they may be anywhere: committed words
        after the first of them are read again, and with them those that were committed
        at the same pen-up.

        Parameters
        ----------
        strokes : iterable of int
            Indices as in `Word.strokes`.

        Raises
        ------
        SessionError
            If one does not exist or is committed, or the session was finished;
            nothing is erased then.
        """
        self._alive()
        self._drain()
        r = self._state
        count = r.ink.first_stroke + len(r.ink.strokes)
        try:
            wanted = {operator.index(stroke) for stroke in strokes}
        except TypeError:
            raise SessionError(f"{strokes!r} is no list of strokes' indices") from None
        for index in sorted(wanted):
            if not 0 <= index < count:
                raise SessionError(f"there is no stroke {index}; {count} were written")
            if index < r.ink.first_stroke and not self._decoder.editable:
                raise SessionError(
                    f"stroke {index} belongs to committed text, {_FINAL}; strokes from "
                    f"{r.ink.first_stroke} on can be erased"
                )
        if wanted:
            self._state = self._decoder.without_strokes(r, wanted)
        return self._state.text.hypothesis

    @property
    def gesture(self) -> Gesture | None:
        """What the last stroke asks for, if it is no writing and the pen is up.

        Nothing is done about it: the stroke is read as writing until the app acts,
        as with ``session.erase(session.gesture.strokes)``, which takes the gesture
        back as well. Only strokes that can be erased are looked at.
        """
        self._drain()
        r = self._state
        if r.ink.touching or self._final is not None:
            return None
        from ..ink.gestures import find_scratch_out

        first, strokes = erasable_strokes(r)
        found = find_scratch_out(strokes, r.ink.scale)
        return Gesture("scratch-out", tuple(first + i for i in found)) if found else None

    def save(self) -> bytes:
        """The session as bytes, with which `Recognizer.restore` goes on elsewhere.

        They hold the ink and the text; see `inkrec.session.snapshot`.

        Raises
        ------
        SessionError
            If the states of a language model of one's own are not whole numbers.
        """
        from .snapshot import dumps  # few sessions are saved, and all are imported

        return dumps(self._decoder, self._state, self._waiting, self._final)

    def finish(self) -> Hypothesis:
        """End the line: what is open is read again as part of the whole line.

        Late dots and bars are read where they stand, and so are words that were put in,
        but for those in front of committed ones: their text has no place any more. Open
        strokes that are no writing, such as underlines and circles, are left out and told
        as drawings.

        Returns
        -------
        Hypothesis
            With ``final`` set; its text begins with what was committed.
        """
        if self._final is None:
            self._drain_to_end()
            self._final = self._decoder.finish_writing(self._state)
        return self._final

    def _finish_scored(self) -> tuple[Hypothesis, float]:
        """End a line of nothing but writing, with the log-probability of what it says."""
        self._drain_to_end()
        self._final, score = self._decoder.finish_scored(self._state)
        return self._final, score

    def _drain_to_end(self) -> None:
        # where nothing can be committed on the way, the end depends on the ink alone
        alone = self._decoder.commit_policy is None
        self._drain(with_samples if alone else self._decoder.add_run)

    def _alive(self) -> None:
        if self._final is not None:
            raise SessionError("the session was finished; open a new one for more ink")

    def _drain(
        self, take: Callable[[LineState, Sequence[PenSample]], LineState] | None = None
    ) -> None:
        take, taken = take or self._decoder.add_run, 0
        try:
            for run in runs(self._state, self._waiting):
                self._state = take(self._state, run)
                taken += len(run)
        finally:  # what was not taken, by an interrupt or for want of memory, waits on
            del self._waiting[:taken]

    def _checked(self, given: Plain) -> PenSample:
        """The sample, if it can be taken, as plain numbers."""
        self._alive()
        sample = as_sample(given)
        t, x, y, pressure, _ = sample
        if not (math.isfinite(t) and math.isfinite(x) and math.isfinite(y)):
            raise InkError(f"{sample} is not finite; drop it")
        if pressure is not None and not 0 <= pressure <= 1:
            raise InkError(f"pressure is {pressure}; it must lie in 0 to 1, or be None")
        last = self._waiting[-1].t if self._waiting else self._state.ink.time
        if t < last:
            raise InkError(
                f"t = {t} comes after t = {last}; time must not run backwards: "
                "use a monotonic clock"
            )
        return sample
