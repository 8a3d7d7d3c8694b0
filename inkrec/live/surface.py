"""Where a pen's ink falls in the window."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import pygame

from ..capture import Pen, ReplayPen
from .mapping import Box, Mapping, display_to_window, ink_to_page, tablet_to_window
from .pens import InkReplay
from .view import View

__all__ = ["Place", "fit", "place"]


class Place(NamedTuple):
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


def fit(strokes: Sequence[Box], view: View) -> Place:
    """Ink from a file, made to fit the page where it does not."""
    page, ruling = view.page, view.ruling
    box = (page.left, page.top, page.right, page.bottom)
    return Place(*ink_to_page(strokes, box, ruling.top, ruling.spacing))


def place(pen: Pen | None, view: View) -> Place:
    """A pen, or the mouse where there is none."""
    if isinstance(pen, InkReplay):
        return fit(pen.boxes, view)
    extent = None if pen is None else pen.info.extent
    if pen is None or extent is None:
        return Place()
    if pen.info.direct and not isinstance(pen, ReplayPen):
        desktop = pygame.display.get_desktop_sizes()[0]
        mapping = display_to_window(extent, desktop, _position())
    else:
        mapping = tablet_to_window(extent, pygame.display.get_window_size())
    return Place(mapping, units_per_mm=mapping.scale_x if pen.info.units_per_mm else None)


def _position() -> tuple[int, int]:
    """Where the window stands on the desktop; its corner where SDL does not tell."""
    try:
        from pygame._sdl2.video import Window as SdlWindow

        place: Any = SdlWindow.from_display_module().position
        return int(place[0]), int(place[1])
    except (ImportError, AttributeError, pygame.error):
        return 0, 0
