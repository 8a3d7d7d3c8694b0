"""What a reading says: a beam's words, with the strokes, times and doubts of each."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

from ..decoding.prefix import BeamState
from ..decoding.word_spans import Known, Spelled, alternatives, assign, parted, weigh
from ..language.alphabet import Alphabet
from ..network.layers import STRIDE
from ..results import Alternative, Hypothesis, Word
from .state import Reading

__all__ = ["describe", "lag", "murmur"]


def describe(
    r: Reading,
    state: BeamState,
    alphabet: Alphabet,
    temperature: float,
    spans: Sequence[tuple[int, int]] = (),
) -> tuple[Hypothesis, list[int]]:
    """What the beam says, and the word of each open stroke.

    Parameters
    ----------
    r : Reading
    state : BeamState
        Of the open ink.
    alphabet : Alphabet
    temperature : float
        Divides log-posteriors before they are shown as confidence.
    spans : sequence of (int, int)
        The points at which each open stroke begins and the next one does, if the beam
        counts otherwise than the reading.

    Returns
    -------
    hypothesis : Hypothesis
    owners : list of int
    """
    if not spans:
        spans = list(itertools.pairwise([*(s.pen.points for s in r.strokes), r.pen.points]))
    since = r.base.beam.prefixes[0].length if r.committed else 0
    if r.committed:
        state = parted(state, alphabet, since)
    known: Known = {}
    weighed = weigh(state, alphabet, since, temperature, known=known)
    spelled = [w for w, _, _ in weighed]
    owners = _owners(r, spelled, spans) if spelled else []
    words = []
    for k, (word, confidence, others) in enumerate(weighed):
        mine = [i for i, owner in enumerate(owners) if owner == k]
        times = [(r.strokes[i].began, r.strokes[i].samples.value.t) for i in mine]
        if not times:
            times = [(_when(r, spans, word.first), _when(r, spans, word.last))]
        start, end = min(a for a, _ in times), max(b for _, b in times)
        strokes = tuple(i + r.first for i in mine)
        words.append(Word(word.text, confidence, start, end, strokes, others))
    text = " ".join(w.text for w in spelled)
    hypothesis = Hypothesis(
        r.text,
        f" {text}" if r.text and text else text,
        r.committed + tuple(words),
        alternatives(state, alphabet, r.text, since, temperature, known=known),
    )
    return hypothesis, owners


def murmur(r: Reading, alphabet: Alphabet) -> Reading:
    """Text in mid-stroke: what the causal pass said beyond what was told at pen-up."""
    more = alphabet.decode(r.spoken.last(r.spoken.length - r.told))
    tentative = " ".join((r.front.tentative + more).split())
    if r.text and tentative:
        tentative = f" {tentative}"
    if tentative == r.shown.tentative:
        return r
    text = (Alternative(r.text + tentative, 0.0),)
    shown = replace(r.front, tentative=tentative, alternatives=text)
    return r._replace(shown=shown)


def lag(text: str, spoken: str) -> int:
    """By how many symbols the causal pass is behind a text, seen from how their ends agree.

    Examples
    --------
    >>> lag("over the", "oven th"), lag("old", "old")
    (1, 0)
    """

    def agree(by: int) -> int:
        told = text[: len(text) - by]
        return sum(a == b for a, b in zip(reversed(told), reversed(spoken), strict=False))

    # a causal head mostly waits for one symbol more: ties go to one
    return max((1, 0, 2, 3, 4), key=agree) if spoken else min(len(text.strip()), 4)


def _owners(r: Reading, spelled: list[Spelled], spans: Sequence[tuple[int, int]]) -> list[int]:
    centres = [(a + b - 1) / (2 * STRIDE) for a, b in spans]
    return assign(spelled, centres, [s.left for s in r.strokes], [s.right for s in r.strokes])


def _when(r: Reading, spans: Sequence[tuple[int, int]], frame: int) -> float:
    """Time at which the stroke of a frame's ink began."""
    at = [i for i, (start, _) in enumerate(spans) if start <= frame * STRIDE]
    return r.strokes[max(at, key=lambda i: spans[i], default=0)].began if r.strokes else 0.0
