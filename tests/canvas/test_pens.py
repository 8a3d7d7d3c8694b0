from __future__ import annotations

import time
from pathlib import Path

import pytest

from inkrec import DeviceError, FormatError, Ink, Stroke, formats
from inkrec.canvas.pen_thread import PenThread
from inkrec.canvas.sources import InkReplay, open_source
from inkrec.capture import Pen, PenFrame, PenInfo, ReplayPen, evdev

REPO = Path(__file__).resolve().parents[2]
SAMPLES = sorted((REPO / "demos" / "ink").glob("*.*"))


class Fragile(Pen):
    """A pen that is unplugged in the middle of a stroke."""

    def __init__(self) -> None:
        self.info = PenInfo("fragile")
        self.reads = [
            [PenFrame(1.0, 1, 1), PenFrame(1.1, 2, 2)],
            [PenFrame(1.1, 2, 2, touching=False, in_range=False)],
        ]

    def wait(self, timeout: float | None = None) -> bool:
        return True

    def read(self) -> list[PenFrame]:
        if not self.reads:
            raise DeviceError("it went away; plug it in again")
        return self.reads.pop(0)


def finished(feeder: PenThread) -> list[PenFrame]:
    frames: list[PenFrame] = []
    deadline = time.monotonic() + 20
    while not feeder.done:
        assert time.monotonic() < deadline
        frames += feeder.frames()
        time.sleep(0.001)
    return frames


def test_an_unplugged_pen_gives_its_last_frames_and_the_reason() -> None:
    feeder = PenThread(Fragile(), shift=False)
    told: list[int] = []
    feeder.start(lambda: told.append(1))
    frames = finished(feeder)
    assert [f.touching for f in frames] == [True, True, False]
    assert feeder.error == "it went away; plug it in again"
    assert told
    feeder.stop()


def test_stamps_of_another_clock_are_moved_onto_this_one() -> None:
    frames = [PenFrame(1e9 + i, i, 0) for i in range(3)]
    feeder = PenThread(ReplayPen(frames, speed=None), shift=True)
    before = time.monotonic()
    feeder.start(lambda: None)
    moved = finished(feeder)
    assert before <= moved[0].t <= time.monotonic()
    assert [round(f.t - moved[0].t, 3) for f in moved] == [0, 1, 2]


def test_a_replay_at_once_waits_for_a_slow_window() -> None:
    frames = [PenFrame(0.01 * i, i, 0) for i in range(3000)]
    feeder = PenThread(ReplayPen(frames, speed=None), shift=False)
    feeder.start(lambda: None)
    time.sleep(0.05)
    assert len(feeder._frames) < 700
    assert len(finished(feeder)) == 3000


@pytest.mark.skipif(not SAMPLES, reason="no sample ink")
@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: p.name)
def test_any_ink_is_a_pen(path: Path) -> None:
    pen = open_source(f"replay:{path}", speed=None)
    assert isinstance(pen, InkReplay)
    ink = formats.read(path)
    assert len(pen.boxes) == len(ink)
    assert list(pen) == list(formats.iter_samples(path))


def test_ink_without_a_stroke_is_no_pen(tmp_path: Path) -> None:
    path = tmp_path / "empty.jsonl"
    formats.write(path, Ink())
    with pytest.raises(FormatError, match="holds no ink; nothing to replay"):
        open_source(f"replay:{path}")


def test_the_mouse_where_there_is_no_pen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evdev, "_NODES", tmp_path)
    assert open_source("mouse") is None
    assert open_source("auto") is None
    with pytest.raises(DeviceError, match="no pen with 'wacom' in its name"):
        open_source("wacom")


def test_ink_of_one_dot(tmp_path: Path) -> None:
    path = tmp_path / "dot.jsonl"
    formats.write(path, Ink([Stroke([5], [6], [0.0])]))
    pen = open_source(f"replay:{path}", speed=None)
    assert isinstance(pen, InkReplay)
    assert pen.boxes == [(5.0, 6.0, 5.0, 6.0)]
