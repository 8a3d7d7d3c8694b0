"""Lines of a page: text before the next line, strokes counted over the page."""

from __future__ import annotations

from dataclasses import replace

from ..ink.line_segmentation import PageLine
from ..results import Hypothesis

__all__ = ["behind", "placed"]


def placed(said: Hypothesis, line: PageLine) -> Hypothesis:
    """What a line says, the strokes of its words told as places in the page's ink."""
    words = [replace(w, strokes=tuple(line.strokes[i] for i in w.strokes)) for w in said.words]
    return replace(said, words=tuple(words))


def behind(before: str, said: Hypothesis) -> str:
    """The text in front of the next line, of that in front of a line and what this one says."""
    return " ".join([*before.split(), *said.text.split(), ""]).lstrip()
