"""A language model fitted to a network's alphabet."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..alphabet import Alphabet
from .ngram import NgramModel, State

__all__ = ["Fitted"]

_UNKNOWN = -11.0  # log-probability of a symbol the language model has never seen


@dataclass(frozen=True)
class Fitted:
    """A language model that speaks a network's symbols.

    Parameters
    ----------
    model : NgramModel
    alphabet : Alphabet
        Of the network. Symbols that the model lacks get a small probability and
        are forgotten, with all that came before.
    """

    model: NgramModel
    alphabet: Alphabet
    _index: tuple[int, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        known = self.model.alphabet
        index = [known.encode(s)[0] if s in known else 0 for s in self.alphabet.symbols]
        object.__setattr__(self, "_index", (0, *index))

    def start(self, before: str = "") -> State:
        """The state behind a text."""
        return self.model.start(before)

    def step(self, state: State, symbol: int) -> tuple[State, float]:
        """The state after a symbol of the network's alphabet, and its log-probability."""
        known = self._index[symbol]
        if known == 0:
            return 0, _UNKNOWN
        return self.model.step(state, known)
