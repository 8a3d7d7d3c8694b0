"""How probable a word is behind the one before it: a list of words, and pairs of them.

A character model knows how words are spelled, not which there are; what a beam holds
at the end is weighed again with this (`WordBigram.gain`). A word that is not listed
stays possible: it is taken as the character model has it, less a constant.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .._checks import check_ranges, check_whole
from ..errors import ModelError
from .char_ngram import DAMAGED
from .lexicon import Lexicon

__all__ = ["FIRST", "PUNCTUATION", "STEP", "Token", "WordBigram", "WordLmSettings", "tokens"]

PUNCTUATION = (".", ",", ";", ":", "-", "0")
"""What may stand before a word beside words: stops, and ``0`` for any number."""

STEP = 0.05
_TOKEN = re.compile(r"[A-Za-z]+(?:'[a-z]+)?|[0-9]+|[.?!,;:-]")
FIRST = 1 + len(PUNCTUATION)  # contexts: what is not listed, marks, words
_CAPITAL = 0.02  # of a listed word's occurrences, with a capital that the list does not have
_CACHED = 50_000


class Token(NamedTuple):
    """A word, number or mark of a text, and where it stands."""

    text: str
    start: int
    end: int

    @property
    def is_word(self) -> bool:
        """Whether it is made of letters."""
        return self.text[0].isalpha()


def tokens(text: str) -> Iterator[Token]:
    """Words and marks of a text; numbers are ``0``, sentences end in a full stop.

    Examples
    --------
    >>> [t.text for t in tokens("Don't! (I said 25 times)")]
    ["Don't", '.', 'I', 'said', '0', 'times']
    """
    for found in _TOKEN.finditer(text):
        word = found.group()
        if word in "?!":
            word = "."
        yield Token("0" if word[0].isdigit() else word, found.start(), found.end())


@dataclass(frozen=True, slots=True)
class WordLmSettings:
    """How a finished line is weighed by its words.

    Attributes
    ----------
    weight : float
        Of the logarithm of what `WordBigram.gain` finds; 0 leaves the beam alone.
    interpolation : float
        How far a listed word's probability is the list's, not that of its letters.
    oov_penalty : float
        Nats that a word costs which is not listed.
    nbest : int
        Prefixes that the beam holds for it: words choose among what there is.
    """

    weight: float = 0.45
    interpolation: float = 0.8
    oov_penalty: float = 2.0
    nbest: int = 64

    def __post_init__(self) -> None:
        least = "[0, inf)"
        check_ranges(
            self, weight=least, interpolation="[0, 1)", oov_penalty=least, nbest="[1, inf)"
        )
        check_whole(self, "nbest")


class WordBigram:
    """Words with frequencies, and with probabilities behind the word before.

    Parameters
    ----------
    lexicon : Lexicon
        At most 65,000 words.
    pairs : (contexts,) array
        Words kept for each context: what is not listed, the `MARKS`, then the words
        in the lexicon's order.
    seconds : (sum of pairs,) uint16 array
        Places of these words in the lexicon, rising within a context.
    codes : (sum of pairs,) uint8 array
        Their -log p, in steps of a twentieth of a nat.
    rests : (contexts,) uint8 array
        -log of what other words' frequencies are multiplied by behind a context.

    Raises
    ------
    ModelError
        If the arrays do not fit together.
    """

    def __init__(
        self,
        lexicon: Lexicon,
        pairs: npt.ArrayLike,
        seconds: npt.ArrayLike,
        codes: npt.ArrayLike,
        rests: npt.ArrayLike,
    ) -> None:
        self.lexicon = lexicon
        self._pairs = np.asarray(pairs, np.uint16)
        self._seconds = np.asarray(seconds, np.uint16)
        self._codes = np.asarray(codes, np.uint8)
        self._backoff = np.asarray(rests, np.uint8)
        contexts = len(lexicon) + FIRST
        held = int(self._pairs.sum(dtype=np.int64))
        for name, array, length in (
            ("pairs", self._pairs, contexts), ("seconds", self._seconds, held),
            ("codes", self._codes, held), ("rests", self._backoff, contexts),
        ):  # fmt: skip
            if array.shape != (length,):
                raise ModelError(
                    f"word pairs: {name} has shape {array.shape}, expected ({length},); "
                    "the file is damaged"
                )
        self._starts: npt.NDArray[np.int64] | None = None
        self._known: dict[tuple[int, str], float | None] = {}

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """The list and its pairs as arrays to be kept in an archive."""
        return {
            **self.lexicon.to_arrays(),
            "pairs": self._pairs,
            "pair_seconds": self._seconds,
            "pair_codes": self._codes,
            "pair_rests": self._backoff,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> WordBigram:
        """The inverse of `to_arrays`.

        Raises
        ------
        ModelError
            If the arrays are missing or do not fit together.
        """
        try:
            found = [arrays[f"pair{k}"] for k in ("s", "_seconds", "_codes", "_rests")]
        except KeyError as error:
            raise ModelError(f"not a word model: it has no {error.args[0]!r}") from None
        try:
            return cls(Lexicon.from_arrays(arrays), *found)
        except ModelError:
            raise
        except DAMAGED as error:
            raise ModelError(f"word pairs: {error}; the file is damaged") from None

    def __repr__(self) -> str:
        return f"<WordBigram: {len(self.lexicon)} words, {len(self._codes)} pairs>"

    def context(self, token: str | None) -> int:
        """The number of a context: a word or a mark, or None where nothing is known."""
        if token is None:
            return -1
        if token in PUNCTUATION:
            return 1 + PUNCTUATION.index(token)
        place = self.lexicon.find(token)
        return 0 if place < 0 else place + FIRST

    def log_p(self, word: str, context: int = -1) -> float | None:
        """Natural log-probability of a word where one follows; None if it is not listed.

        Parameters
        ----------
        word : str
            Listed as it is, or in small letters.
        context : int
            What stands before; see `context`.
        """
        key = (context, word)
        if key not in self._known:
            if len(self._known) >= _CACHED:
                self._known.clear()
            self._known[key] = self._look_up(word, context)
        return self._known[key]

    def _look_up(self, word: str, context: int) -> float | None:
        place, factor = self.lexicon.find(word), 0.0
        if place < 0 and word[:1].isupper():
            place, factor = self.lexicon.find(word.lower()), math.log(_CAPITAL)
        if place < 0:
            return None
        alone = self.lexicon.log_frequency(place)
        if context < 0:
            return factor + alone
        if self._starts is None:
            self._starts = np.concatenate([[0], np.cumsum(self._pairs, dtype=np.int64)])
        first, last = self._starts[context : context + 2].tolist()
        at = first + int(np.searchsorted(self._seconds[first:last], np.uint16(place)))
        if at < last and self._seconds[at] == place:
            return factor - STEP * int(self._codes[at])
        return factor + alone - STEP * int(self._backoff[context])

    def score_gain(
        self, settings: WordLmSettings, word: str, context: int, spelled: float
    ) -> float:
        """What a word adds to the logarithm of a text's weight.

        Parameters
        ----------
        settings : WordLmSettings
        word : str
        context : int
            What stands before; see `context`.
        spelled : float
            Natural log-probability of its letters by the character model.
        """
        listed = self.log_p(word, context)
        if listed is None:
            return -settings.weight * settings.oov_penalty
        ratio = math.exp(min(50.0, listed - spelled))
        return settings.weight * math.log(
            settings.interpolation * ratio + 1 - settings.interpolation
        )
