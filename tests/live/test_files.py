"""Saving and opening, in the real window on SDL's dummy driver."""

from __future__ import annotations

from pathlib import Path

import pytest

pygame = pytest.importorskip("pygame", reason="the canvas needs pygame (pip install '.[demo]')")

from inkrec import formats  # noqa: E402

from .person import Person  # noqa: E402


def message(person: Person) -> tuple[str, bool]:
    scene = person.window._board.scene
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
    assert "No such file" in person.window._board.scene.message
    assert person.window._board.scene.message_bad


def test_a_home_that_is_none_is_a_message(person: Person) -> None:
    person.answer("Open", "~nobody-of-that-name/x.jsonl")
    assert message(person) == ("~nobody-of-that-name/x.jsonl: there is no such home folder", True)
    assert person.window._board.scene.dialog is None


def test_a_file_of_somebody_else_is_asked_about(person: Person, tmp_path: Path) -> None:
    path, other = tmp_path / "there.jsonl", tmp_path / "other.jsonl"
    for file in (path, other):
        file.write_text("precious")
    person.letters("ab")
    person.answer("Save", path)
    dialog = person.window._board.scene.dialog
    assert dialog is not None
    assert "It exists" in dialog.hint
    assert path.read_text() == "precious"
    dialog.text = str(other)
    person.key(pygame.K_RETURN)
    assert other.read_text() == "precious", "another name is asked about anew"
    person.key(pygame.K_ESCAPE)
    person.answer("Save", path)
    person.key(pygame.K_RETURN)
    assert person.window._board.scene.dialog is None
    assert len(formats.read(path)) == 2
    assert other.read_text() == "precious"


def test_a_file_that_was_saved_or_opened_here_is_written_at_once(
    person: Person, tmp_path: Path
) -> None:
    path = tmp_path / "mine.jsonl"
    person.letters("ab")
    ink = person.window._desk.ink
    formats.write(path, ink)
    person.answer("Open", path)
    person.letters("c")
    for strokes in (3, 4):
        person.answer("Save", path)
        assert person.window._board.scene.dialog is None
        assert len(formats.read(path)) == strokes
        person.letters("d")
