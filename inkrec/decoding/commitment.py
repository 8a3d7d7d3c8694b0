"""When a word becomes final.

A word is committed once the pen has moved on from it and the second pass has
stopped changing its mind: it stood the same at several pen-ups in a row, words
follow it, the pen is well to its right, so that dots and crossbars have had
their chance, and its posterior is high or has been low for long.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import SessionError

__all__ = ["Commitment", "committable"]


@dataclass(frozen=True, slots=True)
class Commitment:
    """What a word must show to be committed.

    Attributes
    ----------
    words : int
        Words that follow it, at least one.
    pen_ups : int
        Pen-ups in a row at which it read the same.
    distance : float
        Scales from its right edge to the pen, or more.
    confidence : float
        Least posterior; above 1 there is none.
    patience : int
        Pen-ups in a row after which a word is taken whatever its posterior, so that one
        in doubt does not keep all that follows open.

    Raises
    ------
    SessionError
        If one is no number, negative, or a count below 1.
    """

    words: int = 1
    pen_ups: int = 3
    distance: float = 3.0
    confidence: float = 0.7
    patience: int = 40

    def __post_init__(self) -> None:
        for name in ("words", "pen_ups", "patience"):
            count = getattr(self, name)
            if not (isinstance(count, (int, np.integer)) and count >= 1):
                raise SessionError(
                    f"{name} is {count!r}; it must be a whole number of 1 or more: a word can be "
                    "committed only behind at least one other and after one pen-up; None in "
                    "place of a Commitment commits nothing"
                )
        for name in ("distance", "confidence"):
            least = getattr(self, name)
            if not (isinstance(least, (int, float, np.number)) and least >= 0):
                raise SessionError(f"{name} is {least!r}; it must be a number of 0 or more")


def committable(
    settings: Commitment,
    confidences: Sequence[float],
    steady: Sequence[int],
    distances: Sequence[float],
) -> int:
    """How many of the open words, from the front, are ready.

    Parameters
    ----------
    settings : Commitment
    confidences : sequence of float
        Posterior of each open word.
    steady : sequence of int
        Pen-ups in a row at which each read the same.
    distances : sequence of float
        Scales from each word's right edge to the pen.

    Returns
    -------
    int

    Examples
    --------
    >>> committable(Commitment(), [0.9, 0.9, 0.9], [9, 9, 2], [8.0, 1.0, 0.0])
    1
    """
    n = 0
    for confidence, times, distance in zip(confidences, steady, distances, strict=True):
        ready = (
            (confidence >= settings.confidence or times >= settings.patience)
            and times >= settings.pen_ups
            and distance >= settings.distance
        )
        if not ready or n >= len(confidences) - settings.words:
            break
        n += 1
    return n
