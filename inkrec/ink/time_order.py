"""Time that files get wrong: mended where its meaning can be seen, left out where not.

Nothing here refuses ink. What was changed is told in words, so that a reader of files
can say it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .strokes import Ink, Stroke

__all__ = ["GAP", "in_time_order", "steady_time"]

Array = npt.NDArray[np.float64]

GAP = 0.1
"""Seconds between strokes where nothing tells."""

_JITTER = 0.05  # s: stamps that much out of order are a clock's tremor
_MOST_RESTARTS = 0.2  # of the steps between points: more steps back are no restarts


def steady_time(t: Array) -> tuple[Array | None, str]:
    """Times of a stroke's points that do not decrease, and what was done to them.

    Gaps (NaN) are taken from the neighbours. Steps back of up to 0.05 s, or of a tenth of
    the stroke, are a tremor; a few larger ones are a clock that was set, so that what
    comes after goes on from there.

    Parameters
    ----------
    t : array, shape (n,)
        In s, NaN where a point has none.

    Returns
    -------
    t : array, shape (n,), or None
        None where they make no sense.
    done : str
        What was done, as a whole sentence would end: ``""`` if nothing.

    Examples
    --------
    >>> steady_time(np.array([0.0, 0.02, 0.01, 0.03]))[0].tolist()
    [0.0, 0.02, 0.02, 0.03]
    >>> steady_time(np.array([5.0, 5.01, 5.02, 0.0, 0.01]))[0].round(2).tolist()
    [5.0, 5.01, 5.02, 5.03, 5.04]
    """
    known = np.isfinite(t)
    if not known.any():
        return None, "has no time"
    if not known.all():
        at = np.arange(len(t))
        t = np.interp(at, at[known], t[known])
    steps = np.diff(t)
    back = steps < 0
    if not back.any():
        return t, ""
    span = float(steps[~back].sum())
    if float(-steps[back].min()) <= max(_JITTER, 0.1 * span):
        return np.maximum.accumulate(t), "runs backwards for a moment; held back"
    if back.mean() > max(_MOST_RESTARTS, 1.5 / len(steps)):
        return None, "runs backwards all through; left out"
    usual = float(np.median(steps[~back])) if (~back).any() else 0.01
    return (
        np.concatenate([t[:1], t[0] + np.cumsum(np.where(back, usual, steps))]),
        "was set back in the middle; carried on",
    )


def in_time_order(
    strokes: Sequence[Stroke], units_per_mm: float | None = None
) -> tuple[Ink, list[str]]:
    """Ink of strokes whose times may be missing, mixed up or overlapping.

    Parameters
    ----------
    strokes : sequence of Stroke
        In the order of the file.
    units_per_mm : float, optional

    Returns
    -------
    ink : Ink
        In the order of time where there is one, else in that of the file.
    done : list of str
        What was changed, a sentence each; sorting alone is not told of.

    Examples
    --------
    Each stroke counts its time from 0:

    >>> strokes = [Stroke([0, 1], [0, 0], [0.0, 0.5]), Stroke([2, 3], [0, 0], [0.0, 0.2])]
    >>> ink, done = in_time_order(strokes)
    >>> ink[1].t.tolist(), done
    ([0.6, 0.8], [])
    """
    held = list(strokes)
    without = sum(stroke.t is None for stroke in held)
    if without:
        if without == len(held):
            return Ink(held, units_per_mm), []
        lost = [f"{without} of {len(held)} strokes have no time, so that of the others is left out"]
        return Ink([stroke.replace(t=None) for stroke in held], units_per_mm), lost
    set_back, held = _carried_on(held)
    done = [set_back] if set_back else []
    begin = np.array([stroke.t[0] for stroke in held if stroke.t is not None])
    end = np.array([stroke.t[-1] for stroke in held if stroke.t is not None])
    order = np.lexsort((end, begin))
    late = np.maximum.accumulate(end[order])
    over = np.maximum(late[:-1] - begin[order][1:], 0.0)
    if not over.any():
        return Ink([held[i] for i in order], units_per_mm), done
    restarts = begin[1:] < end[:-1]
    if restarts.all() and not begin.any():
        return Ink(_laid(held), units_per_mm), []
    if restarts.sum() > 2 and restarts.mean() > 0.5 and (over > _JITTER).any():
        return Ink(_laid(held), units_per_mm), [
            *done,
            "the time of each stroke counts from its own start; "
            f"the strokes are laid one after another, {GAP} s apart",
        ]
    if moved := int((over > _JITTER).sum()):
        done.append(
            f"{moved} of {len(held)} strokes begin before others end; "
            "each is moved to begin where the one before it ends"
        )
    return Ink(_pushed([held[i] for i in order]), units_per_mm), done


def _carried_on(strokes: list[Stroke]) -> tuple[str, list[Stroke]]:
    """Strokes of a clock that was set back below 0, on from where it was; and a word of it."""
    starts = [float(stroke.t[0]) for stroke in strokes if stroke.t is not None]
    if not starts or starts[0] < 0 or min(starts) >= 0:
        return "", strokes
    carried: list[Stroke] = []
    shift, last = 0.0, 0.0
    for stroke in strokes:
        assert stroke.t is not None
        if stroke.t[0] + shift < last and stroke.t[0] < 0:
            shift = last + GAP - float(stroke.t[0])
        carried.append(stroke.replace(t=stroke.t + shift) if shift else stroke)
        last = float(stroke.t[-1]) + shift
    return "the clock was set back between strokes; their time is carried on", carried


def _laid(strokes: Sequence[Stroke]) -> list[Stroke]:
    """Strokes one after another, each with its own times."""
    laid = []
    clock = 0.0
    for stroke in strokes:
        assert stroke.t is not None
        t = stroke.t - stroke.t[0] + clock
        laid.append(stroke.replace(t=t))
        clock = float(t[-1]) + GAP
    return laid


def _pushed(strokes: Sequence[Stroke]) -> list[Stroke]:
    """Strokes of which each begins no earlier than the one before it ends."""
    pushed: list[Stroke] = []
    last = -np.inf
    for stroke in strokes:
        assert stroke.t is not None
        if stroke.t[0] < last:
            stroke = stroke.replace(t=stroke.t - stroke.t[0] + last)
        pushed.append(stroke)
        assert stroke.t is not None
        last = float(stroke.t[-1])
    return pushed
