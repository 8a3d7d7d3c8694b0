"""The window on its desktop: its size, its place, full screen or not."""

from __future__ import annotations

from typing import Any

import pygame

__all__ = ["Display"]


class Display:
    """Opens the window; lives as long as it is open.

    Parameters
    ----------
    size : tuple of int
        In pixels, where it is not the full screen.
    full : bool

    Attributes
    ----------
    full : bool
        Whether it is the full screen.
    """

    def __init__(self, size: tuple[int, int], full: bool) -> None:
        self.full = full
        self._size = size
        self._handle: Any = None

    def open(self) -> pygame.Surface:
        """Open the window, or make it the full screen or not."""
        if self.full:
            return pygame.display.set_mode((0, 0), pygame.FULLSCREEN)
        pygame.display.set_mode(self._size, pygame.RESIZABLE)
        # Behind a full screen, SDL gives that one's surface the first time.
        return pygame.display.set_mode(self._size, pygame.RESIZABLE)

    def turn(self) -> None:
        """Make it the full screen, or a window again."""
        self.full = not self.full
        self.open()
        pygame.event.clear(pygame.KEYDOWN)  # the key repeats while the screen changes

    def surface(self) -> pygame.Surface:
        """What is to be drawn on, of the size that it has now."""
        screen = pygame.display.get_surface()
        if not self.full:
            self._size = screen.get_size()
        return screen

    def position(self) -> tuple[int, int]:
        """Where it stands on the desktop; the corner where SDL does not tell."""
        try:
            from pygame._sdl2.video import Window as Handle

            # SDL keeps a pointer to the last of these that it does not own, and events
            # follow it: one that is let go crashes. Full screen may be another window.
            self._handle = Handle.from_display_module()
            x, y = self._handle.position
            return int(x), int(y)
        except (ImportError, AttributeError, pygame.error):
            return 0, 0
