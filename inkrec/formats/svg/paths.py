"""SVG's paths and transforms as points (https://www.w3.org/TR/SVG11/paths.html)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import NamedTuple, Self

from .._curves import bezier

__all__ = ["Affine", "points_of", "subpaths"]

Point = tuple[float, float]
Path = list[tuple[str, Point]]

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_TOKEN = re.compile(r"([MmLlHhVvCcSsQqTtAaZz])|([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)")
_TRANSFORM = re.compile(r"(matrix|translate|scale|rotate|skewX|skewY)\s*\(([^)]*)\)")
_COUNT = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}


class Affine(NamedTuple):
    """``x' = a x + c y + e``, ``y' = b x + d y + f``: the order of SVG's ``matrix``."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    def within(self, inner: Affine) -> Affine:
        """The map that does an inner one first."""
        a, b, c, d, e, f = self
        return Affine(
            a * inner.a + c * inner.b, b * inner.a + d * inner.b,
            a * inner.c + c * inner.d, b * inner.c + d * inner.d,
            a * inner.e + c * inner.f + e, b * inner.e + d * inner.f + f,
        )  # fmt: skip

    def apply(self, point: Point) -> Point:
        """A point mapped."""
        x, y = point
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    @property
    def scale(self) -> float:
        """How much it enlarges, in the mean of both directions."""
        return math.sqrt(abs(self.a * self.d - self.b * self.c))

    @classmethod
    def of(cls, text: str) -> Self:
        """A ``transform`` attribute.

        >>> Affine.of("translate(10, 5) scale(2)").apply((1, 1))
        (12.0, 7.0)
        """
        whole = cls()
        for found in _TRANSFORM.finditer(text):
            values = [float(word) for word in _NUMBER.findall(found[2])]
            part = _part(found[1], values)
            if part is not None and all(map(math.isfinite, part)):
                whole = cls(*whole.within(part))
        return whole


def _part(kind: str, values: list[float]) -> Affine | None:
    n = len(values)
    if kind == "matrix" and n == 6:
        return Affine(*values)
    if kind == "translate" and n in (1, 2):
        return Affine(e=values[0], f=values[1] if n == 2 else 0.0)
    if kind == "scale" and n in (1, 2):
        return Affine(a=values[0], d=values[-1])
    if kind == "rotate" and n in (1, 3):
        turn = math.radians(values[0])
        cos, sin = math.cos(turn), math.sin(turn)
        x, y = values[1:] if n == 3 else (0.0, 0.0)
        return Affine(cos, sin, -sin, cos, x - cos * x + sin * y, y - sin * x - cos * y)
    if kind in ("skewX", "skewY") and n == 1:
        slope = math.tan(math.radians(values[0]))
        return Affine(c=slope) if kind == "skewX" else Affine(b=slope)
    return None


def points_of(text: str) -> list[Point]:
    """The points of a ``points`` attribute."""
    values = [float(word) for word in _NUMBER.findall(text)]
    return list(zip(values[::2], values[1::2], strict=False))


def subpaths(text: str) -> list[Path]:
    """The parts of a ``d`` attribute, each of points with the command that ends at each.

    Curves are points along them, of the command ``C``. What follows an error is left out,
    as the specification has it (F.2).

    >>> [[point for _, point in part] for part in subpaths("M0 0h2v1 m1 1 l1 0")]
    [[(0.0, 0.0), (2.0, 0.0), (2.0, 1.0)], [(3.0, 2.0), (4.0, 2.0)]]
    """
    parts: list[Path] = []
    at = start = (0.0, 0.0)
    control: Point | None = None
    for command, values in _commands(text):
        kind = command.upper()
        base = at if command.islower() else (0.0, 0.0)
        if kind == "Z":
            if parts:
                parts[-1].append(("Z", start))
            at, control = start, None
            continue
        pairs = _absolute(kind, values, base, at)
        end = pairs[-1]
        if kind == "M":
            parts.append([("M", end)])
            start = end
        else:
            if not parts or parts[-1][-1][0] == "Z":
                parts.append([("M", at)])
            if kind in "LHV":
                parts[-1].append(("L", end))
            elif kind == "A":
                parts[-1] += [("C", point) for point in _arc(at, values, end)]
            else:
                if kind in "ST":
                    pairs = [_mirrored(at, control), *pairs]
                curve = bezier([at, *pairs])
                parts[-1] += [("C", (x, y)) for x, y in curve]
        control = pairs[-2] if kind in "CSQT" and len(pairs) > 1 else None
        at = end
    return parts


def _commands(text: str) -> Iterator[tuple[str, list[float]]]:
    command = ""
    values: list[float] = []
    end = 0
    for token in _TOKEN.finditer(text):
        if text[end : token.start()].strip(" ,\t\r\n"):
            return
        end = token.end()
        if token[1]:
            if values:
                return
            command = token[1]
            if command in "Zz":
                yield command, []
            continue
        if not command or command in "Zz":
            return
        values.append(float(token[2]))
        if len(values) == _COUNT[command.upper()]:
            yield command, values
            values = []
            command = {"M": "L", "m": "l"}.get(command, command)


def _absolute(kind: str, values: list[float], base: Point, at: Point) -> list[Point]:
    if kind == "H":
        return [(base[0] + values[0], at[1])]
    if kind == "V":
        return [(at[0], base[1] + values[0])]
    if kind == "A":
        values = values[5:]
    return [
        (base[0] + x, base[1] + y) for x, y in zip(values[::2], values[1::2], strict=True)
    ]  # fmt: skip


def _mirrored(at: Point, control: Point | None) -> Point:
    return at if control is None else (2 * at[0] - control[0], 2 * at[1] - control[1])


def _arc(begin: Point, values: list[float], end: Point) -> list[Point]:
    """Points along an elliptical arc (F.6.5, F.6.6)."""
    rx, ry, phi = abs(values[0]), abs(values[1]), math.radians(values[2])
    if not (rx and ry) or begin == end:
        return [end]
    cos, sin = math.cos(phi), math.sin(phi)
    dx, dy = (begin[0] - end[0]) / 2, (begin[1] - end[1]) / 2
    x, y = cos * dx + sin * dy, -sin * dx + cos * dy
    grown = math.sqrt(max(1.0, (x / rx) ** 2 + (y / ry) ** 2))
    rx, ry = rx * grown, ry * grown
    rest = max(0.0, 1 / ((x / rx) ** 2 + (y / ry) ** 2) - 1) if x or y else 0.0
    root = math.sqrt(rest) * (-1 if bool(values[3]) == bool(values[4]) else 1)
    cx, cy = root * rx * y / ry, -root * ry * x / rx
    first = math.atan2((y - cy) / ry, (x - cx) / rx)
    sweep = math.atan2((-y - cy) / ry, (-x - cx) / rx) - first
    if values[4] and sweep < 0:
        sweep += math.tau
    elif not values[4] and sweep > 0:
        sweep -= math.tau
    middle = ((begin[0] + end[0]) / 2, (begin[1] + end[1]) / 2)
    points = []
    for step in range(1, 9):
        angle = first + sweep * step / 8
        u, v = rx * math.cos(angle) + cx, ry * math.sin(angle) + cy
        points.append((cos * u - sin * v + middle[0], sin * u + cos * v + middle[1]))
    return points
