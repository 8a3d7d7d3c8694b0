"""Words found on pages: in what was read, and in what else it may say."""

from __future__ import annotations

import functools
import math
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..errors import InkError
from .page import Page
from .results import TextLine, TextWord
from .strokes import Box, StrokeId

__all__ = ["SearchMatch", "search"]

_PARTS = str.maketrans(dict.fromkeys("-/\N{EN DASH}\N{EM DASH}\N{NON-BREAKING HYPHEN}", " "))
_QUOTES = str.maketrans(dict.fromkeys("\N{RIGHT SINGLE QUOTATION MARK}`\N{ACUTE ACCENT}", "'"))


@dataclass(frozen=True, slots=True)
class SearchMatch:
    """A place where the words that were looked for are written.

    Attributes
    ----------
    page, line : int
        Number of the page among those that were searched, and of its line, from 1. Words
        that run on into further lines count for the line that they begin in.
    text : str
        What stands there, as it was read.
    line_text : str
        All of the line.
    start, end : int
        Where ``text`` begins in ``line_text``, and the place behind it there.
    boxes : tuple of Box
        The extent of each word, in ink units.
    strokes : tuple of hashable
        The ids of the strokes that wrote them, in the order of writing.
    score : float
        0 to 1: the probability that the ink says what was looked for; each edit takes its
        share of the word. Of several words it is that of the least.
    edits : int
        Characters that differ, in the closest of the readings.
    """

    page: int
    line: int
    text: str
    line_text: str
    start: int
    end: int
    boxes: tuple[Box, ...]
    strokes: tuple[StrokeId, ...]
    score: float
    edits: int

    @property
    def box(self) -> Box:
        """The least box around all of its words."""
        return Box.around(self.boxes)


def search(
    pages: Page | Iterable[Page],
    words: str,
    *,
    edits: int = 0,
    case: bool = False,
    min_score: float = 0.005,
) -> list[SearchMatch]:
    """Find words on pages, also where they are another reading of the ink.

    A word is found in what was read and in its alternatives, without the marks around it,
    whole or as a part between hyphens; also where it was read as two words, or two as one.
    Several words are found where they follow each other, over the ends of lines too.

    Parameters
    ----------
    pages : Page or iterable of Page
        `Recognizer.pages` makes them of a document.
    words : str
        One word or several.
    edits : int
        How many characters of each word may be missing, too many or others. Words of three
        characters and less may have one edit at most, single ones none.
    case : bool
        Whether capitals differ from small letters.
    min_score : float
        The least score of what is told.

    Returns
    -------
    list of SearchMatch
        By page and line; no two share a word.

    Raises
    ------
    InkError
        If there is no word to be looked for, ``edits`` is no whole number of 0 or more, or
        something is no `Page`.

    Examples
    --------
    >>> pages = recognizer.pages(inkrec.read_document("notes.xopp"))  # doctest: +SKIP
    >>> [(m.page, m.line, m.text) for m in inkrec.search(pages, "meeting")]  # doctest: +SKIP
    [(2, 7, 'Meeting,')]
    """
    if not isinstance(words, str) or not words.split():
        raise InkError(f"{words!r} holds no word to be looked for; give one or several")
    if isinstance(edits, bool) or not isinstance(edits, int) or edits < 0:
        raise InkError(f"edits is {edits!r}; it must be a whole number, 0 or more")
    wanted = [_Wanted(token, edits, case) for token in _plain(words, case).split()]
    found = []
    for number, page in enumerate([pages] if isinstance(pages, Page) else pages, 1):
        if not isinstance(page, Page):
            raise InkError(
                f"{page!r} is no Page; make pages of a document with Recognizer.pages(document)"
            )
        written = [
            (n, line, word) for n, line in enumerate(page.lines, 1) for word in line.words
        ]  # fmt: skip
        found += _on_page(number, written, wanted, min_score)
    return found


_Written = tuple[int, TextLine, TextWord]


def _plain(text: str, case: bool) -> str:
    text = unicodedata.normalize("NFKC", text).translate(_QUOTES)
    return text if case else text.casefold()


def _bare(text: str) -> str:
    """A word without the marks around it, unless it is nothing else."""
    inner = [i for i, c in enumerate(text) if c.isalnum()]
    return text[inner[0] : inner[-1] + 1] if inner else text


class _Wanted:
    """A word that is looked for, and how much of it a reading has."""

    def __init__(self, token: str, edits: int, case: bool) -> None:
        self.text = _bare(token)
        self.case = case
        self.edits = min(edits, len(self.text) - 1, 1 if len(self.text) <= 3 else edits)
        self.distance = functools.lru_cache(None)(self._distance)

    def _distance(self, reading: str) -> int | None:
        """Edits from a reading, or from one of its parts; None where they are too many."""
        plain = _plain(reading, self.case)
        forms = {_bare(plain), *map(_bare, plain.translate(_PARTS).split())}
        found = [d for form in forms if (d := _edits(self.text, form, self.edits)) is not None]
        return min(found, default=None)


def _edits(a: str, b: str, most: int) -> int | None:
    """Levenshtein's distance, if it is no more than that."""
    if a == b:
        return 0
    if abs(len(a) - len(b)) > most:
        return None
    row = list(range(len(b) + 1))
    for i, c in enumerate(a, 1):
        diagonal, row[0] = row[0], i
        for j, d in enumerate(b, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (c != d))
        if min(row) > most:
            return None
    return row[-1] if row[-1] <= most else None


def _readings(word: TextWord) -> Iterator[tuple[str, float]]:
    yield word.text, word.confidence
    for other in word.alternatives:
        yield other.text, math.exp(other.log_probability)


def _likely(word: TextWord, distance: Callable[[str], int | None], length: int) -> _Found | None:
    """How probable it is that a word is one with that distance from its readings."""
    score, least = 0.0, None
    for reading, probability in _readings(word):
        d = distance(reading)
        if d is not None:
            score += probability * (1 - d / length)
            least = d if least is None else min(least, d)
    return None if least is None else (min(score, 1.0), least, 1)


_Found = tuple[float, int, int]
"""Score, edits, and how many written words it takes."""


def _from(written: Sequence[_Written], wanted: Sequence[_Wanted]) -> _Found | None:
    """The best way in which words begin with those that are looked for."""
    if not wanted:
        return 1.0, 0, 0
    if not written:
        return None
    first, word = wanted[0], written[0][2]
    ways: list[tuple[_Found | None, int]] = [(_likely(word, first.distance, len(first.text)), 1)]
    if len(written) > 1:  # one that was read as two
        second = written[1][2]
        if _bare(_plain(word.text + second.text, first.case)) == first.text:
            ways.append(((min(word.confidence, second.confidence), 0, 2), 1))
    if len(wanted) > 1:  # two that were read as one
        both = first.text + wanted[1].text
        joined = _likely(
            word, lambda r: 0 if _bare(_plain(r, first.case)) == both else None, len(both)
        )
        ways.append((joined, 2))
    best: _Found | None = None
    for found, tokens in ways:
        if found is None:
            continue
        rest = _from(written[found[2] : found[2] + 2 * len(wanted)], wanted[tokens:])
        if rest is not None:
            whole = min(found[0], rest[0]), found[1] + rest[1], found[2] + rest[2]
            best = whole if best is None else max(best, whole, key=lambda way: way[0])
    return best


def _on_page(
    number: int, written: Sequence[_Written], wanted: Sequence[_Wanted], min_score: float
) -> list[SearchMatch]:
    found = []
    for i in range(len(written)):
        best = _from(written[i : i + 2 * len(wanted)], wanted)
        if best is not None and best[0] >= min_score:
            found.append((i, best))
    taken: set[int] = set()
    matches = []
    for i, (score, edits, n) in sorted(found, key=lambda one: -one[1][0]):
        if taken.isdisjoint(range(i, i + n)):
            taken.update(range(i, i + n))
            matches.append((i, _match(number, written[i : i + n], score, edits)))
    return [match for _, match in sorted(matches, key=lambda one: one[0])]


def _match(number: int, here: Sequence[_Written], score: float, edits: int) -> SearchMatch:
    at, line, first = here[0]
    own = [word for n, _, word in here if n == at]
    return SearchMatch(
        page=number,
        line=at,
        text=" ".join(word.text for _, _, word in here),
        line_text=line.text,
        start=first.start,
        end=own[-1].end,
        boxes=tuple(line.box if word.box is None else word.box for _, line, word in here),
        strokes=tuple(dict.fromkeys(id_ for _, _, word in here for id_ in word.strokes)),
        score=score,
        edits=edits,
    )
