"""From a pen's surface to the window."""

from __future__ import annotations

from typing import NamedTuple

from ..capture import PenFrame

__all__ = ["Mapping", "display_to_window", "ink_to_line", "tablet_to_window"]

_FILL = 0.92  # of the ruling, that a line of ink from a file is made as high as
_ONE_LINE = 2.2  # times as wide as high: narrower ink is a page


class Mapping(NamedTuple):
    """``scale * position + offset`` on each axis."""

    scale_x: float = 1.0
    scale_y: float = 1.0
    dx: float = 0.0
    dy: float = 0.0

    def __call__(self, frame: PenFrame) -> PenFrame:
        return frame._replace(
            x=self.scale_x * frame.x + self.dx, y=self.scale_y * frame.y + self.dy
        )


def tablet_to_window(extent: tuple[float, float], window: tuple[int, int]) -> Mapping:
    """An opaque tablet onto the whole window: circles stay circles, all can be reached.

    Examples
    --------
    >>> tablet_to_window((200, 100), (1000, 1000))
    Mapping(scale_x=10.0, scale_y=10.0, dx=-500.0, dy=0.0)
    """
    scale = max(window[0] / extent[0], window[1] / extent[1])
    dx, dy = (window[0] - scale * extent[0]) / 2, (window[1] - scale * extent[1]) / 2
    return Mapping(scale, scale, dx, dy)


def display_to_window(
    extent: tuple[float, float], desktop: tuple[int, int], position: tuple[int, int]
) -> Mapping:
    """A display tablet: ink appears under the tip, wherever the window is.

    Examples
    --------
    >>> display_to_window((192, 108), (1920, 1080), (100, 50))
    Mapping(scale_x=10.0, scale_y=10.0, dx=-100, dy=-50)
    """
    return Mapping(desktop[0] / extent[0], desktop[1] / extent[1], -position[0], -position[1])


def ink_to_line(
    bounds: tuple[float, float, float, float],
    page: tuple[float, float, float, float],
    ruling_top: float,
    spacing: float,
) -> tuple[Mapping, bool]:
    """Ink of a file onto the page: a line on the first ruled line, else all of it.

    Parameters
    ----------
    bounds : tuple of float
        Of the ink: left, top, right, bottom.
    page : tuple of float
        Of the page: left, top, right, bottom.
    ruling_top, spacing : float
        Of the ruled lines.

    Returns
    -------
    mapping : Mapping
    one_line : bool
    """
    left, top, right, bottom = bounds
    width, height = max(right - left, 1e-9), max(bottom - top, 1e-9)
    room = 0.94 * (page[2] - page[0])
    one_line = width > _ONE_LINE * height
    if one_line:
        scale = min(_FILL * spacing / height, room / width)
        y = ruling_top + 0.5 * spacing - scale * (top + height / 2)
    else:
        scale = min(room / width, 0.94 * (page[3] - page[1]) / height)
        y = ruling_top - scale * top
    return Mapping(scale, scale, page[0] + 0.03 * (page[2] - page[0]) - scale * left, y), one_line
