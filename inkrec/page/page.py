"""A page that is written on, in any order: the only thing here that changes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NoReturn

from ..errors import InkError, SessionError
from ..ink.samples import PenSample, Plain, as_sample
from ..ink.strokes import Stroke
from ..session.line_decoder import LineDecoder
from ..session.persistent_list import append
from .placing import place
from .reading import follow, has_time
from .results import PageChanges, PageDrawing, TextLine, TextWord
from .state import (
    OpenInk,
    PageState,
    drawings_of,
    edited,
    read,
    redone,
    settled,
    undone,
)  # fmt: skip
from .strokes import Box, PageStroke, StrokeId, make_edit

__all__ = ["Page"]


class Page:
    """A page of strokes with names, and what they say; made by `Recognizer.page`.

    Strokes come whole or sample by sample, in any order of place and time, and may go,
    move and change. Lines are found while they are written, left and come back to. A
    page belongs to one thread; it does no waiting and reads no clock: what changed is
    read when it is asked for, and `settle`, in a pause, reads all as finished.

    Once settled, a page says what the same strokes say when they are added at once in
    the order in which they came.

    Examples
    --------
    >>> page = inkrec.load().page()                               # doctest: +SKIP
    >>> page.add("a3f0", stroke)                                  # doctest: +SKIP
    >>> for line in page.changes().lines:                         # doctest: +SKIP
    ...     draw(line.text, at=line.box)
    """

    def __init__(self, decoder: LineDecoder, pre_context: str = "") -> None:
        self._decoder = replace(decoder, commit_policy=None, editable=False)
        self._pre_context = pre_context
        self._state = PageState()

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "a Page is neither pickled nor copied; hand on page.save(), and "
            "Recognizer.restore_page makes a page of it"
        )

    def __repr__(self) -> str:
        state = self._state
        return f"<Page of {len(state.strokes)} strokes in {len(state.lines)} lines>"

    @classmethod
    def _restored(cls, decoder: LineDecoder, pre_context: str, state: PageState) -> Page:
        page = cls(decoder, pre_context)
        page._state = state
        return page

    # ---- strokes

    @property
    def strokes(self) -> dict[StrokeId, Stroke]:
        """The strokes of the page by their ids, in the order in which they came."""
        ranked = sorted(self._state.strokes.values(), key=lambda s: s.rank)
        return {s.id: s.stroke for s in ranked}

    def add(self, id: StrokeId, stroke: Stroke) -> None:
        """Take a whole stroke.

        Parameters
        ----------
        id : hashable
            What the app calls it; text or a whole number, if the page is to be saved.
        stroke : Stroke

        Raises
        ------
        SessionError
            If there is one of this name; the page is as it was.
        InkError
            If it is no `Stroke`.
        """
        self.edit(add={id: stroke})

    def erase(self, ids: Iterable[StrokeId]) -> None:
        """Take strokes away.

        Raises
        ------
        SessionError
            If one is not there; nothing is erased then.
        """
        self.edit(erase=ids)

    def replace(self, strokes: Mapping[StrokeId, Stroke]) -> None:
        """Give strokes another form: reshaped, recoloured, resized.

        Raises
        ------
        SessionError
            If one is not there; nothing is replaced then.
        InkError
            If something is no `Stroke`.
        """
        self.edit(replace=strokes)

    def move(self, ids: Iterable[StrokeId], dx: float, dy: float) -> None:
        """Move strokes by some ink units, to the right and down.

        Raises
        ------
        SessionError
            If one is not there; nothing is moved then.
        InkError
            If a distance, or where a stroke would be, is no finite number.
        """
        try:
            dx, dy = float(dx), float(dy)
        except (TypeError, ValueError, OverflowError):
            raise InkError(f"({dx!r}, {dy!r}) is no distance; give two numbers") from None
        if not (math.isfinite(dx) and math.isfinite(dy)):
            raise InkError(f"({dx}, {dy}) is no distance; both must be finite")
        known = self._state.strokes
        wanted = make_edit(known, 0, {}, ids, {}).before  # says what is not there
        moved = {s.id: s.stroke for s in wanted}
        for id_, s in moved.items():
            moved[id_] = s.replace(x=s.x + dx, y=s.y + dy)
        self.edit(replace=moved)

    def edit(
        self,
        *,
        add: Mapping[StrokeId, Stroke] = {},
        erase: Iterable[StrokeId] = (),
        replace: Mapping[StrokeId, Stroke] = {},
    ) -> None:
        """Change several strokes in a single step, which `undo` takes back as one.

        So an eraser takes a stroke away and adds what is left of it.

        Parameters
        ----------
        add : mapping of hashable to Stroke
            In the order in which they were written.
        erase : iterable of hashable
        replace : mapping of hashable to Stroke

        Raises
        ------
        SessionError
            If a stroke that is to go or to change is not there, or one that is to come
            is; the page is as it was.
        InkError
            If something is no `Stroke`.
        """
        state = self._state
        edit = make_edit(state.strokes, state.next_rank, add, erase, replace)
        if state.open is not None and state.open.id in add:
            raise SessionError(f"stroke {state.open.id!r} is being written; give another id")
        if edit.before or edit.after:
            self._state = edited(state, edit)

    # ---- a stroke as it is written

    def begin(self, id: StrokeId) -> None:
        """Begin a stroke, whose samples `feed` takes.

        Raises
        ------
        SessionError
            If there is one of this name, or another is being written.
        """
        if self._state.open is not None:
            raise SessionError(
                f"stroke {self._state.open.id!r} is being written; end() or cancel() it first"
            )
        if id in self._state.strokes:
            raise SessionError(f"there is a stroke {id!r} on the page already; give another id")
        self._state = self._state._replace(open=OpenInk(id))

    def feed(self, sample: Plain) -> None:
        """Take one sample of the stroke; one that does not touch ends it.

        Raises
        ------
        InkError
            If it is no sample or not finite, its pressure is outside 0 to 1 or its time
            runs backwards; the page is as it was.
        SessionError
            If no stroke was begun.
        """
        open_ = self._open()
        sample = as_sample(sample)
        t, x, y, pressure, touching = sample
        if not touching:
            self.end()
            return
        if not (math.isfinite(t) and math.isfinite(x) and math.isfinite(y)):
            raise InkError(f"{sample} is not finite; drop it")
        if pressure is not None and not 0 <= pressure <= 1:
            raise InkError(f"pressure is {pressure}; it must lie in 0 to 1, or be None")
        if open_.samples.length and t < open_.samples.value.t:
            raise InkError(
                f"t = {t} comes after t = {open_.samples.value.t}; time must not run backwards: "
                "use a monotonic clock"
            )
        state = self._state
        if not open_.samples.length:
            state = read(state, self._decoder, self._pre_context)
            state, open_ = self._begun(state, open_, sample)
        live = open_.live
        if live is not None:
            live = live._replace(state=live.decoder.add_samples(live.state, (sample,)))
        open_ = open_._replace(samples=append(open_.samples, sample), live=live)
        self._state = state._replace(open=open_)

    def end(self) -> None:
        """End the stroke that is being written; one without samples leaves nothing.

        Raises
        ------
        SessionError
            If no stroke was begun.
        """
        open_, state = self._open(), self._state._replace(open=None)
        samples: list[PenSample] = open_.samples.last(open_.samples.length)
        if not samples:
            self._state = state
            return
        t, x, y, pressure, _ = zip(*samples, strict=True)
        stroke = Stroke(x, y, t, None if None in pressure else pressure)
        edit = make_edit(state.strokes, state.next_rank, {open_.id: stroke}, (), {})
        self._state = edited(state, edit, self._lifted(open_))

    def cancel(self) -> None:
        """Forget the stroke that is being written, as where a palm lay on the screen.

        Raises
        ------
        SessionError
            If no stroke was begun.
        """
        self._open()
        self._state = self._state._replace(open=None)

    def _open(self) -> OpenInk:
        if self._state.open is None:
            raise SessionError("no stroke is being written; begin(id) one first")
        return self._state.open

    def _begun(
        self, state: PageState, open_: OpenInk, first: PenSample
    ) -> tuple[PageState, OpenInk]:
        """The stroke with the line that it is streamed in, if there is one."""
        dot = PageStroke(open_.id, state.next_rank, Stroke([first.x], [first.y], [first.t]))
        shapes = [line.shape for line in state.lines]
        current = next((n for n, line in enumerate(state.lines) if line.id == state.current), None)
        where = place(shapes, current, dot)
        if isinstance(where, tuple):
            live = follow(self._decoder, None, (), self._pre_context)
            open_ = open_._replace(line=state.next_id, live=live)
            return state._replace(next_id=state.next_id + 1), open_
        if where is None:
            return state, open_
        line = state.lines[where]
        live_ = line.live
        if live_ is None or not (live_.decoder.has_time and has_time(line.shape.strokes)):
            return state, open_
        return state, open_._replace(line=line.id, live=live_)

    def _lifted(self, open_: OpenInk) -> OpenInk:
        """The stroke with the pen off the paper."""
        live = open_.live
        if live is None:
            return open_
        return open_._replace(live=live.lifted(open_.samples.value))

    # ---- steps back

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to be taken back."""
        return self._state.open is not None or self._state.undo.length > 0

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to be taken again."""
        return self._state.redo.length > 0

    def undo(self) -> None:
        """Take back the last step: strokes added, erased, moved or replaced.

        A stroke that is being written is ended, and taken back.

        Raises
        ------
        SessionError
            If there is none.
        """
        if self._state.open is not None:
            self.end()
        if not self._state.undo.length:
            raise SessionError("nothing to undo: no step was taken on this page")
        self._state = undone(self._state)

    def redo(self) -> None:
        """Take the step again that was last taken back.

        Raises
        ------
        SessionError
            If there is none: after a new step nothing can be taken again.
        """
        if not self._state.redo.length:
            raise SessionError("nothing to redo: no step was taken back since the last one")
        self._state = redone(self._state)

    # ---- what it says

    @property
    def lines(self) -> tuple[TextLine, ...]:
        """The lines of writing, in reading order; the same objects until they change."""
        self._read()
        return self._lines()

    def _lines(self) -> tuple[TextLine, ...]:
        shown = [line.text for line in self._state.lines if line.text is not None]
        open_ = self._state.open
        if open_ is None or open_.live is None or open_.line is None or not open_.samples.length:
            return tuple(shown)
        hypothesis = open_.live.state.text.hypothesis
        for n, line in enumerate(shown):
            if line.id == open_.line:
                if line.hypothesis is not hypothesis:
                    shown[n] = replace(line, hypothesis=hypothesis)
                return tuple(shown)
        samples: list[PenSample] = open_.samples.last(open_.samples.length)
        box = Box.around(Box(s.x, s.y, s.x, s.y) for s in samples)
        begun = TextLine(open_.line, hypothesis, (), (), box)
        n = sum(line.box.top + line.box.bottom <= box.top + box.bottom for line in shown)
        return (*shown[:n], begun, *shown[n:])

    @property
    def words(self) -> tuple[TextWord, ...]:
        """All words, line by line."""
        return tuple(word for line in self.lines for word in line.words)

    @property
    def text(self) -> str:
        """The text of the lines, one below the other."""
        return "\n".join(line.text for line in self.lines)

    @property
    def drawings(self) -> tuple[PageDrawing, ...]:
        """Strokes that are no writing."""
        self._read()
        return drawings_of(self._state)

    @property
    def is_settled(self) -> bool:
        """Whether nothing is provisional."""
        return self._state.is_settled and self._state.open is None

    def settle(self) -> None:
        """Take the page apart as a whole, and read as finished what is provisional.

        A line is read again where its strokes changed, or the last words of the lines above
        it, which are its context; not because of anything farther away. A stroke
        that is being written stays open, and is left out.
        """
        self._state = settled(self._state, self._decoder, self._pre_context)

    def changes(self) -> PageChanges:
        """What is not as it was when this was last asked; at first that is everything."""
        lines = {line.id: line for line in self.lines}
        drawings = {drawing.id: drawing for drawing in self.drawings}
        old_lines, old_drawings = self._state.told
        self._state = self._state._replace(told=(lines, drawings))
        other = [line for line in lines.values() if old_lines.get(line.id) is not line]
        other = [line for line in other if old_lines.get(line.id) != line]
        gone = [line for line in old_lines.values() if line.id not in lines]
        changed = {line.id for line in other}
        words = {word.id: word for line in other for word in line.words}
        before = {
            word.id: word
            for line in [*gone, *(old_lines[id_] for id_ in changed if id_ in old_lines)]
            for word in line.words
        }
        return PageChanges(
            lines=tuple(other),
            words=tuple(word for word in words.values() if before.get(word.id) != word),
            drawings=tuple(d for d in drawings.values() if old_drawings.get(d.id) != d),
            removed_lines=tuple(line.id for line in gone),
            removed_words=tuple(id_ for id_ in before if id_ not in words),
            removed_drawings=tuple(id_ for id_ in old_drawings if id_ not in drawings),
        )

    def _read(self) -> None:
        self._state = read(self._state, self._decoder, self._pre_context)

    # ---- bytes

    def save(self) -> bytes:
        """The page as bytes, with which `Recognizer.restore_page` goes on elsewhere.

        They hold the strokes, the steps that can be taken back, and what was read.

        Raises
        ------
        SessionError
            If a stroke's id is neither text nor a whole number.
        """
        from .snapshot import dumps

        self._read()
        return dumps(self._decoder, self._pre_context, self._state)
