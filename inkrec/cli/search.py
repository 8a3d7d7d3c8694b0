"""``inkrec search``: words in files of handwriting."""

from __future__ import annotations

import argparse
import functools
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import InkError, InkrecError
from ..formats import FORMATS
from ..page.search import SearchMatch, search
from ..recognizer import Recognizer, load
from .files import add_reading, complain, document_of, json_line, note

__all__ = ["add_commands"]


def add_commands(commands: Any) -> None:
    """Add ``search`` to the subparsers of the command line."""
    parser = commands.add_parser(
        "search",
        help="find words in files of ink",
        description="Find words in files of handwriting, also where they are only another reading "
        "of the ink. Prints FILE:PAGE:LINE: and the line's text, the words that were found between "
        "brackets, and how probable they are. Of a folder all files of ink in it are searched.",
        epilog="Exits with 1 where nothing is found or a file could not be read.",
    )
    parser.add_argument("words", metavar="WORDS", help="a word, or several in quotes")
    parser.add_argument("files", nargs="+", metavar="FILE", help="ink of any format, folders, or -")
    parser.add_argument("--model", default="en", help="a bundled model or a model file (en)")
    parser.add_argument(
        "--edits", type=int, default=0, metavar="N",
        help="characters of a word that may differ (0)",
    )  # fmt: skip
    parser.add_argument("--case", action="store_true", help="tell capitals from small letters")
    parser.add_argument(
        "--min-score", type=float, default=0.005, metavar="P", help="least probability (0.005)"
    )
    parser.add_argument("--jobs", type=_jobs, default=1, metavar="N", help="processes at work (1)")
    parser.add_argument("--json", action="store_true", help="one JSON object a place")
    add_reading(parser)
    parser.set_defaults(run=_search)


def _jobs(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of processes; give 1 or more")
    return int(text)


class _Task(NamedTuple):
    """A file and how it is searched, as it goes to another process."""

    file: str
    words: str
    model: str
    edits: int
    case: bool
    min_score: float
    strict: bool
    page: int | None
    layer: int | None


_Done = tuple[str, list[SearchMatch], Exception | None]


def _search(args: argparse.Namespace) -> int:
    search((), args.words, edits=args.edits)  # complains before anything is read
    code = found = 0
    tasks = [
        _Task(file, args.words, args.model, args.edits, args.case, args.min_score, args.strict,
              args.page, args.layer)
        for name in args.files
        for file in _files(name)
    ]  # fmt: skip
    if not tasks:
        note(f"{', '.join(args.files)}: no files of ink in there")
        return 1
    _loaded(args.model)
    with ExitStack() as stack:
        results: Iterator[_Done] = map(_find, tasks)
        jobs = min(args.jobs, len(tasks))
        if jobs > 1:
            executor = stack.enter_context(_processes(jobs))
            results = executor.map(_find, tasks)
        tell = stack.enter_context(_Progress(len(tasks)))
        for file, matches, error in results:
            tell.step()
            if error is not None:
                code = complain(error)
            for match in matches:
                found += 1
                tell.write(_as_json(file, match) if args.json else _as_text(file, match))
    if not found and not code:
        where = args.files[0] if len(tasks) == 1 else f"{len(tasks)} files"
        note(f"{args.words!r} is not found in {where}")
    return code or (0 if found else 1)


def _processes(jobs: int) -> Executor:
    return ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn"))


@functools.lru_cache(1)
def _loaded(model: str) -> Recognizer:
    return load(model)


def _find(task: _Task) -> _Done:
    """Search a file; an error of ours is told and costs no other file."""
    try:
        document = document_of(
            task.file, strict=task.strict, page=task.page, layer=task.layer
        )  # fmt: skip
        pages = _loaded(task.model).pages(document)
        found = search(
            pages, task.words, edits=task.edits, case=task.case, min_score=task.min_score
        )
    except (InkrecError, OSError) as error:
        named = isinstance(error, OSError) or task.file in str(error)
        return task.file, [], error if named else InkError(f"{task.file}: {error}")
    return task.file, found if task.page is None else [_on(m, task.page) for m in found], None


def _on(match: SearchMatch, page: int) -> SearchMatch:
    from dataclasses import replace

    return replace(match, page=page)


def _files(name: str) -> Iterator[str]:
    """A file, or those of ink in a folder and its folders, by name; hidden ones are left out."""
    if name == "-" or not os.path.isdir(name):
        yield name
        return
    suffixes = tuple(suffix for f in FORMATS.values() if f.reads for suffix in f.suffixes)
    for folder, folders, files in os.walk(name):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for file in sorted(files):
            if not file.startswith(".") and file.lower().removesuffix(".gz").endswith(suffixes):
                yield str(Path(folder) / file)


def _as_text(file: str, match: SearchMatch) -> str:
    line, text = match.line_text, match.line_text[match.start : match.end]
    if sys.stdout.isatty():
        text = f"\x1b[1m{text}\x1b[0m"
    shown = f"{line[: match.start]}[{text}]{line[match.end :]}"
    return f"{file}:{match.page}:{match.line}: {shown}  ({match.score:.2f})"


def _as_json(file: str, match: SearchMatch) -> str:
    told = {
        "file": file,
        "page": match.page,
        "line": match.line,
        "text": match.text,
        "line_text": match.line_text,
        "start": match.start,
        "end": match.end,
        "box": [round(v, 3) for v in match.box],
        "boxes": [[round(v, 3) for v in box] for box in match.boxes],
        "strokes": list(match.strokes),
        "score": round(match.score, 4),
        "edits": match.edits,
    }
    return json_line(told, sys.stdout)


class _Progress:
    """A bar on a terminal where there are many files and tqdm is installed; else nothing."""

    def __init__(self, files: int) -> None:
        self._bar: Any = None
        self._write: Callable[[str], object] = lambda text: print(text, flush=True)
        if files > 1 and sys.stderr.isatty():
            try:
                tqdm = import_module("tqdm").tqdm
            except ModuleNotFoundError:
                return
            self._bar = tqdm(total=files, unit="file", leave=False)
            self._write = tqdm.write

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def step(self) -> None:
        """Count a file."""
        if self._bar is not None:
            self._bar.update()

    def write(self, text: str) -> None:
        """Print a line on standard output, over the bar."""
        self._write(text)
