"""Pages to batches: what is drawn in an epoch, augmented, grouped by length."""

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
    """Pages of one corpus and how much of them an epoch takes.

    Attributes
    ----------
    lines : list of Page
    epoch_fraction : float
        Part of the pages in an epoch; 2 takes each twice.
    max_words : int
        Up to so many pages of a writer are joined into one line; 1 joins none.
    writers : list of str
        Writer of each page, for joining.
    glyphs : list of Hand
        Where given, lines of up to ``words`` words are spelled with their pieces, until
        an epoch has ``share`` times as many characters as there are pages.
    vocabulary : list of str
        Words to spell, one as likely as another.
    fields : float
        Part of the spelled lines that are no words but what a form's field holds
        (`inkrec.training.field_texts`).

    Raises
    ------
    ModelError
        If there is no page, share or words are not positive, or a writer is missing.
    """

    lines: list[TrainingLine]
    epoch_fraction: float = 1.0
    max_words: int = 1
    writers: list[str] = field(default_factory=list)
    glyphs: list[WriterGlyphs] = field(default_factory=list)
    vocabulary: list[str] = field(default_factory=list)
    fields: float = 0.0

    def __post_init__(self) -> None:
        if not self.lines:
            raise ModelError("a source without pages has nothing to teach")
        check_ranges(self, epoch_fraction="(0, inf)", max_words="[1, inf)", fields="[0, 1]")
        if self.max_words > 1 and len(self.writers) != len(self.lines):
            raise ModelError(
                f"{len(self.writers)} writers for {len(self.lines)} pages: joining needs them all"
            )


@dataclass(frozen=True, slots=True)
class BatchSampler:
    """The batches of an epoch; different for each epoch and rank, same for a seed.

    Attributes
    ----------
    sources : list of Source
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
        Whether each point comes with the picture around it, as a rescorer takes it.
    views : int
        So many copies of each line lie in a batch, all lines once before any comes again, that
        differ in what is masked.

    Raises
    ------
    ModelError
        If ``workers`` is negative, or ``views`` below 1.
    """

    sources: list[TrainingSet]
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
        for source in self.sources:
            n = len(source.lines)
            if self.augment is None:
                drawn += [[page] for page in source.lines]
                continue
            if source.glyphs:
                drawn += [[line] for line in _spelled(source, random)]
                continue
            whole, part = divmod(source.epoch_fraction, 1.0)
            order = [random.permutation(n) for _ in range(int(whole))]
            order.append(random.permutation(n)[: round(part * n)])
            picks = np.concatenate(order)
            if source.max_words == 1:
                drawn += [[source.lines[i]] for i in picks]
                continue
            by_writer: dict[str, list[int]] = {}
            for i in picks.tolist():
                by_writer.setdefault(source.writers[i], []).append(i)
            for queue in by_writer.values():
                while queue:
                    k = int(random.integers(1, source.max_words + 1))
                    drawn.append([source.lines[i] for i in queue[:k]])
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
            If a page holds a character outside the alphabet, or the pages make fewer
            batches than there are ranks.
        """
        random = np.random.default_rng((self.seed, number))
        drawn = self._drawn(random)
        sizes = np.array([sum(len(p.x) for p in pages) for pages in drawn], float)
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
        self, pages: list[TrainingLine], random: np.random.Generator
    ) -> tuple[TrainingLine, float]:
        page = concatenate_lines(pages, random)
        if self.augment is None:
            return page, 1.0
        page = augment(page, self.augment, random)
        # in use the scale follows the ink and is allowed to be off by some
        return page, float(np.exp(0.12 * random.standard_normal()))

    def _batch(self, drawn: list[list[TrainingLine]], random: np.random.Generator) -> Batch:
        made = []
        for pages in drawn:
            page, scale = self._line(pages, random)
            row = line_features(page, self.features, scale)
            if self.context_bitmap:
                row = with_context_bitmap(row)
            made.append((row, self.alphabet.encode(page.text)))
        if self.augment is not None:
            # Too few frames to spell the label teach nothing. If that holds for all, they
            # are kept, at no loss: ranks that skipped a batch would wait for each other.
            made = [pair for pair in made if _spellable(*pair)] or made
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


def _spelled(source: TrainingSet, random: np.random.Generator) -> Iterator[TrainingLine]:
    """Lines of an epoch that are spelled; hands with much to spell with come oftener."""
    weights = np.array([sum(map(len, hand.pieces.values())) for hand in source.glyphs], float) ** 2
    weights /= weights.sum()
    left = source.epoch_fraction * len(source.lines)
    lenders = glyph_lenders(source.glyphs) if source.fields else {}
    while left > 0:
        hand = source.glyphs[int(random.choice(len(weights), p=weights))]
        words = []
        if source.fields and random.random() < source.fields:
            kind = _DECK[int(random.integers(len(_DECK)))]
            text = field_text(kind, random, source.vocabulary)
            hand = borrow_glyphs(hand, text, lenders, random)
            parts = [hand.spells(word, random) for word in text.split()]
            left -= len(text)
            if None not in parts:
                yield synthesize(hand, [part for part in parts if part], random)
            continue
        for _ in range(int(random.integers(1, source.max_words + 1))):
            for _ in range(_TRIES):
                word = source.vocabulary[int(random.integers(len(source.vocabulary)))]
                if random.random() < _NONSENSE:
                    i = int(random.integers(len(word)))
                    word = word[:i] + chr(ord("a") + int(random.integers(26))) + word[i + 1 :]
                if said := hand.spells(word, random):
                    words.append(said)
                    break
        left -= max(1, sum(len(piece) for said in words for piece in said))
        if words:
            yield synthesize(hand, words, random)


_TAUGHT = {
    "word": 1, "name": 1, "number": 3, "date": 1, "time": 1, "money": 1, "phone": 1, "email": 2,
    "url": 1, "code": 2, "program": 1, "path": 2, "formula": 2, "capitals": 4, "signs": 4,
    "character": 6,
}  # fmt: skip
"""How often a text is of each kind of field, where spelled lines are of fields."""
_DECK = [kind for kind, times in _TAUGHT.items() for _ in range(times)]
_NONSENSE = 0.3  # of the words get another letter, so that letters are read and not words
_TRIES = 50  # words to look at for one that a hand has the letters for


def _spellable(row: npt.NDArray[np.float32], label: list[int]) -> bool:
    """Whether the frames suffice: one a symbol, and a blank between two that are the same."""
    return len(label) + sum(a == b for a, b in pairwise(label)) <= len(row) // STRIDE
