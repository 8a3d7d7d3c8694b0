"""Drawings beside the writing: arrows, marks of list items, hatching, doodles."""

from __future__ import annotations

import math

import numpy as np

from .drawing_hand import Drawn, Hand, Random, WritingGeometry, box_ways, ellipse

__all__ = ["draw_arrow", "draw_bullet", "draw_doodle", "draw_hatching", "draw_tick"]


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


def draw_arrow(g: WritingGeometry, hand: Hand, random: Random) -> list[Drawn]:
    length = random.uniform(2.5, 10) if random.random() < 0.8 else random.uniform(10, 30)
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


def draw_bullet(g: WritingGeometry, hand: Hand, random: Random) -> list[Drawn]:
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
            ring = ellipse((x - r, y - r, x + r, y + r), random, random.uniform(1, 1.2))
            made.append(Drawn("bullet", [hand.loop(ring, random)]))
            continue
        else:
            turns = [0.0, 1.05, 2.1] if sort == "star" else [0.8, 2.4]
            arms = [np.array([math.cos(t), math.sin(t)]) * r for t in turns]
            centre = np.array([x, y])
            ways = [np.array([centre - arm, centre + arm]) for arm in arms]
        made.append(Drawn("bullet", [hand.move(w, random) for w in ways]))
    return made


def draw_tick(g: WritingGeometry, hand: Hand, random: Random) -> list[Drawn]:
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
            made.append(Drawn("tick", box_ways((x - b, y - b, x + b, y + b), hand, random)))
            if random.random() < 0.5:
                continue
        made.append(Drawn("tick", [hand.move(way, random)]))
    return made


def draw_hatching(g: WritingGeometry, hand: Hand, random: Random) -> list[Drawn]:
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


def draw_doodle(g: WritingGeometry, hand: Hand, random: Random) -> list[Drawn]:
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
        ways = [ellipse((x - r, y - r * 0.8, x + r, y + r * 0.8), random, 1.05)]
    elif sort == "box":
        ways = box_ways((x - r, y - r * 0.7, x + r, y + r * 0.7), hand, random)
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
