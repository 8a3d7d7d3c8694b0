"""Lines spelled with pieces of what a writer wrote: text that nobody wrote.

The pieces are single characters of a corpus of such, or letters and runs of letters
between two pen-ups, cut out of lines (`inkrec.training.forced_alignment`). Corpora of characters
teach no spacing and no base line, and lines teach their own words by heart; set on a
line, the pieces become other words, nonsense too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from ..ink.samples import PenSample
from ..ink.scale import ScaleEstimate, update_scale
from .line import TrainingLine

__all__ = ["WriterGlyphs", "borrow_glyphs", "collect_glyphs", "glyph_lenders", "synthesize"]

_LOW = frozenset("acemnorsuvwxz")  # what a writer's x-height is measured on
_HANGING = frozenset("gpqy")  # their tops lie on the x-height
# Where the middle of a character that stands on no line lies, in x-heights above it.
_FLOATING = (
    dict.fromkeys("-~=+<>", 0.5) | dict.fromkeys("'\"`^*", 1.7) | dict.fromkeys("()[]{}|/\\", 0.7)
)
_BELOW = {"j": 0.7, ",": 0.35, ";": 0.35, "Q": 0.1}  # how far others reach below the line
_LETTERS = 15  # distinct low-case letters below which a hand spells too few words
_TALLEST = 5.0  # in x-heights: more than that was not one letter
_PRINT = 1.6  # x-heights of a capital, where a hand has no small letters to say
_SMALL = frozenset("cosuvwxz")  # letters that height alone tells from their capitals
_TALL = frozenset("COSUVWXZKPQ0")
_WIDE = 0.15  # of the lines have letters far from each other, as in boxes
_BETWEEN = 1.3  # x-heights: such a letter is small below that, a capital above


@dataclass(frozen=True, slots=True)
class WriterGlyphs:
    """What one writer's words are spelled with.

    Attributes
    ----------
    pieces : dict of str to list of Page
        By what they say, all in one unit; x begins at 0, and y is 0 on a line that is
        the same for all.
    loose : float
        How much of their sizes and heights is guessed, 0 to 1: nearly nothing of what was
        cut out of lines.
    letters : frozenset of str
        All that the pieces say.
    """

    pieces: dict[str, list[TrainingLine]]
    loose: float = 1.0
    letters: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "letters", frozenset("".join(self.pieces)))

    def spells(self, word: str, random: np.random.Generator) -> list[str] | None:
        """The pieces of a word, chosen at random, long ones rather than short; None if it has none.

        Parameters
        ----------
        word : str
        random : numpy.random.Generator
        """
        if not word or not self.letters.issuperset(word):
            return None
        n = len(word)
        ends: list[list[int]] = [[] for _ in range(n)]
        for i in range(n - 1, -1, -1):
            ends[i] = [
                j for j in range(i + 1, n + 1)
                if word[i:j] in self.pieces and (j == n or ends[j])
            ]  # fmt: skip
        if not ends[0]:
            return None
        said, i = [], 0
        while i < n:
            weights = np.square([j - i for j in ends[i]], dtype=float)
            j = int(random.choice(ends[i], p=weights / weights.sum()))
            said.append(word[i:j])
            i = j
        return said


def _placed(page: TrainingLine, size: float) -> TrainingLine:
    """A letter in x-heights, moved to where it stands on a line."""
    y = page.y / size
    text = page.text
    if text in _HANGING:
        y = y - y.min() - 1.0
    elif text in _FLOATING:
        y = y - (y.min() + y.max()) / 2 - _FLOATING[text]
    else:
        y = y - y.max() + _BELOW.get(text, 0.0)
    return replace(page, x=page.x / size, y=y)


def _level(page: TrainingLine) -> TrainingLine:
    """A piece of a line moved to where the line's middle is 0."""
    return replace(page, y=page.y - (page.baseline or 0.0))


def _told_apart(pages: dict[str, list[TrainingLine]]) -> dict[str, list[TrainingLine]]:
    """Letters whose capitals have the same shape, in sizes that tell which is meant.

    Who writes one character a box has nothing to write it smaller than.
    """
    heights = [np.ptp(p.y) for c, many in pages.items() if c.isupper() for p in many]
    tall = max(float(np.median(heights)), 1.1 * _BETWEEN) if heights else _PRINT
    made = dict(pages)
    for c in sorted((_SMALL | _TALL) & pages.keys()):
        made[c] = [_resized(p, tall if c in _TALL else 1.0) for p in pages[c]]
    return made


def _resized(page: TrainingLine, height: float) -> TrainingLine:
    high = float(np.ptp(page.y))
    if high <= 0 or (high < _BETWEEN) == (height < _BETWEEN):
        return page
    factor = height / high
    return replace(page, x=page.x * factor, y=page.y * factor)


def _hand(own: dict[str, list[TrainingLine]]) -> WriterGlyphs | None:
    if sum(c.islower() for c in own) < _LETTERS:  # runs of letters are no help where these lack
        return None
    level = {c: [_level(p) for p in many if p.baseline is not None] for c, many in own.items()}
    if any(level.values()):
        return WriterGlyphs({c: many for c, many in level.items() if many}, 0.4)
    own = {c: many for c, many in own.items() if len(c) == 1}
    heights = [np.ptp(p.y) for c in sorted(_LOW & own.keys()) for p in own[c]]
    size = float(np.median(heights)) if heights else 0.0
    if size <= 0:
        return None
    placed = {
        c: [_placed(p, size) for p in many if np.ptp(p.y) < _TALLEST * size]
        for c, many in own.items()
    }
    return WriterGlyphs(_told_apart({c: many for c, many in placed.items() if many}))


def glyph_lenders(hands: Sequence[WriterGlyphs]) -> dict[str, list[WriterGlyphs]]:
    """Which hands have written each digit and sign: others borrow them there.

    Parameters
    ----------
    hands : sequence of WriterGlyphs
        Those cut out of lines lend none, since what they say stands on another line.
    """
    found: dict[str, list[WriterGlyphs]] = {}
    for hand in hands:
        if hand.loose == 1.0:
            for c in hand.letters:
                if not c.isalpha():
                    found.setdefault(c, []).append(hand)
    return found


def borrow_glyphs(
    hand: WriterGlyphs,
    text: str,
    lenders: Mapping[str, Sequence[WriterGlyphs]],
    random: np.random.Generator,
) -> WriterGlyphs:
    """A hand that has digits and signs of others, where a text asks for what it never wrote.

    Parameters
    ----------
    hand : WriterGlyphs
    text : str
    lenders : mapping of str to sequence of WriterGlyphs
        See `glyph_lenders`.
    random : numpy.random.Generator

    Returns
    -------
    WriterGlyphs
        The hand itself where it lacks nothing, or what it lacks nobody lends.
    """
    lacking = sorted(set(text) - hand.letters - {" "})
    if hand.loose < 1.0 or not lacking or any(c not in lenders for c in lacking):
        return hand
    pieces = dict(hand.pieces)
    for c in lacking:
        lent = lenders[c][int(random.integers(len(lenders[c])))].pieces[c]
        pieces[c] = [lent[int(random.integers(len(lent)))]]
    return WriterGlyphs(pieces, hand.loose)


def collect_glyphs(pages: Iterable[tuple[TrainingLine, str]]) -> list[WriterGlyphs]:
    """The writers that can spell words.

    Parameters
    ----------
    pages : iterable of (Page, str)
        Pages without spaces and their writers; all of a writer in the same unit. Pieces
        that know the middle of their line are put on it. Of others single characters
        alone are taken, and placed as print is, in x-heights above a base line.

    Returns
    -------
    list of Hand
        Writers with fewer than 15 different low-case letters or runs of them are left out.
    """
    found: dict[str, dict[str, list[TrainingLine]]] = {}
    for page, writer in pages:
        page = replace(page, x=page.x - page.x.min(), t=page.t - page.t[0])
        found.setdefault(writer, {}).setdefault(page.text, []).append(page)
    return [hand for own in found.values() if (hand := _hand(own)) is not None]


def synthesize(
    hand: WriterGlyphs, words: Sequence[Sequence[str]], random: np.random.Generator
) -> TrainingLine:
    """A line in a writer's hand.

    Parameters
    ----------
    hand : Hand
    words : sequence of sequence of str
        The pieces of each word; at least one.
    random : numpy.random.Generator

    Returns
    -------
    Page
        In units of its own scale.
    """
    gap = random.uniform(0.5, 0.9) if random.random() < _WIDE else random.uniform(0.02, 0.5)
    space = max(random.uniform(0.6, 1.8), 1.6 * gap + 0.5)
    pause = random.uniform(0.1, 0.4)
    xs, ys, ts, lasts, forces, timed = [], [], [], [], [], True
    right = clock = 0.0
    count = 0
    for word in words:
        for k, said in enumerate(word):
            page = hand.pieces[said][int(random.integers(len(hand.pieces[said])))]
            if count:
                within = gap if page.gap_before is None else page.gap_before
                right += (within if k else space) * np.exp(0.2 * random.standard_normal())
            grown, raised = 0.06 * hand.loose * random.standard_normal(2)
            xs.append(page.x * np.exp(grown) + right)
            ys.append(page.y * np.exp(grown) + raised)
            ts.append(page.t + clock)
            lasts.append(page.stroke_ends + count)
            forces.append(page.pressure)
            timed = timed and page.has_time
            right = max(right, float(xs[-1].max()))
            clock = float(ts[-1][-1]) + pause
            count += len(page.x)
    x, y, t, ends = (np.concatenate(parts) for parts in (xs, ys, ts, lasts))
    known = [force for force in forces if force is not None]
    samples: list[PenSample] = []
    for first, last in pairwise([0, *(ends + 1).tolist()]):
        columns = (c[first:last].tolist() for c in (t, x, y))
        samples += [PenSample(a, b, c) for a, b, c in zip(*columns, strict=True)]
        samples.append(samples[-1]._replace(touching=False))
    scale = update_scale(ScaleEstimate(), samples).scale
    return TrainingLine(
        (x - x[0]) / scale, (y - y[0]) / scale, t, ends,
        " ".join("".join(word) for word in words), timed,
        np.concatenate(known) if len(known) == len(forces) else None,
    )  # fmt: skip
