"""Which engine computes: the compiled core where there is one, and NumPy elsewhere.

The core is optional: a wheel carries it, and a source install builds it where a compiler
is. It holds no policy; each of its functions stands beside one in NumPy that gives the
same. The environment variable INKREC_ENGINE chooses: ``numpy``, ``compiled``, or one of
the core's kernels by name.
"""

from __future__ import annotations

import os
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

from .errors import InkrecError

__all__ = ["VARIABLE", "Engine", "chosen", "engine"]

VARIABLE = "INKREC_ENGINE"
_SLOW = "plain"


class Engine(NamedTuple):
    """What computes.

    Attributes
    ----------
    core : module or None
        The compiled core; None leaves all to NumPy.
    kernel : str
        Which of its kernels multiplies; empty without it, and where none but plain C runs
        on this machine: NumPy multiplies faster.
    """

    core: Any
    kernel: str


def _core() -> Any:
    try:
        return import_module("._core", __package__)
    except ImportError:
        return None


@cache
def chosen() -> Engine:
    """The engine of this process; it is chosen once.

    Raises
    ------
    InkrecError
        If INKREC_ENGINE names none that runs here.
    """
    wanted = os.environ.get(VARIABLE, "").strip().lower()
    if wanted == "numpy":
        return Engine(None, "")
    core = _core()
    kernels = core.kernels() if core else []
    if wanted in kernels:
        return Engine(core, wanted)
    if wanted in ("", "compiled") and core:
        return Engine(core, kernels[0] if kernels[0] != _SLOW else "")
    if wanted == "":
        return Engine(None, "")
    known = ", ".join(("numpy", *(("compiled", *kernels) if core else ())))
    raise InkrecError(
        f"{VARIABLE} is {wanted!r}; here there is {known}"
        + ("" if core else ", as inkrec was installed without its compiled core")
    )


def engine() -> str:
    """Which engine computes: ``numpy``, or ``compiled`` and the kernel, as in
    ``compiled (avx2)``.

    Returns
    -------
    str

    Raises
    ------
    InkrecError
        If the environment variable INKREC_ENGINE names none that runs here.
    """
    core, kernel = chosen()
    if not core:
        return "numpy"
    return f"compiled ({kernel})" if kernel else "compiled"
