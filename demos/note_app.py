"""How a note app embeds pages: one that is written on, searched, and turned into text in place.

    python demos/note_app.py                          # plays a pen over two lines of a page
    python demos/note_app.py --asyncio                # the same in an event loop

A `Note` is the app's document: strokes with ids, pages as bytes, and the text beside them. A
page belongs to one thread, so the app gives it a worker: the pen's thread puts in what the
digitizer says and never waits, and what changed comes back to be drawn. The library has no
thread and no clock of its own; idle time is told by the queue.
"""

from __future__ import annotations

import asyncio
import queue
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import inkrec

INK = Path(__file__).parent / "ink"
IDLE = 0.5  # s without ink after which a page is settled
Draw = Callable[[inkrec.PageChanges], None]


class Worker(threading.Thread):
    """Owns a page: takes steps from a queue, and hands on what they changed."""

    def __init__(self, page: inkrec.Page, draw: Draw) -> None:
        super().__init__(daemon=True)
        self.page, self.draw = page, draw
        self.steps: queue.SimpleQueue[Callable[[inkrec.Page], object] | None] = queue.SimpleQueue()

    def put(self, step: Callable[[inkrec.Page], object] | None) -> None:
        """Ask for a step; returns at once. None ends the worker."""
        self.steps.put(step)

    def run(self) -> None:
        while True:
            try:
                step = self.steps.get(timeout=None if self.page.is_settled else IDLE)
            except queue.Empty:  # the pen rests
                self.page.settle()
            else:
                if step is None:
                    return
                step(self.page)
                while not self.steps.empty() and (step := self.steps.get()) is not None:
                    step(self.page)  # what came meanwhile, before anything is drawn
                if step is None:
                    return
            if changed := self.page.changes():
                self.draw(changed)


class Note:
    """Pages of ink, what they say, and where ink was turned into text."""

    def __init__(self, recognizer: inkrec.Recognizer) -> None:
        self.recognizer = recognizer
        self.pages: list[inkrec.Page] = []
        self.typed: list[inkrec.TextLine] = []

    def open(self, saved: bytes | None = None) -> inkrec.Page:
        """A new page, or one that was saved, with all that can be undone."""
        new = self.recognizer.page() if saved is None else self.recognizer.restore_page(saved)
        self.pages.append(new)
        return new

    def search(self, wanted: str) -> Iterator[tuple[int, inkrec.TextWord]]:
        """Page and word wherever a text was written, other readings of a word too."""
        for number, page in enumerate(self.pages):
            for word in page.words:
                readings = [word.text, *(a.text for a in word.alternatives)]
                if any(wanted.lower() in reading.lower() for reading in readings):
                    yield number, word

    def type_out(self, page: inkrec.Page, line: inkrec.TextLine) -> None:
        """Put text in the place of a line's ink, in its box; the page's undo brings it back."""
        page.erase(line.strokes)
        self.typed.append(line)


def draw(changed: inkrec.PageChanges) -> None:
    """What an app would draw anew: so little."""
    for line in changed.lines:
        print(f"   line {line.id} at {line.box.top:.0f}: {line.text}", end="")
        print("" if line.hypothesis.final else " ...")
    if changed.removed_words:
        print(f"   words gone: {', '.join(map(str, changed.removed_words))}")


def pen(name: str, row: int) -> Iterator[tuple[str, list[inkrec.PenSample]]]:
    """A digitizer: the samples of each stroke, and the app's name for it."""
    for n, stroke in enumerate(inkrec.read(INK / name)):
        moved = inkrec.Stroke(stroke.x, stroke.y + 22.0 * row, stroke.t, stroke.pressure)
        yield f"{name}-{n}", list(inkrec.Ink([moved]).samples())


def write(put: Callable[[Callable[[inkrec.Page], object]], None], name: str, row: int) -> None:
    """The pen's thread: it hands on what the digitizer says, and never waits."""
    for stroke, samples in pen(name, row):
        put(lambda page, stroke=stroke: page.begin(stroke))
        for sample in samples:
            put(lambda page, sample=sample: page.feed(sample))


async def in_a_loop(page: inkrec.Page) -> None:
    """The same in asyncio: samples come as they come, reading is done in a thread."""
    for stroke, samples in pen("tea.jsonl", 0):
        page.begin(stroke)
        for sample in samples:
            page.feed(sample)
        if changed := await asyncio.to_thread(page.changes):
            draw(changed)
    await asyncio.to_thread(page.settle)
    draw(page.changes())


def main() -> int:
    note = Note(inkrec.load())
    page = note.open()
    if "--asyncio" in sys.argv[1:]:
        asyncio.run(in_a_loop(page))
        return 0
    worker = Worker(page, draw)
    worker.start()
    for row, name in enumerate(("tea.jsonl", "bridge.inkml")):
        write(worker.put, name, row)
    worker.put(lambda page: page.settle())
    worker.put(None)
    worker.join()
    draw(page.changes())
    for number, word in note.search("bridge"):
        print(f"found {word.text!r} on page {number + 1}, written by {len(word.strokes)} strokes")
    note.type_out(page, page.lines[0])
    print(f"typed: {note.typed[0].text!r}; still ink: {page.text!r}")
    page.undo()
    again = note.open(page.save())
    print(f"taken back, saved and opened again: {again.text!r}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
