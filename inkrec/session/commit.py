"""When a word becomes final, and what that does to the line.

A word is committed once the pen has moved on from it and the second pass has
stopped changing its mind: it stood the same at several pen-ups in a row, words
follow it, the pen is well to its right, so that dots and crossbars have had
their chance, and its posterior is high or has been low for long. The beams that
disagree with a committed word are dropped, and what leads to it is forgotten, so
that work and memory do not grow with the line.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..decoding.prefix import BeamState, Prefix
from ..decoding.word_spans import Known, spell
from ..errors import SessionError
from ..language.alphabet import Alphabet
from ..results import Hypothesis, Word
from .persistent_list import NIL, Chain, chain, cut, push
from .state import KEPT, Place, Reading, origin

__all__ = ["Commitment", "commit", "committable"]

_EMPTY = Hypothesis()


@dataclass(frozen=True, slots=True)
class Commitment:
    """What a word must show to be committed.

    Attributes
    ----------
    words : int
        Words that follow it, at least one.
    pen_ups : int
        Pen-ups in a row at which it read the same.
    distance : float
        Scales from its right edge to the pen, or more.
    confidence : float
        Least posterior; above 1 there is none.
    patience : int
        Pen-ups in a row after which a word is taken whatever its posterior, so that one
        in doubt does not keep all that follows open.

    Raises
    ------
    SessionError
        If one is no number, negative, or a count below 1.
    """

    words: int = 1
    pen_ups: int = 3
    distance: float = 3.0
    confidence: float = 0.7
    patience: int = 40

    def __post_init__(self) -> None:
        for name in ("words", "pen_ups", "patience"):
            count = getattr(self, name)
            if not (isinstance(count, (int, np.integer)) and count >= 1):
                raise SessionError(
                    f"{name} is {count!r}; it must be a whole number of 1 or more: a word can be "
                    "committed only behind at least one other and after one pen-up; None in "
                    "place of a Commitment commits nothing"
                )
        for name in ("distance", "confidence"):
            least = getattr(self, name)
            if not (isinstance(least, (int, float, np.number)) and least >= 0):
                raise SessionError(f"{name} is {least!r}; it must be a number of 0 or more")


def committable(
    settings: Commitment,
    confidences: Sequence[float],
    steady: Sequence[int],
    distances: Sequence[float],
) -> int:
    """How many of the open words, from the front, are ready.

    Parameters
    ----------
    settings : Commitment
    confidences : sequence of float
        Posterior of each open word.
    steady : sequence of int
        Pen-ups in a row at which each read the same.
    distances : sequence of float
        Scales from each word's right edge to the pen.

    Returns
    -------
    int

    Examples
    --------
    >>> committable(Commitment(), [0.9, 0.9, 0.9], [9, 9, 2], [8.0, 1.0, 0.0])
    1
    """
    n = 0
    for confidence, times, distance in zip(confidences, steady, distances, strict=True):
        ready = (
            (confidence >= settings.confidence or times >= settings.patience)
            and times >= settings.pen_ups
            and distance >= settings.distance
        )
        if not ready or n >= len(confidences) - settings.words:
            break
        n += 1
    return n


def commit(
    r: Reading,
    shown: Hypothesis,
    owners: list[int],
    settings: Commitment,
    alphabet: Alphabet,
    *,
    revisable: bool,
) -> tuple[Reading, Hypothesis]:
    """The reading and its text with the words committed that are ready.

    Parameters
    ----------
    r : Reading
    shown : Hypothesis
        What it says.
    owners : list of int
        The word of each open stroke.
    settings : Commitment
    alphabet : Alphabet
    revisable : bool
        Whether the closed ink is kept, to be taken back.
    """
    words = shown.words[len(r.committed) :]
    old = [*r.steady, *[("", 0)] * len(words)]
    steady = tuple(
        (word.text, times + 1 if text == word.text else 1)
        for word, (text, times) in zip(words, old, strict=False)
    )
    r = r._replace(steady=steady)
    if len(words) <= settings.words:
        return r, shown
    pen_x = r.strokes[-1].samples.value.x
    right = [-math.inf] * len(words)
    for stroke, owner in zip(r.strokes, owners, strict=True):
        right[owner] = max(right[owner], stroke.right)
    n = committable(
        settings,
        [w.confidence for w in words],
        [times for _, times in steady],
        [(pen_x - x) / r.anchor.scale for x in right],
    )
    while n:
        closed = _close(r, words[:n], owners, alphabet, revisable=revisable)
        if closed is not None:
            r = closed
            return r, replace(
                shown,
                committed=r.text,
                tentative=shown.text[len(r.text) :],
                words=r.committed + shown.words[len(r.committed) :],
                # what contradicts final text is no reading any more
                alternatives=tuple(
                    a for a in shown.alternatives if a.text.startswith(f"{r.text} ")
                ),
            )
        n -= 1
    return r, shown


def _close(
    r: Reading,
    words: tuple[Word, ...],
    owners: list[int],
    alphabet: Alphabet,
    *,
    revisable: bool,
) -> Reading | None:
    """The reading with these words final, if a stroke's start parts them from the rest."""
    n = len(words)
    start = next((i for i, owner in enumerate(owners) if owner >= n), 0)
    if start == 0 or any(owner < n for owner in owners[start:]):
        return None
    mark = r.strokes[start]
    gone = mark.pen.frames - r.frame
    if not 0 < gone <= r.trail.length:
        return None
    place: Place = cut(r.trail, gone).value
    state = place.beam
    since = r.base.beam.prefixes[0].length if r.committed else 0
    told = [w.text for w in words]
    agree = [[w.text for w in spell(p, alphabet, since)] == told for p in state.prefixes]
    if not any(agree):
        return None
    committed = r.committed + tuple(replace(w, committed=True) for w in words)
    if revisable:
        gone_ink = tuple(s.list() for s in r.strokes[:start])
        bare = origin(r)._replace(committed=(), text="", front=_EMPTY, shown=_EMPTY)
        r = r._replace(past=push(r.past, (bare._replace(past=NIL), len(r.committed), gone_ink)))
    closed = [*r.closed, *(s.list() for s in r.strokes[:start])]
    while sum(map(len, closed)) > KEPT:
        del closed[0]
    ahead = r.pen.frames - mark.pen.frames
    base = place._replace(beam=_rooted(state.keep(agree)))
    trail = _agreeing(r.trail.last(r.trail.length - gone), told, alphabet, since)
    _forget(trail, base.beam.prefixes[0].length)
    strokes = tuple(
        s._replace(before=None, spoken=s.spoken - mark.spoken) for s in r.strokes[start:]
    )
    return r._replace(
        strokes=strokes,
        first=r.first + start,
        frame=mark.pen.frames,
        hidden=chain(r.hidden.last(ahead)),
        spoken=chain(r.spoken.last(r.spoken.length - mark.spoken)),
        base=base,
        trail=trail,
        steady=r.steady[n:],
        committed=committed,
        text=" ".join([r.text, *told] if r.text else told),
        closed=tuple(closed),
    )


def _agreeing(places: list[Place], told: list[str], alphabet: Alphabet, since: int) -> Chain:
    """The places with the beams alone that begin with the words, as far as there are any."""
    known: Known = {}
    trail, n = NIL, len(told)
    for place in places:
        spelled = [spell(p, alphabet, since, known) for p in place.beam.prefixes]
        agree = [[w.text for w in words[:n]] == told for words in spelled]
        if not any(agree):
            break
        beam = place.beam if all(agree) else place.beam.keep(agree)
        trail = push(trail, place._replace(beam=beam))
    return trail


def _rooted(state: BeamState) -> BeamState:
    """The beam with the way to it forgotten but for lengths, so that memory stays."""
    prefixes = []
    for p in state.prefixes:
        root = Prefix(None, p.symbol, p.frame, p.key, p.lm)
        root.length, root.above = state.prefixes[0].length, p.above
        prefixes.append(root)
    return state._replace(prefixes=tuple(prefixes))


def _forget(trail: Chain, length: int) -> None:
    """Let go of what leads to committed text: no reading looks behind it any more."""
    seen: set[int] = set()
    for place in trail.last(trail.length):
        for prefix in place.beam.prefixes:
            node: Prefix | None = prefix
            while node is not None and node.length > length and id(node) not in seen:
                seen.add(id(node))
                node = node.parent
            if node is not None and node.length == length:
                node.parent = None
