"""Recipes: every wrong one is refused before a corpus is read, and ours are followed to the end."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path

import pytest
from letters import samples

from inkrec import Ink, load
from inkrec.cli import main
from inkrec.model import load_model
from recipes import NETWORK, over, toml, train

torch = pytest.importorskip("torch", reason="training needs PyTorch, the extra 'train'")
pytest.importorskip("h5py", reason="corpora need h5py, the extra 'train'")
torch.set_num_threads(1)

import inkrec  # noqa: E402
from inkrec.corpus import Sample, write_corpus  # noqa: E402
from inkrec.errors import ModelError  # noqa: E402
from inkrec.training.checkpoint import load_checkpoint  # noqa: E402
from inkrec.training.data_spec import DataSpec, Fold  # noqa: E402
from inkrec.training.recipe_file import read_recipe  # noqa: E402
from inkrec.training.trainer import Trainer  # noqa: E402

REPO = Path(__file__).parents[2]
OURS = sorted((REPO / "recipes").glob("*.toml"))
DATA = {"file": "nowhere.h5", "split": "train"}


def written(tmp_path: Path, recipe: dict, name: str = "r.toml") -> str:
    (tmp_path / name).write_text(toml(recipe))
    return str(tmp_path / name)


# ---- what a recipe says


def test_tables_of_a_network_go_over_the_shared_ones(tmp_path):
    file = written(tmp_path, {
        "data": [DATA], "training": {"minutes": 5, "seed": 3}, "network": {"dropout": 0.1},
        "networks": {
            "a": {"training": {"minutes": 7}, "network": {"stem": [8, 9]}},
            "b": {"data": [DATA | {"split": "other"}], "init_from": "a"},
        },
    })  # fmt: skip
    recipe = read_recipe([file], output=tmp_path / "out", corpora="there")
    a, b = recipe.networks["a"], recipe.networks["b"]
    assert (a.training.minutes, a.training.seed, b.training.minutes) == (7, 3, 5)
    assert (a.network, b.network) == ({"dropout": 0.1, "stem": [8, 9]}, {"dropout": 0.1})
    assert (a.data[0].split, b.data[0].split) == ("train", "other")
    assert a.data[0].file == os.path.join("there", "nowhere.h5")
    assert (a.folder, b.init_from) == (tmp_path / "out" / "a", (str(tmp_path / "out" / "a"),))
    assert (recipe.name, a.name) == ("r", "r")


def test_a_second_file_and_options_go_over_the_first(tmp_path):
    first = written(tmp_path, {"data": [DATA], "training": {"minutes": 5, "seed": 3}})
    second = written(tmp_path, {"data": [DATA] * 2, "training": {"seed": 4}}, "s.toml")
    (network,) = read_recipe([first, second]).networks.values()
    assert (network.training.minutes, network.training.seed, len(network.data)) == (5, 4, 2)
    (network,) = read_recipe([first, second], minutes=9.0, seed=5).networks.values()
    assert (network.training.minutes, network.training.seed) == (9, 5)
    assert network.tables["training"] == {"minutes": 9, "seed": 5}


def test_data_of_a_recipe_says_what_is_read(tmp_path):
    given = DATA | {"kind": "line", "weight": 2, "join": 3, "only_fold": "2/9", "every": 4}
    (network,) = read_recipe([written(tmp_path, {"data": [given]})]).networks.values()
    assert network.data == (
        DataSpec("nowhere.h5", "train", "line", 2, 3, only_fold=Fold(2, 9), every=4),
    )
    said = "nowhere.h5, split train, kind line, weight 2, join 3, only_fold 2/9, every 4"
    assert str(network.data[0]) == said


# ---- what it cannot say


def refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], recipe: dict, message: str) -> None:
    """A recipe is one line of complaint, before a corpus is read or a folder is made."""
    assert train(tmp_path / "run", recipe) == 1
    error = capsys.readouterr().err
    assert message in error
    assert "no such corpus" not in error
    assert error.count("\n") == 1
    assert os.listdir(tmp_path) == ["run.toml"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"split": None}, "run.toml [[data]] lacks 'split'"),
        ({"file": None}, "run.toml [[data]] lacks 'file'"),
        ({"split": ""}, "split is ''; it must be a text"),
        ({"color": "red"}, "[[data]]: unknown key 'color'; its keys are file, split, kind"),
        ({"weight": "x"}, "weight is 'x'; it must be a number"),
        ({"weight": True}, "weight is True; it must be a number"),
        ({"weight": 0}, "weight is 0; it must be a positive number"),
        ({"join": 1.5}, "join is 1.5; it must be a whole number"),
        ({"join": 0}, "join is 0; it must be 1 or more"),
        ({"synthesize": 0}, "synthesize is 0; it must be 1 or more"),
        ({"exclude_fold": "5"}, "exclude_fold is '5'; it must be i/n"),
        ({"exclude_fold": "5/5"}, "exclude_fold is '5/5'"),
        ({"only_fold": "0/0"}, "only_fold is '0/0'"),
        ({"only_fold": "-1/5"}, "only_fold is '-1/5'"),
        ({"only_fold": 0.2}, "only_fold is 0.2; it must be i/n, with i from 0 to n - 1"),
        ({"limit": 0}, "limit is 0"),
        ({"limit": "many"}, "limit is 'many'"),
        ({"every": 0}, "every is 0"),
        ({"alignment": "words"}, "alignment is 'words'; the recipe has no [align.NAME]"),
    ],
)
def test_wrong_data_is_one_line(tmp_path, capsys, data, message):
    refused(tmp_path, capsys, {"data": [over(DATA, data)]}, message)
    if "split" not in data:
        same = message.rpartition("]]")[2].lstrip(": ")
        refused(tmp_path, capsys, {"data": [DATA], "valid": over(DATA, data)}, same)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"colour": 3}, "run.toml: unknown key 'colour'; its keys are name, output, data"),
        ({"data": None}, "run.toml has no data; name a corpus in a table [[data]]"),
        ({"data": []}, "has no data"),
        ({"data": DATA}, "has no data"),
        ({"data": [3]}, "[[data]] is 3; it must be a table of file, split"),
        ({"name": 3}, "name is 3; it must be a text"),
        ({"training": 3}, "run.toml [training] is 3; it must be a table of minutes"),
        ({"training": {"rate": 3}}, "[training]: unknown key 'rate'; its keys are minutes"),
        ({"network": {"channels": 3}}, "[network]: unknown key 'channels'; its keys are stem"),
        ({"network": {"stem": 64}}, "stem is 64; it must be a list of 2, each a whole number"),
        ({"network": {"stem": [1, 2, 3]}}, "stem is [1, 2, 3]; it must be a list of 2"),
        ({"network": {"causal_units": 1.5}}, "causal_units is 1.5; it must be a whole number"),
        ({"network": {"causal_units": 0}}, "every size is 1 or more"),
        ({"network": {"dropout": 1}}, "[network]: dropout is 1"),
        ({"features": {"point_spacing": 9}}, "[features]: point_spacing is 9"),
        ({"features": {"spacing": 9}}, "unknown key 'spacing'; its keys are point_spacing"),
        ({"augmentation": {"affine": "much"}}, "affine is 'much'; it must be a number"),
        ({"augmentation": {"affine": True}}, "affine is True; it must be a number"),
        ({"augmentation": {"affine": -1}}, "affine is -1; it must be 0 or more"),
        ({"augmentation": {"p_device": 1.5}}, "p_device is 1.5; it must lie in 0 to 1"),
        ({"training": {"checkpoint_s": 0}}, "checkpoint_s is 0"),
        ({"training": {"minutes": 0}}, "minutes is 0"),
        ({"training": {"learning_rate": -1}}, "learning_rate is -1"),
        ({"training": {"ema_decay": 1}}, "ema_decay is 1"),
        ({"training": {"seed": -1}}, "seed is -1"),
        ({"training": {"seed": 1.5}}, "seed is 1.5; it must be a whole number"),
        ({"training": {"batch_points": 0}}, "batch_points is 0"),
        ({"training": {"valid_every": 0}}, "valid_every is 0"),
        ({"init_from": 3}, "init_from is 3; it must be a name, or a list of such"),
        ({"networks": {"a": {"colour": 3}}}, "run.toml [networks.a]: unknown key 'colour'"),
        ({"networks": {"a": {"training": {"seed": -1}}}}, "[networks.a] [training]: seed is -1"),
        ({"networks": 3}, "networks must be tables [networks.NAME]"),
        ({"networks": {"a/b": {}}}, "[networks.'a/b'] cannot be a file's name"),
        ({"align": {"w": {"file": "a.h5"}}}, "run.toml [align.w] lacks 'split'"),
        ({"align": {"w": {"file": "a.h5", "split": [3]}}}, "split is [3]; it must be a text, or"),
        ({"align": {"w": {"split": "a", "file": "a", "letters": 1}}}, "must be true or false"),
        ({"language_model": {}}, "[language_model] has no texts"),
        ({"language_model": {"texts": [{}]}}, "[[language_model.texts]] lacks 'file'"),
        ({"language_model": {"order": 0.5, "texts": [{"file": "a"}]}}, "order is 0.5"),
        (
            {"language_model": {"order": 99, "texts": [{"file": "a"}]}},
            "order 99 with 95 symbols: it must be 2 or more",
        ),
        ({"language_model": {"words": 0, "texts": [{"file": "a"}]}}, "words is 0; it must"),
        ({"language_model": {"texts": [{"file": "none.txt"}]}}, "none.txt: No such file"),
        ({"export": {"network": "b"}}, "[export]: there is no network 'b'"),
        ({"export": {"file": "m.pt"}}, "file is 'm.pt'; it must be a name that ends in .inkrec"),
        (
            {"export": {"beam": {"breadth": 4}}},
            "it is {'breadth': 4}, and its fields are beam_width",
        ),
        ({"export": {"rescorer_weight": 2}}, "rescorer_weight is 2.0; it must lie in 0 to 1"),
        ({"export": {"language": "none.lm"}}, "none.lm: No such file"),
        ({"export": {"card": {"symbols": "a"}}}, "card entry 'symbols' comes from the training"),
        (
            {"network": {"causal_layers": 0}, "export": {}},
            "network is '', which is a rescorer, without causal layers",
        ),
        (
            {"networks": {"a": {}, "b": {}}, "export": {"network": "a", "rescorer": "b"}},
            "rescorer is 'b', which is no rescorer, with causal layers",
        ),
        ({"export": {"length_unit": 0}}, "[export]: length_unit is 0"),
        ({"export": {"rescorer": "none.pt"}}, "none.pt: No such file"),
        ({"export": {"network": "none.inkrec"}}, "none.inkrec: No such file"),
        (
            {"networks": {"a": {}, "b": {}}, "export": {}},
            "[export] lacks 'network'; there are a, b",
        ),
    ],
)
def test_a_wrong_recipe_is_one_line_before_any_data_is_read(tmp_path, capsys, more, message):
    refused(tmp_path, capsys, over({"data": [DATA]}, more), message)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--minutes", "nan"], "minutes is nan"),
        (["--minutes", "0"], "minutes is 0.0"),
        (["--seed", "-1"], "seed is -1"),
        (["--workers", "-1"], "workers is -1; it must be 0 or more"),
    ],
)
def test_wrong_options_are_one_line(tmp_path, capsys, options, message):
    assert train(tmp_path / "run", {"data": [DATA]}, *options) == 1
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert os.listdir(tmp_path) == ["run.toml"]


@pytest.mark.parametrize("content", [b"data = [", b"\xff", b"a = 1\na = 2"])
def test_a_file_that_is_no_recipe_says_so(tmp_path, content):
    (tmp_path / "r.toml").write_bytes(content)
    with pytest.raises(ModelError, match=r"r\.toml is no TOML"):
        read_recipe([tmp_path / "r.toml"])


def test_a_recipe_that_is_not_there_says_so(tmp_path, capsys):
    assert main(["train", str(tmp_path / "none.toml")]) == 1
    assert "none.toml: No such file" in capsys.readouterr().err


def test_a_split_that_no_corpus_has_is_told_before_any_network_learns(
    tmp_path, monkeypatch, capsys
):
    write_corpus(tmp_path / "a.h5", samples(4), attributes={})
    monkeypatch.setattr(Trainer, "train", lambda *_: pytest.fail("it began"))
    good = {"file": "a.h5", "split": "train"}
    for more in ({"split": "nowhere"}, {"kind": "word"}):
        recipe = {"data": [good], "networks": {"a": {}, "b": {"data": [good | more]}}}
        assert train(tmp_path / "run", recipe, "--corpora", str(tmp_path)) == 1
        error = capsys.readouterr().err
        assert f"no {'split' if 'split' in more else 'kind'} {next(iter(more.values()))!r}" in error
        assert not (tmp_path / "run").exists()


# ---- ours, with small networks on a small corpus


def lines(kind: str, split: str, count: int) -> list[Sample]:
    """Lines, texts or words of made-up letters."""
    return [s._replace(id=f"{split}-{kind}-{s.id}", split=split, kind=kind) for s in samples(count)]


@pytest.fixture(scope="module")
def corpora(tmp_path_factory) -> Path:
    """All that our recipes name: splits and kinds as in the real corpora."""
    folder = tmp_path_factory.mktemp("corpora")
    about = {"licence": "CC0", "citation": "none"}
    tea = inkrec.read(REPO / "demos" / "ink" / "tea.jsonl")
    real = Sample(tea, "Tea is ready, come and sit down.", "tea", "w", "f", "", "line")
    iam = [s for split in ("trainset", "testset_v", "testset_t") for s in lines("line", split, 10)]
    iam += [real._replace(id=f"{split}-tea", split=split) for split in ("trainset", "testset_v")]
    write_corpus(folder / "iam.h5", iam, attributes={"name": "IAM", **about})
    letters = [
        Sample(Ink(list(tea)[i : i + 1]), c, f"{c}{i}", "able", "able", "train_other", "character")
        for c in "abcdefghijklmnopqrst"
        for i in range(2)
    ]
    unipen = [*lines("text", "train", 8), *lines("word", "train", 8), *lines("text", "dev", 8)]
    write_corpus(folder / "unipen.h5", [*unipen, *letters], attributes={"name": "U", **about})
    for name in ("standardebooks_en.txt", "brown.txt"):
        (folder / name).write_text("the cat sat on the mat, and the dog too. " * 200)
    return folder


def small(recipe: dict, corpora: Path) -> dict:
    """What is laid over a recipe to shrink it: sizes, the language model, plain texts."""
    over_it: dict = {"networks": {name: {"network": NETWORK | {
        key: value for key, value in table.get("network", {}).items() if key == "causal_layers"
    }} for name, table in recipe["networks"].items()}}  # fmt: skip
    texts = [t | {"file": t["file"].removesuffix(".xz")} for t in recipe["language_model"]["texts"]]
    over_it["language_model"] = {"order": 3, "threshold": 0, "texts": texts}
    over_it["training"] = {"batch_points": 4000}
    return over_it


@pytest.mark.parametrize("ours", OURS, ids=lambda path: path.stem)
def test_our_recipes_lead_from_corpora_to_a_model(ours, corpora, tmp_path, capsys, monkeypatch):
    recipe = tomllib.loads(ours.read_text(encoding="utf-8"))
    sparse = [
        t for t in recipe["data"] if t.get("alignment") == "letters"
    ]  # one hand of 20 letters
    monkeypatch.setattr("inkrec.training.synthesis._LETTERS", 8 if sparse else 15)
    shrunk = written(tmp_path, small(recipe, corpora), "small.toml")
    out = tmp_path / "out"
    call = ["train", str(ours), shrunk, "--corpora", str(corpora), "-o", str(out)]
    assert main([*call, "--minutes", "0.002"]) == 0
    said = capsys.readouterr().out
    model = load_model(out / f"{ours.stem}.inkrec")
    assert model.rescorer is not None
    assert model.language is not None
    for key in ("beam", "word_lm", "rescorer_weight", "temperature"):
        assert model.card[key] == recipe["export"][key]
    assert model.card["recipe"]["data"] == recipe["data"]
    assert len(model.card["corpora"]) == len(recipe["data"])
    assert model.card["features"]["length_unit"] == recipe["features"]["length_unit"]
    assert isinstance(load(out / f"{ours.stem}.inkrec").recognize(samples(1)[0].ink).text, str)
    # the same command finds all done, and makes the same model
    before = model.fingerprint
    assert main([*call, "--minutes", "0.002"]) == 0
    again = capsys.readouterr().out
    assert again.count("the budget is spent") == 2
    assert "lines of" in said
    assert "lines of" not in again
    assert load_model(out / f"{ours.stem}.inkrec").fingerprint == before
    # what was made otherwise is not taken for it
    other = written(tmp_path, {"language_model": {"order": 4}}, "other.toml")
    assert main([*call[:3], other, *call[3:], "--minutes", "0.002"]) == 1
    assert "language.lm was made with order 3, not 4; delete it" in capsys.readouterr().err
    if "align" in recipe:
        other = written(tmp_path, {"align": {"words": {"letters": True}}}, "other.toml")
        assert main([*call[:3], other, *call[3:], "--minutes", "0.002"]) == 1
        assert "words.json was made with letters False, not True" in capsys.readouterr().err
    assert json.loads(load_checkpoint(out / "two_pass" / "last.pt")["card"])["name"] == ours.stem
