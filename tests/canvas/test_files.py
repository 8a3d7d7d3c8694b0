"""Saving and opening, in the real window on SDL's dummy driver."""

from __future__ import annotations

from pathlib import Path

import pytest

pygame = pytest.importorskip("pygame", reason="the canvas needs pygame (pip install '.[demo]')")

from inkrec import Ink, formats  # noqa: E402

from .person import Person  # noqa: E402

REPO = Path(__file__).resolve().parents[2]


def message(person: Person) -> tuple[str, bool]:
    scene = person.window._presenter.view_state
    return scene.message, scene.message_bad


def test_saved_ink_is_opened_again(person: Person, tmp_path: Path) -> None:
    person.letters("ab")
    before = person.dark()
    for name in ("note.jsonl", "note.inkml", "note.svg"):
        person.answer("Save", tmp_path / name)
        assert (tmp_path / name).exists()
    person.tap("button", "Clear")
    assert person.dark() == 0
    for name in ("note.jsonl", "note.inkml"):
        person.answer("Open", tmp_path / name)
        person.settle()
        assert person.window.text == "ab"
        assert person.dark() == pytest.approx(before, rel=0.02), "it stays where it was"


def test_a_file_that_cannot_be_read_is_a_message(person: Person) -> None:
    person.key(pygame.K_o, mod=pygame.KMOD_LCTRL)
    person.type("none.jsonl")
    for _ in range(11):
        person.key(pygame.K_BACKSPACE)
    person.key(pygame.K_RETURN)
    assert "No such file" in person.window._presenter.view_state.message
    assert person.window._presenter.view_state.message_bad


def test_a_home_that_is_none_is_a_message(person: Person) -> None:
    person.answer("Open", "~nobody-of-that-name/x.jsonl")
    assert message(person) == ("~nobody-of-that-name/x.jsonl: there is no such home folder", True)
    assert person.window._presenter.view_state.dialog is None


def test_a_file_of_somebody_else_is_asked_about(person: Person, tmp_path: Path) -> None:
    path, other = tmp_path / "there.jsonl", tmp_path / "other.jsonl"
    for file in (path, other):
        file.write_text("precious")
    person.letters("ab")
    person.answer("Save", path)
    dialog = person.window._presenter.view_state.dialog
    assert dialog is not None
    assert "It exists" in dialog.hint
    assert path.read_text() == "precious"
    dialog.text = str(other)
    person.key(pygame.K_RETURN)
    assert other.read_text() == "precious", "another name is asked about anew"
    person.key(pygame.K_ESCAPE)
    person.answer("Save", path)
    person.key(pygame.K_RETURN)
    assert person.window._presenter.view_state.dialog is None
    assert len(formats.read(path)) == 2
    assert other.read_text() == "precious"


def test_a_file_that_was_saved_or_opened_here_is_written_at_once(
    person: Person, tmp_path: Path
) -> None:
    path = tmp_path / "mine.jsonl"
    person.letters("ab")
    ink = person.window._document.ink
    formats.write(path, ink)
    person.answer("Open", path)
    person.letters("c")
    for strokes in (3, 4):
        person.answer("Save", path)
        assert person.window._presenter.view_state.dialog is None
        assert len(formats.read(path)) == strokes
        person.letters("d")


@pytest.mark.parametrize(("name", "label"), [("page.xopp", None), ("lines.jsonl", "ab")])
def test_a_file_that_may_hold_more_than_ink_is_asked_about(
    person: Person, tmp_path: Path, name: str, label: str | None
) -> None:
    path = tmp_path / name
    person.letters("ab")
    formats.write(path, person.window._document.ink, label=label)
    before = path.read_bytes()
    person.answer("Open", path)
    person.letters("c")
    person.answer("Save", path)
    assert "It exists" in person.window._presenter.view_state.dialog.hint
    assert path.read_bytes() == before


def test_a_file_opened_while_the_pen_writes_is_all_that_is_there(
    person: Person, tmp_path: Path
) -> None:
    path = tmp_path / "note.jsonl"
    person.letters("ab")
    formats.write(path, person.window._document.ink)
    top = person.window._presenter.view.ruling.band(1)[0] + 30
    person.mouse(pygame.MOUSEBUTTONDOWN, 300, top)
    person.mouse(pygame.MOUSEMOTION, 304, top + 20)
    pygame.event.post(pygame.event.Event(pygame.DROPFILE, file=str(path)))
    person.window._step()
    person.mouse(pygame.MOUSEMOTION, 310, top + 30)
    person.mouse(pygame.MOUSEBUTTONUP, 310, top + 30)
    assert message(person) == (f"Opened {path}", False)
    person.settle()
    assert (person.window.text, len(person.window._document.ink)) == ("ab", 2)
    person.letters("c")
    assert person.window.text == "abc", "it goes on being read"
    for _ in range(3):
        person.key(pygame.K_z, mod=pygame.KMOD_LCTRL)
    person.settle()
    assert len(person.window._document.ink) == 3, "and the stroke that was cut off is not lost"


def test_the_page_is_cleared_while_the_pen_writes(person: Person) -> None:
    person.letters("ab")
    top = person.window._presenter.view.ruling.band(1)[0] + 30
    person.mouse(pygame.MOUSEBUTTONDOWN, 300, top)
    person.mouse(pygame.MOUSEMOTION, 304, top + 20)
    person.window._actions.do("clear")
    person.mouse(pygame.MOUSEMOTION, 310, top + 30)
    person.mouse(pygame.MOUSEBUTTONUP, 310, top + 30)
    assert (len(person.window._document.ink), person.dark()) == (0, 0)
    person.letters("c")
    assert person.window.text == "c"


def test_opened_ink_is_saved_as_large_as_it_was(person: Person, tmp_path: Path) -> None:
    """A notebook's width in mm, through the page's pixels and back."""
    source = REPO / "demos" / "ink" / "river.xopp"
    person.answer("Open", source)
    person.settle()
    person.resize(800, 600)
    wide = width_mm(formats.read(source))
    for name in ("again.xopp", "again.inkml", "again.jsonl"):
        person.answer("Save", tmp_path / name)
        assert width_mm(formats.read(tmp_path / name)) == pytest.approx(wide, rel=0.01)


def width_mm(ink: Ink) -> float:
    left, _, right, _ = ink.bounds
    assert ink.units_per_mm is not None
    return (right - left) / ink.units_per_mm
