"""What a model made of another one still says of itself, and what a card cannot hold."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from inkrec.cli import main
from inkrec.features.context_bitmap import PIXELS
from inkrec.features.points import CHANNELS, FeatureSettings
from inkrec.language.alphabet import Alphabet
from inkrec.language.char_ngram import NgramModel
from inkrec.model import load_model, read_archive, save_model

torch = pytest.importorskip("torch", reason="training needs PyTorch, the extra 'train'")
torch.set_num_threads(1)

from inkrec.training.export import network_arrays  # noqa: E402
from inkrec.training.network import Network, NetworkSettings  # noqa: E402

SYMBOLS = " oz"
INK = "CC0 letters"
SPOKEN = "language model: nonsense (CC0)"


def network(seed: int, *, rescorer: bool = False) -> dict:
    """Weights that were never trained."""
    torch.manual_seed(seed)
    sizes = (len(CHANNELS), len(SYMBOLS) + 1, (6, 8), 10, 1, 8, 1)
    if rescorer:
        sizes = (len(CHANNELS) + PIXELS, len(SYMBOLS) + 1, (6, 8), 1, 0, 8, 1)
    arrays = network_arrays(Network(NetworkSettings(*sizes, 0.0)))
    return {k: v for k, v in arrays.items() if not (rescorer and k.startswith("causal_head."))}


def language(*unigram: float) -> NgramModel:
    return NgramModel(
        Alphabet(SYMBOLS), unigram=unigram, levels=[4, 2], labels=[1, 2, 3, 4, 2, 3],
        probs=[0, 0, 0, 0, 1, 3], children=[1, 1, 0, 0], rests=[2, 3], steps=(0.5, 0.25),
    )  # fmt: skip


def save(path: Path, seed: int, **entries) -> str:
    arrays = {f"rescorer/{k}": v for k, v in network(seed + 10, rescorer=True).items()}
    spoken = language(0.2, 0.5, 0.3) if seed == 1 else language(0.3, 0.5, 0.2)
    arrays |= {f"language/{k}": v for k, v in spoken.to_arrays().items()}
    card = {
        "name": path.stem, "symbols": SYMBOLS, "features": asdict(FeatureSettings(length_unit=0.7)),
        "beam": {"beam_width": 7}, "rescorer_weight": 0.4, "temperature": 2.0,
        "figures": {"cer": 4.0},
        "corpora_terms": [INK, SPOKEN], "licence": "CC0", "commands": ["a", "b"], **entries,
    }  # fmt: skip
    save_model(path, card, network(seed), arrays)
    return str(path)


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> dict[str, str]:
    """A model of all parts, another one of the same shape, and a language model."""
    here = tmp_path_factory.mktemp("models")
    language(0.1, 0.6, 0.3).save(here / "own.lm")
    return {
        "it": save(here / "it.inkrec", 1),
        "other": save(here / "other.inkrec", 2),
        "lm": str(here / "own.lm"),
    }


OWN = ["--rescorer", "{it}", "--language", "{it}"]


@pytest.mark.parametrize(
    ("options", "its", "terms"),
    [
        (OWN, {"figures", "temperature"}, [INK, SPOKEN]),
        ([*OWN, "--length-unit", "0.7"], {"figures", "temperature"}, [INK, SPOKEN]),
        ([*OWN, "--card", "rescorer_weight=0.5"], {"temperature"}, [INK, SPOKEN]),
        (["--language", "{it}"], {"temperature"}, [INK, SPOKEN]),
        (["--language", "{it}", "--rescorer", "{other}"], {"temperature"}, [INK, SPOKEN]),
        (["--rescorer", "{it}"], set(), [INK]),
        (["--rescorer", "{it}", "--language", "{lm}"], {"temperature"}, [INK]),
        (["--rescorer", "{it}", "--language", "{other}"], {"temperature"}, [INK]),
        (["--length-unit", "1.5"], set(), [INK]),
    ],
)
def test_a_card_says_of_a_model_what_holds_of_it(models, tmp_path, options, its, terms):
    out = str(tmp_path / "m.inkrec")
    assert main(["export", models["it"], out, *(o.format(**models) for o in options)]) == 0
    card, before = (load_model(m).card for m in (out, models["it"]))
    assert {"figures", "temperature"} & card.keys() == its
    assert card["corpora_terms"] == terms
    assert (card["licence"], card["commands"]) == (before["licence"], before["commands"])
    assert ({**card, **before} == card) == ("figures" in its)


def test_figures_that_are_given_are_kept(models, tmp_path):
    out = str(tmp_path / "m.inkrec")
    assert main(["export", models["it"], out, "--card", 'figures={"cer": 9.0}']) == 0
    assert load_model(out).card["figures"] == {"cer": 9.0}


def test_a_model_of_one_part_is_itself_again(models, tmp_path):
    bare, out = tmp_path / "bare.inkrec", str(tmp_path / "m.inkrec")
    card, arrays, _ = read_archive(models["it"])
    tuned = ("beam", "rescorer_weight", "corpora_terms")
    save_model(bare, {k: v for k, v in card.items() if k not in tuned}, arrays)
    assert main(["export", str(bare), out]) == 0
    after, before = (load_model(m).card for m in (out, bare))
    assert {**after, **before} == after
    assert after.keys() - before.keys() == {"network"}
    assert main(["export", str(bare), out, "--length-unit", "1.5"]) == 0
    assert load_model(out).card.keys() == after.keys() - {"figures"}


@pytest.mark.parametrize("value", ["NaN", "-Infinity", "1e999", '{"cer": [NaN]}'])
@pytest.mark.parametrize("option", ["--card", "--card-json"])
def test_a_number_that_json_lacks_is_refused(models, tmp_path, capsys, option, value):
    given = f"figures={value}"
    if option == "--card-json":
        (tmp_path / "card.json").write_text(f'{{"figures": {value}}}')
        given = str(tmp_path / "card.json")
    assert main(["export", models["it"], str(tmp_path / "m.inkrec"), option, given]) == 1
    error = capsys.readouterr().err
    assert "card entry 'figures' is" in error
    assert "JSON has no NaN and no infinity; give null" in error
    assert error.count("\n") == 1
    assert not (tmp_path / "m.inkrec").exists()


def test_a_path_that_is_no_utf_8_leaves_a_card_that_can_be_shown(models, tmp_path):
    out = str(tmp_path / "m.inkrec")
    given = ["--name", "l\udce9a", "--card", 'said={"by": ["\udce9"]}']  # as argv has such a byte
    assert main(["export", models["it"], out, *OWN[:1], models["it"], *given]) == 0
    model = load_model(out)
    assert (model.card["name"], model.card["said"]) == (r"l\udce9a", {"by": [r"\udce9"]})
    assert model.card["name"].encode()
    assert len(model.fingerprint) == 24
