r"""What each part of the recipe is worth: short trainings that differ in one thing.

::

    python benchmarks/ablations.py iam.h5 unipen.h5 runs --cuts iam-cuts.json --minutes 8

Every case is a run of `inkrec train` from nothing, with the same minutes of one core and the
same seed, in a folder of its own under ``runs``; then the best path of both passes is measured
with the averaged weights on all sets of ``--on``. The network is a small one, so that a few
minutes take it somewhere: what a case shows is a short run's, and what keeps a long run from
learning by heart (dropout, masks) cannot show its worth in it. Two runs that differ in the seed
alone say how much is luck. A killed call goes on where it stopped; measured cases are not run
again. Rates are in percent, all edits over all characters. Needs the extra ``train``.
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
from pathlib import Path
from typing import Any, NamedTuple

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

from inkrec._checks import require
from inkrec.errors import InkrecError

BASE: Mapping[str, str] = {
    "rate": "3e-3", "seed": "1", "weight": "0.5",
    "causal": "160", "refine": "128", "stem": "[48,64]", "unit": "0.72", "dropout": "0.15",
    "affine": "0.3", "warp": "0.08", "mask": "0.03", "ductus": "0.2",
}  # fmt: skip
"""Fields of the settings, and of `OPTIONS`, that every case begins with."""

OPTIONS = {"rate": "--rate", "seed": "--seed", "weight": "--causal-weight"}
"""Fields that are options of ``inkrec train``, not settings."""

POINTS = 10_000
"""Raw points in a batch: half of the default, as short runs need steps more than they need rest."""

SHAPE = {"affine": "0", "warp": "0", "wander": "0", "spread": "0", "jitter": "0"}


class Case(NamedTuple):
    """One thing that a run does differently.

    Attributes
    ----------
    says : str
        What, for the table.
    sets : mapping of str to str
        Fields in place of those of `BASE`.
    without : str
        Data that is left out: a word of its specification.
    """

    says: str
    sets: Mapping[str, str] = {}
    without: str = ""


CASES: Mapping[str, Case] = {
    "base": Case("**as it is**"),
    "seed": Case("another seed", {"seed": "2"}),
    "unit-1": Case("points 1 scale apart, not 0.72: a quarter fewer frames", {"unit": "1.0"}),
    "stem": Case("stem of 24 and 32 instead of 48 and 64", {"stem": "[24,32]"}),
    "stem-wide": Case("stem of 96 and 128", {"stem": "[96,128]"}),
    "refine-1": Case("second pass of one layer, not two", {"refine_layers": "1"}),
    "refine-3": Case("second pass of three layers", {"refine_layers": "3"}),
    "causal-1": Case("first pass of one layer, not two", {"causal_layers": "1"}),
    "causal-3": Case("first pass of three layers", {"causal_layers": "3"}),
    "narrow": Case("both passes half as wide", {"causal": "80", "refine": "64"}),
    "wide": Case("both passes half as wide again", {"causal": "240", "refine": "192"}),
    "no-shape": Case("no shear, stretching, warps, waves, gaps, noise", SHAPE),
    "no-affine": Case("no shear, stretching, rotation", {"affine": "0"}),
    "no-warp": Case("no local warps", {"warp": "0"}),
    "no-device": Case("no fewer samples, no coarse grid", {"device": "0"}),
    "no-clock": Case("time always known", {"clock": "0"}),
    "no-mask": Case("no masked points", {"mask": "0"}),
    "no-ductus": Case("strokes in their own direction", {"ductus": "0"}),
    "late": Case("dots and bars late, 0.15", {"late": "0.15"}),
    "agree": Case(
        "two views that agree, 0.2, a tenth of each masked", {"agree": "0.2", "mask": "0.1"}
    ),
    "no-dropout": Case("no dropout", {"dropout": "0"}),
    "more-dropout": Case("dropout of 0.3 instead of 0.15", {"dropout": "0.3"}),
    "no-unipen": Case("without UNIPEN", without="unipen"),
    "no-cuts": Case("no lines of words put together anew", without="cuts="),
    "rate-half": Case("half the learning rate, 1.5e-3", {"rate": "1.5e-3"}),
    "rate-double": Case("twice the learning rate, 6e-3", {"rate": "6e-3"}),
    "weight": Case("causal loss weighed 1.2 instead of 0.5", {"weight": "1.2"}),
}


def data_of(iam: str, unipen: str, cuts: str | None) -> list[str]:
    """Specifications of what every case is trained on."""
    specs = [f"{iam}?split=trainset&share=0.8"]
    if cuts:
        specs.append(f"{iam}?split=trainset&cuts={cuts}&words=6&share=0.5")
    return [
        *specs,
        f"{unipen}?split=train&kind=text&share=0.3",
        f"{unipen}?split=train&kind=word&every=4&words=5&share=0.5",
    ]


def arguments_of(case: Case, folder: Path, data: Sequence[str], minutes: float) -> list[str]:
    """What ``inkrec`` is called with."""
    sets = {**BASE, **case.sets}
    out = ["train", str(folder), "--minutes", str(minutes), "--points", str(POINTS)]
    for spec in data:
        path, _, query = spec.partition("?")
        if not case.without or case.without not in f"{os.path.basename(path).lower()}?{query}":
            out += ["--data", spec]
    for key, value in sets.items():
        out += [OPTIONS[key], value] if key in OPTIONS else ["--set", f"{key}={value}"]
    return out


def measure(checkpoint: Path, sets: Sequence[str]) -> dict[str, Any]:
    """Rates of a run's averaged weights, and of its last ones, in percent."""
    import torch

    from inkrec.features.points import FeatureSettings
    from inkrec.language.alphabet import Alphabet
    from inkrec.training.batches import BatchSampler
    from inkrec.training.data_spec import training_sets
    from inkrec.training.init_weights import restore
    from inkrec.training.losses import error_rates

    torch.set_num_threads(1)
    network, saved = restore(checkpoint)
    card = json.loads(saved["card"])
    features, alphabet = FeatureSettings(**card["features"]), Alphabet(card["symbols"])
    picture = network.settings.context_bitmap
    rates: dict[str, dict[str, list[float]]] = {"averaged": {}, "last": {}}
    for spec in sets:
        lines = training_sets([spec], card["symbols"])[0]
        check = BatchSampler(
            lines, alphabet, features, None, 20000, 1, 0, 1, context_bitmap=picture
        )
        for name, into in rates.items():
            network.load_state_dict(saved["averaged" if name == "averaged" else "weights"])
            causal, refined = error_rates(network.eval(), check, torch.device("cpu"))
            into[spec] = [round(100 * refined, 2), round(100 * causal, 2)]
    return {
        "weights": sum(p.numel() for p in network.parameters()),
        "spent_s": round(saved["spent_s"]),
        "steps": saved["step"],
        **rates,
    }


def table(found: Sequence[dict[str, Any]], sets: Sequence[str]) -> str:
    """What was measured, as a table of Markdown: refined / causal."""
    heads = [os.path.basename(spec) for spec in sets]
    lines = [
        f"| | weights | steps | {' | '.join(f'`{head}`' for head in heads)} |",
        f"|---|{'---:|' * (2 + len(sets))}",
    ]

    def add(says: str, entry: dict[str, Any], rates: dict[str, list[float]]) -> None:
        cells = ["{:.1f} / {:.1f}".format(*rates[spec]) for spec in sets]
        lines.append(
            f"| {says} | {entry['weights'] / 1e6:.2f} M | {entry['steps']:,} | "
            f"{' | '.join(cells)} |"
        )

    for entry in found:
        add(CASES[entry["case"]].says, entry, entry["averaged"])
        if entry["case"] == "base":
            add("its last weights instead of their average", entry, entry["last"])
    return "\n".join(lines)


def run(args: argparse.Namespace) -> list[dict[str, Any]]:
    """Train and measure the cases that are not yet measured; all that are."""
    if args.cuts is None and "no-cuts" in (args.cases or ()):
        raise InkrecError("--cases no-cuts needs --cuts; give what `inkrec cut` wrote")
    cases = args.cases or [name for name in CASES if args.cuts or name != "no-cuts"]
    require("torch", "train")
    folder = Path(args.folder)
    folder.mkdir(parents=True, exist_ok=True)
    book = folder / "ablations.jsonl"
    asked = {"minutes": args.minutes, "on": args.on}
    known = [json.loads(line) for line in book.read_text().splitlines()] if book.exists() else []
    if other := next((e for e in known if {k: e[k] for k in asked} != asked), None):
        raise SystemExit(
            f"{book} holds cases of {other['minutes']} minutes measured on {other['on']}: give "
            "another folder, or the same --minutes and --on"
        )
    found = {entry["case"]: entry for entry in known}
    data = data_of(args.iam, args.unipen, args.cuts)
    for n, name in enumerate(cases, 1):
        if name in found:
            continue
        call = arguments_of(CASES[name], folder / name, data, args.minutes)
        print(f"ablations: {n} of {len(cases)}, {name}", file=sys.stderr, flush=True)
        with open(folder / f"{name}.log", "a", encoding="utf-8") as log:
            command = [*shlex.split(args.train), *call]
            if subprocess.run(command, stdout=log, stderr=subprocess.STDOUT).returncode:
                raise SystemExit(f"the training of {name} failed: see {log.name}")
        told = {"case": name, **asked, **measure(folder / name / "last.pt", args.on)}
        with open(book, "a", encoding="utf-8") as file:
            file.write(json.dumps(told) + "\n")
        found[name] = told
        if args.json:
            print(json.dumps(told), flush=True)
    return [found[name] for name in CASES if name in found]


def main(arguments: list[str] | None = None) -> int:
    """Run what is asked for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("iam", help="IAM-OnDB as HDF5: datasets/iam_ondb/prepare.py")
    parser.add_argument("unipen", help="UNIPEN as HDF5")
    parser.add_argument("folder", help="where runs and what was measured are kept")
    parser.add_argument("--cuts", help="what `inkrec cut` wrote of IAM-OnDB's trainset")
    parser.add_argument("--minutes", type=float, default=8.0, help="of one core, a case")
    parser.add_argument(
        "--on", nargs="+", metavar="FILE.h5?split=S",
        help="sets to measure on; by default every 5th line of testset_v and every 3rd text of "
        "UNIPEN dev",
    )  # fmt: skip
    parser.add_argument("--cases", nargs="+", choices=list(CASES), metavar="CASE",
                        help=f"of {', '.join(CASES)}; all by default")  # fmt: skip
    parser.add_argument(
        "--train", default=f"{shlex.quote(sys.executable)} -m inkrec.cli", metavar="COMMAND",
        help="what to train with: torchrun, for example",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="a JSON object a case")
    args = parser.parse_args(arguments)
    args.on = args.on or [
        f"{args.iam}?split=testset_v&every=5",
        f"{args.unipen}?split=dev&kind=text&every=3",
    ]
    try:
        found = run(args)
    except InkrecError as error:
        print(f"ablations: {error}", file=sys.stderr)
        return 1
    if not args.json:
        print(table(found, args.on))
    return 0


if __name__ == "__main__":
    sys.exit(main())
