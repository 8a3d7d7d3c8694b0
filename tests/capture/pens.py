"""Shared by the tests of capture: a tablet, events and recordings."""

from __future__ import annotations

from pathlib import Path

from inkrec.capture import Axis, Event, PenFrame, PenInfo

REPO = Path(__file__).resolve().parents[2]
RECORDINGS = REPO.parent / "shared" / "data" / "recordings"
FILES = sorted(p for p in RECORDINGS.glob("*.ev*")) if RECORDINGS.exists() else []

SYN, KEY, ABS = 0, 1, 3
X, Y, PRESSURE, TILT_X = 0x00, 0x01, 0x18, 0x1A
PEN, RUBBER, MOUSE, TOUCH, STYLUS, STYLUS2 = 0x140, 0x141, 0x146, 0x14A, 0x14B, 0x14C

TABLET = PenInfo(
    "Test Tablet Pen",
    axes={
        X: Axis(0, 20000, 100),
        Y: Axis(0, 10000, 100),
        PRESSURE: Axis(0, 1000),
        TILT_X: Axis(-64, 63, 57),
        TILT_X + 1: Axis(-64, 63, 57),
    },
    keys=frozenset({PEN, RUBBER, TOUCH, STYLUS, STYLUS2}),
)


def report(t: float, *changes: tuple[int, int, int]) -> list[Event]:
    """An instant: what changed, and the report that closes it."""
    return [*(Event(t, *change) for change in changes), Event(t, SYN, 0, 0)]


def strokes(frames: list[PenFrame]) -> list[list[PenFrame]]:
    """Runs of touching frames."""
    runs: list[list[PenFrame]] = [[]]
    for frame in frames:
        if frame.touching:
            runs[-1].append(frame)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]
