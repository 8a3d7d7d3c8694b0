"""Which frame each symbol of a text is written in: Viterbi's path through the CTC lattice."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..language.alphabet import BLANK

__all__ = ["forced_align"]


def forced_align(
    log_probs: npt.NDArray[np.floating[Any]], labels: list[int]
) -> tuple[npt.NDArray[np.int64], float]:
    """The most probable path that spells the labels (Viterbi).

    Parameters
    ----------
    log_probs : ndarray, shape (frames, classes)
        Natural log-probabilities, the blank's first.
    labels : list of int

    Returns
    -------
    frames : ndarray of int, shape (len(labels),)
        Where each label is most probable on the path.
    log_probability : float
        Of the path; minus infinity if there are too few frames to spell the labels.

    Examples
    --------
    >>> import numpy as np
    >>> log_probs = np.log([[0.1, 0.8, 0.1], [0.8, 0.1, 0.1], [0.2, 0.1, 0.7]])
    >>> frames, _ = forced_align(log_probs, [1, 2])
    >>> frames.tolist()
    [0, 2]
    """
    path = np.full(2 * len(labels) + 1, BLANK)
    path[1::2] = labels
    skips = np.zeros(len(path), bool)  # a blank may be left out between different symbols
    skips[3::2] = path[3::2] != path[1:-2:2]
    with np.errstate(divide="ignore"):
        emitted = np.asarray(log_probs)[:, path]
    count = len(emitted)
    score = np.full(len(path), -np.inf)
    score[:2] = emitted[0, :2]
    came = np.zeros((count, len(path)), np.int8)
    for t in range(1, count):
        steps = np.full((3, len(path)), -np.inf)
        steps[0] = score
        steps[1, 1:] = score[:-1]
        steps[2, 2:] = np.where(skips[2:], score[:-2], -np.inf)
        came[t] = steps.argmax(0)
        score = steps.max(0) + emitted[t]
    state = len(path) - 1 if len(labels) == 0 or score[-1] >= score[-2] else len(path) - 2
    total = float(score[state])
    frames = np.zeros(len(labels), np.int64)
    best = np.full(len(labels), -np.inf)
    if not np.isfinite(total):
        return frames, -np.inf
    for t in range(count - 1, -1, -1):
        if state % 2 and emitted[t, state] > best[state // 2]:
            best[state // 2], frames[state // 2] = emitted[t, state], t
        state -= int(came[t, state])
    return frames, total
