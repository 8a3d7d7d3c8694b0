"""Reading UNIPEN: all pen-down components of a file, or its labelled segments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ...errors import FormatError, InkError
from ...ink.strokes import Ink, Stroke
from .._files import Source, name_of, reading
from .._labelled import Labelled
from .sets import Component, Set, pieces, sets
from .words import Library, folder, lex

__all__ = ["Segment", "read", "read_labelled", "segments"]

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
