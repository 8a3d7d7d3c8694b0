"""Files of other programs, as small as they may be, with what is in them and damaged."""

from __future__ import annotations

import base64
import gzip
import io
import json
import struct
import sys
import warnings
import zipfile
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import inkrec
from inkrec import FormatError, Ink, InkWarning, MissingExtraError, Stroke, formats


def element(x: float, y: float) -> dict[str, Any]:
    return {"pos": [x, y], "pressure": 0.5}


def rnote_stroke(*points: tuple[float, float]) -> dict[str, Any]:
    first, *rest = points
    segments = [{"lineto": {"end": element(*p)}} for p in rest]
    look = {"stroke_width": 2.0, "stroke_color": {"r": 1.0, "g": 0.0, "b": 0.0, "a": 1.0}}
    path = {"start": element(*first), "segments": segments}
    return {"brushstroke": {"path": path, "style": {"smooth": look}}}


STROKES = [rnote_stroke((5, 5), (6, 7)), rnote_stroke((1, 2), (3, 4))]
CHRONOS: list[dict[str, Any]] = [
    {"t": 9, "layer": {"user_layer": 0}},
    {"t": 4, "layer": "highlighter"},
]
FORM = {"format": {"dpi": 254.0, "width": 1.0, "height": 1.0}}


def slots(values: list[Any]) -> list[Any]:
    return [{"value": None, "version": 0}, *({"value": v, "version": 1} for v in values)]


def rnote(version: str = "0.9.4", strokes: Any = None) -> bytes:
    snapshot = {
        "document": FORM,
        "stroke_components": slots(strokes or STROKES),
        "chrono_components": slots(CHRONOS),
    }
    content = {"version": version, "data": {"engine_snapshot": snapshot}}
    return gzip.compress(json.dumps(content).encode(), mtime=0)


def rnote_chunks(method: Any, pack: Any) -> bytes:
    """A file with a header and chunks of strokes, as Rnote's development has them."""
    core = pack(json.dumps({"document": FORM}).encode())
    chunk = pack(json.dumps(list(zip(STROKES, CHRONOS, strict=True))).encode())
    infos = [{"c_size": len(part), "uc_size": 1} for part in (core, chunk)]
    header = json.dumps(
        {"compression_method": method, "core_info": infos[0], "chunk_info_vec": infos[1:]}
    ).encode()
    magic = b"RNOTE\xce\xa6\xce\x9b" + struct.pack("<HI", 1, len(header))
    return magic + header + core + chunk


def rnote_body(serialization: str = "Json") -> bytes:
    """The header before that one: a semantic version, and one body."""
    header = json.dumps({"serialization": serialization, "compression": {"Gzip": 5}}).encode()
    body = json.loads(gzip.decompress(rnote()))["data"]["engine_snapshot"]
    version = struct.pack("<QQQHH", 0, 12, 0, 0, 0) + struct.pack("<I", len(header))
    return b"RNOTE\xce\xa6\xce\x9b" + version + header + gzip.compress(json.dumps(body).encode())


RNOTES = [
    rnote(), rnote("0.5.13"), rnote_chunks({"gzip": 5}, gzip.compress), rnote_chunks("none", bytes),
    rnote_body(),
]  # fmt: skip


@pytest.mark.parametrize("data", RNOTES, ids=["0.9", "0.5", "chunks", "plain chunks", "body"])
def test_rnote_s_strokes_come_in_the_order_of_their_count(data: bytes) -> None:
    document = inkrec.read_document(io.BytesIO(data))
    assert document.program.startswith("Rnote")
    assert document.units_per_mm == pytest.approx(10)
    (page,) = document.pages
    assert [layer.name for layer in page.layers] == ["Highlighter", "UserLayer 0"]
    assert [s.tool for s in document.ink()] == ["highlighter", "pen"]
    assert [s.x.tolist() for s in document.ink()] == [[1, 3], [5, 6]]
    assert document.ink()[1].color == "#ff0000"


def test_rnote_s_older_segments_have_their_own_start() -> None:
    path = [
        {"line": {"start": element(0, 0), "end": element(1, 1)}},
        {"cubbez": {"start": element(1, 1), "cp1": [1, 2], "cp2": [2, 2], "end": element(3, 1)}},
    ]
    (stroke,) = inkrec.read(io.BytesIO(rnote("0.5.4", [{"brushstroke": {"path": path}}])))
    assert (stroke.x[0], stroke.x[1], stroke.x[-1], len(stroke)) == (0, 1, 3, 10)


def test_what_only_rnote_reads_is_named() -> None:
    with pytest.raises(FormatError, match=r"Rnote 0\.12\.0 packed in 'bitcode', which only Rnote"):
        inkrec.read(io.BytesIO(rnote_body("Bitcode")))


def test_rnote_s_zstandard_is_read() -> None:
    zstandard = pytest.importorskip("zstandard", reason="the extra rnote unpacks it")
    assert len(inkrec.read(io.BytesIO(rnote_chunks({"zstd": 12}, zstandard.compress)))) == 2


@pytest.mark.parametrize(
    ("module", "extra", "data"),
    [
        ("zstandard", "rnote", rnote_chunks({"zstd": 5}, bytes)),
        ("rmscene", "remarkable", b"reMarkable .lines file, version=6".ljust(43)),
    ],
)
def test_a_missing_extra_is_named(
    module: str, extra: str, data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=rf"pip install 'inkrec\[{extra}\]'"):
        inkrec.read(io.BytesIO(data))


# ---- tldraw

POINTS = {"points": [{"x": 0, "y": 0, "z": 0.25}, {"x": 1, "y": 2, "z": 0.5}]}
DELTAS = struct.pack("<3f", 0, 0, 0.25) + struct.pack("<3e", 1, 2, 0.25)
PACKED = {"path": base64.b64encode(DELTAS).decode()}
PAGE = {"id": "page:p", "typeName": "page", "name": "One", "index": "a1"}


def shape(index: str, points: Any, **more: Any) -> dict[str, Any]:
    props = {"segments": [{"type": "free", **points}], "color": "black", "size": "m", "isPen": True}
    return {
        "id": f"shape:{index}", "typeName": "shape", "type": "draw", "index": index,
        "parentId": "page:p", "x": 10, "y": 20, "rotation": 0, "props": props, **more,
    }  # fmt: skip


def tldraw(points: Any = POINTS, **more: Any) -> Any:
    shapes = [shape("a2", points, **more), shape("a1", points, type="highlight")]
    return {r["id"]: r for r in [*shapes, PAGE]}


OBSIDIAN = {
    "meta": {"pluginVersion": "0.5.1", "tldrawVersion": "2.4.3"},
    "tldraw": {"document": {"store": tldraw()}},
}
TLDRAW_SVG = (
    "<svg xmlns='http://www.w3.org/2000/svg'><path d='M0 0 L1 1 Z'/><metadata><ink "
    "plugin-version='1.0.0' file-type='inkWriting'/><tldraw version='2.4.3'>"
    f"{json.dumps(OBSIDIAN['tldraw'])}</tldraw></metadata></svg>"
)
TLDRAW = [
    json.dumps(OBSIDIAN, indent="\t"),
    json.dumps({"tldrawFileFormatVersion": 1, "records": list(tldraw(PACKED).values())}),
    json.dumps({"store": tldraw(), "schema": {"schemaVersion": 2}}),
]


@pytest.mark.parametrize(
    "text", [*TLDRAW, TLDRAW_SVG], ids=["Obsidian Ink", "tldr", "snapshot", "svg"]
)
def test_tldraw_s_shapes_lie_where_they_were_drawn(text: str) -> None:
    document = inkrec.read_document(io.BytesIO(text.encode()))
    assert [page.name for page in document.pages] == ["One"]
    ink = document.ink()
    assert [s.tool for s in ink] == ["highlighter", "pen"], "in the order of their index"
    np.testing.assert_allclose([s.x for s in ink], [[10, 11]] * 2)
    np.testing.assert_allclose([s.y for s in ink], [[20, 22]] * 2)
    assert ink[1].pressure is not None
    np.testing.assert_allclose(ink[1].pressure, [0.25, 0.5])


def test_a_shape_in_a_group_that_is_turned() -> None:
    store = tldraw(parentId="shape:g")
    store["shape:g"] = {
        "id": "shape:g", "typeName": "shape", "type": "group", "index": "a3", "props": {},
        "parentId": "page:p", "x": 100, "y": 0, "rotation": float(np.pi / 2),
    }  # fmt: skip
    ink = inkrec.read(io.BytesIO(json.dumps({"store": store}).encode()))
    np.testing.assert_allclose(ink[-1].x, [80, 78])
    np.testing.assert_allclose(ink[-1].y, [10, 11])


# ---- Excalidraw, MyScript, Quick, Draw!

FREEDRAW = {
    "type": "freedraw", "x": 5, "y": 6, "points": [[0, 0], [2, 0], [2, 2]], "angle": 0,
    "pressures": [0.1, 0.2, 0.3], "simulatePressure": False, "strokeColor": "#1971c2",
    "strokeWidth": 2, "opacity": 100, "isDeleted": False,
}  # fmt: skip
EXCALIDRAW = {
    "type": "excalidraw", "version": 2, "source": "https://excalidraw.com",
    "elements": [
        FREEDRAW, {**FREEDRAW, "isDeleted": True}, {**FREEDRAW, "type": "text"},
        {**FREEDRAW, "opacity": 30}, {**FREEDRAW, "type": "arrow"},
    ],
}  # fmt: skip


def test_excalidraw_s_freehand_is_ink_and_its_lines_are_shapes() -> None:
    text = json.dumps(EXCALIDRAW, indent=2)
    note = f"---\nexcalidraw-plugin: parsed\n---\n# Drawing\n```json\n{text}\n```\n%%"
    for data in (text, note):
        ink = inkrec.read(io.BytesIO(data.encode()))
        assert [s.tool for s in ink] == ["pen", "highlighter", "shape"]
        assert (ink[0].x.tolist(), ink[0].color) == ([5, 7, 7], "#1971c2")
        assert ink[0].pressure is not None
        assert ink[0].pressure.tolist() == [0.1, 0.2, 0.3]
    packed = note.replace("```json", "```compressed-json")
    with pytest.raises(FormatError, match="compressed drawing; turn compression off"):
        inkrec.read(io.BytesIO(packed.encode()))


POINTERS = [{"x": i, "y": 2 * i, "t": 1_700_000_000_000 + 10 * i, "p": 0.5} for i in range(3)]
COLUMNS = {"x": [0, 1, 2], "y": [0, 2, 4], "t": [0, 10, 20], "p": [0.5, 0.5, 0.5]}
ITEM = {
    "type": "stroke", "id": "s1", "timestamp": "2026-01-02 03:04:05.5",
    "X": [0, 1, 2], "Y": [0, 2, 4], "F": [0.5, 0.5, 0.5], "T": [0, 10, 20],
}  # fmt: skip
IINK = [
    json.dumps([{"type": "stroke", "pointers": POINTERS, "style": {"color": "#00F", "width": 2}}]),
    json.dumps({"strokes": [COLUMNS]}),
    json.dumps({"strokeGroups": [{"penStyle": "color: #0000ff", "strokes": [COLUMNS]}]}),
    json.dumps({"type": "Text", "label": "hi", "words": [{"items": [ITEM]}], "items": [ITEM]}),
    json.dumps([[[0, 0, 0], [1, 2, 10], [2, 4, 20]]]),
]


@pytest.mark.parametrize("text", IINK, ids=["pointers", "strokes", "groups", "JIIX", "lists"])
def test_strokes_in_json(text: str) -> None:
    ((ink, label),) = formats.read_labelled(io.BytesIO(text.encode()))
    (stroke,) = ink
    assert (stroke.x.tolist(), stroke.y.tolist()) == ([0, 1, 2], [0, 2, 4])
    assert stroke.t is not None
    np.testing.assert_allclose(np.diff(stroke.t), 0.01, atol=1e-6)
    assert label == ("hi" if "label" in text else None)
    assert ink.units_per_mm == (1.0 if "X" in text else None)


def test_an_eraser_s_pointers_are_marked() -> None:
    strokes = [{"pointerType": "ERASER", "pointers": POINTERS}, {"pointers": POINTERS}]
    ink = inkrec.read(io.BytesIO(json.dumps(strokes).encode()))
    assert sorted(s.tool for s in ink) == ["eraser", "pen"]


QUICKDRAW = (
    b'{"word":"cat","countrycode":"VE","drawing":[[[0,1],[2,3],[0,90]],[[5],[6],[200]]]}\n'
    b'{"word":"dog","key_id":"1","drawing":[[[7,8,9],[1,1,1]]]}\n'
)


def test_quick_draw_s_drawings_have_their_words() -> None:
    items = formats.read_labelled(io.BytesIO(QUICKDRAW))
    assert [item.label for item in items] == ["cat", "dog"]
    assert [s.t.tolist() for s in items[0].ink if s.t is not None] == [[0, 0.09], [0.2]]
    assert not items[1].ink.has_time
    pages = inkrec.read_document(io.BytesIO(QUICKDRAW)).pages
    assert [page.name for page in pages] == ["cat", "dog"]


# ---- reMarkable and Wacom


def remarkable(version: int) -> bytes:
    data = f"reMarkable .lines file, version={version}".encode().ljust(43) + struct.pack("<i", 2)
    for pen in (2, 18):
        data += struct.pack("<iiiif", 1, pen, 0, 0, 2.0)
        data += struct.pack("<i", 0) if version == 5 else b""
        data += struct.pack("<i", 2)
        for x in (1.0, 3.0):
            rest = (0, 0, 2, 0.5) if version == 5 else (0.5, 0, 0, 0)
            data += struct.pack("<6f", x, 4.0, *rest)
    return data


@pytest.mark.parametrize("version", [3, 5])
def test_remarkable_s_older_pages(version: int) -> None:
    document = inkrec.read_document(io.BytesIO(remarkable(version)))
    assert [len(layer.ink) for layer in document.pages[0].layers] == [1, 1]
    ink = document.ink()
    assert [s.tool for s in ink] == ["pen", "highlighter"]
    assert ink[0].x.tolist() == [1, 3]
    assert ink[0].pressure is not None
    assert ink[0].pressure.tolist() == [0.5, 0.5]
    with pytest.warns(InkWarning, match="the page is cut off"):
        assert len(inkrec.read(io.BytesIO(remarkable(version)[:-5]))) == 1


def test_remarkable_s_pages_of_today() -> None:
    """A page that rmscene, the library of their own field, writes."""
    rmscene = pytest.importorskip("rmscene", reason="the extra remarkable reads these")
    items = pytest.importorskip("rmscene.scene_items")
    points = [items.Point(x, y, 0, 0, 8, 128) for x, y in ((10, 30), (20, 40))]
    line = items.Line(items.PenColor.BLACK, items.Pen.HIGHLIGHTER_2, points, 2.0, 0.0)
    none = rmscene.CrdtId(0, 0)
    blocks = list(rmscene.simple_text_document("typed"))
    item = rmscene.CrdtSequenceItem(rmscene.CrdtId(1, 99), none, none, 0, line)
    blocks.append(rmscene.SceneLineItemBlock(rmscene.CrdtId(0, 11), item))
    file = io.BytesIO()
    rmscene.write_blocks(file, blocks)
    (stroke,) = inkrec.read(io.BytesIO(file.getvalue()))
    assert stroke.x.tolist() == [702 + 10, 702 + 20]
    assert (stroke.tool, stroke.y.tolist()) == ("highlighter", [30, 40])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InkWarning)
        for length in range(43, len(file.getvalue()), 7):
            try:
                inkrec.read(io.BytesIO(file.getvalue()[:length]))
            except FormatError:
                continue


def varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def message(*fields: tuple[int, bytes | int | list[int]]) -> bytes:
    out = b""
    for number, value in fields:
        if isinstance(value, int):
            out += varint(number << 3) + varint(value)
        else:
            data = value if isinstance(value, bytes) else b"".join(map(varint, value))
            out += varint(number << 3 | 2) + varint(len(data)) + data
    return out


def zigzag(*values: int) -> list[int]:
    return [2 * v if v >= 0 else -2 * v - 1 for v in values]


def uim(*, packed: bool = False) -> bytes:
    floats = [struct.pack("<4f", *v) for v in ((0, 0, 3, 3), (1, 1, 2, 2))]
    compressed = message(
        (1, zigzag(10, 0, 5, 0)), (2, zigzag(20, 0, 0, 0)), (4, [255]), (5, [0]), (6, [0])
    )  # fmt: skip
    strokes = [
        message((1, b"a"), (5, message((1, floats[0]), (2, floats[1]))), (9, 1)),
        message((2, zigzag(1)[0]), (6, compressed), (9, 2)),
    ]
    ink = message(*((1, s) for s in strokes), (4, b"will://brush/pen"), (4, b"app://highlighter"))
    body = zlib.compress(ink) if packed else ink
    head = bytes([3, 1, 0, 0, 3, 1, 0, 1, int(packed), 0, 0, 0])
    chunks = b"".join(
        name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)
        for name, data in ((b"HEAD", head), (b"INKD", body))
    )
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"UINK" + chunks


def test_wacom_s_splines() -> None:
    for data in (uim(), uim(packed=True)):
        ink = inkrec.read(io.BytesIO(data))
        assert [s.x.tolist() for s in ink] == [[0, 3], [1, 1.5]]
        assert [s.y.tolist() for s in ink] == [[1, 2], [2, 2]]
        assert [s.tool for s in ink] == ["pen", "highlighter"]
        assert ink[1].color == "#ff0000"


# ---- InkML where it lies

INKML = (
    '<inkml:ink xmlns:inkml="http://www.w3.org/2003/InkML"><inkml:definitions>'
    '<inkml:brush xml:id="br0"><inkml:brushProperty name="color" value="#FFFF00"/>'
    '<inkml:brushProperty name="rasterOp" value="maskPen"/></inkml:brush>'
    '<inkml:brush xml:id="eraser1"/></inkml:definitions>'
    '<inkml:trace brushRef="#br0">1 2, 3 4</inkml:trace>'
    '<inkml:trace brushRef="#eraser1">5 6</inkml:trace><inkml:trace>7 8</inkml:trace></inkml:ink>'
)


def office(folder: str = "word") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(f"{folder}/ink/ink10.xml", INKML.replace("1 2, 3 4", "10 10"))
        archive.writestr(f"{folder}/ink/ink9.xml", INKML)
    return file.getvalue()


MIME = (
    "--MyBoundary\r\nContent-Type: text/html\r\n\r\n<html><p>ink?</p></html>\r\n"
    "--MyBoundary\r\nContent-Type: application/inkml+xml\r\n\r\n"
    f"<?xml version='1.0'?>{INKML}\r\n--MyBoundary--\r\n"
)


@pytest.mark.parametrize(
    ("data", "pages"),
    [
        (f"<?xml version='1.0'?><paper>{INKML}</paper>".encode(), 1),
        (f"\r\n  <paper>{INKML}</paper>".encode(), 1),
        (f"<paper>{INKML}</paper>".encode("utf-16"), 1),
        (office(), 2),
        (office("ppt"), 2),
        (MIME.encode(), 1),
        (MIME.replace("\r\n", "\n").encode(), 1),
        (b"Content-Type: multipart/form-data; boundary=MyBoundary\r\n\r\n" + MIME.encode(), 1),
    ],
    ids=["root", "space", "utf-16", "docx", "pptx", "mime", "lf", "headers"],
)
def test_inkml_is_read_where_it_lies(data: bytes, pages: int) -> None:
    document = inkrec.read_document(io.BytesIO(data))
    assert len(document.pages) == pages
    ink = document.pages[0].layers[0].ink
    assert [s.tool for s in ink] == ["highlighter", "eraser", "pen"]
    assert [s.x[0] for s in ink] == [1, 5, 7]


def test_a_cut_zip_gives_the_members_that_are_there() -> None:
    with pytest.warns(InkWarning, match="broken ZIP"):
        ink = inkrec.read(io.BytesIO(office()[:-60]))
    assert len(ink) == 6


@pytest.mark.parametrize(
    ("rows", "place"),
    [("1 0 0, 0 -1 0", (3, -4)), ("0 1 10, 1 0 20", (14, 23)), ("2 0 0 0 2 0", (6, 8))],
    ids=["y turned", "turned and moved", "no comma"],
)
def test_canvas_transforms(rows: str, place: tuple[float, float]) -> None:
    mapping = f'<mapping type="affine"><affine>{rows}</affine></mapping>'
    text = (
        f'<ink><definitions><canvasTransform xml:id="t">{mapping}</canvasTransform></definitions>'
        '<context canvasTransformRef="#t"/><trace>3 4</trace></ink>'
    )
    (stroke,) = inkrec.read(io.BytesIO(text.encode()))
    assert (stroke.x[0], stroke.y[0]) == place
    with pytest.warns(InkWarning, match="flattens the ink"):
        inkrec.read(io.BytesIO(text.replace(rows, "1 0 0, 2 0 0").encode()))


def test_labels_of_tg_truth() -> None:
    group = "<traceGroup><annotationXML><Tg_Truth>{}</Tg_Truth></annotationXML>{}</traceGroup>"
    two = group.format("a", "<trace>1 2</trace>") + group.format("b", "<trace>3 4</trace>")
    for text in (f"<ink>{two}</ink>", f"<ink><traceGroup>{two}</traceGroup></ink>"):
        items = formats.read_labelled(io.BytesIO(text.encode()))
        assert [label for _, label in items if label] == ["a", "b"]


def test_tools_and_colours_survive_what_can_hold_them() -> None:
    ink = Ink(
        [
            Stroke([0, 1], [0, 1], tool="highlighter", color="#ffff0080", width=5),
            Stroke([2], [2], color="#123456"),
            Stroke([3, 4], [3, 4], tool="eraser", width=2),
            Stroke([5, 6], [5, 6]),
        ],
        units_per_mm=72 / 25.4,
    )
    for format in ("inkml", "jsonl", "xopp"):
        file = io.BytesIO()
        inkrec.write(file, ink, format)
        found = inkrec.read(io.BytesIO(file.getvalue()), format)
        assert found == ink
        assert [s.color for s in found][:2] == ["#ffff0080", "#123456"]
        assert found[0].width == pytest.approx(5)


# ---- damage

SEEDS: dict[str, list[bytes]] = {
    "rnote": [*RNOTES, gzip.decompress(rnote())],
    "tldraw": [t.encode() for t in TLDRAW],
    "excalidraw": [json.dumps(EXCALIDRAW).encode()],
    "iink": [t.encode() for t in IINK],
    "quickdraw": [QUICKDRAW],
    "csv": [b"x,y,t,stroke\n1,2,0,1\n3,4,10,1\n5,6,20,2\n", b"1 2 10 1 0 0 5\n3 4 20 1 0 0 7\n"],
    "svg": [
        TLDRAW_SVG.encode(),
        b'<svg><path fill="none" stroke="#0f0" d="M0 0l1 1C1 2 3 4 5 6"/>'
        b'<path class="write-flat-pen"'
        b' d="M10 0 l5 0 5 0 0 2 -5 0 -5 0"/></svg>',
    ],
    "remarkable": [remarkable(5), remarkable(3)],
    "uim": [uim(), uim(packed=True)],
    "inkml": [office(), MIME.encode()],
}  # fmt: skip


def attempt(data: bytes, format: str | None) -> bool:
    """Whether it could be read; all but a refusal goes on."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InkWarning)
        try:
            inkrec.read_document(io.BytesIO(data), format)
        except (FormatError, MissingExtraError):
            return False
    return True


@pytest.mark.parametrize("format", SEEDS)
def test_the_content_tells_each_program(format: str) -> None:
    for seed in SEEDS[format]:
        assert formats.detect(io.BytesIO(seed)) == format
        assert attempt(seed, format)


@pytest.mark.parametrize("format", SEEDS)
def test_cut_at_any_byte_it_is_read_or_refused(format: str) -> None:
    whole = {True: 0, False: 0}
    for seed in SEEDS[format]:
        for length in range(0, len(seed), max(1, len(seed) // 120)):
            whole[attempt(seed[:length], format)] += 1
    assert all(whole.values())


TRICKS = [b"null", b"NaN", b"1e999", b"[", b"{}", b'"', b"-1", b"9" * 30, b"\xff\xff\xff\x7f", b"<"]
EDITS = st.lists(
    st.tuples(
        st.integers(0, 10_000), st.integers(0, 12), st.binary(max_size=6) | st.sampled_from(TRICKS)
    ),
    min_size=1,
    max_size=5,
)


@pytest.mark.parametrize("format", SEEDS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), edits=EDITS)
def test_mutated_it_is_read_or_refused(
    format: str, data: st.DataObject, edits: list[tuple[int, int, bytes]]
) -> None:
    seed = bytearray(data.draw(st.sampled_from(SEEDS[format])))
    for at, length, new in edits:
        at %= len(seed) + 1
        seed[at : at + length] = new
    attempt(bytes(seed), format)


def test_a_bad_point_of_a_stroke_in_json_costs_that_point() -> None:
    bad = [{"x": None, "y": 1}, *({"x": i, "y": i} for i in range(3)), {"x": "9", "y": 9}]
    text = json.dumps([{"pointers": bad}, {"pointers": "none"}])
    with pytest.warns(InkWarning, match="a point is left out: its place is nan"):
        (stroke,) = inkrec.read(io.BytesIO(text.encode()))
    assert stroke.x.tolist() == [0, 1, 2]
