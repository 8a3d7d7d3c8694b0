"""Online handwriting recognition: text while the pen writes.

>>> import inkrec
>>> recognizer = inkrec.load()                                # doctest: +SKIP
>>> recognizer.recognize(inkrec.read("letter.inkml")).text    # doctest: +SKIP
'Dear Ada'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .decoding.commitment import Commitment
    from .errors import (
        DeviceError,
        FormatError,
        InkError,
        InkrecError,
        MissingExtraError,
        ModelError,
        SessionError,
    )
    from .formats import read, write
    from .hypothesis import Alternative, Gesture, Hypothesis, Word
    from .ink import Ink, PenSample, Stroke
    from .lines import PageLine, lines_of
    from .recognizer import Recognizer, Session, load

__all__ = [
    "Alternative",
    "Commitment",
    "DeviceError",
    "FormatError",
    "Gesture",
    "Hypothesis",
    "Ink",
    "InkError",
    "InkrecError",
    "MissingExtraError",
    "ModelError",
    "PageLine",
    "PenSample",
    "Recognizer",
    "Session",
    "SessionError",
    "Stroke",
    "Word",
    "lines_of",
    "load",
    "read",
    "write",
]

__version__ = "0.1.0"

_HOME = {
    "decoding.commitment": ("Commitment",),
    "errors": ("DeviceError", "FormatError", "InkError", "InkrecError", "MissingExtraError",
               "ModelError", "SessionError"),
    "formats": ("read", "write"),
    "hypothesis": ("Alternative", "Gesture", "Hypothesis", "Word"),
    "ink": ("Ink", "PenSample", "Stroke"),
    "lines": ("PageLine", "lines_of"),
    "recognizer": ("Recognizer", "Session", "load"),
}  # fmt: skip

if not TYPE_CHECKING:

    def __getattr__(name):
        """Names, and the modules that have them, are fetched when they are first asked for.

        So a program can say how many threads NumPy gets before it is loaded, as
        `inkrec.cli` does.
        """
        from importlib import import_module

        for module, names in _HOME.items():
            if name in names:
                found = globals()[name] = getattr(import_module(f".{module}", __name__), name)
                return found
        if name in _HOME:
            return import_module(f".{name}", __name__)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__():
        return sorted({*globals(), *__all__})
