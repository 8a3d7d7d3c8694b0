"""Writing whole inks as JSON lines."""

from __future__ import annotations

from collections.abc import Iterable

from ...ink.strokes import Ink
from .._files import Source, name_of, save
from .._labelled import some
from .recorder import close_up, header_line, label_line, stroke_line

__all__ = ["write", "write_labelled"]


def write(file: Source, ink: Ink, *, label: str | None = None, append: bool = False) -> None:
    """Write ink so that it reads back equal.

    Parameters
    ----------
    file : path or binary file
    ink : Ink
    label : str, optional
        Its text.
    append : bool
        Whether to add to a file's end rather than replace it.
    """
    write_labelled(file, [(ink, label)], append=append)


def write_labelled(
    file: Source, items: Iterable[tuple[Ink, str | None]], *, append: bool = False
) -> None:
    """Write several inks with their texts; see `write`.

    Raises
    ------
    FormatError
        If there is no ink.
    """
    lines = []
    for ink, label in some(items, name_of(file)):
        lines.append(header_line(ink.units_per_mm))
        lines += map(stroke_line, ink)
        if label is not None:
            lines.append(label_line(label))
    data = "".join(lines).encode()
    if append:
        close_up(file)
    save(file, data, append=append)
