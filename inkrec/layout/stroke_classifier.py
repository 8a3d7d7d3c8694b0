"""A small network that tells what each stroke is: writing, or a drawing of some kind."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from .shapes import Floats, StrokeShapes
from .stroke_context import context_features, neighbour_pairs
from .stroke_features import N_FEATURES, stroke_features

__all__ = ["KINDS", "Perceptron", "StrokeClassifier", "bundled_classifier"]

KINDS = (
    "writing", "underline", "strike-through", "scribble", "circle", "frame", "rule", "arrow",
    "bullet", "tick", "hatching", "other",
)  # fmt: skip
"""What a stroke may be; the first is no drawing."""

_NO_DOUBT = 0.97  # probability of writing: where all strokes have it, one look is enough


@dataclass(frozen=True, eq=False)
class Perceptron:
    """Layers with tanh between them.

    Attributes
    ----------
    mean, deviation : ndarray, shape (inputs,)
        Of the inputs.
    weights : tuple of ndarray, each of shape (inputs, outputs)
    biases : tuple of ndarray
    """

    mean: Floats
    deviation: Floats
    weights: tuple[Floats, ...]
    biases: tuple[Floats, ...]

    def __call__(self, inputs: Floats) -> Floats:
        """Probabilities of the outputs, shape (rows, outputs)."""
        x = (inputs - self.mean) / self.deviation
        for n, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            x = x @ weight + bias
            if n < len(self.weights) - 1:
                x = np.tanh(x)
        x = np.exp(x - x.max(axis=1, keepdims=True))
        probabilities: Floats = x / x.sum(axis=1, keepdims=True)
        return probabilities


@dataclass(frozen=True, eq=False)
class StrokeClassifier:
    """Two looks at strokes: at their form and surroundings, and at what these seem to be.

    Attributes
    ----------
    first : Perceptron
        Over `inkrec.layout.stroke_features`.
    second : Perceptron
        Over these and `inkrec.layout.stroke_context`.
    """

    first: Perceptron
    second: Perceptron

    @classmethod
    def from_arrays(cls, arrays: dict[str, Floats]) -> StrokeClassifier:
        """The classifier in arrays such as `to_arrays` gives."""
        looks = []
        for look in ("first", "second"):
            held = {name.partition("/")[2]: np.asarray(values, np.float64)
                    for name, values in arrays.items() if name.startswith(f"{look}/")}  # fmt: skip
            layers = range(sum(name.startswith("weight") for name in held))
            looks.append(
                Perceptron(
                    held["mean"],
                    held["deviation"],
                    tuple(held[f"weight{n}"] for n in layers),
                    tuple(held[f"bias{n}"] for n in layers),
                )
            )
        return cls(*looks)

    def to_arrays(self) -> dict[str, Floats]:
        """Its arrays by name, for a file."""
        held: dict[str, Floats] = {}
        for look, layers in (("first", self.first), ("second", self.second)):
            held |= {f"{look}/mean": layers.mean, f"{look}/deviation": layers.deviation}
            for n, (weight, bias) in enumerate(zip(layers.weights, layers.biases, strict=True)):
                held |= {f"{look}/weight{n}": weight, f"{look}/bias{n}": bias}
        return held

    def classify(self, shapes: StrokeShapes, size: float) -> Floats:
        """Probabilities of `KINDS` for strokes of level writing with a text size."""
        if not len(shapes) or not size > 0:
            writing = np.zeros((len(shapes), len(KINDS)))
            writing[:, 0] = 1.0
            return writing
        features = stroke_features(shapes, size)
        first = self.first(features)
        if first[:, 0].min() > _NO_DOUBT:
            return first
        context = context_features(first, neighbour_pairs(shapes, size))
        return self.second(np.concatenate([features, context], axis=1))


@cache
def bundled_classifier() -> StrokeClassifier:
    """The one that comes with the package."""
    with np.load(Path(__file__).parent / "stroke_classifier.npz", allow_pickle=False) as file:
        found = StrokeClassifier.from_arrays({name: file[name] for name in file.files})
    assert found.first.mean.shape == (N_FEATURES,), "stroke_classifier.npz is of other features"
    return found
