from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from inkrec import formats
from inkrec.capture import evdev
from inkrec.cli import main

from .pens import FILES, TABLET

REPO = Path(__file__).resolve().parents[2]
SAMPLE = REPO / "demos" / "ink" / "tea.jsonl"


def test_no_pen_is_an_error_that_helps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(evdev, "_NODES", tmp_path)
    assert main(["devices"]) == 1
    assert "plug one in, or use the mouse" in capsys.readouterr().err


def test_devices_are_listed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(evdev, "find", lambda: ([TABLET], []))
    assert main(["devices"]) == 0
    assert "Test Tablet Pen (tablet, 200 x 100 mm" in capsys.readouterr().out
    assert main(["devices", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["size_mm"] == [200.0, 100.0]
    assert told["eraser"] is True


def test_what_is_recorded_reads_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "again.jsonl"
    assert main(["record", str(out), "--pen", f"replay:{SAMPLE}", "--label", "Tea"]) == 0
    assert f"{out}: 30 strokes, 944 samples" in capsys.readouterr().out
    before, after = formats.read(SAMPLE), formats.read_labelled(out)[0]
    assert list(after.ink) == list(before)
    assert after.label == "Tea"
    assert main(["record", str(out), "--pen", f"replay:{SAMPLE}"]) == 1
    assert "add to it with --append" in capsys.readouterr().err
    assert main(["record", str(out), "--pen", f"replay:{SAMPLE}", "--append"]) == 0
    assert len(formats.read_labelled(out)) == 2


@pytest.mark.skipif(not FILES, reason="the shared recordings are not here")
def test_a_bug_report_becomes_ink_in_mm(tmp_path: Path) -> None:
    out = tmp_path / "canvas.jsonl"
    source = next(p for p in FILES if p.stem == "dell_canvas_pen")
    assert main(["record", str(out), "--pen", f"replay:{source}"]) == 0
    ink = formats.read(out)
    assert (len(ink), len(ink[0]), ink.units_per_mm) == (1, 236, 1.0)
    left, top, right, bottom = ink.bounds
    assert 0 < left < right < 597
    assert 0 < top < bottom < 336
    assert ink[0].pressure is not None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["record", "x.jsonl", "--pen", "mouse"], "the mouse has no window here"),
        (["record", "x.inkml"], "x.inkml: recordings are JSON lines; give a name that ends in"),
        (["record", "-"], "-: recordings are JSON lines"),
        (["record", "x.jsonl", "--label", "\udcff"], "half a surrogate pair"),
        (["record", "x.jsonl", "--pen", "replay:none"], "none: No such file"),
        (["live", "--pen", "replay:none"], "none: No such file"),
        (["live", "--pen", "replay:/"], "/: It is a folder; give a file of ink"),
    ],
)
def test_errors_are_one_line(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 1
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--size", "big"], "'big' is no size; give it as 1200x780"),
        (["--size", "200000x200000"], "'200000x200000' is no window; give 200x150 to"),
        (["--size", "199x150"], "'199x150' is no window; give 200x150 to 16384x16384"),
        (["--line-height", "0"], "'0' cannot be; give 20 to 1000 pixels"),
        (["--line-height", "nan"], "'nan' cannot be; give 20 to 1000 pixels"),
        (["--line-height", "wide"], "'wide' cannot be; give 20 to 1000 pixels"),
        (["--speed=-1"], "'-1' cannot be; give 0 or more, times as fast"),
        (["--speed", "nan"], "'nan' cannot be; give 0 or more, times as fast"),
        (["--speed", "inf"], "'inf' cannot be; give 0 or more, times as fast"),
    ],
)
def test_settings_that_cannot_be_say_what_can(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["live", *arguments])
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("size", ["200x150", "16384x16384"])
def test_settings_at_their_ends_are_taken(
    size: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir("/")
    for ruling, speed in (("20", "0"), ("1000", "1e9")):
        pen = ["--pen", "replay:none", "--line-height", ruling, "--speed", speed]
        assert main(["live", "--size", size, *pen]) == 1
        assert "none: No such file" in capsys.readouterr().err


SLOW = """
import sys
from inkrec.capture import ReplayPen
from inkrec.canvas import sources
sources.open_source = lambda *_, **__: sources.open_replay(sys.argv[1], speed=1.0)
from inkrec.cli import main
main(["record", sys.argv[2]])
"""


def test_a_recording_reads_up_to_where_it_was_killed(tmp_path: Path) -> None:
    out = tmp_path / "killed.jsonl"
    recorder = subprocess.Popen([sys.executable, "-c", SLOW, str(SAMPLE), str(out)])
    try:
        deadline = time.monotonic() + 60
        while not out.exists() or len(out.read_bytes().splitlines()) < 100:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        recorder.kill()
        recorder.wait()
    seen = list(formats.iter_samples(out))
    whole = list(formats.iter_samples(SAMPLE))
    assert 98 <= len(seen) < len(whole)
    assert [s[1:4] for s in seen] == [s[1:4] for s in whole[: len(seen)]]
