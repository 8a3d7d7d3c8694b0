"""A page: ruled lines, strokes, and words that know their strokes."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import NamedTuple

from ..ink import PenSample

__all__ = ["Change", "PageStroke", "Ruling", "ShownWord"]


@dataclass(frozen=True)
class Ruling:
    """Ruled lines.

    Attributes
    ----------
    top : float
        Where the first line's band begins, in page units.
    spacing : float
    count : int
    """

    top: float
    spacing: float
    count: int

    def band(self, line: int) -> tuple[float, float]:
        """Top and bottom of a line's band."""
        return self.top + line * self.spacing, self.top + (line + 1) * self.spacing

    def baseline(self, line: int) -> float:
        """Where letters stand."""
        return self.top + (line + 0.74) * self.spacing

    def line_at(self, y: float) -> int:
        """The line whose band holds y, the nearest one outside."""
        return max(0, min(self.count - 1, int((y - self.top) // self.spacing)))


@dataclass
class PageStroke:
    """A stroke on the page; its last sample lifts the pen."""

    id: int
    line: int
    samples: list[PenSample]

    @property
    def points(self) -> list[PenSample]:
        """The samples that touch."""
        return [s for s in self.samples if s.touching]

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        xs, ys = [s.x for s in self.samples], [s.y for s in self.samples]
        return min(xs), min(ys), max(xs), max(ys)

    def passes(self, x: float, y: float, radius: float) -> bool:
        """Whether it comes within a radius of a point."""
        left, top, right, bottom = self.bounds
        if not (left - radius < x < right + radius and top - radius < y < bottom + radius):
            return False
        points = [(p.x, p.y) for p in self.points]
        return any(
            _distance2(x, y, a, b) < radius * radius
            for a, b in itertools.pairwise([points[0], *points])
        )


class Change(NamedTuple):
    """Strokes that appeared and that went, by id."""

    added: tuple[int, ...] = ()
    removed: tuple[int, ...] = ()


@dataclass(frozen=True)
class ShownWord:
    """A word of the page's text.

    Attributes
    ----------
    text : str
    line : int
    strokes : tuple of int
        Ids of its ink; none while the recogniser is still murmuring.
    solid : bool
        Whether it will not change any more.
    corrected : bool
        Whether a person chose the text.
    alternatives : tuple of str
    confidence : float
    """

    text: str
    line: int
    strokes: tuple[int, ...] = ()
    solid: bool = False
    corrected: bool = False
    alternatives: tuple[str, ...] = ()
    confidence: float = 0.0


def _distance2(x: float, y: float, a: tuple[float, float], b: tuple[float, float]) -> float:
    vx, vy = b[0] - a[0], b[1] - a[1]
    length2 = vx * vx + vy * vy
    u = max(0.0, min(1.0, ((x - a[0]) * vx + (y - a[1]) * vy) / length2)) if length2 else 0.0
    return (x - a[0] - u * vx) ** 2 + (y - a[1] - u * vy) ** 2
