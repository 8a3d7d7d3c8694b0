"""A user's own words beside a language model."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..errors import ModelError
from .alphabet import Alphabet, normalize
from .char_ngram import NgramModel, State

__all__ = ["UserWordState", "UserWords", "writable_words"]

_SURE = 1e200  # odds; more would not fit, once a symbol asks for them


class UserWordState(NamedTuple):
    """Where a text stands among a user's words.

    Attributes
    ----------
    inner : int
        The language model's state.
    node : int
        Node of the words' trie; 0 at the start of a word, -1 inside another word.
    odds : float
        That the word begun is one of the user's, against its not being one.
    """

    inner: State
    node: int
    odds: float


class UserWords:
    """A language model that also expects a user's words.

    At the start of each word the text is one of the user's with probability
    ``share`` and whatever the model thinks otherwise; what is written then
    tells which (Bayes). So a text without such words loses at most
    ``-log(1 - share)`` nats a word, and a listed word has at least its part of
    ``share``. Where a phrase goes on with what another word begins with, the
    phrase alone is followed. Nothing is changed in the model, which may be shared.

    Parameters
    ----------
    model : NgramModel
    words : iterable of str
        Words or phrases that begin with a letter or digit, in any order, normalised as texts
        are; one in small letters is also expected with a capital.
    prior : float, optional
        By default 0.002 a word, and 0.05 at most.

    Raises
    ------
    ModelError
        If a word is empty, begins with a mark or holds a character that the model does not
        know, or ``share`` does not lie between 0 and 1.
    """

    def __init__(self, model: NgramModel, words: Iterable[str], prior: float | None = None) -> None:
        self.words = tuple(sorted(set(_listed(words))))  # the same trie whatever the order
        self.prior = min(0.05, 0.002 * len(self.words)) if prior is None else prior
        if not 0 <= self.prior < 1:
            raise ModelError(f"share is {self.prior}; it must lie in 0 to 1")
        self.model = model
        self.alphabet = model.alphabet
        wordlike = [s.isalnum() for s in self.alphabet.symbols]
        self._wordlike = np.array([False, *wordlike])
        self._others = ~self._wordlike
        self._is_wordlike: list[bool] = self._wordlike.tolist()
        # by node: the next by symbol, the weight of all words below, of the word that ends here
        self.listed: frozenset[str] = frozenset(
            part for word in self.words for w in (word, word[:1].upper() + word[1:])
            for part in w.split()
        )  # fmt: skip
        self._next: list[dict[int, int]] = [{}]
        self._parted = [True]  # whether a word begins behind the node
        self._below: list[float] = [0.0]
        self._ends: list[float] = [0.0]
        for word in self.words:
            try:
                symbols = self.alphabet.encode(word)
            except ModelError:
                odd = sorted(set(word) - set(self.alphabet.symbols))
                raise ModelError(
                    f"the word {word!r} holds {''.join(odd)!r}, which this model cannot write"
                ) from None
            if not symbols or not self._is_wordlike[symbols[0]]:
                raise ModelError(f"{word!r} is not a word; it must begin with a letter or digit")
            self._add(symbols, 1.0)
            capital = word[0].upper()
            if capital != word[0] and capital in self.alphabet:
                self._add([self.alphabet.encode(capital)[0], *symbols[1:]], 0.25)

    def with_words(self, words: Iterable[str]) -> UserWords:
        """The same model, expecting more words beside these."""
        return UserWords(self.model, (*self.words, *_listed(words)))

    def _add(self, symbols: list[int], weight: float) -> None:
        node = 0
        self._below[0] += weight
        for symbol in symbols:
            after = self._next[node].setdefault(symbol, len(self._next))
            if after == len(self._next):
                self._next.append({})
                self._below.append(0.0)
                self._ends.append(0.0)
                self._parted.append(not self._is_wordlike[symbol])
            node = after
            self._below[node] += weight
        self._ends[node] += weight

    def __repr__(self) -> str:
        # tells one list from another, as saved sessions go on with the same alone
        mark = zlib.crc32("\n".join(self.words).encode())
        return f"<UserWords: {len(self.words)} ({mark:08x}), share {self.prior}, {self.model!r}>"

    @property
    def empty(self) -> UserWordState:
        """The state behind what the model does not know; see `NgramModel.empty`."""
        return UserWordState(self.model.empty, 0, 0.0)

    def start(self, pre_context: str = "") -> UserWordState:
        """The state behind a text; see `NgramModel.start`."""
        inner = self.model.start(pre_context)
        last = pre_context[-1:]
        return UserWordState(inner, -1 if last.isalnum() else 0, 0.0)

    def step(self, state: UserWordState, symbol: int | str) -> tuple[UserWordState, float]:
        """The next state and the natural log-probability of a symbol; see `NgramModel.step`."""
        if isinstance(symbol, str):
            (symbol,) = self.alphabet.encode(symbol)
        inner, logp = self.model.step(state.inner, symbol)
        fresh, node = not self._is_wordlike[symbol], state.node
        other = UserWordState(inner, 0 if fresh else -1, 0.0)  # where this is none of the user's
        if node < 0 or (node == 0 and fresh) or self.prior == 0:
            return other, logp
        if node and self._parted[node]:  # another of the user's words may begin here too
            other, logp = self.step(UserWordState(state.inner, 0, 0.0), symbol)
        odds = self.prior / (1.0 - self.prior) if node == 0 else state.odds
        p, below = math.exp(logp), self._below[node]
        child = self._next[node].get(symbol)
        on = ended = 0.0
        if child is not None:
            on = self._below[child] / below
            if node == 0:
                on *= self._mass(state.inner, self._wordlike)
        if fresh and self._ends[node]:
            ended = self._ends[node] / below * p / self._mass(state.inner, self._others)
        # a posterior would round to 1 in a long word, and nothing else would be possible
        logp += math.log1p(odds * (on + ended) / p) - math.log1p(odds)
        if child is None or not on:
            return other, logp
        # a word that ended here goes on as any text does
        return UserWordState(inner, child, min(odds * on / (p + odds * ended), _SURE)), logp

    def _mass(self, inner: State, symbols: npt.NDArray[np.bool_]) -> float:
        return float(np.exp(self.model.scores(inner)[symbols]).sum())

    def advance(self, state: UserWordState, symbol: int | str) -> UserWordState:
        """The state after one more symbol."""
        return self.step(state, symbol)[0]


def writable_words(words: Iterable[str], alphabet: Alphabet) -> tuple[list[str], dict[str, str]]:
    """A user's words as a pen writes them, and of those that cannot be expected why not.

    Parameters
    ----------
    words : iterable of str
    alphabet : Alphabet
        Of the language model.

    Returns
    -------
    words : list of str
    left_out : dict of str to str
        Reasons, by the word.

    Raises
    ------
    ModelError
        If ``words`` is a text, or holds what is none.
    """
    held, left_out = [], {}
    for word in _listed(words):
        odd = sorted(set(word) - set(alphabet.symbols))
        if odd:
            left_out[word] = f"it holds {''.join(odd)!r}, which this model cannot write"
        elif not word[:1].isalnum():
            left_out[word] = "it does not begin with a letter or digit"
        else:
            held.append(word)
    return held, left_out


def _listed(words: Iterable[str]) -> list[str]:
    """A user's words as a pen writes them."""
    if isinstance(words, str):
        raise ModelError(f"words is the text {words!r}; give a list of words")
    held = list(words)
    for word in held:
        if not isinstance(word, str):
            raise ModelError(f"{word!r} is not a word; it must be a text")
    return [normalize(word) for word in held]
