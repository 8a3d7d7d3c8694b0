"""The command from its beginning to its end, on SDL's dummy driver."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

pygame = pytest.importorskip("pygame", reason="the canvas needs pygame (pip install '.[demo]')")

from inkrec import DeviceError, InkrecError, formats  # noqa: E402
from inkrec.canvas import app  # noqa: E402
from inkrec.canvas.app import run  # noqa: E402
from inkrec.canvas.sources import InkReplay  # noqa: E402
from inkrec.canvas.window import Window  # noqa: E402

from .person import Person  # noqa: E402

REPO = Path(__file__).resolve().parents[2]
SAMPLE = REPO / "demos" / "ink" / "tea.jsonl"
RECORDING = REPO.parent / "shared" / "data" / "recordings" / "Wacom_DTH2242_Pen.events"


def test_a_replay_runs_to_its_end_without_a_screen(
    fake: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture, stats = tmp_path / "live.png", tmp_path / "stats.json"
    code = run(
        pen=f"replay:{SAMPLE}",
        speed=None,
        load=fake.load,  # type: ignore[attr-defined]
        corrections=str(tmp_path / "c.jsonl"),
        screenshot=str(picture),
        stats=str(stats),
    )
    assert code == 0
    assert capsys.readouterr().out.strip()
    surface = pygame.image.load(picture)
    assert surface.get_size() == (1200, 780)
    told = json.loads(stats.read_text())
    assert told["pen"] == "tea.jsonl"
    assert told["samples"] == len(list(formats.iter_samples(SAMPLE)))


@pytest.mark.skipif(not RECORDING.exists(), reason="the shared recordings are not here")
def test_a_recording_of_a_tablet_is_a_pen(fake: object, tmp_path: Path) -> None:
    stats = tmp_path / "stats.json"
    code = run(pen=f"replay:{RECORDING}", speed=None, load=fake.load, stats=str(stats))  # type: ignore[attr-defined]
    assert code == 0
    assert json.loads(stats.read_text())["samples"] == 1200


def test_without_a_model_the_window_says_so_and_fails(fake: object) -> None:
    with pytest.raises(InkrecError, match="there is no model 'en'"):
        run(pen=f"replay:{SAMPLE}", speed=None, load=fake.load_nothing)  # type: ignore[attr-defined]


def test_no_screen_and_no_replay(fake: object) -> None:
    with pytest.raises(DeviceError, match="give --pen replay:FILE"):
        run(pen="mouse")


def test_no_such_replay(fake: object) -> None:
    with pytest.raises(FileNotFoundError):
        run(pen="replay:nowhere.jsonl")


def test_a_replay_that_was_cut_off_in_a_stroke_ends_all_the_same(
    fake: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    samples = list(formats.iter_samples(SAMPLE))[:12]
    assert samples[-1].touching
    monkeypatch.setattr(app, "open_source", lambda *_, **__: InkReplay(samples, "erase", None))
    assert run(load=fake.load) == 0  # type: ignore[attr-defined]
    assert capsys.readouterr().out.strip()


def test_a_picture_that_cannot_be_saved_does_not_lose_the_text(
    fake: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "nowhere" / "live.png"
    with pytest.raises(InkrecError, match="no picture could be saved"):
        run(pen=f"replay:{SAMPLE}", speed=None, load=fake.load, screenshot=str(picture))  # type: ignore[attr-defined]
    assert capsys.readouterr().out.strip()


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_the_text_is_printed_whatever_ends_the_loop(
    fake: object,
    error: type[BaseException],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def loop(window: Window) -> None:
        Person(window).letters("ab")
        raise error

    monkeypatch.setattr(Window, "loop", loop)
    arguments = {"pen": f"replay:{SAMPLE}", "speed": None, "load": fake.load}  # type: ignore[attr-defined]
    if error is KeyboardInterrupt:
        assert run(**arguments) == 0
    else:
        with pytest.raises(error):
            run(**arguments)
    assert capsys.readouterr().out == "ab\n"


def test_what_is_written_last_is_lifted_and_read_to_its_end(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, top = person.window, person.window._presenter.view.ruling.band(0)[0] + 30
    person.letters("a", settle=False)
    person.mouse(pygame.MOUSEBUTTONDOWN, 40, top)
    person.mouse(pygame.MOUSEMOTION, 44, top + 20)
    assert window._document.open is not None
    assert not window._document.is_finished
    window.finish(patience=60)
    assert window._document.open is None
    assert window._document.is_finished
    assert window.text == "ab"
    assert not window._document.strokes[1].samples[-1].touching


def test_closing_does_not_wait_for_ever(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    person.letters("a")
    monkeypatch.setattr(person.window._worker, "results", list)
    person.letters("b", settle=False)
    began = time.monotonic()
    person.window.finish(patience=0.2)
    assert 0.2 <= time.monotonic() - began < 5
    person.window._worker.error = "it stopped"
    began = time.monotonic()
    person.window.finish(patience=60)
    assert time.monotonic() - began < 30, "who does not answer is not waited for"


def test_a_second_ctrl_c_ends_the_wait_and_the_text_is_printed(
    fake: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(window: Window) -> None:
        raise KeyboardInterrupt

    def loop(window: Window) -> None:
        Person(window).letters("ab")
        raise KeyboardInterrupt

    monkeypatch.setattr(Window, "loop", loop)
    monkeypatch.setattr(Window, "finish", interrupted)
    assert run(pen=f"replay:{SAMPLE}", speed=None, load=fake.load) == 0  # type: ignore[attr-defined]
    assert capsys.readouterr().out == "ab\n"


def test_a_file_that_was_named_is_written_over_without_a_question(
    fake: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "tea.jsonl"
    path.write_bytes(SAMPLE.read_bytes())
    before = len(formats.read(path))

    def loop(window: Window) -> None:
        person = Person(window)
        person.settle()
        person.letters("ab", line=3)
        person.answer("Save", path)

    monkeypatch.setattr(Window, "loop", loop)
    arguments = {"pen": f"replay:{SAMPLE}", "speed": None, "load": fake.load}  # type: ignore[attr-defined]
    assert run(file=str(path), **arguments) == 0
    assert len(formats.read(path)) == before + 2
