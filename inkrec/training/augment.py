"""Ink made into other ink: other hands, other pens, other sampling.

Works on a `Page`, the flat arrays of one labelled line in units of its own scale;
randomness comes from the generator that is passed in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ..errors import InkError, ModelError, check_ranges
from ..features import Anchor, FeatureSettings, PathState, path
from ..ink import Ink
from ..scale import Gauge, gauge
from .cut import Cut

__all__ = ["AugmentSettings", "Page", "augment", "join", "masked", "points"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Page:
    """One labelled line, flat: what augmentation and batching work on.

    Attributes
    ----------
    x, y, t : ndarray, shape (n,)
        Points of all strokes; x and y in scales, t in s.
    lasts : ndarray of int, shape (strokes,)
        Index of each stroke's last point.
    text : str
    timed : bool
    pressure : ndarray, shape (n,), or None
    middle : float or None
        Height that comes to lie on the line when pages are joined; None is the mean of y.
    gap : float or None
        What lay between this piece of a word and the ink in front of it.
    """

    x: Array
    y: Array
    t: Array
    lasts: npt.NDArray[np.int64]
    text: str
    timed: bool
    pressure: Array | None = None
    middle: float | None = None
    gap: float | None = None

    @classmethod
    def of(cls, ink: Ink, text: str, scale: float | None = None) -> Page:
        """The page of some ink, divided by its scale.

        Parameters
        ----------
        ink : Ink
        text : str
        scale : float, optional
            Ink units to take for 1 instead of the ink's own scale.

        Raises
        ------
        InkError
            If the ink has no extent.
        """
        own = gauge(Gauge(), ink.samples()).scale
        if not np.isfinite(own):
            raise InkError(f"the ink of {text!r} has no extent; leave it out")
        scale = own if scale is None else scale
        x = np.concatenate([s.x for s in ink])
        y = np.concatenate([s.y for s in ink])
        lasts = np.cumsum([len(s) for s in ink]) - 1
        t = np.array([sample.t for sample in ink.samples() if sample.touching])
        pressure = None
        if all(s.pressure is not None for s in ink):
            pressure = np.concatenate([s.pressure for s in ink if s.pressure is not None])
        return cls(
            (x - x[0]) / scale, (y - y[0]) / scale, t - t[0], lasts, text, ink.timed, pressure
        )

    def pieces(self, cuts: Sequence[Cut]) -> list[Page]:
        """The page cut apart between words or in them; pieces keep the page's scale and line.

        Parameters
        ----------
        cuts : sequence of (int, int)
            First stroke and first character behind each cut, in order.

        Raises
        ------
        ModelError
            If a cut lies outside the page.
        """
        slope, level = np.polyfit(self.x, self.y, 1) if np.ptp(self.x) > 0 else (0.0, self.y.mean())
        pieces = []
        bounds = [(0, 0), *cuts, (len(self.lasts), len(self.text))]
        for (stroke, first), (until, last) in pairwise(bounds):
            if not (stroke < until <= len(self.lasts) and first < last <= len(self.text)):
                raise ModelError(f"{self.text!r} has no cut at {until, last}: cuts of other ink?")
            begin = self.lasts[stroke - 1] + 1 if stroke else 0
            run = slice(begin, self.lasts[until - 1] + 1)
            inside = first and self.text[first - 1] != " "
            pieces.append(
                replace(
                    self,
                    x=self.x[run], y=self.y[run], t=self.t[run] - self.t[begin],
                    lasts=self.lasts[stroke:until] - begin,
                    text=self.text[first:last].rstrip(" "),
                    pressure=None if self.pressure is None else self.pressure[run],
                    middle=float(level + slope * self.x[run].mean()),
                    gap=float(self.x[run].min() - self.x[:begin].max()) if inside else None,
                )
            )  # fmt: skip
        return pieces


@dataclass(frozen=True, slots=True)
class AugmentSettings:
    """How strong each change is: standard deviations in scales, or probabilities.

    Attributes
    ----------
    affine : float
        Of shear; stretching gets half of it and rotation a third.
    warp : float
        Of the smooth local displacement.
    wander : float
        Amplitude of the baseline's waves.
    spread : float
        Of the logarithm by which gaps between strokes widen or shrink.
    jitter : float
        Of the noise on each point.
    device : float
        Probability of another device: fewer points, a coarse grid.
    clock : float
        Probability of dropping time.
    pressure : float
        Probability of a made-up pressure.
    ductus : float
        Probability of another ductus: strokes no wider than a letter are all drawn towards
        one side of the page, whichever way the hand took, and some that lie over one another
        change places.
    late : float
        Probability of delayed strokes: dots and bars that lie over ink already there come some
        strokes later, or at the end of the line.
    mask : float
        Part of the points that are wiped out, in runs of up to a letter's length, so that
        what stands around them has to do (after SpecAugment, Park et al. 2019).

    Raises
    ------
    ModelError
        If one is negative or not finite, or a probability above 1.
    """

    affine: float = 0.25
    warp: float = 0.07
    wander: float = 0.15
    spread: float = 0.35
    jitter: float = 0.02
    device: float = 0.4
    clock: float = 0.25
    pressure: float = 0.3
    ductus: float = 0.0
    late: float = 0.0
    mask: float = 0.0

    def __post_init__(self) -> None:
        size, part = "[0, inf)", "[0, 1]"
        check_ranges(
            self, affine=size, warp=size, wander=size, spread=size, jitter=size, device=part,
            clock=part, pressure=part, ductus=part, late=part, mask=part,
        )  # fmt: skip


_LETTER = 1.6  # scales: wider strokes join letters, and nobody writes these backwards
_MARK = 0.8  # scales: dots and bars are no higher
_LONGEST = 16  # points of a run that is masked: a letter's


def _smooth(random: np.random.Generator, n: int, every: float) -> Array:
    """Noise of unit variance that changes about every so many points."""
    knots = random.standard_normal(int(n / every) + 3)
    at = np.arange(n) / every + random.random()
    i = at.astype(np.int64)
    u = at - i
    u = u * u * (3 - 2 * u)
    return np.asarray(knots[i] * (1 - u) + knots[i + 1] * u)


def _firsts(lasts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Index of each stroke's first point."""
    return np.concatenate([[0], lasts[:-1] + 1])


def _widened(x: Array, lasts: npt.NDArray[np.int64], factor: float) -> Array:
    """What to add to x so that gaps between strokes, left to right, change by a factor."""
    firsts = _firsts(lasts)
    left = np.minimum.reduceat(x, firsts)
    right = np.maximum.accumulate(np.maximum.reduceat(x, firsts))
    gaps = np.maximum(left[1:] - right[:-1], 0.0)
    shift = np.concatenate([[0.0], np.cumsum(gaps)]) * (factor - 1.0)
    return np.repeat(shift, lasts - firsts + 1)


def _turned(page: Page, random: np.random.Generator) -> Page:
    """The page in another ductus: other directions and another order of narrow strokes."""
    x, y, lasts = page.x, page.y, page.lasts
    firsts = _firsts(lasts)
    left, right = np.minimum.reduceat(x, firsts), np.maximum.reduceat(x, firsts)
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


def _delayed(page: Page, random: np.random.Generator) -> Page:
    """The page with dots and bars drawn later than they were."""
    x, y, lasts = page.x, page.y, page.lasts
    firsts = _firsts(lasts)
    left, right = np.minimum.reduceat(x, firsts), np.maximum.reduceat(x, firsts)
    high = np.maximum.reduceat(y, firsts) - np.minimum.reduceat(y, firsts)
    before = np.concatenate([[-np.inf], np.maximum.accumulate(right)[:-1]])
    mark = (right - left < _LETTER) & (high < _MARK) & ((left + right) / 2 < before)
    n = len(lasts)
    late = mark & (random.random(n) < random.uniform(0.3, 1.0))
    by = random.integers(1, 9, n) if random.random() < 0.7 else np.full(n, n)
    runs = [np.arange(a, b + 1) for a, b in zip(firsts, lasts, strict=True)]
    order = np.argsort(np.where(late, np.arange(n) + by + 0.5, np.arange(n)), kind="stable")
    return _redrawn(page, [runs[i] for i in order])


def _redrawn(page: Page, runs: list[npt.NDArray[np.int64]]) -> Page:
    """The page with its strokes in another order; each is given by its points' indices."""
    x, y, t, lasts = page.x, page.y, page.t, page.lasts
    firsts = _firsts(lasts)
    order, ends = np.concatenate(runs), np.cumsum([len(run) for run in runs])
    steps = np.abs(np.diff(t[order], prepend=t[0]))  # a stroke takes as long either way
    steps[ends[:-1]] = t[firsts[1:]] - t[lasts[:-1]]
    steps[0] = 0.0
    return replace(
        page,
        x=x[order],
        y=y[order],
        t=t[0] + np.cumsum(steps),
        lasts=ends - 1,
        pressure=None if page.pressure is None else page.pressure[order],
    )


def augment(page: Page, settings: AugmentSettings, random: np.random.Generator) -> Page:
    """A page as another hand and another pen would have written it.

    Parameters
    ----------
    page : Page
    settings : AugmentSettings
    random : numpy.random.Generator

    Returns
    -------
    Page
    """
    s = settings
    if s.ductus and random.random() < s.ductus:
        page = _turned(page, random)
    if s.late and random.random() < s.late:
        page = _delayed(page, random)
    x, y, t, lasts, pressure = page.x, page.y, page.t, page.lasts, page.pressure
    n = len(x)
    normal = random.standard_normal(4)
    shear, stretch_x, stretch_y, turn = normal * s.affine * (1.0, 0.6, 0.4, 0.3)
    x = (x + shear * y) * np.exp(stretch_x)
    y = y * np.exp(stretch_y) + turn * x
    if s.spread:
        x = x + _widened(x, lasts, float(np.exp(s.spread * random.standard_normal())))
    path_step = np.sqrt(np.diff(x, prepend=x[0]) ** 2 + np.diff(y, prepend=y[0]) ** 2)
    density = n / max(path_step.sum(), 1e-9)  # points a scale
    if s.warp:
        every = max(1.0, density * random.uniform(1.0, 3.0))
        x = x + s.warp * _smooth(random, n, every)
        y = y + s.warp * _smooth(random, n, every)
    if s.wander:
        y = y + s.wander * random.standard_normal() * np.sin(
            x / random.uniform(1.5, 8) + random.uniform(0, 6.3)
        )
    keep = None
    if random.random() < s.device:
        step = random.integers(1, 4)
        if step > 1 and density > 4:
            keep = np.zeros(n, bool)
            keep[random.integers(step) :: step] = True
            keep[lasts] = True
            keep[0] = True
            keep[lasts[:-1] + 1] = True
        noise = random.uniform(0, 1.5) * s.jitter
        if noise:
            x = x + noise * random.standard_normal(n)
            y = y + noise * random.standard_normal(n)
        if random.random() < 0.5:
            grid = random.uniform(0.01, 0.1)
            x, y = np.round(x / grid) * grid, np.round(y / grid) * grid
    timed = page.timed and random.random() >= s.clock
    t = t * np.exp(0.35 * random.standard_normal())
    if random.random() < s.pressure:
        level = 0.5 + 0.12 * random.standard_normal() + 0.12 * _smooth(random, n, max(density, 1))
        firsts = _firsts(lasts)
        lengths = lasts - firsts + 1
        since = np.arange(n) - np.repeat(firsts, lengths)
        left = np.repeat(lasts, lengths) - np.arange(n)
        ramp = np.minimum(np.minimum(since, left) / max(density * 0.3, 1), 1.0)
        pressure = np.clip(level * (0.3 + 0.7 * ramp), 0.0, 1.0)
    elif random.random() < 0.5:
        pressure = None
    if keep is not None:
        marks = np.zeros(n, bool)
        marks[lasts] = True
        x, y, t = x[keep], y[keep], t[keep]
        pressure = None if pressure is None else pressure[keep]
        lasts = np.flatnonzero(marks[keep])
    return replace(page, x=x, y=y, t=t, lasts=lasts, timed=timed, pressure=pressure)


def masked(
    row: npt.NDArray[np.float32], part: float, random: np.random.Generator
) -> npt.NDArray[np.float32]:
    """Feature points with runs of them wiped out.

    Parameters
    ----------
    row : ndarray, shape (n, channels)
    part : float
        Part of the points to wipe out, about; runs may overlap.
    random : numpy.random.Generator

    Returns
    -------
    ndarray, shape (n, channels)
        A copy with zeros, or the row itself where nothing was to be done.
    """
    n = len(row)
    runs = random.poisson(part * n / (1 + _LONGEST) * 2)
    if not runs:
        return row
    row = row.copy()
    starts = random.integers(n, size=runs)
    for start, length in zip(starts, random.integers(1, _LONGEST + 1, size=runs), strict=True):
        row[start : start + length] = 0.0
    return row


def join(pages: list[Page], random: np.random.Generator) -> Page:
    """Words of one writer put on a line, in reading order, with spaces between.

    Parameters
    ----------
    pages : list of Page
        At least one.
    random : numpy.random.Generator

    Returns
    -------
    Page
    """
    if len(pages) == 1:
        return pages[0]
    xs, ys, ts, lasts, pressures = [], [], [], [], []
    right = clock = 0.0
    count = 0
    for page in pages:
        # words were written apart: bring their middles to one line, roughly
        gap = random.uniform(0.5, 1.6) if count else 0.0
        xs.append(page.x - page.x.min() + right + gap)
        middle = page.y.mean() if page.middle is None else page.middle
        ys.append(page.y - middle + 0.1 * random.standard_normal())
        ts.append(page.t - page.t[0] + clock)
        lasts.append(page.lasts + count)
        pressures.append(page.pressure)
        right = float(xs[-1].max())
        clock = float(ts[-1][-1]) + 0.3
        count += len(page.x)
    pressure = None
    if all(p is not None for p in pressures):
        pressure = np.concatenate([p for p in pressures if p is not None])
    return Page(
        np.concatenate(xs), np.concatenate(ys), np.concatenate(ts), np.concatenate(lasts),
        " ".join(p.text for p in pages), all(p.timed for p in pages), pressure,
    )  # fmt: skip


_OWN = Anchor(1.0)  # a page is in units of its own scale


def points(page: Page, settings: FeatureSettings, anchor: Anchor = _OWN) -> npt.NDArray[np.float32]:
    """The feature points of a page.

    Parameters
    ----------
    page : Page
    settings : FeatureSettings
    anchor : Anchor, optional
        By default the page's own scale of 1.

    Returns
    -------
    ndarray, shape (n, len(CHANNELS)), float32
    """
    at = page.lasts + 1  # the pen-up comes behind each last point
    touching = np.insert(np.ones(len(page.x), bool), at, False)
    columns = [np.insert(c, at, c[page.lasts]).tolist() for c in (page.t, page.x, page.y)]
    force = (
        [None] * len(touching)
        if page.pressure is None
        else np.insert(page.pressure, at, 0.0).tolist()
    )
    samples = zip(*columns, force, touching.tolist(), strict=True)
    return path(settings, anchor, PathState(), samples, timed=page.timed)[1].features  # type: ignore[arg-type]
