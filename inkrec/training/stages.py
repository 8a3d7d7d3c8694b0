"""Stages of a recipe that train no network: aligned lines, and the language model.

Each is done once: a product that lies there is taken as it is if it was made the same way, and
refused if not.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .._checks import check_ranges, require
from ..corpus import Corpus
from ..errors import ModelError
from ..language.alphabet import Alphabet, normalize
from ..language.char_ngram import NgramModel, open_arrays
from ..model import load_model
from .forced_alignment import align_words, load_about, save_alignment
from .kneser_ney import check_order
from .train_lm import PRINTABLE, build_language_model

__all__ = ["AlignStage", "LanguageStage", "TextFile", "align_corpus", "train_language_model"]

Report = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class AlignStage:
    """Where the lines of a corpus can be cut apart: a table ``[align.NAME]``.

    Attributes
    ----------
    file : str
        The corpus.
    split : tuple of str
    model : str
        Which aligns: a bundled model's name, or a file.
    letters : bool
        Whether lines are cut between letters too, and not only between words.
    """

    file: str
    split: tuple[str, ...]
    model: str = "en"
    letters: bool = False


@dataclass(frozen=True, slots=True)
class TextFile:
    """A text of a language model, plain or .xz, and what one occurrence in it counts."""

    file: str
    weight: float = 1.0

    def __post_init__(self) -> None:
        check_ranges(self, weight="(0, inf)")


@dataclass(frozen=True, slots=True)
class LanguageStage:
    """The language model: the table ``[language_model]``; keys as of ``inkrec train-lm``.

    Raises
    ------
    ModelError
        If a number is out of its range.
    """

    texts: tuple[TextFile, ...]
    order: int = 8
    threshold: float = 5e-8
    split_punctuation: float = 0.08
    words: int = 60_000
    min_bigram_gain: float = 1e-6
    licence: str | None = None

    def __post_init__(self) -> None:
        check_order(self.order, len(PRINTABLE))
        check_ranges(
            self, threshold="[0, inf)", split_punctuation="[0, 1]", words="[1, 65000]",
            min_bigram_gain="[0, inf)",
        )  # fmt: skip


def align_corpus(stage: AlignStage, path: Path, report: Report, *, anew: bool = False) -> None:
    """Write where the lines of a corpus can be cut apart, as a model sees it.

    Parameters
    ----------
    stage : AlignStage
    path : Path
        The file to write.
    report : callable
        Told how many lines were cut at how many places.
    anew : bool
        Whether a file that is there is written over.

    Raises
    ------
    ModelError
        If the file is there and is of another corpus, split, model or kind.
    FormatError
        If the corpus cannot be read.
    """
    about = asdict(stage) | {"file": os.path.basename(stage.file), "split": list(stage.split)}
    if path.exists() and not anew:
        _compare(path, about, load_about(path))
        return
    tqdm = require("tqdm", "train").tqdm
    model = load_model(stage.model)
    known = frozenset(model.alphabet.symbols)
    alignment, counts = {}, {"spaces": 0, "cut_spaces": 0, "cut_letters": 0}
    with Corpus(stage.file) as corpus:
        indices = [i for split in stage.split for i in corpus.indices(split).tolist()]
        for i in tqdm(indices, unit="line", disable=None, leave=False):
            sample = corpus[i]
            text = normalize(sample.text)
            if known.issuperset(text):
                found = align_words(model, sample.ink, text, letters=stage.letters)
                alignment[sample.id] = found
                between = sum(text[i - 1] == " " for _, i in found)
                counts["spaces"] += text.count(" ")
                counts["cut_spaces"] += between
                counts["cut_letters"] += len(found) - between
    path.parent.mkdir(parents=True, exist_ok=True)
    save_alignment(path, alignment, **about)
    report(
        {"aligned": os.fspath(path), "lines": len(alignment), "letters": stage.letters, **counts}
    )


def train_language_model(stage: LanguageStage, path: Path, report: Report) -> None:
    """Build the language model of a recipe.

    Parameters
    ----------
    stage : LanguageStage
    path : Path
        The file to write.
    report : callable
        Told its size.

    Raises
    ------
    ModelError
        If the file is there and was built otherwise, or there is too little text.
    FormatError
        If a text is no UTF-8, or a broken .xz file.
    """
    keys = ("order", "threshold", "split_punctuation", "words", "min_bigram_gain")
    about: dict[str, Any] = {key: getattr(stage, key) for key in keys}
    if path.exists():
        known = NgramModel.from_arrays(open_arrays(path)).about
        texts = [{"file": t["file"], "weight": t["weight"]} for t in known.get("texts", [])]
        mine = [{"file": os.path.basename(t.file), "weight": t.weight} for t in stage.texts]
        _compare(path, about | {"texts": mine}, {**known, "texts": texts})
        return
    more = {"licence": stage.licence} if stage.licence else {}
    tqdm = require("tqdm", "train").tqdm
    total = len(stage.texts) + stage.order + 7
    with tqdm(total=total, unit="step", disable=None, leave=False) as bar:

        def step(what: str) -> None:
            bar.update()
            bar.set_description(what)

        model, listed = build_language_model(
            [text.file for text in stage.texts],
            Alphabet(PRINTABLE),
            weights=[text.weight for text in stage.texts],
            about=more,
            report=step,
            **about,
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    model.save(path, **listed.to_arrays())
    report({"language_model": os.fspath(path), "megabytes": round(os.path.getsize(path) / 1e6, 2)})


def _compare(path: Path, mine: dict[str, Any], theirs: dict[str, Any]) -> None:
    """Refuse a product that was made in another way."""
    for key, value in json.loads(json.dumps(mine)).items():
        if theirs.get(key) != value:
            raise ModelError(
                f"{path} was made with {key} {theirs.get(key)!r}, not {value!r}; delete it, or "
                "take another output"
            )
