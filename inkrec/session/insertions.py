"""Words that were put into committed text, which has no place for them any more.

What was shown as committed does not change, and the strokes of such a word are not another
word's. So the line is finished without them; then it is read anew as a whole, as if nothing
had been committed. The words that these strokes wrote come from that reading: they stand
behind all others, with the place where they belong, and the whole of it is told besides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from ..ink.samples import PenSample
from ..ink.stroke_order import put_in
from ..results import Alternative, Hypothesis, Word
from .state import LineState

__all__ = ["find", "finish"]

# scales, as in `inkrec.ink.stroke_order`
_BACK = 2.5  # that the pen goes back for what is put in
_MARK = (1.6, 0.8)  # dots, bars and quotes are no wider and no higher
_NEAR, _ON = 1.5, 4.0  # left and right of what was put in, where it may go on

Extent = tuple[float, float, float, float]
Strokes = Sequence[Sequence[PenSample]]


def _at_hand(r: LineState) -> list[list[PenSample]]:
    """The committed strokes that are kept, and the open ones."""
    return [*r.ink.context, *(s.list() for s in r.ink.strokes)]


def find(r: LineState) -> set[int]:
    """Open strokes that were put into what is committed, counted from the line's first one."""
    known = len(r.ink.context)
    if not r.text.committed or not known:
        return set()
    strokes, scale = _at_hand(r), r.ink.scale_estimate.scale
    boxes = [_extent(stroke, scale) for stroke in strokes]
    inside = set(put_in(strokes, scale)) | {i for run in _gone_back(boxes, known) for i in run}
    committed = [box for i, box in enumerate(boxes[:known]) if i not in inside]
    if not committed:
        return set()
    edge = max(right for _, _, right, _ in committed)
    first = r.ink.first_stroke - known
    return {first + i for i in inside if i >= known and boxes[i][0] + boxes[i][2] < 2 * edge}


def _gone_back(boxes: Sequence[Extent], known: int) -> list[list[int]]:
    """Runs of open strokes for which the pen went back, to where little ink stood before.

    There need not be room for them: what stands tight may touch its neighbours.
    """
    edge = max(right for _, _, right, _ in boxes[:known])
    before = [(left, right) for left, _, right, _ in boxes[:known]]
    runs: list[list[int]] = []
    run: list[int] = []
    for i, (left, top, right, bottom) in enumerate(boxes[known:], known):
        mark = right - left < _MARK[0] and bottom - top < _MARK[1]
        if run:
            low, high = min(boxes[k][0] for k in run), max(boxes[k][2] for k in run)
            if right < edge and left > low - _NEAR and left < high + _ON:
                run.append(i)
                continue
            runs.append(run)
            run = []
        if edge - right > _BACK and not mark:
            run = [i]
        else:
            before.append((left, right))
            edge = max(edge, right)
    runs += [run] if run else []
    return [run for run in runs if _free(boxes, run, before) > 0.5]


def _free(
    boxes: Sequence[Extent], run: Sequence[int], before: Sequence[tuple[float, float]]
) -> float:
    """What part of the width of some strokes nothing else stands over."""
    low, high = min(boxes[i][0] for i in run), max(boxes[i][2] for i in run)
    free, at = 0.0, low
    for left, right in sorted(before):
        if left > at:
            free += max(0.0, min(left, high) - at)
        at = max(at, right)
        if at >= high:
            break
    free += max(0.0, high - at)
    return free / max(high - low, 1e-9)


def _extent(stroke: Sequence[PenSample], scale: float) -> Extent:
    xs, ys = [s.x / scale for s in stroke], [s.y / scale for s in stroke]
    return min(xs), min(ys), max(xs), max(ys)


def finish(
    r: LineState,
    late: set[int],
    in_order: Callable[[LineState], Hypothesis],
    anew: Callable[[LineState, Strokes, str], Hypothesis],
) -> Hypothesis:
    """The end of a line with words put into what is committed.

    Parameters
    ----------
    r : LineState
    late : set of int
        Of `find`.
    in_order : callable
        Ends a line into whose committed text nothing was put.
    anew : callable
        Reads some strokes of the line behind a text.
    """
    open_ = r.ink.first_stroke
    kept = [i for i in range(len(r.ink.strokes)) if open_ + i not in late]
    rest = in_order(r._replace(ink=r.ink._replace(strokes=tuple(r.ink.strokes[i] for i in kept))))
    places = {open_ + n: open_ + i for n, i in enumerate(kept)}
    words = [word if word in r.text.committed else _renumbered(word, places) for word in rest.words]
    committed, start = _kept_words(r)
    front = " ".join(w.text for w in r.text.committed[:committed])
    strokes = _at_hand(r)
    first = open_ - len(r.ink.context)
    whole = anew(r, strokes[start - first :], f"{front} " if front else "")
    read = [_renumbered(word, range(start, open_ + len(r.ink.strokes))) for word in whole.words]
    amended = " ".join([*front.split(), *whole.text.split()])
    found, missing = _written_by(read, late)
    text, behind = rest.text, _places(rest.text, words)
    old = behind[committed - 1] if committed else 0
    added = []
    for n, word in found:
        before = [w for w in read[:n] if not late & set(w.strokes)]
        added.append(replace(word, insert_at=_behind(before, words, behind, old), committed=True))
    if missing:  # they are a part of a word that stands: what they say by themselves
        alone = anew(r, [strokes[i - first] for i in sorted(missing)], "")
        for word in alone.words:
            word = _renumbered(word, sorted(missing))
            before = [
                w for w in read if w.strokes and max(w.strokes) < min(word.strokes, default=0)
            ]
            added.append(
                replace(word, insert_at=_behind(before, words, behind, old), committed=True)
            )
    more = "".join(f" {word.text}" for word in added)
    others = tuple(Alternative(a.text + more, a.log_probability) for a in rest.alternatives)
    return replace(
        rest,
        committed=text + more,
        tentative="",
        words=(*words, *added),
        alternatives=others,
        amended=amended,
    )


def _renumbered(word: Word, places: Sequence[int] | dict[int, int]) -> Word:
    return replace(word, strokes=tuple(places[i] for i in word.strokes))


def _kept_words(r: LineState) -> tuple[int, int]:
    """How many committed words are too old to be read anew, and the first stroke behind them."""
    first = r.ink.first_stroke - len(r.ink.context)
    count, start = 0, 0
    for n, word in enumerate(r.text.committed, 1):
        if word.strokes and min(word.strokes) < first:
            count, start = n, max(start, max(word.strokes) + 1)
    return count, max(start, first)


def _written_by(words: Sequence[Word], late: set[int]) -> tuple[list[tuple[int, Word]], set[int]]:
    """The words that mostly some strokes wrote, and those of them that wrote none."""
    found = [
        (n, word)
        for n, word in enumerate(words)
        if 2 * len(late & set(word.strokes)) > len(word.strokes)
    ]
    return found, late - {i for _, word in found for i in word.strokes}


def _places(text: str, words: Sequence[Word]) -> list[int]:
    """Where each word ends in a text."""
    ends, at = [], 0
    for word in words:
        at = text.index(word.text, at) + len(word.text)
        ends.append(at)
    return ends


def _behind(before: Sequence[Word], words: Sequence[Word], ends: Sequence[int], old: int) -> int:
    """The place behind the last word that shares strokes with some; ``old`` where none does."""
    for word in reversed(before):
        mine = set(word.strokes)
        shared = [(len(mine & set(w.strokes)), n) for n, w in enumerate(words)]
        most, n = max(shared, default=(0, 0))
        if most:
            return ends[n]
    return old
