"""A page as bytes, so that it can go on in another process.

::

    magic, version, checksum | zlib: length of the card, card (JSON), coordinates end to end

Ink is never held hostage by a model: a page that was read with another recogniser is read
anew. How a line stands in the stream is not kept; a line that is written on is taken up
again by reading its ink.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from ..errors import InkrecError, SessionError
from ..ink.samples import PenSample
from ..ink.strokes import Stroke
from ..language.fields import Field
from ..session.line_decoder import LineDecoder
from ..session.persistent_list import PersistentList, from_values
from ..session.snapshot import fingerprint, words_mark
from ..session.snapshot_reader import read_hypothesis
from ..session.snapshot_writer import plain_hypothesis
from .geometry import LineGeometry
from .placing import LineShape
from .reading import LineReading
from .results import PageDrawing, TextLine, TextWord
from .state import DrawingEntry, LineEntry, OpenInk, PageState
from .strokes import Box, Edit, PageStroke, StrokeId

__all__ = ["VERSION", "dumps", "loads"]

VERSION = 1
_MAGIC = b"inkrec~p"
_HEAD = struct.Struct("<8sHI")
_LENGTH = struct.Struct("<I")
_LIMIT = 1 << 30  # bytes that a page may unpack to
_DAMAGED = (
    InkrecError, zlib.error, struct.error, ValueError, KeyError, IndexError, TypeError,
    AttributeError, OverflowError, MemoryError, RecursionError,
)  # fmt: skip


def dumps(decoder: LineDecoder, pre_context: str, state: PageState) -> bytes:
    """The bytes of a page whose lines are all read.

    Raises
    ------
    SessionError
        If a stroke's id is neither text nor a whole number.
    """
    out = _Packer()
    steps = [_values(state.undo), _values(state.redo)]
    open_ = state.open
    card = {
        "recogniser": _recogniser(decoder),
        "line_height": decoder.line_height,
        "field": None if decoder.field is None else asdict(decoder.field),
        "pre_context": pre_context,
        "strokes": [out.stroke(s) for s in state.strokes.values()],
        "next": [state.next_rank, state.next_id],
        "lines": [out.line(line) for line in state.lines],
        "drawings": [
            [d.id, d.kind, out.strokes(d.strokes), out.strokes(d.about)] for d in state.drawings
        ],
        "steps": [[[out.strokes(e.before), out.strokes(e.after)] for e in s] for s in steps],
        "open": None if open_ is None else [_id(open_.id), _values(open_.samples)],
        "current": state.current,
        "since": state.since,
        "is_settled": state.is_settled,
        "told": [
            [_plain_line(line) for line in state.told[0].values()],
            [_plain_drawing(d) for d in state.told[1].values()],
        ],
    }
    # behind all that names strokes
    card["table"] = out.table
    text = json.dumps(card, separators=(",", ":"), default=_number).encode()
    columns = np.concatenate(out.columns) if out.columns else np.empty(0)
    body = zlib.compress(_LENGTH.pack(len(text)) + text + columns.astype("<f8").tobytes(), 6)
    return _HEAD.pack(_MAGIC, VERSION, zlib.crc32(body)) + body


def loads(
    data: bytes | bytearray | memoryview, decoder: LineDecoder
) -> tuple[dict[str, Any], PageState]:
    """The options of `Recognizer.page` and the page that `dumps` was given.

    Raises
    ------
    SessionError
        If the bytes are no page, damaged or of a newer version.
    """
    if isinstance(data, str):
        raise SessionError("a saved page is bytes, and this is a text; read it in binary mode")
    if len(data) < _HEAD.size or bytes(data[:8]) != _MAGIC:
        raise SessionError(f"these {len(data)} bytes are no saved page; use Page.save()")
    _, version, checksum = _HEAD.unpack_from(data)
    if version > VERSION:
        raise SessionError(
            f"the page was saved in version {version} and this inkrec reads up to {VERSION}; "
            "upgrade inkrec"
        )
    if zlib.crc32(data[_HEAD.size :]) != checksum:
        raise SessionError("the saved page is damaged or cut short; save it anew")
    try:
        inflate = zlib.decompressobj()
        body = inflate.decompress(data[_HEAD.size :], _LIMIT)
        if not inflate.eof:
            raise SessionError(f"the saved page unpacks to more than {_LIMIT} bytes; refused")
        (length,) = _LENGTH.unpack_from(body)
        card = json.loads(body[_LENGTH.size : _LENGTH.size + length])
        columns = np.frombuffer(body, "<f8", offset=_LENGTH.size + length)
        same = card["recogniser"] == _recogniser(decoder)
        field = card.get("field")
        options = {
            "line_height": card["line_height"],
            "pre_context": str(card["pre_context"]),
            "field": None if field is None else Field(**field),
        }
        return options, _Unpacker(decoder, card, columns).state(same=same)
    except SessionError:
        raise
    except _DAMAGED as error:
        raise SessionError(f"the saved page is damaged: {error!r}; save it anew") from None


def _recogniser(decoder: LineDecoder) -> str:
    """What lines were read with; with other words of a user they are read anew."""
    return f"{fingerprint(decoder)} {words_mark(decoder) or ''}".strip()


def _values(chain: PersistentList) -> list[Any]:
    return chain.last(chain.length)


def _id(id_: StrokeId) -> StrokeId:
    if isinstance(id_, bool) or not isinstance(id_, (str, int)):
        raise SessionError(
            f"the page cannot be saved: stroke {id_!r} is named by a {type(id_).__name__}; only "
            "text and whole numbers can be saved"
        )
    return id_


def _number(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise SessionError(f"{value!r} cannot be saved")


def _plain_line(line: TextLine) -> list[Any]:
    words = [[w.id, w.start, list(map(_id, w.strokes)), w.box] for w in line.words]
    return [line.id, plain_hypothesis(line.hypothesis), list(map(_id, line.strokes)), words,
            line.box]  # fmt: skip


def _read_line(plain: list[Any]) -> TextLine:
    id_, hypothesis, strokes, words, box = plain
    said = read_hypothesis(hypothesis)
    return TextLine(
        id_,
        said,
        tuple(strokes),
        tuple(
            TextWord(n, word, start, tuple(ids), None if b is None else Box(*b))
            for word, (n, start, ids, b) in zip(said.words, words, strict=True)
        ),
        Box(*box),
    )


def _plain_drawing(d: PageDrawing) -> list[Any]:
    ids = [list(map(_id, d.strokes)), list(map(_id, d.about))]
    return [d.id, d.kind, *ids, d.box, list(d.words)]


def _read_drawing(plain: list[Any]) -> PageDrawing:
    id_, kind, strokes, about, box, words = plain
    return PageDrawing(id_, kind, tuple(strokes), Box(*box), tuple(about), tuple(words))


class _Packer:
    """Strokes to a table of their columns; each stands for its place in it."""

    def __init__(self) -> None:
        self.table: list[list[Any]] = []
        self.columns: list[Any] = []
        self._places: dict[PageStroke, int] = {}

    def stroke(self, stroke: PageStroke) -> int:
        if stroke not in self._places:
            s = stroke.stroke
            self._places[stroke] = len(self.table)
            timed, pressed = s.t is not None, s.pressure is not None
            self.table.append(
                [_id(stroke.id), stroke.rank, len(s), timed, pressed, s.tool, s.color, s.width]
            )
            self.columns += [c for c in (s.x, s.y, s.t, s.pressure) if c is not None]
        return self._places[stroke]

    def strokes(self, strokes: Iterable[PageStroke]) -> list[int]:
        return [self.stroke(s) for s in strokes]

    def line(self, line: LineEntry) -> list[Any]:
        reading, text = line.reading, line.text
        return [
            line.id,
            self.strokes(line.shape.strokes),
            line.turn,
            None
            if reading is None
            else [
                self.strokes(reading.strokes),
                plain_hypothesis(reading.hypothesis),
                reading.pre_context,
                reading.turn,
            ],
            None if text is None else _plain_line(text),
        ]


class _Unpacker:
    """The other way."""

    def __init__(self, decoder: LineDecoder, card: dict[str, Any], columns: Any) -> None:
        self.decoder, self.card = decoder, card
        self.table: list[PageStroke] = []
        at = 0
        for id_, rank, length, timed, pressed, tool, color, width in card["table"]:
            taken: list[Any] = []
            for wanted in (True, True, timed, pressed):
                taken.append(columns[at : at + length] if wanted else None)
                at += length if wanted else 0
            stroke = Stroke(*taken, tool=tool, color=color, width=width)
            self.table.append(PageStroke(_id(id_), int(rank), stroke))
        if at != len(columns):
            raise ValueError(f"{len(columns)} numbers stand where {at} are told of")

    def strokes(self, places: Iterable[int]) -> tuple[PageStroke, ...]:
        return tuple(self.table[n] for n in places)

    def line(self, plain: list[Any], *, same: bool) -> LineEntry:
        id_, strokes, turn, reading, text = plain
        entry = LineEntry(id_, LineShape.of(self.strokes(strokes)), turn)
        if reading is not None and same:
            read, hypothesis, context, turned = reading
            taken = self.strokes(read)
            # a line is known to be read where it holds the very same strokes
            entry = entry._replace(
                reading=LineReading(taken, read_hypothesis(hypothesis), context, turned)
            )
        if text is None:
            return entry
        shown, reading_ = _read_line(text), entry.reading
        if reading_ is not None:
            geometry = LineGeometry(self.decoder, reading_.strokes, shown.hypothesis, entry.turn)
            words = tuple(
                replace(word, _line=geometry, _number=n) for n, word in enumerate(shown.words)
            )
            shown = replace(shown, words=words)
        return entry._replace(text=shown)

    def steps(self, plain: Iterable[Any]) -> PersistentList:
        return from_values(Edit(self.strokes(a), self.strokes(b)) for a, b in plain)

    def state(self, *, same: bool) -> PageState:
        card = self.card
        undo, redo = map(self.steps, card["steps"])
        open_ = card["open"]
        lines, drawings = card["told"]
        strokes = {s.id: s for s in self.strokes(card["strokes"])}
        state = PageState(
            strokes=strokes,
            next_rank=int(card["next"][0]),
            next_id=int(card["next"][1]),
            lines=tuple(self.line(line, same=same) for line in card["lines"]),
            drawings=tuple(
                DrawingEntry(id_, kind, self.strokes(own), self.strokes(about))
                for id_, kind, own, about in card["drawings"]
            ),
            undo=undo,
            redo=redo,
            open=None
            if open_ is None
            else OpenInk(_id(open_[0]), from_values(PenSample(*s) for s in open_[1])),
            current=card["current"],
            since=int(card["since"]),
            is_settled=bool(card["is_settled"]) and same,
            told=(
                {line.id: line for line in map(_read_line, lines)},
                {d.id: d for d in map(_read_drawing, drawings)},
            ),
        )
        held = [s for line in state.lines for s in line.shape.strokes]
        held += [s for d in state.drawings for s in d.strokes]
        if len(held) != len(strokes) or any(strokes.get(s.id) is not s for s in held):
            raise ValueError("its strokes are not those of its lines and drawings")
        return state
