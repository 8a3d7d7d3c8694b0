"""Ink to frames: features and the causal pass joined, as one value to step.

The scale is not part of the state: a line decoder decides when a new one is worth
reading the open ink again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..features.points import Points, ResamplerState, feature_points
from ..ink.samples import PenSample
from ..model import Model
from ..network.two_pass import CausalState, EncoderFrames

__all__ = ["EncoderOutput", "EncoderState", "encode", "flush", "initial_state", "pen_up", "step"]

_TOGETHER = 7  # frames that the causal pass takes at once while the pen is down


class EncoderState(NamedTuple):
    """Where reading stands between two samples.

    Attributes
    ----------
    resampler : ResamplerState
    causal : CausalState
    points : int
        Feature points so far; point i belongs to frame i // 4.
    frames : int
        Frames so far.
    """

    resampler: ResamplerState
    causal: CausalState
    points: int
    frames: int


class EncoderOutput(NamedTuple):
    """Frames of a run of ink and the points they were made of."""

    frames: EncoderFrames
    points: Points


def initial_state(model: Model) -> EncoderState:
    """The state before the first sample."""
    return EncoderState(ResamplerState(), model.network.initial_state(), 0, 0)


def step(
    model: Model,
    scale: float,
    state: EncoderState,
    samples: Sequence[PenSample],
    *,
    has_time: bool = True,
) -> tuple[EncoderState, EncoderOutput]:
    """Take samples into the causal pass.

    Parameters
    ----------
    model : Model
    scale : float
        The one that all samples since the initial state were read with.
    state : EncoderState
    samples : sequence of PenSample
    has_time : bool
        Whether their times are real.

    Returns
    -------
    state : EncoderState
    output : EncoderOutput
        Frames that became whole, several at once while the pen is down, and the
        points that came.
    """
    resampler, points = feature_points(
        model.features, scale, state.resampler, samples, has_time=has_time
    )
    if not len(points.t):
        return state._replace(resampler=resampler), EncoderOutput(model.network.no_frames, points)
    least = _TOGETHER if resampler.down else 1
    causal, frames = model.network.step(state.causal, points.features, least)
    count = state.frames + len(frames.hidden)
    return EncoderState(resampler, causal, state.points + len(points.t), count), EncoderOutput(
        frames, points
    )


def pen_up(
    model: Model,
    scale: float,
    state: EncoderState,
    samples: Sequence[PenSample],
    *,
    has_time: bool = True,
) -> tuple[EncoderState, EncoderOutput, int]:
    """Take samples, the last of which ends a stroke, into the causal pass, and look at all.

    Returns
    -------
    state : EncoderState
    output : EncoderOutput
        The frames that became whole, and what `flush` would give.
    whole : int
        How many became whole.
    """
    resampler, points = feature_points(
        model.features, scale, state.resampler, samples, has_time=has_time
    )
    causal, frames, whole = model.network.pen_up(state.causal, points.features)
    state = EncoderState(resampler, causal, state.points + len(points.t), state.frames + whole)
    return state, EncoderOutput(frames, points), whole


def flush(
    model: Model, scale: float, state: EncoderState, *, has_time: bool = True
) -> EncoderOutput:
    """What would follow if the pen stopped: the stroke's end, frames filled up."""
    if not state.resampler.down:
        nothing: npt.NDArray[np.float64] = np.empty(0)
        width = model.network.channels
        points = Points(np.empty((0, width), np.float32), nothing, nothing.astype(np.int64))
        return EncoderOutput(model.network.flush(state.causal), points)
    end = PenSample(0.0, 0.0, 0.0, None, False)  # a stroke ends where its last sample was
    return pen_up(model, scale, state, (end,), has_time=has_time)[1]


def _joined(a: EncoderFrames, b: EncoderFrames) -> EncoderFrames:
    return EncoderFrames(
        np.concatenate([a.hidden, b.hidden]), np.concatenate([a.log_probs, b.log_probs])
    )


def encode(
    model: Model, scale: float, samples: Sequence[PenSample], *, has_time: bool = True
) -> EncoderOutput:
    """All frames of some ink, the last one filled up."""
    state, (frames, points) = step(model, scale, initial_state(model), samples, has_time=has_time)
    rest, more = flush(model, scale, state, has_time=has_time)
    return EncoderOutput(
        _joined(frames, rest),
        Points(
            np.concatenate([points.features, more.features]),
            np.concatenate([points.t, more.t]),
            np.concatenate([points.stroke, more.stroke]),
        ),
    )
