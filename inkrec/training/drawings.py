"""Drawings made over real ink: underlines, circles, arrows and the like, with known kinds.

What is drawn follows the writing it is drawn over, and is moved by a hand. A seed gives the
same drawings again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..ink.strokes import Stroke
from .drawing_hand import Drawn, Hand, Material, Random, WritingGeometry
from .drawings_beside import draw_arrow, draw_bullet, draw_doodle, draw_hatching, draw_tick
from .drawings_over import (
    draw_circle,
    draw_frame,
    draw_rule,
    draw_scribble,
    draw_strike,
    draw_underline,
)  # fmt: skip

__all__ = ["DRAWN", "Drawn", "Material", "draw"]

Draw = Callable[[WritingGeometry, Hand, Random], list[Drawn]]

DRAWN: dict[str, Draw] = {
    "underline": draw_underline,
    "strike-through": draw_strike,
    "scribble": draw_scribble,
    "circle": draw_circle,
    "frame": draw_frame,
    "rule": draw_rule,
    "arrow": draw_arrow,
    "bullet": draw_bullet,
    "tick": draw_tick,
    "hatching": draw_hatching,
    "other": draw_doodle,
}
"""What draws each kind."""


def draw(
    strokes: Sequence[Stroke],
    lines: Sequence[Sequence[int]],
    kind: str,
    random: Random,
    material: Material | None = None,
) -> list[Drawn]:
    """Drawings of a kind over some writing.

    Parameters
    ----------
    strokes : sequence of Stroke
        Of writing.
    lines : sequence of sequence of int
        The strokes of each line, from top to bottom.
    kind : str
        A key of `DRAWN`.
    random : numpy.random.Generator
    material : Material, optional
        Real strokes that some hands draw with.

    Returns
    -------
    list of Drawn
        In the writing's ink units.
    """
    g = WritingGeometry.of(strokes, lines)
    made = DRAWN[kind](g, Hand.drawn(random, material), random)
    return [Drawn(d.kind, [g.size * way for way in d.strokes], d.targets) for d in made]
