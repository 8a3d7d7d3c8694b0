"""Lines of a few plain letters, drawn by rule: ink that a small network can learn to read."""

from __future__ import annotations

import math

import numpy as np

from inkrec import Ink, Stroke
from inkrec.corpus import Sample

__all__ = ["GLYPHS", "page", "samples"]

_ROUND = [(0.35 + 0.3 * math.cos(a), 0.15 - 0.35 * math.sin(a)) for a in np.linspace(0.5, 6.8, 12)]
GLYPHS: dict[str, list[list[tuple[float, float]]]] = {
    "o": [_ROUND],
    "c": [_ROUND[:9]],
    "l": [[(0.2, -1.0), (0.2, 0.5)]],
    "v": [[(0.0, -0.2), (0.3, 0.5), (0.6, -0.2)]],
    "z": [[(0.0, -0.2), (0.6, -0.2), (0.0, 0.5), (0.6, 0.5)]],
    "n": [[(0.0, -0.2), (0.0, 0.5), (0.1, -0.1), (0.5, -0.2), (0.5, 0.5)]],
    "t": [[(0.3, -0.8), (0.3, 0.5)], [(0.0, -0.3), (0.6, -0.3)]],
    "i": [[(0.2, -0.1), (0.2, 0.5)], [(0.2, -0.5), (0.22, -0.48)]],
}


def page(seed: int, size: float = 20.0) -> tuple[Ink, str]:
    """A line of two or three words and its text."""
    random = np.random.default_rng(seed)
    letters = sorted(GLYPHS)
    words = [
        "".join(random.choice(letters, int(random.integers(2, 5))))
        for _ in range(int(random.integers(2, 4)))
    ]
    strokes, left, clock = [], 0.0, 0.0
    for letter in " ".join(words):
        if letter == " ":
            left += 1.2
            continue
        for glyph in GLYPHS[letter]:
            corners = np.array(glyph) + random.normal(0, 0.02, (len(glyph), 2))
            at = np.linspace(0, len(corners) - 1, 6 * len(corners))
            x, y = (np.interp(at, np.arange(len(corners)), c) for c in corners.T)
            t = clock + 0.01 * np.arange(len(at))
            clock = float(t[-1]) + 0.1
            strokes.append(Stroke(size * (x + left), size * y, t))
        left += 0.9
    return Ink(strokes), " ".join(words)


def samples(n: int) -> list[Sample]:
    """Labelled lines, every fourth of them in the split ``dev``; a form each, five writers."""
    made = []
    for i in range(n):
        ink, text = page(i)
        split = "dev" if i % 4 == 3 else "train"
        made.append(Sample(ink, text, f"line{i}", f"w{i % 5}", f"form{i}", split, "line"))
    return made
