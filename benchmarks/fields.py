r"""What is not prose: how many numbers, addresses, codes, rows and single characters are right.

::

    python benchmarks/fields.py make unipen.h5 -o fields.h5 --seed 1 --each 200
    python benchmarks/fields.py read en fields.h5 --split dev
    python benchmarks/fields.py read en unipen.h5 --split dev_other --kind character
    python benchmarks/fields.py hands en writepad-dev.jsonl.xz --language en --every 20

``make`` spells texts of each kind of field (`inkrec.training.field_texts`) with the single
characters of writers that nothing learnt from; the same seed and corpus give the same set. What a
writer never wrote, digits and signs, comes from another of them. ``hands`` reads the writing
samples of WritePad, for measuring only. An ink is right where its text is as it was asked for;
rows are compared without their spaces too, words without their case, and characters without the
case of letters whose capital looks the same. Intervals are from drawing whole writers again.
Needs the extra ``train``.
"""

# ruff: noqa: E402
from __future__ import annotations

import argparse
import json
import lzma
import math
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np

import inkrec
from inkrec import Ink, Recognizer, Stroke
from inkrec._checks import require
from inkrec.corpus import Corpus, Sample, write_corpus
from inkrec.errors import InkError, InkrecError, ModelError
from inkrec.evaluate.passes import decode_passes
from inkrec.language.alphabet import normalize
from inkrec.metrics import bootstrap
from inkrec.training.field_texts import FIELDS, field_text
from inkrec.training.line import TrainingLine
from inkrec.training.synthesis import borrow_glyphs, collect_glyphs, glyph_lenders, synthesize

KINDS = tuple(kind for kind in FIELDS if kind != "prose")
_UNIT = 10.0  # pen units of a made-up line's scale
_TRIES = 1000  # texts to look at for one that a writer can spell
_ALIKE = str.maketrans("COSUVWXZKPYMNI", "cosuvwxzkpymni")


class Read(NamedTuple):
    """One ink that was read.

    Attributes
    ----------
    kind, writer, truth : str
    texts : dict of str to str
        What each pass says.
    """

    kind: str
    writer: str
    truth: str
    texts: dict[str, str]


JUDGES: dict[str, Callable[[str], str]] = {
    "exact": lambda text: text,
    "spaces": lambda text: text.replace(" ", ""),
    "case": lambda text: text.lower(),
    "alike": lambda text: text.replace(" ", "").translate(_ALIKE),
}
"""What two texts are compared by: as they are, without spaces, without case, and without spaces
and the case of letters whose capital looks the same."""

PASSES = ("final", "final_greedy")


# ---- sets


def composed(
    corpus: Corpus, split: str, kinds: Sequence[str], each: int, seed: int
) -> list[Sample]:
    """Inks of each kind of field, spelled with the single characters of a split's writers.

    Parameters
    ----------
    corpus : Corpus
    split : str
        Its samples of kind ``character`` are the pieces; words of the split of the same name
        without ``_other``, if there are any, make names and addresses.
    kinds : sequence of str
    each : int
        Inks of each kind.
    seed : int

    Raises
    ------
    InkError
        If no writer of the split has letters enough.
    """
    pages = []
    for sample in corpus.read(corpus.indices(split, kind="character").tolist()):
        text = normalize(sample.text)
        try:
            pages.append(
                (TrainingLine.from_ink(sample.ink, text, 1.0), sample.writer or sample.form)
            )
        except InkError:  # a dot has no extent, and is left out
            continue
    found = {}
    for writer in dict.fromkeys(writer for _, writer in pages):
        for hand in collect_glyphs([pair for pair in pages if pair[1] == writer]):
            found[writer] = hand
    if not found:
        raise InkError(f"no writer of split {split!r} has 15 small letters; take another split")
    words = _words(corpus, split)
    lenders = glyph_lenders(list(found.values()))
    able = sorted(found)
    made = []
    for kind in kinds:
        random = np.random.default_rng((seed, list(FIELDS).index(kind)))
        for i in range(each):
            for k in range(_TRIES):
                text = normalize(field_text(kind, random, words))
                writer = able[(i + k // 20) % len(able)]  # who lacks a capital leaves it to others
                hand = borrow_glyphs(found[writer], text, lenders, random)
                parts = [hand.split_word(word, random) for word in text.split()]
                if parts and None not in parts:
                    break
            else:
                raise InkError(f"no writer of split {split!r} can spell a text of kind {kind!r}")
            page = synthesize(hand, [part for part in parts if part], random)
            made.append(Sample(_ink(page), text, f"{kind}/{i}", writer, "", "dev", kind, "en"))
    return made


def _words(corpus: Corpus, split: str) -> list[str]:
    """The words of the writers' lines and words, in order."""
    plain = split.removesuffix("_other")
    try:
        texts = corpus.texts(corpus.indices(plain).tolist())
    except InkrecError:
        texts = []
    found = {w for text in texts for w in normalize(text).split() if w.isascii() and w.isalpha()}
    return sorted(w for w in found if len(w) > 1) or list(KINDS)


def _ink(page: TrainingLine) -> Ink:
    """A page as a pen would have written it; a page without times has none."""
    strokes, first = [], 0
    for last in page.stroke_ends.tolist():
        run = slice(first, last + 1)
        t = page.t[run] if page.has_time else None
        strokes.append(Stroke(_UNIT * page.x[run], _UNIT * page.y[run], t))
        first = last + 1
    return Ink(strokes)


def writepad(path: str, language: str, every: int) -> Iterator[Sample]:
    """Every n-th ink of each kind of WritePad's samples in a language."""
    seen: Counter[tuple[str, str]] = Counter()
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            entry = json.loads(line)
            if entry["lang"] != language:
                continue
            kind, text = entry["kind"], entry["text"]
            seen[kind, text] += 1  # so that all texts come
            if (seen[kind, text] - 1) % every:
                continue
            strokes = []
            for written in entry["strokes"].split(";"):
                steps = np.array([pair.split() for pair in written.split(",")], int)
                strokes.append(Stroke(*(np.cumsum(steps, axis=0) / 4).T))
            yield Sample(Ink(strokes), text, str(number), str(entry["writer"]), "", "", kind)


# ---- reading


def read(recognizer: Recognizer, samples: Iterable[Sample]) -> Iterator[Read]:
    """What a recogniser makes of each ink."""
    for sample in samples:
        try:
            texts = decode_passes(recognizer, sample.ink)
        except InkrecError:
            texts = {}
        passes = {name: texts.get(name, "") for name in PASSES}
        yield Read(sample.kind, sample.writer, normalize(sample.text), passes)


def summary(found: Sequence[Read]) -> dict[str, Any]:
    """Parts that are right, in percent, by kind and pass, with intervals over writers."""
    report: dict[str, Any] = {}
    for kind in dict.fromkeys(r.kind for r in found):
        mine = [r for r in found if r.kind == kind]
        entry: dict[str, Any] = {"inks": len(mine), "writers": len({r.writer for r in mine})}
        for name in PASSES:
            entry[name] = {}
            for judge, plain in JUDGES.items():
                right = [int(plain(r.truth) == plain(r.texts[name])) for r in mine]
                ends = bootstrap(right, [1] * len(mine), [r.writer for r in mine])
                rate = round(100 * sum(right) / len(mine), 2)
                entry[name][judge] = [
                    rate, *(round(v, 2) if math.isfinite(v) else None for v in ends)
                ]  # fmt: skip
        report[kind] = entry
    return report


def confusions(
    found: Sequence[Read], name: str, most: int
) -> dict[str, list[tuple[str, str, int]]]:
    """The most frequent characters read as others, by kind; the empty text stands for none."""
    editops = require("rapidfuzz.distance", "train").Levenshtein.editops
    tables = {}
    for kind in dict.fromkeys(r.kind for r in found):
        count: Counter[tuple[str, str]] = Counter()
        for r in found:
            if r.kind != kind:
                continue
            truth, said = (t.replace(" ", "") for t in (r.truth, r.texts[name]))
            for tag, i, j in editops(truth, said):
                count["" if tag == "insert" else truth[i], "" if tag == "delete" else said[j]] += 1
        tables[kind] = [(a, b, n) for (a, b), n in count.most_common(most)]
    return tables


def table(report: dict[str, Any], title: str) -> str:
    """The report as a table of Markdown: with language model, and in brackets the best path."""
    head = [f"| {title}, % right | inks | as they are | spaces | case | alike |"]
    rows = [
        f"| {kind} | {entry['inks']} | "
        + " | ".join(
            f"{entry['final'][judge][0]:.1f} ({entry['final_greedy'][judge][0]:.1f})"
            for judge in JUDGES
        )
        + " |"
        for kind, entry in report.items()
    ]
    return "\n".join([*head, "|---|---:|" + "---:|" * len(JUDGES), *rows])


# ---- commands


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    make = commands.add_parser("make", help="write a corpus of composed fields")
    make.add_argument("corpus", help="HDF5 with single characters")
    make.add_argument("-o", "--output", required=True, metavar="FIELDS.h5")
    make.add_argument("--split", default="dev_other")
    make.add_argument("--kinds", nargs="+", default=list(KINDS), metavar="KIND")
    make.add_argument("--each", type=int, default=200, help="inks of a kind")
    make.add_argument("--seed", type=int, default=1)
    both = argparse.ArgumentParser(add_help=False)
    both.add_argument("model", help="a bundled model or a file")
    both.add_argument("corpus", help="HDF5, or WritePad's samples")
    both.add_argument("--every", type=int, default=1, help="only each n-th ink of a kind")
    both.add_argument("--confusions", type=int, default=0, metavar="N", help="the N most frequent")
    both.add_argument("--json", action="store_true", help="one JSON object")
    both.add_argument("--quiet", action="store_true", help="no progress bar")
    of = commands.add_parser("read", parents=[both], help="read a corpus, kind by kind")
    of.add_argument("--split", default="dev")
    of.add_argument("--kind", help="only samples of this kind")
    pad = commands.add_parser("hands", parents=[both], help="read WritePad's samples")
    pad.add_argument("--language", default="en")
    return parser


def _make(args: argparse.Namespace) -> int:
    for kind in args.kinds:
        if kind not in FIELDS:
            raise ModelError(f"{kind!r} is no kind of field; there are {', '.join(FIELDS)}")
    with Corpus(args.corpus) as corpus:
        samples = composed(corpus, args.split, args.kinds, args.each, args.seed)
        about = {k: str(corpus.attributes.get(k, "")) for k in ("licence", "citation")}
    about |= {"name": "fields", "source": os.path.basename(args.corpus), "seed": args.seed}
    print(f"{write_corpus(args.output, samples, attributes=about)} inks in {args.output}")
    return 0


def _chosen(args: argparse.Namespace) -> list[Sample]:
    if args.command == "hands":
        return list(writepad(args.corpus, args.language, args.every))
    with Corpus(args.corpus) as corpus:
        found = corpus.read(corpus.indices(args.split, kind=args.kind).tolist())
    return found[:: args.every]


def main(arguments: list[str] | None = None) -> int:
    """Make a set, or print what of one is right."""
    args = _parser().parse_args(arguments)
    try:
        if args.command == "make":
            return _make(args)
        recognizer = inkrec.load(args.model)
        samples = _chosen(args)
        bar = require("tqdm", "train").tqdm(samples, unit="ink", disable=args.quiet or None)
        found = list(read(recognizer, bar))
    except InkrecError as error:
        print(f"fields: {error}", file=sys.stderr)
        return 1
    report = summary(found)
    mixed = confusions(found, PASSES[0], args.confusions) if args.confusions else {}
    if args.json:
        print(json.dumps({"model": args.model, "kinds": report, "confusions": mixed}))
        return 0
    print(table(report, f"`{args.model}`"))
    for kind, rows in mixed.items():
        print(f"{kind}: " + ", ".join(f"{a or '-'} {b or '-'} {n}" for a, b, n in rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
