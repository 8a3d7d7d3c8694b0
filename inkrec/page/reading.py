"""A line of a page, read: while it is written, and when it is left."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from ..ink.samples import PenSample, pen_up_at
from ..results import Hypothesis
from ..session.line_decoder import LineDecoder
from ..session.state import LineState, with_samples
from .strokes import PageStroke, line_samples

__all__ = [
    "LineReading", "LiveLine", "follow", "has_time", "pre_context", "put_in", "read_line"
]  # fmt: skip

_PAUSE = 0.1  # s between two strokes without time
_CONTEXT = 48  # characters of the text above that a line is read with
_BACK = 2.5  # scales left of the line's end, from which ink was put in
_MARK = 1.6  # scales: no larger are dots and bars, which the stream reads where they stand


class LineReading(NamedTuple):
    """What some strokes say as a line.

    Attributes
    ----------
    strokes : tuple of PageStroke
        In the order that the words' strokes are counted in.
    hypothesis : Hypothesis
    pre_context : str or None
        The text in front that it was read with as a whole line; None while it is streamed.
    turn : float
        As of `LineStrokes`.
    """

    strokes: tuple[PageStroke, ...]
    hypothesis: Hypothesis
    pre_context: str | None = None
    turn: float = 0.0


class LiveLine(NamedTuple):
    """A line that a pen is writing, as `LineDecoder` holds it.

    Attributes
    ----------
    strokes : tuple of PageStroke
        What it has taken.
    state : LineState
    decoder : LineDecoder
    clock : float
        When a stroke without time would begin, in s.
    """

    strokes: tuple[PageStroke, ...]
    state: LineState
    decoder: LineDecoder
    clock: float = 0.0

    def lifted(self, last: PenSample) -> LiveLine:
        """The line with the pen off the paper behind a sample that it has taken."""
        up = pen_up_at(last)
        return self._replace(state=self.decoder.add_samples(self.state, (up,)), clock=up.t + _PAUSE)


def pre_context(above: Iterable[str]) -> str:
    """The text in front of a line, of the lines above it.

    The last words are enough for the language models, and so a change far above changes
    nothing here.
    """
    words: list[str] = []
    length = 0
    for text in reversed(list(above)):
        for word in reversed(text.split()):
            if length > _CONTEXT:
                return " ".join([*reversed(words), ""])
            words.append(word)
            length += len(word) + 1
    return " ".join([*reversed(words), ""]).lstrip()


def has_time(strokes: Iterable[PageStroke]) -> bool:
    """Whether the strokes' times are real, all of them."""
    return all(s.stroke.t is not None for s in strokes)


def read_line(
    decoder: LineDecoder, strokes: tuple[PageStroke, ...], context: str, turn: float = 0.0
) -> LineReading:
    """Whole strokes read as a finished line; depends on them and the text in front alone."""
    timed = has_time(strokes)
    decoder = replace(decoder, commit_policy=None, has_time=timed)
    state = decoder.initial_state(context)
    for samples in line_samples(strokes, has_time=timed, turn=turn):
        state = with_samples(state, samples)
    return LineReading(strokes, decoder.finish(state), context, turn)


def follow(
    decoder: LineDecoder, live: LiveLine | None, strokes: tuple[PageStroke, ...], context: str
) -> LiveLine:
    """The line as it stands in the stream when these are its strokes.

    What was taken stays, as far as it is the same: strokes that came are added, those that
    went are taken back.
    """
    timed = has_time(strokes)
    if live is not None and live.decoder.has_time == timed:
        wanted = set(strokes)
        gone = {i for i, s in enumerate(live.strokes) if s not in wanted}
        kept = tuple(s for s in live.strokes if s in wanted)
        if kept and kept == strokes[: len(kept)]:
            state = live.state
            if gone:
                state = live.decoder.without_strokes(state, gone)
            return _written(live._replace(strokes=kept, state=state), strokes[len(kept) :])
    decoder = replace(decoder, commit_policy=None, has_time=timed)
    state, clock = decoder.initial_state(context), 0.0
    for samples in line_samples(strokes[:-1], has_time=timed):
        state = with_samples(state, samples)
        clock = samples[-1].t + _PAUSE
    begun = LiveLine(strokes[:-1], state, decoder, clock)
    if len(strokes) > 1:
        begun = begun._replace(state=decoder.reencoded(state))
    return _written(begun, strokes[-1:])


def _written(live: LiveLine, more: tuple[PageStroke, ...]) -> LiveLine:
    state, clock = live.state, live.clock
    for samples in line_samples(more, has_time=live.decoder.has_time, clock=clock):
        state = live.decoder.add_samples(state, samples)
        clock = samples[-1].t + _PAUSE
    return live._replace(strokes=(*live.strokes, *more), state=state, clock=clock)


def put_in(strokes: tuple[PageStroke, ...], scale: float) -> bool:
    """Whether something stands well inside what was there before, and is no mark.

    The stream reads strokes as they come; such lines are read as a whole.
    """
    edge = -math.inf
    for stroke in strokes:
        left, top, right, bottom = stroke.box
        mark = right - left < _MARK * scale and bottom - top < _MARK * scale / 2
        if edge - right > _BACK * scale and not mark:
            return True
        edge = max(edge, right)
    return False
