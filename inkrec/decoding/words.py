"""Beams to words: spans, strokes, confidence and alternatives."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..alphabet import Alphabet
from ..hypothesis import Alternative
from .beam import BeamState, Prefix

__all__ = ["Spelled", "alternatives", "assign", "spell", "weigh"]


@dataclass(frozen=True, slots=True)
class Spelled:
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


def spell(prefix: Prefix, alphabet: Alphabet, since: int = 0) -> list[Spelled]:
    """The words of a prefix, from its symbol ``since`` on."""
    words: list[Spelled] = []
    text, first, last = "", 0, 0
    for node in prefix.nodes(since):
        symbol = alphabet.symbols[node.symbol - 1]
        if symbol == " ":
            if text:
                words.append(Spelled(text, first, last))
            text = ""
            continue
        if not text:
            first = node.frame
        text += symbol
        last = node.frame
    if text:
        words.append(Spelled(text, first, last))
    return words


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

    Returns
    -------
    list of (word, confidence, alternatives)
    """
    masses = _posteriors(beam, temperature)
    readings = [spell(p, alphabet, since) for p in beam.prefixes]
    result = []
    for word in readings[0]:
        votes: dict[str, float] = {}
        for words, mass in zip(readings, masses, strict=True):
            shared, text = -1, ""
            for other in words:
                overlap = min(word.last, other.last) - max(word.first, other.first)
                if overlap >= 0 and overlap > shared:
                    shared, text = overlap, other.text
            votes[text] = votes.get(text, 0.0) + mass
        confidence = min(1.0, votes.pop(word.text, 0.0))
        votes.pop("", None)
        others = sorted(votes.items(), key=lambda item: -item[1])[:most]
        result.append(
            (word, confidence, tuple(Alternative(t, math.log(m)) for t, m in others if m > 0))
        )
    return result


def alternatives(
    beam: BeamState, alphabet: Alphabet, front: str = "", since: int = 0, most: int = 5
) -> tuple[Alternative, ...]:
    """Whole texts, the best prefix's first, ``front`` put before each."""
    votes: dict[str, float] = {}
    for prefix, mass in zip(beam.prefixes, beam.masses(), strict=True):
        text = " ".join(w.text for w in spell(prefix, alphabet, since))
        votes[text] = votes.get(text, 0.0) + mass
    ranked = list(votes.items())
    ranked[1:] = sorted(ranked[1:], key=lambda item: -item[1])
    return tuple(
        Alternative(f"{front} {text}".strip(), math.log(mass)) for text, mass in ranked[:most] if mass
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
    bounds = [(a.last + b.first) / 2 for a, b in zip(words[:-1], words[1:], strict=True)]
    owners = np.searchsorted(bounds, centres).tolist()
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
