"""The window: events in, pictures out.

Ink is drawn in this thread as samples come, and only where it is new; a thread
waits for the pen, another for results, and recognition has its own process.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._checks import require
from ..capture import ReplayPen
from ..errors import DeviceError, InkrecError
from .sources import open_source

if TYPE_CHECKING:
    from .window import Window

from .pen_thread import PenThread

__all__ = ["run"]

_SCREENLESS = ("dummy", "offscreen")  # SDL's drivers that nobody sees


def run(
    *,
    pen: str = "auto",
    grab: bool = False,
    model: str = "en",
    speed: float | None = 1.0,
    file: str | None = None,
    corrections: str | None = None,
    size: tuple[int, int] = (1200, 780),
    line_height: float = 92.0,
    full_screen: bool = False,
    exit_after_replay: bool = False,
    screenshot: str | None = None,
    stats: str | None = None,
    load: Callable[[], Any] | None = None,
) -> int:
    """Open the canvas, and print its text when it is closed.

    Parameters
    ----------
    pen, grab, speed
        As for `open_source`.
    model : str
        A bundled model or a model file.
    file : path, optional
        Ink to go on with.
    corrections : path, optional
        JSON lines that corrected words go to; by default in the user's data folder.
    size : tuple of int
        Of the window in pixels.
    line_height : float
        Distance of the ruled lines in pixels.
    exit_after_replay : bool
        Close when a replay has ended and its text is settled. Always so without a
        screen.
    screenshot : path, optional
        A PNG of the window as it closes.
    stats : path, optional
        Figures as JSON, as it closes; ``-`` is the standard error.
    load : callable, optional
        Gives the recogniser, in another process: it must be picklable.

    Returns
    -------
    int
        0.

    Raises
    ------
    MissingExtraError
        If pygame is not installed.
    DeviceError, FormatError, FileNotFoundError
        If the pen or the file cannot be opened.
    InkrecError
        If there was no recognition or the screenshot cannot be saved; the text was printed.
    """
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    # Only what changed goes to the screen; a texture would send the whole window each time.
    os.environ.setdefault("SDL_FRAMEBUFFER_ACCELERATION", "0")
    pygame = require("pygame", "demo")
    from ..formats import read
    from ..recognizer import load as load_model
    from .window import Window

    source = open_source(pen, speed=speed, grab=grab)
    ink = read(file) if file else None
    try:
        pygame.display.init()
    except pygame.error as error:
        raise DeviceError(f"there is no screen: {error}; set DISPLAY or SDL_VIDEODRIVER") from None
    headless = pygame.display.get_driver() in _SCREENLESS
    if headless and not isinstance(source, ReplayPen):
        pygame.display.quit()
        raise DeviceError("there is no screen and no replay; give --pen replay:FILE")
    window = Window(
        load=load or functools.partial(load_model, model),
        pen_thread=None if source is None else PenThread(source, shift=True),
        corrections=Path(corrections) if corrections else _corrections(),
        size=size,
        line_height=line_height,
        full_screen=full_screen,
        exit_after_replay=exit_after_replay or headless,
    )
    with contextlib.ExitStack() as at_the_end:  # from the last to the first, whatever fails
        if source is not None:
            at_the_end.callback(source.close)
        at_the_end.callback(window.close)
        at_the_end.callback(_print_text, window)
        if screenshot:
            at_the_end.callback(window.picture, screenshot)
        at_the_end.callback(_interrupted, window.finish)
        if ink is not None:
            window.files.put(ink, file)
        _interrupted(window.loop)
    if window.error:
        raise InkrecError(window.error)
    if stats:
        told = json.dumps({"pen": window.pen_name, **window.meter.report()})
        if stats == "-":
            print(told, file=sys.stderr)
        else:
            Path(stats).write_text(told + "\n", encoding="utf-8")
    return 0


def _interrupted(run: Callable[[], None]) -> None:
    """Run, until Ctrl-C at the most."""
    with contextlib.suppress(KeyboardInterrupt):
        run()


def _print_text(window: Window) -> None:
    if window.text:
        print(window.text, flush=True)


def _corrections() -> Path:
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "inkrec" / "corrections.jsonl"
