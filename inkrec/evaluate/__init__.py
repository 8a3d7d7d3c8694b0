"""A model held against a corpus, pass by pass: the ``eval`` command.

Every line of the split is read, none is left out but those without a true text,
which are counted. The passes are the causal text as the pen moves, the text
refined at the last pen-up, the finished line by best path, and, where the model
has a language model, the finished line by beam.
"""

from __future__ import annotations

from .passes import PASSES, decode_passes
from .runner import COMMIT_POLICIES, EvalOptions, LineResult, read_lines, replay
from .summary import summarize, table, worst

__all__ = [
    "COMMIT_POLICIES",
    "PASSES",
    "EvalOptions",
    "LineResult",
    "decode_passes",
    "read_lines",
    "replay",
    "summarize",
    "table",
    "worst",
]
