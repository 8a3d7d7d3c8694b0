"""What pages say as MyScript's exchange format, JIIX; ``docs/json.md`` describes it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from ..ink.strokes import Stroke
from ..results import Character
from .page import Page
from .strokes import Box, StrokeId

__all__ = ["page_to_jiix"]

_LATEST = 32503680000.0  # s: the year 3000; later times are no dates


def page_to_jiix(page: Page, *, units_per_mm: float | None = None) -> dict[str, Any]:
    """A page as a text block of MyScript's JIIX, version 3.

    Parameters
    ----------
    page : Page
    units_per_mm : float, optional
        Ink units in a millimetre, which JIIX counts in; by default units are told as they are.

    Returns
    -------
    dict
        Words have candidates, boxes and their strokes, characters their boxes. Strokes that
        are no writing are not in it.

    Notes
    -----
    https://developer.myscript.com/docs/interactive-ink/latest/reference/jiix/
    """
    scale = 1.0 if units_per_mm is None else 1.0 / units_per_mm
    strokes = page.strokes
    words: list[dict[str, Any]] = []
    chars: list[dict[str, Any]] = []

    def add(label: str, more: dict[str, Any], held: Sequence[Character] = ()) -> None:
        first = len(chars)
        by_start = {c.start: c for c in held}
        start = held[0].start if held else 0
        for n, c in enumerate(label):
            char: dict[str, Any] = {"label": c, "word": len(words)}
            box = _extent(by_start.get(start + n), strokes)
            if box is not None:
                char["bounding-box"] = _sides(box, scale)
            chars.append(char)
        words.append({"label": label, "first-char": first, "last-char": len(chars) - 1, **more})

    for line in page.lines:
        if words:
            add("\n", {})
        for n, word in enumerate(line.words):
            if n:
                add(" ", {})
            more: dict[str, Any] = {}
            if word.alternatives:
                more["candidates"] = [word.text, *(a.text for a in word.alternatives)]
            if word.box is not None:
                more["bounding-box"] = _sides(word.box, scale)
            more["items"] = [_item(id_, strokes[id_], scale) for id_ in word.strokes]
            add(word.text, more, word.characters)
    block: dict[str, Any] = {"type": "Text", "version": "3", "id": "MainBlock"}
    if page.lines:
        block["bounding-box"] = _sides(Box.around(line.box for line in page.lines), scale)
    label = "".join(word["label"] for word in words)
    return {**block, "label": label, "words": words, "chars": chars}


def _extent(character: Character | None, strokes: dict[StrokeId, Stroke]) -> Box | None:
    if character is None or not character.spans:
        return None
    runs = [(strokes[s.stroke], slice(s.first, s.end)) for s in character.spans if s.end > s.first]
    boxes = [
        Box(float(s.x[i].min()), float(s.y[i].min()), float(s.x[i].max()), float(s.y[i].max()))
        for s, i in runs
    ]
    return Box.around(boxes) if boxes else None


def _sides(box: Box, scale: float) -> dict[str, float]:
    left, top, right, bottom = (v * scale for v in box)
    names = ("x", "y", "width", "height")
    return dict(zip(names, _numbers((left, top, right - left, bottom - top)), strict=True))


def _item(id_: StrokeId, stroke: Stroke, scale: float) -> dict[str, Any]:
    item: dict[str, Any] = {"type": "stroke", "id": str(id_)}
    if stroke.t is not None:
        began = float(stroke.t[0])
        if 0 <= began < _LATEST:
            moment = datetime.fromtimestamp(began, UTC).replace(tzinfo=None)
            item["timestamp"] = moment.isoformat(" ", "microseconds")
    item["X"] = _numbers(stroke.x * scale)
    item["Y"] = _numbers(stroke.y * scale)
    if stroke.pressure is not None:
        item["F"] = _numbers(stroke.pressure)
    if stroke.t is not None:
        item["T"] = [round(1000 * float(t - stroke.t[0])) for t in stroke.t]
    return item


def _numbers(values: Iterable[float]) -> list[float]:
    return [round(float(v), 4) for v in values]
