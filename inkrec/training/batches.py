"""Pages to batches: what is drawn in an epoch, augmented, grouped by length."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..alphabet import Alphabet
from ..features import Anchor, FeatureSettings
from .augment import AugmentSettings, Page, augment, join, points
from .network import STRIDE

__all__ = ["Batch", "Batches", "Source"]


class Batch(NamedTuple):
    """Padded points and end-to-end labels, as the network and the loss take them."""

    points: Tensor  # (batch, n, channels)
    counts: Tensor  # (batch,)
    labels: Tensor  # (sum of lengths,)
    lengths: Tensor  # (batch,)


@dataclass(frozen=True, slots=True)
class Source:
    """Pages of one corpus and how much of them an epoch takes.

    Attributes
    ----------
    pages : list of Page
    share : float
        Part of the pages in an epoch; 2 takes each twice.
    words : int
        Up to so many pages of a writer are joined into one line; 1 joins none.
    writers : list of str
        Writer of each page, for joining.
    """

    pages: list[Page]
    share: float = 1.0
    words: int = 1
    writers: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Batches:
    """The batches of an epoch; different for each epoch and rank, same for a seed.

    Attributes
    ----------
    sources : list of Source
    alphabet : Alphabet
    features : FeatureSettings
    augment : AugmentSettings or None
        None: as written, in order.
    points : int
        Points in a batch, about.
    seed, rank, world : int
        Ranks take different batches of the same epoch.
    """

    sources: list[Source]
    alphabet: Alphabet
    features: FeatureSettings
    augment: AugmentSettings | None
    points: int = 16000
    seed: int = 0
    rank: int = 0
    world: int = 1

    def _drawn(self, random: np.random.Generator) -> list[list[Page]]:
        drawn: list[list[Page]] = []
        for source in self.sources:
            n = len(source.pages)
            if self.augment is None:
                drawn += [[page] for page in source.pages]
                continue
            whole, part = divmod(source.share, 1.0)
            order = [random.permutation(n) for _ in range(int(whole))]
            order.append(random.permutation(n)[: round(part * n)])
            picks = np.concatenate(order)
            if source.words == 1:
                drawn += [[source.pages[i]] for i in picks]
                continue
            by_writer: dict[str, list[int]] = {}
            for i in picks.tolist():
                by_writer.setdefault(source.writers[i], []).append(i)
            for queue in by_writer.values():
                while queue:
                    k = int(random.integers(1, source.words + 1))
                    drawn.append([source.pages[i] for i in queue[:k]])
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
            if group and sizes[i] * (len(group) + 1) > self.points:
                groups.append(group)
                group = []
            group.append(i)
        if group:
            groups.append(group)
        if self.augment is not None:
            random.shuffle(groups)  # type: ignore[arg-type]
            groups = groups[: len(groups) // self.world * self.world]
        own = np.random.default_rng((self.seed, number, self.rank))
        for group in groups[self.rank :: self.world]:
            batch = self._batch([drawn[i] for i in group], own)
            if batch is not None:
                yield batch

    def _page(self, pages: list[Page], random: np.random.Generator) -> tuple[Page, Anchor]:
        page = join(pages, random)
        if self.augment is None:
            return page, Anchor(1.0)
        page = augment(page, self.augment, random)
        # in use the anchor follows the ink and is allowed to be off by some
        return page, Anchor(float(np.exp(0.12 * random.standard_normal())))

    def _batch(self, drawn: list[list[Page]], random: np.random.Generator) -> Batch | None:
        rows, labels = [], []
        for pages in drawn:
            page, anchor = self._page(pages, random)
            label = self.alphabet.encode(page.text)
            row = points(page, self.features, anchor)
            need = len(label) + sum(a == b for a, b in zip(label, label[1:], strict=False))
            if need <= len(row) // STRIDE:
                rows.append(row)
                labels.append(label)
        if not rows:
            return None
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
