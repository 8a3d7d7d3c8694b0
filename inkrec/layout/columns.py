"""The white between pieces of lines: gaps of a line, and gaps between columns."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .ridges import Fragment

__all__ = ["Gap", "column_edges", "column_gaps", "find_gaps"]

# all lengths in text sizes
_MAX_GAP = 30.0  # wider white is no gap of a line
_LEVEL, _BEND = 0.95, 0.03  # between the ridges at both ends of a gap; more where it is wide
_IN_A_ROW = 3  # strokes: marks may come between
_WRITTEN_SLACK = 1.6  # times as far off its level may be what was written next
_ALIKE = 0.8  # ratio of text sizes in one line, as a logarithm
_WHITE = 0.8  # narrower gaps are within words
_USUAL_GAP = 2.5  # between words
_ALIGNED = 0.9  # deviation of the left edges of a column's lines
_COLUMN_GAPS = ((2.0, 6), (3.0, 5), (4.5, 4), (6.0, 3), (9.0, 2))
# width, and lines that must share it, where the order of writing is not known
_STRIPE_LINES = 3  # over and under a gap, beside the white between columns; where it is known
_NEAR_STRIPE = 12.0  # no farther from it


class Gap(NamedTuple):
    """White between two fragments of what may be one line.

    Attributes
    ----------
    a, b : int
        Places of the fragments.
    left, right, y : float
    size : float
        Text size.
    written : bool
        Whether the pen went on across it in the order of writing.
    """

    a: int
    b: int
    left: float
    right: float
    y: float
    size: float
    written: bool


def find_gaps(fragments: Sequence[Fragment], timed: bool, slack: float = 1.0) -> list[Gap]:
    """Pairs of fragments that may be parts of one line, none between them."""
    lefts, rights = (np.array([f[k] for f in fragments]) for k in (1, 2))
    ridge_left, ridge_right = (np.array([f[k] for f in fragments]) for k in (3, 4))
    sizes = np.array([f.size for f in fragments])
    slopes = (ridge_right - ridge_left) / np.maximum(rights - lefts, 6 * sizes)
    firsts = np.array([f.strokes.min() for f in fragments])
    found = []
    for k, f in enumerate(fragments):
        u = np.minimum(sizes, f.size)
        gap = (lefts - f.right) / u
        # lines go on as they went, and bend: the farther away, the less sure is their level
        ahead = np.clip(lefts - f.right, 0, 4 * u) / 2
        off = np.abs(ridge_left - ahead * slopes - f.ridge_right - ahead * slopes[k]) / u
        beside = (gap > -1.0) & (gap < _MAX_GAP) & (rights > f.right) & (lefts > f.left)
        later = firsts - f.strokes.max()
        written = (np.abs(later) <= _IN_A_ROW) if timed else np.zeros(len(gap), bool)
        level = np.where(written, max(slack, _WRITTEN_SLACK), slack) * _LEVEL
        beside &= off < level + _BEND * np.maximum(gap, 0)
        beside[k] = False
        # a line of letters twice as large is another one
        beside &= np.abs(np.log(sizes / f.size)) < _ALIKE
        if beside.any():
            b = int(np.flatnonzero(beside)[np.argmin((gap + 2 * off - 2 * written)[beside])])
            y = (f.ridge_right + ridge_left[b]) / 2
            found.append(Gap(k, b, f.right, float(lefts[b]), y, float(u[b]), bool(written[b])))
    return found


def column_gaps(fragments: Sequence[Fragment], gaps: Sequence[Gap]) -> list[Gap]:
    """Gaps that are the white between columns.

    Parameters
    ----------
    fragments : sequence of Fragment
    gaps : sequence of Gap
        As `find_gaps` gives them.

    Returns
    -------
    list of Gap
    """
    if not gaps:
        return []
    left, right = np.array([g.left for g in gaps]), np.array([g.right for g in gaps])
    y, u = np.array([g.y for g in gaps]), np.array([g.size for g in gaps])
    wide = (right - left) / u
    wide = wide[(wide > _WHITE)]
    if len(wide):  # who leaves much white between words leaves more between columns
        u = u * max(1.0, float(np.median(wide)) / _USUAL_GAP)
    f_left, f_right = (np.array([f[k] for f in fragments]) for k in (1, 2))
    f_y = np.array([f.ridge for f in fragments])
    found: set[int] = set()
    for k in range(len(gaps)):
        if k in found or right[k] - left[k] < _WHITE * u[k]:
            continue
        # gaps that stand over and under this one, as far as no ink lies between
        low, high = left[k], right[k]
        inside = [k]
        for way in (-1, 1):
            a, b = left[k], right[k]
            along = np.flatnonzero((y - y[k]) * way > 0.5 * u[k])
            along = along[np.argsort(np.abs(y[along] - y[k]))]
            blocked = (f_left < b - 0.2 * u[k]) & (f_right > a + 0.2 * u[k])
            blocked &= (f_y - y[k]) * way > 0.5 * u[k]
            for g in along.tolist():
                if left[g] >= b or right[g] <= a:
                    continue
                na, nb = max(a, left[g]), min(b, right[g])
                if nb - na < _WHITE * u[k]:
                    break
                stop = blocked & (f_left < nb - 0.2 * u[k]) & (f_right > na + 0.2 * u[k])
                if (stop & ((y[g] - f_y) * way > 0.5 * u[k])).any():
                    break
                a, b = na, nb
                inside.append(g)
            low, high = max(low, a), min(high, b)
        width = (high - low) / u[k]
        lines = len({round(float(y[g] / u[k])) for g in inside})
        edges = right[inside]
        if len(inside) > 3:  # margins may lean
            edges = edges - np.polyval(np.polyfit(y[inside], edges, 1), y[inside])
        aligned = float(np.std(edges)) < _ALIGNED * u[k]
        if any(width >= w and lines >= count and (aligned or w > 3) for w, count in _COLUMN_GAPS):
            found.update(inside)
    return [gaps[k] for k in found]


def column_edges(parts: Sequence[Fragment], fragments: Sequence[Fragment]) -> list[float]:
    """Where a line in the order of writing reaches over the white between columns.

    Parameters
    ----------
    parts : sequence of Fragment
        Of the line, each written in one go.
    fragments : sequence of Fragment
        Of all lines.

    Returns
    -------
    list of float
        x of the middle of such white, rising.
    """
    edges = []
    parts = sorted(parts, key=lambda f: f.left)
    reach = -np.inf
    for a, b in itertools.pairwise(parts):
        reach = max(reach, a.right)
        y = (a.ridge + b.ridge) / 2
        if _is_stripe(reach, b.left, y, min(a.size, b.size), fragments):
            edges.append((reach + b.left) / 2)
    return edges


def _is_stripe(
    left: float, right: float, y: float, size: float, fragments: Sequence[Fragment]
) -> bool:
    """Whether white goes on over and under a gap, with lines on both sides of it."""
    if right - left < _WHITE * size:
        return False
    sides = [0, 0]
    pieces = sorted(fragments, key=lambda f: abs(f.ridge - y))
    for way in (-1, 1):
        a, b = left, right
        for f in pieces:
            if (f.ridge - y) * way <= 0.3 * size:
                continue
            if f.right < b - _WHITE * size and f.left < a:
                a, side = max(a, f.right), 0
            elif f.left > a + _WHITE * size and f.right > b:
                b, side = min(b, f.left), 1
            else:
                break
            away = left - f.right if side == 0 else f.left - right
            sides[side] += away < _NEAR_STRIPE * size
    return min(sides) >= 1 and sum(sides) >= _STRIPE_LINES
