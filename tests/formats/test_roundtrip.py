"""Law 1: ``read(write(ink)) == ink`` in every format that can hold it."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import FINITE, TEXTS, inks

import inkrec
from inkrec import Ink, Stroke
from inkrec.formats import read_labelled, write_labelled
from inkrec.formats.xopp import UNITS_PER_MM

WHOLE = ["inkml", "jsonl"]

FULL = Ink(
    [
        Stroke([0, 1.5, -1e-7], [0.1, -2, 3e5], [0, 0.01, 0.01], [0, 1 / 3, 1]),
        Stroke([5], [6], [0.01]),
        Stroke([-0.0, 1e22], [5e-324, 1.7976931348623157e308], [3, 4]),
    ],
    units_per_mm=39.37,
)
EMPTY = Ink((), units_per_mm=100)


def through(ink: Ink, format: str, label: str | None = None) -> io.BytesIO:
    file = io.BytesIO()
    inkrec.write(file, ink, format, label=label)
    file.seek(0)
    return file


@pytest.mark.parametrize("format", WHOLE)
@given(ink=inks(values=FINITE))
@example(FULL)
@example(EMPTY)
@example(Ink())
def test_ink_reads_back_equal(format: str, ink: Ink) -> None:
    back = inkrec.read(through(ink, format), format)
    assert back == ink
    # -0.0 == 0.0, so equality alone would miss a lost sign.
    for mine, theirs in zip(ink, back, strict=True):
        assert mine.x.tobytes() == theirs.x.tobytes()


@pytest.mark.parametrize("format", WHOLE)
@given(ink=inks(), label=st.none() | TEXTS)
@example(FULL, "")
@example(FULL, " <Dear & 'Ada'> \t\n\r ]]>")
def test_the_text_reads_back_equal(format: str, ink: Ink, label: str | None) -> None:
    assert read_labelled(through(ink, format, label), format) == [(ink, label)]


@given(ink=inks(min_strokes=1), label=st.text(st.characters(max_codepoint=255, min_codepoint=32)))
@example(FULL, 'Dear "Ada"\\\n\tß')
def test_the_text_reads_back_equal_from_unipen(ink: Ink, label: str) -> None:
    ((_, back),) = read_labelled(through(ink, "unipen", label), "unipen")
    assert back == label


@given(items=st.lists(st.tuples(inks(), st.none() | TEXTS), min_size=1))
def test_several_inks_read_back_from_json_lines(items: list[tuple[Ink, str | None]]) -> None:
    file = io.BytesIO()
    write_labelled(file, items, "jsonl")
    file.seek(0)
    assert read_labelled(file) == items


@given(items=st.lists(st.tuples(inks(), TEXTS), min_size=2, max_size=4))
def test_several_inks_read_back_from_inkml(items: list[tuple[Ink, str]]) -> None:
    file = io.BytesIO()
    write_labelled(file, items, "inkml")
    file.seek(0)
    assert read_labelled(file) == items


# A notebook page has no room left of 0, no time, and points of 1/72 inch.
@given(ink=inks(values=st.floats(0, 1e9), timed=False, units=st.just(UNITS_PER_MM)))
@example(Ink([Stroke([1, 2], [3, 4], None, [0.0, 1e-307])], UNITS_PER_MM))
@example(Ink([Stroke([1], [3], None, [0.5])], UNITS_PER_MM))
@example(Ink([], UNITS_PER_MM))
def test_a_notebook_reads_back_equal(ink: Ink) -> None:
    dots = [len(s) == 2 and s.x[0] == s.x[1] and s.y[0] == s.y[1] for s in ink]
    ink = Ink([s for s, dot in zip(ink, dots, strict=True) if not dot], UNITS_PER_MM)
    assert inkrec.read(through(ink, "xopp"), "xopp") == ink


@given(ink=inks(timed=True, units=st.floats(0.01, 100), values=st.floats(-1e4, 1e4)))
@example(Ink([Stroke([0.0], [0.0], [0.0]), Stroke([0.0], [5e-323], [1.0])], 1.0))
def test_a_notebook_keeps_the_shape_and_size_of_any_ink(ink: Ink) -> None:
    back = inkrec.read(through(ink, "xopp"), "xopp")
    assert not back.has_time
    assert back.units_per_mm == UNITS_PER_MM
    assert ink.units_per_mm is not None
    for mine, theirs in zip(ink, back, strict=True):
        if len(theirs) == len(mine):
            for a, b in ((mine.x, theirs.x), (mine.y, theirs.y)):
                inches = np.diff(a) / ink.units_per_mm
                np.testing.assert_allclose(np.diff(b) / UNITS_PER_MM, inches, rtol=1e-6, atol=1e-4)
        if mine.pressure is not None:
            assert theirs.pressure is not None
            np.testing.assert_array_equal(theirs.pressure, mine.pressure[: len(theirs)])


@pytest.mark.parametrize("format", ["inkml", "jsonl", "xopp"])
def test_a_path_tells_the_format(tmp_path: Path, format: str) -> None:
    ink = Ink([Stroke([1, 2], [3, 4])], UNITS_PER_MM)
    for path in (tmp_path / f"a.{format}", str(tmp_path / f"b.{format.upper()}")):
        inkrec.write(path, ink)
        assert inkrec.read(path) == ink


@pytest.mark.parametrize("format", ["inkml", "jsonl", "xopp"])
def test_content_tells_the_format_where_the_name_does_not(tmp_path: Path, format: str) -> None:
    ink = Ink([Stroke([1, 2], [3, 4])], UNITS_PER_MM)
    data = through(ink, format).getvalue()
    for content in (
        (data, gzip.compress(data)) if format != "xopp" else (data, gzip.decompress(data))
    ):
        path = tmp_path / "ink.data"
        path.write_bytes(content)
        assert inkrec.read(path) == ink
        assert inkrec.read(io.BytesIO(content)) == ink


@pytest.mark.parametrize("format", WHOLE)
@pytest.mark.parametrize("change", ["bom", "crlf", "gzip"])
def test_other_ways_to_save_a_text_read_the_same(format: str, change: str) -> None:
    data = through(FULL, format, "Ada").getvalue()
    changed = {
        "bom": b"\xef\xbb\xbf" + data,
        "crlf": data.replace(b"\n", b"\r\n"),
        "gzip": gzip.compress(data),
    }[change]
    assert read_labelled(io.BytesIO(changed)) == [(FULL, "Ada")]


def test_the_same_ink_gives_the_same_notebook() -> None:
    assert through(FULL[:2], "xopp").getvalue() == through(FULL[:2], "xopp").getvalue()
