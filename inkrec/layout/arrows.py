"""Whether strokes make an arrow: a shaft, and a head at one of its ends."""

from __future__ import annotations

import math

import numpy as np

from .shapes import Floats

__all__ = ["is_arrow"]

_STRAIGHT = 0.85  # chord of a shaft over its length
_HEAD = 0.75  # extent of a head over the shaft's length, at most
_OFF = 0.45  # text sizes from the shaft's end to the head's point
_LEG = 4  # points to both sides of a corner
_SHARP = math.radians(100)  # by which the pen turns at the point of a head
_LAST = 0.5  # part of the way at which the head comes, at the earliest
_NARROW, _WIDE = math.radians(10), math.radians(68)  # from the shaft to a barb


def is_arrow(paths: Floats, size: float) -> bool:
    """Whether strokes are a straight shaft and the barbs of a head, in one to three strokes.

    Parameters
    ----------
    paths : ndarray, shape (strokes, points, 2)
    size : float
        Text size.

    Examples
    --------
    >>> def way(*corners):
    ...     at = np.linspace(0, len(corners) - 1, 96)
    ...     return [np.interp(at, range(len(corners)), c) for c in zip(*corners)]
    >>> shaft, head = way((0, 0), (9, 0)), way((7, 1), (9, 0), (7, -1))
    >>> stem, bar = way((0, 0), (0, 5)), way((-2, 0), (0, 0), (2, 0))
    >>> [is_arrow(np.moveaxis(np.array(strokes), 1, 2), 1.0)
    ...  for strokes in ([shaft, head], [stem, bar])]
    [True, False]
    """
    if not 1 <= len(paths) <= 3:
        return False
    if len(paths) == 1:
        return _is_arrow_in_one_go(paths[0])
    chords = np.hypot(*(paths[:, -1] - paths[:, 0]).T)
    lengths = np.hypot(*np.moveaxis(np.diff(paths, axis=1), 2, 0)).sum(axis=1)
    shaft = int(np.argmax(chords))
    if chords[shaft] < _STRAIGHT * lengths[shaft]:
        return False
    heads = [path for k, path in enumerate(paths) if k != shaft]
    barbs_long = np.delete(chords, shaft)
    if len(heads) == 2 and barbs_long.max() > min(2.2 * barbs_long.min(), 0.6 * chords[shaft]):
        return False
    for tip, tail in ((paths[shaft, -1], paths[shaft, 0]), (paths[shaft, 0], paths[shaft, -1])):
        back = math.atan2(tail[1] - tip[1], tail[0] - tip[0])
        angles = []
        for head in heads:
            if np.ptp(head, axis=0).max() > _HEAD * chords[shaft]:
                return False
            if len(heads) == 1:  # a point between two barbs
                away = head - head[0]
                chord = head[-1] - head[0]
                bend = np.abs(away[:, 0] * chord[1] - away[:, 1] * chord[0])
                point, barbs = head[int(bend.argmax())], [head[0], head[-1]]
            else:
                order = np.argsort([np.hypot(*(end - tip)) for end in (head[0], head[-1])])
                ends = [head[0], head[-1]]
                point, barbs = ends[order[0]], [ends[order[1]]]
            if np.hypot(*(point - tip)) > _OFF * size + 0.1 * chords[shaft]:
                break
            for barb in barbs:
                angle = math.atan2(barb[1] - point[1], barb[0] - point[0]) - back
                angles.append((angle + math.pi) % (2 * math.pi) - math.pi)
        else:
            wide = [_NARROW < abs(angle) < _WIDE for angle in angles]
            if all(wide) and min(angles) < 0 < max(angles):
                return True
    return False


def _is_arrow_in_one_go(path: Floats) -> bool:
    """Whether a stroke goes straight to a point and then makes the barbs there."""
    legs = path[_LEG:] - path[:-_LEG]
    way = np.arctan2(legs[:, 1], legs[:, 0])
    turns = np.abs((way[_LEG:] - way[:-_LEG] + math.pi) % (2 * math.pi) - math.pi)
    sharp = np.flatnonzero(turns > _SHARP) + _LEG
    sharp = sharp[sharp > _LAST * len(path)]
    if len(sharp) < 2 or sharp[-1] - sharp[0] < _LEG:  # at the point, and at a barb's end
        return False
    tip = int(sharp[0])
    shaft = path[: tip + 1]
    chord = float(np.hypot(*(shaft[-1] - shaft[0])))
    length = float(np.hypot(*np.diff(shaft, axis=0).T).sum())
    reach = float(np.hypot(*(path[tip:] - path[tip]).T).max())
    return chord > _STRAIGHT * length and 0.08 * chord < reach < _HEAD * chord
