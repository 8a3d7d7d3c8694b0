"""UNIPEN 1.0: ink with its segments, labels and documentation, over several files.

A file is a run of keywords that start with a dot in the first column. Components
(``.PEN_DOWN``, ``.PEN_UP``) are numbered together from 0 within a set, and only
those that hold a point count; ``.SEGMENT`` names a stretch of them, such as
``3-5,7,8:10-9:20``. The format is that of Guyon et al. (1994), "UNIPEN project of
on-line data exchange and recognizer benchmarks".

At the door: y is turned to grow downward, and scaled to the units of x where the
two differ; t is in s, from ``T`` (ms) or else from ``.POINTS_PER_SECOND``, the
points of the pen in the air and ``.DT``; pressure is divided by the largest of
its set where that is above 1.
"""

from __future__ import annotations

from .reader import Segment, read, read_labelled, segments
from .words import Library
from .writer import write

__all__ = ["Library", "Segment", "read", "read_labelled", "segments", "write"]
