"""What ``libinput debug-events`` prints of a tablet's tool: positions in mm, tip and sight."""

from __future__ import annotations

import re
from os import PathLike, fspath

from ...errors import FormatError
from ..events import (
    ABS_PRESSURE,
    ABS_X,
    ABS_Y,
    BTN_TOOL_PEN,
    BTN_TOOL_RUBBER,
    BTN_TOUCH,
    EV_ABS,
    EV_KEY,
    EV_SYN,
    Axis,
    Event,
    PenInfo,
)
from ._lines import MAX_EVENTS, Recording, lines, too_many

__all__ = ["read_debug_events"]

_ADDED = re.compile(r"[-\s]*event\d+\s+DEVICE_ADDED\s+(?:\d+\s+)?(.*?)\s+seat\d.*")
_SIZE = re.compile(r"\bsize (\d{1,5})x(\d{1,5})mm")
_TOOL = re.compile(r"[-\s]*(event\d+)\s+TABLET_TOOL_(\w+)\s+(?:\d+\s+)?\+?\s*(\d{1,9}\.\d+)s(.*)")
_PLACE = re.compile(r"\s(-?\d{1,6}\.\d+)\*?/(-?\d{1,6}\.\d+)\*?")
_PRESSURE = re.compile(r"pressure:\s*(\d(?:\.\d+)?)")

_PER_MM = 1000
_LEVELS = 65535


def read_debug_events(path: str | PathLike[str]) -> Recording:
    """Read the tablet tool of a log of ``libinput debug-events``.

    Raises
    ------
    FormatError
        If no line tells of a tablet's tool.
    """
    name, size = "tablet", (0, 0)
    events: list[Event] = []
    device = ""
    for number, line, _ in lines(path):
        if (found := _ADDED.match(line)) and ("cap:T" in line or "tablet" in line.lower()):
            name = found[1]
            if sized := _SIZE.search(line):
                size = int(sized[1]), int(sized[2])
        elif found := _TOOL.match(line):
            device = device or found[1]
            if found[1] == device:  # one pen at a time
                events += _events(found[2], float(found[3]), found[4])
            if len(events) > MAX_EVENTS:
                raise too_many(path, number)
    if not events:
        raise FormatError("no line tells of a tablet's tool (TABLET_TOOL_...)", file=path)
    reach = [
        max([e.value for e in events if (e.type, e.code) == (EV_ABS, axis)], default=0)
        for axis in (ABS_X, ABS_Y)
    ]
    axes = {
        ABS_X: Axis(0, size[0] * _PER_MM or reach[0], _PER_MM),
        ABS_Y: Axis(0, size[1] * _PER_MM or reach[1], _PER_MM),
    }
    if any((e.type, e.code) == (EV_ABS, ABS_PRESSURE) for e in events):
        axes[ABS_PRESSURE] = Axis(0, _LEVELS)
    keys = frozenset({BTN_TOOL_PEN, BTN_TOOL_RUBBER, BTN_TOUCH})
    return Recording(PenInfo(name, fspath(path), axes, keys), tuple(events))


def _events(kind: str, t: float, text: str) -> list[Event]:
    """The kernel's events that a line stands for."""
    found = []
    if kind == "PROXIMITY":
        tool = BTN_TOOL_RUBBER if "eraser" in text else BTN_TOOL_PEN
        near = "proximity-out" not in text and "proximity-in" in text
        found.append(Event(t, EV_KEY, tool, int(near)))
        if not near:
            found.append(Event(t, EV_KEY, BTN_TOUCH, 0))
    if place := _PLACE.search(text):
        for axis, value in ((ABS_X, place[1]), (ABS_Y, place[2])):
            found.append(Event(t, EV_ABS, axis, round(float(value) * _PER_MM)))
    if pressed := _PRESSURE.search(text):
        found.append(Event(t, EV_ABS, ABS_PRESSURE, round(min(1.0, float(pressed[1])) * _LEVELS)))
    if kind == "TIP":
        found.append(Event(t, EV_KEY, BTN_TOUCH, int("tip-down" in text)))
    return [*found, Event(t, EV_SYN, 0, 0)] if found else []
