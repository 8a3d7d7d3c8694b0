"""Low and narrow windows: what is there is seen whole, or is plainly cut."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

pygame = pytest.importorskip("pygame", reason="the canvas needs pygame (pip install '.[demo]')")

from inkrec.canvas import theme  # noqa: E402
from inkrec.canvas.dialogs import draw_dialog, draw_keys  # noqa: E402
from inkrec.canvas.theme import font, wrapped  # noqa: E402
from inkrec.canvas.view import View  # noqa: E402
from inkrec.canvas.view_state import Dialog, ViewState  # noqa: E402

from .person import Person  # noqa: E402

SIZES = [(200, 150), (300, 250), (480, 320), (640, 360), (1280, 800)]
SURE = "It exists: Enter writes over it, Esc does not"
sizes = pytest.mark.parametrize("size", SIZES, ids=str)


@pytest.fixture(autouse=True)
def fonts() -> None:
    pygame.font.init()


def like(surface: object, colour: tuple[int, int, int]) -> np.ndarray:
    """Where nearly a colour is, axes x, y; letters are too thin to have it quite."""
    pixels = pygame.surfarray.array3d(surface).astype(int)
    seen = pygame.surfarray.array_alpha(surface) > 200
    return (abs(pixels - colour).sum(axis=2) < 120) & seen


def bands(found: np.ndarray) -> int:
    """How many rows of writing there are."""
    seen = found.any(axis=0).astype(int)
    return int((np.diff(seen, prepend=0) == 1).sum())


@sizes
def test_every_button_is_in_the_bar_and_beside_the_others(size: tuple[int, int]) -> None:
    view = View(size, 92.0)
    view.draw(ViewState())
    buttons = [t for t in reversed(view.targets) if t.kind == "button"]
    assert [t.value for t in buttons] == ["Undo", "Clear", "Open", "Save", "Full screen"]
    assert all(view.bar.contains(t.rect) for t in buttons)
    assert all(a.rect.right <= b.rect.left for a, b in pairwise(buttons))


@pytest.mark.parametrize("width", [1, 40, 120])
def test_where_there_is_no_room_for_all_buttons_the_first_are_left(width: int) -> None:
    view = View((width, 300), 92.0)
    view.draw(ViewState())
    left = [t for t in reversed(view.targets) if t.kind == "button"]
    assert [t.value for t in left] == ["Undo", "Clear", "Open", "Save"][: len(left)]
    assert all(view.bar.contains(t.rect) for t in left)


@sizes
def test_a_dialog_is_seen_whole(size: tuple[int, int]) -> None:
    surface = pygame.Surface(size, pygame.SRCALPHA)
    dialog = Dialog("Save the ink as", SURE, "notes.jsonl")
    box = draw_dialog(surface, View(size, 92.0).page, dialog)
    assert surface.get_rect().contains(box)
    edge = np.argwhere(like(surface, theme.ACCENT))
    (left, top), (right, bottom) = edge.min(axis=0), edge.max(axis=0)
    assert bottom - top > 28, "the line to type in"
    assert bottom < box.bottom
    behind = (slice(left + (right - left) * 7 // 10, right - 4), slice(top + 4, bottom - 4))
    assert like(surface, theme.PAGE)[behind].all(), "nothing lies over it"
    hint = like(surface, theme.LABEL)
    hint[:, : bottom + 2] = False
    assert bands(hint) == len(wrapped(SURE, font(14), right - left + 1))
    assert np.argwhere(hint)[:, 1].max() < box.bottom - 4


@sizes
def test_the_keys_are_all_there(size: tuple[int, int]) -> None:
    surface = pygame.Surface(size, pygame.SRCALPHA)
    box = draw_keys(surface, View(size, 92.0).page)
    assert surface.get_rect().contains(box)
    keys = like(surface, theme.INK)[: box.left + box.w // 4]
    assert bands(keys) == 9
    assert np.argwhere(keys)[:, 1].max() < box.bottom - 3


def test_keys_that_have_no_room_are_told_of_by_dots() -> None:
    surface = pygame.Surface((300, 100), pygame.SRCALPHA)
    box = draw_keys(surface, surface.get_rect())
    rows = bands(like(surface, theme.INK)[: box.left + box.w // 4])
    assert 2 < rows < 9
    last = np.argwhere(like(surface, theme.INK))[:, 1].max()
    assert last < box.bottom


@sizes
def test_a_row_of_text_is_seen_whole(person: Person, size: tuple[int, int]) -> None:
    person.letters("ab")
    person.resize(*size)
    view = person.window._presenter.view
    [word] = [t for t in view.targets if t.kind == "word"]
    assert view.panel.contains(word.rect.inflate(-8, -4))
    others = [t for t in view.targets if t is not word]
    assert others
    assert not any(t.rect.colliderect(word.rect.inflate(-8, -8)) for t in others)


@sizes
def test_what_is_said_is_seen(person: Person, size: tuple[int, int]) -> None:
    board = person.window._presenter
    person.letters("ab")
    person.resize(*size)
    board.say("")
    person.window._step()
    quiet = like(pygame.display.get_surface(), theme.BAD).sum()
    before = pygame.surfarray.array3d(pygame.display.get_surface())
    board.say("no such file", bad=True)
    person.window._step()
    assert like(pygame.display.get_surface(), theme.BAD).sum() > quiet + 20
    board.say("")
    person.window._step()
    assert (pygame.surfarray.array3d(pygame.display.get_surface()) == before).all()


def test_a_long_word_and_a_long_line_are_wrapped_into_the_width() -> None:
    face = font(14)
    lines = wrapped("one two " + "x" * 200 + " three", face, 120)
    assert lines[0] == "one two"
    assert lines[1].endswith("…")
    assert lines[2] == "three"
    assert all(face.size(line)[0] <= 120 for line in lines)
    assert wrapped("", face, 120) == []
