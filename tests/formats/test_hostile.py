"""A truncated, malformed or hostile file gives one FormatError, in bounded memory and time."""

from __future__ import annotations

import gzip
import io
import random
import tracemalloc
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import inkrec
from inkrec import FormatError, Ink, InkWarning, Stroke
from inkrec.formats import _files, _xml_tree, iter_samples, read_labelled
from inkrec.formats.jsonl import records as jsonl_records

INK = Ink(
    [
        Stroke([0, 1.5, 10], [0.1, -2, 3e5], [0, 0.01, 0.01], [0, 0.25, 1]),
        Stroke([5], [6], [0.02]),
    ],
    units_per_mm=39.37,
)
NOTEBOOK = Ink([Stroke(s.x, abs(s.y), None, s.pressure) for s in INK], 72 / 25.4)

OFFICE = b"""<?xml version="1.0" encoding="utf-8"?>
<inkml:ink xmlns:inkml="http://www.w3.org/2003/InkML"><inkml:definitions>
<inkml:context xml:id="c0"><inkml:inkSource xml:id="s0"><inkml:traceFormat>
<inkml:channel name="X" type="integer" units="cm"/><inkml:channel name="Y" units="cm"/>
<inkml:channel name="F" type="integer" max="32767" units="dev"/>
<inkml:intermittentChannels><inkml:channel name="S" type="boolean" default="T"/>
</inkml:intermittentChannels></inkml:traceFormat><inkml:channelProperties>
<inkml:channelProperty channel="X" name="resolution" value="1000" units="1/cm"/>
</inkml:channelProperties></inkml:inkSource></inkml:context></inkml:definitions>
<inkml:traceGroup contextRef="#c0"><inkml:annotation type="truth">a</inkml:annotation>
<inkml:trace xml:id="t" continuation="begin">17 28 20735,'0'0'-80,"-4"-3*T,!1 #F ? F</inkml:trace>
<inkml:trace continuation="end" priorRef="#t">17 28 20735</inkml:trace>
</inkml:traceGroup></inkml:ink>
"""


def written(ink: Ink, format: str) -> bytes:
    file = io.BytesIO()
    inkrec.write(file, ink, format)
    return file.getvalue()


SEEDS = {
    "inkml": [written(INK, "inkml"), OFFICE],
    "jsonl": [
        written(INK, "jsonl"),
        b'{"format": "inkrec", "version": 1}\n{"down": [[0.5, 1, 2, 0.5]]}\n'
        b'{"hover": [[0.6, 1, 2]]}\n{"label": "a"}\n{"format": "inkrec", "version": 1}\n',
    ],
    "xopp": [written(NOTEBOOK, "xopp"), gzip.decompress(written(NOTEBOOK, "xopp"))],
}


def attempt(data: bytes, format: str | None) -> bool:
    """Read in every way there is: whether it could be read; all but a FormatError goes on."""
    found = True
    for read in (inkrec.read, read_labelled, lambda f, n: list(iter_samples(f, n))):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", InkWarning)
                read(io.BytesIO(data), format)
        except FormatError:
            found = False
    return found


@pytest.mark.parametrize("format", SEEDS)
def test_the_seeds_are_read(format: str) -> None:
    for seed in SEEDS[format]:
        assert read_labelled(io.BytesIO(seed), format)


@pytest.mark.parametrize("format", SEEDS)
def test_cut_at_any_byte(format: str) -> None:
    whole = {True: 0, False: 0}
    for seed in SEEDS[format]:
        for length in range(len(seed)):
            whole[attempt(seed[:length], format)] += 1
    assert whole[False] > 20


# fmt: off
TRICKS = [
    "1e999", "-", "nan", "NaN", "1_0", "\u0661", '"', "'", "#ffffffffffffffff", "*", "?", "T",
    ",", "]", "[", "{}", "null", "true", "<", "</ink>", "&lt;", "\u200b", "\xa0", "1e308",
    "\x00", "-1e-400", "0x10", "Infinity", "!DOCTYPE", "gzip", "2147483648",
]
# fmt: on
EDITS = st.lists(
    st.tuples(
        st.integers(0, 10_000),
        st.integers(0, 12),
        st.binary(max_size=6) | st.sampled_from([*(t.encode() for t in TRICKS), b"9" * 400, b"\n"]),
    ),
    min_size=1,
    max_size=6,
)


@pytest.mark.parametrize("format", SEEDS)
@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), edits=EDITS)
def test_mutated_bytes(
    format: str, data: st.DataObject, edits: list[tuple[int, int, bytes]]
) -> None:
    seed = bytearray(data.draw(st.sampled_from(SEEDS[format])))
    for at, length, new in edits:
        at %= len(seed) + 1
        seed[at : at + length] = new
    attempt(bytes(seed), format)


@settings(max_examples=200)
@given(data=st.binary(max_size=200), format=st.sampled_from([None, *SEEDS]))
def test_any_bytes(data: bytes, format: str | None) -> None:
    attempt(data, format)


TRACE = "<ink><trace>{}</trace></ink>"
PAGE = '<xournal><page height="9"><layer><stroke {}>{}</stroke></layer></page></xournal>'
LINES = '{{"format": "inkrec", "version": 1}}\n{}\n'
BOMB = (
    '<!DOCTYPE ink [<!ENTITY a "ha">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]><ink><trace>&i;</trace></ink>"
)

BAD = [
    ("inkml", "", "an empty file"),
    ("inkml", "   ", "an empty file"),
    ("inkml", "<ink>", "broken XML"),
    ("inkml", "<svg/>", "expected <ink>, found <svg>"),
    ("inkml", BOMB, "document type"),
    (
        "inkml",
        '<!DOCTYPE ink [<!ENTITY a SYSTEM "file:///etc/passwd">]><ink><trace>&a;</trace></ink>',
        "document type",
    ),
    ("inkml", "<ink>&undefined;</ink>", "undefined entity"),
    ("inkml", "<ink>" * 1000, "inside one another"),
    ("inkml", '<?xml version="1.0" encoding="none"?><ink/>', "encoding"),
    ("inkml", TRACE.format("1 nan"), "point 1 .* found 'nan'"),
    ("inkml", TRACE.format("1 1e999"), "beyond all bounds"),
    ("inkml", TRACE.format("1_0 1"), "found '_0 1'"),
    ("inkml", TRACE.format("١ ٢"), "found '١ ٢'"),
    ("inkml", TRACE.format("1\u20032"), "found"),
    ("inkml", TRACE.format("1 #" + "f" * 1000), "beyond all bounds"),
    ("inkml", TRACE.format("'1 2"), "begins with a difference"),
    ("inkml", TRACE.format("* 2"), r"begins with '\*'"),
    ("inkml", TRACE.format("T 2"), "channel X is a number, found 'T'"),
    ("inkml", '<ink><context xml:id="a" contextRef="#b"/></ink>', "no <context> has the id '#b'"),
    (
        "inkml",
        '<ink><context xml:id="a" contextRef="#b"/><context xml:id="b" contextRef="#a"/></ink>',
        "refer to one another without end",
    ),
    ("inkml", '<ink><traceFormat><channel name="X"/></traceFormat></ink>', "a channel Y"),
    (
        "inkml",
        '<ink><traceFormat><channel name="Y"/><channel name="X"/><channel name="X"/>'
        "</traceFormat></ink>",
        "named twice",
    ),
    ("jsonl", "", "an empty file"),
    ("jsonl", "\n\n", "an empty file"),
    ("jsonl", "nonsense\n", "line 1: expected a JSON object"),
    ("jsonl", "[1]\n", "found a list"),
    ("jsonl", '{"down": [[0, 1, 2]]}\n', 'expected {"format": "inkrec"'),
    ("jsonl", '{"format": "inkrec", "version": 2}\n', "version 2.*upgrade"),
    ("jsonl", '{"format": "inkrec", "version": true}\n', "expected a version"),
    ("jsonl", '{"format": "inkrec", "version": 1, "units_per_mm": -1}\n', "must be positive"),
    ("jsonl", LINES.format('{"down": [[0, NaN, 1]]}'), "line 2: .*found NaN"),
    ("jsonl", LINES.format('{"down": [[0, 1e999, 1]]}'), "line 2: x is beyond all bounds"),
    ("jsonl", LINES.format('{"down": [[0, ' + "9" * 4000 + ", 1]]}"), "x is beyond all bounds"),
    ("jsonl", LINES.format('{"down": [[0, ' + "9" * 9000 + ", 1]]}"), "line 2: expected a JSON"),
    ("jsonl", LINES.format('{"down": [[0, true, 1]]}'), "x is True; expected a number"),
    ("jsonl", LINES.format('{"down": [[0, "1", 1]]}'), "x is '1'; expected a number"),
    ("jsonl", LINES.format('{"down": [[0, 1]]}'), "expected a sample"),
    ("jsonl", LINES.format('{"down": []}'), "down expects samples"),
    ("jsonl", LINES.format('{"down": [[1, 1, 2, 1.5]]}'), "pressure is 1.5"),
    ("jsonl", LINES.format('{"stray": 1}'), "expected one of stroke, down, hover, label"),
    ("jsonl", LINES.format('{"label": 1}'), "expected a text"),
    ("jsonl", LINES.format(r'{"label": "\ud800"}'), "half a surrogate"),
    ("jsonl", LINES.format('{"a": ' + "[" * 100_000), "line 2: expected a JSON object"),
    ("xopp", "", "an empty file"),
    ("xopp", "<xournal", "broken XML"),
    ("xopp", PAGE.format("", ""), "0 numbers in a stroke"),
    ("xopp", PAGE.format("", "1 nan"), "line 1: its place is 1.0, nan; expected finite"),
    ("xopp", PAGE.format("", "1 1e999"), "its place is 1.0, inf"),
    ("xopp", PAGE.format("", "1_0 1"), "its place is nan, 1.0"),
    ("xopp", PAGE.format("", "١ ٢"), "its place is nan, nan"),
    (
        "xopp",
        '<xournal><page height="tall"/></xournal>',
        "points of 1/72 inch, found 'tall'",
    ),
    ("xopp", '<xournal><page height="-1"/></xournal>', "expected points of 1/72 inch, found '-1'"),
]


STROKE = '{"stroke": [[1, 1, 2]]}\n'
PARTLY = [
    ("inkml", TRACE.format("1 2, inf 3"), 1, "a point is left out: point 2 .* found 'inf 3'"),
    ("inkml", TRACE.format("1 2 3"), 1, "last value .* left out: 3 values .* channels are X, Y"),
    ("inkml", TRACE.format("1 2,3"), 1, "point 2 .*: 1 values"),
    ("inkml", TRACE.format("1 2,,3 4"), 2, "point 2 .*: 0 values"),
    ("inkml", TRACE.format("1 2 3 4"), 2, "without commas"),
    ("inkml", TRACE.format("1 2,'3 x,4 5"), 1, "a point and what follows it"),
    ("inkml", "<ink><trace>1 2</trace><trace>1 <2</trace><trace>3 4</trace></ink>", 2, "a <trace>"),
    ("inkml", "<ink><trace>1 2</trace><trace>3 4", 1, "what follows is left out: broken XML"),
    ("inkml", '<ink><trace contextRef="#gone">1 2</trace></ink>', 1, "no <context> has the id"),
    ("jsonl", LINES.format(STROKE + '{"stroke": [[1, "a", 2]]}'), 1, "line 3: a line"),
    ("jsonl", LINES.format(STROKE)[:-1] + '{"stroke": [[0.2', 1, "the last line was cut off"),
    ("jsonl", LINES.format('{"stroke": [[null, 1, 2]]}\n{"down": [[1, 1, 2]]}'), 2, "have no time"),
    ("jsonl", LINES.format('{"stroke": [[1, 1, 2], [0.98, 2, 2]]}'), 2, "runs backwards"),
    ("xopp", PAGE.format("", "1 2 3"), 1, "the last number is left out: 3 numbers in a stroke"),
    ("xopp", PAGE.format('width="1 x"', "1 2"), 1, "expected widths as numbers, found '1 x'"),
    ("xopp", PAGE.format("", "1 2 3 4 nan 6"), 2, "a point is left out: its place is nan, 6.0"),
]


@pytest.mark.parametrize(("format", "text", "points", "match"), PARTLY)
def test_what_is_left_out_is_told(format: str, text: str, points: int, match: str) -> None:
    """The rest is read; where warnings are errors, nothing is."""
    with pytest.warns(InkWarning, match=match):
        ink = inkrec.read(io.BytesIO(text.encode()), format)
    assert sum(map(len, ink)) == points
    with pytest.raises(InkWarning, match=match):
        inkrec.read(io.BytesIO(text.encode()), format)


@pytest.mark.parametrize(("format", "text", "match"), BAD)
def test_what_is_wrong_is_named(format: str, text: str, match: str) -> None:
    with pytest.raises(FormatError, match=match):
        inkrec.read(io.BytesIO(text.encode()), format)


def test_a_message_names_the_file_and_the_line(tmp_path: Path) -> None:
    path = tmp_path / "bad.inkml"
    path.write_text("<ink>\n\n<trace>1 2</trace>\n<trace>1 x</trace></ink>")
    with pytest.warns(InkWarning, match=r"bad\.inkml:4: a point .*: point 1 .*'x'") as caught:
        inkrec.read(path)
    warning = caught[0].message
    assert isinstance(warning, InkWarning)
    assert (warning.file, warning.line) == (str(path), 4)
    path.write_text("<ink>\n\n<trace>1 x</trace></ink>")
    with pytest.raises(FormatError, match=r"bad\.inkml:3: point 1 of a trace: .*'x'") as refused:
        inkrec.read(path)
    assert (refused.value.file, refused.value.line) == (str(path), 3)


@pytest.mark.parametrize("data", [b"\x1f\x8b", b"\x1f\x8b\x08junk", gzip.compress(OFFICE)[:24]])
@pytest.mark.parametrize("format", SEEDS)
def test_broken_gzip(format: str, data: bytes) -> None:
    with pytest.raises(FormatError, match="broken gzip"):
        inkrec.read(io.BytesIO(data), format)


def test_gzip_that_is_cut_gives_what_is_there() -> None:
    data = gzip.compress(b"<ink>" + b"<trace>1 2, 3 4</trace>" * 3 + b"<trace>5 6</trace></ink>")
    with pytest.warns(InkWarning, match="broken gzip: it ends in the middle"):
        assert len(inkrec.read(io.BytesIO(data[:-4]), "inkml")) == 4
    with pytest.warns(InkWarning, match=r"broken gzip.*and 1 more such"):
        assert len(inkrec.read(io.BytesIO(data[:-14]), "inkml")) == 3


@pytest.mark.parametrize("data", [b"\x1f\x8bxxxxxxxx", b"\x1f\x8b", gzip.compress(OFFICE)[:40]])
def test_broken_gzip_without_a_name_is_what_it_is_with_one(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "ink.dat"
    path.write_bytes(data)
    with pytest.raises(FormatError, match="broken gzip") as named:
        inkrec.read(path)
    with pytest.raises(FormatError, match="broken gzip") as caught:
        inkrec.read(io.BytesIO(data))
    assert str(named.value) == f"{path}: {caught.value}"


def test_gzip_of_nothing_is_an_empty_file() -> None:
    with pytest.raises(FormatError, match="an empty file"):
        inkrec.read(io.BytesIO(gzip.compress(b"")))


@pytest.mark.parametrize("size", [0, 1 << 16, 3 << 20])
def test_a_packed_stream_is_read_from_its_start_once_its_format_is_told(size: int) -> None:
    """Incompressible filling, so that what is looked at is only a part of it."""
    filling = random.Random(0).randbytes(size).hex().encode()
    data = b"<ink><!--" + filling + b"--><trace>0 0, 3 4</trace></ink>"
    for file in (data, gzip.compress(data)):
        assert len(inkrec.read(io.BytesIO(file))) == 1


def test_gzip_whose_checksum_is_wrong() -> None:
    data = bytearray(gzip.compress(OFFICE))
    data[-6] ^= 1
    with pytest.warns(InkWarning, match="broken gzip: incorrect data check"):
        assert len(inkrec.read(io.BytesIO(bytes(data)), "inkml")) == 2


def test_a_directory_and_a_missing_file(tmp_path: Path) -> None:
    for name in ("a.inkml", "a.jsonl", "a.xopp", "a"):
        with pytest.raises(FileNotFoundError):
            inkrec.read(tmp_path / name)
        (tmp_path / name).mkdir()
        with pytest.raises(FormatError, match="a directory; expected a file"):
            inkrec.read(tmp_path / name)


def test_a_text_file_object(tmp_path: Path) -> None:
    (tmp_path / "a.inkml").write_text(TRACE.format("1 2"))
    with open(tmp_path / "a.inkml") as file, pytest.raises(TypeError, match="binary mode"):
        inkrec.read(file)  # type: ignore[arg-type]


class Endless(io.RawIOBase):
    """A start, then the same bytes for ever, with a count of what was taken."""

    def __init__(self, start: bytes, block: bytes) -> None:
        self.block = block * (65536 // len(block) + 1)
        self.held = start
        self.taken = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self.held = self.held or self.block
        data, self.held = self.held[: len(buffer)], self.held[len(buffer) :]
        buffer[: len(data)] = data
        self.taken += len(data)
        return len(data)


ENDLESS: list[tuple[str, bytes, bytes]] = [
    ("inkml", b"<ink>", b" "),
    ("inkml", b"<ink><trace>", b"1 2,"),
    ("inkml", b"<ink><trace id='", b"a"),
    ("inkml", b"<ink><!--", b"a"),
    ("inkml", b"<ink>", b"<trace>1 2</trace>"),
    ("inkml", b"<ink><annotation>", b"<a/>x"),
    ("xopp", b"<xournal><preview>", b"QUJD"),
    ("xopp", b"<xournal><page height='9'><layer>", b"<stroke>1 2</stroke>"),
    ("jsonl", b'{"format": "inkrec", "version": 1}\n', b" "),
    ("jsonl", b'{"format": "inkrec", "version": 1}\n{"label": "', b"a"),
    ("jsonl", b'{"format": "inkrec", "version": 1}\n', b'{"label": "a"}\n'),
    ("jsonl", b'{"format": "inkrec", "version": 1}\n', b'{"down": [[1, 2, 3]]}\n'),
]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds of a thousandth, so that reaching them takes no time."""
    for module, name in (
        (_files, "MAX_BYTES"),
        (_xml_tree, "MAX_TEXT"),
        (_xml_tree, "MAX_ELEMENTS"),
        (jsonl_records, "MAX_LINE"),
    ):
        monkeypatch.setattr(module, name, getattr(module, name) // 1024)
    monkeypatch.setattr(_files, "_CHUNK", 4096)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(("format", "start", "block"), ENDLESS)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_what_never_ends_is_refused_in_bounded_memory(
    format: str, start: bytes, block: bytes, pack: Callable[[bytes], bytes]
) -> None:
    if pack is bytes:
        file = Endless(start, block)
    else:
        file = Endless(pack(start + block * (_files.MAX_BYTES * 2 // len(block))), b"\0")
    tracemalloc.start()
    try:
        with pytest.raises(FormatError, match=r"more than|line of more"):
            inkrec.read(file, format)  # type: ignore[arg-type]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert file.taken <= _files.MAX_BYTES + 2 * io.DEFAULT_BUFFER_SIZE
    assert peak < 16 * _files.MAX_BYTES


def test_the_bounds_as_they_are() -> None:
    """What the small bounds above stand for."""
    assert (_files.MAX_BYTES, _xml_tree.MAX_TEXT) == (256 << 20, 8 << 20)
    assert (_xml_tree.MAX_ELEMENTS, _xml_tree.MAX_DEPTH, jsonl_records.MAX_LINE) == (
        10**6,
        64,
        16 << 20,
    )


@pytest.mark.parametrize("format", SEEDS)
def test_a_gzip_bomb_is_refused(format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_files, "MAX_BYTES", 2 << 20)
    bomb = gzip.compress(b"<ink>" + b" " * (16 << 20))
    assert len(bomb) < 1 << 15
    with pytest.raises(FormatError, match=r"more than|expected a JSON"):
        inkrec.read(io.BytesIO(bomb), format)


def test_too_many_points(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_files, "MAX_POINTS", 3)
    for format in SEEDS:
        with pytest.raises(FormatError, match=r"more than 3 (points|samples)"):
            inkrec.read(io.BytesIO(written(NOTEBOOK, format)), format)


def test_no_document_type_is_fetched(tmp_path: Path) -> None:
    (tmp_path / "a.dtd").write_text('<!ENTITY a "1 2">')
    text = f'<!DOCTYPE ink SYSTEM "{(tmp_path / "a.dtd").as_uri()}"><ink><trace>{{}}</trace></ink>'
    assert len(inkrec.read(io.BytesIO(text.format("3 4").encode()))[0]) == 1
    assert len(inkrec.read(io.BytesIO(text.format("&a;").encode()))) == 0
