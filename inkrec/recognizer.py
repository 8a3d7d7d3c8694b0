"""The recogniser: a model ready for use, shared and immutable."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, TypeVar

from ._checks import check_ranges
from .decoding.beam import best_path
from .decoding.lm_scorer import Fitted
from .decoding.prefix import BeamSettings, LanguageModel, start
from .errors import InkError, ModelError, SessionError
from .ink.line_segmentation import lines_of
from .ink.samples import positive
from .ink.strokes import Ink
from .language.char_ngram import NgramModel
from .language.user_words import UserWords
from .language.word_bigram import WordModel, WordSettings
from .model import LANGUAGE, Model, below, load_model
from .results import Hypothesis
from .session import encoder
from .session.commit import Commitment
from .session.line_decoder import Reader
from .session.page import behind, placed
from .session.session import Session

__all__ = ["Recognizer", "Session", "load"]

_Settings = TypeVar("_Settings", BeamSettings, WordSettings)


def load(name: str | os.PathLike[str] = "en") -> Recognizer:
    """A recogniser from a model file.

    Parameters
    ----------
    name : str or path
        The name of a bundled model, or a file.

    Returns
    -------
    Recognizer

    Raises
    ------
    ModelError
        If it is no model file, or damaged.
    FileNotFoundError
        If there is no such file.
    """
    model = load_model(name)
    arrays = below(model.extra, LANGUAGE)
    try:
        _weights(model.card)
        if not arrays:
            return Recognizer(model)
        language = NgramModel.from_arrays(arrays)
        words = WordModel.from_arrays(arrays) if "pairs" in arrays else None
        settings = _settings(model.card, "beam", BeamSettings)
        weighed = _settings(model.card, "words", WordSettings)
    except ModelError as error:
        raise ModelError(f"{name}: {error}") from None
    return Recognizer(model, Fitted(language, model.alphabet, words, weighed), settings)


def _settings(card: dict[str, Any], entry: str, kind: type[_Settings]) -> _Settings:
    try:
        return kind(**card.get(entry, {}))
    except (TypeError, ModelError) as error:
        raise ModelError(f"the card's {entry} is not as it should be: {error}") from None


def _weights(card: dict[str, Any]) -> tuple[float, float]:
    """Of a card: its temperature, and the part of the second network's opinion."""
    heat, opinion = card.get("temperature", 1.0), card.get("opinion", 0.5)
    try:
        told = SimpleNamespace(temperature=float(heat), opinion=float(opinion))
        check_ranges(told, temperature="(0, inf)", opinion="[0, 1]")
    except (TypeError, ValueError, OverflowError) as error:
        raise ModelError(f"the card is not as it should be: {error}") from None
    return told.temperature, told.opinion


@dataclass(frozen=True, eq=False)
class Recognizer:
    """Reads ink with one model; may be shared by any number of sessions and threads.

    It equals itself alone, and may be a key of a mapping.

    Parameters
    ----------
    model : Model
    language : LanguageModel, optional
    beam : BeamSettings, optional
    """

    model: Model
    language: LanguageModel | None = None
    beam: BeamSettings = field(default_factory=BeamSettings)

    def __repr__(self) -> str:
        held = []
        if self.language is not None:
            held.append("language model")
        if isinstance(self.language, Fitted) and isinstance(self.language.model, UserWords):
            held.append(f"{len(self.language.model.words)} user words")
        name = self.model.card.get("name", "without a name")
        return f"<Recognizer {name}{': ' if held else ''}{', '.join(held)}>"

    @property
    def card(self) -> dict[str, Any]:
        """A copy of the model's card: what it was trained on, its licence and its figures."""
        return deepcopy(self.model.card)

    def session(
        self,
        *,
        line_height: float | None = None,
        before: str = "",
        commitment: Commitment | None = Commitment(),  # noqa: B008  (frozen)
        timed: bool = True,
        revisable: bool = False,
    ) -> Session:
        """A new session for one line of writing.

        Parameters
        ----------
        line_height : float, optional
            Distance of the ruling, in ink units; text is right sooner with it.
        before : str
            Text in front of the line.
        commitment : Commitment or None
            When words become final; None keeps all open until ``finish``.
        timed : bool
            False where the samples' times are made up.
        revisable : bool
            Whether `Session.undo` and `Session.erase` reach behind a commitment, and
            committed text then changes by them alone. All ink is kept for it, so that
            memory grows with the line.

        Raises
        ------
        InkError
            If ``line_height`` is not a positive number, or ``before`` no text.
        SessionError
            If ``commitment`` is neither a `Commitment` nor None.
        """
        if not (commitment is None or isinstance(commitment, Commitment)):
            raise SessionError(
                f"commitment is {commitment!r}; it must be an inkrec.Commitment, or None"
            )
        if not isinstance(before, str):
            raise InkError(f"before is {before!r}; it must be the text in front of the line")
        return Session(self._reader(line_height, commitment, timed, revisable), before)

    def restore(self, state: bytes | bytearray | memoryview) -> Session:
        """The session that `Session.save` gave, to go on in this process.

        It says the same of the same further ink. Strokes that were open when it was
        saved are taken back by reading the open ink again.

        Parameters
        ----------
        state : bytes

        Raises
        ------
        SessionError
            If the bytes are no session, damaged, of a newer inkrec, or of another model,
            language model or beam.
        """
        from .session.snapshot import unpack

        saved = unpack(state, self._reader(None, None, True))
        return Session._restored(self._reader(**saved.options), saved)

    def _reader(
        self,
        line_height: float | None,
        commitment: Commitment | None,
        timed: bool,
        revisable: bool = False,
    ) -> Reader:
        if line_height is not None:
            line_height = positive("line_height", line_height, optional=True)
        temperature, opinion = _weights(self.model.card)
        return Reader(
            self.model, self.beam, self.language, commitment, timed, line_height, temperature,
            revisable=revisable, opinion=opinion,
        )  # fmt: skip

    def with_words(self, words: Iterable[str]) -> Recognizer:
        """A recogniser that also expects a user's words: names, terms, phrases.

        Parameters
        ----------
        words : iterable of str
            Or phrases, that begin with a letter or digit. Quotes and dashes may be of any
            kind; a word in small letters is also expected with a capital.

        Returns
        -------
        Recognizer
            Shares the model with this one, which stays as it is.

        Raises
        ------
        ModelError
            If a word is empty, begins with a mark or holds a character that the model cannot
            write, or the model has no language model.
        """
        if not isinstance(self.language, Fitted):
            raise ModelError("the model has no language model, so words cannot be added to it")
        return replace(self, language=self.language.with_words(words))

    def recognize(
        self, ink: Ink, *, line_height: float | None = None, before: str = ""
    ) -> Hypothesis:
        """Read one line of ink, written in any order.

        Dots and bars may come when the line is done, words may be put in where there is room.

        Parameters
        ----------
        ink : Ink
        line_height : float, optional
        before : str

        Returns
        -------
        Hypothesis

        Raises
        ------
        InkError
            If it is no `Ink`, or ``line_height`` no length.
        """
        if not isinstance(ink, Ink):
            raise InkError(f"{ink!r} is no Ink; give inkrec.Ink(strokes)")
        session = self.session(
            line_height=line_height, before=before, commitment=None, timed=ink.timed
        )
        session.extend(ink.samples())
        return session.finish()

    def recognize_page(
        self, ink: Ink, *, line_height: float | None = None, before: str = ""
    ) -> list[Hypothesis]:
        """Read a page of ink, each line with those above it as the text in front.

        Parameters
        ----------
        ink : Ink
            Of one column; see `lines_of`.
        line_height : float, optional
        before : str

        Returns
        -------
        list of Hypothesis
            A line each, from top to bottom; strokes of words are places in ``ink``.
        """
        page = []
        for line in lines_of(ink):
            said = self.recognize(line.ink, line_height=line_height, before=before)
            page.append(placed(said, line))
            before = behind(before, said)
        return page

    def read_passes(self, ink: Ink, *, line_height: float | None = None) -> dict[str, str]:
        """What each pass makes of a line, for evaluation.

        Parameters
        ----------
        ink : Ink
        line_height : float, optional

        Returns
        -------
        dict of str to str
            ``causal``: best path of the causal head over the stream, ``refined``: the
            second pass at the last pen-up, ``final``: best path of the second pass over
            the whole line; ``final_lm``, with a language model: what `recognize` gives.
        """
        reader = replace(self._reader(line_height, None, ink.timed), language=None)
        r = reader.start()
        for sample in ink.samples():
            r = reader.take(r, sample)
        decode = self.model.alphabet.decode
        rest = encoder.flush(self.model, r.anchor, r.pen, timed=reader.timed).frames.log_probs
        spoken = r.spoken.last(r.spoken.length) + best_path(rest, r.last)[0]
        texts = {"causal": decode(spoken), "refined": r.shown.text, "final": ""}
        if math.isfinite(r.gauge.scale):
            encoding, log_probs, *_ = reader.whole(r)
            texts["final"] = decode(best_path(log_probs)[0])
            if self.language is not None:
                reader = replace(reader, language=self.language)
                state = reader.end(start(self.language), encoding, log_probs)
                texts["final_lm"] = decode(state.prefixes[0].symbols())
        elif self.language is not None:
            texts["final_lm"] = ""
        return {key: " ".join(text.split()) for key, text in texts.items()}
