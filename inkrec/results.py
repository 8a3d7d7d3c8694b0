"""What the recogniser says: words, texts and their log-probabilities."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Alternative", "Gesture", "Hypothesis", "Word"]


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
    """

    text: str
    confidence: float
    start: float
    end: float
    strokes: tuple[int, ...]
    alternatives: tuple[Alternative, ...] = ()
    committed: bool = False


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
    """

    committed: str = ""
    tentative: str = ""
    words: tuple[Word, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    final: bool = False

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
