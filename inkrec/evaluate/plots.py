"""Small plots as SVG text, drawn with the colours of the page they stand in."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from html import escape

from ..ink.strokes import Ink

__all__ = ["Plot", "ink_svg", "ticks"]

_LETTER = 6.6  # pixels of a letter of a label, about
_LINE = 13.0  # and of a line of them


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers from ``low`` to ``high``, roughly ``about`` of them.

    Examples
    --------
    >>> ticks(0, 23)
    [0, 5, 10, 15, 20]
    """
    span = max(high - low, 1e-9)
    raw = span / max(about, 1)
    power = 10 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [round(k * step, 10) for k in range(first, math.floor(high / step + 1e-9) + 1)]


class Plot:
    """Axes of a plot and the marks on it.

    Parameters
    ----------
    x, y : (float, float)
        Ranges of the data.
    labels : (str, str)
        What the axes mean, with units.
    size : (int, int)
        Width and height in pixels.
    names : sequence of str, optional
        Names in place of numbers on the x axis, at 0.5, 1.5 and so on; only every second or
        third and so on if they would run into one another.
    """

    def __init__(
        self,
        x: tuple[float, float],
        y: tuple[float, float],
        labels: tuple[str, str],
        size: tuple[int, int] = (640, 260),
        names: Sequence[str] | None = None,
    ) -> None:
        self._size = size
        left, right, top, bottom = 52, 12, 10, 44
        width, height = size[0] - left - right, size[1] - top - bottom
        self._frame = (left, top, width, height)
        self._notes: list[tuple[float, float, float]] = []  # left, right and height of each
        self._x = _scale(x, left, left + width)
        self._y = _scale(y, top + height, top)
        self._base = self._y(max(0.0, y[0]))
        self._marks: list[str] = []
        for value in ticks(*y):
            at = self._y(value)
            self._add(f'<path class="grid" d="M{left} {at:.1f}H{left + width}"/>')
            self._text(left - 7, at + 4, f"{value:g}", "end")
        if names is None:
            for value in ticks(*x, about=8):
                self._text(self._x(value), top + height + 17, f"{value:g}")
        else:
            room = width / max(len(names), 1)
            longest = max(map(len, names), default=0) * _LETTER + 8
            step = max(1, math.ceil(longest / room))
            for i, name in list(enumerate(names))[::step]:
                self._text(self._x(i + 0.5), top + height + 17, name)
        self._text(left + width / 2, size[1] - 6, labels[0], kind="label")
        middle = top + height / 2
        self._add(
            f'<text class="label" text-anchor="middle" '
            f'transform="translate(13 {middle:.0f}) rotate(-90)">{escape(labels[1])}</text>'
        )

    def _add(self, mark: str) -> None:
        self._marks.append(mark)

    def _text(self, x: float, y: float, text: str, anchor: str = "middle", kind: str = "") -> None:
        self._add(
            f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">'
            f"{escape(text)}</text>"
        )

    def bar(self, x: float, value: float, width: float, tip: str, kind: str = "a") -> None:
        """A bar from zero, ``width`` wide around ``x``."""
        left, right, top = self._x(x - width / 2), self._x(x + width / 2), self._y(value)
        self._add(
            f'<rect class="fill {kind}" x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" '
            f'height="{max(self._base - top, 0):.1f}" rx="2"><title>{escape(tip)}</title></rect>'
        )

    def dot(self, x: float, y: float, tip: str, radius: float = 4, kind: str = "a") -> None:
        """A dot; what it is appears under the pointer."""
        self._add(
            f'<circle class="dot {kind}" cx="{self._x(x):.1f}" cy="{self._y(y):.1f}" '
            f'r="{radius:.1f}"><title>{escape(tip)}</title></circle>'
        )

    def whisker(self, x: float, low: float, high: float, kind: str = "a") -> None:
        """An upright interval."""
        at = self._x(x)
        self._add(
            f'<path class="line {kind}" d="M{at:.1f} {self._y(low):.1f}V{self._y(high):.1f}"/>'
        )

    def line(self, points: Sequence[tuple[float, float]], kind: str = "a") -> None:
        """A line through points, cut off where it leaves the frame."""
        if points:
            path = "L".join(
                f"{self._x(x, bound=False):.1f} {self._y(y, bound=False):.1f}" for x, y in points
            )
            left, top, width, height = self._frame
            self._add(
                f'<svg x="{left}" y="{top}" width="{width}" height="{height}" '
                f'viewBox="{left} {top} {width} {height}">'
                f'<path class="line {kind}" d="M{path}"/></svg>'
            )

    def note(self, x: float, y: float, text: str, anchor: str = "start") -> None:
        """A word beside a mark, a little above it, or where no other word stands."""
        before = anchor == "end"
        at, wide = self._x(x) + (-8 if before else 8), len(text) * _LETTER
        left, right = (at - wide, at) if before else (at, at + wide)
        base = self._y(y) - 6
        top, bottom = self._frame[1] + _LINE / 2, self._frame[1] + self._frame[3]
        free = [
            height
            for k in range(20)
            for height in (base - k * _LINE, base + k * _LINE)
            if top <= height <= bottom and not self._taken(left, right, height)
        ]
        height = free[0] if free else base
        self._notes.append((left, right, height))
        self._text(at, height, text, anchor, "note")

    def _taken(self, left: float, right: float, height: float) -> bool:
        return any(a < right and left < b and abs(h - height) < _LINE for a, b, h in self._notes)

    def svg(self) -> str:
        """The plot as an SVG element."""
        width, height = self._size
        return (
            f'<svg class="plot" viewBox="0 0 {width} {height}" width="{width}" '
            f'height="{height}">{"".join(self._marks)}</svg>'
        )


def _scale(data: tuple[float, float], start: float, stop: float) -> Callable[..., float]:
    low, high = data
    span = (high - low) or 1.0

    def at(value: float, bound: bool = True) -> float:
        if bound:
            value = min(max(value, low), high)
        return start + (value - low) / span * (stop - start)

    return at


def ink_svg(ink: Ink, height: int = 64, width: int = 760) -> str:
    """Ink as an SVG element that fits into a box."""
    left, top, right, bottom = ink.bounds
    span_x, span_y = max(right - left, 1e-9), max(bottom - top, 1e-9)
    factor = min((width - 8) / span_x, (height - 8) / span_y)
    paths = []
    for stroke in ink:
        points = [
            f"{(x - left) * factor + 4:.1f} {(y - top) * factor + 4:.1f}"
            for x, y in zip(stroke.x.tolist(), stroke.y.tolist(), strict=True)
        ]
        paths.append("M" + "L".join(points if len(points) > 1 else points * 2))
    w, h = span_x * factor + 8, span_y * factor + 8
    return (
        f'<svg class="ink" viewBox="0 0 {w:.0f} {h:.0f}" width="{w:.0f}" height="{h:.0f}">'
        f'<path d="{"".join(paths)}"/></svg>'
    )
