"""CTC prefix beam search whose state is a value.

Graves 2006 and Hannun et al. 2014 (algorithm 1) give the recursion: each prefix
holds the probability of all paths that spell it and end in a blank, and of those
that end in its last symbol. Frames are taken piece by piece; any cut of them gives
the same beams. Masses are kept as plain probabilities, divided by their sum after
each frame, with the logarithm of what was divided out on the side.
"""

from __future__ import annotations

import math
from heapq import heapify, heapreplace
from typing import Any

import numpy as np
import numpy.typing as npt

from .._engine import chosen
from ..language.alphabet import BLANK
from .prefix import BeamSettings, BeamState, LanguageModel, Prefix, Walk

__all__ = ["advance", "advance_all", "best_path"]


_MASK = (1 << 61) - 1
_NONE: dict[int, int] = {}


def advance(
    settings: BeamSettings,
    state: BeamState,
    log_probs: npt.NDArray[np.float32],
    lm: LanguageModel | None = None,
) -> BeamState:
    """Take frames into the beam.

    Parameters
    ----------
    settings : BeamSettings
    state : BeamState
    log_probs : ndarray, shape (frames, classes)
        Natural log-probabilities, the blank's first.
    lm : LanguageModel, optional
        The one ``start`` was given.

    Returns
    -------
    BeamState
    """
    walk = _walk(lm)
    if walk is not None:
        return _compiled(settings, state, log_probs, walk, every=False)[0]
    for after in advance_all(settings, state, log_probs, lm):
        state = after
    return state


def advance_all(
    settings: BeamSettings,
    state: BeamState,
    log_probs: npt.NDArray[np.float32],
    lm: LanguageModel | None = None,
) -> list[BeamState]:
    """The beam after each frame; parameters as for `advance`."""
    walk = _walk(lm)
    if walk is not None:
        return _compiled(settings, state, log_probs, walk, every=True)
    probs = np.exp(log_probs.astype(np.float64))
    blanks = probs[:, BLANK].tolist()
    rows, columns = np.nonzero(probs >= settings.token_min_prob)
    values = probs[rows, columns]
    order = np.lexsort((-values, rows))  # the most probable symbol of a frame first
    pairs = list(zip(columns[order].tolist(), values[order].tolist(), strict=True))
    bounds = np.searchsorted(rows, np.arange(len(probs) + 1)).tolist()
    states = []
    for t, blank in enumerate(blanks):
        if blank >= settings.blank_skip_prob:
            state = _skip_blank(state)
        else:
            row = [pair for pair in pairs[bounds[t] : bounds[t + 1]] if pair[0] != BLANK]
            state = _advance_frame(settings, state, blank, row, lm)
        states.append(state)
    return states


def _walk(lm: LanguageModel | None) -> Walk | None:
    """What the compiled core needs of the language model; None where it cannot take frames."""
    if lm is None:
        core = chosen().core
        return Walk(core, None, None, 0.0) if core else None
    return getattr(lm, "walk", None)


def _compiled(
    settings: BeamSettings,
    state: BeamState,
    log_probs: npt.NDArray[np.float32],
    walk: Walk,
    *,
    every: bool,
) -> list[BeamState]:
    """The beam after each frame, or behind the last alone, from the compiled core."""
    old = state.prefixes
    given = (
        [p.key for p in old], [p.parent_key for p in old], [p.symbol for p in old],
        [p.lm_state for p in old], list(state.p_blank), list(state.p_nonblank),
    )  # fmt: skip
    s = settings
    nodes, told = walk.core.beam(
        (
            s.beam_width, s.token_min_prob, s.blank_skip_prob, s.beam_prune_prob, s.lm_weight,
            s.token_bonus,
        ),
        np.exp(log_probs.astype(np.float64)), state.frame, state.log_scale, given,
        walk.trie, walk.symbols, walk.unknown, every,
    )  # fmt: skip
    all_of_them = list(old)
    for parent, symbol, begun, key, lm in nodes:
        after = lm if walk.trie else None
        all_of_them.append(Prefix(all_of_them[parent], symbol, begun, key, after))
    first = state.frame + (1 if every else len(log_probs))
    return [
        BeamState(tuple([all_of_them[i] for i in ends]), blank, mass, log_scale, frame)
        for frame, (ends, blank, mass, log_scale) in enumerate(told, first)
    ]


def _skip_blank(state: BeamState) -> BeamState:
    total = tuple([b + s for b, s in zip(state.p_blank, state.p_nonblank, strict=True)])
    return BeamState(state.prefixes, total, (0.0,) * len(total), state.log_scale, state.frame + 1)


def _advance_frame(
    settings: BeamSettings,
    state: BeamState,
    blank: float,
    row: list[tuple[int, float]],
    lm: LanguageModel | None,
) -> BeamState:
    old = state.prefixes
    said = dict(row)
    ends_blank, ends_symbol, best = [], [], 0.0
    # prefixes of the beam that are one symbol behind another: by the key of that other
    children: dict[int, dict[int, int]] = {}
    for i, (node, b, s) in enumerate(zip(old, state.p_blank, state.p_nonblank, strict=True)):
        b = (b + s) * blank
        s *= said.get(node.symbol, 0.0)
        ends_blank.append(b)
        ends_symbol.append(s)
        best = max(best, b + s)
        children.setdefault(node.parent_key, {})[node.symbol] = i
    # a new prefix must be above this before its symbol is weighed: the worst that is sure to
    # be kept, or nothing while there is room (what is in the beam already can only gain)
    floor = best * settings.beam_prune_prob
    most = 1.0 if lm is None else math.exp(settings.token_bonus)
    kept_masses = [b + s for b, s in zip(ends_blank, ends_symbol, strict=True)]
    kept_masses += [0.0] * (settings.beam_width - len(old))
    heapify(kept_masses)
    begun: list[tuple[Prefix, int]] = []
    again: dict[int, Prefix] = {}
    for node, b, s in zip(old, state.p_blank, state.p_nonblank, strict=True):
        total, last, following = b + s, node.symbol, node._lm_cache
        mine = children.get(node.key, _NONE)
        for symbol, p in row:
            mass = (b if symbol == last else total) * p
            child = mine.get(symbol)
            if mass <= floor or (child is None and mass * most <= kept_masses[0]):
                if total * p <= floor or (not mine and total * p * most <= kept_masses[0]):
                    break
                continue
            if lm is not None:
                known = following.get(symbol)
                if known is None:
                    known = following[symbol] = _lm_step(settings, lm, node, symbol)
                mass *= known[1]
            if child is not None:
                # it is in the beam; begun anew if that is more probable than going on
                if mass > ends_symbol[child]:
                    again[child] = node
                ends_symbol[child] += mass
                continue
            if mass > kept_masses[0]:
                heapreplace(kept_masses, mass)
                begun.append((node, symbol))
                ends_blank.append(0.0)
                ends_symbol.append(mass)
    ranked = [(b + s, -i) for i, (b, s) in enumerate(zip(ends_blank, ends_symbol, strict=True))]
    ranked.sort(reverse=True)
    best = ranked[0][0]
    floor = best * settings.beam_prune_prob
    kept = [-i for mass, i in ranked[: settings.beam_width] if mass > floor or mass == best]
    whole = sum([ends_blank[i] + ends_symbol[i] for i in kept])
    if whole <= 0.0:
        # every path was impossible to working precision: wait rather than divide by nothing
        return _skip_blank(state)
    frame, count = state.frame, len(old)
    prefixes = []
    for i in kept:
        if i >= count:
            prefixes.append(_extend(*begun[i - count], frame, lm))
        elif i in again:
            prefixes.append(_extend(again[i], old[i].symbol, frame, lm))
        else:
            prefixes.append(old[i])
    scale = 1.0 / whole
    return BeamState(
        tuple(prefixes),
        tuple([ends_blank[i] * scale for i in kept]),
        tuple([ends_symbol[i] * scale for i in kept]),
        state.log_scale + math.log(whole),
        frame + 1,
    )


def _lm_step(settings: BeamSettings, lm: LanguageModel, node: Prefix, symbol: int) -> list[Any]:
    after, log_p = lm.step(node.lm_state, symbol)
    return [after, math.exp(settings.lm_weight * log_p + settings.token_bonus), None]


def _extend(node: Prefix, symbol: int, frame: int, lm: LanguageModel | None) -> Prefix:
    key = (node.key * 1000003 + symbol * 7919 + 1) & _MASK
    if lm is None:
        return Prefix(node, symbol, frame, key, None)
    known = node._lm_cache[symbol]
    if known[2] is None:
        known[2] = {}
    return Prefix(node, symbol, frame, key, known[0], known[2])


def best_path(
    log_probs: npt.NDArray[np.float32], last: int = BLANK
) -> tuple[list[int], list[int], int]:
    """Best path: the most probable symbol of each frame, repeats and blanks dropped.

    Parameters
    ----------
    log_probs : ndarray, shape (frames, classes)
    last : int
        Most probable symbol of the frame in front, so that frames may come in pieces.

    Returns
    -------
    symbols, frames : list of int
        What was begun, and in which frame of these.
    last : int
        To be given with the next piece.

    Examples
    --------
    >>> import numpy as np
    >>> best_path(np.log([[0.1, 0.9], [0.1, 0.9], [0.9, 0.1], [0.2, 0.8]]))
    ([1, 1], [0, 3], 1)
    """
    symbols, frames = [], []
    for t, symbol in enumerate(log_probs.argmax(axis=1).tolist()):
        if symbol not in (BLANK, last):
            symbols.append(symbol)
            frames.append(t)
        last = symbol
    return symbols, frames, last
