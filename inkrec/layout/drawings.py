"""Strokes that are no writing: what each drawing is, and which writing it is about."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .arrows import is_arrow
from .drawing_targets import writing_about
from .neighbourhood import groups_of
from .shapes import Floats, StrokeLike, StrokeShapes, text_size
from .skew import estimate_skew, rotation
from .stroke_classifier import KINDS, StrokeClassifier, bundled_classifier

__all__ = ["FoundDrawing", "StrokeRole", "classify_strokes", "find_drawings", "told_apart"]

Integers = npt.NDArray[np.int64]

_SURE = 0.75  # probability of a drawing from which a stroke is one,
_WITH = 0.2  # and where it stands alone, or ends where one does that is
_ALONE = 1.2  # text sizes from writing, and no smaller, to stand alone
_OTHER_KIND = 0.25  # of another kind, where the likeliest cannot be
_SECOND_LOOK = 0.5  # strokes that are left out when the others are looked at again
_OTHER_SIZE, _OTHER_ANGLE = 0.05, 0.01  # logarithm and radians: what makes a difference
_FEW = 4  # strokes: so few, and no writing beside them, are signs such as dashes and brackets
# text sizes between strokes of one drawing
_TOGETHER = {
    "underline": 1.2, "strike-through": 0.7, "scribble": 0.4, "circle": 0.8, "frame": 1.2,
    "rule": 0.4, "arrow": 1.2, "bullet": 0.5, "tick": 0.8, "hatching": 1.5, "other": 1.0,
}  # fmt: skip
_RULES, _RULE_ENDS = 3, 2.0  # lines that end within so many text sizes of each other are rules
# what a letter may be taken for; in text sizes
_LETTER, _LETTER_GAP = 8.0, 1.0  # extent of arrows beside letters, and how near these stand;
_SMALL, _WIDE_GAP = 5.0, 2.5  # smaller ones may be letters of a hand that writes widely
_SAME_ROW, _ITEM_GAP = 8.0, 0.6  # bullets and ticks: no text on both sides, none as near
_HATCHES, _HATCHING_GAP = 5, 1.5  # fewer strokes so near to text are no hatching
_QUOTE, _ITEM_OFF = 1.5, 0.9  # small marks so far off the middle of the line are quotes
_BAR = 3.0  # shorter lines with letters on both sides are bars or dashes
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
    return told_apart(strokes, classifier)[0]


def told_apart(
    strokes: Sequence[StrokeLike], classifier: StrokeClassifier | None = None
) -> tuple[list[FoundDrawing], StrokeShapes, float, float]:
    """As `find_drawings`, with what was found out on the way.

    Returns
    -------
    drawings : list of FoundDrawing
    shapes : StrokeShapes
        Of all strokes, the writing level.
    size : float
        Text size.
    angle : float
        By which the writing was turned to be level, in radians.
    """
    found: list[FoundDrawing] = []
    roles, shapes, size, angle = _roles(
        strokes, StrokeShapes.of(strokes), classifier or bundled_classifier()
    )
    kinds = [role.kind for role in roles]
    writing = np.flatnonzero([role.is_writing for role in roles])
    for kind in sorted(set(kinds) - {"writing"}):
        rows = np.flatnonzero([k == kind for k in kinds])
        for group in groups_of(shapes, rows, _TOGETHER.get(kind, 1.0) * size):
            found.append(_described(kind, group, shapes, writing, size))
    found = sorted(_ruled(found, shapes, size), key=lambda d: d.strokes)
    return found, shapes, size, angle


def _roles(
    strokes: Sequence[StrokeLike], shapes: StrokeShapes, classifier: StrokeClassifier
) -> tuple[list[StrokeRole], StrokeShapes, float, float]:
    """Roles, the shapes with the writing level, its text size and its angle."""
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
        level_pen = level.take(rows)
        letters = _letters(level_pen, kinds, sure, drawing, size)
        # what is no bullet may be the underline of a short word
        others = probabilities[:, 1:].copy()
        others[np.arange(len(kinds)), kinds - 1] = 0.0
        kinds = np.where(letters, 1 + others.argmax(axis=1), kinds)
        letters &= others.max(axis=1) < _OTHER_KIND
        sure &= ~letters & ~_letters(level_pen, kinds, sure & ~letters, drawing, size)
    # what a program drew is no writing, whatever it looks like
    sure |= np.array([tools[i] == "shape" for i in rows.tolist()], dtype=bool)
    for k, i in enumerate(rows.tolist()):
        kind = KINDS[kinds[k]] if sure[k] else KINDS[0]
        roles[i] = StrokeRole(kind, float(drawing[k] if sure[k] else 1.0 - drawing[k]))
    return [role for role in roles if role is not None], level, size, angle


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
        for group in groups_of(shapes, np.flatnonzero(drawn & (kinds == kind)), size):
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
                if level.any() and extent < _QUOTE:  # quotes stand over the middle of the line
                    middle = np.median(text.path[level, :, 1])
                    found[group] |= abs((top + bottom) / 2 - middle) > _ITEM_OFF * size
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
                among = extent < _BAR and max(to_left, to_right) < _LETTER_GAP * size
                found[group] = (steep | among) & (probability[group] < _UNDOUBTED)
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


def _described(
    kind: str, group: Integers, shapes: StrokeShapes, writing: Integers, size: float
) -> FoundDrawing:
    """A drawing, the writing that it is about, and a kind that fits that."""
    about: Integers = np.zeros(0, np.int64)
    if len(writing):
        about = writing[writing_about(kind, shapes.take(group), shapes.take(writing), size)]
    if kind == "underline" and not len(about):
        kind = "rule"
    if kind in ("circle", "frame") and not len(about):
        kind = "other"
    return FoundDrawing(kind, tuple(group.tolist()), tuple(about.tolist()))


def _ruled(found: list[FoundDrawing], shapes: StrokeShapes, size: float) -> list[FoundDrawing]:
    """Lines of equal length under one another are rules, whatever stands on them."""
    lines = [n for n, d in enumerate(found) if d.kind in ("underline", "rule")]
    edges = {
        n: (shapes.left[list(found[n].strokes)].min(), shapes.right[list(found[n].strokes)].max())
        for n in lines
    }
    for n in lines:
        like = [
            m for m in lines if np.abs(np.subtract(edges[m], edges[n])).max() < _RULE_ENDS * size
        ]
        if len(like) >= _RULES:
            found[n] = found[n]._replace(kind="rule", about=())
        elif found[n].kind == "rule" and found[n].about:
            text = list(found[n].about)
            apart = shapes.left[text].min() - edges[n][0], edges[n][1] - shapes.right[text].max()
            if max(apart) < _RULE_ENDS * size:
                found[n] = found[n]._replace(kind="underline")
    return [d._replace(about=()) if d.kind == "rule" else d for d in found]
