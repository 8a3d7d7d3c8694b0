"""Strokes of writing taken apart into lines, by their place.

Each stroke climbs to the ridge of ink that it stands on (mean shift across the line, as far
as some letters on both sides), so that ascenders and descenders do not matter. Strokes that
stand on one ridge are joined from small gaps to large ones, but for gaps that stand above one
another: these are the white between columns or beside a margin note. Marks join last.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .columns import column_edges, column_gaps, find_gaps
from .neighbourhood import local_sizes
from .reading_order import reading_order
from .ridges import Fragment, find_fragments, find_ridges, fragment_of
from .shapes import Floats, StrokeShapes
from .written_lines import written_lines

__all__ = ["find_lines"]

Integers = npt.NDArray[np.int64]

_SCALE = 1.4  # text sizes in a scale
_IN_A_ROW = 3  # strokes, marks among them, that may be written elsewhere meanwhile

# lengths in local text sizes
_FEW, _WORD = 4, (2.2, 0.7)  # fewer strokes are one line unless each is as wide and high
_MARK = 0.85  # no larger in either direction: dots, commas, dashes
_FLAT, _BAR, _LONG_BAR = 0.45, 0.25, 6.0  # height of bars, its part of their width, and that
_SMALL = 3.0  # no larger: strokes that may stand nearer to another line than to theirs
_LITTLE = 14.0  # way of the pen of what may hang on a line as a mark does,
_HANGS = 2.4  # no farther above it; below it less
_HANGS_BESIDE = 4.0  # no farther beside it
_PITCH = 2.9  # from line to line: where it is wider, lines may bend more,
_MOST_SLACK = 2.5  # but no more than so
_FAR = 3.5  # from its line: no mark of it
_WRITTEN = 1.6  # that a line is nearer where what was written before or after stands in it
_BETTER = 0.5  # by which another line must be nearer


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
    wide, high = shapes.right - shapes.left, shapes.bottom - shapes.top
    if n < _FEW and ((wide < _WORD[0] * size) | (high < _WORD[1] * size)).any():
        return [list(range(n))]
    sizes = local_sizes(shapes, size)
    extent = np.maximum(shapes.right - shapes.left, shapes.bottom - shapes.top)
    body = extent > _MARK * sizes
    # so are long bars, of which a T hangs on one
    flat = shapes.bottom - shapes.top < np.maximum(_FLAT * sizes, _BAR * extent)
    body &= ~flat | (extent > _LONG_BAR * sizes)
    if not body.any():
        body[:] = True
    if timed:
        return _written(shapes, size, sizes)
    rows = np.flatnonzero(body)
    bodies = shapes.take(rows)
    ridges = find_ridges(bodies, sizes[rows])
    fragments = find_fragments(bodies, ridges, sizes[rows], timed)
    whole = _joined(bodies, ridges, sizes[rows], fragments, timed)
    whole = _settled(bodies, ridges, whole)
    lines = [rows[f.strokes] for f in whole]
    ridge = shapes.path[:, :, 1].mean(axis=1)
    ridge[rows] = ridges
    whose = np.full(n, -1)
    for k, line in enumerate(lines):
        whose[line] = k
    whose = _assigned(shapes, sizes, ridge, whose, timed)
    found = [np.flatnonzero(whose == k).tolist() for k in np.unique(whose)]
    return [found[k] for k in reading_order(shapes, found)]


def _written(shapes: StrokeShapes, size: float, sizes: Floats) -> list[list[int]]:
    """Lines as they were written, but for the white between columns."""
    lines = written_lines(shapes.boxes / (_SCALE * size))
    ridges = shapes.path[:, :, 1].mean(axis=1)
    fragments, whose = [], []
    for k, line in enumerate(lines):
        cuts = np.flatnonzero(np.diff(line) > _IN_A_ROW) + 1
        for part in np.split(np.array(line), cuts):
            fragments.append(fragment_of(shapes, ridges, sizes, part))
            whose.append(k)
    found = []
    for k, line in enumerate(lines):
        parts = [f for f, w in zip(fragments, whose, strict=True) if w == k]
        edges = column_edges(parts, fragments)
        middles = (shapes.left[line] + shapes.right[line]) / 2
        part = np.searchsorted(edges, middles)
        found += [np.array(line)[part == p].tolist() for p in np.unique(part)]
    return [found[k] for k in reading_order(shapes, found)]


def _joined(
    shapes: StrokeShapes, ridges: Floats, sizes: Floats, fragments: list[Fragment], timed: bool
) -> list[Fragment]:
    """Whole lines of fragments."""
    columns = column_gaps(fragments, find_gaps(fragments, timed))
    between = {(g.left, g.right) for g in columns}
    slack = 1.0
    while True:
        gaps = find_gaps(fragments, timed, slack)
        gaps = [g for g in gaps if (g.left, g.right) not in between]
        taken: set[int] = set()
        merged = []
        for g in sorted(gaps, key=lambda g: (g.right - g.left) / g.size):
            if g.a not in taken and g.b not in taken:
                taken.update((g.a, g.b))
                strokes = np.concatenate([fragments[g.a].strokes, fragments[g.b].strokes])
                merged.append(fragment_of(shapes, ridges, sizes, strokes))
        fragments = [f for k, f in enumerate(fragments) if k not in taken] + merged
        if merged:
            continue
        wider = _slack(fragments)
        if wider <= slack:
            return fragments
        slack = wider


def _slack(lines: list[Fragment]) -> float:
    """How much more lines may bend than where they stand close."""
    long = [f for f in lines if f.right - f.left > 8 * f.size]
    pitches = []
    for f in long:
        under = [
            (g.ridge - f.ridge) / f.size
            for g in long
            if g.ridge > f.ridge + f.size and g.left < f.right and f.left < g.right
        ]
        if under:
            pitches.append(min(under))
    if not pitches:
        return _MOST_SLACK
    return float(np.clip(np.median(pitches) / _PITCH, 1.0, _MOST_SLACK))


def _settled(shapes: StrokeShapes, ridges: Floats, lines: list[Fragment]) -> list[Fragment]:
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


def _assigned(
    shapes: StrokeShapes, sizes: Floats, ridge: Floats, whose: Integers, timed: bool
) -> Integers:
    """The line of each stroke: marks (-1) get one, small strokes perhaps another."""
    n, count = len(shapes), int(whose.max()) + 1
    boxes = shapes.boxes
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2, shapes.path[:, :, 1].mean(axis=1)
    extent = (boxes[:, 2:] - boxes[:, :2]).max(axis=1) / sizes
    cost = np.full((n, count), np.inf)
    for k in range(count):
        line = np.flatnonzero(whose == k)
        order = line[np.argsort(x[line])]
        level = ridge[order]
        if len(order) > 4:  # without a stroke that stands out
            padded = np.concatenate([level[:2][::-1], level, level[-2:][::-1]])
            level = np.median(np.lib.stride_tricks.sliding_window_view(padded, 5), axis=1)
        down = (y - np.interp(x, x[order], level)) / sizes
        outside = np.maximum(boxes[line, 0].min() - x, x - boxes[line, 2].max()) / sizes
        mark = np.where(
            down < 0,
            np.maximum(-down - 1.3, 0.0) - 0.3 * down,
            1.5 * np.maximum(down - 0.7, 0.0) + 0.4 * down,
        )
        cost[:, k] = np.where(whose < 0, mark, np.abs(down)) + 0.25 * np.maximum(outside, 0.0)
    rows = np.arange(n)
    if timed:
        for step in (-1, 1):
            other = np.full(n, -1)
            if step < 0:
                other[1:] = whose[:-1]
            else:
                other[:-1] = whose[1:]
            near = rows[other >= 0]
            cost[near, other[near]] -= _WRITTEN / 2
    best = cost.argmin(axis=1)
    settled = whose.copy()
    marks = whose < 0
    settled[marks] = np.where(cost[rows, best] < _FAR, best, -1)[marks]
    stay = np.where(marks, 0, cost[rows, np.maximum(whose, 0)])
    moves = ~marks & (extent < _SMALL) & (cost[rows, best] + _BETTER < stay)
    settled[moves] = best[moves]
    # marks that fit no line: each cluster of them is one
    lone = np.flatnonzero(settled < 0)
    for i in lone.tolist():
        found = [j for j in lone.tolist() if settled[j] >= count]
        found = [j for j in found if np.hypot(x[i] - x[j], y[i] - y[j]) < 3 * sizes[i]]
        settled[i] = settled[found[0]] if found else settled.max() + 1
    return settled
