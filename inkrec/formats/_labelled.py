"""Ink with the text it stands for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from ..errors import FormatError, InkError
from ..ink.strokes import Ink

__all__ = ["Labelled", "some", "worded"]


class Labelled(NamedTuple):
    """Ink and its true text.

    Attributes
    ----------
    ink : Ink
    label : str or None
        None where the file tells no text.
    """

    ink: Ink
    label: str | None = None


def some(items: Iterable[tuple[Ink, str | None]], file: str | None) -> list[Labelled]:
    """The items, of which there must be some: no file reads as no ink.

    Raises
    ------
    FormatError
        If there are none.
    InkError
        If one is no pair of ink and text.
    """
    held = [_pair(item) for item in items]
    if not held:
        raise FormatError("no ink is to be written; give one or more", file=file)
    return held


def worded(label: Any) -> str:
    """A label that is a text.

    Raises
    ------
    InkError
        If it is none: a file that held it could not be read again.
    """
    if not isinstance(label, str):
        raise InkError(f"the label is {label!r}; give a text")
    return label


def _pair(item: Any) -> Labelled:
    pair = isinstance(item, tuple) and len(item) == 2
    if not (pair and isinstance(item[0], Ink)):
        raise InkError(f"{item!r} is no pair of Ink and its text or None")
    return Labelled(item[0], None if item[1] is None else worded(item[1]))
