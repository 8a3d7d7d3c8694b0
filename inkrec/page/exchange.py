"""What pages say as JSON: in our own shape, and as browsers' handwriting recognition has it.

Both are values of JSON's own kinds; ``docs/json.md`` describes them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ..errors import InkError
from ..results import Alternative, Hypothesis
from .page import Page
from .results import TextLine, TextWord
from .strokes import StrokeId

__all__ = ["VERSION", "hypothesis_to_json", "page_to_json", "page_to_wicg"]

VERSION = 1
"""Of our own shape; one with other keys that are read differently has a higher number."""


def hypothesis_to_json(hypothesis: Hypothesis) -> dict[str, Any]:
    """What a line says: its text, words and alternatives.

    Examples
    --------
    >>> hypothesis_to_json(Hypothesis(committed="tea"))
    {'text': 'tea', 'words': [], 'alternatives': []}
    """
    words = [
        {
            "text": word.text,
            "confidence": round(word.confidence, 4),
            "start": round(word.start, 4),
            "end": round(word.end, 4),
            "strokes": list(word.strokes),
            "alternatives": _alternatives(word.alternatives),
        }
        for word in hypothesis.words
    ]
    return {
        "text": hypothesis.text,
        "words": words,
        "alternatives": _alternatives(hypothesis.alternatives),
    }


def page_to_json(page: Page, *, characters: bool = True) -> dict[str, Any]:
    """A page in our own shape: lines, words, characters and drawings with their strokes.

    Parameters
    ----------
    page : Page
    characters : bool
        Whether the ink of each character is told; it is found by reading the line once more.

    Returns
    -------
    dict
    """
    lines = [
        {
            "id": line.id,
            "text": line.text,
            "final": line.hypothesis.final,
            "box": _numbers(line.box),
            "strokes": list(line.strokes),
            "words": [_word(word, characters) for word in line.words],
            "alternatives": _alternatives(line.hypothesis.alternatives),
        }
        for line in page.lines
    ]
    drawings = [
        {
            "id": drawing.id,
            "kind": drawing.kind,
            "box": _numbers(drawing.box),
            "strokes": list(drawing.strokes),
            "about": list(drawing.about),
            "words": list(drawing.words),
        }
        for drawing in page.drawings
    ]
    return {
        "format": "inkrec-page",
        "version": VERSION,
        "text": page.text,
        "lines": lines,
        "drawings": drawings,
    }


def _word(word: TextWord, characters: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": word.id,
        "text": word.text,
        "start": word.start,
        "end": word.end,
        "confidence": round(word.confidence, 4),
        "crossed_out": word.word.crossed_out,
        "box": None if word.box is None else _numbers(word.box),
        "strokes": list(word.strokes),
        "alternatives": _alternatives(word.alternatives),
    }
    if characters:
        told["characters"] = [
            {
                "text": c.text,
                "start": c.start,
                "spans": [[span.stroke, span.first, span.end] for span in c.spans],
            }
            for c in word.characters
        ]
    return told


def _alternatives(alternatives: Iterable[Alternative]) -> list[dict[str, Any]]:
    return [
        {"text": a.text, "log_probability": round(a.log_probability, 4)} for a in alternatives
    ]  # fmt: skip


def _numbers(values: Iterable[float]) -> list[float]:
    return [round(float(v), 4) for v in values]


def page_to_wicg(
    page: Page, *, strokes: Sequence[StrokeId] | None = None, alternatives: int = 3
) -> list[dict[str, Any]]:
    """The predictions that ``HandwritingDrawing.getPrediction`` gives of a page.

    Parameters
    ----------
    page : Page
    strokes : sequence of hashable, optional
        The ids of the drawing's strokes in its order, for ``strokeIndex``; by default all of
        the page's, in the order in which they came.
    alternatives : int
        Most predictions, the first among them.

    Returns
    -------
    list of dict
        ``HandwritingPrediction``s, most probable first; none where nothing is read. The first
        has its ``segmentationResult``. Indices of text count UTF-16 units, as JavaScript does.

    Raises
    ------
    InkError
        If ``alternatives`` is no whole number of 1 or more, or a stroke that was read is not
        among ``strokes``.

    Notes
    -----
    https://wicg.github.io/handwriting-recognition/ (Draft Community Group Report).
    """
    if isinstance(alternatives, bool) or not isinstance(alternatives, int) or alternatives < 1:
        raise InkError(f"alternatives is {alternatives!r}; it must be a whole number, 1 or more")
    places = {id_: n for n, id_ in enumerate(page.strokes if strokes is None else strokes)}
    lines = page.lines
    text = "\n".join(line.text for line in lines)
    if not text.strip():
        return []
    segments: list[dict[str, Any]] = []
    before = 0
    for line in lines:
        for grapheme, start, spans in _graphemes(line):
            begin = before + _units(line.text[:start])
            segments.append(
                {
                    "grapheme": grapheme,
                    "beginIndex": begin,
                    "endIndex": begin + _units(grapheme),
                    "drawingSegments": [
                        {
                            "strokeIndex": _place(places, stroke),
                            "beginPointIndex": first,
                            "endPointIndex": end,
                        }
                        for stroke, first, end in spans
                    ],
                }
            )
        before += _units(line.text) + 1
    told: list[dict[str, Any]] = [{"text": text, "segmentationResult": segments}]
    told += [{"text": other} for other in _others(lines)]
    return told[:alternatives]


def _graphemes(line: TextLine) -> Iterator[tuple[str, int, list[tuple[StrokeId, int, int]]]]:
    """The characters of a line with the marks that combine with them."""
    held: tuple[str, int, list[tuple[StrokeId, int, int]]] | None = None
    for c in (c for word in line.words for c in word.characters):
        spans = [(span.stroke, span.first, span.end) for span in c.spans]
        if held is not None and unicodedata.combining(c.text[0]):
            held = held[0] + c.text, held[1], held[2] + spans
            continue
        if held is not None:
            yield held
        held = c.text, c.start, spans
    if held is not None:
        yield held


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _place(places: dict[StrokeId, int], stroke: StrokeId) -> int:
    if stroke not in places:
        raise InkError(f"stroke {stroke!r} of the page is not among strokes; give all of its ids")
    return places[stroke]


def _others(lines: Sequence[TextLine]) -> list[str]:
    """Other texts of the page, each of another reading of one line, most probable first."""
    texts = [line.text for line in lines]
    found: dict[str, float] = {}
    for n, line in enumerate(lines):
        known = line.hypothesis.alternatives
        for other in known[1:]:
            text = "\n".join([*texts[:n], other.text, *texts[n + 1 :]])
            found.setdefault(text, other.log_probability - known[0].log_probability)
    found.pop("\n".join(texts), None)
    return sorted(found, key=lambda text: -found[text])
