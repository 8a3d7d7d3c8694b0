"""Counting words and pairs of words for `inkrec.language.word_bigram`."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..language.alphabet import Alphabet
from ..language.lexicon import Lexicon
from ..language.word_bigram import FIRST, PUNCTUATION, STEP, WordBigram, tokens

__all__ = ["count_word_bigrams"]

_DISCOUNT = 0.75
Ids = npt.NDArray[np.uint32]
_Pairs = tuple[
    npt.NDArray[np.uint16], npt.NDArray[np.uint16], npt.NDArray[np.uint8], npt.NDArray[np.uint8]
]


def _numbered(
    streams: Sequence[npt.NDArray[np.uint8]], alphabet: Alphabet
) -> tuple[list[Ids], list[str]]:
    """The tokens of each text as numbers, the marks' first, and what they stand for."""
    letters = np.frombuffer("".join(alphabet.symbols).encode("latin-1"), np.uint8)
    counter = itertools.count()
    index: defaultdict[str, int] = defaultdict(counter.__next__)
    for mark in PUNCTUATION:
        _ = index[mark]
    found = []
    for codes in streams:
        text = letters[codes].tobytes().decode("latin-1")
        found.append(np.fromiter((index[t.text] for t in tokens(text)), np.uint32))
    return found, list(index)


def count_word_bigrams(
    streams: Sequence[npt.NDArray[np.uint8]],
    weights: Sequence[float],
    alphabet: Alphabet,
    size: int,
    threshold: float,
) -> WordBigram:
    """The most frequent words of some texts, and the pairs of them that tell something.

    Parameters
    ----------
    streams : sequence of uint8 arrays
        Texts as symbol numbers from 0.
    weights : sequence of float
        What one occurrence in each text counts.
    alphabet : Alphabet
    size : int
        Words in the list, case kept; a word that a text has once is not counted there.
    threshold : float
        Nats a word of text that a pair must save.
    """
    ids, names = _numbered(streams, alphabet)
    marks = len(PUNCTUATION)
    times = np.zeros(len(names))
    for mine, weight in zip(ids, weights, strict=True):
        own = np.bincount(mine, minlength=len(names)).astype(float)
        times += np.where(own > 1, own, 0) * weight
    ranked = [i for i in np.argsort(-times, kind="stable").tolist() if i >= marks and times[i] > 0]
    listed = sorted(ranked[:size], key=names.__getitem__)
    total = float(times[marks:].sum()) or 1.0
    lexicon = Lexicon({names[i]: 1e6 * float(times[i]) / total for i in listed})
    place = np.zeros(len(names), np.uint32)
    place[:marks] = np.arange(1, FIRST)
    place[listed] = np.arange(FIRST, FIRST + len(listed))
    return WordBigram(lexicon, *_pairs([place[m] for m in ids], weights, len(listed), threshold))


def _pairs(ids: Sequence[Ids], weights: Sequence[float], words: int, threshold: float) -> _Pairs:
    """What `WordBigram` takes: absolute discounting, and the pairs that save enough."""
    size = FIRST + words
    alone = np.zeros(size)  # of a word where one follows, listed or not
    for mine, weight in zip(ids, weights, strict=True):
        alone += weight * np.bincount(mine, minlength=size)
    alone[1:FIRST] = 0
    alone /= alone.sum() or 1.0
    keys, counts, left = _counted(ids, weights, size)
    first, second = keys // size, keys % size
    whole = np.maximum(np.bincount(first, counts, size), 1e-30)
    rest = np.bincount(first, left, size) / whole
    seen = (counts - left) / whole[first]
    lower = np.maximum(rest[first] * alone[second], 1e-30)
    p = seen + lower
    saved = whole[first] / whole.sum() * p * np.log(p / lower)
    kept = (saved > threshold) & (second >= FIRST) & (seen > 0)
    first, second, p = first[kept], second[kept], p[kept]
    others = 1.0 - np.bincount(first, p, size)
    others /= np.maximum(1 - np.bincount(first, alone[second], size), 1e-9)
    codes, rests = (
        np.clip(np.rint(np.log(np.clip(v, 1e-6, 1)) / -STEP), 0, 255).astype(np.uint8)
        for v in (p, others)
    )
    found = np.bincount(first, minlength=size).astype(np.uint16)
    return found, (second - FIRST).astype(np.uint16), codes, rests


def _counted(
    ids: Sequence[Ids], weights: Sequence[float], size: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Pairs that end in a word, sorted, their weighted counts, and what these leave to others."""
    each = []
    for mine in ids:
        keys = mine[:-1].astype(np.int64) * size + mine[1:]
        after = mine[1:]
        each.append(np.unique(keys[(after == 0) | (after >= FIRST)], return_counts=True))
    keys = np.unique(np.concatenate([k for k, _ in each]))
    counts, left = np.zeros(len(keys)), np.zeros(len(keys))
    for (mine, times), weight in zip(each, weights, strict=True):
        at = np.searchsorted(keys, mine)
        counts[at] += weight * times
        left[at] += weight * np.minimum(times, _DISCOUNT)
    return keys, counts, left
