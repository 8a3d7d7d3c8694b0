"""The demo in the terminal prints its open line, whatever ends the pen."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

import inkrec
from inkrec import DeviceError
from inkrec.capture import Pen, PenFrame, PenInfo

from . import fake_recognizer

TERMINAL = Path(__file__).resolve().parents[2] / "demos" / "terminal.py"


class Ending(Pen):
    """Writes an a, begins a b, and ends with an error."""

    def __init__(self, error: type[BaseException]) -> None:
        self.info = PenInfo("ending")
        self.error = error
        self.reads = [
            [PenFrame(1.0, 5, 0), PenFrame(1.1, 6, 9), PenFrame(1.1, 6, 9, touching=False)],
            [PenFrame(1.2, 35, 0), PenFrame(1.3, 36, 9)],
        ]

    def wait(self, timeout: float | None = None) -> bool:
        return True

    def read(self) -> list[PenFrame]:
        if not self.reads:
            raise self.error
        return self.reads.pop(0)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("terminal", TERMINAL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(inkrec, "load", fake_recognizer.load)
    monkeypatch.setattr(sys, "argv", ["terminal.py"])
    return module


@pytest.mark.parametrize("error", [KeyboardInterrupt, DeviceError])
def test_the_open_line_is_finished(
    terminal: ModuleType,
    error: type[BaseException],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(terminal, "open_source", lambda *_: Ending(error))
    with pytest.raises(error):
        terminal.main()
    assert capsys.readouterr().out == "ab\n"
