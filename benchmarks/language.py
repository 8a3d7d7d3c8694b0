r"""Bits a character and size of language models, by order and pruning.

::

    python benchmarks/language.py TEXT[*WEIGHT] ... --orders 6 7 8 9 \
        --thresholds 2e-8 5e-8 1e-7 --corpus ../shared/data/iam-ondb
    python benchmarks/language.py --models en.lm --corpus ../shared/data/iam-ondb

The texts asked are the transcripts of IAM-OnDB's ``testset_v`` and ``testset_t``, a
line at a time, with nothing known of the line before; no model may be built from
them. Needs the extra ``train``.
"""

from __future__ import annotations

import argparse
import io
import math
import sys
import tarfile
import time
from pathlib import Path

import numpy as np

from inkrec._checks import require
from inkrec.errors import InkrecError, ModelError
from inkrec.language.alphabet import Alphabet
from inkrec.language.char_ngram import NgramModel
from inkrec.model import LANGUAGE, is_model, read_archive, with_prefix
from inkrec.training.kneser_ney import Counts, count, estimate, prune
from inkrec.training.ngram_trie import build_trie
from inkrec.training.train_lm import paragraphs, stream

SPLITS = ("testset_v", "testset_t")


def transcripts(corpus: Path, split: str) -> list[str]:
    """Lines of a split of IAM-OnDB, as transcribed (``CSR``)."""
    forms = {form.strip() for form in (corpus / f"{split}.txt").read_text().split()}
    lines = []
    with tarfile.open(corpus / "ascii-all.tar.xz") as archive:
        for member in archive:
            if member.isfile() and Path(member.name).stem in forms:
                held = archive.extractfile(member)
                assert held is not None
                body = held.read().decode("latin-1").partition("CSR:")[2]
                lines += [line.strip() for line in body.splitlines() if line.strip()]
    return lines


def bits(model: NgramModel, lines: list[str]) -> float:
    """Bits a character, of probabilities made to sum to one exactly."""
    nats = 0.0
    for line in lines:
        state = model.start()
        for symbol in model.alphabet.encode(line):
            scores = model.scores(state)
            nats += float(scores[symbol]) - math.log(float(np.exp(scores).sum()))
            state = model.advance(state, symbol)
    return -nats / sum(map(len, lines)) / math.log(2)


def cut(counts: Counts, order: int) -> Counts:
    """The same counts with no n-grams beyond an order."""
    names = ("keys", "raw", "prefix", "suffix")
    return Counts(counts.size, counts.weights, **{n: getattr(counts, n)[:order] for n in names})


def row(name: str, model: NgramModel, texts: list[list[str]]) -> str:
    """A row of the table: size, loading, bits and the cost of a step."""
    file = io.BytesIO()
    model.save(file)
    loads = []
    for _ in range(5):
        file.seek(0)
        began = time.process_time()
        model = NgramModel.load(file)
        loads.append(time.process_time() - began)
    began = time.process_time()
    for lines in texts:
        for line in lines:
            model.score(line)
    step = (time.process_time() - began) / sum(len(line) for lines in texts for line in lines)
    found = [bits(model, lines) for lines in texts]
    load = 1e3 * float(np.median(loads))
    grams, size = len(model.to_arrays()["labels"]) / 1e6, len(file.getvalue()) / 1e6
    return (
        f"| {name} | {grams:.2f} | {size:.2f} | {load:.0f} | {1e6 * step:.1f} | "
        + " | ".join(f"{b:.4f}" for b in found)
        + " |"
    )


def model_of(name: str) -> NgramModel:
    """The language model of a file, or of a model by its name or file."""
    if not is_model(name):
        return NgramModel.load(name)
    arrays = with_prefix(read_archive(name)[2], LANGUAGE)
    if not arrays:
        raise ModelError(f"{name} has no language model; give a file of inkrec train-lm")
    return NgramModel.from_arrays(arrays)


def main(arguments: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("texts", nargs="*", metavar="TEXT[*WEIGHT]")
    parser.add_argument("--corpus", type=Path, required=True, help="folder of IAM-OnDB")
    parser.add_argument("--orders", type=int, nargs="+", default=[6, 7, 8, 9])
    parser.add_argument("--thresholds", type=float, nargs="+", default=[2e-8, 5e-8, 1e-7])
    parser.add_argument("--rounds", type=int, default=2, help="of expectation maximisation")
    parser.add_argument("--split-punctuation", type=float, default=0.08)
    parser.add_argument("--models", nargs="*", default=[], help="models to measure as they are")
    args = parser.parse_args(arguments)
    try:
        measure(args)
    except (InkrecError, OSError) as error:
        print(f"language: {error}", file=sys.stderr)
        return 1
    return 0


def measure(args: argparse.Namespace) -> None:
    """Ask every model for the transcripts; a row as soon as it is known."""
    tqdm = require("tqdm", "train").tqdm
    models = [(Path(name).name, model_of(name)) for name in args.models]
    asked = [transcripts(args.corpus, split) for split in SPLITS]
    print("| model | n-grams, M | MB | load, ms CPU | step, us CPU | v, bits | t, bits |")
    print("|---|---:|---:|---:|---:|---:|---:|", flush=True)
    for name, known in models:
        print(row(name, known, asked), flush=True)
    if not args.texts:
        return
    alphabet = Alphabet(map(chr, range(32, 127)))
    streams, weights = [], []
    for given in args.texts:
        name, star, weight = given.rpartition("*")
        weights.append(float(weight) if star else 1.0)
        lines = tqdm(paragraphs(name if star else given), desc=given, unit=" lines")
        streams.append(stream(lines, alphabet, split_punctuation_share=args.split_punctuation))
    counts = count(streams, len(alphabet), max(args.orders), weights)
    del streams
    with tqdm(total=len(args.orders) * len(args.thresholds), unit="model") as bar:
        for order in args.orders:
            some = cut(counts, order)
            first = estimate(some, plain=True)
            for threshold in args.thresholds:
                kept = prune(some, first, threshold)
                fine = estimate(some, kept)
                for _ in range(args.rounds):
                    fine = estimate(some, kept, previous=fine)
                model = build_trie(some, fine, kept, alphabet, threshold=threshold)
                bar.write(row(f"order {order}, {threshold:g}", model, asked))
                bar.update()


if __name__ == "__main__":
    sys.exit(main())
