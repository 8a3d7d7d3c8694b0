"""The text of an InkML trace: points of values, differences and second differences (3.2.1)."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from .._report import Report
from .channels import Channel, Context

__all__ = ["columns"]

Array = npt.NDArray[np.float64]

_PLAIN = re.compile(r"[0-9+\-.eE, \t\r\n]*")
_VALUE = re.compile(
    r"""[ \t\r\n]*(?:
        (?P<prefix>[!'"]?) [ \t\r\n]* (?:
            (?P<number>[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
          | (?P<sign>-?)\#(?P<hex>[0-9A-Fa-f]+)
          | (?P<same>\*)
        )
      | (?P<word>[TF?])
    )""",
    re.VERBOSE,
)
_SPACE = " \t\r\n"
_ORDER = {"!": 0, "'": 1, '"': 2}


def columns(
    text: str, context: Context, report: Report, line: int | None = None
) -> dict[str, Array]:
    """The values of each channel at each point.

    A point that cannot be read is left out, and with it those that are told as differences
    from it; what is wrong goes to the report.

    Parameters
    ----------
    text : str
        What stands in ``<trace>``.
    context : Context
    report : Report
    line : int, optional
        Where it stands, for messages.

    Returns
    -------
    dict from a channel's name to an array of shape (n,)
        NaN where no value is reported.

    Examples
    --------
    The second point moves by (2, 3); from the third on, the movement itself changes:

    >>> text = "10 20,'2'3," + '"1"-1,0 0'
    >>> columns(text, Context(), Report(None))["X"].tolist()
    [10.0, 12.0, 15.0, 18.0]
    """
    points = text.split(",")
    if not points[-1].strip(_SPACE):
        points.pop()
    table = _plain(points, text, context, report, line)
    if table is None:
        table = _one_by_one(points, context, report, line)
    beyond = np.isinf(table).any(axis=1)
    if beyond.any():
        i = int(beyond.argmax())
        report.lost("a point", f"point {i + 1} of a trace: a value beyond all bounds", line)
        table = table[~beyond]
    return {c.name: table[:, k] for k, c in enumerate(context.channels)}


def _one_by_one(points: list[str], context: Context, report: Report, line: int | None) -> Array:
    """The table of points of any kind."""
    track = [_Track(channel) for channel in context.channels]
    rows = []
    for i, point in enumerate(points):
        try:
            rows.append(_point(point, track))
        except ValueError as error:
            related = any(state.order for state in track)
            what = "a point and what follows it in its trace" if related else "a point"
            report.lost(what, f"point {i + 1} of a trace: {error}", line)
            if related:
                break
    return np.array(rows, np.float64).reshape(-1, len(track))


def _plain(
    points: list[str], text: str, context: Context, report: Report, line: int | None
) -> Array | None:
    """The table of a trace of explicit numbers only, which most are; None for any other.

    All points may have more values than there are channels, or stand in one row without
    commas between them.
    """
    if not _PLAIN.fullmatch(text):
        return None
    if any(c.intermittent or c.boolean for c in context.channels):
        return None
    rows = [point.split() for point in points]
    width = len(context.channels)
    held = len(rows[0]) if rows else width
    if any(len(row) != held for row in rows) or held < width:
        return None
    if len(rows) == 1 and held > width and held % width == 0:
        report.mended("points stand in a trace without commas between them", line)
        rows = [rows[0][i : i + width] for i in range(0, held, width)]
    elif held > width:
        names = ", ".join(c.name for c in context.channels)
        why = f"{held} values in a point; the channels are {names}"
        report.lost("the last value of each point in a trace", why, line)
        rows = [row[:width] for row in rows]
    try:
        flat = [float(value) for row in rows for value in row]
    except ValueError:
        return None
    return np.array(flat).reshape(-1, width)


class _Track:
    """Where a channel stands between two points: its value, its difference and that one's."""

    __slots__ = ("channel", "difference", "order", "second", "value")

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.order = 0
        self.value = float("nan") if channel.default is None else channel.default
        self.difference = 0.0
        self.second = 0.0

    def take(self, token: re.Match[str]) -> float:
        """The value that a token reports."""
        word = token["word"]
        if word == "?":
            return float("nan")
        if word:
            if not self.channel.boolean:
                raise ValueError(f"channel {self.channel.name} is a number, found {word!r}")
            self.value = float(word == "T")
            return self.value
        if token["prefix"]:
            self.order = _ORDER[token["prefix"]]
            if self.order and self.value != self.value:
                raise ValueError(f"channel {self.channel.name} begins with a difference")
        if token["same"]:
            if self.value != self.value:
                raise ValueError(f"channel {self.channel.name} begins with '*'")
        else:
            self._set(_float(token))
        if self.order == 2:
            self.difference += self.second
        if self.order:
            self.value += self.difference
        return self.value

    def _set(self, number: float) -> None:
        if self.order == 0:
            self.value = number
        elif self.order == 1:
            self.difference = number
        else:
            self.second = number


def _float(token: re.Match[str]) -> float:
    if token["number"]:
        return float(token["number"])
    try:
        return float(int(token["sign"] + token["hex"], 16))
    except OverflowError:
        raise ValueError("a hexadecimal number beyond all bounds") from None


def _point(text: str, track: list[_Track]) -> list[float]:
    values: list[float] = []
    at, end = 0, len(text.rstrip(_SPACE))
    while at < end:
        token = _VALUE.match(text, at)
        if token is None:
            raise ValueError(f"expected a number, found {text[at : at + 20].strip()!r}")
        if len(values) == len(track):
            names = ", ".join(t.channel.name for t in track)
            raise ValueError(f"more than {len(track)} values; the channels are {names}")
        values.append(track[len(values)].take(token))
        at = token.end()
    for state in track[len(values) :]:
        if not state.channel.intermittent:
            names = ", ".join(t.channel.name for t in track)
            raise ValueError(f"{len(values)} values; the channels are {names}")
        values.append(state.value)
    return values
