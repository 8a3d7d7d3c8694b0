"""A line read while it is written: state in, state out.

The causal pass reads every sample. At a pen-up the second pass reads the last
frames again, a beam turns them into words, and words that are ready are
committed: the ink before them is closed, and work never reaches back further.
A `Reading` is a value, so going back to an earlier one is taking ink back.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from ..decoding import beam as beams
from ..decoding.beam import best_path
from ..decoding.lm_scorer import finish
from ..decoding.prefix import BeamSettings, BeamState, LanguageModel, start
from ..decoding.rescoring import rescore
from ..features.points import Anchor
from ..ink.samples import PenSample, lifted
from ..ink.scale import Gauge
from ..ink.stroke_order import reading_order
from ..model import Model
from ..network.layers import STRIDE
from ..network.two_pass import Frames
from ..results import Alternative, Hypothesis
from . import encoder
from .commit import Commitment, commit
from .hypotheses import describe, lag, murmur
from .persistent_list import NIL, Chain, cut, push
from .state import Place, Reading, behind, measured, origin, reopened, store

__all__ = ["Reader", "Whole"]

_REREAD = 1.12  # the open ink is read again when the scale has changed by this factor
_ALIKE = 0.003  # frames whose probabilities changed by less are not searched again
_NARROW = 1e-3  # while writing, prefixes below this part of the best are dropped
_EMPTY = Hypothesis()


class Whole(NamedTuple):
    """A whole line, read.

    Attributes
    ----------
    encoding : Encoding
        Of the causal pass.
    log_probs : ndarray, shape (frames, classes)
        Of the second.
    order : list of int
        The strokes in the order in which they were read, closed ones counted too.
    closed : int
        So many of them say what is committed.
    """

    encoding: encoder.Encoding
    log_probs: Any
    order: list[int]
    closed: int


@dataclass(frozen=True)
class Reader:
    """What reading a line needs and does not change.

    Attributes
    ----------
    model : Model
    beam : BeamSettings
    language : LanguageModel or None
    commitment : Commitment or None
        None commits nothing before the end.
    timed : bool
        Whether samples' times are real.
    line_height : float or None
    temperature : float
        Divides log-posteriors before they are shown as confidence.
    window : int
        Frames before the pen that the second pass may still change.
    revisable : bool
        Whether committed ink may be taken back; it is kept then.
    opinion : float
        What part the model's rescorer has in finished lines, if there is one.
    """

    model: Model
    beam: BeamSettings
    language: LanguageModel | None = None
    commitment: Commitment | None = None
    timed: bool = True
    line_height: float | None = None
    temperature: float = 1.0
    window: int = 14
    revisable: bool = False
    opinion: float = 0.5

    @cached_property
    def swift(self) -> BeamSettings:
        """How the beam searches while the pen writes."""
        return replace(self.beam, narrow=max(self.beam.narrow, _NARROW))

    def start(self, before: str = "") -> Reading:
        """The reading of no ink, behind a text."""
        hint = self.line_height
        measure = Gauge() if hint is None else Gauge.hinted(hint)
        network = self.model.network
        nowhere, nothing = np.zeros(network.ahead, np.float32), network.nothing.log_probs[:0, 0]
        base = Place(start(self.language, before), nowhere, nothing)
        return Reading(
            -math.inf, False, measure, Anchor(measure.scale), encoder.start(self.model), (), 0, 0,
            NIL, NIL, 0, 0, base, NIL, (), (), "", (),
            _EMPTY, _EMPTY,
        )  # fmt: skip

    # ---- samples

    def take(self, r: Reading, sample: PenSample) -> Reading:
        """The reading with one more sample."""
        if not sample.touching and not r.touching:
            return r._replace(time=sample.t)
        r = store(r, sample)
        scale, old = r.gauge.scale, r.anchor.scale
        if math.isinf(scale):  # taps of no extent: nothing to be read
            return r
        # before any pen-up the scale is a guess of the moment; later it waits for one,
        # unless it is far off
        hasty = r.first + len(r.strokes) == 1 or scale > 3 * old or math.isinf(old)
        far = scale != old and not old / _REREAD < scale < old * _REREAD
        if far and (hasty or not sample.touching):
            r = self._reread(r, Anchor(scale))
            return r if sample.touching else self.read(r)
        if not sample.touching:
            pen, (frames, _), whole = encoder.lift(
                self.model, r.anchor, r.pen, sample, timed=self.timed
            )
            rest = frames.hidden[whole:]
            return self.read(_taken(r, pen, Frames(*(a[:whole] for a in frames))), rest)
        r = self._encode(r, (sample,))
        return murmur(r, self.model.alphabet) if r.spoken.length > r.told else r

    def _encode(self, r: Reading, samples: Sequence[PenSample]) -> Reading:
        pen, (frames, _) = encoder.encode(self.model, r.anchor, r.pen, samples, timed=self.timed)
        return _taken(r, pen, frames)

    def _reread(self, r: Reading, anchor: Anchor) -> Reading:
        """The open ink read again with another anchor."""
        strokes = r.strokes
        pen = measured(strokes[0].pen, r.anchor, anchor)
        r = r._replace(anchor=anchor, pen=pen, hidden=NIL, spoken=NIL, last=0, trail=NIL, told=0)
        again = []
        for stroke in strokes:
            again.append(stroke._replace(pen=r.pen, spoken=r.spoken.length))
            r = self._encode(r, stroke.list())
        # what stands was read at a pen-up, before the last of these strokes
        return r._replace(strokes=tuple(again), told=again[-1].spoken)

    # ---- text

    def read(self, r: Reading, rest: Any = None) -> Reading:
        """The reading after a pen-up: the second pass run, words committed.

        Parameters
        ----------
        r : Reading
        rest : ndarray, optional
            What the points that wait for a frame add to the second pass' inputs.
        """
        state, trail = self._refine(r, rest)
        r = r._replace(trail=trail)
        hypothesis, owners = describe(r, state, self.model.alphabet, self.temperature)
        if self.commitment is not None:
            r, hypothesis = commit(
                r,
                hypothesis,
                owners,
                self.commitment,
                self.model.alphabet,
                revisable=self.revisable,
            )
        shown = r.shown if hypothesis == r.shown else hypothesis
        spoken = self.model.alphabet.decode(r.spoken.last(8))
        told = r.spoken.length + lag(hypothesis.tentative, spoken)
        return r._replace(told=told, front=shown, shown=shown)

    def peek(self, r: Reading) -> Hypothesis:
        """What the ink would say if the pen stopped here."""
        if not r.touching:
            return r.shown
        up = lifted(r.strokes[-1].samples.value)
        return replace(self, commitment=None).take(r, up).shown

    def _refine(self, r: Reading, rest: Any = None) -> tuple[BeamState, Chain]:
        """The beam behind the last frame, and behind each whole one.

        The second pass reads the window again, and all that it has not yet read.
        """
        if rest is None:
            rest = encoder.flush(self.model, r.anchor, r.pen, timed=self.timed).frames.hidden
        whole = r.pen.frames - r.frame
        start = max(0, min(whole - self.window, r.trail.length))
        rows = r.hidden.last(whole - start)
        trail = cut(r.trail, start)
        place: Place = trail.value if start else r.base
        if not rows and not len(rest):
            return place.beam, trail
        hidden = np.concatenate([np.stack(rows), rest]) if rows else rest
        read = r.trail.last(r.trail.length - start)
        known = np.stack([place.ahead, *(p.ahead for p in read)])
        log_probs, ahead = self.model.network.reread(hidden, known)
        same = _same([p.said for p in read], log_probs)
        said = [p.said for p in read[:same]]
        states = [p.beam for p in read[:same]]
        states += beams.trail(
            self.swift, states[-1] if same else place.beam, log_probs[same:], self.language
        )
        said.extend(log_probs[same:])
        return states[-1], push(trail, *map(Place, states[: whole - start], ahead, said))

    # ---- taking back, and the end

    def without(self, r: Reading, strokes: set[int]) -> Reading:
        """The reading as if some strokes had never been written."""
        start = min(strokes)
        ink = [s.list() for s in r.strokes]
        before: Reading | None
        if start < r.first:
            before, ink = reopened(r, start, ink)
            start = before.first
        else:
            before = behind(r.strokes[start - r.first])
            ink = ink[start - r.first :]
        if before is None:
            # a word was committed since: read again from there on
            before, start = origin(r), r.first
            ink = [s.list() for s in r.strokes]
        for i, samples in enumerate(ink, start):
            if i not in strokes:
                for sample in samples:
                    before = self.take(before, sample)
        if before.shown == r.shown:
            before = before._replace(shown=r.shown)
        return before

    def finish(self, r: Reading) -> Hypothesis:
        """The open text, read as part of the whole line with the scale that is known by now."""
        if r.touching:
            r = store(r, lifted(r.strokes[-1].samples.value))
        if not r.strokes or math.isinf(r.gauge.scale):
            text = (Alternative(r.text, 0.0),)
            return Hypothesis(r.text, "", r.committed, text, final=True)
        encoding, log_probs, order, closed = self.whole(r)
        starts = np.searchsorted(encoding.points.stroke, np.arange(len(order) + 1)).tolist()
        base = r.base.beam._replace(frame=starts[closed] // STRIDE)
        since = base.prefixes[0].length if r.committed else 0
        state = self.end(base, encoding, log_probs, since, r.text)
        places = np.argsort(order)[len(r.closed) :].tolist()
        spans = [(starts[place], starts[place + 1]) for place in places]
        hypothesis = describe(r, state, self.model.alphabet, self.temperature, spans)[0]
        words = tuple(replace(w, committed=True) for w in hypothesis.words)
        return replace(hypothesis, committed=hypothesis.text, tentative="", words=words, final=True)

    def end(
        self,
        base: BeamState,
        encoding: encoder.Encoding,
        log_probs: Any,
        since: int = 0,
        before: str = "",
    ) -> BeamState:
        """The beam behind a whole line: words weighed, the rescorer asked.

        Parameters
        ----------
        base : BeamState
            In front of what is open.
        encoding, log_probs
            As `whole` gives them.
        since : int
            Symbols in front that are final.
        before : str
            The text that they spell.
        """
        rest = log_probs[base.frame :]
        state = finish(self.beam, base, rest, self.language, since, before)
        if self.model.rescorer is None or not self.opinion:
            return state
        other = self.model.rescorer.read(encoding.points.features)[base.frame :]
        return rescore(base, state, rest, other, self.opinion)

    def whole(self, r: Reading) -> Whole:
        """All ink at hand, read with the scale that is known by now and in reading order."""
        strokes = [*r.closed, *(s.list() for s in r.strokes)]
        order, closed = reading_order(strokes, r.gauge.scale, len(r.closed))
        samples = list(itertools.chain.from_iterable(strokes[i] for i in order))
        encoding = encoder.encode_all(self.model, Anchor(r.gauge.scale), samples, timed=self.timed)
        return Whole(encoding, self.model.network.refine(encoding.frames.hidden), order, closed)


def _taken(r: Reading, pen: encoder.Pen, frames: Frames) -> Reading:
    """The reading with what the causal pass made of some samples."""
    if not len(frames.hidden):
        return r._replace(pen=pen)
    symbols, _, last = best_path(frames.log_probs, r.last)
    return r._replace(
        pen=pen, hidden=push(r.hidden, *frames.hidden), spoken=push(r.spoken, *symbols), last=last
    )


def _same(said: Sequence[Any], log_probs: Any) -> int:
    """How many rows in front say what they said."""
    if not said:
        return 0
    apart = np.abs(np.exp(np.stack(said)) - np.exp(log_probs[: len(said)])).max(axis=1) > _ALIKE
    return int(apart.argmax()) if apart.any() else len(said)
