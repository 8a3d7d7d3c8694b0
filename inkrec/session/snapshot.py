"""A session as bytes, so that it can go on in another process.

::

    magic, version, checksum | zlib: length of the card, card (JSON), arrays end to end

The card names the model that was used; another one refuses the bytes, but a user's words may
have come or gone, and then the texts of the beam are walked again. All that the
session knows is there but one thing: how it stood before each open stroke. Taking
such a stroke back reads the open ink again, as it does after a commitment.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any, NamedTuple

import numpy as np

from ..decoding.field_scorer import FieldScorer
from ..decoding.lm_scorer import LanguageScorer
from ..decoding.prefix import Prefix
from ..errors import InkrecError, SessionError
from ..ink.samples import PenSample, positive
from ..language.fields import Field
from ..language.user_words import UserWords
from ..results import Hypothesis
from .commit import CommitPolicy
from .line_decoder import LineDecoder
from .snapshot_reader import Unpacker, read_hypothesis
from .snapshot_writer import Packer, plain_hypothesis
from .state import LineState

__all__ = ["VERSION", "SavedSession", "dumps", "fingerprint", "loads", "words_mark"]

VERSION = 7
_MAGIC = b"inkrec~s"
_HEAD = struct.Struct("<8sHI")
_LENGTH = struct.Struct("<I")
_LIMIT = 128 << 20  # bytes that a session may unpack to; long ones are below 20 MB


class SavedSession(NamedTuple):
    """What the bytes hold.

    Attributes
    ----------
    options : dict
        Of `Recognizer.session`.
    state : LineState
    waiting : list of PenSample
        Samples that were taken and not yet read.
    final : Hypothesis or None
        If the session was finished.
    """

    options: dict[str, Any]
    state: LineState
    waiting: list[PenSample]
    final: Hypothesis | None


def fingerprint(decoder: LineDecoder) -> str:
    """What tells a recogniser from another: the model, the search, the language model."""
    language = decoder.language
    if isinstance(language, LanguageScorer):  # a user's words may come and go
        language = language.without_words()
    told = f"{decoder.model.fingerprint} {decoder.beam} {_named(language)}"
    return f"{decoder.model.fingerprint}-{zlib.crc32(told.encode()):08x}"


def _named(thing: object) -> str:
    plain = type(thing).__repr__ is object.__repr__  # holds an address
    return type(thing).__qualname__ if plain else repr(thing)


def words_mark(decoder: LineDecoder) -> str | None:
    """What tells one list of a user's words from another."""
    language = decoder.language
    if isinstance(language, LanguageScorer) and isinstance(language.model, UserWords):
        return repr(language.model)
    return None


def _renewed(decoder: LineDecoder) -> Callable[[Prefix | None, int, Any], Any]:
    """What walks saved texts again with other words than they were saved with."""
    scorer = decoder.scorer

    def renewed(front: Prefix | None, symbol: int, state: Any) -> Any:
        if not isinstance(scorer, (LanguageScorer, FieldScorer)):
            return state
        if front is None:
            return scorer.adopted(state, symbol)
        before: Any = front.lm_state
        return scorer.step(before, symbol)[0]

    return renewed


def dumps(
    decoder: LineDecoder, state: LineState, waiting: Sequence[PenSample], final: Hypothesis | None
) -> bytes:
    """The bytes of a session.

    Parameters
    ----------
    decoder : LineDecoder
    state : LineState
    waiting : sequence of PenSample
    final : Hypothesis or None

    Raises
    ------
    SessionError
        If the language model's states are neither whole numbers nor of a user's words.
    """
    out = Packer(decoder.model.decoding.stream.refine_frames)
    policy = decoder.commit_policy
    card = {
        "recogniser": fingerprint(decoder),
        "words": words_mark(decoder),
        "options": {
            "line_height": decoder.line_height,
            "has_time": decoder.has_time,
            "editable": decoder.editable,
            "commit": None if policy is None else asdict(policy),
            "field": None if decoder.field is None else asdict(decoder.field),
            "pre_context": decoder.pre_context,
        },
        "state": out.state(state),
        "waiting": out.samples(waiting),
        "final": None if final is None else plain_hypothesis(final),
    }
    card["arrays"] = [[a.dtype.str, list(a.shape)] for a in out.arrays]
    text = json.dumps(card, separators=(",", ":"), default=_number).encode()
    body = zlib.compress(
        b"".join([_LENGTH.pack(len(text)), text, *(a.tobytes() for a in out.arrays)]), 6
    )
    return _HEAD.pack(_MAGIC, VERSION, zlib.crc32(body)) + body


def loads(state: bytes | bytearray | memoryview, decoder: LineDecoder) -> SavedSession:
    """The session that `dumps` was given.

    Parameters
    ----------
    state : bytes or the like
    decoder : LineDecoder
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
        mark = fingerprint(decoder)
        if card["recogniser"] != mark:
            raise SessionError(
                f"the session was saved with recogniser {card['recogniser']} and this one is "
                f"{mark}: a session goes on with the same model, language model and beam only"
            )
        options = _options(card["options"])
        found = Unpacker(
            card["arrays"],
            memoryview(body)[_LENGTH.size + length :],
            None
            if card["words"] == words_mark(decoder)
            else _renewed(replace(decoder, field=options["field"])),
        )
        final = card["final"]
        return SavedSession(
            options,
            found.state(card["state"]),
            found.samples(card["waiting"]),
            None if final is None else read_hypothesis(final),
        )
    except SessionError:
        raise
    except _DAMAGED as error:
        raise SessionError(f"the saved session is damaged: {error!r}; save it anew") from None


# what zlib, json and `Unpacker` say of bytes that `dumps` did not write
_DAMAGED = (
    InkrecError, zlib.error, struct.error, ValueError, KeyError, IndexError, TypeError,
    AttributeError, OverflowError, MemoryError, RecursionError,
)  # fmt: skip


def _options(plain: dict[str, Any]) -> dict[str, Any]:
    """The arguments of `Recognizer.session`."""
    if plain.keys() != {"line_height", "has_time", "editable", "commit", "field", "pre_context"}:
        raise ValueError(f"its options are {', '.join(plain)}")
    height, policy, field = plain["line_height"], plain["commit"], plain["field"]
    return {
        "line_height": None if height is None else positive("line_height", height, optional=True),
        "has_time": bool(plain["has_time"]),
        "editable": bool(plain["editable"]),
        "commit": None if policy is None else CommitPolicy(**policy),
        "field": None if field is None else Field(**field),
        "pre_context": str(plain["pre_context"]),
    }


def _number(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise SessionError(f"{value!r} cannot be saved")
