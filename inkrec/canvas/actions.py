"""What keys, buttons and words under the pen do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pygame

from ..errors import InkrecError
from . import keys
from .document import Document
from .files import Files
from .pen_input import PenInput
from .presenter import Presenter
from .view_state import Target

__all__ = ["Actions"]


class Actions:
    """Commands by their name, from a key, a button or a tap.

    Parameters
    ----------
    document : Document
    presenter : Presenter
    corrections : Path
        Where corrected words go.
    to_window : callable
        Takes the name of a command that the window itself obeys: ``quit``, ``overlay``,
        ``full screen``, ``leave``.

    Attributes
    ----------
    pen_input : PenInput
    files : Files
    """

    def __init__(
        self,
        document: Document,
        presenter: Presenter,
        corrections: Path,
        to_window: Callable[[str], None],
    ) -> None:
        self._document, self._presenter = document, presenter
        self._corrections, self._to_window = corrections, to_window
        self.pen_input = PenInput(presenter, self.tapped)
        self.files = Files(presenter, self.pen_input.drop)

    def tapped(self, target: Target) -> None:
        """Do what a target on the screen stands for."""
        if target.kind == "button":
            self.do(str(target.value).lower())
        elif target.kind == "scroll" and isinstance(target.value, int):
            self._presenter.scroll(target.value)
        elif target.kind == "choice":
            self._choose(str(target.value))
        elif target.kind == "dialog":
            self._presenter.ask(None)

    def key(self, event: pygame.event.Event) -> None:
        """Take a key: a command, or a letter of what is being typed."""
        name = keys.action(event)
        scene = self._presenter.view_state
        if name is not None and name != "accept":
            self.do(name)
        elif (dialog := scene.dialog) is not None:
            if name == "accept":
                self.files.answer(dialog)
            else:
                dialog.text = keys.typed(dialog.text, event)
                self._presenter.redraw()
        elif scene.selected is not None:
            if name == "accept" and scene.typed:
                self._choose(scene.typed)
            elif name is None:
                scene.typed = keys.typed(scene.typed, event)
                self._presenter.draw_panel()

    def do(self, name: str) -> None:
        """Do what a button or a key asks for."""
        if name == "undo":
            self._presenter.show(self._document.undo())
        elif name == "clear":
            self.pen_input.drop()
            self._presenter.show(self._document.clear())
        elif name in ("save", "open"):
            self.files.ask(name)
        elif name == "copy":
            self._copy()
        elif name == "help":
            self._presenter.view_state.help = not self._presenter.view_state.help
            self._presenter.redraw()
        elif name == "leave" and (
            self._presenter.view_state.dialog or self._presenter.view_state.help
        ):
            self._presenter.ask(None)
        else:
            self._to_window(name)

    def _copy(self) -> None:
        try:
            pygame.scrap.init()
            pygame.scrap.put("text/plain;charset=utf-8", self._document.text.encode())
            self._presenter.say("Copied the text")
        except (pygame.error, NotImplementedError):
            self._presenter.say("this desktop has no clipboard", bad=True)

    def _choose(self, text: str) -> None:
        presenter = self._presenter
        word = presenter.view_state.selected
        try:
            if word is not None and self._document.correct(word, text):
                presenter.say(f"{text!r} kept with its ink in {self._corrections}")
        except InkrecError as error:
            presenter.say(f"not kept: {error}", bad=True)
        except OSError as error:
            presenter.say(f"not kept: {self._corrections}: {error.strerror}", bad=True)
        presenter.picked, presenter.view_state.typed = None, ""
        presenter.refresh_text()
