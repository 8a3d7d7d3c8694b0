"""Texts that a person chose for words, while the words' ink grows and shrinks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

__all__ = ["Choices"]

Word = tuple[Sequence[int], str]  # ids of its strokes, and its raw reading


class _Choice(NamedTuple):
    strokes: frozenset[int]
    raw: str
    text: str


class Choices:
    """What was chosen, by the strokes it was chosen for."""

    def __init__(self) -> None:
        self._kept: list[_Choice] = []

    def keep(self, strokes: Iterable[int], raw: str, text: str) -> None:
        """Note a text for strokes that were read as ``raw``; it replaces an earlier one."""
        ink = frozenset(strokes)
        self._kept = [c for c in self._kept if _overlap(c.strokes, ink) <= 0.5]
        self._kept.append(_Choice(ink, raw, text))

    def texts(self, words: Sequence[Word]) -> list[str | None]:
        """What was chosen for the words of a line; None where nothing was.

        A word takes the choice whose strokes are most like its own, if more than half
        of the strokes of both are shared. What its reading has grown by since is
        appended.
        """
        likest = sorted(
            (
                (_overlap(choice.strokes, frozenset(strokes)), n, k)
                for n, (strokes, _) in enumerate(words)
                for k, choice in enumerate(self._kept)
            ),
            reverse=True,
        )
        found: list[str | None] = [None] * len(words)
        used = set()
        for overlap, n, k in likest:
            if overlap > 0.5 and found[n] is None and k not in used:
                used.add(k)
                found[n] = _grown(self._kept[k], *words[n])
        return found


def _overlap(a: frozenset[int], b: frozenset[int]) -> float:
    """Shared strokes over those of both."""
    return len(a & b) / (len(a | b) or 1)


def _grown(choice: _Choice, strokes: Sequence[int], raw: str) -> str:
    if choice.strokes == frozenset(strokes) or not raw.startswith(choice.raw):
        return choice.text
    return choice.text + raw.removeprefix(choice.raw)
