"""Pens of Linux: found, opened read-only and read, with nothing but the kernel.

>>> from inkrec import capture
>>> with capture.open_pen() as pen:                       # doctest: +SKIP
...     for sample in pen:
...         session.feed(sample)
"""

from __future__ import annotations

import os
import re
import select
import time
from pathlib import Path

from ..errors import DeviceError
from . import _evdev_ioctl as _ioctl
from .assembler import Assembler
from .base import Pen
from .events import PenFrame, PenInfo
from .steady import SHORT_S, Steadier

__all__ = ["EvdevPen", "find", "open"]

_NODES = Path("/dev/input")
_CHUNK = 64 * _ioctl.EVENT.size


class EvdevPen(Pen):
    """A pen of the kernel's.

    Parameters
    ----------
    path : str
        Its node, as ``/dev/input/event5``.
    grab : bool
        Keep its events from everything else, the desktop's pointer included,
        while it is open.

    Raises
    ------
    DeviceError
        If the node cannot be opened, is no pen, or is grabbed by another.
    """

    def __init__(self, path: str, *, grab: bool = False) -> None:
        self._fd = _ioctl.open_node(path)
        try:
            self.info = _ioctl.ask_info(self._fd, path)
            if not self.info.is_pen:
                raise DeviceError(f"{path} ({self.info.name}) is no pen; see 'inkrec devices'")
            self.monotonic = _ioctl.set_monotonic(self._fd)
            self._assembler = Assembler(self.info)
            self._steadier = Steadier(self.info, hold_first=False)
            self._held_until = 0.0
            if grab:
                self._grab()
            self._begin()
        except BaseException:
            os.close(self._fd)
            raise
        self._gone: DeviceError | None = None

    def _begin(self) -> None:
        """Take what is in sight already: it sent its events before anyone listened."""
        try:
            self._assembler.begin(*_ioctl.ask_state(self._fd, self.info))
        except OSError as error:
            raise DeviceError(
                f"{self.info.path} went away: {error.strerror}; plug it in again"
            ) from None

    def _grab(self) -> None:
        try:
            _ioctl.grab(self._fd, True)
        except OSError as error:
            raise DeviceError(
                f"{self.info.path} cannot be grabbed: {error.strerror}; "
                "another program may hold it, or leave grab off"
            ) from None

    def fileno(self) -> int:
        """The file descriptor, for ``select`` and ``loop.add_reader``.

        A pen that goes out of sight while it touches is held for 0.06 s: `wait` knows, and
        whoever waits otherwise reads once more after that.

        Raises
        ------
        DeviceError
            If the pen was closed.
        """
        if self.ended:
            raise DeviceError(f"{self.info.path} was closed; open it again")
        return self._fd

    def wait(self, timeout: float | None = None) -> bool:
        if self._gone is not None:
            return True
        if not self._steadier.holding:
            return bool(select.select([self.fileno()], [], [], timeout)[0])
        left = max(0.0, self._held_until - time.monotonic())
        until = left if timeout is None else min(left, max(0.0, timeout))
        return bool(select.select([self.fileno()], [], [], until)[0]) or until == left

    def read(self) -> list[PenFrame]:
        """Give the frames that are there, without waiting.

        Raises
        ------
        DeviceError
            If the device went away; the call before has closed the open stroke.
        """
        if self._gone is not None:
            raise self._gone
        frames: list[PenFrame] = []
        for frame in self._read():
            frames += self._steadier.feed(frame)
            self._held_until = time.monotonic() + SHORT_S
        if self._gone is not None or (
            self._steadier.holding and time.monotonic() >= self._held_until
        ):
            frames += self._steadier.close()
        if self._gone is not None and not frames:
            raise self._gone
        return frames

    def _read(self) -> list[PenFrame]:
        frames: list[PenFrame] = []
        while events := _ioctl.unpack(self._chunk()):
            for event in events:
                frames += self._assembler.feed(event)
                if self._assembler.lost:
                    frames += self._recover(events[-1].t)
                    break
        if self._gone is not None:
            frames += self._assembler.close()
        return frames

    def _chunk(self) -> bytes:
        if self._gone is not None:
            return b""
        try:
            return os.read(self.fileno(), _CHUNK)
        except BlockingIOError:
            return b""
        except DeviceError:
            raise
        except OSError as error:
            self._gone = DeviceError(
                f"{self.info.path} ({self.info.name}) went away: {error.strerror}; plug it in again"
            )
            return b""

    def _recover(self, t: float) -> tuple[PenFrame, ...]:
        """Skip what is queued and ask for the state: the queue is older than it."""
        while stale := _ioctl.unpack(self._chunk()):
            t = stale[-1].t
        if self._gone is not None:
            return ()
        try:
            return self._assembler.resync(*_ioctl.ask_state(self._fd, self.info), t)
        except OSError:
            return ()  # unplugged between two calls: the next read says so

    def close(self) -> None:
        if not self.ended:
            self.ended = True
            os.close(self._fd)


def _number(path: Path) -> int:
    digits = re.sub(r"\D", "", path.name)
    return int(digits) if digits else 0


def find() -> tuple[list[PenInfo], list[str]]:
    """The pens that may be read, and the nodes that may not.

    Returns
    -------
    pens : list of PenInfo
    forbidden : list of str
        Paths of nodes of unknown kind: any of them may be a pen.
    """
    pens, forbidden = [], []
    for path in sorted(_NODES.glob("event*"), key=_number):
        if not os.access(path, os.R_OK):
            forbidden.append(str(path))
            continue
        try:
            fd = _ioctl.open_node(str(path))
        except DeviceError:
            continue
        try:
            info = _ioctl.ask_info(fd, str(path))
            if info.is_pen:
                pens.append(info)
        except DeviceError:
            pass
        finally:
            os.close(fd)
    return pens, forbidden


def open(which: str | None = None, *, grab: bool = False) -> EvdevPen:
    """A pen by its path, by a part of its name, or the first there is.

    Raises
    ------
    DeviceError
        If there is none, or it may not be read: says what gives access.
    """
    if which is not None and "/" in which and (which[0] == "/" or os.path.exists(which)):
        return EvdevPen(which, grab=grab)
    pens, forbidden = find()
    for info in pens:
        if which is None or which.casefold() in info.name.casefold():
            assert info.path is not None
            return EvdevPen(info.path, grab=grab)
    wanted = "no pen" if which is None else f"no pen with {which!r} in its name"
    seen = f"; there are: {', '.join(p.name for p in pens)}" if pens else ""
    if forbidden:
        cure = _ioctl.access_cure(forbidden[0])
        raise DeviceError(
            f"{wanted} was found{seen}; {len(forbidden)} of the devices in {_NODES} may not be "
            f"read: {cure}"
        )
    raise DeviceError(f"{wanted} was found in {_NODES}{seen}; plug one in, or use the mouse")
