"""States of language models as columns of numbers, for `inkrec.session.snapshot_writer`.

A state is a number, or a named tuple of states; those of one model are all of one kind, which is
told once.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from ..decoding.field_scorer import FieldState
from ..errors import SessionError
from ..language.user_words import UserWordState

__all__ = ["Kind", "columns_of", "states_of"]

Kind = str | list[Any]
"""``"int"``, ``"float"``, or a tuple's name and the kinds of what it holds."""

_TUPLES: dict[str, type[tuple[Any, ...]]] = {
    kind.__name__: kind for kind in (UserWordState, FieldState)
}


def columns_of(states: Sequence[Any]) -> tuple[Kind | None, list[list[int]], list[list[float]]]:
    """Their kind, and for each state its whole numbers and its others; no kind without states.

    Raises
    ------
    SessionError
        If a state is neither a whole number nor one of a user's words or of a field.
    """
    kind = _kind(states[0]) if states else None
    whole: list[list[int]] = []
    others: list[list[float]] = []
    for state in states:
        if _kind(state) != kind:
            raise SessionError(f"{state!r} cannot be saved beside states of kind {kind}")
        flat = list(_flat(state))
        whole.append([v for v in flat if not isinstance(v, float)])
        others.append([v for v in flat if isinstance(v, float)])
    return kind, whole, others


def states_of(kind: Any, whole: list[list[int]], others: list[list[float]]) -> list[Any]:
    """The inverse of `columns_of`.

    Raises
    ------
    ValueError, TypeError, KeyError, StopIteration
        If they do not fit together.
    """
    return [_built(kind, iter(a), iter(b)) for a, b in zip(whole, others, strict=True)]


def _kind(state: Any) -> Kind:
    name = type(state).__name__
    if name in _TUPLES and isinstance(state, _TUPLES[name]):
        return [name, *map(_kind, state)]
    if isinstance(state, float):
        return "float"
    if isinstance(state, int):
        return "int"
    raise SessionError(
        f"the session cannot be saved: its language model's states are of type {name}, and only "
        f"int, {' and '.join(_TUPLES)} can be"
    )


def _flat(state: Any) -> Any:
    if isinstance(state, tuple):
        return itertools.chain.from_iterable(map(_flat, state))
    return (state,)


def _built(kind: Any, whole: Any, others: Any) -> Any:
    if kind == "int":
        return next(whole)
    if kind == "float":
        return next(others)
    name, *parts = kind
    return _TUPLES[name](*(_built(part, whole, others) for part in parts))
