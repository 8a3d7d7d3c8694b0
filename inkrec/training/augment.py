"""Augmentation: ink as other hands, other pens and other digitizers would have made it.

Augmentation works on a `TrainingLine`, the flat arrays of one labelled line in units of its
own scale; randomness comes from the generator that is passed in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from .._checks import check_ranges, require
from ..ink.scale import ScaleEstimate, update_scale
from .line import TrainingLine, first_points, stroke_bounds
from .stroke_order_augment import delay_diacritics, reverse_strokes

__all__ = ["AugmentSettings", "augment", "mask_spans", "stretch_ascenders"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class AugmentSettings:
    """How strong each change is: standard deviations in scales, or probabilities.

    Attributes
    ----------
    affine : float
        Of shear; stretching gets half of it and rotation a third.
    elastic : float
        Of the smooth local displacement.
    baseline_wave : float
        Amplitude of the baseline's waves.
    gap_spread : float
        Of the logarithm by which gaps between strokes widen or shrink.
    ascender_spread : float
        Of the logarithm by which ascenders and descenders grow or shrink beside small letters;
        the line is in units of its own scale again afterwards.
    jitter : float
        Of the noise on each point.
    p_device : float
        Probability of another device: fewer points, a coarse grid.
    p_drop_time : float
        Probability of dropping time.
    p_pressure : float
        Probability of a made-up pressure.
    p_reversed : float
        Probability of another ductus: strokes no wider than a letter are all drawn in
        one direction, whichever way the hand took, and some that lie over one another
        change places.
    p_delayed : float
        Probability of delayed strokes: dots and bars that lie over ink already there come some
        strokes later, or at the end of the line.
    p_smooth : float
        Probability of a path that an app has smoothed: corners become rounds.
    mask_fraction : float
        Part of the points that are wiped out, in runs of up to a letter's length, so that
        what stands around them has to do (after SpecAugment, Park et al. 2019).

    Raises
    ------
    ModelError
        If one is negative or not finite, or a probability above 1.
    """

    affine: float = 0.25
    elastic: float = 0.07
    baseline_wave: float = 0.15
    gap_spread: float = 0.35
    jitter: float = 0.02
    p_device: float = 0.4
    p_drop_time: float = 0.25
    p_pressure: float = 0.3
    p_reversed: float = 0.0
    p_delayed: float = 0.0
    mask_fraction: float = 0.0
    ascender_spread: float = 0.0
    p_smooth: float = 0.0

    def __post_init__(self) -> None:
        size, part = "[0, inf)", "[0, 1]"
        check_ranges(
            self, affine=size, elastic=size, baseline_wave=size, gap_spread=size, jitter=size,
            p_device=part, p_drop_time=part, p_pressure=part, p_reversed=part, p_delayed=part,
            mask_fraction=part, ascender_spread=size, p_smooth=part,
        )  # fmt: skip


_MAX_MASKED_POINTS = 16  # points of a run that is masked: a letter's
_BODY_HALF_HEIGHT = 0.4  # scales from the middle of the line: small letters reach no further
_MAX_SMOOTHED = 0.2  # scales along the path that are smoothed over, at most
_MIDDLE_STEP = 0.25  # scales along the path between points that the middle is found from
_MIDDLE_SPAN = 6.0  # scales of a line that share a middle
_MIN_MIDDLE_STEPS = 20  # steps that tell a middle


def _smooth(random: np.random.Generator, n: int, every: float) -> Array:
    """Noise of unit variance that changes about every so many points."""
    knots = random.standard_normal(int(n / every) + 3)
    at = np.arange(n) / every + random.random()
    hermite = require("scipy.interpolate", "train").CubicHermiteSpline
    return np.asarray(hermite(np.arange(len(knots)), knots, np.zeros(len(knots)))(at))


def _widened(x: Array, ends: npt.NDArray[np.int64], factor: float) -> Array:
    """What to add to x so that gaps between strokes, left to right, change by a factor."""
    left, right = stroke_bounds(x, ends)
    gaps = np.maximum(left[1:] - np.maximum.accumulate(right)[:-1], 0.0)
    shift = np.concatenate([[0.0], np.cumsum(gaps)]) * (factor - 1.0)
    return np.repeat(shift, ends - first_points(ends) + 1)


def _rounded(x: Array, y: Array, ends: npt.NDArray[np.int64], reach: float) -> tuple[Array, Array]:
    """Each point the mean of its stroke's points that lie within some length of path of it."""
    steps = np.hypot(np.diff(x, prepend=x[0]), np.diff(y, prepend=y[0]))
    firsts = first_points(ends)
    steps[firsts] = 2 * reach + 1e-6  # no stroke reaches another
    along = np.cumsum(steps)
    first = np.searchsorted(along, along - reach)
    last = np.searchsorted(along, along + reach, side="right")
    # as far to both sides, so that ends stay where they are
    at = np.arange(len(x))
    half = np.minimum(at - first, last - 1 - at)
    totals = np.zeros((2, len(x) + 1))
    np.cumsum([x, y], axis=1, out=totals[:, 1:])
    mean = (totals[:, at + half + 1] - totals[:, at - half]) / (2 * half + 1)
    return mean[0], mean[1]


def _middle(line: TrainingLine) -> Array:
    """The height of the line's middle at each point: medians of the ink, joined by straights."""
    firsts = first_points(line.stroke_ends)
    steps = np.hypot(np.diff(line.x, prepend=line.x[0]), np.diff(line.y, prepend=line.y[0]))
    steps[firsts] = 0.0
    along = np.cumsum(steps)
    even = np.arange(0.0, along[-1] + _MIDDLE_STEP, _MIDDLE_STEP)
    x, y = np.interp(even, along, line.x), np.interp(even, along, line.y)
    slope = float(np.polyfit(x, y, 1)[0]) if np.ptp(x) > _MIDDLE_SPAN else 0.0
    y = y - slope * x
    part = ((x - x.min()) // _MIDDLE_SPAN).astype(np.int64)
    known = [i for i in range(part.max() + 1) if (part == i).sum() >= _MIN_MIDDLE_STEPS]
    if not known:
        return np.asarray(np.median(y) + slope * line.x)
    places = [float(np.median(x[part == i])) for i in known]
    heights = [float(np.median(y[part == i])) for i in known]
    return np.asarray(np.interp(line.x, places, heights) + slope * line.x)


def stretch_ascenders(line: TrainingLine, above: float, below: float) -> TrainingLine:
    """A line whose ascenders and descenders are so many times as long, in units of its new scale.

    Hands differ in this more than in most, and scale, which the long strokes make, with them.

    Parameters
    ----------
    line : TrainingLine
    above, below : float
        Factors of what lies further from the line's middle than small letters do.

    Returns
    -------
    TrainingLine
    """
    middle = _middle(line)
    from_it = line.y - middle
    body = np.clip(from_it, -_BODY_HALF_HEIGHT, _BODY_HALF_HEIGHT)
    y = middle + body + (from_it - body) * np.where(from_it < 0, above, below)
    samples = replace(line, y=y).samples()
    scale = update_scale(ScaleEstimate(), samples).scale
    if not np.isfinite(scale):
        return line
    return replace(line, x=line.x / scale, y=y / scale)


def augment(
    line: TrainingLine, settings: AugmentSettings, random: np.random.Generator
) -> TrainingLine:
    """A line as another hand and another pen would have written it.

    Parameters
    ----------
    line : TrainingLine
    settings : AugmentSettings
    random : numpy.random.Generator

    Returns
    -------
    TrainingLine
    """
    s = settings
    if s.p_reversed and random.random() < s.p_reversed:
        line = reverse_strokes(line, random)
    if s.p_delayed and random.random() < s.p_delayed:
        line = delay_diacritics(line, random)
    if s.ascender_spread:
        common, up, down = s.ascender_spread * random.standard_normal(3) * (0.8, 0.6, 0.6)
        line = stretch_ascenders(line, float(np.exp(common + up)), float(np.exp(common + down)))
    x, y, t, ends, pressure = line.x, line.y, line.t, line.stroke_ends, line.pressure
    n = len(x)
    if s.p_smooth and random.random() < s.p_smooth:
        x, y = _rounded(x, y, ends, random.uniform(0.03, _MAX_SMOOTHED))
    normal = random.standard_normal(4)
    shear, stretch_x, stretch_y, turn = normal * s.affine * (1.0, 0.6, 0.4, 0.3)
    x = (x + shear * y) * np.exp(stretch_x)
    y = y * np.exp(stretch_y) + turn * x
    if s.gap_spread:
        x = x + _widened(x, ends, float(np.exp(s.gap_spread * random.standard_normal())))
    path_step = np.sqrt(np.diff(x, prepend=x[0]) ** 2 + np.diff(y, prepend=y[0]) ** 2)
    density = n / max(path_step.sum(), 1e-9)  # points a scale
    if s.elastic:
        every = max(1.0, density * random.uniform(1.0, 3.0))
        x = x + s.elastic * _smooth(random, n, every)
        y = y + s.elastic * _smooth(random, n, every)
    if s.baseline_wave:
        y = y + s.baseline_wave * random.standard_normal() * np.sin(
            x / random.uniform(1.5, 8) + random.uniform(0, 6.3)
        )
    keep = None
    if random.random() < s.p_device:
        step = random.integers(1, 4)
        if step > 1 and density > 4:
            keep = np.zeros(n, bool)
            keep[random.integers(step) :: step] = True
            keep[ends] = True
            keep[0] = True
            keep[ends[:-1] + 1] = True
        noise = random.uniform(0, 1.5) * s.jitter
        if noise:
            x = x + noise * random.standard_normal(n)
            y = y + noise * random.standard_normal(n)
        if random.random() < 0.5:
            grid = random.uniform(0.01, 0.1)
            x, y = np.round(x / grid) * grid, np.round(y / grid) * grid
    timed = line.has_time and random.random() >= s.p_drop_time
    t = t * np.exp(0.35 * random.standard_normal())
    if random.random() < s.p_pressure:
        level = 0.5 + 0.12 * random.standard_normal() + 0.12 * _smooth(random, n, max(density, 1))
        firsts = first_points(ends)
        lengths = ends - firsts + 1
        since = np.arange(n) - np.repeat(firsts, lengths)
        left = np.repeat(ends, lengths) - np.arange(n)
        ramp = np.minimum(np.minimum(since, left) / max(density * 0.3, 1), 1.0)
        pressure = np.clip(level * (0.3 + 0.7 * ramp), 0.0, 1.0)
    elif random.random() < 0.5:
        pressure = None
    if keep is not None:
        marks = np.zeros(n, bool)
        marks[ends] = True
        x, y, t = x[keep], y[keep], t[keep]
        pressure = None if pressure is None else pressure[keep]
        ends = np.flatnonzero(marks[keep])
    return replace(line, x=x, y=y, t=t, stroke_ends=ends, has_time=timed, pressure=pressure)


def mask_spans(
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
    runs = random.poisson(part * n / (1 + _MAX_MASKED_POINTS) * 2)
    if not runs:
        return row
    row = row.copy()
    starts = random.integers(n, size=runs)
    for start, length in zip(
        starts, random.integers(1, _MAX_MASKED_POINTS + 1, size=runs), strict=True
    ):
        row[start : start + length] = 0.0
    return row
