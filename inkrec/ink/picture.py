"""Ink as a picture in SVG, as notebooks show it and files hold it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..errors import InkError

if TYPE_CHECKING:
    from .strokes import Ink, Stroke

__all__ = ["INK_COLOR", "own_color", "pen_width", "picture"]

Array = npt.NDArray[np.float64]

INK_COLOR = "#1a1a2e"
"""Of strokes whose colour is not known."""

_TOOL_COLORS = {"highlighter": "#ffff0080", "eraser": "#ffffff"}

_SIZE = 1000.0
_MARGIN = 2.0
_STEPS = 8
_POINT = 1e-300


def own_color(stroke: Stroke) -> str:
    """The colour of a stroke, or that of its tool."""
    return stroke.color or _TOOL_COLORS.get(stroke.tool, INK_COLOR)


def picture(ink: Ink, colors: Sequence[str], caption: str | None = None) -> str:
    """A picture of the ink as SVG.

    Parameters
    ----------
    ink : Ink
    colors : sequence of str
        A colour for each stroke, as an attribute in double quotes holds it.
    caption : str, optional
        Markup to be drawn beneath, as an element holds it.

    Returns
    -------
    str
        As `inkrec.formats.svg.render` describes it.

    Raises
    ------
    InkError
        If the ink is too wide for a picture.
    """
    left, top, right, bottom = ink.bounds if len(ink) else (0.0, 0.0, 1.0, 1.0)
    span = max(right - left, bottom - top)
    if not math.isfinite(span):
        raise InkError(f"ink of {ink.bounds} is too wide for a picture")
    if span < _POINT:
        span = 1.0
    pen = pen_width(ink, span) * _SIZE
    edge = _MARGIN * pen
    scale = (_SIZE - 2 * edge) / span
    width = (right - left) * scale + 2 * edge
    height = (bottom - top) * scale + 2 * edge
    paths = "".join(
        _paths((s.x - left) * scale + edge, (s.y - top) * scale + edge, s.pressure, pen, color)
        for s, color in zip(ink, colors, strict=True)
    )
    beneath = ""
    if caption is not None:
        size = max(18.0, 0.02 * width)
        beneath = (
            f'<text x="{width / 2:.1f}" y="{height + size:.1f}" text-anchor="middle" '
            f'fill="#555" font-family="sans-serif" font-size="{size:.0f}">{caption}</text>\n'
        )
        height += 1.5 * size
    real = ""
    if ink.units_per_mm is not None and math.isfinite(per := scale * ink.units_per_mm) and per > 0:
        real = f' width="{width / per:.2f}mm" height="{height / per:.2f}mm"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg"{real} viewBox="0 0 {width:.1f} {height:.1f}" '
        f'fill="none" stroke-width="{_text(pen)}" '
        'stroke-linecap="round" stroke-linejoin="round">\n'
        f"{paths}{beneath}</svg>\n"
    )


def pen_width(ink: Ink, span: float) -> float:
    """The pen's width in a picture, as a share of its span: by what strokes are high."""
    extents = [max(float(np.ptp(s.y)), float(np.ptp(s.x)) / 4) for s in ink]
    middle = float(np.median([e for e in extents if e > 0] or [span])) / span
    return min(max(0.08 * middle, 0.002), 0.02)


def _paths(x: Array, y: Array, pressure: Array | None, pen: float, color: str) -> str:
    """A stroke as one path, or one for each run of points of like pressure."""
    place = np.rint(np.stack([x, y], axis=1) * 10).astype(np.int64)
    if pressure is None:
        return _path(place, color, "")
    levels = np.rint(pressure * _STEPS).astype(np.int64)
    cuts = [0, *(np.flatnonzero(np.diff(levels)) + 1).tolist(), len(levels)]
    parts = []
    for start, stop in itertools.pairwise(cuts):
        width = pen * (0.4 + 1.2 * float(levels[start]) / _STEPS)
        # A run reaches to the first point of the next, so that the line has no gap.
        parts.append(_path(place[start : stop + 1], color, f' stroke-width="{_text(width)}"'))
    return "".join(parts)


def _path(place: npt.NDArray[np.int64], color: str, width: str) -> str:
    moves = np.diff(place, axis=0)
    moves = moves[moves.any(axis=1)].tolist()
    start = " ".join(_text(v / 10) for v in place[0].tolist())
    line = "".join(f"l{_text(dx / 10)} {_text(dy / 10)}" for dx, dy in moves)
    return f'<path stroke="{color}"{width} d="M{start}{line or "h0"}"/>\n'


def _text(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
