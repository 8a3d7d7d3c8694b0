"""A line while it is written: state in, state out.

The causal pass reads every sample. At a pen-up the second pass reads the last
frames again, a beam turns them into words, and words that are ready are
committed: the ink before them is closed, and work never reaches back further.
A `LineState` is a value, so going back to an earlier one is taking ink back.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ..decoding import beam as beams
from ..decoding.beam import best_path
from ..decoding.field_scorer import FieldScorer
from ..decoding.judging import Judging
from ..decoding.prefix import BeamSettings, BeamState, LanguageModel, initial_beam
from ..decoding.word_spans import BeamWords
from ..ink.samples import PenSample, pen_up_at
from ..ink.scale import ScaleEstimate
from ..language.fields import Field
from ..model import Model
from ..network.two_pass import EncoderFrames
from ..results import Hypothesis
from . import encoder
from .commit import CommitPolicy, commit
from .hypotheses import append_causal_text, build_hypothesis, causal_delay
from .persistent_list import PersistentList, append, first
from .rollback import rescaled
from .row_buffer import RowBuffer
from .sample_runs import RUN, runs
from .state import (
    CausalText,
    Checkpoint,
    InkState,
    LineState,
    RefinedText,
    TextState,
    with_samples,
)

__all__ = ["MISFIT_CONFIDENCE", "StreamingDecoder"]

MISFIT_CONFIDENCE = 0.5
"""What the confidence of words is multiplied by that do not fit the field's pattern."""

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class StreamingDecoder:
    """What reading a line needs and does not change.

    Attributes
    ----------
    model : Model
    beam : BeamSettings
    language : LanguageModel or None
    commit_policy : CommitPolicy or None
        None commits nothing before the end.
    has_time : bool
        Whether samples' times are real.
    line_height : float or None
        Distance of the ruled lines, in ink units.
    editable : bool
        Whether committed ink may be taken back; it is kept then.
    field : Field or None
        What the line holds; None is prose.
    judging : Judging or None
        Another opinion of a finished line of prose.
    pre_context : str
        The text before the line, for the judge.

    Raises
    ------
    ModelError
        If the field's pattern cannot be used with the model's alphabet.
    """

    model: Model
    beam: BeamSettings
    language: LanguageModel | None = None
    commit_policy: CommitPolicy | None = None
    has_time: bool = True
    line_height: float | None = None
    editable: bool = False
    field: Field | None = None
    judging: Judging | None = None
    pre_context: str = ""

    def __post_init__(self) -> None:
        if self.field is not None:
            self.field.automaton(self.model.alphabet.symbols)

    @cached_property
    def scorer(self) -> LanguageModel | None:
        """What the beam asks: the language model, or the field's."""
        if self.field is None:
            return self.language
        return FieldScorer(self.field, self.model.alphabet, self.language)

    @cached_property
    def final_beam(self) -> BeamSettings:
        """How the beam searches a finished line; made once."""
        scorer = self.scorer
        return scorer.search(self.beam) if isinstance(scorer, FieldScorer) else self.beam

    @cached_property
    def streaming_beam(self) -> BeamSettings:
        """How the beam searches while the pen writes; made once."""
        beam, least = self.final_beam, self.model.decoding.stream.beam_prune_prob
        return replace(beam, beam_prune_prob=max(beam.beam_prune_prob, least))

    def initial_state(self, pre_context: str = "") -> LineState:
        """The line without ink, after a text."""
        hint = self.line_height
        estimate = ScaleEstimate() if hint is None else ScaleEstimate.hinted(hint)
        network = self.model.network
        base = Checkpoint(
            beam=initial_beam(self.scorer, pre_context),
            forward_state=np.zeros(network.forward_width, np.float32),
            log_probs=network.no_frames.log_probs[:0, 0],
        )
        return LineState(
            ink=InkState(
                time=-math.inf,
                touching=False,
                scale_estimate=estimate,
                scale=estimate.scale,
                encoder=encoder.initial_state(self.model),
            ),
            causal=CausalText(RowBuffer(network.frame_width)),
            refined=RefinedText(base),
            text=TextState(),
        )

    # ---- samples

    def add_samples(self, r: LineState, samples: Iterable[PenSample]) -> LineState:
        """The line with more samples; it is the same in whatever pieces they come."""
        for run in runs(r, samples):
            r = self.add_run(r, run)
        return r

    def add_run(self, r: LineState, samples: Sequence[PenSample]) -> LineState:
        """The line with one of the `runs` of its samples."""
        if not r.ink.touching and not samples[0].touching:
            return with_samples(r, samples)
        r = with_samples(r, samples)
        ink, factor = r.ink, self.model.decoding.stream.rescale_factor
        scale, old = ink.scale_estimate.scale, ink.scale
        if math.isinf(scale):  # taps of no extent: nothing to be read
            return r
        up = not ink.touching
        if up or ink.strokes[-1].samples.length % RUN == 0:
            # before any pen-up the scale is a guess of the moment; later it waits for one,
            # unless it is far off
            hasty = ink.first_stroke + len(ink.strokes) == 1 or scale > 3 * old or math.isinf(old)
            far = scale != old and not old / factor < scale < old * factor
            if far and (hasty or up):
                r = self._rescale(r, scale)
                return self.on_pen_up(r) if up else r
        elif math.isinf(old):  # it is looked at when the run is whole
            return r
        if up:
            state, (frames, _), whole = encoder.pen_up(
                self.model, ink.scale, ink.encoder, samples, has_time=self.has_time
            )
            rest = frames.hidden[whole:]
            done = EncoderFrames(*(rows[:whole] for rows in frames))
            return self.on_pen_up(_append_frames(r, state, done), rest)
        r = self._encode(r, samples)
        if r.causal.tokens.length > r.causal.shown_tokens:
            return append_causal_text(r, self.model.alphabet)
        return r

    def _encode(self, r: LineState, samples: Sequence[PenSample]) -> LineState:
        state, (frames, _) = encoder.step(
            self.model, r.ink.scale, r.ink.encoder, samples, has_time=self.has_time
        )
        return _append_frames(r, state, frames)

    def _rescale(self, r: LineState, scale: float) -> LineState:
        """The open ink read again with another scale."""
        strokes = r.ink.strokes
        state = rescaled(strokes[0].encoder, r.ink.scale, scale)
        r = r._replace(
            ink=r.ink._replace(scale=scale, encoder=state),
            causal=CausalText(r.causal.frames.cleared()),
            refined=RefinedText(r.refined.base),
        )
        again = []
        for stroke in strokes:
            tokens = r.causal.tokens.length
            again.append(stroke._replace(encoder=r.ink.encoder, causal_tokens=tokens))
            r = self._encode(r, stroke.list())
        # what stands was read at a pen-up, before the last of these strokes
        return r._replace(
            ink=r.ink._replace(strokes=tuple(again)),
            causal=r.causal._replace(shown_tokens=again[-1].causal_tokens),
        )

    def reencoded(self, r: LineState) -> LineState:
        """The open ink read with the scale that is known by now, where it was only kept."""
        scale = r.ink.scale_estimate.scale
        if math.isinf(scale) or not r.ink.strokes:
            return r
        r = self._rescale(r, scale)
        strokes = tuple(s._replace(before=None) for s in r.ink.strokes)
        return r._replace(ink=r.ink._replace(strokes=strokes))

    # ---- text

    def on_pen_up(self, r: LineState, rest: Array | None = None) -> LineState:
        """The line after a pen-up: the second pass run, words committed.

        Parameters
        ----------
        r : LineState
        rest : ndarray, shape (frames, width), optional
            What the points that wait for a frame add to the second pass' inputs.
        """
        alphabet = self.model.alphabet
        state, checkpoints = self._refine(r, rest)
        r = r._replace(refined=r.refined._replace(checkpoints=checkpoints))
        beam = self._words(r, state)
        hypothesis, owners = build_hypothesis(r, beam)
        hypothesis = self._doubted(r, hypothesis, whole=False)
        if self.commit_policy is not None:
            r, hypothesis = commit(
                r, hypothesis, owners, beam, self.commit_policy, editable=self.editable
            )
        shown = r.text.hypothesis if hypothesis == r.text.hypothesis else hypothesis
        tokens = r.causal.tokens
        delay = causal_delay(hypothesis.tentative, alphabet.decode(tokens.last(8)))
        return r._replace(
            causal=r.causal._replace(shown_tokens=tokens.length + delay),
            text=r.text.showing(shown),
        )

    def _words(self, r: LineState, state: BeamState) -> BeamWords:
        temperature = self.model.decoding.temperature
        return BeamWords(state, self.model.alphabet, r.committed_tokens, temperature)

    def _doubted(self, r: LineState, hypothesis: Hypothesis, *, whole: bool) -> Hypothesis:
        """The hypothesis with little confidence in open words that the field does not expect."""
        if not isinstance(self.scorer, FieldScorer):
            return hypothesis
        words, final = hypothesis.words, len(r.text.committed)
        doubts = self.scorer.misfits([w.text for w in words], whole=whole)
        if not any(doubts[final:]):
            return hypothesis
        told = [
            replace(w, confidence=w.confidence * MISFIT_CONFIDENCE) if doubt else w
            for w, doubt in zip(words[final:], doubts[final:], strict=True)
        ]
        return replace(hypothesis, words=(*words[:final], *told))

    def peek(self, r: LineState) -> Hypothesis:
        """What the ink would say if the pen stopped here."""
        if not r.ink.touching:
            return r.text.hypothesis
        up = pen_up_at(r.ink.strokes[-1].samples.value)
        return replace(self, commit_policy=None).add_samples(r, (up,)).text.hypothesis

    def _refine(self, r: LineState, rest: Array | None) -> tuple[BeamState, PersistentList]:
        """The beam after the last frame, and the checkpoints after each whole one.

        The second pass reads the last frames again, and all that it has not yet read.
        """
        settings, checkpoints = self.model.decoding.stream, r.refined.checkpoints
        if rest is None:
            rest = encoder.flush(
                self.model, r.ink.scale, r.ink.encoder, has_time=self.has_time
            ).frames.hidden
        whole = r.ink.encoder.frames - r.ink.first_frame
        start = max(0, min(whole - settings.refine_frames, checkpoints.length))
        rows = r.causal.frames.last(whole - start)
        kept = first(checkpoints, start)
        checkpoint: Checkpoint = kept.value if start else r.refined.base
        if not len(rows) and not len(rest):
            return checkpoint.beam, kept
        hidden = np.concatenate([rows, rest]) if len(rows) else rest
        read: list[Checkpoint] = checkpoints.last(checkpoints.length - start)
        known = np.stack([checkpoint.forward_state, *(c.forward_state for c in read)])
        log_probs, forward = self.model.network.refine_from(hidden, known)
        same = _unchanged_frames([c.log_probs for c in read], log_probs, settings.unchanged_prob)
        said = [c.log_probs for c in read[:same]]
        states = [c.beam for c in read[:same]]
        states += beams.advance_all(
            self.streaming_beam,
            states[-1] if same else checkpoint.beam,
            log_probs[same:],
            self.scorer,
        )
        said.extend(log_probs[same:])
        return states[-1], append(kept, *map(Checkpoint, states[: whole - start], forward, said))


def _append_frames(r: LineState, state: encoder.EncoderState, frames: EncoderFrames) -> LineState:
    """The line with what the causal pass made of some samples."""
    ink = r.ink._replace(encoder=state)
    if not len(frames.hidden):
        return r._replace(ink=ink)
    causal = r.causal
    tokens, _, last = best_path(frames.log_probs, causal.last_token)
    return r._replace(
        ink=ink,
        causal=causal._replace(
            frames=causal.frames.append(frames.hidden),
            tokens=append(causal.tokens, *tokens),
            last_token=last,
        ),
    )


def _unchanged_frames(old: Sequence[Array], log_probs: Array, least: float) -> int:
    """Leading frames whose probabilities did not change by more than ``least``."""
    if not old:
        return 0
    apart = np.abs(np.exp(np.stack(old)) - np.exp(log_probs[: len(old)])).max(axis=1) > least
    return int(apart.argmax()) if apart.any() else len(old)
