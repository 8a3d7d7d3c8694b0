"""Prose and what is not: how a finished line is weighed where no hint says what it holds.

A language model of prose overrules clear ink in numbers, codes and rows of capitals. So each
word of a text is prose or something else, which words beside it make likely (a hidden Markov
model over words; Rabiner 1989), and what is written tells which. The texts that are weighed
come from two searches: one with the language model, and one that follows the ink alone.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..language.word_bigram import tokens
from .beam import advance
from .prefix import BeamSettings, BeamState, Prefix

if TYPE_CHECKING:
    from .lm_scorer import LanguageScorer

__all__ = ["MixedState", "MixedText", "search_mixed"]

_OTHER, _STAYS = 0.02, 0.95  # words of a text that are no prose; of those that follow one
_BOLDNESS = 0.8  # below 1, as what is no prose follows fewer rules than a table of classes
_DIGIT, _UPPER, _LOWER, _SIGN, _SPACE = range(5)
# what follows what in numbers, dates, codes, addresses, rows: inkrec.training.field_texts
_FOLLOWS = (
    (0.571, 0.019, 0.006, 0.167, 0.236),
    (0.061, 0.434, 0.059, 0.087, 0.360),
    (0.005, 0.003, 0.715, 0.177, 0.099),
    (0.222, 0.016, 0.348, 0.140, 0.275),
    (0.316, 0.192, 0.173, 0.318, 0.001),
)
_SIGNS = 32


class MixedState(NamedTuple):
    """Where a text stands.

    Attributes
    ----------
    prose : hashable
        The language model's state.
    last : int
        Class of the last character.
    other : float
        How probable it is that the word is no prose.
    """

    prose: Any
    last: int
    other: float


class MixedText:
    """Prose by a language model, and words that are none.

    Parameters
    ----------
    scorer : LanguageScorer
    floor : float
        Least probability of a symbol within prose.
    """

    def __init__(self, scorer: LanguageScorer, floor: float) -> None:
        self._scorer, self._floor = scorer, floor
        self._classes = [_SPACE, *map(_class_of, scorer.alphabet.symbols)]
        self._sizes = (10, 26, 26, _SIGNS, 1)

    def start(self, prose: Any, symbol: int) -> MixedState:
        """The state behind a text that ends in a symbol, or the blank where there is none."""
        return MixedState(prose, self._classes[symbol], _OTHER)

    def step(self, state: MixedState, symbol: int) -> tuple[MixedState, float, float]:
        """The state after a symbol, and its log-probability as prose and as either."""
        prose, log_p = self._scorer.step(state.prose, symbol)
        p = math.exp(log_p)
        kind = self._classes[symbol]
        q = _FOLLOWS[state.last][kind]
        q *= 0.4 / self._sizes[kind] + 0.6 * p if kind == _LOWER else 1.0 / self._sizes[kind]
        q **= _BOLDNESS
        p = self._floor + (1 - self._floor) * p
        other = state.other * q
        both = other + (1 - state.other) * p
        other /= both
        if kind == _SPACE:
            other = other * _STAYS + (1 - other) * _OTHER
        return MixedState(prose, kind, other), log_p, math.log(both)


def _class_of(symbol: str) -> int:
    if symbol.isspace():
        return _SPACE
    if symbol.isalpha():
        return _UPPER if symbol.isupper() else _LOWER
    return _DIGIT if symbol.isdecimal() else _SIGN


class _Weighed(NamedTuple):
    """A prefix with all that texts say of it since the frames in front."""

    grown: int  # symbols
    prose: float  # what the language model says of them, in sum
    mixed: float
    state: MixedState


def search_mixed(
    scorer: LanguageScorer,
    settings: BeamSettings,
    wide: BeamSettings,
    base: BeamState,
    log_probs: npt.NDArray[np.float32],
    since: int = 0,
    pre_context: str = "",
) -> BeamState:
    """Take a line's last frames with the language model and without, and weigh what both find.

    Parameters
    ----------
    scorer : LanguageScorer
    settings : BeamSettings
        With the weights.
    wide : BeamSettings
        The same, and as many prefixes as are to be weighed.
    base : BeamState
        In front of the frames.
    log_probs : ndarray, shape (frames, classes)
    since : int
        Symbols in front that are final.
    pre_context : str
        The text that they spell.
    """
    mixed = MixedText(scorer, settings.lm_floor_prob)
    prose = advance(wide, base, log_probs, scorer)
    clear = advance(wide, base, log_probs)
    told: dict[int, _Weighed] = {
        node.key: _Weighed(0, 0.0, 0.0, mixed.start(node.lm_state, node.symbol))
        for node in base.prefixes
    }
    weight, bonus = settings.lm_weight, settings.token_bonus
    held: dict[int, tuple[float, float, Prefix]] = {}
    for state, with_lm in ((prose, True), (clear, False)):
        for prefix, mass, blank, symbol in zip(
            state.prefixes, state.log_probabilities(), state.p_blank, state.p_nonblank, strict=True
        ):
            if mass == -math.inf:
                continue
            said = _weighed(mixed, told, prefix)
            ink = mass - (weight * said.prose + bonus * said.grown if with_lm else 0.0)
            # both searches may have found a text; neither has all of its paths
            if prefix.key not in held or ink > held[prefix.key][0]:
                kept = held[prefix.key][2] if prefix.key in held else prefix
                held[prefix.key] = (ink, blank / (blank + symbol), kept)
    words = _WordGains(scorer, told, since, pre_context)
    ranked = [
        (ink + weight * told[key].mixed + bonus * told[key].grown + words.of(prefix), blank, prefix)
        for key, (ink, blank, prefix) in held.items()
    ]
    ranked.sort(key=lambda entry: -entry[0])
    ranked = ranked[: wide.beam_width]
    most = ranked[0][0]
    masses = [math.exp(total - most) for total, _, _ in ranked]
    return BeamState(
        tuple([prefix for _, _, prefix in ranked]),
        tuple([m * blank for m, (_, blank, _) in zip(masses, ranked, strict=True)]),
        tuple([m * (1 - blank) for m, (_, blank, _) in zip(masses, ranked, strict=True)]),
        most,
        prose.frame,
    )


def _weighed(mixed: MixedText, told: dict[int, _Weighed], prefix: Prefix) -> _Weighed:
    """What texts say of a prefix; those in front are asked once."""
    path = []
    node: Prefix | None = prefix
    while node is not None and node.key not in told:
        path.append(node)
        node = node.parent
    assert node is not None
    known = told[node.key]
    for node in reversed(path):
        state, log_prose, log_mixed = mixed.step(known.state, node.symbol)
        known = told[node.key] = _Weighed(
            known.grown + 1, known.prose + log_prose, known.mixed + log_mixed, state
        )
    return known


class _WordGains:
    """What a list of words says of a text, as far as its words are prose."""

    def __init__(
        self,
        scorer: LanguageScorer,
        told: dict[int, _Weighed],
        since: int,
        pre_context: str,
    ) -> None:
        self._scorer, self._told, self._since = scorer, told, since
        self._last = None
        for token in tokens(pre_context):
            self._last = token.text
        self._known: dict[int, float] = {}

    def of(self, prefix: Prefix) -> float:
        """The sum over the words of a prefix."""
        words = self._scorer.words
        if words is None or not self._scorer.settings.weight:
            return 0.0
        nodes = prefix.nodes(self._since)
        text = "".join([self._scorer.alphabet.symbols[node.symbol - 1] for node in nodes])
        total, context = 0.0, words.context(self._last)
        mine = self._scorer.listed
        for token in tokens(text):
            word, start, end = token
            if token.is_word and text[end : end + 1] != "-" and word not in mine:
                key = nodes[end - 1].key
                gain = self._known.get(key)
                if gain is None:
                    gain = self._gain(nodes[start:end], word, context)
                    self._known[key] = gain
                total += gain
            context = words.context(word)
        return total

    def _gain(self, nodes: list[Prefix], word: str, context: int) -> float:
        last = self._told.get(nodes[-1].key)
        front = None if nodes[0].parent is None else self._told.get(nodes[0].parent.key)
        if last is None or front is None or self._scorer.words is None:
            return 0.0  # in part it was written before the frames
        gain = self._scorer.words.score_gain(
            self._scorer.settings, word, context, last.prose - front.prose
        )
        other = last.state.other
        return math.log(other + (1 - other) * math.exp(gain))
