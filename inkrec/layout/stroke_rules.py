"""What rules make of the classifier's word: where strokes stand among letters, or far from them.

To lose text is worse than to read a line as a dash. So what stands among letters as a letter
does must look like a drawing very much, and what no letter can be need not.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .arrows import is_arrow
from .drawing_targets import writing_about
from .neighbourhood import groups_of
from .shapes import Floats, StrokeShapes
from .stroke_classifier import KINDS

__all__ = ["told_by_rule"]

Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_SURE = 0.75  # probability of a drawing from which a stroke is one,
_WITH = 0.2  # and where it stands alone, or ends where one does that is
_OTHER_KIND = 0.25  # of another kind, where the likeliest cannot be
_ALONE = 1.2  # text sizes from writing, and no smaller, to stand alone
_FEW = 4  # strokes: so few, and hardly any writing beside them, are signs or a word
_HARDLY = 0.15  # way of the pen of such writing beside theirs
# what a letter may be taken for; in text sizes
_LETTER, _LETTER_GAP = 8.0, 1.0  # extent of arrows beside letters, and how near these stand;
_SMALL, _WIDE_GAP = 5.0, 2.5  # smaller ones may be letters of a hand that writes widely
_SAME_ROW, _ITEM_GAP = 8.0, 0.6  # bullets and ticks: no text on both sides, none as near
_HATCHES, _HATCHING_GAP = 5, 1.5  # fewer strokes so near to text are no hatching
_QUOTE, _ITEM_OFF = 1.5, 0.9  # small marks so far off the middle of the line are quotes
_BAR = 3.0  # shorter lines with letters on both sides are bars or dashes
_STEEP, _NEVER = 0.25, 0.7  # rise of an underline over its width, and of none
_UNDOUBTED, _CERTAIN = 0.97, 0.995  # probabilities that outweigh such doubts
_HUGE, _HUGER, _HUGE_PART = 8.0, 16.0, 0.2  # higher strokes are no letters, where few are,
_HINT = 0.02  # probability of a drawing that makes a stroke of the lower of these one
_TALL_LINE, _TALLEST = 4.5, 1.4  # nor are lines, sizes and times as high as all else, beside text
_DASH = 4.0  # parts of a dashed line are no longer


def told_by_rule(shapes: StrokeShapes, probabilities: Floats, size: float) -> tuple[Mask, Integers]:
    """Which strokes are drawings, and of which kind they would be.

    Parameters
    ----------
    shapes : StrokeShapes
        Level.
    probabilities : ndarray, shape (strokes, kinds)
        Of the classifier.
    size : float
        Text size.

    Returns
    -------
    drawn : ndarray of bool, shape (strokes,)
    kinds : ndarray of int, shape (strokes,)
        Places in `KINDS`, none of them writing.
    """
    drawing = 1.0 - probabilities[:, 0]
    kinds = 1 + probabilities[:, 1:].argmax(axis=1)
    if not len(shapes) or not size > 0:
        return np.zeros(len(shapes), bool), kinds
    sure = drawing > _SURE
    lines = _margin_lines(shapes, sure, size)
    kinds[lines] = KINDS.index("rule")
    sure |= lines | (_huge(shapes, _HUGE * size) & (drawing > _HINT))
    sure |= _huge(shapes, _HUGER * size)
    maybe = ~sure & (drawing > _WITH)
    if maybe.any():
        sure |= maybe & _alone(shapes, maybe | sure, size)
        sure |= maybe & _beside(shapes, sure, size)
    dashes = _dashes(shapes, sure & (kinds == KINDS.index("underline")), sure, size)
    kinds[dashes] = KINDS.index("underline")
    sure |= dashes
    left = shapes.length[~sure].sum()
    if sure.sum() <= _FEW and left < _HARDLY * shapes.length[sure].sum():
        sure[:] = False
    if sure.any():
        letters = _letters(shapes, kinds, sure, drawing, size) & ~lines & ~dashes
        # what is no bullet may be the underline of a short word
        others = probabilities[:, 1:].copy()
        others[np.arange(len(kinds)), kinds - 1] = 0.0
        kinds = np.where(letters, 1 + others.argmax(axis=1), kinds)
        again = letters & (others.max(axis=1) > _OTHER_KIND)
        sure &= ~letters | again
        if again.any():
            sure &= ~(_letters(shapes, kinds, sure, drawing, size) & again)
    return sure, kinds


def _huge(shapes: StrokeShapes, height: float) -> Mask:
    """Strokes that are higher than any letter, where they are few."""
    high: Mask = shapes.bottom - shapes.top > height
    few = high.sum() <= max(_HUGE_PART * len(shapes), 1)
    return high if few and len(shapes) > 1 else np.zeros(len(shapes), bool)


def _margin_lines(shapes: StrokeShapes, sure: Mask, size: float) -> Mask:
    """Upright lines beside all writing, higher than any of it."""
    high = shapes.bottom - shapes.top
    chord = shapes.path[:, -1] - shapes.path[:, 0]
    straight = np.abs(chord[:, 1]) > 0.97 * shapes.length
    upright = straight & (np.abs(chord[:, 0]) < 0.15 * high) & (high > _TALL_LINE * size)
    found = np.zeros(len(shapes), bool)
    for i in np.flatnonzero(upright & ~sure).tolist():
        others = ~sure & ~upright
        if not others.any() or high[i] < _TALLEST * high[others].max():
            continue
        left = shapes.left[others].min() > shapes.right[i] + _ALONE * size / 2
        found[i] = left or shapes.right[others].max() < shapes.left[i] - _ALONE * size / 2
    return found


def _dashes(shapes: StrokeShapes, lines: Mask, sure: Mask, size: float) -> Mask:
    """Flat strokes in a row with flat strokes that are an underline: it is dashed."""
    wide, high = shapes.right - shapes.left, shapes.bottom - shapes.top
    flat = (high < 0.25 * wide) & (wide < _DASH * size)
    of_line = np.flatnonzero(lines & flat)
    found = np.zeros(len(shapes), bool)
    if len(of_line) < 2:
        return found
    middle = shapes.path.mean(axis=1)
    for i in np.flatnonzero(flat & ~sure).tolist():
        away = middle[of_line] - middle[i]
        near = of_line[np.abs(away[:, 0]) < 2 * _DASH * size]
        alike = near[(wide[near] < 2 * wide[i]) & (wide[i] < 2 * wide[near])]
        if len(alike) >= 2:
            slope, base = np.polyfit(middle[alike, 0] - middle[i, 0], middle[alike, 1], 1)
            found[i] = abs(base - middle[i, 1]) < 0.35 * size and abs(slope) < 0.3
    return found


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
            apart = np.maximum(boxes[:, :2] - (right, bottom), (left, top) - boxes[:, 2:])
            gap = min(gap, float(apart.max(axis=1).min()) / size) if name == "arrow" else gap
            if name in ("bullet", "tick"):
                between = max(to_left, to_right) < _SAME_ROW * size
                behind = name == "bullet" and to_left < _SAME_ROW * size
                near = gap < _ITEM_GAP and probability[group].min() < _CERTAIN
                found[group] = between or behind or near or not level.any()
                if level.any() and extent < _QUOTE:  # quotes stand over the middle of the line
                    middle = np.median(text.path[level, :, 1])
                    found[group] |= abs((top + bottom) / 2 - middle) > _ITEM_OFF * size
            elif name == "arrow":
                doubt = probability[group].max() < _CERTAIN
                near = gap < _LETTER_GAP or (doubt and extent < _SMALL and gap < _WIDE_GAP)
                letter = extent < _LETTER and near
                found[group] = letter and not is_arrow(shapes.path[group], size)
            elif name == "circle":
                middles = text.path.mean(axis=1)
                held = ((middles > (left, top)) & (middles < (right, bottom))).all(axis=1)
                found[group] = not held.any() and extent < _SMALL and gap < _WIDE_GAP
                inner = shapes.boxes[group]
                for k, (a, b, c, d) in zip(group.tolist(), inner, strict=True):
                    within = ((middles > (a, b)) & (middles < (c, d))).all(axis=1)
                    small = max(c - a, d - b) < 0.7 * max(right - left, bottom - top)
                    found[k] |= small and not within.any() and probability[k] < _UNDOUBTED
            elif name == "strike-through":
                among = max(to_left, to_right) < _LETTER_GAP * size
                found[group] = extent < _BAR and among and (probability[group] < _UNDOUBTED)
            if name in ("scribble", "strike-through"):
                over = writing_about(name, shapes.take(group), text, size)
                found[group] |= not len(over) and extent < _LETTER and gap < _WIDE_GAP
            elif name == "other":
                found[group] = extent < _SMALL and gap < _LETTER_GAP
            elif name == "hatching":
                found[group] = len(group) < _HATCHES and gap < _HATCHING_GAP
            elif name == "underline":
                chord = shapes.path[group, -1] - shapes.path[group, 0]
                steep = np.abs(chord[:, 1]) > _STEEP * np.abs(chord[:, 0])
                among = extent < _BAR and max(to_left, to_right) < _LETTER_GAP * size
                never = box[:, 3] - box[:, 1] > _NEVER * (box[:, 2] - box[:, 0])
                found[group] = ((steep | among) & (probability[group] < _UNDOUBTED)) | never
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
