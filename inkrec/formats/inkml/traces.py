"""The text of an InkML trace: points of values, differences and second differences (3.2.1)."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from ...errors import FormatError
from .contexts import Channel, Context

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


def columns(text: str, context: Context, file: str | None, line: int) -> dict[str, Array]:
    """The values of each channel at each point.

    Parameters
    ----------
    text : str
        What stands in ``<trace>``.
    context : Context
    file, line
        Where it stands, for messages.

    Returns
    -------
    dict from a channel's name to an array of shape (n,)
        NaN where no value is reported.

    Raises
    ------
    FormatError
        If a point has too few or too many values, or one that cannot be read.

    Examples
    --------
    The second point moves by (2, 3); from the third on, the movement itself changes:

    >>> text = "10 20,'2'3," + '"1"-1,0 0'
    >>> columns(text, Context(), None, 1)["X"].tolist()
    [10.0, 12.0, 15.0, 18.0]
    """
    points = text.split(",")
    if not points[-1].strip(_SPACE):
        points.pop()
    table = _plain(points, text, context)
    if table is None:
        track = [_Track(channel) for channel in context.channels]
        table = np.empty((len(points), len(track)))
        for i, point in enumerate(points):
            try:
                table[i] = _point(point, track)
            except ValueError as error:
                raise FormatError(
                    f"point {i + 1} of a trace: {error}", file=file, line=line
                ) from None
    if np.isinf(table).any():
        i = int(np.argwhere(np.isinf(table))[0, 0])
        raise FormatError(
            f"point {i + 1} of a trace: a value beyond all bounds", file=file, line=line
        )
    return {c.name: table[:, k] for k, c in enumerate(context.channels)}


def _plain(points: list[str], text: str, context: Context) -> Array | None:
    """The table of a trace of explicit numbers only, which most are; None for any other."""
    if not _PLAIN.fullmatch(text):
        return None
    if any(c.intermittent or c.boolean for c in context.channels):
        return None
    rows = [point.split() for point in points]
    width = len(context.channels)
    if any(len(row) != width for row in rows):
        return None
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
