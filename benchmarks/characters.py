r"""How much of the ink is given to the right character, in lines whose characters are known?

::

    python benchmarks/characters.py en unipen.h5 --split dev_other --lines 60

Lines are spelled with single characters that a writer of the corpus wrote, as in
`inkrec.training.synthesis`, with the words of a text. Each character's ink is known then. The
line's text is given, and the ink of each of its characters asked for. Needs the extra
``train``.
"""

# ruff: noqa: E402
from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np

import inkrec
from inkrec import Hypothesis, Ink, Word
from inkrec.corpus import Corpus
from inkrec.errors import InkrecError
from inkrec.training.line import TrainingLine
from inkrec.training.synthesis import WriterGlyphs, collect_glyphs, synthesize

TEXT = Path(__file__).parents[1] / "README.md"
WORDS = 4  # a line


def glyphs(corpus: Corpus, split: str, most: int) -> list[WriterGlyphs]:
    """The writers of single characters."""
    found = []
    for sample in corpus.read(corpus.indices(split)[:most].tolist()):
        if sample.kind != "character" or len(sample.text) != 1:
            continue
        strokes = list(sample.ink)
        t = [s.t for s in sample.ink.samples() if s.touching]
        line = TrainingLine(
            np.concatenate([s.x for s in strokes]),
            np.concatenate([s.y for s in strokes]),
            np.array(t),
            np.cumsum([len(s) for s in strokes]) - 1,
            sample.text,
            sample.ink.has_time,
            None,
        )
        found.append((line, sample.writer))
    return collect_glyphs(found)


def spelled(
    hands: Sequence[WriterGlyphs], count: int, seed: int
) -> Iterator[tuple[Ink, str, list[int]]]:
    """Lines, what they say, and the place of the character that each stroke belongs to."""
    random = np.random.default_rng(seed)
    known = [w for w in re.findall(r"[A-Za-z]+[,.;!?']?", TEXT.read_text()) if len(w) > 1]
    made = 0
    for _ in range(100 * count):
        hand = hands[int(random.integers(len(hands)))]
        at = int(random.integers(len(known)))
        spells = [hand.spells(word, random) for word in known[at : at + 10 * WORDS]]
        words = [pieces for pieces in spells if pieces][:WORDS]
        if len(words) < 2:
            continue
        # one piece a character, so that it is known which was taken
        pieces = {p: [_any(hand.pieces[p], random)] for word in words for p in word}
        line = synthesize(replace(hand, pieces=pieces), words, random)
        owners, place = [], 0
        for word in words:
            for piece in word:
                owners += [place] * len(pieces[piece][0].stroke_ends)
                place += len(piece)
            place += 1
        yield Ink.from_samples(line.samples()), " ".join(map("".join, words)), owners
        made += 1
        if made == count:
            return


def _any(many: Sequence[TrainingLine], random: np.random.Generator) -> TrainingLine:
    return many[int(random.integers(len(many)))]


def given(text: str, owners: Sequence[int]) -> Hypothesis:
    """The text as a hypothesis of the strokes."""
    words, start = [], 0
    for word in text.split():
        mine = tuple(i for i, place in enumerate(owners) if start <= place < start + len(word))
        words.append(Word(word, 1.0, 0.0, 0.0, mine))
        start += len(word) + 1
    return Hypothesis(text, "", tuple(words), (), final=True)


def measure(args: argparse.Namespace) -> dict[str, Any]:
    """Ask for the characters of each line."""
    recognizer = inkrec.load(args.model)
    with Corpus(args.corpus) as corpus:
        hands = glyphs(corpus, args.split, args.characters)
    right = points = lines = 0
    for ink, text, owners in spelled(hands, args.lines, args.seed):
        lines += 1
        points += sum(map(len, ink))
        for character in recognizer.characters(ink, given(text, owners)):
            for span in character.spans:
                right += (span.end - span.first) * (owners[span.stroke] == character.start)
    return {
        "model": args.model,
        "split": args.split,
        "writers": len(hands),
        "lines": lines,
        "points": points,
        "right_percent": round(100 * right / max(1, points), 2),
    }


def main(arguments: list[str] | None = None) -> int:
    """Print what was found."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("model", help="a bundled model or a file")
    parser.add_argument("corpus", help="HDF5 with single characters")
    parser.add_argument("--split", default="dev_other")
    parser.add_argument("--lines", type=int, default=60)
    parser.add_argument("--characters", type=int, default=12000, help="only the first of them")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    args = parser.parse_args(arguments)
    try:
        report = measure(args)
    except InkrecError as error:
        print(f"characters: {error}", file=sys.stderr)
        return 1
    if args.json:
        print(json.dumps(report))
    else:
        print("| `{model}`, {split} | {writers} writers, {lines} lines |".format(**report))
        print("|---|---:|\n| points in the right character | {right_percent} % |".format(**report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
