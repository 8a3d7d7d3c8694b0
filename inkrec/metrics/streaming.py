"""Delay and flicker of text that is shown while it is written.

A line read as a stream is a `StreamTrace`: all texts that were shown, each with its
time, and the words of the last one with the times of their pen-ups. Where a
partial text is held against a later one, its words are laid on the *beginning* of
the later one (the prefix with the fewest edits), as what has yet to be written
cannot be wrong.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from .._checks import require
from ..errors import InkError
from .accuracy import cer, levenshtein, rate, words_right

__all__ = [
    "ShownText",
    "StreamTrace",
    "changed_words",
    "commit_delays",
    "edit_overhead",
    "retractions",
    "shown_delays",
    "stream",
    "unstable_words",
]


class ShownText(NamedTuple):
    """A text as it was on the screen.

    Attributes
    ----------
    t : float
        Time in s of the pen sample that brought it.
    text : str
        Committed and tentative text.
    committed : int
        How many of its first characters are committed.
    """

    t: float
    text: str
    committed: int


class StreamTrace(NamedTuple):
    """A line that was read as a stream.

    Attributes
    ----------
    reference : str
        The true text.
    shown : tuple of Shown
        Every text that was shown, in order; the last one is final.
    pen_ups : tuple of int
        For each pen-up, the index in ``shown`` of what stood there after it.
    words : tuple of (str, float)
        Words of the final text, each with the time in s of its last pen-up.
    """

    reference: str
    shown: tuple[ShownText, ...]
    pen_ups: tuple[int, ...]
    words: tuple[tuple[str, float], ...]

    def validate(self) -> None:
        """Refuse a record that contradicts itself.

        Raises
        ------
        InkError
            If nothing was shown, time runs backwards, more is committed than
            shown, or the words are not those of the final text.
        """
        if not self.shown:
            raise InkError("nothing was shown; a streamed line ends with its final text")
        for before, after in zip(self.shown, self.shown[1:], strict=False):
            if after.t < before.t:
                raise InkError(f"shown at t = {after.t} after t = {before.t}; time runs backwards")
        for state in self.shown:
            if not 0 <= state.committed <= len(state.text):
                raise InkError(f"{state.committed} characters of {state.text!r} are committed")
        if [word for word, _ in self.words] != self.shown[-1].text.split():
            raise InkError(f"words {self.words} are not those of {self.shown[-1].text!r}")


def _placed(partial: Sequence[str], later: Sequence[str]) -> list[int | None]:
    """Index in ``later`` of each word of ``partial``, None where it was dropped."""
    distance = levenshtein().distance
    stop = min(
        range(len(later) + 1),
        key=lambda j: (distance(partial, later[:j]), abs(j - len(partial))),
    )
    places: list[int | None] = [None] * len(partial)
    for op in levenshtein().opcodes(partial, later[:stop]):
        if op.tag in ("equal", "replace"):
            for k in range(op.src_end - op.src_start):
                places[op.src_start + k] = op.dest_start + k
    return places


def _changes(partial: Sequence[str], later: Sequence[str]) -> list[bool]:
    """Which words of a partial text the later one no longer has.

    The last word may grow, as it is still being written.
    """
    marks = []
    for i, place in enumerate(_placed(partial, later)):
        kept = place is not None and (
            later[place] == partial[i]
            or (i == len(partial) - 1 and later[place].startswith(partial[i]))
        )
        marks.append(not kept)
    return marks


def shown_delays(line: StreamTrace) -> list[float]:
    """Seconds from each word's last pen-up until it is first shown right.

    The first occurrence of Baumann et al. 2009, in seconds after the word's ink is
    complete; below 0 where the word stood there before its last
    stroke was done. Words that the final text has wrong are left out: their share
    is the word error rate.
    """
    final = [word for word, _ in line.words]
    open_words = {k for k, ok in enumerate(words_right(line.reference.split(), final)) if ok}
    delays = {}
    for state in line.shown:
        if not open_words:
            break
        partial = state.text.split()
        for i, k in enumerate(_placed(partial, final)):
            if k in open_words and partial[i] == final[k]:
                open_words.discard(k)
                delays[k] = state.t - line.words[k][1]
    return [delays[k] for k in sorted(delays)]


def commit_delays(line: StreamTrace) -> list[float]:
    """Seconds from each word's last pen-up until the whole word is committed.

    Every word of the final text counts, right or wrong; the last ones are
    committed by the end of the line.
    """
    text, at, delays = line.shown[-1].text, 0, []
    for word, pen_up in line.words:
        at = text.index(word, at) + len(word)
        done = (s.t for s in line.shown if s.committed >= at)
        delays.append(next(done, line.shown[-1].t) - pen_up)
    return delays


def _edit_counts(line: StreamTrace) -> tuple[int, int]:
    """Characters added to and taken from the screen, from nothing to the final text."""
    distance = require("rapidfuzz.distance", "train").Indel.distance
    added = taken = 0
    before = ""
    for _, text, _ in line.shown:
        both, growth = distance(before, text), len(text) - len(before)
        added += (both + growth) // 2
        taken += (both - growth) // 2
        before = text
    return added, taken


def edit_overhead(lines: Iterable[StreamTrace]) -> float:
    """Share of edits in vain, in percent.

    The edit overhead of Baumann, Atterer and Schlangen 2009 ("Assessing and improving
    the performance of speech recognition for incremental systems"): of all edits, those
    that the final text did not need, ``(edits - length) / edits``, where a substitution
    is two edits, one taken away and one added, as the authors' own program (InTELiDa)
    counts it. Theirs are edits of words; ours of characters, as a pen lets text grow by
    the character. 0 when text only grows; of a text that came in one character at a time
    with as many taken back as stayed, 67.

    Examples
    --------
    "cat" by way of "cot": four characters added, one taken away, three needed.

    >>> shown = [ShownText(0.0, "c", 0), ShownText(1.0, "cot", 0), ShownText(2.0, "cat", 3)]
    >>> edit_overhead([StreamTrace("cat", tuple(shown), (), (("cat", 2.0),))])
    40.0
    """
    counts = np.array([(*_edit_counts(line), len(line.shown[-1].text)) for line in lines])
    added, taken, needed = counts.reshape(-1, 3).sum(axis=0).tolist()
    return rate(added + taken - needed, added + taken)


def retractions(lines: Iterable[StreamTrace]) -> float:
    """Characters taken off the screen for every character of final text (not percent)."""
    counts = np.array([(_edit_counts(line)[1], len(line.shown[-1].text)) for line in lines])
    taken, length = counts.reshape(-1, 2).sum(axis=0).tolist()
    return rate(taken, length) / 100.0


def changed_words(lines: Iterable[StreamTrace]) -> tuple[float, float]:
    """Share of shown words that change by the next pen-up, in percent.

    At every pen-up, each word on the screen is held against the text after the
    next one (after the last, the final text).

    Returns
    -------
    every, before_last : float
        Of all words, where the last one may grow; of those in front of the last,
        which may not change at all. The second is how streaming figures of the
        WritePad engine were taken.
    """
    seen = changed = seen_before = changed_before = 0
    for line in lines:
        texts = [line.shown[i].text.split() for i in line.pen_ups]
        texts.append(line.shown[-1].text.split())
        for partial, later in itertools.pairwise(texts):
            marks = _changes(partial, later)
            seen += len(marks)
            changed += sum(marks)
            seen_before += len(marks[:-1])
            changed_before += sum(marks[:-1])
    return rate(changed, seen), rate(changed_before, seen_before)


def unstable_words(lines: Iterable[StreamTrace]) -> float:
    """Words that change from one text to the next, for 100 words of final text.

    After the unstable partial word ratio of Shangguan et al. 2020 (arXiv 2006.01416):
    all words that were shown and then changed, over the words of the final texts, of all
    lines together; more than 100 if words change several times. Followed as others who
    use it describe it, as the paper's text was not at hand: compare with figures of
    speech recognisers for the order of magnitude only. A word is changed where the
    alignment with the next text's beginning says so, and a last word that only grows is
    not, as text here comes by the character.
    """
    changed = total = 0
    for line in lines:
        texts = [state.text.split() for state in line.shown]
        changed += sum(
            sum(_changes(partial, later)) for partial, later in itertools.pairwise(texts)
        )
        total += len(texts[-1])
    return rate(changed, total)


def _quantile(values: Sequence[float], q: float) -> float:
    return float(np.quantile(values, q)) if len(values) else float("nan")


def stream(lines: Sequence[StreamTrace]) -> dict[str, Any]:
    """All measures of lines read as streams.

    Returns
    -------
    dict
        ``shown_delay_p50``, ``shown_delay_p90``, ``commit_delay_p50`` and
        ``commit_delay_p90`` in s; ``edit_overhead``, ``changed_words``,
        ``changed_words_before_last``, ``unstable_words`` and ``committed_cer`` in
        percent; ``retractions`` a character.

    Raises
    ------
    InkError
        If there is no line or one contradicts itself.
    """
    for line in lines:
        line.validate()
    shown = [d for line in lines for d in shown_delays(line)]
    commit = [d for line in lines for d in commit_delays(line)]
    every, before_last = changed_words(lines)
    return {
        "shown_delay_p50": _quantile(shown, 0.5),
        "shown_delay_p90": _quantile(shown, 0.9),
        "commit_delay_p50": _quantile(commit, 0.5),
        "commit_delay_p90": _quantile(commit, 0.9),
        "edit_overhead": edit_overhead(lines),
        "changed_words": every,
        "changed_words_before_last": before_last,
        "unstable_words": unstable_words(lines),
        "retractions": retractions(lines),
        "committed_cer": cer(
            [line.reference for line in lines], [line.shown[-1].text for line in lines]
        ),
    }
