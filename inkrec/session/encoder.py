"""Ink to frames: features and the causal pass joined, as one value to step.

The anchor is not part of the state: a session decides when a new one is worth
reading the open ink again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..features.points import Anchor, PathState, Points, path
from ..ink.samples import PenSample
from ..model import Model
from ..network.two_pass import CausalState, Frames

__all__ = ["Encoding", "Pen", "encode", "encode_all", "flush", "lift", "start"]

_TOGETHER = 7  # frames that the causal pass takes at once while the pen is down


class Pen(NamedTuple):
    """Where reading stands between two samples.

    Attributes
    ----------
    path : PathState
    causal : CausalState
    points : int
        Feature points so far; point i belongs to frame i // 4.
    frames : int
        Frames so far.
    """

    path: PathState
    causal: CausalState
    points: int
    frames: int


class Encoding(NamedTuple):
    """Frames of a run of ink and the points they were made of."""

    frames: Frames
    points: Points


def start(model: Model) -> Pen:
    """The state before the first sample."""
    return Pen(PathState(), model.network.start(), 0, 0)


def encode(
    model: Model, anchor: Anchor, pen: Pen, samples: Sequence[PenSample], *, timed: bool = True
) -> tuple[Pen, Encoding]:
    """Take samples into the causal pass.

    Parameters
    ----------
    model : Model
    anchor : Anchor
        The one all samples since ``start`` were read with.
    pen : Pen
    samples : sequence of PenSample
    timed : bool
        Whether their times are real.

    Returns
    -------
    pen : Pen
    encoding : Encoding
        Frames that became whole, several at once while the pen is down, and the
        points that came.
    """
    trail, points = path(model.features, anchor, pen.path, samples, timed=timed)
    if not len(points.t):
        return pen._replace(path=trail), Encoding(model.network.nothing, points)
    least = _TOGETHER if trail.down else 1
    causal, frames = model.network.step(pen.causal, points.features, least)
    count = pen.frames + len(frames.hidden)
    return Pen(trail, causal, pen.points + len(points.t), count), Encoding(frames, points)


def lift(
    model: Model, anchor: Anchor, pen: Pen, sample: PenSample, *, timed: bool = True
) -> tuple[Pen, Encoding, int]:
    """Take a sample that ends a stroke into the causal pass, and look at all there is.

    Returns
    -------
    pen : Pen
    encoding : Encoding
        The frames that became whole, and what `flush` would give.
    whole : int
        How many became whole.
    """
    trail, points = path(model.features, anchor, pen.path, (sample,), timed=timed)
    causal, frames, whole = model.network.lift(pen.causal, points.features)
    pen = Pen(trail, causal, pen.points + len(points.t), pen.frames + whole)
    return pen, Encoding(frames, points), whole


def flush(model: Model, anchor: Anchor, pen: Pen, *, timed: bool = True) -> Encoding:
    """What would follow if the pen stopped: the stroke's end, frames filled up."""
    if not pen.path.down:
        nothing: npt.NDArray[np.float64] = np.empty(0)
        width = model.network.channels
        points = Points(np.empty((0, width), np.float32), nothing, nothing.astype(np.int64))
        return Encoding(model.network.flush(pen.causal), points)
    end = PenSample(0.0, 0.0, 0.0, None, False)  # a stroke ends where its last sample was
    return lift(model, anchor, pen, end, timed=timed)[1]


def _joined(a: Frames, b: Frames) -> Frames:
    return Frames(np.concatenate([a.hidden, b.hidden]), np.concatenate([a.log_probs, b.log_probs]))


def encode_all(
    model: Model, anchor: Anchor, samples: Sequence[PenSample], *, timed: bool = True
) -> Encoding:
    """All frames of some ink, the last one filled up."""
    pen, (frames, points) = encode(model, anchor, start(model), samples, timed=timed)
    rest, more = flush(model, anchor, pen, timed=timed)
    return Encoding(
        _joined(frames, rest),
        Points(
            np.concatenate([points.features, more.features]),
            np.concatenate([points.t, more.t]),
            np.concatenate([points.stroke, more.stroke]),
        ),
    )
