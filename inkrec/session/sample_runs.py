"""Samples of a stroke in the pieces in which a line takes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..ink.samples import PenSample
from .state import LineState

__all__ = ["RUN", "runs"]

RUN = 8
"""Samples of a stroke that are taken at once; the scale is looked at between two runs."""


def runs(r: LineState, samples: Iterable[PenSample]) -> Iterator[list[PenSample]]:
    """Samples as the line takes them: up to a pen-up, or so many of a stroke at once.

    Where runs end depends on the strokes alone, and not on the pieces in which samples come;
    only a piece that is taken in the middle of a run ends one early.
    """
    held = r.ink.strokes[-1].samples.length if r.ink.touching else 0
    run: list[PenSample] = []
    for sample in samples:
        run.append(sample)
        held = held + 1 if sample.touching else 0
        if held % RUN == 0:
            yield run
            run = []
    if run:
        yield run
