"""Strokes that are no writing: what each drawing is, and which writing it is about."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .arrows import is_arrow
from .shapes import Floats, StrokeLike, StrokeShapes, text_size
from .skew import estimate_skew, rotation
from .stroke_classifier import KINDS, StrokeClassifier, bundled_classifier

__all__ = ["FoundDrawing", "StrokeRole", "classify_strokes", "find_drawings"]

Integers = npt.NDArray[np.int64]

_SURE = 0.75  # probability of a drawing from which a stroke is one,
_WITH = 0.2  # and where it stands alone, or ends where one does that is
_ALONE = 1.2  # text sizes from writing, and no smaller, to stand alone
_SECOND_LOOK = 0.5  # strokes that are left out when the others are looked at again
_OTHER_SIZE, _OTHER_ANGLE = 0.05, 0.01  # logarithm and radians: what makes a difference
_ROWS = 1000  # strokes that are compared with others in one go
_FEW = 4  # strokes: so few, and no writing beside them, are signs such as dashes and brackets
# text sizes between strokes of one drawing
_TOGETHER = {
    "underline": 1.2, "strike-through": 0.7, "scribble": 0.4, "circle": 0.8, "frame": 1.2,
    "rule": 0.4, "arrow": 1.2, "bullet": 0.5, "tick": 0.8, "hatching": 1.5, "other": 1.0,
}  # fmt: skip
_UNDER = 3.2  # text sizes over an underline that its writing may stand,
_SAME_LINE = 1.6  # and how much farther than the nearest of it
_OVER = 1.0  # text sizes from a strike-through to the middle of what it crosses out
# what a letter may be taken for; in text sizes
_LETTER, _LETTER_GAP = 8.0, 1.0  # extent of arrows beside letters, and how near these stand;
_SMALL, _WIDE_GAP = 5.0, 2.5  # smaller ones may be letters of a hand that writes widely
_SAME_ROW, _ITEM_GAP = 8.0, 0.3  # bullets and ticks: no text on both sides, none as near
_HATCHES, _HATCHING_GAP = 5, 1.5  # fewer strokes so near to text are no hatching
_STEEP, _UNDOUBTED = 0.25, 0.97  # rise of an underline over its width, unless it is sure
_DRAWING_TOOLS = ("highlighter", "eraser")  # whatever they draw


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
        old, turned = size, angle
        size = text_size(kept) or size
        angle = estimate_skew(kept, size)
        if abs(math.log(size / old)) > _OTHER_SIZE or abs(angle - turned) > _OTHER_ANGLE:
            probabilities = classifier.classify(pen.transformed(rotation(-angle)), size)
            drawing = 1.0 - probabilities[:, 0]
    level = shapes.transformed(rotation(-angle))
    sure = drawing > _SURE
    maybe = ~sure & (drawing > _WITH)
    if maybe.any():
        sure |= maybe & _alone(level.take(rows), maybe | sure, size)
        sure |= maybe & _beside(level.take(rows), sure, size)
    if sure.all() and len(sure) <= _FEW:
        sure[:] = False
    kinds = 1 + probabilities[:, 1:].argmax(axis=1)
    if sure.any():
        sure &= ~_letters(level.take(rows), kinds, sure, drawing, size)
    # what a program drew is no writing, whatever it looks like
    sure |= np.array([tools[i] == "shape" for i in rows.tolist()], dtype=bool)
    for k, i in enumerate(rows.tolist()):
        kind = KINDS[kinds[k]] if sure[k] else KINDS[0]
        roles[i] = StrokeRole(kind, float(drawing[k] if sure[k] else 1.0 - drawing[k]))
    return [role for role in roles if role is not None], level, size


def _tool_role(tool: object) -> StrokeRole | None:
    return StrokeRole(tool, 1.0) if isinstance(tool, str) and tool in _DRAWING_TOOLS else None


def _letters(
    shapes: StrokeShapes,
    kinds: Integers,
    drawn: npt.NDArray[np.bool_],
    probability: Floats,
    size: float,
) -> npt.NDArray[np.bool_]:
    """Drawings that stand among letters as letters do: these are taken for writing after all."""
    found = np.zeros(len(shapes), bool)
    text = shapes.take(~drawn)
    if not len(text):
        return found
    boxes = text.boxes
    for kind in np.unique(kinds[drawn]).tolist():
        name = KINDS[kind]
        for group in _groups(shapes, np.flatnonzero(drawn & (kinds == kind)), size):
            box = shapes.boxes[group]
            left, top, *_ = box.min(axis=0)
            *_, right, bottom = box.max(axis=0)
            level = np.minimum(boxes[:, 3], bottom) - np.maximum(boxes[:, 1], top) > 0.2 * size
            level |= (boxes[:, 1] < (top + bottom) / 2) & (boxes[:, 3] > (top + bottom) / 2)
            to_left = np.where(level & (boxes[:, 0] < left), left - boxes[:, 2], np.inf).min()
            to_right = np.where(level & (boxes[:, 2] > right), boxes[:, 0] - right, np.inf).min()
            gap = min(to_left, to_right) / size
            extent = max(right - left, bottom - top) / size
            if name in ("bullet", "tick"):
                between = max(to_left, to_right) < _SAME_ROW * size
                found[group] = between or gap < _ITEM_GAP or not level.any()
            elif name == "arrow":
                near = gap < _LETTER_GAP or (extent < _SMALL and gap < _WIDE_GAP)
                letter = extent < _LETTER and near
                found[group] = letter and not is_arrow(shapes.path[group], size)
            elif name == "other":
                found[group] = extent < _SMALL and gap < _LETTER_GAP
            elif name == "hatching":
                found[group] = len(group) < _HATCHES and gap < _HATCHING_GAP
            elif name == "underline":
                chord = shapes.path[group, -1] - shapes.path[group, 0]
                steep = np.abs(chord[:, 1]) > _STEEP * np.abs(chord[:, 0])
                found[group] = steep & (probability[group] < _UNDOUBTED)
    return found


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


def _alone(
    shapes: StrokeShapes, asked: npt.NDArray[np.bool_], size: float
) -> npt.NDArray[np.bool_]:
    """Which of the strokes that are asked for have no others near them."""
    boxes, others = shapes.boxes, shapes.boxes[~asked]
    found = np.zeros(len(shapes), bool)
    for i in np.flatnonzero(asked).tolist():
        box = boxes[i]
        apart = np.maximum(others[:, :2] - box[2:], box[:2] - others[:, 2:]).max(axis=1)
        extent = float((box[2:] - box[:2]).max())
        level = (others[:, 1] < box[3]) & (others[:, 3] > box[1]) & (apart < _SAME_ROW * size)
        large = extent > (_LETTER if level.any() else _ALONE) * size
        found[i] = large and bool((apart > _ALONE * size).all())
    return found


def _groups(shapes: StrokeShapes, rows: Integers, gap: float) -> list[Integers]:
    """Strokes that lie closer than a gap, transitively, by their boxes."""
    boxes = shapes.boxes[rows]
    rows = rows[np.argsort(boxes[:, 0], kind="stable")]
    boxes = shapes.boxes[rows]
    last = np.searchsorted(boxes[:, 0], boxes[:, 2] + gap, side="right")
    label = np.arange(len(rows))
    while True:
        before = label.copy()
        for first in range(0, len(rows), _ROWS):
            a = np.arange(first, min(first + _ROWS, len(rows)))
            many = np.maximum(last[a] - a - 1, 0)
            a = np.repeat(a, many)
            b = a + 1 + np.arange(len(a)) - np.repeat(np.cumsum(many) - many, many)
            near = (boxes[b, 1] < boxes[a, 3] + gap) & (boxes[a, 1] < boxes[b, 3] + gap)
            a, b = a[near], b[near]
            least = np.minimum(label[a], label[b])
            np.minimum.at(label, a, least)
            np.minimum.at(label, b, least)
        while (label != label[label]).any():
            label = label[label]
        if (label == before).all():
            break
    order = np.argsort(label, kind="stable")
    cuts = np.flatnonzero(np.diff(label[order])) + 1
    return [np.sort(part) for part in np.split(rows[order], cuts)]


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
