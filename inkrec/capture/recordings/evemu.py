"""What evemu records: a description of the device, and events as the kernel sent them."""

from __future__ import annotations

from os import PathLike, fspath
from pathlib import Path

from ...errors import FormatError
from ..events import EV_KEY, Axis, Event, PenInfo
from ._lines import MAX_DIGITS, MAX_EVENTS, Recording, lines, shown, too_many

__all__ = ["find_description", "read_evemu", "whole_number"]


def find_description(path: str | PathLike[str]) -> Path:
    """The one ``.desc`` beside a recording whose name begins alike.

    Raises
    ------
    FormatError
        If there is none or more than one.
    """
    beginning = Path(path).name.split(".")[0]
    found = [d for d in sorted(Path(path).parent.glob("*.desc")) if d.name.startswith(beginning)]
    if len(found) == 1:
        return found[0]
    raise FormatError(
        f"it holds events and no device, and {len(found)} .desc files beside it begin with "
        f"{beginning!r}; name the device's description",
        file=path,
    )


def whole_number(text: str, base: int = 10) -> int:
    """The number that a text tells.

    Raises
    ------
    ValueError
        If it tells none, or one that no kernel sends.
    """
    if len(text.strip().lstrip("-")) > MAX_DIGITS:
        raise ValueError(f"{text[:MAX_DIGITS]}... is too long")
    return int(text, base)


def _bits(mask: list[int]) -> frozenset[int]:
    return frozenset(8 * i + b for i, byte in enumerate(mask) for b in range(8) if byte >> b & 1)


def _evemu_event(text: str) -> Event:
    stamp, kind, code, value = text.split("#", 1)[0].split()
    seconds, _, fraction = stamp.partition(".")
    t = whole_number(seconds) + int(fraction.ljust(6, "0")[:6] or 0) * 1e-6
    return Event(t, whole_number(kind, 16), whole_number(code, 16), whole_number(value))


def read_evemu(path: str | PathLike[str]) -> Recording:
    """Read an evemu recording, or its description alone.

    Raises
    ------
    FormatError
        If it is damaged, or the device is no pen.
    """
    name = ""
    axes: dict[int, Axis] = {}
    masks: dict[int, list[int]] = {}
    properties: list[int] = []
    events: list[Event] = []
    for number, line, whole in lines(path):
        tag, text = line[:2], line[2:]
        try:
            if tag == "E:":
                events.append(_evemu_event(text))
            elif tag == "N:":
                name = text.strip()
            elif tag == "P:":
                properties += [whole_number(byte, 16) for byte in text.split()]
            elif tag == "B:":
                kind, *mask = (whole_number(byte, 16) for byte in text.split())
                masks.setdefault(kind, []).extend(mask)
            elif tag == "A:":
                code, low, high, *rest = text.split()
                resolution = (rest + ["0"] * 3)[2]
                axes[int(code, 16)] = Axis(*map(whole_number, (low, high, resolution)))
        except ValueError:
            if not whole:
                break  # the recorder was killed in the middle of a line
            raise FormatError(
                f"expected '{tag} ...', found {shown(line)}", file=path, line=number
            ) from None
        if len(events) > MAX_EVENTS:
            raise too_many(path, number)
    keys = _bits(masks.get(EV_KEY, []))
    info = PenInfo(name, fspath(path), axes, keys, _bits(properties))
    if axes and not info.is_pen:
        raise FormatError(f"{name!r} is no pen: it has no pen tool or no position", file=path)
    return Recording(info, tuple(events))
