r"""Train what tells writing from drawing, on drawings made over real ink.

::

    python -m inkrec.training.stroke_classifier inkrec/layout/stroke_classifier.npz \
        --ink iam.h5:trainset --ink unipen.h5:train --signs unipen.h5:train_other

The same seed and the same corpora give the same drawings. Writers of what is measured must be
in none of the corpora. Needs the extra ``train``.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .._checks import check_output, require
from ..corpus import Corpus, Sample
from ..errors import InkrecError, ModelError
from ..ink.strokes import Stroke
from ..layout.shapes import StrokeShapes, text_size
from ..layout.stroke_classifier import KINDS, Perceptron, StrokeClassifier
from ..layout.stroke_context import context_features, neighbour_pairs
from ..layout.stroke_features import stroke_features
from .drawings import DRAWN, Material, draw

__all__ = ["Examples", "Scene", "examples", "main", "scenes", "train"]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Random = np.random.Generator

_HIDDEN = (64, 32)
_EPOCHS, _BATCH, _RATE = 14, 512, 4e-3
_DRAWN_WEIGHT = 2.0  # of a stroke of a drawing: there are fewer
_KEPT_WEIGHT = 3.0  # of writing in the second look: to lose text is worse than to keep a line


class Scene(NamedTuple):
    """Writing with drawings over it.

    Attributes
    ----------
    strokes : list of Stroke
        Without time: the writing's, then the drawings'.
    kinds : ndarray of int, shape (strokes,)
        Places in `KINDS`.
    """

    strokes: list[Stroke]
    kinds: Integers


class Examples(NamedTuple):
    """Strokes of many scenes.

    Attributes
    ----------
    features : ndarray, shape (strokes, N_FEATURES)
    kinds : ndarray of int, shape (strokes,)
    pairs : list of (ndarray of int, ndarray of int)
        As `inkrec.layout.stroke_context.neighbour_pairs` gives them, counted over all.
    """

    features: Floats
    kinds: Integers
    pairs: list[tuple[Integers, Integers]]


def scenes(
    samples: Sequence[Sample], signs: Sequence[Sample], count: int, random: Random
) -> Iterator[Scene]:
    """Lines alone, or of one form or writer under one another, with drawings.

    Parameters
    ----------
    samples : sequence of Sample
        Lines and words.
    signs : sequence of Sample
        Short ink that is writing even where nothing stands beside it.
    count : int
    random : numpy.random.Generator
    """
    by: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        by[sample.writer or sample.form].append(sample)
    names = sorted(by)
    some = random.choice(len(samples), min(len(samples), 400), replace=False)
    material = Material.of([s for k in some for s in samples[int(k)].ink])
    for _ in range(count):
        if signs and random.random() < 0.08:
            sign = signs[int(random.integers(len(signs)))]
            yield _composed([sign], [], random, material)
            continue
        held = by[names[int(random.integers(len(names)))]]
        most = int(random.choice([1, 1, 2, 3, 5]))
        first = int(random.integers(max(1, len(held) - most + 1)))
        lines = held[first : first + most]
        if lines[0].writer and len(lines) > 1:
            lines = _stacked(lines, random)
        number = int(random.choice([0, 0, 1, 1, 1, 2, 3]))
        kinds = [str(kind) for kind in random.choice(sorted(DRAWN), number)]
        yield _composed(lines, kinds, random, material)


def _composed(
    lines: Sequence[Sample], kinds: Sequence[str], random: Random, material: Material
) -> Scene:
    """Lines that lie as they were written, with drawings of some kinds over them."""
    strokes: list[Stroke] = []
    places: list[list[int]] = []
    for sample in lines:
        places.append(list(range(len(strokes), len(strokes) + len(sample.ink))))
        strokes += [Stroke(s.x, s.y) for s in sample.ink]
    writing = list(strokes)
    names = [0] * len(strokes)
    for kind in kinds:
        for drawn in draw(writing, places, kind, random, material):
            strokes += [Stroke(way[:, 0], way[:, 1]) for way in drawn.strokes]
            names += [KINDS.index(drawn.kind)] * len(drawn.strokes)
    return Scene(strokes, np.array(names))


def _stacked(samples: Sequence[Sample], random: Random) -> list[Sample]:
    """Lines of one writer put under one another."""
    made: list[Sample] = []
    bottom = 0.0
    for sample in samples:
        left, top, _, low = sample.ink.bounds
        size = text_size(StrokeShapes.of(list(sample.ink))) or 1.0
        down = bottom - top + size * random.uniform(0.2, 2.5) if made else 0.0
        right = -left + size * random.uniform(0, 1) if made else 0.0
        ink = type(sample.ink)([Stroke(s.x + right, s.y + down) for s in sample.ink])
        made.append(sample._replace(ink=ink))
        bottom = low + down
    return made


def examples(found: Iterator[Scene], random: Random) -> Examples:
    """Features of scenes, each turned and slanted by a little."""
    features, kinds = [], []
    pairs: list[list[tuple[Integers, Integers]]] = [[], []]
    first = 0
    for scene in found:
        matrix = np.array([[1.0, random.normal(0, 0.06)], [random.normal(0, 0.02), 1.0]])
        shapes = StrokeShapes.of_paths(StrokeShapes.of(scene.strokes).path @ matrix.T)
        # at run time sizes are first of all strokes, then of those that seem to be writing
        known = scene.kinds == 0 if random.random() < 0.6 else np.ones(len(shapes), bool)
        size = text_size(shapes.take(known)) or 1.0
        features.append(stroke_features(shapes, size).astype(np.float32))
        kinds.append(scene.kinds)
        for held, (of, other) in zip(pairs, neighbour_pairs(shapes, size), strict=True):
            held.append((of + first, other + first))
        first += len(shapes)
    joined = [tuple(np.concatenate(column) for column in zip(*held, strict=True)) for held in pairs]
    return Examples(
        np.concatenate(features), np.concatenate(kinds), [(of, other) for of, other in joined]
    )


def train(data: Examples, seed: int = 0, epochs: int = _EPOCHS) -> StrokeClassifier:
    """Train both looks.

    Parameters
    ----------
    data : Examples
    seed : int
    epochs : int

    Returns
    -------
    StrokeClassifier
    """
    weights = np.where(data.kinds > 0, _DRAWN_WEIGHT, 1.0)
    first = _fit(data.features, data.kinds, weights, seed, epochs)
    context = context_features(first(data.features), data.pairs)
    both = np.concatenate([data.features, context], axis=1)
    weights = np.where(data.kinds > 0, _DRAWN_WEIGHT, _KEPT_WEIGHT)
    return StrokeClassifier(first, _fit(both, data.kinds, weights, seed + 1, epochs))


def _fit(features: Floats, kinds: Integers, weights: Floats, seed: int, epochs: int) -> Perceptron:
    torch = require("torch", "train")
    torch.manual_seed(seed)
    mean, deviation = features.mean(axis=0), features.std(axis=0) + 1e-3
    x = torch.tensor((features - mean) / deviation, dtype=torch.float32)
    y, w = torch.tensor(kinds), torch.tensor(weights, dtype=torch.float32)
    sizes = [x.shape[1], *_HIDDEN, len(KINDS)]
    layers: list[Any] = []
    for a, b in itertools.pairwise(sizes):
        layers += [torch.nn.Linear(a, b), torch.nn.Tanh()]
    network = torch.nn.Sequential(*layers[:-1])
    steps = epochs * -(-len(x) // _BATCH)
    optimizer = torch.optim.AdamW(network.parameters(), _RATE, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=steps)
    for _ in range(epochs):
        for rows in torch.randperm(len(x)).split(_BATCH):
            noisy = x[rows] + 0.05 * torch.randn_like(x[rows])
            loss = torch.nn.functional.cross_entropy(network(noisy), y[rows], reduction="none")
            optimizer.zero_grad()
            (loss * w[rows]).mean().backward()
            optimizer.step()
            schedule.step()
    linear = [layer for layer in network if isinstance(layer, torch.nn.Linear)]
    return Perceptron(
        mean.astype(np.float64),
        deviation.astype(np.float64),
        tuple(layer.weight.detach().numpy().T.astype(np.float64) for layer in linear),
        tuple(layer.bias.detach().numpy().astype(np.float64) for layer in linear),
    )


def _samples(name: str, most: int, random: Random) -> list[Sample]:
    """Some samples of ``CORPUS:SPLIT``, none with crossed-out ink."""
    path, colon, split = name.rpartition(":")
    if not colon:
        raise ModelError(f"{name} names no part of a corpus; say FILE.h5:SPLIT")
    with Corpus(path) as corpus:
        places = corpus.indices(split)
        if len(places) > most:
            places = np.sort(random.choice(places, most, replace=False))
        return [s for s in corpus.read(places.tolist()) if len(s.ink) and "#" not in s.text]


def main(arguments: list[str] | None = None) -> int:
    """Train, and write the arrays."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("out", metavar="OUT.npz")
    parser.add_argument("--ink", action="append", required=True, metavar="H5:SPLIT", help="lines")
    parser.add_argument("--signs", metavar="H5:SPLIT", help="signs and words alone")
    parser.add_argument("--scenes", type=int, default=5000, help="of each ink (5000)")
    parser.add_argument("--epochs", type=int, default=_EPOCHS)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(arguments)
    try:
        check_output(args.out, ".npz")
        made = [
            _made(name, args.signs, args.scenes, args.seed, n) for n, name in enumerate(args.ink)
        ]
    except InkrecError as error:
        print(f"stroke_classifier: {error}", file=sys.stderr)
        return 1
    data = _joined(made)
    trained = train(data, args.seed, args.epochs)
    arrays: dict[str, Any] = {k: v.astype(np.float32) for k, v in trained.to_arrays().items()}
    np.savez(args.out, **arrays)
    print(f"{args.out}: {len(data.kinds)} strokes, {int((data.kinds > 0).sum())} of drawings")
    return 0


def _made(name: str, sign_name: str | None, count: int, seed: int, number: int) -> Examples:
    """The examples of one ink, the same whatever other ink is used."""
    random = np.random.default_rng([seed, number])
    signs = _samples(sign_name, 3000, random) if sign_name else []
    return examples(scenes(_samples(name, 12000, random), signs, count, random), random)


def _joined(made: Sequence[Examples]) -> Examples:
    """The examples of several inks."""
    firsts = np.cumsum([0, *(len(m.kinds) for m in made)])
    pairs = [
        tuple(np.concatenate([m.pairs[k][side] + first
                              for m, first in zip(made, firsts, strict=False)])
              for side in (0, 1))
        for k in (0, 1)
    ]  # fmt: skip
    return Examples(
        np.concatenate([m.features for m in made]),
        np.concatenate([m.kinds for m in made]),
        [(of, other) for of, other in pairs],
    )


if __name__ == "__main__":
    sys.exit(main())
