"""What the window shows: the desk's ink and text, the bar, the panel and its messages."""

from __future__ import annotations

import time

import pygame

from .document import Document
from .ink_view import InkView
from .page import Change, ShownWord
from .view import View
from .view_state import Dialog, ViewState

__all__ = ["Presenter"]

_MESSAGE = 4.0  # s that a message stays


class Presenter:
    """A desk and its picture, kept alike.

    Parameters
    ----------
    screen : pygame.Surface
        The window.
    view : View
    spacing : float
        Distance of the ruled lines in pixels.
    document : Document
    pen : str
        What writes.

    Attributes
    ----------
    view_state : ViewState
        What the view shows; `redraw` or a `mark` of what was drawn brings it up.
    picked : ShownWord or None
        The word whose other readings are shown because it was tapped.
    """

    def __init__(
        self, screen: pygame.Surface, view: View, line_height: float, document: Document, pen: str
    ) -> None:
        self.view = view
        self.document = document
        self.ink_view = InkView(screen, view, line_height)
        self.view_state = ViewState(pen=pen, reading="loading the model")
        self.picked: ShownWord | None = None
        self._line_height = line_height
        self._message_until = 0.0
        self.redraw()

    # ---- ink

    def show(self, change: Change) -> None:
        """Draw strokes that appeared, wipe out those that went."""
        if not (change.added or change.removed):
            return
        self.ink_view.wipe(change.removed)
        for name in change.added:
            self.ink_view.draw(name, self.document.strokes[name].points)
        if self.picked and set(self.picked.strokes) & set(change.removed):
            self.picked = None
        self.blank(not self.document.strokes)
        self.refresh_text()

    def blank(self, empty: bool) -> None:
        """Say whether nothing is on the page."""
        if self.view_state.blank != empty:
            self.view_state.blank = empty
            self.redraw()

    # ---- text

    def pick(self, word: ShownWord | None) -> None:
        """Show a word's other readings, its row where it is; None those of the latest."""
        scene = self.view_state
        if word is None and self.picked is None and not scene.typed and scene.row is None:
            return
        self.picked, scene.typed = word, ""
        scene.row = None if word is None else self.view.text.first
        self.refresh_text()

    def scroll(self, rows: int) -> None:
        """Show earlier or later rows of the text."""
        self.view_state.row = self.view.text.first + rows
        self.draw_panel()

    def refresh_text(self) -> None:
        """Show the desk's text as it is now."""
        scene, before = self.view_state, self.view_state.selected
        scene.lines = self.document.lines
        held = self.picked or self.document.latest_word
        words = [w for line in scene.lines for w in line if w.strokes]
        scene.selected = next((w for w in words if held and w.strokes == held.strokes), None)
        self.ink_view.mark(self.view.draw_panel(scene))
        self.ink_view.mark(*(self.ink_view.box(w.strokes) for w in (before, scene.selected) if w))

    # ---- the rest

    def say(self, message: str, *, bad: bool = False) -> None:
        """Show a message for a while."""
        self.view_state.message, self.view_state.message_bad = message, bad
        self._message_until = time.monotonic() + (3 * _MESSAGE if bad else _MESSAGE)
        self.draw_bar()

    def rest(self) -> None:
        """Take away a message that was there long enough."""
        if self.view_state.message and time.monotonic() > self._message_until:
            self.say("")

    def ask(self, dialog: Dialog | None) -> None:
        """Open a dialog; None closes it, and the help."""
        self.view_state.dialog, self.view_state.help = dialog, False
        self.redraw()

    def draw_bar(self) -> None:
        """Show the bar as the scene has it."""
        self.ink_view.mark(self.view.draw_bar(self.view_state))

    def draw_panel(self) -> None:
        """Show the panel as the scene has it."""
        self.ink_view.mark(self.view.draw_panel(self.view_state))

    def redraw(self) -> None:
        """Show everything anew."""
        self.view.draw(self.view_state)
        self.ink_view.mark(pygame.display.get_surface().get_rect())

    def put_on(self, screen: pygame.Surface) -> None:
        """Take a window of another size."""
        self.view = View(screen.get_size(), self._line_height)
        self.document.ruling = self.view.ruling
        self.ink_view.put_on(screen, self.view)
        self.redraw()
