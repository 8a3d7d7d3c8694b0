"""The scale of writing, estimated while it is written.

The estimate takes a state and returns a new one; it holds no variable.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from .samples import PenSample

__all__ = ["HeightHistogram", "ScaleEstimate", "StrokeRuns", "update_scale"]


class StrokeRuns(NamedTuple):
    """What is known of a coordinate's runs, from one turning point to the next."""

    squares: float = 0.0  # sums over the runs h of strokes that are done: of h^2
    total: float = 0.0  # and of h
    turns: tuple[float, ...] = ()  # of the open stroke: its start, where it turned, its extreme
    open_squares: float = 0.0  # sums over the runs between these but for the last
    open_total: float = 0.0

    @property
    def sums(self) -> tuple[float, float]:
        """Over all runs h, those of the open stroke too: of h^2, and of h."""
        h = abs(self.turns[-1] - self.turns[-2]) if self.turns else 0.0
        return self.squares + self.open_squares + h * h, self.total + self.open_total + h

    @property
    def mean(self) -> float:
        """The runs' height, each weighed with itself; 0 where there are none."""
        return _mean(*self.sums)

    def after(self, values: Sequence[float]) -> StrokeRuns:
        """The runs with more samples of the open stroke."""
        squares, total, turned, open_squares, open_total = self
        turns = [*turned] or [values[0], values[0]]
        begin, extreme = turns[-2:]
        height = extreme - begin
        for value in values:
            if (value - extreme) * height >= 0 and (height != 0 or value != begin):
                extreme = value
                height = extreme - begin
            elif abs(value - extreme) > _TURN * abs(height):
                turns[-1] = extreme
                turns.append(value)
                open_squares, open_total = open_squares + height * height, open_total + abs(height)
                begin, extreme = extreme, value
                height = extreme - begin
        turns[-1] = extreme
        return StrokeRuns(squares, total, tuple(turns), open_squares, open_total)

    def open(self, samples: int, least: float) -> list[float]:
        """The open stroke's runs; of so many samples, if it trembles, without small ones."""
        heights = _heights(self.turns)
        small = sum(h < least for h in heights)
        if small >= max(_TREMBLES, len(heights) / 2) and samples <= _PER_RUN * len(heights):
            heights = _heights(_without(self.turns, least))
        return heights

    def done(self, heights: Sequence[float]) -> StrokeRuns:
        """The runs when a stroke of these is done."""
        return StrokeRuns(self.squares + sum(h * h for h in heights), self.total + sum(heights))


class HeightHistogram(NamedTuple):
    """How high the runs of strokes that are done are: what tells small letters from loops."""

    first: float = 0.0  # height of the first
    heights: tuple[tuple[int, float], ...] = ()  # parts of octaves from it on, sums of such runs
    tiny: int = 0  # runs that were tiny beside the mean
    runs: int = 0  # all of them

    def done(self, turns: Sequence[float], mean: float) -> HeightHistogram:
        """With a stroke that turned at these heights; the mean is that of all runs."""
        least, heights = _TINY * mean, _heights(turns)
        first, sums = self.first, dict(self.heights)
        for h in _heights(_without(turns, least)):
            if least <= h < math.inf and h > 0:
                first = first or h
                part = round(_PARTS * (math.log2(h) - math.log2(first)))
                sums[part] = sums.get(part, 0.0) + h
        tiny = self.tiny + sum(h < least for h in heights)
        return HeightHistogram(first, tuple(sorted(sums.items())), tiny, self.runs + len(heights))

    def finer(self, squares: float, total: float) -> float:
        """What the mean of runs with these sums is multiplied with, to go by small letters."""
        if not (0 < total < math.inf and 0 < squares < math.inf):
            return 1.0
        wanted = _LOW * sum(whole for _, whole in self.heights)
        octaves = 0.0  # from the mean to the height that so much of the way lies below
        for part, whole in self.heights:
            if wanted <= whole:
                octaves = (part - 0.5 + wanted / whole) / _PARTS
                octaves += math.log2(self.first) - math.log2(squares / total)
                break
            wanted -= whole
        ratio = max(_FINEST, min(1.0, _TIMES * 2.0 ** min(octaves, 0.0)))
        runs = total / (squares / total)
        sound = min(1.0, max(0.0, (_NOISE - self.tiny / max(1, self.runs)) / _SOME))
        return float((ratio ** (runs / (runs + _FEW))) ** sound)


class ScaleEstimate(NamedTuple):
    """A causal estimate of the writing's scale.

    The path is cut at its turning points in y, and the heights h of the runs
    between them are averaged with their own weight, sum h^2 / sum h: slope does
    not matter, dots hardly, and cursive and print weigh the same. A stroke that
    turns every few samples, most often by little, has the tremor of a device or a
    hand: when it is done, its small runs are left out.
    Runs in x stand in, at a fraction, while there is nothing but dashes.

    Tall loops make this mean large beside the letters. So it is held to a multiple of
    the height that a part of the way lies below, the more firmly the more runs are done.
    What is tiny beside the mean is left out here, and where it is much of all there is,
    it is noise and nothing is held.

    A ruling's hint stands for a few runs of the height that it suggests. One that
    is far too large counts for less with every run that is written: runs are weighed
    with themselves, and it would never be outweighed.
    """

    down: StrokeRuns = StrokeRuns()
    across: StrokeRuns = StrokeRuns()
    samples: int = 0  # of the open stroke
    hint: float = 0.0  # the height of a run that the ruling suggests; 0 if there is none
    letters: HeightHistogram = HeightHistogram()  # of strokes that are done
    finer: float = 1.0  # what the mean is multiplied with for them

    @property
    def scale(self) -> float:
        """The estimate in ink units; infinite while there is no extent and no hint."""
        down = self._hinted_mean() if self.hint else self.down.mean
        scale = max(self.finer * down, _ACROSS * self.across.mean)
        return scale if scale > 0 else math.inf  # nan where the sums ran over: no scale either

    @property
    def mean(self) -> float:
        """The scale by all runs, loops as they are: lines stand apart by it."""
        return self._replace(finer=1.0).scale

    def _hinted_mean(self) -> float:
        squares, total = self.down.sums
        if not (squares > 0 and total > 0):
            return self.hint
        runs, smaller = total * total / squares, min(1.0, squares / total / self.hint)
        weight = _PRIOR * smaller ** (2 * runs / (runs + _PRIOR))
        return _mean(squares + weight * self.hint * self.hint, total + weight * self.hint)

    @classmethod
    def hinted(cls, line_height: float) -> ScaleEstimate:
        """The estimate that a ruling of this height suggests, to be corrected by ink."""
        return cls(hint=_RULING * line_height)


_ACROSS = 0.1  # a run in x counts as this much height: a word in one stroke is ten letters wide
_TURN = 0.15  # a run ends when the pen has turned back by this part of it
_SMALL = 0.12  # of a stroke's height: runs that may be tremor
_SMALLER = 0.2  # of the scale so far: the same, where the stroke is a dot or a bar
_TREMBLES = 5  # small runs, at least, in a stroke that trembles
_PER_RUN = 4  # samples, at most: a pen that is steady takes more
_MOST = 400  # turns that are kept of a stroke; one that has more is done and goes on
_PARTS = 6  # of an octave, that runs are counted by
_LOW = 0.15  # part of the way up and down whose runs tell a small letter's height
_TIMES = 2.0  # of that height the mean is at most
_TINY = 0.12  # of the mean: lower runs are no letters
_NOISE = 0.45  # part of all runs: where as many are tiny, it is noise that makes them,
_SOME = 0.2  # and from so much less on it may be
_FINEST = 0.37  # of the mean
_FEW = 4.0  # runs at which half of this is done
_RULING = 0.3  # scale over line height
_PRIOR = 6.0  # runs that a line height hint is worth


def _mean(squares: float, total: float) -> float:
    return squares / total if total > 0 else 0.0


def _heights(turns: Sequence[float]) -> list[float]:
    return [abs(b - a) for a, b in pairwise(turns)]


def _without(turns: Sequence[float], least: float) -> Sequence[float]:
    """Turning points without the runs below a height; the last run is kept whatever it is."""
    kept: list[float] = []
    for value in turns:
        kept.append(value)
        # a small run between two that are no smaller: they are one
        while len(kept) > 3:
            a, b, c, d = kept[-4:]
            if abs(b - c) >= min(least, abs(a - b), abs(c - d)):
                break
            del kept[-3:-1]
    while len(kept) > 2 and abs(kept[1] - kept[0]) < least:
        del kept[0]
    while len(kept) > 2 and abs(kept[-1] - kept[-2]) < least:
        del kept[-1]
    return kept


def update_scale(state: ScaleEstimate, samples: Iterable[PenSample]) -> ScaleEstimate:
    """Take samples into the estimate of scale.

    Parameters
    ----------
    state : ScaleEstimate
    samples : iterable of PenSample

    Returns
    -------
    ScaleEstimate

    Examples
    --------
    >>> zigzag = [PenSample(0, x, 10.0 * (x % 2)) for x in range(9)]
    >>> update_scale(ScaleEstimate(), zigzag).scale
    10.0

    A ruling of 100 units suggests 30, and the zigzag draws it down:

    >>> hint = ScaleEstimate.hinted(100.0)
    >>> hint.scale, round(update_scale(hint, zigzag).scale, 1)
    (30.0, 17.8)
    """
    rest = list(samples)
    while rest:
        touched = next((i for i, s in enumerate(rest) if not s[4]), len(rest))
        if not touched:
            state, rest = _lifted(state), rest[1:]
            continue
        run = rest[:touched]
        longer = _touched(state, run)
        while len(longer.down.turns) + len(longer.across.turns) >= _MOST and len(run) > 1:
            run = run[: len(run) // 2]  # to the sample at which there are too many
            longer = _touched(state, run)
        state, rest = longer, rest[len(run) :]
        if len(longer.down.turns) + len(longer.across.turns) >= _MOST:
            state = _lifted(state)
    return state


def _touched(state: ScaleEstimate, run: Sequence[PenSample]) -> ScaleEstimate:
    return state._replace(
        down=state.down.after([s[2] for s in run]),
        across=state.across.after([s[1] for s in run]),
        samples=state.samples + len(run),
    )


def _lifted(state: ScaleEstimate) -> ScaleEstimate:
    """The estimate when the open stroke is done, if there is one."""
    down, across, n, hint, letters, _ = state
    if not n:
        return state
    known = _mean(down.squares, down.total) or hint
    least = max(_SMALL * (max(down.turns) - min(down.turns)), _SMALLER * known)
    turns = down.turns
    down, across = down.done(down.open(n, least)), across.done(across.open(n, least))
    letters = letters.done(turns, down.mean)
    return ScaleEstimate(down, across, 0, hint, letters, letters.finer(down.squares, down.total))
