"""What there is to show, and what of it can be tapped."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import pygame

from .page import ShownWord

__all__ = ["Dialog", "Target", "ViewState"]


class Target(NamedTuple):
    """Something that can be tapped."""

    rect: pygame.Rect
    kind: str
    value: object = None


@dataclass
class Dialog:
    """A question with a line to type in."""

    title: str
    hint: str
    text: str = ""
    kind: str = ""
    sure: str = ""
    """The name that was asked about, as its file exists."""


@dataclass
class ViewState:
    """What is to be shown."""

    lines: list[list[ShownWord]] = field(default_factory=list)
    selected: ShownWord | None = None
    typed: str = ""
    row: int | None = None
    """The first row of text, once it was scrolled; None follows the selected word."""
    pen: str = ""
    pen_alive: bool = True
    reading: str = ""
    reading_bad: bool = False
    message: str = ""
    message_bad: bool = False
    blank: bool = True
    dialog: Dialog | None = None
    help: bool = False
    held: Target | None = None
