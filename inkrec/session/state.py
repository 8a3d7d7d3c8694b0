"""A line half read, as a value: what is known of its ink, and of its text.

A `Reading` is never changed, so the one before a stroke is the line without it.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..decoding.prefix import BeamState
from ..features.points import Anchor
from ..ink.samples import PenSample
from ..ink.scale import Gauge, gauge
from ..results import Alternative, Hypothesis, Word
from . import encoder
from .persistent_list import NIL, Chain, push

__all__ = [
    "KEPT", "Open", "Place", "Reading", "behind", "erasable", "measured", "origin", "reopened",
    "store",
]  # fmt: skip

KEPT = 900  # samples of closed ink kept for the scale and the context of the whole line


class Place(NamedTuple):
    """Where the second pass stands between two frames.

    Attributes
    ----------
    beam : BeamState
    ahead : ndarray
        State of its forth direction, as in `Network.reread`.
    said : ndarray
        The log-probabilities of the frame in front that the beam has taken; empty
        where there is none.
    """

    beam: BeamState
    ahead: npt.NDArray[np.float32]
    said: npt.NDArray[np.float32]


class Open(NamedTuple):
    """A stroke that can still be taken back.

    Attributes
    ----------
    before : Reading or None
        The reading before the stroke began, where it is still at hand; `behind` gives it
        back whole.
    gauge : Gauge
        The estimate of scale when it began.
    anchor : Anchor
        The one in use when it began.
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
    anchor: Anchor
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
        Inputs of the second pass, a row a frame.
    spoken : Chain
        Symbols of the causal pass.
    last : int
        Its last best symbol.
    told : int
        How many of its symbols the text at the last pen-up accounts for.
    base : Place
        In front of the first open frame.
    trail : Chain
        The place behind each open frame the second pass has read.
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
    base: Place
    trail: Chain
    steady: tuple[tuple[str, int], ...]
    committed: tuple[Word, ...]
    text: str
    closed: tuple[list[PenSample], ...]
    front: Hypothesis
    shown: Hypothesis
    past: Chain = NIL


def store(r: Reading, sample: PenSample) -> Reading:
    """The sample kept with its stroke and measured, and nothing else done about it."""
    if not r.touching:
        if not sample.touching:
            return r._replace(time=sample.t)
        measured = gauge(r.gauge, (sample,))
        t, x = sample.t, sample.x
        begun = Open(
            _light(r), r.gauge, r.anchor, r.pen, r.spoken.length, push(NIL, sample), t, x, x
        )  # fmt: skip
        return r._replace(time=sample.t, touching=True, gauge=measured, strokes=(*r.strokes, begun))
    stroke = r.strokes[-1]
    if not sample.touching:  # where a pen hovers after it left is no ink
        last = stroke.samples.value
        sample = sample._replace(x=last.x, y=last.y)
    stroke = stroke._replace(
        samples=push(stroke.samples, sample),
        left=min(stroke.left, sample.x),
        right=max(stroke.right, sample.x),
    )
    return r._replace(
        time=sample.t,
        touching=sample.touching,
        gauge=gauge(r.gauge, (sample,)),
        strokes=(*r.strokes[:-1], stroke),
    )


def _light(r: Reading) -> Reading:
    """The reading with what it shows of the open text alone.

    One is kept for every open stroke; a long line's committed text in each, several
    times over, would be most of a session's memory.
    """
    at, n, shown = len(r.text), len(r.committed), r.shown
    texts = tuple(Alternative(a.text[at:], a.log_probability) for a in shown.alternatives)
    shown = replace(shown, committed="", words=shown.words[n:], alternatives=texts)
    return r._replace(front=shown, shown=shown)


def behind(stroke: Open) -> Reading | None:
    """The reading before the stroke began, where it is still at hand."""
    r = stroke.before
    if r is None:
        return None
    shown, text = r.shown, r.text
    texts = tuple(Alternative(text + a.text, a.log_probability) for a in shown.alternatives)
    shown = replace(shown, committed=text, words=r.committed + shown.words, alternatives=texts)
    return r._replace(front=shown, shown=shown)


def measured(pen: encoder.Pen, old: Anchor, new: Anchor) -> encoder.Pen:
    """An encoder's place, measured with another anchor."""
    ratio = old.scale / new.scale
    if not math.isfinite(ratio):  # nothing with an extent was written: all positions are 0
        ratio = 0.0
    path = pen.path
    x, y, px, py = *path.pen[:2], *path.point[:2]
    return pen._replace(
        path=path._replace(
            pen=(x * ratio, y * ratio, *path.pen[2:]),
            point=(px * ratio, py * ratio, path.point[2]),
            middle=path.middle * ratio,
            near=path.near * ratio,
            right=path.right * ratio,
        )
    )


def origin(r: Reading) -> Reading:
    """The reading right behind the committed text."""
    first = r.strokes[0]
    shown = Hypothesis(r.text, "", r.committed, _alone(r.text))
    return r._replace(
        touching=False, gauge=first.gauge, anchor=first.anchor,
        pen=measured(first.pen, r.anchor, first.anchor), strokes=(), hidden=NIL,
        spoken=NIL, last=0, told=0, trail=NIL, steady=(),
        front=shown, shown=shown,
    )  # fmt: skip


def _alone(text: str) -> tuple[Alternative, ...]:
    """A text that nothing stands beside; no ink says nothing at all."""
    return (Alternative(text, 0.0),) if text else ()


def erasable(r: Reading) -> tuple[int, list[list[PenSample]]]:
    """Strokes that can be taken back, of late, and the index of the first of them."""
    ink = [s.list() for s in r.strokes]
    first, node = r.first, r.past
    while node.front is not None and sum(map(len, ink)) < KEPT:
        ink, node = [*node.value[2], *ink], node.front
        first = r.first + len(r.strokes) - len(ink)
    return first, ink


def reopened(
    r: Reading, stroke: int, ink: list[list[PenSample]]
) -> tuple[Reading, list[list[PenSample]]]:
    """The reading behind the last commitment in front of a stroke, and all ink since."""
    behind, count, node = r, 0, r.past
    while behind.first > stroke:
        assert node.front is not None
        behind, count, gone = node.value
        ink, node = [*gone, *ink], node.front
    words = r.committed[:count]
    text = " ".join(w.text for w in words)
    shown = Hypothesis(text, "", words, _alone(text))
    return (
        behind._replace(committed=words, text=text, front=shown, shown=shown, past=node),
        ink,
    )
