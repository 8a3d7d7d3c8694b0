"""The command line: ``inkrec read``, ``show``, ``convert``, and what other parts add.

Exit codes: 0; 1 for an error of ours, one line on stderr; 2 for a wrong call; 130
after Ctrl-C. Nothing heavy is imported before a command needs it.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from importlib import import_module

from .. import __version__
from .._engine import engine
from .._threads import one_thread
from ..errors import InkrecError

__all__ = ["main"]

_COMMANDS = ("read", "search", "show", "pdf", "annotate", "eval", "train", "train_lm", "pens")


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
    with _streams(), one_thread():  # told before anything loads NumPy
        return _run(argv)


def _run(argv: Sequence[str] | None) -> int:
    try:  # the imports too: Ctrl-C may come before they are done
        args = _parser().parse_args(argv)
        code = args.run(args) or 0
        sys.stdout.flush()
        return int(code)
    except BrokenPipeError:
        return 141  # whoever read us has enough (head, less)
    except InkrecError as error:
        return _complain(error)
    except OSError as error:
        if error.errno is None and error.filename is None:
            raise  # not what the system said: a fault of ours
        return _complain(error)
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        return 130
    finally:
        _settle()


def _complain(error: Exception) -> int:
    from .files import complain  # NumPy comes with it

    return complain(error)


def _settle() -> None:
    """Let go of output that cannot be written; Python would try again at exit."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def _streams() -> Iterator[None]:
    """What is said to a stream that was closed (``>&-``) goes nowhere.

    What the encoding of standard output lacks is written as Python writes it in a string.
    """
    with ExitStack() as stack:
        out = sys.stdout
        if isinstance(out, io.TextIOWrapper) and out.errors in ("strict", "surrogateescape"):
            stack.callback(out.reconfigure, errors=out.errors)
            out.reconfigure(errors="backslashreplace")
        for name, redirect in (("stdout", redirect_stdout), ("stderr", redirect_stderr)):
            if getattr(sys, name) is None:
                nowhere = stack.enter_context(open(os.devnull, "w"))
                stack.enter_context(redirect(nowhere))
        yield


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="inkrec", description="Online handwriting recognition: text while the pen writes."
    )
    parser.add_argument("--version", action="version", version=f"inkrec {__version__}, {engine()}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in _COMMANDS:
        import_module(f".{module}", __name__).add_commands(commands)
    return parser
