"""How a note app embeds a session: insertion, idle time, undo.

    python demos/note_app.py                                   # writes two samples into a note

A `Field` is the recognition of a text field. The app owns the clock, the pen and the
text; the field owns one session while something is being written, and no thread.
"""

from __future__ import annotations

import sys
from pathlib import Path

import inkrec

IDLE = 1.0  # s without ink after which the app takes the text over

INK = Path(__file__).parent / "ink"


class Field:
    """A text with a cursor, that a pen writes into."""

    def __init__(
        self, recognizer: inkrec.Recognizer, text: str = "", line_height: float | None = None
    ):
        self.recognizer = recognizer
        self.text = text
        self.cursor = len(text)
        self.line_height = line_height
        self.session: inkrec.Session | None = None
        self.rested = 0.0

    def pen(self, sample: inkrec.PenSample) -> None:
        """Take what the digitizer says, as it says it."""
        if self.session is None:
            if not sample.touching:
                return
            # What stands in front of the cursor helps to read what is written at it.
            before = self.text[: self.cursor]
            self.session = self.recognizer.session(line_height=self.line_height, pre_context=before)
        self.session.feed(sample)
        self.rested = sample.t

    def tick(self, now: float) -> None:
        """Tell the time, from the app's own timer: the library has no clock."""
        if self.session is not None and now - self.rested > IDLE:
            self.accept()

    def undo(self) -> None:
        """Take back the last stroke, where it is still open; else the last insertion's ink."""
        if self.session is not None:
            try:
                self.session.undo()
            except inkrec.SessionError as error:  # committed: the app edits text from here on
                print(f"   ({error})")

    def accept(self) -> None:
        """Insert the written text at the cursor, if any was read: a tap says nothing."""
        if self.session is None:
            return
        written = self.session.finish().text
        self.session = None
        if not written:
            return
        left, right = self.text[: self.cursor], self.text[self.cursor :]
        if left and not left[-1].isspace():
            written = " " + written
        if right and not right[0].isspace():
            written += " "
        self.text = left + written + right
        self.cursor = len(left + written)

    @property
    def display(self) -> str:
        """The text as the app would draw it: [committed](tentative) at the cursor."""
        if self.session is None:
            return self.text
        said = self.session.hypothesis
        left, right = self.text[: self.cursor], self.text[self.cursor :]
        gap = " " if said.text and left and not left[-1].isspace() else ""
        return f"{left}{gap}[{said.committed}]({said.tentative}){right}"


def write(field: Field, ink: inkrec.Ink, strokes: int | None = None) -> float:
    """Play the digitizer: feed ink, and print the field when it has changed."""
    now, shown, up = 0.0, "", 0
    for sample in ink.samples():
        field.pen(sample)
        now = sample.t
        up += not sample.touching
        if not sample.touching and field.display != shown:
            shown = field.display
            print("  ", shown)
        if up == strokes:
            break
    return now


def main() -> int:
    field = Field(inkrec.load(), text="Dear Ada,  Yours, C.")
    field.cursor = len("Dear Ada, ")

    print("written at the cursor:")
    now = write(field, inkrec.read(INK / "tea.jsonl"))
    field.tick(now + 0.5)  # too early: the writer only thinks
    field.tick(now + 1.5)
    print(f"after a rest: {field.text!r}")

    print("three strokes, and the last one taken back:")
    write(field, inkrec.read(INK / "bridge.inkml"), strokes=3)
    field.undo()
    print("  ", field.display)
    field.accept()
    print(f"the note: {field.text!r}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
