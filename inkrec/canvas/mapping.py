"""From a pen's surface to the window."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from ..capture import PenFrame

__all__ = ["Mapping", "count_lines", "display_to_window", "ink_to_page", "tablet_to_window"]

_FILL = 0.92  # of the ruling, that a line of ink from a file is made as high as
_LIKE = (0.1, 0.9)  # of the ruling: strokes as high as this were written on such a page

Box = tuple[float, float, float, float]


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


def ink_to_page(
    strokes: Sequence[Box], page: Box, ruling_top: float, line_height: float
) -> tuple[Mapping, bool]:
    """Ink of a file onto the ruled lines of a page.

    What was written on such a page stays where it is; a line is put on the first
    ruled line; several are spread over as many.

    Parameters
    ----------
    strokes : sequence of (left, top, right, bottom)
        Bounds of each stroke, in order of writing.
    page : tuple of float
        Left, top, right and bottom of the page.
    ruling_top, spacing : float
        Of the ruled lines.

    Returns
    -------
    mapping : Mapping
    one_line : bool
        Whether all of it is one line of writing.
    """
    left, top = min(b[0] for b in strokes), min(b[1] for b in strokes)
    right, bottom = max(b[2] for b in strokes), max(b[3] for b in strokes)
    width, height = max(right - left, 1e-9), max(bottom - top, 1e-9)
    lines = count_lines(strokes)
    within = page[0] <= left and right <= page[2] and page[1] <= top and bottom <= page[3]
    if (
        within
        and _LIKE[0] * line_height < median(b[3] - b[1] for b in strokes) < _LIKE[1] * line_height
    ):
        return Mapping(), False
    room = page[2] - page[0]
    scale = min(_FILL * line_height * lines / height, 0.94 * room / width)
    y = ruling_top + 0.5 * line_height * lines - scale * (top + height / 2)
    return Mapping(scale, scale, page[0] + 0.03 * room - scale * left, y), lines == 1


def count_lines(strokes: Sequence[Box]) -> int:
    """How often the pen went back to the left and down, and the first line.

    Examples
    --------
    >>> count_lines([(0, 0, 9, 9), (50, 0, 90, 9), (0, 20, 9, 29), (50, 20, 90, 29)])
    2
    """
    width = max(b[2] for b in strokes) - min(b[0] for b in strokes)
    lines = 1
    furthest = strokes[0][2]
    lowest = strokes[0][3]
    for left, top, right, bottom in strokes[1:]:
        if furthest - left > 0.35 * width and (top + bottom) / 2 > lowest:
            lines += 1
            furthest, lowest = right, bottom
        else:
            furthest, lowest = max(furthest, right), max(lowest, bottom)
    return lines
