"""Words: a list with frequencies, and a user's own words beside a language model."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import cached_property
from os import PathLike
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from ..errors import ModelError
from .char_ngram import open_arrays

__all__ = ["Lexicon"]

_STEP = 0.1


class Lexicon:
    """Words and how often they come, case kept.

    Parameters
    ----------
    frequencies : mapping from str to float
        Occurrences in a million words; rounded to a tenth of a nat.

    Raises
    ------
    ModelError
        If a word is empty or holds white space, or a frequency is not positive.

    Examples
    --------
    >>> words = Lexicon({"the": 61000.0, "Ada": 4.0})
    >>> "ada" in words, round(words.per_million("Ada")), words.per_million("ada")
    (False, 4, 0.0)
    """

    def __init__(self, frequencies: Mapping[str, float]) -> None:
        words = sorted(frequencies)
        for word in words:
            if not word or len(word.split()) != 1 or word.strip() != word:
                raise ModelError(f"{word!r} is not a word; it must hold no white space")
            if not 0 < frequencies[word] < math.inf:
                raise ModelError(f"{word!r} has frequency {frequencies[word]}; it must be positive")
        self._text = np.frombuffer("\n".join(words).encode(), np.uint8)
        logs = np.log([frequencies[w] for w in words]) if words else np.zeros(0)
        # from e^-10 in a million, a word in 22 thousand million, to more than all words
        self._codes = np.clip(np.rint((logs + 10) / _STEP), 0, 255).astype(np.uint8)

    @classmethod
    def load(cls, file: str | PathLike[str] | BinaryIO) -> Lexicon:
        """The word list in a language model's file.

        Raises
        ------
        ModelError
            If the file is no archive of arrays or holds no word list.
        OSError
            If it cannot be read.
        """
        return cls.from_arrays(open_arrays(file))

    def to_arrays(self) -> dict[str, npt.NDArray[np.uint8]]:
        """The list as arrays to be kept in an archive."""
        return {"words": self._text, "word_codes": self._codes}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Lexicon:
        """The inverse of `to_arrays`.

        Raises
        ------
        ModelError
            If the arrays are missing or do not fit together.
        """
        found = cls.__new__(cls)
        try:
            found._text, found._codes = arrays["words"], arrays["word_codes"]
        except KeyError as error:
            raise ModelError(f"not a word list: it has no {error.args[0]!r}") from None
        held = int(np.count_nonzero(found._text == ord("\n"))) + 1 if len(found._text) else 0
        if found._codes.shape != (held,):
            raise ModelError(
                f"word list: {held} words and {len(found._codes)} frequencies; the file is damaged"
            )
        return found

    @cached_property
    def _bounds(self) -> tuple[bytes, list[int]]:
        """The text, and where words begin; the list is searched as it lies."""
        ends = np.flatnonzero(self._text == ord("\n"))
        return self._text.tobytes(), [0, *(ends + 1).tolist(), len(self._text) + 1]

    @cached_property
    def _total(self) -> float:
        return float(np.exp(self._codes * _STEP - 10).sum()) or 1.0

    def find(self, word: str) -> int:
        """The place of a word in the sorted list, or -1.

        Examples
        --------
        >>> Lexicon({"the": 61000.0, "Ada": 4.0}).find("the")
        1
        """
        text, bounds = self._bounds
        wanted, low, high = word.encode(), 0, len(self._codes)
        while low < high:
            middle = (low + high) // 2
            here = text[bounds[middle] : bounds[middle + 1] - 1]
            if here == wanted:
                return middle
            if here < wanted:
                low = middle + 1
            else:
                high = middle
        return -1

    def log_frequency(self, place: int) -> float:
        """Natural logarithm of a listed word's part of all listed occurrences."""
        return int(self._codes[place]) * _STEP - 10 - math.log(self._total)

    @cached_property
    def _table(self) -> dict[str, int]:
        words = self._text.tobytes().decode().split("\n") if len(self._codes) else []
        return dict(zip(words, self._codes.tolist(), strict=True))

    def __len__(self) -> int:
        return len(self._codes)

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __contains__(self, word: object) -> bool:
        return word in self._table

    def per_million(self, word: str) -> float:
        """Occurrences in a million words; 0 for a word that is not listed."""
        code = self._table.get(word)
        return 0.0 if code is None else math.exp(code * _STEP - 10)
