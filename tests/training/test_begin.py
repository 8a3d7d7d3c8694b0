"""What a run goes on from: its settings, and what the card remembers of it."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import pytest
from letters import samples

from inkrec.cli import main
from inkrec.model import load_model, read_archive, save_model

torch = pytest.importorskip("torch", reason="training needs PyTorch, the extra 'train'")
pytest.importorskip("h5py", reason="corpora need h5py, the extra 'train'")
torch.set_num_threads(1)

from inkrec.corpus import write_corpus  # noqa: E402
from inkrec.training.checkpoint import load_checkpoint  # noqa: E402
from inkrec.training.init_weights import average_weights, provenance  # noqa: E402
from inkrec.training.run import _quoted  # noqa: E402
from inkrec.training.trainer import Trainer  # noqa: E402

SIZES = [
    *("--set", "stem=[8,12]", "--set", "causal=16", "--set", "causal_layers=1"),
    *("--set", "refine=12", "--set", "refine_layers=1", "--set", "dropout=0.1"),
    *("--set", "unit=0.7", "--set", "horizon=60"),
]
FIRST = {"data": "first.h5?split=train", "corpus": "First", "licence": "CC0"}
OTHER = {"data": "other.h5?split=train", "corpus": "Other", "licence": "CC BY 4.0"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Two corpora, a run of each kind on the first, and the model they make."""
    here = tmp_path_factory.mktemp("begin")
    for row in (FIRST, OTHER):
        about = {"name": row["corpus"], "licence": row["licence"], "citation": "none"}
        write_corpus(here / row["data"].partition("?")[0], samples(24), attributes=about)
    assert train(here, "run", "first", *SIZES) == 0
    assert train(here, "whole", "first", *SIZES, "--set", "causal_layers=0") == 0
    call = ["export", str(here / "run" / "last.pt"), str(here / "m.inkrec")]
    assert main([*call, "--rescorer", str(here / "whole" / "last.pt")]) == 0
    return here


def train(folder: Path, name: str, corpus: str, *options: str) -> int:
    """A step or two into a folder, however much was spent on it."""
    last = folder / name / "last.pt"
    spent = load_checkpoint(last)["spent_s"] / 60 if last.exists() else 0.0
    data = ["--data", f"{folder / corpus}.h5?split=train", "--points", "600"]
    return main(["train", str(folder / name), *data, "--minutes", str(spent + 0.001), *options])


def card(folder: Path, name: str) -> dict:
    return json.loads(load_checkpoint(folder / name / "last.pt")["card"])


def network(folder: Path, name: str) -> dict:
    return json.loads(load_checkpoint(folder / name / "last.pt")["network"])


# ---- settings


@pytest.mark.parametrize("source", ["run/last.pt", "m.inkrec"])
def test_a_run_takes_the_settings_of_the_weights_it_begins_with(folder, tmp_path, source):
    at = ["--from", str(folder / source)]
    assert train(folder, str(tmp_path / "a"), "other", *at, "--set", "affine=0.1") == 0
    assert card(folder, str(tmp_path / "a"))["features"] == card(folder, "run")["features"]
    assert card(folder, str(tmp_path / "a"))["features"]["unit"] == 0.7
    assert network(folder, str(tmp_path / "a")) == network(folder, "run")


def test_settings_that_are_said_override_those_of_the_weights(folder, tmp_path, capsys):
    at = ["--from", str(folder / "m.inkrec")]
    other = ["--set", "unit=0.9", "--set", "dropout=0.3", "--set", "stem=[10,12]"]
    assert train(folder, str(tmp_path / "a"), "other", *at, *other) == 0
    assert card(folder, str(tmp_path / "a"))["features"]["unit"] == 0.9
    assert card(folder, str(tmp_path / "a"))["features"]["horizon"] == 60
    changed = {"dropout": 0.3, "stem": [10, 12]}
    assert network(folder, str(tmp_path / "a")) == network(folder, "run") | changed
    assert train(folder, str(tmp_path / "b"), "other", *at, "--set", "refine=13") == 1
    assert "cannot begin with the weights" in capsys.readouterr().err
    assert not (tmp_path / "b").exists()


def test_no_causal_layers_take_the_rescorer_of_a_model(folder, tmp_path):
    at = ["--from", str(folder / "m.inkrec"), "--set", "causal_layers=0"]
    assert train(folder, str(tmp_path / "a"), "other", *at) == 0
    assert network(folder, str(tmp_path / "a")) == network(folder, "whole")
    # a checkpoint of one says so itself
    at = ["--from", str(folder / "whole" / "last.pt")]
    assert train(folder, str(tmp_path / "b"), "other", *at) == 0
    assert network(folder, str(tmp_path / "b")) == network(folder, "whole")


def test_a_folder_goes_on_with_its_own_settings(folder, tmp_path):
    name = str(tmp_path / "a")
    assert train(folder, name, "first", *SIZES) == 0
    before = load_checkpoint(tmp_path / "a" / "last.pt")["step"]
    assert train(folder, name, "first", "--from", str(tmp_path / "deleted since.inkrec")) == 0
    assert load_checkpoint(tmp_path / "a" / "last.pt")["step"] > before
    assert network(folder, name) == network(folder, "run")
    assert card(folder, name)["features"]["unit"] == 0.7


# ---- what is remembered


def test_the_name_is_that_of_the_folder(folder, tmp_path):
    assert card(folder, "run")["name"] == "run"
    assert load_model(folder / "m.inkrec").card["name"] == "run"
    name = str(tmp_path / "a")
    assert train(folder, name, "first", *SIZES, "--name", "mine") == 0
    assert card(folder, name)["name"] == "mine"


@pytest.mark.parametrize("source", ["run/last.pt", "m.inkrec"])
def test_a_run_remembers_what_its_weights_learnt_from(folder, tmp_path, source):
    name, out = str(tmp_path / "a"), tmp_path / "out.inkrec"
    assert train(folder, name, "other", "--from", str(folder / source)) == 0
    assert card(folder, name)["from"] == [source]
    assert card(folder, name)["learnt_before"] == [FIRST]
    # on resuming, without being told again, and in the model made of it
    assert train(folder, name, "other") == 0
    assert card(folder, name)["from"] == [source]
    assert card(folder, name)["learnt_before"] == [FIRST]
    assert main(["export", str(tmp_path / "a" / "last.pt"), str(out)]) == 0
    assert load_model(out).card["learnt_before"] == [FIRST]
    # and by what goes on from that, each once
    third = str(tmp_path / "third")
    assert train(folder, third, "first", "--from", str(out), "--from", str(out)) == 0
    assert card(folder, third)["learnt_before"] == [FIRST, OTHER]


def test_a_rescorer_remembers_too(folder, tmp_path):
    name, out = str(tmp_path / "a"), tmp_path / "out.inkrec"
    at = ["--from", str(folder / "m.inkrec"), "--set", "causal_layers=0"]
    assert train(folder, name, "other", *at) == 0
    call = ["export", str(folder / "run" / "last.pt"), str(out), "--rescorer"]
    assert main([*call, str(tmp_path / "a" / "last.pt")]) == 0
    told = load_model(out).card
    assert told["rescorer"]["learnt_before"] == [FIRST]
    assert "learnt_before" not in told
    assert average_weights([out], rescorer=True)[1]["learnt_before"] == [FIRST]


def test_weights_that_were_never_used_are_not_named(folder, tmp_path):
    name = str(tmp_path / "a")
    assert train(folder, name, "first", *SIZES) == 0
    assert train(folder, name, "first", "--from", str(folder / "run" / "last.pt")) == 0
    assert not {"from", "learnt_before"} & card(folder, name).keys()


def test_a_folder_that_goes_on_with_other_data_remembers_the_first(folder, tmp_path):
    name = str(tmp_path / "a")
    assert train(folder, name, "first", *SIZES) == 0
    assert train(folder, name, "other") == 0
    assert card(folder, name)["corpora"][0]["corpus"] == "Other"
    assert card(folder, name)["learnt_before"] == [FIRST]


def test_what_a_mean_learnt_from_is_told_of_all():
    row = {"data": "a.h5?split=s", "corpus": "A", "licence": "CC0"}
    one = {"corpora": [row | {"pages": 3}], "learnt_before": [FIRST]}
    assert provenance({"corpora": [OTHER]}, [one, one]) == [FIRST, row]
    assert provenance({"corpora": [row, FIRST]}, [one]) == [], "its own are told"
    assert provenance({"corpora": [row], "learnt_before": [row]}, [one]) == [row, FIRST]
    assert provenance({}, [{"corpora": "by hand"}, {}]) == []


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("iam.h5?split=a&leave=0/5", "iam.h5?split=a&leave=0/5"),
        ("/home/ann/iam.h5?split=a&leave=0/5&share=0.8", "iam.h5?split=a&leave=0/5&share=0.8"),
        ("--data=/home/ann/iam.h5?split=a&only=1/5", "--data=iam.h5?split=a&only=1/5"),
        ("/home/ann/run/", "run/"),
        ("licence=CC BY/4.0", "licence=CC BY/4.0"),
        ("--minutes", "--minutes"),
        ("stem=[48,64]", "stem=[48,64]"),
    ],
)
def test_the_command_in_the_card_can_be_given_again(word, said):
    assert shlex.split(_quoted(word)) == [said]


def test_the_command_is_kept_with_its_folds(folder, tmp_path, monkeypatch):
    spec = f"{folder / 'first.h5'}?split=train&leave=0/5"
    call = ["train", str(tmp_path / "a"), "--data", spec, *SIZES, "--minutes", "0.0001"]
    monkeypatch.setattr(sys, "argv", ["inkrec", *call])
    assert main(call) == 0
    told = card(folder, str(tmp_path / "a"))["command"]
    assert told.startswith("inkrec train a --data 'first.h5?split=train&leave=0/5' --set")


# ---- export: settings go with the parts they were made for


@pytest.fixture(scope="module")
def whole(folder) -> str:
    """A model with all that a card may hold."""
    given, arrays, extra = read_archive(folder / "m.inkrec")
    language = {k: v for k, v in read_archive("en")[2].items() if k.startswith("language/")}
    given |= {
        "beam": {"width": 7}, "words": {"weight": 0.3}, "opinion": 0.4, "temperature": 2.0,
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
    tuned = {"beam", "words", "opinion"}
    rest = {"temperature", "licence", "limits", "adapted"}
    run, out = str(folder / "run" / "last.pt"), str(tmp_path / "m.inkrec")
    for files, options, brought in (
        ([whole], [], rest - {"temperature"}),  # it is of the text with the language model
        ([whole], ["--language", whole], rest | {"beam", "words"}),
        ([run], ["--language", whole], {"beam", "words"}),
        ([run], ["--rescorer", whole], {"opinion"}),
        ([run], ["--rescorer", str(folder / "m.inkrec")], set()),
        ([whole, whole], [], set()),  # a mean is none of them
    ):
        assert main(["export", *files, out, *options]) == 0
        assert (tuned | rest) & load_model(out).card.keys() == brought, (files, options)


def test_options_override_what_a_model_brings(whole, tmp_path):
    out = str(tmp_path / "m.inkrec")
    call = ["export", whole, out, "--rescorer", whole, "--language", whole]
    options = ["--beam", '{"width": 3}', "--card", "opinion=0.1", "--card", "licence=mine"]
    assert main([*call, *options]) == 0
    card = load_model(out).card
    assert (card["beam"], card["opinion"], card["licence"]) == ({"width": 3}, 0.1, "mine")
    assert (card["words"], card["limits"]) == ({"weight": 0.3}, "letters")


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
    for call in (
        ["export", "none.pt", out],
        ["train", "run", "--data", "none.h5?split=train", "--export", out],
    ):
        assert main(call) == 1
        error = capsys.readouterr().err
        assert said in error
        assert error.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_cuts_are_refused_before_a_line_is_read(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["cut", "en", "none.h5", "--split", "train", "-o", "nodir/c.json"]) == 1
    assert "there is no folder nodir; make it first" in capsys.readouterr().err


@pytest.mark.parametrize(
    "call",
    [
        ["train", "{}/run", "--data", "none.h5?split=train"],
        ["train", "run", "--data", "none.h5?split=train", "--export", "{}/m.inkrec"],
        ["adapt", "en", "none.jsonl", "-o", "{}/m.inkrec"],
        ["cut", "en", "none.h5", "--split", "train", "-o", "{}/cuts.json"],
        ["train-lm", "{}/m.lm", "--text", "none.txt"],
        ["eval", "en", "none.h5", "--split", "train", "--report", "{}/report"],
    ],
    ids=lambda call: " ".join(call[:1] + call[-2:-1]),
)
def test_a_folder_that_takes_no_file_is_told_before_any_is_read(
    closed, tmp_path, monkeypatch, capsys, call
):
    monkeypatch.chdir(tmp_path)
    assert main([word.format(closed) for word in call]) == 1
    error = capsys.readouterr().err
    assert f"no file can be made in {closed}" in error
    assert error.count("\n") == 1


def test_a_file_in_place_of_the_folder_is_told_first(folder, tmp_path, capsys):
    (tmp_path / "run").write_text("old")
    assert main(["train", str(tmp_path / "run"), "--data", "none.h5?split=train"]) == 1
    assert "run is a file; name a folder for the checkpoints" in capsys.readouterr().err


def test_every_line_of_json_is_an_object_the_model_s_too(folder, tmp_path, capsys):
    out = str(tmp_path / "m.inkrec")
    options = [*SIZES, "--json", "--export", out]
    assert train(folder, str(tmp_path / "a"), "first", *options) == 0
    entries = [json.loads(row) for row in capsys.readouterr().out.splitlines()]
    assert entries[-1]["exported"] == out
    assert (entries[-1]["rescorer"], entries[-1]["language"]) == (False, False)
    assert entries[-1]["steps"] == load_checkpoint(tmp_path / "a" / "last.pt")["step"]


# ---- cuts


def test_cuts_of_another_corpus_are_refused(folder, tmp_path, capsys):
    cuts = tmp_path / "cuts.json"
    cuts.write_text('{"cuts": {"another line": [[1, 2]]}}')
    spec = f"{folder / 'first.h5'}?split=train&cuts={cuts}"
    assert main(["train", str(tmp_path / "a"), "--data", spec]) == 1
    error = capsys.readouterr().err
    assert "cuts.json holds none of these lines; give the file that `inkrec cut` made" in error
    assert error.count("\n") == 1
