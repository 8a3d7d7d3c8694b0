"""The real window on SDL's dummy driver, with a recogniser that is told beforehand."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pygame = pytest.importorskip("pygame", reason="the canvas needs pygame (pip install '.[demo]')")

from inkrec import DeviceError, InkrecError, formats  # noqa: E402
from inkrec.live.app import Feeder, run  # noqa: E402
from inkrec.live.pens import open_source  # noqa: E402
from inkrec.live.window import Window  # noqa: E402

from .fake_recognizer import LETTER  # noqa: E402

REPO = Path(__file__).resolve().parents[2]
SAMPLE = REPO / "demos" / "ink" / "tea.jsonl"
RECORDING = REPO.parent / "shared" / "data" / "recordings" / "Wacom_DTH2242_Pen.events"


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    import fake_recognizer as plain  # type: ignore[import-not-found]

    yield plain
    sys.modules.pop("fake_recognizer", None)


class Person:
    """Moves the mouse and presses keys, and waits for the window to follow."""

    def __init__(self, window: Window) -> None:
        self.window = window

    def mouse(self, kind: int, x: float, y: float, button: int = 1) -> None:
        settings = {"pos": (round(x), round(y)), "touch": False}
        settings |= (
            {"rel": (0, 0), "buttons": (1, 0, 0)}
            if kind == pygame.MOUSEMOTION
            else {"button": button}
        )
        pygame.event.post(pygame.event.Event(kind, settings))
        self.window._step()

    def stroke(self, points: list[tuple[float, float]], button: int = 1) -> None:
        self.mouse(pygame.MOUSEBUTTONDOWN, *points[0], button)
        for point in points[1:]:
            self.mouse(pygame.MOUSEMOTION, *point)
        self.mouse(pygame.MOUSEBUTTONUP, *points[-1], button)

    def letters(self, text: str, line: int = 0) -> None:
        """Write where the fake reads these letters; a space leaves a gap."""
        top = self.window._board.view.ruling.band(line)[0] + 30
        x0 = 0.0
        for word in text.split():
            for c in word:
                x = x0 + LETTER * (ord(c) - ord("a")) + 8
                self.stroke([(x, top), (x + 8, top + 30), (x + 4, top + 10)])
            x0 += 26 * LETTER
        self.settle()

    def settle(self) -> None:
        deadline = time.monotonic() + 60
        while self.window._reader.busy or not self.window._desk.settled:
            assert time.monotonic() < deadline, "the text never came"
            self.window._step()

    def tap(self, kind: str, label: str) -> None:
        for target in self.window._board.view.targets:
            text = getattr(target.value, "text", target.value)
            if target.kind == kind and text == label:
                self.stroke([target.rect.center, target.rect.center])
                self.settle()
                return
        raise AssertionError(f"no {kind} {label!r}")

    def key(self, key: int, unicode: str = "", mod: int = 0) -> None:
        event = pygame.event.Event(pygame.KEYDOWN, key=key, unicode=unicode, mod=mod, scancode=0)
        pygame.event.post(event)
        self.window._step()

    def type(self, text: str) -> None:
        for c in text:
            self.key(ord(c), c)

    def dark(self) -> int:
        """How much ink is on the page."""
        page = pygame.surfarray.array3d(
            pygame.display.get_surface().subsurface(self.window._board.view.page)
        )
        return int((page.sum(axis=2) < 200).sum())


@pytest.fixture
def person(fake: object, tmp_path: Path) -> Iterator[Person]:
    window = Window(
        load=fake.load,  # type: ignore[attr-defined]
        feeder=None,
        corrections=tmp_path / "corrections.jsonl",
        size=(1000, 700),
        spacing=90.0,
    )
    try:
        window._step()
        yield Person(window)
    finally:
        window.close()


def test_what_the_mouse_writes_is_drawn_and_read(person: Person) -> None:
    assert person.dark() == 0
    person.letters("abc")
    assert person.window.text == "abc"
    assert person.dark() > 100


def test_undo_and_clear_by_button_and_key(person: Person) -> None:
    person.letters("ab")
    two = person.dark()
    person.tap("button", "Undo")
    assert person.window.text == "a"
    assert 0 < person.dark() < two
    person.letters("b")
    person.tap("button", "Clear")
    assert (person.window.text, person.dark()) == ("", 0)
    person.key(pygame.K_z, mod=pygame.KMOD_LCTRL)
    person.settle()
    assert person.window.text == "ab"
    assert person.dark() > 0


def test_a_tap_on_a_reading_replaces_the_word_and_keeps_the_correction(person: Person) -> None:
    person.letters("ab cd")
    person.tap("word", "ab")
    person.tap("choice", "AB")
    assert person.window.text == "AB cd"
    [(ink, label)] = formats.read_labelled(person.window._corrections)
    assert (label, len(ink)) == ("AB", 2)


def test_a_reading_of_ones_own_is_typed(person: Person) -> None:
    person.letters("ab")
    person.tap("word", "ab")
    person.type("It'")
    person.key(pygame.K_BACKSPACE)
    person.type("s")
    person.key(pygame.K_RETURN)
    assert person.window.text == "Its"


def test_the_right_button_erases(person: Person) -> None:
    person.letters("ab")
    y = person.window._board.view.ruling.band(0)[0] + 45
    person.stroke([(2, y), (20, y)], button=3)
    person.settle()
    assert person.window.text == "b"


def test_a_scratch_takes_the_word(person: Person) -> None:
    person.letters("abz")
    y = person.window._board.view.ruling.band(0)[0] + 40
    person.stroke([(4, y), (64, y), (6, y + 4), (66, y + 8), (4, y + 12), (64, y + 22)])
    person.settle()
    assert person.window.text == "z"


def test_saved_ink_is_opened_again(person: Person, tmp_path: Path) -> None:
    person.letters("ab")
    before = person.dark()
    for name in ("note.jsonl", "note.inkml", "note.svg"):
        person.tap("button", "Save")
        person.window._board.scene.dialog.text = str(tmp_path / name)  # type: ignore[union-attr]
        person.key(pygame.K_RETURN)
        assert (tmp_path / name).exists()
    person.tap("button", "Clear")
    assert person.dark() == 0
    for name in ("note.jsonl", "note.inkml"):
        person.key(pygame.K_o, mod=pygame.KMOD_LCTRL)
        person.window._board.scene.dialog.text = str(tmp_path / name)  # type: ignore[union-attr]
        person.key(pygame.K_RETURN)
        person.settle()
        assert person.window.text == "ab"
        assert person.dark() == pytest.approx(before, rel=0.15)


def test_a_file_that_cannot_be_read_is_a_message(person: Person) -> None:
    person.key(pygame.K_o, mod=pygame.KMOD_LCTRL)
    person.type("none.jsonl")
    for _ in range(11):
        person.key(pygame.K_BACKSPACE)
    person.key(pygame.K_RETURN)
    assert "No such file" in person.window._board.scene.message
    assert person.window._board.scene.message_bad


def test_escape_leaves_the_dialog_and_the_ink_is_there_again(person: Person) -> None:
    person.letters("ab")
    before = person.dark()
    person.tap("button", "Save")
    person.key(pygame.K_ESCAPE)
    assert person.dark() == before
    person.key(pygame.K_F1)
    assert person.window._board.scene.help
    person.key(pygame.K_F1)
    assert person.dark() == before


def test_incremental_pictures_equal_one_drawn_at_once(person: Person) -> None:
    """Dirty rectangles may never leave anything behind."""
    person.letters("abc gh")
    person.tap("word", "abc")
    person.letters("d", line=1)
    person.tap("button", "Undo")
    screen = pygame.display.get_surface()
    grown = pygame.surfarray.array3d(screen)
    person.window._board.redraw()
    person.window._present()
    assert (pygame.surfarray.array3d(screen) == grown).all()


def test_a_window_of_another_size_keeps_the_ink(person: Person) -> None:
    person.letters("ab")
    before = person.dark()
    pygame.display.set_mode((1200, 800), pygame.RESIZABLE)
    person.window._resize()
    person.window._step()
    assert person.dark() == pytest.approx(before, rel=0.02)


def test_the_overlay_tells_figures(person: Person) -> None:
    person.letters("ab")
    bright = person.dark()
    person.key(pygame.K_F2)
    assert person.dark() > bright + 5000
    told = person.window.meter.report()
    assert told["samples"] > 0
    assert told["pen_to_pixel_ms"]["n"] > 0
    person.key(pygame.K_F2)
    assert person.dark() == bright


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


@pytest.mark.skipif(not RECORDING.exists(), reason="the shared recordings are not here")
def test_the_eraser_end_of_a_recorded_pen_erases(fake: object, tmp_path: Path) -> None:
    """The recording draws with the tip, then rubs over it with the other end."""
    source = open_source(f"replay:{RECORDING.with_name('Wacom_Cintiq_12WX.events')}", speed=None)
    assert source is not None
    window = Window(
        load=fake.load,  # type: ignore[attr-defined]
        feeder=Feeder(source, shift=True),
        corrections=tmp_path / "c.jsonl",
        size=(1000, 700),
        spacing=90.0,
        once=True,
    )
    try:
        window.loop()
        assert window.meter.samples == 362
        assert window._desk.strokes == {}
        change = window._desk.undo()
        assert len(change.added) == 1
        [stroke] = window._desk.strokes.values()
        assert len(stroke.points) == 128
    finally:
        window.close()
