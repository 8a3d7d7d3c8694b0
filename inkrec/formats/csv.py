"""Tables of points (``.csv``, ``.tsv``): x, y and what else the columns or their names tell.

A row is a point. Commas, semicolons, tabs or spaces part its columns; a head may name
them (``x``, ``y``, ``t`` or ``time``, ``pressure``, ``stroke``, ``pen``). Without one they are x, y
and then, by what they hold: the number of the stroke, whether the pen is down (or that it
lifts after the point), time, pressure. An empty row ends a stroke too. Files of SVC 2004
(a count, and then seven columns) are read. y grows downward; time that is not told to be
in another unit is in ms where its steps are 1 or more, and in s where they are less.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..errors import FormatError
from ..ink.strokes import Ink, Stroke
from . import _files
from ._files import Source, name_of, reading
from ._json import decoded
from ._report import Report
from ._strokes import StrokeBuilder

__all__ = ["columns_of", "read"]

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_MOST_BYTES = 128 << 20
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_NAMES = {
    "x": ("x", "posx", "coordx", "xpos", "pointx", "px", "xcoordinate", "xcoord"),
    "y": ("y", "posy", "coordy", "ypos", "pointy", "py", "ycoordinate", "ycoord"),
    "t": ("t", "time", "timestamp", "ts", "date", "clock", "ms", "seconds"),
    "p": ("p", "pressure", "force", "f", "z", "press"),
    "stroke": ("stroke", "strokeid", "strokeno", "strokenumber", "segment", "strokeindex",
               "traceid", "trace", "id", "s", "pathid"),
    "pen": ("pen", "pendown", "down", "touching", "tip", "contact", "penstatus", "status",
            "button", "penstate", "touch", "isdown", "pentip"),
    "up": ("penup", "up", "eos", "endofstroke", "end", "lift", "strokeend"),
}  # fmt: skip
_UNITS = {"ns": 1e9, "us": 1e6, "µs": 1e6, "ms": 1e3, "msec": 1e3, "s": 1.0, "sec": 1.0}
_SVC = ("x", "y", "t", "pen", "azimuth", "altitude", "p")


def read(file: Source) -> Ink:
    """The strokes of a table of points.

    Raises
    ------
    FormatError
        If it is no table of numbers with an x and a y.

    Warns
    -----
    InkWarning
        If rows are left out or time is mended.
    """
    report = Report(file)
    with reading(file, report) as stream:
        data = stream.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise FormatError(f"more than {_MOST_BYTES >> 20} MiB of rows", file=name_of(file))
    lines = decoded(data).splitlines()
    if not any(line.strip() for line in lines):
        report.refuse_nothing()
        raise FormatError("an empty file; expected rows of x and y", file=name_of(file))
    rows, names = _table(lines, report)
    if len(rows) > _files.MAX_POINTS:
        raise FormatError(f"more than {_files.MAX_POINTS} points", file=name_of(file))
    builder = StrokeBuilder(report)
    ink = builder.ink(_strokes(rows, names, builder))
    if not len(ink):
        report.refuse_nothing()
        raise FormatError("no row of two numbers; expected x and y", file=name_of(file))
    report.tell()
    return ink


def columns_of(line: str) -> list[str]:
    """The columns of a row, parted by tabs, semicolons, commas or spaces."""
    for mark in ("\t", ";"):
        if mark in line:
            return [word.strip().strip('"').replace(",", ".") for word in line.split(mark)]
    if "," in line:
        return [word.strip().strip('"') for word in line.split(",")]
    return line.split()


def _table(lines: list[str], report: Report) -> tuple[Array, Sequence[str]]:
    """The rows as numbers, NaN between strokes, and what their columns are called."""
    names: Sequence[str] = ()
    rows: list[list[float]] = []
    width = 0
    for number, line in enumerate(lines, 1):
        words = columns_of(line)
        if not any(words) or line.lstrip().startswith("#"):
            if rows and not any(words):
                rows.append([])  # the stroke ends
            continue
        values = [float(w) if _NUMBER.fullmatch(w) else np.nan for w in words]
        if np.isnan(values).all() and not width and not names:
            names = words
            continue
        if not width:
            if len(values) == 1 and not names and np.isfinite(values[0]):
                continue  # how many points there are
            width = len(values)
        if len(values) != width or np.isnan(values[:2]).any():
            report.lost("a row", f"expected {width} numbers, found {line.strip()[:60]!r}", number)
            continue
        rows.append(values)
    table = np.full((len(rows), width), np.nan)
    for i, row in enumerate(rows):
        table[i, : len(row)] = row
    return table, names


def _strokes(rows: Array, names: Sequence[str], builder: StrokeBuilder) -> list[Stroke | None]:
    if not len(rows) or rows.shape[1] < 2:
        return []
    found, per_second = _named(names) if names else _guessed(rows)
    if not {"x", "y"} <= found.keys():
        return []
    held = {name: rows[:, i] for name, i in found.items() if i < rows.shape[1]}
    there: Flags = np.logical_not(np.isnan(rows).all(axis=1))
    ends: Flags = np.logical_not(there)  # before this row a stroke ends
    down = there.copy()
    if "stroke" in held:
        ends[1:] |= there[1:] & there[:-1] & (held["stroke"][1:] != held["stroke"][:-1])
    if "pen" in held:
        down &= held["pen"] != 0
    if "up" in held:
        ends[1:] |= held["up"][:-1] == 1
    ends[1:] |= down[1:] & ~down[:-1]
    t = held.get("t")
    if t is not None:
        t = t / (per_second or _per_second(t))
    force = _scaled(held.get("p"))
    numbers = np.cumsum(ends, dtype=np.int64)
    strokes = []
    for number in dict.fromkeys(numbers[down].tolist()):
        at = _run(down, numbers, number)
        strokes.append(
            builder.stroke(
                held["x"][at],
                held["y"][at],
                None if t is None else t[at],
                None if force is None else force[at],
            )
        )
    return strokes


def _run(down: Flags, numbers: npt.NDArray[np.int64], number: int) -> npt.NDArray[np.int64]:
    """The rows of a stroke."""
    begin, end = np.searchsorted(numbers, [number, number + 1])
    return np.flatnonzero(down[begin:end]) + int(begin)


def _named(names: Sequence[str]) -> tuple[dict[str, int], float | None]:
    """Which columns a head names, and the unit of time it tells."""
    found: dict[str, int] = {}
    per_second = None
    for i, name in enumerate(names):
        plain = re.sub(r"[^a-zµ]", "", name.lower())
        unit = re.search(r"[\s_(\[](ns|us|µs|ms|msec|s|sec)\W*$", name.lower())
        bare = re.sub(r"[^a-zµ]", "", re.sub(r"[(\[].*$", "", name.lower()))
        for kind, known in _NAMES.items():
            stem = bare.removesuffix(unit[1]) if unit and len(bare) > len(unit[1]) else bare
            if kind not in found and (plain in known or bare in known or stem in known):
                found[kind] = i
                if kind == "t":
                    told = unit[1] if unit else ("ms" if plain == "ms" else "")
                    per_second = _UNITS.get(told)
                break
    return found, per_second


def _guessed(rows: Array) -> tuple[dict[str, int], float | None]:
    """What columns without names are."""
    if rows.shape[1] == len(_SVC):
        return {name: i for i, name in enumerate(_SVC)}, 1e3
    found = {"x": 0, "y": 1}
    for i in range(2, min(rows.shape[1], 6)):
        column = rows[:, i][~np.isnan(rows[:, 0])]
        kind = _kind(column)
        if kind and kind not in found:
            found[kind] = i
    return found, None


def _kind(column: Array) -> str:
    if not len(column) or np.isnan(column).any():
        return ""
    whole = (column == np.rint(column)).all()
    if whole and set(np.unique(column)) <= {0.0, 1.0}:
        return "up" if column.mean() < 0.5 else "pen"
    steps = np.diff(column)
    if (steps >= 0).all() and steps.any():
        if whole and (steps <= 1).all() and (steps > 0).mean() < 0.5:
            return "stroke"
        return "t"
    return "p" if column.min() >= 0 else ""


def _per_second(t: Array) -> float:
    steps = np.diff(t[np.isfinite(t)])
    steps = steps[steps > 0]
    usual = float(np.median(steps)) if len(steps) else 0.0
    if usual < 1:
        return 1.0
    return 1e3 if usual < 1000 else 1e6 if usual < 1e6 else 1e9


def _scaled(force: Array | None) -> Array | None:
    if force is None or not np.isfinite(force).any():
        return None
    top = max(1.0, float(np.nanmax(force)))
    return np.clip(force / top, 0, 1)
