"""Where the errors are: by character, by writer, by length of the line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import NamedTuple

from .. import metrics
from ..metrics.accuracy import levenshtein
from .runner import LineResult

__all__ = [
    "Character",
    "Group",
    "Piece",
    "aligned",
    "by_length",
    "by_writer",
    "characters",
    "confidences",
    "confusions",
    "reliability",
]


class Piece(NamedTuple):
    """A stretch of an alignment: equal where ``true == read``."""

    true: str
    read: str


class Character(NamedTuple):
    """How a character of the true texts fared.

    Attributes
    ----------
    symbol : str
    written : int
        How often it was written.
    wrong : int
        How often it was read as another or not at all.
    taken_for : tuple of (str, int)
        What for, most frequent first; ``""`` where it was not read at all.
    """

    symbol: str
    written: int
    wrong: int
    taken_for: tuple[tuple[str, int], ...]


class Group(NamedTuple):
    """Lines that have something in common, and their character error rate in percent."""

    name: str
    lines: int
    characters: int
    cer: float


def aligned(true: str, read: str) -> list[Piece]:
    """Two texts side by side, in stretches that are equal or differ.

    Examples
    --------
    >>> [tuple(piece) for piece in aligned("cat", "coat!")]
    [('c', 'c'), ('', 'o'), ('at', 'at'), ('', '!')]
    """
    return [
        Piece(true[op.src_start : op.src_end], read[op.dest_start : op.dest_end])
        for op in levenshtein().opcodes(true, read)
    ]


def confusions(pairs: Iterable[tuple[str, str]]) -> Counter[tuple[str, str]]:
    """How often each character was read as another; ``""`` stands for nothing.

    Examples
    --------
    >>> confusions([("cat", "oat"), ("cat", "at")]).most_common()
    [(('c', 'o'), 1), (('c', ''), 1)]
    """
    found: Counter[tuple[str, str]] = Counter()
    for true, read in pairs:
        for piece in aligned(true, read):
            if piece.true == piece.read:
                continue
            if len(piece.true) == len(piece.read):
                found.update(zip(piece.true, piece.read, strict=True))
            else:
                found.update((c, "") for c in piece.true)
                found.update(("", c) for c in piece.read)
    return found


def characters(pairs: Sequence[tuple[str, str]]) -> list[Character]:
    """Every character of the true texts, those with most errors first."""
    counts = Counter(c for true, _ in pairs for c in true)
    taken: dict[str, Counter[str]] = {c: Counter() for c in counts}
    for (true, read), n in confusions(pairs).items():
        if true:
            taken[true][read] += n
    table = [
        Character(c, n, taken[c].total(), tuple(taken[c].most_common())) for c, n in counts.items()
    ]
    return sorted(table, key=lambda row: (-row.wrong, row.symbol))


def _grouped(
    lines: Iterable[LineResult], key: Callable[[LineResult], Hashable]
) -> dict[Hashable, list[LineResult]]:
    groups: dict[Hashable, list[LineResult]] = {}
    for line in lines:
        groups.setdefault(key(line), []).append(line)
    return groups


def _group(name: str, lines: Sequence[LineResult], which: str) -> Group:
    references = [line.reference for line in lines]
    rate = metrics.cer(references, [line.passes[which] for line in lines])
    return Group(name, len(lines), sum(map(len, references)), rate)


def by_writer(lines: Sequence[LineResult], which: str) -> list[Group]:
    """Character error rate of each writer in one pass, best first.

    Where the corpus names no writers, of each form, which one hand has written.
    """
    named = any(line.writer for line in lines)
    groups = _grouped(lines, lambda line: line.writer if named else line.form)
    return sorted(
        (_group(str(name), part, which) for name, part in groups.items()),
        key=lambda group: (group.cer, group.name),
    )


def by_length(lines: Sequence[LineResult], which: str, width: int = 8) -> list[Group]:
    """Character error rate in one pass by characters a line, in steps of ``width``."""
    groups = _grouped(lines, lambda line: len(line.reference) // width)
    return [
        _group(f"{k * width}-{k * width + width - 1}", groups[k], which)
        for k in sorted(k for k in groups if isinstance(k, int))
    ]


def confidences(lines: Iterable[LineResult]) -> list[tuple[float, bool]]:
    """Of every word read: how sure the model was, and whether it is right."""
    return [
        (confidence, right)
        for line in lines
        for (_, confidence), right in zip(
            line.words,
            metrics.words_right(line.reference.split(), [word for word, _ in line.words]),
            strict=True,
        )
    ]


def reliability(
    said: Sequence[tuple[float, bool]], bins: int = 10
) -> list[tuple[float, float, int]]:
    """For each bin of confidence that holds words: mean said, share right, words."""
    sums = metrics.confidence_bins([sure for sure, _ in said], [ok for _, ok in said], bins)
    return [(c / n, right / n, int(n)) for c, right, n in sums.tolist() if n]
