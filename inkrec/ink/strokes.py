"""Pen samples, strokes and ink: the values everything else passes around.

Axes: x grows to the right, y grows **downward**, t is in seconds and never runs
backwards. Files with other conventions are turned at the door (``formats``).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from ..errors import InkError
from .picture import own_color, picture
from .samples import PenSample, Plain, as_sample, pen_up_at, positive

__all__ = ["TOOLS", "WRITING_TOOLS", "Ink", "Stroke"]

Array = npt.NDArray[np.float64]

WRITING_TOOLS = ("pen", "pencil", "brush", "marker")
"""Tools whose strokes may be text."""

TOOLS = (*WRITING_TOOLS, "highlighter", "eraser", "shape")
"""All tools: a highlighter and an eraser go over text, a shape was drawn by a program."""

_COLOR = re.compile(r"#[0-9a-f]{6}([0-9a-f]{2})?")


def _column(name: str, values: Any, length: int | None) -> Array:
    try:
        column = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InkError(f"{name} is no column of numbers: {error}") from None
    except OverflowError:
        raise InkError(
            f"{name} holds a number beyond {sys.float_info.max:.1e}; it must be finite"
        ) from None
    if column.ndim != 1:
        raise InkError(f"{name} has shape {column.shape}; a stroke's columns have one axis")
    if length is not None and len(column) != length:
        raise InkError(f"{name} has {len(column)} values and x has {length}; they must be equal")
    bad = np.flatnonzero(~np.isfinite(column))
    if len(bad):
        raise InkError(f"{name}[{bad[0]}] is {column[bad[0]]}; every coordinate must be finite")
    column.flags.writeable = False
    return column


class Stroke:
    """What the pen wrote between touching and leaving the surface.

    Parameters
    ----------
    x, y : array_like, shape (n,)
        Positions in ink units, n >= 1; y grows downward.
    t : array_like, shape (n,), optional
        Times in s, not decreasing. None where the source has no time.
    pressure : array_like, shape (n,), optional
        0 to 1. None where the source has none.
    tool : str
        What it was made with, one of `TOOLS`.
    color : str, optional
        ``#rrggbb``, or ``#rrggbbaa`` where it is not opaque. None where the source
        has none.
    width : float, optional
        Of its line, in ink units. None where the source has none.

    Raises
    ------
    InkError
        If a value is not finite, lengths differ, n is 0, time runs backwards,
        a pressure lies outside 0 to 1, or ``tool``, ``color`` or ``width`` is none.

    Notes
    -----
    Strokes are equal that have the same points and were made with the same tool; how
    they look, their colour and width, is no part of it.

    Examples
    --------
    >>> stroke = Stroke([0, 1, 2], [0, 0, 1], [0.00, 0.01, 0.02])
    >>> len(stroke), stroke.t.tolist()
    (3, [0.0, 0.01, 0.02])
    """

    __slots__ = ("color", "pressure", "t", "tool", "width", "x", "y")

    x: Array
    y: Array
    t: Array | None
    pressure: Array | None
    tool: str
    color: str | None
    width: float | None

    def __init__(
        self,
        x: Any,
        y: Any,
        t: Any = None,
        pressure: Any = None,
        *,
        tool: str = "pen",
        color: str | None = None,
        width: float | None = None,
    ) -> None:
        across = _column("x", x, None)
        n = len(across)
        if n == 0:
            raise InkError("a stroke has no point; it needs at least one")
        down = _column("y", y, n)
        times = None if t is None else _column("t", t, n)
        force = None if pressure is None else _column("pressure", pressure, n)
        if times is not None and n > 1:
            back = np.flatnonzero(times[1:] < times[:-1])
            if len(back):
                i = int(back[0]) + 1
                raise InkError(
                    f"t[{i}] = {times[i]} comes after t[{i - 1}] = {times[i - 1]}; "
                    "time must not run backwards"
                )
        if force is not None:
            out = np.flatnonzero((force < 0) | (force > 1))
            if len(out):
                raise InkError(f"pressure[{out[0]}] is {force[out[0]]}; it must lie in 0 to 1")
        if tool not in TOOLS:
            raise InkError(f"tool is {tool!r}; it must be one of {', '.join(TOOLS)}")
        if color is not None and not (isinstance(color, str) and _COLOR.fullmatch(color)):
            raise InkError(f"color is {color!r}; it must be #rrggbb or #rrggbbaa")
        if width is not None:
            width = positive("width", width, optional=True)
        for name, column in (("x", across), ("y", down), ("t", times), ("pressure", force)):
            object.__setattr__(self, name, column)
        for name, value in (("tool", tool), ("color", color), ("width", width)):
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Stroke is read-only; cannot set {name!r}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a Stroke is read-only; cannot delete {name!r}")

    def __getstate__(self) -> tuple[Any, ...]:
        return self.x, self.y, self.t, self.pressure, self.tool, self.color, self.width

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        names = ("x", "y", "t", "pressure", "tool", "color", "width")
        for name, value in zip(names, state, strict=True):
            if isinstance(value, np.ndarray):
                value.flags.writeable = False
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        return len(self.x)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Stroke):
            return NotImplemented
        for name in ("x", "y", "t", "pressure"):
            mine, theirs = getattr(self, name), getattr(other, name)
            if (mine is None) != (theirs is None):
                return False
            if mine is not None and not np.array_equal(mine, theirs):
                return False
        return self.tool == other.tool

    def __hash__(self) -> int:
        # adding 0.0 makes -0.0, which is equal, the same bytes as 0.0
        return hash(((self.x + 0.0).tobytes(), (self.y + 0.0).tobytes()))

    def __repr__(self) -> str:
        extras = [n for n in ("t", "pressure") if getattr(self, n) is not None]
        said = f" with {' and '.join(extras)}" if extras else ""
        return (
            f"<Stroke of {len(self)} points{said}{'' if self.tool == 'pen' else ', ' + self.tool}>"
        )

    @property
    def writes(self) -> bool:
        """Whether it may be text: no highlighter, eraser or shape of a program made it."""
        return self.tool in WRITING_TOOLS

    def replace(self, **changes: Any) -> Stroke:
        """The stroke with other values of the parameters that are named."""
        kept = {
            "x": self.x, "y": self.y, "t": self.t, "pressure": self.pressure,
            "tool": self.tool, "color": self.color, "width": self.width,
        }  # fmt: skip
        return Stroke(**{**kept, **changes})


class Ink(Sequence[Stroke]):
    """Strokes in the order they were written.

    Parameters
    ----------
    strokes : iterable of Stroke
        They may be none.
    units_per_mm : float, optional
        Ink units in a millimetre of the writing surface, where known.

    Raises
    ------
    InkError
        If ``units_per_mm`` is not a positive number, some strokes have time and
        others none, or a stroke starts before the one in front of it has ended.

    Examples
    --------
    >>> ink = Ink([Stroke([0, 1], [0, 2]), Stroke([3], [1])])
    >>> len(ink), ink.bounds
    (2, (0.0, 0.0, 3.0, 2.0))
    """

    __slots__ = ("_strokes", "units_per_mm")

    _strokes: tuple[Stroke, ...]
    units_per_mm: float | None

    def __init__(self, strokes: Iterable[Stroke] = (), units_per_mm: float | None = None) -> None:
        held = tuple(strokes)
        for i, stroke in enumerate(held):
            if not isinstance(stroke, Stroke):
                raise InkError(f"item {i} is a {type(stroke).__name__}; ink holds Stroke objects")
        if units_per_mm is not None:
            units_per_mm = positive("units_per_mm", units_per_mm, optional=True)
        timed = [s.t is not None for s in held]
        if any(timed) and not all(timed):
            raise InkError(f"stroke {timed.index(False)} has no time and others do; all or none")
        for i in range(1, len(held)):
            before, after = held[i - 1].t, held[i].t
            if before is not None and after is not None and after[0] < before[-1]:
                raise InkError(
                    f"stroke {i} starts at t = {after[0]}, before stroke {i - 1} ends at "
                    f"{before[-1]}; time must not run backwards"
                )
        object.__setattr__(self, "_strokes", held)
        object.__setattr__(self, "units_per_mm", units_per_mm)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"Ink is read-only; cannot set {name!r}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"Ink is read-only; cannot delete {name!r}")

    def __getstate__(self) -> tuple[tuple[Stroke, ...], float | None]:
        return self._strokes, self.units_per_mm

    def __setstate__(self, state: tuple[tuple[Stroke, ...], float | None]) -> None:
        object.__setattr__(self, "_strokes", state[0])
        object.__setattr__(self, "units_per_mm", state[1])

    @overload
    def __getitem__(self, index: int) -> Stroke: ...
    @overload
    def __getitem__(self, index: slice) -> Ink: ...
    def __getitem__(self, index: int | slice) -> Stroke | Ink:
        if isinstance(index, slice):
            return Ink(self._strokes[index], self.units_per_mm)
        return self._strokes[index]

    def __len__(self) -> int:
        return len(self._strokes)

    def __iter__(self) -> Iterator[Stroke]:
        return iter(self._strokes)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Ink):
            return NotImplemented
        return self._strokes == other._strokes and self.units_per_mm == other.units_per_mm

    def __hash__(self) -> int:
        return hash((self._strokes, self.units_per_mm))

    def __repr__(self) -> str:
        points = sum(map(len, self))
        return f"<Ink of {len(self)} strokes, {points} points>"

    def _repr_svg_(self) -> str | None:
        """The picture that notebooks show; None of ink that is too wide for one."""
        try:
            return picture(self, [own_color(stroke) for stroke in self])
        except InkError:
            return None

    @property
    def has_time(self) -> bool:
        """Whether the strokes carry time."""
        return bool(self._strokes) and self._strokes[0].t is not None

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of all points.

        Raises
        ------
        InkError
            If there is no stroke.
        """
        if not self._strokes:
            raise InkError("empty ink has no bounds; ask len(ink) first")
        return (
            float(min(s.x.min() for s in self)),
            float(min(s.y.min() for s in self)),
            float(max(s.x.max() for s in self)),
            float(max(s.y.max() for s in self)),
        )

    def samples(self, rate_hz: float = 100.0) -> Iterator[PenSample]:
        """The ink as a digitizer would have said it.

        Every stroke ends with a sample that does not touch, at the place and
        time of its last point. Ink without time gets ``rate_hz`` points a
        second and 0.1 s between strokes.

        Yields
        ------
        PenSample

        Raises
        ------
        InkError
            If ``rate_hz`` is not a positive number.
        """
        rate_hz = positive("rate_hz", rate_hz)
        clock = 0.0
        for stroke in self._strokes:
            n = len(stroke)
            times = clock + np.arange(n) / rate_hz if stroke.t is None else stroke.t
            force: Sequence[float | None]
            force = [None] * n if stroke.pressure is None else stroke.pressure.tolist()
            last = None
            for t, x, y, p in zip(
                times.tolist(), stroke.x.tolist(), stroke.y.tolist(), force, strict=True
            ):
                last = PenSample(t, x, y, p, True)
                yield last
            assert last is not None
            yield pen_up_at(last)
            clock = last.t + 0.1

    @classmethod
    def from_samples(cls, samples: Iterable[Plain], units_per_mm: float | None = None) -> Ink:
        """The strokes in a run of samples; what does not touch separates them.

        A plain tuple of the same is a sample. Pressure is kept where every sample of a
        stroke has one.

        Raises
        ------
        InkError
            If something is no sample, one is not finite or runs backwards in time.
        """
        strokes: list[Stroke] = []
        run: list[PenSample] = []

        def close() -> None:
            if run:
                t, x, y, pressure, _ = zip(*run, strict=True)
                strokes.append(Stroke(x, y, t, None if None in pressure else pressure))
                run.clear()

        for sample in map(as_sample, samples):
            if sample.touching:
                run.append(sample)
            else:
                close()
        close()
        return cls(strokes, units_per_mm)
