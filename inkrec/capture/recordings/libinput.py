"""What ``libinput record`` writes: YAML, of one fact a line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from os import PathLike, fspath

from ...errors import FormatError
from ..events import EV_KEY, Axis, Event, PenInfo
from ._lines import MAX_DIGITS, MAX_EVENTS, Recording, lines, shown, too_many
from .evemu import whole_number

__all__ = ["read_libinput"]

_NODE = re.compile(r"- node: (.*)")
_NAME = re.compile(r'\s+name: "(.*)"')
_LIST = re.compile(r"\s+(\w+): \[([-\d, ]*)\]")
_SIZED = rf"\s*(\d{{1,{MAX_DIGITS}}}),"
_EVENT = re.compile(rf"\s*- \[{_SIZED * 4}\s*(-?\d{{1,{MAX_DIGITS}}})\]", re.ASCII)


@dataclass
class _Device:
    node: str
    name: str = ""
    axes: dict[int, Axis] = field(default_factory=dict)
    codes: dict[int, frozenset[int]] = field(default_factory=dict)
    properties: frozenset[int] = frozenset()
    events: list[Event] = field(default_factory=list)

    def info(self, path: str | PathLike[str]) -> PenInfo:
        keys = self.codes.get(EV_KEY, frozenset())
        return PenInfo(self.name, fspath(path), self.axes, keys, self.properties)


def read_libinput(path: str | PathLike[str]) -> Recording:
    """Read the lines that matter: the tool writes its YAML by hand, one fact a line.

    Raises
    ------
    FormatError
        If it is damaged, or none of its devices is a pen.
    """
    devices: list[_Device] = []
    section = ""
    for number, line, whole in lines(path):
        if found := _NODE.match(line):
            devices.append(_Device(found[1]))
            section = ""
            continue
        if not devices or line.lstrip().startswith("#"):
            continue
        device = devices[-1]
        if found := _EVENT.match(line):
            s, us, kind, code, value = map(int, found.groups())
            device.events.append(Event(s + us * 1e-6, kind, code, value))
            if len(device.events) > MAX_EVENTS:
                raise too_many(path, number)
        elif line.lstrip().startswith("- [") and whole:
            raise FormatError(
                f"expected '- [s, us, type, code, value]', found {shown(line.strip())}",
                file=path,
                line=number,
            )
        elif found := _NAME.match(line):
            device.name = found[1]
        elif found := _LIST.match(line):
            _describe(device, section, found[1], found[2], path, number)
        elif line.endswith(":"):
            section = line.strip(" :-")
    pens = [device for device in devices if device.info(path).is_pen]
    if pens:
        written = next((pen for pen in pens if pen.events), pens[0])
        return Recording(written.info(path), tuple(written.events))
    names = ", ".join(d.name or d.node for d in devices) or "none"
    raise FormatError(f"no pen among its devices (found: {names})", file=path)


def _describe(
    device: _Device,
    section: str,
    key: str,
    values: str,
    path: str | PathLike[str],
    line: int,
) -> None:
    try:
        numbers = [whole_number(v) for v in values.split(",") if v.strip()]
        if key == "properties":
            device.properties = frozenset(numbers)
        elif section == "codes" and key.isdigit():
            device.codes[whole_number(key)] = frozenset(numbers)
        elif section == "absinfo" and key.isdigit():
            low, high, _, _, resolution = numbers
            device.axes[whole_number(key)] = Axis(low, high, resolution)
    except ValueError:
        raise FormatError(
            f"expected five numbers for axis {key[:20]}, found {shown(f'[{values}]')}",
            file=path,
            line=line,
        ) from None
