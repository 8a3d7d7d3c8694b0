"""Checks of settings and paths that are refused with one sentence."""

from __future__ import annotations

import importlib
import os
from os import PathLike, fspath
from pathlib import Path
from types import ModuleType

from .errors import MissingExtraError, ModelError

__all__ = ["check_folder", "check_output", "check_ranges", "check_whole", "require"]


def check_output(path: str | PathLike[str], ending: str = "") -> None:
    """Refuse a file that cannot be written, before the work that it is to hold.

    Parameters
    ----------
    path : path
    ending : str
        What its name must end in, such as ``".inkrec"``; a file of such a name is written
        beside the old one, which it replaces when it is whole.

    Raises
    ------
    ModelError
        If its name ends otherwise, it is a folder, it would lie in none, or it may not be
        written there.

    Examples
    --------
    >>> check_output("best.pt", ".inkrec")
    Traceback (most recent call last):
    inkrec.errors.ModelError: best.pt is to be written and does not end in .inkrec; name such a file
    """
    file = Path(path)
    if ending and file.suffix != ending:
        raise ModelError(
            f"{fspath(path)} is to be written and does not end in {ending}; name such a file"
        )
    if file.is_dir():
        raise ModelError(f"{fspath(path)} is to be written and is a folder; name a file in it")
    if not file.parent.is_dir():
        raise ModelError(f"{fspath(path)}: there is no folder {file.parent}; make it first")
    if ending or not file.exists():
        _check_writable(path, file.parent)
    elif not os.access(file, os.W_OK):
        raise ModelError(f"{fspath(path)} is there and may not be written; name another file")


def check_folder(path: str | PathLike[str]) -> None:
    """Refuse a folder that cannot be made or written in, before the work that it is to hold.

    Parameters
    ----------
    path : path
        It need not be there, nor the folders above it; none is made.

    Raises
    ------
    ModelError
        If a file is in its way, or nothing may be written there.
    """
    way = os.path.abspath(path)
    while not os.path.exists(way):
        way = os.path.dirname(way)
    if not os.path.isdir(way):
        raise ModelError(f"{fspath(path)}: {way} is a file; name a folder, new or not")
    _check_writable(path, way)


def _check_writable(path: str | PathLike[str], folder: str | PathLike[str]) -> None:
    from tempfile import TemporaryFile

    try:  # as root, or on a disk that is only read, permission bits do not tell
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ModelError(
            f"{fspath(path)} is to be written, and no file can be made in {fspath(folder)} "
            f"({error.strerror}); name another folder"
        ) from None


def check_ranges(settings: object, **ranges: str) -> None:
    """Refuse numbers of settings that lie outside what they can be.

    Parameters
    ----------
    settings : object
    **ranges : str
        For an attribute the interval it must lie in, as it is written in mathematics:
        square brackets hold the end itself, round ones leave it out.

    Raises
    ------
    ModelError
        Names the first attribute outside, its value and what it must be; nan is outside.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> check_ranges(SimpleNamespace(rate=0.1, width=16), rate="(0, inf)", width="[1, inf)")
    >>> check_ranges(SimpleNamespace(share=1.0), share="[0, 1)")
    Traceback (most recent call last):
    inkrec.errors.ModelError: share is 1.0; it must lie in 0 to 1, 1 left out
    """
    for name, interval in ranges.items():
        value = getattr(settings, name)
        low, high = (end.strip() for end in interval[1:-1].split(","))
        above = value >= float(low) if interval[0] == "[" else value > float(low)
        below = value <= float(high) if interval[-1] == "]" else value < float(high)
        if not (above and below):
            raise ModelError(f"{name} is {value}; it must {_said(interval, low, high)}")


def check_whole(settings: object, *names: str) -> None:
    """Refuse counts of settings that are no whole numbers, as those of a card may be.

    Raises
    ------
    ModelError
        Names the first that is none, and its value.
    """
    for name in names:
        value = getattr(settings, name)
        if not isinstance(value, int):
            raise ModelError(f"{name} is {value!r}; it must be a whole number")


def _said(interval: str, low: str, high: str) -> str:
    if high == "inf":  # an open end at 0 is the only other one that there is use for
        return f"be {low} or more" if interval[0] == "[" else "be a positive number"
    out = [end for end, mark in ((low, interval[0]), (high, interval[-1])) if mark in "()"]
    return f"lie in {low} to {high}" + (f", {' and '.join(out)} left out" if out else "")


def require(module: str, extra: str) -> ModuleType:
    """Import an optional package, or say which extra brings it.

    Parameters
    ----------
    module : str
        The module to import.
    extra : str
        The extra of ``inkrec`` that installs it.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or module.split(".")[0] != error.name.split(".")[0]:
            raise
        raise MissingExtraError(
            f"{error.name} is not installed; run: pip install 'inkrec[{extra}]'"
        ) from None
