"""A page: ruled lines, strokes, and words that know their strokes."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from ..ink.samples import PenSample
from ..ink.strokes import Ink
from ..results import Hypothesis, Word

__all__ = [
    "Change",
    "LineView",
    "PageStroke",
    "Ruling",
    "ShownWord",
    "partial_words",
    "shifted",
    "split_strokes",
]


@dataclass(frozen=True)
class Ruling:
    """Ruled lines.

    Attributes
    ----------
    top : float
        Where the first line's band begins, in page units.
    line_height : float
    count : int
    """

    top: float
    line_height: float
    count: int

    def band(self, line: int) -> tuple[float, float]:
        """Top and bottom of a line's band."""
        return self.top + line * self.line_height, self.top + (line + 1) * self.line_height

    def baseline(self, line: int) -> float:
        """Where letters stand."""
        return self.top + (line + 0.74) * self.line_height

    def line_at(self, y: float) -> int:
        """The line whose band holds y, the nearest one outside."""
        return max(0, min(self.count - 1, int((y - self.top) // self.line_height)))

    def line_after(self, last: PageStroke | None, x: float, y: float) -> int:
        """The line of what is begun at a place behind another stroke.

        A hand drifts off the ruled line: what stands beside the stroke before goes along.
        """
        if last is not None:
            top, bottom = self.band(last.line)
            close = top - 0.25 * self.line_height < y < bottom + 0.06 * self.line_height
            if close or last.beside(x, y, self.line_height):
                return last.line
        return self.line_at(y)

    def line_of(self, stroke: PageStroke, last: PageStroke | None) -> int:
        """The line of a whole stroke behind another.

        One that begins at its foot (a p, an upward comma) begins below its line, and has
        its middle in it.
        """
        x, y = stroke.samples[0].x, stroke.samples[0].y
        line = self.line_after(last, x, y)
        if last is not None and line > last.line:
            _, top, _, bottom = stroke.bounds
            y = (top + bottom) / 2
            if self.line_at(y) == last.line or last.beside(x, y, self.line_height):
                return last.line
        return line


@dataclass
class PageStroke:
    """A stroke on the page; its last sample lifts the pen.

    Attributes
    ----------
    id, line : int
    samples : list of PenSample
    units_per_mm : float or None
        Page units in a millimetre, where its file told.
    """

    id: int
    line: int
    samples: list[PenSample]
    units_per_mm: float | None = None

    @property
    def points(self) -> list[PenSample]:
        """The samples that touch."""
        return [s for s in self.samples if s.touching]

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        xs, ys = [s.x for s in self.samples], [s.y for s in self.samples]
        return min(xs), min(ys), max(xs), max(ys)

    @property
    def rate_hz(self) -> float:
        """Samples a second; 0 for a dot."""
        span = self.samples[-1].t - self.samples[0].t
        return (len(self.samples) - 1) / span if span > 0 and len(self.samples) > 2 else 0.0

    def beside(self, x: float, y: float, unit: float) -> bool:
        """Whether a place is where a hand would go on, the ruled lines ``unit`` apart."""
        left, top, right, bottom = self.bounds
        across = left - unit < x < right + unit
        return across and top - 0.6 * unit < y < bottom + 0.25 * unit

    def passes(self, places: Iterable[tuple[float, float]], radius: float) -> bool:
        """Whether it comes within a radius of one of these places."""
        left, top, right, bottom = self.bounds
        around = [
            (x, y)
            for x, y in places
            if left - radius < x < right + radius and top - radius < y < bottom + radius
        ]
        points = [(p.x, p.y) for p in self.points]
        return any(
            _distance2(x, y, a, b) < radius * radius
            for x, y in around
            for a, b in itertools.pairwise([points[0], *points])
        )


@dataclass
class LineView:
    """What the page knows of a line.

    Attributes
    ----------
    ids : list of int
        Its strokes.
    epoch : int
        Counts the times that strokes were taken back.
    hypothesis : Hypothesis
    final : bool
        Whether it was read as a whole.
    asked : bool
        Whether settling was asked for.
    changed : float
        When it was written to last, in s.
    """

    ids: list[int] = field(default_factory=list)
    epoch: int = 0
    hypothesis: Hypothesis = field(default_factory=Hypothesis)
    final: bool = True
    asked: bool = True
    changed: float = 0.0


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
    raw : str
        What the recogniser says, whatever a person chose.
    """

    text: str
    line: int
    strokes: tuple[int, ...] = ()
    solid: bool = False
    corrected: bool = False
    alternatives: tuple[str, ...] = ()
    confidence: float = 0.0
    raw: str = ""

    @classmethod
    def of(
        cls, word: Word, line: int, strokes: tuple[int, ...], chosen: str | None, settled: bool
    ) -> ShownWord:
        """A word of a hypothesis, or what a person chose for it."""
        others = [word.text, *(a.text for a in word.alternatives)]
        return cls(
            chosen or word.text,
            line,
            strokes,
            solid=chosen is not None or word.committed or settled,
            corrected=chosen is not None,
            alternatives=tuple(dict.fromkeys(t for t in others if t != chosen)),
            confidence=1.0 if chosen else word.confidence,
            raw=word.text,
        )


def split_strokes(samples: Iterable[PenSample]) -> list[list[PenSample]]:
    """Strokes, each with the sample that lifts the pen."""
    found: list[list[PenSample]] = [[]]
    for sample in samples:
        found[-1].append(sample)
        if not sample.touching:
            found.append([])
    return [run for run in found if any(sample.touching for sample in run)]


def shifted(ink: Ink, now: float, after: float) -> list[list[PenSample]]:
    """Strokes as `runs` gives them, their time moved to end at ``now``, or to begin at
    ``after`` where that is later; in s.
    """
    found = split_strokes(ink.samples())
    shift = max(now - found[-1][-1].t, after - found[0][0].t) if found else 0.0
    return [[s._replace(t=s.t + shift) for s in run] for run in found]


def partial_words(told: Hypothesis) -> list[str]:
    """What is said behind the words."""
    at = 0
    for word in told.words:
        found = told.text.find(word.text, at)
        at = at if found < 0 else found + len(word.text)
    return told.text[at:].split()


def _distance2(x: float, y: float, a: tuple[float, float], b: tuple[float, float]) -> float:
    vx, vy = b[0] - a[0], b[1] - a[1]
    length2 = vx * vx + vy * vy
    u = max(0.0, min(1.0, ((x - a[0]) * vx + (y - a[1]) * vy) / length2)) if length2 else 0.0
    return (x - a[0] - u * vx) ** 2 + (y - a[1] - u * vy) ** 2
