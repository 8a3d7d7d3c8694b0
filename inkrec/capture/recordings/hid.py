"""What ``hid-recorder`` writes: a device's HID reports, and the descriptor that explains them.

The descriptor is read as the USB Device Class Definition for HID 1.11 (6.2.2) has it, as
far as the fields of a pen need it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from os import PathLike, fspath
from typing import NamedTuple

from ...errors import FormatError
from ..events import (
    ABS_PRESSURE,
    ABS_TILT_X,
    ABS_TILT_Y,
    ABS_X,
    ABS_Y,
    BTN_STYLUS,
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
from ._lines import MAX_EVENTS, Recording, lines, shown, too_many

__all__ = ["read_hid"]

_AXES = {
    0x0001_0030: ABS_X, 0x0001_0031: ABS_Y, 0x000D_0030: ABS_PRESSURE,
    0x000D_003D: ABS_TILT_X, 0x000D_003E: ABS_TILT_Y,
}  # fmt: skip
_TIP, _RANGE, _BARREL = 0x000D_0042, 0x000D_0032, 0x000D_0044
_INVERT, _ERASER = 0x000D_003C, 0x000D_0045
_PENS = (0x000D_0001, 0x000D_0002, 0x000D_0020)  # digitizer, pen, stylus
_MOST_FIELDS = 10_000
_HEX = re.compile(r"[0-9a-fA-F]{1,2}")


class _Field(NamedTuple):
    """Where a value lies in a report."""

    usage: int
    bit: int
    size: int
    low: int
    high: int
    per_mm: float


@dataclass
class _Items:
    """What the items of a descriptor have said so far (6.2.2.7)."""

    page: int = 0
    low: int = 0
    high: int = 0
    physical: tuple[int, int] = (0, 0)
    unit: int = 0
    exponent: int = 0
    size: int = 0
    count: int = 0
    report: int = 0
    usages: list[int] = field(default_factory=list)

    def per_mm(self) -> float:
        """Units of a millimetre, where the physical range is one of lengths."""
        span = self.physical[1] - self.physical[0]
        exponent = self.exponent - 16 if self.exponent > 7 else self.exponent
        length = {0x11: 10.0, 0x13: 25.4}.get(self.unit & 0xFF)
        if length is None or span <= 0:
            return 0.0
        return (self.high - self.low) / (span * 10.0**exponent * length)


def read_hid(path: str | PathLike[str]) -> Recording:
    """Read a recording of hid-recorder.

    Raises
    ------
    FormatError
        If it is damaged, has no descriptor, or the device is no pen.
    """
    name = "HID device"
    layouts: dict[int, list[_Field]] | None = None
    events: list[Event] = []
    held: dict[int, int] = {}
    for number, line, whole in lines(path):
        tag, text = line[:2], line[2:].strip()
        try:
            if tag == "N:":
                name = text
            elif tag == "R:" and layouts is None:
                layouts = _described(_bytes(text.split()[1:]))
            elif tag == "E:" and layouts:
                stamp, _, *words = text.split()
                events += _reported(float(stamp), _bytes(words), layouts, held)
        except (ValueError, IndexError):
            if not whole:
                break  # the recorder was killed in the middle of a line
            raise FormatError(
                f"expected '{tag} ...' in bytes, found {shown(line)}", file=path, line=number
            ) from None
        if len(events) > MAX_EVENTS:
            raise too_many(path, number)
    if not layouts:
        raise FormatError("no report of a pen in its descriptor (R: ...)", file=path)
    fields = [one for layout in layouts.values() for one in layout]
    axes = {
        _AXES[f.usage]: Axis(f.low, f.high, round(f.per_mm) if math.isfinite(f.per_mm) else 0)
        for f in reversed(fields)
        if f.usage in _AXES
    }
    keys = frozenset({BTN_TOOL_PEN, BTN_TOOL_RUBBER, BTN_TOUCH, BTN_STYLUS})
    info = PenInfo(name, fspath(path), axes, keys)
    if not info.is_pen:
        raise FormatError(f"{name!r} is no pen: its reports tell no position", file=path)
    return Recording(info, tuple(events))


def _bytes(words: list[str]) -> bytes:
    if not all(_HEX.fullmatch(word) for word in words):
        raise ValueError("bytes are told in hexadecimal")
    return bytes(int(word, 16) for word in words)


def _described(data: bytes) -> dict[int, list[_Field]]:
    """The fields of each input report of a pen, by the report's number."""
    items, saved = _Items(), list[_Items]()
    layouts: dict[int, list[_Field]] = {}
    bits: dict[int, int] = {}
    within: list[int] = []
    at = total = 0
    while at < len(data):
        prefix = data[at]
        length = (0, 1, 2, 4)[prefix & 3]
        raw = data[at + 1 : at + 1 + length]
        value = int.from_bytes(raw, "little")
        signed = int.from_bytes(raw, "little", signed=True)
        kind = prefix & 0xFC
        at += 1 + length
        if kind == 0xA0:  # collection
            within.append(items.usages[0] if items.usages else 0)
            items.usages = []
        elif kind == 0xC0:
            within = within[:-1]
        elif kind == 0x80:  # input
            total += items.count
            if total > _MOST_FIELDS:
                raise ValueError("a report of too many fields")
            _lay(items, value, any(one in _PENS for one in within), layouts, bits)
            items.usages = []
        elif kind in (0x90, 0xB0):  # output, feature
            items.usages = []
        elif kind == 0xA4:
            saved.append(_Items(**{**vars(items), "usages": []}))
        elif kind == 0xB4 and saved:
            items = saved.pop()
        else:
            _say(items, kind, value, signed, length)
    return {number: fields for number, fields in layouts.items() if fields}


def _say(items: _Items, kind: int, value: int, signed: int, length: int) -> None:
    """Take a global or a local item."""
    if kind == 0x04:
        items.page = value
    elif kind == 0x14:
        items.low = signed
    elif kind == 0x24:
        items.high = signed if signed > items.low else value
    elif kind == 0x34:
        items.physical = (signed, items.physical[1])
    elif kind == 0x44:
        items.physical = (items.physical[0], signed if signed > items.physical[0] else value)
    elif kind == 0x54:
        items.exponent = value
    elif kind == 0x64:
        items.unit = value
    elif kind == 0x74:
        items.size = value
    elif kind == 0x84:
        items.report = value
    elif kind == 0x94:
        items.count = value
    elif kind == 0x08:
        items.usages.append(value if length == 4 else items.page << 16 | value)
    elif kind == 0x18:
        items.usages.append(items.page << 16 | value)
    elif kind == 0x28 and items.usages:
        first = items.usages.pop()
        last = min(items.page << 16 | value, first + 255)
        items.usages += range(first, last + 1)


def _lay(
    items: _Items, flags: int, pen: bool, layouts: dict[int, list[_Field]], bits: dict[int, int]
) -> None:
    begin = bits.get(items.report, 8 if items.report else 0)
    fields = layouts.setdefault(items.report, [])
    for i in range(items.count):
        usage = items.usages[min(i, len(items.usages) - 1)] if items.usages else 0
        if pen and not flags & 1 and 0 < items.size <= 32:  # not constant
            bit = begin + i * items.size
            fields.append(_Field(usage, bit, items.size, items.low, items.high, items.per_mm()))
    bits[items.report] = begin + items.count * items.size


def _reported(
    t: float, data: bytes, layouts: dict[int, list[_Field]], held: dict[int, int]
) -> Iterator[Event]:
    """The kernel's events that a report stands for."""
    layout = layouts.get(data[0] if 0 not in layouts else 0)
    if layout is None or not math.isfinite(t):
        return
    whole = int.from_bytes(data, "little")
    values: dict[int, int] = {}
    for one in layout:
        value = whole >> one.bit & (1 << one.size) - 1
        if one.low < 0 and value >> (one.size - 1):
            value -= 1 << one.size
        values.setdefault(one.usage, value)
    eraser = bool(values.get(_INVERT) or values.get(_ERASER))
    near = bool(values.get(_RANGE, 1))
    told = {
        EV_KEY << 16 | BTN_TOOL_PEN: int(near and not eraser),
        EV_KEY << 16 | BTN_TOOL_RUBBER: int(near and eraser),
        EV_KEY << 16 | BTN_STYLUS: values.get(_BARREL, 0),
    }
    told |= {EV_ABS << 16 | _AXES[u]: v for u, v in values.items() if u in _AXES and near}
    if _TIP in values or _ERASER in values:
        told[EV_KEY << 16 | BTN_TOUCH] = values.get(_TIP, 0) | values.get(_ERASER, 0)
    for key, value in told.items():
        if held.get(key) != value:
            held[key] = value
            yield Event(t, key >> 16, key & 0xFFFF, value)
    yield Event(t, EV_SYN, 0, 0)
