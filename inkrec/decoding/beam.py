"""CTC prefix beam search whose state is a value.

Graves 2006 and Hannun et al. 2014 (algorithm 1) give the recursion: each prefix
holds the probability of all paths that spell it and end in a blank, and of those
that end in its last symbol. Frames are taken piece by piece; any cut of them gives
the same beams. Masses are kept as plain probabilities, divided by their sum after
each frame, with the logarithm of what was divided out on the side.
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass
from heapq import heapify, heapreplace
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from ..alphabet import BLANK
from ..errors import ModelError, check_ranges, check_whole

__all__ = [
    "BeamSettings",
    "BeamState",
    "LanguageModel",
    "Prefix",
    "advance",
    "best_path",
    "start",
    "trail",
]


class LanguageModel(Protocol):
    """What the beam asks of a language model: state in, state out."""

    def start(self, before: str = "") -> Hashable:
        """The state in front of a line, given the text before it."""

    def step(self, state: Any, symbol: int) -> tuple[Any, float]:
        """The state after a symbol (index in the alphabet, from 1) and its log-probability."""


@dataclass(frozen=True, slots=True)
class BeamSettings:
    """How the beam searches.

    Attributes
    ----------
    width : int
        Prefixes kept after each frame.
    cut : float
        Symbols of a frame below this probability extend no prefix.
    sure : float
        A frame whose blank is above this is taken as all blank.
    narrow : float
        Prefixes below this part of the best are dropped.
    alpha : float
        Weight of the language model's log-probability.
    beta : float
        Added for each symbol, against the model's love of short texts.
    floor : float
        The least probability of a symbol to the language model once a line is finished, so
        that names, codes and slips of the pen are not read as what it would rather see; see
        `inkrec.decoding.fitted.finish`. A language model of one's own has none.
    """

    width: int = 16
    cut: float = 5e-4
    sure: float = 0.999
    narrow: float = 1e-6
    alpha: float = 0.4
    beta: float = 0.5
    floor: float = 0.0

    def __post_init__(self) -> None:
        check_ranges(
            self, width="[1, 100000]", cut="[0, 1)", sure="(0, 1]", narrow="[0, 1)",
            alpha="[0, 20]", beta="[0, 20]", floor="[0, 1)",
        )  # fmt: skip
        check_whole(self, "width")


Following = dict[int, list[Any]]
"""What the language model said of each symbol behind a text: its state, the factor on the
mass, and the same of the longer text. Prefixes of the same text share it, so that frames read
again ask the model little that is new."""


class Prefix:
    """A text as the beam holds it: its last symbol and the prefix in front.

    Attributes
    ----------
    parent : Prefix or None
    symbol : int
        Index of the last symbol; the blank's for the empty prefix.
    frame : int
        Frame in which the last symbol was most probably begun.
    length : int
    key : int
        The same for the same text.
    above : int
        Key of the prefix in front.
    lm : hashable
        The language model's state behind the text.
    """

    __slots__ = ("_following", "above", "frame", "key", "length", "lm", "parent", "symbol")

    def __init__(
        self,
        parent: Prefix | None,
        symbol: int,
        frame: int,
        key: int,
        lm: Hashable,
        following: Following | None = None,
    ) -> None:
        self.parent, self.symbol, self.frame, self.key, self.lm = parent, symbol, frame, key, lm
        self.length: int = 0 if parent is None else parent.length + 1
        self.above: int = 0 if parent is None else parent.key
        self._following: Following = {} if following is None else following

    def symbols(self, since: int = 0) -> list[int]:
        """The text's symbols, from the given length on."""
        return [node.symbol for node in self.nodes(since)]

    def nodes(self, since: int = 0) -> list[Prefix]:
        """The prefixes that lead here, one a symbol, shortest first."""
        nodes = []
        node: Prefix | None = self
        while node is not None and node.length > since:
            nodes.append(node)
            node = node.parent
        nodes.reverse()
        return nodes

    def __reduce__(self) -> tuple[object, ...]:
        return Prefix, (self.parent, self.symbol, self.frame, self.key, self.lm)


class BeamState(NamedTuple):
    """A beam: prefixes with their masses, best first.

    Attributes
    ----------
    prefixes : tuple of Prefix
    blank, symbol : tuple of float
        Mass of the paths that end in a blank, and in the prefix's last symbol.
    log_scale : float
        Logarithm of what the masses were divided by.
    frame : int
        Index of the next frame.
    """

    prefixes: tuple[Prefix, ...]
    blank: tuple[float, ...]
    symbol: tuple[float, ...]
    log_scale: float
    frame: int

    def masses(self) -> list[float]:
        """Posterior of each prefix among those in the beam."""
        total = [b + s for b, s in zip(self.blank, self.symbol, strict=True)]
        whole = sum(total)
        return [t / whole for t in total]

    def log_probabilities(self) -> list[float]:
        """Natural log-probability of each prefix: of its paths, and the language model's part."""
        return [
            math.log(b + s) + self.log_scale if b + s > 0 else -math.inf
            for b, s in zip(self.blank, self.symbol, strict=True)
        ]

    def keep(self, wanted: list[bool]) -> BeamState:
        """The beam without what is not wanted; the commitment of a text is such a pruning.

        Raises
        ------
        ModelError
            If nothing would be left.
        """
        picks = [i for i, w in enumerate(wanted) if w]
        if not picks:
            raise ModelError("no prefix of the beam agrees; nothing would be left")
        return BeamState(
            tuple(self.prefixes[i] for i in picks),
            tuple(self.blank[i] for i in picks),
            tuple(self.symbol[i] for i in picks),
            self.log_scale,
            self.frame,
        )

    def weighed(self, gains: list[float]) -> BeamState:
        """The beam with something added to the log-probability of each prefix, best first again.

        Prefixes of the same mass stay in their order.
        """
        most = max(gains)
        factors = [math.exp(g - most) for g in gains]
        ranked = sorted(
            range(len(factors)), key=lambda i: (-(self.blank[i] + self.symbol[i]) * factors[i], i)
        )
        return BeamState(
            tuple([self.prefixes[i] for i in ranked]),
            tuple([self.blank[i] * factors[i] for i in ranked]),
            tuple([self.symbol[i] * factors[i] for i in ranked]),
            self.log_scale + most,
            self.frame,
        )


_MASK = (1 << 61) - 1
_NONE: dict[int, int] = {}
_ROOT = 0x9E3779B97F4A7C15 & _MASK


def start(lm: LanguageModel | None = None, before: str = "", frame: int = 0) -> BeamState:
    """The beam before the first frame: the empty text.

    Parameters
    ----------
    lm : LanguageModel, optional
    before : str
        The text in front of the line, for the language model.
    frame : int
        Index that the first frame gets.

    Returns
    -------
    BeamState
    """
    state = None if lm is None else lm.start(before)
    return BeamState((Prefix(None, BLANK, -1, _ROOT, state),), (1.0,), (0.0,), 0.0, frame)


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
    for after in trail(settings, state, log_probs, lm):
        state = after
    return state


def trail(
    settings: BeamSettings,
    state: BeamState,
    log_probs: npt.NDArray[np.float32],
    lm: LanguageModel | None = None,
) -> list[BeamState]:
    """The beam after each frame; parameters as for `advance`."""
    probs = np.exp(log_probs.astype(np.float64))
    blanks = probs[:, BLANK].tolist()
    rows, columns = np.nonzero(probs >= settings.cut)
    values = probs[rows, columns]
    order = np.lexsort((-values, rows))  # the most probable symbol of a frame first
    pairs = list(zip(columns[order].tolist(), values[order].tolist(), strict=True))
    bounds = np.searchsorted(rows, np.arange(len(probs) + 1)).tolist()
    states = []
    for t, blank in enumerate(blanks):
        if blank >= settings.sure:
            state = _rest(state)
        else:
            row = [pair for pair in pairs[bounds[t] : bounds[t + 1]] if pair[0] != BLANK]
            state = _frame(settings, state, blank, row, lm)
        states.append(state)
    return states


def _rest(state: BeamState) -> BeamState:
    total = tuple([b + s for b, s in zip(state.blank, state.symbol, strict=True)])
    return BeamState(state.prefixes, total, (0.0,) * len(total), state.log_scale, state.frame + 1)


def _frame(
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
    for i, (node, b, s) in enumerate(zip(old, state.blank, state.symbol, strict=True)):
        b = (b + s) * blank
        s *= said.get(node.symbol, 0.0)
        ends_blank.append(b)
        ends_symbol.append(s)
        best = max(best, b + s)
        children.setdefault(node.above, {})[node.symbol] = i
    # a new prefix must be above this before its symbol is weighed: the worst that is sure to
    # be kept, or nothing while there is room (what is in the beam already can only gain)
    floor = best * settings.narrow
    most = 1.0 if lm is None else math.exp(settings.beta)
    kept_masses = [b + s for b, s in zip(ends_blank, ends_symbol, strict=True)]
    kept_masses += [0.0] * (settings.width - len(old))
    heapify(kept_masses)
    begun: list[tuple[Prefix, int]] = []
    again: dict[int, Prefix] = {}
    for node, b, s in zip(old, state.blank, state.symbol, strict=True):
        total, last, following = b + s, node.symbol, node._following
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
                    known = following[symbol] = _ask(settings, lm, node, symbol)
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
    floor = best * settings.narrow
    kept = [-i for mass, i in ranked[: settings.width] if mass > floor or mass == best]
    whole = sum([ends_blank[i] + ends_symbol[i] for i in kept])
    if whole <= 0.0:
        # every path was impossible to working precision: wait rather than divide by nothing
        return _rest(state)
    frame, count = state.frame, len(old)
    prefixes = []
    for i in kept:
        if i >= count:
            prefixes.append(_longer(*begun[i - count], frame, lm))
        elif i in again:
            prefixes.append(_longer(again[i], old[i].symbol, frame, lm))
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


def _ask(settings: BeamSettings, lm: LanguageModel, node: Prefix, symbol: int) -> list[Any]:
    after, log_p = lm.step(node.lm, symbol)
    return [after, math.exp(settings.alpha * log_p + settings.beta), None]


def _longer(node: Prefix, symbol: int, frame: int, lm: LanguageModel | None) -> Prefix:
    key = (node.key * 1000003 + symbol * 7919 + 1) & _MASK
    if lm is None:
        return Prefix(node, symbol, frame, key, None)
    known = node._following[symbol]
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
