"""InkML's contexts: what a document says of its traces, found by reference.

Section numbers are those of the Recommendation, https://www.w3.org/TR/2011/REC-InkML-20110920/.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from .._report import Report
from .._xml import Element
from .channels import PLAIN, Channel, Context, decimal
from .transforms import Transform

__all__ = ["Definitions"]


class Definitions:
    """All that can be referred to by ``#id`` in a document.

    Parameters
    ----------
    root : Element
        The ``<ink>``.
    report : Report
        What is told of definitions that cannot be used; what holds without them is taken.
    """

    def __init__(self, root: Element, report: Report) -> None:
        self._report = report
        self._known: dict[str, Context] = {}
        self._ids: dict[tuple[str, str], Element] = {}
        self._defined: set[int] = set()
        self._told: set[int] = set()
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
            self._lost(element, "contexts that refer to one another without end")
            return inherited
        context = inherited
        if reference := element.get("contextRef"):
            context = self._named(element, reference, inherited, depth)
            if context.brush is None:
                context = replace(context, brush=inherited.brush)
        if (brush := self._referred(element, "brush")) is not None:
            context = replace(context, brush=brush)
        if element.name != "context":
            return context
        if (source := self._referred(element, "inkSource")) is not None:
            context = self.source(source, context)
        if reference := element.get("traceFormatRef"):
            context = self._format_named(element, reference, context)
        for kind in ("timestamp", "canvas", "canvasTransform"):
            if (found := self._referred(element, kind)) is not None:
                context = self.setting(found, context)
        for child in element:
            context = self.setting(child, context)
        return context

    def setting(self, element: Element, context: Context) -> Context:
        """The context after an element that changes it; others leave it as it is."""
        if element.name == "inkSource":
            return self.source(element, context)
        if element.name == "traceFormat":
            return replace(context, channels=self._channels(element) or context.channels)
        if element.name == "timestamp":
            return replace(context, timestamp=element)
        if element.name == "brush":
            return replace(context, brush=element)
        if element.name == "canvasTransform":
            return replace(context, transform=self._transform(element))
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

    def _named(self, element: Element, reference: str, other: Context, depth: int) -> Context:
        if reference == "#DefaultContext":
            return PLAIN
        if reference not in self._known:
            target = self._referred(element, "context")
            if target is None:
                return other
            self._known[reference] = self.context(target, PLAIN, depth + 1)
        return self._known[reference]

    def _format_named(self, element: Element, reference: str, context: Context) -> Context:
        if reference == "#DefaultTraceFormat":
            return replace(context, channels=PLAIN.channels)
        found = self._referred(element, "traceFormat")
        return context if found is None else self.setting(found, context)

    def _referred(self, element: Element, kind: str) -> Element | None:
        """What an element's ``kindRef`` names, or None; told where nothing has that id."""
        reference = element.get(f"{kind}Ref")
        if not reference or (kind != "context" and reference.startswith("#Default")):
            return None
        found = self.find(kind, reference)
        if found is None:
            self._lost(element, f"no <{kind}> has the id {reference!r}")
        return found

    def _transform(self, element: Element) -> Transform | None:
        """The transform of a ``<canvasTransform>`` (4.4), or None for one that does nothing."""
        found = [child for child in element if child.name == "mapping"]
        mapping = found[0] if found else None
        if mapping is not None and (reference := mapping.get("mappingRef")):
            mapping = self.find("mapping", reference) or mapping
        if mapping is None:
            return None
        try:
            return Transform.of(mapping, self.find)
        except ValueError as error:
            self._lost(element, str(error))
            return None

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
                self._lost(element, f"expected a channel {name}, found {names}")
                return ()
        if len(set(names)) < len(names):
            self._lost(element, f"a channel is named twice in {names}")
            return ()
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

    def _lost(self, element: Element, why: str) -> None:
        if id(element) not in self._told:
            self._told.add(id(element))
            self._report.lost("what an element says of its traces", why, element.line)


def _iso(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
