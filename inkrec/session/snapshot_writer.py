"""A line's state as plain values and arrays, for `inkrec.session.snapshot`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..decoding.prefix import BeamState, Prefix
from ..ink.samples import PenSample
from ..results import Hypothesis, Word
from .encoder import EncoderState
from .lm_states import columns_of
from .persistent_list import PersistentList
from .state import (
    Checkpoint,
    InkState,
    LineState,
    OpenStroke,
    TextState,
)  # fmt: skip

__all__ = ["Packer", "plain_hypothesis"]


Array = npt.NDArray[Any]


def plain_hypothesis(h: Hypothesis, words: int = 0) -> list[Any]:
    """A hypothesis as plain values, without its first words."""
    return [
        h.committed,
        h.tentative,
        [_plain_word(w) for w in h.words[words:]],
        [[a.text, a.log_probability] for a in h.alternatives],
        h.final,
        [[d.kind, list(d.strokes), list(d.about)] for d in h.drawings],
        list(h.notices),
        h.amended,
    ]


def _plain_word(w: Word) -> list[Any]:
    others = [[a.text, a.log_probability] for a in w.alternatives]
    where = [w.start, w.end, list(w.strokes)]
    return [w.text, w.confidence, *where, others, w.committed, w.crossed_out, w.insert_at]


class Packer:
    """Line states to plain values for JSON; an array is put aside and stands for its index.

    Parameters
    ----------
    refine_frames : int
        Frames before the pen that the second pass may still change.

    Attributes
    ----------
    arrays : list of ndarray
    """

    def __init__(self, refine_frames: int) -> None:
        self.arrays: list[Array] = []
        self.window = refine_frames

    def put(self, values: Any, dtype: str) -> int:
        self.arrays.append(np.ascontiguousarray(values, dtype))
        return len(self.arrays) - 1

    def samples(self, samples: Sequence[PenSample]) -> int:
        rows = [
            (t, x, y, np.nan if pressure is None else pressure, touching)
            for t, x, y, pressure, touching in samples
        ]
        # a column after the other packs best
        return self.put(np.array(rows, np.float64).reshape(len(rows), 5).T, "<f8")

    def encoder(self, pen: EncoderState) -> list[Any]:
        path, causal, points, frames = pen
        cells = [half for cell in causal.lstm for half in cell]
        return [
            list(path),
            self.put(causal.point_context, "<f4"),
            self.put(causal.conv_context, "<f4"),
            [self.put(half, "<f4") for half in cells],
            points,
            frames,
        ]

    def rows(self, values: Sequence[Array]) -> int:
        return self.put(np.stack(values) if values else np.empty((0, 0)), "<f4")

    def refined(self, r: LineState) -> dict[str, Any]:
        """Where the second pass stands, in full where it may go on from."""
        base, checkpoints = r.refined.base, r.refined.checkpoints
        trail: list[Checkpoint] = checkpoints.last(checkpoints.length)
        begun = {s.encoder.frames - r.ink.first_frame for s in r.ink.strokes}
        wanted = [
            i for i in range(1, len(trail) + 1) if i + self.window >= len(trail) or i in begun
        ]
        forward = [base.forward_state, *(trail[i - 1].forward_state for i in wanted)]
        return {
            "beams": self.beams([base.beam, *(c.beam for c in trail)]),
            "wanted": wanted,
            "forward_states": self.rows(forward),
            "log_probs": self.rows([trail[i - 1].log_probs for i in wanted]),
        }

    def beams(self, states: Sequence[BeamState]) -> dict[str, Any]:
        """Beams and the prefixes they share, those in front first."""
        index: dict[int, int] = {}
        nodes: list[Prefix] = []
        for prefix in (p for state in states for p in state.prefixes):
            path = []
            node: Prefix | None = prefix
            while node is not None and id(node) not in index:
                path.append(node)
                node = node.parent
            for node in reversed(path):
                index[id(node)] = len(nodes)
                nodes.append(node)
        known = [n.lm_state for n in nodes if n.lm_state is not None]
        kind, whole, others = columns_of(known)
        sizes = [len(state.prefixes) for state in states]
        return {
            "parent": self.put(
                [-1 if n.parent is None else index[id(n.parent)] for n in nodes], "<i4"
            ),
            "symbol": self.put([n.symbol for n in nodes], "<i4"),
            "frame": self.put([n.frame for n in nodes], "<i8"),
            "length": self.put([n.length for n in nodes], "<i8"),
            "key": self.put([n.key for n in nodes], "<i8"),
            "above": self.put([n.parent_key for n in nodes], "<i8"),
            "lm": None if kind is None else [kind, self.put(whole, "<i8"), self.put(others, "<f8")],
            "sizes": self.put(sizes, "<i4"),
            "prefixes": self.put([index[id(p)] for s in states for p in s.prefixes], "<i4"),
            "blank": self.put([b for s in states for b in s.p_blank], "<f8"),
            "ends": self.put([b for s in states for b in s.p_nonblank], "<f8"),
            "scale": self.put([s.log_scale for s in states], "<f8"),
            "at": self.put([s.frame for s in states], "<i8"),
        }

    def stroke(self, stroke: OpenStroke) -> list[Any]:
        return [
            list(stroke.scale_estimate),
            stroke.scale,
            self.encoder(stroke.encoder),
            stroke.causal_tokens,
            self.samples(stroke.list()),
        ]

    def ink(self, ink: InkState) -> dict[str, Any]:
        return {
            "time": ink.time,
            "touching": ink.touching,
            "scale_estimate": list(ink.scale_estimate),
            "scale": ink.scale,
            "encoder": self.encoder(ink.encoder),
            "strokes": [self.stroke(s) for s in ink.strokes],
            "first_stroke": ink.first_stroke,
            "first_frame": ink.first_frame,
            "context": [self.samples(s) for s in ink.context],
        }

    def causal(self, r: LineState) -> dict[str, Any]:
        """The frames that the second pass will read again, or has not yet read, and the tokens."""
        causal = r.causal
        rows = max(self.window, causal.frames.length - r.refined.checkpoints.length)
        return {
            "frames": self.put(causal.frames.last(rows), "<f4"),
            "tokens": causal.tokens.last(causal.tokens.length),
            "last_token": causal.last_token,
            "shown_tokens": causal.shown_tokens,
        }

    def text(self, text: TextState) -> dict[str, Any]:
        words, log = len(text.committed), []
        node: PersistentList | None = text.commit_log
        while node is not None and node.length:
            origin, count, strokes = node.value
            log.append([self.state(origin), count, [self.samples(s) for s in strokes]])
            node = node.rest
        front, shown = text.pen_up_hypothesis, text.hypothesis
        return {
            "committed": [_plain_word(w) for w in text.committed],
            "committed_text": text.committed_text,
            "stable_counts": [list(pair) for pair in text.stable_counts],
            "pen_up_hypothesis": plain_hypothesis(front, words),
            "hypothesis": None if shown is front else plain_hypothesis(shown, words),
            "commit_log": log[::-1],
        }

    def state(self, r: LineState) -> dict[str, Any]:
        return {
            "ink": self.ink(r.ink),
            "causal": self.causal(r),
            "refined": self.refined(r),
            "text": self.text(r.text),
        }
