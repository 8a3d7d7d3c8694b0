"""Lines of a page: text before the next line, strokes counted over the page."""

from __future__ import annotations

from dataclasses import replace

from ..ink.line_segmentation import PageLine
from ..results import Hypothesis

__all__ = ["text_before_next", "with_page_strokes"]


def with_page_strokes(hypothesis: Hypothesis, line: PageLine) -> Hypothesis:
    """What a line says, the strokes of its words told as places in the page's ink."""
    words = [
        replace(w, strokes=tuple(line.strokes[i] for i in w.strokes)) for w in hypothesis.words
    ]
    return replace(hypothesis, words=tuple(words))


def text_before_next(pre_context: str, hypothesis: Hypothesis) -> str:
    """The text in front of the next line, of that in front of a line and what this one says."""
    return " ".join([*pre_context.split(), *hypothesis.text.split(), ""]).lstrip()
