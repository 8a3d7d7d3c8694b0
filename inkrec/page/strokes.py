"""The strokes of a page: ink with the app's own ids, and the steps that change it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from ..errors import InkError, SessionError
from ..ink.samples import PenSample
from ..ink.scale import ScaleEstimate, update_scale
from ..ink.strokes import Ink, Stroke
from ..session.page import leveled, thinned

__all__ = [
    "Box", "Edit", "PageStroke", "StrokeId", "apply", "in_writing_order", "line_samples",
    "make_edit",
]  # fmt: skip

StrokeId = Hashable
"""What an app calls a stroke; a page that is saved needs text or whole numbers."""

_PEN_UP = 0.1  # s between two strokes without time, as in `Ink.samples`


class Box(NamedTuple):
    """A rectangle in ink units; y grows downward."""

    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def around(cls, boxes: Iterable[Box]) -> Box:
        """The least box that holds all of some, at least one."""
        left, top, right, bottom = zip(*boxes, strict=True)
        return cls(min(left), min(top), max(right), max(bottom))

    def meets(self, other: Box) -> bool:
        """Whether they share a point."""
        return (
            self.left <= other.right
            and other.left <= self.right
            and self.top <= other.bottom
            and other.top <= self.bottom
        )


@dataclass(frozen=True, eq=False)
class PageStroke:
    """A stroke of a page; it equals itself alone, so that what is compared is what was read.

    Attributes
    ----------
    id : hashable
    rank : int
        Its place in the order in which strokes came to the page, which it keeps when it is
        moved, and when it is taken away and brought back.
    stroke : Stroke
    """

    id: StrokeId
    rank: int
    stroke: Stroke

    @cached_property
    def box(self) -> Box:
        """Its extent."""
        x, y = self.stroke.x, self.stroke.y
        return Box(float(x.min()), float(y.min()), float(x.max()), float(y.max()))

    @cached_property
    def runs(self) -> tuple[float, float]:
        """Sums over its runs up and down h, of h^2 and of h: their quotient is a scale."""
        estimate = update_scale(ScaleEstimate(), self.samples())
        return estimate.down.squares, estimate.down.total

    def samples(self, clock: float | None = None, turn: float = 0.0) -> Iterator[PenSample]:
        """What a digitizer would have said.

        Parameters
        ----------
        clock : float, optional
            When it began, if not as it says.
        turn : float
            The angle by which its line falls to the right, in radians, and is turned back.
        """
        s = thinned(self.stroke)
        if turn:
            s = leveled(s, turn)
        if clock is None:
            return Ink([s]).samples()
        bare = Ink([Stroke(s.x, s.y, None, s.pressure)]).samples()
        return (sample._replace(t=sample.t + clock) for sample in bare)


def in_writing_order(strokes: Iterable[PageStroke]) -> tuple[PageStroke, ...]:
    """Strokes as they were written, as far as that is known.

    That is by their times, if all have some and no two were written at once; times that
    overlap are of two clocks, and the order in which strokes came is taken then.
    """
    came = sorted(strokes, key=lambda s: s.rank)
    if any(s.stroke.t is None for s in came):
        return tuple(came)
    times = {s: s.stroke.t for s in came}
    timed = sorted(came, key=lambda s: float(times[s][0]))  # type: ignore[index]
    spans = ((times[a], times[b]) for a, b in pairwise(timed))
    if any(b[0] < a[-1] for a, b in spans):  # type: ignore[index]
        return tuple(came)
    return tuple(timed)


def line_samples(
    strokes: Sequence[PageStroke], *, has_time: bool, clock: float = 0.0, turn: float = 0.0
) -> Iterator[list[PenSample]]:
    """The samples of each stroke; without time, as `Ink.samples` would have them."""
    for stroke in strokes:
        samples = list(stroke.samples(None if has_time else clock, turn))
        clock = samples[-1].t + _PEN_UP
        yield samples


class Edit(NamedTuple):
    """A step that changes a page's strokes, and can be taken back.

    Attributes
    ----------
    before, after : tuple of PageStroke
        Those that go, and those that come in their place.
    """

    before: tuple[PageStroke, ...]
    after: tuple[PageStroke, ...]

    @property
    def undone(self) -> Edit:
        """The step back."""
        return Edit(self.after, self.before)


def make_edit(
    strokes: Mapping[StrokeId, PageStroke],
    next_rank: int,
    add: Mapping[StrokeId, Stroke],
    erase: Iterable[StrokeId],
    replace: Mapping[StrokeId, Stroke],
) -> Edit:
    """The step that an app asks for.

    Raises
    ------
    SessionError
        If a stroke that is to go or to change is not there, or one that is to come is.
    InkError
        If something is no `Stroke`, or an id cannot be a key.
    """
    gone = dict.fromkeys(_known(strokes, erase))
    changed = dict.fromkeys(_known(strokes, replace))
    for id_ in gone.keys() & changed.keys():
        raise SessionError(f"stroke {id_!r} is to be erased and replaced; say one of the two")
    for id_, stroke in [*add.items(), *replace.items()]:
        if not isinstance(stroke, Stroke):
            raise InkError(f"stroke {id_!r} is {stroke!r}; it must be an inkrec.Stroke")
    for id_ in add:
        if id_ in strokes and id_ not in gone:
            raise SessionError(
                f"there is a stroke {id_!r} on the page already; replace it, or give another id"
            )
    before = tuple(strokes[id_] for id_ in [*gone, *changed])
    after = [PageStroke(id_, strokes[id_].rank, stroke) for id_, stroke in replace.items()]
    after += [PageStroke(id_, next_rank + n, s) for n, (id_, s) in enumerate(add.items())]
    return Edit(before, tuple(after))


def _known(strokes: Mapping[StrokeId, PageStroke], ids: Iterable[StrokeId]) -> list[StrokeId]:
    if isinstance(ids, str):
        raise SessionError(f"{ids!r} is one stroke's id; give a list of them")
    try:
        wanted = list(ids)
        missing = [id_ for id_ in wanted if id_ not in strokes]
    except TypeError as error:
        raise InkError(f"{ids!r} is no list of strokes' ids: {error}") from None
    if missing:
        more = f" and {len(missing) - 1} more" if missing[1:] else ""
        raise SessionError(f"there is no stroke {missing[0]!r}{more} on the page")
    return wanted


def apply(strokes: Mapping[StrokeId, PageStroke], edit: Edit) -> dict[StrokeId, PageStroke]:
    """A page's strokes after a step."""
    after = dict(strokes)
    for stroke in edit.before:
        del after[stroke.id]
    after |= {stroke.id: stroke for stroke in edit.after}
    return after
