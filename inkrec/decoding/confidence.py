"""How sure a word of a finished line is: how alone its text is, and how well the ink bears it.

A beam tells how a text stands against others. Of ink that is no text, or stands on its head,
all of them are wrong, and the language model makes one of them look alone. So what the
networks say of each symbol at its place, whether both say it, and how much ink there is for
it, tell by a logistic regression how probable it is that this is writing which says the word;
it was fitted on writing and on ink turned, mirrored, laid together and made up. The
confidence is that probability times the posterior.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..language.alphabet import BLANK, Alphabet
from .prefix import Prefix

__all__ = ["NAMES", "WEIGHTS", "calibrated", "evidence"]

Array = npt.NDArray[np.float64]
LogProbs = npt.NDArray[np.floating]

NAMES = (
    "one", "posterior", "own mean", "own least", "other mean", "other least",
    "own contradicts", "other contradicts", "frames a symbol", "line own", "line other",
    "line contradicts", "line symbols", "line points", "letters", "no stroke", "short",
)  # fmt: skip
"""What `evidence` gives of each word, in its order."""

# benchmarks/confidence.py en iam.h5 --split testset_v --only 0/5 --every 2 --alien 30 --fit
WEIGHTS: tuple[float, ...] = (
    4.8023, 0.0661, -0.3546, 0.3079, -0.0612, 0.0874, -0.2298, -1.9285, 0.9456, 1.6381, 1.0174,
    -4.8734, 5.9248, -1.0329, 0.4404, -0.9729, -0.0229,
)  # fmt: skip
"""Weights of these for the bundled models."""

_POSTERIOR = NAMES.index("posterior")
_BOUND = 8.0  # of log-odds and logarithms
# frames around a symbol's own in which each network may say it: the rescorer is earlier
_OWN, _OTHER = (-2, 3), (-6, 4)


def evidence(
    nodes: Sequence[Prefix],
    alphabet: Alphabet,
    own: LogProbs,
    other: LogProbs,
    points: int,
    words: Sequence[tuple[float, int]],
) -> Array:
    """What speaks for each word of a text.

    Parameters
    ----------
    nodes : sequence of Prefix
        The symbols of the text, one after the other.
    alphabet : Alphabet
    own, other : ndarray, shape (frames, classes)
        Natural log-probabilities of the second pass and of the rescorer.
    points : int
        Feature points of the line.
    words : sequence of (float, int)
        The posterior of each word, and how many strokes it has.

    Returns
    -------
    ndarray, shape (words, len(NAMES))
    """
    space = alphabet.encode(" ")[0] if " " in alphabet else -1
    parts: list[list[Prefix]] = [[]]
    for node in nodes:
        if node.symbol == space:
            parts.append([])
        else:
            parts[-1].append(node)
    parts = [part for part in parts if part]
    said = [_at(own, part, _OWN) for part in parts]
    seconded = [_at(other, part, _OTHER) for part in parts]
    best = own.argmax(axis=1), other.argmax(axis=1)
    every = {node.symbol for node in nodes} | {BLANK, space}
    greedy = _symbols(best[0])
    line = [
        float(np.mean(np.concatenate(said))) if said else 0.0,
        float(np.mean(np.concatenate(seconded))) if seconded else 0.0,
        float(np.mean([float(b not in every) for b in best[1].tolist() if b != BLANK] or [0.0])),
        abs(math.log((1 + greedy) / (1 + len(nodes)))),
        math.log(max(1, points) / max(1, len(nodes))) - 2.8,
    ]
    rows = []
    for (posterior, strokes), part, mine, its in zip(words, parts, said, seconded, strict=True):
        p = min(max(posterior, 1e-9), 1 - 1e-9)
        odds = min(_BOUND, max(-_BOUND, math.log(p / (1 - p))))
        first, last = part[0].frame, part[-1].frame
        symbols = {node.symbol for node in part} | {BLANK, space}
        against = [
            float(np.mean([float(b not in symbols) for b in run.tolist() if b != BLANK] or [1.0]))
            for run in (best[0][first : last + 2], best[1][max(0, first - 4) : last + 1])
        ]
        rows.append([
            1.0, odds, mine.mean(), mine.min(), its.mean(), its.min(), *against,
            abs(math.log((last - first + 2.0) / len(part)) - 1.4), *line,
            float(any(alphabet.symbols[n.symbol - 1].isalpha() for n in part)),
            float(strokes == 0), float(len(part) < 3),
        ])  # fmt: skip
    return np.array(rows).reshape(len(rows), len(NAMES))


def _at(log_probs: LogProbs, part: Sequence[Prefix], window: tuple[int, int]) -> Array:
    """The most that a network says of each symbol near its frame."""
    low, high = window
    return np.array([
        max(-_BOUND, float(log_probs[max(0, n.frame + low) : n.frame + high, n.symbol].max()))
        for n in part
    ])  # fmt: skip


def _symbols(best: npt.NDArray[np.int64]) -> int:
    """How many symbols a best path spells."""
    begun = (best != BLANK) & (best != np.append(BLANK, best[:-1]))
    return int(begun.sum())


def calibrated(found: Array, weights: Sequence[float]) -> list[float]:
    """The confidence of each word, 0 to 1.

    Examples
    --------
    >>> calibrated(np.zeros((1, len(NAMES))), [1.0] * len(NAMES))
    [0.25]
    """
    borne = found @ np.asarray(weights, np.float64)
    odds = np.clip(np.stack([found[:, _POSTERIOR], borne]), -30.0, 30.0)
    told: list[float] = (1.0 / (1.0 + np.exp(-odds))).prod(axis=0).tolist()
    return told
