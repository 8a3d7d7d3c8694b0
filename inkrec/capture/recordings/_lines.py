"""The lines of a recording, as it was made: quoting and indentation of mails taken away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from os import PathLike, fspath

from ...errors import FormatError
from ..assembler import assemble
from ..events import BTN_TOUCH, EV_KEY, Axis, Event, PenFrame, PenInfo
from ..steady import steadied

__all__ = ["MAX_DIGITS", "MAX_EVENTS", "Recording", "head_of", "lines", "shown", "too_many"]

MAX_EVENTS = 5_000_000
"""Hours of writing."""

MAX_DIGITS = 19
"""Those of 64 bits; the kernel's numbers have 32 and its seconds 64."""

_LONGEST_LINE = 100_000  # characters
_QUOTED = re.compile(r"[ \t]*(?:[>|][ \t]?)*[ \t]*")
_LITTLE = 0.01  # of the range: pressure up to it is none


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
        """What the pen did.

        Where its tip's button never comes, pressure tells contact. A loss of the pen's
        sight for less than 0.06 s and a single sample far off are passed over.
        """
        contact = "button" if self._has_touch else "pressure"
        return steadied(assemble(self.info, self.events, contact=contact), self.info)

    @property
    def _has_touch(self) -> bool:
        return any(e.type == EV_KEY and e.code == BTN_TOUCH and e.value == 1 for e in self.events)

    def why_no_stroke(self) -> str | None:
        """Why the pen never touched, as a clause; None where it did.

        Examples
        --------
        >>> Recording(PenInfo("pen"), ()).why_no_stroke()
        'it holds no event'
        """
        if any(frame.touching for frame in self.frames()):
            return None
        if not self.events:
            return "it holds no event"
        codes = {(e.type, e.code) for e in self.events}
        if not {(3, 0), (3, 1)} <= codes:
            return f"none of its {len(self.events):,} events tells a position (ABS_X, ABS_Y)"
        pressures = [e.value for e in self.events if (e.type, e.code) == (3, 24)]
        axis = self.info.axes.get(24, Axis(0, 0))
        if not pressures:
            return "no event says that the tip touches (BTN_TOUCH) or presses (ABS_PRESSURE)"
        return (
            "no event says that the tip touches (BTN_TOUCH), and pressure goes up to "
            f"{max(pressures)} of {axis.maximum}; the pen only hovered"
        )


def head_of(path: str | PathLike[str], size: int = 4096) -> str:
    """The first characters of a file, without quoting."""
    with open(path, "rb") as file:
        raw = file.read(size)
    wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = raw.decode("utf-16" if wide else "utf-8-sig", "replace")
    prefix = _prefix(text.splitlines())
    return "\n".join(_without(line, prefix) for line in text.splitlines())


def lines(path: str | PathLike[str]) -> Iterator[tuple[int, str, bool]]:
    """Number, text and whether it is whole, for each line."""
    prefix = _prefix_of(path)
    with open(path, "rb") as raw:
        wide = raw.read(2) in (b"\xff\xfe", b"\xfe\xff")
    encoding = "utf-16" if wide else "utf-8-sig"
    with open(path, encoding=encoding, errors="replace") as file:
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
            yield number, _without(line.rstrip(), prefix), whole


def _prefix_of(path: str | PathLike[str]) -> str:
    with open(path, "rb") as file:
        raw = file.read(4096)
    wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    return _prefix(raw.decode("utf-16" if wide else "utf-8-sig", "replace").splitlines()[:-1])


def _prefix(head: list[str]) -> str:
    """What stands in front of every line: marks of quotation, or spaces."""
    told = [line for line in head if line.strip(" \t>|")]
    if not told:
        return ""
    prefixes = [found[0] for line in told if (found := _QUOTED.match(line))]
    prefix = min(prefixes, key=len)
    return prefix if all(one.startswith(prefix) for one in prefixes) else ""


def _without(line: str, prefix: str) -> str:
    return line.removeprefix(prefix) if line.startswith(prefix) else line.lstrip(" \t>|")


def shown(text: str) -> str:
    """What an error shows of a text that may be very long."""
    return repr(text if len(text) <= 100 else text[:100] + "...")


def too_many(path: str | PathLike[str], line: int) -> FormatError:
    """The error for a recording without end."""
    return FormatError(f"more than {MAX_EVENTS:,} events; cut it", file=fspath(path), line=line)
