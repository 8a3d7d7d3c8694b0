"""Other ways to draw the same page: directions and order of strokes, marks that come late."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from .line import TrainingLine, first_points, stroke_bounds

__all__ = ["delay_diacritics", "diacritics", "reverse_strokes"]

_LETTER = 1.6  # scales: wider strokes join letters, and nobody writes these backwards
_MARK = 0.8  # scales: dots and bars are no higher


def reverse_strokes(page: TrainingLine, random: np.random.Generator) -> TrainingLine:
    """The page in another ductus: other directions and another order of narrow strokes."""
    x, y, lasts = page.x, page.y, page.stroke_ends
    firsts = first_points(lasts)
    left, right = stroke_bounds(x, lasts)
    narrow = right - left < _LETTER
    angle = random.uniform(0, 2 * np.pi)
    along = (x[lasts] - x[firsts]) * np.cos(angle) + (y[lasts] - y[firsts]) * np.sin(angle)
    back = narrow & (along < 0) & (random.random(len(lasts)) < random.uniform(0.5, 1.0))
    runs = [np.arange(a, b + 1) for a, b in zip(firsts, lasts, strict=True)]
    runs = [run[::-1] if turn else run for run, turn in zip(runs, back, strict=True)]
    shared = np.minimum(right[1:], right[:-1]) - np.maximum(left[1:], left[:-1])
    least = np.minimum((right - left)[1:], (right - left)[:-1])
    over = narrow[1:] & narrow[:-1] & (shared >= 0.5 * least)
    often, free = random.random(), 0  # a stroke changes places once
    for i in np.flatnonzero(over & (random.random(len(over)) < often)).tolist():
        if i >= free:
            runs[i], runs[i + 1], free = runs[i + 1], runs[i], i + 2
    return _redrawn(page, runs)


def diacritics(page: TrainingLine) -> npt.NDArray[np.bool_]:
    """Which strokes are dots and bars over ink that was there before them."""
    left, right = stroke_bounds(page.x, page.stroke_ends)
    top, bottom = stroke_bounds(page.y, page.stroke_ends)
    before = np.concatenate([[-np.inf], np.maximum.accumulate(right)[:-1]])
    small = (right - left < _LETTER) & (bottom - top < _MARK)
    return np.asarray(small & ((left + right) / 2 < before))


def delay_diacritics(page: TrainingLine, random: np.random.Generator) -> TrainingLine:
    """The page with dots and bars drawn later than they were."""
    lasts = page.stroke_ends
    firsts = first_points(lasts)
    n = len(lasts)
    late = diacritics(page) & (random.random(n) < random.uniform(0.3, 1.0))
    by = random.integers(1, 9, n) if random.random() < 0.7 else np.full(n, n)
    runs = [np.arange(a, b + 1) for a, b in zip(firsts, lasts, strict=True)]
    order = np.argsort(np.where(late, np.arange(n) + by + 0.5, np.arange(n)), kind="stable")
    return _redrawn(page, [runs[i] for i in order])


def _redrawn(page: TrainingLine, runs: list[npt.NDArray[np.int64]]) -> TrainingLine:
    """The page with its strokes in another order; each is given by its points' indices."""
    x, y, t, lasts = page.x, page.y, page.t, page.stroke_ends
    firsts = first_points(lasts)
    order, ends = np.concatenate(runs), np.cumsum([len(run) for run in runs])
    steps = np.abs(np.diff(t[order], prepend=t[0]))  # a stroke takes as long either way
    steps[ends[:-1]] = t[firsts[1:]] - t[lasts[:-1]]
    steps[0] = 0.0
    return replace(
        page,
        x=x[order],
        y=y[order],
        t=t[0] + np.cumsum(steps),
        stroke_ends=ends - 1,
        pressure=None if page.pressure is None else page.pressure[order],
    )
