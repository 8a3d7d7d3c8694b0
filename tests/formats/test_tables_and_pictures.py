"""Tables of points, and SVG that holds ink."""

from __future__ import annotations

import gzip
import io

import pytest

import inkrec
from inkrec import FormatError, Ink, InkWarning, Stroke

TABLES = {
    "head": ("x,y,t\n1,2,0\n3,4,10\n", [[1, 3]], [0, 0.01]),
    "decimal comma": ("x;y;stroke\r\n1,5;2;1\r\n3;4;1\r\n5;6;2\r\n", [[1.5, 3], [5]], None),
    "empty row": ("1\t2\n3\t4\n\n5\t6\n", [[1, 3], [5]], None),
    "pen": (
        "time_s,x,y,pen_down\n0,1,2,1\n0.5,3,4,1\n1,9,9,0\n2,5,6,1\n", [[1, 3], [5]], [0, 0.5, 2],
    ),
    "end of stroke": ("1,2,0\n3,4,1\n5,6,0\n7,8,0\n9,9,1\n", [[1, 3], [5, 7, 9]], None),
    "time": ("1 2 100\n3 4 108\n5 6 116\n", [[1, 3, 5]], [0.1, 0.108, 0.116]),
    "SVC": ("3\n1 2 10 1 0 0 5\n3 4 20 1 0 0 7\n5 6 30 0 0 0 0\n", [[1, 3]], [0.01, 0.02]),
    "force": ('"X","Y","Pressure"\n1,2,512\n3,4,1024\n', [[1, 3]], None),
    "us": (
        "# a comment\nStroke_ID,X,Y,Timestamp (us)\n0,1,2,0\n0,3,4,5000\n1,5,6,9000\n",
        [[1, 3], [5]], [0, 0.005, 0.009],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_tables_of_points(name: str) -> None:
    text, strokes, times = TABLES[name]
    for data in (text.encode(), b"\xef\xbb\xbf" + text.encode(), text.encode("utf-16")):
        ink = inkrec.read(io.BytesIO(data))
        assert [s.x.tolist() for s in ink] == strokes
        found = [t for s in ink if s.t is not None for t in s.t]
        assert found == (pytest.approx(times) if times else [])


def test_a_bad_row_is_left_out() -> None:
    with pytest.warns(InkWarning, match="line 3: a row is left out: expected 2 numbers, found 'a"):
        ink = inkrec.read(io.BytesIO(b"1,2\n3,4\na,b\n5,6\n"), "csv")
    assert sum(map(len, ink)) == 3


WRITE = """<svg id="write-document" xmlns="http://www.w3.org/2000/svg">
<rect id="write-doc-background" width="100%" height="100%" fill="#808080"/>
<svg x="10" y="10" width="900px" height="100px">
<g class="write-content write-v3" width="900" height="100">
<g class="ruleline write-std-ruling" stroke="#0000FF"><path d="M0 40 l900 0"/></g>
<path class="write-flat-pen" fill="#000000" stroke-width="2" __timestamp="0x16fa259f7c6"
 d="M10 0 l5 0 5 0 0 2 -5 0 -5 0" transform="translate(100,0)"/>
<path class="write-stroke-pen" fill="none" stroke="#FF0000" __timestamp="0x16fa259f7b6"
 d="M1 1 L2 2 L3 1"/>
<path class="write-chisel-pen" fill="#FFFF00" fill-opacity="0.5" __timestamp="0x16fa259f7d6"
 d="M0 8 L1 12 L2 12 L12 12 L11 8 L10 8 Z M10 8 L11 12 L12 12 L22 12 L21 8 L20 8 Z"/>
<text x="1" y="1">typed</text>
</g></svg>
<svg x="10" y="120" width="900px" height="50px"><g class="write-content">
<path class="write-stroke-pen" fill="none" stroke="#000" d="M5 5 L5 5"/></g></svg>
</svg>"""


def test_write_s_strokes_are_their_middle_lines_in_the_order_of_writing() -> None:
    for data in (WRITE.encode(), gzip.compress(WRITE.encode())):
        document = inkrec.read_document(io.BytesIO(data))
        assert document.program == "Stylus Labs Write"
        assert [page.height for page in document.pages] == [100, 50]
        first = document.pages[0].layers[0].ink
        assert [s.tool for s in first] == ["pen", "pen", "highlighter"]
        assert first[0].x.tolist() == [1, 2, 3]
        assert (first[1].x.tolist(), first[1].y.tolist()) == ([110, 115, 120], [1, 1, 1])
        assert len(document.ink(page=2)[0]) == 1, "a dot, doubled to be drawn"


PEN = 'fill="none" stroke="#000"'
DRAWN = {
    "curve": (f'<path {PEN} d="M0 0 C0 1 2 1 2 0"/>', [(0, 2, 9)]),
    "transform": (
        f'<g transform="translate(5 0) scale(2)" {PEN}><polyline points="0,0 1,1 2,0"/></g>',
        [(5, 9, 3)],
    ),
    "line": ('<line x1="1" y1="2" x2="3" y2="4" stroke="blue"/>', [(1, 3, 2)]),
    "style": (
        '<path style="fill:none;stroke:#123456" d="m1 1 h2 v2 z m9 0 l1 0"/>',
        [(1, 1, 4), (10, 11, 2)],
    ),
    "parts": (f'<path {PEN} d="M0 0 L1 0"/><path {PEN} d="M1 0 L2 0"/>', [(0, 2, 3)]),
    "arc": (f'<path {PEN} d="M3 0 A2 2 0 0 1 7 0"/>', [(3, 7, 9)]),
    "hidden": (
        f'<defs><path {PEN} d="M0 0 L9 9"/></defs><g display="none"><path {PEN} d="M0 0L1 1"/></g>'
        f'<path {PEN} d="M1 1L2 2"/>',
        [(1, 2, 2)],
    ),
}


@pytest.mark.parametrize("name", DRAWN)
def test_lines_of_any_svg_are_strokes(name: str) -> None:
    body, strokes = DRAWN[name]
    text = (
        '<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" '
        f'"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">\n<svg>{body}</svg>'
    )
    ink = inkrec.read(io.BytesIO(text.encode()))
    assert [(s.x[0], s.x[-1], len(s)) for s in ink] == [pytest.approx(one) for one in strokes]


def test_a_picture_of_ink_gives_its_strokes_back() -> None:
    ink = Ink([Stroke([0, 30, 30], [0, 0, 10], None, [0, 0.5, 1]), Stroke([5], [5])])
    file = io.BytesIO()
    inkrec.write(file, ink, "svg")
    found = inkrec.read(io.BytesIO(file.getvalue()))
    assert [len(s) for s in found] == [3, 1]


def test_filled_shapes_are_no_ink() -> None:
    with pytest.raises(FormatError, match="all filled, and none is drawn as a line"):
        inkrec.read(io.BytesIO(b"<svg><path d='M0 0 L1 1 L2 0 Z'/></svg>"))
    text = "<svg><path d='M0 0L1 1Z'/><path fill='none' stroke='red' d='M0 0L1 1'/></svg>"
    with pytest.warns(InkWarning, match="1 filled shapes are no strokes"):
        assert len(inkrec.read(io.BytesIO(text.encode()))) == 1
