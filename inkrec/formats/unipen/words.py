"""The words of UNIPEN: keywords with their arguments, labels, and included files."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Iterator
from os.path import isfile
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ...errors import FormatError
from .._files import MAX_POINTS, reading

__all__ = ["Label", "Library", "Mark", "flat", "folder", "label_of", "lex"]

MAX_DEPTH = 8
"""Includes inside one another; the definition of the format allows one."""

MAX_INCLUDES = 1000
"""Includes below one file; the largest of train_r01_v07 has 13."""

Array = npt.NDArray[np.float64]

_KEYWORD = re.compile(r"^\.([A-Z][A-Z0-9_]*)", re.MULTILINE)
_LABEL = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_FRACTION = re.compile(r"[.eE]")
_PEN = ("PEN_DOWN", "PEN_UP")


class Mark(NamedTuple):
    """A keyword and what stands behind it, up to the next.

    ``text`` is empty for components whose numbers are all whole.
    """

    keyword: str
    text: str
    numbers: Array | None
    line: int


class Label(NamedTuple):
    """The arguments of a ``.SEGMENT`` and where it stands."""

    level: str
    delineation: str
    quality: str
    text: str | None
    file: str | None
    line: int


def lex(data: bytes, file: str | None) -> list[Mark]:
    """The keywords of one file, with the numbers of its components read.

    Raises
    ------
    FormatError
        If there is no keyword, or a component holds something else than finite numbers.
    """
    text = data.decode("latin-1").replace("\r\n", "\n").replace("\r", "\n")
    marks: list[Mark] = []
    line, counted, points = 1, 0, 0
    match = _KEYWORD.search(text)
    if match is None:
        raise FormatError("no keyword such as .VERSION or .PEN_DOWN; not UNIPEN", file=file)
    while match is not None:
        keyword, start = match[1], match.end()
        line += text.count("\n", counted, match.start())
        counted = match.start()
        after = _KEYWORD.search(text, start)
        if keyword == "SEGMENT":
            after = _behind_label(text, start, after)
        body = text[start : after.start() if after else len(text)]
        numbers = None
        if keyword in _PEN:
            numbers = _numbers(body, file, line)
            points += len(numbers) // 2
            if points > MAX_POINTS:
                raise FormatError(f"more than {MAX_POINTS} points", file=file, line=line)
            body = body if _FRACTION.search(body) else ""
        marks.append(Mark(keyword, body.strip(), numbers, line))
        match = after
    return marks


def _behind_label(text: str, start: int, after: re.Match[str] | None) -> re.Match[str] | None:
    """The keyword after a label that itself holds a line starting with a dot."""
    if after is None:
        return None
    opened = text.find('"', start, after.start())
    closed = _LABEL.match(text, opened) if opened >= 0 else None
    if closed is None or closed.end() <= after.start():
        return after
    return _KEYWORD.search(text, closed.end())


def _numbers(body: str, file: str | None, line: int) -> Array:
    try:
        numbers = np.array(body.split(), dtype=np.float64)
    except ValueError as error:
        raise FormatError(
            f"expected the numbers of a component, {error}", file=file, line=line
        ) from None
    if not np.isfinite(numbers).all():
        raise FormatError("a component holds a value that is not finite", file=file, line=line)
    return numbers


def label_of(mark: Mark, file: str | None) -> Label:
    """The arguments of ``.SEGMENT level [delineation [quality [label]]]``."""
    before, quote, rest = mark.text.partition('"')
    words = before.split()
    closed = _LABEL.fullmatch(quote + rest)
    if not 1 <= len(words) <= 3 or (quote and closed is None):
        raise FormatError(
            f'expected .SEGMENT level delineation quality "label", found {mark.text[:60]!r}',
            file=file,
            line=mark.line,
        )
    level, delineation, quality = [*words, "?", "?"][:3]
    text = None if closed is None else _unescape(closed[1])
    return Label(level, delineation, quality, text, file, mark.line)


def _unescape(text: str) -> str:
    plain = re.sub(r"[\n\t]", " ", text)
    return _ESCAPE.sub(lambda m: {"n": "\n", "t": "\t"}.get(m[1], m[1]), plain)


class Library:
    """Where ``.INCLUDE`` finds its files; the last ones stay parsed.

    Parameters
    ----------
    load : callable
        Gives the bytes of a file by the name that ``.INCLUDE`` uses, or None.
    keep : int
        How many files stay parsed.
    """

    def __init__(self, load: Callable[[str], bytes | None], keep: int = 16) -> None:
        self._load = load
        self._keep = keep
        self._held: OrderedDict[str, list[Mark]] = OrderedDict()

    def marks(self, name: str, file: str | None, line: int) -> list[Mark]:
        """The keywords of an included file.

        Raises
        ------
        FormatError
            If its name leaves the folder of includes, or there is no such file.
        """
        if name not in self._held:
            path = PurePosixPath(name)
            if not name or path.is_absolute() or ".." in path.parts or "\\" in name:
                raise FormatError(
                    f".INCLUDE {name!r} leaves the folder of includes", file=file, line=line
                )
            data = self._load(name)
            if data is None:
                raise FormatError(
                    f".INCLUDE {name!r} is not there; give root=, the folder that holds it",
                    file=file,
                    line=line,
                )
            self._held[name] = lex(data, name)
            while len(self._held) > self._keep:
                self._held.popitem(last=False)
        self._held.move_to_end(name)
        return self._held[name]


def folder(root: Path) -> Library:
    """The files below a folder, for ``.INCLUDE``."""

    def load(name: str) -> bytes | None:
        path = root / name
        if not isfile(path) or not path.resolve().is_relative_to(root.resolve()):
            return None
        with reading(path) as stream:
            return stream.read()

    return Library(load)


def flat(
    marks: list[Mark], file: str | None, library: Library
) -> Iterator[tuple[str | None, Mark]]:
    """The keywords of a file with those of its includes in their place, and where each stands.

    Raises
    ------
    FormatError
        If an include is missing, or they are too many.
    """
    return _follow(marks, file, library, [MAX_INCLUDES], 0)


def _follow(
    marks: list[Mark], file: str | None, library: Library, left: list[int], depth: int
) -> Iterator[tuple[str | None, Mark]]:
    for mark in marks:
        if mark.keyword != "INCLUDE":
            yield file, mark
            continue
        left[0] -= 1
        if depth >= MAX_DEPTH or left[0] < 0:
            raise FormatError(
                f".INCLUDE {mark.text!r}: more than {MAX_DEPTH} files inside one another or "
                f"{MAX_INCLUDES} in all",
                file=file,
                line=mark.line,
            )
        inner = library.marks(mark.text, file, mark.line)
        yield from _follow(inner, mark.text, library, left, depth + 1)
