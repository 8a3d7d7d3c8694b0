"""The command line: ``inkrec read``, ``show``, ``convert``, and what other parts add.

Exit codes: 0; 1 for an error of ours, one line on stderr; 2 for a wrong call; 130
after Ctrl-C. Nothing heavy is imported before a command needs it.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from .. import __version__
from ..errors import InkrecError
from ..threads import one_thread

__all__ = ["main"]

_PARTS = (
    "cli.reading", "cli.drawing", "evaluate.commands", "training.commands", "training.language",
    "capture.commands",
)  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments without the program's name; those of the process by default.

    Returns
    -------
    int
        The exit code.
    """
    with one_thread():  # told before anything loads NumPy
        return _run(argv)


def _run(argv: Sequence[str] | None) -> int:
    args = _parser().parse_args(argv)
    try:
        code = args.run(args) or 0
        sys.stdout.flush()
        return int(code)
    except InkrecError as error:
        return _complain(str(error))
    except BrokenPipeError:
        # Whoever read us has enough (head, less). Python would flush again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except OSError as error:
        if error.filename is None:
            raise
        return _complain(f"{error.filename}: {error.strerror}")
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        return 130


def _complain(message: str) -> int:
    print("inkrec:", " ".join(message.split()), file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="inkrec", description="Online handwriting recognition: text while the pen writes."
    )
    parser.add_argument("--version", action="version", version=f"inkrec {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for part in _PARTS:
        import_module(f"inkrec.{part}").add_commands(commands)
    return parser
