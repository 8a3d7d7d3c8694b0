"""What a run goes on from: its settings, and what the card remembers of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from letters import samples

from inkrec.cli import main
from inkrec.model import load_model, read_archive, save_model
from recipes import NETWORK, over, toml
from recipes import train as follow

torch = pytest.importorskip("torch", reason="training needs PyTorch, the extra 'train'")
pytest.importorskip("h5py", reason="corpora need h5py, the extra 'train'")
torch.set_num_threads(1)

from inkrec.corpus import write_corpus  # noqa: E402
from inkrec.training.checkpoint import load_checkpoint, save_checkpoint  # noqa: E402
from inkrec.training.init_weights import identity  # noqa: E402
from inkrec.training.trainer import Trainer  # noqa: E402

SIZES = {
    "network": NETWORK | {"dropout": 0.1},
    "features": {"length_unit": 0.7, "middle_window": 60},
}
WHOLE = {"network": {"causal_layers": 0}}
FIRST = {"data": "first.h5, split train", "corpus": "First", "licence": "CC0"}
OTHER = {"data": "other.h5, split train", "corpus": "Other", "licence": "CC BY 4.0"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Two corpora, a run of each kind on the first, and the model they make."""
    here = tmp_path_factory.mktemp("begin")
    for row in (FIRST, OTHER):
        about = {"name": row["corpus"], "licence": row["licence"], "citation": "none"}
        write_corpus(here / row["data"].partition(",")[0], samples(24), attributes=about)
    assert train(here, here / "run", "first", SIZES) == 0
    assert train(here, here / "whole", "first", over(SIZES, WHOLE)) == 0
    call = ["export", str(here / "run" / "last.pt"), str(here / "m.inkrec")]
    assert main([*call, "--rescorer", str(here / "whole" / "last.pt")]) == 0
    return here


def train(folder: Path, run: Path, corpus: str, more: dict, *options: str) -> int:
    """A step or two of a run, however much was spent on it."""
    last = run / "last.pt"
    spent = load_checkpoint(last)["spent_s"] / 60 if last.exists() else 0.0
    data = [{"file": str(folder / f"{corpus}.h5"), "split": "train"}]
    recipe = over({"data": data, "training": {"batch_points": 600}}, more)
    return follow(run, recipe, "--minutes", str(spent + 0.001), *options)


def card(run: Path) -> dict:
    return json.loads(load_checkpoint(run / "last.pt")["card"])


def network(run: Path) -> dict:
    return json.loads(load_checkpoint(run / "last.pt")["network"])


# ---- settings


@pytest.mark.parametrize("source", ["run/last.pt", "run", "m.inkrec"])
def test_a_run_takes_the_settings_of_the_weights_it_begins_with(folder, tmp_path, source):
    at = {"init_from": str(folder / source), "augmentation": {"affine": 0.1}}
    assert train(folder, tmp_path / "a", "other", at) == 0
    assert card(tmp_path / "a")["features"] == card(folder / "run")["features"]
    assert card(tmp_path / "a")["features"]["length_unit"] == 0.7
    assert network(tmp_path / "a") == network(folder / "run")


def test_settings_that_are_said_override_those_of_the_weights(folder, tmp_path, capsys):
    changed = {"dropout": 0.3, "stem": [10, 12]}
    at = {"init_from": str(folder / "m.inkrec"), "features": {"length_unit": 0.9}}
    assert train(folder, tmp_path / "a", "other", at | {"network": changed}) == 0
    assert card(tmp_path / "a")["features"]["length_unit"] == 0.9
    assert card(tmp_path / "a")["features"]["middle_window"] == 60
    assert network(tmp_path / "a") == network(folder / "run") | changed
    assert train(folder, tmp_path / "b", "other", at | {"network": {"refine_units": 13}}) == 1
    assert "cannot begin with the weights" in capsys.readouterr().err
    assert not (tmp_path / "b").exists()


def test_no_causal_layers_take_the_rescorer_of_a_model(folder, tmp_path):
    at = {"init_from": str(folder / "m.inkrec"), **WHOLE}
    assert train(folder, tmp_path / "a", "other", at) == 0
    assert network(tmp_path / "a") == network(folder / "whole")
    # a checkpoint of one says so itself
    at = {"init_from": str(folder / "whole" / "last.pt")}
    assert train(folder, tmp_path / "b", "other", at) == 0
    assert network(tmp_path / "b") == network(folder / "whole")


def test_a_folder_goes_on_with_its_own_settings(folder, tmp_path):
    run = tmp_path / "a"
    assert train(folder, run, "first", SIZES) == 0
    before = load_checkpoint(run / "last.pt")["step"]
    gone = {"init_from": str(tmp_path / "deleted since.inkrec")}
    assert train(folder, run, "first", gone) == 0
    assert load_checkpoint(run / "last.pt")["step"] > before
    assert network(run) == network(folder / "run")
    assert card(run)["features"]["length_unit"] == 0.7


def test_a_network_begins_with_an_earlier_one_of_its_recipe(folder, tmp_path):
    data = [{"file": str(folder / "first.h5"), "split": "train"}]
    recipe = {
        "data": data, "training": {"batch_points": 600, "learning_rate": 1e-12}, **SIZES,
        "networks": {"a": {}, "b": {"init_from": "a", "training": {"weight_decay": 0}}},
    }  # fmt: skip
    assert follow(tmp_path / "out", recipe, "--minutes", "0.0001") == 0
    a, b = (load_checkpoint(tmp_path / "out" / name / "last.pt") for name in "ab")
    torch.testing.assert_close(b["weights"], a["averaged"], atol=1e-6, rtol=0)
    assert card(tmp_path / "out" / "b")["init_from"] == [identity(tmp_path / "out/a/last.pt")]


# ---- what is remembered


def test_the_name_is_that_of_the_recipe(folder, tmp_path):
    assert card(folder / "run")["name"] == "run"
    assert load_model(folder / "m.inkrec").card["name"] == "run"
    assert train(folder, tmp_path / "a", "first", SIZES | {"name": "mine"}) == 0
    assert card(tmp_path / "a")["name"] == "mine"


@pytest.mark.parametrize("source", ["run/last.pt", "m.inkrec"])
def test_a_run_remembers_what_weights_it_began_with(folder, tmp_path, source):
    run, out = tmp_path / "a", tmp_path / "out.inkrec"
    begun = [identity(folder / source)]
    assert begun[0]["name"] == source
    assert train(folder, run, "other", {"init_from": str(folder / source)}) == 0
    assert card(run)["init_from"] == begun
    # on resuming, without being told again, and in the model made of it
    assert train(folder, run, "other", {}) == 0
    assert card(run)["init_from"] == begun
    assert main(["export", str(run / "last.pt"), str(out)]) == 0
    assert load_model(out).card["init_from"] == begun
    # and of several
    third = tmp_path / "third"
    assert train(folder, third, "first", {"init_from": [str(out), str(out)]}) == 0
    assert card(third)["init_from"] == [identity(out)] * 2


def test_a_fingerprint_is_of_the_weights(folder, tmp_path):
    saved = load_checkpoint(folder / "run" / "last.pt")
    (tmp_path / "run").mkdir()
    same, other = tmp_path / "run" / "last.pt", tmp_path / "run" / "other.pt"
    save_checkpoint(same, saved | {"epoch": 7})
    save_checkpoint(other, saved | {"averaged": {k: v + 1 for k, v in saved["averaged"].items()}})
    known = identity(folder / "run" / "last.pt")
    assert identity(same) == known
    assert identity(other)["fingerprint"] != known["fingerprint"]


def test_a_rescorer_remembers_too(folder, tmp_path):
    run, out = tmp_path / "a", tmp_path / "out.inkrec"
    assert train(folder, run, "other", {"init_from": str(folder / "m.inkrec"), **WHOLE}) == 0
    call = ["export", str(folder / "run" / "last.pt"), str(out), "--rescorer"]
    assert main([*call, str(run / "last.pt")]) == 0
    told = load_model(out).card
    assert told["rescorer"]["init_from"] == [identity(folder / "m.inkrec")]
    assert "init_from" not in told


def test_weights_that_were_never_used_are_not_named(folder, tmp_path):
    run = tmp_path / "a"
    assert train(folder, run, "first", SIZES) == 0
    assert train(folder, run, "first", {"init_from": str(folder / "run" / "last.pt")}) == 0
    assert "init_from" not in card(run)


def test_a_folder_that_goes_on_with_other_data_remembers_the_first(folder, tmp_path):
    run = tmp_path / "a"
    for corpus in ("first", "other", "other"):
        assert train(folder, run, corpus, SIZES) == 0
    told = [{key: row[key] for key in FIRST} for row in card(run)["corpora"]]
    assert told == [OTHER, FIRST]


def test_the_recipe_in_the_card_names_no_place(folder, tmp_path):
    data = [{"file": str(folder / "first.h5"), "split": "train", "exclude_fold": "0/5"}]
    assert train(folder, tmp_path / "a", "first", SIZES | {"data": data}) == 0
    told = card(tmp_path / "a")["recipe"]
    assert told["data"] == [data[0] | {"file": "first.h5"}]
    assert told["network"] == SIZES["network"]
    assert str(folder) not in json.dumps(card(tmp_path / "a"))


def old(saved: dict) -> dict:
    """A checkpoint as it was written before the settings had their names of today."""
    settings, told = (json.loads(saved[key]) for key in ("network", "card"))
    settings["causal"], settings["refine"] = (
        settings.pop(f"{k}_units") for k in ("causal", "refine")
    )
    spacing = {"point_spacing": "spacing", "middle_window": "horizon", "local_window": "near",
               "reference_speed": "speed", "length_unit": "unit"}  # fmt: skip
    told["features"] = {spacing[key]: value for key, value in told["features"].items()}
    told |= {"learnt_before": [FIRST], "from": ["en"], "augmentation": {"warp": 0.1, "new": 1}}
    training = {"minutes": 1.0, "rate": 2e-3, "decay": 0.01, "causal": 1.2, "average": 0.999}
    told = {"network": settings, "card": told, "training": training}
    return saved | {key: json.dumps(value) for key, value in told.items()}


def test_a_checkpoint_with_the_names_of_before_is_exported_and_goes_on(folder, tmp_path):
    run, out = tmp_path / "a", tmp_path / "m.inkrec"
    run.mkdir()
    for name, kind in (("last.pt", "run"), ("whole.pt", "whole")):
        save_checkpoint(run / name, old(load_checkpoint(folder / kind / "last.pt")))
    call = ["export", str(run / "last.pt"), str(out), "--rescorer", str(run / "whole.pt")]
    assert main([*call, "--length-unit", "0.7"]) == 0
    told = load_model(out).card
    assert told["network"] == network(folder / "run")
    assert told["training"]["causal_loss_weight"] == 1.2
    assert told["features"] == card(folder / "run")["features"]
    assert told["augmentation"] == {"elastic": 0.1, "new": 1}
    assert (told["provenance"], told["from"]) == ([FIRST], ["en"])
    before = load_checkpoint(run / "last.pt")["step"]
    assert train(folder, run, "first", SIZES) == 0
    assert load_checkpoint(run / "last.pt")["step"] > before


# ---- export: settings go with the parts they were made for


@pytest.fixture(scope="module")
def whole(folder) -> str:
    """A model with all that a card may hold."""
    given, arrays, extra = read_archive(folder / "m.inkrec")
    language = {k: v for k, v in read_archive("en")[2].items() if k.startswith("language/")}
    given |= {
        "beam": {"beam_width": 7}, "word_lm": {"weight": 0.3},
        "rescorer_weight": 0.4, "temperature": 2.0,
        "licence": "CC0", "limits": "letters", "adapted": {"lines": 3},
    }  # fmt: skip
    save_model(folder / "whole.inkrec", given, arrays, extra | language)
    return str(folder / "whole.inkrec")


def test_a_model_made_of_all_parts_of_another_is_that_model(whole, tmp_path):
    out = str(tmp_path / "again.inkrec")
    assert main(["export", whole, out, "--rescorer", whole, "--language", whole]) == 0
    assert load_model(out).card == load_model(whole).card
    assert load_model(out).fingerprint == load_model(whole).fingerprint


def test_settings_go_with_the_parts_they_were_tuned_for(folder, whole, tmp_path):
    tuned = {"beam", "word_lm", "rescorer_weight"}
    rest = {"temperature", "licence", "limits", "adapted"}
    run, out = str(folder / "run" / "last.pt"), str(tmp_path / "m.inkrec")
    for files, options, brought in (
        ([whole], [], rest - {"temperature"}),  # it is of the text with the language model
        ([whole], ["--language", whole], rest | {"beam", "word_lm"}),
        ([run], ["--language", whole], {"beam", "word_lm"}),
        ([run], ["--rescorer", whole], {"rescorer_weight"}),
        ([run], ["--rescorer", str(folder / "m.inkrec")], set()),
        ([whole, whole], [], set()),  # a mean is none of them
    ):
        assert main(["export", *files, out, *options]) == 0
        assert (tuned | rest) & load_model(out).card.keys() == brought, (files, options)


def test_options_override_what_a_model_brings(whole, tmp_path):
    out = str(tmp_path / "m.inkrec")
    call = ["export", whole, out, "--rescorer", whole, "--language", whole]
    options = [
        "--beam",
        '{"beam_width": 3}',
        "--card",
        "rescorer_weight=0.1",
        "--card",
        "licence=mine",
    ]
    assert main([*call, *options]) == 0
    card = load_model(out).card
    assert (card["beam"], card["rescorer_weight"], card["licence"]) == (
        {"beam_width": 3},
        0.1,
        "mine",
    )
    assert (card["word_lm"], card["limits"]) == ({"weight": 0.3}, "letters")


# ---- files to be written


def test_a_forgotten_out_does_not_cost_a_checkpoint(folder, capsys):
    one, two = (str(folder / name / "last.pt") for name in ("run", "whole"))
    before = Path(two).read_bytes()
    assert main(["export", one, two]) == 1
    error = capsys.readouterr().err
    assert f"{two} is to be written and does not end in .inkrec" in error
    assert error.count("\n") == 1
    assert Path(two).read_bytes() == before


@pytest.mark.parametrize("out", ["m.pt", "nodir/m.inkrec"])
def test_outputs_are_refused_before_the_work(folder, tmp_path, monkeypatch, capsys, out):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Trainer, "train", lambda *_: pytest.fail("it began"))
    said = "does not end in .inkrec" if out.endswith(".pt") else "there is no folder nodir"
    assert main(["export", "none.pt", out]) == 1
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_alignments_are_refused_before_a_line_is_read(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["align", "en", "none.h5", "--split", "train", "-o", "nodir/c.json"]) == 1
    assert "there is no folder nodir; make it first" in capsys.readouterr().err


@pytest.mark.parametrize(
    "call",
    [
        ["train", "r.toml", "-o", "{}/run"],
        ["adapt", "en", "none.jsonl", "-o", "{}/m.inkrec"],
        ["align", "en", "none.h5", "--split", "train", "-o", "{}/words.json"],
        ["train-lm", "{}/m.lm", "--text", "none.txt"],
        ["eval", "en", "none.h5", "--split", "train", "--report", "{}/report"],
    ],
    ids=lambda call: " ".join(call[:1] + call[-2:-1]),
)
def test_a_folder_that_takes_no_file_is_told_before_any_is_read(
    closed, tmp_path, monkeypatch, capsys, call
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "r.toml").write_text(toml({"data": [{"file": "none.h5", "split": "train"}]}))
    assert main([word.format(closed) for word in call]) == 1
    error = capsys.readouterr().err
    assert f"no file can be made in {closed}" in error
    assert error.count("\n") == 1


def test_a_file_in_place_of_the_folder_is_told_first(folder, tmp_path, capsys):
    (tmp_path / "run").write_text("old")
    none = {"data": [{"file": "none.h5", "split": "train"}]}
    assert follow(tmp_path / "run", none) == 1
    assert "run is a file; name a folder for the checkpoints" in capsys.readouterr().err


def test_every_line_of_json_is_an_object_the_model_s_too(folder, tmp_path, capsys):
    assert train(folder, tmp_path / "a", "first", SIZES | {"export": {}}, "--json") == 0
    entries = [json.loads(row) for row in capsys.readouterr().out.splitlines()]
    assert entries[-1]["exported"] == str(tmp_path / "a" / "a.inkrec")
    assert (entries[-1]["rescorer"], entries[-1]["language"]) == (False, False)
    assert entries[-1]["steps"] == load_checkpoint(tmp_path / "a" / "last.pt")["step"]


# ---- alignments


def test_an_alignment_of_another_corpus_is_refused(folder, tmp_path, capsys):
    words = tmp_path / "words.json"
    words.write_text('{"alignment": {"another line": [[1, 2]]}}')
    data = {"file": str(folder / "first.h5"), "split": "train", "alignment": str(words)}
    assert follow(tmp_path / "a", {"data": [data]}) == 1
    error = capsys.readouterr().err
    assert "words.json holds none of these lines; give the file that `inkrec align` made" in error
    assert error.count("\n") == 1
