"""The symbols a model writes, and text made ready for them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from ..errors import ModelError

__all__ = ["BLANK", "Alphabet", "normalize"]

BLANK = 0
"""Index of the CTC blank; symbol i of the alphabet has index i + 1."""

_TYPED = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u2033", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **{"\u2026": "...", "\u00a0": " ", "\u00ad": ""},
    }
)


def normalize(text: str) -> str:
    r"""Text as a pen would write it: NFC, typewriter quotes and dashes, single spaces.

    Examples
    --------
    >>> normalize("“It’s  here…” ")
    '"It\'s here..."'
    """
    # composed last: a soft hyphen that goes may have stood between a letter and its accent
    return " ".join(unicodedata.normalize("NFC", text.translate(_TYPED)).split())


class Alphabet:
    """The symbols of a model, in the order of its outputs.

    Parameters
    ----------
    symbols : iterable of str
        Distinct single characters, the space among them.

    Raises
    ------
    ModelError
        If a symbol is not one character or comes twice.

    Examples
    --------
    >>> alphabet = Alphabet(" ab")
    >>> alphabet.encode("a b")
    [2, 1, 3]
    >>> alphabet.decode([2, 1, 3])
    'a b'
    """

    __slots__ = ("_index", "symbols")

    def __init__(self, symbols: Iterable[str]) -> None:
        self.symbols: tuple[str, ...] = tuple(symbols)
        self._index = {s: i + 1 for i, s in enumerate(self.symbols)}
        for s in self.symbols:
            if len(s) != 1:
                raise ModelError(f"symbol {s!r} is not one character")
        if len(self._index) != len(self.symbols):
            twice = next(s for s in self.symbols if self.symbols.count(s) > 1)
            raise ModelError(f"symbol {twice!r} comes twice in the alphabet")

    def __len__(self) -> int:
        return len(self.symbols)

    def __contains__(self, symbol: str) -> bool:
        return symbol in self._index

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Alphabet) and self.symbols == other.symbols

    def __hash__(self) -> int:
        return hash(self.symbols)

    def __repr__(self) -> str:
        return f"Alphabet({''.join(self.symbols)!r})"

    @property
    def classes(self) -> int:
        """Outputs of a network for this alphabet: the symbols and the blank."""
        return len(self.symbols) + 1

    def encode(self, text: str) -> list[int]:
        """Indices of the text's symbols.

        Raises
        ------
        ModelError
            If a character is not in the alphabet.
        """
        try:
            return [self._index[c] for c in text]
        except KeyError as error:
            raise ModelError(
                f"{error.args[0]!r} is not in the alphabet; drop the line or retrain with it"
            ) from None

    def decode(self, indices: Sequence[int]) -> str:
        """Text of symbol indices.

        Raises
        ------
        ModelError
            If one is the blank's, or beyond the last symbol.
        """
        for i in indices:
            if not 0 < i <= len(self.symbols):
                raise ModelError(f"{i} is no symbol's index; they run from 1 to {len(self)}")
        return "".join(self.symbols[i - 1] for i in indices)
