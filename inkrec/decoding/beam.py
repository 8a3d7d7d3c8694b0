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
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from ..alphabet import BLANK
from ..errors import ModelError

__all__ = ["BeamSettings", "BeamState", "LanguageModel", "Prefix", "advance", "best_path", "start", "trail"]


class LanguageModel(Protocol):
    """What the beam asks of a language model: state in, state out."""

    def start(self, before: str = "") -> Hashable:
        """The state in front of a line, given the text before it."""

    def step(self, state: Hashable, symbol: int) -> tuple[Hashable, float]:
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
    """

    width: int = 16
    cut: float = 5e-4
    sure: float = 0.999
    narrow: float = 1e-6
    alpha: float = 0.4
    beta: float = 0.5

    def __post_init__(self) -> None:
        if self.width < 1:
            raise ModelError(f"width is {self.width}; a beam holds at least one prefix")
        if not (0 <= self.cut < 1 and 0 < self.sure <= 1 and 0 <= self.narrow < 1):
            raise ModelError("cut, sure and narrow are probabilities; they lie in 0 to 1")


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
    lm : hashable
        The language model's state behind the text.
    """

    __slots__ = ("_next", "frame", "key", "length", "lm", "parent", "symbol")

    def __init__(
        self,
        parent: Prefix | None,
        symbol: int,
        frame: int,
        key: int,
        lm: Hashable,
        following: dict[int, tuple[Hashable, float]] | None = None,
    ) -> None:
        self.parent, self.symbol, self.frame, self.key, self.lm = parent, symbol, frame, key, lm
        self.length = 0 if parent is None else parent.length + 1
        # what the language model said of the symbols behind; the same for the same text
        self._next = {} if following is None else following

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


_MASK = (1 << 61) - 1
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
    values = probs[rows, columns].tolist()
    bounds = np.searchsorted(rows, np.arange(len(probs) + 1)).tolist()
    named = columns.tolist()
    states = []
    for t, blank in enumerate(blanks):
        if blank >= settings.sure:
            state = _rest(state)
        else:
            found = range(bounds[t], bounds[t + 1])
            row = {named[i]: values[i] for i in found if named[i] != BLANK}
            state = _frame(settings, state, blank, row, lm)
        states.append(state)
    return states


def _rest(state: BeamState) -> BeamState:
    total = tuple([b + s for b, s in zip(state.blank, state.symbol, strict=True)])
    return BeamState(
        state.prefixes, total, (0.0,) * len(total), state.log_scale, state.frame + 1
    )


def _frame(
    settings: BeamSettings,
    state: BeamState,
    blank: float,
    row: dict[int, float],
    lm: LanguageModel | None,
) -> BeamState:
    frame = state.frame
    # key -> [mass ending in blank, mass ending in symbol, prefix or (parent, symbol, begun mass)]
    ends_blank: dict[int, float] = {}
    ends_symbol: dict[int, float] = {}
    nodes: dict[int, Prefix] = {}
    begun: dict[int, tuple[Prefix, int, float]] = {}
    best = 0.0
    for node, b, s in zip(state.prefixes, state.blank, state.symbol, strict=True):
        key = node.key
        nodes[key] = node
        ends_blank[key] = (b + s) * blank
        ends_symbol[key] = s * row.get(node.symbol, 0.0)
        best = max(best, ends_blank[key] + ends_symbol[key])
    floor = best * settings.narrow
    for node, b, s in zip(state.prefixes, state.blank, state.symbol, strict=True):
        total, last, base = b + s, node.symbol, node.key * 1000003
        following = node._next
        for symbol, p in row.items():
            mass = (b if symbol == last else total) * p
            if mass <= floor:
                continue
            if lm is not None:
                known = following.get(symbol)
                if known is None:
                    after, log_p = lm.step(node.lm, symbol)
                    known = after, math.exp(settings.alpha * log_p + settings.beta)
                    following[symbol] = known
                mass *= known[1]
            key = (base + symbol * 7919 + 1) & _MASK
            old = ends_symbol.get(key)
            if old is None:
                ends_blank[key] = 0.0
                ends_symbol[key] = mass
                begun[key] = (node, symbol, mass)
            else:
                ends_symbol[key] = old + mass
                # the prefix is in the beam and was just begun anew, more probably than before
                if mass > old:
                    begun[key] = (node, symbol, mass)
    totals = [(ends_blank[key] + m, key) for key, m in ends_symbol.items()]
    totals.sort(key=_mass, reverse=True)
    floor = totals[0][0] * settings.narrow
    kept = [key for mass, key in totals[: settings.width] if mass > floor or mass == totals[0][0]]
    whole = sum(ends_blank[key] + ends_symbol[key] for key in kept)
    if whole <= 0.0:
        # every path was impossible to working precision: wait rather than divide by nothing
        return _rest(state)
    prefixes = []
    for key in kept:
        origin = begun.get(key)
        if origin is None:
            prefixes.append(nodes[key])
            continue
        parent, symbol, _ = origin
        known_node = nodes.get(key)
        prefixes.append(
            Prefix(
                parent, symbol, frame, key,
                None if lm is None else parent._next[symbol][0],
                None if known_node is None else known_node._next,
            )
        )  # fmt: skip
    scale = 1.0 / whole
    return BeamState(
        tuple(prefixes),
        tuple([ends_blank[key] * scale for key in kept]),
        tuple([ends_symbol[key] * scale for key in kept]),
        state.log_scale + math.log(whole),
        frame + 1,
    )


def _mass(item: tuple[float, int]) -> float:
    return item[0]


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
