"""Ink on a surface: smooth, anti-aliased, and never drawn twice.

A stroke is a chain of tapered capsules along a curve through the midpoints of its
samples. Each is laid on once, as coverage, where the darkest wins: overlaps leave
no seams and what was drawn is not touched again.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pygame

__all__ = ["Brush", "Capsule", "InkLayer", "Trace", "coverage"]

Rect = pygame.Rect


class Capsule(NamedTuple):
    """A thick segment: ends and their radii, in pixels."""

    x0: float
    y0: float
    r0: float
    x1: float
    y1: float
    r1: float

    @property
    def rect(self) -> Rect:
        """The pixels it may touch."""
        left = math.floor(min(self.x0 - self.r0, self.x1 - self.r1)) - 1
        top = math.floor(min(self.y0 - self.r0, self.y1 - self.r1)) - 1
        right = math.ceil(max(self.x0 + self.r0, self.x1 + self.r1)) + 2
        bottom = math.ceil(max(self.y0 + self.r0, self.y1 + self.r1)) + 2
        return Rect(left, top, right - left, bottom - top)


def coverage(capsule: Capsule, rect: Rect) -> npt.NDArray[np.uint8]:
    """How much of each pixel of ``rect`` a capsule covers: 0 to 255, axes x, y."""
    x0, y0, r0, x1, y1, r1 = capsule
    dx = np.arange(rect.left, rect.right, dtype=np.float32)[:, None] + np.float32(0.5 - x0)
    dy = np.arange(rect.top, rect.bottom, dtype=np.float32)[None, :] + np.float32(0.5 - y0)
    vx, vy = x1 - x0, y1 - y0
    length2 = vx * vx + vy * vy
    edge: npt.NDArray[np.floating] | float
    if length2 > 1e-6:
        along = np.clip((dx * np.float32(vx) + dy * np.float32(vy)) / np.float32(length2), 0, 1)
        distance = np.hypot(dx - along * np.float32(vx), dy - along * np.float32(vy))
        edge = r0 + along * np.float32(r1 - r0)
    else:
        distance = np.hypot(dx, dy)
        edge = max(r0, r1)
    covered: npt.NDArray[np.uint8] = (np.clip(edge - distance + 0.5, 0, 1) * 255).astype(np.uint8)
    return covered


class Brush:
    """Width of the line: by pressure, else a little by speed.

    Parameters
    ----------
    base : float
        Radius in pixels of a line drawn with usual pressure.
    """

    def __init__(self, base: float) -> None:
        self.base = base
        self._radius = base
        self._last: tuple[float, float, float] | None = None

    def lift(self) -> None:
        """The stroke is over."""
        self._last = None

    def radius(self, t: float, x: float, y: float, pressure: float | None) -> float:
        """Radius in pixels at a sample."""
        if pressure is not None:
            wanted = self.base * (0.4 + 1.1 * min(1.0, pressure) ** 0.8)
        elif self._last is None:
            wanted = 0.8 * self.base
        else:
            t0, x0, y0 = self._last
            speed = math.hypot(x - x0, y - y0) / max(t - t0, 1e-3)
            wanted = self.base * (1.08 - 0.45 * min(1.0, speed / 1500))
        if self._last is None:
            self._radius = wanted
        else:
            self._radius += 0.35 * (wanted - self._radius)
        self._last = (t, x, y)
        return self._radius


class Trace:
    """The curve of one stroke: feed points, get the capsules they settle."""

    def __init__(self) -> None:
        self.capsules: list[Capsule] = []
        self.tail: Capsule | None = None
        """From where the curve is settled to the pen; drawn over, not into, the ink."""
        self._points: list[tuple[float, float, float]] = []

    def add(self, x: float, y: float, radius: float) -> list[Capsule]:
        """Take a point; give the capsules that will not change any more."""
        points = self._points
        points.append((x, y, radius))
        if len(points) == 1:
            self.tail = Capsule(x, y, radius, x, y, radius)
            return []
        before = points[-2]
        end = _middle(before, points[-1])
        start = before if len(points) == 2 else _middle(points[-3], before)
        settled = list(_curve(start, before, end))
        self.tail = Capsule(*end, x, y, radius)
        self.capsules += settled
        del points[:-2]
        return settled

    def end(self) -> list[Capsule]:
        """The pen was lifted: what is left of the curve."""
        if self.tail is None:
            return []
        rest, self.tail = self.tail, None
        self.capsules.append(rest)
        return [rest]

    @property
    def rect(self) -> Rect:
        """The pixels the stroke may touch."""
        parts = [*self.capsules, *([self.tail] if self.tail else [])]
        return parts[0].rect.unionall([p.rect for p in parts[1:]]) if parts else Rect(0, 0, 0, 0)


Point = tuple[float, float, float]


def _middle(a: Point, b: Point) -> Point:
    return (a[0] + b[0]) / 2, (a[1] + b[1]) / 2, (a[2] + b[2]) / 2


def _curve(start: Point, control: Point, end: Point) -> Iterable[Capsule]:
    """A quadratic curve in pieces of some pixels."""
    length = math.dist(start[:2], control[:2]) + math.dist(control[:2], end[:2])
    n = max(1, min(12, round(length / 5)))
    last = start
    for i in range(1, n + 1):
        u = i / n
        a, b, c = (1 - u) ** 2, 2 * u * (1 - u), u * u
        point = (
            a * start[0] + b * control[0] + c * end[0],
            a * start[1] + b * control[1] + c * end[1],
            a * start[2] + b * control[2] + c * end[2],
        )
        yield Capsule(*last, *point)
        last = point


class InkLayer:
    """A transparent surface that ink is laid on.

    Parameters
    ----------
    size : tuple of int
        Width and height in pixels.
    colour : tuple of int
        Red, green, blue.
    """

    def __init__(self, size: tuple[int, int], colour: tuple[int, int, int]) -> None:
        self.colour = colour
        self.surface = pygame.Surface(size, pygame.SRCALPHA)
        self.surface.fill((*colour, 0))

    def lay(self, capsules: Iterable[Capsule]) -> Rect:
        """Draw capsules; gives the pixels that changed."""
        changed: Rect | None = None
        whole = self.surface.get_rect()
        alpha = pygame.surfarray.pixels_alpha(self.surface)
        for capsule in capsules:
            rect = capsule.rect.clip(whole)
            if rect.w <= 0 or rect.h <= 0:
                continue
            part = alpha[rect.left : rect.right, rect.top : rect.bottom]
            np.maximum(part, coverage(capsule, rect), out=part)
            changed = rect if changed is None else changed.union(rect)
        del alpha  # unlocks the surface
        return changed or Rect(0, 0, 0, 0)

    def redraw(self, rect: Rect, traces: Iterable[Trace]) -> None:
        """Clear a part and lay on again what of the traces lies in it."""
        rect = rect.clip(self.surface.get_rect())
        self.surface.fill((*self.colour, 0), rect)
        hit = [c for t in traces if t.rect.colliderect(rect) for c in t.capsules]
        self.lay(c for c in hit if c.rect.colliderect(rect))

    def over(self, target: pygame.Surface, capsule: Capsule, clip: Rect) -> None:
        """Draw a capsule on another surface, such as the tail under the pen."""
        rect = capsule.rect.clip(clip)
        if rect.w <= 0 or rect.h <= 0:
            return
        patch = pygame.Surface(rect.size, pygame.SRCALPHA)
        patch.fill((*self.colour, 0))
        alpha = pygame.surfarray.pixels_alpha(patch)
        alpha[:] = coverage(capsule, rect)
        del alpha
        target.blit(patch, rect)
