"""Hands that draw, and the writing that they draw over.

A hand has slow wobble and tremor, is slow at both ends of a stroke, and may use real strokes.
All lengths are in text sizes (`inkrec.layout.shapes.text_size`).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ..ink.strokes import Stroke
from ..layout.shapes import StrokeShapes, run_heights, text_size

__all__ = [
    "Drawn", "Hand", "Material", "Place", "WritingGeometry", "box_ways", "ellipse", "wave",
]  # fmt: skip

Floats = npt.NDArray[np.float64]
Random = np.random.Generator


@dataclass(frozen=True)
class Drawn:
    """Strokes of one drawing.

    Attributes
    ----------
    kind : str
        As in `inkrec.layout.KINDS`.
    strokes : list of ndarray, shape (points, 2)
    targets : tuple of int
        The strokes of writing that it is about: under-lined, crossed out, enclosed.
    """

    kind: str
    strokes: list[Floats]
    targets: tuple[int, ...] = ()


@dataclass(frozen=True)
class Material:
    """Real strokes that drawings may be made of, each within a box from 0 to 1.

    Attributes
    ----------
    lines : list of ndarray, shape (points, 2)
        Dashes, bars and stems, from (0, 0) to (1, 0); y over their length.
    loops : list of ndarray
        Closed letters and digits.
    """

    lines: list[Floats]
    loops: list[Floats]

    @classmethod
    def of(cls, strokes: Sequence[Stroke]) -> Material:
        """What of some strokes can be used."""
        lines, loops = [], []
        for stroke in strokes:
            at = np.stack([stroke.x, stroke.y], axis=1)
            if len(at) < 6:
                continue
            legs = np.hypot(*np.diff(at, axis=0).T)
            chord, extent = at[-1] - at[0], np.ptp(at, axis=0)
            gap = float(np.hypot(*chord))
            if gap > 0.96 * legs.sum() and gap > 0:
                c, s = chord / gap
                lines.append((at - at[0]) @ np.array([[c, -s], [s, c]]) / gap)
            elif gap < 0.2 * extent.min() and legs.sum() < 3.6 * extent.max():
                loops.append((at - at.min(axis=0)) / np.maximum(extent, 1e-9))
        return cls(lines, loops)


@dataclass(frozen=True)
class Hand:
    """How a person moves a pen when drawing.

    Attributes
    ----------
    wobble : float
        Height of slow deviations, in text sizes for a way of ten.
    tremor : float
        Of quick ones.
    bow : float
        Height of straight lines over their length.
    tilt : float
        Radians that level lines are off.
    step : float
        Text sizes between samples where the pen is quick.
    material : Material, optional
        Real strokes that some lines and circles are made of.
    """

    wobble: float
    tremor: float
    bow: float
    tilt: float
    step: float
    material: Material | None = None

    @classmethod
    def drawn(cls, random: Random, material: Material | None = None) -> Hand:
        """Some hand."""
        return cls(
            material=material if random.random() < 0.5 else None,
            wobble=float(random.uniform(0.03, 0.25)),
            tremor=float(random.choice([0.0, 0.01, 0.03]) * random.random()),
            bow=float(random.normal(0, 0.012)),
            tilt=float(random.normal(0, 0.015)),
            step=float(random.uniform(0.06, 0.35)),
        )

    def move(self, corners: Sequence[tuple[float, float]] | Floats, random: Random) -> Floats:
        """The pen's way along a polyline in text sizes."""
        at = np.asarray(corners, dtype=np.float64)
        legs = np.hypot(*np.diff(at, axis=0).T)
        way = np.concatenate([[0.0], np.cumsum(legs)])
        length = max(float(way[-1]), 0.05)
        n = int(np.clip(length / self.step, 3, 4000))
        part = np.linspace(0.0, 1.0, n)
        part = part + 0.6 / (2 * math.pi) * -np.sin(2 * math.pi * part)  # slow at both ends
        x, y = (np.interp(part * length, way, column) for column in at.T)
        size = self.wobble * min(1.0, math.sqrt(length / 10.0))
        for column in (x, y):
            for wave in range(1, 5):
                phase, height = random.uniform(0, 2 * math.pi), random.normal(0, size / 2 / wave)
                column += height * (np.sin(math.pi * wave * part + phase) - np.sin(phase))
            column += random.normal(0, self.tremor, n) if self.tremor else 0.0
        return np.stack([x, y], axis=1)

    def loop(self, way: Floats, random: Random) -> Floats:
        """A closed line, or a real one in the same box."""
        if self.material is None or not self.material.loops:
            return self.move(way, random)
        real = self.material.loops[int(random.integers(len(self.material.loops)))]
        low, high = way.min(axis=0), way.max(axis=0)
        made: Floats = low + real * (high - low)
        return made

    def line(self, start: tuple[float, float], end: tuple[float, float], random: Random) -> Floats:
        """A straight line, as straight as this hand makes it."""
        a, b = np.asarray(start, float), np.asarray(end, float)
        if self.material is not None and self.material.lines:
            real = self.material.lines[int(random.integers(len(self.material.lines)))]
            real = real * (1.0, random.uniform(0.2, 1.0) * random.choice([-1.0, 1.0]))
            across = np.array([a[1] - b[1], b[0] - a[0]])
            drawn: Floats = a + real[:, :1] * (b - a) + real[:, 1:] * across
            return drawn
        along = np.linspace(0.0, 1.0, 24)[:, None]
        across = np.array([a[1] - b[1], b[0] - a[0]])
        bow = self.bow + random.normal(0, 0.008)
        return self.move(a + (b - a) * along + 4 * bow * along * (1 - along) * across, random)


@dataclass(frozen=True)
class Place:
    """A piece of writing that something is drawn over, in text sizes.

    Attributes
    ----------
    strokes : tuple of int
    left, top, right, bottom : float
    baseline : float
        y of the letters' feet in the middle of it.
    slope : float
        The baseline's rise in y over x.
    """

    strokes: tuple[int, ...]
    left: float
    top: float
    right: float
    bottom: float
    baseline: float
    slope: float

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2

    def foot(self, x: float) -> float:
        """Y of the baseline at an x."""
        return self.baseline + self.slope * (x - self.middle)


@dataclass(frozen=True)
class WritingGeometry:
    """Lines of writing and their words, in text sizes.

    Attributes
    ----------
    size : float
        Ink units in a text size.
    words : list of list of Place
        Of each line.
    lines : list of Place
    """

    size: float
    words: list[list[Place]]
    lines: list[Place] = field(default_factory=list)

    @classmethod
    def of(cls, strokes: Sequence[Stroke], lines: Sequence[Sequence[int]]) -> WritingGeometry:
        """The geometry of strokes whose lines are known."""
        shapes = StrokeShapes.of(strokes)
        size = text_size(shapes) or 1.0
        shapes = StrokeShapes(shapes.path / size, shapes.length / size)
        words = [[_place(shapes, word) for word in _words(shapes, line)] for line in lines if line]
        return cls(size, words, [_place(shapes, line) for line in lines if line])


def _words(shapes: StrokeShapes, line: Sequence[int]) -> list[list[int]]:
    """Strokes of a line in words, by gaps that are wide beside the usual one."""
    order = sorted(line, key=lambda i: float(shapes.left[i]))
    words: list[list[int]] = []
    lefts, reach = shapes.left[order], np.maximum.accumulate(shapes.right[order])
    gaps = lefts[1:] - reach[:-1]
    gaps = gaps[gaps > 0]
    least = max(1.0, 2.2 * float(np.median(gaps))) if len(gaps) > 4 else 1.0
    edge = -math.inf
    for i in order:
        if shapes.left[i] > edge + least or not words:
            words.append([])
        words[-1].append(i)
        edge = max(edge, float(shapes.right[i]))
    return words


def _place(shapes: StrokeShapes, strokes: Sequence[int]) -> Place:
    part = shapes.take(list(strokes))
    box = part.boxes
    left, top = float(box[:, 0].min()), float(box[:, 1].min())
    right, bottom = float(box[:, 2].max()), float(box[:, 3].max())
    x, y = part.path[:, :, 0], part.path[:, :, 1]
    middle = (left + right) / 2
    slope = 0.0
    if right - left > 8:
        slope = float(np.clip(np.polyfit(x.ravel(), y.ravel(), 1)[0], -0.15, 0.15))
    level = y - slope * (x - middle)
    falls, whose = run_heights(level)
    feet = [float(level[i].max()) for i in set(whose[np.abs(falls) > 0.5].tolist())]
    baseline = float(np.percentile(feet, 35)) if feet else bottom  # descenders reach lower
    return Place(tuple(strokes), left, top, right, bottom, baseline, slope)


def wave(a: Floats, b: Floats, height: float, pitch: float, sharp: bool = False) -> Floats:
    """A wave from a to b."""
    length = float(np.hypot(*(b - a)))
    n = max(8, int(12 * length / pitch))
    along = np.linspace(0.0, 1.0, n)
    phase = 2 * math.pi * along * length / pitch
    wave = 2 / math.pi * np.arcsin(np.sin(phase)) if sharp else np.sin(phase)
    across = np.array([a[1] - b[1], b[0] - a[0]]) / max(length, 1e-9)
    return a + (b - a) * along[:, None] + height * wave[:, None] * across


def ellipse(
    box: tuple[float, float, float, float], random: Random, turns: float = 1.0, power: float = 1.0
) -> Floats:
    """A closed line in a box: left, top, right, bottom."""
    left, top, right, bottom = box
    n = 80
    a = random.uniform(0, 2 * math.pi) + random.choice([-1, 1]) * np.linspace(
        0, 2 * math.pi * turns, n
    )
    c, s = np.cos(a), np.sin(a)
    c, s = np.sign(c) * np.abs(c) ** power, np.sign(s) * np.abs(s) ** power
    drift = 1 + random.normal(0, 0.06) * np.linspace(-1, 1, n)
    x = (left + right) / 2 + (right - left) / 2 * c * drift
    y = (top + bottom) / 2 + (bottom - top) / 2 * s * drift
    return np.stack([x, y], axis=1)


def box_ways(box: tuple[float, float, float, float], hand: Hand, random: Random) -> list[Floats]:
    """A box in one to four strokes."""
    left, top, right, bottom = box
    off = 0.12 * min(1.0, (bottom - top) / 4)
    corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom), (left, top)])
    corners = corners + random.normal(0, off, (5, 2))
    if random.random() < 0.5:
        corners = corners[::-1]
    parts = {1: [slice(0, 5)], 2: [slice(0, 3), slice(2, 5)], 3: [slice(0, 2), slice(1, 4),
             slice(3, 5)], 4: [slice(k, k + 2) for k in range(4)]}  # fmt: skip
    ways = [corners[s] for s in parts[int(random.choice([1, 1, 2, 3, 4, 4]))]]
    strokes = []
    for way in ways:
        way = way + random.normal(0, off, (1, 2)) * (len(ways) > 1)
        dense = np.concatenate(
            [a + (b - a) * np.linspace(0, 1, 12)[:, None]
             for a, b in itertools.pairwise(way)]
        )  # fmt: skip
        strokes.append(hand.move(dense, random))
    return strokes
