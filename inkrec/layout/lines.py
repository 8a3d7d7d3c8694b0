"""Strokes of writing taken apart into lines, by their place.

Each stroke climbs to the ridge of ink that it stands on (mean shift across the line, as far
as some letters on both sides), so that ascenders and descenders do not matter. Strokes that
stand on one ridge are joined from small gaps to large ones, but for gaps that stand above one
another: these are the white between columns or beside a margin note. Marks join last.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .shapes import Floats, StrokeShapes
from .stroke_features import Neighbourhood, local_sizes

__all__ = ["find_lines"]

Integers = npt.NDArray[np.int64]

# all lengths in local text sizes
_ALONG, _ACROSS = 5.0, 0.75  # spread of the kernel that makes ridges of ink
_REACH = 10.0  # to both sides that a stroke looks along its line
_SHIFTS = 12  # steps of climbing
_MOST = 300  # points that a stroke looks at
_MARK = 0.85  # no larger in either direction: dots, commas, dashes
_WORD_GAP = 1.3  # strokes closer than this are of one word
_MAX_GAP = 30.0  # wider white is no gap of a line
_LEVEL = 0.95  # between the ridges of strokes of one line
_LITTLE = 14.0  # way of the pen of what may hang on a line as a mark does,
_HANGS = 2.4  # no farther above it; below it less
_HANGS_BESIDE = 4.0  # no farther beside it
_COLUMN_GAPS = ((1.6, 6), (2.5, 4), (4.0, 3), (7.0, 2))  # width, and lines that must share it
_TIMED_GAPS = ((0.8, 4), (1.5, 2), (6.0, 1))  # the same where none was written across in one go


class _Fragment(NamedTuple):
    """Strokes of a line that stand close together."""

    strokes: Integers
    left: float
    right: float
    ridge_left: float  # y of the ridge at both ends
    ridge_right: float
    size: float

    @property
    def ridge(self) -> float:
        return (self.ridge_left + self.ridge_right) / 2


def find_lines(shapes: StrokeShapes, size: float, *, timed: bool = True) -> list[list[int]]:
    """Lines of writing.

    Parameters
    ----------
    shapes : StrokeShapes
        Of writing that is about level, drawings left out.
    size : float
        Its text size.
    timed : bool
        Whether the strokes' order is that of writing; it helps, but is not needed.

    Returns
    -------
    list of list of int
        Strokes of each line, rising; lines in the order in which they are read.
    """
    n = len(shapes)
    if n < 2 or not size > 0:
        return [[i] for i in range(n)]
    sizes = local_sizes(shapes, size)
    extent = np.maximum(shapes.right - shapes.left, shapes.bottom - shapes.top)
    body = extent > _MARK * sizes
    if not body.any():
        body[:] = True
    rows = np.flatnonzero(body)
    bodies = shapes.take(rows)
    ridges = _ridges(bodies, sizes[rows])
    fragments = _fragments(bodies, ridges, sizes[rows], timed)
    whole = _joined(bodies, ridges, sizes[rows], fragments, timed)
    whole = _settled(bodies, ridges, whole)
    lines = [rows[f.strokes].tolist() for f in whole]
    marks = np.flatnonzero(~body)
    ridge = np.full(n, np.nan)
    ridge[rows] = ridges
    lines = _with_marks(shapes, sizes, ridge, lines, marks.tolist(), timed)
    return [lines[k] for k in _reading_order(shapes, lines, sizes)]


def _ridges(shapes: StrokeShapes, sizes: Floats) -> Floats:
    """y of the ridge that each stroke stands on, at its middle."""
    near = Neighbourhood(shapes, sizes)
    middle = shapes.path.mean(axis=1)
    u = sizes
    boxes = np.stack(
        [middle[:, 0] - _REACH * u, middle[:, 1] - 2.5 * u,
         middle[:, 0] + _REACH * u, middle[:, 1] + 2.5 * u], axis=1
    )  # fmt: skip
    ridge: Floats = middle[:, 1].copy()
    n = len(shapes)
    # a stroke's own points count like all others, so that a lone one has a ridge too
    own = np.repeat(np.arange(n), 8), shapes.path[:, 6::12].reshape(-1, 2)
    for of, point in near.pairs(boxes, _MOST):
        rows = np.unique(of)
        mine = np.isin(own[0], rows)
        of = np.concatenate([of, own[0][mine]])
        points = np.concatenate([near.points[point], own[1][mine]])
        dx = (points[:, 0] - middle[of, 0]) / u[of]
        weight = np.exp(-0.5 * (dx / _ALONG) ** 2)
        y = points[:, 1]
        level = ridge.copy()
        for _ in range(_SHIFTS):
            w = weight * np.exp(-0.5 * ((y - level[of]) / (_ACROSS * u[of])) ** 2)
            total = np.bincount(of, w, minlength=n)
            moved = np.bincount(of, w * y, minlength=n) / np.maximum(total, 1e-12)
            level[rows] = np.where(total[rows] > 1e-9, moved[rows], level[rows])
        ridge[rows] = level[rows]
    return ridge


def _fragments(
    shapes: StrokeShapes, ridges: Floats, sizes: Floats, timed: bool
) -> list[_Fragment]:
    """Strokes on one ridge with no wide gap between them."""
    n = len(shapes)
    left, right = shapes.left, shapes.right
    order = np.argsort(left, kind="stable")
    parent = np.arange(n)

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = int(parent[i])
        return i

    starts = left[order]
    ends = right + _WORD_GAP * sizes
    last = np.searchsorted(starts, ends)
    for place, i in enumerate(order.tolist()):
        others = order[place + 1 : last[i]]
        if len(others):
            u = np.minimum(sizes[i], sizes[others])
            level = np.abs(ridges[others] - ridges[i]) < 0.6 * u
            for j in others[level].tolist():
                a, b = root(i), root(j)
                if a != b:
                    parent[b] = a
    if timed:  # what was written next to it right after it
        gap = np.maximum(left[1:] - right[:-1], left[:-1] - right[1:])
        u = np.minimum(sizes[1:], sizes[:-1])
        level = np.abs(np.diff(ridges)) < _LEVEL * u
        for i in np.flatnonzero((gap < _WORD_GAP * u) & level).tolist():
            a, b = root(i), root(i + 1)
            if a != b:
                parent[b] = a
    roots = np.array([root(i) for i in range(n)])
    return [
        _fragment(shapes, ridges, sizes, np.flatnonzero(roots == r)) for r in np.unique(roots)
    ]


def _fragment(
    shapes: StrokeShapes, ridges: Floats, sizes: Floats, strokes: Integers
) -> _Fragment:
    left, right = shapes.left[strokes], shapes.right[strokes]
    a, b = float(left.min()), float(right.max())
    u = float(np.median(sizes[strokes]))
    x, y = (left + right) / 2, ridges[strokes]
    ends = []
    for edge in (a, b):
        w = np.exp(-np.abs(x - edge) / (3 * u)) * np.maximum(shapes.length[strokes], u)
        ends.append(float((w * y).sum() / max(w.sum(), 1e-300)))
    return _Fragment(strokes, a, b, ends[0], ends[1], u)


class _Gap(NamedTuple):
    """White between two fragments of what may be one line."""

    a: int
    b: int
    left: float
    right: float
    y: float
    size: float
    written: bool  # in one go across it


def _gaps(fragments: Sequence[_Fragment], timed: bool) -> list[_Gap]:
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
        beside &= off < _LEVEL + 0.03 * np.maximum(gap, 0)
        beside[k] = False
        # a line of letters twice as large is another one
        beside &= np.abs(np.log(sizes / f.size)) < 0.8
        if beside.any():
            b = int(np.flatnonzero(beside)[np.argmin((gap + 2 * off)[beside])])
            y = (f.ridge_right + ridge_left[b]) / 2
            later = int(firsts[b]) - int(f.strokes.max())
            written = timed and (-3 <= later <= 3)
            found.append(_Gap(k, b, f.right, float(lefts[b]), y, float(u[b]), written))
    return found


def _joined(shapes: StrokeShapes, ridges: Floats, sizes: Floats,
            fragments: list[_Fragment], timed: bool) -> list[_Fragment]:  # fmt: skip
    """Whole lines of fragments."""
    between = {(fragments[g.a].right, fragments[g.b].left)
               for g in _column_gaps(fragments, _gaps(fragments, timed), timed)}  # fmt: skip
    while True:
        gaps = [g for g in _gaps(fragments, timed) if (g.left, g.right) not in between]
        taken: set[int] = set()
        merged = []
        for g in sorted(gaps, key=lambda g: (g.right - g.left) / g.size):
            if g.a not in taken and g.b not in taken:
                taken.update((g.a, g.b))
                strokes = np.concatenate([fragments[g.a].strokes, fragments[g.b].strokes])
                merged.append(_fragment(shapes, ridges, sizes, strokes))
        if not merged:
            return fragments
        fragments = [f for k, f in enumerate(fragments) if k not in taken] + merged


def _column_gaps(
    fragments: Sequence[_Fragment], gaps: Sequence[_Gap], timed: bool
) -> list[_Gap]:
    """Gaps that are the white between columns."""
    if not gaps:
        return []
    left, right = np.array([g.left for g in gaps]), np.array([g.right for g in gaps])
    y, u = np.array([g.y for g in gaps]), np.array([g.size for g in gaps])
    written = np.array([g.written for g in gaps])
    f_left, f_right = (np.array([f[k] for f in fragments]) for k in (1, 2))
    f_y = np.array([f.ridge for f in fragments])
    found: set[int] = set()
    for k in range(len(gaps)):
        if k in found or right[k] - left[k] < 0.8 * u[k]:
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
                if nb - na < 0.8 * u[k]:
                    break
                stop = blocked & (f_left < nb - 0.2 * u[k]) & (f_right > na + 0.2 * u[k])
                if (stop & ((y[g] - f_y) * way > 0.5 * u[k])).any():
                    break
                a, b = na, nb
                inside.append(g)
            low, high = max(low, a), min(high, b)
        width = (high - low) / u[k]
        across = written[inside].mean() if timed else 0.5
        sets = _COLUMN_GAPS if not timed else (_TIMED_GAPS if across < 0.25 else ())
        lines = len({round(float(y[g] / u[k])) for g in inside})
        if any(width >= w and lines >= count for w, count in sets):
            found.update(inside)
    return [gaps[k] for k in found]


def _settled(shapes: StrokeShapes, ridges: Floats, lines: list[_Fragment]) -> list[_Fragment]:
    """Lines, and with them the quotes, dashes and lone letters that hang on no ridge of theirs."""
    ink = np.array([shapes.length[f.strokes].sum() / f.size for f in lines])
    order = np.argsort(ink).tolist()
    alive = set(range(len(lines)))
    strokes = {k: lines[k].strokes for k in order}
    for k in order:
        f = lines[k]
        if ink[k] > _LITTLE or len(alive) < 2:
            continue
        x, y = (f.left + f.right) / 2, f.ridge
        best = None
        for other in alive - {k}:
            g = lines[other]
            if ink[other] < ink[k] * 1.5:
                continue
            outside = max(g.left - x, x - g.right, 0.0) / g.size
            if outside > _HANGS_BESIDE:
                continue
            mine = strokes[other]
            middles = (shapes.left[mine] + shapes.right[mine]) / 2
            w = np.exp(-np.abs(middles - x) / (3 * g.size)) + 1e-9
            away = (y - float((w * ridges[mine]).sum() / w.sum())) / g.size
            cost = max(-away, 1.3 * away) + 0.2 * outside
            if cost < _HANGS and (best is None or cost < best[0]):
                best = cost, other
        if best is not None:
            strokes[best[1]] = np.concatenate([strokes[best[1]], strokes[k]])
            alive.remove(k)
    return [lines[k]._replace(strokes=np.sort(strokes[k])) for k in sorted(alive)]


def _with_marks(
    shapes: StrokeShapes, sizes: Floats, ridge: Floats, lines: list[list[int]],
    marks: Sequence[int], timed: bool,
) -> list[list[int]]:  # fmt: skip
    """Dots, commas and dashes with the line that they stand in, over or under."""
    if not marks:
        return lines
    whose = np.full(len(shapes), -1)
    for k, line in enumerate(lines):
        whose[line] = k
    rows = np.flatnonzero(whose >= 0)
    boxes = shapes.boxes
    order = np.argsort(boxes[rows, 0])
    rows = rows[order]
    for i in marks:
        u = sizes[i]
        x, y = (boxes[i, 0] + boxes[i, 2]) / 2, (boxes[i, 1] + boxes[i, 3]) / 2
        apart = np.maximum(np.maximum(boxes[rows, 0] - x, x - boxes[rows, 2]), 0.0) / u
        down = (y - ridge[rows]) / u
        # dots stand over the ridge, commas under it; a little farther is no matter
        up_by, down_by = np.maximum(-down, 0.0), np.maximum(down, 0.0)
        cost = np.maximum(up_by - 1.2, 0.35 * up_by) + np.maximum(1.6 * (down_by - 0.6), 0.4 * down_by)
        inside = np.maximum(np.maximum(boxes[rows, 1] - y, y - boxes[rows, 3]), 0.0) / u
        cost = np.minimum(cost, np.where(apart == 0, 0.3 * cost + inside, np.inf)) + 0.25 * apart
        if timed:
            cost = cost - 0.5 * (np.abs(rows - i) <= 2)
        best = int(np.argmin(cost))
        if cost[best] < 4.0:
            whose[i] = whose[rows[best]]
        else:
            whose[i] = len(lines)
            lines = [*lines, []]
            # marks near it that fit no line either go with it
            rows = np.append(rows, i)
            ridge[i] = y
    return [np.flatnonzero(whose == k).tolist() for k in range(len(lines))]


def _reading_order(
    shapes: StrokeShapes, lines: Sequence[Sequence[int]], sizes: Floats
) -> list[int]:
    """Lines from top to bottom, columns from left to right (Breuel 2003).

    A line is read before another that is under it, and before one that lies wholly to its
    right unless a line between the two in height reaches over both.
    """
    n = len(lines)
    boxes = shapes.boxes
    left = np.array([boxes[list(line), 0].min() for line in lines])
    right = np.array([boxes[list(line), 2].max() for line in lines])
    y = np.array([np.median(shapes.path[list(line), :, 1]) for line in lines])
    overlap = (left[:, None] < right) & (left < right[:, None])
    above = y[:, None] < y
    before = overlap & above
    for i in range(n):
        for j in np.flatnonzero(right[i] <= left):
            low, high = min(y[i], y[j]), max(y[i], y[j])
            over = (y > low) & (y < high) & overlap[i] & overlap[j]
            if not over.any():
                before[i, j] = True
    done: list[int] = []
    left_over = list(np.argsort(y, kind="stable"))
    waits = before.sum(axis=0)
    while left_over:
        k = next((k for k in left_over if waits[k] <= 0), left_over[0])
        left_over.remove(k)
        done.append(int(k))
        waits = waits - before[k]
    return done

