"""Checkpoints to model files: what PyTorch reads is what NumPy reads."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import numpy as np
import pytest
from letters import page as letters

from inkrec import ModelError
from inkrec.decoding.beam import best_path
from inkrec.features.context_bitmap import PIXELS, with_context_bitmap
from inkrec.features.points import CHANNELS, FeatureSettings
from inkrec.language.alphabet import Alphabet
from inkrec.model import load_model, read_archive
from inkrec.training.augment import AugmentSettings
from inkrec.training.line import TrainingLine, line_features

torch = pytest.importorskip("torch", reason="training needs PyTorch, the extra 'train'")
torch.set_num_threads(1)

from inkrec.training import trainer as module  # noqa: E402
from inkrec.training.batches import BatchSampler, TrainingSet  # noqa: E402
from inkrec.training.checkpoint import load_checkpoint, save_checkpoint  # noqa: E402
from inkrec.training.export import export, network_arrays  # noqa: E402
from inkrec.training.init_weights import network_state, restore, widen  # noqa: E402
from inkrec.training.network import Network, NetworkSettings  # noqa: E402
from inkrec.training.settings import TrainSettings  # noqa: E402
from inkrec.training.trainer import Trainer  # noqa: E402
from inkrec.training.validation import best_paths  # noqa: E402

ALPHABET = Alphabet(" cilnotvz")
FEATURES = FeatureSettings(point_spacing=0.25)
PAGES = [TrainingLine.from_ink(*letters(i)) for i in range(4)]
CARD = {
    "name": "letters", "symbols": "".join(ALPHABET.symbols), "features": asdict(FEATURES),
    "corpora": [{"corpus": "Letters", "licence": "CC0"}],
}  # fmt: skip


class Clock:
    """A second goes by at every look, so that a run takes as many steps on any machine."""

    now = 0.0

    def monotonic(self) -> float:
        self.now += 1.0
        return self.now


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """A network that has learnt a few lines by heart."""
    return learnt(tmp_path_factory, 32, 1, 24, 1)


@pytest.fixture(scope="module")
def whole_line(tmp_path_factory):
    """One without causal layers, to rescore with."""
    return learnt(tmp_path_factory, 1, 0, 16, 2)


def learnt(tmp_path_factory, *units):
    folder = tmp_path_factory.mktemp("learnt")
    pixels = 0 if units[1] else PIXELS
    sizes = NetworkSettings(len(CHANNELS) + pixels, ALPHABET.classes, (16, 24), *units, 0.0)
    steps = 120
    settings = TrainSettings(minutes=2 * steps / 60, learning_rate=3e-2, ema_decay=0.5)
    quiet = AugmentSettings(0, 0, 0, 0, 0, 0, 0)
    data = BatchSampler(
        [TrainingSet(PAGES)], ALPHABET, FEATURES, quiet, 10**5, context_bitmap=sizes.context_bitmap
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "time", Clock())
        Trainer(folder, sizes, settings, CARD).train(data)
    return folder / "last.pt"


def both(network: Network, rows: np.ndarray) -> list[str]:
    with torch.no_grad():
        *heads, frames = network(torch.from_numpy(rows)[None], torch.tensor([len(rows)]))
    return [ALPHABET.decode(best_paths(head, frames)[0]) for head in heads]


def test_the_exported_network_reads_the_same_text(checkpoint, tmp_path):
    export(checkpoint, tmp_path / "m.inkrec")
    model = load_model(tmp_path / "m.inkrec")
    network, _ = restore(checkpoint)
    network.load_state_dict(network_state(read_archive(tmp_path / "m.inkrec")[1]))
    assert model.features == FEATURES
    assert model.alphabet == ALPHABET
    read = []
    for page in PAGES:
        rows = line_features(page, model.features, 1.0)
        state, frames = model.network.step(model.network.initial_state(), rows)
        rest = model.network.flush(state)
        hidden = np.concatenate([frames.hidden, rest.hidden])
        heads = [
            np.concatenate([frames.log_probs, rest.log_probs]), model.network.refine(hidden)
        ]  # fmt: skip
        mine = [ALPHABET.decode(best_path(head)[0]) for head in heads]
        assert mine == both(network, rows)
        read.append(mine[1])
    assert "".join(read).strip(), "a network that says nothing shows nothing"


def test_weights_are_those_of_the_average_rounded(checkpoint, tmp_path):
    export(checkpoint, tmp_path / "m.inkrec")
    network, saved = restore(checkpoint)
    for name, value in network.state_dict().items():
        assert torch.equal(value, saved["averaged"][name])
    assert not network.training
    kept = read_archive(tmp_path / "m.inkrec")[1]
    arrays = network_arrays(network)
    assert kept.keys() == arrays.keys()
    for name, value in arrays.items():
        step = np.abs(value).max() / 127  # of 8 bits, in the row where it is largest
        np.testing.assert_allclose(kept[name], value, atol=0.51 * step)


def test_a_rescorer_goes_along(checkpoint, whole_line, tmp_path):
    path = tmp_path / "m.inkrec"
    export(checkpoint, path, rescorer=whole_line)
    model = load_model(path)
    assert model.card["rescorer"]["trained"]["steps"] == 120
    assert model.card["rescorer"]["network"]["causal_layers"] == 0
    assert "symbols" not in model.card["rescorer"]
    network, _ = restore(whole_line)
    for page in PAGES:
        rows = line_features(page, FEATURES, 1.0)
        with torch.no_grad():
            whole = torch.from_numpy(with_context_bitmap(rows))[None]
            _, theirs, _ = network(whole, torch.tensor([len(rows)]))
        mine = model.rescorer.log_probs(rows)
        assert mine.shape == theirs[:, 0].shape
        assert np.abs(np.exp(mine) - np.exp(theirs[:, 0].numpy())).max() < 0.1  # of 8 bits


def test_of_several_rescorers_the_mean_is_taken(checkpoint, whole_line, tmp_path):
    saved = load_checkpoint(whole_line)
    triple = {"averaged": {k: 3 * v for k, v in saved["averaged"].items()}}
    save_checkpoint(tmp_path / "far.pt", saved | triple)
    export(checkpoint, tmp_path / "m.inkrec", rescorer=[whole_line, tmp_path / "far.pt"])
    export(checkpoint, tmp_path / "one.inkrec", rescorer=whole_line)
    both, one = (read_archive(tmp_path / name)[2] for name in ("m.inkrec", "one.inkrec"))
    assert both.keys() == one.keys() != set()
    for name, value in one.items():
        np.testing.assert_allclose(both[name], 2 * value, atol=1e-3 * np.abs(value).max())
    card = load_model(tmp_path / "m.inkrec").card
    assert [one["name"].rpartition("/")[2] for one in card["rescorer"]["averaged"]] == [
        "last.pt",
        "far.pt",
    ]


def test_networks_in_each_other_s_place_are_refused(checkpoint, whole_line, tmp_path):
    path = tmp_path / "m.inkrec"
    with pytest.raises(ModelError, match="lacks causal layers and must have them"):
        export(whole_line, path)
    with pytest.raises(ModelError, match="has causal layers and must have none, as a rescorer"):
        export(checkpoint, path, rescorer=checkpoint)
    assert not path.exists()


def test_a_wider_network_begins_with_what_it_knows(checkpoint, whole_line):
    for file, channels in ((checkpoint, len(CHANNELS)), (whole_line, len(CHANNELS) + PIXELS)):
        network, _ = restore(file)
        more = replace(network.settings, channels=channels + 5, stem=(20, 31))
        wide = Network(more).eval()
        wide.load_state_dict(widen(network, more))
        rows = torch.randn(2, 57, channels + 5)
        with torch.no_grad():
            known = network(rows[:, :, :channels], torch.tensor([57, 40]))
            said = wide(rows, torch.tensor([57, 40]))
            for a, b in zip(known, said, strict=True):
                torch.testing.assert_close(a, b)
        wide.train()
        sum(head.sum() for head in wide(rows, torch.tensor([57, 57]))[:2]).backward()
        assert wide.conv2.weight.grad[:, 16:].abs().max() > 0, "what is new can learn"
        assert wide.conv1.weight.grad[:, channels:].abs().max() > 0


@pytest.mark.parametrize(
    "change", [{"stem": (15, 24)}, {"refine_units": 9}, {"causal_layers": 2}, {"channels": 11}]
)
def test_a_network_of_another_shape_cannot_begin_with_it(checkpoint, change):
    network, _ = restore(checkpoint)
    with pytest.raises(ModelError, match="only its stem and its inputs may differ, and be more"):
        widen(network, replace(network.settings, **change))


def test_of_several_checkpoints_the_mean_is_taken(checkpoint, whole_line, tmp_path):
    saved = load_checkpoint(checkpoint)
    save_checkpoint(
        tmp_path / "far.pt",
        saved
        | {
            "averaged": {k: 3 * v for k, v in saved["averaged"].items()},
            "network": json.dumps(json.loads(saved["network"]) | {"dropout": 0.1}),
            "step": 240,
        },
    )
    export([checkpoint, tmp_path / "far.pt"], tmp_path / "m.inkrec", length_unit=0.8)
    export(checkpoint, tmp_path / "one.inkrec")
    card, arrays, _ = read_archive(tmp_path / "m.inkrec")
    for name, value in read_archive(tmp_path / "one.inkrec")[1].items():
        np.testing.assert_allclose(arrays[name], 2 * value, atol=1e-3 * np.abs(value).max())
    assert card["trained"]["steps"] == 240
    assert [one["name"].rpartition("/")[2] for one in card["averaged"]] == ["last.pt", "far.pt"]
    assert card["features"] == asdict(FEATURES) | {"length_unit": 0.8}
    with pytest.raises(ModelError, match="there is no mean of them"):
        export([checkpoint, whole_line], tmp_path / "no.inkrec")


def test_a_rescorer_of_other_points_is_refused(checkpoint, whole_line, tmp_path):
    saved = torch.load(whole_line, weights_only=True)
    card = json.loads(saved["card"])
    card["features"]["length_unit"] = 0.5
    torch.save({**saved, "card": json.dumps(card)}, tmp_path / "other.pt")
    with pytest.raises(ModelError, match=r"other\.pt was trained with features .*must be the same"):
        export(checkpoint, tmp_path / "m.inkrec", rescorer=tmp_path / "other.pt")


def test_the_card_says_how_it_was_trained(checkpoint, tmp_path):
    export(checkpoint, tmp_path / "m.inkrec", card={"licence": "CC0", "name": "other"})
    card = load_model(tmp_path / "m.inkrec").card
    assert card["corpora"] == CARD["corpora"]
    assert card["name"] == "other"
    assert card["licence"] == "CC0"
    assert card["training"]["learning_rate"] == 3e-2
    assert card["network"]["causal_units"] == 32
    assert card["trained"]["steps"] == 120


def test_other_arrays_go_along(checkpoint, tmp_path):
    extra = {"other/probs": np.arange(5, dtype=np.uint8)}
    export(checkpoint, tmp_path / "m.inkrec", extra=extra)
    kept = load_model(tmp_path / "m.inkrec").extra
    assert list(kept) == ["other/probs"]
    np.testing.assert_array_equal(kept["other/probs"], extra["other/probs"])


def test_the_same_checkpoint_is_the_same_file(checkpoint, tmp_path):
    for name in ("a", "b"):
        export(checkpoint, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_arrays_go_back_into_a_network(checkpoint):
    network, _ = restore(checkpoint)
    other = Network(network.settings).eval()
    other.load_state_dict(network_state(network_arrays(network)))
    rows = line_features(PAGES[1], FEATURES, 1.0)
    assert both(other, rows) == both(network, rows)


@pytest.mark.parametrize(
    "changes",
    [{"network": "{}"}, {"network": "no JSON"}, {"averaged": {}}, {"network": '{"stem": 5}'}],
)
def test_a_checkpoint_of_another_network_is_one_error(checkpoint, tmp_path, changes):
    save_checkpoint(tmp_path / "odd.pt", load_checkpoint(checkpoint) | changes)
    with pytest.raises(ModelError, match=r"odd\.pt holds no network of this inkrec"):
        export(tmp_path / "odd.pt", tmp_path / "m.inkrec")
    assert not (tmp_path / "m.inkrec").exists()


def test_settings_of_the_network_are_kept_as_json(checkpoint):
    network, saved = restore(checkpoint)
    assert json.loads(saved["network"])["stem"] == [16, 24]
    assert network.settings.stem == (16, 24)
