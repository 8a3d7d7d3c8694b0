from __future__ import annotations

import pytest

pygame = pytest.importorskip("pygame", reason="the mouse needs pygame (pip install '.[demo]')")

from inkrec.capture.pointer import PointerPen  # noqa: E402


def event(kind: int, x: int, y: int, button: int = 1) -> object:
    if kind == pygame.MOUSEMOTION:
        return pygame.event.Event(kind, pos=(x, y), rel=(0, 0), buttons=(0, 0, 0))
    return pygame.event.Event(kind, pos=(x, y), button=button)


DOWN, MOVE, UP = pygame.MOUSEBUTTONDOWN, pygame.MOUSEMOTION, pygame.MOUSEBUTTONUP


def test_a_drag_is_a_stroke() -> None:
    pen = PointerPen()
    run = [(MOVE, 1), (DOWN, 2), (MOVE, 3), (UP, 4), (MOVE, 5)]
    frames = [pen.take(event(kind, x, 0), 0.1 * x) for kind, x in run]
    assert [(f.x, f.touching) for f in frames if f] == [
        (1.5, False),
        (2.5, True),
        (3.5, True),
        (4.5, False),
        (5.5, False),
    ]
    assert all(f is not None and f.pressure is None and not f.eraser for f in frames)


def test_the_right_button_erases() -> None:
    pen = PointerPen()
    frames = [pen.take(event(kind, 1, 1, button=3), 0.0) for kind in (DOWN, MOVE, UP)]
    assert [(f.touching, f.eraser) for f in frames if f] == [
        (True, True),
        (True, True),
        (False, True),
    ]


def test_the_wheel_and_other_events_are_none() -> None:
    pen = PointerPen()
    assert pen.take(event(DOWN, 1, 1, button=4), 0.0) is None
    assert pen.take(event(UP, 1, 1, button=1), 0.1) is None
    assert pen.take(pygame.event.Event(pygame.KEYDOWN, key=97), 0.2) is None


def test_the_shadow_of_a_tablets_pen_writes_nothing() -> None:
    """The desktop moves its pointer with the tablet: one stroke, not two."""
    pen = PointerPen()
    pen.suppress(1.0)
    assert pen.take(event(MOVE, 1, 1), 1.05) is None
    assert pen.take(event(DOWN, 1, 1), 1.1) is None
    pen.suppress(1.2)
    assert pen.take(event(MOVE, 2, 1), 1.21) is None
    assert pen.take(event(UP, 3, 1), 1.3) is None
    assert pen.take(event(DOWN, 5, 1), 1.75) is None, "the pointer lags behind the pen"
    assert pen.take(event(DOWN, 5, 1), 2.0) is not None, "the mouse is a pen again"


def test_a_stroke_of_the_mouse_ends_though_a_pen_comes_near() -> None:
    pen = PointerPen()
    assert pen.take(event(DOWN, 1, 1), 1.0) is not None
    pen.suppress(1.1)
    lifted = pen.take(event(UP, 2, 1), 1.2)
    assert lifted is not None
    assert not lifted.touching


def test_time_never_runs_backwards() -> None:
    pen = PointerPen()
    first = pen.take(event(DOWN, 1, 1), 5.0)
    second = pen.take(event(MOVE, 2, 1), 4.0)
    assert first is not None
    assert second is not None
    assert second.t == first.t == 5.0
