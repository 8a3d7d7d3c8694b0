"""``inkrec train`` and ``inkrec export``: from a corpus to a model file, and every wrong call."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from letters import page, samples

from inkrec import FormatError, Ink, ModelError, load
from inkrec.cli import main
from inkrec.features.context_bitmap import PIXELS
from inkrec.features.points import CHANNELS
from inkrec.model import load_model
from inkrec.training.progress import line
from recipes import NETWORK, over, toml, train

torch = pytest.importorskip("torch", reason="training needs PyTorch, the extra 'train'")
pytest.importorskip("h5py", reason="corpora need h5py, the extra 'train'")
torch.set_num_threads(1)

from inkrec.corpus import write_corpus  # noqa: E402
from inkrec.training.checkpoint import load_checkpoint  # noqa: E402
from inkrec.training.data_spec import DataSpec, Fold, training_sets  # noqa: E402

TINY = {"network": NETWORK, "training": {"report_s": 0.2, "batch_points": 600}}
SYMBOLS = "".join(map(chr, range(32, 127)))


def recipe(corpus: str, **more) -> dict:
    """A small network on the training split of a corpus."""
    return over({"data": [{"file": corpus, "split": "train"}], **TINY}, more)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> str:
    """Forty lines of made-up letters, each its own form, of five writers."""
    path = tmp_path_factory.mktemp("corpus") / "letters.h5"
    about = {"name": "Letters", "licence": "CC0", "citation": "none"}
    assert write_corpus(path, samples(40), attributes=about) == 40
    return str(path)


@pytest.fixture(scope="module")
def trained(corpus, tmp_path_factory) -> Path:
    """A folder with the checkpoints of about a second of training."""
    folder = tmp_path_factory.mktemp("trained") / "run"
    data = [{"file": corpus, "split": "train", "weight": 2}]
    more = {"data": data, "valid": {"file": corpus, "split": "dev"}, "training": {"valid_every": 1}}
    assert train(folder, recipe(corpus, **more), "--minutes", "0.02") == 0
    return folder


def environment() -> dict[str, str]:
    here = Path(__file__).parents[1]
    path = os.pathsep.join(map(str, (here, here.parent)))  # where inkrec is not installed
    return {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": path, "CUDA_VISIBLE_DEVICES": ""}


# ---- what a run leaves, and what it says


def test_a_run_leaves_checkpoints_and_a_log(trained):
    assert sorted(os.listdir(trained)) == ["best.pt", "last.pt", "log.jsonl"]
    log = [json.loads(row) for row in (trained / "log.jsonl").read_text().splitlines()]
    assert log
    assert {"epoch", "step", "minutes", "causal_cer", "refined_cer"} <= set(log[0])
    card = json.loads(load_checkpoint(trained / "last.pt")["card"])
    assert card["corpora"][0]["licence"] == "CC0"
    assert card["corpora"][0]["corpus"] == "Letters"
    assert card["corpora"][0]["data"] == "letters.h5, split train, weight 2"
    told = card["recipe"]
    assert told["data"] == [{"file": "letters.h5", "split": "train", "weight": 2}]
    assert told["training"] == {**TINY["training"], "valid_every": 1, "minutes": 0.02}
    assert told["network"] == NETWORK


def longer(folder: Path) -> str:
    """A budget that leaves a moment to what was spent: one step at the least, however slow."""
    return str(load_checkpoint(folder / "last.pt")["spent_s"] / 60 + 0.005)


def test_the_same_call_with_more_minutes_goes_on(trained, corpus, capsys):
    before = load_checkpoint(trained / "last.pt")
    assert train(trained, recipe(corpus), "--minutes", "0.001") == 0
    said = capsys.readouterr().out
    assert "the budget is spent" in said
    assert "letters.h5" not in said, "no line is read for nothing"
    assert load_checkpoint(trained / "last.pt")["step"] == before["step"]
    assert train(trained, recipe(corpus), "--minutes", longer(trained)) == 0
    said = capsys.readouterr().out
    assert f"goes on from {trained / 'last.pt'}: epoch {before['epoch']}" in said
    assert "letters.h5, split train: 30 lines of Letters" in said
    assert "left, until" in said
    assert "loss causal" in said
    after = load_checkpoint(trained / "last.pt")
    assert after["step"] > before["step"]
    assert after["spent_s"] > before["spent_s"]


def test_json_reports_are_one_object_a_line(trained, corpus, capsys):
    assert train(trained, recipe(corpus), "--json", "--minutes", longer(trained)) == 0
    entries = [json.loads(row) for row in capsys.readouterr().out.splitlines()]
    assert entries[0]["data"] == "letters.h5, split train"
    assert entries[0]["lines"] == 30
    assert any("resumed" in e for e in entries)
    assert any("refined_loss" in e for e in entries)


STILL = {"learning_rate": 1e-12, "weight_decay": 0}


def test_a_run_begins_with_the_weights_of_others(trained, corpus, tmp_path, capsys):
    folder = tmp_path / "second"
    known = load_checkpoint(trained / "best.pt")
    others = [str(trained / name) for name in ("best.pt", "last.pt")]
    more = {"init_from": others, "network": {"stem": [14, 18]}, "training": STILL}
    assert train(folder, recipe(corpus, **more), "--minutes", "0.001") == 0
    saved = load_checkpoint(folder / "last.pt")
    assert saved["step"] >= 1
    assert saved["spent_s"] < known["spent_s"] + 60
    begun = json.loads(saved["card"])["init_from"]
    assert [one["name"] for one in begun] == [f"{trained.name}/best.pt", f"{trained.name}/last.pt"]
    assert all(len(one["fingerprint"]) == 24 for one in begun)
    other = load_checkpoint(trained / "last.pt")["averaged"]
    for name in ("forth.0.weight_hh_l0", "refine_head.bias"):
        both = (known["averaged"][name] + other[name]) / 2
        np.testing.assert_allclose(saved["weights"][name], both, atol=1e-6)
    step = saved["step"]
    more["init_from"] = str(tmp_path / "deleted since.pt")
    assert train(folder, recipe(corpus, **more), "--minutes", longer(folder)) == 0
    assert "goes on from" in capsys.readouterr().out
    assert load_checkpoint(folder / "last.pt")["step"] > step, "its own weights, not the others'"
    assert json.loads(load_checkpoint(folder / "last.pt")["card"])["init_from"] == begun
    wrong = recipe(corpus, init_from=others[1], network={"refine_units": 13})
    assert train(tmp_path / "third", wrong) == 1
    assert "cannot begin with the weights" in capsys.readouterr().err
    assert train(tmp_path / "third", recipe(corpus, init_from=corpus)) == 1
    assert "is no checkpoint of the trainer" in capsys.readouterr().err
    assert not (tmp_path / "third").exists()


def test_a_run_begins_with_the_weights_of_a_model(trained, corpus, tmp_path, capsys):
    model = str(tmp_path / "m.inkrec")
    whole = {"network": {"causal_layers": 0}}
    again = recipe(corpus, init_from=model, training={"learning_rate": 1e-12})
    assert train(tmp_path / "whole", recipe(corpus, **whole), "--minutes", "0.001") == 0
    second = str(tmp_path / "whole" / "last.pt")
    assert main(["export", str(trained / "last.pt"), model]) == 0
    assert train(tmp_path / "none", over(again, whole), "--minutes", "0.001") == 1
    assert "m.inkrec has no rescorer; take a checkpoint of one" in capsys.readouterr().err
    assert main(["export", str(trained / "last.pt"), model, "--rescorer", second]) == 0
    for name, more, source in (("a", {}, str(trained / "last.pt")), ("b", whole, second)):
        assert train(tmp_path / name, over(again, more), "--minutes", "0.001") == 0
        saved, known = load_checkpoint(tmp_path / name / "last.pt"), load_checkpoint(source)
        begun = [{"name": "m.inkrec", "fingerprint": load_model(model).fingerprint}]
        assert json.loads(saved["card"])["init_from"] == begun
        for key, value in known["averaged"].items():
            if key.startswith("causal_head") and more:
                assert saved["weights"][key].abs().max() < 1e-9, "it is in no file"
            elif "bias_" not in key:  # two that are one in the file
                step = value.abs().max() / 127
                assert (saved["weights"][key] - value).abs().max() <= 0.51 * step, key


def test_another_network_in_the_same_folder_is_refused(trained, corpus, capsys):
    assert train(trained, recipe(corpus, network={"refine_units": 13})) == 1
    assert "was trained with network" in capsys.readouterr().err
    other = recipe(corpus, features={"point_spacing": 0.3})
    for minutes in ("60", "0.001"):  # where the budget is spent too
        assert train(trained, other, "--minutes", minutes) == 1
        error = capsys.readouterr().err
        assert "was trained with features" in error
        assert "take another folder" in error


def test_lines_of_progress():
    entry = {
        "epoch": 3, "step": 420, "minutes": 15.0, "of": 135.0, "rate": 2.4e-3,
        "causal_loss": 0.5, "refined_loss": 0.25,
    }  # fmt: skip
    said = line(entry, time.mktime((2026, 1, 1, 12, 30, 0, 0, 0, -1)))
    assert "11 %" in said
    assert "2:00 h left, until 14:30" in said
    assert "loss causal 0.500, refined 0.250" in said


# ---- killed in the middle


def test_a_killed_run_is_resumed_by_the_same_command(corpus, tmp_path):
    folder, file = tmp_path / "run", tmp_path / "r.toml"
    file.write_text(toml(recipe(corpus, training={"checkpoint_s": 0.01})))
    call = [sys.executable, "-m", "inkrec.cli", "train", str(file), "-o", str(folder)]
    first = subprocess.Popen(
        [*call, "--minutes", "30"], env=environment(), stdout=subprocess.PIPE, text=True
    )
    assert first.stdout is not None
    for said in first.stdout:  # killed while it learns and writes checkpoints all the time
        if "loss" in said and (folder / "last.pt").exists():
            break
    first.send_signal(signal.SIGKILL)
    assert first.wait() == -signal.SIGKILL
    first.stdout.close()
    saved = load_checkpoint(folder / "last.pt")  # whole, whatever was being written
    assert saved["step"] > 0
    minutes = longer(folder)
    assert main([*call[3:], "--minutes", minutes]) == 0
    after = load_checkpoint(folder / "last.pt")
    assert after["step"] > saved["step"]
    assert after["epoch"] >= saved["epoch"]
    assert saved["spent_s"] < 60 * float(minutes) <= after["spent_s"]
    assert after["optimizer"]["state"][0]["step"] == after["step"], "no step was taken twice"


# ---- two processes

WORKER = """
import hashlib, os, sys
from inkrec.cli import main
from inkrec.training.trainer import Trainer

train = Trainer.train

def watched(self, *args):
    train(self, *args)
    digest = hashlib.sha256()
    for network in (self.network, self.averaged):
        for value in network.state_dict().values():
            digest.update(value.numpy().tobytes())
    with open(f"{sys.argv[1]}.{self.rank}", "w") as out:
        out.write(f"{self.world} {self.step} {self.spent_s} {digest.hexdigest()}")

Trainer.train = watched
sys.exit(main(sys.argv[2:]))
"""


def test_two_processes_end_with_the_same_weights(corpus, tmp_path):
    worker, file = tmp_path / "worker.py", tmp_path / "r.toml"
    worker.write_text(WORKER)
    file.write_text(toml(recipe(corpus, valid={"file": corpus, "split": "dev"})))
    run = subprocess.run(
        [
            *(sys.executable, "-m", "torch.distributed.run", "--standalone"),
            *("--nproc_per_node", "2", str(worker), str(tmp_path / "rank")),
            *("train", str(file), "-o", str(tmp_path / "run"), "--minutes", "0.02"),
        ],
        env=environment(), capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-3000:]
    first, second = ((tmp_path / f"rank.{i}").read_text().split() for i in (0, 1))
    assert first == second
    assert first[0] == "2"
    assert int(first[1]) > 0
    assert run.stdout.count("letters.h5, split train") == 1, "one process speaks"
    assert json.loads(load_checkpoint(tmp_path / "run" / "last.pt")["card"])["processes"] == 2


# ---- export


@pytest.fixture(scope="module")
def language(tmp_path_factory) -> str:
    """A language model of three symbols."""
    from inkrec.language.alphabet import Alphabet
    from inkrec.language.char_ngram import NgramModel

    path = tmp_path_factory.mktemp("language") / "tiny.lm"
    NgramModel(
        Alphabet(" oz"), unigram=[0.2, 0.5, 0.3], levels=[4, 2], labels=[1, 2, 3, 4, 2, 3],
        probs=[0, 0, 0, 0, 1, 3], children=[1, 1, 0, 0], rests=[2, 3], steps=(0.5, 0.25),
    ).save(path)  # fmt: skip
    return str(path)


def test_export_writes_a_model_that_loads(trained, tmp_path, capsys):
    out = tmp_path / "m.inkrec"
    facts = tmp_path / "facts.json"
    facts.write_text('{"licence": "CC0", "figures": {"cer": 9.5}}')
    call = ["export", str(trained / "best.pt"), str(out), "--name", "tiny", "--card-json"]
    options = [
        "--card",
        "temperature=1.5",
        "--card",
        "licence=CC BY 4.0",
        "--beam",
        '{"beam_width": 4}',
    ]
    assert main([*call, str(facts), *options]) == 0
    assert str(out) in capsys.readouterr().out
    card = load_model(out).card
    assert card["name"] == "tiny"
    assert card["temperature"] == 1.5
    assert card["licence"] == "CC BY 4.0"
    assert card["figures"] == {"cer": 9.5}
    assert card["beam"] == {"beam_width": 4}
    assert card["trained"]["steps"] > 0
    assert card["corpora"][0]["licence"] == "CC0"
    assert isinstance(load(out).recognize(page(1)[0]).text, str)


def test_a_network_without_causal_layers_rescores(corpus, trained, tmp_path, capsys):
    out, folder = tmp_path / "m.inkrec", tmp_path / "second"
    whole = recipe(corpus, network={"causal_layers": 0})
    assert train(folder, whole, "--minutes", "0.01") == 0
    second = str(folder / "last.pt")
    options = ["--rescorer", second, "--card", "rescorer_weight=0.4"]
    assert main(["export", str(trained / "best.pt"), str(out), *options]) == 0
    assert "with a rescorer, trained" in capsys.readouterr().out
    model = load_model(out)
    assert model.rescorer is not None
    assert model.card["rescorer_weight"] == 0.4
    assert model.card["rescorer"]["network"]["causal_layers"] == 0
    assert model.card["rescorer"]["network"]["channels"] == len(CHANNELS) + PIXELS
    assert isinstance(load(out).recognize(page(2)[0]).text, str)
    assert main(["export", second, str(tmp_path / "no.inkrec")]) == 1
    assert "lacks causal layers" in capsys.readouterr().err


def test_train_exports_the_best(corpus, trained):
    more = {
        "name": "best", "valid": {"file": corpus, "split": "dev"},
        "export": {"file": "m.inkrec", "temperature": 1.5, "card": {"note": "a short one"}},
    }  # fmt: skip
    assert train(trained, recipe(corpus, **more), "--minutes", "0.01") == 0
    card = load_model(trained / "m.inkrec").card
    assert card["note"] == "a short one"
    assert card["temperature"] == 1.5
    assert card["trained"]["steps"] == load_checkpoint(trained / "best.pt")["step"]
    (trained / "m.inkrec").unlink()


def test_a_language_model_goes_into_the_file(trained, language, tmp_path):
    out = tmp_path / "m.inkrec"
    call = ["export", str(trained / "best.pt"), str(out), "--language", language]
    assert main([*call, "--beam", '{"beam_width": 3, "lm_weight": 0.7}']) == 0
    recognizer = load(out)
    assert recognizer.language is not None
    assert recognizer.beam.beam_width == 3
    assert recognizer.beam.lm_weight == 0.7
    assert isinstance(recognizer.recognize(page(2)[0]).text, str)


def test_parts_of_a_model_go_into_another(corpus, trained, language, tmp_path, capsys):
    first, then, folder = tmp_path / "m.inkrec", tmp_path / "again.inkrec", tmp_path / "second"
    whole = recipe(corpus, network={"causal_layers": 0})
    assert train(folder, whole, "--minutes", "0.001") == 0
    parts = ["--rescorer", str(folder / "last.pt"), "--language", language, "--name", "tiny"]
    assert main(["export", str(trained / "best.pt"), str(first), *parts]) == 0
    call = ["export", str(first), str(then), "--rescorer", str(first), "--language"]
    assert main([*call, str(first)]) == 0
    assert load_model(then).fingerprint == load_model(first).fingerprint, "8 bits of 8 bits"
    assert main(["export", str(first), str(then)]) == 0
    capsys.readouterr()
    assert main([*call, str(then)]) == 1
    assert "again.inkrec has no language model" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--beam", "{beam_width: 4}"], "--beam {beam_width: 4}: no JSON"),
        (["--beam", '{"breadth": 4}'], "breadth"),
        (["--beam", '{"beam_width": 0}'], "beam_width is 0"),
        (["--beam", "5"], "it is 5, and its fields are beam_width"),
        (["--card", "temperature=hot"], "temperature is 'hot'; it must be a number"),
        (["--card", "temperature=-1"], "temperature is -1"),
        (
            ["--card", 'word_lm={"breadth": 4}'],
            "it is {'breadth': 4}, and its fields are weight",
        ),
        (["--card", 'word_lm={"weight": -4}'], "weight is -4; it must be 0 or more"),
        (["--card", "rescorer_weight=2"], "rescorer_weight is 2.0; it must lie in 0 to 1"),
        (["--card", "licence"], "--card licence: expected KEY=VALUE"),
        (["--card", "=x"], "expected KEY=VALUE"),
        (["--card", "beam={1"], "--card {1: no JSON"),
        (["--card", "symbols=abc"], "card entry 'symbols' comes from the training"),
        (["--card-json", "none.json"], "none.json: No such file"),
        (["--language", "none.lm"], "none.lm: No such file"),
        (["--language", __file__], "is not a language model"),
        (["--card-json", __file__], "is no JSON"),
    ],
)
def test_a_wrong_export_is_one_line_and_writes_nothing(trained, tmp_path, capsys, options, message):
    out = tmp_path / "m.inkrec"
    assert main(["export", str(trained / "best.pt"), str(out), *options]) == 1
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 and so on", b"\x80\x02}q\x00."])
def test_a_file_that_is_no_checkpoint_is_one_line(tmp_path, capsys, content):
    file = tmp_path / "odd.pt"
    file.write_bytes(content)
    assert main(["export", str(file), str(tmp_path / "m.inkrec")]) == 1
    error = capsys.readouterr().err
    assert "odd.pt is no checkpoint of the trainer" in error
    assert error.count("\n") == 1


def test_a_checkpoint_that_is_not_there_says_so(tmp_path, capsys):
    assert main(["export", str(tmp_path / "no.pt"), str(tmp_path / "m.inkrec")]) == 1
    assert "no.pt: No such file" in capsys.readouterr().err


def test_a_torn_checkpoint_is_refused_and_kept(trained, corpus, tmp_path, capsys):
    whole = (trained / "last.pt").read_bytes()
    torn = tmp_path / "last.pt"
    torn.write_bytes(whole[: len(whole) // 2])
    assert train(tmp_path, recipe(corpus)) == 1
    assert "last.pt is no checkpoint of the trainer, or damaged" in capsys.readouterr().err
    assert torn.read_bytes() == whole[: len(whole) // 2]


# ---- what is read of a corpus


def read(corpus: str, symbols: str = SYMBOLS, **data):
    (found,), (report,) = training_sets([DataSpec(corpus, "train", **data)], symbols)
    return found, report


def test_folds_part_forms_and_cover_them(corpus):
    whole = read(corpus)[0].lines
    parts = [read(corpus, only_fold=Fold(i, 3))[0].lines for i in range(3)]
    assert sum(map(len, parts)) == len(whole) == 30
    assert all(parts)
    rest, report = read(corpus, exclude_fold=Fold(1, 3))
    assert len(rest.lines) == len(parts[0]) + len(parts[2])
    assert report["left_out"]["fold"] == len(parts[1])
    kept = sorted(p.text for p in [*parts[0], *parts[2]])
    assert sorted(p.text for p in rest.lines) == kept


def test_a_form_is_in_one_fold():
    for form in ("a01-000", "a01-000u", "", "ä"):
        assert sum(Fold(i, 7).holds(form) for i in range(7)) == 1


def test_every_and_limit_thin_a_corpus_out(corpus):
    whole = [p.text for p in read(corpus)[0].lines]
    thin = [p.text for p in read(corpus, every=4, limit=5)[0].lines]
    assert thin == whole[::4][:5]


def test_lines_with_other_symbols_are_left_out_and_counted(corpus):
    found, report = read(corpus, " clnotvz")
    assert all("i" not in p.text for p in found.lines)
    assert report["left_out"]["symbols"] == 30 - len(found.lines) > 0
    with pytest.raises(ModelError, match=r"gives no line; left out: .*'symbols': 30"):
        read(corpus, "z")


def test_a_corpus_that_is_not_there_says_how_to_make_it(tmp_path, capsys):
    assert train(tmp_path / "run", recipe("nowhere.h5")) == 1
    assert "nowhere.h5: no such corpus; make it with" in capsys.readouterr().err
    with pytest.raises(FormatError, match="no such corpus"):
        read("nowhere.h5")


def test_the_letters_are_ink():
    ink, text = page(3)
    assert isinstance(ink, Ink)
    assert len(text) > 3
    assert np.ptp(ink[0].y) > 0
