from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .person import Person


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """The fake recogniser, under a name that another process finds too; no screen."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    import fake_recognizer as plain  # type: ignore[import-not-found]

    yield plain
    sys.modules.pop("fake_recognizer", None)


@pytest.fixture
def person(fake: object, tmp_path: Path) -> Iterator[Person]:
    """Somebody at a window of 1000 by 700 pixels, ruled every 90."""
    from inkrec.canvas.window import Window

    from .person import Person

    window = Window(
        load=fake.load,  # type: ignore[attr-defined]
        pen_thread=None,
        corrections=tmp_path / "corrections.jsonl",
        size=(1000, 700),
        line_height=90.0,
    )
    try:
        window._step()
        yield Person(window)
    finally:
        window.close()
