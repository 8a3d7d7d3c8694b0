r"""What a pattern may hold: the part of Python's `re` that describes regular languages.

Characters; ``.`` for any; classes such as ``[A-Z0-9]`` and ``[^/]``; ``\d`` a digit, ``\w`` a
letter, digit or ``_``, ``\s`` the space, ``\D \W \S`` what is not; ``\p{L}``, ``\p{Lu}`` and
the like, characters of a Unicode category; ``\`` before a sign for the sign itself; groups
``(...)`` and ``(?:...)``; ``a|b``; and after a part ``?``, ``*``, ``+``, ``{2}``, ``{2,}``,
``{2,4}``. A pattern describes the whole text, so ``^`` at its beginning and ``$`` at its end say
nothing new. What looks back, ahead or aside, and what is greedy or not, has no meaning here and
is refused.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any, NoReturn

from ..errors import ModelError

__all__ = ["Node", "parse_class", "parse_pattern"]

Node = tuple[str, Any]
"""``("set", characters)``, ``("join", nodes)``, ``("or", nodes)`` or
``("repeat", (node, least, most or None))``."""

_LONGEST = 2000
_DEEPEST = 40
_MOST_REPEATS = 500
_ESCAPED = {"d": str.isdecimal, "w": lambda c: c.isalnum() or c == "_", "s": str.isspace}
_SPECIAL = "\\.[]{}()*+?|^$"


def parse_pattern(pattern: str, symbols: Sequence[str]) -> Node:
    """The tree of a pattern, its sets without what the alphabet lacks.

    Parameters
    ----------
    pattern : str
    symbols : sequence of str
        The alphabet.

    Raises
    ------
    ModelError
        Says what is wrong and at which character.
    """
    if not isinstance(pattern, str):
        raise ModelError(f"{pattern!r} is no pattern; it must be a text")
    if len(pattern) > _LONGEST:
        raise ModelError(
            f"the pattern has {len(pattern)} characters, and {_LONGEST} are the most; shorten it"
        )
    return _Parser(unicodedata.normalize("NFC", pattern), symbols).whole()


def parse_class(characters: str, symbols: Sequence[str]) -> frozenset[str]:
    """The characters that stand for themselves and in ranges, as in a pattern's brackets.

    Parameters
    ----------
    characters : str
        Such as ``0-9+``; a ``-`` at the beginning or end is itself, and so are brackets.
    symbols : sequence of str
        The alphabet; characters that it lacks are left out.

    Raises
    ------
    ModelError
        If it is no text or empty, a range runs backwards, or the alphabet has none of it.

    Examples
    --------
    >>> sorted(parse_class("0-2+", "0123+-"))
    ['+', '0', '1', '2']
    """
    if not isinstance(characters, str) or not characters:
        raise ModelError(f"characters is {characters!r}; give a text such as '0-9+'")
    text = unicodedata.normalize("NFC", characters)
    if len(text) > _LONGEST:
        raise ModelError(f"characters holds {len(text)}, and {_LONGEST} are the most; use ranges")
    found: set[str] = set()
    at = 0
    while at < len(text):
        if at + 2 < len(text) and text[at + 1] == "-":
            low, high = text[at], text[at + 2]
            if high < low:
                raise ModelError(f"characters is {characters!r}, and {low}-{high} runs backwards")
            found.update(c for c in symbols if low <= c <= high)
            at += 3
        else:
            found.add(text[at])
            at += 1
    held = frozenset(found & set(symbols))
    if not held:
        raise ModelError(f"characters is {characters!r}, and this model can write none of them")
    return held


class _Parser:
    """Recursive descent over a pattern; ``at`` is the next character."""

    def __init__(self, text: str, symbols: Sequence[str]) -> None:
        self._text, self._symbols = text, frozenset(symbols)
        self._at = 0

    def whole(self) -> Node:
        if self._peek() == "^":
            self._at += 1
        node = self._either(0)
        if self._peek() == "$" and self._at == len(self._text) - 1:
            self._at += 1
        if self._at < len(self._text):
            self._refuse(f"{self._peek()!r} closes nothing")
        return node

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _take(self, what: str) -> str:
        if self._at >= len(self._text):
            self._refuse(f"it ends where {what} should follow")
        self._at += 1
        return self._text[self._at - 1]

    def _refuse(self, why: str) -> NoReturn:
        shown = self._text if len(self._text) <= 60 else f"{self._text[:57]}..."
        raise ModelError(
            f"the pattern {shown!r} cannot be used: {why} (character {self._at + 1}); "
            r"write a sign itself as \ and the sign"
        )

    def _either(self, depth: int) -> Node:
        if depth > _DEEPEST:
            self._refuse(f"its groups are nested more than {_DEEPEST} deep")
        parts = [self._sequence(depth)]
        while self._peek() == "|":
            self._at += 1
            parts.append(self._sequence(depth))
        return parts[0] if len(parts) == 1 else ("or", parts)

    def _sequence(self, depth: int) -> Node:
        parts: list[Node] = []
        while True:
            c = self._peek()
            if not c or c in "|)" or (c == "$" and self._at == len(self._text) - 1):
                return ("join", parts)
            parts.append(self._repeats(self._atom(depth)))

    def _atom(self, depth: int) -> Node:
        c = self._take("a character")
        if c == "(":
            return self._group(depth)
        if c == "[":
            return ("set", self._brackets())
        if c == ".":
            return ("set", self._symbols)
        if c == "\\":
            return ("set", self._escape())
        if c in "*+?{":
            self._refuse(f"there is nothing in front of {c!r} to repeat")
        if c in "^$":
            self._refuse(f"{c!r} stands inside, where it can never hold")
        return ("set", frozenset(c) & self._symbols)

    def _group(self, depth: int) -> Node:
        if self._peek() == "?":
            if self._text[self._at : self._at + 2] != "?:":
                self._refuse("(? begins what is not regular, or has a name; use ( or (?:")
            self._at += 2
        node = self._either(depth + 1)
        if self._peek() != ")":
            self._refuse("a ( is not closed")
        self._at += 1
        return node

    def _escape(self) -> frozenset[str]:
        c = self._take("a character")
        if c.lower() in _ESCAPED:
            holds = _ESCAPED[c.lower()]
            held = frozenset(s for s in self._symbols if holds(s))
            return held if c.islower() else self._symbols - held
        if c in "pP":
            return self._category(c == "P")
        if c.isalnum():
            self._refuse(rf"\{c} means nothing in a pattern")
        return frozenset(c) & self._symbols

    def _category(self, other: bool) -> frozenset[str]:
        end = self._text.find("}", self._at)
        name = self._text[self._at + 1 : end]
        if self._peek() != "{" or end < 0 or not name.isalpha() or len(name) > 2:
            self._refuse(r"\p stands before a category in braces, such as \p{Lu}")
        held = frozenset(s for s in self._symbols if unicodedata.category(s).startswith(name))
        self._at = end + 1
        return self._symbols - held if other else held

    def _brackets(self) -> frozenset[str]:
        other = self._peek() == "^"
        self._at += other
        found: frozenset[str] = frozenset()
        first = True
        while True:
            c = self._take("the ] of a class")
            if c == "]" and not first:
                return self._symbols - found if other else found
            first = False
            if c == "\\":
                held = self._escape()
                if len(held) != 1:
                    found |= held
                    continue
                (c,) = held
            if self._peek() == "-" and self._text[self._at + 1 : self._at + 2] not in ("]", ""):
                self._at += 1
                high = self._take("the end of a range")
                high = self._take("a character") if high == "\\" else high
                if high < c:
                    self._refuse(f"the range {c}-{high} runs backwards")
                found |= frozenset(s for s in self._symbols if c <= s <= high)
            else:
                found |= frozenset(c) & self._symbols

    def _repeats(self, node: Node) -> Node:
        c = self._peek()
        if not c or c not in "*+?{":
            return node
        self._at += 1
        least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(c) or self._counted()
        if self._peek() and self._peek() in "*+?{":
            self._refuse(f"{self._peek()!r} stands behind a repetition; put that into a group")
        return ("repeat", (node, least, most))

    def _counted(self) -> tuple[int, int | None]:
        end = self._text.find("}", self._at)
        low, comma, high = self._text[self._at : end].partition(",") if end > 0 else ("", "", "")
        if not (low.isascii() and low.isdecimal()) or not (not high or high.isdecimal()):
            self._refuse("{ begins a count such as {2}, {2,} or {2,4}")
        least = int(low[:6])
        most = (int(high[:6]) if high else None) if comma else least
        if max(least, most or 0) > _MOST_REPEATS or (most is not None and most < least):
            self._refuse(f"a count is at most {_MOST_REPEATS}, the first no more than the second")
        self._at = end + 1
        return least, most
