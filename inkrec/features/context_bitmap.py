"""What lies around each point of the ink, whichever stroke drew it and when.

A sequence of movements hides what a page shows: that the bar drawn at the end of a word
crosses its first letter, or that a bowl begun at the bottom is still an *a*. The density of
the ink in a small window around every point says so (as the context bitmaps of NPen++,
Jaeger et al. 2001). It needs all the ink, and so is for finished lines only.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .points import CHANNELS, integrate

__all__ = ["PIXELS", "with_context_bitmap"]

_COLUMNS, _ROWS = 9, 13  # of the window, in pixels of two spacings of points
PIXELS = _COLUMNS * _ROWS

_TALL, _WIDE = 128, 4096  # spacings behind which the page begins anew: few lines reach so far
_MOST = 4.0  # points in a pixel that count

_AIR = CHANNELS.index("pen_up")
_DOWN = 2 * (np.arange(PIXELS) // _COLUMNS - _ROWS // 2)
_ALONG = 2 * (np.arange(PIXELS) % _COLUMNS - _COLUMNS // 2)


def with_context_bitmap(features: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Feature points, and behind the channels of each the ink around it.

    Parameters
    ----------
    features : ndarray, shape (n, len(CHANNELS))
        A whole line, as `inkrec.features.path` makes it.

    Returns
    -------
    ndarray, shape (n, len(CHANNELS) + PIXELS), float32
        The pixels row by row from the upper left, the point in the middle one. 1 is a
        stroke that passes through, 2 is the most.
    """
    paper = features[:, _AIR] <= 0
    at = integrate(features)
    corner = np.floor(at)
    part = (at - corner)[paper]
    x, y = corner.astype(np.int64).T

    extent = np.ptp(x) + 2 * _COLUMNS if len(x) else 0
    wide = min(_WIDE, 1 << int(extent).bit_length())
    mine = (y[paper], x[paper])
    right, down = part[:, 0], part[:, 1]
    cells, masses = [], []
    for dy, dx, mass in (
        (0, 0, (1 - down) * (1 - right)),
        (0, 1, (1 - down) * right),
        (1, 0, down * (1 - right)),
        (1, 1, down * right),
    ):
        cells.append((mine[0] + dy) % _TALL * wide + (mine[1] + dx) % wide)
        masses.append(mass)
    flat = np.bincount(np.concatenate(cells), np.concatenate(masses), _TALL * wide)
    page = flat.astype(np.float32).reshape(_TALL, wide)
    page += np.roll(page, -1, axis=0)
    page += np.roll(page, -1, axis=1)
    np.minimum(page, _MOST, out=page)
    page *= 2 / _MOST

    rows = (y[:, None] + _DOWN) % _TALL
    rows *= wide
    rows += (x[:, None] + _ALONG) % wide
    return np.concatenate([features, page.ravel().take(rows)], axis=1, dtype=np.float32)
