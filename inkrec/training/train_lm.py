"""Running text to a character n-gram model and a word list: ``inkrec train-lm``."""

from __future__ import annotations

import lzma
import os
import re
import unicodedata
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .._checks import check_ranges
from ..errors import FormatError, ModelError
from ..language.alphabet import Alphabet, normalize

if TYPE_CHECKING:
    from ..language.char_ngram import NgramModel
    from ..language.word_bigram import WordBigram

__all__ = [
    "PRINTABLE",
    "build_language_model",
    "paragraphs",
    "split_punctuation",
    "stream",
    "typed",
]

PRINTABLE = "".join(map(chr, range(32, 127)))
_DASH = re.compile(r"\s*(?:—|--)\s*")
_DASH_LAST = re.compile(r" - (?=[\"'”’](?:\s|$))")
_DOUBLED = re.compile(r"(?<![.?!])([.?!])\1(?![.?!])")
_PART = re.compile(r"(?<=[.?!;:,]) ")
_NO_UTF8 = re.compile("[\udc80-\udcff]")  # what surrogateescape makes of such a byte
_LETTERS = str.maketrans({"æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ß": "ss"})


def typed(text: str, symbols: frozenset[str]) -> str | None:
    """Text as a pen would write it, or None if it needs other symbols.

    Accents that the alphabet lacks are dropped; a dash stands between spaces.

    Examples
    --------
    >>> typed("“Non”—said the curé", frozenset(' "-Nacdehinorstu'))
    '"Non" - said the cure'
    >>> typed("50 £", frozenset(" 05")) is None
    True
    """
    text = _DASH_LAST.sub("-", _DASH.sub(" - ", _DOUBLED.sub(r"\1", text)))
    text = normalize(text)
    if not symbols.issuperset(text):
        plain = (c if c in symbols else c.translate(_LETTERS) for c in text)
        text = "".join(
            c if c in symbols else unicodedata.normalize("NFKD", c)[:1] for c in "".join(plain)
        )
    return text if text and symbols.issuperset(text) else None


def split_punctuation(text: str) -> str:
    r"""Text with its stops and commas set apart, as some transcripts have them.

    Examples
    --------
    >>> split_punctuation('He said, "Mr. Hood isn\'t in."')
    'He said , "Mr . Hood isn\'t in ."'
    """
    return re.sub(r"(?<=\w)([.,])(?!\w)", r" \1", text)


def paragraphs(file: str | os.PathLike[str]) -> Iterator[str]:
    """Lines of a UTF-8 text file, plain or compressed by xz.

    Raises
    ------
    FormatError
        If it holds a byte that is no UTF-8, or is no whole .xz file.
    """
    opener: Callable[..., Any] = lzma.open if Path(file).suffix == ".xz" else open
    number = 0
    with opener(file, "rt", encoding="utf-8", errors="surrogateescape") as lines:
        try:
            for number, line in enumerate(lines, 1):
                if odd := _NO_UTF8.search(line):
                    raise FormatError(
                        f"byte 0x{ord(odd[0]) - 0xDC00:02x} is no UTF-8; convert the text first",
                        file=file, line=number,
                    )  # fmt: skip
                yield line
        except (lzma.LZMAError, EOFError) as error:
            raise FormatError(
                f"broken after line {number} ({error}); compress the text anew", file=file
            ) from None


def stream(
    lines: Iterable[str], alphabet: Alphabet, *, split_punctuation_share: float = 0.0
) -> npt.NDArray[np.uint8]:
    """Running text as symbol numbers from 0, paragraphs joined by a space.

    What the alphabet cannot write is left out, a clause at a time.

    Parameters
    ----------
    lines : iterable of str
        Paragraphs.
    alphabet : Alphabet
        Of symbols below U+0100.
    split_punctuation_share : float
        Share of the text whose punctuation is set apart by `split_punctuation`, in runs of
        some thousand characters.
    """
    allowed = frozenset(alphabet.symbols)
    texts: list[str] = []
    length = 0
    for line in lines:
        text = typed(line, allowed)
        if text is None:
            text = " ".join(filter(None, (typed(part, allowed) for part in _PART.split(line))))
            if not text:
                continue
        chance = zlib.crc32(str(length // 3000).encode()) / 2**32
        texts.append(split_punctuation(text) if chance < split_punctuation_share else text)
        length += len(text) + 1
    codes = np.frombuffer("".join(f"{t} " for t in texts).encode("latin-1"), np.uint8)
    table = np.zeros(256, np.uint8)
    table[[ord(c) for c in alphabet.symbols]] = np.arange(len(alphabet))
    return table[codes]


def build_language_model(
    files: Sequence[str | os.PathLike[str]],
    alphabet: Alphabet,
    *,
    weights: Sequence[float] | None = None,
    order: int = 8,
    threshold: float = 5e-8,
    split_punctuation: float = 0.08,
    words: int = 60_000,
    min_bigram_gain: float = 1e-6,
    about: dict[str, Any] | None = None,
    report: Callable[[str], object] = lambda _: None,
) -> tuple[NgramModel, WordBigram]:
    """A language model of text files, of characters and of words.

    Parameters
    ----------
    files : sequence of path
        UTF-8 text, a paragraph a line; .xz is decompressed.
    alphabet : Alphabet
        Of the model that it is for.
    weights : sequence of float, optional
        What one occurrence in each file counts; 1 by default.
    order : int
        Characters of the longest n-grams.
    threshold : float
        Nats a character that an n-gram must save; smaller is larger.
    split_punctuation : float
        Share of the text whose punctuation is set apart.
    words : int
        Words in the list, at most 65,000.
    min_bigram_gain : float
        Nats a word that a pair of words must save; smaller is larger.
    about : dict, optional
        Kept in the model.
    report : callable, optional
        Told what is being done.

    Raises
    ------
    ModelError
        If there is too little text, the alphabet has no space or goes beyond
        U+00FF, the order is too high for it, or a number is out of its range.
    FormatError
        If a text is no UTF-8, or a broken .xz file.
    """
    from .kneser_ney import check_order, count, estimate, prune
    from .ngram_trie import build_trie
    from .word_bigram import count_word_bigrams

    if " " not in alphabet or any(ord(c) > 255 for c in alphabet.symbols):
        raise ModelError("the alphabet needs a space, and no symbol beyond U+00FF")
    check_order(order, len(alphabet))
    check_ranges(
        SimpleNamespace(
            threshold=threshold, split_punctuation=split_punctuation, words=words,
            min_bigram_gain=min_bigram_gain,
        ),
        threshold="[0, inf)", split_punctuation="[0, 1]", words="[1, 65000]",
        min_bigram_gain="[0, inf)",
    )  # fmt: skip
    weights = [1.0] * len(files) if weights is None else list(weights)
    for weight in weights:
        check_ranges(SimpleNamespace(weight=weight), weight="(0, inf)")
    streams = []
    for file in files:
        report(f"reading {Path(file).name}")
        streams.append(
            stream(paragraphs(file), alphabet, split_punctuation_share=split_punctuation)
        )
    report("counting words")
    listed = count_word_bigrams(streams, weights, alphabet, words, min_bigram_gain)
    counts = count(streams, len(alphabet), order, weights, report)
    sizes = [len(s) for s in streams]
    del streams
    report("choosing n-grams")
    kept = prune(counts, estimate(counts, plain=True), threshold)
    model = None
    for i in range(3):
        report(f"smoothing, pass {i + 1}")
        model = estimate(counts, kept, previous=model)
    assert model is not None
    report("packing")
    card = {
        "texts": [
            {"file": Path(f).name, "characters": n, "weight": w}
            for f, n, w in zip(files, sizes, weights, strict=True)
        ],
        "order": order,
        "threshold": threshold,
        "split_punctuation": split_punctuation,
        "words": words,
        "min_bigram_gain": min_bigram_gain,
        **(about or {}),
    }
    return build_trie(counts, model, kept, alphabet, threshold=threshold, about=card), listed
