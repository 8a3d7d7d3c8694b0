"""What the recogniser says: words, texts and their log-probabilities."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, overload

__all__ = [
    "Alternative", "Character", "Drawing", "Gesture", "Hypothesis", "InkSpan", "PageResult", "Word",
    "shortened",
]  # fmt: skip

_SHOWN = 40


def shortened(text: str) -> str:
    """A text as a short repr shows it: both of its ends.

    >>> shortened("a" * 30 + "b" * 30)
    'aaaaaaaaaaaaaaaaaaaa ... bbbbbbbbbbbbbbbbbbbb'
    """
    if len(text) <= _SHOWN + len(" ... "):
        return text
    return f"{text[: _SHOWN // 2]} ... {text[-_SHOWN // 2 :]}"


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another reading, of a word or of a whole text.

    Attributes
    ----------
    text : str
    log_probability : float
        Natural logarithm of its posterior among the readings that were kept.
    """

    text: str
    log_probability: float


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a hypothesis.

    Attributes
    ----------
    text : str
        Without spaces.
    confidence : float
        0 to 1, the posterior of this word at this place.
    start, end : float
        Time in s of the first and the last sample of its strokes.
    strokes : tuple of int
        Indices of the strokes that wrote it, in order of writing. A stroke belongs to
        one word: where one stroke wrote two, the other may have none. Its start and
        end are then when the strokes began that its letters stand in, mostly the same.
    alternatives : tuple of Alternative
        Other readings of the same ink, most probable first.
    committed : bool
        Whether the word is final.
    crossed_out : bool
        Whether a drawing strikes it through or scribbles over it.
    insert_at : int or None
        Of a word that was put into committed text, which could not change any more: the
        place in `Hypothesis.text` where it belongs, and behind which it stands. None of
        all others.
    """

    text: str
    confidence: float
    start: float
    end: float
    strokes: tuple[int, ...]
    alternatives: tuple[Alternative, ...] = ()
    committed: bool = False
    crossed_out: bool = False
    insert_at: int | None = None


@dataclass(frozen=True, slots=True)
class Drawing:
    """Strokes that are no writing.

    Attributes
    ----------
    kind : str
        ``"underline"``, ``"strike-through"``, ``"scribble"`` (over words), ``"circle"`` and
        ``"frame"`` (around words), ``"rule"`` (and margin lines), ``"arrow"``, ``"bullet"``,
        ``"tick"`` (and boxes for them), ``"hatching"``, ``"highlighter"``, ``"eraser"`` or
        ``"other"``.
    strokes : tuple of int
        Indices of its strokes.
    about : tuple of int
        Indices of the strokes of writing that it underlines, crosses out, encloses or marks.
        A word of which most is crossed out is so with all of its strokes.
    """

    kind: str
    strokes: tuple[int, ...]
    about: tuple[int, ...] = ()

    def words(self, hypothesis: Hypothesis) -> tuple[int, ...]:
        """Which words of a hypothesis it is about: at least half of their strokes."""
        mine = set(self.about)
        return tuple(
            n
            for n, word in enumerate(hypothesis.words)
            if word.strokes and 2 * len(mine.intersection(word.strokes)) >= len(word.strokes)
        )


class InkSpan(NamedTuple):
    """A run of a stroke's points.

    Attributes
    ----------
    stroke : int or hashable
        Index of the stroke, or the app's id of it on a page.
    first, end : int
        Its first point, and the one behind its last.
    """

    stroke: Any
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class Character:
    """A character of a text and the ink that wrote it.

    Attributes
    ----------
    text : str
    start : int
        Its place in the text.
    word : int
        The number of its word.
    spans : tuple of InkSpan
        Its ink, in the order of the strokes. Every point of the writing belongs to exactly
        one character; one that another's stroke wrote as well may have none.
    """

    text: str
    start: int
    word: int
    spans: tuple[InkSpan, ...]


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What the ink so far says.

    The session returns the same object until something changes, so
    ``if hyp is not shown:`` is the redraw test.

    Attributes
    ----------
    text : str
        All of it; equals ``committed + tentative``.
    committed : str
        The part that will never change.
    words : tuple of Word
        Those of the text at the last pen-up: what the pen is writing becomes a word when it
        is lifted.
    alternatives : tuple of Alternative
        Whole texts: first ``text`` itself, the one that is read, then the others, most
        probable first. A text's log-probability is that of all readings that spell it,
        so another's may be above the first's. All begin with what was committed before
        the end; of a final hypothesis, whose ``committed`` is all of its text, the others
        do not.
    final : bool
        Whether the session was finished.
    drawings : tuple of Drawing
        Strokes that were taken for no writing, and not read; known when a line is finished.
    notices : tuple of str
        What else was done to the ink before it was read, a sentence each: that it was turned,
        or taken for several lines.
    amended : str or None
        The whole line as it reads with the words that were put into committed text in
        their places. ``text`` holds these words too, but behind all others, since what was
        shown as committed does not change. None where nothing was put in.
    """

    committed: str = ""
    tentative: str = ""
    words: tuple[Word, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    final: bool = False
    drawings: tuple[Drawing, ...] = ()
    notices: tuple[str, ...] = ()
    amended: str | None = None

    def __repr__(self) -> str:
        said = repr(shortened(self.committed))
        if self.tentative or not self.committed:
            said += f" + {shortened(self.tentative)!r}"
        words = f"{len(self.words)} word{'' if len(self.words) == 1 else 's'}"
        return f"<Hypothesis {said}, {words}{', final' if self.final else ''}>"

    @property
    def text(self) -> str:
        """The whole text, committed and tentative."""
        return self.committed + self.tentative


@dataclass(frozen=True, slots=True)
class Gesture:
    """What a stroke asks for.

    Attributes
    ----------
    kind : str
        ``"scratch-out"``.
    strokes : tuple of int
        The strokes it is about and, last, the gesture itself: what
        `Session.erase` takes to carry it out.
    """

    kind: str
    strokes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PageResult(Sequence[Hypothesis]):
    """What a page says: a sequence of its lines, with its drawings.

    Attributes
    ----------
    lines : tuple of Hypothesis
        In the order in which they are read; strokes of words are indices in the page's ink.
    drawings : tuple of Drawing
        Strokes that were not read, by the same indices.
    notices : tuple of str
        What was done to the ink before it was read, a sentence each.
    """

    lines: tuple[Hypothesis, ...] = ()
    drawings: tuple[Drawing, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The lines' texts, one below the other."""
        return "\n".join(line.text for line in self.lines)

    @overload
    def __getitem__(self, index: int) -> Hypothesis: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Hypothesis]: ...
    def __getitem__(self, index: int | slice) -> Hypothesis | Sequence[Hypothesis]:
        return self.lines[index]

    def __len__(self) -> int:
        return len(self.lines)

    def __iter__(self) -> Iterator[Hypothesis]:
        return iter(self.lines)
