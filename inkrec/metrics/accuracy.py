"""Errors of texts and of confidences. Rates are in percent."""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Iterable, Sequence
from typing import Any

import numpy as np

from .._checks import require
from ..errors import InkError

__all__ = [
    "accuracy",
    "bootstrap",
    "calibration_error",
    "cer",
    "cer_iamhwr",
    "confidence_bins",
    "edits",
    "levenshtein",
    "rate",
    "validate",
    "wer",
    "wer_iamhwr",
    "wer_joined",
    "words_right",
]


def levenshtein() -> Any:
    """The module of rapidfuzz that aligns, loaded on first use."""
    return require("rapidfuzz.distance", "train").Levenshtein


def rate(part: float, whole: float) -> float:
    """Percent; nan where there is nothing to take a share of."""
    return float(100.0 * part / whole) if whole else math.nan


def validate(references: Sequence[str], hypotheses: Sequence[str]) -> None:
    """Refuse texts that cannot be measured.

    Raises
    ------
    InkError
        If there is no line, the counts differ, or a reference is empty.
    """
    if len(references) != len(hypotheses):
        raise InkError(
            f"{len(references)} references and {len(hypotheses)} hypotheses; give one a line"
        )
    if not references:
        raise InkError("no line to measure; give at least one")
    for i, reference in enumerate(references):
        if not reference.split():
            raise InkError(f"reference {i} is {reference!r}; a line without text has no rate")


def edits(reference: Sequence[Hashable], hypothesis: Sequence[Hashable]) -> int:
    """Insertions, deletions and substitutions between two texts or lists of words.

    Examples
    --------
    >>> edits("kitten", "sitting"), edits("a big cat".split(), "a cat".split())
    (3, 1)
    """
    return int(levenshtein().distance(reference, hypothesis))


def _counts(references: Iterable[str], hypotheses: Iterable[str]) -> Any:
    """Integer array (lines, 4): character edits, characters, word edits, words."""
    rows = []
    for reference, hypothesis in zip(references, hypotheses, strict=True):
        true, read = reference.strip(), hypothesis.strip()
        true_words, read_words = true.split(), read.split()
        rows.append((edits(true, read), len(true), edits(true_words, read_words), len(true_words)))
    return np.array(rows, dtype=np.int64)


def cer(references: Sequence[str], hypotheses: Sequence[str]) -> float:
    """Character error rate in percent: all edits over all reference characters.

    Examples
    --------
    >>> cer(["abcd", "ab"], ["abxd", "ab"])
    16.666666666666668
    """
    validate(references, hypotheses)
    counts = _counts(references, hypotheses)
    return rate(counts[:, 0].sum(), counts[:, 1].sum())


def wer(references: Sequence[str], hypotheses: Sequence[str]) -> float:
    """Word error rate in percent; words are what whitespace separates.

    Examples
    --------
    >>> wer(["so it goes."], ["so it goes"])
    33.333333333333336
    """
    validate(references, hypotheses)
    counts = _counts(references, hypotheses)
    return rate(counts[:, 2].sum(), counts[:, 3].sum())


def cer_iamhwr(references: Sequence[str], hypotheses: Sequence[str]) -> float:
    """Character error rate in percent as the mean of the lines' rates.

    The convention of IAMhwr (github.com/chunkyjasper/IAMhwr): every line is as
    heavy as any other, and its closing space is a character like the others. As
    our texts are stripped, both sides get one back.

    Examples
    --------
    >>> cer_iamhwr(["abc", "ab cd ef"], ["abd", "ab cd ef"])
    12.5
    """
    validate(references, hypotheses)
    rates = [
        edits(r.strip() + " ", h.strip() + " ") / (len(r.strip()) + 1)
        for r, h in zip(references, hypotheses, strict=True)
    ]
    return 100.0 * float(np.mean(rates))


def wer_iamhwr(references: Sequence[str], hypotheses: Sequence[str]) -> float:
    r"""Word error rate in percent as the mean of lines, over ``\w+`` words only.

    Punctuation does not count; lines whose reference holds no such word are
    left out of the mean.

    Examples
    --------
    >>> wer_iamhwr(["so it goes."], ["so it goes"])
    0.0
    """
    validate(references, hypotheses)
    pairs = [
        (re.findall(r"\w+", r), re.findall(r"\w+", h))
        for r, h in zip(references, hypotheses, strict=True)
    ]
    rates = [edits(true, read) / len(true) for true, read in pairs if true]
    return 100.0 * float(np.mean(rates)) if rates else math.nan


_APART = re.compile(r"\s+(?=[.,;:!?]|'(?:s|d|m|t|ll|re|ve)\b)")


def wer_joined(references: Sequence[str], hypotheses: Sequence[str]) -> float:
    """Word error rate in percent with closing marks and clitics joined to their words.

    As `wer`, but on both sides the space in front of a full stop, comma and so on, and of
    *'s*, *'ll* and so on is taken out first. Labels of IAM-OnDB set such marks apart in some
    forms and not in others, which the ink does not tell.

    Examples
    --------
    >>> wer_joined(["Mr . Weaver did n't ."], ["Mr. Weaver did n't."])
    0.0
    >>> wer_joined(["so it 's over"], ["so it's odd"])
    33.333333333333336
    """
    return wer(*([_APART.sub("", text) for text in texts] for texts in (references, hypotheses)))


_FEWEST = 10
"""Groups below which an interval would say less than it seems to."""


def bootstrap(
    part: Sequence[float],
    whole: Sequence[float],
    groups: Sequence[Hashable] | None = None,
    draws: int = 2000,
    seed: int = 0,
    level: float = 0.95,
) -> tuple[float, float]:
    """Percentile interval of ``100 * sum(part) / sum(whole)``.

    Lines of one writer are not independent, and those of one form share a text too, so
    whole groups are drawn with replacement (Bisani and Ney 2004, with groups for their
    segments); SciPy draws. Of fewer than 10 there is no interval.

    Parameters
    ----------
    part, whole : sequence of float, shape (lines,)
        Edits and lengths, say.
    groups : sequence, optional
        The writer or form of each line; without it every line stands for itself.
    draws : int
        Bootstrap samples.
    seed : int
        The same seed gives the same interval.
    level : float
        Share of the samples inside the interval, 0 to 1.

    Returns
    -------
    low, high : float
        In percent; nan where there are fewer than 10 groups.

    Examples
    --------
    >>> bootstrap([1] * 12, [10] * 12)
    (10.0, 10.0)
    >>> bootstrap([1] * 12, [10] * 12, ["one hand"] * 12)
    (nan, nan)
    """
    names = range(len(part)) if groups is None else groups
    index: dict[Hashable, int] = {}
    of = np.array([index.setdefault(name, len(index)) for name in names])
    if len(index) < _FEWEST:
        return math.nan, math.nan
    drawn = require("scipy.stats", "train").bootstrap(
        [np.bincount(of, np.asarray(v, float)) for v in (part, whole)],
        _ratio,
        paired=True,
        vectorized=True,
        n_resamples=draws,
        confidence_level=level,
        method="percentile",
        rng=np.random.default_rng(seed),
    )
    return float(drawn.confidence_interval.low), float(drawn.confidence_interval.high)


def _ratio(part: Any, whole: Any, axis: int = -1) -> Any:
    """Percent of sums along an axis."""
    return 100.0 * part.sum(axis=axis) / np.maximum(whole.sum(axis=axis), 1e-300)


def accuracy(
    references: Sequence[str],
    hypotheses: Sequence[str],
    groups: Sequence[Hashable] | None = None,
) -> dict[str, Any]:
    """All error rates of a set of lines.

    Returns
    -------
    dict
        ``cer``, ``wer``, ``cer_ci``, ``wer_ci`` (95 % intervals over ``groups``, nan
        where these are fewer than 10), ``cer_iamhwr``, ``wer_iamhwr`` and ``wer_joined``,
        all in percent.
    """
    validate(references, hypotheses)
    counts = _counts(references, hypotheses)
    return {
        "cer": rate(counts[:, 0].sum(), counts[:, 1].sum()),
        "wer": rate(counts[:, 2].sum(), counts[:, 3].sum()),
        "cer_ci": list(bootstrap(counts[:, 0], counts[:, 1], groups)),
        "wer_ci": list(bootstrap(counts[:, 2], counts[:, 3], groups)),
        "cer_iamhwr": cer_iamhwr(references, hypotheses),
        "wer_iamhwr": wer_iamhwr(references, hypotheses),
        "wer_joined": wer_joined(references, hypotheses),
    }


def words_right(reference: Sequence[str], words: Sequence[str]) -> list[bool]:
    """Which words stand unchanged in the least-edit alignment with the reference.

    Examples
    --------
    >>> words_right("the old man".split(), "the odd old man".split())
    [True, False, True, True]
    """
    right = [False] * len(words)
    for op in levenshtein().opcodes(reference, words):
        if op.tag == "equal":
            right[op.dest_start : op.dest_end] = [True] * (op.dest_end - op.dest_start)
    return right


def calibration_error(confidences: Sequence[float], right: Sequence[bool], bins: int = 15) -> float:
    """Expected calibration error in percent (Guo et al. 2017, eq. 3).

    Confidences fall into ``bins`` of equal width; each bin's gap between its mean
    confidence and its share of right words is weighted by its size.

    Raises
    ------
    InkError
        If there is no word, the lengths differ, or a confidence is outside 0 to 1.

    Examples
    --------
    >>> round(calibration_error([0.9, 0.9, 0.2, 0.2], [True, True, False, False]), 6)
    15.0
    """
    c, ok = np.asarray(confidences, float), np.asarray(right, bool)
    if c.ndim != 1 or c.shape != ok.shape or not len(c):
        raise InkError(f"{c.shape} confidences and {ok.shape} marks; give one mark a word")
    if not np.all((c >= 0) & (c <= 1)):
        raise InkError(f"confidences reach from {c.min()} to {c.max()}; they must lie in 0 to 1")
    said, correct, _ = confidence_bins(c.tolist(), ok.tolist(), bins).T
    return float(100.0 * np.abs(said - correct).sum() / len(c))


def confidence_bins(confidences: Sequence[float], right: Sequence[bool], bins: int) -> Any:
    """Words by how sure the model was, in bins of equal width from 0 to 1.

    Returns
    -------
    ndarray, shape (bins, 3)
        Of each bin the sum of the confidences, the words that are right, and the words.

    Examples
    --------
    >>> confidence_bins([0.1, 0.9, 1.0], [False, True, False], 2)
    array([[0.1, 0. , 1. ],
           [1.9, 1. , 2. ]])
    """
    c = np.asarray(confidences, float)
    # as SciPy's binned_statistic, whose edges are rounded: 0.6 would be in the bin below of ten
    place = np.minimum((c * bins).astype(int), bins - 1)
    values = (c, np.asarray(right, float), np.ones(len(c)))
    return np.stack([np.bincount(place, v, bins) for v in values], axis=1)
