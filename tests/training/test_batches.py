"""Batches: the same for a seed, shared out among ranks, labels that spell the pages."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from letters import page as letters

from inkrec import Ink, ModelError, Stroke
from inkrec.features.context_bitmap import with_context_bitmap
from inkrec.features.points import CHANNELS, FeatureSettings
from inkrec.language.alphabet import Alphabet
from inkrec.training.augment import AugmentSettings
from inkrec.training.line import TrainingLine, concatenate_lines, line_features

torch = pytest.importorskip("torch", reason="batches are PyTorch tensors, the extra 'train'")
torch.set_num_threads(1)

from inkrec.training.batches import Batch, BatchSampler, TrainingSet  # noqa: E402

ALPHABET = Alphabet(" abcdefghijklmnopqrstuvwxyz")
PAGES = [TrainingLine.from_ink(*letters(i)) for i in range(24)]


def numbered(n: int = 24) -> list[TrainingLine]:
    """Pages whose texts tell them apart."""
    return [replace(p, text=chr(ord("a") + i)) for i, p in enumerate(PAGES[:n])]


def batches(
    pages: list[TrainingLine] = PAGES, share: float = 1.0, **options: object
) -> BatchSampler:
    settings = {"augment": AugmentSettings(), "points": 1500} | options
    return BatchSampler([TrainingSet(pages, share)], ALPHABET, FeatureSettings(), **settings)


def texts(batch: Batch) -> list[str]:
    labels = torch.split(batch.labels, batch.lengths.tolist())
    return [ALPHABET.decode(label.tolist()) for label in labels]


def every(source: BatchSampler, number: int = 0) -> list[str]:
    return [text for batch in source.epoch(number) for text in texts(batch)]


def equal(a: list[Batch], b: list[Batch]) -> bool:
    return len(a) == len(b) and all(
        x.shape == y.shape and torch.equal(x, y)
        for one, other in zip(a, b, strict=True)
        for x, y in zip(one, other, strict=True)
    )


def test_a_seed_and_an_epoch_decide_all_that_is_random():
    whole = list(batches(seed=3).epoch(5))
    assert len(whole) > 3
    assert equal(whole, list(batches(seed=3).epoch(5)))
    assert not equal(whole, list(batches(seed=3).epoch(6)))
    assert not equal(whole, list(batches(seed=4).epoch(5)))


def test_workers_make_the_same_batches_in_the_same_order():
    here = list(batches(seed=3).epoch(5))
    assert equal(here, list(batches(seed=3, workers=2).epoch(5)))
    with pytest.raises(ModelError, match="workers is -1"):
        batches(workers=-1)


def test_rows_are_padded_with_zeros_after_their_end():
    for batch in batches().epoch(0):
        rows, longest, channels = batch.points.shape
        assert channels == 12
        assert rows == len(batch.counts) == len(batch.lengths)
        assert longest == int(batch.counts.max())
        assert batch.points.dtype == torch.float32
        assert torch.isfinite(batch.points).all()
        for row, count in zip(batch.points, batch.counts.tolist(), strict=True):
            assert row[:count].abs().sum(1).min() > 0
            assert not row[count:].any()


def test_an_epoch_takes_every_page_once_and_labels_spell_them():
    assert sorted(every(batches())) == sorted(p.text for p in PAGES)
    assert sorted(every(batches(augment=None))) == sorted(p.text for p in PAGES)


@pytest.mark.parametrize(("share", "least"), [(2.0, 2), (0.5, 0), (1.5, 1)])
def test_a_share_draws_pages_so_many_times(share, least):
    drawn = every(batches(numbered(), share))
    assert len(drawn) == round(share * 24)
    counts = [drawn.count(p.text) for p in numbered()]
    assert min(counts) == least
    assert max(counts) == least + (share % 1 > 0)
    other = every(batches(numbered(), share), 1)
    assert other != drawn


def test_lines_of_like_length_go_together():
    long = [replace(concatenate_lines([*PAGES[:3]], np.random.default_rng(0)), text="ab")] * 6
    short = [TrainingLine.from_ink(letters(0)[0][:3], "c")] * 6
    for batch in batches(long + short).epoch(0):
        assert len(set(texts(batch))) == 1


# ---- ranks


@pytest.mark.parametrize("world", [2, 3])
def test_ranks_take_different_batches_and_as_many(world):
    whole = batches(numbered(), points=800)
    ranks = [list(replace(whole, rank=r, world=world).epoch(1)) for r in range(world)]
    assert len({len(b) for b in ranks}) == 1
    assert len(ranks[0]) >= 2
    seen = [[t for batch in b for t in texts(batch)] for b in ranks]
    drawn = [t for rank in seen for t in rank]
    assert len(drawn) == len(set(drawn)), "two ranks took the same page"
    assert len(drawn) > 24 / 2
    total = len(list(whole.epoch(1)))
    assert len(ranks[0]) == total // world


def test_ranks_check_every_line_between_them():
    whole = batches(numbered(), augment=None, points=800)
    drawn = sorted(t for r in range(3) for t in every(replace(whole, rank=r, world=3)))
    assert drawn == sorted(p.text for p in numbered())


def test_more_ranks_than_batches_are_refused():
    with pytest.raises(ModelError, match="an epoch makes 1 batches, too few for 4 processes"):
        list(batches(points=10**6, world=4).epoch(0))


def test_a_rank_keeps_its_batch_even_if_no_line_of_it_can_be_spelled():
    crowded = [replace(p, text="o" * 500) for p in PAGES[:4]]
    (batch,) = batches(crowded, points=10**6).epoch(0)
    assert len(batch.counts) == 4
    mixed = [*crowded, *numbered(4)]
    (batch,) = batches(mixed, points=10**6).epoch(0)
    assert sorted(texts(batch)) == ["a", "b", "c", "d"], "those teach nothing beside others"


def test_a_check_leaves_no_line_out_however_short_its_ink():
    crowded = [replace(p, text="o" * 500) for p in PAGES[:2]]
    assert every(batches(crowded, augment=None)) == ["o" * 500] * 2


def test_a_check_is_as_written():
    (batch,) = batches([PAGES[3]], augment=None).epoch(0)
    row = line_features(PAGES[3], FeatureSettings(), 1.0)
    np.testing.assert_array_equal(batch.points[0].numpy(), row)


def test_the_context_bitmap_comes_after_the_channels_and_is_masked_with_them():
    (plain,) = batches([PAGES[3]], augment=None).epoch(0)
    (batch,) = batches([PAGES[3]], augment=None, context_bitmap=True).epoch(0)
    np.testing.assert_array_equal(
        batch.points[0].numpy(), with_context_bitmap(plain.points[0].numpy())
    )
    (batch,) = batches(
        [PAGES[3]], augment=AugmentSettings(mask_fraction=0.5), context_bitmap=True
    ).epoch(0)
    row = batch.points[0].numpy()
    wiped = (row[:, : len(CHANNELS)] == 0).all(1)
    assert 0 < wiped.sum() < len(row)
    np.testing.assert_array_equal((row == 0).all(1), wiped)


def test_views_of_a_line_differ_in_what_is_masked():
    plain = list(batches(views=2, augment=AugmentSettings()).epoch(0))
    made = list(batches(views=2, augment=AugmentSettings(mask_fraction=0.3)).epoch(0))
    assert sorted(every(batches(views=2))) == sorted(2 * [p.text for p in PAGES])
    for whole, batch in zip(plain, made, strict=True):
        n = len(batch.counts) // 2
        assert texts(batch)[:n] == texts(batch)[n:]
        assert torch.equal(batch.counts[:n], batch.counts[n:])
        assert torch.equal(whole.points[:n], whole.points[n:])
        assert not torch.equal(batch.points[:n], batch.points[n:])
    assert len(plain) > 1.5 * len(list(batches().epoch(0)))  # as many points in each
    with pytest.raises(ModelError, match="views is 0"):
        batches(views=0)


# ---- joining words


def test_words_of_a_writer_are_joined_with_spaces():
    words = numbered(12)
    writers = ["first"] * 6 + ["second"] * 6
    source = TrainingSet(words, 1.0, 4, writers)
    whole = BatchSampler([source], ALPHABET, FeatureSettings(), AugmentSettings(), 3000)
    lines = every(whole)
    assert sorted("".join(lines).replace(" ", "")) == [p.text for p in words]
    assert 3 <= len(lines) < 12
    assert max(len(line.split(" ")) for line in lines) <= 4
    assert all("  " not in line for line in lines)
    for line in lines:
        assert len({writers[ord(c) - ord("a")] for c in line.split(" ")}) == 1


# ---- what cannot be


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"lines": []}, "without lines"),
        ({"epoch_fraction": 0.0}, "epoch_fraction is 0.0"),
        ({"epoch_fraction": float("nan")}, "epoch_fraction is nan"),
        ({"max_words": 0}, "max_words is 0"),
        ({"max_words": 2, "writers": ["a"]}, "1 writers for 24 lines"),
    ],
)
def test_sources_that_cannot_be_are_refused(values, message):
    with pytest.raises(ModelError, match=message):
        TrainingSet(**{"lines": PAGES} | values)


def test_a_character_outside_the_alphabet_is_named():
    with pytest.raises(ModelError, match="'é' is not in the alphabet"):
        every(batches([TrainingLine.from_ink(Ink([Stroke([0, 5], [0, 9])]), "é")]))


def test_masked_points_reach_the_network_in_training_only():
    def wiped(mask: float, **options: object) -> int:
        made = batches(**({"augment": AugmentSettings(mask_fraction=mask)} | options)).epoch(0)
        return sum(
            int((row[:n] == 0).all(1).sum())
            for batch in made
            for row, n in zip(batch.points, batch.counts.tolist(), strict=True)
        )

    assert wiped(0.0) == 0
    assert wiped(0.3) > 50
    assert wiped(0.3, augment=None) == 0
