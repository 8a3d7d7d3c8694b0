"""The lines of a JSON lines file, checked one by one."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

from ...errors import FormatError
from .. import _files
from .._report import Report

__all__ = ["FORMAT", "MAX_LINE", "VERSION", "Record", "records"]

FORMAT = "inkrec"
VERSION = 1

MAX_LINE = 16 << 20
"""Bytes of a line: a stroke of 400,000 points."""

_KINDS = ("stroke", "down", "hover", "label")


class Record(NamedTuple):
    """A line.

    Attributes
    ----------
    kind : str
        ``header``, ``stroke``, ``down``, ``hover``, ``label``, or ``truncated`` for a last
        line that was cut off.
    value : dict, list of (t, x, y, pressure), str or None
    line : int
        From 1.
    style : dict
        Of a stroke, ``tool``, ``color`` and ``width`` where they are told.
    """

    kind: str
    value: Any
    line: int
    style: dict[str, Any] = {}  # noqa: RUF012


def records(stream: BinaryIO, file: str | None, report: Report | None = None) -> Iterator[Record]:
    """The lines of a file; the first is a header.

    Parameters
    ----------
    stream : binary file
    file : str or None
        For messages.
    report : Report, optional
        Where it is given, a bad line is left out and told to it, and time is not checked.

    Raises
    ------
    FormatError
        If a line is not of this format, a time runs backwards within an ink, or the
        file has no whole line.
    """
    checks = _Checks(file, report)
    while raw := stream.readline(MAX_LINE + 1):
        checks.line += 1
        if len(raw) > MAX_LINE:
            raise checks.error(f"a line of more than {MAX_LINE >> 20} MiB")
        if checks.line == 1:
            raw = raw.removeprefix(b"\xef\xbb\xbf")
        if not raw.strip():
            continue
        whole = raw.endswith(b"\n")
        try:
            content = _parsed(raw)
        except ValueError as error:
            if whole or not checks.begun:
                checks.lost(checks.error(f"expected a JSON object, {error}"))
                continue
            yield Record("truncated", None, checks.line)
            return
        try:
            yield checks.record(content)
        except FormatError as error:
            checks.lost(error)
    if not checks.begun:
        if report is not None:
            report.refuse_nothing()
        raise FormatError(f'an empty file; expected {{"format": "{FORMAT}", ...}}', file=file)


def _parsed(raw: bytes) -> dict[str, Any]:
    try:
        content = json.loads(raw.decode(), parse_constant=_refused)
    except UnicodeDecodeError:
        raise ValueError("found bytes that are not UTF-8") from None
    except RecursionError:
        raise ValueError("found one nested too deep") from None
    except json.JSONDecodeError as error:
        found = raw[:40].decode(errors="replace").strip()
        raise ValueError(f"found {found!r} ({error.msg} at column {error.pos + 1})") from None
    if not isinstance(content, dict):
        raise ValueError(f"found a {type(content).__name__}")
    return content


def _refused(constant: str) -> None:
    raise ValueError(f"found {constant}, which is no JSON number")


class _Checks:
    """What must hold from line to line."""

    def __init__(self, file: str | None, report: Report | None) -> None:
        self._report = report
        self.line = 0
        self.begun = False
        self._file = file
        self._last = -math.inf
        self._timed: bool | None = None
        self._points = 0

    def error(self, message: str) -> FormatError:
        return FormatError(message, file=self._file, line=self.line)

    def lost(self, error: FormatError) -> None:
        """Tell of a bad line, or refuse it; a bad header, and what has no end, always."""
        if self._report is None or not self.begun or "more than" in error.message:
            raise error
        if "version" in error.message:
            raise error
        self._report.lost("a line", error)

    def record(self, content: dict[str, Any]) -> Record:
        if "format" in content or not self.begun:
            return Record("header", self._header(content), self.line)
        kind = next((kind for kind in _KINDS if kind in content), None)
        if kind is None:
            raise self.error(f"expected one of {', '.join(_KINDS)}, found {_short(list(content))}")
        value = content[kind]
        if kind == "label":
            return Record(kind, self._text(value), self.line)
        if not isinstance(value, list) or not value:
            raise self.error(
                f"{kind} expects samples [[t, x, y, pressure], ...], found {_short(value)}"
            )
        self._points += len(value)
        if self._points > _files.MAX_POINTS:
            raise self.error(f"more than {_files.MAX_POINTS} samples")
        samples = [self._sample(item, kind) for item in value]
        names = ("tool", "color", "width")
        style = {key: value for key, value in content.items() if key in names}
        return Record(kind, samples, self.line, style)

    def _header(self, content: dict[str, Any]) -> dict[str, Any]:
        if content.get("format") != FORMAT:
            raise self.error(f'expected {{"format": "{FORMAT}", ...}}, found {_short(content)}')
        version = content.get("version")
        if type(version) is not int or version < 1:
            raise self.error(f"expected a version, 1 or more, found {_short(version)}")
        if version > VERSION:
            raise self.error(f"version {version}; this inkrec reads {VERSION}: upgrade inkrec")
        units = content.get("units_per_mm")
        if units is not None:
            content["units_per_mm"] = self._number(units, "units_per_mm")
            if not content["units_per_mm"] > 0:
                raise self.error(f"units_per_mm is {units}; it must be positive or null")
        self.begun = True
        self._last = -math.inf
        self._timed = None
        return content

    def _sample(self, item: Any, kind: str) -> tuple[float | None, float, float, float | None]:
        if not isinstance(item, list) or len(item) not in (3, 4):
            raise self.error(
                f"expected a sample [t, x, y] or [t, x, y, pressure], found {_short(item)}"
            )
        t, x, y = item[:3]
        pressure = item[3] if len(item) == 4 else None
        if pressure is not None:
            pressure = self._number(pressure, "pressure")
            if not 0 <= pressure <= 1:
                raise self.error(f"pressure is {pressure}; it must lie in 0 to 1")
        if self._report is None and self._timed not in (None, t is not None):
            raise self.error("some samples of the ink have a time and others none; all or none")
        self._timed = t is not None
        if t is not None:
            t = self._number(t, "t")
            if t < self._last and self._report is None:
                raise self.error(f"t = {t} comes after {self._last}; time must not run backwards")
            self._last = t
        elif kind != "stroke" and self._report is None:
            raise self.error(f"a {kind} sample has no time; only a stroke may do without")
        return t, self._number(x, "x"), self._number(y, "y"), pressure

    def _number(self, value: Any, name: str) -> float:
        if type(value) not in (int, float):
            raise self.error(f"{name} is {_short(value)}; expected a number")
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise self.error(f"{name} is beyond all bounds; it must be finite")
        return number

    def _text(self, value: Any) -> str:
        if not isinstance(value, str):
            raise self.error(f"the label is {_short(value)}; expected a text")
        try:
            value.encode()
        except UnicodeEncodeError:
            raise self.error(
                "the label holds half a surrogate pair; expected whole characters"
            ) from None
        return value


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
