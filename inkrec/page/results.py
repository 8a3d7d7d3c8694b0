"""What a page says: its lines of text, their words, its drawings, and what changed of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..results import Alternative, Character, Hypothesis, Word
from .geometry import LineGeometry
from .strokes import Box, StrokeId

__all__ = ["PageChanges", "PageDrawing", "TextLine", "TextWord"]


@dataclass(frozen=True)
class TextWord:
    """A word on a page.

    Attributes
    ----------
    id : int
        Stays the word's while its strokes say a word, whatever it reads.
    word : Word
        What the recogniser says of it; its strokes are places in `TextLine.strokes`.
    start : int
        Place of its first character in the line's text.
    strokes : tuple of hashable
        The app's ids of the strokes that wrote it.
    box : Box or None
        Extent of its strokes, in ink units; None of a word that has none of its own.
    """

    id: int
    word: Word
    start: int
    strokes: tuple[StrokeId, ...]
    box: Box | None
    _line: LineGeometry | None = field(default=None, repr=False, compare=False)
    _number: int = field(default=0, repr=False, compare=False)

    @property
    def text(self) -> str:
        """The word, without spaces."""
        return self.word.text

    @property
    def confidence(self) -> float:
        """As `Word.confidence`."""
        return self.word.confidence

    @property
    def alternatives(self) -> tuple[Alternative, ...]:
        """As `Word.alternatives`."""
        return self.word.alternatives

    @property
    def end(self) -> int:
        """Place behind its last character in the line's text."""
        return self.start + len(self.text)

    @property
    def characters(self) -> tuple[Character, ...]:
        """Its characters and the ink of each: found when any of the line is first asked for.

        Their strokes are the app's ids, their starts places in the line's text.
        """
        if self._line is None:
            return ()
        return tuple(c for c in self._line.characters if c.word == self._number)

    @property
    def baseline(self) -> float:
        """The y of the line that it stands on, at its middle, in ink units."""
        return 0.0 if self._line is None else self._line.baseline(self._number)

    @property
    def x_height(self) -> float:
        """How high its small letters are, in ink units; 0 where nothing tells."""
        return 0.0 if self._line is None else self._line.x_height(self._number)

    @property
    def slope(self) -> float:
        """How much its line falls to the right, ink units down over ink units to the right."""
        return 0.0 if self._line is None else self._line.slope


@dataclass(frozen=True)
class TextLine:
    """A line of writing on a page.

    Attributes
    ----------
    id : int
        Stays the line's while most of its strokes stay together.
    hypothesis : Hypothesis
        What it says; `Hypothesis.final` once the page was settled. Words' strokes are
        places in ``strokes``.
    strokes : tuple of hashable
        The app's ids of its strokes, in the order of writing.
    words : tuple of TextWord
        Of the text at the last pen-up.
    box : Box
        Extent of its strokes, in ink units.
    """

    id: int
    hypothesis: Hypothesis
    strokes: tuple[StrokeId, ...]
    words: tuple[TextWord, ...]
    box: Box

    @property
    def text(self) -> str:
        """All that it says."""
        return self.hypothesis.text


@dataclass(frozen=True)
class PageDrawing:
    """Strokes of a page that are no writing.

    Attributes
    ----------
    id : int
    kind : str
        As of `inkrec.layout`; ``"other"`` while that was not looked at.
    strokes : tuple of hashable
        The app's ids of its strokes.
    box : Box
    about : tuple of hashable
        Strokes of writing that it underlines, crosses out, encloses or marks.
    words : tuple of int
        The ids of words that these wrote.
    """

    id: int
    kind: str
    strokes: tuple[StrokeId, ...]
    box: Box
    about: tuple[StrokeId, ...] = ()
    words: tuple[int, ...] = ()


@dataclass(frozen=True)
class PageChanges:
    """What is not as it was when a page was last asked; true if there is anything.

    Attributes
    ----------
    lines : tuple of TextLine
        New ones, and those that say something else or are written by other strokes.
    words : tuple of TextWord
        The same of words, and those that stand elsewhere in their line's text.
    drawings : tuple of PageDrawing
    removed_lines, removed_words, removed_drawings : tuple of int
        The ids of those that are no more.
    """

    lines: tuple[TextLine, ...] = ()
    words: tuple[TextWord, ...] = ()
    drawings: tuple[PageDrawing, ...] = ()
    removed_lines: tuple[int, ...] = ()
    removed_words: tuple[int, ...] = ()
    removed_drawings: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return any(
            (self.lines, self.words, self.drawings, self.removed_lines, self.removed_words,
             self.removed_drawings)
        )  # fmt: skip
