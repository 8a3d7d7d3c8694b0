"""A language model fitted to a network's alphabet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from .._engine import chosen
from ..language.alphabet import BLANK, Alphabet
from ..language.char_ngram import NgramModel
from ..language.user_words import UserWords, UserWordState
from ..language.word_bigram import WordBigram, WordLmSettings, tokens
from .beam import advance
from .mixed_text import search_mixed
from .prefix import BeamSettings, BeamState, LanguageModel, Prefix, Walk

__all__ = ["FinishesLines", "LanguageScorer", "final_search"]

_UNKNOWN = -11.0  # log-probability of a symbol the language model has never seen


@runtime_checkable
class FinishesLines(Protocol):
    """A language model with a way of its own to end a line."""

    def finish(
        self,
        settings: BeamSettings,
        state: BeamState,
        log_probs: npt.NDArray[np.float32],
        since: int = 0,
        pre_context: str = "",
    ) -> BeamState:
        """As `final_search`."""


@dataclass(frozen=True)
class LanguageScorer:
    """A language model that speaks a network's symbols.

    Parameters
    ----------
    model : NgramModel or UserWords
    alphabet : Alphabet
        Of the network. Symbols that the model lacks get a small probability and
        are forgotten, with all that came before.
    words : WordBigram, optional
        What finished lines are weighed with; see `LanguageScorer.apply_word_lm`.
    settings : WordLmSettings
        How.

    Attributes
    ----------
    walk : Walk or None
        How the compiled core asks it, where there is one and the model has no user words.
    """

    model: NgramModel | UserWords
    alphabet: Alphabet
    words: WordBigram | None = None
    settings: WordLmSettings = WordLmSettings()  # noqa: RUF009  (frozen)
    walk: Walk | None = field(init=False, repr=False)
    _index: tuple[int, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        known = self.model.alphabet
        index = [known.encode(s)[0] if s in known else 0 for s in self.alphabet.symbols]
        object.__setattr__(self, "_index", (0, *index))
        trie = self.model.trie if isinstance(self.model, NgramModel) else None
        walk = trie and Walk(chosen().core, trie, np.array(self._index, np.intc), _UNKNOWN)
        object.__setattr__(self, "walk", walk)

    def start(self, pre_context: str = "") -> Any:
        """The state behind a text."""
        return self.model.start(pre_context)

    def step(self, state: Any, symbol: int) -> tuple[Any, float]:
        """The state after a symbol of the network's alphabet, and its log-probability."""
        known = self._index[symbol]
        if known == 0:
            return self.model.empty, _UNKNOWN
        return self.model.step(state, known)

    def spread(self, known: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Values of the model's symbols as those of the network's, 0 where the model lacks one."""
        spread = known[list(self._index)]
        spread[[i for i, at in enumerate(self._index) if at == 0]] = 0.0
        return spread

    def with_words(self, words: Iterable[str]) -> LanguageScorer:
        """The same, expecting a user's words beside those it has been given."""
        model = self.model
        if isinstance(model, UserWords):
            return replace(self, model=model.with_words(words))
        return replace(self, model=UserWords(model, words))

    @property
    def listed(self) -> frozenset[str]:
        """A user's words."""
        return self.model.listed if isinstance(self.model, UserWords) else frozenset()

    def without_words(self) -> LanguageScorer:
        """The same without a user's words."""
        model = self.model
        return replace(self, model=model.model) if isinstance(model, UserWords) else self

    def adopted(self, state: Any, symbol: int) -> Any:
        """A state of this model with other words, or none, as one of this.

        A word that a text is in the middle of is not taken for one of the user's.

        Parameters
        ----------
        state : UserWordState or int
        symbol : int
            The last symbol of the text, the blank's where it is not known.
        """
        inner = state.inner if isinstance(state, UserWordState) else state
        if not isinstance(self.model, UserWords):
            return inner
        inside = symbol != BLANK and self.alphabet.symbols[symbol - 1].isalnum()
        return UserWordState(inner, -1 if inside else 0, 0.0)

    def apply_word_lm(self, state: BeamState, since: int = 0, pre_context: str = "") -> BeamState:
        """The beam of a finished line, each prefix weighed by its words too.

        What a pair of words says is asked here alone, of the few texts that are left:
        in the beam it would cost at every symbol and find little more.

        Parameters
        ----------
        state : BeamState
        since : int
            Symbols in front that all prefixes share; the words there count for nothing.
        before : str
            The text that they spell, or what is known of it.
        """
        if self.words is None or not self.settings.weight:
            return state
        last = None
        for token in tokens(pre_context):
            last = token.text
        told: dict[int, float] = {}
        gains = [self._gain(self.words, p, since, last, told) for p in state.prefixes]
        return state.reweighted(gains)

    def _gain(
        self,
        words: WordBigram,
        prefix: Prefix,
        since: int,
        last: str | None,
        told: dict[int, float],
    ) -> float:
        nodes = prefix.nodes(since)
        text = "".join([self.alphabet.symbols[node.symbol - 1] for node in nodes])
        context, total = words.context(last), 0.0
        mine = self.listed
        for token in tokens(text):
            word, start, end = token
            # a part of a word that is broken off or compounded need not be listed
            if token.is_word and text[end : end + 1] != "-" and word not in mine:
                known = told.get(id(nodes[end - 1]))
                if known is None:
                    spelled = sum([self._spelled(node) for node in nodes[start:end]])
                    known = words.score_gain(self.settings, word, context, spelled)
                    told[id(nodes[end - 1])] = known
                total += known
            context = words.context(word)
        return total

    def _spelled(self, node: Prefix) -> float:
        if node.parent is None:
            return 0.0
        state = node.parent.lm_state
        state = getattr(state, "outer", state)  # a field's state holds that of the model
        return self.step(state, node.symbol)[1]


def final_search(
    settings: BeamSettings,
    state: BeamState,
    log_probs: npt.NDArray[np.float32],
    language: LanguageModel | None = None,
    since: int = 0,
    pre_context: str = "",
) -> BeamState:
    """Take a line's last frames: as `beam.advance`, and at the end all that texts say.

    Where the language model knows words the beam is wider: they choose among what there is. A
    language model of the network's is asked by `search_mixed`, which lets clear ink be no prose.

    Parameters
    ----------
    settings : BeamSettings
    state : BeamState
    log_probs : ndarray, shape (frames, classes)
    language : LanguageModel, optional
    since : int
        Symbols in front that are final.
    before : str
        The text that they spell.
    """
    if isinstance(language, FinishesLines):
        return language.finish(settings, state, log_probs, since, pre_context)
    if not isinstance(language, LanguageScorer):
        return advance(settings, state, log_probs, language)
    width = language.settings.nbest if language.words else 1
    wide = replace(settings, beam_width=max(settings.beam_width, width))
    return search_mixed(language, settings, wide, state, log_probs, since, pre_context)
