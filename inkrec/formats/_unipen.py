"""The grammar of UNIPEN: keywords, includes, components and delineations."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, DecimalException
from math import isfinite
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..errors import FormatError
from ._files import MAX_POINTS, reading

__all__ = ["Component", "Label", "Library", "Mark", "Set", "folder", "lex", "pieces", "sets"]

MAX_DEPTH = 8
"""Includes inside one another; the definition of the format allows one."""

MAX_INCLUDES = 1000
"""Includes below one file; the largest of train_r01_v07 has 13."""

DT_LIMIT_MS = 600_000.0
"""A ``.DT`` above ten minutes is a fault of the recording (one device wrote 22 days)."""

GAP = 0.2
"""Seconds between strokes where the file keeps neither pen-up points nor ``.DT``."""

Array = npt.NDArray[np.float64]

_KEYWORD = re.compile(r"^\.([A-Z][A-Z0-9_]*)", re.MULTILINE)
_LABEL = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_SPAN = re.compile(r"(\d+)(?::(\d+))?(?:-(\d+)(?::(\d+))?)?", re.ASCII)
_FRACTION = re.compile(r"[.eE]")
_PEN = ("PEN_DOWN", "PEN_UP")


class Mark(NamedTuple):
    """A keyword and what stands behind it, up to the next.

    ``text`` is empty for components whose numbers are all whole.
    """

    keyword: str
    text: str
    numbers: Array | None
    line: int


class Component(NamedTuple):
    """A run of points with the pen on the pad or off it, already turned at the door."""

    down: bool
    x: Array
    y: Array
    t: Array | None
    pressure: Array | None
    units_per_mm: float | None
    header: Mapping[str, str]


class Label(NamedTuple):
    """The arguments of a ``.SEGMENT`` and where it stands."""

    level: str
    delineation: str
    quality: str
    text: str | None
    file: str | None
    line: int


class Set(NamedTuple):
    """Components that are numbered together, and the segments named in them."""

    components: list[Component]
    labels: list[Label]
    units_per_mm: float | None
    levels: tuple[str, ...]


def lex(data: bytes, file: str | None) -> list[Mark]:
    """The keywords of one file, with the numbers of its components read.

    Raises
    ------
    FormatError
        If there is no keyword, or a component holds something else than finite numbers.
    """
    text = data.decode("latin-1").replace("\r\n", "\n").replace("\r", "\n")
    marks: list[Mark] = []
    line, counted, points = 1, 0, 0
    match = _KEYWORD.search(text)
    if match is None:
        raise FormatError("no keyword such as .VERSION or .PEN_DOWN; not UNIPEN", file=file)
    while match is not None:
        keyword, start = match[1], match.end()
        line += text.count("\n", counted, match.start())
        counted = match.start()
        after = _KEYWORD.search(text, start)
        if keyword == "SEGMENT":
            after = _behind_label(text, start, after)
        body = text[start : after.start() if after else len(text)]
        numbers = None
        if keyword in _PEN:
            numbers = _numbers(body, file, line)
            points += len(numbers) // 2
            if points > MAX_POINTS:
                raise FormatError(f"more than {MAX_POINTS} points", file=file, line=line)
            body = body if _FRACTION.search(body) else ""
        marks.append(Mark(keyword, body.strip(), numbers, line))
        match = after
    return marks


def _behind_label(text: str, start: int, after: re.Match[str] | None) -> re.Match[str] | None:
    """The keyword after a label that itself holds a line starting with a dot."""
    if after is None:
        return None
    opened = text.find('"', start, after.start())
    closed = _LABEL.match(text, opened) if opened >= 0 else None
    if closed is None or closed.end() <= after.start():
        return after
    return _KEYWORD.search(text, closed.end())


def _numbers(body: str, file: str | None, line: int) -> Array:
    try:
        numbers = np.array(body.split(), dtype=np.float64)
    except ValueError as error:
        raise FormatError(
            f"expected the numbers of a component, {error}", file=file, line=line
        ) from None
    if not np.isfinite(numbers).all():
        raise FormatError("a component holds a value that is not finite", file=file, line=line)
    return numbers


def label_of(mark: Mark, file: str | None) -> Label:
    """The arguments of ``.SEGMENT level [delineation [quality [label]]]``."""
    before, quote, rest = mark.text.partition('"')
    words = before.split()
    closed = _LABEL.fullmatch(quote + rest)
    if not 1 <= len(words) <= 3 or (quote and closed is None):
        raise FormatError(
            f'expected .SEGMENT level delineation quality "label", found {mark.text[:60]!r}',
            file=file,
            line=mark.line,
        )
    level, delineation, quality = [*words, "?", "?"][:3]
    text = None if closed is None else _unescape(closed[1])
    return Label(level, delineation, quality, text, file, mark.line)


def _unescape(text: str) -> str:
    plain = re.sub(r"[\n\t]", " ", text)
    return _ESCAPE.sub(lambda m: {"n": "\n", "t": "\t"}.get(m[1], m[1]), plain)


class Library:
    """Where ``.INCLUDE`` finds its files; the last ones stay parsed.

    Parameters
    ----------
    load : callable
        Gives the bytes of a file by the name that ``.INCLUDE`` uses, or None.
    keep : int
        How many files stay parsed.
    """

    def __init__(self, load: Callable[[str], bytes | None], keep: int = 16) -> None:
        self._load = load
        self._keep = keep
        self._held: OrderedDict[str, list[Mark]] = OrderedDict()

    def marks(self, name: str, file: str | None, line: int) -> list[Mark]:
        """The keywords of an included file.

        Raises
        ------
        FormatError
            If its name leaves the folder of includes, or there is no such file.
        """
        if name not in self._held:
            path = PurePosixPath(name)
            if not name or path.is_absolute() or ".." in path.parts or "\\" in name:
                raise FormatError(
                    f".INCLUDE {name!r} leaves the folder of includes", file=file, line=line
                )
            data = self._load(name)
            if data is None:
                raise FormatError(
                    f".INCLUDE {name!r} is not there; give root=, the folder that holds it",
                    file=file,
                    line=line,
                )
            self._held[name] = lex(data, name)
            while len(self._held) > self._keep:
                self._held.popitem(last=False)
        self._held.move_to_end(name)
        return self._held[name]


def folder(root: Path) -> Library:
    """The files below a folder, for ``.INCLUDE``."""

    def load(name: str) -> bytes | None:
        path = root / name
        if not path.is_file() or not path.resolve().is_relative_to(root.resolve()):
            return None
        with reading(path) as stream:
            return stream.read()

    return Library(load)


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
    for where, mark in _flat(marks, file, library, [MAX_INCLUDES], 0):
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


def _flat(
    marks: list[Mark], file: str | None, library: Library, left: list[int], depth: int
) -> Iterator[tuple[str | None, Mark]]:
    for mark in marks:
        if mark.keyword != "INCLUDE":
            yield file, mark
            continue
        left[0] -= 1
        if depth >= MAX_DEPTH or left[0] < 0:
            raise FormatError(
                f".INCLUDE {mark.text!r}: more than {MAX_DEPTH} files inside one another or "
                f"{MAX_INCLUDES} in all",
                file=file,
                line=mark.line,
            )
        inner = library.marks(mark.text, file, mark.line)
        yield from _flat(inner, mark.text, library, left, depth + 1)


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
                    f".COORD {mark.text}: expected distinct columns with X and Y among them",
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
    component C; both ends belong to it. They come in the order of writing.

    Raises
    ------
    FormatError
        If it is malformed, or names a component or point that is not there.

    Examples
    --------
    >>> dot = Component(True, np.zeros(9), np.zeros(9), None, None, None, {})
    >>> pieces(Label("WORD", "1:4-2,0", "OK", "it", None, 1), [dot] * 3)
    [(0, 0, 9), (1, 4, 9), (2, 0, 9)]
    """
    if label.delineation == "?":
        return [(i, 0, len(c.x)) for i, c in enumerate(components)]
    found: dict[int, tuple[int, int]] = {}
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
            held = found.get(i, (a, b))
            found[i] = (min(a, held[0]), max(b, held[1]))
    return [(i, *found[i]) for i in sorted(found)]


def _dangling(label: Label, why: str) -> FormatError:
    return FormatError(
        f".SEGMENT {label.level} {label.delineation[:60]}: {why}", file=label.file, line=label.line
    )
