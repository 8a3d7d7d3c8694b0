"""Writing SVG pictures of ink."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ...errors import InkError
from ...ink.strokes import Ink
from .._files import Source, save
from .._xml import attribute, escape

__all__ = ["render", "write"]

Array = npt.NDArray[np.float64]

_SIZE = 1000.0
_MARGIN = 2.0
_STEPS = 8
_POINT = 1e-300


def write(
    file: Source,
    ink: Ink,
    *,
    label: str | None = None,
    colors: str | Sequence[str] = "#1a1a2e",
) -> None:
    """Write a picture of the ink; see `render`."""
    save(file, render(ink, label=label, colors=colors).encode())


def render(ink: Ink, *, label: str | None = None, colors: str | Sequence[str] = "#1a1a2e") -> str:
    """A picture of the ink as SVG.

    Parameters
    ----------
    ink : Ink
    label : str, optional
        A caption, drawn beneath.
    colors : str or sequence of str
        CSS colours: one for all strokes, or one each.

    Returns
    -------
    str
        A whole document. Its ``viewBox`` is 1000 wide, or 1000 high where the ink is
        higher than wide; where the ink's size in mm is known, its ``width`` and
        ``height`` say it.

    Raises
    ------
    InkError
        If there are more or fewer colours than strokes.

    Examples
    --------
    >>> from inkrec import Stroke
    >>> picture = render(Ink([Stroke([0, 30, 30], [0, 0, 10])]))
    >>> print(picture.splitlines()[1])
    <path stroke="#1a1a2e" d="M40 40l920 0l0 306.7"/>
    """
    each = [colors] * len(ink) if isinstance(colors, str) else list(colors)
    if len(each) != len(ink):
        raise InkError(f"{len(each)} colours for {len(ink)} strokes; give one, or one each")
    left, top, right, bottom = ink.bounds if len(ink) else (0.0, 0.0, 1.0, 1.0)
    span = max(right - left, bottom - top)
    if not math.isfinite(span):
        raise InkError(f"ink of {ink.bounds} is too wide for a picture")
    if span < _POINT:
        span = 1.0
    pen = _pen(ink, span)
    edge = _MARGIN * pen
    scale = (_SIZE - 2 * edge) / span
    width = (right - left) * scale + 2 * edge
    height = (bottom - top) * scale + 2 * edge
    paths = "".join(
        _paths((s.x - left) * scale + edge, (s.y - top) * scale + edge, s.pressure, pen, color)
        for s, color in zip(ink, each, strict=True)
    )
    caption = ""
    if label is not None:
        size = max(18.0, 0.02 * width)
        caption = (
            f'<text x="{width / 2:.1f}" y="{height + size:.1f}" text-anchor="middle" '
            f'fill="#555" font-family="sans-serif" font-size="{size:.0f}">{escape(label)}</text>\n'
        )
        height += 1.5 * size
    real = ""
    if ink.units_per_mm is not None and math.isfinite(per := scale * ink.units_per_mm) and per > 0:
        real = f' width="{width / per:.2f}mm" height="{height / per:.2f}mm"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg"{real} viewBox="0 0 {width:.1f} {height:.1f}" '
        f'fill="none" stroke-width="{_text(pen)}" '
        'stroke-linecap="round" stroke-linejoin="round">\n'
        f"{paths}{caption}</svg>\n"
    )


def _pen(ink: Ink, span: float) -> float:
    """The pen's width in the picture: a share of what strokes are high, in the middle."""
    extents = [max(float(np.ptp(s.y)), float(np.ptp(s.x)) / 4) for s in ink]
    middle = float(np.median([e for e in extents if e > 0] or [span])) / span * _SIZE
    return min(max(0.08 * middle, 0.002 * _SIZE), 0.02 * _SIZE)


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
    return f'<path stroke="{attribute(color)}"{width} d="M{start}{line or "h0"}"/>\n'


def _text(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
