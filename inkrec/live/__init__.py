"""The live canvas: a pen, a page, and the text that grows under it.

On the roof of the house, next to the command line: here capture meets the session.
`pens` opens what ``--pen`` names; `page` knows strokes and ruled lines; `reader`
recognises in a process of its own, so that ink never waits; `painter` draws ink,
`view` everything else, and `app` runs the window.
"""

from __future__ import annotations

__all__: list[str] = []
