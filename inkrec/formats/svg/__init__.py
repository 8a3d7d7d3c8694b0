"""SVG: pictures of ink, and the ink of programs that keep it as SVG.

Read are the documents of Stylus Labs Write (``.svg``, ``.svgz``: its pages, and the middle
line of strokes that it keeps as outlines), Obsidian Ink's and others' that hold tldraw's
drawing as metadata, and in any other SVG the paths, polylines and lines that are drawn as
lines. Filled shapes, texts and pictures are no strokes. There is no time; Write says when
each stroke was written, and so their order.
"""

from __future__ import annotations

from .reader import read, read_document
from .writer import render, write

__all__ = ["read", "read_document", "render", "write"]
