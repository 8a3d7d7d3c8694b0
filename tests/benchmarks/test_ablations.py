"""Short trainings that differ in one thing: what differs, and what is measured of them."""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="training needs the train extra")
pytest.importorskip("h5py", reason="corpora need the train extra")

from letters import samples

from inkrec.corpus import write_corpus

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "ablations.py"
ABOUT = {"licence": "CC0", "citation": "none"}


@pytest.fixture(scope="module")
def script():
    return runpy.run_path(str(SCRIPT))


@pytest.fixture(scope="module")
def corpora(tmp_path_factory) -> tuple[str, str]:
    """Two small corpora with the splits and kinds of the real ones."""
    folder = tmp_path_factory.mktemp("corpora")
    lines = samples(24)
    iam, unipen = folder / "iam.h5", folder / "unipen.h5"
    write_corpus(
        iam,
        [s._replace(split="trainset" if s.split == "train" else "testset_v") for s in lines],
        attributes={"name": "A", **ABOUT},
    )
    kinds = [s._replace(kind="text" if i % 2 else "word") for i, s in enumerate(lines)]
    write_corpus(unipen, kinds, attributes={"name": "B", **ABOUT})
    return str(iam), str(unipen)


def test_a_case_differs_from_the_base_in_what_it_names_alone(script):
    data = script["data_of"]("iam.h5", "UNIPEN.h5", "words.json")
    base = script["recipe_of"](script["CASES"]["base"], data, 8)

    def apart(name):
        other = script["recipe_of"](script["CASES"][name], data, 8)
        assert other.keys() == base.keys()
        return {
            (table, key): (base[table].get(key), other[table].get(key))
            for table in base.keys() - {"data"}
            for key in base[table].keys() | other[table].keys()
            if base[table].get(key) != other[table].get(key)
        }, [table for table in base["data"] if table not in other["data"]]

    assert apart("no-elastic") == ({("augmentation", "elastic"): (0.08, 0)}, [])
    assert apart("rate-half") == ({("training", "learning_rate"): (3e-3, 1.5e-3)}, [])
    changed, gone = apart("no-unipen")
    assert not changed
    assert len(gone) == 2
    assert all(table["file"] == "UNIPEN.h5" for table in gone)
    assert apart("no-alignment") == ({}, [data[1]])
    told = [json.dumps(script["recipe_of"](case, data, 8)) for case in script["CASES"].values()]
    assert len(set(told)) == len(told)


def test_every_case_is_a_recipe(script, tmp_path):
    from inkrec.training.recipe_file import read_recipe

    words = tmp_path / "words.json"
    words.write_text("{}")
    for name, case in script["CASES"].items():
        file = tmp_path / f"{name}.toml"
        made = script["recipe_of"](case, script["data_of"]("a.h5", "b.h5", str(words)), 8)
        file.write_text(script["toml"](made))
        (network,) = read_recipe([file]).networks.values()
        assert network.training.minutes == 8
        tables = {key: value for key, value in network.tables.items() if key != "data"}
        assert tables == {key: value for key, value in made.items() if key != "data"}


def test_cases_are_trained_measured_and_not_run_again(script, corpora, tmp_path, capsys):
    runs = tmp_path / "runs"
    sets, on = tmp_path / "sets.toml", "iam.h5, split testset_v, every 2"
    sets.write_text(f'[[data]]\nfile = "{corpora[0]}"\nsplit = "testset_v"\nevery = 2\n')
    call = [*corpora, str(runs), "--minutes", "0.02", "--on", str(sets), "--cases"]
    assert script["main"]([*call, "base"]) == 0
    table = capsys.readouterr().out.splitlines()
    assert table[0] == f"| | weights | steps | {on} |"
    assert len(table) == 4  # two of head, the averaged weights and the last ones
    first = json.loads((runs / "ablations.jsonl").read_text())
    assert first["steps"] > 0
    assert first["weights"] > 1e6
    assert set(first["averaged"]) == {on}
    # no trainer is called for what is known
    again = [*call, "base", "narrow", "--train", f"{sys.executable} -c 'raise SystemExit(3)'"]
    with pytest.raises(SystemExit, match="narrow failed"):
        script["main"](again)
    capsys.readouterr()
    assert script["main"]([*call, "narrow", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["case"] == "narrow"
    assert told["weights"] < first["weights"] / 2
    with pytest.raises(SystemExit, match="another folder"):
        script["main"]([*call[:-1], "--minutes", "3", "--cases", "base"])


def test_a_case_that_nothing_differs_in_is_refused(script, tmp_path, capsys):
    runs = tmp_path / "runs"
    assert (
        script["main"](["iam.h5", "unipen.h5", str(runs), "--cases", "base", "no-alignment"]) == 1
    )
    assert capsys.readouterr().err == (
        "ablations: --cases no-alignment needs --alignment; give what `inkrec align` wrote\n"
    )
    assert not runs.exists()
