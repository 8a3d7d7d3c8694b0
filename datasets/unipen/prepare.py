"""UNIPEN train_r01_v07: from the original files to one HDF5 file."""

from __future__ import annotations

import hashlib
import io
import re
import statistics
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import unipen_rules as rules
from recipe import Recipe, Report, from_start, main, members

from inkrec.corpus import Sample
from inkrec.errors import FormatError
from inkrec.formats import unipen
from inkrec.ink.strokes import Ink, Stroke

CATEGORIES = ("1a", "1b", "1c", "1d", "2", "3", "6", "7", "8")
KINDS = {"TEXT": "text", "WORD": "word", "CHARACTER": "character"}
DEV_SHARE = 0.08
"""Share of the writers that goes into dev."""

FEW = 1 / 3
"""Points a character, against the writer's median, below which label and ink cannot match."""

# Only these folders tell: UNIPEN itself may lie in one that is named data.
_PLACE = re.compile(rf"(?:^|/)(data(?=/(?:{'|'.join(CATEGORIES)})/)|include)/(.+)$")

CITATION = """@inproceedings{guyon1994unipen,
  author    = {Isabelle Guyon and Lambert Schomaker and R{\\'e}jean Plamondon and
               Mark Liberman and Stan Janet},
  title     = {{UNIPEN} project of on-line data exchange and recognizer benchmarks},
  booktitle = {Proc. 12th Int. Conf. on Pattern Recognition},
  volume    = {2}, pages = {29--33}, year = {1994}, doi = {10.1109/ICPR.1994.576870}
}"""


class Found(NamedTuple):
    """A labelled segment before it is judged."""

    place: str
    kind: str
    label: str
    quality: str
    writer: str
    ink: Ink


def is_dev(writer: str) -> bool:
    """Whether a writer belongs to dev: a hash, so that no order or count can move it."""
    digest = hashlib.blake2b(writer.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") < DEV_SHARE * 2**64


def collect(roots: Sequence[Path]) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The files below ``data/`` and below ``include/``, by their names from there."""
    held: dict[str, dict[str, bytes]] = {"data": {}, "include": {}}
    for root in roots:
        for name, content in members(root, lambda path: bool(_PLACE.search(path.as_posix()))):
            match = _PLACE.search(name)
            assert match
            if match[2] in rules.PATCHES:
                content = content.replace(*rules.PATCHES[match[2]])
            held[match[1]][match[2]] = content
    data = {name: content for name, content in held["data"].items() if name.endswith(".dat")}
    if not data:
        raise FormatError(
            "no file such as data/8/apa/x.dat; expected the folders data and include",
            file=roots[0],
        )
    return data, held["include"]


def samples(
    roots: Sequence[Path], report: Report, progress: Callable[..., Any]
) -> Iterator[Sample]:
    """All labelled segments, contributor by contributor."""
    data, include = collect(roots)
    library = unipen.Library(include.get)
    # The same include serves several categories: neighbours find it still parsed.
    names = sorted(data, key=lambda name: (name.split("/")[1:], name))
    bar = progress(total=len(names), desc="files read", unit=" files")
    seen: set[bytes] = set()
    batch: list[Found] = []
    for i, name in enumerate(names):
        batch += _segments(name, data[name], library, report)
        bar.update()
        contributor = name.split("/")[1]
        if i + 1 == len(names) or names[i + 1].split("/")[1] != contributor:
            yield from _judged(contributor, batch, seen, report)
            batch.clear()
    bar.close()


def _segments(
    name: str, content: bytes, library: unipen.Library, report: Report
) -> Iterator[Found]:
    stream = io.BytesIO(content)
    stream.name = f"data/{name}"
    contributor = name.split("/")[1]
    place = PurePosixPath(name).relative_to(name.split("/")[0]).with_suffix("").as_posix()
    writers = rules.INSTITUTION.get(contributor, contributor)
    try:
        for segment in unipen.segments(stream, root=library):
            kind = KINDS.get(segment.level)
            where = f"{place}:{segment.level}:{segment.delineation}"
            label = rules.clean(contributor, segment.label or "")
            if kind is None:
                report.leave_out(f"segment of level {segment.level}", where)
            elif not label:
                report.leave_out("segment without a label", where)
            elif not len(segment.ink):
                report.leave_out("segment without pen-down ink", where)
            else:
                writer = f"{writers}/{segment.header.get('WRITER_ID', '').lower()}"
                yield Found(where, kind, label, segment.quality, writer, segment.ink)
    except FormatError as error:
        report.leave_out("file that is malformed or lacks an include", f"{name}: {error}")


def _judged(
    contributor: str, batch: list[Found], seen: set[bytes], report: Report
) -> Iterator[Sample]:
    density = _typical_density(batch)
    used: dict[str, int] = defaultdict(int)
    for found in batch:
        mark = _mark(found)
        if mark in seen:
            report.count("segments met again in another category", 1)
            continue
        seen.add(mark)
        why = rules.doubt(contributor, found.kind, found.label, found.quality, found.ink)
        if why is None and len(found.label) > 2:
            typical = density[found.writer, found.kind]
            if _density(found) < FEW * typical:
                why = "far fewer points than the writer's other labels have"
        split = "dev" if is_dev(found.writer) else "train"
        if why is not None:
            split += "_other"
            report.leave_out(f"from train and dev (kept in *_other): {why}", found.place)
        used[found.place] += 1
        suffix = f"#{used[found.place]}" if used[found.place] > 1 else ""
        report.count(f"{split}: {found.kind}s")
        yield Sample(
            _finished(contributor, found.ink),
            found.label,
            found.place + suffix,
            found.writer,
            found.place.split(":")[0],
            split,
            found.kind,
            rules.LANGUAGE.get(contributor, "en"),
        )


def _density(found: Found) -> float:
    return sum(map(len, found.ink)) / len(found.label.replace(" ", ""))


def _typical_density(batch: Sequence[Found]) -> dict[tuple[str, str], float]:
    """Median points a character of each writer, for texts and for words."""
    every: dict[tuple[str, str], list[float]] = defaultdict(list)
    for found in batch:
        every[found.writer, found.kind].append(_density(found))
    return {key: statistics.median(values) for key, values in every.items()}


def _mark(found: Found) -> bytes:
    digest = hashlib.blake2b(f"{found.kind} {found.label}".encode(), digest_size=16)
    for stroke in found.ink:
        digest.update(stroke.x.tobytes() + stroke.y.tobytes() + b"|")
    return digest.digest()


def _finished(contributor: str, ink: Ink) -> Ink:
    if contributor in rules.NO_TIME:
        return Ink([Stroke(s.x, s.y, None, s.pressure) for s in ink], ink.units_per_mm)
    return from_start(ink)


RECIPE = Recipe(
    name="unipen",
    version="2",
    about="Make an HDF5 corpus of UNIPEN train_r01_v07, split by writers into train and dev.",
    attributes={
        "title": "UNIPEN train_r01_v07: texts, words and characters",
        "licence": "CC BY 4.0 (Zenodo 1195803); its 1999 readme says research use",
        "citation": CITATION,
        "source": "https://doi.org/10.5281/zenodo.1195803",
        "coordinates": "units of each tablet, y downward; s from the first point, or no time",
        "labels": "as contributed, punctuation set back against its word where it was set apart",
        "splits": "train, dev: English single lines and words; train_other, dev_other: the rest",
    },
    samples=samples,
    expects=".SEGMENT TEXT, WORD or CHARACTER with a label in files such as data/8/apa/x.dat",
)

if __name__ == "__main__":
    sys.exit(main(RECIPE))
