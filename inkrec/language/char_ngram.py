"""A character n-gram language model: a packed trie, read as it lies in the file.

A state is the longest context in the trie that ends the text so far, as the
number of its node; the model never changes and may be shared. A context that
leaves a symbol unseen asks the context without its first character:

    log p(c | h) = log q(c | h)                  where the trie holds hc
                 = log r(h) + log p(c | h')      elsewhere, h = a h'

with log q and log r rounded to steps of one byte, so that the probabilities of
a context sum to one within a few parts in a hundred.
"""

from __future__ import annotations

import json
import math
import zipfile
from bisect import bisect_right
from collections.abc import Mapping
from functools import cached_property
from os import PathLike
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from .._engine import chosen
from ..errors import ModelError
from .alphabet import Alphabet, normalize

__all__ = ["DAMAGED", "NgramModel", "State", "open_arrays"]

State = int
"""A context: the number of its node. Hashable, comparable, meaningless elsewhere."""

FORMAT = 1
_CACHED = 4_000  # of each kind: what is asked again is asked soon, or hardly ever
_BLOCK = 64
_DEEP = 64  # levels, at most, that the compiled core descends
DAMAGED = (
    ValueError, TypeError, IndexError, AttributeError, OverflowError, MemoryError, RecursionError,
)  # fmt: skip
"""What JSON and NumPy say of arrays that are not what they should be."""
Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


def open_arrays(file: str | PathLike[str] | BinaryIO) -> dict[str, npt.NDArray[Any]]:
    """The arrays of a language model's file.

    Raises
    ------
    ModelError
        If it is no archive of arrays.
    OSError
        If the file cannot be read.
    """
    try:
        with np.load(file, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (zipfile.BadZipFile, ValueError, EOFError, AttributeError, TypeError) as error:
        raise ModelError(f"{file} is not a language model: {error}") from error


def _running(values: npt.NDArray[Any], first: int) -> list[int]:
    sums: list[int] = np.cumsum([first, *values.tolist()]).tolist()
    return sums


class NgramModel:
    """Probabilities of the next character, given those before.

    Make one with `load` or `from_arrays`; `inkrec.training.train_lm` builds the file.

    Parameters
    ----------
    alphabet : Alphabet
        The V characters that it predicts; everywhere a symbol's number is its
        index there, from 1, as in the outputs of a network.
    unigram : (V,) array
        Their probabilities without a context; all above zero.
    levels : (N,) array
        Nodes of every depth, the V symbols and the line start first.
    labels, probs : (nodes,) uint8 arrays
        The last symbol of every node (V + 1 stands for the line start) and its
        log q, rounded; nodes by depth, then by parent, then by symbol.
    children : (nodes above the last depth,) uint8 array
        Children of a node; never more than V.
    rests : (nodes with children,) uint8 array
        log r of these nodes, rounded.
    steps : (float, float)
        Steps of the two roundings, in nats.
    about : mapping
        What a person should know: sources, licences, how it was made.

    Raises
    ------
    ModelError
        If the arrays do not fit together.
    """

    def __init__(
        self,
        alphabet: Alphabet,
        unigram: npt.ArrayLike,
        levels: npt.ArrayLike,
        labels: npt.ArrayLike,
        probs: npt.ArrayLike,
        children: npt.ArrayLike,
        rests: npt.ArrayLike,
        steps: tuple[float, float],
        about: Mapping[str, Any] | None = None,
    ) -> None:
        self.alphabet = alphabet
        self.about = dict(about or {})
        self._unigram = np.asarray(unigram, np.float32)
        self._levels = np.asarray(levels, np.int64)
        self._labels: Bytes = np.asarray(labels, np.uint8)
        self._probs: Bytes = np.asarray(probs, np.uint8)
        self._children: Bytes = np.asarray(children, np.uint8)
        self._backoff: Bytes = np.asarray(rests, np.uint8)
        self._steps = (float(steps[0]), float(steps[1]))
        self._check()
        size = len(alphabet)
        scale = -np.arange(256, dtype=np.float32)
        self._table = scale * np.float32(self._steps[0])
        self._logs: list[float] = self._table.tolist()
        self._falls: list[float] = (scale * np.float32(self._steps[1])).tolist()
        self._start = size + 1
        self._space = alphabet.encode(" ")[0] if " " in alphabet else 0
        self._taken: dict[int, tuple[State, float]] = {}
        self._link: dict[State, State] = {}
        top = np.full(size + 1, -np.inf, np.float32)
        top[1:] = np.log(self._unigram)
        top.flags.writeable = False
        self._top: list[float] = top.tolist()
        self._known: dict[State, Floats] = {0: top}
        self.trie = self._compiled()
        if self.trie is None:  # threads share the model, and a walk begins at once
            _ = self._label_bytes, self._child_bytes, self._firsts, self._ranks

    # What Python walks on is made when it first does: the compiled core needs none of it.

    @cached_property
    def _label_bytes(self) -> bytes:
        return self._labels.tobytes()

    @cached_property
    def _child_bytes(self) -> bytes:
        return self._blocks().tobytes()

    @cached_property
    def _firsts(self) -> list[int]:
        return _running(self._blocks().sum(1), len(self.alphabet) + 1)

    @cached_property
    def _ranks(self) -> list[int]:
        return _running(np.count_nonzero(self._blocks(), 1), 0)

    def _blocks(self) -> Bytes:
        # children and inner nodes are counted by blocks: loading makes no large array
        inner = len(self._children)
        blocks = np.zeros((-(-inner // _BLOCK), _BLOCK), np.uint8)
        blocks.reshape(-1)[:inner] = self._children
        return blocks

    def _compiled(self) -> Any:
        """The model in the compiled core, where there is one."""
        core = chosen().core
        if core is None or self.order > _DEEP:
            return None
        tables = (np.array(values) for values in (self._logs, self._falls, self._top))
        return core.Trie(
            self._labels, self._probs, self._children, self._backoff, *tables,
            self._start, self._space, len(self.alphabet), self.order,
        )  # fmt: skip

    def _check(self) -> None:
        size, nodes = len(self.alphabet), int(self._levels.sum())
        inner = nodes - int(self._levels[-1])
        for name, array, length in (
            ("unigram", self._unigram, size),
            ("labels", self._labels, nodes),
            ("probs", self._probs, nodes),
            ("children", self._children, inner),
            ("rests", self._backoff, int(np.count_nonzero(self._children))),
        ):
            if array.shape != (length,):
                raise ModelError(
                    f"language model: {name} has shape {array.shape}, expected ({length},); "
                    "the file is damaged"
                )
        if int(self._levels[0]) != size + 1 or size > 254:
            raise ModelError(f"language model: {size} symbols do not fit its first level")
        if int(self._children.sum(dtype=np.int64)) != nodes - size - 1:
            raise ModelError("language model: its nodes have lost children; the file is damaged")
        ends = np.cumsum(self._levels)
        if any(
            int(self._children[a:b].sum(dtype=np.int64)) != int(level)
            for a, b, level in zip((0, *ends[:-2]), ends[:-1], self._levels[1:], strict=True)
        ):
            raise ModelError("language model: its levels do not fit; the file is damaged")
        if not bool((self._unigram > 0).all()):
            raise ModelError("language model: a symbol has no probability; the file is damaged")
        if not all(0 <= step < math.inf for step in self._steps):
            raise ModelError(f"language model: its steps are {self._steps}; the file is damaged")
        if int(self._labels.max()) > size + 1:
            raise ModelError("language model: it names unknown symbols; the file is damaged")

    # -- files ---------------------------------------------------------------------------

    @classmethod
    def load(cls, file: str | PathLike[str] | BinaryIO) -> NgramModel:
        """Read a model file.

        Raises
        ------
        ModelError
            If it is no language model of this format.
        OSError
            If the file cannot be read.
        """
        return cls.from_arrays(open_arrays(file))

    def save(
        self,
        file: str | PathLike[str] | BinaryIO,
        **others: npt.NDArray[Any],
    ) -> None:
        """Write a model file; the name is taken as it is.

        Nothing is compressed: it would be half the size, and loading mostly unpacking.

        Parameters
        ----------
        file : path or binary file
        **others : array
            What else the file shall hold, such as a word list's arrays.
        """
        arrays: dict[str, Any] = {**self.to_arrays(), **others}
        if isinstance(file, (str, PathLike)):
            with open(file, "wb") as stream:
                np.savez(stream, **arrays)
        else:
            np.savez(file, **arrays)

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """The model as arrays to be kept in another archive."""
        card = {
            "format": FORMAT,
            "symbols": "".join(self.alphabet.symbols),
            "steps": list(self._steps),
            "about": self.about,
        }
        return {
            "card": np.frombuffer(json.dumps(card).encode(), np.uint8),
            "unigram": self._unigram,
            "levels": self._levels.astype(np.int32),
            "labels": self._labels,
            "probs": self._probs,
            "children": self._children,
            "rests": self._backoff,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> NgramModel:
        """The inverse of `to_arrays`.

        Raises
        ------
        ModelError
            If an array is missing, they do not fit together or the format is newer than
            this code.
        """
        try:
            card = json.loads(arrays["card"].tobytes())
            if card["format"] != FORMAT:
                raise ModelError(
                    f"language model of format {card['format']}; this inkrec reads {FORMAT}"
                )
            return cls(
                Alphabet(card["symbols"]),
                arrays["unigram"],
                arrays["levels"],
                arrays["labels"],
                arrays["probs"],
                arrays["children"],
                arrays["rests"],
                card["steps"],
                card["about"],
            )
        except KeyError as error:
            raise ModelError(f"not a language model: it has no {error.args[0]!r}") from None
        except ModelError:
            raise
        except DAMAGED as error:
            raise ModelError(f"language model: {error}; the file is damaged") from None

    def __reduce__(self) -> tuple[Any, ...]:
        return NgramModel.from_arrays, (self.to_arrays(),)

    # -- reading -------------------------------------------------------------------------

    def __repr__(self) -> str:
        return (
            f"<NgramModel of order {self.order}: {len(self.alphabet)} symbols, "
            f"{len(self._labels)} n-grams>"
        )

    @property
    def order(self) -> int:
        """Characters in the longest n-gram."""
        return len(self._levels)

    @property
    def empty(self) -> State:
        """The state behind what the model does not know, not even as a line start."""
        return 0

    def start(self, pre_context: str = "") -> State:
        """The state behind a text, or at the start of a line nothing is known of.

        Parameters
        ----------
        before : str
            What stands in front; a trailing space counts. Characters that the
            model does not know are forgotten, and what is before them too.
        """
        state = self._minimal_state(self._start)
        text = normalize(pre_context)
        if text and pre_context[-1].isspace():
            text += " "
        for c in text[-4 * self.order :]:
            state = self.advance(state, c) if c in self.alphabet else self.empty
        return state

    def step(self, state: State, symbol: int | str) -> tuple[State, float]:
        """The next state and the natural log-probability of a symbol.

        Parameters
        ----------
        state : State
        symbol : int or str
            Its index in the alphabet, from 1, or itself.

        Raises
        ------
        ModelError
            If the symbol is a character that the model does not know.
        """
        if isinstance(symbol, str):
            (symbol,) = self.alphabet.encode(symbol)
        if self.trie is not None:
            after, log_p = self.trie.step(state, symbol)
            return after, log_p
        found = self._taken.get(state << 8 | symbol)
        if found is None:
            if len(self._taken) >= _CACHED:
                self._taken.clear()
            found = self._taken[state << 8 | symbol] = self._score(state, symbol)
        return found

    def advance(self, state: State, symbol: int | str) -> State:
        """The state after one more symbol."""
        return self.step(state, symbol)[0]

    def scores(self, state: State) -> Floats:
        """Natural log-probabilities of every next symbol, read-only.

        Returns
        -------
        (V + 1,) float32 array
            By index in the alphabet; that of the blank is minus infinity.
        """
        known = self._known.get(state)
        return self._distribution(state) if known is None else known

    def score(self, text: str, pre_context: str = "") -> float:
        """Natural log-probability of a text behind another."""
        state, total = self.start(pre_context), 0.0
        for c in text:
            state, logp = self.step(state, c)
            total += logp
        return total

    # -- the trie ------------------------------------------------------------------------

    def _span(self, node: int) -> tuple[int, int]:
        """Where the labels of a node's children lie."""
        at = node - 1
        if at >= len(self._children):
            return 0, 0
        first = self._firsts[at // _BLOCK] + sum(self._child_bytes[at // _BLOCK * _BLOCK : at])
        return first, first + self._child_bytes[at]

    def _parent(self, node: int) -> int:
        block = bisect_right(self._firsts, node - 1) - 1
        last, at = self._firsts[block], block * _BLOCK
        while last < node:
            last += self._child_bytes[at]
            at += 1
        return at

    def _backoff_weight(self, node: int) -> float:
        """Log of what an inner node leaves to shorter contexts."""
        at = node - 1
        start = at // _BLOCK * _BLOCK
        leaves = self._child_bytes[start:at].count(0)
        return self._falls[int(self._backoff[self._ranks[at // _BLOCK] + at - start - leaves])]

    def _score(self, node: State, symbol: int) -> tuple[State, float]:
        back = 0.0
        while node:
            first, last = self._span(node)
            at = self._label_bytes.find(symbol, first, last)
            if at >= 0:
                return self._minimal_state(at + 1), back + self._logs[int(self._probs[at])]
            back += self._backoff_weight(node)
            node = self._backoff_state(node)
        return self._minimal_state(symbol), back + self._top[symbol]

    def _minimal_state(self, node: int) -> State:
        # a node without children says nothing that its suffix does not say
        inner = len(self._children)
        while node and (node > inner or not self._child_bytes[node - 1]):
            node = self._backoff_state(node)
        return node

    def _backoff_state(self, node: int) -> State:
        """The longest proper suffix that has children."""
        found = self._link.get(node)
        if found is not None:
            return found
        if node == self._start:
            link = self._minimal_state(self._space)
        elif node < self._start:
            link = 0
        else:
            link = self._score(
                self._backoff_state(self._parent(node)), self._label_bytes[node - 1]
            )[0]
        if len(self._link) >= _CACHED:
            self._link.clear()
        self._link[node] = link
        return link

    def _distribution(self, state: State) -> Floats:
        shorter = self._backoff_state(state)
        lower = self._known.get(shorter)
        if lower is None:
            lower = self._distribution(shorter)
        first, last = self._span(state)
        logs = lower + np.float32(self._backoff_weight(state))
        logs[self._labels[first:last]] = self._table[self._probs[first:last]]
        logs.flags.writeable = False
        if len(self._known) >= _CACHED:
            self._known = {0: self._known[0]}
        self._known[state] = logs
        return logs
