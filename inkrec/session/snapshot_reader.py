"""Plain values and arrays of a saved session, read back to a line's state."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..decoding.prefix import BeamState, Prefix
from ..features.points import ResamplerState
from ..ink.samples import PenSample
from ..ink.scale import HeightHistogram, ScaleEstimate, StrokeRuns
from ..network.two_pass import CausalState
from ..results import Alternative, Drawing, Hypothesis, Word
from .encoder import EncoderState
from .lm_states import states_of
from .persistent_list import from_values
from .row_buffer import RowBuffer
from .state import (
    CausalText,
    Checkpoint,
    InkState,
    LineState,
    OpenStroke,
    RefinedText,
    TextState,
)  # fmt: skip

__all__ = ["Unpacker", "read_hypothesis"]

Array = npt.NDArray[Any]

_NOTHING = np.empty(0, np.float32)


_TYPES = {"<f4", "<f8", "<i4", "<i8"}


def read_hypothesis(plain: list[Any], words: tuple[Word, ...] = ()) -> Hypothesis:
    """A hypothesis of plain values, with its first words."""
    committed, tentative, more, others, final, drawings, notices, amended = plain
    return Hypothesis(
        committed,
        tentative,
        (*words, *map(_word, more)),
        _alternatives(others),
        final,
        tuple(Drawing(kind, tuple(strokes), tuple(about)) for kind, strokes, about in drawings),
        tuple(notices),
        amended,
    )


def _word(plain: list[Any]) -> Word:
    text, confidence, start, end, strokes, others, *rest = plain
    return Word(text, confidence, start, end, tuple(strokes), _alternatives(others), *rest)


def _alternatives(plain: Iterable[Sequence[Any]]) -> tuple[Alternative, ...]:
    return tuple(Alternative(text, log_p) for text, log_p in plain)


def _tuples(plain: Iterable[Any]) -> list[Any]:
    return [tuple(v) if isinstance(v, list) else v for v in plain]


def _scale_estimate(plain: list[Any]) -> ScaleEstimate:
    down, across, samples, hint, (first, heights, tiny, runs), finer = plain
    letters = HeightHistogram(first, tuple((part, whole) for part, whole in heights), tiny, runs)
    return ScaleEstimate(
        StrokeRuns(*_tuples(down)), StrokeRuns(*_tuples(across)), samples, hint, letters, finer
    )


class Unpacker:
    """Plain values and arrays to line states: reads what `Packer` wrote.

    Parameters
    ----------
    kinds : sequence of (str, list of int)
        Type and shape of each array.
    data : memoryview
        The arrays, end to end.
    renewed : callable, optional
        What makes the language model's state of a prefix, of the prefix in front, its symbol
        and the state that was saved, where the language model is not the same any more.

    Raises
    ------
    ValueError
        If the data are too short, or an array cannot be.
    """

    def __init__(
        self,
        kinds: Sequence[tuple[str, list[int]]],
        data: memoryview,
        renewed: Callable[[Prefix | None, int, Any], Any] | None = None,
    ) -> None:
        self.arrays: list[Array] = []
        self._renewed = renewed
        at = 0
        for kind, shape in kinds:
            if kind not in _TYPES:
                raise ValueError(f"an array of type {kind!r}")
            if min(shape) < 0:
                raise ValueError(f"an array of shape {shape}")
            size = math.prod(shape) * int(kind[2])
            if at + size > len(data):
                raise ValueError("an array is cut short")
            self.arrays.append(np.frombuffer(data[at : at + size], kind).reshape(shape))
            at += size

    def samples(self, place: int) -> list[PenSample]:
        return [
            PenSample(t, x, y, None if pressure != pressure else pressure, touching != 0.0)
            for t, x, y, pressure, touching in self.arrays[place].T.tolist()
        ]

    def encoder(self, plain: list[Any]) -> EncoderState:
        path, points, middle, halves, count, frames = plain
        cells = [self.arrays[half] for half in halves]
        causal = CausalState(
            self.arrays[points],
            self.arrays[middle],
            tuple(zip(cells[::2], cells[1::2], strict=True)),
        )
        return EncoderState(ResamplerState(*_tuples(path)), causal, count, frames)

    def beams(self, plain: Mapping[str, Any]) -> list[BeamState]:
        def column(name: str) -> list[Any]:
            values: list[Any] = self.arrays[plain[name]].tolist()
            return values

        parents = column("parent")
        lm: list[Any] = [None] * len(parents)
        if plain["lm"] is not None:
            kind, whole, others = plain["lm"]
            lm = states_of(kind, self.arrays[whole].tolist(), self.arrays[others].tolist())
        nodes: list[Prefix] = []
        names = ("symbol", "frame", "length", "key", "above")
        for parent, state, symbol, frame, length, key, above in zip(
            parents, lm, *map(column, names), strict=True
        ):
            if parent >= len(nodes):
                raise ValueError("a prefix stands before its parent")
            front = nodes[parent] if parent >= 0 else None
            if self._renewed is not None:
                state = self._renewed(front, symbol, state)
            node = Prefix(front, symbol, frame, key, state)
            node.length, node.parent_key = length, above
            nodes.append(node)
        states = []
        prefixes, blank, ends = column("prefixes"), column("blank"), column("ends")
        a = 0
        for size, scale, at in zip(column("sizes"), column("scale"), column("at"), strict=True):
            b = a + size
            states.append(
                BeamState(
                    tuple([nodes[i] for i in prefixes[a:b]]),
                    tuple(blank[a:b]),
                    tuple(ends[a:b]),
                    scale,
                    at,
                )
            )
            a = b
        return states

    def refined(self, plain: Mapping[str, Any]) -> RefinedText:
        """Checkpoints that were not saved in full stand where the first does."""
        beams, wanted = self.beams(plain["beams"]), plain["wanted"]
        forward, log_probs = self.arrays[plain["forward_states"]], self.arrays[plain["log_probs"]]
        checkpoints = [Checkpoint(beam, forward[0], _NOTHING) for beam in beams]
        for i, state, row in zip(wanted, forward[1:], log_probs, strict=True):
            checkpoints[i] = Checkpoint(beams[i], state, row)
        return RefinedText(checkpoints[0], from_values(checkpoints[1:]))

    def stroke(self, plain: list[Any]) -> OpenStroke:
        estimate, scale, state, tokens, place = plain
        samples = self.samples(place)
        xs = [s.x for s in samples]
        return OpenStroke(
            before=None,
            scale_estimate=_scale_estimate(estimate),
            scale=scale,
            encoder=self.encoder(state),
            causal_tokens=tokens,
            samples=from_values(samples),
            start_time=samples[0].t,
            left=min(xs),
            right=max(xs),
        )

    def ink(self, plain: Mapping[str, Any]) -> InkState:
        return InkState(
            time=plain["time"],
            touching=plain["touching"],
            scale_estimate=_scale_estimate(plain["scale_estimate"]),
            scale=plain["scale"],
            encoder=self.encoder(plain["encoder"]),
            strokes=tuple(map(self.stroke, plain["strokes"])),
            first_stroke=plain["first_stroke"],
            first_frame=plain["first_frame"],
            context=tuple(map(self.samples, plain["context"])),
        )

    def causal(self, plain: Mapping[str, Any]) -> CausalText:
        rows = self.arrays[plain["frames"]]
        return CausalText(
            frames=RowBuffer(rows.shape[1]).append(rows),
            tokens=from_values(plain["tokens"]),
            last_token=plain["last_token"],
            shown_tokens=plain["shown_tokens"],
        )

    def text(self, plain: Mapping[str, Any]) -> TextState:
        committed = tuple(map(_word, plain["committed"]))
        front = read_hypothesis(plain["pen_up_hypothesis"], committed)
        shown = plain["hypothesis"]
        return TextState(
            committed=committed,
            committed_text=plain["committed_text"],
            stable_counts=tuple((text, times) for text, times in plain["stable_counts"]),
            pen_up_hypothesis=front,
            hypothesis=front if shown is None else read_hypothesis(shown, committed),
            commit_log=from_values(
                (self.state(origin), count, tuple(map(self.samples, strokes)))
                for origin, count, strokes in plain["commit_log"]
            ),
        )

    def state(self, plain: Mapping[str, Any]) -> LineState:
        return LineState(
            ink=self.ink(plain["ink"]),
            causal=self.causal(plain["causal"]),
            refined=self.refined(plain["refined"]),
            text=self.text(plain["text"]),
        )
