"""Pen samples to feature points: causal, one implementation for training and use.

A stroke is resampled along its path: a point is placed where the pen has moved a
fixed fraction of the writing's scale away from the last one, so that the frame
rate follows the ink and neither the clock nor the device. A pen-up becomes two
points in the air that carry the jump to the next stroke.

Everything is measured in units of an `Anchor`'s scale. While the pen writes, the
anchor comes from a `Gauge` over what is written so far; once a line is whole, from
`measure`, which also knows its slope and the height of its middle.

Every stage takes a state and returns a new one; none holds a variable.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .errors import ModelError
from .ink import Ink, PenSample

__all__ = [
    "CHANNELS",
    "Anchor",
    "FeatureSettings",
    "Gauge",
    "PathState",
    "Points",
    "gauge",
    "ink_points",
    "lay",
    "measure",
    "path",
]

CHANNELS = (
    "dx",  # displacement over the spacing; in the air its signed logarithm
    "dy",
    "turn_sin",  # turning since the last point, clockwise on the page is positive
    "turn_cos",
    "height",  # above the middle of the line: negative is up, as y grows downward
    "height_near",  # the same against the last few letters only
    "behind",  # how far left of the rightmost ink: delayed strokes
    "speed",  # log speed, 0 where time is unknown
    "air",
    "start",
    "end",
    "pressure",  # -1 to 1, 0 where it is unknown
)


@dataclass(frozen=True, slots=True)
class FeatureSettings:
    """How points are made of samples; stored in the model file with the weights.

    Attributes
    ----------
    spacing : float
        Distance of points along the path, in scales.
    horizon : int
        Points over which the running middle of the line is taken.
    near : int
        The same for ``height_near``.
    speed : float
        Scales a second at which the speed channel is 0.
    """

    spacing: float = 0.19
    horizon: int = 90
    near: int = 18
    speed: float = 12.0

    def __post_init__(self) -> None:
        if not 0.01 <= self.spacing <= 2:
            raise ModelError(f"spacing is {self.spacing}; it must lie in 0.01 to 2 scales")
        if not (self.near >= 1 and self.horizon >= 1):
            raise ModelError(f"horizon is {self.horizon}, near is {self.near}; each is 1 or more")
        if not 0 < self.speed < math.inf:
            raise ModelError(f"speed is {self.speed}; it must be a positive number")


class Anchor(NamedTuple):
    """The frame of reference that points are measured in.

    Attributes
    ----------
    scale : float
        Ink units in a scale (about a small letter's height and a quarter);
        infinite while nothing with an extent was written.
    slope : float
        Downward drift of the line, dy/dx.
    middle : float or None
        y of the line's middle at ``origin``, or None to follow the ink.
    origin : (float, float)
        The point about which ``slope`` turns.
    """

    scale: float = math.inf
    slope: float = 0.0
    middle: float | None = None
    origin: tuple[float, float] = (0.0, 0.0)


class Gauge(NamedTuple):
    """A causal estimate of the writing's scale.

    The path is cut at its turning points in y, and the heights h of the runs
    between them are averaged with their own weight, sum h^2 / sum h: slope does
    not matter, dots and jitter hardly, and cursive and print weigh the same.
    Runs in x stand in, at a fraction, while there is nothing but dashes.
    """

    squares: float = 0.0
    total: float = 0.0
    squares_x: float = 0.0
    total_x: float = 0.0
    y: tuple[float, float] | None = None  # where the open run began, its extreme so far
    x: tuple[float, float] | None = None

    @property
    def scale(self) -> float:
        """The estimate in ink units; infinite while there is no extent."""
        squares, total = self.squares, self.total
        squares_x, total_x = self.squares_x, self.total_x
        if self.y is not None:
            h = abs(self.y[1] - self.y[0])
            squares, total = squares + h * h, total + h
        if self.x is not None:
            h = abs(self.x[1] - self.x[0])
            squares_x, total_x = squares_x + h * h, total_x + h
        down = squares / total if total > 0 else 0.0
        across = _ACROSS * squares_x / total_x if total_x > 0 else 0.0
        scale = max(down, across)
        return scale if scale > 0 else math.inf  # nan where the sums ran over: no scale either

    @classmethod
    def hinted(cls, line_height: float) -> Gauge:
        """The estimate that a ruling of this height suggests, to be corrected by ink."""
        scale = _RULING * line_height
        return cls(squares=_PRIOR * scale * scale, total=_PRIOR * scale)


_ACROSS = 0.3  # a run in x counts as this much height
_TURN = 0.15  # a run ends when the pen has turned back by this part of it
_RULING = 0.3  # scale over line height
_PRIOR = 6.0  # runs that a line height hint is worth


def _run(
    run: tuple[float, float] | None, value: float, squares: float, total: float
) -> tuple[tuple[float, float], float, float]:
    if run is None:
        return (value, value), squares, total
    begin, extreme = run
    height = extreme - begin
    if (value - extreme) * height >= 0 and (height != 0 or value != begin):
        return (begin, value), squares, total
    back = abs(value - extreme)
    height = abs(height)
    if back > _TURN * height:
        return (extreme, value), squares + height * height, total + height
    return run, squares, total


def gauge(state: Gauge, samples: Iterable[PenSample]) -> Gauge:
    """Take samples into the estimate of scale.

    Parameters
    ----------
    state : Gauge
    samples : iterable of PenSample

    Returns
    -------
    Gauge

    Examples
    --------
    >>> zigzag = [PenSample(0, x, 10.0 * (x % 2)) for x in range(9)]
    >>> gauge(Gauge(), zigzag).scale
    10.0

    A ruling of 100 units suggests 30, and the zigzag draws it down:

    >>> hint = Gauge.hinted(100.0)
    >>> hint.scale, round(gauge(hint, zigzag).scale, 1)
    (30.0, 23.8)
    """
    squares, total, squares_x, total_x, run_y, run_x = state
    for _, x, y, _, touching in samples:
        if touching:
            run_y, squares, total = _run(run_y, y, squares, total)
            run_x, squares_x, total_x = _run(run_x, x, squares_x, total_x)
        elif run_y is not None and run_x is not None:
            h = abs(run_y[1] - run_y[0])
            squares, total, run_y = squares + h * h, total + h, None
            h = abs(run_x[1] - run_x[0])
            squares_x, total_x, run_x = squares_x + h * h, total_x + h, None
    return Gauge(squares, total, squares_x, total_x, run_y, run_x)


class PathState(NamedTuple):
    """Where the path stands between two samples, in scales from its first point."""

    first: tuple[float, float] | None = None  # ink units; the origin of what follows
    stroke: int = -1  # index of the current or last stroke
    down: bool = False
    pen: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)  # x, y, t, pressure channel
    point: tuple[float, float, float] = (0.0, 0.0, 0.0)  # x, y, t of the last point
    heading: tuple[float, float] = (0.0, 0.0)
    middle: float = 0.0
    near: float = 0.0
    seen: int = 0  # points on the paper so far
    right: float = 0.0


class Points(NamedTuple):
    """Feature points, in order.

    Attributes
    ----------
    features : ndarray, shape (n, len(CHANNELS)), float32
    t : ndarray, shape (n,)
        Time in s of the ink under each point.
    stroke : ndarray, shape (n,), int
        Index of the stroke each point belongs to; a point in the air belongs to
        the stroke it leads to.
    """

    features: npt.NDArray[np.float32]
    t: npt.NDArray[np.float64]
    stroke: npt.NDArray[np.int64]


_REACH = 1e6  # scales from the first point; further out the pen is held at the rim
_LEAP = 256.0  # scales between two samples that no hand covers: only the end of the way counts


def _rein(v: float) -> float:
    return max(-_REACH, min(_REACH, v)) if v == v else 0.0


def _bend(v: float) -> float:
    return math.copysign(0.5 * math.log1p(abs(v)), v)


def path(
    settings: FeatureSettings,
    anchor: Anchor,
    state: PathState,
    samples: Iterable[PenSample],
    *,
    timed: bool = True,
) -> tuple[PathState, Points]:
    """Take samples onto the path.

    Parameters
    ----------
    settings : FeatureSettings
    anchor : Anchor
        The same for all samples of one path.
    state : PathState
    samples : iterable of PenSample
    timed : bool
        Whether the samples' times are real; if not, speed is unknown.

    Returns
    -------
    state : PathState
    points : Points

    Examples
    --------
    ``dy`` is positive downward, turning is positive clockwise as seen on the page, and
    ``height`` is negative above the middle of the line:

    >>> corner = [PenSample(0, 0, 0), PenSample(1, 2, 0), PenSample(2, 2, 2)]
    >>> settings, frame = FeatureSettings(spacing=1.0), Anchor(scale=1.0, middle=1.0)
    >>> features = path(settings, frame, PathState(), corner)[1].features
    >>> features[:, CHANNELS.index("dx")].tolist()
    [0.0, 1.0, 1.0, 0.0, 0.0]
    >>> features[:, CHANNELS.index("dy")].tolist()
    [0.0, 0.0, 0.0, 1.0, 1.0]
    >>> features[:, CHANNELS.index("turn_sin")].tolist()
    [0.0, 0.0, 0.0, 1.0, 0.0]
    >>> features[:, CHANNELS.index("height")].tolist()
    [-1.0, -1.0, -1.0, 0.0, 1.0]
    """
    first, stroke, down, pen, point, heading, middle, near, seen, right = state
    qx, qy, qt, qp = pen
    ex, ey, et = point
    hx, hy = heading
    spacing = settings.spacing
    limit = spacing * spacing
    horizon, window = settings.horizon, settings.near
    pace = math.log(settings.speed)
    per_unit = 1.0 / anchor.scale
    slope = anchor.slope
    fixed = anchor.middle is not None
    rows: list[tuple[float, ...]] = []
    times: list[float] = []
    strokes: list[int] = []
    if first is not None and fixed:
        middle = _middle(anchor, first, per_unit)

    for t, raw_x, raw_y, pressure, touching in samples:
        if not touching:
            if down:
                down = False
                ux, uy = (qx - ex) / spacing, (qy - ey) / spacing
                rows.append((
                    ux, uy, 0.0, 1.0, qy - middle, qy - near,
                    max(min(0.0, qx - right), -8.0) * 0.25, 0.0, 0.0, 0.0, 1.0, qp,
                ))  # fmt: skip
                times.append(qt)
                strokes.append(stroke)
                ex, ey, et = qx, qy, qt
                right = max(right, qx)
            continue
        if first is None:
            first = (raw_x, raw_y)
            if fixed:
                middle = _middle(anchor, first, per_unit)
        x = (raw_x - first[0]) * per_unit
        if not -_REACH < x < _REACH:
            x = _rein(x)
        y = (raw_y - first[1]) * per_unit - slope * x
        if not -_REACH < y < _REACH:
            y = _rein(y)
        p = 0.0 if pressure is None else 2.0 * pressure - 1.0
        if not down:
            stroke += 1
            if seen:
                ax, ay = (x - ex) / (2 * spacing), (y - ey) / (2 * spacing)
                ax, ay = _bend(ax), _bend(ay)
                mx, my = (x + ex) / 2, (y + ey) / 2
                for jx, jy in ((mx, my), (x, y)):
                    rows.append((
                        ax, ay, 0.0, 1.0, jy - middle, jy - near,
                        max(min(0.0, jx - right), -8.0) * 0.25, 0.0, 1.0, 0.0, 0.0, 0.0,
                    ))  # fmt: skip
                    times.append(t)
                    strokes.append(stroke)
            down = True
            seen += 1
            if not fixed:
                middle += (y - middle) / min(seen, horizon)
            near += (y - near) / min(seen, window)
            rows.append((
                0.0, 0.0, 0.0, 1.0, y - middle, y - near,
                max(min(0.0, x - right), -8.0) * 0.25, 0.0, 0.0, 1.0, 0.0, p,
            ))  # fmt: skip
            times.append(t)
            strokes.append(stroke)
            right = x if seen == 1 else max(right, x)
            ex, ey, et = qx, qy, qt = x, y, t
            hx = hy = 0.0
            qp = p
            continue
        while True:
            dx, dy = x - ex, y - ey
            square = dx * dx + dy * dy
            if square < limit:
                break
            if square > _LEAP * _LEAP:
                part = 1.0 - 0.5 * _LEAP / math.sqrt(square)
                ex, ey, et = qx, qy, qt = ex + part * dx, ey + part * dy, t
            # where the segment from q to (x, y) leaves the circle around the last point
            vx, vy = x - qx, y - qy
            wx, wy = qx - ex, qy - ey
            a = vx * vx + vy * vy
            b = vx * wx + vy * wy
            c = wx * wx + wy * wy - limit
            u = (math.sqrt(max(b * b - a * c, 0.0)) - b) / a
            u = 0.0 if u < 0.0 else (u if u < 1.0 else 1.0)
            qx, qy = qx + u * vx, qy + u * vy
            qt, qp = qt + u * (t - qt), qp + u * (p - qp)
            dx, dy = (qx - ex) / spacing, (qy - ey) / spacing
            if hx or hy:
                sin, cos = hx * dy - hy * dx, hx * dx + hy * dy
            else:
                sin, cos = 0.0, 1.0
            hx, hy = dx, dy
            if timed:
                gap = qt - et
                # the tiny summand keeps an endless gap from being the logarithm of 0
                rate = math.log(spacing / gap + 1e-300) - pace if gap > 1e-6 else 2.0
                rate = 2.0 if rate > 2.0 else (-2.0 if rate < -2.0 else rate)
            else:
                rate = 0.0
            seen += 1
            if not fixed:
                middle += (qy - middle) / (seen if seen < horizon else horizon)
            near += (qy - near) / (seen if seen < window else window)
            behind = qx - right
            if behind > 0:
                right, behind = qx, 0.0
            rows.append((
                dx, dy, sin, cos, qy - middle, qy - near,
                (behind if behind > -8.0 else -8.0) * 0.25, rate, 0.0, 0.0, 0.0, qp,
            ))  # fmt: skip
            times.append(qt)
            strokes.append(stroke)
            ex, ey, et = qx, qy, qt
        qx, qy, qt, qp = x, y, t, p

    features = np.array(rows, np.float32).reshape(len(rows), len(CHANNELS))
    np.clip(features, -6.0, 6.0, out=features)
    after = PathState(
        first, stroke, down, (qx, qy, qt, qp), (ex, ey, et), (hx, hy), middle, near, seen, right
    )
    return after, Points(features, np.array(times), np.array(strokes, np.int64))


def _middle(anchor: Anchor, first: tuple[float, float], per_unit: float) -> float:
    assert anchor.middle is not None
    drop = anchor.slope * (first[0] - anchor.origin[0])
    return _rein((anchor.middle - first[1] + drop) * per_unit)


_HUGE = 1e100  # squares of coordinates further out than this run over


def measure(ink: Ink, *, line_height: float | None = None) -> Anchor:
    """The anchor of a whole line: its scale, its slope and the height of its middle.

    Parameters
    ----------
    ink : Ink
        One line of writing.
    line_height : float, optional
        The ruling it was written on, in ink units.

    Returns
    -------
    Anchor

    Examples
    --------
    A line of downstrokes that climbs to the right has a negative slope, as y grows downward:

    >>> from inkrec.ink import Stroke
    >>> climbing = Ink([Stroke([x, x], [-0.2 * x, 10 - 0.2 * x]) for x in range(0, 1000, 10)])
    >>> round(measure(climbing).slope, 2)
    -0.2
    """
    start = Gauge() if line_height is None else Gauge.hinted(line_height)
    scale = gauge(start, ink.samples()).scale
    if not (len(ink) and math.isfinite(scale)) or max(map(abs, ink.bounds)) > _HUGE:
        return Anchor()
    x = np.concatenate([s.x for s in ink])
    y = np.concatenate([s.y for s in ink])
    lasts = np.cumsum([len(s) for s in ink]) - 1
    return lay(x, y, lasts, scale)


def lay(
    x: npt.NDArray[np.float64],
    y: npt.NDArray[np.float64],
    lasts: npt.NDArray[np.int64],
    scale: float,
) -> Anchor:
    """The anchor of a whole line whose scale is known.

    Parameters
    ----------
    x, y : ndarray, shape (n,)
        All strokes end to end.
    lasts : ndarray of int
        Index of each stroke's last point.
    scale : float

    Returns
    -------
    Anchor
    """
    dx, dy = np.diff(x), np.diff(y)
    w = np.sqrt(dx * dx + dy * dy)
    w[lasts[:-1]] = 0.0
    total = w.sum()
    if total <= 0:
        return Anchor(scale, 0.0, float(y.mean()), (float(x.mean()), float(y.mean())))
    w /= total
    x, y = x[1:] - dx / 2, y[1:] - dy / 2
    x0, y0 = float(w @ x), float(w @ y)
    # short ink says little of its slope: ridge by a scale and a half
    spread = float(w @ (x - x0) ** 2)
    slope = float(w @ ((x - x0) * (y - y0))) / (spread + (1.5 * scale) ** 2)
    return Anchor(scale, max(-0.5, min(0.5, slope)), y0, (x0, y0))


def ink_points(settings: FeatureSettings, anchor: Anchor, ink: Ink) -> Points:
    """All feature points of some ink.

    Parameters
    ----------
    settings : FeatureSettings
    anchor : Anchor
    ink : Ink

    Returns
    -------
    Points
    """
    return path(settings, anchor, PathState(), ink.samples(), timed=ink.timed)[1]
