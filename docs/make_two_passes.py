"""Draw docs/two-passes.svg: a line that is being written, and what each pass has read of it.

::

    python docs/make_two_passes.py

The ink is demos/ink/bridge.inkml, stopped in the middle of a stroke; the text is what the bundled
model says at that moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

import inkrec
from inkrec import PenSample

HERE = Path(__file__).parent
STROKES = 17  # so many strokes are done, and a part of the next
PART = 0.7
SCALE, LEFT, TOP = 12.0, 30.0, 44.0
COLOURS = {"committed": "#1c2733", "second": "#2f6db3", "first": "#c8631c", "rest": "#d4dae1"}
STYLE = """
text{font:14px system-ui,sans-serif;fill:#1c2733}.soft{fill:#5d6b7a;font-size:13px}
.said{font-size:22px;white-space:pre}path{fill:none;stroke-linecap:round;stroke-linejoin:round}
"""


def stroke_path(samples: Sequence[PenSample], origin: tuple[float, float], colour: str) -> str:
    """One stroke as a path."""
    points = [
        f"{LEFT + (s.x - origin[0]) * SCALE:.1f} {TOP + (s.y - origin[1]) * SCALE:.1f}"
        for s in samples
    ]
    return f'<path d="M{"L".join(points)}" stroke="{colour}" stroke-width="2.2"/>'


def arrow(x0: float, x1: float, y: float, colour: str, both: bool = False) -> str:
    """A level arrow, with a head at its end or at both."""
    heads = [(x1, -7.0)] + [(x0, 7.0)] * both
    tips = "".join(f"M{x + dx:.1f} {y - 5}L{x:.1f} {y}L{x + dx:.1f} {y + 5}" for x, dx in heads)
    return f'<path d="M{x0:.1f} {y}H{x1:.1f}{tips}" stroke="{colour}" stroke-width="2"/>'


def draw() -> str:
    """The picture as SVG."""
    ink = inkrec.read(HERE.parent / "demos" / "ink" / "bridge.inkml")
    strokes: list[list[PenSample]] = [[]]
    for sample in ink.samples():
        strokes[-1].append(sample)
        if not sample.touching:
            strokes.append([])
    session = inkrec.load().session()
    for stroke in strokes[:STROKES]:
        session.extend(stroke)
    now = strokes[STROKES][: round(PART * len(strokes[STROKES]))]
    session.extend(now)
    shown = session.hypothesis
    final = {k for word in shown.words[: len(shown.committed.split())] for k in word.strokes}

    left, top, right, _ = ink.bounds
    edge = dict.fromkeys(COLOURS, LEFT)
    pieces = []
    for k, stroke in enumerate(filter(None, strokes)):
        kind = "committed" if k in final else "second" if k < STROKES else "rest"
        pieces.append(stroke_path(stroke, (left, top), COLOURS[kind]))
        edge[kind] = max(edge[kind], LEFT + (max(s.x for s in stroke) - left) * SCALE)
    pieces.append(stroke_path(now, (left, top), COLOURS["first"]))
    edge["first"] = LEFT + (max(s.x for s in now) - left) * SCALE

    width, y = LEFT * 2 + (right - left) * SCALE, TOP + 122
    rows = [
        (
            arrow(LEFT, edge["first"], y, COLOURS["first"]),
            "First pass, causal: it reads every sample once, as the pen moves.",
        ),
        (
            arrow(edge["committed"] + 4, edge["second"], y + 50, COLOURS["second"], True),
            "Second pass, both ways: at each pen-up it reads the open end of the line again.",
        ),
        (
            arrow(LEFT, edge["committed"], y + 100, COLOURS["committed"]),
            "Committed: these words are final, and their ink is not read again.",
        ),
    ]
    body = "".join(
        f'{line}<text x="{LEFT}" y="{y + 50 * i + 20}">{escape(text)}</text>\n'
        for i, (line, text) in enumerate(rows)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} 352" '
        f'width="{width:.0f}" height="352" role="img" aria-label="{escape(rows[0][1])} '
        f'{escape(rows[1][1])} {escape(rows[2][1])}">\n<style>{STYLE}</style>\n'
        f'<rect width="{width:.0f}" height="352" rx="8" fill="#fff"/>\n'
        f'<text class="soft" x="{LEFT}" y="24">the ink, as it is written</text>\n'
        + "\n".join(pieces)
        + f'\n{body}<text class="said" x="{LEFT}" y="{y + 168}">{escape(shown.committed)}'
        f'<tspan fill="{COLOURS["second"]}">{escape(shown.tentative)}</tspan></text>\n</svg>\n'
    )


if __name__ == "__main__":
    (HERE / "two-passes.svg").write_text(draw(), encoding="utf-8")
