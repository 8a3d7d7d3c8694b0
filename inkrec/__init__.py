"""Online handwriting recognition: text while the pen writes.

>>> import inkrec
>>> recognizer = inkrec.load()                                # doctest: +SKIP
>>> recognizer.recognize(inkrec.read("letter.inkml")).text    # doctest: +SKIP
'Dear Ada'
"""

from __future__ import annotations

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
from .recognizer import Recognizer, Session, load

__all__ = [
    "Alternative",
    "DeviceError",
    "FormatError",
    "Gesture",
    "Hypothesis",
    "Ink",
    "InkError",
    "InkrecError",
    "MissingExtraError",
    "ModelError",
    "PenSample",
    "Recognizer",
    "Session",
    "SessionError",
    "Stroke",
    "Word",
    "load",
    "read",
    "write",
]

__version__ = "0.1.0"
