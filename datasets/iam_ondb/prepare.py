"""IAM-OnDB: from the original archives to one HDF5 file."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from recipe import Recipe, Report, from_start, main, members

from inkrec.corpus import Sample
from inkrec.errors import FormatError
from inkrec.formats import iam_ondb
from inkrec.ink.strokes import Ink

SPLITS = {"trainset": 5364, "testset_v": 1438, "testset_t": 1518, "testset_f": 3859}
"""The official splits and their lines."""

LISTS = frozenset(f"{split}.txt" for split in SPLITS)
FORM = re.compile(r"[a-z]\d\d-\d{3}[a-z]?")
LABEL = re.compile(rf"({FORM.pattern})\.txt")
LINE = re.compile(rf"({FORM.pattern})-(\d\d)\.xml")
BREAK = re.compile(r"\s*%{2,}\s*")

CITATION = """@inproceedings{liwicki2005iam,
  author    = {Marcus Liwicki and Horst Bunke},
  title     = {{IAM-OnDB} - an On-Line {English} Sentence Database Acquired from
               Handwritten Text on a Whiteboard},
  booktitle = {Proc. 8th Int. Conf. on Document Analysis and Recognition},
  volume    = {2}, pages = {956--961}, year = {2005}
}"""


def split_of_forms(lists: dict[str, str]) -> dict[str, str]:
    """The split of every form, matched whole: a01-000 and a01-000u are two forms."""
    found: dict[str, str] = {}
    for split in SPLITS:
        for form in lists.get(f"{split}.txt", "").split():
            if not FORM.fullmatch(form):
                raise FormatError(f"{form!r} is no form such as a01-000u", file=f"{split}.txt")
            if found.setdefault(form, split) != split:
                raise FormatError(
                    f"form {form} is also in {found[form]}; a form has one split",
                    file=f"{split}.txt",
                )
    return found


def labels(text: str, file: str) -> list[str]:
    """The lines under ``CSR:``, as they were written; line n belongs to FORM-nn.xml.

    A run of ``%`` stands where two lines of the form were joined.

    Raises
    ------
    FormatError
        If there is no ``CSR:``.
    """
    _, mark, transcription = text.partition("CSR:")
    if not mark:
        raise FormatError("no 'CSR:' in the file; expected the transcription below it", file=file)
    # Not splitlines, to which control characters such as \x85 end a line, too.
    lines = transcription.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [part for line in lines for part in BREAK.split(line.strip()) if part]


def _wanted_text(path: PurePosixPath) -> bool:
    return path.name in LISTS or bool(LABEL.fullmatch(path.name))


def samples(
    roots: Sequence[Path], report: Report, progress: Callable[..., Any]
) -> Iterator[Sample]:
    """The lines of the forms that are there, in the order of the splits and forms."""
    lists, texts = _read_texts(roots)
    if not lists:
        raise FormatError(f"no split list; expected {', '.join(sorted(LISTS))}", file=roots[0])
    split = split_of_forms(lists)
    inks = _read_inks(roots, split, report, progress(desc="lines read", unit=" lines"))
    for name in SPLITS:
        yield from _of_split(name, [f for f in split if split[f] == name], texts, inks, report)


def _read_texts(roots: Sequence[Path]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """The split lists by their names, and the labels by their forms."""
    found: dict[str, str] = {}
    texts: dict[str, list[str]] = {}
    for root in roots:
        for name, data in members(root, _wanted_text):
            base = PurePosixPath(name).name
            text = data.decode("iso-8859-1")
            if found.setdefault(base, text) != text:
                raise FormatError(
                    "another file of this name below the root has other content; keep one",
                    file=name,
                )
            if base not in LISTS:
                texts[base.removesuffix(".txt")] = labels(text, name)
    return {name: found[name] for name in found if name in LISTS}, texts


def _read_inks(
    roots: Sequence[Path], split: dict[str, str], report: Report, bar: Any
) -> dict[str, dict[int, Ink]]:
    inks: dict[str, dict[int, Ink]] = {}
    for root in roots:
        for name, data in members(root, lambda path: bool(LINE.fullmatch(path.name))):
            bar.update()
            match = LINE.fullmatch(PurePosixPath(name).name)
            assert match
            form, number = match[1], int(match[2])
            if form not in split:
                report.leave_out("line of a form that is in no split list", match[0])
                continue
            if number in inks.setdefault(form, {}):
                raise FormatError("this line comes twice below the root", file=name)
            stream = io.BytesIO(data)
            stream.name = name
            ink, repairs = iam_ondb.read_repaired(stream)
            inks[form][number] = from_start(ink)
            _count_repairs(report, match[0].removesuffix(".xml"), repairs)
    bar.close()
    return inks


def _count_repairs(report: Report, line: str, repairs: iam_ondb.Repairs) -> None:
    report.repair("time stamp lost (0), taken from its neighbours", line, repairs.lost)
    report.repair("time step back, raised to the stamp before", line, repairs.backwards)
    report.repair("stroke without a point, dropped", line, repairs.empty)


def _of_split(
    split: str,
    forms: list[str],
    texts: dict[str, list[str]],
    inks: dict[str, dict[int, Ink]],
    report: Report,
) -> Iterator[Sample]:
    count = 0
    for form in forms:
        lines = inks.get(form)
        if not lines:
            report.leave_out(f"form of {split} without ink below the root", form)
            continue
        if form not in texts:
            report.leave_out(f"form of {split} without a transcription", form)
            continue
        wanted = set(range(1, len(texts[form]) + 1))
        for number in sorted(set(lines) - wanted):
            report.leave_out("line of ink without a label", f"{form}-{number:02d}")
        for number in sorted(wanted - set(lines)):
            report.leave_out("label without a line of ink", f"{form}-{number:02d}")
        for number in sorted(wanted & set(lines)):
            name = f"{form}-{number:02d}"
            text = texts[form][number - 1]
            yield Sample(lines[number], text, name, "", form, split, "line", "en")
            count += 1
    if count:
        report.count(f"{split}: lines", count)
        whole = SPLITS[split]
        if count != whole:
            report.note(f"{split} has {count:,} lines here; the whole split has {whole:,}.")


RECIPE = Recipe(
    name="iam_ondb",
    version="1",
    about="Make an HDF5 corpus of IAM-OnDB's text lines with their official splits.",
    attributes={
        "title": "IAM-OnDB, the IAM On-Line Handwriting Database: text lines",
        "licence": "non-commercial research, by registration; do not redistribute",
        "citation": CITATION,
        "source": "https://fki.tic.heia-fr.ch/databases/iam-on-line-handwriting-database",
        "language": "en",
        "coordinates": "units of the whiteboard, y downward; s from the first point of a line",
        "labels": "CSR transcription with case and punctuation; # marks crossed-out ink",
    },
    samples=samples,
    expects="a01-000u-01.xml (lineStrokes) and a01-000u.txt (ascii), packed or unpacked",
)

if __name__ == "__main__":
    sys.exit(main(RECIPE))
