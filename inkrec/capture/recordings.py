"""Recordings that people attach to bug reports: evemu's and libinput's.

Both hold a device's description and its events as the kernel sent them, so
``assemble(recording.info, recording.events)`` is what the pen would have said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from os import PathLike, fspath
from pathlib import Path

from ..errors import FormatError
from .assembler import assemble
from .events import EV_KEY, Axis, Event, PenFrame, PenInfo

__all__ = ["Recording", "is_recording", "read_recording"]

_LONGEST_LINE = 100_000  # characters
_MOST_EVENTS = 5_000_000  # hours of writing
_MOST_DIGITS = 19  # those of 64 bits; the kernel's numbers have 32 and its seconds 64


@dataclass(frozen=True)
class Recording:
    """A device and what it sent.

    Attributes
    ----------
    info : PenInfo
    events : tuple of Event
    """

    info: PenInfo
    events: tuple[Event, ...] = field(repr=False)

    def frames(self) -> Iterator[PenFrame]:
        """What the pen did."""
        return assemble(self.info, self.events)


def is_recording(path: str | PathLike[str]) -> bool:
    """Whether the file begins as evemu's or libinput's recordings do."""
    with open(path, "rb") as file:
        return _kind(file.read(2048).decode("utf-8", "replace")) is not None


def read_recording(
    path: str | PathLike[str], description: str | PathLike[str] | None = None
) -> Recording:
    """Read an evemu (1.0 to 1.3) or libinput-record file.

    Parameters
    ----------
    path : path
    description : path, optional
        An evemu ``.desc`` file, where the recording holds events alone. Without
        it, the one ``.desc`` beside it whose name begins alike is taken.

    Raises
    ------
    FormatError
        If it is neither, is damaged, or names no pen.
    OSError
        If it cannot be read.
    """
    with open(path, "rb") as file:
        kind = _kind(file.read(2048).decode("utf-8", "replace"))
    if kind == "libinput":
        return _read_libinput(path)
    if kind == "evemu":
        recording = _read_evemu(path)
        if recording.info.axes:
            return recording
        other = _read_evemu(description or _find_description(path))
        return Recording(_with_path(other.info, path), recording.events)
    raise FormatError(
        "expected an evemu recording ('# EVEMU 1.3') or one of libinput ('# libinput record')",
        file=path,
    )


def _kind(head: str) -> str | None:
    if "# EVEMU" in head or re.match(r"\s*[NIPBAE]: ", head):
        return "evemu"
    if "# libinput record" in head or re.match(r"\s*version: \d+\s+ndevices:", head):
        return "libinput"
    return None


def _with_path(info: PenInfo, path: str | PathLike[str]) -> PenInfo:
    return PenInfo(info.name, fspath(path), info.axes, info.keys, info.properties)


def _lines(path: str | PathLike[str]) -> Iterator[tuple[int, str, bool]]:
    """Number, text and whether it is whole, for each line."""
    with open(path, encoding="utf-8", errors="replace") as file:
        number = 0
        while line := file.readline(_LONGEST_LINE):
            number += 1
            whole = line.endswith("\n")
            if not whole and len(line) == _LONGEST_LINE:
                raise FormatError(
                    f"the line is longer than {_LONGEST_LINE:,} characters; "
                    "recordings have short ones",
                    file=path,
                    line=number,
                )
            yield number, line.rstrip(), whole


def _find_description(path: str | PathLike[str]) -> Path:
    beginning = Path(path).name.split(".")[0]
    found = [d for d in sorted(Path(path).parent.glob("*.desc")) if d.name.startswith(beginning)]
    if len(found) == 1:
        return found[0]
    raise FormatError(
        f"it holds events and no device, and {len(found)} .desc files beside it begin with "
        f"{beginning!r}; name the device's description",
        file=path,
    )


def _too_many(path: str | PathLike[str], line: int) -> FormatError:
    return FormatError(f"more than {_MOST_EVENTS:,} events; cut it", file=path, line=line)


def _whole_number(text: str, base: int = 10) -> int:
    """The number that a text tells.

    Raises
    ------
    ValueError
        If it tells none, or one that no kernel sends.
    """
    if len(text.strip().lstrip("-")) > _MOST_DIGITS:
        raise ValueError(f"{text[:_MOST_DIGITS]}... is too long")
    return int(text, base)


def _shown(text: str) -> str:
    """What an error shows of a text that may be very long."""
    return repr(text if len(text) <= 100 else text[:100] + "...")


def _bits(mask: list[int]) -> frozenset[int]:
    return frozenset(8 * i + b for i, byte in enumerate(mask) for b in range(8) if byte >> b & 1)


def _evemu_event(text: str) -> Event:
    stamp, kind, code, value = text.split("#", 1)[0].split()
    seconds, _, fraction = stamp.partition(".")
    t = _whole_number(seconds) + int(fraction.ljust(6, "0")[:6] or 0) * 1e-6
    return Event(t, _whole_number(kind, 16), _whole_number(code, 16), _whole_number(value))


def _read_evemu(path: str | PathLike[str]) -> Recording:
    name = ""
    axes: dict[int, Axis] = {}
    masks: dict[int, list[int]] = {}
    properties: list[int] = []
    events: list[Event] = []
    for number, line, whole in _lines(path):
        tag, text = line[:2], line[2:]
        try:
            if tag == "E:":
                events.append(_evemu_event(text))
            elif tag == "N:":
                name = text.strip()
            elif tag == "P:":
                properties += [_whole_number(byte, 16) for byte in text.split()]
            elif tag == "B:":
                kind, *mask = (_whole_number(byte, 16) for byte in text.split())
                masks.setdefault(kind, []).extend(mask)
            elif tag == "A:":
                code, low, high, *rest = text.split()
                resolution = (rest + ["0"] * 3)[2]
                axes[int(code, 16)] = Axis(*map(_whole_number, (low, high, resolution)))
        except ValueError:
            if not whole:
                break  # the recorder was killed in the middle of a line
            raise FormatError(
                f"expected '{tag} ...', found {_shown(line)}", file=path, line=number
            ) from None
        if len(events) > _MOST_EVENTS:
            raise _too_many(path, number)
    keys = _bits(masks.get(EV_KEY, []))
    info = PenInfo(name, fspath(path), axes, keys, _bits(properties))
    if axes and not info.is_pen:
        raise FormatError(f"{name!r} is no pen: it has no pen tool or no position", file=path)
    return Recording(info, tuple(events))


_NODE = re.compile(r"- node: (.*)")
_NAME = re.compile(r'\s+name: "(.*)"')
_LIST = re.compile(r"\s+(\w+): \[([-\d, ]*)\]")
_SIZED = rf"\s*(\d{{1,{_MOST_DIGITS}}}),"
_EVENT = re.compile(rf"\s*- \[{_SIZED * 4}\s*(-?\d{{1,{_MOST_DIGITS}}})\]", re.ASCII)


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


def _read_libinput(path: str | PathLike[str]) -> Recording:
    """Read the lines that matter: the tool writes its YAML by hand, one fact a line."""
    devices: list[_Device] = []
    section = ""
    for number, line, whole in _lines(path):
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
            if len(device.events) > _MOST_EVENTS:
                raise _too_many(path, number)
        elif line.lstrip().startswith("- [") and whole:
            raise FormatError(
                f"expected '- [s, us, type, code, value]', found {_shown(line.strip())}",
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
        numbers = [_whole_number(v) for v in values.split(",") if v.strip()]
        if key == "properties":
            device.properties = frozenset(numbers)
        elif section == "codes" and key.isdigit():
            device.codes[_whole_number(key)] = frozenset(numbers)
        elif section == "absinfo" and key.isdigit():
            low, high, _, _, resolution = numbers
            device.axes[_whole_number(key)] = Axis(low, high, resolution)
    except ValueError:
        raise FormatError(
            f"expected five numbers for axis {key[:20]}, found {_shown(f'[{values}]')}",
            file=path,
            line=line,
        ) from None
