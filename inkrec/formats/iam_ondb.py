"""One line of IAM-OnDB: the XML of the whiteboard capture (``lineStrokes/``).

x, y in the whiteboard's units with y downward, t in s. The stamps of this corpus
are repaired, not refused: some were lost (written as 0) and some run backwards
by a few hundredths of a second.
"""

from __future__ import annotations

import io
from os import PathLike, fspath
from typing import Any, BinaryIO, NamedTuple
from xml.etree.ElementTree import ParseError

import defusedxml.ElementTree as safe
import numpy as np
import numpy.typing as npt
from defusedxml import DefusedXmlException

from ..errors import FormatError, InkError
from ..ink import Ink, Stroke

__all__ = ["Repairs", "read", "read_repaired"]

LIMIT = 64 << 20
"""Bytes that a file may have; the largest line of the corpus has 0.3 MB."""

_STEP = 0.015
_LINE_SECONDS = 600.0

Array = npt.NDArray[np.float64]
Source = str | PathLike[str] | BinaryIO


class Repairs(NamedTuple):
    """What was mended in a line.

    Attributes
    ----------
    lost : int
        Stamps that were far before their line, filled in from their neighbours.
    backwards : int
        Stamps that ran backwards by a little, raised to the one before.
    empty : int
        Strokes without a point, left out.
    """

    lost: int = 0
    backwards: int = 0
    empty: int = 0


def read(file: Source) -> Ink:
    """The ink of one line.

    Parameters
    ----------
    file : path or binary file

    Returns
    -------
    Ink
        y downward; t in s as in the file, repaired where it ran backwards.

    Raises
    ------
    FormatError
        If the file is no such XML, is larger than 64 MiB or holds no point.
    """
    return read_repaired(file)[0]


def read_repaired(file: Source) -> tuple[Ink, Repairs]:
    """The ink of one line, and what had to be mended in it; see `read`."""
    if isinstance(file, (str, PathLike)):
        name: str | None = fspath(file)
        with open(file, "rb") as stream:
            data = stream.read(LIMIT + 1)
    else:
        name = getattr(file, "name", None)
        name = name if isinstance(name, str) else None
        data = file.read(LIMIT + 1)
    if len(data) > LIMIT:
        raise FormatError(f"larger than {LIMIT} bytes; no line of IAM-OnDB is", file=name)
    strokes, empty = _strokes(_root(data, name), name)
    sizes = [len(s) for s in strokes]
    x, y, t = np.concatenate(strokes).T
    t, lost, backwards = _mend(t)
    cuts = np.cumsum(sizes)[:-1]
    parts = zip(np.split(x, cuts), np.split(y, cuts), np.split(t, cuts), strict=True)
    try:
        ink = Ink([Stroke(*columns) for columns in parts])
    except InkError as error:
        raise FormatError(str(error), file=name) from None
    return ink, Repairs(lost, backwards, empty)


def _root(data: bytes, name: str | None) -> Any:
    try:
        root = safe.parse(io.BytesIO(data), forbid_dtd=True).getroot()
    except ParseError as error:
        line = getattr(error, "position", (None,))[0]
        raise FormatError(f"broken XML: {error}", file=name, line=line) from None
    except (DefusedXmlException, LookupError, ValueError) as error:
        raise FormatError(f"refused XML: {error!r}", file=name) from None
    if root.tag != "WhiteboardCaptureSession":
        raise FormatError(
            f"expected <WhiteboardCaptureSession>, found <{root.tag}>", file=name, line=1
        )
    return root


def _strokes(root: Any, name: str | None) -> tuple[list[Array], int]:
    strokes: list[Array] = []
    empty = 0
    for k, element in enumerate(root.iter("Stroke")):
        try:
            points = [(p.attrib["x"], p.attrib["y"], p.attrib["time"]) for p in element]
            columns = np.array(points, dtype=np.float64).reshape(-1, 3)
        except KeyError as error:
            raise FormatError(
                f"a point of stroke {k} has no {error.args[0]}; expected x, y and time", file=name
            ) from None
        except ValueError as error:
            raise FormatError(f"stroke {k}: expected numbers, {error}", file=name) from None
        if not np.isfinite(columns).all():
            raise FormatError(f"stroke {k} holds a value that is not finite", file=name)
        if len(columns):
            strokes.append(columns)
        else:
            empty += 1
    if not strokes:
        raise FormatError("no point in the file; expected <Stroke> with <Point>", file=name)
    return strokes, empty


def _mend(t: Array) -> tuple[Array, int, int]:
    """Stamps that never run backwards.

    A stamp ten minutes before the line's median, or 0 where the median is not, is lost: it takes its
    predecessor's time and a step of 15 ms, but not more than the next that is
    known. Then small steps back are raised to the highest stamp so far.
    """
    middle = np.median(t)
    lost = (t < middle - _LINE_SECONDS) | ((t == 0) & (middle > 60))
    times = t.copy()
    if lost.any():
        kept = np.flatnonzero(~lost)
        for i in range(kept[0] - 1, -1, -1):
            times[i] = times[i + 1] - _STEP
        ahead = np.append(np.minimum.accumulate(np.where(lost, np.inf, t)[::-1])[::-1], np.inf)
        for i in np.flatnonzero(lost).tolist():
            if i > kept[0]:
                times[i] = min(times[i - 1] + _STEP, float(ahead[i]))
    backwards = int((np.diff(times) < 0).sum())
    return np.maximum.accumulate(times), int(lost.sum()), backwards
