"""InkML's brushes: which tool a stroke was made with, its colour and its width (4.5)."""

from __future__ import annotations

from typing import NamedTuple

from .._style import color_of, tool_of
from .._xml import Element
from .channels import PER_MM, decimal

__all__ = ["Brush", "brush_of"]

_SEEN_THROUGH = 64  # of 255: ink of a transparency above this is a highlighter's


class Brush(NamedTuple):
    """What a brush draws.

    Attributes
    ----------
    tool : str
        Of `TOOLS`.
    color : str or None
    width_mm : float or None
    white : bool
        Whether it draws in opaque white.
    """

    tool: str = "pen"
    color: str | None = None
    width_mm: float | None = None
    white: bool = False


def brush_of(element: Element | None) -> Brush:
    """What a ``<brush>`` draws; a pen's ink where there is none.

    A highlighter is what lets the text shine through: its raster operation is ``maskPen``,
    as Microsoft's programs write it, or it is more than a quarter transparent. A tool in
    the brush's id or its annotations counts first.
    """
    if element is None:
        return Brush()
    values = {
        child.get("name"): child for child in element if child.name == "brushProperty"
    }  # fmt: skip
    said = " ".join(
        [element.get("id"), *(child.text for child in element if child.name == "annotation")]
    )
    color = color_of(_value(values, "color"))
    transparency = decimal(_value(values, "transparency")) or 0.0
    if 0 < transparency < 1:
        transparency *= 255  # a share, not one of 255 steps
    tool = tool_of(said)
    if tool == "pen":
        tool = tool_of(_value(values, "tool") or _value(values, "type"))
    if tool in ("pen", "brush", "marker") and (
        _value(values, "rasterOp").lower() == "maskpen" or transparency > _SEEN_THROUGH
    ):
        tool = "highlighter"
    white = color == "#ffffff" and not transparency
    if color is not None and len(color) == 7 and 0 < transparency <= 255:
        color += f"{255 - round(transparency):02x}"
    return Brush(tool, color, _width(values.get("width")), white)


def _value(values: dict[str, Element], name: str) -> str:
    return values[name].get("value") if name in values else ""


def _width(element: Element | None) -> float | None:
    if element is None:
        return None
    value, per_mm = decimal(element.get("value")), PER_MM.get(element.get("units").lower())
    return value / per_mm if value and per_mm else None
