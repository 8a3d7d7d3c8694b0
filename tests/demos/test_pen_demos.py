"""The demos run as a person runs them."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import inkrec

REPO = Path(__file__).resolve().parents[2]
DEMOS = REPO / "demos"
SAMPLE = DEMOS / "ink" / "bridge.inkml"
MODEL = Path(inkrec.__file__).parent / "models" / "en.inkrec"
TEXT = "We met at the old bridge."

pytestmark = pytest.mark.skipif(not MODEL.exists(), reason="no bundled model")


def run(name: str, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(DEMOS / name), *arguments],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=180,
    )


def test_terminal_prints_what_is_written() -> None:
    done = run("terminal.py", f"replay:{SAMPLE}")
    assert (done.stdout, done.returncode) == (TEXT + "\n", 0)


def test_terminal_without_its_file_says_so() -> None:
    done = run("terminal.py", "replay:none.jsonl")
    assert done.returncode == 1
    assert "none.jsonl" in done.stderr
    assert "Traceback" not in done.stderr


def test_note_app_inserts_at_the_cursor_and_takes_back() -> None:
    done = run("note_app.py")
    assert done.returncode == 0, done.stderr
    assert "'Dear Ada, Tea is ready, come and sit down. Yours, C.'" in done.stdout
    assert done.stdout.count("[") > 10, "the text grew while it was written"


def test_what_says_nothing_leaves_a_note_as_it_is() -> None:
    """A tap, and ink that was written and taken back, insert no spaces."""
    field = runpy.run_path(str(DEMOS / "note_app.py"))["Field"](inkrec.load(), "ab")
    field.cursor = 1
    field.pen(inkrec.PenSample(0, 5, 5))
    field.pen(inkrec.PenSample(0.01, 5, 5, touching=False))
    field.undo()
    assert field.display == "a[]()b"
    field.accept()
    assert (field.text, field.cursor, field.session) == ("ab", 1, None)


@pytest.mark.skipif(find_spec("pygame") is None, reason="pygame is not installed")
def test_tablet_replays_without_a_screen() -> None:
    done = run("tablet.py", f"replay:{SAMPLE}", SDL_VIDEODRIVER="dummy")
    assert (done.stdout, done.returncode) == (TEXT + "\n", 0)
