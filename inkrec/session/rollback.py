"""Going back in a line: the state before a stroke, or right after what was committed."""

from __future__ import annotations

import math
from dataclasses import replace

from ..ink.samples import PenSample
from ..results import Alternative, Hypothesis
from .encoder import EncoderState
from .state import CONTEXT_SAMPLES, CausalText, LineState, OpenStroke, RefinedText

__all__ = ["after_committed", "erasable_strokes", "rescaled", "rolled_back", "state_before"]


def state_before(stroke: OpenStroke) -> LineState | None:
    """The line before the stroke began, where it is still at hand."""
    r = stroke.before
    if r is None:
        return None
    shown, front = r.text.hypothesis, r.text.committed_text
    texts = tuple(Alternative(front + a.text, a.log_probability) for a in shown.alternatives)
    words = r.text.committed + shown.words
    shown = replace(shown, committed=front, words=words, alternatives=texts)
    return r._replace(text=r.text.showing(shown))


def rescaled(state: EncoderState, old: float, new: float) -> EncoderState:
    """An encoder's state, converted from one scale to another."""
    ratio = old / new
    if not math.isfinite(ratio):  # nothing with an extent was written: all positions are 0
        ratio = 0.0
    path = state.resampler
    x, y, px, py = *path.pen[:2], *path.point[:2]
    return state._replace(
        resampler=path._replace(
            pen=(x * ratio, y * ratio, *path.pen[2:]),
            point=(px * ratio, py * ratio, path.point[2]),
            middle=path.middle * ratio,
            local_middle=path.local_middle * ratio,
            rightmost=path.rightmost * ratio,
        )
    )


def after_committed(r: LineState) -> LineState:
    """The line right after the committed text, before any open stroke."""
    first = r.ink.strokes[0]
    text = r.text
    shown = Hypothesis(text.committed_text, "", text.committed, _alone(text.committed_text))
    return LineState(
        ink=r.ink._replace(
            touching=False,
            scale_estimate=first.scale_estimate,
            scale=first.scale,
            encoder=rescaled(first.encoder, r.ink.scale, first.scale),
            strokes=(),
        ),
        causal=CausalText(r.causal.frames.cleared()),
        refined=RefinedText(r.refined.base),
        text=text._replace(stable_counts=()).showing(shown),
    )


def _alone(text: str) -> tuple[Alternative, ...]:
    """A text that nothing stands beside; no ink says nothing at all."""
    return (Alternative(text, 0.0),) if text else ()


def erasable_strokes(r: LineState) -> tuple[int, list[list[PenSample]]]:
    """Strokes that can be taken back, of late, and the index of the first of them."""
    strokes = [s.list() for s in r.ink.strokes]
    first, node = r.ink.first_stroke, r.text.commit_log
    while node.rest is not None and sum(map(len, strokes)) < CONTEXT_SAMPLES:
        strokes, node = [*node.value[2], *strokes], node.rest
        first = r.ink.first_stroke + len(r.ink.strokes) - len(strokes)
    return first, strokes


def rolled_back(
    r: LineState, stroke: int, strokes: list[list[PenSample]]
) -> tuple[LineState, list[list[PenSample]]]:
    """The line after the last commitment before a stroke, and all ink since."""
    back, count, node = r, 0, r.text.commit_log
    while back.ink.first_stroke > stroke:
        assert node.rest is not None
        back, count, gone = node.value
        strokes, node = [*gone, *strokes], node.rest
    words = r.text.committed[:count]
    text = " ".join(w.text for w in words)
    shown = Hypothesis(text, "", words, _alone(text))
    kept = back.text._replace(committed=words, committed_text=text, commit_log=node)
    return back._replace(text=kept.showing(shown)), strokes
