"""A smoothed n-gram model as the trie that `inkrec.language.char_ngram` reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..language.alphabet import Alphabet
from ..language.char_ngram import NgramModel
from .kneser_ney import Counts, Estimate, sum_by

__all__ = ["build_trie"]

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


def _line_starts(
    counts: Counts, model: Estimate, threshold: float, space: int, line_share: float
) -> list[tuple[Mask, Floats, Floats]]:
    """What stands at the start of a line, where it differs from what follows a space.

    For orders 2, 3, ...: which n-grams that begin with a space are kept with a
    line start in its place, their probability, and the rest of the contexts.
    """
    masks: list[Mask] = []
    size, order = counts.size, counts.order
    first = float(counts.plain(1)[counts.keys[0] == space].sum())
    times = [np.zeros(0, np.float32)]
    most = float(counts.weights.max())
    for n in range(2, order + 1 if first else 0):
        prefix, contexts = counts.prefix[n - 1], len(counts.keys[n - 2])
        mine = counts.keys[n - 1] // np.uint64(size ** (n - 1)) == space
        times.append(np.where(mine, counts.plain(n), 0).astype(np.float32))
        sums = np.maximum(sum_by(prefix, times[-1], contexts), np.float32(1e-30))
        p = np.maximum(times[-1] - 0.75 * most, 0) / sums[prefix]
        gain = np.where(p > 0, p * np.log(np.maximum(p, 1e-12) / model.probs[n - 1]), 0)
        worth = line_share * sums / first * sum_by(prefix, gain.astype(np.float32), contexts)
        price = threshold * sum_by(prefix, (p > 0).astype(np.float32), contexts)
        masks.append((worth > price)[prefix] & (times[-1] >= 2 * most))
        if not masks[-1].any():
            break
    for i in range(len(masks) - 1, 0, -1):
        masks[i - 1][counts.prefix[i + 1][masks[i]]] = True
    found = []
    for n, mask in enumerate(masks, 2):
        prefix, contexts = counts.prefix[n - 1], len(counts.keys[n - 2])
        sums = np.maximum(sum_by(prefix, times[n - 1], contexts), np.float32(1e-30))
        own = np.where(mask, np.maximum(times[n - 1] - 0.75 * most, 0), 0) / sums[prefix]
        rest = 1 - sum_by(prefix, own.astype(np.float32), contexts)
        p = own + rest[prefix] * model.probs[n - 1]
        found.append((mask, p.astype(np.float32), rest))
    return found


def build_trie(
    counts: Counts,
    model: Estimate,
    kept: Sequence[Mask],
    alphabet: Alphabet,
    *,
    threshold: float,
    steps: tuple[float, float] = (0.2, 0.1),
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
    unigram = np.full(size, model.backoff[0][0] / size, np.float32)
    unigram[counts.keys[0].astype(np.int64)] = model.probs[0]
    levels, labels, probs = [size + 1], [np.arange(1, size + 2)], [np.zeros(size + 1)]
    children, rests = [np.zeros(0)], [np.zeros(0)]
    # where an n-gram of the level above stands, in the text and after a line start
    place = np.zeros(len(counts.keys[0]), np.int64) + counts.keys[0].astype(np.int64)
    place_start = np.full(len(counts.keys[0]), size)
    for n in range(2, order + 1):
        prefix = counts.prefix[n - 1]
        keys = counts.keys[n - 1]
        mask = kept[n - 1]
        rows = [(mask, model.probs[n - 1], model.backoff[n - 1], place)]
        if n - 2 < len(starts):
            rows.append((*starts[n - 2], place_start))
        parents = np.concatenate([where[prefix[m]] for m, _, _, where in rows])
        kids = np.bincount(parents, minlength=levels[-1])
        residual = np.zeros(levels[-1])
        for m, _, left_n, where in rows:
            above = np.unique(prefix[m])
            residual[where[above]] = left_n[above]
        children.append(kids.astype(float))
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
