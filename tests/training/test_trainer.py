"""The trainer: it learns, goes on where it stopped, and survives what a run meets."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import pytest
from letters import page as letters

from inkrec import ModelError
from inkrec.features.points import CHANNELS, FeatureSettings
from inkrec.language.alphabet import Alphabet
from inkrec.training.augment import AugmentSettings
from inkrec.training.line import TrainingLine

torch = pytest.importorskip("torch", reason="training needs PyTorch, the extra 'train'")
pytest.importorskip("rapidfuzz", reason="error rates need rapidfuzz, the extra 'train'")
torch.set_num_threads(1)

from dataclasses import asdict, replace  # noqa: E402

from inkrec.training import trainer as module  # noqa: E402
from inkrec.training.batches import BatchSampler, TrainingSet  # noqa: E402
from inkrec.training.checkpoint import load_checkpoint, save_checkpoint  # noqa: E402
from inkrec.training.losses import cr_ctc_loss  # noqa: E402
from inkrec.training.network import LockedDropout, Network, NetworkSettings  # noqa: E402
from inkrec.training.settings import TrainSettings  # noqa: E402
from inkrec.training.trainer import Trainer  # noqa: E402
from inkrec.training.validation import best_paths, error_rates  # noqa: E402

ALPHABET = Alphabet(" cilnotvz")
TINY = NetworkSettings(len(CHANNELS), ALPHABET.classes, (12, 16), 24, 1, 16, 1, 0.0)
CARD = {"symbols": "".join(ALPHABET.symbols), "features": asdict(FeatureSettings())}
PAGES = [TrainingLine.from_ink(*letters(i)) for i in range(8)]
DATA = BatchSampler([TrainingSet(PAGES)], ALPHABET, FeatureSettings(), AugmentSettings(), 10**5)
VALID = replace(DATA, augment=None)


@pytest.fixture
def clock(monkeypatch):
    """A clock that goes on by a second when it is read: runs are as long on any machine."""

    class Clock:
        now = 0.0

        def monotonic(self) -> float:
            self.now += 1.0
            return self.now

    monkeypatch.setattr(module, "time", Clock())


def trainer(folder, steps=10, report=None, network=TINY, card=CARD, **options) -> Trainer:
    # an epoch of one batch reads the clock twice
    settings = TrainSettings(**{"minutes": 2 * steps / 60, "learning_rate": 1e-2} | options)
    return Trainer(folder, network, settings, card, report)


def weights(network: Network) -> list[np.ndarray]:
    return [v.detach().numpy().copy() for v in network.state_dict().values()]


def same(a: list[np.ndarray], b: list[np.ndarray]) -> bool:
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


# ---- learning


def test_the_loss_falls_and_the_best_average_is_kept(clock, tmp_path):
    said: list[dict[str, float]] = []
    options = {"ema_decay": 0.9, "report_s": 15, "valid_every": 20, "learning_rate": 2e-2}
    one = trainer(tmp_path, 60, said.append, **options)
    assert len(list(DATA.epoch(0))) == 1
    one.train(DATA, VALID)
    losses = [e["refined_loss"] for e in said if "refined_loss" in e]
    causal = [e["causal_loss"] for e in said if "causal_loss" in e]
    assert len(losses) > 5
    assert losses[-1] < 0.75 * losses[0]
    assert causal[-1] < 0.75 * causal[0]
    checks = [json.loads(row) for row in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert len(checks) >= 3
    assert checks == [e for e in said if "refined_cer" in e]
    best = load_checkpoint(tmp_path / "best.pt")
    scores = [c["refined_cer"] + 0.3 * c["causal_cer"] for c in checks]
    assert best["best"] == pytest.approx(min(scores), abs=0.02)
    assert one.step == load_checkpoint(tmp_path / "last.pt")["step"] == 60


def test_the_rate_warms_up_and_falls_with_the_budget(clock, tmp_path):
    one = trainer(tmp_path, 300, learning_rate=1.0)
    rates = []
    for step in range(300):
        one.step, one.spent_s = step, 2.0 * step
        rates.append(one._rate())
    assert rates[0] == pytest.approx(1 / 200)
    assert max(rates) < 0.7
    assert rates.index(max(rates)) > 100
    assert rates[-1] < 0.01
    one.spent_s = 1e9
    assert one._rate() > 0


def test_a_small_rate_is_told(clock, tmp_path):
    told = []
    one = trainer(tmp_path, report=told.append, learning_rate=2.5e-5)
    one._say(np.ones(3))
    assert told[-1]["rate"] == pytest.approx(2.5e-5 / 200)


def test_training_is_the_same_for_a_seed(clock, tmp_path):
    runs = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        one = trainer(tmp_path / name, 3, seed=seed)
        one.train(replace(DATA, seed=seed))
        runs.append(weights(one.network))
    assert same(runs[0], runs[1])
    assert not same(runs[0], runs[2])


def test_a_batch_that_makes_no_number_spoils_nothing(clock, tmp_path):
    class Broken:
        def epoch(self, number: int) -> Iterator[object]:
            for batch in DATA.epoch(number):
                yield batch._replace(points=batch.points * float("nan"))

    one = trainer(tmp_path, 2)
    before = weights(one.network)
    one.train(Broken())
    assert one.step == 2
    assert same(before, weights(one.network))
    assert all(np.isfinite(w).all() for w in weights(one.averaged))


def test_views_learn_to_agree(clock, tmp_path):
    few = [TrainingSet(PAGES[:4])]
    views = replace(DATA, sets=few, augment=AugmentSettings(mask_fraction=0.3), views=2)
    found = []
    for weight in (0.0, 20.0):
        one = trainer(tmp_path / str(weight), 60, cr_ctc_weight=weight, learning_rate=2e-2)
        one.train(views)
        one.network.eval()
        (batch,) = views.epoch(99)
        with torch.no_grad():
            _, refined, frames = one.network(batch.points, batch.counts)
        found.append(float(cr_ctc_loss(refined, frames)))
    assert found[1] < 0.6 * found[0]  # 0.09 to 0.36 of it with three seeds


def test_one_view_cannot_agree_with_another(tmp_path):
    with pytest.raises(ModelError, match="a line has 1 views; it takes 2"):
        trainer(tmp_path, cr_ctc_weight=0.2).train(DATA)


def test_the_average_follows_slowly(clock, tmp_path):
    one = trainer(tmp_path, 6, ema_decay=0.99)
    start = weights(one.averaged)
    one.train(DATA)
    moved = [np.abs(a - b).sum() for a, b in zip(start, weights(one.averaged), strict=True)]
    far = [np.abs(a - b).sum() for a, b in zip(start, weights(one.network), strict=True)]
    assert 0 < sum(moved) < sum(far)


# ---- resuming


def test_a_run_goes_on_where_it_stopped(clock, tmp_path):
    first = trainer(tmp_path, 4)
    first.train(DATA)
    said: list[dict[str, object]] = []
    second = trainer(tmp_path, 9, said.append, learning_rate=2e-2)
    assert said[0]["resumed"] == str(tmp_path / "last.pt")
    assert said[0]["step"] == second.step == first.step == 4
    assert second.epoch == first.epoch
    assert second.spent_s == first.spent_s
    assert same(weights(first.network), weights(second.network))
    assert same(weights(first.averaged), weights(second.averaged))
    second.train(DATA)
    assert second.step == 9
    third = trainer(tmp_path, 9)
    before = weights(third.network)
    third.train(DATA)
    assert third.step == 9, "the budget was spent"
    assert same(before, weights(third.network))


def test_checkpoints_are_written_on_the_way(clock, tmp_path, monkeypatch):
    written = []
    save = Trainer.save
    monkeypatch.setattr(
        Trainer, "save", lambda self, *a: (written.append(self.step), save(self, *a))
    )
    trainer(tmp_path, 10, checkpoint_s=5).train(DATA)
    assert len(written) >= 3
    assert written[0] < 10
    assert written[-1] == 10


def test_a_new_best_is_known_to_the_run_that_goes_on(clock, tmp_path, monkeypatch):
    rates = iter([(0.5, 0.5), (0.2, 0.2), (0.9, 0.9), (0.3, 0.3)])
    monkeypatch.setattr(module, "error_rates", lambda *_: next(rates))
    one = trainer(tmp_path)
    one._validate(VALID)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["best.pt", "last.pt", "log.jsonl"]
    one.step = 7
    one._validate(VALID)
    one.step = 8
    one._validate(VALID)  # and killed before the next checkpoint is due
    two = trainer(tmp_path)
    assert two.step == 7
    assert two.best == pytest.approx(26)
    two._validate(VALID)
    assert load_checkpoint(tmp_path / "best.pt")["best"] == pytest.approx(26)


def test_last_is_never_older_than_best(clock, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "error_rates", lambda *_: (0.5, 0.5))
    order = []
    save = module.save_checkpoint
    monkeypatch.setattr(
        module, "save_checkpoint", lambda file, what: (order.append(file.name), save(file, what))
    )
    trainer(tmp_path)._validate(VALID)
    assert order == ["last.pt", "best.pt"]


def test_dropout_may_change_on_the_way(clock, tmp_path):
    trainer(tmp_path, 2).train(DATA)
    assert trainer(tmp_path, 4, network=replace(TINY, dropout=0.3)).step == 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"network": replace(TINY, refine_units=17)},
            "was trained with network .*'refine_units': 16",
        ),
        ({"card": {**CARD, "symbols": "abc"}}, "was trained with symbols"),
        ({"card": {**CARD, "features": {"point_spacing": 0.5}}}, "was trained with features"),
    ],
)
def test_what_learnt_something_else_is_refused_and_kept(clock, tmp_path, changes, message):
    trainer(tmp_path, 2).train(DATA)
    before = (tmp_path / "last.pt").read_bytes()
    with pytest.raises(ModelError, match=message):
        trainer(tmp_path, 2, **changes)
    assert (tmp_path / "last.pt").read_bytes() == before


def test_an_interrupted_save_leaves_the_old_checkpoint(tmp_path, monkeypatch):
    file = tmp_path / "last.pt"
    file.write_bytes(b"old")

    def torn(content, path):
        path.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(torch, "save", torn)
    with pytest.raises(OSError, match="disk full"):
        save_checkpoint(file, {})
    assert file.read_bytes() == b"old"


def test_a_checkpoint_cut_anywhere_is_one_error(clock, tmp_path):
    trainer(tmp_path, 1).train(DATA)
    file = tmp_path / "last.pt"
    whole = file.read_bytes()
    for cut in range(0, len(whole), len(whole) // 40):
        file.write_bytes(whole[:cut])
        with pytest.raises(ModelError, match=r"last\.pt is no checkpoint of the trainer"):
            load_checkpoint(file)


def test_a_checkpoint_is_never_executed(tmp_path):
    class Trap:
        def __reduce__(self):
            return (tmp_path.joinpath("sprung").touch, ())

    torch.save({"network": Trap()}, tmp_path / "last.pt")
    with pytest.raises(ModelError, match="no checkpoint of the trainer"):
        load_checkpoint(tmp_path / "last.pt")
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("content", [{}, [1, 2], {"network": "{}"}])
def test_another_file_of_pytorch_is_no_checkpoint(tmp_path, content):
    torch.save(content, tmp_path / "other.pt")
    with pytest.raises(ModelError, match=r"other\.pt is no checkpoint of the trainer: no '"):
        load_checkpoint(tmp_path / "other.pt")


# ---- settings


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"minutes": 0}, "minutes is 0"),
        ({"learning_rate": float("nan")}, "learning_rate is nan"),
        ({"weight_decay": -1}, "weight_decay is -1"),
        ({"ema_decay": 1.0}, "ema_decay is 1.0"),
        ({"seed": -1}, "seed is -1"),
        ({"checkpoint_s": float("inf")}, "checkpoint_s is inf"),
    ],
)
def test_settings_that_cannot_be_are_refused(values, message):
    with pytest.raises(ModelError, match=message):
        TrainSettings(**values)


@pytest.mark.parametrize("values", [{"causal_units": 0}, {"stem": (8, 8, 8)}, {"dropout": 1.0}])
def test_networks_that_cannot_be_are_refused(values):
    with pytest.raises(ModelError, match=r"size is 1 or more|dropout is 1\.0"):
        replace(TINY, **values)


def test_checks_come_after_whole_epochs(tmp_path):
    with pytest.raises(ModelError, match="valid_every is 0"):
        trainer(tmp_path, valid_every=0)


# ---- parts


def test_the_best_path_drops_repeats_and_blanks():
    best = torch.tensor([[1, 1, 0, 1, 2, 2], [3, 0, 0, 3, 3, 3]])
    log_probs = torch.nn.functional.one_hot(best, 4).float().permute(1, 0, 2)
    assert best_paths(log_probs, torch.tensor([6, 4])) == [[1, 1, 2], [3, 3]]
    assert best_paths(log_probs, torch.tensor([3, 1])) == [[1], [3]]


def test_disagreement_is_counted_where_there_are_frames_and_teaches_the_pupil_alone():
    torch.manual_seed(0)
    p = torch.randn(5, 2, 4, requires_grad=True)  # one line in two views
    heads, frames = p.log_softmax(-1), torch.tensor([3, 3])
    one, other = heads[:3, 0], heads[:3, 1]
    kl = torch.nn.functional.kl_div
    want = kl(one, other, reduction="sum", log_target=True)
    want = (want + kl(other, one, reduction="sum", log_target=True)) / 2
    said = cr_ctc_loss(heads, frames)
    assert said.item() == pytest.approx(want.item(), rel=1e-5)
    assert cr_ctc_loss(heads[:, [0, 0]], frames).item() == 0
    (slope,) = torch.autograd.grad(said, p)
    # with its target fixed, cross-entropy pulls a pupil by the difference of probabilities
    apart = (one.exp() - other.exp()).detach() / 2
    np.testing.assert_allclose(slope[:3, 0], apart, atol=1e-6)
    np.testing.assert_allclose(slope[:3, 1], -apart, atol=1e-6)
    assert (slope[3:] == 0).all()


def test_error_rates_count_edits_over_characters(monkeypatch):
    class Silent(torch.nn.Module):
        """The first pass says nothing, the second 'c' in every frame."""

        def forward(self, points, counts):
            frames = (counts + 3) // 4
            shape = (int(frames.max()), len(counts))
            none, one = torch.zeros(shape).long(), torch.ones(shape).long()
            heads = [torch.nn.functional.one_hot(v, ALPHABET.classes).float() for v in (none, one)]
            return (*heads, frames)

    pages = [replace(PAGES[0], text="colt"), replace(PAGES[1], text=" c")]
    causal, refined = error_rates(
        Silent(), replace(VALID, sets=[TrainingSet(pages)]), torch.device("cpu")
    )
    assert causal == pytest.approx(6 / 6)
    # ' ' is the first symbol of the alphabet: "colt" needs 4 edits, " c" one
    assert refined == pytest.approx(5 / 6)


def test_dropout_drops_the_same_units_in_every_frame():
    torch.manual_seed(0)
    drop = LockedDropout(0.5).train()
    x = drop(torch.ones(7, 3, 40))
    assert set(x.unique().tolist()) == {0.0, 2.0}
    assert (x == x[:1]).all()
    assert not (x[0, 0] == x[0, 1]).all()
    assert (drop.eval()(torch.ones(2, 1, 4)) == 1).all()
