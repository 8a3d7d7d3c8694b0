"""InkML's contexts: which channels a trace has, their units and their clock.

Section numbers are those of the Recommendation, https://www.w3.org/TR/2011/REC-InkML-20110920/.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from ...errors import FormatError
from .._xml import Element

__all__ = ["PLAIN", "Channel", "Context", "Definitions", "decimal"]

_PER_MM = {
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
    """

    channels: tuple[Channel, ...] = (Channel("X"), Channel("Y"))
    resolution: Mapping[str, tuple[float, str]] = field(default_factory=dict)
    timestamp: Element | None = None

    def channel(self, name: str) -> Channel | None:
        """The channel of that name."""
        return next((c for c in self.channels if c.name == name), None)

    def per_mm(self, name: str) -> float | None:
        """Units of a length channel in a millimetre, where the file tells."""
        return self._scale(name, _PER_MM)

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


class Definitions:
    """All that can be referred to by ``#id`` in a document.

    Parameters
    ----------
    root : Element
        The ``<ink>``.
    file : str or None
        Its name, for messages.
    """

    def __init__(self, root: Element, file: str | None) -> None:
        self._file = file
        self._known: dict[str, Context] = {}
        self._ids: dict[tuple[str, str], Element] = {}
        self._defined: set[int] = set()
        stack = [(root, False)]
        while stack:
            element, within = stack.pop()
            if identity := element.get("id"):
                self._ids.setdefault((element.name, identity), element)
            if within:
                self._defined.add(id(element))
            within = within or element.name == "definitions"
            stack.extend((child, within) for child in reversed(element.children))

    def find(self, kind: str, reference: str) -> Element | None:
        """The element of that name and ``#id``."""
        return self._ids.get((kind, reference.removeprefix("#")))

    def defined(self, element: Element) -> bool:
        """Whether an element stands within ``<definitions>``."""
        return id(element) in self._defined

    def context(self, element: Element, inherited: Context, depth: int = 0) -> Context:
        """What a ``<context>``, or any element with a ``contextRef``, sets (4.2)."""
        if depth > 16:
            raise self._error(element, "contexts that refer to one another without end")
        context = inherited
        if reference := element.get("contextRef"):
            context = self._named(element, reference, depth)
        if element.name != "context":
            return context
        if reference := element.get("inkSourceRef"):
            context = self.source(self._must(element, "inkSource", reference), context)
        if reference := element.get("traceFormatRef"):
            context = self._format_named(element, reference, context)
        if reference := element.get("timestampRef"):
            stamp = self._must(element, "timestamp", reference)
            context = replace(context, timestamp=stamp)
        for child in element:
            context = self.setting(child, context)
        return context

    def setting(self, element: Element, context: Context) -> Context:
        """The context after an element that changes it; others leave it as it is."""
        if element.name == "inkSource":
            return self.source(element, context)
        if element.name == "traceFormat":
            return replace(context, channels=self._channels(element))
        if element.name == "timestamp":
            return replace(context, timestamp=element)
        return context

    def source(self, element: Element, context: Context) -> Context:
        """The context of a device (4.1.1, ``<inkSource>``)."""
        if reference := element.get("traceFormatRef"):
            context = self._format_named(element, reference, context)
        if (form := element.find("traceFormat")) is not None:
            context = self.setting(form, context)
        resolution = {}
        properties = element.find("channelProperties")
        for item in properties or ():
            value = decimal(item.get("value"))
            if item.get("name") == "resolution" and value is not None:
                resolution[item.get("channel")] = value, item.get("units")
        return replace(context, resolution=resolution)

    def seconds(self, stamp: Element | None, depth: int = 0) -> float | None:
        """A ``<timestamp>`` in s (4.1.5), or None where it tells no time."""
        if stamp is None or depth > 16:
            return None
        if (time := decimal(stamp.get("time"))) is not None:
            return time / 1e3
        if text := stamp.get("timeString"):
            return _iso(text)
        offset = decimal(stamp.get("timeOffset")) or 0.0
        base = self.seconds(self.find("timestamp", stamp.get("timestampRef")), depth + 1)
        return None if base is None else base + offset / 1e3

    def _named(self, element: Element, reference: str, depth: int) -> Context:
        if reference == "#DefaultContext":
            return PLAIN
        if reference not in self._known:
            target = self._must(element, "context", reference)
            self._known[reference] = self.context(target, PLAIN, depth + 1)
        return self._known[reference]

    def _format_named(self, element: Element, reference: str, context: Context) -> Context:
        if reference == "#DefaultTraceFormat":
            return replace(context, channels=PLAIN.channels)
        return self.setting(self._must(element, "traceFormat", reference), context)

    def _must(self, element: Element, kind: str, reference: str) -> Element:
        found = self.find(kind, reference)
        if found is None:
            raise self._error(element, f"no <{kind}> has the id {reference!r}")
        return found

    def _channels(self, element: Element) -> tuple[Channel, ...]:
        regular: list[Channel] = []
        intermittent: list[Channel] = []
        for child in element:
            if child.name == "channel":
                regular.append(self._channel(child, False))
            elif child.name in ("intermittentChannels", "regularChannels"):
                late = child.name == "intermittentChannels"
                into = intermittent if late else regular
                into.extend(self._channel(c, late) for c in child if c.name == "channel")
        names = [c.name for c in regular + intermittent]
        for name in ("X", "Y"):
            if name not in names:
                raise self._error(element, f"expected a channel {name}, found {names}")
        if len(set(names)) < len(names):
            raise self._error(element, f"a channel is named twice in {names}")
        return tuple(regular + intermittent)

    def _channel(self, element: Element, intermittent: bool) -> Channel:
        boolean = element.get("type").lower() == "boolean"
        default = element.get("default")
        return Channel(
            element.get("name"),
            boolean=boolean,
            intermittent=intermittent,
            negative=element.get("orientation") == "-ve",
            default=float(default in ("T", "true")) if boolean and default else decimal(default),
            minimum=decimal(element.get("min")),
            maximum=decimal(element.get("max")),
            units=element.get("units"),
            respect_to=element.get("respectTo"),
        )

    def _error(self, element: Element, message: str) -> FormatError:
        return FormatError(message, file=self._file, line=element.line)


def _iso(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
