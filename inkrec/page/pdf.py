"""Pages as PDF: the ink as lines, and what it says as text that is not seen, on its ink."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from .._checks import require
from ..errors import InkError
from ..formats._files import Source, save
from ..ink.document import Document, DocumentPage
from ..ink.strokes import Stroke
from .page import Page
from .pdf_text import Fonts, Frame, show_text
from .strokes import Box

__all__ = ["write_pdf"]

_A4 = 595.28  # points across
_MARGIN = 18.0  # points around ink whose page is not known
_MOST = 14400.0  # points: what readers take (ISO 32000-1, annex C)
_LEAST = 3.0
_LEVELS = 16  # of pressure, as widths
_COLORS = {"highlighter": "#ffff0080", "eraser": "#ffffff"}


def write_pdf(
    file: Source, document: Document, pages: Iterable[Page], *, title: str | None = None
) -> None:
    """Write a document as PDF whose text can be searched, marked and copied.

    Parameters
    ----------
    file : path or binary file
    document : Document
        Its pages are those of the PDF, of their size; one grows where ink lies beyond its
        edge. Where the size of ink units is not known, a page is as wide as A4. Layers that are
        not shown are there and not shown.
    pages : iterable of Page
        What they say, as `Recognizer.pages` gives it.
    title : str, optional

    Raises
    ------
    MissingExtraError
        If pikepdf is not installed.
    InkError
        If there are more or fewer pages than the document has, or ink is too wide for a
        page of numbers.
    """
    pikepdf = require("pikepdf", "pdf")
    pdf = pikepdf.new()
    fonts = Fonts(pikepdf, pdf)
    hidden: list[Any] = []
    count = 0
    for count, (shown, said) in enumerate(
        zip(document.pages, _each(document, pages), strict=True), 1
    ):
        frame = _frame(shown, document.units_per_mm, count)
        ink, resources = _drawn(pikepdf, pdf, shown, frame, hidden)
        text = "".join(show_text(said.lines, frame, fonts))
        resources.Font = fonts.resources
        page = pdf.add_blank_page(page_size=(frame.width, frame.height))
        page.Resources = resources
        page.Contents = pdf.make_stream(f"{ink}BT\n3 Tr\n{text}ET\n".encode())
    fonts.close()
    if not count:
        raise InkError("the document has no page; a PDF has at least one")
    if hidden:
        off = pikepdf.Array(hidden)
        pdf.Root.OCProperties = pikepdf.Dictionary(
            OCGs=off, D=pikepdf.Dictionary(OFF=off, Order=off)
        )
    pdf.docinfo["/Creator"] = "inkrec"
    if title is not None:
        pdf.docinfo["/Title"] = pikepdf.String(title)
    out = io.BytesIO()
    pdf.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    save(file, out.getvalue())


def _each(document: Document, pages: Iterable[Page]) -> Iterator[Page]:
    """The pages, as many as the document has."""
    count = 0
    for count, page in enumerate(pages, 1):
        if count > len(document.pages):
            break
        yield page
    if count != len(document.pages):
        raise InkError(
            f"there are not {len(document.pages)} pages, as the document has; "
            "give recognizer.pages(document)"
        )


def _frame(page: DocumentPage, units_per_mm: float | None, number: int) -> Frame:
    """The page with all of its ink, in points."""
    boxes = [
        Box(float(s.x.min()), float(s.y.min()), float(s.x.max()), float(s.y.max()))
        for s in page.strokes()
    ]
    sized = bool(page.width and page.height)
    if sized:
        boxes.append(Box(0.0, 0.0, page.width or 0.0, page.height or 0.0))
    left, top, right, bottom = Box.around(boxes) if boxes else Box(0.0, 0.0, 1.0, 1.4)
    across, down = right - left, bottom - top
    if not np.isfinite([across, down]).all():
        raise InkError(f"ink of page {number} reaches from {left} to {right}; no page is so wide")
    if units_per_mm is not None:
        scale = 72 / 25.4 / units_per_mm
    else:
        scale = (_A4 if sized else _A4 - 2 * _MARGIN) / max(across, down / 1.42, 1e-300)
    scale = min(scale, (_MOST - 2 * _MARGIN) / max(across, down, 1e-300))
    room = 0.0 if sized else _MARGIN
    return Frame(
        left - room / scale,
        bottom + room / scale,
        scale,
        max(across * scale + 2 * room, _LEAST),
        max(down * scale + 2 * room, _LEAST),
    )


def _drawn(
    pikepdf: Any, pdf: Any, page: DocumentPage, frame: Frame, hidden: list[Any]
) -> tuple[str, Any]:
    """The ink of a page as a content stream, with the resources that it names."""
    states: dict[tuple[float, str], str] = {}
    parts = ["q 1 J 1 j\n"]
    properties = {}
    pen = _pen(page)
    for layer in page.layers:
        body = "".join(_line(stroke, frame, pen, states) for stroke in layer.ink)
        if not layer.visible and body:
            group = pdf.make_indirect(
                pikepdf.Dictionary(
                    Type=pikepdf.Name.OCG, Name=pikepdf.String(layer.name or "hidden layer")
                )
            )
            name = f"/L{len(hidden)}"
            hidden.append(group)
            properties[name] = group
            body = f"/OC {name} BDC\n{body}EMC\n"
        parts.append(body)
    resources = pikepdf.Dictionary()
    resources.ExtGState = pikepdf.Dictionary(
        {
            name: pikepdf.Dictionary(CA=alpha, BM=pikepdf.Name(mode))
            for (alpha, mode), name in states.items()
        }
    )
    if properties:
        resources.Properties = pikepdf.Dictionary(properties)
    return "".join([*parts, "Q\n"]), resources


def _pen(page: DocumentPage) -> float:
    """The width of strokes that have none of their own, in ink units: a share of their height."""
    extents = [max(float(np.ptp(s.y)), float(np.ptp(s.x)) / 4) for s in page.strokes()]
    return 0.08 * float(np.median([e for e in extents if e > 0] or [12.5]))


def _line(
    stroke: Stroke, frame: Frame, pen: float, states: dict[tuple[float, str], str]
) -> str:  # fmt: skip
    color = stroke.color or _COLORS.get(stroke.tool, "#000000")
    red, green, blue, alpha = bytes.fromhex(f"{color[1:]}ff"[:8])
    mode = "/Multiply" if stroke.tool == "highlighter" else "/Normal"
    if stroke.tool == "highlighter" and alpha == 255:
        alpha = 128
    state = states.setdefault((round(alpha / 255, 3), mode), f"/G{len(states)}")
    head = f"{state} gs {red / 255:.3f} {green / 255:.3f} {blue / 255:.3f} RG\n"
    xy = [f"{x:.2f} {y:.2f}" for x, y in zip(frame.x(stroke.x), frame.y(stroke.y), strict=True)]
    width = (pen if stroke.width is None else stroke.width) * frame.scale
    if stroke.pressure is None:
        return f"{head}{width:.3f} w {_way(xy)}"
    levels = np.rint(stroke.pressure * _LEVELS).astype(int)
    cuts = [0, *(np.flatnonzero(np.diff(levels)) + 1).tolist(), len(levels)]
    parts = [head]
    for start, stop in itertools.pairwise(cuts):
        share = float(levels[start]) / _LEVELS
        share = share if stroke.width is not None else 0.4 + 1.2 * share
        # A run reaches to the first point of the next, so that the line has no gap.
        parts.append(f"{max(share * width, 0.05):.3f} w {_way(xy[start : stop + 1])}")
    return "".join(parts)


def _way(xy: list[str]) -> str:
    """A path; one that goes nowhere is a dot, which round ends draw."""
    return f"{xy[0]} m {' '.join(f'{p} l' for p in xy[1:] or xy)} S\n"
