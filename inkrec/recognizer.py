"""The recogniser: a model ready for use, shared and immutable."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

from .decoding.judging import Judge, Judging
from .decoding.lm_scorer import LanguageScorer
from .decoding.prefix import BeamSettings, LanguageModel
from .errors import InkError, InkWarning, ModelError, SessionError
from .ink.document import Document
from .ink.samples import positive
from .ink.strokes import Ink
from .language.fields import Field
from .language.user_words import UserWords, writable_words
from .language.word_bigram import WordLmSettings
from .model import Model, load_model
from .page.page import Page
from .results import Character, Hypothesis, PageResult
from .session.characters import spell_out
from .session.commit import CommitPolicy
from .session.line_decoder import LineDecoder
from .session.page import read_one, read_page
from .session.session import Session

__all__ = ["Page", "Recognizer", "Session", "load"]

_Settings = TypeVar("_Settings", BeamSettings, WordLmSettings)


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
    return Recognizer(model, model.language, model.decoding.beam)


@dataclass(frozen=True, eq=False)
class Recognizer:
    """Reads ink with one model; may be shared by any number of sessions and threads.

    It equals itself alone, and may be a key of a mapping.

    Parameters
    ----------
    model : Model
    language : LanguageModel, optional
    beam : BeamSettings, optional
    judging : Judging, optional
        See `with_judge`.
    """

    model: Model
    language: LanguageModel | None = None
    beam: BeamSettings = field(default_factory=BeamSettings)
    judging: Judging | None = None

    def __repr__(self) -> str:
        held = []
        if self.language is not None:
            held.append("language model")
        if isinstance(self.language, LanguageScorer) and isinstance(self.language.model, UserWords):
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
        pre_context: str = "",
        commit: CommitPolicy | None = CommitPolicy(),  # noqa: B008  (frozen)
        has_time: bool = True,
        editable: bool = False,
        field: Field | str | None = None,
    ) -> Session:
        """A new session for one line of writing.

        Parameters
        ----------
        line_height : float, optional
            Distance of the ruling, in ink units; text is right sooner with it.
        pre_context : str
            The text before the line.
        commit : CommitPolicy or None
            When words become final; None keeps all open until ``finish``.
        has_time : bool
            False where the samples' times are made up.
        editable : bool
            Whether `Session.undo` and `Session.erase` reach beyond a commitment, and
            committed text then changes by them alone. All ink is kept for it, so that
            memory grows with the line.
        field : Field or str, optional
            What the line holds, where the app knows: a kind such as ``"number"``,
            ``"email"`` or ``"capitals"``, a set of characters or a pattern; see `Field`.
            Clear ink that does not fit is read all the same, with little confidence.

        Raises
        ------
        ModelError
            If there is no such kind, or the pattern cannot be used with the model.
        InkError
            If ``line_height`` is not a positive number, or ``pre_context`` no text.
        SessionError
            If ``commit`` is neither a `CommitPolicy` nor None.
        """
        if not (commit is None or isinstance(commit, CommitPolicy)):
            raise SessionError(f"commit is {commit!r}; it must be an inkrec.CommitPolicy, or None")
        if not isinstance(pre_context, str):
            raise InkError(f"pre_context is {pre_context!r}; it must be the text before the line")
        decoder = self._line_decoder(
            line_height, commit, has_time, editable, field, pre_context=pre_context
        )
        return Session(decoder, pre_context)

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
        from .session.snapshot import loads

        saved = loads(state, self._line_decoder(None, None, True))
        return Session._restored(self._line_decoder(**saved.options), saved)

    def page(
        self,
        *,
        line_height: float | None = None,
        pre_context: str = "",
        field: Field | str | None = None,
    ) -> Page:
        """A new page, on which strokes come, go and move in any order.

        Parameters
        ----------
        line_height : float, optional
            Distance of the ruling, in ink units; text is right sooner with it.
        pre_context : str
            The text before the page.
        field : Field or str, optional
            What each of the lines holds; see `session`.

        Raises
        ------
        ModelError
            If there is no such field.
        InkError
            If ``line_height`` is not a positive number, or ``pre_context`` no text.
        """
        if not isinstance(pre_context, str):
            raise InkError(f"pre_context is {pre_context!r}; it must be the text before the page")
        decoder = self._line_decoder(line_height, None, True, field=field, pre_context=pre_context)
        return Page(decoder, pre_context)

    def pages(self, document: Document, *, line_height: float | None = None) -> Iterator[Page]:
        """The pages of a document, each read as a whole when its turn comes.

        Parameters
        ----------
        document : Document
        line_height : float, optional
            As for `page`.

        Yields
        ------
        Page
            Settled. The ids of its strokes are their numbers in ``document.ink(page)``, from 0.
            Strokes of highlighters, erasers and shapes are left out: they are no text.

        Raises
        ------
        InkError
            If it is no `Document`, or ``line_height`` no length.
        """
        if not isinstance(document, Document):
            raise InkError(f"{document!r} is no Document; give inkrec.read_document(file)")
        inks = [document.ink(number) for number in range(1, len(document.pages) + 1)]
        return (self._whole_page(ink, line_height) for ink in inks)

    def _whole_page(self, ink: Ink, line_height: float | None) -> Page:
        page = self.page(line_height=line_height)
        page.edit(add={n: stroke for n, stroke in enumerate(ink) if stroke.writes})
        page.settle()
        return page

    def restore_page(self, state: bytes | bytearray | memoryview) -> Page:
        """The page that `Page.save` gave, to go on in this process.

        One that was read by another model is read anew.

        Parameters
        ----------
        state : bytes

        Raises
        ------
        SessionError
            If the bytes are no page, damaged, or of a newer inkrec.
        """
        from .page.snapshot import loads

        options, page = loads(state, self._line_decoder(None, None, True))
        decoder = self._line_decoder(**options, commit=None, has_time=True)
        return Page._restored(decoder, options["pre_context"], page)

    def _line_decoder(
        self,
        line_height: float | None,
        commit: CommitPolicy | None,
        has_time: bool,
        editable: bool = False,
        field: Field | str | None = None,
        pre_context: str = "",
    ) -> LineDecoder:
        if line_height is not None:
            line_height = positive("line_height", line_height, optional=True)
        return LineDecoder(
            self.model,
            self.beam,
            self.language,
            commit_policy=commit,
            has_time=has_time,
            line_height=line_height,
            editable=editable,
            field=Field.of(field),
            judging=self.judging,
            pre_context=pre_context,
        )

    def with_judge(self, judge: Judge | None, weight: float = 0.4) -> Recognizer:
        """A recogniser whose finished lines of prose are judged by another language model.

        It is for apps that read again when they are idle: a large model takes its time.

        Parameters
        ----------
        judge : Judge or None
            Any object with ``log_probability(texts, context)``, which gives a natural
            log-probability for each text; `inkrec.language.causal_lm.CausalLm` is one. None
            is no judge.
        weight : float, optional
            How much its log-probabilities count beside all else.

        Returns
        -------
        Recognizer
            Shares the model with this one, which stays as it is.

        Raises
        ------
        ModelError
            If it is no judge, or the weight does not lie in 0 to 10.
        """
        return replace(self, judging=None if judge is None else Judging(judge, weight))

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
            Shares the model with this one, which stays as it is. It goes on with sessions
            that this one saved, and this one with its.

        Warns
        -----
        InkWarning
            If words are left out: those that are empty, begin with a mark or hold a character
            that the model cannot write. All others are expected.

        Raises
        ------
        ModelError
            If ``words`` is a text or holds what is none, or the model has no language model.
        """
        if not isinstance(self.language, LanguageScorer):
            raise ModelError("the model has no language model, so words cannot be added to it")
        held, left_out = writable_words(words, self.language.model.alphabet)
        if left_out:
            told = [f"{word!r}, as {why}" for word, why in left_out.items()]
            more = f"; and {len(told) - 5} more" if len(told) > 5 else ""
            message = f"words are left out: {'; '.join(told[:5])}{more}"
            warnings.warn(InkWarning(message), stacklevel=2)
        return replace(self, language=self.language.with_words(held)) if held else self

    def recognize(
        self,
        ink: Ink,
        *,
        line_height: float | None = None,
        pre_context: str = "",
        one_line: bool = False,
        field: Field | str | None = None,
    ) -> Hypothesis:
        """Read one line of ink, written in any order.

        Dots and bars may come when the line is done, words may be put in where there is room.
        Where the strokes' order disagrees with their place, the line is read in both orders
        and the better explained text is taken. Strokes that are no writing are left out and
        told as drawings; ink of several lines is read line by line, with a notice.

        Parameters
        ----------
        ink : Ink
        line_height : float, optional
        pre_context : str
        one_line : bool
            Whether all writing is one line, wherever its strokes lie.
        field : Field or str, optional
            What the line holds; see `session`.

        Returns
        -------
        Hypothesis

        Raises
        ------
        InkError
            If it is no `Ink`, or ``line_height`` no length.
        ModelError
            If there is no such field.
        """
        if not isinstance(ink, Ink):
            raise InkError(f"{ink!r} is no Ink; give inkrec.Ink(strokes)")
        read = partial(self._read_line, line_height=line_height, field=Field.of(field))
        return read_one(ink, read, pre_context, one_line=one_line)

    def characters(self, ink: Ink, hypothesis: Hypothesis) -> tuple[Character, ...]:
        """The ink of each character of a hypothesis: what was read is laid over its ink again.

        That costs about as much as reading it; a page does so when a word is asked for its
        characters.

        Parameters
        ----------
        ink : Ink
            That was read.
        hypothesis : Hypothesis
            What `recognize` said of it.

        Returns
        -------
        tuple of Character
            In the order of the text, spaces left out. Every point of a word's strokes belongs
            to exactly one of them.

        Raises
        ------
        InkError
            If it is no `Ink`, or the hypothesis is of other ink.
        """
        if not isinstance(ink, Ink):
            raise InkError(f"{ink!r} is no Ink; give inkrec.Ink(strokes)")
        most = max((i for w in hypothesis.words for i in w.strokes), default=-1)
        if most >= len(ink):
            raise InkError(
                f"the hypothesis tells of stroke {most}, and the ink has {len(ink)}: give the ink "
                "that was read"
            )
        decoder = self._line_decoder(None, None, ink.has_time)
        return spell_out(decoder, ink, hypothesis)

    def _read_line(
        self,
        ink: Ink,
        pre_context: str,
        line_height: float | None,
        field: Field | None = None,
    ) -> tuple[Hypothesis, float]:
        """Read a line of nothing but writing, and how probable that is."""
        session = self.session(
            line_height=line_height,
            pre_context=pre_context,
            commit=None,
            has_time=ink.has_time,
            field=field,
        )
        session.extend(ink.samples())
        return session._finish_scored()

    def recognize_page(
        self,
        ink: Ink,
        *,
        line_height: float | None = None,
        pre_context: str = "",
        field: Field | str | None = None,
    ) -> PageResult:
        """Read a page of ink, each line with those before it as the text in front of it.

        Columns, margin notes and lines at an angle are told by their place; strokes may come
        in any order. Strokes that are no writing are left out, and told as drawings.

        Parameters
        ----------
        ink : Ink
        line_height : float, optional
        pre_context : str
        field : Field or str, optional
            What each of the lines holds; see `session`.

        Returns
        -------
        PageResult
            A sequence of a `Hypothesis` a line, in the order in which they are read, with
            the page's drawings; strokes are indices in ``ink``.

        Raises
        ------
        InkError
            If it is no `Ink`, or ``line_height`` no length.
        """
        if not isinstance(ink, Ink):
            raise InkError(f"{ink!r} is no Ink; give inkrec.Ink(strokes)")
        read = partial(self._read_line, line_height=line_height, field=Field.of(field))
        return read_page(ink, read, pre_context)
