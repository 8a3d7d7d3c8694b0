"""A language model fitted to a network's alphabet."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from .._engine import chosen
from ..language.alphabet import Alphabet
from ..language.char_ngram import NgramModel
from ..language.user_words import UserWords
from ..language.word_bigram import WordBigram, WordLmSettings, tokens
from .beam import advance
from .prefix import BeamSettings, BeamState, LanguageModel, Prefix, Walk

__all__ = ["LanguageScorer", "final_search"]

_UNKNOWN = -11.0  # log-probability of a symbol the language model has never seen


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

    def with_words(self, words: Iterable[str]) -> LanguageScorer:
        """The same, expecting a user's words beside those it has been given."""
        model = self.model
        if isinstance(model, UserWords):
            return replace(self, model=model.with_words(words))
        return replace(self, model=UserWords(model, words))

    def apply_lm_floor(self, settings: BeamSettings, state: BeamState, since: int = 0) -> BeamState:
        """The beam of a finished line, with a least probability of each symbol.

        In the beam itself it would let in so many texts that good ones fall out. What a
        list of words gains is still told from what the model says without it.

        Parameters
        ----------
        settings : BeamSettings
            Those that the beam was grown with.
        state : BeamState
        since : int
            Symbols in front that all prefixes share; those count for nothing.
        """
        least = settings.lm_floor_prob
        told: dict[int, float] = {}
        if not least or not settings.lm_weight:
            return state
        gains = []
        for prefix in state.prefixes:
            total = 0.0
            for node in prefix.nodes(since):
                gain = told.get(id(node))
                if gain is None:
                    log_p = self._spelled(node)
                    gain = math.log(least + (1 - least) * math.exp(log_p)) - log_p
                    told[id(node)] = gain
                total += gain
            gains.append(settings.lm_weight * total)
        return state.reweighted(gains)

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
        mine = self.model.listed if isinstance(self.model, UserWords) else frozenset()
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
        return 0.0 if node.parent is None else self.step(node.parent.lm_state, node.symbol)[1]


def final_search(
    settings: BeamSettings,
    state: BeamState,
    log_probs: npt.NDArray[np.float32],
    language: LanguageModel | None = None,
    since: int = 0,
    pre_context: str = "",
) -> BeamState:
    """Take a line's last frames: as `beam.advance`, and at the end the floor and the words.

    Where the language model knows words the beam is wider: they choose among what there is.

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
    if not isinstance(language, LanguageScorer):
        return advance(settings, state, log_probs, language)
    width = language.settings.nbest if language.words else 1
    wide = replace(settings, beam_width=max(settings.beam_width, width))
    state = language.apply_lm_floor(settings, advance(wide, state, log_probs, language), since)
    return language.apply_word_lm(state, since, pre_context)
