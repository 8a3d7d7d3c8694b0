"""A line that is being written, as a value: its ink, and its text.

A `LineState` is never changed, so the one before a stroke is the line without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..decoding.prefix import BeamState
from ..ink.samples import PenSample
from ..ink.scale import ScaleEstimate, update_scale
from ..results import Alternative, Hypothesis, Word
from .encoder import EncoderState
from .persistent_list import EMPTY, PersistentList, append
from .row_buffer import RowBuffer

__all__ = [
    "CONTEXT_SAMPLES",
    "CausalText",
    "Checkpoint",
    "InkState",
    "LineState",
    "OpenStroke",
    "RefinedText",
    "TextState",
    "with_samples",
]

CONTEXT_SAMPLES = 900  # of committed ink, kept for the scale and the context of the whole line


class Checkpoint(NamedTuple):
    """Where the second pass stands between two frames.

    Attributes
    ----------
    beam : BeamState
    forward_state : ndarray
        State of its forward direction, as in `Network.refine_from`.
    log_probs : ndarray
        The log-probabilities of the frame before, which the beam has taken; empty
        where there is none.
    """

    beam: BeamState
    forward_state: npt.NDArray[np.float32]
    log_probs: npt.NDArray[np.float32]


class OpenStroke(NamedTuple):
    """A stroke that can still be taken back.

    Attributes
    ----------
    before : LineState or None
        The line before the stroke began, where it is still at hand; `state_before` gives
        it back whole.
    scale_estimate : ScaleEstimate
        The estimate when it began.
    scale : float
        The scale in use when it began.
    encoder : EncoderState
        The encoder's state when it began, in the scale that is in use now.
    causal_tokens : int
        Tokens that the causal pass had given by then.
    samples : PersistentList of PenSample
    start_time : float
        Time of the first sample, in s.
    left, right : float
        Extent in x.
    """

    before: LineState | None
    scale_estimate: ScaleEstimate
    scale: float
    encoder: EncoderState
    causal_tokens: int
    samples: PersistentList
    start_time: float
    left: float
    right: float

    def list(self) -> list[PenSample]:
        """The stroke's samples."""
        return self.samples.last(self.samples.length)


class InkState(NamedTuple):
    """The ink of a line and how it is measured.

    Attributes
    ----------
    time : float
        Of the last sample, in s.
    touching : bool
        Whether the pen is down.
    scale_estimate : ScaleEstimate
        What the ink so far says of its scale.
    scale : float
        The scale in use, in ink units; infinite while nothing with an extent was written.
    encoder : EncoderState
    strokes : tuple of OpenStroke
    first_stroke, first_frame : int
        Index of the first open stroke, and of its first frame.
    context : tuple of list of PenSample
        The last committed strokes.
    """

    time: float
    touching: bool
    scale_estimate: ScaleEstimate
    scale: float
    encoder: EncoderState
    strokes: tuple[OpenStroke, ...] = ()
    first_stroke: int = 0
    first_frame: int = 0
    context: tuple[list[PenSample], ...] = ()


class CausalText(NamedTuple):
    """What the causal pass made of the open ink.

    Attributes
    ----------
    frames : RowBuffer
        Inputs of the second pass, a row a frame.
    tokens : PersistentList of int
        Its best path, repetitions and blanks left out.
    last_token : int
        The best token of its last frame.
    shown_tokens : int
        How many of the tokens the text at the last pen-up accounts for.
    """

    frames: RowBuffer
    tokens: PersistentList = EMPTY
    last_token: int = 0
    shown_tokens: int = 0


class RefinedText(NamedTuple):
    """Where the second pass stands in the open ink.

    Attributes
    ----------
    base : Checkpoint
        Before the first open frame.
    checkpoints : PersistentList of Checkpoint
        After each open frame that the second pass has read.
    """

    base: Checkpoint
    checkpoints: PersistentList = EMPTY


class TextState(NamedTuple):
    """The words of a line.

    Attributes
    ----------
    committed : tuple of Word
    committed_text : str
        Of the committed words.
    stable_counts : tuple of (str, int)
        For each open word its text, and at how many pen-ups in a row it read so.
    pen_up_hypothesis, hypothesis : Hypothesis
        As of the last pen-up, and now.
    commit_log : PersistentList
        For each commitment, where it may be taken back: the state right after what was
        committed before, without its words, their count, and the strokes that were
        committed.
    """

    committed: tuple[Word, ...] = ()
    committed_text: str = ""
    stable_counts: tuple[tuple[str, int], ...] = ()
    pen_up_hypothesis: Hypothesis = Hypothesis()
    hypothesis: Hypothesis = Hypothesis()
    commit_log: PersistentList = EMPTY

    def showing(self, hypothesis: Hypothesis) -> TextState:
        """The same words, with a hypothesis that stands since the last pen-up."""
        return self._replace(pen_up_hypothesis=hypothesis, hypothesis=hypothesis)


class LineState(NamedTuple):
    """Everything known of a line; lengths count from the first open stroke."""

    ink: InkState
    causal: CausalText
    refined: RefinedText
    text: TextState

    @property
    def committed_tokens(self) -> int:
        """Tokens of the beam that spell committed text; 0 where none is committed."""
        return self.refined.base.beam.prefixes[0].length if self.text.committed else 0


def with_samples(r: LineState, samples: Sequence[PenSample]) -> LineState:
    """The line with samples kept and measured, and nothing else done about them.

    Parameters
    ----------
    r : LineState
    samples : sequence of PenSample
        Of one stroke; one that does not touch is the last.
    """
    ink = r.ink
    last = samples[-1]
    if not ink.touching and not samples[0].touching:
        return r._replace(ink=ink._replace(time=last.t))
    if not last.touching:  # where a pen hovers after it left is no ink
        end = samples[-2] if len(samples) > 1 else ink.strokes[-1].samples.value
        samples = (*samples[:-1], last._replace(x=end.x, y=end.y))
    across = [s.x for s in samples]
    if ink.touching:
        stroke = ink.strokes[-1]
        stroke = stroke._replace(
            samples=append(stroke.samples, *samples),
            left=min(stroke.left, *across),
            right=max(stroke.right, *across),
        )
        strokes = (*ink.strokes[:-1], stroke)
    else:
        begun = OpenStroke(
            before=_without_committed_text(r),
            scale_estimate=ink.scale_estimate,
            scale=ink.scale,
            encoder=ink.encoder,
            causal_tokens=r.causal.tokens.length,
            samples=append(EMPTY, *samples),
            start_time=samples[0].t,
            left=min(across),
            right=max(across),
        )
        strokes = (*ink.strokes, begun)
    estimate = update_scale(ink.scale_estimate, samples)
    return r._replace(
        ink=ink._replace(
            time=last.t, touching=last.touching, scale_estimate=estimate, strokes=strokes
        )
    )


def _without_committed_text(r: LineState) -> LineState:
    """The state with the open text of its hypothesis alone.

    One is kept for every open stroke; a long line's committed text in each, several
    times over, would be most of a session's memory.
    """
    text = r.text
    at, n, shown = len(text.committed_text), len(text.committed), text.hypothesis
    texts = tuple(Alternative(a.text[at:], a.log_probability) for a in shown.alternatives)
    shown = replace(shown, committed="", words=shown.words[n:], alternatives=texts)
    return r._replace(text=text.showing(shown))
