"""What lies near each stroke: the text size there, and the points of other strokes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from .shapes import Floats, StrokeShapes, run_heights

__all__ = ["Neighbourhood", "distinct", "groups_of", "local_sizes"]

Integers = npt.NDArray[np.int64]

_ROWS = 1000  # strokes that are compared with others in one go
_PER_STROKE = 48  # points of a stroke that others see, at most,
_STEP = 0.35  # and sizes from one to the next
_PAIRS = 1_000_000  # strokes and points that are looked at in one go
_BANDS = 512  # that points are kept in, at most
_CROWD = 2  # times as many points as are looked at, that may lie around the box
_CELL = 6.0  # sizes: places that share one local text size
_LOG_BINS = 8  # of an octave, that run heights are counted by
_PRIOR = 6.0  # runs that the page's own text size is worth at each place


def local_sizes(shapes: StrokeShapes, size: float) -> Floats:
    """The text size around each stroke, shape (strokes,): lines may be of unlike sizes."""
    heights, whose = run_heights(shapes.path[:, :, 1])
    heights = np.abs(heights) / size
    kept = heights > 0.2
    heights, whose = heights[kept], whose[kept]
    middle = shapes.path.mean(axis=1) / (_CELL * size)
    cell = np.floor(middle - middle.min(axis=0)).clip(0, 2**20).astype(np.int64)
    keys, place = np.unique(cell[:, 0] << 24 | cell[:, 1], return_inverse=True)
    bins = np.clip(np.round(_LOG_BINS * np.log2(heights)), -3 * _LOG_BINS, 5 * _LOG_BINS)
    bins = bins.astype(np.int64) + 3 * _LOG_BINS
    n_bins = 8 * _LOG_BINS + 1
    counts = np.zeros((len(keys), n_bins))
    np.add.at(counts, (place[whose], bins), np.sqrt(heights))
    around = counts.copy()
    for right in (-1, 0, 1):
        for down in (-1, 0, 1):
            if right or down:
                other = keys + (right << 24) + down
                found = np.searchsorted(keys, other).clip(0, len(keys) - 1)
                around += 0.3 * counts[found] * (keys[found] == other)[:, None]
    around[:, 3 * _LOG_BINS] += _PRIOR
    part = np.cumsum(around, axis=1)
    median = (part < part[:, -1:] / 2).sum(axis=1)
    sizes: Floats = size * 2.0 ** ((median - 3 * _LOG_BINS) / _LOG_BINS)
    return sizes[place]


class Neighbourhood:
    """Points of all strokes, found by place.

    Long strokes have more points than short ones, none more than 48.
    """

    def __init__(self, shapes: StrokeShapes, sizes: Floats) -> None:
        n, m = len(shapes), shapes.path.shape[1]
        counts = np.clip(shapes.length / sizes / _STEP, 4, _PER_STROKE).astype(np.int64)
        self.whose = np.repeat(np.arange(n), counts)
        first = np.cumsum(counts) - counts
        place = np.arange(len(self.whose)) - first[self.whose]
        part = (2 * place + 1) / (2 * counts[self.whose])
        self.points: Floats = shapes.path[self.whose, (part * m).astype(np.int64)]

    def pairs(self, boxes: Floats, most: int) -> Iterator[tuple[Integers, Integers]]:
        """Boxes and the points in them, a stroke's own apart, some boxes at a time.

        Parameters
        ----------
        boxes : ndarray, shape (strokes, 4)
            A box for each stroke.
        most : int
            Points in a box, at most; of more, every second, third and so on is taken.

        Yields
        ------
        box, point : ndarray of int, shape (pairs,)
            The pairs of a box lie together.
        """
        # points lie in bands of y, by their x in each: a box is some stretches of them
        origin = self.points.min(axis=0)
        x, y = (self.points - origin).T
        width = 2.0 * float(x.max()) + 1.0
        height = max(float(np.median(boxes[:, 3] - boxes[:, 1])), float(y.max()) / _BANDS, 1e-9)
        keys = np.floor(y / height) * width + x
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        low, high = np.floor((boxes[:, [1, 3]] - origin[1]).clip(0, float(y.max())) / height).T
        bands = (high - low + 1).astype(np.int64)
        box = np.repeat(np.arange(len(boxes)), bands)
        band = np.arange(len(box)) - np.repeat(np.cumsum(bands) - bands, bands) + low[box]
        edges = (boxes[:, [0, 2]] - origin[0]).clip(-1e-9, float(x.max()))[box]
        start = np.searchsorted(keys, band * width + edges[:, 0])
        counts = np.searchsorted(keys, band * width + edges[:, 1], side="right") - start
        counts = np.maximum(counts, 0)
        every = np.maximum(1, np.bincount(box, counts, len(boxes)) // (_CROWD * most))[box]
        every = every.astype(np.int64)
        counts = -(-counts // every)
        chunk = np.cumsum(np.bincount(box, counts, len(boxes)))[box] // _PAIRS
        for cut in np.split(np.arange(len(box)), np.flatnonzero(np.diff(chunk)) + 1):
            many = counts[cut]
            place = np.arange(int(many.sum())) - np.repeat(np.cumsum(many) - many, many)
            of = np.repeat(box[cut], many)
            point = order[np.repeat(start[cut], many) + place * np.repeat(every[cut], many)]
            at = self.points[point, 1]
            kept = (at >= boxes[of, 1]) & (at <= boxes[of, 3]) & (self.whose[point] != of)
            of, point = of[kept], point[kept]
            within = np.bincount(of, minlength=len(boxes))
            thin = np.maximum(1, -(-within // most))
            if (thin > 1).any():
                begin = np.flatnonzero(np.diff(of, prepend=-1))
                first = np.repeat(begin, np.diff(np.append(begin, len(of))))
                kept = (np.arange(len(of)) - first) % thin[of] == 0
                of, point = of[kept], point[kept]
            yield of, point


def distinct(values: Integers) -> Integers:
    """Whole numbers in order, each once."""
    values = np.sort(values)
    once: Integers = values[np.diff(values, prepend=-1) > 0]
    return once


def groups_of(shapes: StrokeShapes, rows: Integers, gap: float) -> list[Integers]:
    """Strokes that lie closer than a gap, transitively, by their boxes."""
    boxes = shapes.boxes[rows]
    rows = rows[np.argsort(boxes[:, 0], kind="stable")]
    boxes = shapes.boxes[rows]
    last = np.searchsorted(boxes[:, 0], boxes[:, 2] + gap, side="right")
    label = np.arange(len(rows))
    while True:
        before = label.copy()
        for first in range(0, len(rows), _ROWS):
            a = np.arange(first, min(first + _ROWS, len(rows)))
            many = np.maximum(last[a] - a - 1, 0)
            a = np.repeat(a, many)
            b = a + 1 + np.arange(len(a)) - np.repeat(np.cumsum(many) - many, many)
            near = (boxes[b, 1] < boxes[a, 3] + gap) & (boxes[a, 1] < boxes[b, 3] + gap)
            a, b = a[near], b[near]
            least = np.minimum(label[a], label[b])
            np.minimum.at(label, a, least)
            np.minimum.at(label, b, least)
        while (label != label[label]).any():
            label = label[label]
        if (label == before).all():
            break
    order = np.argsort(label, kind="stable")
    cuts = np.flatnonzero(np.diff(label[order])) + 1
    return [np.sort(part) for part in np.split(rows[order], cuts)]
