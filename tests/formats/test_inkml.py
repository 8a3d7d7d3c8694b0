"""InkML as the Recommendation and the programs that write it have it."""

from __future__ import annotations

import io
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkrec import FormatError, Ink, InkWarning, Stroke
from inkrec.formats import inkml

XY = '<channel name="X"/><channel name="Y"/>'
CM = '<channel name="X" units="cm"/><channel name="Y" units="cm"/>'
IN = '<channel name="X" units="in"/><channel name="Y" units="in"/>'


def read(body: str) -> Ink:
    return inkml.read(
        io.BytesIO(f'<ink xmlns="http://www.w3.org/2003/InkML">{body}</ink>'.encode())
    )


def labelled(body: str) -> list[tuple[Ink, str | None]]:
    return list(inkml.read_labelled(io.BytesIO(f"<ink>{body}</ink>".encode())))


def formatted(channels: str, *traces: str) -> Ink:
    body = "".join(f"<trace>{t}</trace>" for t in traces)
    return read(f"<traceFormat>{channels}</traceFormat>{body}")


def xy(ink: Ink) -> list[list[list[float]]]:
    return [[s.x.tolist(), s.y.tolist()] for s in ink]


def test_the_default_format_is_x_and_y() -> None:
    assert xy(read("<trace>1 2, 3.5 -4,\n .5 6.\t</trace><trace>7 8</trace>")) == [
        [[1, 3.5, 0.5], [2, -4, 6]],
        [[7], [8]],
    ]


def test_differences_of_both_orders() -> None:
    """Positions, then movement, then the change of movement; a prefix holds until the next."""
    found = read("<trace>1125 18432,'23'43,\"7\"-8,3-5,7 -3,6 2,6 8,3 6,2 4,3 6,3-6</trace>")
    assert found[0].x.tolist() == [1125, 1148, 1178, 1211, 1251, 1297, 1349, 1404, 1461, 1521, 1584]
    assert found[0].y.tolist()[:5] == [18432, 18475, 18510, 18540, 18567]


@pytest.mark.parametrize(
    ("text", "x"),
    [
        ("10 0,'2 0,* 0,* 0,!5 0,* 0", [10, 12, 14, 16, 5, 5]),
        ("10 0,'2 0,\"1 0,* 0,* 0", [10, 12, 15, 19, 24]),
        ("10 0,? 0,'1 0", [10, 11]),
        ("#A 0, #ff 0, -#10 0, '#1 0", [10, 255, -16, -15]),
        ("+1 0 , 1e2 0,1E-1 0", [1, 100, 0.1]),
        ("1-1,'2'1,' 3 ' 0", [1, 3, 6]),
        ("1 2,", [1]),
    ],
)
def test_values(text: str, x: list[float]) -> None:
    assert read(f"<trace>{text}</trace>")[0].x.tolist() == x


@given(
    points=st.lists(st.tuples(*[st.integers(-1000, 1000)] * 2), min_size=2, max_size=20),
    orders=st.lists(st.sampled_from("!'\""), min_size=20, max_size=20),
)
def test_any_mixture_of_prefixes_says_the_same_points(
    points: list[tuple[int, int]], orders: list[str]
) -> None:
    text = "{} {}".format(*points[0])
    velocity = [0, 0]
    for before, now, order in zip(points, points[1:], orders, strict=False):
        step = [b - a for a, b in zip(before, now, strict=True)]
        if order == '"':
            values = [s - v for s, v in zip(step, velocity, strict=True)]
        else:
            values = step if order == "'" else list(now)
        if order != "!":
            velocity = step
        text += "," + "".join(f"{order}{v}" for v in values)
    found = read(f"<trace>{text}</trace>")
    assert list(zip(found[0].x.tolist(), found[0].y.tolist(), strict=True)) == points


def test_channels_in_any_order_and_unknown_ones() -> None:
    ink = formatted('<channel name="OTx"/><channel name="Y"/><channel name="X"/>', "9 2 1, 9 4 3")
    assert xy(ink) == [[[1, 3], [2, 4]]]


def test_y_that_grows_upward_is_turned() -> None:
    ink = formatted('<channel name="X"/><channel name="Y" orientation="-ve"/>', "1 2, 1 5")
    assert xy(ink) == [[[1, 1], [-2, -5]]]


def test_intermittent_channels_may_be_left_out() -> None:
    late = (
        '<intermittentChannels><channel name="B1" type="boolean" default="F"/>'
        '<channel name="F" max="10"/></intermittentChannels>'
    )
    ink = formatted(XY + late, "1 2 T 5, 3 4, 5 6 *, 7 8 F 10", "1 2 T")
    assert ink[0].pressure is not None
    assert ink[0].pressure.tolist() == [0.5, 0.5, 0.5, 1]
    assert ink[1].pressure is None


def test_the_tip_switch_splits_a_trace() -> None:
    ink = formatted(XY + '<channel name="S" type="boolean"/>', "1 1 F,2 2 T,3 3 T,4 4F,5 5T")
    assert xy(ink) == [[[2, 3], [2, 3]], [[5], [5]]]


def test_traces_that_hover_and_empty_ones_are_left_out() -> None:
    ink = read('<trace type="penUp">1 1</trace><trace type="penDown">2 2</trace><trace> </trace>')
    assert xy(ink) == [[[2], [2]]]


def test_continued_traces_are_one_stroke() -> None:
    ink = read(
        '<trace xml:id="a" continuation="begin">1 1</trace>'
        '<trace xml:id="b" continuation="begin">10 10</trace>'
        '<trace xml:id="c" continuation="middle" priorRef="#a">2 2</trace>'
        '<trace continuation="end" priorRef="#c">3 3</trace>'
        '<trace continuation="end" priorRef="#b">11 11</trace>'
        '<trace continuation="begin">5 5</trace><trace continuation="end">6 6</trace>'
    )
    assert xy(ink) == [[[1, 2, 3], [1, 2, 3]], [[10, 11], [10, 11]], [[5, 6], [5, 6]]]


@pytest.mark.parametrize(
    ("units", "per_mm"),
    [
        ("mm", 1),
        ("cm", 0.1),
        ("in", 1 / 25.4),
        ("pt", 72 / 25.4),
        ("himetric", 100),
        ("dev", None),
        ("px", None),
        ("", None),
    ],
)
def test_units_of_length(units: str, per_mm: float | None) -> None:
    ink = formatted(XY.replace("/>", f' units="{units}"/>'), "1 2")
    assert ink.units_per_mm == (per_mm if per_mm is None else pytest.approx(per_mm, rel=1e-15))
    assert xy(ink) == [[[1], [2]]]


@pytest.mark.parametrize(
    ("value", "units", "per_mm"),
    [("1000", "1/cm", 100), ("2540", "1/in", 100), ("0", "1/cm", 0.1), ("50", "1/dev", None)],
)
def test_resolution(value: str, units: str, per_mm: float | None) -> None:
    found = "".join(
        f'<channelProperty channel="{axis}" name="resolution" value="{value}" units="{units}"/>'
        for axis in "XY"
    )
    ink = read(
        f"<inkSource><traceFormat>{CM}</traceFormat>"
        f"<channelProperties>{found}</channelProperties></inkSource><trace>1 2</trace>"
    )
    assert ink.units_per_mm == (per_mm if per_mm is None else pytest.approx(per_mm))


def test_axes_and_traces_of_different_units_are_brought_to_one() -> None:
    body = (
        '<definitions><context xml:id="a"><traceFormat><channel name="X" units="mm"/>'
        '<channel name="Y" units="cm"/></traceFormat></context>'
        f'<context xml:id="b"><traceFormat>{IN}</traceFormat></context>'
        '</definitions><trace contextRef="#a">1 2</trace><trace contextRef="#b">1 2</trace>'
    )
    ink = read(body)
    assert ink.units_per_mm == 1
    np.testing.assert_allclose(xy(ink), [[[1], [20]], [[25.4], [50.8]]])


@pytest.mark.parametrize(
    ("units", "scale"), [("s", 1), ("ms", 1e-3), ("", 1e-3), ("us", 1e-6), ("ns", 1e-9)]
)
def test_units_of_time(units: str, scale: float) -> None:
    ink = formatted(XY + f'<channel name="T" units="{units}"/>', "0 0 5, 1 1 '10, 2 2 *")
    assert ink[0].t is not None
    np.testing.assert_allclose(ink[0].t, np.array([5, 15, 25]) * scale)


def test_time_in_ticks_of_unknown_length_is_no_time() -> None:
    assert not formatted(XY + '<channel name="T" units="dev"/>', "0 0 5").has_time


def test_time_backwards_in_a_trace_is_held_back() -> None:
    with pytest.warns(InkWarning, match="line 1: the time of a stroke runs backwards"):
        ink = formatted(XY + '<channel name="T"/>', "0 0 5, 1 1 4")
    assert [s.t.tolist() for s in ink if s.t is not None] == [[0.005, 0.005]]


def test_traces_that_overlap_in_time_follow_one_another() -> None:
    with pytest.warns(InkWarning, match="1 of 2 strokes begin before others end"):
        ink = formatted(XY + '<channel name="T"/>', "0 0 500, 1 1 900", "0 0 700, 1 1 800")
    assert [s.t.tolist() for s in ink if s.t is not None] == [[0.5, 0.9], [0.9, 1.0]]


def test_traces_are_put_in_the_order_of_their_time() -> None:
    ink = formatted(XY + '<channel name="T"/>', "1 1 50, 1 1 60", "2 2 10, 2 2 20")
    assert [s.x[0] for s in ink] == [2, 1]


def test_traces_that_all_start_at_0_are_laid_after_one_another() -> None:
    ink = formatted(XY + '<channel name="T" units="s"/>', "0 0 0, 1 1 1", "0 0 0", "0 0 0")
    np.testing.assert_allclose([s.t[0] for s in ink if s.t is not None], [0, 1.1, 1.2])


def test_a_time_offset_places_a_trace() -> None:
    ink = read(
        f'<traceFormat>{XY}<channel name="T" units="s"/></traceFormat>'
        '<trace timeOffset="500">0 0 0, 0 0 0.25</trace><trace timeOffset="1000">0 0 0</trace>'
    )
    assert [s.t.tolist() for s in ink if s.t is not None] == [[0.5, 0.75], [1.0]]


def test_timestamps_place_traces_on_one_clock() -> None:
    stamps = (
        '<timestamp xml:id="a" time="1000000"/>'
        '<timestamp xml:id="b" timestampRef="#a" timeOffset="2000"/>'
        '<timestamp xml:id="c" timeString="1970-01-01T00:16:43Z"/>'
    )
    contexts = "".join(
        f'<context xml:id="c{s}"><traceFormat>{XY}<channel name="T" respectTo="#{s}"/>'
        "</traceFormat></context>"
        for s in "abc"
    )
    traces = "".join(f'<trace contextRef="#c{s}">0 0 10</trace>' for s in "abc")
    ink = read(f"<definitions>{stamps}{contexts}</definitions>{traces}")
    np.testing.assert_allclose([s.t[0] for s in ink if s.t is not None], [0.01, 2.01, 3.01])


def test_clocks_that_nothing_relates_follow_one_another() -> None:
    file = io.BytesIO()
    inkml.write_labelled(
        file, [(Ink([Stroke([0], [0], [1])]), "a"), (Ink([Stroke([0], [0], [2])]), "b")]
    )
    file.seek(0)
    with pytest.warns(InkWarning, match="2 clocks that nothing relates: #ink0-clock, #ink1-clock"):
        ink = inkml.read(file)
    np.testing.assert_allclose([s.t[0] for s in ink if s.t is not None], [0, 0.1])


def test_time_of_some_traces_only_is_dropped() -> None:
    body = (
        f'<trace>1 1</trace><traceFormat>{XY}<channel name="T"/></traceFormat><trace>2 2 5</trace>'
    )
    with pytest.warns(InkWarning, match="1 of 2 strokes have no time"):
        ink = read(body)
    assert not ink.has_time
    assert len(ink) == 2


@pytest.mark.parametrize(
    ("channel", "values", "force"),
    [
        ('max="1023"', "0 1023", [0, 1]),
        ('min="10" max="20"', "10 15 25 5", [0, 0.5, 1, 0]),
        ('units="%"', "50 100", [0.5, 1]),
        ("", "0.25 0.5", [0.25, 0.5]),
        ("", "64 128", [0.5, 1]),
        ('max="4" orientation="-ve"', "1 4", [0.75, 0]),
        ('max="4"', "? 1 ? 2", [0.25, 0.25, 0.25, 0.5]),
        ('min="5" max="5"', "5 5", None),
        ('max="4"', "? ?", None),
    ],
)
def test_force_becomes_pressure(channel: str, values: str, force: list[float] | None) -> None:
    ink = formatted(
        XY + f'<channel name="F" {channel}/>', ",".join(f"0 0 {v}" for v in values.split())
    )
    pressure = ink[0].pressure
    assert (None if pressure is None else pressure.tolist()) == force


def test_contexts_by_reference() -> None:
    """As Office writes them: a device with its format, referred to by each trace."""
    ink = read(
        '<trace contextRef="#late">1 2 3</trace>'
        '<traceGroup contextRef="#late"><traceGroup><trace>4 5 6</trace></traceGroup></traceGroup>'
        '<context inkSourceRef="#pen" traceFormatRef="#DefaultTraceFormat"/><trace>7 8</trace>'
        '<trace contextRef="#DefaultContext">9 9</trace>'
        '<definitions><context xml:id="late" contextRef="#base"/>'
        '<context xml:id="base" inkSourceRef="#pen"/><inkSource xml:id="pen" traceFormatRef="#f"/>'
        '<traceFormat xml:id="f"><channel name="Y"/><channel name="X"/><channel name="Z"/>'
        "</traceFormat></definitions>"
    )
    assert xy(ink) == [[[2], [1]], [[5], [4]], [[7], [8]], [[9], [9]]]


def test_the_only_context_that_is_defined_is_meant() -> None:
    ink = read(
        f'<definitions><context xml:id="c"><traceFormat>{XY}<channel name="F" max="2"/>'
        "</traceFormat></context></definitions><trace>1 2 1</trace>"
    )
    assert ink[0].pressure is not None
    assert ink[0].pressure.tolist() == [0.5]


def test_traces_in_definitions_count_where_they_are_viewed() -> None:
    ink = read(
        '<definitions><trace xml:id="a">1 1</trace><trace xml:id="b">2 2</trace></definitions>'
        '<trace xml:id="c">3 3</trace>'
        '<traceView><traceView traceDataRef="#b"/><traceView traceDataRef="#c"/></traceView>'
        '<traceView traceDataRef="#b"/><traceView traceDataRef="#gone"/>'
    )
    assert [s.x[0] for s in ink] == [3, 2]


def test_the_text_of_the_whole() -> None:
    """As CROHME and MathWriting have it: one for the whole, others for its parts."""
    parts = (
        '<trace id="0">1 1</trace><traceGroup><annotation type="truth">part</annotation>'
        '<traceView traceDataRef="0"/></traceGroup>'
    )
    for kind in ("truth", "label", "transcription", "text"):
        body = '<annotation type="writer">w</annotation>'
        body += f'<annotation type="{kind}">\n x \n</annotation>'
        ((ink, label),) = labelled(body + parts)
        assert (len(ink), label) == (1, "x")


def test_the_text_of_groups() -> None:
    group = '<traceGroup><annotation type="truth">{0}</annotation><trace>{0} 1</trace></traceGroup>'
    found = labelled("<trace>0 0</trace>" + group.format(1) + group.format(2))
    assert [(ink[0].x[0], label) for ink, label in found] == [(0, None), (1, "1"), (2, "2")]
    assert len(read("<trace>0 0</trace>" + group.format(1) + group.format(2))) == 3


def test_no_text_at_all() -> None:
    ((ink, label),) = labelled("<traceGroup><trace>1 1</trace></traceGroup><trace>2 2</trace>")
    assert (len(ink), label) == (2, None)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_encodings(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?>'
    text += '<ink><annotation type="truth">é</annotation></ink>'
    assert inkml.read_labelled(io.BytesIO(text.encode(encoding)))[0].label == "é"


def test_what_is_written_is_plain_to_other_readers() -> None:
    ink = Ink([Stroke([1, 2], [3, 4], [0, 1e-6], [0.5, 1])], units_per_mm=100)
    file = io.BytesIO()
    inkml.write(file, ink, label="Dear <Ada>")
    root = ElementTree.fromstring(file.getvalue())
    space = "{http://www.w3.org/2003/InkML}"
    assert [c.get("name") for c in root.iter(f"{space}channel")] == ["X", "Y", "T", "F"]
    assert [t.text for t in root.iter(f"{space}trace")] == ["1 3 0 0.5, 2 4 0.000001 1"]
    assert [a.text for a in root.iter(f"{space}annotation")] == ["Dear <Ada>"]
    assert {p.get("value") for p in root.iter(f"{space}channelProperty")} == {"100"}


def test_texts_that_xml_cannot_hold_are_refused() -> None:
    for text in ("\x00", "\x0b", "\ud800", "\uffff"):
        file = io.BytesIO()
        with pytest.raises(FormatError, match="which XML cannot"):
            inkml.write(file, Ink(), label=f"a{text}")
        assert not file.getvalue()


def test_several_inks_need_a_text_to_be_told_apart() -> None:
    with pytest.raises(FormatError, match=r"2 inks and no text.*write jsonl"):
        inkml.write_labelled(io.BytesIO(), [(Ink(), None), (Ink(), None)])
