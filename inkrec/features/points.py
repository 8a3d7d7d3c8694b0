"""Pen samples to feature points: causal, one implementation for training and use.

A stroke is resampled along its path: a point is placed where the pen has moved a
fixed fraction of the writing's scale away from the last one, so that the frame
rate follows the ink and neither the clock nor the device. A pen-up becomes two
points in the air that carry the jump to the next stroke.

Everything is measured in a model's part of the writing's scale (about a small letter's
height and a quarter), which `inkrec.ink.scale` estimates from what is written so far.
Heights are against a running middle that follows the ink, in the final pass as while
the pen writes.

The path takes a state and returns a new one; it holds no variable.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .._checks import check_ranges, check_whole
from .._engine import chosen
from ..ink.samples import PenSample
from ..ink.strokes import Ink

__all__ = [
    "CHANNELS",
    "FeatureSettings",
    "Points",
    "ResamplerState",
    "feature_points",
    "ink_points",
    "integrate",
]

CHANNELS = (
    "dx",  # displacement over the spacing; in the air its signed logarithm
    "dy",
    "turn_sin",  # turning since the last point, clockwise on the page is positive
    "turn_cos",
    "height",  # above the running middle of the line: negative is up, as y grows downward
    "local_height",  # the same against the last few letters only
    "back_offset",  # how far left of the rightmost ink: delayed strokes
    "speed",  # log speed, 0 where time is unknown
    "pen_up",
    "start",
    "end",
    "pressure",  # -1 to 1, 0 where it is unknown
)


@dataclass(frozen=True, slots=True)
class FeatureSettings:
    """How points are made of samples; stored in the model file with the weights.

    Attributes
    ----------
    point_spacing : float
        Distance of points along the path, in units.
    middle_window : int
        Points over which the running middle of the line is taken.
    local_window : int
        The same for ``local_height``.
    reference_speed : float
        Units a second at which the speed channel is 0.
    length_unit : float
        The unit of all lengths, in scales; the smaller, the more points.
    """

    point_spacing: float = 0.19
    middle_window: int = 90
    local_window: int = 18
    reference_speed: float = 12.0
    length_unit: float = 1.0

    def __post_init__(self) -> None:
        check_ranges(
            self, point_spacing="[0.01, 2]", middle_window="[1, inf)",
            local_window="[1, inf)", reference_speed="(0, inf)", length_unit="[0.1, 10]",
        )  # fmt: skip
        check_whole(self, "middle_window", "local_window")


class ResamplerState(NamedTuple):
    """Where the path stands between two samples, in units from its first point."""

    first: tuple[float, float] | None = None  # ink units; the origin of what follows
    stroke: int = -1  # index of the current or last stroke
    down: bool = False
    pen: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)  # x, y, t, pressure channel
    point: tuple[float, float, float] = (0.0, 0.0, 0.0)  # x, y, t of the last point
    heading: tuple[float, float] = (0.0, 0.0)
    middle: float = 0.0
    local_middle: float = 0.0
    seen: int = 0  # points on the paper so far
    rightmost: float = 0.0


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


_NONE = Points(np.empty((0, len(CHANNELS)), np.float32), np.empty(0), np.empty(0, np.int64))
_REACH = 1e6  # scales from the first point; further out the pen is held at the rim
_LEAP = 256.0  # scales between two samples that no hand covers: only the end of the way counts


def _clamp(v: float) -> float:
    return max(-_REACH, min(_REACH, v)) if v == v else 0.0


def _signed_log(v: float) -> float:
    return math.copysign(0.5 * math.log1p(abs(v)), v)


def feature_points(
    settings: FeatureSettings,
    scale: float,
    state: ResamplerState,
    samples: Iterable[PenSample],
    *,
    has_time: bool = True,
) -> tuple[ResamplerState, Points]:
    """Take samples onto the path.

    Parameters
    ----------
    settings : FeatureSettings
    scale : float
        Ink units in a scale; infinite while nothing with an extent was written. The same
        for all samples of one path.
    state : ResamplerState
    samples : iterable of PenSample
    has_time : bool
        Whether the samples' times are real; if not, speed is unknown.

    Returns
    -------
    state : ResamplerState
    points : Points

    Examples
    --------
    ``dy`` is positive downward, turning is positive clockwise as seen on the page, and
    ``height`` positive below the running middle of the ink:

    >>> corner = [PenSample(0, 0, 0), PenSample(1, 2, 0), PenSample(2, 2, 2)]
    >>> settings = FeatureSettings(point_spacing=1.0, middle_window=2)
    >>> features = feature_points(settings, 1.0, ResamplerState(), corner)[1].features
    >>> features[:, CHANNELS.index("dx")].tolist()
    [0.0, 1.0, 1.0, 0.0, 0.0]
    >>> features[:, CHANNELS.index("dy")].tolist()
    [0.0, 0.0, 0.0, 1.0, 1.0]
    >>> features[:, CHANNELS.index("turn_sin")].tolist()
    [0.0, 0.0, 0.0, 1.0, 0.0]
    >>> features[:, CHANNELS.index("height")].tolist()
    [0.0, 0.0, 0.0, 0.5, 0.75]
    """
    per_unit = 1.0 / (scale * settings.length_unit)
    core = chosen().core
    if core is not None:
        return _compiled(core, settings, per_unit, state, samples, has_time=has_time)
    first, stroke, down, pen, point, heading, middle, near, seen, right = state
    qx, qy, qt, qp = pen
    ex, ey, et = point
    hx, hy = heading
    spacing = settings.point_spacing
    limit = spacing * spacing
    horizon, window = settings.middle_window, settings.local_window
    pace = math.log(settings.reference_speed)
    rows: list[tuple[float, ...]] = []
    times: list[float] = []
    strokes: list[int] = []

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
        x = (raw_x - first[0]) * per_unit
        if not -_REACH < x < _REACH:
            x = _clamp(x)
        y = (raw_y - first[1]) * per_unit
        if not -_REACH < y < _REACH:
            y = _clamp(y)
        p = 0.0 if pressure is None else 2.0 * pressure - 1.0
        if not down:
            stroke += 1
            if seen:
                ax, ay = (x - ex) / (2 * spacing), (y - ey) / (2 * spacing)
                ax, ay = _signed_log(ax), _signed_log(ay)
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
            if has_time:
                gap = qt - et
                # the tiny summand keeps an endless gap from being the logarithm of 0
                rate = math.log(spacing / gap + 1e-300) - pace if gap > 1e-6 else 2.0
                rate = 2.0 if rate > 2.0 else (-2.0 if rate < -2.0 else rate)
            else:
                rate = 0.0
            seen += 1
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

    after = ResamplerState(
        first, stroke, down, (qx, qy, qt, qp), (ex, ey, et), (hx, hy), middle, near, seen, right
    )
    if not rows:
        return after, _NONE
    features = np.array(rows, np.float32)
    np.minimum(np.maximum(features, -6.0, out=features), 6.0, out=features)
    return after, Points(features, np.array(times), np.array(strokes, np.int64))


def _compiled(
    core: Any,
    settings: FeatureSettings,
    per_unit: float,
    state: ResamplerState,
    samples: Iterable[PenSample],
    *,
    has_time: bool,
) -> tuple[ResamplerState, Points]:
    given = (
        settings.point_spacing, settings.middle_window, settings.local_window,
        math.log(settings.reference_speed), per_unit,
    )  # fmt: skip
    after, features, t, stroke = core.path(given, state, list(samples), has_time)
    if not t:
        return ResamplerState(*after), _NONE
    rows = np.frombuffer(features, np.float32).reshape(-1, len(CHANNELS))
    return ResamplerState(*after), Points(rows, np.frombuffer(t), np.frombuffer(stroke, np.int64))


def ink_points(settings: FeatureSettings, scale: float, ink: Ink) -> Points:
    """All feature points of some ink.

    Parameters
    ----------
    settings : FeatureSettings
    scale : float
    ink : Ink

    Returns
    -------
    Points
    """
    return feature_points(settings, scale, ResamplerState(), ink.samples(), has_time=ink.has_time)[
        1
    ]


_DX, _DY, _AIR = (CHANNELS.index(name) for name in ("dx", "dy", "pen_up"))


def integrate(features: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Where each of some feature points lies, in spacings from the first; undoes what `path` did.

    Parameters
    ----------
    features : ndarray, shape (n, len(CHANNELS))
        From the beginning of a path on.

    Returns
    -------
    ndarray, shape (n, 2)
    """
    steps = features[:, [_DX, _DY]].astype(np.float64)
    air = features[:, _AIR] > 0  # two points, of which each goes half of the way that both tell
    steps[air] = np.copysign(np.expm1(2 * np.abs(steps[air])), steps[air])
    return np.cumsum(steps, axis=0)
