"""The language model of a field: what its pattern expects, and a way out of it.

A text is one that the pattern describes, or else, seldom, anything at all; what is written
tells which (Bayes). Within the pattern a character is drawn from those that may come next, and
one that may not costs much and leaves the text where it was. So clear ink that fits no pattern
is still read.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..language.alphabet import Alphabet
from ..language.fields import Field
from ..language.regular import Automaton
from ..language.user_words import UserWords
from .beam import advance
from .lm_scorer import LanguageScorer
from .prefix import BeamSettings, BeamState, LanguageModel, Prefix

__all__ = ["FieldScorer", "FieldState"]

_OUTSIDE = 1e-5  # of fields' texts, how many fit no pattern
_FOREIGN = 1e-4  # of a pattern's characters, how many it does not let stand there
_BROKEN = 1e-3  # of a pattern's texts, how many end before it is complete
_SURE = 1e200  # odds; more would not fit, once a symbol asks for them
_FLOOR = 0.003  # least part of every character outside of the pattern
_WIDTH = 64  # prefixes of a finished field
_TOKEN_MIN_PROB = 1e-5  # the network may hold what alone fits for improbable
_CACHED = 2_000
_LM_WEIGHT, _TOKEN_BONUS = 0.75, 1.6


class FieldState(NamedTuple):
    """Where a text stands in a field.

    Attributes
    ----------
    node : int
        State of the automaton.
    odds : float
        That the text fits no pattern, against its fitting.
    outer : hashable
        State of the language model behind the text.
    inner : hashable
        The same, but that a word begins behind every sign; as ``outer`` where nothing is
        spelled.
    """

    node: int
    odds: float
    outer: Any
    inner: Any


@dataclass(frozen=True)
class FieldScorer:
    """A language model that expects what a field holds.

    Parameters
    ----------
    field : Field
        Not prose.
    alphabet : Alphabet
        Of the network.
    base : LanguageModel, optional
        What letters are spelled with, and text that fits no pattern.

    Raises
    ------
    ModelError
        If the field's pattern cannot be used with the alphabet.
    """

    field: Field
    alphabet: Alphabet
    base: LanguageModel | None = None
    automaton: Automaton = dataclasses.field(init=False, repr=False)
    _weights: list[float] = dataclasses.field(init=False, repr=False)
    _letter: list[bool] = dataclasses.field(init=False, repr=False)
    _fresh: Any = dataclasses.field(init=False, repr=False)
    _tables: dict[Any, dict[int, float]] = dataclasses.field(
        init=False, repr=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        symbols = self.alphabet.symbols
        fresh = None
        if self._spells and isinstance(self.base, LanguageScorer):
            fresh = self.base.model.empty
            if " " in self.alphabet:
                fresh = self.base.step(fresh, self.alphabet.encode(" ")[0])[0]
        for name, value in (
            ("automaton", self.field.automaton(symbols)),
            ("_weights", self.field.weights(symbols)),
            ("_letter", [False, *(s.isalpha() for s in symbols)]),
            ("_fresh", fresh),
        ):
            object.__setattr__(self, name, value)

    @property
    def _spells(self) -> float:
        return self.field.spelled if isinstance(self.base, LanguageScorer) else 0.0

    def search(self, beam: BeamSettings) -> BeamSettings:
        """The settings with which a field is searched."""
        least = min(beam.token_min_prob, _TOKEN_MIN_PROB)
        return replace(beam, token_min_prob=least, lm_weight=_LM_WEIGHT, token_bonus=_TOKEN_BONUS)

    def start(self, pre_context: str = "") -> FieldState:
        """The state of an empty field, behind a text."""
        outer = 0 if self.base is None else self.base.start(pre_context)
        addressed = self.field.kind in ("email", "url")
        return FieldState(0, _OUTSIDE, outer, self._fresh if addressed and self._spells else outer)

    def step(self, state: FieldState, symbol: int) -> tuple[FieldState, float]:
        """The state after a symbol of the network's alphabet, and its log-probability."""
        size = len(self.alphabet)
        outer, p_outside = state.outer, 1.0 / size
        if self.base is not None:
            outer, log_p = self.base.step(outer, symbol)
            p_outside = _FLOOR / size + (1 - _FLOOR) * math.exp(log_p)
        inner, boost = outer, 1.0
        if self._spells:
            inner, boost = self._spell(state.inner, symbol)
        node = self.automaton.following[state.node].get(symbol, -1)
        if node < 0:
            node, p_inside = state.node, _FOREIGN / size
        else:
            p_inside = min(1.0, (1 - _FOREIGN) * self._table(state)[symbol] * boost)
        log_p = math.log((p_inside + state.odds * p_outside) / (1.0 + state.odds))
        odds = min(state.odds * p_outside / p_inside, _SURE)
        return FieldState(node, odds, outer, inner), log_p

    def adopted(self, state: FieldState, symbol: int) -> FieldState:
        """A state of this field with other words of a user as one of this; see `LanguageScorer`."""
        if not isinstance(self.base, LanguageScorer):
            return state
        outer, inner = (self.base.adopted(s, symbol) for s in (state.outer, state.inner))
        return state._replace(outer=outer, inner=inner)

    def _spell(self, inner: Any, symbol: int) -> tuple[Any, float]:
        """The state that spells on, and how much more a user's words expect the symbol."""
        assert isinstance(self.base, LanguageScorer)
        model = self.base.model
        after, log_p = self.base.step(inner, symbol)
        boost = 1.0
        if isinstance(model, UserWords):
            plain = replace(self.base, model=model.model).step(inner.inner, symbol)[1]
            boost = math.exp(log_p - plain)
        if not self._letter[symbol] and self.alphabet.symbols[symbol - 1] not in " '":
            after = self._fresh
        return after, boost

    def _table(self, state: FieldState) -> dict[int, float]:
        """Probabilities of what may come next within the pattern."""
        spelled = self._spells
        inner = getattr(state.inner, "inner", state.inner) if spelled else 0
        known = self._tables.get((state.node, inner))
        if known is not None:
            return known
        allowed = self.automaton.following[state.node]
        weights = {symbol: self._weights[symbol] for symbol in allowed}
        whole = sum(weights.values())
        table = {symbol: w / whole for symbol, w in weights.items()}
        letters = [symbol for symbol in allowed if self._letter[symbol]]
        if spelled and letters:
            said = self._said(inner)
            mine = {symbol: said[symbol] * weights[symbol] for symbol in letters}
            others = whole - sum(weights[symbol] for symbol in letters)
            rest = 1.0 - float(said[self._letter].sum()) if others > 0 else 0.0
            total = sum(mine.values()) + max(rest, 1e-3)
            for symbol, weight in weights.items():
                p = mine[symbol] if symbol in mine else max(rest, 1e-3) * weight / others
                table[symbol] += spelled * (p / total - table[symbol])
        if len(self._tables) >= _CACHED:
            self._tables.clear()
        self._tables[state.node, inner] = table
        return table

    def _said(self, inner: int) -> npt.NDArray[np.float64]:
        """Probabilities of the network's symbols by the character model."""
        assert isinstance(self.base, LanguageScorer)
        model = self.base.model
        model = model.model if isinstance(model, UserWords) else model
        return self.base.spread(np.exp(model.scores(inner).astype(np.float64)))

    # ---- texts

    def fits(self, text: str, *, whole: bool = True) -> bool:
        """Whether a text is one of the field, or else the beginning of one."""
        if any(c not in self.alphabet for c in text):
            return False
        node = self.automaton.walk(self.alphabet.encode(text))
        return node >= 0 and (self.automaton.accepting[node] or not whole)

    def misfits(self, words: Sequence[str], *, whole: bool) -> list[bool]:
        """For each word of a text whether it is doubted.

        Of a set of characters those words are that hold another; where a text fits no
        pattern all are.
        """
        if self.field.characters is not None:
            return [not self.fits(word) for word in words]
        return [not self.fits(" ".join(words), whole=whole)] * len(words)

    def finish(
        self,
        settings: BeamSettings,
        state: BeamState,
        log_probs: npt.NDArray[np.float32],
        since: int = 0,
        pre_context: str = "",
    ) -> BeamState:
        """Take a field's last frames; texts whose pattern is not complete lose by it.

        Parameters
        ----------
        settings : BeamSettings
        state : BeamState
        log_probs : ndarray, shape (frames, classes)
        since : int
            Symbols in front that are final.
        pre_context : str
            The text that they spell.
        """
        wide = replace(settings, beam_width=max(settings.beam_width, _WIDTH))
        state = advance(wide, state, log_probs, self)
        state = state.reweighted([self._end(prefix) for prefix in state.prefixes])
        if self.field.kind == "word" and isinstance(self.base, LanguageScorer):
            return self.base.apply_word_lm(state, since, pre_context)
        return state

    def _end(self, prefix: Prefix) -> float:
        """Natural log-probability that the text ends where it does."""
        at: FieldState = prefix.lm_state  # type: ignore[assignment]
        ends = 1.0 if self.automaton.accepting[at.node] else _BROKEN
        return math.log((ends + at.odds) / (1.0 + at.odds))
