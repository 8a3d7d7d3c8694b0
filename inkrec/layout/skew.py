"""The angle at which lines of writing run."""

from __future__ import annotations

import math

import numpy as np

from .shapes import Floats, StrokeShapes

__all__ = ["estimate_skew", "rotation", "unevenness"]

_BIN = 0.4  # text sizes: width of the bins that ink is projected into
_MOST_POINTS = 1500
_WIDTH = 8.0  # text sizes: shorter lines tell no angle
_PAGE = math.radians(20.0)  # a page's lines run no steeper,
_LINE = math.radians(48.0)  # and a single line's no steeper than this
_LONG = 5.0  # times longer than wide: a single line
_STEP = math.radians(1.0)


def rotation(angle: float) -> Floats:
    """The matrix that turns by an angle, from x towards y.

    Examples
    --------
    >>> (rotation(math.pi / 2) @ [1, 0]).round(6).tolist()
    [0.0, 1.0]
    """
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[c, -s], [s, c]])


_MOST_BINS = 1 << 14  # what lies further away than any page is in the last one


def estimate_skew(shapes: StrokeShapes, size: float) -> float:
    """The angle of lines in radians: positive where they fall to the right, y downward.

    The one whose projection is the most uneven: lines and the white between them
    (Postl 1986). A page may be skewed by up to 20 degrees, one line by up to 48.

    Parameters
    ----------
    shapes : StrokeShapes
        Of writing.
    size : float
        Text size, above 0.

    Returns
    -------
    float
        0.0 where there is too little to tell.
    """
    points = shapes.path[:, ::4].reshape(-1, 2)
    if not len(points) or not size > 0:
        return 0.0
    if len(points) > _MOST_POINTS:
        points = points[:: len(points) // _MOST_POINTS + 1]
    points = (points - points.mean(axis=0)) / size
    spread = np.cov(points.T) if len(points) > 1 else np.zeros((2, 2))
    values, vectors = np.linalg.eigh(spread)
    along = vectors[:, 1] if vectors[0, 1] >= 0 else -vectors[:, 1]
    axis = math.atan2(along[1], along[0])
    if float(np.ptp(points @ along)) < _WIDTH:
        return 0.0
    angles = np.arange(-_PAGE, _PAGE + _STEP / 2, _STEP)
    if values[1] > _LONG**2 * values[0] and abs(axis) < _LINE:
        angles = np.append(angles, axis + np.arange(-4, 4.5) * _STEP)
    best = float(angles[np.argmax(unevenness(points, angles))])
    fine = best + np.linspace(-_STEP, _STEP, 13)
    return float(fine[np.argmax(unevenness(points, fine))])


def unevenness(points: Floats, angles: Floats) -> Floats:
    """How uneven points are when they are projected along lines at some angles.

    Parameters
    ----------
    points : ndarray, shape (points, 2)
        In text sizes.
    angles : ndarray, shape (angles,)
        In radians.

    Returns
    -------
    ndarray, shape (angles,)
        Sums of squared counts; level lines are preferred a little.
    """
    across = points[:, 1:] * np.cos(angles) - points[:, :1] * np.sin(angles)
    bins = np.floor((across - across.min(axis=0)) / _BIN).clip(0, _MOST_BINS).astype(np.int64)
    width = int(bins.max()) + 2
    keys = bins + width * np.arange(len(angles))
    counts = np.bincount(keys.ravel(), minlength=width * len(angles))
    counts = counts[: width * len(angles)].reshape(len(angles), width)
    smooth = counts[:, :-1] + counts[:, 1:]
    squares: Floats = (smooth.astype(np.float64) ** 2).sum(axis=1)
    return squares * (1.0 - 0.1 * np.abs(angles))
