"""The text of a PDF that is not seen: its fonts, and each word stretched over its ink.

The fonts are of glyphs that draw nothing (Type 3 fonts, ISO 32000-1, 9.6.5), all of one
width, so that a word is stretched to its ink exactly, and that hold any character without a
font file: each says by its ``ToUnicode`` table what it stands for.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from .results import TextLine
from .strokes import Box

__all__ = ["Fonts", "Frame", "show_text"]

_ASCENT, _DESCENT = 1.0, 0.4  # of a font, as tall as pdftotext takes them
_ADVANCE = 0.5  # of each glyph, in font sizes
_CODES = 255  # of a font: 0 stands for nothing
_SPACE = 0.17  # font sizes between two words, from which pdftotext parts them
_CEDED = 0.25  # of its width that a word gives for that, at most
_COLUMN = 0.6  # font sizes between two words; farther apart they are taken for columns
_GROWN = 1.0  # font sizes that a word grows beyond its ink to be none, at most
_STEEP = 4.0  # so much higher than across its slope a line is not set level


class Frame(NamedTuple):
    """Where a page lies: its left and bottom in ink units, and points in a unit."""

    left: float
    bottom: float
    scale: float
    width: float
    height: float

    def x(self, x: Any) -> Any:
        """Points from the left."""
        return (x - self.left) * self.scale

    def y(self, y: Any) -> Any:
        """Points from the bottom."""
        return (self.bottom - y) * self.scale


class Fonts:
    """Fonts of glyphs that draw nothing, with a code for each character that is written."""

    def __init__(self, pikepdf: Any, pdf: Any) -> None:
        self._pikepdf, self._pdf = pikepdf, pdf
        self._places: dict[str, int] = {}
        self.resources = pdf.make_indirect(pikepdf.Dictionary())

    def shown(self, text: str) -> Iterator[str]:
        """The operators that show a text: its codes, by font."""
        places = [self._places.setdefault(c, len(self._places)) for c in text]
        for font, run in itertools.groupby(places, key=lambda n: n // _CODES):
            codes = bytes(n % _CODES + 1 for n in run).hex()
            yield f"/T{font} 1 Tf <{codes}> Tj"

    def close(self) -> None:
        """Make the fonts, when all characters are known."""
        name, characters = self._pikepdf.Name, list(self._places)
        nothing = self._pdf.make_stream(f"{1000 * _ADVANCE:.0f} 0 d0".encode())
        for n, start in enumerate(range(0, len(characters), _CODES)):
            held = characters[start : start + _CODES]
            glyphs = [f"/c{code:03d}" for code in range(1, len(held) + 1)]
            table = self._pdf.make_stream(_to_unicode(held).encode())
            self.resources[f"/T{n}"] = self._pdf.make_indirect(
                self._pikepdf.Dictionary(
                    Type=name.Font,
                    Subtype=name.Type3,
                    FontBBox=[0, round(-1000 * _DESCENT), 500, round(1000 * _ASCENT)],
                    FontMatrix=[0.001, 0, 0, 0.001, 0, 0],
                    FirstChar=1,
                    LastChar=len(held),
                    Widths=[round(1000 * _ADVANCE)] * len(held),
                    CharProcs=self._pikepdf.Dictionary(dict.fromkeys(glyphs, nothing)),
                    Encoding=self._pikepdf.Dictionary(
                        Type=name.Encoding, Differences=[1, *map(name, glyphs)]
                    ),
                    FontDescriptor=self._pikepdf.Dictionary(
                        Type=name.FontDescriptor,
                        FontName=name.Unseen,
                        Flags=4,
                        ItalicAngle=0,
                        Ascent=round(1000 * _ASCENT),
                        Descent=round(-1000 * _DESCENT),
                    ),
                    Resources=self._pikepdf.Dictionary(),
                    ToUnicode=table,
                )
            )


def _to_unicode(characters: list[str]) -> str:
    rows = [
        f"<{code:02x}> <{c.encode('utf-16-be', 'replace').hex()}>"
        for code, c in enumerate(characters, 1)
    ]
    blocks = "".join(
        f"{len(part)} beginbfchar\n{chr(10).join(part)}\nendbfchar\n"
        for part in (rows[n : n + 100] for n in range(0, len(rows), 100))
    )
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        "1 begincodespacerange\n<00> <ff>\nendcodespacerange\n"
        f"{blocks}endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
    )


def show_text(lines: Iterable[TextLine], frame: Frame, fonts: Fonts) -> Iterator[str]:
    """The words of a page, each stretched over its ink; spaces fill what is between them."""
    for line in lines:
        if not line.words:
            continue
        boxes = _boxes(line)
        slope, top, bottom = _strip(boxes)
        size = max((bottom - top) * frame.scale / (_ASCENT + _DESCENT), 0.5)
        ends = _apart([(frame.x(b.left), frame.x(b.right)) for b in boxes], size)
        for n, (word, box, (left, right)) in enumerate(zip(line.words, boxes, ends, strict=True)):
            middle = slope * (box.left + box.right) / 2
            base = frame.y(bottom + middle) + _DESCENT * size
            yield _placed(fonts, word.text, left, right, base, size)
            if n + 1 < len(boxes):
                until = max(ends[n + 1][0], right + 0.05 * size)
                yield _placed(fonts, " ", right, until, base, size)


def _apart(ends: list[tuple[float, float]], size: float) -> list[tuple[float, float]]:
    """Where words begin and end, neither so near nor so far that readers mistake the line."""
    words = [[left, max(right, left + 0.1 * size)] for left, right in ends]
    for one, other in itertools.pairwise(words):
        gap = other[0] - one[1]
        widths = one[1] - one[0], other[1] - other[0]
        if gap < _SPACE * size:
            share = min((_SPACE * size - gap) / sum(widths), _CEDED)
            one[1] -= share * widths[0]
            other[0] += share * widths[1]
        elif gap > _COLUMN * size:
            more = min((gap - _COLUMN * size) / 2, _GROWN * size)
            one[1] += more
            other[0] -= more
    return [(left, right) for left, right in words]


def _placed(
    fonts: Fonts, text: str, left: float, right: float, base: float, size: float
) -> str:  # fmt: skip
    across = (right - left) / (_ADVANCE * len(text))
    shown = " ".join(fonts.shown(text))
    return f"{across:.4f} 0 0 {size:.4f} {left:.2f} {base:.2f} Tm {shown}\n"


def _boxes(line: TextLine) -> list[Box]:
    """The boxes of a line's words; one without ink of its own stands behind the one before."""
    boxes: list[Box] = []
    for word in line.words:
        before = boxes[-1] if boxes else line.box._replace(right=line.box.left)
        boxes.append(before._replace(left=before.right) if word.box is None else word.box)
    return boxes


def _strip(boxes: list[Box]) -> tuple[float, float, float]:
    """The slope of a line, and its top and bottom at x = 0: it covers all of its words.

    It is level where it can be: readers take words on a rising line for lines of their own.
    """
    tops, bottoms = np.array([b.top for b in boxes]), np.array([b.bottom for b in boxes])
    level = 0.0, float(tops.min()), float(bottoms.max())
    x = np.array([(b.left + b.right) / 2 for b in boxes])
    if len(boxes) < 3 or not np.ptp(x) > 0:
        return level
    slope = float(np.polyfit(x - x.mean(), (tops + bottoms) / 2, 1)[0])
    top, bottom = float((tops - slope * x).min()), float((bottoms - slope * x).max())
    if level[2] - level[1] <= _STEEP * (bottom - top):
        return level
    return slope, top, bottom
