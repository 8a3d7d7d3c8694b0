"""The sets of UNIPEN: components turned at the door, and what a delineation names in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, DecimalException
from math import isfinite
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from ...errors import FormatError
from .words import Array, Label, Library, Mark, flat, label_of

__all__ = ["Component", "Set", "pieces", "sets"]

DT_LIMIT_MS = 600_000.0
"""A ``.DT`` above ten minutes is a fault of the recording (one device wrote 22 days)."""

GAP = 0.2
"""Seconds between strokes where the file keeps neither pen-up points nor ``.DT``."""

_SPAN = re.compile(r"(\d+)(?::(\d+))?(?:-(\d+)(?::(\d+))?)?", re.ASCII)


class Component(NamedTuple):
    """A run of points with the pen on the pad or off it, already turned at the door."""

    down: bool
    x: Array
    y: Array
    t: Array | None
    pressure: Array | None
    units_per_mm: float | None
    header: Mapping[str, str]


class Set(NamedTuple):
    """Components that are numbered together, and the segments named in them."""

    components: list[Component]
    labels: list[Label]
    units_per_mm: float | None
    levels: tuple[str, ...]


def sets(marks: list[Mark], file: str | None, library: Library) -> Iterator[Set]:
    """The sets of a file and what it includes, each whole.

    Raises
    ------
    FormatError
        Where a keyword's arguments are not what they should be.
    """
    pen = _Pen()
    components: list[Component] = []
    labels: list[Label] = []
    for where, mark in flat(marks, file, library):
        if mark.keyword == "START_SET":
            if components or labels:
                yield Set(components, labels, pen.units_per_mm, pen.levels)
            components, labels = [], []
        elif mark.keyword == "SEGMENT":
            labels.append(label_of(mark, where))
        elif mark.numbers is None:
            pen.note(mark, where)
        elif len(mark.numbers):
            components.append(pen.component(mark, where))
    yield Set(components, labels, pen.units_per_mm, pen.levels)


class _Pen:
    """What the header says at this place: columns, units, rate, and the clock."""

    def __init__(self) -> None:
        self._columns: list[str] = []
        self._header: Mapping[str, str] = MappingProxyType({})
        self._clock = 0.0
        self._elided = 0.0
        self._down_before = False

    def note(self, mark: Mark, file: str | None) -> None:
        """Take in a keyword that is no component."""
        if mark.keyword == "COORD":
            self._columns = mark.text.split()
            if len(set(self._columns)) != len(self._columns) or not {"X", "Y"} <= {*self._columns}:
                raise FormatError(
                    f".COORD {mark.text[:40]}: expected distinct columns with X and Y among them",
                    file=file,
                    line=mark.line,
                )
        elif mark.keyword == "DT":
            elided = self._number(mark, file)
            if 0 <= elided <= DT_LIMIT_MS:
                self._elided += elided / 1000
        elif mark.keyword not in _LONG:
            if mark.keyword in _POSITIVE:
                self._number(mark, file)
            value = " ".join(mark.text.split())
            self._header = MappingProxyType({**self._header, mark.keyword: value})

    def _number(self, mark: Mark, file: str | None) -> float:
        try:
            value = float(mark.text.split()[0])
        except (ValueError, IndexError):
            value = float("nan")
        if not isfinite(value) or (mark.keyword in _POSITIVE and value <= 0):
            raise FormatError(
                f".{mark.keyword} {mark.text[:40]}: expected a number", file=file, line=mark.line
            )
        return value

    def _rate(self, *keywords: str) -> float | None:
        for keyword in keywords:
            if keyword in self._header:
                value = float(self._header[keyword].split()[0])
                return value / 25.4 if keyword.endswith("INCH") else value
        return None

    @property
    def units_per_mm(self) -> float | None:
        """Resolution of x, to which y is brought."""
        return self._rate("X_POINTS_PER_MM", "X_POINTS_PER_INCH")

    @property
    def levels(self) -> tuple[str, ...]:
        """The hierarchy of segments, widest first."""
        return tuple(self._header.get("HIERARCHY", "").split())

    def component(self, mark: Mark, file: str | None) -> Component:
        """The points of a component, turned at the door."""
        assert mark.numbers is not None
        width = len(self._columns)
        if not width:
            raise FormatError(
                "points before .COORD, which names their columns", file=file, line=mark.line
            )
        if len(mark.numbers) % width:
            raise FormatError(
                f"{len(mark.numbers)} numbers in a component; .COORD has {width} columns",
                file=file,
                line=mark.line,
            )
        table = dict(zip(self._columns, mark.numbers.reshape(-1, width).T, strict=True))
        x_mm = self.units_per_mm
        y_mm = self._rate("Y_POINTS_PER_MM", "Y_POINTS_PER_INCH")
        turn = -1.0 if x_mm is None or y_mm is None else -x_mm / y_mm
        down = mark.keyword == "PEN_DOWN"
        t = self._times(len(table["X"]), down, self._stamps(mark, table, file))
        return Component(down, table["X"], turn * table["Y"], t, table.get("P"), x_mm, self._header)

    def _stamps(self, mark: Mark, table: Mapping[str, Array], file: str | None) -> Array | None:
        """Column T in s; decimals are shifted as text, for no digit may be lost."""
        if "T" not in table:
            return None
        if not mark.text:
            return table["T"] / 1000
        words = mark.text.split()[self._columns.index("T") :: len(self._columns)]
        try:
            return np.array([float(Decimal(word).scaleb(-3)) for word in words])
        except DecimalException:
            raise FormatError("T is out of range", file=file, line=mark.line) from None

    def _times(self, n: int, down: bool, stamps: Array | None) -> Array | None:
        if stamps is not None:
            return stamps
        rate = self._rate("POINTS_PER_SECOND")
        if rate is None:
            return None
        if down and self._down_before and not self._elided:
            self._clock += GAP
        start = self._clock + self._elided
        self._elided = 0.0
        self._clock = start + n / rate
        self._down_before = down
        return start + np.arange(n) / rate


_POSITIVE = frozenset(f"{axis}_POINTS_PER_{unit}" for axis in "XY" for unit in ("MM", "INCH")) | {
    "POINTS_PER_SECOND"
}
_LONG = frozenset({"KEYWORD", "RESERVE", "COMMENT", "LEXICON", "LEXICON_FREQ", "ALPHABET",
                   "ALPHABET_FREQ", "START_BOX", "H_LINE", "V_LINE"})  # fmt: skip


def pieces(label: Label, components: list[Component]) -> list[tuple[int, int, int]]:
    """The stretches that a delineation names, as (component, first point, behind the last).

    ``A:M-B:N,C``: from point M of component A to point N of component B, and
    component C; both ends belong to it. They come in the order of writing, each
    point once: stretches that overlap or touch are one.

    Raises
    ------
    FormatError
        If it is malformed, or names a component or point that is not there.

    Examples
    --------
    >>> dot = Component(True, np.zeros(9), np.zeros(9), None, None, None, {})
    >>> pieces(Label("WORD", "1:4-2,0", "OK", "it", None, 1), [dot] * 3)
    [(0, 0, 9), (1, 4, 9), (2, 0, 9)]
    >>> pieces(Label("WORD", "0:0-0:1,0:4-0:5,0:5-0:6", "OK", "i", None, 1), [dot])
    [(0, 0, 2), (0, 4, 7)]
    """
    if label.delineation == "?":
        return [(i, 0, len(c.x)) for i, c in enumerate(components)]
    found: set[tuple[int, int, int]] = set()
    for part in label.delineation.split(","):
        match = _SPAN.fullmatch(part)
        if match is None or max(map(len, filter(None, match.groups()))) > 9:
            raise _dangling(label, "expected a delineation such as 3-5,7,8:10-9:20")
        first, from_point, last, to_point = (None if g is None else int(g) for g in match.groups())
        assert first is not None
        if last is None:
            last, to_point = first, from_point
        if not first <= last < len(components):
            raise _dangling(label, f"there are {len(components)} components in the set")
        for i in range(first, last + 1):
            size = len(components[i].x)
            a = from_point if i == first and from_point is not None else 0
            b = to_point + 1 if i == last and to_point is not None else size
            if not 0 <= a < b <= size:
                raise _dangling(label, f"component {i} has {size} points")
            found.add((i, a, b))
    return _joined(found)


def _joined(stretches: set[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """The same points in rising order, none of them twice."""
    joined: list[tuple[int, int, int]] = []
    for i, a, b in sorted(stretches):
        if joined and joined[-1][0] == i and a <= joined[-1][2]:
            _, start, end = joined.pop()
            a, b = start, max(b, end)
        joined.append((i, a, b))
    return joined


def _dangling(label: Label, why: str) -> FormatError:
    return FormatError(
        f".SEGMENT {label.level} {label.delineation[:60]}: {why}", file=label.file, line=label.line
    )
