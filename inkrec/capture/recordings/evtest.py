"""What ``evtest`` prints: the device's axes and then its events, in words and numbers."""

from __future__ import annotations

import re
from os import PathLike, fspath

from ...errors import FormatError
from ..events import ABS_X, ABS_Y, BTN_TOOL_PEN, EV_ABS, EV_KEY, EV_SYN, Axis, Event, PenInfo
from ._lines import MAX_EVENTS, Recording, lines, shown, too_many

__all__ = ["read_evtest"]

_NAME = re.compile(r'Input device name: "(.*)"')
_TYPE = re.compile(r"\s*Event type (\d{1,5})")
_CODE = re.compile(r"\s*Event code (\d{1,5})")
_FACT = re.compile(r"\s+(Value|Min|Max|Resolution)\s+(-?\d{1,11})")
_PROPERTY = re.compile(r"\s*Property type (\d{1,5})")
_TIME = re.compile(r"Event: time (\d{1,19})\.(\d{1,9}), (.*)")
_EVENT = re.compile(r"type (\d{1,5})[^,]*, code (\d{1,5})[^,]*, value (-?[0-9a-fA-F]{1,11})")
_REPORT = re.compile(r"[-+> ]*(SYN_\w+|Report Sync|Config Sync)")


def read_evtest(path: str | PathLike[str]) -> Recording:
    """Read a log of evtest.

    Raises
    ------
    FormatError
        If an event is damaged, or the device is no pen.
    """
    name = "evtest"
    axes: dict[int, Axis] = {}
    facts: dict[str, int] = {}
    keys: set[int] = set()
    properties: set[int] = set()
    events: list[Event] = []
    kind = code = -1
    for number, line, whole in lines(path):
        if found := _TIME.match(line):
            event = _event(found[1], found[2], found[3])
            if event is not None:
                events.append(event)
            elif whole:
                raise FormatError(
                    f"expected 'type N, code N, value N', found {shown(found[3])}",
                    file=path,
                    line=number,
                )
            if len(events) > MAX_EVENTS:
                raise too_many(path, number)
        elif found := _NAME.match(line):
            name = found[1]
        elif found := _TYPE.match(line):
            kind, code = int(found[1]), -1
        elif found := _CODE.match(line):
            code, facts = int(found[1]), {}
            if kind == EV_KEY:
                keys.add(code)
        elif (found := _FACT.match(line)) and kind == EV_ABS and code >= 0:
            facts[found[1]] = int(found[2])
            if "Max" in facts:
                axes[code] = Axis(facts.get("Min", 0), facts["Max"], facts.get("Resolution", 0))
        elif found := _PROPERTY.match(line):
            properties.add(int(found[1]))
    if not axes:  # events alone: what they reach tells the axes
        axes = _reached(events)
        keys.add(BTN_TOOL_PEN)
    info = PenInfo(name, fspath(path), axes, frozenset(keys), frozenset(properties))
    if not info.is_pen:
        raise FormatError(f"{name!r} is no pen: it has no pen tool or no position", file=path)
    return Recording(info, tuple(events))


def _event(seconds: str, fraction: str, text: str) -> Event | None:
    t = int(seconds) + int(fraction.ljust(6, "0")[:6]) * 1e-6
    if found := _REPORT.match(text):
        return Event(t, EV_SYN, 3 if found[1] == "SYN_DROPPED" else 0, 0)
    if not (found := _EVENT.match(text)):
        return None
    kind, code, value = int(found[1]), int(found[2]), found[3]
    try:
        return Event(t, kind, code, int(value))
    except ValueError:
        return Event(t, kind, code, int(value, 16))  # scan codes are hexadecimal


def _reached(events: list[Event]) -> dict[int, Axis]:
    spans: dict[int, list[int]] = {}
    for event in events:
        if event.type == EV_ABS:
            span = spans.setdefault(event.code, [event.value, event.value])
            span[0], span[1] = min(span[0], event.value), max(span[1], event.value)
    return {
        code: Axis(low if code in (ABS_X, ABS_Y) else min(0, low), high)
        for code, (low, high) in spans.items()
    }
