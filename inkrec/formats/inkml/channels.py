"""InkML's channels and contexts as values: the columns of a trace, their units and their place."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from .._xml import Element
from .transforms import Transform

__all__ = ["PER_MM", "PLAIN", "Channel", "Context", "decimal"]

PER_MM = {
    "mm": 1.0,
    "cm": 0.1,
    "m": 0.001,
    "in": 1 / 25.4,
    "pt": 72 / 25.4,
    "pc": 6 / 25.4,
    "dip": 96 / 25.4,
    "himetric": 100.0,
}
_PER_SECOND = {"s": 1.0, "ms": 1e3, "us": 1e6, "µs": 1e6, "ns": 1e9}
_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def decimal(text: str) -> float | None:
    """A number in ASCII digits, or None."""
    return float(text) if _DECIMAL.fullmatch(text) else None


@dataclass(frozen=True, slots=True)
class Channel:
    """One column of a trace (3.1.1, ``<channel>``).

    Attributes
    ----------
    name : str
        ``X``, ``Y``, ``T`` (time), ``F`` (force), ``S`` (touching) or another.
    boolean, intermittent, negative : bool
        Its type; whether a point may leave it out; whether it grows against the
        usual direction (``orientation="-ve"``).
    default, minimum, maximum : float or None
    units, respect_to : str
    """

    name: str
    boolean: bool = False
    intermittent: bool = False
    negative: bool = False
    default: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    units: str = ""
    respect_to: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """What a trace means.

    Attributes
    ----------
    channels : tuple of Channel
        Regular ones first, in the order of a point's values.
    resolution : mapping from a channel's name to (value, units)
    timestamp : Element or None
    brush : Element or None
    transform : Transform or None
        From the traces' coordinates to those of the canvas.
    """

    channels: tuple[Channel, ...] = (Channel("X"), Channel("Y"))
    resolution: Mapping[str, tuple[float, str]] = field(default_factory=dict)
    timestamp: Element | None = None
    brush: Element | None = None
    transform: Transform | None = None

    def channel(self, name: str) -> Channel | None:
        """The channel of that name."""
        return next((c for c in self.channels if c.name == name), None)

    def unit(self) -> float | None:
        """Units of a millimetre on the canvas, where the file tells."""
        size = self.per_mm("X") or self.per_mm("Y")
        if self.transform is None or size is None:
            return size
        scale = self.transform.scale
        return None if scale is None else size * scale

    def per_mm(self, name: str) -> float | None:
        """Units of a length channel in a millimetre, where the file tells."""
        return self._scale(name, PER_MM)

    def per_second(self) -> float | None:
        """Units of the time channel in a second; ms where no unit stands (3.1.1)."""
        channel = self.channel("T")
        if channel is not None and not channel.units and "T" not in self.resolution:
            return 1e3
        return self._scale("T", _PER_SECOND)

    def _scale(self, name: str, table: Mapping[str, float]) -> float | None:
        channel = self.channel(name)
        if channel is None:
            return None
        scale = table.get(channel.units.lower())
        value, units = self.resolution.get(name, (0.0, ""))
        if value > 0:
            per = table.get(units.lower().removeprefix("1/").strip()) if units else scale
            scale = None if per is None else value * per
        return scale if scale is not None and 0 < scale < math.inf else None


PLAIN = Context()
