"""Rows of numbers that grow at the end, shared by the versions of a state.

A state that is a value appends rows and keeps its older versions. They share one array:
a version is the array and how many of its rows are its own, and only the version that
ends where the written rows end may write behind them; any other takes a copy first.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["RowBuffer"]

Array = npt.NDArray[np.float32]
_LEAST = 64  # rows of a new array


class _Block:
    """The array, and how many of its rows are written."""

    __slots__ = ("rows", "used")

    def __init__(self, width: int, rows: int) -> None:
        self.rows: Array = np.empty((rows, width), np.float32)
        self.used = 0


class RowBuffer:
    """An immutable list of rows of one width.

    Parameters
    ----------
    width : int
        Numbers in a row.

    Examples
    --------
    >>> one = RowBuffer(2).append(np.ones((1, 2)))
    >>> two, other = one.append(np.zeros((1, 2))), one.append(np.full((1, 2), 7.0))
    >>> one.last(9).tolist(), two.last(1).tolist(), other.last(1).tolist()
    ([[1.0, 1.0]], [[0.0, 0.0]], [[7.0, 7.0]])
    """

    __slots__ = ("_block", "length")

    def __init__(self, width: int) -> None:
        self._block = _Block(width, 0)
        self.length = 0

    def append(self, rows: npt.NDArray[Any]) -> RowBuffer:
        """The list with more rows at its end; this one stays as it is."""
        block, length, n = self._block, self.length, len(rows)
        if not n:
            return self
        if block.used != length or length + n > len(block.rows):
            block = _Block(block.rows.shape[1], max(_LEAST, 2 * length, length + n))
            block.rows[:length] = self._block.rows[:length]
        block.rows[length : length + n] = rows
        block.used = length + n
        return self._of(block, length + n)

    def last(self, n: int) -> Array:
        """The last n rows, or all; a view that must not be written to."""
        return self._block.rows[max(0, self.length - n) : self.length]

    def cleared(self) -> RowBuffer:
        """No rows of the same width, in an array of their own."""
        return RowBuffer(self._block.rows.shape[1])

    @staticmethod
    def _of(block: _Block, length: int) -> RowBuffer:
        new = RowBuffer.__new__(RowBuffer)
        new._block, new.length = block, length
        return new
