"""A line read while it is written: state in, state out.

The causal pass reads every sample. At a pen-up the second pass reads the last
frames again, a beam turns them into words, and words that are ready are
committed: the ink before them is closed, and work never reaches back further.
A `Reading` is a value, so going back to an earlier one is taking ink back.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from . import encoder
from .decoding import beam as beams
from .decoding.beam import BeamSettings, BeamState, LanguageModel, best_path
from .decoding.commitment import Commitment, committable
from .decoding.words import Spelled, alternatives, assign, spell, weigh
from .features import Anchor, PathState
from .hypothesis import Alternative, Hypothesis, Word
from .ink import PenSample
from .model import Model
from .network import STRIDE
from .scale import Gauge, gauge

__all__ = ["Chain", "Open", "Reader", "Reading", "chain"]

_REREAD = 1.2  # the open ink is read again when the scale has changed by this factor
_KEPT = 900  # samples of closed ink kept for the frame of the whole line


class Chain(NamedTuple):
    """A list that shares its front with others: appending costs the same at any length."""

    front: Chain | None
    value: Any
    length: int

    def last(self, n: int) -> list[Any]:
        """The last n values, in order."""
        values = []
        node: Chain | None = self
        for _ in range(min(n, self.length)):
            assert node is not None
            values.append(node.value)
            node = node.front
        values.reverse()
        return values


_NIL = Chain(None, None, 0)
_EMPTY = Hypothesis()


def chain(values: Iterable[Any]) -> Chain:
    """A list of its own."""
    return _push(_NIL, *values)


def _push(chain: Chain, *values: Any) -> Chain:
    for value in values:
        chain = Chain(chain, value, chain.length + 1)
    return chain


def _cut(chain: Chain, length: int) -> Chain:
    """The first ``length`` values."""
    while chain.length > length:
        assert chain.front is not None
        chain = chain.front
    return chain


class Open(NamedTuple):
    """A stroke that can still be taken back.

    Attributes
    ----------
    before : Reading or None
        The reading before the stroke began, where it is still at hand.
    gauge : Gauge
        The estimate of scale when it began.
    pen : Pen
        Where the encoder stood when it began, with the present anchor.
    spoken : int
        Symbols the causal pass had said by then.
    samples : Chain
    began : float
        Time of the first sample.
    left, right : float
        Extent in x.
    """

    before: Reading | None
    gauge: Gauge
    pen: encoder.Pen
    spoken: int
    samples: Chain
    began: float
    left: float
    right: float

    def list(self) -> list[PenSample]:
        """The stroke's samples."""
        return self.samples.last(self.samples.length)


class Reading(NamedTuple):
    """Everything known of a line; lengths count from the first open stroke.

    Attributes
    ----------
    time : float
        Of the last sample.
    touching : bool
        Whether the pen is down.
    gauge, anchor, pen
        Estimate of scale, the frame of reference in use, the encoder's state.
    strokes : tuple of Open
    first, frame : int
        Index of the first open stroke, and of its first frame.
    hidden : Chain
        Inputs of the second pass, a row a frame, with some context in front.
    spoken : Chain
        Symbols of the causal pass.
    last : int
        Its last best symbol.
    told : int
        How many of its symbols the text at the last pen-up accounts for.
    base : BeamState
        The beam at the first open frame.
    trail : Chain
        The beam behind each open frame the second pass has read.
    steady : tuple of (str, int)
        For each open word, at how many pen-ups in a row it read so.
    committed : tuple of Word
    text : str
        Of the committed words.
    closed : tuple
        Samples of the last committed strokes.
    front, shown : Hypothesis
        As of the last pen-up, and now.
    past : Chain
        For each time words were committed, where that may be taken back: the reading
        right behind what was committed before, without its words, their count, and
        the strokes that were committed.
    """

    time: float
    touching: bool
    gauge: Gauge
    anchor: Anchor
    pen: encoder.Pen
    strokes: tuple[Open, ...]
    first: int
    frame: int
    hidden: Chain
    spoken: Chain
    last: int
    told: int
    base: BeamState
    trail: Chain
    steady: tuple[tuple[str, int], ...]
    committed: tuple[Word, ...]
    text: str
    closed: tuple[list[PenSample], ...]
    front: Hypothesis
    shown: Hypothesis
    past: Chain = _NIL


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
    context : int
        Frames in front of them that it reads along.
    revisable : bool
        Whether committed ink may be taken back; it is kept then.
    """

    model: Model
    beam: BeamSettings
    language: LanguageModel | None = None
    commitment: Commitment | None = None
    timed: bool = True
    line_height: float | None = None
    temperature: float = 1.0
    window: int = 32
    context: int = 12
    revisable: bool = False

    def start(self, before: str = "") -> Reading:
        """The reading of no ink, behind a text."""
        hint = self.line_height
        measure = Gauge() if hint is None else Gauge.hinted(hint)
        return Reading(
            -math.inf, False, measure, Anchor(measure.scale), encoder.start(self.model), (), 0, 0,
            _NIL, _NIL, 0, 0, beams.start(self.language, before), _NIL, (), (), "", (),
            _EMPTY, _EMPTY,
        )  # fmt: skip

    # ---- samples

    def take(self, r: Reading, sample: PenSample) -> Reading:
        """The reading with one more sample."""
        if not sample.touching and not r.touching:
            return r._replace(time=sample.t)
        r = self.store(r, sample)
        scale, old = r.gauge.scale, r.anchor.scale
        # before any pen-up the scale is a guess of the moment; later it waits for one,
        # unless it is far off
        hasty = r.first + len(r.strokes) == 1 or scale > 3 * old
        far = scale != old and not old / _REREAD < scale < old * _REREAD
        if far and (hasty or not sample.touching):
            r = self._reread(r, Anchor(scale))
            return r if sample.touching else self.read(r)
        r = self._encode(r, (sample,))
        if not sample.touching:
            return self.read(r)
        return self._murmur(r) if r.spoken.length > r.told else r

    def store(self, r: Reading, sample: PenSample) -> Reading:
        """The sample kept with its stroke and measured, and nothing else done about it."""
        if not r.touching:
            if not sample.touching:
                return r._replace(time=sample.t)
            measured = gauge(r.gauge, (sample,))
            t, x = sample.t, sample.x
            begun = Open(r, r.gauge, r.pen, r.spoken.length, _push(_NIL, sample), t, x, x)
            return r._replace(
                time=sample.t, touching=True, gauge=measured, strokes=(*r.strokes, begun)
            )
        stroke = r.strokes[-1]
        if not sample.touching:  # where a pen hovers after it left is no ink
            last = stroke.samples.value
            sample = sample._replace(x=last.x, y=last.y)
        stroke = stroke._replace(
            samples=_push(stroke.samples, sample),
            left=min(stroke.left, sample.x),
            right=max(stroke.right, sample.x),
        )
        return r._replace(
            time=sample.t,
            touching=sample.touching,
            gauge=gauge(r.gauge, (sample,)),
            strokes=(*r.strokes[:-1], stroke),
        )

    def _encode(self, r: Reading, samples: Sequence[PenSample]) -> Reading:
        pen, (frames, _) = encoder.encode(self.model, r.anchor, r.pen, samples, timed=self.timed)
        if not len(frames.hidden):
            return r._replace(pen=pen)
        symbols, _, last = best_path(frames.log_probs, r.last)
        return r._replace(
            pen=pen,
            hidden=_push(r.hidden, *frames.hidden),
            spoken=_push(r.spoken, *symbols),
            last=last,
        )

    def _reread(self, r: Reading, anchor: Anchor) -> Reading:
        """The open ink read again with another anchor."""
        first = r.strokes[0]
        ratio = r.anchor.scale / anchor.scale
        pen = first.pen._replace(path=_scaled(first.pen.path, ratio))
        context = r.hidden.length - (r.pen.frames - r.frame)
        strokes, r = r.strokes, r._replace(
            anchor=anchor, pen=pen, hidden=_cut(r.hidden, context),
            spoken=_NIL, last=0, trail=_NIL, told=0,
        )  # fmt: skip
        again = []
        for stroke in strokes:
            again.append(stroke._replace(pen=r.pen, spoken=r.spoken.length))
            r = self._encode(r, stroke.list())
        return r._replace(strokes=tuple(again))

    # ---- text

    def _murmur(self, r: Reading) -> Reading:
        """Text in mid-stroke: what the causal pass said beyond what was told at pen-up."""
        more = self.model.alphabet.decode(r.spoken.last(r.spoken.length - r.told))
        tentative = " ".join((r.front.tentative + more).split())
        if r.text and tentative:
            tentative = f" {tentative}"
        if tentative == r.shown.tentative:
            return r
        text = (Alternative(r.text + tentative, 0.0),)
        shown = replace(r.front, tentative=tentative, alternatives=text)
        return r._replace(shown=shown)

    def read(self, r: Reading) -> Reading:
        """The reading after a pen-up: the second pass run, words committed."""
        state, trail = self._refine(r)
        r = r._replace(trail=trail)
        hypothesis, owners = self._describe(r, state)
        if self.commitment is not None:
            r, hypothesis = self._commit(r, hypothesis, owners, self.commitment)
        shown = r.shown if hypothesis == r.shown else hypothesis
        spoken = self.model.alphabet.decode(r.spoken.last(8))
        told = r.spoken.length + _lag(hypothesis.tentative, spoken)
        return r._replace(told=told, front=shown, shown=shown)

    def peek(self, r: Reading) -> Hypothesis:
        """What the ink would say if the pen stopped here."""
        if not r.touching:
            return r.shown
        return self._describe(r, self._refine(r)[0])[0]

    def _refine(self, r: Reading) -> tuple[BeamState, Chain]:
        """The beam behind the last frame, and behind each whole one.

        The second pass reads the window again, and all that it has not yet read.
        """
        rest = encoder.flush(self.model, r.anchor, r.pen, timed=self.timed).frames.hidden
        whole = r.pen.frames - r.frame
        start = max(0, min(whole - self.window, r.trail.length))
        context = r.hidden.length - whole
        begin = max(0, context + start - self.context)
        rows = r.hidden.last(r.hidden.length - begin)
        trail = _cut(r.trail, start)
        state: BeamState = trail.value if start else r.base
        if not rows and not len(rest):
            return state, trail
        hidden = np.concatenate([np.stack(rows), rest]) if rows else rest
        log_probs = self.model.network.refine(hidden)[context + start - begin :]
        states = beams.trail(self.beam, state, log_probs, self.language)
        return states[-1] if states else state, _push(trail, *states[: whole - start])

    def _describe(
        self, r: Reading, state: BeamState, starts: Sequence[int] = ()
    ) -> tuple[Hypothesis, list[int]]:
        """What the beam says, and the word of each open stroke.

        ``starts`` are the points at which the open strokes begin and the last one ends.
        """
        starts = starts or [*(s.pen.points for s in r.strokes), r.pen.points]
        alphabet = self.model.alphabet
        since = r.base.prefixes[0].length if r.committed else 0
        weighed = weigh(state, alphabet, since, self.temperature)
        spelled = [w for w, _, _ in weighed]
        owners = _owners(r, spelled, starts) if spelled else []
        words = []
        for k, (word, confidence, others) in enumerate(weighed):
            mine = [i for i, owner in enumerate(owners) if owner == k]
            spans = [(r.strokes[i].began, r.strokes[i].samples.value.t) for i in mine]
            if not spans:
                spans = [(_when(r, starts, word.first), _when(r, starts, word.last))]
            start, end = min(a for a, _ in spans), max(b for _, b in spans)
            strokes = tuple(i + r.first for i in mine)
            words.append(Word(word.text, confidence, start, end, strokes, others))
        text = " ".join(w.text for w in spelled)
        hypothesis = Hypothesis(
            r.text,
            f" {text}" if r.text and text else text,
            r.committed + tuple(words),
            alternatives(state, alphabet, r.text, since),
        )
        return hypothesis, owners

    # ---- commitment

    def _commit(
        self, r: Reading, shown: Hypothesis, owners: list[int], settings: Commitment
    ) -> tuple[Reading, Hypothesis]:
        words = shown.words[len(r.committed) :]
        old = [*r.steady, *[("", 0)] * len(words)]
        steady = tuple(
            (word.text, times + 1 if text == word.text else 1)
            for word, (text, times) in zip(words, old, strict=False)
        )
        r = r._replace(steady=steady)
        if len(words) <= settings.words:
            return r, shown
        pen_x = r.strokes[-1].samples.value.x
        right = [-math.inf] * len(words)
        for stroke, owner in zip(r.strokes, owners, strict=True):
            right[owner] = max(right[owner], stroke.right)
        n = committable(
            settings,
            [w.confidence for w in words],
            [times for _, times in steady],
            [(pen_x - x) / r.anchor.scale for x in right],
        )
        while n:
            closed = self._close(r, words[:n], owners)
            if closed is not None:
                r = closed
                return r, replace(
                    shown,
                    committed=r.text,
                    tentative=shown.text[len(r.text) :],
                    words=r.committed + shown.words[len(r.committed) :],
                )
            n -= 1
        return r, shown

    def _close(self, r: Reading, words: tuple[Word, ...], owners: list[int]) -> Reading | None:
        """The reading with these words final, if a stroke's start parts them from the rest."""
        n = len(words)
        start = next((i for i, owner in enumerate(owners) if owner >= n), 0)
        if start == 0 or any(owner < n for owner in owners[start:]):
            return None
        mark = r.strokes[start]
        gone = mark.pen.frames - r.frame
        if not 0 < gone <= r.trail.length:
            return None
        state: BeamState = _cut(r.trail, gone).value
        since = r.base.prefixes[0].length if r.committed else 0
        told = [w.text for w in words]
        agree = [
            [w.text for w in spell(p, self.model.alphabet, since)] == told for p in state.prefixes
        ]
        if not any(agree):
            return None
        committed = r.committed + tuple(replace(w, committed=True) for w in words)
        if self.revisable:
            gone_ink = tuple(s.list() for s in r.strokes[:start])
            bare = self._origin(r)._replace(committed=(), text="", front=_EMPTY, shown=_EMPTY)
            r = r._replace(
                past=_push(r.past, (bare._replace(past=_NIL), len(r.committed), gone_ink))
            )
        closed = [*r.closed, *(s.list() for s in r.strokes[:start])]
        while sum(map(len, closed)) > _KEPT:
            del closed[0]
        ahead = r.pen.frames - mark.pen.frames
        base = _rooted(state.keep(agree))
        trail = _push(_NIL, *r.trail.last(r.trail.length - gone))
        _forget(trail, base.prefixes[0].length)
        strokes = tuple(
            s._replace(before=None, spoken=s.spoken - mark.spoken) for s in r.strokes[start:]
        )
        return r._replace(
            strokes=strokes,
            first=r.first + start,
            frame=mark.pen.frames,
            hidden=_push(_NIL, *r.hidden.last(ahead + self.context)),
            spoken=_push(_NIL, *r.spoken.last(r.spoken.length - mark.spoken)),
            base=base,
            trail=trail,
            steady=r.steady[n:],
            committed=committed,
            text=" ".join([r.text, *told] if r.text else told),
            closed=tuple(closed),
        )

    # ---- taking back, and the end

    def without(self, r: Reading, strokes: set[int]) -> Reading:
        """The reading as if some strokes had never been written."""
        start = min(strokes)
        ink = [s.list() for s in r.strokes]
        before: Reading | None
        if start < r.first:
            before, ink = self._reopened(r, start, ink)
            start = before.first
        else:
            before = r.strokes[start - r.first].before
            ink = ink[start - r.first :]
        if before is None:
            # a word was committed since: read again from there on
            before, start = self._origin(r), r.first
            ink = [s.list() for s in r.strokes]
        for i, samples in enumerate(ink, start):
            if i not in strokes:
                for sample in samples:
                    before = self.take(before, sample)
        if before.shown == r.shown:
            before = before._replace(shown=r.shown)
        return before

    def erasable(self, r: Reading) -> tuple[int, list[list[PenSample]]]:
        """Strokes that can be taken back, of late, and the index of the first of them."""
        ink = [s.list() for s in r.strokes]
        first, node = r.first, r.past
        while node.front is not None and sum(map(len, ink)) < _KEPT:
            ink, node = [*node.value[2], *ink], node.front
            first = r.first + len(r.strokes) - len(ink)
        return first, ink

    def _reopened(
        self, r: Reading, stroke: int, ink: list[list[PenSample]]
    ) -> tuple[Reading, list[list[PenSample]]]:
        """The reading behind the last commitment in front of a stroke, and all ink since."""
        origin, count, node = r, 0, r.past
        while origin.first > stroke:
            assert node.front is not None
            origin, count, gone = node.value
            ink, node = [*gone, *ink], node.front
        words = r.committed[:count]
        text = " ".join(w.text for w in words)
        shown = Hypothesis(text, "", words, (Alternative(text, 0.0),) if text else ())
        return (
            origin._replace(committed=words, text=text, front=shown, shown=shown, past=node),
            ink,
        )

    def _origin(self, r: Reading) -> Reading:
        """The reading right behind the committed text."""
        first = r.strokes[0]
        shown = Hypothesis(r.text, "", r.committed, (Alternative(r.text, 0.0),))
        return r._replace(
            touching=False, gauge=first.gauge, pen=first.pen, strokes=(),
            hidden=_cut(r.hidden, r.hidden.length - (r.pen.frames - r.frame)),
            spoken=_NIL, last=0, told=0, trail=_NIL, steady=(),
            front=shown, shown=shown,
        )  # fmt: skip

    def finish(self, r: Reading) -> Hypothesis:
        """The open text, read as part of the whole line with the frame known now."""
        if r.touching:
            r = self.store(r, r.strokes[-1].samples.value._replace(touching=False))
        if not r.strokes:
            text = (Alternative(r.text, 0.0),)
            return Hypothesis(r.text, "", r.committed, text, final=True)
        anchor, states = self.whole(r)
        encoding, log_probs = states
        first = int(np.searchsorted(encoding.points.stroke, len(r.closed)))
        base = r.base._replace(frame=first // STRIDE)
        state = beams.advance(self.beam, base, log_probs[base.frame :], self.language)
        whose = np.arange(len(r.closed), len(r.closed) + len(r.strokes) + 1)
        starts = np.searchsorted(encoding.points.stroke, whose).tolist()
        r = r._replace(anchor=anchor)
        hypothesis = self._describe(r, state, starts)[0]
        words = tuple(replace(w, committed=True) for w in hypothesis.words)
        return replace(hypothesis, committed=hypothesis.text, tentative="", words=words, final=True)

    def whole(self, r: Reading) -> tuple[Anchor, tuple[encoder.Encoding, Any]]:
        """All ink at hand, read with the scale that is known by now.

        Returns
        -------
        anchor : Anchor
        (encoding, log_probs)
            Of the causal pass, and of the second.
        """
        strokes = [*r.closed, *(s.list() for s in r.strokes)]
        anchor = Anchor(r.gauge.scale)
        samples = list(itertools.chain.from_iterable(strokes))
        encoding = encoder.encode_all(self.model, anchor, samples, timed=self.timed)
        return anchor, (encoding, self.model.network.refine(encoding.frames.hidden))


def _lag(text: str, spoken: str) -> int:
    """By how many symbols the causal pass is behind a text, seen from how their ends agree.

    Examples
    --------
    >>> _lag("over the", "oven th"), _lag("old", "old")
    (1, 0)
    """

    def agree(lag: int) -> int:
        told = text[: len(text) - lag]
        return sum(a == b for a, b in zip(reversed(told), reversed(spoken), strict=False))

    # two is what a causal head usually waits, and more is seldom: ties go to one
    return max((1, 0, 2, 3, 4), key=agree) if spoken else min(len(text.strip()), 4)


def _rooted(state: BeamState) -> BeamState:
    """The beam with the way to it forgotten but for lengths, so that memory stays."""
    prefixes = []
    for p in state.prefixes:
        root = beams.Prefix(None, p.symbol, p.frame, p.key, p.lm)
        root.length, root.above = state.prefixes[0].length, p.above
        prefixes.append(root)
    return state._replace(prefixes=tuple(prefixes))


def _forget(trail: Chain, length: int) -> None:
    """Let go of what leads to committed text: no reading looks behind it any more."""
    seen: set[int] = set()
    for state in _values(trail):
        for prefix in state.prefixes:
            node: beams.Prefix | None = prefix
            while node is not None and node.length > length and id(node) not in seen:
                seen.add(id(node))
                node = node.parent
            if node is not None and node.length == length:
                node.parent = None


def _owners(r: Reading, spelled: list[Spelled], starts: Sequence[int]) -> list[int]:
    centres = [(a + b - 1) / (2 * STRIDE) for a, b in itertools.pairwise(starts)]
    return assign(spelled, centres, [s.left for s in r.strokes], [s.right for s in r.strokes])


def _values(chain: Chain) -> Iterator[Any]:
    return iter(chain.last(chain.length))


def _when(r: Reading, starts: Sequence[int], frame: int) -> float:
    """Time at which the stroke of a frame's ink began."""
    at = max(0, min(bisect_right(starts, frame * STRIDE), len(r.strokes)) - 1)
    return r.strokes[at].began if r.strokes else 0.0


def _scaled(state: PathState, ratio: float) -> PathState:
    """A path's state measured with a scale that is smaller by this ratio."""
    if not math.isfinite(ratio):  # nothing with an extent was written: all positions are 0
        ratio = 0.0
    pen, point = state.pen, state.point
    return state._replace(
        pen=(pen[0] * ratio, pen[1] * ratio, pen[2], pen[3]),
        point=(point[0] * ratio, point[1] * ratio, point[2]),
        middle=state.middle * ratio,
        near=state.near * ratio,
        right=state.right * ratio,
    )
