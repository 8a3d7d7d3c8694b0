"""The two-pass network in NumPy: a step for the causal pass, a call for the second.

The same computation as `inkrec.training.network`, tied to it by a parity test.
States are values: arrays in them are never written to.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .errors import ModelError

__all__ = ["KERNEL", "STRIDE", "CausalState", "Frames", "Network"]

STRIDE = 4  # points a frame
KERNEL = 6  # of both convolutions, each of stride 2
_PAST = KERNEL - 2

_SMALL, _BLOCK = 10_240, 64  # a product with a smaller left side is taken in blocks of columns

Array = npt.NDArray[np.float32]

_HALF, _ONE, _TWO = (np.array(v, np.float32) for v in (0.5, 1.0, 2.0))


class CausalState(NamedTuple):
    """Where the causal pass stands.

    Attributes
    ----------
    points : ndarray, shape (4 + r, channels)
        The last points, r of them not yet in a frame.
    middle : ndarray, shape (4, stem[0])
        The last outputs of the first convolution.
    cells : tuple of (h, c)
        State of each LSTM layer, shape (units,) each.
    """

    points: Array
    middle: Array
    cells: tuple[tuple[Array, Array], ...]


class Frames(NamedTuple):
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


class _Lstm:
    """One LSTM layer; weights come with the gates in PyTorch's order i, f, g, o.

    The logistic gates run through tanh as well, (1 + tanh(x / 2)) / 2, so that one
    call serves all four. The halves are folded into the weights, exactly, and the
    gates are kept as i, f, o, g, so that a step is ten calls on whole arrays.
    """

    __slots__ = ("across", "bias", "into", "units")

    def __init__(self, into: Array, across: Array, bias: Array) -> None:
        self.units = n = across.shape[1]
        self.into = _folded(into, n, 1.0)
        # the outputs run at twice their value until the end
        self.across = _folded(across, n, 0.5)
        self.bias: Array = _folded(bias[:, None], n, 1.0)[0]

    def run(self, x: Array, h: Array, c: Array) -> tuple[Array, Array]:
        """Outputs and cells after each step, of shape (steps, units) each."""
        n = self.units
        gates = _times(x, self.into)
        gates += self.bias
        out, cells = np.empty((2, len(x), n), np.float32)
        across, h = self.across, h * _TWO
        now = np.empty(4 * n, np.float32)
        i, f, o, g = now.reshape(4, n)
        logistic = now[: 3 * n]
        dot, add, multiply, tanh = np.dot, np.add, np.multiply, np.tanh
        for given, row, cell in zip(gates, out, cells, strict=True):
            dot(h, across, now)
            add(now, given, now)
            tanh(now, now)
            add(logistic, _ONE, logistic)
            multiply(i, g, i)
            multiply(c, f, cell)
            add(cell, i, cell)
            multiply(cell, _HALF, cell)  # both gates were twice their value
            tanh(cell, row)
            multiply(row, o, row)
            h, c = row, cell
        out *= _HALF
        return out, cells


def _folded(weights: Array, n: int, part: float) -> Array:
    """Weights transposed, gates in the order i, f, o, g, all but g halved."""
    out = np.empty((weights.shape[1], 4 * n), np.float32)
    out[:, : 2 * n] = weights[: 2 * n].T
    out[:, 2 * n : 3 * n] = weights[3 * n :].T
    out[:, 3 * n :] = weights[2 * n : 3 * n].T
    out[:, : 3 * n] *= 0.5 * part
    if part != 1.0:
        out[:, 3 * n :] *= part
    return out


def _times(x: Array, weight: Array) -> Array:
    """The matrix product; of a few rows by blocks of columns.

    For a few rows a BLAS spends most of its time on copying the weights into another
    order, unless the product is so small that it forgoes that: two to six times faster.
    """
    rows, columns = len(x), weight.shape[1]
    if rows < 2 or x.size > _SMALL or columns % _BLOCK:
        return x @ weight
    out = np.empty((rows, columns), np.float32)
    blocks = weight.reshape(-1, columns // _BLOCK, _BLOCK).transpose(1, 0, 2)
    np.matmul(x, blocks, out=out.reshape(rows, -1, _BLOCK).transpose(1, 0, 2))
    return out


def _log_softmax(x: Array) -> Array:
    x = x - np.maximum.reduce(x, axis=-1, keepdims=True)
    x -= np.log(np.add.reduce(np.exp(x), axis=-1, keepdims=True))
    return x


class _Arrays:
    """Arrays by name, checked as they are taken."""

    def __init__(self, arrays: Mapping[str, npt.NDArray[np.floating]]) -> None:
        self._arrays = arrays
        self._used: set[str] = set()

    def get(self, name: str, *shape: int | None) -> Array:
        self._used.add(name)
        if name not in self._arrays:
            raise ModelError(f"the model file lacks the array {name!r}; export it anew")
        given = np.asarray(self._arrays[name])
        if given.dtype.kind != "f":
            raise ModelError(f"array {name!r} is of type {given.dtype}, not of floats")
        if (
            len(given.shape) != len(shape)
            or 0 in given.shape
            or any(b is not None and a != b for a, b in zip(given.shape, shape, strict=True))
        ):
            expected = ", ".join("n" if n is None else str(n) for n in shape)
            raise ModelError(f"array {name!r} has shape {given.shape}; ({expected}) was expected")
        with np.errstate(over="ignore", invalid="ignore"):
            array: Array = given.astype(np.float32)
            total = array.sum()  # not finite if one of them is not
        if not np.isfinite(total):
            raise ModelError(f"array {name!r} holds values that are not finite")
        return array

    def has(self, name: str) -> bool:
        """Whether there is any part of a layer."""
        return any(f"{name}.{part}" in self._arrays for part in ("into", "across", "bias"))

    def lstm(self, name: str, width: int) -> _Lstm:
        across = self.get(f"{name}.across", None, None)
        rows, units = across.shape
        if rows != 4 * units:
            raise ModelError(f"array '{name}.across' has shape {across.shape}, not (4n, n)")
        return _Lstm(self.get(f"{name}.into", rows, width), across, self.get(f"{name}.bias", rows))

    def conv(self, name: str) -> tuple[Array, Array]:
        weight = self.get(f"{name}.weight", None, None, KERNEL)
        flat = weight.transpose(2, 1, 0).reshape(-1, weight.shape[0])
        return np.ascontiguousarray(flat), self.get(f"{name}.bias", weight.shape[0])

    def head(self, name: str, width: int) -> tuple[Array, Array]:
        weight = self.get(f"{name}.weight", None, width)
        return np.ascontiguousarray(weight.T), self.get(f"{name}.bias", weight.shape[0])

    def close(self) -> None:
        """Refuse arrays that nothing took."""
        left = set(self._arrays) - self._used
        if left:
            raise ModelError(f"array {min(left)!r} belongs to no layer of a network")


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

    def __init__(self, arrays: Mapping[str, npt.NDArray[np.floating]]) -> None:
        given = _Arrays(arrays)
        self._conv1, self._conv2 = given.conv("conv1"), given.conv("conv2")
        self.channels = len(self._conv1[0]) // KERNEL
        stem = len(self._conv2[1])
        if len(self._conv2[0]) != KERNEL * len(self._conv1[1]):
            raise ModelError("the two convolutions do not fit each other")
        self._causal: list[_Lstm] = []
        width = stem
        while given.has(f"causal.{len(self._causal)}"):
            self._causal.append(given.lstm(f"causal.{len(self._causal)}", width))
            width = self._causal[-1].units
        self._causal_head = given.head("causal_head", width)
        self.classes = len(self._causal_head[1])
        self.hidden = width = width + stem
        self._refine: list[tuple[_Lstm, _Lstm]] = []
        while given.has(f"forth.{len(self._refine)}") or given.has(f"back.{len(self._refine)}"):
            i = len(self._refine)
            pair = given.lstm(f"forth.{i}", width), given.lstm(f"back.{i}", width)
            self._refine.append(pair)
            width = pair[0].units + pair[1].units
        self.ahead = 2 * sum(forth.units for forth, _ in self._refine)
        self._refine_head = given.head("refine_head", width)
        if not self._causal or not self._refine or len(self._refine_head[1]) != self.classes:
            raise ModelError("the model file lacks a pass, or its heads differ; export it anew")
        given.close()

        none = np.empty((0, self.hidden), np.float32)
        self.nothing = Frames(none, np.empty((0, self.classes), np.float32))

    def weights(self) -> Iterator[Array]:
        """Every array, always in the same order."""
        for pair in (self._conv1, self._conv2, self._causal_head, self._refine_head):
            yield from pair
        for layer in (*self._causal, *itertools.chain.from_iterable(self._refine)):
            yield from (layer.into, layer.across, layer.bias)

    def start(self) -> CausalState:
        """The state before the first point."""
        zeros = [np.zeros(layer.units, np.float32) for layer in self._causal]
        return CausalState(
            np.zeros((_PAST, self.channels), np.float32),
            np.zeros((_PAST, len(self._conv1[1])), np.float32),
            tuple((z, z) for z in zeros),
        )

    def step(self, state: CausalState, points: Array, least: int = 1) -> tuple[CausalState, Frames]:
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
        points = np.concatenate([state.points, points])
        n = (len(points) - _PAST) // STRIDE
        if n < least:
            return state._replace(points=points), self.nothing
        return self._run(state, points, n)

    def lift(self, state: CausalState, points: Array) -> tuple[CausalState, Frames, int]:
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
        points = np.concatenate([state.points, points])
        whole, left = divmod(len(points) - _PAST, STRIDE)
        if not left:
            return *(self._run(state, points, whole) if whole else (state, self.nothing)), whole
        padding = np.zeros((STRIDE - left, self.channels), np.float32)
        after, frames = self._run(state, np.concatenate([points, padding]), whole + 1, whole)
        return after._replace(points=points[STRIDE * whole :].copy()), frames, whole

    def flush(self, state: CausalState) -> Frames:
        """The frames of points that wait for more, as if the pen had stopped."""
        return self.lift(state, state.points[:0])[1]

    def _run(
        self, state: CausalState, points: Array, n: int, whole: int | None = None
    ) -> tuple[CausalState, Frames]:
        """Frames, and the state behind the first of them that are whole."""
        whole = n if whole is None else whole
        middle = np.concatenate([state.middle, _convolve(points, 2 * n, *self._conv1)])
        stem = x = _convolve(middle, n, *self._conv2)
        cells = []
        for layer, cell in zip(self._causal, state.cells, strict=True):
            x, c = layer.run(x, *cell)
            cells.append((x[whole - 1].copy(), c[whole - 1].copy()) if whole else cell)
        weight, bias = self._causal_head
        log_probs = _log_softmax(_times(x, weight) + bias)
        rest, old = points[STRIDE * whole :].copy(), middle[2 * whole : 2 * whole + _PAST].copy()
        after = CausalState(rest, old, tuple(cells))
        return after, Frames(np.concatenate([x, stem], axis=1), log_probs)

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
        return self.reread(hidden, np.zeros((1, self.ahead), np.float32))[0]

    def reread(self, hidden: Array, known: Array) -> tuple[Array, Array]:
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
        x, at = hidden, 0
        ahead: list[Array] = []
        for forth, back in self._refine:
            n = forth.units
            h, c = known[:, at : at + n], known[:, at + n : at + 2 * n]
            at += 2 * n
            old = 0 if ahead else len(known) - 1
            out, cells = forth.run(x[old:], h[old], c[old])
            if old:
                out = np.concatenate([h[1:], out])
                cells = np.concatenate([c[1:], cells])
            ahead += [out, cells]
            zero = np.zeros(back.units, np.float32)
            behind = back.run(x[::-1], zero, zero)[0][::-1]
            x = np.concatenate([out, behind], axis=1)
        weight, bias = self._refine_head
        return _log_softmax(x @ weight + bias), np.concatenate(ahead, axis=1)


def _convolve(x: Array, n: int, weight: Array, bias: Array) -> Array:
    """Outputs j = 0 .. n-1 of a convolution of stride 2 over x[2j : 2j + 6], rectified."""
    # each window is one run of memory, and overlaps the next
    width = x.shape[1]
    windows = np.ndarray((n, KERNEL * width), np.float32, x, 0, (8 * width, 4))
    y: Array = windows @ weight
    y += bias
    return np.maximum(y, 0.0, out=y)
