"""Strokes in the order of writing taken apart into lines.

One goes with the line that is being written unless it lies clearly below the ink nearest to
it, the more easily so where the pen went back to the left; then it belongs to a line that is
already there, or begins one. Ink is compared with what lies near it, so that lines may rise
or fall.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["written_lines"]

# all lengths in scales of `inkrec.ink.scale`
_NEAREST = 5  # strokes that a stroke is compared with
_BELOW = 1.9  # scales below these, that are another line's
_RETURNED = 1.1  # the same where the pen went back to the left
_BACK = 4.0  # by so many scales
_ABOVE = 1.5  # scales above these, that may be another line's
_APART = 2.5  # that are, even where there is no such line yet
_FITS = 1.0  # scales from the ink of another line, at most, to belong to it
_BESIDE = 3.0  # scales between lines that stand beside each other, or a line and its marks
_MARK = 1.6  # scales: no larger in either direction
_FEW = 4  # strokes: fewer may be the parts of a letter

Boxes = npt.NDArray[np.float64]
_ALL = slice(None)


def written_lines(boxes: Boxes) -> list[list[int]]:
    """Lines of strokes that came in the order of writing.

    Parameters
    ----------
    boxes : ndarray, shape (strokes, 4)
        Left, top, right and bottom of each stroke in scales, at least one.

    Returns
    -------
    list of list of int
        Strokes of each line, rising; lines from top to bottom.
    """
    middles = _middles(boxes)
    lines: list[list[int]] = [[0]]
    spans = _Spans.of(middles, lines, len(boxes))
    current = 0
    for i in range(1, len(boxes)):
        away = _below(boxes, lines[current], i)
        back = boxes[lines[current], 2].max() - boxes[i, 0]
        down = away > (_RETURNED if back > _BACK else _BELOW)
        if down or away < -_ABOVE:
            near = spans.near(middles[i], middles[i], _FITS)
            found = _nearest([(abs(_below(boxes, lines[n], i)), n) for n in near], _FITS)
            if found is not None:
                current = found
            elif down or away < -_APART:
                lines.append([])
                current = len(lines) - 1
        lines[current].append(i)
        spans.widen(current, middles[i], middles[i])
    lines = _joined(boxes, lines)
    return sorted(lines, key=lambda line: float(np.median(_middles(boxes, line))))


def _joined(boxes: Boxes, lines: list[list[int]]) -> list[list[int]]:
    """Lines without those that are a mark of another, or stand beside it."""
    left = sorted(lines, key=len)
    spans = _Spans.of(_middles(boxes), left, len(left))
    whole: list[list[int]] = []
    for first, line in enumerate(left):
        low, high = spans.low[first], spans.high[first]
        near = [n for n in spans.near(low, high, _BESIDE) if n > first]
        found = _nearest([(abs(_between(boxes, left[n], line)), n) for n in near], _BESIDE)
        if found is not None and _is_part(boxes, line, left[found]):
            left[found] = sorted([*left[found], *line])
            spans.widen(found, low, high)
        else:
            whole.append(line)
    return whole


class _Spans:
    """The lowest and the highest middle of each line's strokes.

    What lies nearest in a line has its middle between them, so that most lines of a page
    need not be measured.
    """

    def __init__(self, most: int) -> None:
        self.low: Boxes = np.full(most, np.inf)
        self.high: Boxes = np.full(most, -np.inf)

    @classmethod
    def of(cls, middles: Boxes, lines: Sequence[list[int]], most: int) -> _Spans:
        spans = cls(most)
        for n, line in enumerate(lines):
            spans.widen(n, middles[line].min(), middles[line].max())
        return spans

    def widen(self, n: int, low: float, high: float) -> None:
        self.low[n], self.high[n] = min(self.low[n], low), max(self.high[n], high)

    def near(self, low: float, high: float, gap: float) -> list[int]:
        """Lines that can lie closer than a gap to what spans these."""
        places: list[int] = np.flatnonzero(
            (low - self.high < gap) & (self.low - high < gap)
        ).tolist()
        return places


def _nearest(gaps: list[tuple[float, int]], most: float) -> int | None:
    """The place of the least gap, if it is below the most; of equal ones the first."""
    gap, place = min(gaps, default=(most, 0))
    return place if gap < most else None


def _is_part(boxes: Boxes, line: list[int], other: list[int]) -> bool:
    begin, top = boxes[line, :2].min(0)
    end, bottom = boxes[line, 2:].max(0)
    mark = len(line) < _FEW and max(end - begin, bottom - top) < _MARK
    return bool(mark or begin > boxes[other, 2].max() or end < boxes[other, 0].min())


def _between(boxes: Boxes, line: list[int], other: list[int]) -> float:
    """How far another line lies below the ink of this one that is nearest to it."""
    far = boxes[other, 0].min() > boxes[line, 2].max()
    edge = other[int(np.argmin(boxes[other, 0]) if far else np.argmax(boxes[other, 2]))]
    return _below(boxes, line, edge)


def _below(boxes: Boxes, line: Sequence[int], i: int) -> float:
    """By how much a stroke's middle lies below those of a line that are nearest to it in x."""
    left, _, right, _ = boxes[line].T
    apart = np.maximum(np.maximum(boxes[i, 0] - right, left - boxes[i, 2]), 0.0)
    near = np.asarray(line)[np.argsort(apart, kind="stable")[:_NEAREST]]
    return float((boxes[i, 1] + boxes[i, 3]) / 2 - np.median(_middles(boxes, near)))


def _middles(boxes: Boxes, line: Sequence[int] | npt.NDArray[np.int64] | slice = _ALL) -> Boxes:
    return (boxes[line, 1] + boxes[line, 3]) / 2
