"""Batches: the lines that an epoch draws, augmented and grouped by length."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from .._checks import check_ranges
from ..errors import ModelError
from ..features.context_bitmap import with_context_bitmap
from ..features.points import FeatureSettings
from ..language.alphabet import Alphabet
from .augment import AugmentSettings, augment, mask_spans
from .field_texts import field_text
from .line import TrainingLine, concatenate_lines, line_features
from .network import STRIDE
from .synthesis import WriterGlyphs, borrow_glyphs, glyph_lenders, synthesize

__all__ = ["Batch", "BatchSampler", "TrainingSet"]


class Batch(NamedTuple):
    """Padded points and end-to-end labels, as the network and the loss take them."""

    points: Tensor  # (batch, n, channels)
    counts: Tensor  # (batch,)
    labels: Tensor  # (sum of lengths,)
    lengths: Tensor  # (batch,)


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """Lines of one corpus and how much of them an epoch takes.

    Attributes
    ----------
    lines : list of TrainingLine
    epoch_fraction : float
        Part of the lines in an epoch; 2 takes each twice.
    max_words : int
        Up to so many lines of a writer are joined into one line; 1 joins none.
    writers : list of str
        Writer of each line, for joining.
    glyphs : list of WriterGlyphs
        Where given, lines of up to ``max_words`` words are synthesized from them, until an
        epoch has ``epoch_fraction`` times as many characters as there are lines.
    vocabulary : list of str
        Words to synthesize, one as likely as another.
    field_fraction : float
        Part of the synthesized lines that are no words but what a form's field holds
        (`inkrec.training.field_texts`).

    Raises
    ------
    ModelError
        If there is no line, a number is not positive, or a writer is missing.
    """

    lines: list[TrainingLine]
    epoch_fraction: float = 1.0
    max_words: int = 1
    writers: list[str] = field(default_factory=list)
    glyphs: list[WriterGlyphs] = field(default_factory=list)
    vocabulary: list[str] = field(default_factory=list)
    field_fraction: float = 0.0

    def __post_init__(self) -> None:
        if not self.lines:
            raise ModelError("a training set without lines has nothing to teach")
        check_ranges(self, epoch_fraction="(0, inf)", max_words="[1, inf)", field_fraction="[0, 1]")
        if self.max_words > 1 and len(self.writers) != len(self.lines):
            raise ModelError(
                f"{len(self.writers)} writers for {len(self.lines)} lines: joining needs them all"
            )


@dataclass(frozen=True, slots=True)
class BatchSampler:
    """The batches of an epoch; different for each epoch and rank, same for a seed.

    Attributes
    ----------
    sets : list of TrainingSet
    alphabet : Alphabet
    features : FeatureSettings
    augment : AugmentSettings or None
        None: as written, all of it, shortest first.
    points : int
        Points in a batch, about.
    seed, rank, world : int
        Ranks take different batches of the same epoch.
    workers : int
        Processes that make the batches, the same ones, ahead of the network; 0 makes
        each when it is asked for. A core makes some 700 lines a second.
    context_bitmap : bool
        Whether each point comes with the bitmap of the ink around it, as a rescorer takes it.
    views : int
        So many copies of each line lie in a batch, all lines once before any comes again, that
        differ in what is masked.

    Raises
    ------
    ModelError
        If ``workers`` is negative, or ``views`` below 1.
    """

    sets: list[TrainingSet]
    alphabet: Alphabet
    features: FeatureSettings
    augment: AugmentSettings | None
    points: int = 16000
    seed: int = 0
    rank: int = 0
    world: int = 1
    workers: int = 0
    context_bitmap: bool = False
    views: int = 1

    def __post_init__(self) -> None:
        check_ranges(self, workers="[0, inf)", views="[1, inf)")

    def _drawn(self, random: np.random.Generator) -> list[list[TrainingLine]]:
        drawn: list[list[TrainingLine]] = []
        for chosen in self.sets:
            n = len(chosen.lines)
            if self.augment is None:
                drawn += [[line] for line in chosen.lines]
                continue
            if chosen.glyphs:
                drawn += [[line] for line in _synthesized(chosen, random)]
                continue
            whole, part = divmod(chosen.epoch_fraction, 1.0)
            order = [random.permutation(n) for _ in range(int(whole))]
            order.append(random.permutation(n)[: round(part * n)])
            picks = np.concatenate(order)
            if chosen.max_words == 1:
                drawn += [[chosen.lines[i]] for i in picks]
                continue
            by_writer: dict[str, list[int]] = {}
            for i in picks.tolist():
                by_writer.setdefault(chosen.writers[i], []).append(i)
            for queue in by_writer.values():
                while queue:
                    k = int(random.integers(1, chosen.max_words + 1))
                    drawn.append([chosen.lines[i] for i in queue[:k]])
                    del queue[:k]
        return drawn

    def epoch(self, number: int) -> Iterator[Batch]:
        """The batches of one epoch for this rank.

        Parameters
        ----------
        number : int
            Which epoch; with the seed it decides all that is random.

        Yields
        ------
        Batch

        Raises
        ------
        ModelError
            If a line holds a character outside the alphabet, or the lines make fewer
            batches than there are ranks.
        """
        random = np.random.default_rng((self.seed, number))
        drawn = self._drawn(random)
        sizes = np.array([sum(len(p.x) for p in lines) for lines in drawn], float)
        if self.augment is not None:
            sizes *= random.uniform(0.9, 1.1, len(sizes))
        order = np.argsort(sizes, kind="stable")
        groups: list[list[int]] = []
        group: list[int] = []
        for i in order.tolist():
            # raw points stand in for path points: alike in a group, which is what counts
            if group and sizes[i] * (len(group) + 1) * self.views > self.points:
                groups.append(group)
                group = []
            group.append(i)
        if group:
            groups.append(group)
        if self.augment is not None:
            if len(groups) < self.world:
                raise ModelError(
                    f"an epoch makes {len(groups)} batches, too few for {self.world} processes; "
                    f"take smaller batches than {self.points} points"
                )
            # ranks wait for each other: at any time they get batches of like length
            first = int(random.integers(len(groups) % self.world + 1))
            rounds = [
                groups[i : i + self.world]
                for i in range(first, len(groups) - self.world + 1, self.world)
            ]
            random.shuffle(rounds)
            groups = [group for together in rounds for group in together]
        mine = [[drawn[i] for i in group] for group in groups[self.rank :: self.world]]
        made = _Epoch(self, number, mine)
        if self.workers:
            yield from DataLoader(made, batch_size=None, num_workers=self.workers)
        else:
            yield from (made[i] for i in range(len(mine)))

    def _line(
        self, lines: list[TrainingLine], random: np.random.Generator
    ) -> tuple[TrainingLine, float]:
        line = concatenate_lines(lines, random)
        if self.augment is None:
            return line, 1.0
        line = augment(line, self.augment, random)
        # in use the scale follows the ink and is allowed to be off by some
        return line, float(np.exp(0.12 * random.standard_normal()))

    def _batch(self, drawn: list[list[TrainingLine]], random: np.random.Generator) -> Batch:
        made = []
        for lines in drawn:
            line, scale = self._line(lines, random)
            row = line_features(line, self.features, scale)
            if self.context_bitmap:
                row = with_context_bitmap(row)
            made.append((row, self.alphabet.encode(line.text)))
        if self.augment is not None:
            # Too few frames for the label teach nothing. If that holds for all, they
            # are kept, at no loss: ranks that skipped a batch would wait for each other.
            made = [pair for pair in made if _has_enough_frames(*pair)] or made
        rows, labels = zip(*made * self.views, strict=True)
        if self.augment is not None and self.augment.mask_fraction:
            rows = tuple(mask_spans(row, self.augment.mask_fraction, random) for row in rows)
        n = max(map(len, rows))
        padded = np.zeros((len(rows), n, rows[0].shape[1]), np.float32)
        for out, row in zip(padded, rows, strict=True):
            out[: len(row)] = row
        return Batch(
            torch.from_numpy(padded),
            torch.tensor([len(r) for r in rows]),
            torch.tensor([i for label in labels for i in label], dtype=torch.long),
            torch.tensor([len(label) for label in labels]),
        )


class _Epoch(Dataset[Batch]):
    """The batches of an epoch by number, so that any process can make any of them."""

    def __init__(
        self, batches: BatchSampler, number: int, drawn: list[list[list[TrainingLine]]]
    ) -> None:
        self.batches, self.number, self.drawn = batches, number, drawn

    def __len__(self) -> int:
        return len(self.drawn)

    def __getitem__(self, i: int) -> Batch:
        own = self.batches
        random = np.random.default_rng((own.seed, self.number, own.rank, i))
        return own._batch(self.drawn[i], random)


def _synthesized(chosen: TrainingSet, random: np.random.Generator) -> Iterator[TrainingLine]:
    """Lines of an epoch that are synthesized; writers with many glyphs come oftener."""
    weights = (
        np.array([sum(map(len, writer.pieces.values())) for writer in chosen.glyphs], float) ** 2
    )
    weights /= weights.sum()
    left = chosen.epoch_fraction * len(chosen.lines)
    lenders = glyph_lenders(chosen.glyphs) if chosen.field_fraction else {}
    while left > 0:
        glyphs = chosen.glyphs[int(random.choice(len(weights), p=weights))]
        words = []
        if chosen.field_fraction and random.random() < chosen.field_fraction:
            kind = _DECK[int(random.integers(len(_DECK)))]
            text = field_text(kind, random, chosen.vocabulary)
            glyphs = borrow_glyphs(glyphs, text, lenders, random)
            parts = [glyphs.split_word(word, random) for word in text.split()]
            left -= len(text)
            if None not in parts:
                yield synthesize(glyphs, [part for part in parts if part], random)
            continue
        for _ in range(int(random.integers(1, chosen.max_words + 1))):
            for _ in range(_TRIES):
                word = chosen.vocabulary[int(random.integers(len(chosen.vocabulary)))]
                if random.random() < _NONSENSE:
                    i = int(random.integers(len(word)))
                    word = word[:i] + chr(ord("a") + int(random.integers(26))) + word[i + 1 :]
                if pieces := glyphs.split_word(word, random):
                    words.append(pieces)
                    break
        left -= max(1, sum(len(piece) for pieces in words for piece in pieces))
        if words:
            yield synthesize(glyphs, words, random)


_TAUGHT = {
    "word": 1, "name": 1, "number": 3, "date": 1, "time": 1, "money": 1, "phone": 1, "email": 2,
    "url": 1, "code": 2, "program": 1, "path": 2, "formula": 2, "capitals": 4, "signs": 4,
    "character": 6,
}  # fmt: skip
"""How often a text is of each kind of field, where synthesized lines are of fields."""
_DECK = [kind for kind, times in _TAUGHT.items() for _ in range(times)]
_NONSENSE = 0.3  # of the words get another letter, so that letters are read and not words
_TRIES = 50  # words to look at for one that a writer has the glyphs for


def _has_enough_frames(row: npt.NDArray[np.float32], label: list[int]) -> bool:
    """Whether there are enough frames: one a symbol, and a blank between two that are the same."""
    return len(label) + sum(a == b for a, b in pairwise(label)) <= len(row) // STRIDE
