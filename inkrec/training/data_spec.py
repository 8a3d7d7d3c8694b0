"""Which lines of which corpora to train on, as a command says it."""

from __future__ import annotations

import math
import os
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from .._checks import require
from ..corpus import Corpus, Sample
from ..errors import InkError, ModelError
from ..language.alphabet import normalize
from .batches import TrainingSet
from .forced_alignment import load_alignment
from .line import TrainingLine
from .synthesis import collect_glyphs

__all__ = ["DataSpec", "Fold", "training_sets"]


class Fold(NamedTuple):
    """One of n parts of a corpus; a form lies whole in one of them."""

    i: int
    n: int

    def holds(self, form: str) -> bool:
        """Whether a form lies in this part."""
        return zlib.crc32(form.encode()) % self.n == self.i


@dataclass(frozen=True, slots=True)
class DataSpec:
    """Lines of a corpus and how often they are drawn.

    Attributes
    ----------
    split : str
    kind : str or None
        Only samples of this kind.
    share : float
        How often an epoch takes each; 0.5 is every other time.
    words : int
        Up to so many samples of a writer are joined into one line.
    leave, only : Fold or None
        Forms to leave out, forms to take alone.
    every : int
        Only each n-th sample.
    limit : int or None
        At most so many samples.
    cuts : str or None
        A file of `inkrec cut`: lines come cut apart between their words.
    spell : int or None
        Lines of up to so many words are spelled, with samples that are single characters
        or, where there are cuts, with the pieces; the words are those of the other selections.
    fields : float
        Part of the spelled lines that are numbers, addresses, codes and the like instead.
    """

    split: str
    kind: str | None = None
    share: float = 1.0
    words: int = 1
    leave: Fold | None = None
    only: Fold | None = None
    every: int = 1
    limit: int | None = None
    cuts: str | None = None
    spell: int | None = None
    fields: float = 0.0

    @classmethod
    def parse(cls, spec: str) -> tuple[str, DataSpec]:
        """A file's path and what of it is meant.

        Parameters
        ----------
        spec : str
            ``FILE.h5?split=S&kind=K&share=1&words=4&leave=0/5``; only ``split`` is needed.

        Raises
        ------
        ModelError
            If a key is unknown, comes twice, or has a value it cannot have.

        Examples
        --------
        >>> path, selection = Selection.parse("a.h5?split=dev&leave=0/5&limit=10")
        >>> path, selection.leave, selection.limit
        ('a.h5', Fold(i=0, n=5), 10)
        """
        path, _, query = spec.partition("?")
        try:
            pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
        except ValueError:
            raise ModelError(f"{spec!r}: expected KEY=VALUE&KEY=VALUE behind the '?'") from None
        values: dict[str, Any] = {}
        for key, text in pairs:
            if key not in _READERS:
                raise ModelError(f"{spec!r}: unknown key {key!r}; there are {', '.join(_READERS)}")
            if key in values:
                raise ModelError(f"{spec!r}: {key} comes twice")
            what, read = _READERS[key]
            try:
                values[key] = read(text)
            except ValueError:
                raise ModelError(f"{spec!r}: {key} is {text!r}; it must be {what}") from None
        if "fields" in values and "spell" not in values:
            raise ModelError(f"{spec!r}: fields are spelled; say spell=N too")
        if "split" not in values:
            raise ModelError(f"{spec!r}: which split? say FILE.h5?split=NAME")
        return path, cls(**values)

    def read(self, corpus: Corpus) -> list[Sample]:
        """The samples meant, but for the fold: see `takes`.

        Raises
        ------
        FormatError
            If the corpus has no such split or kind.
        """
        indices = corpus.indices(self.split, kind=self.kind)
        return corpus.read(indices[:: self.every][: self.limit].tolist())

    def takes(self, form: str) -> bool:
        """Whether a form is among those meant."""
        if self.leave is not None and self.leave.holds(form):
            return False
        return self.only is None or self.only.holds(form)


def _name(text: str) -> str:
    if not text:
        raise ValueError
    return text


def _count(text: str) -> int:
    if (value := int(text)) < 1:
        raise ValueError
    return value


def _share(text: str) -> float:
    if not 0 < (value := float(text)) < math.inf:
        raise ValueError
    return value


def _part(text: str) -> float:
    if not 0 <= (value := float(text)) <= 1:
        raise ValueError
    return value


def _fold(text: str) -> Fold:
    i, n = map(int, text.split("/"))
    if not 0 <= i < n:
        raise ValueError
    return Fold(i, n)


_NAME, _COUNT = ("a name", _name), ("a whole number from 1 up", _count)
_FOLD = ("i/n, with i from 0 to n - 1, as in 0/5", _fold)
_READERS: dict[str, tuple[str, Any]] = {
    "split": _NAME, "kind": _NAME, "share": ("a positive number", _share), "words": _COUNT,
    "leave": _FOLD, "only": _FOLD, "every": _COUNT, "limit": _COUNT, "cuts": _NAME,
    "spell": _COUNT, "fields": ("a part, 0 to 1", _part),
}  # fmt: skip


def training_sets(
    specs: Sequence[str],
    symbols: str,
    report: Callable[[dict[str, Any]], None] | None = None,
) -> tuple[list[TrainingSet], list[dict[str, Any]]]:
    """Read what specifications name; see `Selection.parse`.

    Parameters
    ----------
    specs : sequence of str
    symbols : str
        Lines with any other character are left out, and counted.
    report : callable, optional
        Called with the report of each as soon as it is read; on a terminal a bar shows how
        far that is.

    Returns
    -------
    sources : list of Source
    reports : list of dict
        For each, what was read and left out; the corpus's name, licence and citation too.

    Raises
    ------
    ModelError
        If a specification is wrong, names no line that can be used, or cuts of other lines.
    FormatError
        If a file is no corpus, or has no such split or kind.
    """
    chosen = [(spec, *DataSpec.parse(spec)) for spec in specs]  # all, before any is read
    found, reports = [], []
    for spec, path, selection in chosen:
        with Corpus(path) as corpus:
            samples = selection.read(corpus)
            attributes = dict(corpus.attributes)
        if report is not None:
            bar = require("tqdm", "train").tqdm
            samples = bar(samples, os.path.basename(path), unit="line", disable=None, leave=False)
        pages, writers, left = _pages(spec, samples, selection, frozenset(symbols))
        if not pages:
            raise ModelError(f"{spec!r} gives no line; left out: {left}")
        found.append(
            TrainingSet(pages, selection.share, selection.spell or selection.words, writers)
        )
        entry = {
            "data": f"{os.path.basename(path)}?{spec.partition('?')[2]}",
            "pages": len(pages),
            "characters": sum(len(page.text) for page in pages),
            "left_out": left,
        }
        about = {"corpus": "name", "licence": "licence", "citation": "citation"}
        entry |= {key: str(attributes.get(k, "")) for key, k in about.items()}
        reports.append(entry)
        if report is not None:
            report(entry)
    vocabulary = sorted(
        {
            word
            for source, (*_, selection) in zip(found, chosen, strict=True)
            if not selection.spell
            for line in source.lines
            for word in line.text.split()
        }
    )
    for i, (spec, _, selection) in enumerate(chosen):
        if selection.spell:
            found[i] = _speller(spec, found[i], vocabulary, selection.fields)
    return found, reports


def _speller(spec: str, source: TrainingSet, vocabulary: list[str], fields: float) -> TrainingSet:
    """A source of single letters or pieces of words with hands and words to spell."""
    pairs = zip(source.lines, source.writers, strict=True)
    able = collect_glyphs([(page, writer) for page, writer in pairs if " " not in page.text])
    if not able:
        raise ModelError(f"{spec!r}: no writer with 15 low-case letters to spell with")
    if not vocabulary:
        raise ModelError(f"{spec!r}: no words to spell; give a selection of words or lines too")
    return replace(source, glyphs=able, vocabulary=vocabulary, fields=fields)


def _pages(
    spec: str, samples: Iterable[Sample], selection: DataSpec, known: frozenset[str]
) -> tuple[list[TrainingLine], list[str], dict[str, int]]:
    """Pages that can be learnt from, their writers, and why others were left out."""
    pages: list[TrainingLine] = []
    writers: list[str] = []
    left = {"fold": 0, "symbols": 0, "extent": 0}
    cuts = {} if selection.cuts is None else load_alignment(selection.cuts)
    letters = selection.spell and selection.cuts is None
    found = False
    for sample in samples:
        text = normalize(sample.text)
        if not selection.takes(sample.form):
            left["fold"] += 1
        elif not text or not known.issuperset(text):
            left["symbols"] += 1
        else:
            try:
                page = TrainingLine.from_ink(sample.ink, text, 1.0 if letters else None)
            except InkError:
                left["extent"] += 1
            else:
                pieces = [page]
                if sample.id in cuts:
                    found = True
                    places = cuts[sample.id]
                    if not selection.spell:  # whole words are joined
                        places = [(stroke, i) for stroke, i in places if text[i - 1 : i] == " "]
                    pieces = page.pieces(places)
                pages += pieces
                writers += [sample.writer or sample.form] * len(pieces)
    if pages and selection.cuts is not None and not found:
        raise ModelError(
            f"{spec!r}: {selection.cuts} holds none of these lines; give the file that "
            "`inkrec cut` made of this corpus and split"
        )
    return pages, writers, left
