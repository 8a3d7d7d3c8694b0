"""Writing to lay out: lines of real ink that a clone has, moved about a page."""

from __future__ import annotations

import functools
import math
from pathlib import Path

import inkrec
from inkrec import Stroke
from inkrec.layout.shapes import StrokeShapes, text_size

__all__ = ["LINES", "TEXTS", "columns", "line", "mapped", "page"]

SAMPLES = Path(__file__).parent.parent.parent / "demos" / "ink"
LINES = ("tea.jsonl", "bridge.inkml", "river.xopp")
TEXTS = (
    "Tea is ready, come and sit down.",
    "We met at the old bridge.",
    "The river runs under the road.",
)


@functools.cache
def line(name: str) -> tuple[Stroke, ...]:
    """A line in its own text sizes, its beginning at 0, without time."""
    ink = inkrec.read(SAMPLES / name)
    size = text_size(StrokeShapes.of(list(ink)))
    left, top, _, bottom = ink.bounds
    middle = (top + bottom) / 2
    return tuple(Stroke((s.x - left) / size, (s.y - middle) / size) for s in ink)


def mapped(strokes, right=0.0, down=0.0, degrees=0.0, size=1.0):
    """Strokes turned, made larger and moved."""
    a = math.radians(degrees)
    c, s = size * math.cos(a), size * math.sin(a)
    return [Stroke(right + c * k.x - s * k.y, down + s * k.x + c * k.y) for k in strokes]


def page(rows=3, pitch=8.0, first=0):
    """Lines under one another, and the row of each stroke."""
    strokes, whose = [], []
    for row in range(rows):
        mine = mapped(line(LINES[(first + row) % 3]), down=row * pitch)
        strokes += mine
        whose += [row] * len(mine)
    return strokes, whose


def columns(gap=5.0, rows=4):
    """Two columns, written one after the other, and the line of each stroke."""
    left, whose = page(rows)
    right, other = page(rows, first=1)
    edge = max(s.x.max() for s in left) + gap
    return left + mapped(right, edge, 1.7), whose + [rows + w for w in other]
