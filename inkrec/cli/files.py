"""Files as the command line names them, and what it says of them on standard error."""

from __future__ import annotations

import codecs
import json
import shlex
import sys
from typing import Any, TextIO

from ..errors import FormatError, InkrecError
from ..formats import Labelled, jsonl, read_labelled

__all__ = ["complain", "inks_of", "json_line", "note"]


def inks_of(name: str) -> list[Labelled]:
    """The inks of a file, or of standard input where it is called ``-``.

    A last line that was cut off, as where a recorder was killed, is told of.

    Raises
    ------
    FormatError
        As `formats.read_labelled`; of a recording of a pen's events, how to make it ink.
    InkrecError
        If there is no standard input.
    """
    if name == "-":
        if sys.stdin is None:
            raise InkrecError("standard input is closed; name a file")
        return read_labelled(sys.stdin.buffer)
    try:
        if not name.endswith(".jsonl"):
            return read_labelled(name)
        found = jsonl.load(name)
        if found.truncated:
            note(f"{name}: its last line was cut off and is left out")
        return [Labelled(ink, label) for ink, label, _ in found.recordings]
    except FormatError:
        from ..capture import is_recording  # most files are none

        if not is_recording(name):
            raise
        raise FormatError(
            "a recording of a pen's events; make it ink first: "
            f"inkrec record OUT.jsonl --pen {shlex.quote(f'replay:{name}')}",
            file=name,
        ) from None


def json_line(value: Any, out: TextIO) -> str:
    """A value as JSON for a stream: escaped where that does not take all of Unicode."""
    unicode = codecs.lookup(out.encoding or "utf-8").name == "utf-8"
    return json.dumps(value, ensure_ascii=not unicode)


def complain(error: Exception) -> int:
    """Say in a line what went wrong; the exit code."""
    if isinstance(error, OSError) and not isinstance(error, InkrecError):
        said = error.strerror or str(error)
        note(said if error.filename is None else f"{error.filename}: {said}")
    else:
        note(str(error))
    return 1


def note(message: str) -> None:
    """Say a line on standard error."""
    print("inkrec:", " ".join(message.split()), file=sys.stderr)
