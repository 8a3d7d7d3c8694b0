"""Writing SVG pictures of ink."""

from __future__ import annotations

from collections.abc import Sequence

from ...errors import InkError
from ...ink.picture import own_color, picture
from ...ink.strokes import Ink
from .._files import Source, save
from .._xml import attribute, escape

__all__ = ["render", "write"]


def write(
    file: Source,
    ink: Ink,
    *,
    label: str | None = None,
    colors: str | Sequence[str] | None = None,
) -> None:
    """Write a picture of the ink; see `render`."""
    save(file, render(ink, label=label, colors=colors).encode())


def render(ink: Ink, *, label: str | None = None, colors: str | Sequence[str] | None = None) -> str:
    """A picture of the ink as SVG.

    Parameters
    ----------
    ink : Ink
    label : str, optional
        A caption, drawn beneath.
    colors : str or sequence of str, optional
        CSS colours: one for all strokes, or one each; by default the strokes' own.

    Returns
    -------
    str
        A whole document. Its ``viewBox`` is 1000 wide, or 1000 high where the ink is
        higher than wide; where the ink's size in mm is known, its ``width`` and
        ``height`` say it.

    Raises
    ------
    InkError
        If there are more or fewer colours than strokes.

    Examples
    --------
    >>> from inkrec import Stroke
    >>> picture = render(Ink([Stroke([0, 30, 30], [0, 0, 10])]))
    >>> print(picture.splitlines()[1])
    <path stroke="#1a1a2e" d="M40 40l920 0l0 306.7"/>
    """
    if colors is None:
        each = [own_color(stroke) for stroke in ink]
    else:
        each = [colors] * len(ink) if isinstance(colors, str) else list(colors)
    if len(each) != len(ink):
        raise InkError(f"{len(each)} colours for {len(ink)} strokes; give one, or one each")
    caption = None if label is None else escape(label)
    return picture(ink, [attribute(color) for color in each], caption)
