"""Beams to words: spans, strokes, confidence and alternatives."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from ..language.alphabet import Alphabet
from ..results import Alternative
from .prefix import BeamState, Prefix

__all__ = ["BeamWords", "WordSpan", "assign_strokes", "word_spans"]


class WordSpan(NamedTuple):
    """A word as a prefix spells it.

    Attributes
    ----------
    text : str
    first, last : int
        Frames in which its first and last symbols were begun.
    """

    text: str
    first: int
    last: int


class _Part(NamedTuple):
    """Whole words, and the word that is being spelled."""

    words: tuple[WordSpan, ...]
    text: str
    first: int
    last: int

    def all(self) -> tuple[WordSpan, ...]:
        return (
            (*self.words, WordSpan(self.text, self.first, self.last)) if self.text else self.words
        )


_NOTHING = _Part((), "", 0, 0)
SpanCache = dict[Prefix, _Part]
"""What prefixes spelled, from one symbol on."""


def word_spans(
    prefix: Prefix, alphabet: Alphabet, since: int = 0, known: SpanCache | None = None
) -> tuple[WordSpan, ...]:
    """The words of a prefix, from its symbol ``since`` on.

    ``known`` keeps what prefixes spelled: those of a beam share most of it.
    """
    known = {} if known is None else known
    path = []
    node: Prefix | None = prefix
    while node is not None and node.length > since and node not in known:
        path.append(node)
        node = node.parent
    part = _NOTHING if node is None else known.get(node, _NOTHING)
    symbols = alphabet.symbols
    for node in reversed(path):
        symbol = symbols[node.symbol - 1]
        words, text, first, _ = part
        if symbol == " ":
            part = _Part(part.all(), "", 0, 0)
        else:
            part = _Part(words, text + symbol, first if text else node.frame, node.frame)
        known[node] = part
    return part.all()


class BeamWords:
    """The words of a beam's texts, each prefix spelled once.

    Parameters
    ----------
    beam : BeamState
    alphabet : Alphabet
    since : int
        Tokens that are left out in front. Where there are any, a word before them was
        committed, and texts that make it longer are dropped unless nothing else is left.
    temperature : float
        Divides the prefixes' log-posteriors; above 1 it makes the beam less sure.

    Attributes
    ----------
    beam : BeamState
        Without the dropped texts.
    """

    def __init__(
        self, beam: BeamState, alphabet: Alphabet, since: int = 0, temperature: float = 1.0
    ) -> None:
        self._alphabet, self._since, self._temperature = alphabet, since, temperature
        self._known: SpanCache = {}
        self.beam = self._apart(beam) if since else beam

    def of(self, prefix: Prefix) -> tuple[WordSpan, ...]:
        """The words of a prefix of this or an earlier beam of the same line."""
        return word_spans(prefix, self._alphabet, self._since, self._known)

    def starting_with(self, prefixes: Sequence[Prefix], texts: Sequence[str]) -> list[bool]:
        """For each prefix whether its first words are these."""
        n, wanted = len(texts), list(texts)
        return [[w.text for w in self.of(p)[:n]] == wanted for p in prefixes]

    @cached_property
    def best(self) -> tuple[WordSpan, ...]:
        """The words of the best text."""
        return self.of(self.beam.prefixes[0])

    @cached_property
    def _readings(self) -> list[tuple[WordSpan, ...]]:
        return [self.of(prefix) for prefix in self.beam.prefixes]

    @cached_property
    def _posteriors(self) -> list[float]:
        masses = self.beam.posteriors()
        if self._temperature == 1.0:
            return masses
        flat = [mass ** (1 / self._temperature) for mass in masses]
        whole = sum(flat)
        return [mass / whole for mass in flat]

    def posteriors(self, most: int = 5) -> list[tuple[WordSpan, float, tuple[Alternative, ...]]]:
        """The best text's words, each with its posterior and other readings.

        A word of another prefix stands for the same ink where their frames overlap
        most.

        Parameters
        ----------
        most : int
            Alternatives a word.

        Returns
        -------
        list of (word, confidence, alternatives)
        """
        result = []
        for k, word in enumerate(self.best):
            votes: dict[str, float] = {}
            for words, mass in zip(self._readings, self._posteriors, strict=True):
                same = k < len(words) and words[k] == word
                text = word.text if same else _overlapping(word, words)
                votes[text] = votes.get(text, 0.0) + mass
            confidence = min(1.0, votes.pop(word.text, 0.0))
            votes.pop("", None)
            others = sorted(votes.items(), key=lambda item: -item[1])[:most]
            result.append(
                (word, confidence, tuple(Alternative(t, math.log(m)) for t, m in others if m > 0))
            )
        return result

    def alternatives(self, front: str = "", most: int = 5) -> tuple[Alternative, ...]:
        """Whole texts, the best prefix's first, ``front`` put before each."""
        votes: dict[str, float] = {}
        for words, mass in zip(self._readings, self._posteriors, strict=True):
            text = " ".join([w.text for w in words])
            votes[text] = votes.get(text, 0.0) + mass
        ranked = list(votes.items())
        ranked[1:] = sorted(ranked[1:], key=lambda item: -item[1])
        return tuple(
            Alternative(f"{front} {text}".strip(), math.log(mass))
            for text, mass in ranked[:most]
            if mass
        )

    def _apart(self, beam: BeamState) -> BeamState:
        """The beam without texts that make the word before token ``since`` longer."""
        symbols = self._alphabet.symbols

        def apart(prefix: Prefix) -> bool:
            nodes = prefix.nodes(self._since)
            ends = [nodes[0].parent, nodes[0]] if nodes else []
            return not ends or any(n and symbols[n.symbol - 1] == " " for n in ends)

        wanted = [apart(prefix) for prefix in beam.prefixes]
        return beam.prune(wanted) if any(wanted) and not all(wanted) else beam


def _overlapping(word: WordSpan, words: Sequence[WordSpan]) -> str:
    """The word that shares most frames with this one; none if none does."""
    shared, text = -1, ""
    for other in words:
        overlap = min(word.last, other.last) - max(word.first, other.first)
        if overlap >= 0 and overlap > shared:
            shared, text = overlap, other.text
    return text


def assign_strokes(
    words: Sequence[WordSpan],
    centres: Sequence[float],
    left: Sequence[float],
    right: Sequence[float],
) -> list[int]:
    """The word each stroke belongs to.

    A stroke belongs to the word being spelled at its middle; one that went back,
    to dot or to cross, belongs to the earlier word over which it stands.

    Parameters
    ----------
    words : sequence of WordSpan
        At least one.
    centres : sequence of float
        Frame at the middle of each stroke.
    left, right : sequence of float
        Each stroke's extent in x.

    Returns
    -------
    list of int
    """
    bounds = [(a.last + b.first) / 2 for a, b in itertools.pairwise(words)]
    owners: list[int] = np.searchsorted(bounds, centres).tolist()
    extent = [[math.inf, -math.inf] for _ in words]
    far = -math.inf
    late = []
    for i in sorted(range(len(owners)), key=lambda i: centres[i]):
        owner = owners[i]
        if right[i] < far and owner and right[i] < extent[owner][0]:
            late.append(i)
            continue
        far = max(far, right[i])
        extent[owner][0] = min(extent[owner][0], left[i])
        extent[owner][1] = max(extent[owner][1], right[i])
    for i in late:
        middle = (left[i] + right[i]) / 2
        for k in range(owners[i]):
            if extent[k][0] <= middle <= extent[k][1]:
                owners[i] = k
    return _beside_their_words(owners, left, right, len(words))


def _beside_their_words(
    owners: list[int], left: Sequence[float], right: Sequence[float], count: int
) -> list[int]:
    """The owners, where strokes that stand among those of a neighbour and off their own are its."""
    spans: list[list[tuple[float, float]]] = [[] for _ in range(count)]
    for i, owner in enumerate(owners):
        spans[owner].append((left[i], right[i]))
    moved = list(owners)
    for i, owner in enumerate(owners):
        middle, own = (left[i] + right[i]) / 2, list(spans[owner])
        own.remove((left[i], right[i]))
        if not own or _holds(own, middle):
            continue
        for k in (owner - 1, owner + 1):
            if 0 <= k < count and _holds(spans[k], middle):
                moved[i] = k
    return moved


def _holds(spans: Sequence[tuple[float, float]], middle: float) -> bool:
    return bool(spans) and min(a for a, _ in spans) <= middle <= max(b for _, b in spans)
