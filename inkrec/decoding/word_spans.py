"""Beams to words: spans, strokes, confidence and alternatives."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..language.alphabet import Alphabet
from ..results import Alternative
from .prefix import BeamState, Prefix

__all__ = ["Known", "Spelled", "alternatives", "assign", "parted", "spell", "weigh"]


class Spelled(NamedTuple):
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

    words: tuple[Spelled, ...]
    text: str
    first: int
    last: int

    def all(self) -> tuple[Spelled, ...]:
        return (*self.words, Spelled(self.text, self.first, self.last)) if self.text else self.words


_NOTHING = _Part((), "", 0, 0)
Known = dict[Prefix, _Part]
"""What prefixes spelled, from one symbol on."""


def spell(
    prefix: Prefix, alphabet: Alphabet, since: int = 0, known: Known | None = None
) -> tuple[Spelled, ...]:
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


def parted(beam: BeamState, alphabet: Alphabet, since: int) -> BeamState:
    """The beam without texts that make the word in front of symbol ``since`` longer.

    That word was committed. Where nothing else is left they stay.
    """

    def apart(prefix: Prefix) -> bool:
        nodes = prefix.nodes(since)
        ends = [nodes[0].parent, nodes[0]] if nodes else []
        return not ends or any(n and alphabet.symbols[n.symbol - 1] == " " for n in ends)

    wanted = [apart(prefix) for prefix in beam.prefixes]
    return beam.keep(wanted) if any(wanted) and not all(wanted) else beam


def _posteriors(beam: BeamState, temperature: float) -> list[float]:
    masses = beam.masses()
    if temperature == 1.0:
        return masses
    flat = [mass ** (1 / temperature) for mass in masses]
    whole = sum(flat)
    return [mass / whole for mass in flat]


def weigh(
    beam: BeamState,
    alphabet: Alphabet,
    since: int = 0,
    temperature: float = 1.0,
    most: int = 5,
    known: Known | None = None,
) -> list[tuple[Spelled, float, tuple[Alternative, ...]]]:
    """The best prefix's words, each with its posterior and other readings.

    A word of another prefix stands for the same ink where their frames overlap
    most.

    Parameters
    ----------
    beam : BeamState
    alphabet : Alphabet
    since : int
        Symbols in front that are left out.
    temperature : float
        Divides the prefixes' log-posteriors; above 1 it makes the beam less sure.
    most : int
        Alternatives a word.
    known : dict, optional
        As for `spell`.

    Returns
    -------
    list of (word, confidence, alternatives)
    """
    masses = _posteriors(beam, temperature)
    known = {} if known is None else known
    readings = [spell(p, alphabet, since, known) for p in beam.prefixes]
    result = []
    for k, word in enumerate(readings[0]):
        votes: dict[str, float] = {}
        for words, mass in zip(readings, masses, strict=True):
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


def _overlapping(word: Spelled, words: Sequence[Spelled]) -> str:
    """The word that shares most frames with this one; none if none does."""
    shared, text = -1, ""
    for other in words:
        overlap = min(word.last, other.last) - max(word.first, other.first)
        if overlap >= 0 and overlap > shared:
            shared, text = overlap, other.text
    return text


def alternatives(
    beam: BeamState,
    alphabet: Alphabet,
    front: str = "",
    since: int = 0,
    temperature: float = 1.0,
    most: int = 5,
    known: Known | None = None,
) -> tuple[Alternative, ...]:
    """Whole texts, the best prefix's first, ``front`` put before each; as sure as `weigh` is."""
    votes: dict[str, float] = {}
    known = {} if known is None else known
    for prefix, mass in zip(beam.prefixes, _posteriors(beam, temperature), strict=True):
        text = " ".join([w.text for w in spell(prefix, alphabet, since, known)])
        votes[text] = votes.get(text, 0.0) + mass
    ranked = list(votes.items())
    ranked[1:] = sorted(ranked[1:], key=lambda item: -item[1])
    return tuple(
        Alternative(f"{front} {text}".strip(), math.log(mass))
        for text, mass in ranked[:most]
        if mass
    )


def assign(
    words: Sequence[Spelled],
    centres: Sequence[float],
    left: Sequence[float],
    right: Sequence[float],
) -> list[int]:
    """The word each stroke belongs to.

    A stroke belongs to the word being spelled at its middle; one that went back,
    to dot or to cross, belongs to the earlier word over which it stands.

    Parameters
    ----------
    words : sequence of Spelled
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
    for i, owner in enumerate(owners):
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
    return owners
