"""The decoder of one line: what is written, taken back, and finished.

While the pen writes it is a `StreamingDecoder`; at the end all ink of the line is read
once more, with the scale that is known by then and in the order that explains it best.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..decoding import confidence
from ..decoding.lm_scorer import final_search
from ..decoding.prefix import BeamState
from ..decoding.rescoring import rescore
from ..ink.samples import PenSample, pen_up_at
from ..ink.stroke_order import spatial_order
from ..layout.page_layout import lay_out
from ..network.layers import STRIDE
from ..results import Alternative, Hypothesis
from . import encoder, insertions
from .arrangement import Arranged, line_notices, other_orders, tracks_of, with_drawings
from .hypotheses import build_hypothesis
from .rollback import after_committed, rolled_back, state_before
from .state import (
    LineState,
    with_samples,
)
from .streaming_decoder import StreamingDecoder

__all__ = ["LineDecoder", "LineEncoding"]

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


@dataclass(frozen=True)
class LineDecoder(StreamingDecoder):
    """Reads a line while it is written, takes strokes back, and finishes it."""

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
        decoder: LineDecoder = self
        if before is None:
            # a word was committed since: read again from there on, and nothing more committed
            before, start = after_committed(r), opened
            ink = [s.list() for s in r.ink.strokes]
            decoder = replace(self, commit_policy=None)
        for i, samples in enumerate(ink, start):
            if i not in strokes:
                before = decoder.add_samples(before, samples)
        if before.text.hypothesis == r.text.hypothesis:
            shown = before.text._replace(hypothesis=r.text.hypothesis)
            before = before._replace(text=shown)
        return before

    def finish_writing(self, r: LineState) -> Hypothesis:
        """As `finish`, with open strokes that are drawings left out and told as such.

        What does not look like one upright line of writing is said in a notice.
        """
        if r.ink.touching:
            r = with_samples(r, (pen_up_at(r.ink.strokes[-1].samples.value),))
        strokes = [*r.ink.context, *(s.list() for s in r.ink.strokes)]
        closed, opened = len(r.ink.context), r.ink.first_stroke
        layout = lay_out(tracks_of(strokes))
        notices = line_notices(layout)
        # what is committed has its text, and keeps it
        found = [d for d in layout.drawings if d.strokes[0] >= closed]
        if not found:
            final = self.finish(r)
            return replace(final, notices=(*final.notices, *notices)) if notices else final
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
        final = with_drawings(self.finish(r), told, kept)
        return replace(final, notices=(*final.notices, *notices)) if notices else final

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
