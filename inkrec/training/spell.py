"""Lines spelled with single letters that a writer wrote apart: print that nobody wrote.

Corpora of single characters teach no spacing and no baseline, and a recogniser
meets few of them. Set on a line they become words, nonsense too, in the discrete
hands that corpora of running text have too little of.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from ..ink import PenSample
from ..scale import Gauge, gauge
from .augment import Page

__all__ = ["Hand", "hands", "spell"]

_LOW = frozenset("acemnorsuvwxz")  # what a writer's x-height is measured on
_HANGING = frozenset("gpqy")  # their tops lie on the x-height
# Where the middle of a character that stands on no line lies, in x-heights above it.
_FLOATING = (
    dict.fromkeys("-~=+<>", 0.5) | dict.fromkeys("'\"`^*", 1.7) | dict.fromkeys("()[]{}|/\\", 0.7)
)
_BELOW = {"j": 0.7, ",": 0.35, ";": 0.35, "Q": 0.1}  # how far others reach below the line
_LETTERS = 15  # distinct low-case letters below which a hand spells too few words
_TALLEST = 5.0  # in x-heights: more than that was not one letter


@dataclass(frozen=True, slots=True)
class Hand:
    """The letters of one writer, in x-heights, on the base line.

    Attributes
    ----------
    letters : dict of str to list of Page
        y is 0 on the line and negative above it; x begins at 0.
    """

    letters: dict[str, list[Page]]

    def spells(self, text: str) -> bool:
        """Whether there is a letter for each character but the spaces."""
        return all(c in self.letters or c == " " for c in text)


def _placed(page: Page, size: float) -> Page:
    """A letter in x-heights, moved to where it stands on a line."""
    x, y = page.x / size, page.y / size
    text = page.text
    if text in _HANGING:
        y = y - y.min() - 1.0
    elif text in _FLOATING:
        y = y - (y.min() + y.max()) / 2 - _FLOATING[text]
    else:
        y = y - y.max() + _BELOW.get(text, 0.0)
    return replace(page, x=x - x.min(), y=y, t=page.t - page.t[0])


def hands(letters: Iterable[tuple[Page, str]]) -> list[Hand]:
    """The writers of single characters that can spell words.

    Parameters
    ----------
    letters : iterable of (Page, str)
        Pages of one character and their writers; all of a writer in the same unit.

    Returns
    -------
    list of Hand
        Writers with fewer than 15 different low-case letters are left out.
    """
    found: dict[str, dict[str, list[Page]]] = {}
    for page, writer in letters:
        found.setdefault(writer, {}).setdefault(page.text, []).append(page)
    made = []
    for own in found.values():
        if sum(c.islower() for c in own) < _LETTERS:
            continue
        heights = [np.ptp(p.y) for c in sorted(_LOW & own.keys()) for p in own[c]]
        size = float(np.median(heights)) if heights else 0.0
        if size <= 0:
            continue
        placed = {
            c: [_placed(p, size) for p in many if np.ptp(p.y) < _TALLEST * size]
            for c, many in own.items()
        }
        made.append(Hand({c: many for c, many in placed.items() if many}))
    return made


def spell(hand: Hand, text: str, random: np.random.Generator) -> Page:
    """A line in a writer's letters.

    Parameters
    ----------
    hand : Hand
    text : str
        Words of its letters, single spaces between; not empty.
    random : numpy.random.Generator

    Returns
    -------
    Page
        In units of its own scale.
    """
    gap, space = random.uniform(0.0, 0.5), random.uniform(0.6, 1.8)
    pause = random.uniform(0.1, 0.4)
    xs, ys, ts, lasts, forces = [], [], [], [], []
    right = clock = 0.0
    count = 0
    for c in text:
        if c == " ":
            right += space * np.exp(0.15 * random.standard_normal())
            continue
        choice = hand.letters[c]
        page = choice[int(random.integers(len(choice)))]
        grown = np.exp(0.06 * random.standard_normal())
        xs.append(page.x * grown + right)
        ys.append(page.y * grown + 0.06 * random.standard_normal())
        ts.append(page.t + clock)
        lasts.append(page.lasts + count)
        forces.append(page.pressure)
        right = float(xs[-1].max()) + max(0.02, gap + 0.12 * random.standard_normal())
        clock = float(ts[-1][-1]) + pause
        count += len(page.x)
    line = Page(
        np.concatenate(xs), np.concatenate(ys), np.concatenate(ts), np.concatenate(lasts), text,
        all(p.timed for c in set(text) - {" "} for p in hand.letters[c]),
        np.concatenate(forces) if all(f is not None for f in forces) else None,  # type: ignore[arg-type]
    )  # fmt: skip
    samples = []
    for first, last in pairwise([0, *(line.lasts + 1).tolist()]):
        columns = (c[first:last].tolist() for c in (line.t, line.x, line.y))
        samples += [PenSample(t, x, y, None, True) for t, x, y in zip(*columns, strict=True)]
        samples.append(samples[-1]._replace(touching=False))
    scale = gauge(Gauge(), samples).scale
    return replace(line, x=(line.x - line.x[0]) / scale, y=(line.y - line.y[0]) / scale)
