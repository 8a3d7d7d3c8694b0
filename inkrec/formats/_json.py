"""JSON within bounds; of a file that was cut, what is there."""

from __future__ import annotations

import json
import re
from typing import Any

from ..errors import FormatError
from ._files import Source, name_of, reading
from ._report import Report

__all__ = ["MAX_JSON", "decoded", "load", "number", "numbers", "parsed"]

MAX_JSON = 128 << 20
"""Bytes of a document: parsed it may take twenty times as much memory."""

_TOKEN = re.compile(r'[\[\]{},]|"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_CLOSING = {"{": "}", "[": "]"}
_MOST_DIGITS = 300  # more are no number of ink


def load(file: Source, report: Report) -> Any:
    """The document of a file, gzip or plain.

    Parameters
    ----------
    file : path or binary file
    report : Report
        What is told of a document that is cut or damaged: what lies before is given.

    Raises
    ------
    FormatError
        If there is nothing, it is larger than `MAX_JSON`, or nested too deep.
    """
    with reading(file, report) as stream:
        data = stream.read(MAX_JSON + 1)
    if len(data) > MAX_JSON:
        raise FormatError(
            f"more than {MAX_JSON >> 20} MiB of JSON; no page of ink has as much",
            file=name_of(file),
        )
    return parsed(decoded(data), report)


def decoded(data: bytes) -> str:
    """A text of UTF-8 or UTF-16, without its byte order mark."""
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    return data.decode("utf-16" if wide else "utf-8-sig", "replace")


def parsed(text: str, report: Report) -> Any:
    """The document of a text; see `load`."""
    if not text.strip():
        report.refuse_nothing()
        raise FormatError("an empty file; expected JSON", file=report.file)
    try:
        return json.loads(text, parse_int=_whole)
    except json.JSONDecodeError as error:
        report.lost("what follows", f"broken JSON: {error.msg}", error.lineno)
        whole = _closed(text[: error.pos])
    except RecursionError:
        raise FormatError("JSON nested too deep", file=report.file) from None
    if not whole:
        report.refuse_nothing()
    try:
        return json.loads(whole, parse_int=_whole)
    except (ValueError, RecursionError):
        report.refuse_nothing()
        raise FormatError("broken JSON", file=report.file) from None


def _whole(digits: str) -> float:
    return int(digits) if len(digits) <= _MOST_DIGITS else float("inf")


def _closed(text: str) -> str:
    """A beginning of JSON up to its last whole value, with what it opened closed."""
    opened: list[str] = []
    end, closing = 0, ""
    for token in _TOKEN.finditer(text):
        kind = token[0][0]
        if kind in "[{":
            opened.append(kind)
            if len(opened) > 500:
                return ""
            if kind == "[":
                end, closing = token.end(), _close(opened)
        elif kind in "]}":
            if not opened:
                break
            opened.pop()
            end, closing = token.end(), _close(opened)
        elif kind == ",":
            end, closing = token.start(), _close(opened)
    return text[:end] + closing


def _close(opened: list[str]) -> str:
    return "".join(_CLOSING[one] for one in reversed(opened))


def number(value: Any) -> float:
    """A number, or NaN where it is none."""
    if type(value) in (int, float):
        try:
            return float(value)
        except OverflowError:
            pass
    return float("nan")


def numbers(values: Any) -> list[float]:
    """The numbers of a list, NaN for an item that is none; nothing where it is no list."""
    return [number(value) for value in values] if isinstance(values, list) else []
