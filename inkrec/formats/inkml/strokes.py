"""From the columns of InkML traces to strokes: joined, in order, in the units of `Ink`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...ink.strokes import Stroke
from ...ink.time_order import GAP, steady_time
from .._strokes import StrokeBuilder
from .brushes import Brush
from .channels import Context

__all__ = ["Piece", "concatenated", "laid_out", "stroke", "top_force", "touching"]

Array = npt.NDArray[np.float64]


@dataclass(slots=True)
class Piece:
    """A stroke on its way: columns by channel, and how far to move its time (s)."""

    values: dict[str, Array]
    context: Context
    line: int
    shift: float = 0.0
    placed: bool = False
    offset: float | None = None
    clock: str = ""


def concatenated(chain: list[Piece]) -> Piece:
    """One stroke of its pieces, each moved to its own time."""
    first = chain[0]
    names = {name for piece in chain for name in piece.values}
    values = {}
    for name in names:
        parts = []
        for piece in chain:
            part = piece.values.get(name, np.full(len(piece.values["X"]), np.nan))
            parts.append(part + piece.shift if name == "T" and piece.shift else part)
        values[name] = np.concatenate(parts)
    return Piece(values, first.context, first.line, placed=all(p.placed for p in chain))


def touching(piece: Piece) -> list[Piece]:
    """The parts of a stroke in which the pen touches, without points that have no place."""
    values = piece.values
    there = ~(np.isnan(values["X"]) | np.isnan(values["Y"]))
    values = {name: column[there] for name, column in values.items()}
    lifted = values.get("S", np.ones(0)) == 0
    if not lifted.any():
        return [Piece(values, piece.context, piece.line, placed=piece.placed)]
    cuts = np.flatnonzero(np.diff(lifted)) + 1
    runs = []
    for part in np.split(np.arange(len(lifted)), cuts):
        if not lifted[part[0]]:
            run = {name: column[part] for name, column in values.items()}
            runs.append(Piece(run, piece.context, piece.line, placed=piece.placed))
    return runs


def laid_out(pieces: list[Piece]) -> None:
    """Lay pieces `GAP` apart, in place, that all begin at 0 where nothing says when."""
    if len(pieces) < 2 or not all("T" in p.values and not p.placed for p in pieces):
        return
    if any(p.values["T"][0] != 0 for p in pieces):
        return
    clock = 0.0
    for piece in pieces:
        times = steady_time(piece.values["T"])[0]
        if times is not None:
            piece.values["T"] = times + clock
            clock = float(piece.values["T"][-1]) + GAP


def stroke(
    piece: Piece, unit: float | None, top: float, brush: Brush, builder: StrokeBuilder
) -> Stroke | None:
    """The stroke, in ``unit`` per mm; ``top`` is what force counts as 1 where nothing tells."""
    x, y = _place(piece, unit)
    return builder.stroke(
        x,
        y,
        piece.values.get("T"),
        _force(piece, top),
        tool=brush.tool,
        color=brush.color,
        width=brush.width_mm * unit if brush.width_mm and unit else None,
        line=piece.line,
    )


def _place(piece: Piece, unit: float | None) -> tuple[Array, Array]:
    """Positions in ``unit`` per mm, to the right and downward."""
    context = piece.context
    x, y = piece.values["X"], piece.values["Y"]
    if context.transform is not None:
        # The canvas has its own directions; those of the channels are part of the map to it.
        x, y = context.transform.apply(x, y)
        own = context.unit()
        return (x, y) if unit is None or own is None or own == unit else (
            x * (unit / own), y * (unit / own)
        )  # fmt: skip
    return _along(context, "X", x, unit), _along(context, "Y", y, unit)


def _along(context: Context, axis: str, column: Array, unit: float | None) -> Array:
    channel = context.channel(axis)
    if channel is not None and channel.negative:
        column = -column
    own = context.per_mm(axis) or context.per_mm("Y" if axis == "X" else "X")
    if unit is None or own is None or own == unit:
        return column
    return column * (unit / own)


def _force(piece: Piece, top: float) -> Array | None:
    """Pressure of 0 to 1, or None where the file has none that can be scaled."""
    column = piece.values.get("F")
    channel = piece.context.channel("F")
    if column is None or channel is None:
        return None
    column = _filled(column)
    if np.isnan(column).any():
        return None
    low, high = channel.minimum or 0.0, channel.maximum
    if high is None:
        high = 100.0 if channel.units == "%" else max(1.0, top)
    if not high > low:
        return None
    force = np.clip((column - low) / (high - low), 0.0, 1.0)
    return 1.0 - force if channel.negative else force


def _filled(column: Array) -> Array:
    """The column with gaps taken from the point before, or the first that is known."""
    known = ~np.isnan(column)
    if known.all() or not known.any():
        return column
    at = np.where(known, np.arange(len(column)), known.argmax())
    return column[np.maximum.accumulate(at)]


def top_force(pieces: Iterable[Piece]) -> float:
    """The greatest force of all strokes, as the file has it."""
    columns = [p.values["F"] for p in pieces if "F" in p.values]
    return max((float(np.nanmax(c, initial=0.0)) for c in columns), default=0.0)
