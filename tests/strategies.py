"""Hypothesis strategies for ink; any test may import them: ``from strategies import inks``."""

from __future__ import annotations

import itertools

from hypothesis import strategies as st

from inkrec import Ink, PenSample, Stroke

__all__ = ["FINITE", "PRESSURES", "TEXTS", "UNITS", "coordinates", "inks", "samples", "strokes"]

FINITE = st.floats(allow_nan=False, allow_infinity=False)
"""Any coordinate there is, of any size."""

PRESSURES = st.floats(0, 1, allow_subnormal=False)
UNITS = st.none() | st.floats(1e-6, 1e6)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co"]))
"""Texts that any file can hold."""

_STEPS = st.floats(0, 0.5) | st.just(0.0)


def coordinates(low: float = -1e4, high: float = 1e4) -> st.SearchStrategy[float]:
    """Coordinates as pens give them: whole numbers and fractions."""
    whole = st.integers(int(low), int(high)).map(float)
    return whole | st.floats(low, high)


@st.composite
def strokes(
    draw: st.DrawFn,
    *,
    values: st.SearchStrategy[float] | None = None,
    timed: bool = True,
    pressure: bool | None = None,
    start: float = 0.0,
    max_points: int = 6,
) -> Stroke:
    """A stroke.

    Parameters
    ----------
    values : strategy, optional
        For x and y.
    timed : bool
    pressure : bool, optional
        None for either.
    start : float
        The earliest time in s.
    max_points : int
    """
    values = coordinates() if values is None else values
    n = draw(st.integers(1, max_points))
    column = st.lists(values, min_size=n, max_size=n)
    x, y = draw(column), draw(column)
    t = None
    if timed:
        t = list(
            itertools.accumulate(draw(st.lists(_STEPS, min_size=n, max_size=n)), initial=start)
        )
        t = t[1:]
    with_pressure = draw(st.booleans()) if pressure is None else pressure
    force = draw(st.lists(PRESSURES, min_size=n, max_size=n)) if with_pressure else None
    return Stroke(x, y, t, force)


@st.composite
def inks(
    draw: st.DrawFn,
    *,
    values: st.SearchStrategy[float] | None = None,
    timed: bool | None = None,
    pressure: bool | None = None,
    units: st.SearchStrategy[float | None] = UNITS,
    min_strokes: int = 0,
    max_strokes: int = 4,
    max_points: int = 6,
) -> Ink:
    """Ink; see `strokes`. ``timed`` and ``pressure`` of None give either."""
    with_time = draw(st.booleans()) if timed is None else timed
    held: list[Stroke] = []
    clock = draw(st.floats(0, 1e6)) if with_time else 0.0
    for _ in range(draw(st.integers(min_strokes, max_strokes))):
        stroke = draw(
            strokes(
                values=values,
                timed=with_time,
                pressure=pressure,
                start=clock,
                max_points=max_points,
            )
        )
        held.append(stroke)
        if stroke.t is not None:
            clock = float(stroke.t[-1])
    return Ink(held, draw(units))


@st.composite
def samples(
    draw: st.DrawFn, *, values: st.SearchStrategy[float] | None = None, max_size: int = 12
) -> list[PenSample]:
    """What a pen says: in order of time, touching and hovering, with and without pressure."""
    values = coordinates() if values is None else values
    count = draw(st.integers(0, max_size))
    clock = draw(st.floats(0, 1e6))
    said = []
    for _ in range(count):
        clock += draw(_STEPS)
        force = draw(st.none() | PRESSURES)
        said.append(PenSample(clock, draw(values), draw(values), force, draw(st.booleans())))
    return said
