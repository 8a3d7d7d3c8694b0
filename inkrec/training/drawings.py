"""Drawings made over real ink: underlines, circles, arrows and the like, with known kinds.

What is drawn follows the writing it is drawn over, and is moved by a hand: slow wobble,
tremor, a pen that is slow at both ends, ends that overshoot. All lengths are in text sizes
(`inkrec.layout.shapes.text_size`). A seed gives the same drawings again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ..ink.strokes import Stroke
from ..layout.shapes import StrokeShapes, run_heights, text_size

__all__ = ["DRAWN", "Drawn", "Hand", "Place", "WritingGeometry", "draw"]

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
class Hand:
    """How a person moves a pen when drawing."""

    wobble: float  # of slow deviations, in text sizes for a way of ten
    tremor: float  # of quick ones
    bow: float  # of straight lines: height over length
    tilt: float  # radians that level lines are off
    step: float  # text sizes between samples where the pen is quick

    @classmethod
    def drawn(cls, random: Random) -> Hand:
        """Some hand."""
        return cls(
            wobble=float(random.uniform(0.03, 0.25)),
            tremor=float(random.choice([0.0, 0.01, 0.03]) * random.random()),
            bow=float(random.normal(0, 0.012)),
            tilt=float(random.normal(0, 0.015)),
            step=float(random.uniform(0.08, 0.5)),
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

    def line(self, start: tuple[float, float], end: tuple[float, float], random: Random) -> Floats:
        """A straight line, as straight as this hand makes it."""
        a, b = np.asarray(start, float), np.asarray(end, float)
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
    """Strokes of a line in words, by the gaps between them."""
    order = sorted(line, key=lambda i: float(shapes.left[i]))
    words: list[list[int]] = []
    edge = -math.inf
    for i in order:
        if shapes.left[i] > edge + 1.0 or not words:
            words.append([])
        words[-1].append(i)
        edge = max(edge, float(shapes.right[i]))
    return words


def _place(shapes: StrokeShapes, strokes: Sequence[int]) -> Place:
    part = shapes.take(list(strokes))
    box = part.boxes
    left, top, right, bottom = (*box[:, :2].min(0).tolist(), *box[:, 2:].max(0).tolist())
    x, y = part.path[:, :, 0], part.path[:, :, 1]
    middle = (left + right) / 2
    slope = 0.0
    if right - left > 8:
        slope = float(np.polyfit(x.ravel(), y.ravel(), 1)[0])
    level = y - slope * (x - middle)
    falls, whose = run_heights(level)
    feet = [float(level[i].max()) for i in set(whose[np.abs(falls) > 0.5].tolist())]
    baseline = float(np.median(feet)) if feet else bottom
    return Place(tuple(strokes), left, top, right, bottom, baseline, slope)


Draw = Callable[[WritingGeometry, Hand, Random], list[Drawn]]


def _some_words(g: WritingGeometry, random: Random, most: int = 99) -> Place:
    """One word, some words in a row, or a line."""
    n = int(random.integers(len(g.lines)))
    words = g.words[n]
    count = min(most, len(words), int(random.choice([1, 1, 2, 3, 99])))
    first = int(random.integers(len(words) - count + 1))
    return _joined(words[first : first + count])


def _joined(words: Sequence[Place]) -> Place:
    feet = [w.baseline for w in words]
    return Place(
        tuple(i for w in words for i in w.strokes),
        min(w.left for w in words), min(w.top for w in words),
        max(w.right for w in words), max(w.bottom for w in words),
        float(np.mean(feet)),
        (feet[-1] - feet[0]) / max(words[-1].middle - words[0].middle, 1e-9)
        if len(words) > 1 and words[-1].middle - words[0].middle > 4 else 0.0,
    )  # fmt: skip


def _sine(a: Floats, b: Floats, height: float, pitch: float, sharp: bool = False) -> Floats:
    """A wave from a to b."""
    length = float(np.hypot(*(b - a)))
    n = max(8, int(12 * length / pitch))
    along = np.linspace(0.0, 1.0, n)
    phase = 2 * math.pi * along * length / pitch
    wave = 2 / math.pi * np.arcsin(np.sin(phase)) if sharp else np.sin(phase)
    across = np.array([a[1] - b[1], b[0] - a[0]]) / max(length, 1e-9)
    return a + (b - a) * along[:, None] + height * wave[:, None] * across


def _underline(g: WritingGeometry, hand: Hand, random: Random) -> list[Drawn]:
    place = _some_words(g, random)
    down = random.uniform(0.35, 1.3)
    left, right = place.left + random.normal(0, 0.4), place.right + random.normal(0, 0.5)
    tilt = hand.tilt + random.normal(0, 0.008)

    def at(x: float, more: float = 0.0) -> tuple[float, float]:
        return x, place.foot(x) + down + more + tilt * (x - place.middle)

    style = random.choice(["plain", "plain", "plain", "double", "back", "wavy", "dashed", "left"])
    if style == "wavy":
        wave = _sine(
            np.array(at(left)), np.array(at(right)),
            random.uniform(0.12, 0.4), random.uniform(0.8, 2.5), bool(random.random() < 0.3),
        )  # fmt: skip
        strokes = [hand.move(wave, random)]
    elif style == "back":
        gap = random.uniform(0.2, 0.6)
        strokes = [hand.move([at(left), at(right), at(left + 0.3, gap)], random)]
    elif style == "dashed":
        cuts = np.arange(left, right, random.uniform(1.2, 2.5))
        part = random.uniform(0.5, 0.75)
        strokes = [
            hand.line(at(a), at(a + part * (b - a)), random)
            for a, b in zip(cuts[:-1], cuts[1:], strict=True)
        ] or [hand.line(at(left), at(right), random)]
    else:
        strokes = [hand.line(at(left), at(right), random)]
        if style == "double":
            gap = random.uniform(0.25, 0.7)
            strokes.append(hand.line(at(left + random.normal(0, 0.3), gap), at(right, gap), random))
        if style == "left":
            strokes = [s[::-1] for s in strokes]
    return [Drawn("underline", strokes, place.strokes)]


def _strike(g: WritingGeometry, hand: Hand, random: Random) -> list[Drawn]:
    place = _some_words(g, random, 4)
    up = random.uniform(0.25, 0.75)
    left, right = place.left - random.uniform(0, 0.6), place.right + random.uniform(0, 0.6)
    a = np.array([left, place.foot(left) - up + random.normal(0, 0.1)])
    b = np.array([right, place.foot(right) - up + random.normal(0, 0.1)])
    style = random.choice(["plain", "plain", "double", "wavy", "cross", "slant"])
    if style == "wavy":
        wave = _sine(a, b, random.uniform(0.15, 0.4), random.uniform(0.7, 2.0))
        strokes = [hand.move(wave, random)]
    elif style in ("cross", "slant"):
        high = place.foot(left) - random.uniform(1.2, 1.8)
        low = place.foot(right) + random.uniform(0.1, 0.5)
        strokes = [hand.line((left, low), (right, high), random)]
        if style == "cross":
            strokes.append(hand.line((left, high), (right, low), random))
    else:
        strokes = [hand.line(tuple(a), tuple(b), random)]
        if style == "double":
            gap = np.array([0.0, random.uniform(0.2, 0.4)])
            strokes.append(hand.line(tuple(a + gap), tuple(b + gap), random))
    return [Drawn("strike-through", strokes, place.strokes)]


def _scribble(g: WritingGeometry, hand: Hand, random: Random) -> list[Drawn]:
    place = _some_words(g, random, 2)
    left, right = place.left - random.uniform(0, 0.4), place.right + random.uniform(0, 0.4)
    high = random.uniform(1.0, 1.6)
    pitch = random.uniform(0.35, 0.9)
    n = max(5, int((right - left) / pitch * 2))
    x = np.linspace(left, right, n)
    style = random.choice(["zigzag", "level", "loops"])
    if style == "loops":
        a = np.linspace(0, 2 * math.pi * (right - left) / random.uniform(0.6, 1.1), 12 * n)
        across = np.linspace(left, right, len(a)) + 0.6 * np.cos(a)
        way = np.stack([across, place.foot(place.middle) - high / 2 + high / 2 * np.sin(a)], 1)
    elif style == "level":
        n = int(random.integers(5, 10))
        ends = np.where(np.arange(n) % 2, right, left) + random.normal(0, 0.3, n)
        y = place.foot(place.middle) + np.linspace(0.2, -high, n) + random.normal(0, 0.1, n)
        way = np.stack([ends, y], axis=1)
    else:
        y = place.baseline + place.slope * (x - place.middle) + 0.15
        y = y - np.where(np.arange(n) % 2, high + 0.2, 0.0) + random.normal(0, 0.15, n)
        way = np.stack([x + random.normal(0, 0.1, n), y], axis=1)
    return [Drawn("scribble", [hand.move(way, random)], place.strokes)]


def _ellipse(
    box: tuple[float, float, float, float], random: Random, turns: float = 1.0, power: float = 1.0
) -> Floats:
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


def _around(g: WritingGeometry, random: Random) -> tuple[Place, tuple[float, float, float, float]]:
    """Words, or lines that are under one another, and a box around them."""
    if len(g.lines) > 1 and random.random() < 0.25:
        first = int(random.integers(len(g.lines) - 1))
        count = int(random.integers(2, len(g.lines) - first + 1))
        place = _joined(g.lines[first : first + count])
    else:
        place = _some_words(g, random)
    left, top, right, bottom = place.left, place.top, place.right, place.bottom
    if random.random() < 0.3:  # through ascenders and descenders
        top = max(top, place.foot(place.middle) - 1.6)
        bottom = min(bottom, place.foot(place.middle) + 0.5)
        if len(place.strokes) and top >= bottom - 1:
            top, bottom = place.top, place.bottom
    by = random.uniform(0.1, 1.0, 4)
    return place, (left - by[0], top - by[1], right + by[2], bottom + by[3])


def _circle(g: WritingGeometry, hand: Hand, random: Random) -> list[Drawn]:
    place, (left, top, right, bottom) = _around(g, random)
    wide, high = 0.12 * (right - left) + 0.3, 0.12 * (bottom - top) + 0.1
    box = left - wide, top - high, right + wide, bottom + high
    turns = random.uniform(0.93, 1.35) if random.random() < 0.9 else random.uniform(1.8, 2.2)
    way = _ellipse(box, random, turns, random.uniform(0.55, 1.0))
    if random.random() < 0.15:  # a cloud
        a = np.linspace(0, 2 * math.pi * random.integers(8, 16), len(way))
        way = way * 1.0
        way[:, 1] -= 0.3 * np.abs(np.sin(a))
    strokes = [hand.move(way, random)]
    if random.random() < 0.1:  # in two halves
        half = len(way) // 2
        strokes = [hand.move(way[: half + 2], random), hand.move(way[half - 2 :], random)]
    return [Drawn("circle", strokes, place.strokes)]


def _frame(g: WritingGeometry, hand: Hand, random: Random) -> list[Drawn]:
    place, box = _around(g, random)
    return [Drawn("frame", _box(box, hand, random), place.strokes)]


def _box(box: tuple[float, float, float, float], hand: Hand, random: Random) -> list[Floats]:
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
             for a, b in zip(way[:-1], way[1:], strict=True)]
        )  # fmt: skip
        strokes.append(hand.move(dense, random))
    return strokes


def _rule(g: WritingGeometry, hand: Hand, random: Random) -> list[Drawn]:
    """Rules under every line, a margin line, or both."""
    left = min(p.left for p in g.lines) - random.uniform(0.5, 4)
    right = max(p.right for p in g.lines) + random.uniform(0.5, 6)
    strokes = []
    what = random.choice(["rules", "margin", "both", "table"])
    if what in ("rules", "both", "table"):
        down = random.uniform(0.0, 0.8)
        for p in g.lines:
            a, b = (left, p.foot(left) + down), (right, p.foot(right) + down)
            if random.random() < 0.1:  # with a gap
                middle = random.uniform(0.3, 0.7)
                cut = left + middle * (right - left)
                strokes.append(hand.line(a, (cut - 0.5, p.foot(cut) + down), random))
                strokes.append(hand.line((cut + 0.5, p.foot(cut) + down), b, random))
            else:
                strokes.append(hand.line(a, b, random))
    if what in ("margin", "both", "table"):
        top = min(p.top for p in g.lines) - random.uniform(0, 3)
        bottom = max(p.bottom for p in g.lines) + random.uniform(0, 3)
        if bottom - top < 5:
            top, bottom = top - 2, bottom + 2
        sides = [left - random.uniform(0, 1)] + [right] * (what == "table")
        for x in sides:
            strokes.append(hand.line((x, top), (x + random.normal(0, 0.15), bottom), random))
    return [Drawn("rule", strokes)]


def _free(g: WritingGeometry, random: Random, reach: float) -> tuple[float, float]:
    """A place beside, above or below the writing."""
    left, right = min(p.left for p in g.lines), max(p.right for p in g.lines)
    top, bottom = min(p.top for p in g.lines), max(p.bottom for p in g.lines)
    side = random.choice(["left", "right", "above", "below"], p=[0.35, 0.35, 0.15, 0.15])
    by = reach + random.uniform(0.4, 3.0)
    if side == "left":
        return left - by, random.uniform(top, bottom)
    if side == "right":
        return right + by, random.uniform(top, bottom)
    return random.uniform(left, right), top - by if side == "above" else bottom + by


def _arrow(g: WritingGeometry, hand: Hand, random: Random) -> list[Drawn]:
    length = random.uniform(2.5, 10)
    a = random.uniform(0, 2 * math.pi) if random.random() < 0.4 else random.choice([0, math.pi])
    a += random.normal(0, 0.15)
    x, y = _free(g, random, abs(length / 2 * math.cos(a)) if abs(math.cos(a)) > 0.3 else length / 2)
    start = np.array([x - length / 2 * math.cos(a), y - length / 2 * math.sin(a)])
    tip = np.array([x + length / 2 * math.cos(a), y + length / 2 * math.sin(a)])
    head, open_by = random.uniform(0.6, 1.6), random.uniform(0.35, 0.8)
    barbs = [
        tip - head * np.array([math.cos(a + s * open_by), math.sin(a + s * open_by)])
        for s in (1, -1)
    ]
    bend = random.normal(0, 0.12) if random.random() < 0.5 else 0.0
    along = np.linspace(0, 1, 20)[:, None]
    across = np.array([start[1] - tip[1], tip[0] - start[0]])
    shaft = start + (tip - start) * along + 4 * bend * along * (1 - along) * across
    style = random.choice(["one", "two", "two", "three"])
    if style == "one":
        way = np.concatenate([shaft, [barbs[0], tip, barbs[1]]])
        return [Drawn("arrow", [hand.move(way, random)])]
    off = random.normal(0, 0.12, 2)
    if style == "two":
        heads = [np.array([barbs[0], tip, barbs[1]])]
    else:
        heads = [np.array([barbs[0], tip]), np.array([barbs[1], tip])]
    return [Drawn("arrow", [hand.move(w, random) for w in [shaft, *(h + off for h in heads)]])]


def _bullet(g: WritingGeometry, hand: Hand, random: Random) -> list[Drawn]:
    """A mark of one sort in front of every line."""
    sort = random.choice(["dot", "blob", "dash", "star", "ring", "cross"])
    gap, size = random.uniform(0.8, 2.5), random.uniform(0.5, 1.0)
    made = []
    for p in g.lines:
        x, y = p.left - gap - size / 2, p.foot(p.left) - random.uniform(0.35, 0.6)
        r = size / 2
        if sort == "dot":
            ways = [np.array([(x, y), (x + 0.05, y + 0.04)])]
        elif sort == "blob":
            a = np.linspace(0, 2 * math.pi * random.integers(2, 5), 40)
            t = np.linspace(0.3, 1, 40) * r * 0.8
            ways = [np.stack([x + t * np.cos(a), y + t * np.sin(a)], axis=1)]
        elif sort == "dash":
            ways = [np.array([(x - 1.2 * r, y), (x + 1.2 * r, y)])]
        elif sort == "ring":
            ways = [_ellipse((x - r, y - r, x + r, y + r), random, random.uniform(1, 1.2))]
        else:
            turns = [0.0, 1.05, 2.1] if sort == "star" else [0.8, 2.4]
            arms = [np.array([math.cos(t), math.sin(t)]) * r for t in turns]
            ways = [np.array([(x, y) - arm, (x, y) + arm]) for arm in arms]
        made.append(Drawn("bullet", [hand.move(w, random) for w in ways]))
    return made


def _tick(g: WritingGeometry, hand: Hand, random: Random) -> list[Drawn]:
    """Ticks in front of or after lines, in boxes or not."""
    made = []
    boxed = random.random() < 0.35
    ahead = boxed or random.random() < 0.7
    size, gap = random.uniform(1.2, 2.6), random.uniform(0.9, 3.0)
    for p in g.lines:
        if random.random() < 0.25 and len(g.lines) > 1 and not boxed:
            continue
        r = size / 2
        x = p.left - gap - r if ahead else p.right + gap + r
        y = p.foot(x if abs(x - p.middle) < 60 else p.middle) - random.uniform(0.3, 0.7)
        corner = (x - random.uniform(0.2, 0.5) * r, y + 0.8 * r)
        way = np.array(
            [(x - r, y + random.uniform(-0.1, 0.4) * r), corner,
             (x + r * random.uniform(0.8, 1.4), y - r * random.uniform(0.9, 1.5))]
        )  # fmt: skip
        if boxed:
            b = size / 2 * random.uniform(0.7, 1.0)
            made.append(Drawn("tick", _box((x - b, y - b, x + b, y + b), hand, random)))
            if random.random() < 0.5:
                continue
        made.append(Drawn("tick", [hand.move(way, random)]))
    return made


def _hatching(g: WritingGeometry, hand: Hand, random: Random) -> list[Drawn]:
    length, pitch = random.uniform(1.5, 8), random.uniform(0.2, 0.8)
    n = int(random.integers(7, 30))
    a = random.choice([0.0, math.pi / 2, random.uniform(0, math.pi)])
    x, y = _free(g, random, max(length, n * pitch) / 2)
    along, across = np.array([math.cos(a), math.sin(a)]), np.array([-math.sin(a), math.cos(a)])
    middle = np.array([x, y])
    ends = []
    for k in range(n):
        here = middle + across * pitch * (k - n / 2)
        by = length / 2 * random.uniform(0.75, 1.1, 2)
        ends.append((here - along * by[0], here + along * by[1]))
    if random.random() < 0.3:
        way = np.concatenate([pair if k % 2 else pair[::-1] for k, pair in enumerate(ends)])
        return [Drawn("hatching", [hand.move(way, random)])]
    back = random.random() < 0.3
    strokes = []
    for k, (p, q) in enumerate(ends):
        turned = back and k % 2
        strokes.append(hand.line(tuple(q if turned else p), tuple(p if turned else q), random))
    return [Drawn("hatching", strokes)]


def _doodle(g: WritingGeometry, hand: Hand, random: Random) -> list[Drawn]:
    size = random.uniform(3.0, 12.0)
    x, y = _free(g, random, size / 2)
    r = size / 2
    sort = random.choice(["star", "spiral", "ring", "box", "triangle", "heart", "brace", "face"])
    a = np.linspace(0, 2 * math.pi, 60)
    if sort == "star":
        t = np.arange(6) * 4 * math.pi / 5 - math.pi / 2
        ways = [np.stack([x + r * np.cos(t), y + r * np.sin(t)], axis=1)]
    elif sort == "spiral":
        t = np.linspace(0, 2 * math.pi * random.integers(2, 5), 120)
        ways = [np.stack([x + r * t / t[-1] * np.cos(t), y + r * t / t[-1] * np.sin(t)], axis=1)]
    elif sort == "ring":
        ways = [_ellipse((x - r, y - r * 0.8, x + r, y + r * 0.8), random, 1.05)]
    elif sort == "box":
        ways = _box((x - r, y - r * 0.7, x + r, y + r * 0.7), hand, random)
    elif sort == "triangle":
        ways = [np.array([(x - r, y + r), (x, y - r), (x + r, y + r), (x - r, y + r)])]
    elif sort == "heart":
        ways = [np.stack([x + r * np.sin(a) ** 3, y - r * (0.8 * np.cos(a) - 0.3 * np.cos(2 * a)
                - 0.13 * np.cos(3 * a))], axis=1)]  # fmt: skip
    elif sort == "brace":
        p = g.lines[0]
        top, bottom = p.top - 0.5, max(q.bottom for q in g.lines) + 0.5
        if bottom - top < 5:
            top, bottom = top - 1.5, bottom + 1.5
        side = random.choice([-1, 1])
        x = min(q.left for q in g.lines) - 2 if side < 0 else max(q.right for q in g.lines) + 2
        middle, w = (top + bottom) / 2, 0.8 * side
        ways = [np.array([(x, top), (x + w / 2, top + 0.5), (x + w / 2, middle - 0.5),
                (x + w, middle), (x + w / 2, middle + 0.5), (x + w / 2, bottom - 0.5),
                (x, bottom)])]  # fmt: skip
    else:
        ways = [np.stack([x + r * np.cos(a), y + r * np.sin(a)], axis=1)]
        for side in (-1, 1):
            ways.append(np.stack([x + side * r / 3 + r / 10 * np.cos(a),
                        y - r / 3 + r / 10 * np.sin(a)], axis=1))  # fmt: skip
        ways.append(np.stack([x + r / 2 * np.cos(a[:30]), y + r / 4 + r / 4 * np.sin(a[:30])], 1))
    return [Drawn("other", [hand.move(w, random) for w in ways])]


DRAWN: dict[str, Draw] = {
    "underline": _underline,
    "strike-through": _strike,
    "scribble": _scribble,
    "circle": _circle,
    "frame": _frame,
    "rule": _rule,
    "arrow": _arrow,
    "bullet": _bullet,
    "tick": _tick,
    "hatching": _hatching,
    "other": _doodle,
}
"""What draws each kind."""


def draw(
    strokes: Sequence[Stroke], lines: Sequence[Sequence[int]], kind: str, random: Random
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

    Returns
    -------
    list of Drawn
        In the writing's ink units.
    """
    g = WritingGeometry.of(strokes, lines)
    made = DRAWN[kind](g, Hand.drawn(random), random)
    return [Drawn(d.kind, [g.size * way for way in d.strokes], d.targets) for d in made]
