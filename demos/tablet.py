"""The canvas: write with a tablet's pen or the mouse, and words grow under the ink.

    pip install ".[demo]"
    python demos/tablet.py                                     # the first pen, or the mouse
    python demos/tablet.py replay:demos/ink/tea.jsonl          # written again, as it was
    python demos/tablet.py replay:bug_report.events            # evemu's and libinput's too

The same window as ``inkrec live``, which has more options. It shows how little of an
application is recognition: a thread waits for the pen, the window draws what is new,
and a process of its own feeds the session, so that ink never waits for text.
"""

from __future__ import annotations

import sys

from inkrec import InkrecError
from inkrec.canvas.app import run


def main() -> int:
    pen = sys.argv[1] if len(sys.argv) > 1 else "auto"
    try:
        return run(pen=pen)
    except (InkrecError, OSError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":  # the reader's process imports this file again
    sys.exit(main())
