"""A small network that tells what each stroke is: writing, or a drawing of some kind."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from .shapes import Floats, StrokeShapes
from .stroke_features import N_FEATURES, stroke_features

__all__ = ["KINDS", "StrokeClassifier", "bundled_classifier"]

KINDS = (
    "writing", "underline", "strike-through", "scribble", "circle", "frame", "rule", "arrow",
    "bullet", "tick", "hatching", "other",
)  # fmt: skip
"""What a stroke may be; the first is no drawing."""


@dataclass(frozen=True, eq=False)
class StrokeClassifier:
    """Layers of a perceptron over `inkrec.layout.stroke_features`.

    Attributes
    ----------
    mean, deviation : ndarray, shape (N_FEATURES,)
    weights : tuple of ndarray, each of shape (inputs, outputs)
    biases : tuple of ndarray
    """

    mean: Floats
    deviation: Floats
    weights: tuple[Floats, ...]
    biases: tuple[Floats, ...]

    @classmethod
    def from_arrays(cls, arrays: dict[str, Floats]) -> StrokeClassifier:
        """The classifier in arrays such as `to_arrays` gives."""
        layers = sorted(name for name in arrays if name.startswith("weight"))
        return cls(
            np.asarray(arrays["mean"], np.float64),
            np.asarray(arrays["deviation"], np.float64),
            tuple(np.asarray(arrays[name], np.float64) for name in layers),
            tuple(np.asarray(arrays[name.replace("weight", "bias")], np.float64)
                  for name in layers),
        )  # fmt: skip

    def to_arrays(self) -> dict[str, Floats]:
        """Its arrays by name, for a file."""
        held = {"mean": self.mean, "deviation": self.deviation}
        for n, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            held |= {f"weight{n}": weight, f"bias{n}": bias}
        return held

    def __call__(self, features: Floats) -> Floats:
        """Probabilities of `KINDS`, shape (strokes, kinds), of features as they come."""
        x = (features - self.mean) / self.deviation
        for n, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            x = x @ weight + bias
            if n < len(self.weights) - 1:
                x = np.tanh(x)
        x = np.exp(x - x.max(axis=1, keepdims=True))
        probabilities: Floats = x / x.sum(axis=1, keepdims=True)
        return probabilities

    def classify(self, shapes: StrokeShapes, size: float) -> Floats:
        """Probabilities of `KINDS` for strokes of level writing with a text size."""
        if not len(shapes) or not size > 0:
            writing = np.zeros((len(shapes), len(KINDS)))
            writing[:, 0] = 1.0
            return writing
        return self(stroke_features(shapes, size))


@cache
def bundled_classifier() -> StrokeClassifier:
    """The one that comes with the package."""
    with np.load(Path(__file__).parent / "stroke_classifier.npz", allow_pickle=False) as file:
        found = StrokeClassifier.from_arrays({name: file[name] for name in file.files})
    assert found.mean.shape == (N_FEATURES,), "stroke_classifier.npz is of other features"
    return found
