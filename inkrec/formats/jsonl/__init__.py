"""JSON lines: ink as text that is only ever added to, and the format of recordings.

A line is one JSON object, in one of five kinds::

    {"format": "inkrec", "version": 1, "units_per_mm": 100, "device": "Wacom"}
    {"stroke": [[0, 10, 20, 0.4], [0.008, 10.5, 20.25, 0.5]]}
    {"down": [[1.2, 30, 20, 0.3]]}
    {"hover": [[1.208, 31, 20]]}
    {"label": "Dear Ada"}

A header opens an ink; another header opens the next ink of the file. ``stroke`` is
a whole stroke; beside it ``tool``, ``color`` and ``width`` may tell what it was made with
and how it looks. ``down`` are samples that touch, one or more, and make one stroke until
samples that ``hover``, a ``stroke`` or a header. A sample is ``[t, x, y]`` or ``[t, x, y,
pressure]``: t in s and never running backwards within an ink (null in ink without
time), y downward, pressure 0 to 1. ``label`` is the text of the ink; a later one
corrects it. A header may hold further keys, which are kept.

Every line is written whole and flushed, so a file whose writer was killed is
readable up to its last whole line: a last line that was cut off is left out.
"""

from __future__ import annotations

from .reader import Contents, Recording, iter_samples, load, read, read_labelled
from .recorder import Recorder
from .writer import write, write_labelled

__all__ = [
    "Contents",
    "Recorder",
    "Recording",
    "iter_samples",
    "load",
    "read",
    "read_labelled",
    "write",
    "write_labelled",
]
