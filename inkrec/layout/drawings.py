"""Strokes that are no writing: what each drawing is, and which writing it is about."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .shapes import StrokeLike, StrokeShapes, text_size
from .skew import estimate_skew, rotation
from .stroke_classifier import KINDS, StrokeClassifier, bundled_classifier

__all__ = ["FoundDrawing", "StrokeRole", "classify_strokes", "find_drawings"]

Integers = npt.NDArray[np.int64]

_SURE = 0.75  # probability of a drawing from which a stroke is one,
_WITH = 0.3  # and beside a stroke that is
_SECOND_LOOK = 0.5  # strokes that are left out when the others are looked at again
_FEW = 4  # strokes: so few, and no writing beside them, are signs such as dashes and brackets
# text sizes between strokes of one drawing
_TOGETHER = {
    "underline": 1.2, "strike-through": 0.7, "scribble": 0.4, "circle": 0.8, "frame": 1.2,
    "rule": 0.4, "arrow": 1.2, "bullet": 0.5, "tick": 0.8, "hatching": 1.5, "other": 1.0,
}  # fmt: skip
_UNDER = 3.2  # text sizes over an underline that its writing may stand,
_SAME_LINE = 1.6  # and how much farther than the nearest of it
_OVER = 1.0  # text sizes from a strike-through to the middle of what it crosses out
_ERASERS = frozenset({"eraser"})
_MARKERS = frozenset({"highlighter", "marker"})


class StrokeRole(NamedTuple):
    """What a stroke is.

    Attributes
    ----------
    kind : str
        One of `inkrec.layout.KINDS`, ``"writing"`` among them, or ``"highlighter"`` or
        ``"eraser"`` where its tool says so.
    confidence : float
        0 to 1, of its being writing or not.
    """

    kind: str
    confidence: float

    @property
    def is_writing(self) -> bool:
        """Whether it belongs to text."""
        return self.kind == "writing"


class FoundDrawing(NamedTuple):
    """Strokes that make one drawing.

    Attributes
    ----------
    kind : str
    strokes : tuple of int
        Places of its strokes, rising.
    about : tuple of int
        Places of the strokes of writing that it underlines, crosses out, encloses or marks.
    """

    kind: str
    strokes: tuple[int, ...]
    about: tuple[int, ...]


def classify_strokes(
    strokes: Sequence[StrokeLike], *, classifier: StrokeClassifier | None = None
) -> list[StrokeRole]:
    """What each stroke is, by its form and by what stands around it.

    The order of the strokes says nothing.

    Parameters
    ----------
    strokes : sequence of Stroke
        Of a line or a page; one may have a ``tool``.
    classifier : StrokeClassifier, optional
        The bundled one by default.

    Returns
    -------
    list of StrokeRole

    Examples
    --------
    >>> from inkrec import Stroke
    >>> letters = [Stroke([x, x + 1, x + 2, x + 3], [0, 10, 0, 10]) for x in range(0, 90, 6)]
    >>> roles = classify_strokes([*letters, Stroke([-2, 45, 94], [15, 15.2, 15])])
    >>> roles[0].kind, roles[-1].kind
    ('writing', 'underline')
    """
    return _roles(strokes, StrokeShapes.of(strokes), classifier or bundled_classifier())[0]


def find_drawings(
    strokes: Sequence[StrokeLike], *, classifier: StrokeClassifier | None = None
) -> list[FoundDrawing]:
    """The drawings among strokes; what is in none of them is writing.

    Parameters
    ----------
    strokes : sequence of Stroke
    classifier : StrokeClassifier, optional

    Returns
    -------
    list of FoundDrawing
        In the order of their first strokes.
    """
    shapes = StrokeShapes.of(strokes)
    roles, shapes, size = _roles(strokes, shapes, classifier or bundled_classifier())
    drawn = np.array([not role.is_writing for role in roles], dtype=bool)
    if not drawn.any():
        return []
    kinds = [role.kind for role in roles]
    found = []
    writing = np.flatnonzero(~drawn)
    for kind in sorted(set(kinds) - {"writing"}):
        rows = np.flatnonzero([k == kind for k in kinds])
        for group in _groups(shapes, rows, _TOGETHER.get(kind, 1.0) * size):
            found.append(_described(kind, group, shapes, writing, size))
    return sorted(found, key=lambda d: d.strokes)


def _roles(
    strokes: Sequence[StrokeLike], shapes: StrokeShapes, classifier: StrokeClassifier
) -> tuple[list[StrokeRole], StrokeShapes, float]:
    """Roles, the shapes with the writing level, and its text size."""
    tools = [getattr(stroke, "tool", None) for stroke in strokes]
    roles: list[StrokeRole | None] = [_tool_role(tool) for tool in tools]
    rows = np.array([i for i, role in enumerate(roles) if role is None], dtype=np.int64)
    pen = shapes.take(rows)
    size = text_size(pen)
    angle = estimate_skew(pen, size)
    probabilities = classifier.classify(pen.transformed(rotation(-angle)), size)
    drawing = 1.0 - probabilities[:, 0]
    first = drawing > _SECOND_LOOK
    if first.any() and not first.all():
        # without the drawings size and level are surer
        kept = pen.take(~first)
        size = text_size(kept) or size
        angle = estimate_skew(kept, size)
        level = pen.transformed(rotation(-angle))
        probabilities = classifier.classify(level, size)
        drawing = 1.0 - probabilities[:, 0]
    level = shapes.transformed(rotation(-angle))
    sure = drawing > _SURE
    if sure.any():
        sure |= _beside(level.take(rows), sure, size) & (drawing > _WITH)
    if sure.all() and len(sure) <= _FEW:
        sure[:] = False
    kinds = 1 + probabilities[:, 1:].argmax(axis=1)
    for k, i in enumerate(rows.tolist()):
        kind = KINDS[kinds[k]] if sure[k] else KINDS[0]
        roles[i] = StrokeRole(kind, float(drawing[k] if sure[k] else 1.0 - drawing[k]))
    return [role for role in roles if role is not None], level, size


def _tool_role(tool: object) -> StrokeRole | None:
    if tool in _ERASERS:
        return StrokeRole("eraser", 1.0)
    return StrokeRole("highlighter", 1.0) if tool in _MARKERS else None


def _beside(
    shapes: StrokeShapes, sure: npt.NDArray[np.bool_], size: float
) -> npt.NDArray[np.bool_]:
    """Strokes of which an end lies on a sure drawing's end, such as heads of arrows."""
    ends = shapes.path[:, [0, -1]]
    others = ends[sure].reshape(-1, 2)
    near = np.zeros(len(shapes), bool)
    for i in np.flatnonzero(~sure).tolist():
        middle = shapes.path[i, [0, shapes.path.shape[1] // 2, -1]]
        near[i] = bool((np.abs(others[:, None] - middle[None]).max(axis=2) < 0.7 * size).any())
    return near


def _groups(shapes: StrokeShapes, rows: Integers, gap: float) -> list[Integers]:
    """Strokes that lie closer than a gap, transitively, by their boxes."""
    boxes = shapes.boxes[rows]
    order = np.argsort(boxes[:, 0], kind="stable")
    parent = list(range(len(rows)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    lefts = boxes[order, 0]
    last = np.searchsorted(lefts, boxes[order, 2] + gap, side="right")
    for place, i in enumerate(order.tolist()):
        others = order[place + 1 : last[place]]
        near = (boxes[others, 1] < boxes[i, 3] + gap) & (boxes[i, 1] < boxes[others, 3] + gap)
        for j in others[near].tolist():
            a, b = root(i), root(j)
            parent[max(a, b)] = min(a, b)
    roots = np.array([root(i) for i in range(len(rows))])
    return [rows[roots == r] for r in np.unique(roots)]


def _described(
    kind: str, group: Integers, shapes: StrokeShapes, writing: Integers, size: float
) -> FoundDrawing:
    """A drawing, the writing that it is about, and a kind that fits that."""
    about: Integers = np.zeros(0, np.int64)
    if len(writing):
        text = shapes.take(writing)
        mine = shapes.take(group)
        if kind in ("underline", "rule"):
            about = _over(mine, text, size)
        elif kind in ("strike-through", "scribble", "highlighter", "eraser"):
            about = _crossed(mine, text, size)
        elif kind in ("circle", "frame", "other"):
            about = _enclosed(mine, text)
        elif kind in ("bullet", "tick"):
            about = _beside_item(mine, text, size)
        about = writing[about]
    if kind == "underline" and not len(about):
        kind = "rule"
    if kind in ("circle", "frame") and not len(about):
        kind = "other"
    if kind == "rule":
        about = about[:0]
    return FoundDrawing(kind, tuple(group.tolist()), tuple(about.tolist()))


def _over(lines: StrokeShapes, text: StrokeShapes, size: float) -> Integers:
    """Writing that stands on a line, as far as the line reaches."""
    path = lines.path.reshape(-1, 2)
    order = np.argsort(path[:, 0])
    x = (text.left + text.right) / 2
    y = np.interp(x, path[order, 0], path[order, 1])
    middle = text.path[:, :, 1].mean(axis=1)
    up = (y - middle) / size
    here = (x > path[:, 0].min() - 0.3 * size) & (x < path[:, 0].max() + 0.3 * size)
    here &= (up > 0) & (up < _UNDER)
    if not here.any():
        return np.flatnonzero(here)
    large = here & (text.length > size)
    nearest = float(np.percentile(up[large], 25)) if large.any() else float(up[here].min())
    return np.flatnonzero(here & (up < nearest + _SAME_LINE))


def _crossed(strokes: StrokeShapes, text: StrokeShapes, size: float) -> Integers:
    """Writing that strokes go across."""
    path = strokes.path.reshape(-1, 2)
    x, y = text.path[:, :, 0].mean(axis=1), text.path[:, :, 1].mean(axis=1)
    left, top = path.min(axis=0)
    right, bottom = path.max(axis=0)
    order = np.argsort(path[:, 0])
    if bottom - top < 1.5 * size:
        level = np.interp(x, path[order, 0], path[order, 1])
        high = np.abs(y - level) < _OVER * size
    else:
        high = (y > top - 0.2 * size) & (y < bottom + 0.2 * size)
    return np.flatnonzero((x > left - 0.2 * size) & (x < right + 0.2 * size) & high)


def _enclosed(strokes: StrokeShapes, text: StrokeShapes) -> Integers:
    """Writing whose middle lies inside what strokes surround."""
    middles = text.path.mean(axis=1)
    path = strokes.path.reshape(-1, 2)
    low, high = path.min(axis=0), path.max(axis=0)
    inside = ((middles > low) & (middles < high)).all(axis=1)
    for k in np.flatnonzero(inside).tolist():
        angles = np.sort(np.arctan2(*(path - middles[k]).T[::-1]))
        gaps = np.diff(np.append(angles, angles[0] + 2 * math.pi))
        inside[k] = bool(gaps.max() < 1.8)  # seen from inside it is on all sides
    return np.flatnonzero(inside)


def _beside_item(strokes: StrokeShapes, text: StrokeShapes, size: float) -> Integers:
    """Writing on the level of a bullet or a tick, to the side that it stands nearer to."""
    box = strokes.boxes
    y = (box[:, 1].min() + box[:, 3].max()) / 2
    level = np.abs(text.path[:, :, 1].mean(axis=1) - y) < 1.2 * size
    right = level & (text.left > box[:, 2].max() - 0.3 * size)
    return np.flatnonzero(right if right.any() else level)
