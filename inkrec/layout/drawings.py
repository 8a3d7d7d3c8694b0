"""Strokes that are no writing: what each drawing is, and which writing it is about."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .drawing_targets import writing_about
from .neighbourhood import groups_of
from .shapes import StrokeLike, StrokeShapes, text_size
from .skew import estimate_skew, rotation
from .stroke_classifier import KINDS, StrokeClassifier, bundled_classifier
from .stroke_rules import told_by_rule

__all__ = ["FoundDrawing", "StrokeRole", "classify_strokes", "find_drawings", "told_apart"]

Integers = npt.NDArray[np.int64]

_SECOND_LOOK = 0.5  # strokes that are left out when the others are looked at again
_OTHER_SIZE, _OTHER_ANGLE = 0.05, 0.01  # logarithm and radians: what makes a difference
# text sizes between strokes of one drawing
_TOGETHER = {
    "underline": 1.2, "strike-through": 0.7, "scribble": 0.4, "circle": 0.8, "frame": 1.2,
    "rule": 0.4, "arrow": 1.2, "bullet": 0.5, "tick": 0.8, "hatching": 1.5, "other": 1.0,
}  # fmt: skip
_RULES, _RULE_ENDS = 3, 2.0  # lines that end within so many text sizes of each other are rules
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
    sure, kinds = told_by_rule(level.take(rows), probabilities, size)
    # what a program drew is no writing, whatever it looks like
    sure |= np.array([tools[i] == "shape" for i in rows.tolist()], dtype=bool)
    for k, i in enumerate(rows.tolist()):
        kind = KINDS[kinds[k]] if sure[k] else KINDS[0]
        roles[i] = StrokeRole(kind, float(drawing[k] if sure[k] else 1.0 - drawing[k]))
    return [role for role in roles if role is not None], level, size, angle


def _tool_role(tool: object) -> StrokeRole | None:
    return StrokeRole(tool, 1.0) if isinstance(tool, str) and tool in _DRAWING_TOOLS else None


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
