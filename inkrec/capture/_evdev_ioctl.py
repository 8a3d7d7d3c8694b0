"""What evdev nodes answer to ``ioctl``, in plain Python.

The calls of ``linux/input.h`` that a pen needs, so that a tablet works without
building a C extension. Everything here reads, but for the clock and the grab.
"""

from __future__ import annotations

import os
import platform
import struct
from typing import Any

from ..errors import DeviceError
from .events import EV_ABS, EV_KEY, Axis, Event, PenInfo

__all__ = ["EVENT", "ask_info", "ask_state", "grab", "set_monotonic", "unpack"]

EVENT = struct.Struct("@llHHi")
"""``struct input_event``: s, us, type, code, value."""

_ABSINFO = struct.Struct("@6i")
_OLD_STYLE = ("mips", "ppc", "powerpc", "sparc", "alpha")  # other direction bits
_WRITE, _READ, _DIRECTION, _SIZE_BITS = (
    (4, 2, 29, 13) if platform.machine().startswith(_OLD_STYLE) else (1, 2, 30, 14)
)
_KEY_BYTES, _ABS_BYTES, _PROP_BYTES = 96, 8, 8
_CLOCK_MONOTONIC = 1


def request(direction: int, number: int, size: int) -> int:
    """The number of an evdev ioctl.

    Examples
    --------
    >>> import platform
    >>> hex(request(1, 0x90, 4))                # EVIOCGRAB    # doctest: +SKIP
    '0x40044590'
    """
    return direction << _DIRECTION | (size & ((1 << _SIZE_BITS) - 1)) << 16 | 0x45 << 8 | number


def _call(fd: int, code: int, argument: Any) -> Any:
    import fcntl  # absent where there is no evdev

    return fcntl.ioctl(fd, code, argument)


def _read(fd: int, number: int, size: int) -> bytes:
    answer: bytes = _call(fd, request(_READ, number, size), bytes(size))
    return answer


def _set_bits(mask: bytes) -> frozenset[int]:
    return frozenset(
        8 * i + bit for i, byte in enumerate(mask) for bit in range(8) if byte >> bit & 1
    )


def ask_info(fd: int, path: str | None = None) -> PenInfo:
    """What the open device says it is.

    Raises
    ------
    DeviceError
        If it is no evdev node.
    """
    try:
        name = _read(fd, 0x06, 256).split(b"\0")[0].decode("utf-8", "replace")
        axes = {}
        for code in _set_bits(_read(fd, 0x20 + EV_ABS, _ABS_BYTES)):
            value, low, high, _, _, resolution = _ABSINFO.unpack(
                _read(fd, 0x40 + code, _ABSINFO.size)
            )
            axes[code] = Axis(low, high, resolution, value)
        keys = _set_bits(_read(fd, 0x20 + EV_KEY, _KEY_BYTES))
        properties = _set_bits(_read(fd, 0x09, _PROP_BYTES))
    except (ImportError, OSError) as error:
        raise DeviceError(f"{path or fd} is no evdev device: {error}") from None
    return PenInfo(name, path, axes, keys, properties)


def ask_state(fd: int, info: PenInfo) -> tuple[dict[int, int], frozenset[int]]:
    """The axes' values and the keys that are down, now."""
    values = {code: _ABSINFO.unpack(_read(fd, 0x40 + code, _ABSINFO.size))[0] for code in info.axes}
    return values, _set_bits(_read(fd, 0x18, _KEY_BYTES))


def set_monotonic(fd: int) -> bool:
    """Ask for stamps that never step; False where the kernel is too old."""
    try:
        _call(fd, request(_WRITE, 0xA0, 4), struct.pack("@i", _CLOCK_MONOTONIC))
    except OSError:
        return False
    return True


def grab(fd: int, exclusively: bool) -> None:
    """Keep the device's events from everyone else, or stop that."""
    _call(fd, request(_WRITE, 0x90, 4), int(exclusively))


def unpack(data: bytes) -> list[Event]:
    """The whole events in what was read from the node."""
    whole = len(data) - len(data) % EVENT.size
    return [
        Event(s + us * 1e-6, kind, code, value)
        for s, us, kind, code, value in EVENT.iter_unpack(data[:whole])
    ]


def open_node(path: str) -> int:
    """A file descriptor of the node, read-only and not blocking.

    Raises
    ------
    DeviceError
        If there is none, or it may not be read; says what gives access.
    """
    try:
        return os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        raise DeviceError(
            f"{path} does not exist; see 'inkrec devices' for those that do"
        ) from None
    except PermissionError:
        raise DeviceError(f"{path} may not be read; {access_cure(path)}") from None
    except OSError as error:
        raise DeviceError(f"{path} cannot be opened: {error.strerror}") from None


def access_cure(path: str) -> str:
    """What a person does to be allowed to read the node."""
    group = "input"
    try:
        import grp

        group = grp.getgrgid(os.stat(path).st_gid).gr_name
    except (ImportError, KeyError, OSError):
        pass
    if group == "root":
        group = "input"
    return (
        f"join its group (sudo usermod -aG {group} $USER, then log in again) or give the pens "
        "to whoever sits at the screen: put "
        '\'KERNEL=="event*", ENV{ID_INPUT_TABLET}=="1", TAG+="uaccess"\' into '
        "/etc/udev/rules.d/70-pens.rules and replug it"
    )
