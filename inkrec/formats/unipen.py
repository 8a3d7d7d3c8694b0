"""UNIPEN 1.0: ink with its segments, labels and documentation, over several files.

A file is a run of keywords that start with a dot in the first column. Components
(``.PEN_DOWN``, ``.PEN_UP``) are numbered together from 0 within a set, and only
those that hold a point count; ``.SEGMENT`` names a stretch of them, such as
``3-5,7,8:10-9:20``. The format is that of Guyon et al. (1994), "UNIPEN project of
on-line data exchange and recognizer benchmarks".

At the door: y is turned to grow downward, and scaled to the units of x where the
two differ; t is in s, from ``T`` (ms) or else from ``.POINTS_PER_SECOND``, the
points of the pen in the air and ``.DT``; pressure is divided by the largest of
its set where that is above 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from os import PathLike
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..errors import FormatError, InkError
from ..ink.strokes import Ink, Stroke
from ._files import Source, name_of, reading, save
from ._labelled import Labelled
from ._unipen_sets import Component, Set, pieces, sets
from ._unipen_words import Library, folder, lex

__all__ = ["Library", "Segment", "read", "read_labelled", "segments", "write"]

Root = str | PathLike[str] | Library | None


class Segment(NamedTuple):
    """A labelled stretch of a UNIPEN file.

    Attributes
    ----------
    level : str
        Its place in the hierarchy: ``"TEXT"``, ``"WORD"``, ``"CHARACTER"``, ...
    label : str or None
        What was written; None where the file does not say.
    quality : str
        ``"BAD"``, ``"OK"``, ``"GOOD"`` or ``"?"``.
    ink : Ink
        What the pen wrote, in the order it was written; may hold no stroke.
    delineation : str
        As in the file, for example ``"3-5,7"``.
    header : Mapping of str to str
        The documentation in force where the ink begins, by keyword without the
        dot: ``WRITER_ID``, ``DATA_SOURCE``, ``STYLE``, ...
    """

    level: str
    label: str | None
    quality: str
    ink: Ink
    delineation: str
    header: Mapping[str, str]


def read(file: Source, *, root: Root = None) -> Ink:
    """All pen-down components of a file and what it includes, as one ink.

    Parameters
    ----------
    file : path or binary file
    root : path or Library, optional
        The folder that ``.INCLUDE`` starts from. By default the folder
        ``include`` beside the file or beside one of the folders above it, and
        else the file's own folder.

    Returns
    -------
    Ink
        y downward; t in s, or no time where the file has neither ``T`` nor a
        sampling rate.

    Raises
    ------
    FormatError
        If the file is no UNIPEN, is malformed, or an include is missing.
    """
    parts: list[Component] = []
    units = None
    for one in _sets(file, root):
        parts += (c for c in _scaled(one) if c.down)
        units = one.units_per_mm
    return _ink(parts, units, name_of(file))


def segments(file: Source, *, root: Root = None) -> Iterator[Segment]:
    """The segments of a file, in the order they stand in it.

    Parameters
    ----------
    file, root
        As for `read`.

    Yields
    ------
    Segment

    Raises
    ------
    FormatError
        As for `read`, and if a segment names ink that is not there.
    """
    for one in _sets(file, root):
        yield from _of_set(one)


def read_labelled(file: Source, *, root: Root = None) -> list[Labelled]:
    """The inks of the widest segments, with their labels.

    The widest are those of the first level of ``.HIERARCHY`` that has any. A
    file without segments is one ink without a label.

    Parameters
    ----------
    file, root
        As for `read`.

    Returns
    -------
    list of Labelled

    Raises
    ------
    FormatError
        As for `segments`.
    """
    sets = list(_sets(file, root))
    found = [(one, segment) for one in sets for segment in _of_set(one)]
    order = [level for one in sets for level in one.levels]
    order += [segment.level for _, segment in found]
    held = {segment.level for _, segment in found}
    widest = next((level for level in order if level in held), None)
    if widest is None:
        parts = [c for one in sets for c in _scaled(one) if c.down]
        return [Labelled(_ink(parts, sets[-1].units_per_mm, name_of(file)))]
    return [Labelled(s.ink, s.label) for _, s in found if s.level == widest]


def _of_set(one: Set) -> Iterator[Segment]:
    components = _scaled(one)
    for label in one.labels:
        stretch = pieces(label, components)
        parts = [_cut(components[i], a, b) for i, a, b in stretch if components[i].down]
        yield Segment(
            label.level,
            label.text,
            label.quality,
            _ink(parts, one.units_per_mm, label.file, label.line),
            label.delineation,
            components[stretch[0][0]].header if stretch else {},
        )


def _sets(file: Source, root: Root) -> Iterator[Set]:
    name = name_of(file)
    with reading(file) as stream:
        marks = lex(stream.read(), name)
    library = root if isinstance(root, Library) else folder(_include_root(name, root))
    return sets(marks, name, library)


def _include_root(name: str | None, root: str | PathLike[str] | None) -> Path:
    if root is not None:
        return Path(root)
    here = Path(name or ".").absolute().parent
    for above in (here, *here.parents):
        if (above / "include").is_dir():
            return above / "include"
    return here


def _scaled(one: Set) -> list[Component]:
    """The components with their pressure between 0 and 1."""
    highest = max(
        (float(c.pressure.max()) for c in one.components if c.pressure is not None), default=0.0
    )
    scale = max(highest, 1.0)
    return [
        c if c.pressure is None else c._replace(pressure=np.clip(c.pressure, 0, None) / scale)
        for c in one.components
    ]


def _cut(component: Component, a: int, b: int) -> Component:
    return component._replace(
        x=component.x[a:b],
        y=component.y[a:b],
        t=None if component.t is None else component.t[a:b],
        pressure=None if component.pressure is None else component.pressure[a:b],
    )


def _ink(
    parts: Sequence[Component], units: float | None, file: str | None, line: int | None = None
) -> Ink:
    timed = all(c.t is not None for c in parts)
    scales = {c.units_per_mm for c in parts} or {units}
    try:
        strokes = [Stroke(c.x, c.y, c.t if timed else None, c.pressure) for c in parts]
        return Ink(strokes, scales.pop() if len(scales) == 1 else None)
    except InkError as error:
        raise FormatError(str(error), file=file, line=line) from None


def write(file: Source, ink: Ink, *, label: str | None = None) -> None:
    """Write ink as a UNIPEN file of one set, with its label as a ``TEXT`` segment.

    Every number is written with all its digits: `read` gives back equal ink.

    Parameters
    ----------
    file : path or binary file
    ink : Ink
    label : str, optional

    Raises
    ------
    FormatError
        If the label holds a character that is not in Latin-1, or a control
        character other than a tab and a new line.
    """
    lines = [".VERSION 1.0", ".DATA_SOURCE inkrec", ".HIERARCHY TEXT"]
    if ink.units_per_mm is not None:
        lines += [f".{axis}_POINTS_PER_MM {ink.units_per_mm!r}" for axis in "XY"]
    if label is not None:
        lines.append(f'.SEGMENT TEXT ? ? "{_escape(label)}"')
    columns: list[str] = []
    for stroke in ink:
        table = {"X": map(repr, stroke.x.tolist()), "Y": map(repr, (-stroke.y).tolist())}
        if stroke.t is not None:
            table["T"] = map(_ms, stroke.t.tolist())
        if stroke.pressure is not None:
            table["P"] = map(repr, stroke.pressure.tolist())
        if columns != [*table]:
            columns = [*table]
            lines.append(".COORD " + " ".join(columns))
        lines.append(".PEN_DOWN")
        lines += (" ".join(row) for row in zip(*table.values(), strict=True))
        lines.append(".PEN_UP")
    save(file, ("\n".join(lines) + "\n").encode("latin-1"))


def _ms(seconds: float) -> str:
    return str(Decimal(repr(seconds)).scaleb(3))


def _escape(label: str) -> str:
    for char in label:
        if ord(char) > 255 or (char < " " and char not in "\t\n"):
            raise FormatError(
                f"the label holds {char!r}; UNIPEN is Latin-1 without control characters: "
                "write inkml or jsonl"
            )
    plain = label.replace("\\", r"\\").replace('"', r"\"")
    return plain.replace("\n", r"\n").replace("\t", r"\t")
