"""Synthesis of handwriting by concatenation: glyphs of one writer set to text nobody wrote.

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
_LETTERS = 15  # distinct low-case letters below which a writer has too few words
_TALLEST = 5.0  # in x-heights: more than that was not one letter
_PRINTED_CAPITAL = 1.6  # x-heights of a capital, where a writer has none to say
_SMALL = frozenset("cosuvwxz")  # letters that height alone tells from their capitals
_TALL = frozenset("COSUVWXZKPQ0")
_BETWEEN = 1.3  # x-heights: such a letter is small below that, a capital above
_WIDE = 0.15  # of the lines have letters far from each other, as in boxes


@dataclass(frozen=True, slots=True)
class WriterGlyphs:
    """Glyphs of one writer: single letters and runs of them.

    Attributes
    ----------
    pieces : dict of str to list of TrainingLine
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

    def split_word(self, word: str, random: np.random.Generator) -> list[str] | None:
        """Split a word into pieces that there are, at random, into long ones rather than short.

        Parameters
        ----------
        word : str
        random : numpy.random.Generator

        Returns
        -------
        list of str, or None
            None if the word cannot be made of the pieces.
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
        pieces, i = [], 0
        while i < n:
            weights = np.square([j - i for j in ends[i]], dtype=float)
            j = int(random.choice(ends[i], p=weights / weights.sum()))
            pieces.append(word[i:j])
            i = j
        return pieces


def _placed(line: TrainingLine, size: float) -> TrainingLine:
    """A letter in x-heights, moved to where it stands on a line."""
    y = line.y / size
    text = line.text
    if text in _HANGING:
        y = y - y.min() - 1.0
    elif text in _FLOATING:
        y = y - (y.min() + y.max()) / 2 - _FLOATING[text]
    else:
        y = y - y.max() + _BELOW.get(text, 0.0)
    return replace(line, x=line.x / size, y=y)


def _level(line: TrainingLine) -> TrainingLine:
    """A piece of a line moved to where the line's middle is 0."""
    return replace(line, y=line.y - (line.baseline or 0.0))


def _told_apart(glyphs: dict[str, list[TrainingLine]]) -> dict[str, list[TrainingLine]]:
    """Letters whose capitals have the same shape, in sizes that tell which is meant.

    Who writes one character a box has nothing to write it smaller than.
    """
    heights = [np.ptp(p.y) for c, many in glyphs.items() if c.isupper() for p in many]
    tall = max(float(np.median(heights)), 1.1 * _BETWEEN) if heights else _PRINTED_CAPITAL
    made = dict(glyphs)
    for c in sorted((_SMALL | _TALL) & glyphs.keys()):
        made[c] = [_resized(p, tall if c in _TALL else 1.0) for p in glyphs[c]]
    return made


def _resized(line: TrainingLine, height: float) -> TrainingLine:
    high = float(np.ptp(line.y))
    if high <= 0 or (high < _BETWEEN) == (height < _BETWEEN):
        return line
    factor = height / high
    return replace(line, x=line.x * factor, y=line.y * factor)


def _glyphs_of(own: dict[str, list[TrainingLine]]) -> WriterGlyphs | None:
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


def glyph_lenders(writers: Sequence[WriterGlyphs]) -> dict[str, list[WriterGlyphs]]:
    """Which writers have written each digit and sign: others borrow them there.

    Parameters
    ----------
    writers : sequence of WriterGlyphs
        Those cut out of lines lend none, since what they say stands on another line.
    """
    found: dict[str, list[WriterGlyphs]] = {}
    for glyphs in writers:
        if glyphs.loose == 1.0:
            for c in glyphs.letters:
                if not c.isalpha():
                    found.setdefault(c, []).append(glyphs)
    return found


def borrow_glyphs(
    glyphs: WriterGlyphs,
    text: str,
    lenders: Mapping[str, Sequence[WriterGlyphs]],
    random: np.random.Generator,
) -> WriterGlyphs:
    """A writer's glyphs, with digits and signs of others where a text asks for what there is not.

    Parameters
    ----------
    glyphs : WriterGlyphs
    text : str
    lenders : mapping of str to sequence of WriterGlyphs
        See `glyph_lenders`.
    random : numpy.random.Generator

    Returns
    -------
    WriterGlyphs
        The glyphs themselves where they lack nothing, or what they lack nobody lends.
    """
    lacking = sorted(set(text) - glyphs.letters - {" "})
    if glyphs.loose < 1.0 or not lacking or any(c not in lenders for c in lacking):
        return glyphs
    pieces = dict(glyphs.pieces)
    for c in lacking:
        lent = lenders[c][int(random.integers(len(lenders[c])))].pieces[c]
        pieces[c] = [lent[int(random.integers(len(lent)))]]
    return WriterGlyphs(pieces, glyphs.loose)


def collect_glyphs(lines: Iterable[tuple[TrainingLine, str]]) -> list[WriterGlyphs]:
    """Glyphs of the writers that have enough to make words of.

    Parameters
    ----------
    lines : iterable of (TrainingLine, str)
        Lines without spaces and their writers; all of a writer in the same unit. Pieces
        that know the middle of their line are put on it. Of others single characters
        alone are taken, and placed as print is, in x-heights above a base line.

    Returns
    -------
    list of WriterGlyphs
        Writers with fewer than 15 different low-case letters or runs of them are left out.
    """
    found: dict[str, dict[str, list[TrainingLine]]] = {}
    for line, writer in lines:
        line = replace(line, x=line.x - line.x.min(), t=line.t - line.t[0])
        found.setdefault(writer, {}).setdefault(line.text, []).append(line)
    return [glyphs for own in found.values() if (glyphs := _glyphs_of(own)) is not None]


def synthesize(
    glyphs: WriterGlyphs, words: Sequence[Sequence[str]], random: np.random.Generator
) -> TrainingLine:
    """A line of words, set from a writer's glyphs.

    Parameters
    ----------
    glyphs : WriterGlyphs
    words : sequence of sequence of str
        The pieces of each word; at least one.
    random : numpy.random.Generator

    Returns
    -------
    TrainingLine
        In units of its own scale.
    """
    gap = random.uniform(0.5, 0.9) if random.random() < _WIDE else random.uniform(0.02, 0.5)
    space = max(random.uniform(0.6, 1.8), 1.6 * gap + 0.5)
    pause = random.uniform(0.1, 0.4)
    xs, ys, ts, stroke_ends, forces, timed = [], [], [], [], [], True
    right = clock = 0.0
    count = 0
    for word in words:
        for k, piece in enumerate(word):
            line = glyphs.pieces[piece][int(random.integers(len(glyphs.pieces[piece])))]
            if count:
                within = gap if line.gap_before is None else line.gap_before
                right += (within if k else space) * np.exp(0.2 * random.standard_normal())
            grown, raised = 0.06 * glyphs.loose * random.standard_normal(2)
            xs.append(line.x * np.exp(grown) + right)
            ys.append(line.y * np.exp(grown) + raised)
            ts.append(line.t + clock)
            stroke_ends.append(line.stroke_ends + count)
            forces.append(line.pressure)
            timed = timed and line.has_time
            right = max(right, float(xs[-1].max()))
            clock = float(ts[-1][-1]) + pause
            count += len(line.x)
    x, y, t, ends = (np.concatenate(parts) for parts in (xs, ys, ts, stroke_ends))
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
