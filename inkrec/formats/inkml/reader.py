"""Reading InkML: alone, within other XML, and in the documents of other programs."""

from __future__ import annotations

from ...ink.document import Document, DocumentPage, Layer
from ...ink.strokes import Ink
from .._files import Source
from .._labelled import Labelled
from .._report import Report
from .._strokes import StrokeBuilder
from .._xml import parse_all
from .containers import contents
from .traced import TEXT_ELEMENTS, TracedInk

__all__ = ["read", "read_document", "read_labelled"]

_KEEP = frozenset({"trace", "annotation", "affine", "matrix", *TEXT_ELEMENTS})


def read(file: Source) -> Ink:
    """All strokes of an InkML file.

    Parameters
    ----------
    file : path or binary file
        InkML, XML that holds it, a document of Word or PowerPoint or an answer of OneNote.

    Returns
    -------
    Ink

    Raises
    ------
    FormatError
        If it holds no InkML, or none of its traces can be read.

    Warns
    -----
    InkWarning
        If something is damaged and left out, or its time is mended.
    """
    return read_document(file).ink()


def read_document(file: Source) -> Document:
    """The inks of a file, each as a page.

    Raises
    ------
    FormatError
        As `read`.

    Warns
    -----
    InkWarning
        As `read`.
    """
    report, inks = _inks(file)
    pages = [one.ink(one.traces) for one in inks]
    _told(report, pages)
    units = next((ink.units_per_mm for ink in pages if ink.units_per_mm), None)
    return Document(tuple(DocumentPage((Layer(_in(ink, units)),)) for ink in pages), units, "InkML")


def read_labelled(file: Source) -> list[Labelled]:
    """The ink of an InkML file and its text; one item for each group that has its own.

    Raises
    ------
    FormatError
        As `read`.

    Warns
    -----
    InkWarning
        As `read`.
    """
    report, inks = _inks(file)
    items = [item for one in inks for item in one.labelled()]
    _told(report, [item.ink for item in items])
    return items


def _inks(file: Source) -> tuple[Report, list[TracedInk]]:
    report = Report(file)
    builder = StrokeBuilder(report)
    with contents(file, report) as streams:
        roots = [root for one in streams for root in parse_all(one, "ink", _KEEP, report)]
    return report, [TracedInk(root, builder) for root in roots]


def _told(report: Report, inks: list[Ink]) -> None:
    if not any(map(len, inks)):
        report.refuse_nothing()
    report.tell()


def _in(ink: Ink, units: float | None) -> Ink:
    """Ink measured in other units."""
    if ink.units_per_mm is None or units is None or ink.units_per_mm == units:
        return ink
    by = units / ink.units_per_mm
    scaled = (s.replace(x=s.x * by, y=s.y * by, width=s.width and s.width * by) for s in ink)
    return Ink(scaled, units)
