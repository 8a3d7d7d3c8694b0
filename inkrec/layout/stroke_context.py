"""What the strokes around each stroke seem to be: the second look of the classifier."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .neighbourhood import Neighbourhood, distinct, local_sizes
from .shapes import Floats, StrokeShapes

__all__ = ["context_features", "neighbour_pairs"]

Integers = npt.NDArray[np.int64]

_TOUCH, _NEAR = 0.6, 3.0  # text sizes around a stroke's box
_MOST = 96  # points that are looked at around a stroke


def neighbour_pairs(shapes: StrokeShapes, size: float) -> list[tuple[Integers, Integers]]:
    """Strokes and others that touch them, and strokes and others that are near them.

    Returns
    -------
    list of (ndarray of int, ndarray of int)
        The strokes and the others: pairs that touch, and pairs that are near.
    """
    n = len(shapes)
    if n < 2:
        nothing = np.zeros(0, np.int64)
        return [(nothing, nothing)] * 2
    sizes = local_sizes(shapes, size)
    near = Neighbourhood(shapes, sizes)
    found = []
    for reach in (_TOUCH, _NEAR):
        by = reach * sizes[:, None]
        boxes = shapes.boxes + np.concatenate([-by, -by, by, by], axis=1)
        keys = [distinct(of * n + near.whose[point]) for of, point in near.pairs(boxes, _MOST)]
        pairs = np.concatenate(keys) if keys else np.zeros(0, np.int64)
        found.append((pairs // n, pairs % n))
    return found


def context_features(probabilities: Floats, pairs: list[tuple[Integers, Integers]]) -> Floats:
    """What each stroke and those around it seem to be.

    Parameters
    ----------
    probabilities : ndarray, shape (strokes, kinds)
        Of the first look.
    pairs : list of (ndarray, ndarray)
        As `neighbour_pairs` gives them: those of a stroke lie together.

    Returns
    -------
    ndarray, shape (strokes, 3 * kinds)
        Logarithms of its own probabilities, and the highest of each kind among those that
        touch it and those that are near it.
    """
    own = np.log(probabilities + 1e-4)
    columns = [own]
    for of, other in pairs:
        highest = np.zeros_like(probabilities)
        if len(of):
            starts = np.flatnonzero(np.diff(of, prepend=-1))
            highest[of[starts]] = np.maximum.reduceat(probabilities[other], starts, axis=0)
        columns.append(highest)
    return np.concatenate(columns, axis=1)
