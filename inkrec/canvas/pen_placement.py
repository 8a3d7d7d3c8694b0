"""Where a pen's ink falls in the window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import pygame

from ..capture import Pen, PenFrame, ReplayPen
from .mapping import Box, Mapping, display_to_window, ink_to_page, tablet_to_window
from .sources import InkReplay
from .view import View

__all__ = ["PenPlacement", "Placement", "fit"]


class Placement(NamedTuple):
    """How a pen's surface lies on the window.

    Attributes
    ----------
    mapping : Mapping
    one_line : bool
        Whether everything it writes is one line, wherever it is.
    units_per_mm : float or None
        Window pixels in a millimetre of the pen's surface.
    """

    mapping: Mapping = Mapping()
    one_line: bool = False
    units_per_mm: float | None = None


def fit(strokes: Sequence[Box], view: View) -> Placement:
    """Ink from a file, made to fit the page where it does not."""
    page, ruling = view.page, view.ruling
    box = (page.left, page.top, page.right, page.bottom)
    return Placement(*ink_to_page(strokes, box, ruling.top, ruling.line_height))


class PenPlacement:
    """A pen's surface, laid on the window.

    Parameters
    ----------
    pen : Pen or None
        None is the mouse.
    position : callable
        Tells where the window stands on the desktop.

    Attributes
    ----------
    placement : Placement
    """

    def __init__(self, pen: Pen | None, position: Callable[[], tuple[int, int]]) -> None:
        self.placement = Placement()
        self._pen = pen
        self._position = position
        self._view: View | None = None  # what it is still to be laid on
        self._began = self._down = False

    def place(self, view: View) -> None:
        """Lay it on a window that is another, or elsewhere, as soon as the pen is up.

        A replay of ink stays as it began.
        """
        if not (self._began and isinstance(self._pen, InkReplay)):
            self._view = view
        self._settle()

    def to_window(self, frame: PenFrame) -> PenFrame:
        """The pen's next frame in window pixels."""
        self._settle()
        self._began, self._down = True, frame.touching
        return self.placement.mapping(frame)

    def _settle(self) -> None:
        if self._view is not None and not self._down:
            self.placement = _place(self._pen, self._view, self._position)
            self._view = None


def _place(pen: Pen | None, view: View, position: Callable[[], tuple[int, int]]) -> Placement:
    if isinstance(pen, InkReplay):
        return fit(pen.boxes, view)
    extent = None if pen is None else pen.info.extent
    if pen is None or extent is None:
        return Placement()
    if pen.info.direct and not isinstance(pen, ReplayPen):
        desktop = pygame.display.get_desktop_sizes()[0]
        mapping = display_to_window(extent, desktop, position())
    else:
        mapping = tablet_to_window(extent, pygame.display.get_window_size())
    return Placement(mapping, units_per_mm=mapping.scale_x if pen.info.units_per_mm else None)
