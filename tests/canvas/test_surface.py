"""Where a tablet's ink falls while the window moves and changes, on SDL's dummy driver."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pygame = pytest.importorskip("pygame", reason="the canvas needs pygame (pip install '.[demo]')")

from inkrec.canvas.pen_thread import PenThread  # noqa: E402
from inkrec.canvas.window import Window  # noqa: E402
from inkrec.capture import Axis, Pen, PenFrame, PenInfo  # noqa: E402

from .person import Person  # noqa: E402

HERE = Path(__file__).resolve().parent
AXES = {0: Axis(0, 16000, 100), 1: Axis(0, 10000, 100)}
DIRECT = 1

FULL_SCREEN = """
import pygame
from pathlib import Path
from inkrec.canvas.pen_thread import PenThread
from inkrec.canvas.window import Window
import fake_recognizer
from canvas.test_surface import Tablet

if __name__ == "__main__":
    window = Window(
        load=fake_recognizer.load, pen_thread=PenThread(Tablet(direct=True), shift=False),
        corrections=Path("c.jsonl"), size=(400, 300), line_height=90.0,
    )
    for _ in range(4):
        window._actions.do("full screen")
        window._step()
        pygame.event.get()
    window.close()
    print("alive")
"""


class Tablet(Pen):
    """A tablet that says what it is told to."""

    def __init__(self, *, direct: bool = False) -> None:
        properties = frozenset({DIRECT}) if direct else frozenset()
        self.info = PenInfo("tablet", "/dev/tablet", AXES, frozenset(), properties)

    def wait(self, timeout: float | None = None) -> bool:
        return False

    def read(self) -> list[PenFrame]:
        return []


class Writer:
    """Writes with a tablet's pen in a window."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.t = 100.0

    def frame(self, x: float, y: float, *, touching: bool = True) -> None:
        self.t += 0.01
        feeder = self.window._pen_thread
        assert feeder is not None
        feeder._frames.append(PenFrame(self.t, x, y, 0.5, touching))
        self.window._read_pen()

    @property
    def last(self) -> tuple[float, float]:
        stroke = list(self.window._document.strokes.values())[-1]
        return stroke.points[-1].x, stroke.points[-1].y


@pytest.fixture
def window_of(fake: object, tmp_path: Path) -> Iterator[object]:
    opened: list[Window] = []

    def of(*, direct: bool) -> Window:
        feeder = PenThread(Tablet(direct=direct), shift=False)
        load = fake.load  # type: ignore[attr-defined]
        corrections = tmp_path / "c.jsonl"
        size = (1000, 700)
        window = Window(
            load=load, pen_thread=feeder, corrections=corrections, size=size, line_height=90.0
        )
        opened.append(window)
        feeder.started = True  # nothing is waited for
        feeder.stop = lambda: None  # type: ignore[method-assign]
        window._step()
        return window

    yield of
    for window in opened:
        window.close()


def moved(window: Window, x: int, y: int) -> None:
    """As where the desktop's user takes the window elsewhere."""
    window._placement._position = lambda: (x, y)
    window._handle(pygame.event.Event(pygame.WINDOWMOVED, x=x, y=y))


def test_full_screen_with_a_display_tablet_does_not_crash(fake: object, tmp_path: Path) -> None:
    """SDL's window keeps a pointer to what told its place: in a process of its own."""
    script = tmp_path / "full.py"
    path = [str(HERE), str(HERE.parent)]
    script.write_text(f"import sys\nsys.path[:0] = {path}\n{FULL_SCREEN}")
    run = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip().endswith("alive")


def test_a_display_tablet_draws_under_the_tip_wherever_the_window_goes(window_of: object) -> None:
    window = window_of(direct=True)  # type: ignore[operator]
    width, height = pygame.display.get_desktop_sizes()[0]
    hand = Writer(window)
    for x, y in ((0, 0), (40, 25)):
        moved(window, x, y)
        hand.frame(80.0, 50.0)
        assert hand.last == pytest.approx((width / 2 - x, height / 2 - y))
        hand.frame(80.0, 50.0, touching=False)


def test_a_window_that_moves_under_the_pen_does_not_tear_the_stroke(window_of: object) -> None:
    window = window_of(direct=True)  # type: ignore[operator]
    hand = Writer(window)
    moved(window, 0, 0)
    hand.frame(80.0, 50.0)
    before = hand.last
    moved(window, 300, 200)
    hand.frame(80.0, 50.0)
    assert hand.last == before
    hand.frame(80.0, 50.0, touching=False)
    hand.frame(80.0, 50.0)
    assert hand.last == pytest.approx((before[0] - 300, before[1] - 200))


def test_a_window_of_another_size_does_not_tear_the_stroke(window_of: object) -> None:
    window = window_of(direct=False)  # type: ignore[operator]
    hand = Writer(window)
    hand.frame(80.0, 50.0)
    before, scale = hand.last, window._document.units_per_mm
    assert scale == pytest.approx(7)
    Person(window).resize(1400, 800)
    hand.frame(80.0, 50.0)
    assert hand.last == before
    assert window._document.units_per_mm == scale
    hand.frame(80.0, 50.0, touching=False)
    hand.frame(80.0, 50.0)
    assert hand.last == pytest.approx((700, 400))
    assert window._document.units_per_mm == pytest.approx(scale * 1.25)


def test_an_eraser_that_is_down_does_not_leap(window_of: object) -> None:
    """A leap would take away all that lies on its way."""
    window = window_of(direct=False)  # type: ignore[operator]
    ground = window._placement
    before = ground.to_window(PenFrame(1.0, 80.0, 50.0, 0.5, True, True, True))
    Person(window).resize(1400, 900)
    assert ground.to_window(PenFrame(1.1, 80.0, 50.0, 0.5, True, True, True))[1:3] == before[1:3]
    assert ground.to_window(PenFrame(1.2, 80.0, 50.0, 0.0, False, True, True))[1:3] == before[1:3]
    assert ground.to_window(PenFrame(1.3, 80.0, 50.0, 0.0, False, True, True))[1:3] != before[1:3]
