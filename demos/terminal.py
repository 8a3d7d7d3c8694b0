"""From a tablet to the terminal: no window, no toolkit, only NumPy.

    python demos/terminal.py                                   # the first pen
    python demos/terminal.py "Intuos"                          # by a part of its name
    python demos/terminal.py replay:demos/ink/tea.jsonl

Committed words are bold and stay; the rest is dim and may still change. When the
pen rests for a while the line is finished and the next one begins.
"""

from __future__ import annotations

import shutil
import sys
import time

import inkrec
from inkrec.canvas.sources import open_source

REST = 1.5  # s without ink that end a line


def show(hypothesis: inkrec.Hypothesis) -> None:
    """Write the open line over itself; its end where it is too long."""
    if not sys.stdout.isatty():
        return
    room = shutil.get_terminal_size().columns - 2
    solid, grey = hypothesis.committed, hypothesis.tentative
    solid = solid[max(0, len(solid) + len(grey) - room) :]
    print(f"\r\x1b[K\x1b[1m{solid}\x1b[0m\x1b[2m{grey}\x1b[0m", end="", flush=True)


def finish(session: inkrec.Session) -> None:
    """Print what the whole line says, for good."""
    text = session.finish().text
    if text:
        print(("\r\x1b[K" if sys.stdout.isatty() else "") + text, flush=True)


def main() -> int:
    recognizer = inkrec.load()
    pen = open_source(sys.argv[1] if len(sys.argv) > 1 else "auto")
    if pen is None:
        print("no pen was found; see 'inkrec devices', or give replay:FILE", file=sys.stderr)
        return 1
    print(pen.info.describe(), file=sys.stderr)
    session = recognizer.session()
    shown = session.hypothesis
    wrote = time.monotonic()
    written = False
    try:
        with pen:
            while not pen.ended:
                pen.wait(0.1)
                for frame in pen.read():
                    if frame.eraser:
                        continue
                    hypothesis = session.feed(frame.sample)
                    if frame.touching:
                        wrote, written = time.monotonic(), True
                    if hypothesis is not shown:  # the redraw test: the same until it changes
                        show(hypothesis)
                        shown = hypothesis
                if written and time.monotonic() - wrote > REST:
                    finish(session)
                    session, written = recognizer.session(), False
    finally:  # Ctrl-C and a pen that was unplugged end the line too
        finish(session)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except (inkrec.InkrecError, OSError) as error:
        print(error, file=sys.stderr)
        sys.exit(1)
