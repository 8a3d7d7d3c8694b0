"""The decoder of one line while it is written: state in, state out.

The causal pass reads every sample. At a pen-up the second pass reads the last
frames again, a beam turns them into words, and words that are ready are
committed: the ink before them is closed, and work never reaches back further.
A `LineState` is a value, so going back to an earlier one is taking ink back.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..decoding import beam as beams
from ..decoding import confidence
from ..decoding.beam import best_path
from ..decoding.field_scorer import FieldScorer
from ..decoding.judging import Judging
from ..decoding.lm_scorer import final_search
from ..decoding.prefix import BeamSettings, BeamState, LanguageModel, initial_beam
from ..decoding.rescoring import rescore
from ..decoding.word_spans import BeamWords
from ..ink.samples import PenSample, pen_up_at
from ..ink.scale import ScaleEstimate
from ..ink.stroke_order import spatial_order
from ..language.fields import Field
from ..layout.drawings import find_drawings
from ..model import Model
from ..network.layers import STRIDE
from ..network.two_pass import EncoderFrames
from ..results import Alternative, Hypothesis
from . import encoder, insertions
from .arrangement import Arranged, other_orders, tracks_of, with_drawings
from .commit import CommitPolicy, commit
from .hypotheses import append_causal_text, build_hypothesis, causal_delay
from .persistent_list import PersistentList, append, first
from .row_buffer import RowBuffer
from .state import (
    CausalText,
    Checkpoint,
    InkState,
    LineState,
    RefinedText,
    TextState,
    after_committed,
    rescaled,
    rolled_back,
    state_before,
    with_samples,
)  # fmt: skip

__all__ = ["MISFIT_CONFIDENCE", "RUN", "LineDecoder", "LineEncoding", "runs"]

MISFIT_CONFIDENCE = 0.5
"""What the confidence of words is multiplied by that do not fit the field's pattern."""

Array = npt.NDArray[np.float32]


class LineEncoding(NamedTuple):
    """A whole line, encoded.

    Attributes
    ----------
    output : EncoderOutput
        Of the causal pass.
    log_probs : ndarray, shape (frames, classes)
        Of the second pass.
    order : list of int
        The strokes in the order in which they were read, committed ones counted too.
    committed : int
        So many of them say what is committed.
    rescorer_log_probs : ndarray, shape (frames, classes), or None
        Of the rescorer, if there is one that counts.
    """

    output: encoder.EncoderOutput
    log_probs: Array
    order: list[int]
    committed: int
    rescorer_log_probs: Array | None = None


RUN = 8
"""Samples of a stroke that are taken at once; the scale is looked at between two runs."""


@dataclass(frozen=True)
class LineDecoder:
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

    # ---- taking back, and the end

    def without_strokes(self, r: LineState, strokes: set[int]) -> LineState:
        """The line as if some strokes had never been written."""
        start, opened = min(strokes), r.ink.first_stroke
        ink = [s.list() for s in r.ink.strokes]
        before: LineState | None
        if start < opened:
            before, ink = rolled_back(r, start, ink)
            start = before.ink.first_stroke
        else:
            before = state_before(r.ink.strokes[start - opened])
            ink = ink[start - opened :]
        if before is None:
            # a word was committed since: read again from there on
            before, start = after_committed(r), opened
            ink = [s.list() for s in r.ink.strokes]
        for i, samples in enumerate(ink, start):
            if i not in strokes:
                before = self.add_samples(before, samples)
        if before.text.hypothesis == r.text.hypothesis:
            shown = before.text._replace(hypothesis=r.text.hypothesis)
            before = before._replace(text=shown)
        return before

    def finish_writing(self, r: LineState) -> Hypothesis:
        """As `finish`, with open strokes that are drawings left out and told as such."""
        if r.ink.touching:
            r = with_samples(r, (pen_up_at(r.ink.strokes[-1].samples.value),))
        strokes = [*r.ink.context, *(s.list() for s in r.ink.strokes)]
        closed, opened = len(r.ink.context), r.ink.first_stroke
        found = find_drawings(tracks_of(strokes))
        # what is committed has its text, and keeps it
        found = [d for d in found if d.strokes[0] >= closed]
        if not found:
            return self.finish(r)
        moved = opened - closed
        drawn = {i + moved for d in found for i in d.strokes}
        kept = [i for i in range(opened + len(r.ink.strokes)) if i not in drawn]
        before = None if opened else state_before(r.ink.strokes[0])
        if before is None:
            r = self.without_strokes(r, drawn)
        else:  # nothing on the way counts, so that the ink alone is kept
            for i in kept:
                before = with_samples(before, strokes[i])
            r = before
        told = [
            d._replace(
                strokes=tuple(i + moved for i in d.strokes), about=tuple(i + moved for i in d.about)
            )
            for d in found
        ]
        return with_drawings(self.finish(r), told, kept)

    def finish(self, r: LineState) -> Hypothesis:
        """The open text, read as part of the whole line with the scale that is known by now."""
        return self.finish_scored(r)[0]

    def finish_scored(self, r: LineState) -> tuple[Hypothesis, float]:
        """As `finish`, with the natural log-probability of the best text and the ink under it.

        It compares readings of the same ink in other orders or orientations.
        """
        if r.ink.touching:
            r = with_samples(r, (pen_up_at(r.ink.strokes[-1].samples.value),))
        if not r.ink.strokes or math.isinf(r.ink.scale_estimate.scale):
            return self._finish_in_order(r)
        late = insertions.find(r)
        if late:
            in_order = lambda state: self._finish_in_order(state)[0]  # noqa: E731
            return insertions.finish(r, late, in_order, self._read_anew), 0.0
        return self._finish_in_order(r)

    def _read_anew(
        self, r: LineState, strokes: Sequence[Sequence[PenSample]], text: str
    ) -> Hypothesis:
        """Some strokes of a line, behind a text, as if nothing had been committed."""
        decoder = replace(self, commit_policy=None)
        state = decoder.initial_state(text)
        for samples in strokes:
            state = with_samples(state, samples)
        estimate = r.ink.scale_estimate
        return decoder._finish_in_order(
            state._replace(ink=state.ink._replace(scale_estimate=estimate))
        )[0]

    def _finish_in_order(self, r: LineState) -> tuple[Hypothesis, float]:
        front = r.text.committed_text
        if not r.ink.strokes or math.isinf(r.ink.scale_estimate.scale):
            texts = (Alternative(front, 0.0),)
            return Hypothesis(front, "", r.text.committed, texts, final=True), 0.0
        line, state = max(
            (self._read_line(r, line) for line in self._line_encodings(r)),
            key=lambda read: read[1].log_probabilities()[0],
        )
        likelihood = state.log_probabilities()[0]
        if self.judging is not None and self.field is None:
            context = f"{self.pre_context} {front}".strip()
            state = self.judging.judged(state, self.model.alphabet, r.committed_tokens, context)
        order = line.order
        starts = np.searchsorted(line.output.points.stroke, np.arange(len(order) + 1)).tolist()
        places = np.argsort(order)[len(r.ink.context) :].tolist()
        spans = [(starts[place], starts[place + 1]) for place in places]
        beam = self._words(r, state)
        hypothesis = build_hypothesis(r, beam, spans)[0]
        hypothesis = self._weighed(r, hypothesis, beam.beam, line)
        return self._doubted(r, hypothesis, whole=True), likelihood

    def _weighed(
        self, r: LineState, hypothesis: Hypothesis, state: BeamState, line: LineEncoding
    ) -> Hypothesis:
        """The end of a line, the confidences of its open words by how well the ink bears them."""
        known, front = len(r.text.committed), hypothesis.words
        told = [w.confidence for w in front[known:]]
        if line.rescorer_log_probs is not None and told:
            found = confidence.evidence(
                state.prefixes[0].nodes(r.committed_tokens),
                self.model.alphabet,
                line.log_probs,
                line.rescorer_log_probs,
                len(line.output.points.t),
                [(w.confidence, len(w.strokes)) for w in front[known:]],
            )
            told = confidence.calibrated(found, self.model.decoding.confidence)
        words = [replace(w, committed=True) for w in front]
        words[known:] = [replace(w, confidence=p) for w, p in zip(words[known:], told, strict=True)]
        return replace(
            hypothesis, committed=hypothesis.text, tentative="", words=tuple(words), final=True
        )

    def _read_line(self, r: LineState, line: LineEncoding) -> tuple[LineEncoding, BeamState]:
        """A line with the final beam of its open text."""
        starts = np.searchsorted(line.output.points.stroke, np.arange(len(line.order) + 1))
        base = r.refined.base.beam._replace(frame=int(starts[line.committed]) // STRIDE)
        return line, self.decode_line(base, line, r.committed_tokens, r.text.committed_text)

    def _line_encodings(self, r: LineState) -> list[LineEncoding]:
        """The line in the order of writing, and by place where that disagrees with it."""
        read = [self.encode_line(r)]
        if not r.text.committed:
            others = other_orders([s.list() for s in r.ink.strokes], read[0].order)
            read += [self.encode_line(r, order) for order in others]
        return read

    def decode_line(
        self, base: BeamState, line: LineEncoding, since: int = 0, pre_context: str = ""
    ) -> BeamState:
        """Final beam of a line: search, floor of the language model, word model, rescorer.

        Parameters
        ----------
        base : BeamState
            Before what is open.
        line : LineEncoding
        since : int
            Tokens of the beam that are committed.
        pre_context : str
            The text that they spell.
        """
        rest = line.log_probs[base.frame :]
        state = final_search(self.final_beam, base, rest, self.scorer, since, pre_context)
        weight = self.model.decoding.rescorer_weight
        if line.rescorer_log_probs is None:
            return state
        return rescore(base, state, rest, line.rescorer_log_probs[base.frame :], weight)

    def encode_line(self, r: LineState, arranged: Arranged | None = None) -> LineEncoding:
        """All ink at hand, read with the scale that is known by now.

        Parameters
        ----------
        r : LineState
        arranged : Arranged, optional
            In which order, and which strokes from their end; by default in that of writing,
            but for marks and words that were put in later.
        """
        strokes = [*r.ink.context, *(s.list() for s in r.ink.strokes)]
        scale = r.ink.scale_estimate.scale
        if arranged is None:
            order, committed = spatial_order(strokes, scale, len(r.ink.context))
        else:
            order, committed = arranged.order, 0
            strokes = arranged.strokes(strokes)
        samples = list(itertools.chain.from_iterable(strokes[i] for i in order))
        output = encoder.encode(self.model, scale, samples, has_time=self.has_time)
        log_probs = self.model.network.refine(output.frames.hidden)
        rescorer, other = self.model.rescorer, None
        if rescorer is not None and self.model.decoding.rescorer_weight:
            other = rescorer.log_probs(output.points.features)
        return LineEncoding(output, log_probs, order, committed, other)


def runs(r: LineState, samples: Iterable[PenSample]) -> Iterator[list[PenSample]]:
    """Samples as the line takes them: up to a pen-up, or so many of a stroke at once.

    Where runs end depends on the strokes alone, and not on the pieces in which samples come;
    only a piece that is taken in the middle of a run ends one early.
    """
    held = r.ink.strokes[-1].samples.length if r.ink.touching else 0
    run: list[PenSample] = []
    for sample in samples:
        run.append(sample)
        held = held + 1 if sample.touching else 0
        if held % RUN == 0:
            yield run
            run = []
    if run:
        yield run


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
