"""What keys mean."""

from __future__ import annotations

import pygame

__all__ = ["action", "typed"]

_PLAIN = {
    pygame.K_ESCAPE: "leave",
    pygame.K_F1: "help",
    pygame.K_F2: "overlay",
    pygame.K_F11: "full screen",
    pygame.K_RETURN: "accept",
    pygame.K_KP_ENTER: "accept",
}
_WITH_CTRL = {
    pygame.K_z: "undo",
    pygame.K_s: "save",
    pygame.K_o: "open",
    pygame.K_c: "copy",
    pygame.K_q: "quit",
}


def action(event: pygame.event.Event) -> str | None:
    """The name of what a key asks for; None where it only types."""
    if event.mod & (pygame.KMOD_CTRL | pygame.KMOD_META):
        return _WITH_CTRL.get(event.key, "nothing")
    return _PLAIN.get(event.key)


def typed(text: str, event: pygame.event.Event) -> str:
    """The text after a key."""
    if event.key == pygame.K_BACKSPACE:
        return text[:-1]
    return text + event.unicode if event.unicode.isprintable() else text
