"""A list that grows without its earlier versions being touched.

A state that is a value appends to lists at every sample and keeps the old ones;
lists that share their beginning make that cost the same at any length.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

__all__ = ["EMPTY", "PersistentList", "append", "first", "from_values"]


class PersistentList(NamedTuple):
    """A list that shares its beginning with others.

    Attributes
    ----------
    rest : PersistentList or None
        All but the last value; None of the empty one alone.
    value : object
        The last value.
    length : int

    Examples
    --------
    >>> word = from_values("in")
    >>> longer = append(word, "k")
    >>> longer.last(2), longer.rest is word, first(longer, 2) is word
    (['n', 'k'], True, True)
    """

    rest: PersistentList | None
    value: Any
    length: int

    def last(self, n: int) -> list[Any]:
        """The last n values, in order."""
        values = []
        node: PersistentList | None = self
        for _ in range(min(n, self.length)):
            assert node is not None
            values.append(node.value)
            node = node.rest
        values.reverse()
        return values


EMPTY = PersistentList(None, None, 0)


def from_values(values: Iterable[Any]) -> PersistentList:
    """A list of its own."""
    return append(EMPTY, *values)


def append(chain: PersistentList, *values: Any) -> PersistentList:
    """The list with more values at its end."""
    for value in values:
        chain = PersistentList(chain, value, chain.length + 1)
    return chain


def first(chain: PersistentList, length: int) -> PersistentList:
    """The first ``length`` values."""
    while chain.length > length:
        assert chain.rest is not None
        chain = chain.rest
    return chain
