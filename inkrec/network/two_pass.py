"""The two-pass network in NumPy: a step for the causal pass, a call for the second.

The same computation as `inkrec.training.network`, tied to it by a parity test.
States are values: arrays in them are never written to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..errors import ModelError
from .layers import KERNEL, STRIDE, Bidirectional, WeightReader, conv_relu, log_softmax
from .lstm import Array, Lstm, Quantized, matmul_blocked

__all__ = ["CausalState", "EncoderFrames", "Network"]

_PAST = KERNEL - 2


class CausalState(NamedTuple):
    """Where the causal pass stands.

    Attributes
    ----------
    point_context : ndarray, shape (4 + r, channels)
        The last points, r of them not yet in a frame.
    conv_context : ndarray, shape (4, stem[0])
        The last outputs of the first convolution.
    lstm : tuple of (h, c)
        State of each LSTM layer, shape (units,) each.
    """

    point_context: Array
    conv_context: Array
    lstm: tuple[tuple[Array, Array], ...]


class EncoderFrames(NamedTuple):
    """What the causal pass made of some points.

    Attributes
    ----------
    hidden : ndarray, shape (frames, width)
        Input of the second pass.
    log_probs : ndarray, shape (frames, classes)
        Natural log-probabilities of the causal head.
    """

    hidden: Array
    log_probs: Array


class Network:
    """The network's weights and what they compute; immutable and shared.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        As `inkrec.training.export` writes them, in any float type.

    Raises
    ------
    ModelError
        If an array is missing, of a wrong shape, or holds what is no number.
    """

    def __init__(self, arrays: Mapping[str, npt.NDArray[np.floating] | Quantized]) -> None:
        given = WeightReader(arrays)
        self._conv1, self._conv2 = given.stem()
        self.channels = len(self._conv1[0]) // KERNEL
        stem = len(self._conv2[1])
        self._causal: list[Lstm] = []
        width = stem
        while given.has(f"causal.{len(self._causal)}"):
            self._causal.append(given.lstm(f"causal.{len(self._causal)}", width))
            width = self._causal[-1].units
        self._causal_head = given.head("causal_head", width)
        self.classes = len(self._causal_head[1])
        self.frame_width = width = width + stem
        self._refine = Bidirectional(given, width)
        self.forward_width = self._refine.forward_width
        if not self._causal or self._refine.classes != self.classes:
            raise ModelError("the model file lacks a pass, or its heads differ; export it anew")
        given.close()

        none = np.empty((0, self.frame_width), np.float32)
        self.no_frames = EncoderFrames(none, np.empty((0, self.classes), np.float32))

    def weights(self) -> Iterator[Array]:
        """Every array, always in the same order."""
        for pair in (self._conv1, self._conv2, self._causal_head):
            yield from pair
        for layer in self._causal:
            yield from layer.weights()
        yield from self._refine.weights()

    def initial_state(self) -> CausalState:
        """The state before the first point."""
        zeros = [np.zeros(layer.units, np.float32) for layer in self._causal]
        return CausalState(
            np.zeros((_PAST, self.channels), np.float32),
            np.zeros((_PAST, len(self._conv1[1])), np.float32),
            tuple((z, z) for z in zeros),
        )

    def step(
        self, state: CausalState, points: Array, least: int = 1
    ) -> tuple[CausalState, EncoderFrames]:
        """Take points into the causal pass.

        Parameters
        ----------
        state : CausalState
        points : ndarray, shape (n, channels)
        least : int
            Frames to wait for: several at once cost little more than one.

        Returns
        -------
        state : CausalState
        frames : Frames
            All that are whole, or none.
        """
        points = np.concatenate([state.point_context, points])
        n = (len(points) - _PAST) // STRIDE
        if n < least:
            return state._replace(point_context=points), self.no_frames
        return self._run(state, points, n)

    def pen_up(self, state: CausalState, points: Array) -> tuple[CausalState, EncoderFrames, int]:
        """Take points into the causal pass and look at all there is.

        Parameters
        ----------
        state : CausalState
        points : ndarray, shape (n, channels)

        Returns
        -------
        state : CausalState
            As `step` leaves it.
        frames : Frames
            All that are whole, and one of the points that wait for more, if there are
            any, filled up as if the pen had stopped.
        whole : int
            How many are whole.
        """
        points = np.concatenate([state.point_context, points])
        whole, left = divmod(len(points) - _PAST, STRIDE)
        if not left:
            return *(self._run(state, points, whole) if whole else (state, self.no_frames)), whole
        padding = np.zeros((STRIDE - left, self.channels), np.float32)
        after, frames = self._run(state, np.concatenate([points, padding]), whole + 1, whole)
        return after._replace(point_context=points[STRIDE * whole :].copy()), frames, whole

    def flush(self, state: CausalState) -> EncoderFrames:
        """The frames of points that wait for more, as if the pen had stopped."""
        return self.pen_up(state, state.point_context[:0])[1]

    def _run(
        self, state: CausalState, points: Array, n: int, whole: int | None = None
    ) -> tuple[CausalState, EncoderFrames]:
        """Frames, and the state behind the first of them that are whole."""
        whole = n if whole is None else whole
        middle = np.concatenate([state.conv_context, conv_relu(points, 2 * n, *self._conv1)])
        stem = x = conv_relu(middle, n, *self._conv2)
        cells = []
        for layer, cell in zip(self._causal, state.lstm, strict=True):
            x, c = layer.run(x, *cell)
            cells.append((x[whole - 1].copy(), c[whole - 1].copy()) if whole else cell)
        weight, bias = self._causal_head
        log_probs = log_softmax(matmul_blocked(x, weight) + bias)
        rest, old = points[STRIDE * whole :].copy(), middle[2 * whole : 2 * whole + _PAST].copy()
        after = CausalState(rest, old, tuple(cells))
        return after, EncoderFrames(np.concatenate([x, stem], axis=1), log_probs)

    def refine(self, hidden: Array) -> Array:
        """The second pass over a run of frames.

        Parameters
        ----------
        hidden : ndarray, shape (frames, width)
            Of `Frames`, end to end.

        Returns
        -------
        ndarray, shape (frames, classes)
            Natural log-probabilities.
        """
        return self._refine.run(hidden)[0]

    def refine_from(self, hidden: Array, known: Array) -> tuple[Array, Array]:
        """The second pass over the last frames of a run whose front it has read before.

        Its forth direction goes on from there, so that frames in front need not be read again.

        Parameters
        ----------
        hidden : ndarray, shape (frames, width)
            Of `Frames`, end to end.
        known : ndarray, shape (1 + n, ahead)
            Where the forth direction stood in front of these frames, and behind the
            first n of them when they were last read. Its first layer stands there
            again, whatever has come since.

        Returns
        -------
        log_probs : ndarray, shape (frames, classes)
            Natural log-probabilities.
        ahead : ndarray, shape (frames, ahead)
            Where the forth direction stands behind each frame.
        """
        return self._refine.run(hidden, known)
