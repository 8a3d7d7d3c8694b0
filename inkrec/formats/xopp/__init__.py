"""Xournal++ notebooks (``.xopp``, also Xournal's ``.xoj``): XML in gzip, in ZIP or plain.

A page is in points of 1/72 inch, y downward. A stroke's ``width`` is that of the pen
and then one for each point (Xournal++ writes none for the last): pen times pressure.
There is no time. Strokes of the highlighter and the eraser are marked as such; typed
texts, images and backgrounds are left out.
"""

from __future__ import annotations

from .reader import UNITS_PER_MM, read, read_document
from .writer import write

__all__ = ["UNITS_PER_MM", "read", "read_document", "write"]
