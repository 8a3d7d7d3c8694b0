"""Texts of a beam, scored again by what another network says of the same frames.

The texts share most of what leads to them, so they are taken as the tree that the
prefixes are: the recursion of `beam` over all its nodes at once, without pruning
(Graves et al. 2006, section 4.1, on a tree instead of a line).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..language.alphabet import BLANK
from .prefix import BeamState, Prefix

__all__ = ["ctc_log_likelihoods", "rescore"]

_EVERY = 8  # frames between two divisions, far from where doubles end
_BLOCK = 128  # frames whose symbols are gathered at once
_LEAST = 1e-30  # probability of what a network holds for impossible

Array = npt.NDArray[np.float64]


def ctc_log_likelihoods(
    base: BeamState, state: BeamState, log_probs: npt.NDArray[np.floating]
) -> Array:
    """How probable each text of a beam is to some networks, without a language model.

    Parameters
    ----------
    base : BeamState
        In front of the frames.
    state : BeamState
        Behind them, grown from ``base``.
    log_probs : ndarray, shape (networks, frames, classes)

    Returns
    -------
    ndarray, shape (networks, prefixes)
        Natural log-probabilities, of all paths; that of ``base`` is the same for all networks.
    """
    nodes, above = _tree(base, state)
    index = {key: i for i, key in enumerate(nodes)}
    nobody = len(nodes)  # the last is nobody's, and stays 0
    symbols = np.array([node.symbol for node in nodes.values()])
    parents = np.array([*(index.get(key, nobody) for key in above), nobody])
    # the same symbol twice: a blank must lie between
    double = np.flatnonzero(symbols == np.append(symbols, -1)[parents[:-1]])
    single = parents[double]

    shape = (len(log_probs), len(nodes) + 1)
    blank, symbol, whole, entering = np.zeros((4, *shape))
    for node, b, s in zip(base.prefixes, base.p_blank, base.p_nonblank, strict=True):
        blank[:, index[node.key]], symbol[:, index[node.key]] = b, s
    probs = np.maximum(np.exp(log_probs.astype(np.float64)), _LEAST).transpose(1, 0, 2)
    said = np.zeros((min(len(probs), _BLOCK), *shape))
    scale = np.full((len(log_probs), 1), base.log_scale)
    for t, frame in enumerate(probs):
        if t % _BLOCK == 0:  # all frames at once are quicker, but too many on a long line
            some = probs[t : t + _BLOCK]
            said[: len(some), :, :-1] = some[:, :, symbols]
        np.add(blank, symbol, out=whole)
        whole.take(parents, axis=1, out=entering, mode="clip")
        if len(double):
            entering[:, double] = blank[:, single]
        np.multiply(whole, frame[:, BLANK, None], out=blank)
        np.add(symbol, entering, out=symbol)
        np.multiply(symbol, said[t % _BLOCK], out=symbol)
        if t % _EVERY == 0:
            most = (blank + symbol).max(axis=1, keepdims=True)
            blank /= most
            symbol /= most
            scale += np.log(most)
    ends = [index[node.key] for node in state.prefixes]
    with np.errstate(divide="ignore"):
        result: Array = np.log((blank + symbol)[:, ends]) + scale
    return result


def _tree(base: BeamState, state: BeamState) -> tuple[dict[int, Prefix], list[int]]:
    """The prefixes that lead to a beam by their keys, and the keys of those in front of them."""
    nodes: dict[int, Prefix] = {node.key: node for node in base.prefixes}
    least = min(node.length for node in base.prefixes)
    for end in state.prefixes:
        node: Prefix | None = end
        while node is not None and node.length >= least and node.key not in nodes:
            nodes[node.key] = node
            node = node.parent
    return nodes, [node.parent_key for node in nodes.values()]


def rescore(
    base: BeamState,
    state: BeamState,
    own: npt.NDArray[np.floating],
    other: npt.NDArray[np.floating],
    weight: float,
) -> BeamState:
    """The beam with another network's word on its texts.

    A part of what the frames say is taken from the other network; what the language
    model says stays.

    Parameters
    ----------
    base : BeamState
        In front of the frames.
    state : BeamState
        Behind them, grown from ``base``.
    own : ndarray, shape (frames, classes)
        Natural log-probabilities of the network that the beam followed.
    other : ndarray, shape (frames, classes)
        Of the other one.
    weight : float
        The other one's part, 0 to 1.

    Returns
    -------
    BeamState
    """
    if not weight or not len(own):
        return state
    mine, theirs = ctc_log_likelihoods(base, state, np.stack([own, other]))
    gains = weight * (theirs - mine)
    sound = np.isfinite(gains)
    if not sound.any():
        return state
    return state.reweighted(np.where(sound, gains, -np.inf).tolist())
