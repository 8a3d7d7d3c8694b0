r"""Regular languages: a pattern as an automaton whose state is a number.

A pattern is compiled once, by the positions of its characters (Glushkov 1961) and the sets of
them that a text can have come to (Rabin and Scott 1959). So a text is followed symbol by
symbol, with one look-up for each and nothing to go back to, whatever the pattern; what would
grow too large is refused when it is compiled.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..errors import ModelError
from .pattern_syntax import Node, parse_pattern

__all__ = ["Automaton", "compile_pattern"]

_MOST_POSITIONS = 1000
_MOST_STATES = 2000
_MOST_WORK = 400_000  # unions of sets; well below a second


@dataclass(frozen=True)
class Automaton:
    """A deterministic automaton over the symbols of an alphabet; its first state is 0.

    Every state leads to an accepting one.

    Attributes
    ----------
    following : tuple of dict of int to int
        For each state the next one by symbol, which is an index in the alphabet, from 1.
    accepting : tuple of bool
        Whether a text may end there.
    """

    following: tuple[dict[int, int], ...]
    accepting: tuple[bool, ...]

    def walk(self, symbols: Sequence[int]) -> int:
        """The state behind some symbols; -1 where no text of the language begins so."""
        state = 0
        for symbol in symbols:
            state = self.following[state].get(symbol, -1)
            if state < 0:
                break
        return state


def compile_pattern(pattern: str, symbols: Sequence[str]) -> Automaton:
    r"""The automaton of a pattern; see `inkrec.language.pattern_syntax` for what one may hold.

    Parameters
    ----------
    pattern : str
        It describes the whole text.
    symbols : sequence of str
        The alphabet, each one character; what it lacks can never be written.

    Raises
    ------
    ModelError
        If it is no pattern, no text of these symbols fits it, or it is too large.

    Examples
    --------
    >>> plate = compile_pattern("[A-C]{2}[0-9]+", "ABC0123456789")
    >>> plate.accepting[plate.walk([1, 2, 5])], plate.walk([4])
    (True, -1)
    """
    places = _Places(pattern, symbols)
    nullable, first, last = places.of(parse_pattern(pattern, symbols))
    by_symbol: dict[int, int] = {}
    for place, held in enumerate(places.symbols):
        for symbol in held:
            by_symbol[symbol] = by_symbol.get(symbol, 0) | 1 << place
    # symbols that stand at the same places are followed together
    classes: dict[int, list[int]] = {}
    for symbol in sorted(by_symbol):
        classes.setdefault(by_symbol[symbol], []).append(symbol)

    start = (first, nullable)
    states, queue, work = {start: 0}, [start], 0
    following: list[dict[int, int]] = []
    for expected, _ in queue:
        after: dict[int, int] = {}
        for here, alike in classes.items():
            reached, accepts = 0, False
            for place in _bits(expected & here):
                reached |= places.follow[place]
                accepts = accepts or bool(last >> place & 1)
                work += 1
            if not expected & here:
                continue
            state = (reached, accepts)
            if state not in states:
                states[state] = len(states)
                queue.append(state)
            after.update(dict.fromkeys(alike, states[state]))
        following.append(after)
        if len(states) > _MOST_STATES or work > _MOST_WORK:
            raise ModelError(
                f"the pattern {_shown(pattern)} has more than {_MOST_STATES} states; make it "
                "simpler: fewer counted repetitions of what can be read in several ways"
            )
    return _trimmed(pattern, following, [accepts for _, accepts in queue])


def _trimmed(pattern: str, following: list[dict[int, int]], accepting: list[bool]) -> Automaton:
    """The automaton without states from which no text can end."""
    before: list[list[int]] = [[] for _ in following]
    for state, after in enumerate(following):
        for target in set(after.values()):
            before[target].append(state)
    alive = {state for state, accepts in enumerate(accepting) if accepts}
    queue = list(alive)
    for state in queue:
        fresh = [s for s in before[state] if s not in alive]
        alive.update(fresh)
        queue += dict.fromkeys(fresh)
    if 0 not in alive:
        raise ModelError(
            f"no text that this model can write fits the pattern {_shown(pattern)}; leave out "
            "what is not in its alphabet"
        )
    number = {state: i for i, state in enumerate(s for s in range(len(following)) if s in alive)}
    return Automaton(
        tuple(
            {symbol: number[target] for symbol, target in following[s].items() if target in alive}
            for s in number
        ),
        tuple(accepting[s] for s in number),
    )


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def _shown(pattern: str) -> str:
    return repr(pattern if len(pattern) <= 60 else f"{pattern[:57]}...")


class _Places:
    """The places of a pattern's characters: what stands there, and which may come next."""

    def __init__(self, pattern: str, symbols: Sequence[str]) -> None:
        self._pattern = pattern
        self._index = {symbol: i for i, symbol in enumerate(symbols, 1)}
        self.symbols: list[frozenset[int]] = []
        self.follow: list[int] = []

    def of(self, node: Node) -> tuple[bool, int, int]:
        """Whether a part may be empty, and the places where it can begin and end."""
        kind, held = node
        if kind == "set":
            if len(self.symbols) >= _MOST_POSITIONS:
                raise ModelError(
                    f"the pattern {_shown(self._pattern)} stands for more than "
                    f"{_MOST_POSITIONS} characters, repetitions counted; make it shorter"
                )
            self.symbols.append(frozenset(self._index[c] for c in held))
            self.follow.append(0)
            place = 1 << len(self.symbols) - 1
            return False, place, place
        if kind == "or":
            parts = [self.of(part) for part in held]
            first = last = 0
            for _, begins, ends in parts:
                first |= begins
                last |= ends
            return any(nullable for nullable, _, _ in parts), first, last
        if kind == "repeat":
            part, least, most = held
            return self._repeated(part, least, most)
        nullable, first, last = True, 0, 0
        for part in held:
            nullable, first, last = self._joined((nullable, first, last), self.of(part))
        return nullable, first, last

    def _joined(
        self, front: tuple[bool, int, int], back: tuple[bool, int, int]
    ) -> tuple[bool, int, int]:
        for place in _bits(front[2]):
            self.follow[place] |= back[1]
        return (
            front[0] and back[0],
            front[1] | (back[1] if front[0] else 0),
            back[2] | (front[2] if back[0] else 0),
        )

    def _repeated(self, part: Node, least: int, most: int | None) -> tuple[bool, int, int]:
        whole = (True, 0, 0)
        for i in range(max(least, 1) if most is None else most):
            one = self.of(part)
            if most is None and i == max(least, 1) - 1:  # the last copy may come again and again
                for place in _bits(one[2]):
                    self.follow[place] |= one[1]
            whole = self._joined(whole, (one[0] or i >= least, *one[1:]))
            if not one[1]:  # it is empty, however often it comes
                break
        return whole
