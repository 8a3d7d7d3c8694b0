"""How many threads NumPy's matrices get: one, unless the user says otherwise.

The matrices here are small. Threads would mostly wait for each other, and where
other work keeps the cores busy a line takes many times as long with two as with one.
The libraries below NumPy look at the environment once, when they are loaded.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["one_thread"]

_NAMES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@contextmanager
def one_thread() -> Iterator[None]:
    """What loads NumPy in here, this process or one that it starts, computes in one thread.

    Where one of the variables is set it is the user's word, and all are left alone.

    Examples
    --------
    >>> before = os.environ.get("OMP_NUM_THREADS")
    >>> with one_thread():
    ...     os.environ["OMP_NUM_THREADS"] == (before or "1")
    True
    >>> os.environ.get("OMP_NUM_THREADS") == before
    True
    """
    added = () if any(name in os.environ for name in _NAMES) else _NAMES
    os.environ.update(dict.fromkeys(added, "1"))
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)
