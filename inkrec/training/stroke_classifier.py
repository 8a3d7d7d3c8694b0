"""Train what tells writing from drawing, on drawings made over real ink.

::

    python -m inkrec.training.stroke_classifier OUT.npz --ink iam.h5:trainset --ink unipen.h5:train
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..corpus import Sample
from ..ink.strokes import Stroke
from ..layout.shapes import StrokeShapes, text_size
from ..layout.stroke_classifier import KINDS
from ..layout.stroke_features import stroke_features
from .drawings import DRAWN, draw

__all__ = ["Scene", "compose", "features_of", "scenes", "stacked"]

Floats = npt.NDArray[np.float64]
Random = np.random.Generator


class Scene(NamedTuple):
    """Writing with drawings over it.

    Attributes
    ----------
    strokes : list of Stroke
        Without time: the writing's, then the drawings'.
    kinds : ndarray of int, shape (strokes,)
        Places in `KINDS`.
    lines : list of list of int
        Strokes of each line of writing.
    targets : list of (list of int, tuple of int)
        Strokes of each drawing, and the writing that it is about.
    """

    strokes: list[Stroke]
    kinds: npt.NDArray[np.int64]
    lines: list[list[int]]
    targets: list[tuple[list[int], tuple[int, ...]]]


def compose(lines: Sequence[Sample], kinds: Sequence[str], random: Random) -> Scene:
    """Lines that lie as they were written, with drawings of some kinds over them."""
    strokes: list[Stroke] = []
    places: list[list[int]] = []
    for sample in lines:
        places.append(list(range(len(strokes), len(strokes) + len(sample.ink))))
        strokes += [Stroke(s.x, s.y) for s in sample.ink]
    names = [KINDS.index("writing")] * len(strokes)
    targets = []
    for kind in kinds:
        for drawn in draw(strokes[: sum(map(len, places))], places, kind, random):
            first = len(strokes)
            strokes += [Stroke(way[:, 0], way[:, 1]) for way in drawn.strokes]
            names += [KINDS.index(drawn.kind)] * len(drawn.strokes)
            targets.append((list(range(first, len(strokes))), drawn.targets))
    return Scene(strokes, np.array(names), places, targets)


def stacked(samples: Sequence[Sample], random: Random) -> list[Sample]:
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


def scenes(samples: Sequence[Sample], count: int, random: Random) -> Iterator[Scene]:
    """Scenes over some lines: alone, or of one form or writer under one another."""
    by: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        by[sample.form if not sample.writer else sample.writer].append(sample)
    names = sorted(by)
    kinds = sorted(DRAWN)
    for _ in range(count):
        held = by[names[int(random.integers(len(names)))]]
        most = int(random.choice([1, 1, 2, 3, 5]))
        first = int(random.integers(max(1, len(held) - most + 1)))
        lines = held[first : first + most]
        if lines[0].writer and len(lines) > 1:
            lines = stacked(lines, random)
        number = int(random.choice([0, 1, 1, 1, 2, 3]))
        some = [str(kind) for kind in random.choice(kinds, number)]
        yield compose(lines, some, random)


def features_of(scene: Scene, random: Random) -> Floats:
    """Features of a scene, turned and slanted by a little."""
    turn, slant = random.normal(0, 0.03), random.normal(0, 0.05)
    matrix = np.array([[1.0, slant], [turn, 1.0]])
    shapes = StrokeShapes.of(scene.strokes)
    shapes = StrokeShapes.of_paths(shapes.path @ matrix.T)
    return stroke_features(shapes, text_size(shapes) or 1.0)
