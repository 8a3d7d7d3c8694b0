"""Which writing a drawing is about: what it underlines, crosses out, encloses or marks."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from .shapes import StrokeShapes

__all__ = ["writing_about"]

Integers = npt.NDArray[np.int64]

# lengths in text sizes
_UNDER = 3.2  # over an underline that its writing may stand,
_SAME_LINE = 1.6  # and how much farther than the nearest of it
_OVER = 1.0  # from a strike-through to the middle of what it crosses out
_OPEN = 2.6  # radians without ink, seen from within what is enclosed, at most


def writing_about(kind: str, strokes: StrokeShapes, text: StrokeShapes, size: float) -> Integers:
    """The writing that a drawing is about.

    Parameters
    ----------
    kind : str
        Of `inkrec.layout.stroke_classifier.KINDS`, or a tool.
    strokes : StrokeShapes
        Of the drawing.
    text : StrokeShapes
        All writing, level.
    size : float
        Its text size.

    Returns
    -------
    ndarray of int
        Rows of ``text``.
    """
    if kind in ("underline", "rule"):
        return _over(strokes, text, size)
    if kind in ("strike-through", "scribble", "highlighter", "eraser"):
        return _crossed(strokes, text, size)
    if kind in ("circle", "frame", "other"):
        return _enclosed(strokes, text)
    if kind in ("bullet", "tick"):
        return _beside_item(strokes, text, size)
    return np.zeros(0, np.int64)


def _over(lines: StrokeShapes, text: StrokeShapes, size: float) -> Integers:
    """Writing that stands on a line, as far as the line reaches."""
    path = lines.path.reshape(-1, 2)
    order = np.argsort(path[:, 0])
    x = (text.left + text.right) / 2
    y = np.interp(x, path[order, 0], path[order, 1])
    middle = text.path[:, :, 1].mean(axis=1)
    up = (y - middle) / size
    here = (x > path[:, 0].min() - 0.3 * size) & (x < path[:, 0].max() + 0.3 * size)
    here &= (up > 0) & (up < _UNDER)
    if not here.any():
        return np.flatnonzero(here)
    large = here & (text.length > size)
    nearest = float(np.percentile(up[large], 25)) if large.any() else float(up[here].min())
    return np.flatnonzero(here & (up < nearest + _SAME_LINE))


def _crossed(strokes: StrokeShapes, text: StrokeShapes, size: float) -> Integers:
    """Writing that strokes go across."""
    path = strokes.path.reshape(-1, 2)
    x, y = text.path[:, :, 0].mean(axis=1), text.path[:, :, 1].mean(axis=1)
    left, top = path.min(axis=0)
    right, bottom = path.max(axis=0)
    order = np.argsort(path[:, 0])
    if bottom - top < 1.5 * size:
        level = np.interp(x, path[order, 0], path[order, 1])
        high = np.abs(y - level) < _OVER * size
    else:
        high = (y > top - 0.2 * size) & (y < bottom + 0.2 * size)
    return np.flatnonzero((x > left - 0.2 * size) & (x < right + 0.2 * size) & high)


def _enclosed(strokes: StrokeShapes, text: StrokeShapes) -> Integers:
    """Writing whose middle lies inside what strokes surround."""
    middles = text.path.mean(axis=1)
    path = strokes.path.reshape(-1, 2)
    low, high = path.min(axis=0), path.max(axis=0)
    inside = ((middles > low) & (middles < high)).all(axis=1)
    for k in np.flatnonzero(inside).tolist():
        angles = np.sort(np.arctan2(*(path - middles[k]).T[::-1]))
        gaps = np.diff(np.append(angles, angles[0] + 2 * math.pi))
        inside[k] = bool(gaps.max() < _OPEN)  # seen from inside it is on all sides
    return np.flatnonzero(inside)


def _beside_item(strokes: StrokeShapes, text: StrokeShapes, size: float) -> Integers:
    """Writing on the level of a bullet or a tick, to the side that it stands nearer to."""
    box = strokes.boxes
    y = (box[:, 1].min() + box[:, 3].max()) / 2
    level = np.abs(text.path[:, :, 1].mean(axis=1) - y) < 1.2 * size
    right = level & (text.left > box[:, 2].max() - 0.3 * size)
    return np.flatnonzero(right if right.any() else level)
