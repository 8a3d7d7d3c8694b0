"""Layers in NumPy, and the arrays of a model file that they are made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

from ..errors import ModelError
from .lstm import Array, Lstm, Quantized, lstm

__all__ = ["KERNEL", "STRIDE", "Bidirectional", "WeightReader", "conv_relu", "log_softmax"]

STRIDE = 4  # points a frame
KERNEL = 6  # of both convolutions, each of stride 2


def log_softmax(x: Array) -> Array:
    x = x - np.maximum.reduce(x, axis=-1, keepdims=True)
    x -= np.log(np.add.reduce(np.exp(x), axis=-1, keepdims=True))
    return x


class WeightReader:
    """Arrays by name, checked as they are taken."""

    def __init__(self, arrays: Mapping[str, npt.NDArray[np.floating] | Quantized]) -> None:
        self._arrays = arrays
        self._used: set[str] = set()

    def get(self, name: str, *shape: int | None) -> Array:
        found = self._found(name)
        given = found.floats() if isinstance(found, Quantized) else np.asarray(found)
        if given.dtype.kind != "f":
            raise ModelError(f"array {name!r} is of type {given.dtype}, not of floats")
        _check_shape(name, given, shape)
        with np.errstate(over="ignore", invalid="ignore"):
            # matrices are copied where they are turned over
            array: Array = given.astype(np.float32, copy=given.ndim != 2)
            total = array.sum()  # not finite if one of them is not
        if not np.isfinite(total):
            raise ModelError(f"array {name!r} holds values that are not finite")
        return array

    def matrix(self, name: str, *shape: int | None) -> Array | Quantized:
        """A matrix as `get` gives it, or as whole numbers where it is kept so."""
        found = self._found(name)
        if not isinstance(found, Quantized):
            return self.get(name, *shape)
        _check_shape(name, found.numbers, shape)
        with np.errstate(over="ignore", invalid="ignore"):
            reach = np.abs(found.scale).sum() * np.float32(128)
        if not np.isfinite(reach):
            raise ModelError(f"array {name!r} holds values that are not finite")
        return found

    def _found(self, name: str) -> npt.NDArray[np.floating] | Quantized:
        self._used.add(name)
        if name not in self._arrays:
            raise ModelError(f"the model file lacks the array {name!r}; export it anew")
        return self._arrays[name]

    def has(self, name: str) -> bool:
        """Whether there is any part of a layer."""
        return any(f"{name}.{part}" in self._arrays for part in ("into", "across", "bias"))

    def lstm(self, name: str, width: int) -> Lstm:
        across = self.matrix(f"{name}.across", None, None)
        shape = (across.numbers if isinstance(across, Quantized) else across).shape
        rows, units = shape
        if rows != 4 * units:
            raise ModelError(f"array '{name}.across' has shape {shape}, not (4n, n)")
        into = self.matrix(f"{name}.into", rows, width)
        return lstm(into, across, self.get(f"{name}.bias", rows))

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


def _check_shape(name: str, given: npt.NDArray[np.generic], shape: tuple[int | None, ...]) -> None:
    if (
        len(given.shape) != len(shape)
        or 0 in given.shape
        or any(b is not None and a != b for a, b in zip(given.shape, shape, strict=True))
    ):
        expected = ", ".join("n" if n is None else str(n) for n in shape)
        raise ModelError(f"array {name!r} has shape {given.shape}; ({expected}) was expected")


class Bidirectional:
    """Layers that look both ways, and the head on top of them.

    Parameters
    ----------
    given : WeightReader
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
            both = np.empty((len(x), n + back.units), np.float32)
            both[:, :n] = out
            back.run_backwards(x, both[:, n:])
            x = both
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
