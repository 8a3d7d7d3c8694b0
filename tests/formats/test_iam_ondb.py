"""Lines of IAM-OnDB: what is read, what is mended, what is refused."""

from __future__ import annotations

import io
import re
import tarfile
from itertools import accumulate, pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import inkrec
from inkrec import FormatError, Ink, Stroke
from inkrec.formats import iam_ondb

SHARED = Path(__file__).parents[3] / "shared" / "data" / "iam-ondb"


def line(*strokes: list[tuple[object, object, object]]) -> io.BytesIO:
    points = "".join(
        "<Stroke colour='black'>"
        + "".join(f'<Point x="{x}" y="{y}" time="{t}"/>' for x, y, t in stroke)
        + "</Stroke>"
        for stroke in strokes
    )
    return io.BytesIO(
        '<?xml version="1.0" encoding="ISO-8859-1"?><WhiteboardCaptureSession>'
        '<WhiteboardDescription><SensorLocation corner="top_left"/></WhiteboardDescription>'
        f"<StrokeSet>{points}</StrokeSet></WhiteboardCaptureSession>".encode()
    )


def times(*stamps: float) -> list[float]:
    ink = iam_ondb.read(line([(i, i, t) for i, t in enumerate(stamps)]))
    assert ink[0].t is not None
    return ink[0].t.tolist()


def test_a_line() -> None:
    ink = iam_ondb.read(line([(1, 2, "9.5"), (3, 4, "9.52")], [(5, 6, "9.9")]))
    assert ink == Ink([Stroke([1, 3], [2, 4], [9.5, 9.52]), Stroke([5], [6], [9.9])])


def test_content_tells_the_format() -> None:
    assert inkrec.read(line([(1, 2, 3)])) == Ink([Stroke([1], [2], [3])])


def test_small_steps_back_are_raised() -> None:
    assert times(5.0, 5.02, 5.01, 5.0, 5.03) == [5.0, 5.02, 5.02, 5.02, 5.03]


def test_steps_back_between_strokes_are_raised() -> None:
    ink, repairs = iam_ondb.read_repaired(line([(1, 2, 5), (1, 3, 6)], [(0, 0, 5.5), (0, 1, 6.5)]))
    assert [s.t.tolist() for s in ink if s.t is not None] == [[5, 6], [6, 6.5]]
    assert repairs == (0, 1, 0)


@pytest.mark.parametrize(
    ("stamps", "mended"),
    [
        ((991.3, 0.0, 991.4), (991.3, 991.315, 991.4)),
        ((991.3, 0.0, 0.0, 991.31), (991.3, 991.31, 991.31, 991.31)),  # not beyond the next
        ((0.0, 0.0, 991.3, 991.31), (991.27, 991.285, 991.3, 991.31)),
        ((991.3, 991.31, 0.0), (991.3, 991.31, 991.325)),
        ((14650063.5, 12.0, 14650063.6), (14650063.5, 14650063.515, 14650063.6)),
        ((0.0, 0.01, 0.02), (0.0, 0.01, 0.02)),  # a recording may start at 0
    ],
)
def test_lost_stamps_are_taken_from_their_neighbours(
    stamps: tuple[float, ...], mended: tuple[float, ...]
) -> None:
    assert times(*stamps) == pytest.approx(mended, abs=1e-6)


@given(st.lists(st.floats(0, 1e8) | st.just(0.0), min_size=1, max_size=30))
def test_any_stamps_become_time_that_does_not_run_backwards(stamps: list[float]) -> None:
    assert all(a <= b for a, b in pairwise(times(*stamps)))


@given(st.floats(0.01, 1e7), st.lists(st.floats(0, 9), min_size=1, max_size=30))
def test_stamps_in_order_stay_as_they_are(start: float, steps: list[float]) -> None:
    stamps = list(accumulate(steps, initial=start))
    assert times(*stamps) == stamps


def test_repairs_are_counted() -> None:
    stream = line([(0, 0, 99), (0, 1, 0), (0, 2, 99.1), (0, 3, 99.05)], [], [(0, 0, 100)])
    ink, repairs = iam_ondb.read_repaired(stream)
    assert len(ink) == 2
    assert repairs == iam_ondb.Repairs(lost=1, backwards=1, empty=1)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"<ink/>", "expected <WhiteboardCaptureSession>, found <ink>"),
        (b"<WhiteboardCaptureSession/>", "no point in the file"),
        (line([]).getvalue(), "no point in the file"),
        (line([("a", 1, 1)]).getvalue(), "line 1: expected numbers"),
        (line([("nan", 1, 1)]).getvalue(), "not finite"),
        (line([(1, 1, 1)]).getvalue().replace(b"time", b"when"), "a point of this stroke has no"),
        (line([(1, 1, 1)]).getvalue()[:-9], "broken XML"),
        (
            b'<!DOCTYPE a [<!ENTITY b "bb">]><WhiteboardCaptureSession>&b;'
            b"</WhiteboardCaptureSession>",
            "document type",
        ),
    ],
)
def test_refused(data: bytes, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        iam_ondb.read(io.BytesIO(data))


@pytest.mark.skipif(not SHARED.exists(), reason="IAM-OnDB does not lie beside the repository")
def test_real_lines_run_to_the_right() -> None:
    with tarfile.open(SHARED / "lineStrokes-all.tar.xz") as archive:
        lines = []
        for member in archive:
            if re.search(r"-0[1-9]\.xml$", member.name):
                stream = archive.extractfile(member)
                assert stream is not None
                lines.append(iam_ondb.read(io.BytesIO(stream.read())))
            if len(lines) == 12:
                break
    for ink in lines:
        left, top, right, bottom = ink.bounds
        assert right - left > 4 * (bottom - top)
        assert ink[0].x.min() - left < 0.2 * (right - left)
        assert ink.has_time
