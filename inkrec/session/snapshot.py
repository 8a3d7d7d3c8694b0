"""A session as bytes, so that it can go on in another process.

::

    magic, version, checksum | zlib: length of the card, card (JSON), arrays end to end

The card names the model that was used; another one refuses the bytes. All that the
session knows is there but one thing: how it stood before each open stroke. Taking
such a stroke back reads the open ink again, as it does behind a commitment.
"""

from __future__ import annotations

import json
import math
import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..decoding.prefix import BeamState, Prefix
from ..errors import InkrecError, SessionError
from ..features.points import Anchor, PathState
from ..ink.samples import PenSample, positive
from ..ink.scale import Gauge, Letters, Runs
from ..language.user_words import WordState
from ..network.two_pass import CausalState
from ..results import Alternative, Hypothesis, Word
from .commit import Commitment
from .encoder import Pen
from .line_decoder import Reader
from .persistent_list import Chain, chain
from .state import Open, Place, Reading

__all__ = ["VERSION", "Saved", "fingerprint", "pack", "unpack"]

VERSION = 5
# 3 held no anchors of strokes, 2 no turning points, 1 frames of closed ink instead of the second
# pass's place
_MAGIC = b"inkrec~s"
_HEAD = struct.Struct("<8sHI")
_LENGTH = struct.Struct("<I")
_LIMIT = 128 << 20  # bytes that a session may unpack to; long ones are below 20 MB
_NOTHING = np.empty(0, np.float32)
_TYPES = {"<f4", "<f8", "<i4", "<i8"}

Array = npt.NDArray[Any]


class Saved(NamedTuple):
    """What the bytes hold.

    Attributes
    ----------
    options : dict
        Of `Recognizer.session`, without ``before``.
    reading : Reading
    waiting : list of PenSample
        Samples that were taken and not yet read.
    final : Hypothesis or None
        If the session was finished.
    """

    options: dict[str, Any]
    reading: Reading
    waiting: list[PenSample]
    final: Hypothesis | None


def fingerprint(reader: Reader) -> str:
    """What tells a recogniser from another: the model, the search, the language model."""
    told = f"{reader.model.fingerprint} {reader.beam} {_named(reader.language)}"
    return f"{reader.model.fingerprint}-{zlib.crc32(told.encode()):08x}"


def _named(thing: object) -> str:
    plain = type(thing).__repr__ is object.__repr__  # holds an address
    return type(thing).__qualname__ if plain else repr(thing)


def pack(
    reader: Reader, reading: Reading, waiting: Sequence[PenSample], final: Hypothesis | None
) -> bytes:
    """The bytes of a session.

    Parameters
    ----------
    reader : Reader
    reading : Reading
    waiting : sequence of PenSample
    final : Hypothesis or None

    Raises
    ------
    SessionError
        If the language model's states are neither whole numbers nor of a user's words.
    """
    out = _Out(reader.window)
    commitment = None if reader.commitment is None else asdict(reader.commitment)
    card = {
        "recogniser": fingerprint(reader),
        "options": {
            "line_height": reader.line_height,
            "timed": reader.timed,
            "revisable": reader.revisable,
            "commitment": commitment,
        },
        "reading": out.reading(reading),
        "waiting": out.samples(waiting),
        "final": None if final is None else _plain(final),
    }
    card["arrays"] = [[a.dtype.str, list(a.shape)] for a in out.arrays]
    text = json.dumps(card, separators=(",", ":"), default=_number).encode()
    body = zlib.compress(
        b"".join([_LENGTH.pack(len(text)), text, *(a.tobytes() for a in out.arrays)]), 6
    )
    return _HEAD.pack(_MAGIC, VERSION, zlib.crc32(body)) + body


def unpack(state: bytes | bytearray | memoryview, reader: Reader) -> Saved:
    """What `pack` was given.

    Parameters
    ----------
    state : bytes or the like
    reader : Reader
        One of the recogniser that is to go on.

    Raises
    ------
    SessionError
        If the bytes are no session, damaged, of a newer version or of another model.
    """
    if isinstance(state, str):
        raise SessionError("a saved session is bytes, and this is a text; read it in binary mode")
    if len(state) < _HEAD.size or bytes(state[:8]) != _MAGIC:
        raise SessionError(f"these {len(state)} bytes are no saved session; use Session.save()")
    _, version, checksum = _HEAD.unpack_from(state)
    if version > VERSION:
        raise SessionError(
            f"the session was saved in version {version} and this inkrec reads up to {VERSION}; "
            "upgrade inkrec"
        )
    if version < VERSION:
        raise SessionError(
            f"the session was saved in version {version}, and this inkrec reads {VERSION} alone; "
            "finish it with the inkrec that saved it"
        )
    if zlib.crc32(state[_HEAD.size :]) != checksum:
        raise SessionError("the saved session is damaged or cut short; save it anew")
    try:
        inflate = zlib.decompressobj()
        body = inflate.decompress(state[_HEAD.size :], _LIMIT)
        if not inflate.eof:
            raise SessionError(f"the saved session unpacks to more than {_LIMIT} bytes; refused")
        (length,) = _LENGTH.unpack_from(body)
        card = json.loads(body[_LENGTH.size : _LENGTH.size + length])
        mark = fingerprint(reader)
        if card["recogniser"] != mark:
            raise SessionError(
                f"the session was saved with recogniser {card['recogniser']} and this one is "
                f"{mark}: a session goes on with the same model, language model and beam only"
            )
        found = _In(card["arrays"], memoryview(body)[_LENGTH.size + length :])
        final = card["final"]
        return Saved(
            _options(card["options"]),
            found.reading(card["reading"]),
            found.samples(card["waiting"]),
            None if final is None else _hypothesis(final),
        )
    except SessionError:
        raise
    except _DAMAGED as error:
        raise SessionError(f"the saved session is damaged: {error!r}; save it anew") from None


# what zlib, json and the reader of plain values say of bytes that `pack` did not write
_DAMAGED = (
    InkrecError, zlib.error, struct.error, ValueError, KeyError, IndexError, TypeError,
    AttributeError, OverflowError, MemoryError, RecursionError,
)  # fmt: skip


def _options(plain: dict[str, Any]) -> dict[str, Any]:
    """The arguments of `Recognizer.session`."""
    if plain.keys() != {"line_height", "timed", "revisable", "commitment"}:
        raise ValueError(f"its options are {', '.join(plain)}")
    height, commitment = plain["line_height"], plain["commitment"]
    return {
        "line_height": None if height is None else positive("line_height", height, optional=True),
        "timed": bool(plain["timed"]),
        "revisable": bool(plain["revisable"]),
        "commitment": None if commitment is None else Commitment(**commitment),
    }


def _number(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise SessionError(f"{value!r} cannot be saved")


# ---- hypotheses: lists of plain values


def _plain(h: Hypothesis, words: int = 0) -> list[Any]:
    """A hypothesis without its first words."""
    return [
        h.committed,
        h.tentative,
        [_plain_word(w) for w in h.words[words:]],
        [[a.text, a.log_probability] for a in h.alternatives],
        h.final,
    ]


def _plain_word(w: Word) -> list[Any]:
    others = [[a.text, a.log_probability] for a in w.alternatives]
    return [w.text, w.confidence, w.start, w.end, list(w.strokes), others, w.committed]


def _hypothesis(plain: list[Any], words: tuple[Word, ...] = ()) -> Hypothesis:
    committed, tentative, more, others, final = plain
    return Hypothesis(
        committed, tentative, (*words, *map(_word, more)), _alternatives(others), final
    )


def _word(plain: list[Any]) -> Word:
    text, confidence, start, end, strokes, others, committed = plain
    return Word(text, confidence, start, end, tuple(strokes), _alternatives(others), committed)


def _alternatives(plain: Iterable[Sequence[Any]]) -> tuple[Alternative, ...]:
    return tuple(Alternative(text, log_p) for text, log_p in plain)


def _tuples(plain: Iterable[Any]) -> list[Any]:
    return [tuple(v) if isinstance(v, list) else v for v in plain]


def _gauge(plain: list[Any]) -> Gauge:
    down, across, samples, hint, (first, heights, tiny, runs), finer = plain
    letters = Letters(first, tuple((part, whole) for part, whole in heights), tiny, runs)
    return Gauge(Runs(*_tuples(down)), Runs(*_tuples(across)), samples, hint, letters, finer)


class _Out:
    """Arrays put aside; what stands for one in the card is its place."""

    def __init__(self, window: int) -> None:
        self.arrays: list[Array] = []
        self.window = window

    def put(self, values: Any, dtype: str) -> int:
        self.arrays.append(np.ascontiguousarray(values, dtype))
        return len(self.arrays) - 1

    def samples(self, samples: Sequence[PenSample]) -> int:
        rows = [
            (t, x, y, np.nan if pressure is None else pressure, touching)
            for t, x, y, pressure, touching in samples
        ]
        # a column after the other packs best
        return self.put(np.array(rows, np.float64).reshape(len(rows), 5).T, "<f8")

    def pen(self, pen: Pen) -> list[Any]:
        path, causal, points, frames = pen
        cells = [half for cell in causal.cells for half in cell]
        return [
            list(path),
            self.put(causal.points, "<f4"),
            self.put(causal.middle, "<f4"),
            [self.put(half, "<f4") for half in cells],
            points,
            frames,
        ]

    def rows(self, values: Sequence[Array]) -> int:
        return self.put(np.stack(values) if values else np.empty((0, 0)), "<f4")

    def places(self, r: Reading) -> dict[str, Any]:
        """Where the second pass stands, in full where it may go on from."""
        trail = r.trail.last(r.trail.length)
        begun = {s.pen.frames - r.frame for s in r.strokes}
        wanted = [
            i for i in range(1, len(trail) + 1) if i + self.window >= len(trail) or i in begun
        ]
        return {
            "beams": self.beams([r.base.beam, *(p.beam for p in trail)]),
            "wanted": wanted,
            "ahead": self.rows([r.base.ahead, *(trail[i - 1].ahead for i in wanted)]),
            "said": self.rows([trail[i - 1].said for i in wanted]),
        }

    def beams(self, states: Sequence[BeamState]) -> dict[str, Any]:
        """Beams and the prefixes they share, those in front first."""
        place: dict[int, int] = {}
        nodes: list[Prefix] = []
        for prefix in (p for state in states for p in state.prefixes):
            path = []
            node: Prefix | None = prefix
            while node is not None and id(node) not in place:
                path.append(node)
                node = node.parent
            for node in reversed(path):
                place[id(node)] = len(nodes)
                nodes.append(node)
        told = [n.lm for n in nodes]
        mine = [lm for lm in told if isinstance(lm, WordState)]
        inner = [lm.inner for lm in mine] or told
        for lm in inner:
            if not (lm is None or isinstance(lm, int)):
                raise SessionError(
                    "the session cannot be saved: its language model's states are of type "
                    f"{type(lm).__name__}, and only int and WordState can be"
                )
        known = not nodes or nodes[0].lm is not None
        sizes = [len(state.prefixes) for state in states]
        return {
            "parent": self.put(
                [-1 if n.parent is None else place[id(n.parent)] for n in nodes], "<i4"
            ),
            "symbol": self.put([n.symbol for n in nodes], "<i4"),
            "frame": self.put([n.frame for n in nodes], "<i8"),
            "length": self.put([n.length for n in nodes], "<i8"),
            "key": self.put([n.key for n in nodes], "<i8"),
            "above": self.put([n.above for n in nodes], "<i8"),
            "lm": self.put(inner, "<i8") if known else None,
            "words": self.put([lm.node for lm in mine], "<i8") if mine else None,
            "odds": self.put([lm.odds for lm in mine], "<f8") if mine else None,
            "sizes": self.put(sizes, "<i4"),
            "prefixes": self.put([place[id(p)] for s in states for p in s.prefixes], "<i4"),
            "blank": self.put([b for s in states for b in s.blank], "<f8"),
            "ends": self.put([b for s in states for b in s.symbol], "<f8"),
            "scale": self.put([s.log_scale for s in states], "<f8"),
            "at": self.put([s.frame for s in states], "<i8"),
        }

    def stroke(self, stroke: Open) -> list[Any]:
        return [
            list(stroke.gauge),
            list(stroke.anchor),
            self.pen(stroke.pen),
            stroke.spoken,
            self.samples(stroke.list()),
        ]

    def _reach(self, r: Reading) -> int:
        """Frames that the second pass will read again, or has not yet read."""
        return max(self.window, r.hidden.length - r.trail.length)

    def reading(self, r: Reading) -> dict[str, Any]:
        words = len(r.committed)
        past = []
        node: Chain | None = r.past
        while node is not None and node.length:
            origin, count, strokes = node.value
            past.append([self.reading(origin), count, [self.samples(s) for s in strokes]])
            node = node.front
        return {
            "time": r.time,
            "touching": r.touching,
            "gauge": list(r.gauge),
            "anchor": list(r.anchor),
            "pen": self.pen(r.pen),
            "strokes": [self.stroke(s) for s in r.strokes],
            "first": r.first,
            "frame": r.frame,
            "hidden": self.rows(r.hidden.last(self._reach(r))),
            "spoken": r.spoken.last(r.spoken.length),
            "last": r.last,
            "told": r.told,
            "places": self.places(r),
            "steady": [list(pair) for pair in r.steady],
            "committed": [_plain_word(w) for w in r.committed],
            "text": r.text,
            "closed": [self.samples(s) for s in r.closed],
            "front": _plain(r.front, words),
            "shown": None if r.shown is r.front else _plain(r.shown, words),
            "past": past[::-1],
        }


class _In:
    """The other way."""

    def __init__(self, kinds: Sequence[tuple[str, list[int]]], data: memoryview) -> None:
        self.arrays: list[Array] = []
        at = 0
        for kind, shape in kinds:
            if kind not in _TYPES:
                raise ValueError(f"an array of type {kind!r}")
            if min(shape) < 0:
                raise ValueError(f"an array of shape {shape}")
            size = math.prod(shape) * int(kind[2])
            if at + size > len(data):
                raise ValueError("an array is cut short")
            self.arrays.append(np.frombuffer(data[at : at + size], kind).reshape(shape))
            at += size

    def samples(self, place: int) -> list[PenSample]:
        return [
            PenSample(t, x, y, None if pressure != pressure else pressure, touching != 0.0)
            for t, x, y, pressure, touching in self.arrays[place].T.tolist()
        ]

    def pen(self, plain: list[Any]) -> Pen:
        path, points, middle, halves, count, frames = plain
        cells = [self.arrays[half] for half in halves]
        causal = CausalState(
            self.arrays[points],
            self.arrays[middle],
            tuple(zip(cells[::2], cells[1::2], strict=True)),
        )
        return Pen(PathState(*_tuples(path)), causal, count, frames)

    def beams(self, plain: Mapping[str, Any]) -> list[BeamState]:
        def column(name: str) -> list[Any]:
            values: list[Any] = self.arrays[plain[name]].tolist()
            return values

        parents = column("parent")
        lm: list[Any] = [None] * len(parents) if plain["lm"] is None else column("lm")
        if plain["words"] is not None:
            lm = list(map(WordState, lm, column("words"), column("odds")))
        nodes: list[Prefix] = []
        names = ("symbol", "frame", "length", "key", "above")
        for parent, state, symbol, frame, length, key, above in zip(
            parents, lm, *map(column, names), strict=True
        ):
            if parent >= len(nodes):
                raise ValueError("a prefix stands before its parent")
            node = Prefix(nodes[parent] if parent >= 0 else None, symbol, frame, key, state)
            node.length, node.above = length, above
            nodes.append(node)
        states = []
        prefixes, blank, ends = column("prefixes"), column("blank"), column("ends")
        a = 0
        for size, scale, at in zip(column("sizes"), column("scale"), column("at"), strict=True):
            b = a + size
            states.append(
                BeamState(
                    tuple([nodes[i] for i in prefixes[a:b]]),
                    tuple(blank[a:b]),
                    tuple(ends[a:b]),
                    scale,
                    at,
                )
            )
            a = b
        return states

    def places(self, plain: Mapping[str, Any]) -> list[Place]:
        """Those that were not saved in full stand where the first does."""
        beams, wanted = self.beams(plain["beams"]), plain["wanted"]
        ahead, said = self.arrays[plain["ahead"]], self.arrays[plain["said"]]
        places = [Place(beam, ahead[0], _NOTHING) for beam in beams]
        for i, a, b in zip(wanted, ahead[1:], said, strict=True):
            places[i] = Place(beams[i], a, b)
        return places

    def stroke(self, plain: list[Any]) -> Open:
        measured, anchor, pen, spoken, place = plain
        samples = self.samples(place)
        xs = [s.x for s in samples]
        return Open(
            None,
            _gauge(measured),
            Anchor(*anchor),
            self.pen(pen),
            spoken,
            chain(samples),
            samples[0].t,
            min(xs),
            max(xs),
        )

    def reading(self, plain: Mapping[str, Any]) -> Reading:
        committed = tuple(map(_word, plain["committed"]))
        base, *trail = self.places(plain["places"])
        front = _hypothesis(plain["front"], committed)
        shown = front if plain["shown"] is None else _hypothesis(plain["shown"], committed)
        return Reading(
            time=plain["time"],
            touching=plain["touching"],
            gauge=_gauge(plain["gauge"]),
            anchor=Anchor(*_tuples(plain["anchor"])),
            pen=self.pen(plain["pen"]),
            strokes=tuple(map(self.stroke, plain["strokes"])),
            first=plain["first"],
            frame=plain["frame"],
            hidden=chain(self.arrays[plain["hidden"]]),
            spoken=chain(plain["spoken"]),
            last=plain["last"],
            told=plain["told"],
            base=base,
            trail=chain(trail),
            steady=tuple((text, times) for text, times in plain["steady"]),
            committed=committed,
            text=plain["text"],
            closed=tuple(map(self.samples, plain["closed"])),
            front=front,
            shown=shown,
            past=chain(
                (self.reading(origin), count, tuple(map(self.samples, strokes)))
                for origin, count, strokes in plain["past"]
            ),
        )
