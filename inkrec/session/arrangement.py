"""Orders in which the strokes of a line may be read, and drawings among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ..ink.samples import PenSample
from ..layout.drawings import FoundDrawing
from ..layout.orientation import ORIENTATIONS
from ..layout.page_layout import PageLayout
from ..layout.shapes import StrokeShapes, Track, text_size
from ..layout.skew import estimate_skew, rotation
from ..layout.stroke_sequence import order_by_place, turned_strokes
from ..results import Drawing, Hypothesis

__all__ = ["Arranged", "line_notices", "other_orders", "tracks_of", "with_drawings"]

_RANKS = 2  # places that a stroke of a letter may be away,
_MOVED = 0.12  # and the part of strokes that may be farther away
_TURNED = 0.4  # of strokes that tell: where more run backward, all of these are turned
_PAUSE = 0.15  # s between strokes that were not written one after the other
_LEAST = 5  # strokes: fewer tell nothing


class Arranged(NamedTuple):
    """Strokes in another order.

    Attributes
    ----------
    order : list of int
        Places in the order of writing.
    turned : frozenset of int
        Those that are read from their end.
    """

    order: list[int]
    turned: frozenset[int] = frozenset()

    def strokes(self, written: Sequence[Sequence[PenSample]]) -> list[list[PenSample]]:
        """The strokes by their old places, with times as if they had been written so."""
        made: list[list[PenSample]] = [[] for _ in written]
        clock = 0.0
        for i in self.order:
            old = list(written[i])
            begin, end = old[0].t, old[-1].t
            if i in self.turned:
                up = old.pop() if not old[-1].touching else None
                old = [s._replace(t=end + begin - s.t) for s in reversed(old)]
                if up is not None:
                    old.append(up._replace(t=end, x=old[-1].x, y=old[-1].y))
            made[i] = [s._replace(t=s.t - begin + clock) for s in old]
            clock += end - begin + _PAUSE
        return made


def tracks_of(strokes: Sequence[Sequence[PenSample]]) -> list[Track]:
    """The positions of strokes as columns."""
    return [
        Track(np.array([s.x for s in stroke], float), np.array([s.y for s in stroke], float))
        for stroke in strokes
    ]


def other_orders(strokes: Sequence[Sequence[PenSample]], order: list[int]) -> list[Arranged]:
    """Orders by place, where the one at hand disagrees with it.

    Parameters
    ----------
    strokes : sequence of sequence of PenSample
        Of one line, in the order of writing.
    order : list of int
        In which they would be read.
    """
    if len(strokes) < _LEAST:
        return []
    shapes = StrokeShapes.of(tracks_of(strokes))
    size = text_size(shapes)
    shapes = shapes.transformed(rotation(-estimate_skew(shapes, size)))
    turned = turned_strokes(shapes, size)
    told = (shapes.right - shapes.left > 1.2 * size) | (shapes.bottom - shapes.top > 1.5 * size)
    backward = told.sum() >= _LEAST and turned.sum() > _TURNED * told.sum()
    by_place = order_by_place(shapes, size)
    ranks = np.abs(np.argsort(order) - np.argsort(by_place))
    if (ranks > _RANKS).mean() < _MOVED and not backward:
        return []
    found = [] if by_place == order else [Arranged(by_place)]
    if backward:
        found.append(Arranged(by_place, frozenset(np.flatnonzero(turned).tolist())))
    return found


def line_notices(layout: PageLayout) -> tuple[str, ...]:
    """What is to be said where a session's ink is no single upright line."""
    notices = []
    if len(layout.lines) > 1:
        notices.append(
            f"the ink holds {len(layout.lines)} lines of writing, and a session reads one: "
            "give it to recognize_page"
        )
    likely = layout.orientations[0]
    if likely != ORIENTATIONS[0]:
        notices.append(
            f"the ink may be {likely.name}, and a session reads it as it is: "
            "Recognizer.recognize turns it upright"
        )
    return tuple(notices)


def with_drawings(
    hypothesis: Hypothesis, drawings: Sequence[FoundDrawing], kept: Sequence[int]
) -> Hypothesis:
    """A hypothesis of the strokes that were kept, told by all strokes, with the drawings.

    Parameters
    ----------
    hypothesis : Hypothesis
    drawings : sequence of FoundDrawing
        By the indices of all strokes.
    kept : sequence of int
        The index that each stroke of the hypothesis has among all.
    """
    words = [replace(w, strokes=tuple(kept[i] for i in w.strokes)) for w in hypothesis.words]
    told = []
    for found in drawings:
        drawing = Drawing(found.kind, found.strokes, found.about)
        if found.kind in ("strike-through", "scribble"):
            hit = drawing.words(replace(hypothesis, words=tuple(words)))
            words = [replace(w, crossed_out=w.crossed_out or n in hit)
                     for n, w in enumerate(words)]  # fmt: skip
            whole = {i for n in hit for i in words[n].strokes}
            drawing = replace(drawing, about=tuple(sorted(whole.union(found.about))))
        told.append(drawing)
    return replace(hypothesis, words=tuple(words), drawings=(*hypothesis.drawings, *told))
