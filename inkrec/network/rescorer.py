"""The rescorer: another network, which reads finished lines whole and scores their texts.

It shares nothing with the two-pass network but the points, and sees the picture around
each of them besides, so that its mistakes are others. What it says of a text is weighed
in by `inkrec.decoding.rescoring`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

from ..errors import ModelError
from ..features.context_bitmap import PIXELS, with_context_bitmap
from ..features.points import CHANNELS
from .layers import KERNEL, STRIDE, Bidirectional, WeightReader, conv_relu
from .lstm import Array, Quantized

__all__ = ["Rescorer"]

_PAST = KERNEL - 2


class Rescorer:
    """Two convolutions and bidirectional LSTM layers with a CTC head; immutable and shared.

    The same computation as `inkrec.training.network` without causal layers.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        As `inkrec.training.export` writes them, in any float type.

    Attributes
    ----------
    classes : int

    Raises
    ------
    ModelError
        If an array is missing, of a wrong shape, or holds what is no number.
    """

    def __init__(self, arrays: Mapping[str, npt.NDArray[np.floating] | Quantized]) -> None:
        given = WeightReader(arrays)
        self._conv1, self._conv2 = given.stem()
        self._layers = Bidirectional(given, len(self._conv2[1]))
        self._channels, self.classes = len(self._conv1[0]) // KERNEL, self._layers.classes
        if self._channels not in (len(CHANNELS), len(CHANNELS) + PIXELS):
            raise ModelError(
                f"a second network of {self._channels} channels does not fit {len(CHANNELS)} and "
                f"{PIXELS} pixels of the picture around each point"
            )
        given.close()

    def weights(self) -> Iterator[Array]:
        """Every array, always in the same order."""
        yield from self._conv1
        yield from self._conv2
        yield from self._layers.weights()

    def log_probs(self, points: Array) -> Array:
        """Read a whole line.

        Parameters
        ----------
        points : ndarray, shape (n, len(CHANNELS))
            All of it; point i belongs to frame i // 4.

        Returns
        -------
        ndarray, shape (frames, classes)
            Natural log-probabilities, the blank's first.
        """
        if self._channels > points.shape[1]:
            points = with_context_bitmap(points)
        frames = -(-len(points) // STRIDE)
        x = np.zeros((_PAST + STRIDE * frames, self._channels), np.float32)
        x[_PAST : _PAST + len(points)] = points
        y = conv_relu(x, 2 * frames, *self._conv1)
        y = np.concatenate([np.zeros((_PAST, y.shape[1]), np.float32), y])
        return self._layers.run(conv_relu(y, frames, *self._conv2))[0]
