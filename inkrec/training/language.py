"""Building the language model from running text."""

from __future__ import annotations

import lzma
import re
import unicodedata
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..alphabet import normalize

__all__ = ["paragraphs", "spaced", "stream", "typed"]

_DASH = re.compile(r" *(?:—|--) *")
_DOUBLED = re.compile(r"(?<![.?!])([.?!])\1(?![.?!])")
_SENTENCE = re.compile(r"(?<=[.?!;:,]) ")
_JOINED = str.maketrans({"æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ß": "ss"})


def typed(paragraph: str, symbols: frozenset[str]) -> str | None:
    """A paragraph as a pen would write it, or None if it needs other symbols.

    Accents that the alphabet lacks are dropped; a dash stands between spaces.

    Examples
    --------
    >>> typed("“Non”—said the curé", frozenset(' "-Nacdehinorstu'))
    '"Non" - said the cure'
    >>> typed("50 £", frozenset(" 05")) is None
    True
    """
    text = normalize(_DASH.sub(" - ", _DOUBLED.sub(r"\1", paragraph)))
    text = re.sub(r' - (?=["\'](?:\s|$))', "-", text)
    if not symbols.issuperset(text):
        text = text.translate(_JOINED)
        text = "".join(
            c if c in symbols else unicodedata.normalize("NFKD", c)[:1] for c in text
        )
    return text if text and symbols.issuperset(text) else None


def spaced(paragraph: str) -> str:
    """Text with its stops and commas set apart, as the transcripts of some corpora are.

    Examples
    --------
    >>> spaced('He said, "Mr. Hood isn\\'t in."')
    'He said , "Mr . Hood isn\\'t in ."'
    """
    return re.sub(r"(?<=\w)([.,])(?!\w)", r" \1", paragraph)


def paragraphs(file: Path) -> Iterator[str]:
    """Lines of a text file, plain or compressed by xz."""
    opener = lzma.open if file.suffix == ".xz" else open
    with opener(file, "rt", encoding="utf-8") as lines:
        yield from lines


def stream(
    lines: Iterable[str], symbols: str, *, spaced_share: float = 0.0
) -> npt.NDArray[np.uint8]:
    """Running text as places in an alphabet, paragraphs joined by a space.

    Parameters
    ----------
    lines : iterable of str
        Paragraphs.
    symbols : str
        The alphabet.
    spaced_share : float
        Share of the text that is `spaced`, in runs of some thousand characters.
    """
    allowed = frozenset(symbols)
    texts: list[str] = []
    length = 0
    for line in lines:
        text = typed(line, allowed) or " ".join(
            filter(None, (typed(part, allowed) for part in _SENTENCE.split(line)))
        )
        if not text:
            continue
        block = zlib.crc32(str(length // 3000).encode()) / 2**32
        texts.append(spaced(text) if block < spaced_share else text)
        length += len(text) + 1
    codes = np.frombuffer(" ".join([*texts, ""]).encode("latin-1"), np.uint8)
    table = np.zeros(256, np.uint8)
    table[[ord(c) for c in symbols]] = np.arange(len(symbols))
    return table[codes]
