"""The live canvas: a pen, a page, and the text that grows under it.

On the roof of the house, next to the command line: here capture meets the session.
`pens` opens what ``--pen`` names and `surface` lays it on the window; `page` knows
strokes and ruled lines, `desk` what is on them and what it says, `corrections` what a
person chose instead; `reader` recognises in a process of its own, so that ink never
waits; `painter` and `sheet` draw ink, `view` and `panel` everything else of a `scene`,
and `board` keeps both like the desk; `touch` turns frames into strokes and taps, `files`
saves and opens; `window` is the loop, and `app` opens it.
"""

from __future__ import annotations

__all__: list[str] = []
