"""A list that grows without its earlier versions being touched.

A state that is a value appends to lists at every sample and keeps the old ones;
lists that share their front make that cost the same at any length.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

__all__ = ["NIL", "Chain", "chain", "cut", "push"]


class Chain(NamedTuple):
    """A list that shares its front with others.

    Attributes
    ----------
    front : Chain or None
        All but the last value; None of the empty one alone.
    value : object
        The last value.
    length : int

    Examples
    --------
    >>> word = chain("in")
    >>> longer = push(word, "k")
    >>> longer.last(2), longer.front is word, cut(longer, 2) is word
    (['n', 'k'], True, True)
    """

    front: Chain | None
    value: Any
    length: int

    def last(self, n: int) -> list[Any]:
        """The last n values, in order."""
        values = []
        node: Chain | None = self
        for _ in range(min(n, self.length)):
            assert node is not None
            values.append(node.value)
            node = node.front
        values.reverse()
        return values


NIL = Chain(None, None, 0)


def chain(values: Iterable[Any]) -> Chain:
    """A list of its own."""
    return push(NIL, *values)


def push(chain: Chain, *values: Any) -> Chain:
    """The list with more values behind."""
    for value in values:
        chain = Chain(chain, value, chain.length + 1)
    return chain


def cut(chain: Chain, length: int) -> Chain:
    """The first ``length`` values."""
    while chain.length > length:
        assert chain.front is not None
        chain = chain.front
    return chain
