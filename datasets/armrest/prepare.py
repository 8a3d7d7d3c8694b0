"""Armrest: one writer's reMarkable ink, from its text files to one HDF5 file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from recipe import Recipe, Report, from_start, main, members

from inkrec.corpus import Sample
from inkrec.errors import FormatError, InkError
from inkrec.ink.strokes import Ink, Stroke

WRITER = "armrest"


def read_line(line: str, file: str, number: int) -> tuple[str, Ink, int]:
    """One line ``label<TAB>x y t,x y t;x y t,...`` where ``;`` ends a stroke.

    Returns
    -------
    label : str
    ink : Ink
        y downward; t in s as in the file.
    raised : int
        Stamps that ran backwards and were raised to the one before.

    Raises
    ------
    FormatError
        If the line is malformed or holds no point.
    """
    label, tab, body = line.partition("\t")
    strokes = [part for part in body.split(";") if part.strip()]
    if not tab or not strokes:
        raise FormatError("expected label<TAB>x y t,x y t;...", file=file, line=number)
    try:
        tables = [np.array([p.split() for p in s.split(",")], dtype=np.float64) for s in strokes]
        x, y, t = np.concatenate(tables).T
        raised = int((np.diff(t) < 0).sum())
        cuts = np.cumsum([len(table) for table in tables])[:-1]
        columns = (np.split(c, cuts) for c in (x, y, np.maximum.accumulate(t)))
        ink = Ink([Stroke(*stroke) for stroke in zip(*columns, strict=True)])
    except (ValueError, InkError) as error:
        raise FormatError(
            f"expected three numbers a point: {error}", file=file, line=number
        ) from None
    return label, ink, raised


def samples(
    roots: Sequence[Path], report: Report, progress: Callable[..., Any]
) -> Iterator[Sample]:
    """The lines of all ``*.txt`` files, in the order of their names."""
    files: dict[str, bytes] = {}
    for root in roots:
        for name, content in members(root, lambda path: path.suffix == ".txt"):
            form = PurePosixPath(name).stem
            if files.setdefault(form, content) != content:
                raise FormatError("two files of this name differ", file=name)
    if not files:
        raise FormatError("no *.txt file; expected label<TAB>x y t,...", file=roots[0])
    bar = progress(desc="lines read", unit=" lines")
    for form in sorted(files):
        for number, line in enumerate(_lines(files[form]), 1):
            bar.update()
            place = f"{form}-{number:03d}"
            if not line.strip():
                report.leave_out("empty line", place)
                continue
            label, ink, raised = read_line(line, f"{form}.txt", number)
            if not label.strip():
                report.leave_out("ink without a label", place)
                continue
            report.repair("time step back, raised to the stamp before", place, raised)
            report.count("test: lines")
            yield Sample(from_start(ink), label, place, WRITER, form, "test", _kind(label), "en")
    bar.close()


def _lines(content: bytes) -> list[str]:
    """The lines of a file; not splitlines, to which control characters end a line, too."""
    text = content.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
    return text.removesuffix("\n").split("\n") if text else []


def _kind(label: str) -> str:
    return "line" if " " in label else ("word" if len(label) > 1 else "character")


RECIPE = Recipe(
    name="armrest",
    version="1",
    about="Make an HDF5 corpus of the armrest recordings (reMarkable tablet, one writer).",
    attributes={
        "title": "Handwriting samples of the armrest project",
        "licence": "Apache-2.0",
        "citation": "bkirwi, armrest: https://github.com/bkirwi/armrest",
        "source": "https://github.com/bkirwi/armrest",
        "coordinates": "pixels, or in one file line heights, y downward; s from the first point",
        "labels": "as recorded, case and punctuation kept",
    },
    samples=samples,
    expects="lines label<TAB>x y t,... in *.txt",
)

if __name__ == "__main__":
    sys.exit(main(RECIPE, many=True))
