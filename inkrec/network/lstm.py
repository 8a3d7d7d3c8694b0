"""LSTM layers: in NumPy on floats, and in the compiled core on the whole numbers as shipped."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from .._engine import chosen

__all__ = ["Array", "FloatLstm", "Lstm", "Quantized", "QuantizedLstm", "lstm", "matmul_blocked"]

_SMALL, _BLOCK = 10_240, 64  # a product with a smaller left side is taken in blocks of columns

Array = npt.NDArray[np.float32]

_HALF, _ONE, _TWO = (np.array(v, np.float32) for v in (0.5, 1.0, 2.0))


class Quantized(NamedTuple):
    """A matrix of whole numbers, and what one counts in each row.

    Attributes
    ----------
    numbers : ndarray, shape (rows, columns), int8
    scale : ndarray, shape (rows,), float32
    """

    numbers: npt.NDArray[np.int8]
    scale: Array

    def floats(self) -> Array:
        """The matrix."""
        out: Array = self.numbers.astype(np.float32)
        out *= self.scale[:, None]
        return out


class Lstm(Protocol):
    """One LSTM layer."""

    @property
    def units(self) -> int:
        """Outputs of it."""

    def weights(self) -> tuple[Array, Array, Array]:
        """Its arrays, always in the same order, as `FloatLstm` holds them."""

    def run(self, x: Array, h: Array, c: Array) -> tuple[Array, Array]:
        """Outputs and cells after each step, of shape (steps, units) each."""

    def run_backwards(self, x: Array, out: Array) -> None:
        """Outputs of a run from the last step to the first, from rest, into ``out``."""


def lstm(w_input: Array | Quantized, w_recurrent: Array | Quantized, bias: Array) -> Lstm:
    """A layer on what computes it best here.

    Parameters
    ----------
    w_input, w_recurrent : ndarray or Quantized, shape (4 * units, width) and (4 * units, units)
        Weights of the inputs and of the outputs before, gates in the order i, f, g, o.
    bias : ndarray, shape (4 * units,)
    """
    core, kernel = chosen()
    if kernel and isinstance(w_input, Quantized) and isinstance(w_recurrent, Quantized):
        return QuantizedLstm(core, kernel, w_input, w_recurrent, bias)
    return FloatLstm(_floats(w_input), _floats(w_recurrent), bias)


def _floats(matrix: Array | Quantized) -> Array:
    return matrix.floats() if isinstance(matrix, Quantized) else matrix


class FloatLstm:
    """One LSTM layer; weights come with the gates in PyTorch's order i, f, g, o.

    The logistic gates run through tanh as well, (1 + tanh(x / 2)) / 2, so that one
    call serves all four. The halves are folded w_input the weights, exactly, and the
    gates are kept as i, f, o, g, so that a step is ten calls on whole arrays.
    """

    __slots__ = ("bias", "units", "w_input", "w_recurrent")

    def __init__(self, w_input: Array, w_recurrent: Array, bias: Array) -> None:
        self.units: int = w_recurrent.shape[1]
        n = self.units
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
        w_recurrent, h = self.w_recurrent, h * _TWO
        now = np.empty(4 * n, np.float32)
        i, f, o, g = now.reshape(4, n)
        logistic = now[: 3 * n]
        dot, add, multiply, tanh = np.dot, np.add, np.multiply, np.tanh
        for given, row, cell in zip(gates, out, cells, strict=True):
            dot(h, w_recurrent, now)
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

    def run_backwards(self, x: Array, out: Array) -> None:
        """Outputs of a run from the last step to the first, from rest, w_input ``out``."""
        zero = np.zeros(self.units, np.float32)
        out[:] = self.run(x[::-1], zero, zero)[0][::-1]


class QuantizedLstm:
    """One LSTM layer in the compiled core, on matrices of whole numbers.

    Inputs and outputs are rounded to 16 bits, each row with a scale of its own.

    Parameters
    ----------
    core : module
    kernel : str
        Which of its kernels multiplies.
    w_input, w_recurrent : Quantized
        As of `lstm`.
    bias : ndarray, shape (4 * units,)
    """

    __slots__ = ("_given", "_layer", "units")

    def __init__(
        self, core: Any, kernel: str, w_input: Quantized, w_recurrent: Quantized, bias: Array
    ) -> None:
        self.units: int = w_recurrent.numbers.shape[1]
        scales = (np.ascontiguousarray(m.scale) for m in (w_input, w_recurrent))
        self._given = (w_input.numbers.shape[1], *scales, np.ascontiguousarray(bias))
        _, a, b, c = self._given
        self._layer = core.Lstm(w_input.numbers, a, w_recurrent.numbers, b, c, kernel)

    def weights(self) -> tuple[Array, Array, Array]:
        """Its arrays as those of `FloatLstm`, made anew from what the core holds."""
        width, into_scale, across_scale, bias = self._given
        w_input = np.empty((4 * self.units, width), np.int8, "F")
        w_recurrent = np.empty((4 * self.units, self.units), np.int8, "F")
        self._layer.unpack(w_input, w_recurrent)
        floats = (
            Quantized(w_input, into_scale).floats(),
            Quantized(w_recurrent, across_scale).floats(),
        )
        return FloatLstm(*floats, bias).weights()

    def run(self, x: Array, h: Array, c: Array) -> tuple[Array, Array]:
        """Outputs and cells after each step, of shape (steps, units) each."""
        out = np.empty((len(x), self.units), np.float32)
        cells = np.empty_like(out)
        self._layer.run(x, h, c, out, cells, False)
        return out, cells

    def run_backwards(self, x: Array, out: Array) -> None:
        """Outputs of a run from the last step to the first, from rest, into ``out``."""
        zero = np.zeros(self.units, np.float32)
        self._layer.run(x, zero, zero, out, None, True)


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
