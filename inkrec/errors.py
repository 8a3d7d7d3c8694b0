"""Every error that inkrec raises on purpose.

::

    InkrecError
    ├── InkError(ValueError)          ink that cannot be: NaN, an empty stroke, time backwards
    │   └── FormatError               a file: its name, the line, what was expected
    ├── ModelError(ValueError)        a model file or a language model
    ├── DeviceError(OSError)          a digitizer: missing, forbidden, unplugged
    ├── SessionError(RuntimeError)    a call the session's state does not allow
    └── MissingExtraError(ImportError)  an optional package; says what to install

    InkWarning(UserWarning)           what of a file was left out or mended; the rest is read

A message says what is wrong, the value, and the cure.
"""

from __future__ import annotations

from os import PathLike, fspath

__all__ = [
    "DeviceError",
    "FormatError",
    "InkError",
    "InkWarning",
    "InkrecError",
    "MissingExtraError",
    "ModelError",
    "SessionError",
]


class InkrecError(Exception):
    """Base of all errors that inkrec raises on purpose."""


class InkError(InkrecError, ValueError):
    """Ink that cannot be."""


class FormatError(InkError):
    """A file that is not what it should be.

    Parameters
    ----------
    message : str
        What was found and what was expected.
    file : path, optional
        The file's name.
    line : int, optional
        The line, from 1, where the reader stood.

    Examples
    --------
    >>> str(FormatError("expected a number, found 'x'", file="a.inkml", line=3))
    "a.inkml:3: expected a number, found 'x'"
    """

    def __init__(
        self,
        message: str,
        *,
        file: str | PathLike[str] | None = None,
        line: int | None = None,
    ) -> None:
        self.message = message
        self.file = None if file is None else fspath(file)
        self.line = line
        super().__init__(_placed(message, self.file, line))


class InkWarning(UserWarning):
    """What of a file was left out or mended, where the rest of it was read.

    ``warnings.simplefilter("error", inkrec.InkWarning)`` makes a refusal of each.

    Parameters
    ----------
    message : str
        What was found and what became of it.
    file : path, optional
        The file's name.
    line : int, optional
        The line, from 1, of the first place.

    Examples
    --------
    >>> str(InkWarning("a stroke of 40 is left out", file="a.xopp", line=3))
    'a.xopp:3: a stroke of 40 is left out'
    """

    def __init__(
        self,
        message: str,
        *,
        file: str | PathLike[str] | None = None,
        line: int | None = None,
    ) -> None:
        self.message = message
        self.file = None if file is None else fspath(file)
        self.line = line
        super().__init__(_placed(message, self.file, line))

    def __reduce__(self) -> tuple[object, ...]:
        return _warning, (self.message, self.file, self.line)


def _warning(message: str, file: str | None, line: int | None) -> InkWarning:
    return InkWarning(message, file=file, line=line)


def _placed(message: str, file: str | None, line: int | None) -> str:
    """A message after the file and the line that it is about."""
    where = file or ""
    if line is not None:
        where += f":{line}" if where else f"line {line}"
    return f"{where}: {message}" if where else message


class ModelError(InkrecError, ValueError):
    """A model file that cannot be used."""


class DeviceError(InkrecError, OSError):
    """A digitizer that cannot be opened or went away."""


class SessionError(InkrecError, RuntimeError):
    """A call that the session's state does not allow."""


class MissingExtraError(InkrecError, ImportError):
    """An optional package is not installed."""
