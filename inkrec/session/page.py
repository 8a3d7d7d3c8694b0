"""Ink of a page read line by line, its drawings left out and told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from ..ink.strokes import Ink, Stroke
from ..layout.orientation import ORIENTATIONS
from ..layout.page_layout import LineLayout, PageLayout, PageLine, lay_out
from ..layout.skew import rotation
from ..results import Alternative, Drawing, Hypothesis, PageResult
from .arrangement import with_drawings

__all__ = [
    "STEEP", "leveled", "read_one", "read_page", "text_before_next", "thinned", "with_page_strokes",
]  # fmt: skip

ReadLine = Callable[[Ink, str], tuple[Hypothesis, float]]

_TRIED = 3  # lines that are read in each orientation or arrangement that the ink may have
_KEEP = 6.0  # log-probability by which another orientation must be better
_READ = "it was turned upright before it was read"
_NOTICES = {
    "upside down": f"the ink is upside down; {_READ}",
    "mirrored": "the ink is mirrored, left for right; it was mirrored back before it was read",
    "y upward": "the ink's y grows upward; it was turned over before it was read: "
    "ink's y grows downward",
    "turned to the right": f"the ink is turned to the right by 90 degrees; {_READ}",
    "turned to the left": f"the ink is turned to the left by 90 degrees; {_READ}",
    "turned to the right and mirrored": f"the ink is turned by 90 degrees and mirrored; {_READ}",
    "turned to the left and mirrored": f"the ink is turned by 90 degrees and mirrored; {_READ}",
}
_MAX_POINTS = 4096  # of a stroke: one of more is thinned, or it would be read for minutes
STEEP = 0.3
"""Radians: lines that run at a larger angle are turned before they are read."""


def text_before_next(pre_context: str, hypothesis: Hypothesis) -> str:
    """The text in front of the next line, of that in front of a line and what this one says."""
    return " ".join([*pre_context.split(), *hypothesis.text.split(), ""]).lstrip()


def with_page_strokes(hypothesis: Hypothesis, line: PageLine) -> Hypothesis:
    """What a line says, the strokes of its words told as places in the page's ink."""
    return with_drawings(hypothesis, (), line.strokes)


def read_page(ink: Ink, read: ReadLine, pre_context: str = "") -> PageResult:
    """Read a page.

    Parameters
    ----------
    ink : Ink
    read : callable
        Reads the ink of one line after a text; what it says, and its log-probability.
    pre_context : str

    Returns
    -------
    PageResult
    """
    return _read(*_upright(ink, lay_out(list(ink)), read), read, pre_context)


def read_one(
    ink: Ink, read: ReadLine, pre_context: str = "", *, one_line: bool = False
) -> Hypothesis:
    """Read what should be one line: several are read one after the other, with a notice.

    Parameters
    ----------
    ink : Ink
    read : callable
        Reads the ink of one line after a text; what it says, and its log-probability.
    pre_context : str
    one_line : bool
        Whether it is one line wherever its strokes lie.

    Returns
    -------
    Hypothesis
        Lines of several are parted by a line feed.
    """
    turned, layout, notices = _upright(ink, lay_out(list(ink)), read)
    if one_line or not _lines_explain_more(turned, layout, read):
        layout = layout.as_one_line()
    page = _read(turned, layout, notices, read, pre_context)
    if not page.lines:
        nothing = read(Ink((), ink.units_per_mm), pre_context)[0]
        return replace(nothing, drawings=page.drawings)
    if len(page.lines) == 1:
        return replace(page.lines[0], drawings=page.drawings, notices=page.notices)
    text = "\n".join(line.text for line in page if line.text)
    likelihood = sum(line.alternatives[0].log_probability for line in page if line.alternatives)
    if not text:
        return replace(page.lines[0], drawings=page.drawings, notices=page.notices)
    notice = (
        f"the ink holds {len(page)} lines of writing; they were read one after the other: "
        "recognize_page gives each of them"
    )
    return Hypothesis(
        committed=text,
        words=tuple(word for line in page for word in line.words),
        alternatives=(Alternative(text, likelihood),),
        final=True,
        drawings=page.drawings,
        notices=(*page.notices, notice),
    )


def _lines_explain_more(ink: Ink, layout: PageLayout, read: ReadLine) -> bool:
    """Whether lines that were found explain the ink better than all of it as one line.

    A word that stands high or low looks like a line of its own; the networks tell. Of more
    lines than a few nobody means one.
    """
    if not 1 < len(layout.lines) <= _TRIED:
        return True
    apart = sum(read(_line_ink(ink, line), "")[1] for line in layout.lines)
    whole = read(_line_ink(ink, layout.as_one_line().lines[0]), "")[1]
    return apart > whole


def _upright(
    ink: Ink, layout: PageLayout, read: ReadLine
) -> tuple[Ink, PageLayout, tuple[str, ...]]:
    """The ink as it reads best, its layout, and what was done to it.

    Geometry names orientations that the ink may have; some lines are read in each of them.
    """
    if len(layout.orientations) < 2:
        return ink, layout, ()
    tried = []
    for orientation in layout.orientations:
        matrix = np.array(orientation.matrix, dtype=np.float64)
        same = orientation == ORIENTATIONS[0]
        turned = ink if same else Ink([_moved(s, matrix) for s in ink], ink.units_per_mm)
        laid = layout if same else lay_out(list(turned))
        longest = sorted(laid.lines, key=lambda line: -len(line.strokes))[:_TRIED]
        score = sum(read(_line_ink(turned, line), "")[1] for line in longest)
        ink_read = sum(_way(turned[i]) for line in longest for i in line.strokes)
        tried.append((score, ink_read, turned, laid, orientation))
    # lines of other orientations hold other strokes: what counts is how well ink is explained
    least = min(entry[1] for entry in tried)
    _, _, turned, laid, orientation = max(
        tried,
        key=lambda t: t[0] * least / max(t[1], 1e-300) + _KEEP * (t[4] == ORIENTATIONS[0]),
    )
    if orientation == ORIENTATIONS[0]:
        return turned, laid, ()
    return turned, laid, (_NOTICES[orientation.name],)


def _way(stroke: Stroke) -> float:
    """The way of the pen."""
    return float(np.hypot(np.diff(stroke.x), np.diff(stroke.y)).sum())


def _read(
    ink: Ink, layout: PageLayout, notices: tuple[str, ...], read: ReadLine, pre_context: str
) -> PageResult:
    lines: list[Hypothesis] = []
    for line in layout.lines:
        told = read(_line_ink(ink, line), pre_context)[0]
        pre_context = text_before_next(pre_context, told)
        lines.append(with_drawings(told, (), line.strokes))
    drawings = []
    for found in layout.drawings:
        about = set(found.about)
        for n, line_said in enumerate(lines):
            if about.intersection(layout.lines[n].strokes):
                with_it = with_drawings(line_said, [found], range(len(ink)))
                about |= set(with_it.drawings[-1].about)
                lines[n] = replace(with_it, drawings=())
        drawings.append(Drawing(found.kind, found.strokes, tuple(sorted(about))))
    return PageResult(tuple(lines), tuple(drawings), notices)


def _line_ink(ink: Ink, line: LineLayout) -> Ink:
    """The ink of a line, level if it was steep."""
    strokes = [thinned(ink[i]) for i in line.strokes]
    if abs(line.angle) > STEEP:
        strokes = [leveled(stroke, line.angle) for stroke in strokes]
    return Ink(strokes, ink.units_per_mm)


def thinned(stroke: Stroke) -> Stroke:
    """The stroke with no more points than can be read soon."""
    n = len(stroke)
    if n <= _MAX_POINTS:
        return stroke
    kept = np.linspace(0, n - 1, _MAX_POINTS).astype(np.int64)
    columns: Sequence[np.ndarray | None] = (stroke.x, stroke.y, stroke.t, stroke.pressure)
    return Stroke(*(None if column is None else column[kept] for column in columns))


def leveled(stroke: Stroke, angle: float) -> Stroke:
    """A stroke of a line that falls to the right by an angle, in radians, turned back by it."""
    x, y = rotation(-angle) @ np.stack([stroke.x, stroke.y])
    return stroke.replace(x=x, y=y)


def _moved(stroke: Stroke, matrix: np.ndarray) -> Stroke:
    x, y = matrix @ np.stack([stroke.x, stroke.y])
    return stroke.replace(x=x, y=y)
