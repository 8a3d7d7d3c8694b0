"""A language model fitted to a network's alphabet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ..alphabet import Alphabet
from .lexicon import UserWords
from .ngram import NgramModel

__all__ = ["Fitted"]

_UNKNOWN = -11.0  # log-probability of a symbol the language model has never seen


@dataclass(frozen=True)
class Fitted:
    """A language model that speaks a network's symbols.

    Parameters
    ----------
    model : NgramModel or UserWords
    alphabet : Alphabet
        Of the network. Symbols that the model lacks get a small probability and
        are forgotten, with all that came before.
    """

    model: NgramModel | UserWords
    alphabet: Alphabet
    _index: tuple[int, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        known = self.model.alphabet
        index = [known.encode(s)[0] if s in known else 0 for s in self.alphabet.symbols]
        object.__setattr__(self, "_index", (0, *index))

    def start(self, before: str = "") -> Any:
        """The state behind a text."""
        return self.model.start(before)

    def step(self, state: Any, symbol: int) -> tuple[Any, float]:
        """The state after a symbol of the network's alphabet, and its log-probability."""
        known = self._index[symbol]
        if known == 0:
            return self.model.empty, _UNKNOWN
        return self.model.step(state, known)

    def with_words(self, words: Iterable[str]) -> Fitted:
        """The same, expecting a user's words beside those it has been given."""
        if isinstance(self.model, UserWords):
            return Fitted(UserWords(self.model.model, (*self.model.words, *words)), self.alphabet)
        return Fitted(UserWords(self.model, words), self.alphabet)
