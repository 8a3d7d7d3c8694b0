"""CTC summed by hand, a language model to go with it, and frames for them."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from inkrec.decoding.prefix import BeamSettings
from inkrec.language.alphabet import BLANK

__all__ = ["WIDE", "Bigram", "brute_force", "log_probabilities"]

WIDE = BeamSettings(
    beam_width=10_000,
    token_min_prob=0.0,
    blank_skip_prob=1.0,
    beam_prune_prob=0.0,
    lm_weight=0.7,
    token_bonus=0.3,
)


def log_probabilities(frames, classes):
    raw = arrays(np.float64, (frames, classes), elements=st.floats(-6, 6))
    return raw.map(lambda x: (x - np.log(np.exp(x).sum(1, keepdims=True))).astype(np.float32))


class Bigram:
    """A language model small enough to sum by hand: the state is the last symbol."""

    def start(self, before=""):
        return 0

    def step(self, state, symbol):
        return symbol, -0.3 * symbol - 0.2 * (state == symbol)

    def score(self, symbols):
        state, total = 0, 0.0
        for s in symbols:
            state, p = self.step(state, s)
            total += p
        return total


def brute_force(log_probs, lm=None, alpha=0.0, beta=0.0):
    """Sum over all paths of the probability of the text each spells."""
    masses = defaultdict(float)
    for path in itertools.product(range(log_probs.shape[1]), repeat=len(log_probs)):
        text = tuple(s for s, _ in itertools.groupby(path) if s != BLANK)
        masses[text] += math.exp(sum(float(log_probs[t, s]) for t, s in enumerate(path)))
    if lm is not None:
        masses = {t: m * math.exp(alpha * lm.score(t) + beta * len(t)) for t, m in masses.items()}
    return masses
