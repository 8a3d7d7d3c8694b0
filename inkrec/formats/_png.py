"""Pictures of ink as PNG, drawn by Pillow."""

from __future__ import annotations

import io
import math

import numpy as np

from .._checks import require
from ..errors import FormatError
from ..ink.picture import own_color, pen_width
from ..ink.strokes import Ink
from ._files import Source, name_of, save

__all__ = ["write_png"]

_SIZE = 1400  # pixels of the longer side
_LEAST = 48  # of the shorter one
_FINER = 3  # drawn so much larger, as Pillow's lines have hard edges
_MARGIN = 2.0
_PEN = 0.7  # of the width in SVG: pixels do not grow, and narrow letters must not touch


def write_png(file: Source, ink: Ink) -> None:
    """Draw ink with round pens in its colours, wider where it was pressed harder, on white.

    Parameters
    ----------
    file : path or binary file
    ink : Ink

    Raises
    ------
    MissingExtraError
        If Pillow is not installed.
    FormatError
        If there is no ink, or it is too wide for a picture.
    """
    image, draw = (require(f"PIL.{name}", "png") for name in ("Image", "ImageDraw"))
    if not len(ink):
        raise FormatError("there is no ink to be drawn", file=name_of(file))
    left, top, right, bottom = ink.bounds
    span = max(right - left, bottom - top)
    if not math.isfinite(span):
        raise FormatError(f"ink of {ink.bounds} is too wide for a picture", file=name_of(file))
    share = pen_width(ink, span if span > 1e-300 else 1.0)
    pen = _PEN * share * _SIZE * _FINER
    edge = _MARGIN * pen
    scale = (_SIZE * _FINER - 2 * edge) / span if span > 1e-300 else 1.0
    sides = (right - left) * scale + 2 * edge, (bottom - top) * scale + 2 * edge
    width, height = (max(_LEAST * _FINER, math.ceil(side / _FINER) * _FINER) for side in sides)
    shift = (width - sides[0]) / 2 + edge, (height - sides[1]) / 2 + edge
    sheet = image.new("RGB", (width, height), "white")
    for stroke in ink:
        x = (stroke.x - left) * scale + shift[0]
        y = (stroke.y - top) * scale + shift[1]
        force = np.full(len(stroke), 0.5) if stroke.pressure is None else stroke.pressure
        radii = (pen * (0.4 + 1.2 * force) / 2).tolist()
        color = own_color(stroke)
        solid, alpha = color[:7], int(color[7:] or "ff", 16)
        box = _around(x, y, max(radii), width, height)
        ground = sheet.crop(box)  # the stroke's part alone: what lets through is laid over once
        mask = image.new("L", ground.size, 0)
        _stroke(draw.Draw(mask), (x - box[0]).tolist(), (y - box[1]).tolist(), radii, alpha)
        ground.paste(solid, (0, 0), mask)
        sheet.paste(ground, box[:2])
    out = io.BytesIO()
    sheet.resize((width // _FINER, height // _FINER), image.Resampling.BOX).save(out, "PNG")
    save(file, out.getvalue())


def _around(
    x: np.ndarray, y: np.ndarray, room: float, width: int, height: int
) -> tuple[int, int, int, int]:
    """The pixels that a stroke may touch."""
    return (
        max(0, math.floor(x.min() - room - 1)),
        max(0, math.floor(y.min() - room - 1)),
        min(width, math.ceil(x.max() + room + 2)),
        min(height, math.ceil(y.max() + room + 2)),
    )


def _stroke(draw: object, x: list[float], y: list[float], radii: list[float], ink: int) -> None:
    """A stroke as lines with discs where they meet."""
    for n, (a, b, r) in enumerate(zip(x, y, radii, strict=True)):
        draw.ellipse((a - r, b - r, a + r, b + r), fill=ink)  # type: ignore[attr-defined]
        if n:
            draw.line(  # type: ignore[attr-defined]
                (x[n - 1], y[n - 1], a, b), fill=ink, width=max(1, round(2 * r))
            )
