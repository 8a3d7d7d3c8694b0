"""The demos run as a person runs them."""

from __future__ import annotations

import os
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


@pytest.mark.parametrize("arguments", [(), ("--asyncio",)])
def test_note_app_reads_what_the_pen_writes(arguments) -> None:
    done = run("note_app.py", *arguments)
    assert done.returncode == 0, done.stderr
    assert "Tea is ready, come and sit down." in done.stdout
    if not arguments:
        assert "found 'bridge.' on page 1, written by 8 strokes" in done.stdout
        assert f"still ink: {TEXT!r}" in done.stdout
        assert f"opened again: 'Tea is ready, come and sit down.\\n{TEXT}'" in done.stdout


def test_note_app_is_short_enough_to_be_read() -> None:
    assert len((DEMOS / "note_app.py").read_text().splitlines()) <= 150


@pytest.mark.skipif(find_spec("pygame") is None, reason="pygame is not installed")
def test_tablet_replays_without_a_screen() -> None:
    done = run("tablet.py", f"replay:{SAMPLE}", SDL_VIDEODRIVER="dummy")
    assert (done.stdout, done.returncode) == (TEXT + "\n", 0)
