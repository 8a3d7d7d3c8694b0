"""The values capture passes around: events, what a device is, what its pen does.

Numbers are those of Linux's ``input-event-codes.h``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from ..ink.samples import PenSample

__all__ = ["Axis", "Event", "PenFrame", "PenInfo"]

EV_SYN, EV_KEY, EV_ABS = 0, 1, 3
SYN_REPORT, SYN_DROPPED = 0, 3
ABS_X, ABS_Y, ABS_PRESSURE, ABS_DISTANCE = 0x00, 0x01, 0x18, 0x19
ABS_TILT_X, ABS_TILT_Y = 0x1A, 0x1B
BTN_0 = 0x100
BTN_TOOL_PEN, BTN_TOOL_RUBBER = 0x140, 0x141
BTN_TOOL_BRUSH, BTN_TOOL_PENCIL, BTN_TOOL_AIRBRUSH = 0x142, 0x143, 0x144
BTN_TOOL_FINGER, BTN_TOOL_MOUSE, BTN_TOOL_LENS = 0x145, 0x146, 0x147
BTN_TOOL_FINGERS = {0x148, 0x14D, 0x14E, 0x14F}  # five, two, three and four at once
BTN_STYLUS3, BTN_TOUCH, BTN_STYLUS, BTN_STYLUS2 = 0x149, 0x14A, 0x14B, 0x14C
PROP_DIRECT = 0x01

PEN_TOOLS = frozenset(
    {BTN_TOOL_PEN, BTN_TOOL_RUBBER, BTN_TOOL_BRUSH, BTN_TOOL_PENCIL, BTN_TOOL_AIRBRUSH}
)
OTHER_TOOLS = frozenset({BTN_TOOL_FINGER, *BTN_TOOL_FINGERS, BTN_TOOL_MOUSE, BTN_TOOL_LENS})
BUTTONS = {BTN_STYLUS: 1, BTN_STYLUS2: 2, BTN_STYLUS3: 3}


class Event(NamedTuple):
    """One event of the kernel's: time in s, and three numbers."""

    t: float
    type: int
    code: int
    value: int


class PenFrame(NamedTuple):
    """All a digitizer says at one instant.

    Attributes
    ----------
    t : float
        Time in s; never runs backwards.
    x, y : float
        Position in mm from the device's top left corner where it tells its
        resolution (``PenInfo.units_per_mm`` is 1), else in its own units. May
        lie outside the device's extent: sensors reach beyond what is drawn.
    pressure : float or None
        0 to 1; 0 while the pen hovers; None where the device has none.
    touching : bool
        Whether the tip is on the surface.
    in_range : bool
        Whether the pen is seen at all. False once, when it leaves.
    eraser : bool
        Whether it is the pen's other end.
    buttons : frozenset of int
        Barrel buttons held, 1 the one nearest the tip.
    tilt_x_rad, tilt_y_rad : float or None
        Lean from upright, in radians, to the right and toward the writer.
    """

    t: float
    x: float
    y: float
    pressure: float | None = None
    touching: bool = True
    in_range: bool = True
    eraser: bool = False
    buttons: frozenset[int] = frozenset()
    tilt_x_rad: float | None = None
    tilt_y_rad: float | None = None

    @property
    def sample(self) -> PenSample:
        """What a session is fed."""
        return PenSample(self.t, self.x, self.y, self.pressure, self.touching)


class Axis(NamedTuple):
    """The range of an absolute axis.

    Attributes
    ----------
    minimum, maximum : int
        As the device states them; values may lie outside.
    resolution : int
        Units per mm (per radian for tilt); 0 where the device does not say.
    value : int or None
        The value at the time of asking, where it is known.
    """

    minimum: int
    maximum: int
    resolution: int = 0
    value: int | None = None

    @property
    def span(self) -> int:
        """The length of the range, at least 1."""
        return max(1, self.maximum - self.minimum)


@dataclass(frozen=True)
class PenInfo:
    """What a device says it is.

    Attributes
    ----------
    name : str
    path : str or None
        The device's node, or the file of a recording.
    axes : mapping of int to Axis
        By event code.
    keys : frozenset of int
        Event codes of the buttons and tools it can report.
    properties : frozenset of int
        Input properties; 1 marks a display tablet.

    Examples
    --------
    >>> info = PenInfo("a tablet", axes={0: Axis(0, 44704, 200), 1: Axis(0, 27940, 200)})
    >>> info.size_mm
    (223.52, 139.7)
    """

    name: str
    path: str | None = None
    axes: Mapping[int, Axis] = field(default_factory=dict, hash=False)
    keys: frozenset[int] = frozenset()
    properties: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        object.__setattr__(self, "axes", MappingProxyType(dict(self.axes)))

    @property
    def is_pen(self) -> bool:
        """Whether a pen writes on it; pads of buttons and touch screens are none."""
        if not {ABS_X, ABS_Y} <= self.axes.keys():
            return False
        return BTN_TOOL_PEN in self.keys or (BTN_STYLUS in self.keys and BTN_0 not in self.keys)

    @property
    def direct(self) -> bool:
        """Whether the surface is a display (a Cintiq, a tablet computer)."""
        return PROP_DIRECT in self.properties

    @property
    def has_pressure(self) -> bool:
        return ABS_PRESSURE in self.axes

    @property
    def has_tilt(self) -> bool:
        return ABS_TILT_X in self.axes and ABS_TILT_Y in self.axes

    @property
    def has_eraser(self) -> bool:
        return BTN_TOOL_RUBBER in self.keys

    @property
    def units_per_mm(self) -> float | None:
        """1 where positions are in mm, None where the device tells no resolution."""
        known = all(code in self.axes and self.axes[code].resolution > 0 for code in (ABS_X, ABS_Y))
        return 1.0 if known else None

    @property
    def size_mm(self) -> tuple[float, float] | None:
        """Width and height of the surface in mm, where known."""
        return self.extent if self.units_per_mm else None

    @property
    def extent(self) -> tuple[float, float] | None:
        """Width and height of the surface in the units of its frames."""
        if not {ABS_X, ABS_Y} <= self.axes.keys():
            return None
        x, y = self.axes[ABS_X], self.axes[ABS_Y]
        if self.units_per_mm:
            return x.span / x.resolution, y.span / y.resolution
        return float(x.span), float(y.span)

    def describe(self) -> str:
        """One line for a person."""
        if not self.axes:
            return self.name
        parts = ["display tablet" if self.direct else "tablet"]
        if self.size_mm:
            parts.append(f"{self.size_mm[0]:.0f} x {self.size_mm[1]:.0f} mm")
        else:
            parts.append("size unknown")
        if self.has_pressure:
            parts.append(f"{self.axes[ABS_PRESSURE].span + 1} levels of pressure")
        parts += ["tilt"] * self.has_tilt + ["eraser"] * self.has_eraser
        return f"{self.name} ({', '.join(parts)})"
