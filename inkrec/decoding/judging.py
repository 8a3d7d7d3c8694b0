"""A judge of texts: another opinion of a finished line's best readings.

An app that reads again when it is idle may ask a large language model which of a line's
readings is English. Any object with ``log_probability(texts, context)`` is one;
`inkrec.language.causal_lm` makes one of a model on disk.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from ..errors import ModelError
from ..language.alphabet import Alphabet
from .prefix import BeamState

__all__ = ["Judge", "Judging"]

_TEXTS = 14  # readings of a line that are judged at most
_NATS = 9.0  # and how far they lie behind the best


@runtime_checkable
class Judge(Protocol):
    """What says how probable texts are."""

    def log_probability(self, texts: Sequence[str], context: str) -> Sequence[float]:
        """Natural log-probability of each text behind the context.

        Parameters
        ----------
        texts : sequence of str
            Readings of one line; they share most of their characters.
        context : str
            The text of the lines before; it may be empty.

        Returns
        -------
        sequence of float
            One a text.
        """


@dataclass(frozen=True)
class Judging:
    """A judge, and how much its word counts.

    Parameters
    ----------
    judge : Judge
    weight : float
        Of its log-probabilities, beside all that was said before.

    Raises
    ------
    ModelError
        If it is no judge, or the weight does not lie in 0 to 10.
    """

    judge: Judge
    weight: float = 0.4

    def __post_init__(self) -> None:
        if not isinstance(self.judge, Judge):
            raise ModelError(
                f"{self.judge!r} is no judge; it must have log_probability(texts, context)"
            )
        if not 0 <= self.weight <= 10:
            raise ModelError(f"the judge's weight is {self.weight}; it must lie in 0 to 10")

    def judged(
        self, state: BeamState, alphabet: Alphabet, since: int = 0, context: str = ""
    ) -> BeamState:
        """The beam with the judge's word on its best texts.

        Parameters
        ----------
        state : BeamState
            Of a finished line.
        alphabet : Alphabet
        since : int
            Symbols in front that are final.
        context : str
            The text that they spell, and that of the lines before.

        Raises
        ------
        ModelError
            If the judge does not say one finite number a text.
        """
        texts: list[str] = []
        scores = state.log_probabilities()
        best = max(scores)
        spelled = [" ".join(alphabet.decode(p.symbols(since)).split()) for p in state.prefixes]
        for text, score in zip(spelled, scores, strict=True):
            if text not in texts and len(texts) < _TEXTS and score >= best - _NATS:
                texts.append(text)
        if len(texts) < 2 or not self.weight:
            return state
        said = [float(v) for v in self.judge.log_probability(texts, context)]
        if len(said) != len(texts) or not all(math.isfinite(v) for v in said):
            raise ModelError(
                f"the judge {type(self.judge).__name__} says {said} of {len(texts)} texts; it must "
                "say one finite log-probability a text"
            )
        told = dict(zip(texts, said, strict=True))
        least = min(said)
        return state.reweighted([self.weight * told.get(text, least) for text in spelled])
