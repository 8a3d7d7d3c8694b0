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
from typing import Any

import numpy as np
import numpy.typing as npt

from ..alphabet import Alphabet
from ..decoding.ngram import NgramModel
from ..errors import ModelError

__all__ = ["Counts", "Estimate", "count", "estimate", "pack", "prune"]

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


def _sum_by(place: Ints, values: Floats, length: int) -> Floats:
    return np.bincount(place, values, length).astype(np.float32)


def _windows(stream: npt.NDArray[np.uint8], order: int, size: int) -> tuple[Keys, Floats]:
    ring = np.concatenate([stream, stream[: order - 1]])
    keys = np.zeros(len(stream), np.uint64)
    for i in range(order):
        keys *= np.uint64(size)
        keys += ring[i : i + len(stream)]
    keys.sort()
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    return keys[starts], np.diff(starts, append=len(keys)).astype(np.float32)


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
    if order < 2 or size**order > 2**64:
        raise ModelError(f"order {order} with {size} symbols: it must be 2 or more and fit 64 bits")
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
        raw = np.stack([_sum_by(suffix, row, len(shorter)) for row in raw])
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
    rests : list of float32 arrays
        Of each n-gram as a context: the share left to shorter contexts; entry 0
        is the empty context.
    seen : list of float32 arrays
        What each n-gram takes of its context by itself.
    """

    probs: list[Floats]
    rests: list[Floats]
    seen: list[Floats]


def discounts(counts: Floats) -> npt.NDArray[np.float64]:
    """Discounts of n-grams seen once, twice and more (Chen and Goodman 1999, eq. 26)."""
    whole = np.rint(counts[(counts > 0.5) & (counts < 4.5)]).astype(np.int64)
    n = np.maximum(np.bincount(whole, minlength=5)[:5], 1).astype(float)
    y = n[1] / (n[1] + 2 * n[2])
    raw = [1 - 2 * y * n[2] / n[1], 2 - 3 * y * n[3] / n[2], 3 - 4 * y * n[4] / n[3]]
    return np.maximum.accumulate(np.clip(raw, [0.1, 0.2, 0.3], [0.95, 1.5, 2.0]))


def _removed(counts: Floats, kept: Mask | None) -> Floats:
    knots = np.concatenate([[0.0], discounts(counts)])
    taken = np.interp(counts, [0, 1, 2, 3], knots).astype(np.float32)
    return taken if kept is None else np.where(kept, taken, counts)


def estimate(
    counts: Counts, kept: Sequence[Mask] | None = None, report: Report = _quiet
) -> Estimate:
    """Smooth counts, of all n-grams or of some.

    Parameters
    ----------
    counts : Counts
    kept : sequence of bool arrays, optional
        Which n-grams of each order the model holds.
    report : callable, optional
        Told what is being done.
    """
    effective = counts.raw[-1]
    seen: list[Floats] = []
    rests: list[Floats] = []
    for n in range(counts.order, 0, -1):
        report(f"smoothing order {n}")
        mask = None if kept is None else kept[n - 1]
        removed = np.stack([_removed(row, mask) for row in effective])
        prefix = counts.prefix[n - 1]
        contexts = len(counts.keys[n - 2]) if n > 1 else 1
        whole = np.asarray(counts.weights @ effective, np.float32)
        left = np.asarray(counts.weights @ removed, np.float32)
        total = np.maximum(_sum_by(prefix, whole, contexts), 1e-30)
        rests.insert(0, _sum_by(prefix, left, contexts) / total)
        seen.insert(0, (whole - left) / total[prefix])
        if n > 1:
            effective = np.stack([_sum_by(counts.suffix[n - 1], r, contexts) for r in removed])
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
        rest = np.maximum(model.rests[n - 1][prefix], 1e-6)
        covered = _sum_by(prefix, np.where(seen > 0, lower, 0), contexts)[prefix]
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


def _line_starts(
    counts: Counts, model: Estimate, threshold: float, space: int, share: float
) -> list[tuple[Mask, Floats, Floats]]:
    """What stands at the start of a line, where it differs from what follows a space.

    For orders 2, 3, ...: which n-grams that begin with a space are kept with a
    line start in its place, their probability, and the rest of the contexts.
    """
    found: list[tuple[Mask, Floats, Floats]] = []
    size = counts.size
    total = counts.plain(1)[counts.keys[0] == space].sum()
    for n in range(2, counts.order + 1):
        prefix = counts.prefix[n - 1]
        mine = counts.keys[n - 1] // np.uint64(size ** (n - 1)) == space
        times = np.where(mine, counts.plain(n), 0).astype(np.float32)
        contexts = len(counts.keys[n - 2])
        sums = np.maximum(_sum_by(prefix, times, contexts), 1e-30)
        taken = np.minimum(times, 0.75 * counts.weights.max())
        rest = _sum_by(prefix, taken, contexts) / sums
        lower = model.probs[n - 1]
        p = np.where(mine, (times - taken) / sums[prefix] + rest[prefix] * lower, 0)
        gain = np.where(mine, p * np.log(np.maximum(p, 1e-12) / np.maximum(lower, 1e-12)), 0)
        worth = share * sums / total * _sum_by(prefix, gain, contexts)
        kept = mine & (worth > threshold * _sum_by(prefix, mine.astype(np.float32), contexts))[prefix]
        kept &= times >= 2 * counts.weights.max()
        if not kept.any():
            break
        found.append((kept, p.astype(np.float32), rest))
    for i in range(len(found) - 1, 0, -1):
        found[i - 1][0][counts.prefix[i + 1][found[i][0]]] = True
    return found


def pack(
    counts: Counts,
    model: Estimate,
    kept: Sequence[Mask],
    alphabet: Alphabet,
    *,
    threshold: float,
    steps: tuple[float, float] = (0.15, 0.25),
    line_share: float = 1 / 28,
    about: dict[str, Any] | None = None,
) -> NgramModel:
    """The n-grams that are kept, as a trie to be read.

    Parameters
    ----------
    counts, model, kept
        As `estimate` and `prune` return them; the model that of the kept ones.
    alphabet : Alphabet
        Its symbols, the space among them, in the order of the keys.
    threshold : float
        Nats a character that a context at the start of a line must save for
        each of its n-grams.
    steps : (float, float)
        Steps of the logarithms of probabilities and rests, nats.
    line_share : float
        Line starts a character.
    about : dict, optional
        Kept in the model.
    """
    space = alphabet.encode(" ")[0] - 1
    order = max(n for n in range(1, counts.order + 1) if kept[n - 1].any())
    starts = _line_starts(counts, model, threshold, space, line_share)[: order - 1]
    size = counts.size
    unigram = np.full(size, model.rests[0][0] / size, np.float32)
    unigram[counts.keys[0].astype(np.int64)] = model.probs[0]
    levels, labels, probs = [size + 1], [np.arange(1, size + 2)], [np.zeros(size + 1)]
    children, rests = [], []
    # where an n-gram of the level above stands, in the text and behind a line start
    place = np.zeros(len(counts.keys[0]), np.int64) + counts.keys[0].astype(np.int64)
    place_start = np.full(len(counts.keys[0]), size)
    left_above = np.zeros(size + 1)
    for n in range(2, order + 1):
        prefix = counts.prefix[n - 1]
        keys = counts.keys[n - 1]
        mask = kept[n - 1]
        rows = [(mask, model.probs[n - 1], model.rests[n - 1], place)]
        if n - 2 < len(starts):
            rows.append((*starts[n - 2], place_start))
        parents = np.concatenate([where[prefix[m]] for m, _, _, where in rows])
        kids = np.bincount(parents, minlength=levels[-1])
        residual = np.zeros(levels[-1])
        for m, _, left_n, where in rows:
            above = np.unique(prefix[m])
            residual[where[above]] = left_n[above]
        children.append(kids)
        rests.append(residual[kids > 0])
        labels.append(np.concatenate([keys[m] % np.uint64(size) + 1 for m, _, _, _ in rows]))
        probs.append(np.concatenate([-np.log(p[m]) / steps[0] for m, p, _, _ in rows]))
        levels.append(len(labels[-1]))
        place = np.cumsum(mask) - 1
        if len(rows) > 1:
            place_start = np.cumsum(rows[1][0]) - 1 + int(mask.sum())
    codes = np.log(np.clip(np.concatenate(rests), 1e-9, 1)) / -steps[1]
    return NgramModel(
        alphabet,
        unigram,
        levels,
        np.concatenate(labels).astype(np.uint8),
        np.clip(np.rint(np.concatenate(probs)), 0, 255).astype(np.uint8),
        np.concatenate(children).astype(np.uint8),
        np.clip(np.rint(codes), 0, 255).astype(np.uint8),
        steps,
        about,
    )
