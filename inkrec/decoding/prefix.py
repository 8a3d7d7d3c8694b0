"""Values of the CTC prefix beam: prefixes, beam state, settings."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from .._checks import check_ranges, check_whole
from ..errors import ModelError
from ..language.alphabet import BLANK

__all__ = ["BeamSettings", "BeamState", "LanguageModel", "Prefix", "Walk", "initial_beam"]

_ROOT = 0x9E3779B97F4A7C15 & ((1 << 61) - 1)

LmCache = dict[int, list[Any]]
"""What the language model said of each symbol behind a text: its state, the factor on the
mass, and the same of the longer text. Prefixes of the same text share it, so that frames read
again ask the model little that is new."""


class LanguageModel(Protocol):
    """What the beam asks of a language model: state in, state out."""

    def start(self, pre_context: str = "") -> Hashable:
        """The state in front of a line, given the text before it."""

    def step(self, state: Any, symbol: int) -> tuple[Any, float]:
        """The state after a symbol (index in the alphabet, from 1) and its log-probability."""


class Walk(NamedTuple):
    """What the compiled core takes frames with.

    A language model that has one as ``walk`` is asked in the core, and gives the same as its
    ``step``.

    Attributes
    ----------
    core : module
    trie : object or None
        The language model in the core.
    symbols : ndarray of int32 or None
        Its symbol for each class of the network, 0 for those that it lacks.
    unknown : float
        Log-probability of a symbol that it lacks, behind which it is in its state 0.
    """

    core: Any
    trie: Any
    symbols: npt.NDArray[np.int32] | None
    unknown: float


@dataclass(frozen=True, slots=True)
class BeamSettings:
    """How the beam searches.

    Attributes
    ----------
    beam_width : int
        Prefixes kept after each frame.
    token_min_prob : float
        Symbols of a frame below this probability extend no prefix.
    blank_skip_prob : float
        A frame whose blank is above this is taken as all blank.
    beam_prune_prob : float
        Prefixes below this part of the best are dropped.
    lm_weight : float
        Weight of the language model's log-probability.
    token_bonus : float
        Added for each symbol, against the model's love of short texts.
    lm_floor_prob : float
        The least probability of a symbol to the language model once a line is finished, so
        that names, codes and slips of the pen are not read as what it would rather see; see
        `inkrec.decoding.lm_scorer.final_search`. A language model of one's own has none.
    """

    beam_width: int = 16
    token_min_prob: float = 5e-4
    blank_skip_prob: float = 0.999
    beam_prune_prob: float = 1e-6
    lm_weight: float = 0.4
    token_bonus: float = 0.5
    lm_floor_prob: float = 0.0

    def __post_init__(self) -> None:
        check_ranges(
            self, beam_width="[1, 100000]", token_min_prob="[0, 1)", blank_skip_prob="(0, 1]",
            beam_prune_prob="[0, 1)",
            lm_weight="[0, 20]", token_bonus="[0, 20]", lm_floor_prob="[0, 1)",
        )  # fmt: skip
        check_whole(self, "beam_width")


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
    parent_key : int
        Key of the prefix in front.
    lm_state : hashable
        The language model's state behind the text.
    """

    __slots__ = (
        "_lm_cache", "frame", "key", "length", "lm_state", "parent", "parent_key", "symbol",
    )  # fmt: skip

    def __init__(
        self,
        parent: Prefix | None,
        symbol: int,
        frame: int,
        key: int,
        lm_state: Hashable,
        lm_cache: LmCache | None = None,
    ) -> None:
        self.parent, self.symbol, self.frame, self.key = parent, symbol, frame, key
        self.lm_state = lm_state
        self.length: int = 0 if parent is None else parent.length + 1
        self.parent_key: int = 0 if parent is None else parent.key
        self._lm_cache: LmCache = {} if lm_cache is None else lm_cache

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
        return Prefix, (self.parent, self.symbol, self.frame, self.key, self.lm_state)


class BeamState(NamedTuple):
    """A beam: prefixes with their masses, best first.

    Attributes
    ----------
    prefixes : tuple of Prefix
    p_blank, p_nonblank : tuple of float
        Mass of the paths that end in a blank, and in the prefix's last symbol.
    log_scale : float
        Logarithm of what the masses were divided by.
    frame : int
        Index of the next frame.
    """

    prefixes: tuple[Prefix, ...]
    p_blank: tuple[float, ...]
    p_nonblank: tuple[float, ...]
    log_scale: float
    frame: int

    def posteriors(self) -> list[float]:
        """Posterior of each prefix among those in the beam."""
        total = [b + s for b, s in zip(self.p_blank, self.p_nonblank, strict=True)]
        whole = sum(total)
        return [t / whole for t in total]

    def log_probabilities(self) -> list[float]:
        """Natural log-probability of each prefix: of its paths, and the language model's part."""
        return [
            math.log(b + s) + self.log_scale if b + s > 0 else -math.inf
            for b, s in zip(self.p_blank, self.p_nonblank, strict=True)
        ]

    def prune(self, wanted: list[bool]) -> BeamState:
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
            tuple(self.p_blank[i] for i in picks),
            tuple(self.p_nonblank[i] for i in picks),
            self.log_scale,
            self.frame,
        )

    def reweighted(self, gains: list[float]) -> BeamState:
        """The beam with something added to the log-probability of each prefix, best first again.

        Prefixes of the same mass stay in their order.
        """
        most = max(gains)
        factors = [math.exp(g - most) for g in gains]
        ranked = sorted(
            range(len(factors)),
            key=lambda i: (-(self.p_blank[i] + self.p_nonblank[i]) * factors[i], i),
        )
        return BeamState(
            tuple([self.prefixes[i] for i in ranked]),
            tuple([self.p_blank[i] * factors[i] for i in ranked]),
            tuple([self.p_nonblank[i] * factors[i] for i in ranked]),
            self.log_scale + most,
            self.frame,
        )


def initial_beam(
    lm: LanguageModel | None = None, pre_context: str = "", frame: int = 0
) -> BeamState:
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
    state = None if lm is None else lm.start(pre_context)
    return BeamState((Prefix(None, BLANK, -1, _ROOT, state),), (1.0,), (0.0,), 0.0, frame)
