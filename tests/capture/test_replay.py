from __future__ import annotations

import itertools
import time

import pytest

from inkrec import DeviceError
from inkrec.capture import PenFrame, ReplayPen

FRAMES = [PenFrame(100 + i * 0.01, float(i), 0.0, 0.5, i < 9) for i in range(10)]


def test_at_once_gives_everything_as_it_was() -> None:
    pen = ReplayPen(FRAMES, speed=None)
    assert list(pen.frames()) == FRAMES
    assert pen.ended
    assert pen.read() == []


def test_at_true_speed_frames_wait_for_their_time_and_are_stamped_with_it() -> None:
    began = time.monotonic()
    pen = ReplayPen(FRAMES, speed=2.0)
    assert len(pen.read()) < 10
    assert not pen.wait(0.0)
    frames = [*pen.frames()]
    assert time.monotonic() - began >= 0.045
    assert began <= frames[-1].t - 0.045
    gaps = {round(b.t - a.t, 6) for a, b in itertools.pairwise(frames)}
    assert gaps == {0.005}


def test_iterating_gives_the_writing_tip_alone() -> None:
    frames = [PenFrame(0.0, 1, 1), PenFrame(0.1, 2, 2, eraser=True), PenFrame(0.2, 3, 3)]
    assert [s.x for s in ReplayPen(frames, speed=None)] == [1, 3]


def test_a_frame_that_is_never_due_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    pen = ReplayPen(FRAMES, speed=1e-310)
    assert pen.read() == [FRAMES[0]._replace(t=pytest.approx(time.monotonic(), abs=1.0))]
    assert not pen.wait(0.001)
    naps: list[float] = []

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", sleep)
    with pytest.raises(KeyboardInterrupt):
        pen.wait()
    assert max(naps) < 1e6, "no more than a system can sleep"


def test_nothing_recorded_ends_at_once() -> None:
    assert list(ReplayPen([])) == []


@pytest.mark.parametrize("speed", [0, -1, float("inf"), float("nan")])
def test_a_speed_that_is_none(speed: float) -> None:
    with pytest.raises(DeviceError, match=f"speed is {speed}; it must be above 0"):
        ReplayPen(FRAMES, speed=speed)
