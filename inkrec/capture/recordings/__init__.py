"""Recordings that people attach to bug reports: evemu's, libinput's, evtest's, hid-recorder's.

Each holds a device's description and its events, so ``recording.frames()`` is what the
pen would have said. Lines may be indented or quoted (``> ``), as mails do it.
"""

from __future__ import annotations

import re
from os import PathLike, fspath

from ...errors import FormatError
from ..events import PenInfo
from ._lines import Recording, head_of
from .debug_events import read_debug_events
from .evemu import find_description, read_evemu
from .evtest import read_evtest
from .hid import read_hid
from .libinput import read_libinput

__all__ = ["Recording", "is_recording", "read_recording"]

_READERS = {
    "libinput": read_libinput,
    "evtest": read_evtest,
    "debug-events": read_debug_events,
    "hid": read_hid,
}


def is_recording(path: str | PathLike[str]) -> bool:
    """Whether the file begins as recordings of pens do."""
    return _kind(head_of(path)) is not None


def read_recording(
    path: str | PathLike[str], description: str | PathLike[str] | None = None
) -> Recording:
    """Read what evemu (1.0 to 1.3), libinput, evtest or hid-recorder wrote.

    Parameters
    ----------
    path : path
    description : path, optional
        An evemu ``.desc`` file, where the recording holds events alone. Without
        it, the one ``.desc`` beside it whose name begins alike is taken.

    Raises
    ------
    FormatError
        If it is none of these, is damaged, or names no pen.
    OSError
        If it cannot be read.
    """
    kind = _kind(head_of(path))
    if kind in _READERS:
        return _READERS[kind](path)
    if kind == "evemu":
        recording = read_evemu(path)
        if recording.info.axes:
            return recording
        other = read_evemu(description or find_description(path))
        return Recording(_with_path(other.info, path), recording.events)
    raise FormatError(
        "expected a recording of evemu ('# EVEMU 1.3'), of libinput ('# libinput record', or "
        "lines of debug-events), of evtest ('Input device name') or of hid-recorder ('R: ...')",
        file=path,
    )


def _kind(head: str) -> str | None:
    if re.search(r"^R: \d+ [0-9a-fA-F]{1,2}( |$)", head, re.MULTILINE):
        return "hid"
    if "# EVEMU" in head or re.match(r"\s*[NIPBAE]: ", head):
        return "evemu"
    if "# libinput record" in head or re.search(r"^\s*version: \d+\s+ndevices:", head, re.M):
        return "libinput"
    if "Input driver version is" in head or re.search(r"^Event: time \d+\.\d+, ", head, re.M):
        return "evtest"
    if re.search(r"^[-\s]*event\d+\s+(DEVICE_ADDED|[A-Z]+_[A-Z_]+)\s", head, re.MULTILINE):
        return "debug-events"
    return None


def _with_path(info: PenInfo, path: str | PathLike[str]) -> PenInfo:
    return PenInfo(info.name, fspath(path), info.axes, info.keys, info.properties)
