"""Ink to files and back: what the dialogs of the canvas ask, and what is done then."""

from __future__ import annotations

import time
from collections.abc import Callable
from os import PathLike
from pathlib import Path

from ..capture import PenFrame
from ..errors import InkrecError
from ..formats import jsonl, read, write
from ..ink.strokes import Ink
from .pen_placement import fit
from .presenter import Presenter
from .sources import boxes_of
from .view_state import Dialog

__all__ = ["Files"]

_HINTS = {
    "save": "Enter saves, Esc does not. The name tells: .jsonl .inkml .xopp .svg",
    "open": "Enter opens, Esc does not. Or drop a file on the window",
}
_TITLES = {"save": "Save the ink as", "open": "Open ink from"}


class Files:
    """Saves and opens the ink of a board.

    Parameters
    ----------
    presenter : Presenter
    lift : callable
        Ends the stroke that is open.
    """

    def __init__(self, presenter: Presenter, lift: Callable[[], object]) -> None:
        self._presenter = presenter
        self._lift = lift
        self._own: set[Path] = set()  # saved here, or opened and not more than ink

    def put(self, ink: Ink, file: str | PathLike[str] | None = None) -> None:
        """Lay ink on the page, made to fit where it does not, and remember its file."""
        if file is not None and _bare(Path(file)):
            self._own.add(Path(file).resolve())
        if not len(ink):
            return
        mapping, one_line, _ = fit(boxes_of(ink), self._presenter.view)
        moved = (mapping(PenFrame(*s)) for s in ink.samples())
        per_mm = ink.units_per_mm and ink.units_per_mm * mapping.scale_x
        ink = Ink.from_samples((f.sample for f in moved), per_mm)
        self._presenter.show(
            self._presenter.document.load(ink, time.monotonic(), one_line=one_line)
        )

    def ask(self, kind: str) -> None:
        """Open the dialog that saves or opens."""
        self._presenter.ask(Dialog(_TITLES[kind], _HINTS[kind], "notes.jsonl", kind))

    def answer(self, dialog: Dialog) -> None:
        """Do what a dialog was answered with; it stays where there is more to ask."""
        name = dialog.text.strip()
        try:
            path = Path(name).expanduser()
            if name and dialog.kind == "save" and self._foreign(path) and dialog.sure != name:
                dialog.sure, dialog.hint = name, "It exists: Enter writes over it, Esc does not"
                self._presenter.redraw()
                return
            self._presenter.ask(None)
            if name:
                self._presenter.say(self._done(dialog.kind, path))
        except InkrecError as error:
            self._presenter.say(str(error), bad=True)
        except OSError as error:
            self._presenter.say(f"{name}: {error.strerror}", bad=True)
        except RuntimeError:  # expanduser's
            self._presenter.ask(None)
            self._presenter.say(f"{name}: there is no such home folder", bad=True)

    def _foreign(self, path: Path) -> bool:
        return path.exists() and path.resolve() not in self._own

    def _done(self, kind: str, path: Path) -> str:
        if kind == "save":
            write(path, self._presenter.document.ink)
            self._own.add(path.resolve())
            return f"Saved {path}"
        ink = read(path)
        self._lift()
        self._presenter.show(self._presenter.document.clear())
        self.put(ink, path)
        return f"Opened {path}"


def _bare(file: Path) -> bool:
    """Whether a file holds one ink without a text: another may hold what a page does not."""
    if file.suffix != ".jsonl":
        return False
    found = jsonl.load(file).recordings
    return len(found) == 1 and found[0].label is None
