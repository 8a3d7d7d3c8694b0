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
    data = script["data_of"]("iam.h5", "UNIPEN.h5", "cuts.json")
    base = script["arguments_of"](script["CASES"]["base"], Path("x"), data, 8)

    def apart(name):
        other = script["arguments_of"](script["CASES"][name], Path("x"), data, 8)
        return set(base) - set(other), set(other) - set(base)

    assert apart("no-warp") == ({"warp=0.08"}, {"warp=0"})
    assert apart("rate-half") == ({"3e-3"}, {"1.5e-3"})
    gone, new = apart("no-unipen")
    assert len(gone) == 2
    assert all("UNIPEN" in spec for spec in gone)
    assert not new
    assert apart("no-cuts") == ({data[1]}, set())
    told = [json.dumps(script["arguments_of"](c, Path("x"), data, 8)) for c in
            script["CASES"].values()]  # fmt: skip
    assert len(set(told)) == len(told)


def test_every_field_of_a_case_is_one_of_the_trainer(script):
    from inkrec.features.points import FeatureSettings
    from inkrec.training.augment import AugmentSettings
    from inkrec.training.network import NetworkSettings
    from inkrec.training.trainer import TrainSettings

    known = {*script["OPTIONS"]}
    for settings in (FeatureSettings, AugmentSettings, NetworkSettings, TrainSettings):
        known |= set(settings.__dataclass_fields__)
    for case in script["CASES"].values():
        assert set(case.sets) <= known
    assert set(script["BASE"]) <= known


def test_cases_are_trained_measured_and_not_run_again(script, corpora, tmp_path, capsys):
    runs = tmp_path / "runs"
    on = f"{corpora[0]}?split=testset_v&every=2"
    call = [*corpora, str(runs), "--minutes", "0.02", "--on", on, "--cases"]
    assert script["main"]([*call, "base"]) == 0
    table = capsys.readouterr().out.splitlines()
    assert table[0] == "| | weights | steps | `iam.h5?split=testset_v&every=2` |"
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
    assert script["main"](["iam.h5", "unipen.h5", str(runs), "--cases", "base", "no-cuts"]) == 1
    assert capsys.readouterr().err == (
        "ablations: --cases no-cuts needs --cuts; give what `inkrec cut` wrote\n"
    )
    assert not runs.exists()
