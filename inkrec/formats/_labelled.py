"""Ink with the text it stands for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..errors import FormatError
from ..ink import Ink

__all__ = ["Labelled", "some"]


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
    """
    held = [Labelled(ink, label) for ink, label in items]
    if not held:
        raise FormatError("no ink is to be written; give one or more", file=file)
    return held
