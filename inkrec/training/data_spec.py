"""Which lines of which corpora to train on: the tables ``[[data]]`` of a recipe."""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar

from .._checks import check_ranges, require
from ..corpus import Corpus, Sample
from ..errors import InkError, ModelError
from ..language.alphabet import normalize
from .batches import TrainingSet
from .forced_alignment import load_alignment
from .line import TrainingLine
from .synthesis import collect_glyphs

__all__ = ["DataSpec", "Fold", "training_sets"]

Report = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Fold:
    """One of n parts of a corpus; a form lies whole in one of them.

    Attributes
    ----------
    i, n : int
        The part's number, from 0, and how many there are.
    """

    i: int
    n: int
    FORM: ClassVar[str] = 'i/n, with i from 0 to n - 1, as in "0/5"'

    @classmethod
    def parse(cls, text: str) -> Fold | None:
        """The part that a text such as ``0/5`` names, or None if it names none.

        Examples
        --------
        >>> Fold.parse("0/5"), Fold.parse("5/5")
        (Fold(i=0, n=5), None)
        """
        found = re.fullmatch(r"(\d+)/(\d+)", text)
        if found is None or not int(found[1]) < int(found[2]):
            return None
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        """The text that `parse` takes."""
        return f"{self.i}/{self.n}"

    def holds(self, form: str) -> bool:
        """Whether a form lies in this part."""
        return zlib.crc32(form.encode()) % self.n == self.i


@dataclass(frozen=True, slots=True)
class DataSpec:
    """Lines of a corpus and how often they are drawn.

    Attributes
    ----------
    file : str
        The corpus, an HDF5 file.
    split : str
    kind : str or None
        Only samples of this kind.
    weight : float
        How often an epoch takes each; 0.5 is every other time.
    join : int
        Up to so many samples of a writer are joined into one line.
    synthesize : int or None
        Lines of up to so many words are synthesized from glyphs: from samples that are single
        characters or, where there is an alignment, from pieces of lines. The words are those
        of the other data.
    field_fraction : float
        Part of the synthesized lines that are numbers, addresses, codes and the like instead:
        see `inkrec.training.field_texts`.
    alignment : str or None
        A file of `inkrec align`, by which lines come cut apart between their words.
    exclude_fold, only_fold : Fold or None
        Forms to leave out, forms to take alone.
    every : int
        Only each n-th sample.
    limit : int or None
        At most so many samples.

    Raises
    ------
    ModelError
        If a number is out of its range, or there are fields and nothing to synthesize.
    """

    file: str
    split: str
    kind: str | None = None
    weight: float = 1.0
    join: int = 1
    synthesize: int | None = None
    alignment: str | None = None
    exclude_fold: Fold | None = None
    only_fold: Fold | None = None
    every: int = 1
    limit: int | None = None
    field_fraction: float = 0.0

    def __post_init__(self) -> None:
        check_ranges(
            self, weight="(0, inf)", join="[1, inf)", every="[1, inf)", field_fraction="[0, 1]"
        )
        if self.field_fraction and self.synthesize is None:
            raise ModelError(
                f"field_fraction is {self.field_fraction}, and fields are synthesized; set "
                "synthesize to a number of words too"
            )
        for name in ("synthesize", "limit"):
            if getattr(self, name) is not None:
                check_ranges(self, **{name: "[1, inf)"})

    def __str__(self) -> str:
        """What is read, in a phrase: ``iam.h5, split testset_v, every 5``."""
        parts = [os.path.basename(self.file), f"split {self.split}"]
        for known in fields(self)[2:]:
            value = getattr(self, known.name)
            if value != known.default:
                name = os.path.basename(value) if known.name == "alignment" else value
                parts.append(f"{known.name} {name}")
        return ", ".join(parts)

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
        if self.exclude_fold is not None and self.exclude_fold.holds(form):
            return False
        return self.only_fold is None or self.only_fold.holds(form)


def training_sets(
    specs: Sequence[DataSpec], symbols: str, report: Report | None = None
) -> tuple[list[TrainingSet], list[dict[str, Any]]]:
    """Read what specifications name.

    Parameters
    ----------
    specs : sequence of DataSpec
    symbols : str
        Lines with any other character are left out, and counted.
    report : callable, optional
        Called with the report of each as soon as it is read; on a terminal a bar shows how
        far that is.

    Returns
    -------
    sets : list of TrainingSet
    reports : list of dict
        For each, what was read and left out; the corpus's name, licence and citation too.

    Raises
    ------
    ModelError
        If a specification names no line that can be used, or an alignment of other lines.
    FormatError
        If a file is no corpus, or has no such split or kind.
    """
    sets, reports = [], []
    for spec in specs:
        with Corpus(spec.file) as corpus:
            samples = spec.read(corpus)
            attributes = dict(corpus.attributes)
        if report is not None:
            bar = require("tqdm", "train").tqdm
            name = os.path.basename(spec.file)
            samples = bar(samples, name, unit="line", disable=None, leave=False)
        lines, writers, left = _lines(samples, spec, frozenset(symbols))
        if not lines:
            raise ModelError(f"{spec} gives no line; left out: {left}")
        sets.append(TrainingSet(lines, spec.weight, spec.synthesize or spec.join, writers))
        entry = {
            "data": str(spec),
            "lines": len(lines),
            "characters": sum(len(line.text) for line in lines),
            "left_out": left,
        }
        about = {"corpus": "name", "licence": "licence", "citation": "citation"}
        entry |= {key: str(attributes.get(k, "")) for key, k in about.items()}
        reports.append(entry)
        if report is not None:
            report(entry)
    whole = [found for found, spec in zip(sets, specs, strict=True) if not spec.synthesize]
    vocabulary = sorted({w for found in whole for line in found.lines for w in line.text.split()})
    for i, spec in enumerate(specs):
        if spec.synthesize:
            sets[i] = _with_glyphs(spec, sets[i], vocabulary)
    return sets, reports


def _with_glyphs(spec: DataSpec, lines: TrainingSet, vocabulary: list[str]) -> TrainingSet:
    """A set of single letters or pieces of words with glyphs and words to synthesize."""
    pairs = zip(lines.lines, lines.writers, strict=True)
    glyphs = collect_glyphs([(line, writer) for line, writer in pairs if " " not in line.text])
    if not glyphs:
        raise ModelError(f"{spec}: no writer with 15 low-case letters to synthesize lines with")
    if not vocabulary:
        raise ModelError(f"{spec}: no words to synthesize; give data that holds words or lines too")
    return replace(lines, glyphs=glyphs, vocabulary=vocabulary, field_fraction=spec.field_fraction)


def _lines(
    samples: Iterable[Sample], spec: DataSpec, known: frozenset[str]
) -> tuple[list[TrainingLine], list[str], dict[str, int]]:
    """Lines that can be learnt from, their writers, and why others were left out."""
    lines: list[TrainingLine] = []
    writers: list[str] = []
    left = {"fold": 0, "symbols": 0, "extent": 0}
    alignment = {} if spec.alignment is None else load_alignment(spec.alignment)
    letters = spec.synthesize and spec.alignment is None
    found = False
    for sample in samples:
        text = normalize(sample.text)
        if not spec.takes(sample.form):
            left["fold"] += 1
        elif not text or not known.issuperset(text):
            left["symbols"] += 1
        else:
            try:
                line = TrainingLine.from_ink(sample.ink, text, 1.0 if letters else None)
            except InkError:
                left["extent"] += 1
            else:
                pieces = [line]
                if sample.id in alignment:
                    found = True
                    cuts = alignment[sample.id]
                    if not spec.synthesize:  # whole words are joined
                        cuts = [(stroke, i) for stroke, i in cuts if text[i - 1 : i] == " "]
                    pieces = line.pieces(cuts)
                lines += pieces
                writers += [sample.writer or sample.form] * len(pieces)
    if lines and spec.alignment is not None and not found:
        raise ModelError(
            f"{spec}: {spec.alignment} holds none of these lines; give the file that "
            "`inkrec align` made of this corpus and split"
        )
    return lines, writers, left
