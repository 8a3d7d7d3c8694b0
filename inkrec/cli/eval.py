"""The ``eval`` command."""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time
from fnmatch import fnmatchcase
from typing import Any

from .._checks import check_folder, require
from ..corpus import Corpus
from ..errors import InkError
from ..evaluate.runner import EvalOptions, read_lines
from ..evaluate.summary import summarize, table, worst
from ..language.alphabet import normalize
from ..recognizer import load

__all__ = ["add_commands"]


def add_commands(commands: Any) -> None:
    """Add ``eval`` to the subparsers of the command line."""
    parser = commands.add_parser(
        "eval",
        help="measure a model on a corpus",
        description="Error rates of every pass, with 95 % intervals over writers, or over forms "
        "where the corpus names no writers (none below 10 of them), and the worst lines. Rates are "
        "in percent: CER is all edits over all reference characters, WER the same over words; the "
        "IAMhwr convention stands beside them for comparison.",
    )
    parser.add_argument("model", metavar="MODEL", help="a bundled model's name or a model file")
    parser.add_argument("corpus", metavar="CORPUS.h5", help="a corpus made by datasets/*/prepare")
    parser.add_argument("--split", required=True, metavar="S", help="the part of the corpus")
    parser.add_argument("--kind", metavar="K", help="only samples of this kind: line, word ...")
    parser.add_argument(
        "--form", metavar="NAME", help="only forms of this name; it may hold * and ?, as in '*z'"
    )
    parser.add_argument(
        "--exclude-texts-of",
        metavar="S",
        help="only samples whose text no sample of this other split has",
    )
    parser.add_argument("--limit", type=_count, metavar="N", help="only the first N samples")
    parser.add_argument("--jobs", type=_count, default=1, metavar="N", help="processes")
    parser.add_argument(
        "--worst", type=_number, default=10, metavar="N", help="worst lines to list"
    )
    parser.add_argument(
        "--confidence", action="store_true", help="calibration of the words' confidences too"
    )
    parser.add_argument(
        "--stream", action="store_true", help="replay the ink: delay, flicker and commitment too"
    )
    parser.add_argument(
        "--report",
        metavar="DIR",
        help="write an HTML report with plots there; "
        "with --stream, for several commitment settings",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    parser.set_defaults(run=_eval)


def _number(text: str, least: int = 0) -> int:
    if not text.isdecimal() or int(text) < least:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {least} up")
    return int(text)


def _count(text: str) -> int:
    return _number(text, 1)


def _eval(args: argparse.Namespace) -> int:
    started = time.perf_counter()
    if args.report is not None:
        check_folder(args.report)
    load(args.model)  # an unusable model is refused here, not in every process
    indices, blank = _chosen(args)
    full = args.report is not None
    options = EvalOptions(args.stream, args.confidence or full, args.stream and full)
    bar = require("tqdm", "train").tqdm
    reading = read_lines(args.model, args.corpus, indices, options, args.jobs)
    lines = list(bar(reading, total=len(indices), unit="line", disable=None, leave=False))
    summary = {"model": args.model, "corpus": os.path.basename(args.corpus), "split": args.split}
    asked = {
        "kind": args.kind,
        "form": args.form,
        "exclude_texts_of": args.exclude_texts_of,
        "limit": args.limit,
    }
    summary |= {key: value for key, value in asked.items() if value is not None}
    summary |= {"left_out": blank, **summarize(lines)}
    summary["seconds"] = time.perf_counter() - started
    found = json.dumps(_plain(summary)) if args.json else table(summary, worst(lines, args.worst))
    print(found, flush=True)  # whatever becomes of the report
    if args.report is not None:
        from ..evaluate.report import write_report

        print(f"report: {write_report(args.report, lines, summary, args.corpus)}", file=sys.stderr)
    return 0


def _chosen(args: argparse.Namespace) -> tuple[list[int], int]:
    """Which samples are meant, and how many others have no text."""
    with Corpus(args.corpus) as corpus:
        indices = corpus.indices(args.split, kind=args.kind).tolist()
        if args.form is not None:
            forms = corpus.column("form")
            named = [i for i in indices if fnmatchcase(forms[i], args.form)]
            if indices and not named:
                raise InkError(
                    f"no form of split {args.split!r} is named {args.form!r}; one is named "
                    f"{forms[indices[0]]!r}"
                )
            indices = named
        texts = [normalize(text) for text in corpus.texts(indices)]
        known: set[str] = set()
        if args.exclude_texts_of is not None:
            known = {
                normalize(text) for text in corpus.texts(corpus.indices(args.exclude_texts_of))
            }
    blank = sum(not text for text in texts)
    lines = zip(indices, texts, strict=True)
    indices = [i for i, text in lines if text and text not in known][: args.limit]
    if not indices:
        other = f" that split {args.exclude_texts_of!r} has not" if known else ""
        raise InkError(f"split {args.split!r} of {args.corpus} has no line with a text{other}")
    return indices, blank


def _plain(value: Any) -> Any:
    """Numbers as JSON has them: rounded, null for nan."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return round(value, 4) if math.isfinite(value) else None
    return value
