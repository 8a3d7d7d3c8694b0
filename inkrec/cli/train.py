"""The ``train``, ``export`` and ``adapt`` commands: corpora and ink to model files."""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import Any

from .._checks import check_output, require
from ..training.card import add_model_options, asked, write_model
from ..training.progress import show_progress

__all__ = ["add_commands"]


def add_commands(commands: Any) -> None:
    """Add ``train``, ``cut``, ``export`` and ``adapt`` to the subparsers of the command line."""
    train = commands.add_parser(
        "train",
        help="train a model on HDF5 corpora",
        description="Train the two-pass network, or with --set causal_layers=0 one that rescores "
        "finished lines, with one thread or OMP_NUM_THREADS. Goes on "
        "where FOLDER stands, so that a killed run is resumed by the same command. For several "
        "cores or cards: torchrun --nproc_per_node N -m inkrec.cli train ...",
    )
    train.add_argument("folder", metavar="FOLDER", help="checkpoints and log are kept here")
    train.add_argument(
        "--data", action="append", required=True, metavar="FILE.h5?split=S&...",
        help="a corpus to train on; keys: split, kind, share (times an epoch), words (join up to "
        "so many of a writer), leave=i/n or only=i/n (a fold of its forms), every (n-th sample), "
        "limit, cuts (a file of inkrec cut, for lines to be cut into words), spell (lines of up "
        "to so many words made of single characters); repeatable",
    )  # fmt: skip
    train.add_argument(
        "--from", action="append", default=[], metavar="CHECKPOINT", dest="first",
        help="begin with the weights of another run or of a model (a file, or a bundled one's "
        "name), or with the mean of several; their network and features are taken too where --set "
        "says no others, and the stem may become wider. --set causal_layers=0 takes a model's "
        "rescorer. A folder that has a checkpoint goes on from its own",
    )  # fmt: skip
    train.add_argument("--check", metavar="FILE.h5?split=S", help="what to select the best on")
    train.add_argument("--check-every", type=int, default=2, metavar="EPOCHS")
    train.add_argument("--minutes", type=float, default=60.0, help="budget over all resumptions")
    train.add_argument("--rate", type=float, default=2.5e-3, help="peak learning rate")
    train.add_argument("--points", type=int, default=20000, help="raw points in a batch, a process")
    train.add_argument("--workers", type=int, default=0, help="processes that make batches: for a "
                       "GPU, which takes them faster than one core makes them")  # fmt: skip
    train.add_argument("--seed", type=int, default=1)
    train.add_argument("--average", type=float, default=0.999, help="of weights, a step")
    train.add_argument("--causal-weight", type=float, default=0.5)
    train.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", dest="sets",
        help="a field of NetworkSettings, FeatureSettings, AugmentSettings or TrainSettings, "
        "such as causal=192 or stem=[48,64]",
    )  # fmt: skip
    train.add_argument("--export", metavar="MODEL.inkrec", help="write the best as a model file")
    train.add_argument("--json", action="store_true", help="one JSON object a report")
    add_model_options(train, name="that of the folder")
    train.set_defaults(run=_train)

    cut = commands.add_parser(
        "cut",
        help="find where labelled lines can be cut between words",
        description="Write where the lines of a corpus can be cut apart between their words, as "
        "a model sees it; with cuts=FILE and words=N, `inkrec train` makes new lines of them, "
        "and of cuts with --inside, cuts=FILE and spell=N, new words.",
    )
    cut.add_argument("model", metavar="MODEL", help="a bundled model's name or a model file")
    cut.add_argument("corpus", metavar="CORPUS.h5")
    cut.add_argument("--split", action="append", required=True, metavar="NAME", dest="splits")
    cut.add_argument("--inside", action="store_true", help="between letters too, at pen-ups")
    cut.add_argument("-o", "--output", required=True, metavar="CUTS.json")
    cut.set_defaults(run=_cut)

    export = commands.add_parser(
        "export",
        help="make a model file of a checkpoint",
        description="Write a checkpoint's averaged weights as a model file, with a card that says "
        "what they were trained on, and a language model if one is given. Of a model in a "
        "checkpoint's place the rest of the card is kept, its figures where nothing is changed.",
    )
    export.add_argument(
        "checkpoints", nargs="+", metavar="CHECKPOINT", help="best.pt or last.pt of a training, or "
        "a model; of several that went on from one another the mean of the weights is taken",
    )  # fmt: skip
    export.add_argument("out", metavar="OUT.inkrec", help="the model file")
    export.add_argument(
        "--rescorer", action="append", default=[], metavar="CHECKPOINT",
        help="a network without causal layers (train --set causal_layers=0) that finished lines "
        "are scored with too, or a model that has one; repeatable, then the mean is taken",
    )  # fmt: skip
    export.add_argument("--unit", type=float, metavar="U", help="unit of lengths at use, if it is "
                        "not that of training")  # fmt: skip
    add_model_options(export, name="that of the checkpoint")
    export.set_defaults(run=_export)

    adapt = commands.add_parser(
        "adapt",
        help="adapt a model to a writer",
        description="Fine-tune a copy of a model on ink with its true text, such as corrections "
        "that an app has collected. A part of the lines is held out; on these the copy never "
        "reads worse than the model. A few dozen lines are worth it.",
    )
    adapt.add_argument("model", metavar="MODEL", help="a bundled model's name or a model file")
    adapt.add_argument("ink", nargs="+", metavar="INK", help="labelled ink: JSON lines or InkML")
    adapt.add_argument("-o", "--output", required=True, metavar="MINE.inkrec")
    adapt.add_argument("--rounds", type=int, default=12, help="times over the lines, at most")
    adapt.add_argument("--seed", type=int, default=1)
    adapt.add_argument("--json", action="store_true", help="print one JSON object")
    adapt.set_defaults(run=_adapt)


# ---- train


def _train(args: argparse.Namespace) -> int:
    torch = require("torch", "train")
    asked = os.environ.get("OMP_NUM_THREADS", "1").partition(",")[0]
    torch.set_num_threads(int(asked) if asked.isdecimal() and int(asked) else 1)
    distributed = "RANK" in os.environ
    if distributed:
        torch.distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    from ..training.run import run

    try:
        return run(args)
    finally:
        if distributed:
            torch.distributed.destroy_process_group()


# ---- cut


def _cut(args: argparse.Namespace) -> int:
    from ..corpus import Corpus
    from ..language.alphabet import normalize
    from ..recognizer import load
    from ..training.forced_alignment import align_words, save_alignment

    check_output(args.output)
    tqdm = require("tqdm", "train").tqdm
    model = load(args.model).model
    known = frozenset(model.alphabet.symbols)
    cuts, spaces, count, inside = {}, 0, 0, 0
    with Corpus(args.corpus) as corpus:
        indices = [i for split in args.splits for i in corpus.indices(split).tolist()]
        for i in tqdm(indices, unit="line", disable=None):
            sample = corpus[i]
            text = normalize(sample.text)
            if known.issuperset(text):
                cuts[sample.id] = found = align_words(model, sample.ink, text, inside=args.inside)
                at = sum(text[i - 1] == " " for _, i in found)
                spaces, count, inside = (
                    spaces + text.count(" "),
                    count + at,
                    inside + len(found) - at,
                )
    save_alignment(args.output, cuts, model=args.model, corpus=os.path.basename(args.corpus))
    within = f" and at {inside} places within words" if args.inside else ""
    print(f"{args.output}: {len(cuts)} lines cut at {count} of {spaces} spaces{within}")
    return 0


# ---- export


def _export(args: argparse.Namespace) -> int:
    check_output(args.out, ".inkrec")
    require("torch", "train")
    parts = asked(args)
    write_model(
        args.checkpoints,
        args.out,
        *parts,
        show_progress(False),
        rescorer=args.rescorer,
        unit=args.unit,
    )
    return 0


# ---- adapt


def _adapt(args: argparse.Namespace) -> int:
    from dataclasses import asdict

    from ..formats import read_labelled

    check_output(args.output, ".inkrec")
    require("torch", "train").set_num_threads(1)
    from ..training.adapt import AdaptSettings, adapt, reasons

    settings = AdaptSettings(epochs=args.rounds, seed=args.seed)
    lines = [line for file in args.ink for line in read_labelled(file)]

    def report(entry: dict[str, Any]) -> None:
        print(
            f"{entry['network']}, round {entry['round']:3d} of {entry['of']}: CER of the held-out "
            f"lines {entry['cer']:.2f} % (was {entry['before']:.2f} %)",
            file=sys.stderr,
        )

    result = adapt(args.model, lines, args.output, settings, report)
    if args.json:
        print(json.dumps({**asdict(result), "model": args.output}))
        return 0
    second = ""
    if result.rescorer_before is not None:
        second = f", of the rescorer {result.rescorer_before:.2f} -> {result.rescorer_after:.2f} %"
    gain = "" if result.kept else "; nothing was gained, so it is the model as it was"
    left = f"; left out{told}" if (told := reasons(result.left_out)) else ""
    print(
        f"{args.output}: {result.lines} lines learnt, {result.validation} held out, their CER "
        f"{result.before:.2f} -> {result.after:.2f} %{second}{gain}{left}"
    )
    return 0
