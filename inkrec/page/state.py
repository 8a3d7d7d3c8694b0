"""A page as a value: its strokes, where each of them stands, and what was read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from ..results import Hypothesis
from ..session.line_decoder import LineDecoder
from ..session.persistent_list import EMPTY, PersistentList, append
from .geometry import LineGeometry
from .placing import LineShape, find_layout, place
from .reading import LineReading, LiveLine, follow, pre_context, put_in, read_line
from .results import PageDrawing, TextLine, TextWord
from .strokes import Box, Edit, PageStroke, StrokeId, apply, in_writing_order

__all__ = [
    "DrawingEntry", "LineEntry", "OpenInk", "PageState", "drawings_of", "edited", "read", "redone",
    "settled", "undone", "word_owners",
]  # fmt: skip

_AT_ONCE = 40  # strokes that came since the page was read: with so many it is taken apart anew
_FOLLOWED = 8  # strokes that a line got since it was read: so few are followed in the stream
_CROSSING = ("strike-through", "scribble")  # drawings that cross words out
_LIVE = 3  # lines that are kept as the stream holds them


class LineEntry(NamedTuple):
    """A line of a page.

    Attributes
    ----------
    id : int
    shape : LineShape
    turn : float
        As of `LineStrokes`.
    reading : LineReading or None
        The last one; it is none of this line any more where its strokes are others.
    live : LiveLine or None
        The line in the stream, while it is written.
    text : TextLine or None
        What is shown of the reading.
    """

    id: int
    shape: LineShape
    turn: float = 0.0
    reading: LineReading | None = None
    live: LiveLine | None = None
    text: TextLine | None = None

    @property
    def is_read(self) -> bool:
        """Whether the reading is that of its strokes."""
        last = self.reading
        return last is not None and last.strokes == self.shape.strokes and last.turn == self.turn


class DrawingEntry(NamedTuple):
    """A drawing of a page; see `PageDrawing`."""

    id: int
    kind: str
    strokes: tuple[PageStroke, ...]
    about: tuple[PageStroke, ...] = ()


class OpenInk(NamedTuple):
    """A stroke that is being written.

    Attributes
    ----------
    id : hashable
    samples : PersistentList of PenSample
    line : int or None
        The id of the line that it is read in meanwhile, if it is in one.
    live : LiveLine or None
        That line with the samples so far.
    """

    id: StrokeId
    samples: PersistentList = EMPTY
    line: int | None = None
    live: LiveLine | None = None


class PageState(NamedTuple):
    """Everything known of a page.

    Attributes
    ----------
    strokes : mapping of hashable to PageStroke
    next_rank, next_id : int
        Of the next stroke; of the next line, word or drawing.
    lines : tuple of LineEntry
        In reading order. Every stroke stands in one of them, or in a drawing.
    drawings : tuple of DrawingEntry
    undo, redo : PersistentList of Edit
        Steps that can be taken back, and taken again.
    open : OpenInk or None
    current : int or None
        The id of the line that was written last.
    since : int
        Strokes that came since the page was read.
    is_settled : bool
        Whether the lines and what they say are those of the whole page.
    told : tuple of mapping
        The lines and the drawings, by their ids, when it was last asked what changed.
    """

    strokes: Mapping[StrokeId, PageStroke] = {}
    next_rank: int = 0
    next_id: int = 1
    lines: tuple[LineEntry, ...] = ()
    drawings: tuple[DrawingEntry, ...] = ()
    undo: PersistentList = EMPTY
    redo: PersistentList = EMPTY
    open: OpenInk | None = None
    current: int | None = None
    since: int = 0
    is_settled: bool = True
    told: tuple[Mapping[int, TextLine], Mapping[int, PageDrawing]] = ({}, {})

    def line(self, id_: int | None) -> LineEntry | None:
        """The line of an id."""
        return next((line for line in self.lines if line.id == id_), None)


# ---- steps


def edited(state: PageState, edit: Edit, live: OpenInk | None = None) -> PageState:
    """The page after a new step; ``live`` is the stroke it adds, as it was streamed."""
    state = _applied(state, edit, live)
    rank = max((s.rank + 1 for s in edit.after), default=0)
    return state._replace(
        next_rank=max(state.next_rank, rank), undo=append(state.undo, edit), redo=EMPTY
    )


def undone(state: PageState) -> PageState:
    """The page before its last step, of which there is one."""
    edit: Edit = state.undo.value
    assert state.undo.rest is not None
    after = _applied(state, edit.undone)
    return after._replace(undo=state.undo.rest, redo=append(state.redo, edit))


def redone(state: PageState) -> PageState:
    """The page with the step taken again that was last taken back."""
    edit: Edit = state.redo.value
    assert state.redo.rest is not None
    after = _applied(state, edit)
    return after._replace(undo=append(state.undo, edit), redo=state.redo.rest)


def _applied(state: PageState, edit: Edit, live: OpenInk | None = None) -> PageState:
    state = state._replace(strokes=apply(state.strokes, edit), is_settled=False)
    stay: set[PageStroke] = set()
    if edit.before:
        state, stay = _moved(state, edit)
        state = _without(state, set(edit.before))
    for stroke in edit.after:
        if stroke not in stay:
            state = _placed(state, stroke, live)
    return state._replace(since=state.since + len(edit.after))


def _moved(state: PageState, edit: Edit) -> tuple[PageState, set[PageStroke]]:
    """The page with the lines whose strokes are all replaced, and the strokes of these."""
    new = {s.id: s for s in edit.after}
    gone = {s for s in edit.before if s.id in new}
    lines: list[LineEntry] = []
    stay: set[PageStroke] = set()
    for line in state.lines:
        if gone and gone.issuperset(line.shape.strokes):
            strokes = in_writing_order(new[s.id] for s in line.shape.strokes)
            line = line._replace(shape=LineShape.of(strokes), live=None)
            stay.update(strokes)
        lines.append(line)
    return state._replace(lines=tuple(lines)), stay


def _without(state: PageState, gone: set[PageStroke]) -> PageState:
    lines = []
    for line in state.lines:
        left = tuple(s for s in line.shape.strokes if s not in gone)
        if left == line.shape.strokes:
            lines.append(line)
        elif left:
            lines.append(line._replace(shape=LineShape.of(left)))
    drawings = []
    for drawing in state.drawings:
        kept = tuple(s for s in drawing.strokes if s not in gone)
        about = tuple(s for s in drawing.about if s not in gone)
        if kept:
            drawings.append(drawing._replace(strokes=kept, about=about))
    return state._replace(lines=tuple(lines), drawings=tuple(drawings))


def _placed(state: PageState, stroke: PageStroke, live: OpenInk | None) -> PageState:
    """The page with a stroke that is new in its place."""
    shapes = [line.shape for line in state.lines]
    current = next((n for n, line in enumerate(state.lines) if line.id == state.current), None)
    where = place(shapes, current, stroke)
    if where is None:
        drawing = DrawingEntry(state.next_id, "other", (stroke,))
        return state._replace(next_id=state.next_id + 1, drawings=(*state.drawings, drawing))
    lines = list(state.lines)
    if isinstance(where, tuple):
        (n,) = where
        # a stroke that was streamed as a new line has been given its id by then
        reserved = live is not None and live.line is not None and state.line(live.line) is None
        entry = LineEntry(
            live.line if reserved and live is not None and live.line is not None else state.next_id,
            LineShape.of([stroke]),
        )
        if not reserved:
            state = state._replace(next_id=state.next_id + 1)
        lines.insert(n, entry)
    else:
        n = where
        lines[n] = lines[n]._replace(shape=lines[n].shape.with_stroke(stroke))
    entry = lines[n]
    if live is not None and live.live is not None and live.line == entry.id:
        taken = (*live.live.strokes, stroke)
        if taken == entry.shape.strokes:
            lines[n] = entry._replace(live=live.live._replace(strokes=taken))
    return state._replace(lines=tuple(lines), current=entry.id)


# ---- reading


def read(state: PageState, decoder: LineDecoder, context: str) -> PageState:
    """The page with every line read that changed, and no other.

    A line that the pen is in is followed in the stream; others are read as whole lines.
    """
    if state.since > _AT_ONCE:
        state = _taken_apart(state)
    state = state._replace(since=0)
    if all(line.is_read for line in state.lines):
        return state
    lines = list(state.lines)
    for n, line in enumerate(lines):
        if line.is_read:
            continue
        above = pre_context([context, *_texts(lines[:n])])
        state, lines[n] = _shown(
            decoder, state, _read(line, decoder, above, line.id == state.current)
        )
    streamed = [line.id for line in lines if line.live is not None and line.id != state.current]
    for n, line in enumerate(lines):
        if line.id in streamed[: -(_LIVE - 1)]:
            lines[n] = line._replace(live=None)
    return state._replace(lines=tuple(lines))


def _texts(lines: Iterable[LineEntry]) -> list[str]:
    return [line.reading.hypothesis.text for line in lines if line.reading is not None]


def _read(line: LineEntry, decoder: LineDecoder, context: str, current: bool) -> LineEntry:
    strokes, live, last = line.shape.strokes, line.live, line.reading
    if (current or live is not None) and not line.turn:
        old = set(live.strokes if live is not None else last.strokes if last is not None else ())
        new = sum(s not in old for s in strokes)
        if new <= _FOLLOWED and not put_in(strokes, line.shape.scale):
            live = follow(decoder, live, strokes, context)
            return line._replace(
                live=live, reading=LineReading(strokes, live.state.text.hypothesis)
            )
    return line._replace(live=None, reading=read_line(decoder, strokes, context, line.turn))


def _shown(
    decoder: LineDecoder,
    state: PageState,
    line: LineEntry,
    owners: Mapping[StrokeId, int] | None = None,
    others: Iterable[int] = (),
) -> tuple[PageState, LineEntry]:
    """The line with what is shown of its reading, the same object if that is the same.

    A word gets the number of the one that its strokes wrote before, in ``owners`` by
    default in this line, unless that is among ``others``.
    """
    assert line.reading is not None
    strokes = line.reading.strokes
    hypothesis = _crossed_out(line.reading.hypothesis, strokes, state.drawings)
    geometry = LineGeometry(decoder, strokes, hypothesis, line.turn)
    if owners is None:
        owners = word_owners([line.text] if line.text is not None else [])
    words, next_id, taken, at = [], state.next_id, set(others), 0
    ids = tuple(s.id for s in strokes)
    for place_, word in enumerate(hypothesis.words):
        mine = [strokes[i] for i in word.strokes if i < len(strokes)]
        found = [owners[s.id] for s in mine if s.id in owners and owners[s.id] not in taken]
        number = max(found, key=found.count, default=next_id)
        next_id = max(next_id, number + 1)
        taken.add(number)
        at = max(at, hypothesis.text.find(word.text, at))
        box = Box.around(s.box for s in mine) if mine else None
        own = tuple(s.id for s in mine)
        words.append(TextWord(number, word, at, own, box, geometry, place_))
        at += len(word.text)
    text = TextLine(line.id, hypothesis, ids, tuple(words), line.shape.box)
    shown = line.text if line.text == text else text
    return state._replace(next_id=next_id), line._replace(text=shown)


def _crossed_out(
    hypothesis: Hypothesis, strokes: Sequence[PageStroke], drawings: Sequence[DrawingEntry]
) -> Hypothesis:
    """The hypothesis with the words marked of which at least half is crossed out."""
    hit = {s for d in drawings if d.kind in _CROSSING for s in d.about}
    if hit.isdisjoint(strokes):
        return hypothesis
    words = []
    for word in hypothesis.words:
        mine = [strokes[i] for i in word.strokes if i < len(strokes)]
        crossed = bool(mine) and 2 * sum(s in hit for s in mine) >= len(mine)
        words.append(replace(word, crossed_out=crossed))
    return replace(hypothesis, words=tuple(words))


def word_owners(lines: Iterable[TextLine]) -> dict[StrokeId, int]:
    """The word of each stroke, by their ids."""
    return {stroke: word.id for line in lines for word in line.words for stroke in word.strokes}


# ---- the page as a whole


def _taken_apart(state: PageState) -> PageState:
    """The page with its lines and drawings found anew; those that are as they were stay."""
    layout = find_layout(tuple(state.strokes.values()))
    old = {line.shape.strokes: line for line in state.lines}
    ids = _matched([n.shape.strokes for n in state.lines], [n.strokes for n in layout.lines])
    lines, next_id = [], state.next_id
    for (strokes, turn), place_ in zip(layout.lines, ids, strict=True):
        if strokes in old:
            lines.append(old[strokes]._replace(turn=turn))
            continue
        known = None if place_ is None else state.lines[place_]
        if known is None:
            lines.append(LineEntry(next_id, LineShape.of(strokes), turn))
            next_id += 1
        else:
            lines.append(known._replace(shape=LineShape.of(strokes), turn=turn, live=None))
    ids = _matched([d.strokes for d in state.drawings], [d.strokes for d in layout.drawings])
    drawings = []
    for drawing, place_ in zip(layout.drawings, ids, strict=True):
        number = next_id if place_ is None else state.drawings[place_].id
        next_id += place_ is None
        drawings.append(DrawingEntry(number, *drawing))
    return state._replace(lines=tuple(lines), drawings=tuple(drawings), next_id=next_id, since=0)


def _matched(
    old: Sequence[tuple[PageStroke, ...]], new: Sequence[tuple[PageStroke, ...]]
) -> list[int | None]:
    """For each new group of strokes the old one that it shares most with; each at most once."""
    where = {s.id: n for n, group in enumerate(old) for s in group}
    pairs: dict[tuple[int, int], int] = {}
    for m, group in enumerate(new):
        for stroke in group:
            if stroke.id in where:
                pair = where[stroke.id], m
                pairs[pair] = pairs.get(pair, 0) + 1
    found: list[int | None] = [None] * len(new)
    taken: set[int] = set()
    for (n, m), _ in sorted(pairs.items(), key=lambda item: (-item[1], item[0])):
        if found[m] is None and n not in taken:
            found[m] = n
            taken.add(n)
    return found


def settled(state: PageState, decoder: LineDecoder, context: str) -> PageState:
    """The page taken apart as a whole, and every line read as a finished one.

    What is read depends on the strokes alone. A line is read again where its strokes
    changed, or the last words above it.
    """
    if state.is_settled:
        return state
    before = state.lines
    state = _taken_apart(state)
    lines, above = [], [context]
    kept = {line.shape.strokes for line in before}
    stay = {line.shape.strokes for line in state.lines}
    # words may have gone from one line to another
    owners = word_owners(
        line.text for line in before if line.text is not None and line.shape.strokes not in stay
    )
    taken = {
        word.id
        for line in before
        if line.text is not None and line.shape.strokes in stay
        for word in line.text.words
    }
    for line in state.lines:
        front = pre_context(above)
        if not line.is_read or line.reading is None or line.reading.pre_context != front:
            reading = read_line(decoder, line.shape.strokes, front, line.turn)
            mine = word_owners([line.text] if line.text is not None else [])
            own = set(mine.values()) if line.shape.strokes in kept else set()
            state, line = _shown(
                decoder, state, line._replace(reading=reading), owners | mine, taken - own
            )
        else:  # drawings may cross out other words
            state, line = _shown(decoder, state, line)
        if line.text is not None:
            taken |= {word.id for word in line.text.words}
        assert line.reading is not None
        above.append(line.reading.hypothesis.text)
        lines.append(line._replace(live=None))
    open_ = state.open
    if open_ is not None:  # it is read again where it stands, with its next sample
        open_ = open_._replace(line=None, live=None)
    return state._replace(lines=tuple(lines), open=open_, is_settled=True, since=0)


def drawings_of(state: PageState) -> tuple[PageDrawing, ...]:
    """The drawings as they are shown."""
    if not state.drawings:
        return ()
    # most lines of a page are far from any drawing
    near = [Box.around(s.box for s in d.about) for d in state.drawings if d.about]
    words = [
        word
        for line in state.lines
        if line.text is not None and any(line.shape.box.meets(box) for box in near)
        for word in line.text.words
    ]
    owners = {stroke: word for word in words for stroke in word.strokes}
    found = []
    for d in state.drawings:
        hit: dict[int, int] = {}
        for s in d.about:
            if s.id in owners:
                hit[owners[s.id].id] = hit.get(owners[s.id].id, 0) + 1
        mine = [w for w in words if w.id in hit and 2 * hit[w.id] >= len(w.strokes)]
        about = [s.id for s in d.about]
        if d.kind in _CROSSING:  # a word is crossed out wholly
            about = list(dict.fromkeys([*about, *(i for w in mine for i in w.strokes)]))
        box = Box.around(s.box for s in d.strokes)
        ids = tuple(s.id for s in d.strokes)
        found.append(PageDrawing(d.id, d.kind, ids, box, tuple(about), tuple(w.id for w in mine)))
    return tuple(found)
