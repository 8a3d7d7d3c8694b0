"""Counting, Kneser-Ney smoothing and pruning of character n-grams, with NumPy alone.

An n-gram is one 64-bit number in base V (the alphabet's size), so that sorting
numbers counts text: V = 82 leaves room for 10 characters. Every order knows for
each n-gram the place of its prefix and of its suffix in the order below.

Smoothing follows Chen and Goodman (1999, eq. 26) where nothing is pruned. A
pruned n-gram hands its whole count down instead of its discount, as in Siivola,
Hirsimäki and Virpioja (2007), so that the lower orders stay right for what they
are asked; pruning weighs what a model would lose as Stolcke (1998, eq. 7), with
context probabilities from plain counts (Chelba et al. 2010).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ..errors import ModelError

__all__ = ["Counts", "Estimate", "check_order", "count", "discounts", "estimate", "prune", "sum_by"]

Ints = npt.NDArray[np.int32]
Keys = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Report = Callable[[str], object]


def _quiet(_: str) -> None:
    return None


@dataclass
class Counts:
    """N-grams of every order in some texts.

    Attributes
    ----------
    size : int
        Symbols in the alphabet.
    keys : list of (n,) uint64 arrays
        The n-grams of order 1, 2, ..., sorted.
    raw : list of (texts, n) float32 arrays
        How often each text has them.
    prefix, suffix : list of (n,) int32 arrays
        Their place in the order below without the last, the first character.
    weights : (texts,) array
        What one occurrence in each text counts.
    """

    size: int
    weights: Floats
    keys: list[Keys] = field(default_factory=list)
    raw: list[Floats] = field(default_factory=list)
    prefix: list[Ints] = field(default_factory=list)
    suffix: list[Ints] = field(default_factory=list)

    @property
    def order(self) -> int:
        """Characters in the longest n-grams."""
        return len(self.keys)

    def plain(self, n: int) -> Floats:
        """Weighted counts of the n-grams of order n."""
        return np.asarray(self.weights @ self.raw[n - 1], np.float32)


def sum_by(place: Ints, values: Floats, length: int) -> Floats:
    """Sums of values that go to the same place."""
    return np.bincount(place, values, length).astype(np.float32)


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.asarray(part / np.maximum(whole, np.float32(1e-30)), np.float32)


def _windows(stream: npt.NDArray[np.uint8], order: int, size: int) -> tuple[Keys, Floats]:
    ring = np.concatenate([stream, stream[: order - 1]])
    keys = np.zeros(len(stream), np.uint64)
    for i in range(order):
        keys *= np.uint64(size)
        keys += ring[i : i + len(stream)]
    keys.sort()
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    return keys[starts], np.diff(starts, append=len(keys)).astype(np.float32)


def check_order(order: int, size: int) -> None:
    """Refuse n-grams of one symbol, and those that do not fit 64 bits for an alphabet's size.

    Raises
    ------
    ModelError
    """
    if order < 2 or size ** min(order, 64) > 2**64:
        raise ModelError(f"order {order} with {size} symbols: it must be 2 or more and fit 64 bits")


def count(
    streams: Sequence[npt.NDArray[np.uint8]],
    size: int,
    order: int,
    weights: Sequence[float] | None = None,
    report: Report = _quiet,
) -> Counts:
    """Count the n-grams of every order up to one, each text taken as a ring.

    Parameters
    ----------
    streams : sequence of uint8 arrays
        Texts as symbol numbers 0 to size - 1.
    size : int
        Symbols in the alphabet.
    order : int
        The longest n-grams.
    weights : sequence of float, optional
        What one occurrence in each text counts; 1 by default.
    report : callable, optional
        Told what is being done.

    Raises
    ------
    ModelError
        If the order does not fit 64 bits for this alphabet, or a text is
        shorter than the order.
    """
    check_order(order, size)
    for stream in streams:
        if len(stream) <= order:
            raise ModelError(f"a text of {len(stream)} characters; order {order} needs more")
    weighted = np.asarray([1.0] * len(streams) if weights is None else weights, np.float32)
    counts = Counts(size, weighted)
    report(f"counting order {order}")
    each = [_windows(s, order, size) for s in streams]
    keys = each[0][0] if len(each) == 1 else np.unique(np.concatenate([k for k, _ in each]))
    raw = np.zeros((len(each), len(keys)), np.float32)
    for row, (mine, times) in zip(raw, each, strict=True):
        row[np.searchsorted(keys, mine)] = times
    del each
    for n in range(order, 0, -1):
        report(f"counting order {n}: {len(keys)} n-grams")
        counts.keys.insert(0, keys)
        counts.raw.insert(0, raw)
        if n == 1:
            break
        tails = keys % np.uint64(size ** (n - 1))
        by_tail = np.argsort(tails)
        tails = tails[by_tail]
        new = np.concatenate([[True], tails[1:] != tails[:-1]])
        suffix = np.empty(len(keys), np.int32)
        suffix[by_tail] = np.cumsum(new, dtype=np.int32) - 1
        shorter = tails[new]
        del tails, by_tail
        raw = np.stack([sum_by(suffix, row, len(shorter)) for row in raw])
        prefix = np.searchsorted(shorter, keys // np.uint64(size)).astype(np.int32)
        counts.prefix.insert(0, prefix)
        counts.suffix.insert(0, suffix)
        keys = shorter
    top = len(counts.keys[0])
    counts.prefix.insert(0, np.zeros(top, np.int32))
    counts.suffix.insert(0, np.zeros(top, np.int32))
    return counts


@dataclass
class Estimate:
    """A smoothed model over `Counts`: per order, in the order of its keys.

    Attributes
    ----------
    probs : list of float32 arrays
        p(last symbol | the others).
    backoff : list of float32 arrays
        Of each n-gram as a context: the share left to shorter contexts; entry 0
        is the empty context.
    seen : list of float32 arrays
        What each n-gram takes of its context by itself.
    """

    probs: list[Floats]
    backoff: list[Floats]
    seen: list[Floats]


def discounts(counts: Floats) -> npt.NDArray[np.float64]:
    """Discounts of n-grams seen once, twice and more (Chen and Goodman 1999, eq. 26)."""
    whole = np.rint(counts[(counts > 0.5) & (counts < 4.5)]).astype(np.int64)
    n = np.maximum(np.bincount(whole, minlength=5)[:5], 1).astype(float)
    y = n[1] / (n[1] + 2 * n[2])
    raw = [1 - 2 * y * n[2] / n[1], 2 - 3 * y * n[3] / n[2], 3 - 4 * y * n[4] / n[3]]
    return np.maximum.accumulate(np.clip(raw, [0.1, 0.2, 0.3], [0.95, 1.5, 2.0]))


def _handed_down(counts: Floats, kept: Mask | None, share: Floats | float) -> Floats:
    taken = counts * share
    knots = np.concatenate([[0.0], discounts(counts)])
    left = counts - taken
    left += np.interp(taken, [0, 1, 2, 3], knots)
    return left if kept is None else np.where(kept, left, counts)


def estimate(
    counts: Counts,
    kept: Sequence[Mask] | None = None,
    *,
    previous: Estimate | None = None,
    plain: bool = False,
) -> Estimate:
    """Smooth counts, of all n-grams or of some.

    Interpolation is a mixture, p(w | h) = seen + rest p(w | h'), and a context
    that lost n-grams to pruning has a large rest: what it knows of w itself is
    then counted twice, once by the context and once from below. Given the
    ``previous`` estimate, every occurrence is divided between the two as in
    expectation maximisation, before the discount.

    Parameters
    ----------
    counts : Counts
    kept : sequence of bool arrays, optional
        Which n-grams of each order the model holds.
    previous : Estimate, optional
        Of the same n-grams. Two rounds are best, more learn the text by heart.
    plain : bool
        Lower orders from all occurrences, not from what is handed down: worse
        as a model, better to choose n-grams by.
    """
    effective = counts.raw[-1]
    seen: list[Floats] = []
    rests: list[Floats] = []
    for n in range(counts.order, 0, -1):
        share: Floats | float = 1.0
        if previous is not None:
            share = _ratio(previous.seen[n - 1], previous.probs[n - 1])
        mask = None if kept is None else kept[n - 1]
        down = np.stack([_handed_down(row, mask, share) for row in effective])
        prefix = counts.prefix[n - 1]
        contexts = len(counts.keys[n - 2]) if n > 1 else 1
        whole = np.asarray(counts.weights @ effective, np.float32)
        left = np.asarray(counts.weights @ down, np.float32)
        total = sum_by(prefix, whole, contexts)
        rests.insert(0, _ratio(sum_by(prefix, left, contexts), total))
        seen.insert(0, _ratio(whole - left, total[prefix]))
        if n > 1 and plain:
            effective = counts.raw[n - 2]
        elif n > 1:
            effective = np.stack([sum_by(counts.suffix[n - 1], r, contexts) for r in down])
    probs = [seen[0] + rests[0][0] / counts.size]
    for n in range(2, counts.order + 1):
        rest = rests[n - 1][counts.prefix[n - 1]]
        probs.append(seen[n - 1] + rest * probs[-1][counts.suffix[n - 1]])
    return Estimate(probs, rests, seen)


def prune(counts: Counts, model: Estimate, threshold: float) -> list[Mask]:
    """Which n-grams are worth their place.

    Parameters
    ----------
    counts : Counts
    model : Estimate
        Of all n-grams, or of those that may stay.
    threshold : float
        Nats a character of text that an n-gram must save.

    Returns
    -------
    list of bool arrays
        Closed: with an n-gram stay its prefix and its suffix.
    """
    kept = [np.ones(len(k), bool) for k in counts.keys[:1]]
    total = float(counts.plain(1).sum())
    for n in range(2, counts.order + 1):
        prefix, seen = counts.prefix[n - 1], model.seen[n - 1]
        contexts = len(counts.keys[n - 2])
        lower = model.probs[n - 2][counts.suffix[n - 1]]
        p = np.maximum(model.probs[n - 1], 1e-12)
        rest = np.maximum(model.backoff[n - 1][prefix], 1e-6)
        covered = sum_by(prefix, np.where(seen > 0, lower, 0), contexts)[prefix]
        after = rest + seen
        loss = p * np.log(p / (after * lower))
        loss -= rest * np.maximum(1 - covered, 0) * np.log(after / rest)
        loss -= seen * np.maximum(covered - lower, 0)
        loss *= counts.plain(n - 1)[prefix] / np.float32(total)
        kept.append((loss > threshold) & (seen > 0))
    for n in range(counts.order, 1, -1):
        kept[n - 2][counts.prefix[n - 1][kept[n - 1]]] = True
        kept[n - 2][counts.suffix[n - 1][kept[n - 1]]] = True
    return kept
