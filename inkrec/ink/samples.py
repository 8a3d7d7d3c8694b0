"""Pen samples: what a digitizer says at one instant."""

from __future__ import annotations

import math
import sys
from typing import Any, NamedTuple, TypeAlias

from ..errors import InkError

__all__ = ["PenSample", "Plain", "as_sample", "pen_up_at", "positive"]

_MAX_FLOAT = sys.float_info.max  # whole numbers may lie beyond it


class PenSample(NamedTuple):
    """What a digitizer says at one instant.

    Attributes
    ----------
    t : float
        Time in s on a clock that never steps back.
    x, y : float
        Position in ink units; y grows downward.
    pressure : float or None
        0 to 1, or None where the device has none.
    touching : bool
        Whether the pen is on the surface.
    """

    t: float
    x: float
    y: float
    pressure: float | None = None
    touching: bool = True


# a sample of less than its name: what apps hand over
Plain: TypeAlias = (
    tuple[float, float, float]
    | tuple[float, float, float, float | None]
    | tuple[float, float, float, float | None, bool]
)


def pen_up_at(last: PenSample) -> PenSample:
    """The pen as it leaves the surface behind a sample, at its place and time."""
    return last._replace(pressure=None if last.pressure is None else 0.0, touching=False)


def as_sample(value: Any) -> PenSample:
    """A sample of plain numbers, of one of other numbers or a tuple of the same.

    Raises
    ------
    InkError
        If there are too few or too many, or one is no number that a float holds.

    Examples
    --------
    >>> as_sample((0, 3, 4, None, 0))
    PenSample(t=0.0, x=3.0, y=4.0, pressure=None, touching=False)
    """
    try:
        t, x, y, pressure, touching = (
            sample := value if type(value) is PenSample else PenSample(*value)
        )
        if (
            type(t) is type(x) is type(y) is float
            and (pressure is None or type(pressure) is float)
            and type(touching) is bool
        ):
            return sample
        if isinstance(touching, str):
            raise TypeError("text would count as touching, whatever it says")
        force = None if pressure is None else float(pressure)
        return PenSample(float(t), float(x), float(y), force, bool(touching))
    except (TypeError, ValueError):
        raise InkError(f"{value!r} is no PenSample of t, x and y") from None
    except OverflowError:
        raise InkError(
            f"{value!r} holds a number beyond {_MAX_FLOAT:.1e}; it must be finite"
        ) from None


def positive(name: str, value: Any, *, optional: bool = False) -> float:
    """A number above zero, as a float.

    Raises
    ------
    InkError
        If it is none; names it, and says whether it may be None.
    """
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not 0 < number < math.inf:
        other = " or None" if optional else ""
        raise InkError(f"{name} is {value}; it must be a positive number{other}")
    return number
