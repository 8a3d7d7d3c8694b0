"""The command in a real window: Xvfb is the screen, xdotool moves the mouse."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

import inkrec
from inkrec import formats

REPO = Path(__file__).resolve().parents[2]
SAMPLE = REPO / "demos" / "ink" / "tea.jsonl"
TEXT = "Tea is ready, come and sit down."
MODEL = Path(inkrec.__file__).parent / "models" / "en.inkrec"

pytestmark = [
    pytest.mark.skipif(
        not (shutil.which("Xvfb") and shutil.which("xdotool")),
        reason="no Xvfb and xdotool (apt install xvfb xdotool)",
    ),
    pytest.mark.skipif(find_spec("pygame") is None, reason="pygame is not installed"),
    pytest.mark.skipif(not MODEL.exists(), reason="no bundled model"),
]


@pytest.fixture
def screen() -> Iterator[str]:
    """A display of its own; Xvfb chooses the number.

    It must not start again when its last client leaves, as it does by itself: xdotool comes
    and goes while the window opens, and one that connects at that moment is turned away.
    """
    read_end, write_end = os.pipe()
    wanted = "-screen 0 1280x800x24 -nolisten tcp -noreset"
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write_end), *wanted.split()],
        pass_fds=[write_end],
        stderr=subprocess.DEVNULL,
    )
    os.close(write_end)
    try:
        with os.fdopen(read_end) as told:
            number = told.readline().strip()
        if not number:
            pytest.skip("Xvfb does not start here")
        yield f":{number}"
    finally:
        server.terminate()
        server.wait()


def xdotool(display: str, script: str) -> str:
    env = {**os.environ, "DISPLAY": display}
    run = subprocess.run(
        ["xdotool", "-"], input=script, env=env, capture_output=True, text=True, timeout=120
    )
    return run.stdout


def moves(ink: inkrec.Ink, left: float, top: float, height: float) -> str:
    """The mouse's way along the strokes, at about 200 places a second."""
    x0, y0, _, y1 = ink.bounds
    scale = height / (y1 - y0)
    lines = []
    for stroke in ink:
        points = [
            (round(left + scale * (x - x0)), round(top + scale * (y - y0)))
            for x, y in zip(stroke.x, stroke.y, strict=True)
        ]
        lines.append(f"mousemove {points[0][0]} {points[0][1]} sleep 0.02 mousedown 1")
        lines += [f"mousemove {x} {y} sleep 0.005" for x, y in points[1:]]
        lines.append("mouseup 1 sleep 0.04")
    return "\n".join(lines) + "\n"


def test_what_the_mouse_writes_on_a_screen_is_read(screen: str, tmp_path: Path) -> None:
    ink = formats.read(SAMPLE)
    picture, stats = tmp_path / "live.png", tmp_path / "stats.json"
    command = [sys.executable, "-m", "inkrec.cli", "live", "--pen", "mouse"]
    env = {**os.environ, "DISPLAY": screen, "XDG_DATA_HOME": str(tmp_path)}
    env.pop("SDL_VIDEODRIVER", None)
    window = subprocess.Popen(
        [*command, "--screenshot", str(picture), "--stats", str(stats)],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        deadline = time.monotonic() + 60
        while "inkrec" not in xdotool(screen, "getwindowfocus getwindowname\n"):
            assert window.poll() is None, window.communicate()[1]
            assert time.monotonic() < deadline, "the window never came"
            time.sleep(0.2)
        time.sleep(0.5)
        xdotool(screen, moves(ink, left=90, top=85, height=84))
        time.sleep(4)  # a rest, in which the line is read as a whole
        xdotool(screen, "key ctrl+q\n")
        out, errors = window.communicate(timeout=60)
    finally:
        window.kill()
        window.wait()
    assert window.returncode == 0, errors
    assert out.strip() == TEXT
    told = json.loads(stats.read_text())
    assert told["samples"] > 500
    assert picture.read_bytes().startswith(b"\x89PNG")
