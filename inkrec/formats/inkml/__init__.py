"""InkML, the W3C's markup for ink (Recommendation of 20 September 2011).

Reading knows trace formats with any channels in any order, units and
resolutions, contexts by reference, differences (``'``, ``"``, ``!``, ``*``,
``?``), continued traces, traces that hover (left out) and orientation: y comes
out growing downward. Left aside are canvas transforms, brushes and parts of
traces that a ``<traceView>`` picks.

Where the Recommendation leaves a choice:

- Coordinates keep their numbers; what they measure becomes ``units_per_mm``,
  None where the file does not tell.
- ``T`` becomes s. Traces that stand out of their time order are put in it. If all
  start at 0 and nothing says when, they are laid 0.1 s apart.
- ``F`` becomes 0 to 1 by its ``min`` and ``max``; without ``max``, by the unit %
  or by the greatest force of the ink.
- The text is the annotation of type ``truth`` (or ``label``, ``transcription``,
  ``text``) of the whole, or of each ``<traceGroup>`` at the top.
"""

from __future__ import annotations

from .reader import read, read_document, read_labelled
from .writer import write, write_labelled

__all__ = ["read", "read_document", "read_labelled", "write", "write_labelled"]
