"""Pens: found, read, recorded and replayed.

An application can record without a model and recognise without a device: this
package knows ink and errors, and nothing of recognition.

::

    kernel's events ── Assembler ── PenFrame ──┬── for sample in pen: session.feed(sample)
    evemu, libinput ───────┘                   └── for frame in pen.frames(): hover, eraser ...

>>> from inkrec import capture
>>> with capture.open_pen() as pen:                       # doctest: +SKIP
...     for sample in pen:
...         hypothesis = session.feed(sample)
"""

from __future__ import annotations

from .assembler import Assembler, assemble
from .base import Pen
from .events import Axis, Event, PenFrame, PenInfo
from .recordings import Recording, is_recording, read_recording
from .replay import ReplayPen

__all__ = [
    "Assembler",
    "Axis",
    "Event",
    "Pen",
    "PenFrame",
    "PenInfo",
    "Recording",
    "ReplayPen",
    "assemble",
    "find_pens",
    "is_recording",
    "open_pen",
    "read_recording",
]


def open_pen(which: str | None = None, *, grab: bool = False) -> Pen:
    """Open a pen of this machine.

    Parameters
    ----------
    which : str, optional
        A node (``/dev/input/event5``) or a part of the device's name; without
        it, the first pen there is.
    grab : bool
        Keep its events from everything else while it is open.

    Returns
    -------
    Pen
        With ``fileno`` for ``select`` and asyncio.

    Raises
    ------
    DeviceError
        If there is none or it may not be read; says what to do.
    """
    from . import evdev

    return evdev.open(which, grab=grab)


def find_pens() -> list[PenInfo]:
    """The pens of this machine that may be read."""
    from . import evdev

    return evdev.find()[0]
