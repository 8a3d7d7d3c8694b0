"""What is measured, by name."""

from __future__ import annotations

from collections.abc import Callable

from . import growth, peers, process, streaming
from .bench import Bench, Row

__all__ = ["CASES", "Bench", "Row"]

CASES: dict[str, Callable[[Bench], list[Row]]] = {
    "feed": streaming.feed,
    "line": streaming.line,
    "reread": streaming.reread,
    "position": streaming.position,
    "save": streaming.save,
    "sessions": streaming.sessions,
    "lstm": peers.lstm,
    "beam": peers.beam,
    "start": process.start,
    "memory": process.memory,
    "growth": growth.growth,
}
