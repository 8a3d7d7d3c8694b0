"""The real window on SDL's dummy driver, with a recogniser that is told beforehand."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

pygame = pytest.importorskip("pygame", reason="the canvas needs pygame (pip install '.[demo]')")

from inkrec import PenSample, formats  # noqa: E402
from inkrec.canvas import theme  # noqa: E402
from inkrec.canvas.pen_thread import PenThread  # noqa: E402
from inkrec.canvas.sources import InkReplay, open_source  # noqa: E402
from inkrec.canvas.window import Window  # noqa: E402
from inkrec.capture import Pen  # noqa: E402
from inkrec.capture.pointer import PointerPen  # noqa: E402

from .person import Person  # noqa: E402

REPO = Path(__file__).resolve().parents[2]
SAMPLE = REPO / "demos" / "ink" / "tea.jsonl"
RECORDING = REPO.parent / "shared" / "data" / "recordings" / "Wacom_DTH2242_Pen.events"


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
    [(ink, label)] = formats.read_labelled(person.window._actions._corrections)
    assert (label, len(ink)) == ("AB", 2)


def test_a_reading_of_ones_own_is_typed(person: Person) -> None:
    person.letters("ab")
    person.tap("word", "ab")
    person.type("It'")
    person.key(pygame.K_BACKSPACE)
    person.type("s")
    person.key(pygame.K_RETURN)
    assert person.window.text == "Its"


def test_a_correction_that_cannot_be_kept_is_a_message(person: Person, tmp_path: Path) -> None:
    (tmp_path / "corrections.jsonl").mkdir()
    person.letters("ab")
    person.tap("word", "ab")
    person.tap("choice", "AB")
    scene = person.window._presenter.view_state
    assert person.window.text == "AB"
    assert ("not kept" in scene.message, scene.message_bad) == (True, True)


def test_a_long_reading_is_typed_in_sight(person: Person) -> None:
    person.letters("ab")
    long = "Donaudampfschifffahrtsgesellschaft" * 5
    person.type(long)
    [typed] = [t for t in person.window._presenter.view.targets if t.value == long]
    assert person.window._presenter.view.panel.contains(typed.rect)
    person.tap("choice", long)
    assert person.window.text == long


def rows(person: Person) -> list[str]:
    """The words that can be tapped."""
    targets = person.window._presenter.view.targets
    return [t.value.text for t in targets if t.kind == "word"]


def test_rows_beyond_the_panel_are_scrolled_to(person: Person) -> None:
    for n, word in enumerate(["ab", "cd", "ef", "gh"]):
        person.letters(word, line=n)
    assert rows(person) == ["cd", "ef", "gh"]
    person.tap("scroll", -1)
    assert rows(person) == ["ab", "cd", "ef"]
    person.tap("scroll", -1)
    person.tap("word", "cd")
    assert rows(person) == ["ab", "cd", "ef"], "what was tapped stays where it is"
    assert person.window._presenter.view_state.selected.text == "cd"  # type: ignore[union-attr]
    pygame.event.post(pygame.event.Event(pygame.MOUSEWHEEL, x=0, y=-1))
    person.window._step()
    assert rows(person) == ["cd", "ef", "gh"]
    person.tap("scroll", -1)
    person.letters("h", line=3)
    assert rows(person) == ["cd", "ef", "ghh"], "a new stroke is followed"
    person.letters("b", line=0)
    assert rows(person) == ["abb", "cd", "ef"], "on whatever line it is"


def test_where_there_is_room_there_is_nothing_to_scroll(person: Person) -> None:
    for n, word in enumerate(["ab", "cd", "ef"]):
        person.letters(word, line=n)
    assert {t.kind for t in person.window._presenter.view.targets} == {"button", "word", "choice"}
    person.window._presenter.scroll(-1)
    assert rows(person) == ["ab", "cd", "ef"]


def test_the_right_button_erases(person: Person) -> None:
    person.letters("ab")
    y = person.window._presenter.view.ruling.band(0)[0] + 45
    person.stroke([(2, y), (20, y)], button=3)
    person.settle()
    assert person.window.text == "b"


def test_a_fast_swipe_erases_all_on_its_way_and_is_one_step(person: Person) -> None:
    person.letters("abgz")
    before, text = person.dark(), person.window.text
    y = person.window._presenter.view.ruling.band(0)[0] + 45
    person.stroke([(2, y), (230, y), (800, y)], button=3)
    assert (person.window.text, person.dark()) == ("", 0)
    person.tap("button", "Undo")
    assert (person.window.text, person.dark()) == (text, before)


def test_a_scratch_takes_the_word(person: Person) -> None:
    person.letters("abz")
    y = person.window._presenter.view.ruling.band(0)[0] + 40
    person.stroke([(4, y), (64, y), (6, y + 4), (66, y + 8), (4, y + 12), (64, y + 22)])
    person.settle()
    assert person.window.text == "z"


def test_escape_leaves_the_dialog_and_the_ink_is_there_again(person: Person) -> None:
    person.letters("ab")
    before = person.dark()
    person.tap("button", "Save")
    person.key(pygame.K_ESCAPE)
    assert person.dark() == before
    person.key(pygame.K_F1)
    assert person.window._presenter.view_state.help
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
    person.window._presenter.redraw()
    person.window._present()
    assert (pygame.surfarray.array3d(screen) == grown).all()


def test_a_window_of_another_size_keeps_the_ink(person: Person) -> None:
    person.letters("ab")
    before = person.dark()
    person.resize(1200, 800)
    assert person.dark() == pytest.approx(before, rel=0.02)


def test_full_screen_and_back_is_the_window_as_it_was(person: Person) -> None:
    person.letters("ab")
    sizes = []
    for _ in range(4):
        person.key(pygame.K_F11)
        sizes.append(pygame.display.get_surface().get_size())
    assert sizes[1] == sizes[3] == (1000, 700)
    assert sizes[0] == sizes[2] == pygame.display.get_desktop_sizes()[0]
    assert person.window.text == "ab"


def test_the_rules_stay_under_the_ink(person: Person) -> None:
    tops = set()
    for height in (700, 673, 640, 400, 900):
        person.resize(1000, height)
        tops.add(person.window._presenter.view.ruling.top)
    assert len(tops) == 1


@pytest.mark.parametrize("size", [(40, 40), (200, 120), (420, 320), (120, 900)])
def test_a_small_window_shows_what_it_can(person: Person, size: tuple[int, int]) -> None:
    person.letters("ab")
    person.resize(*size)
    for key in (pygame.K_F1, pygame.K_F2, pygame.K_F2, pygame.K_F1):
        person.key(key)
    person.key(pygame.K_s, mod=pygame.KMOD_LCTRL)
    person.key(pygame.K_ESCAPE)
    person.resize(1000, 700)
    assert person.window.text == "ab"


def test_the_overlay_leaves_nothing_behind(person: Person) -> None:
    person.resize(420, 320)
    screen = pygame.display.get_surface()
    before = pygame.surfarray.array3d(screen)
    person.key(pygame.K_F2)
    assert (pygame.surfarray.array3d(screen) != before).any()
    person.key(pygame.K_F2)
    assert (pygame.surfarray.array3d(screen) == before).all()


@pytest.mark.parametrize("width", [420, 460])
def test_the_name_does_not_lie_over_the_buttons(person: Person, width: int) -> None:
    board = person.window._presenter
    bar = pygame.surfarray.array3d(board.view.backdrop)[:200, :50]
    assert (bar != 255).any()
    person.resize(width, 320)
    left = min(t.rect.left for t in board.view.targets if t.kind == "button")
    bar = pygame.surfarray.array3d(board.view.backdrop)[:left, :50]
    assert (bar == 255).all()


def test_why_there_is_no_recognition_stays_in_the_bar(person: Person) -> None:
    person.letters("ab")
    person.window._worker._process.kill()
    deadline = time.monotonic() + 60
    while not person.window.error:
        assert time.monotonic() < deadline
        person.window._step()
    person.window._step()
    board = person.window._presenter
    board._message_until = 0.0
    person.letters("c", settle=False)
    assert (board.view_state.reading, board.view_state.reading_bad) == (person.window.error, True)
    bar = pygame.surfarray.array3d(board.view.backdrop)[:, :50].astype(int)
    assert (bar[..., 0] > bar[..., 1] + 60).sum() > 300, "the dot and the reason"
    assert not (bar == theme.GOOD).all(axis=2).any()


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


@pytest.mark.skipif(not RECORDING.exists(), reason="the shared recordings are not here")
def test_the_eraser_end_of_a_recorded_pen_erases(fake: object, tmp_path: Path) -> None:
    """The recording draws with the tip, then rubs over it with the other end."""
    source = open_source(f"replay:{RECORDING.with_name('Wacom_Cintiq_12WX.events')}", speed=None)
    assert source is not None
    window = Window(
        load=fake.load,  # type: ignore[attr-defined]
        pen_thread=PenThread(source, shift=True),
        corrections=tmp_path / "c.jsonl",
        size=(1000, 700),
        line_height=90.0,
        exit_after_replay=True,
    )
    try:
        window.loop()
        assert window.meter.samples == 362
        assert window._document.strokes == {}
        change = window._document.undo()
        assert len(change.added) == 1
        [stroke] = window._document.strokes.values()
        assert len(stroke.points) == 128
    finally:
        window.close()


def window_of(source: Pen, fake: object, tmp_path: Path) -> Window:
    return Window(
        load=fake.load,  # type: ignore[attr-defined]
        pen_thread=PenThread(source, shift=True),
        corrections=tmp_path / "c.jsonl",
        size=(1000, 700),
        line_height=90.0,
    )


def replayed(window: Window, count: int) -> None:
    """Step until so many samples came."""
    deadline = time.monotonic() + 60
    while window.meter.samples < count:
        assert time.monotonic() < deadline
        window._start_pen()
        window._step()


def test_the_mouse_writes_on_its_own_lines_behind_a_replay_of_one(
    fake: object, tmp_path: Path
) -> None:
    source = open_source(f"replay:{SAMPLE}", speed=None)
    assert source is not None
    window = window_of(source, fake, tmp_path)
    try:
        replayed(window, len(list(formats.iter_samples(SAMPLE))))
        window._step()
        assert window._pen_thread.done  # type: ignore[union-attr]
        assert window._presenter.ink_view._ring is None, "nothing hovers any more"
        window._pointer = PointerPen()  # the replay's shadow is over
        person = Person(window)
        person.letters("ab", line=2)
        person.letters("cd", line=3)
        lines = window.text.split("\n")
        assert lines[1:] == ["ab", "cd"]
    finally:
        window.close()


def test_a_replay_goes_on_as_it_began_when_the_window_is_resized(
    fake: object, tmp_path: Path
) -> None:
    samples = list(formats.iter_samples(SAMPLE))
    plain = window_of(InkReplay(samples, "tea", None), fake, tmp_path)
    try:
        replayed(plain, len(samples))
        whole = plain._document.ink.bounds
    finally:
        plain.close()
    source = InkReplay(samples, "tea", 50.0)
    window = window_of(source, fake, tmp_path)
    try:
        replayed(window, 50)
        assert not window._pen_thread.done  # type: ignore[union-attr]
        Person(window).resize(600, 500)
        replayed(window, len(samples))
        assert window._document.ink.bounds == whole
    finally:
        window.close()


def test_a_replay_of_several_lines_writes_as_many(fake: object, tmp_path: Path) -> None:
    samples = [
        PenSample(n + 0.1 * i, x, y + 10 * i, None, i < 3)
        for n, (x, y) in enumerate([(10, 110), (40, 110), (10, 200), (40, 290)])
        for i in range(4)
    ]
    window = window_of(InkReplay(samples, "lines", None), fake, tmp_path)
    try:
        replayed(window, len(samples))
        Person(window).settle()
        assert window.text == "ab\na\nb"
    finally:
        window.close()


def test_the_mouse_writes_on_behind_a_replay_at_once(fake: object, tmp_path: Path) -> None:
    """The replay's stamps are seconds ahead of the clock."""
    source = open_source(f"replay:{SAMPLE}", speed=None)
    assert source is not None
    window = window_of(source, fake, tmp_path)
    try:
        replayed(window, len(list(formats.iter_samples(SAMPLE))))
        window._step()
        window._pointer = PointerPen()  # the replay's shadow is over
        person = Person(window)
        person.letters("ab", line=2)
        ends = [s.samples[-1].t for s in window._document.strokes.values()]
        assert ends == sorted(ends)
        top = window._presenter.view.ruling.band(3)[0] + 30
        person.mouse(pygame.MOUSEBUTTONDOWN, 300, top)
        window._pen_input.lift()
        first, last = list(window._document.strokes.values())[-1].samples
        assert first.t == last.t, "where it is, not ahead of it"
        ends.append(last.t)
        person.answer("Save", tmp_path / "all.jsonl")
        assert len(formats.read(tmp_path / "all.jsonl")) == len(ends)
        assert all(d >= 0 for times in window.meter._all.values() for d in times)
    finally:
        window.close()


def test_taking_back_old_ink_is_no_delay_of_the_text(person: Person) -> None:
    person.letters("ab")
    told = person.window.meter.report()["pen_to_text_ms"]["n"]
    assert told > 0
    person.key(pygame.K_z, mod=pygame.KMOD_LCTRL)
    person.settle()
    person.tap("button", "Clear")
    person.tap("button", "Undo")
    person.window._step()
    assert person.window.text == "a"
    assert person.window.meter.report()["pen_to_text_ms"]["n"] == told
