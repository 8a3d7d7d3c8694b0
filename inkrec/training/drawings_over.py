"""Drawings over, under and around words: underlines, strike-throughs, circles, rules."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np

from .drawing_hand import (
    Drawn,
    Hand,
    Place,
    Random,
    WritingGeometry,
    box_ways,
    ellipse,
    wave,
)

__all__ = [
    "draw_circle", "draw_frame", "draw_rule", "draw_scribble", "draw_strike", "draw_underline",
]  # fmt: skip


def _some_words(g: WritingGeometry, random: Random, most: int = 99) -> Place:
    """One word, some words in a row, or a line."""
    n = int(random.integers(len(g.lines)))
    words = [w for w in g.words[n] if w.right - w.left > 1.2] or [g.lines[n]]
    count = min(most, len(words), int(random.choice([1, 1, 2, 3, 99])))
    first = int(random.integers(len(words) - count + 1))
    return _joined(words[first : first + count])


def _joined(words: Sequence[Place]) -> Place:
    feet = [w.baseline for w in words]
    way, slope = words[-1].middle - words[0].middle, 0.0
    if way > 4:  # one word's descenders do not make a line steep
        slope = float(np.clip((feet[-1] - feet[0]) / way, -0.1, 0.1))
    return Place(
        tuple(i for w in words for i in w.strokes),
        min(w.left for w in words), min(w.top for w in words),
        max(w.right for w in words), max(w.bottom for w in words),
        float(np.mean(feet)),
        slope,
    )  # fmt: skip


def draw_underline(g: WritingGeometry, hand: Hand, random: Random) -> list[Drawn]:
    place = _some_words(g, random)
    down = random.uniform(0.35, 1.3)
    left, right = place.left + random.normal(0, 0.4), place.right + random.normal(0, 0.5)
    tilt = hand.tilt + random.normal(0, 0.008)

    def at(x: float, more: float = 0.0) -> tuple[float, float]:
        return x, place.foot(x) + down + more + tilt * (x - place.middle)

    style = random.choice(["plain", "plain", "plain", "double", "back", "wavy", "dashed", "left"])
    if style == "wavy":
        way = wave(
            np.array(at(left)), np.array(at(right)),
            random.uniform(0.12, 0.4), random.uniform(0.8, 2.5), bool(random.random() < 0.3),
        )  # fmt: skip
        strokes = [hand.move(way, random)]
    elif style == "back":
        gap = random.uniform(0.2, 0.6)
        strokes = [hand.move([at(left), at(right), at(left + 0.3, gap)], random)]
    elif style == "dashed":
        cuts = np.arange(left, right, random.uniform(1.2, 2.5))
        part = random.uniform(0.5, 0.75)
        strokes = [
            hand.line(at(a), at(a + part * (b - a)), random) for a, b in itertools.pairwise(cuts)
        ] or [hand.line(at(left), at(right), random)]
    else:
        strokes = [hand.line(at(left), at(right), random)]
        if style == "double":
            gap = random.uniform(0.25, 0.7)
            strokes.append(hand.line(at(left + random.normal(0, 0.3), gap), at(right, gap), random))
        if style == "left":
            strokes = [s[::-1] for s in strokes]
    return [Drawn("underline", strokes, place.strokes)]


def draw_strike(g: WritingGeometry, hand: Hand, random: Random) -> list[Drawn]:
    place = _some_words(g, random, 4)
    up = random.uniform(0.25, 0.75)
    left, right = place.left - random.uniform(0, 0.6), place.right + random.uniform(0, 0.6)
    a = np.array([left, place.foot(left) - up + random.normal(0, 0.1)])
    b = np.array([right, place.foot(right) - up + random.normal(0, 0.1)])
    style = random.choice(["plain", "plain", "double", "wavy", "cross", "slant"])
    if style == "wavy":
        way = wave(a, b, random.uniform(0.15, 0.4), random.uniform(0.7, 2.0))
        strokes = [hand.move(way, random)]
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


def draw_scribble(g: WritingGeometry, hand: Hand, random: Random) -> list[Drawn]:
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


def draw_circle(g: WritingGeometry, hand: Hand, random: Random) -> list[Drawn]:
    place, (left, top, right, bottom) = _around(g, random)
    wide, high = 0.12 * (right - left) + 0.3, 0.12 * (bottom - top) + 0.1
    box = left - wide, top - high, right + wide, bottom + high
    turns = random.uniform(0.93, 1.35) if random.random() < 0.9 else random.uniform(1.8, 2.2)
    way = ellipse(box, random, turns, random.uniform(0.55, 1.0))
    if random.random() < 0.15:  # a cloud
        a = np.linspace(0, 2 * math.pi * random.integers(8, 16), len(way))
        way = way * 1.0
        way[:, 1] -= 0.3 * np.abs(np.sin(a))
    strokes = [hand.loop(way, random) if turns < 1.4 else hand.move(way, random)]
    if random.random() < 0.1:  # in two halves
        half = len(way) // 2
        strokes = [hand.move(way[: half + 2], random), hand.move(way[half - 2 :], random)]
    return [Drawn("circle", strokes, place.strokes)]


def draw_frame(g: WritingGeometry, hand: Hand, random: Random) -> list[Drawn]:
    place, box = _around(g, random)
    return [Drawn("frame", box_ways(box, hand, random), place.strokes)]


def draw_rule(g: WritingGeometry, hand: Hand, random: Random) -> list[Drawn]:
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
