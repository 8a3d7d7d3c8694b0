"""The ``train``, ``align``, ``export`` and ``adapt`` commands: corpora and ink to model files."""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import Any

from .._checks import check_output, require
from ..training.card import add_model_options, options
from ..training.progress import show_progress

__all__ = ["add_commands"]


def add_commands(commands: Any) -> None:
    """Add ``train``, ``align``, ``export`` and ``adapt`` to the subparsers of the command line."""
    train = commands.add_parser(
        "train",
        help="train a model by a recipe",
        description="Train what a recipe tells of, with one thread or OMP_NUM_THREADS; see "
        "recipes/README.md. What is done already in the output folder is not done again, and a "
        "network goes on from its checkpoint, so that a killed run is resumed by the same "
        "command. For several cores or cards: torchrun --nproc_per_node N -m inkrec.cli train ...",
    )
    train.add_argument(
        "recipe", nargs="+", metavar="RECIPE.toml", help="a recipe, and others to lay over it: "
        "their values take the place of its values, table by table",
    )  # fmt: skip
    train.add_argument("-o", "--output", metavar="FOLDER", help="where all is kept that is made "
                       "(the recipe's output, or its name)")  # fmt: skip
    train.add_argument("--corpora", default="", metavar="FOLDER", help="where corpora and texts "
                       "lie (the working folder)")  # fmt: skip
    train.add_argument("--minutes", type=float, help="in place of every network's budget")
    train.add_argument("--seed", type=int, help="in place of every network's")
    train.add_argument("--workers", type=int, default=0, help="processes that make batches: for a "
                       "GPU, which takes them faster than one core makes them")  # fmt: skip
    train.add_argument("--json", action="store_true", help="one JSON object a report")
    train.set_defaults(run=_train)

    align = commands.add_parser(
        "align",
        help="find where labelled lines can be cut between words",
        description="Write where the lines of a corpus can be cut apart between their words, as "
        "a model sees it. With alignment and join in the data of a recipe, `inkrec train` makes "
        "new lines of them; of an alignment with --letters, alignment and synthesize make new "
        "words.",
    )
    align.add_argument("model", metavar="MODEL", help="a bundled model's name or a model file")
    align.add_argument("corpus", metavar="CORPUS.h5")
    align.add_argument("--split", action="append", required=True, metavar="NAME", dest="splits")
    align.add_argument("--letters", action="store_true", help="cut between letters too, at pen-ups")
    align.add_argument("-o", "--output", required=True, metavar="ALIGNMENT.json")
    align.set_defaults(run=_align)

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
        help="a network without causal layers (causal_layers = 0) that finished lines are scored "
        "with too, or a model that has one; repeatable, then the mean is taken",
    )  # fmt: skip
    export.add_argument("--length-unit", type=float, metavar="U", help="unit of lengths at use, "
                        "if it is not that of training")  # fmt: skip
    add_model_options(export)
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
    adapt.add_argument("--epochs", type=int, default=12, help="times over the lines, at most")
    adapt.add_argument("--seed", type=int, default=1)
    adapt.add_argument("--json", action="store_true", help="print one JSON object")
    adapt.set_defaults(run=_adapt)


# ---- train


def _train(args: argparse.Namespace) -> int:
    torch = require("torch", "train")
    from ..training.recipe_file import read_recipe

    recipe = read_recipe(
        args.recipe,
        corpora=args.corpora,
        output=args.output,
        minutes=args.minutes,
        seed=args.seed,
    )
    threads = os.environ.get("OMP_NUM_THREADS", "1").partition(",")[0]
    torch.set_num_threads(int(threads) if threads.isdecimal() and int(threads) else 1)
    distributed = "RANK" in os.environ
    if distributed:
        from datetime import timedelta

        kind = "nccl" if torch.cuda.is_available() else "gloo"
        # others wait for the first process, which aligns lines and counts words
        torch.distributed.init_process_group(kind, timeout=timedelta(days=1))
    from ..training.run import run

    try:
        run(recipe, show_progress(args.json), workers=args.workers)
    finally:
        if distributed:
            torch.distributed.destroy_process_group()
    return 0


# ---- align


def _align(args: argparse.Namespace) -> int:
    from pathlib import Path

    from ..training.stages import AlignStage, align_corpus

    check_output(args.output)
    stage = AlignStage(args.corpus, tuple(args.splits), args.model, args.letters)
    align_corpus(stage, Path(args.output), show_progress(False), anew=True)
    return 0


# ---- export


def _export(args: argparse.Namespace) -> int:
    check_output(args.out, ".inkrec")
    require("torch", "train")
    card, extra = options(args)
    from ..training.export import write_model

    write_model(
        args.checkpoints,
        args.out,
        show_progress(False),
        card=card,
        extra=extra,
        rescorer=args.rescorer,
        length_unit=args.length_unit,
    )
    return 0


# ---- adapt


def _adapt(args: argparse.Namespace) -> int:
    from dataclasses import asdict

    from ..formats import read_labelled

    check_output(args.output, ".inkrec")
    require("torch", "train").set_num_threads(1)
    from ..training.adapt import AdaptSettings, adapt, reasons

    settings = AdaptSettings(epochs=args.epochs, seed=args.seed)
    lines = [line for file in args.ink for line in read_labelled(file)]

    def report(entry: dict[str, Any]) -> None:
        print(
            f"{entry['network']}, epoch {entry['epoch']:3d} of {entry['of']}: CER of the held-out "
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
    left = f"; left out{why}" if (why := reasons(result.left_out)) else ""
    print(
        f"{args.output}: {result.lines} lines learnt, {result.validation} held out, their CER "
        f"{result.before:.2f} -> {result.after:.2f} %{second}{gain}{left}"
    )
    return 0
