r"""What each part of the recipe is worth: short trainings that differ in one thing.

::

    python benchmarks/ablations.py iam.h5 unipen.h5 runs --alignment iam-words.json --minutes 8

Every case is a recipe of its own, written beside its run under ``runs``, and a run of `inkrec
train` from nothing, with the same minutes of one core and the same seed; then the best path of
both passes is measured with the averaged weights on all sets of ``--on``. The network is a
small one, so that a few minutes take it somewhere: what a case shows is a short run's, and
what keeps a long run from learning by heart (dropout, masks) cannot show its worth in it. Two
runs that differ in the seed alone say how much is luck. A killed call goes on where it
stopped; measured cases are not run again. Rates are in percent, all edits over all characters.
Needs the extra ``train``.
"""

# ruff: noqa: E402
from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

from inkrec._checks import require
from inkrec.errors import InkrecError

if TYPE_CHECKING:
    from inkrec.training.data_spec import DataSpec

BASE: Mapping[str, Any] = {
    "training": {"learning_rate": 3e-3, "seed": 1, "batch_points": 10_000},
    "network": {"causal_units": 160, "refine_units": 128, "stem": [48, 64], "dropout": 0.15},
    "features": {"length_unit": 0.72},
    "augmentation": {"affine": 0.3, "elastic": 0.08, "mask_fraction": 0.03, "p_reversed": 0.2},
}
"""Tables that every case begins with. Batches are half of the default: short runs need steps more
than they need rest."""


class Case(NamedTuple):
    """One thing that a run does differently.

    Attributes
    ----------
    description : str
        What, for the table.
    tables : mapping
        Laid over those of `BASE`.
    without : str
        Data that is left out: a corpus, or a key of its table.
    """

    description: str
    tables: Mapping[str, Mapping[str, Any]] = {}
    without: str = ""


def _changed(table: str, description: str, **values: Any) -> Case:
    return Case(description, {table: values})


_network, _training, _augmentation = (
    partial(_changed, table) for table in ("network", "training", "augmentation")
)

CASES: Mapping[str, Case] = {
    "base": Case("**as it is**"),
    "seed": _training("another seed", seed=2),
    "unit-1": _changed(
        "features", "points 1 scale apart, not 0.72: a quarter fewer frames", length_unit=1.0
    ),
    "stem": _network("stem of 24 and 32 instead of 48 and 64", stem=[24, 32]),
    "stem-wide": _network("stem of 96 and 128", stem=[96, 128]),
    "refine-1": _network("second pass of one layer, not two", refine_layers=1),
    "refine-3": _network("second pass of three layers", refine_layers=3),
    "causal-1": _network("first pass of one layer, not two", causal_layers=1),
    "causal-3": _network("first pass of three layers", causal_layers=3),
    "narrow": _network("both passes half as wide", causal_units=80, refine_units=64),
    "wide": _network("both passes half as wide again", causal_units=240, refine_units=192),
    "no-shape": _augmentation(
        "no shear, stretching, warps, waves, gaps, noise",
        affine=0, elastic=0, baseline_wave=0, gap_spread=0, jitter=0,
    ),
    "no-affine": _augmentation("no shear, stretching, rotation", affine=0),
    "no-elastic": _augmentation("no local warps", elastic=0),
    "no-device": _augmentation("no fewer samples, no coarse grid", p_device=0),
    "no-drop-time": _augmentation("time always known", p_drop_time=0),
    "no-mask": _augmentation("no masked points", mask_fraction=0),
    "no-reversed": _augmentation("strokes in their own direction", p_reversed=0),
    "delayed": _augmentation("dots and bars late, 0.15", p_delayed=0.15),
    "cr-ctc": Case(
        "two views that agree, 0.2, a tenth of each masked",
        {"training": {"cr_ctc_weight": 0.2}, "augmentation": {"mask_fraction": 0.1}},
    ),
    "no-dropout": _network("no dropout", dropout=0),
    "more-dropout": _network("dropout of 0.3 instead of 0.15", dropout=0.3),
    "no-unipen": Case("without UNIPEN", without="unipen"),
    "no-alignment": Case("no lines of words put together anew", without="alignment"),
    "rate-half": _training("half the learning rate, 1.5e-3", learning_rate=1.5e-3),
    "rate-double": _training("twice the learning rate, 6e-3", learning_rate=6e-3),
    "causal-loss": _training("causal loss weighed 1.2 instead of 0.5", causal_loss_weight=1.2),
}  # fmt: skip


def data_of(iam: str, unipen: str, alignment: str | None) -> list[dict[str, Any]]:
    """Tables of what every case is trained on."""
    train = {"file": iam, "split": "trainset"}
    tables: list[dict[str, Any]] = [train | {"weight": 0.8}]
    if alignment:
        tables.append(train | {"alignment": alignment, "join": 6, "weight": 0.5})
    texts = {"file": unipen, "split": "train", "kind": "text", "weight": 0.3}
    words = {"file": unipen, "split": "train", "kind": "word", "every": 4, "join": 5, "weight": 0.5}
    return [*tables, texts, words]


def recipe_of(case: Case, data: Sequence[Mapping[str, Any]], minutes: float) -> dict[str, Any]:
    """The recipe of a case."""
    recipe = {key: {**table, **case.tables.get(key, {})} for key, table in BASE.items()}
    recipe["training"]["minutes"] = minutes
    kept = [
        table
        for table in data
        if not case.without
        or (
            case.without not in table
            and case.without not in os.path.basename(table["file"]).lower()
        )
    ]
    return {"data": kept, **recipe}


def toml(recipe: Mapping[str, Any]) -> str:
    """A recipe as a file holds it.

    Examples
    --------
    >>> print(toml({"data": [{"file": "a.h5"}], "network": {"stem": [48, 64]}}))
    data = [{file = "a.h5"}]
    network = {stem = [48, 64]}
    """
    return "\n".join(f"{key} = {_value(value)}" for key, value in recipe.items())


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key} = {_value(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value)  # a text or a number is the same in both


def sets_of(args: argparse.Namespace) -> list[DataSpec]:
    """What is measured on: tables of a file, or every so many lines of both corpora."""
    from inkrec.training.data_spec import DataSpec
    from inkrec.training.recipe_file import read_data

    if args.on:
        return read_data(args.on)
    return [
        DataSpec(args.iam, "testset_v", every=5),
        DataSpec(args.unipen, "dev", "text", every=3),
    ]


def measure(checkpoint: Path, sets: Sequence[DataSpec]) -> dict[str, Any]:
    """Rates of a run's averaged weights, and of its last ones, in percent."""
    import torch

    from inkrec.features.points import FeatureSettings
    from inkrec.language.alphabet import Alphabet
    from inkrec.training.batches import BatchSampler
    from inkrec.training.data_spec import training_sets
    from inkrec.training.init_weights import restore
    from inkrec.training.validation import error_rates

    torch.set_num_threads(1)
    network, saved = restore(checkpoint)
    card = json.loads(saved["card"])
    features, alphabet = FeatureSettings(**card["features"]), Alphabet(card["symbols"])
    bitmap = network.settings.context_bitmap
    rates: dict[str, dict[str, list[float]]] = {"averaged": {}, "last": {}}
    for spec in sets:
        lines = training_sets([spec], card["symbols"])[0]
        valid = BatchSampler(lines, alphabet, features, None, 20000, seed=1, context_bitmap=bitmap)
        for name, into in rates.items():
            network.load_state_dict(saved["averaged" if name == "averaged" else "weights"])
            causal, refined = error_rates(network.eval(), valid, torch.device("cpu"))
            into[str(spec)] = [round(100 * refined, 2), round(100 * causal, 2)]
    return {
        "weights": sum(p.numel() for p in network.parameters()),
        "spent_s": round(saved["spent_s"]),
        "steps": saved["step"],
        **rates,
    }


def table(found: Sequence[dict[str, Any]], sets: Sequence[str]) -> str:
    """What was measured, as a table of Markdown: refined / causal."""
    lines = [
        f"| | weights | steps | {' | '.join(sets)} |",
        f"|---|{'---:|' * (2 + len(sets))}",
    ]

    def add(description: str, entry: dict[str, Any], rates: dict[str, list[float]]) -> None:
        cells = ["{:.1f} / {:.1f}".format(*rates[name]) for name in sets]
        lines.append(
            f"| {description} | {entry['weights'] / 1e6:.2f} M | {entry['steps']:,} | "
            f"{' | '.join(cells)} |"
        )

    for entry in found:
        add(CASES[entry["case"]].description, entry, entry["averaged"])
        if entry["case"] == "base":
            add("its last weights instead of their average", entry, entry["last"])
    return "\n".join(lines)


def run(args: argparse.Namespace, sets: Sequence[DataSpec]) -> list[dict[str, Any]]:
    """Train and measure the cases that are not yet measured; all that are."""
    if args.alignment is None and "no-alignment" in (args.cases or ()):
        raise InkrecError("--cases no-alignment needs --alignment; give what `inkrec align` wrote")
    cases = args.cases or [name for name in CASES if args.alignment or name != "no-alignment"]
    folder = Path(args.folder)
    folder.mkdir(parents=True, exist_ok=True)
    book = folder / "ablations.jsonl"
    asked = {"minutes": args.minutes, "on": list(map(str, sets))}
    known = [json.loads(line) for line in book.read_text().splitlines()] if book.exists() else []
    if other := next((e for e in known if {k: e[k] for k in asked} != asked), None):
        raise SystemExit(
            f"{book} holds cases of {other['minutes']} minutes measured on {other['on']}: give "
            "another folder, or the same --minutes and --on"
        )
    found = {entry["case"]: entry for entry in known}
    data = data_of(args.iam, args.unipen, args.alignment)
    for n, name in enumerate(cases, 1):
        if name in found:
            continue
        recipe = folder / f"{name}.toml"
        recipe.write_text(toml(recipe_of(CASES[name], data, args.minutes)) + "\n")
        print(f"ablations: {n} of {len(cases)}, {name}", file=sys.stderr, flush=True)
        with open(folder / f"{name}.log", "a", encoding="utf-8") as log:
            call = ["train", str(recipe), "-o", str(folder / name)]
            command = [*shlex.split(args.train), *call]
            if subprocess.run(command, stdout=log, stderr=subprocess.STDOUT).returncode:
                raise SystemExit(f"the training of {name} failed: see {log.name}")
        entry = {"case": name, **asked, **measure(folder / name / "last.pt", sets)}
        with open(book, "a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")
        found[name] = entry
        if args.json:
            print(json.dumps(entry), flush=True)
    return [found[name] for name in CASES if name in found]


def main(arguments: list[str] | None = None) -> int:
    """Run what is asked for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("iam", help="IAM-OnDB as HDF5: datasets/iam_ondb/prepare.py")
    parser.add_argument("unipen", help="UNIPEN as HDF5")
    parser.add_argument("folder", help="where runs and what was measured are kept")
    parser.add_argument("--alignment", help="what `inkrec align` wrote of IAM-OnDB's trainset")
    parser.add_argument("--minutes", type=float, default=8.0, help="of one core, a case")
    parser.add_argument(
        "--on", metavar="SETS.toml", help="sets to measure on, tables [[data]] as in a recipe; by "
        "default every 5th line of testset_v and every 3rd text of UNIPEN dev",
    )  # fmt: skip
    parser.add_argument("--cases", nargs="+", choices=list(CASES), metavar="CASE",
                        help=f"of {', '.join(CASES)}; all by default")  # fmt: skip
    parser.add_argument(
        "--train", default=f"{shlex.quote(sys.executable)} -m inkrec.cli", metavar="COMMAND",
        help="what to train with: torchrun, for example",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="a JSON object a case")
    args = parser.parse_args(arguments)
    try:
        require("torch", "train")
        sets = sets_of(args)
        found = run(args, sets)
    except (InkrecError, OSError) as error:
        print(f"ablations: {error}", file=sys.stderr)
        return 1
    if not args.json:
        print(table(found, list(map(str, sets))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
