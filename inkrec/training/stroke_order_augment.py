"""Augmentation of stroke order: other directions, other orders, diacritics that come late."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from .line import TrainingLine, first_points, stroke_bounds

__all__ = ["delay_diacritics", "diacritics", "reverse_strokes"]

_MAX_LETTER_WIDTH = 1.6  # scales: wider strokes join letters, and nobody writes these backwards
_MAX_MARK_HEIGHT = 0.8  # scales: dots and bars are no higher


def reverse_strokes(line: TrainingLine, random: np.random.Generator) -> TrainingLine:
    """The line in another ductus: other directions and another order of narrow strokes."""
    x, y, ends = line.x, line.y, line.stroke_ends
    firsts = first_points(ends)
    left, right = stroke_bounds(x, ends)
    narrow = right - left < _MAX_LETTER_WIDTH
    angle = random.uniform(0, 2 * np.pi)
    along = (x[ends] - x[firsts]) * np.cos(angle) + (y[ends] - y[firsts]) * np.sin(angle)
    back = narrow & (along < 0) & (random.random(len(ends)) < random.uniform(0.5, 1.0))
    runs = [np.arange(a, b + 1) for a, b in zip(firsts, ends, strict=True)]
    runs = [run[::-1] if turn else run for run, turn in zip(runs, back, strict=True)]
    shared = np.minimum(right[1:], right[:-1]) - np.maximum(left[1:], left[:-1])
    least = np.minimum((right - left)[1:], (right - left)[:-1])
    over = narrow[1:] & narrow[:-1] & (shared >= 0.5 * least)
    often, free = random.random(), 0  # a stroke changes places once
    for i in np.flatnonzero(over & (random.random(len(over)) < often)).tolist():
        if i >= free:
            runs[i], runs[i + 1], free = runs[i + 1], runs[i], i + 2
    return _redrawn(line, runs)


def diacritics(line: TrainingLine) -> npt.NDArray[np.bool_]:
    """Which strokes are dots and bars over ink that was there before them."""
    left, right = stroke_bounds(line.x, line.stroke_ends)
    top, bottom = stroke_bounds(line.y, line.stroke_ends)
    before = np.concatenate([[-np.inf], np.maximum.accumulate(right)[:-1]])
    small = (right - left < _MAX_LETTER_WIDTH) & (bottom - top < _MAX_MARK_HEIGHT)
    return np.asarray(small & ((left + right) / 2 < before))


def delay_diacritics(line: TrainingLine, random: np.random.Generator) -> TrainingLine:
    """The line with dots and bars drawn later than they were."""
    ends = line.stroke_ends
    firsts = first_points(ends)
    n = len(ends)
    late = diacritics(line) & (random.random(n) < random.uniform(0.3, 1.0))
    by = random.integers(1, 9, n) if random.random() < 0.7 else np.full(n, n)
    runs = [np.arange(a, b + 1) for a, b in zip(firsts, ends, strict=True)]
    order = np.argsort(np.where(late, np.arange(n) + by + 0.5, np.arange(n)), kind="stable")
    return _redrawn(line, [runs[i] for i in order])


def _redrawn(line: TrainingLine, runs: list[npt.NDArray[np.int64]]) -> TrainingLine:
    """The line with its strokes in another order; each is given by its points' indices."""
    x, y, t, ends = line.x, line.y, line.t, line.stroke_ends
    firsts = first_points(ends)
    order, stops = np.concatenate(runs), np.cumsum([len(run) for run in runs])
    steps = np.abs(np.diff(t[order], prepend=t[0]))  # a stroke takes as long either way
    steps[stops[:-1]] = t[firsts[1:]] - t[ends[:-1]]
    steps[0] = 0.0
    return replace(
        line,
        x=x[order],
        y=y[order],
        t=t[0] + np.cumsum(steps),
        stroke_ends=stops - 1,
        pressure=None if line.pressure is None else line.pressure[order],
    )
