"""What a reader of a file left out or mended, told as warnings when the file is read."""

from __future__ import annotations

import warnings

from ..errors import FormatError, InkWarning
from ._files import Source, name_of

__all__ = ["Report"]

_MOST = 20  # kinds of findings that are told one by one


class Report:
    """Findings about one file.

    Of findings of one kind the first is told with its place, and how many there are.

    Parameters
    ----------
    file : path or binary file, or str
        What the findings are about.
    """

    def __init__(self, file: Source | None) -> None:
        self.file = None if file is None else name_of(file)
        self._found: dict[str, list[tuple[str, int | None]]] = {}
        self._first: FormatError | None = None

    def __bool__(self) -> bool:
        """Whether anything was found."""
        return bool(self._found)

    def lost(self, what: str, why: str | FormatError, line: int | None = None) -> None:
        """Note that something is left out.

        Parameters
        ----------
        what : str
            ``"a stroke"``.
        why : str or FormatError
            What is wrong with it.
        line : int, optional
        """
        if isinstance(why, FormatError):
            line = why.line if line is None else line
            why = why.message
        if self._first is None:
            self._first = FormatError(why, file=self.file, line=line)
        self._add(f"{what} is left out", why, line)

    def mended(self, what: str, line: int | None = None) -> None:
        """Note that something is not as the file has it."""
        self._add(what, "", line)

    def _add(self, kind: str, why: str, line: int | None) -> None:
        self._found.setdefault(kind, []).append((why, line))

    def refuse_nothing(self) -> None:
        """Raise what was found first: to be called where nothing is left.

        Raises
        ------
        FormatError
            If anything was left out.
        """
        if self._first is not None:
            raise self._first

    def tell(self) -> None:
        """Warn of each kind of finding once.

        Warns
        -----
        InkWarning
        """
        for kind, places in list(self._found.items())[:_MOST]:
            why, line = places[0]
            message = f"{kind}: {why}" if why else kind
            if len(places) > 1:
                message += f" (and {len(places) - 1} more such)"
            warnings.warn(InkWarning(message, file=self.file, line=line), stacklevel=2)
        if len(self._found) > _MOST:
            rest = f"{len(self._found) - _MOST} other kinds of damage were found"
            warnings.warn(InkWarning(rest, file=self.file), stacklevel=2)
        self._found.clear()
