"""Where writing lies on a page, and what is no writing: geometry alone, no text.

Strokes go in as values, lines and drawings come out as values. Nothing here knows a model
but for `inkrec.layout.stroke_classifier`, a network of some kilobytes.
"""
