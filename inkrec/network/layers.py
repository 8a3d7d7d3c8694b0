"""Layers in NumPy, and the arrays of a model file that they are made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

from ..errors import ModelError

__all__ = [
    "KERNEL",
    "STRIDE",
    "Array",
    "Bidirectional",
    "Lstm",
    "WeightReader",
    "conv_relu",
    "log_softmax",
    "matmul_blocked",
]  # fmt: skip

STRIDE = 4  # points a frame
KERNEL = 6  # of both convolutions, each of stride 2

_SMALL, _BLOCK = 10_240, 64  # a product with a smaller left side is taken in blocks of columns

Array = npt.NDArray[np.float32]

_HALF, _ONE, _TWO = (np.array(v, np.float32) for v in (0.5, 1.0, 2.0))


class Lstm:
    """One LSTM layer; weights come with the gates in PyTorch's order i, f, g, o.

    The logistic gates run through tanh as well, (1 + tanh(x / 2)) / 2, so that one
    call serves all four. The halves are folded into the weights, exactly, and the
    gates are kept as i, f, o, g, so that a step is ten calls on whole arrays.
    """

    __slots__ = ("bias", "units", "w_input", "w_recurrent")

    def __init__(self, w_input: Array, w_recurrent: Array, bias: Array) -> None:
        self.units = n = w_recurrent.shape[1]
        self.w_input = _folded(w_input, n, 1.0)
        # the outputs run at twice their value until the end
        self.w_recurrent = _folded(w_recurrent, n, 0.5)
        self.bias: Array = _folded(bias[:, None], n, 1.0)[0]

    def weights(self) -> tuple[Array, Array, Array]:
        """Its arrays, always in the same order."""
        return self.w_input, self.w_recurrent, self.bias

    def run(self, x: Array, h: Array, c: Array) -> tuple[Array, Array]:
        """Outputs and cells after each step, of shape (steps, units) each."""
        n = self.units
        gates = matmul_blocked(x, self.w_input)
        gates += self.bias
        out, cells = np.empty((2, len(x), n), np.float32)
        across, h = self.w_recurrent, h * _TWO
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


def matmul_blocked(x: Array, weight: Array) -> Array:
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


def log_softmax(x: Array) -> Array:
    x = x - np.maximum.reduce(x, axis=-1, keepdims=True)
    x -= np.log(np.add.reduce(np.exp(x), axis=-1, keepdims=True))
    return x


class WeightReader:
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
            # matrices are copied where they are turned over
            array: Array = given.astype(np.float32, copy=given.ndim != 2)
            total = array.sum()  # not finite if one of them is not
        if not np.isfinite(total):
            raise ModelError(f"array {name!r} holds values that are not finite")
        return array

    def has(self, name: str) -> bool:
        """Whether there is any part of a layer."""
        return any(f"{name}.{part}" in self._arrays for part in ("into", "across", "bias"))

    def lstm(self, name: str, width: int) -> Lstm:
        across = self.get(f"{name}.across", None, None)
        rows, units = across.shape
        if rows != 4 * units:
            raise ModelError(f"array '{name}.across' has shape {across.shape}, not (4n, n)")
        return Lstm(self.get(f"{name}.into", rows, width), across, self.get(f"{name}.bias", rows))

    def conv(self, name: str) -> tuple[Array, Array]:
        weight = self.get(f"{name}.weight", None, None, KERNEL)
        flat = weight.transpose(2, 1, 0).reshape(-1, weight.shape[0])
        return np.ascontiguousarray(flat), self.get(f"{name}.bias", weight.shape[0])

    def stem(self) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
        """Both convolutions, which must fit each other."""
        first, second = self.conv("conv1"), self.conv("conv2")
        if len(second[0]) != KERNEL * len(first[1]):
            raise ModelError("the two convolutions do not fit each other")
        return first, second

    def head(self, name: str, width: int) -> tuple[Array, Array]:
        weight = self.get(f"{name}.weight", None, width)
        return np.array(weight.T, order="C"), self.get(f"{name}.bias", weight.shape[0])

    def close(self) -> None:
        """Refuse arrays that nothing took."""
        left = set(self._arrays) - self._used
        if left:
            raise ModelError(f"array {min(left)!r} belongs to no layer of a network")


class Bidirectional:
    """Layers that look both ways, and the head on top of them.

    Parameters
    ----------
    given : Arrays
        With ``forth.0``, ``back.0`` and so on, and ``refine_head``.
    width : int
        Of what it reads.

    Attributes
    ----------
    forward_width : int
        Width of where the forth direction stands, all layers.
    classes : int

    Raises
    ------
    ModelError
        If there is no layer, or an array is not as it should be.
    """

    __slots__ = ("_head", "_layers", "classes", "forward_width")

    def __init__(self, given: WeightReader, width: int) -> None:
        self._layers: list[tuple[Lstm, Lstm]] = []
        while given.has(f"forth.{len(self._layers)}") or given.has(f"back.{len(self._layers)}"):
            i = len(self._layers)
            pair = given.lstm(f"forth.{i}", width), given.lstm(f"back.{i}", width)
            self._layers.append(pair)
            width = pair[0].units + pair[1].units
        self._head = given.head("refine_head", width)
        if not self._layers:
            raise ModelError("the model file lacks a pass; export it anew")
        self.forward_width = 2 * sum(forth.units for forth, _ in self._layers)
        self.classes = len(self._head[1])

    def weights(self) -> Iterator[Array]:
        """Every array, always in the same order."""
        yield from self._head
        for pair in self._layers:
            for layer in pair:
                yield from layer.weights()

    def run(self, x: Array, known: Array | None = None) -> tuple[Array, Array]:
        """Log-probabilities, and where the forth direction stands behind each frame.

        Parameters
        ----------
        x : ndarray, shape (frames, width)
        known : ndarray, shape (1 + n, ahead), optional
            Where the forth direction stood in front of these frames, and behind the first
            n of them when they were last read; at rest in front of them if left out.

        Returns
        -------
        log_probs : ndarray, shape (frames, classes)
        ahead : ndarray, shape (frames, ahead)
        """
        known = np.zeros((1, self.forward_width), np.float32) if known is None else known
        at = 0
        ahead: list[Array] = []
        for forth, back in self._layers:
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
        weight, bias = self._head
        return log_softmax(x @ weight + bias), np.concatenate(ahead, axis=1)


def conv_relu(x: Array, n: int, weight: Array, bias: Array) -> Array:
    """Outputs j = 0 .. n-1 of a convolution of stride 2 over x[2j : 2j + 6], rectified."""
    # each window is one run of memory, and overlaps the next
    width = x.shape[1]
    windows = np.ndarray((n, KERNEL * width), np.float32, x, 0, (8 * width, 4))
    y: Array = windows @ weight
    y += bias
    return np.maximum(y, 0.0, out=y)
