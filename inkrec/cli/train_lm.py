"""The ``train-lm`` command: text to a language model."""

from __future__ import annotations

import argparse
import os
from typing import Any

from .._checks import check_output, require
from ..errors import ModelError
from ..language.alphabet import Alphabet
from ..training.train_lm import PRINTABLE, build_language_model

__all__ = ["add_commands"]


def add_commands(commands: Any) -> None:
    """Add ``train-lm`` to the subparsers of the command line."""
    parser = commands.add_parser(
        "train-lm",
        help="build a language model from text",
        description="Build a character n-gram model and a list of words and pairs of words from "
        "UTF-8 text, a paragraph a line. 50 million characters take some minutes of one core "
        "and about 3 GB.",
    )
    parser.add_argument("out", metavar="OUT.lm", help="the file to write")
    parser.add_argument(
        "--text", action="append", required=True, metavar="FILE[*WEIGHT]",
        help="text, plain or .xz, and what one occurrence in it counts (1); repeatable",
    )  # fmt: skip
    parser.add_argument("--symbols", default=PRINTABLE, help="the alphabet (printable ASCII)")
    parser.add_argument("--order", type=int, default=8, help="of the longest n-grams (8)")
    parser.add_argument(
        "--threshold", type=float, default=5e-8, metavar="NATS",
        help="a character that an n-gram must save; smaller is larger (5e-8)",
    )  # fmt: skip
    parser.add_argument(
        "--split-punctuation", type=float, default=0.08, metavar="SHARE",
        help='share of the text with its stops and commas set apart, "so ." (0.08)',
    )  # fmt: skip
    parser.add_argument("--words", type=int, default=60_000, help="in the word list (60000)")
    parser.add_argument(
        "--min-bigram-gain", type=float, default=1e-6, metavar="NATS",
        help="a word that a pair of words must save; smaller is larger (1e-6)",
    )  # fmt: skip
    parser.add_argument("--licence", help="of the texts, kept in the file")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    tqdm = require("tqdm", "train").tqdm
    check_output(args.out)
    files, weights = [], []
    for given in args.text:
        name, star, weight = given.rpartition("*")
        try:
            weights.append(float(weight) if star else 1.0)
        except ValueError:
            raise ModelError(f"--text {given}: the weight {weight!r} is no number") from None
        files.append(name if star else given)
    about = {"licence": args.licence} if args.licence else {}
    bar = tqdm(total=len(files) + args.order + 7, unit="step", disable=None, leave=False)

    def report(what: str) -> None:
        bar.update()
        bar.set_description(what)

    with bar:
        model, listed = build_language_model(
            files,
            Alphabet(args.symbols),
            weights=weights,
            order=args.order,
            threshold=args.threshold,
            split_punctuation=args.split_punctuation,
            words=args.words,
            min_bigram_gain=args.min_bigram_gain,
            about=about,
            report=report,
        )
    model.save(args.out, **listed.to_arrays())
    size = os.path.getsize(args.out)
    print(f"{args.out}: {size / 1e6:.2f} MB, {model!r}, {listed!r}")
    return 0
