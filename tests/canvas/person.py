"""Somebody at the window, for tests."""

from __future__ import annotations

import time

import pygame

from inkrec.canvas.window import Window

from .fake_recognizer import LETTER


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

    def letters(self, text: str, line: int = 0, *, settle: bool = True) -> None:
        """Write where the fake reads these letters; a space leaves a gap."""
        top = self.window._presenter.view.ruling.band(line)[0] + 30
        x0 = 0.0
        for word in text.split():
            for c in word:
                x = x0 + LETTER * (ord(c) - ord("a")) + 8
                self.stroke([(x, top), (x + 8, top + 30), (x + 4, top + 10)])
            x0 += 26 * LETTER
        if settle:
            self.settle()

    def settle(self) -> None:
        deadline = time.monotonic() + 60
        while self.window._worker.busy or not self.window._document.is_finished:
            assert time.monotonic() < deadline, "the text never came"
            self.window._step()

    def tap(self, kind: str, label: str) -> None:
        for target in self.window._presenter.view.targets:
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

    def answer(self, button: str, name: object) -> None:
        """Type a name in a dialog and press Enter."""
        self.tap("button", button)
        dialog = self.window._presenter.view_state.dialog
        assert dialog is not None
        dialog.text = str(name)
        self.key(pygame.K_RETURN)

    def resize(self, width: int, height: int) -> None:
        pygame.display.set_mode((width, height), pygame.RESIZABLE)
        self.window._resize()
        self.window._step()

    def dark(self) -> int:
        """How much ink is on the page."""
        page = pygame.surfarray.array3d(
            pygame.display.get_surface().subsurface(self.window._presenter.view.page)
        )
        return int((page.sum(axis=2) < 200).sum())
