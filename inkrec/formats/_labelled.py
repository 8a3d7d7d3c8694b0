"""Ink with the text it stands for."""

from __future__ import annotations

from typing import NamedTuple

from ..ink import Ink

__all__ = ["Labelled"]


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
