"""A small network that tells what each stroke is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .shapes import Floats, StrokeShapes

__all__ = ["KINDS", "StrokeClassifier", "near_probabilities"]

KINDS = (
    "writing", "underline", "strike-through", "scribble", "circle", "frame", "rule", "arrow",
    "bullet", "tick", "hatching", "other",
)  # fmt: skip
StrokeClassifier = near_probabilities = None
