"""Which ink wrote each character of a line that was read.

Both networks are asked in which frame each character of the text is most probable (forced
alignment). From there the ink is cut between one character and the next: near where the
frames say, and rather where the pen was lifted, or where what follows stands beside what
came before. Dots and bars that were written later go to the characters they stand over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby, pairwise

import numpy as np
import numpy.typing as npt

from ..decoding.forced_alignment import forced_align
from ..features.points import CHANNELS
from ..ink.samples import PenSample
from ..ink.strokes import Ink
from ..network.layers import STRIDE
from ..results import Character, Hypothesis, InkSpan, Word
from .arrangement import Arranged, other_orders
from .line_decoder import LineDecoder, LineEncoding
from .state import with_samples

__all__ = ["align_characters", "spell_out"]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

# of the way from a character's most probable point to that of the next, where the ink is cut
_SECOND_PASS, _RESCORER = 0.34, 0.6
_PEN_UP = 0.5  # what a pen-up is worth, in such ways
_GAP, _OVERLAP = 0.3, 0.5  # and a scale of room in x, and what reaches back wholly over the other
_BESIDE = 0.5  # of such a way before and behind it, where the ink may still be cut
_LEAST = 6.0  # points that a way counts for, at least
_MARKED = frozenset('ijtfxzTFEAHIJGQ!?:;"=%')  # characters with marks: capitals' bars too
_MARK = (1.6, 0.8)  # scales: dots and bars are no wider and no higher
_REACH = 1.5  # scales from a character that a mark may stand off
_AIR = CHANNELS.index("pen_up")


def align_characters(
    decoder: LineDecoder, strokes: Sequence[Sequence[PenSample]], words: Sequence[Word]
) -> tuple[Character, ...]:
    """The characters of a line's words and the ink of each.

    Parameters
    ----------
    decoder : LineDecoder
    strokes : sequence of sequence of PenSample
        Of one line, in the order of writing; each ends with a sample that does not touch.
    words : sequence of Word
        What they say; every stroke in one of them.

    Returns
    -------
    tuple of Character
        Spaces left out, by their places in the words joined by spaces.
    """
    text = " ".join(word.text for word in words)
    if not text:
        return ()
    whose = np.cumsum([c == " " for c in text])  # the word of each character
    owners = _aligned(decoder, strokes, text)
    if owners is None:
        owners = _shared(strokes, words, text)
    owners = _in_their_words(strokes, words, text, whose, owners)
    spans: list[list[InkSpan]] = [[] for _ in text]
    for i, own in enumerate(owners):
        at = 0
        for character, run in groupby(own.tolist()):
            end = at + len(list(run))
            spans[character].append(InkSpan(i, at, end))
            at = end
    return tuple(
        Character(c, n, int(whose[n]), tuple(spans[n])) for n, c in enumerate(text) if c != " "
    )


def spell_out(decoder: LineDecoder, ink: Ink, hypothesis: Hypothesis) -> tuple[Character, ...]:
    """The characters of what was read of some ink, line by line if there are several.

    Parameters
    ----------
    decoder : LineDecoder
    ink : Ink
    hypothesis : Hypothesis
        Its words' strokes are places in ``ink``.
    """
    found: list[Character] = []
    words = list(hypothesis.words)
    at = number = 0
    for line in hypothesis.text.split("\n"):
        count = len(line.split())
        mine, words = words[:count], words[count:]
        order = sorted(i for word in mine for i in word.strokes)
        places = {i: n for n, i in enumerate(order)}
        own = [replace(w, strokes=tuple(places[i] for i in w.strokes)) for w in mine]
        strokes = [list(Ink([ink[i]]).samples()) for i in order]
        for c in align_characters(decoder, strokes, own):
            spans = tuple(span._replace(stroke=order[int(span.stroke)]) for span in c.spans)
            found.append(Character(c.text, at + c.start, number + c.word, spans))
        at += len(line) + 1
        number += count
    return tuple(found)


def _aligned(
    decoder: LineDecoder, strokes: Sequence[Sequence[PenSample]], text: str
) -> list[Integers] | None:
    """For each stroke the character of each of its points; None if the text does not fit."""
    state = decoder.initial_state()
    for stroke in strokes:
        state = with_samples(state, stroke)
    scale = state.ink.scale_estimate.scale
    if not np.isfinite(scale) or any(c not in decoder.model.alphabet for c in text):
        return None
    labels = decoder.model.alphabet.encode(text)
    line, arranged = decoder.encode_line(state), None
    frames, total = forced_align(line.log_probs, labels)
    for other in other_orders(strokes, line.order):
        its = decoder.encode_line(state, other)
        its_frames, its_total = forced_align(its.log_probs, labels)
        if its_total > total:
            line, arranged, frames, total = its, other, its_frames, its_total
    if not np.isfinite(total):
        return None
    written = strokes if arranged is None else arranged.strokes(strokes)
    places = _cut_places(line, frames, labels, text)
    x = _positions(line, written) / scale
    owner = _cut(line, x, text, *places)
    owners = _of_samples(line, written, owner, arranged)
    return _marks_where_they_stand(strokes, text, owners, scale)


def _cut_places(
    line: LineEncoding, frames: Integers, labels: list[int], text: str
) -> tuple[Floats, Floats]:
    """The point of each character, and where the ink is best cut behind it by the frames."""
    ink = np.array([c != " " for c in text])

    def behind(frames: Integers, part: float) -> tuple[Floats, Floats]:
        at = frames[ink] * float(STRIDE) + (STRIDE - 1) / 2
        return at, at[:-1] + part * np.diff(at)

    at, places = behind(frames, _SECOND_PASS)
    if line.rescorer_log_probs is not None:
        other, total = forced_align(line.rescorer_log_probs, labels)
        if np.isfinite(total):
            its_at, its = behind(other, _RESCORER)
            places = (places + its) / 2
            at = np.stack([at, its_at])
    return np.atleast_2d(at), places


def _positions(line: LineEncoding, written: Sequence[Sequence[PenSample]]) -> Floats:
    """How far right each point lies."""
    points, x = line.output.points, np.empty(len(line.output.points.t))
    for place, i in enumerate(line.order):
        mine = points.stroke == place
        t = [s.t for s in written[i]]
        x[mine] = np.interp(points.t[mine], t, [s.x for s in written[i]])
    return x


def _cut(line: LineEncoding, x: Floats, text: str, at: Floats, places: Floats) -> Integers:
    """The character of each point."""
    stroke = line.output.points.stroke
    n = len(stroke)
    ends = [
        (float(x[a:b].min()), float(x[a:b].max()))
        for a, b in pairwise(np.searchsorted(stroke, np.arange(len(line.order) + 1)).tolist())
    ]
    bounds = [0]
    for k, place in enumerate(places.tolist()):
        span = max(_LEAST, float(at[0, k + 1] - at[0, k]))
        low = max(bounds[-1] + 1, int(min(place, at[:, k].min()) + 1 - _BESIDE * span))
        high = min(n - 1, int(max(place, at[:, k + 1].max()) + _BESIDE * span))
        best, cut = np.inf, min(low, n - 1)
        for j in range(low, high + 1):
            cost = abs(j - place) / span
            if stroke[j] != stroke[j - 1]:
                left, right = ends[int(stroke[j])]
                over = float(x[bounds[-1] : j].max()) - left
                cost -= _PEN_UP
                cost += (
                    _OVERLAP * min(1.0, over / max(0.2, right - left))
                    if over > 0
                    else (_GAP * max(-1.0, over))
                )
            if cost < best:
                best, cut = cost, j
        bounds.append(max(cut, bounds[-1]))
    owner = np.zeros(n, np.int64)
    characters = [i for i, c in enumerate(text) if c != " "]
    for k, (a, b) in enumerate(pairwise([*bounds, n])):
        owner[a:b] = characters[k]
    return owner


def _of_samples(
    line: LineEncoding,
    written: Sequence[Sequence[PenSample]],
    owner: Integers,
    arranged: Arranged | None,
) -> list[Integers]:
    """The character of each point that the pen gave, its pen-up left out, stroke by stroke."""
    points = line.output.points
    paper = points.features[:, _AIR] <= 0
    found: list[Integers] = [np.zeros(0, np.int64)] * len(written)
    for place, i in enumerate(line.order):
        samples = [s for s in written[i] if s.touching]
        mine = np.flatnonzero((points.stroke == place) & paper)
        t = np.array([s.t for s in samples])
        if t[-1] > t[0]:
            at = np.searchsorted(points.t[mine], t, side="right") - 1
        else:  # without time as far as it lies along the way
            xy = np.array([(s.x, s.y) for s in samples])
            way = np.append(0.0, np.cumsum(np.hypot(*np.diff(xy, axis=0).T)))
            at = np.round(way / max(way[-1], 1e-9) * (len(mine) - 1)).astype(np.int64)
        own = owner[mine][np.clip(at, 0, len(mine) - 1)]
        turned = arranged is not None and i in arranged.turned
        found[i] = own[::-1] if turned else own
    return found


def _marks_where_they_stand(
    strokes: Sequence[Sequence[PenSample]], text: str, owners: list[Integers], scale: float
) -> list[Integers]:
    """The owners, where dots and bars that came later are of the character they stand over."""
    boxes = [_box(s, scale) for s in strokes]
    marks = [
        i
        for i, (left, top, right, bottom) in enumerate(boxes)
        if right - left < _MARK[0] and bottom - top < _MARK[1]
    ]
    extent: dict[int, tuple[float, float]] = {}
    for i, own in enumerate(owners):
        if i in marks:
            continue
        for c, sample in zip(own.tolist(), strokes[i], strict=False):
            at = sample.x / scale
            low, high = extent.get(c, (at, at))
            extent[c] = min(low, at), max(high, at)
    for i in marks:
        left, _, right, _ = boxes[i]
        middle, mine = (left + right) / 2, int(owners[i][0])
        known = extent.get(mine)
        if known is None or known[0] <= middle <= known[1] or middle > known[0]:
            continue  # all of its character, or where it should be; later ink is left of its own
        near = [
            (max(low - middle, middle - high, 0.0), abs(middle - (low + high) / 2), c)
            for c, (low, high) in extent.items()
            if text[c] in _MARKED
        ]
        away, _, c = min(near, default=(np.inf, 0.0, mine))
        if away < _REACH:
            owners[i] = np.full(len(owners[i]), c)
    return owners


def _in_their_words(
    strokes: Sequence[Sequence[PenSample]],
    words: Sequence[Word],
    text: str,
    whose: Integers,
    owners: list[Integers],
) -> list[Integers]:
    """The owners, where a stroke that is all of another word goes to the nearest of its own."""
    middles: dict[int, list[float]] = {}
    for i, own in enumerate(owners):
        for c, s in zip(own.tolist(), strokes[i], strict=False):
            middles.setdefault(c, []).append(s.x)
    word_of = {i: k for k, word in enumerate(words) for i in word.strokes}
    for i, own in enumerate(owners):
        k = word_of.get(i)
        if k is None or (whose[own] == k).any():
            continue
        mine = [c for c in range(len(text)) if text[c] != " " and whose[c] == k]
        x = float(np.mean([s.x for s in strokes[i]]))
        best = min(
            mine, key=lambda c: abs(float(np.mean(middles[c])) - x) if c in middles else np.inf
        )
        owners[i] = np.full(len(own), best)
    return owners


def _shared(
    strokes: Sequence[Sequence[PenSample]], words: Sequence[Word], text: str
) -> list[Integers]:
    """The owners where the networks know no better: a word's ink in equal parts of its width."""
    owners = [np.zeros(sum(s.touching for s in stroke), np.int64) for stroke in strokes]
    start = 0
    for word in words:
        mine = [i for i in word.strokes if len(strokes[i])]
        xs = [s.x for i in mine for s in strokes[i]]
        if xs:
            low, width = min(xs), max(max(xs) - min(xs), 1e-9)
            for i in mine:
                x = np.array([s.x for s in strokes[i] if s.touching])
                part = ((x - low) / width * len(word.text)).astype(np.int64)
                owners[i] = start + np.clip(part, 0, len(word.text) - 1)
        start += len(word.text) + 1
    return owners


def _box(stroke: Sequence[PenSample], scale: float) -> tuple[float, float, float, float]:
    xs, ys = [s.x / scale for s in stroke], [s.y / scale for s in stroke]
    return min(xs), min(ys), max(xs), max(ys)
