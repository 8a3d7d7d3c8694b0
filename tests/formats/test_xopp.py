"""Notebooks as Xournal++ writes them."""

from __future__ import annotations

import gzip
import io
from xml.etree import ElementTree

import numpy as np
import pytest

from inkrec import FormatError, Ink, Stroke
from inkrec.formats import xopp

PAGE = """<page width="595.27559" height="841.88976">
<background type="solid" color="#ffffffff" style="lined"/>
<layer name="first">
<stroke tool="pen" ts="0ll" fn="" color="#000000ff" width="2 1 0.5">10 20 11 21 12 20</stroke>
<stroke tool="highlighter" color="#ffff007f" width="8.5" capStyle="round">0 0 9 9</stroke>
<stroke tool="eraser" color="#ffffffff" width="8.5">0 0 9 9</stroke>
<text font="Sans" size="12" x="20" y="30" color="#000000ff">typed</text>
</layer>
<layer>
<stroke tool="pen" color="#3333ccff" width="1.41" capStyle="round" style="dash">1 2 3 4</stroke>
<stroke color="blue">5 6 5 6</stroke>
<image left="1" top="1" right="9" bottom="9">iVBORw0KGgo=</image>
</layer>
</page>
"""
HEAD = (
    '<?xml version="1.0" standalone="no"?>\n<xournal creator="xournalpp 1.2.2" fileversion="4">\n'
)
TITLE = "<title>Xournal++ document</title><preview>iVBORw0KGgo=</preview>"


def notebook(*pages: str) -> io.BytesIO:
    return io.BytesIO(gzip.compress((HEAD + TITLE + "".join(pages) + "</xournal>").encode()))


def test_strokes_of_all_layers_in_order_with_their_tools() -> None:
    ink = xopp.read(notebook(PAGE))
    assert [s.tool for s in ink] == ["pen", "highlighter", "eraser", "pen", "pen"]
    assert [s.color for s in ink] == ["#000000", "#ffff007f", "#ffffff", "#3333cc", "#0000ff"]
    assert [s.width for s in ink] == [2, 8.5, 8.5, 1.41, None]
    assert [s.x.tolist() for s in ink if s.writes] == [[10, 11, 12], [1, 3], [5]]
    assert [s.y.tolist() for s in ink if s.writes] == [[20, 21, 20], [2, 4], [6]]
    assert (ink.has_time, ink.units_per_mm) == (False, 72 / 25.4)


@pytest.mark.parametrize(
    ("width", "pressure"),
    [
        ("2 1 0.5", [0.5, 0.25, 0.25]),
        ("2 1 0.5 1.5", [0.5, 0.25, 0.75]),
        ("2 1 0.5 1.5 9 9", [0.5, 0.25, 0.75]),
        ("2 4 -1 0", [1, 0, 0]),
        ("2", None),
        ("2 1", None),
        ("0 1 1", None),
        ("", None),
    ],
)
def test_widths_are_pressure(width: str, pressure: list[float] | None) -> None:
    page = f'<page height="9"><layer><stroke width="{width}">1 1 2 2 3 3</stroke></layer></page>'
    found = xopp.read(notebook(page))[0].pressure
    assert (None if found is None else found.tolist()) == pressure


def test_pages_lie_below_one_another() -> None:
    empty = '<page width="9" height="100.5"><layer/></page>'
    ink = xopp.read(notebook(empty, PAGE, PAGE))
    first, second = ink[:5], ink[5:]
    assert first[0].y[0] == 20 + 100.5
    assert second[0].y[0] == pytest.approx(20 + 100.5 + 841.88976)
    assert [s.x.tolist() for s in first] == [s.x.tolist() for s in second]


def test_one_page_stands_for_itself() -> None:
    file = notebook('<page width="9" height="100"><layer/></page>', PAGE)
    assert xopp.read(file, page=2) == xopp.read(notebook(PAGE))
    file.seek(0)
    assert len(xopp.read(file, page=1)) == 0
    for page in (0, 3, -1):
        file.seek(0)
        with pytest.raises(FormatError, match=f"no page {page}; the document has 2"):
            xopp.read(file, page=page)


def written(ink: Ink) -> ElementTree.Element:
    file = io.BytesIO()
    xopp.write(file, ink)
    return ElementTree.fromstring(gzip.decompress(file.getvalue()))


def test_what_is_written_is_as_xournalpp_wants_it() -> None:
    """At least two points a stroke, one width more than points, none of them 0."""
    ink = Ink(
        [
            Stroke([5, 6, 7], [5, 6, 7], None, [0, 0.5, 0]),
            Stroke([9], [9], None, [1]),
            Stroke([1], [1]),
        ]
    )
    root = written(ink)
    assert (root.tag, root.get("fileversion")) == ("xournal", "4")
    page = root.find("page")
    assert page is not None
    assert [child.tag for child in page] == ["background", "layer"]
    for element, stroke in zip(root.iter("stroke"), ink, strict=True):
        assert element.get("tool") == "pen"
        points = (element.text or "").split()
        assert len(points) == 2 * max(2, len(stroke))
        widths = [float(w) for w in element.get("width", "").split()]
        assert len(widths) == (1 if stroke.pressure is None else len(stroke) + 1)
        assert min(widths) > 0


def test_ink_comes_out_in_its_true_size() -> None:
    root = written(Ink([Stroke([0, 2540], [0, 1270])], units_per_mm=100))
    (stroke,) = root.iter("stroke")
    np.testing.assert_allclose([float(v) for v in (stroke.text or "").split()], [0, 0, 72, 36])


def test_ink_outside_the_page_is_moved_onto_it() -> None:
    root = written(Ink([Stroke([-100.5, 5000], [-3, 2])]))
    page = root.find("page")
    assert page is not None
    (stroke,) = root.iter("stroke")
    x1, y1, x2, y2 = (float(v) for v in (stroke.text or "").split())
    assert (x2 - x1, y2 - y1) == (5100.5, 5)
    assert 36 <= x1 < 37
    assert 36 <= y1 < 37
    assert x2 < float(page.get("width", 0))


def test_a_large_page_has_a_pen_that_can_be_seen() -> None:
    small, large = (
        float(next(written(Ink([Stroke([0, w], [0, h])])).iter("stroke")).get("width", 0))
        for w, h in ((100, 30), (20000, 3000))
    )
    assert (small, large) == (2, 16)


def test_ink_too_large_for_points_is_refused() -> None:
    with pytest.raises(FormatError, match="cannot be turned to points"):
        xopp.write(io.BytesIO(), Ink([Stroke([1e308], [0])], units_per_mm=0.001))
