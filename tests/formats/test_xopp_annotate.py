"""Text goes into notebooks, and nothing in them changes."""

from __future__ import annotations

import gzip
import io
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

import inkrec
from inkrec import FormatError, cli
from inkrec.formats.xopp.annotate import TextElement, add_text

DEMOS = Path(__file__).parents[2] / "demos" / "ink"
NOTEBOOK = """<?xml version="1.0" standalone="no"?>
<xournal creator="Xournal++ 1.2.4" fileversion="4">
<title>Grüße</title><preview>iVBORw0KGgo=</preview>
<page width="100" height="100">
<background type="pixmap" domain="attach" filename="bg_1.png"/>
<layer name="L&amp;1"><text font="Sans" size="12" x="1" y="2" color="#000000ff">typed</text>
<image left="0" top="0" right="1" bottom="1">iVBORw0KGgo=</image>
<stroke tool="pen" color="#00f" width="1.41 1 2">1 2 3 4</stroke></layer>
</page><page width="50" height="50"><background type="solid"/><layer/></page >
</xournal>
""".encode()
TEXTS = [[TextElement("a < b & \N{GRINNING FACE} é", 1.5, 2.25, 12.0)], []]


def packed(how):
    if how == "plain":
        return NOTEBOOK
    if how == "gzip":
        return gzip.compress(NOTEBOOK)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/xournal++", zipfile.ZIP_STORED)
        archive.writestr("content.xml", NOTEBOOK)
        archive.writestr("attachments/a.bin", b"\0\1")
    return out.getvalue()


def unpacked(path):
    data = path.read_bytes()
    if data[:2] == b"PK":
        with zipfile.ZipFile(path) as archive:
            assert archive.namelist() == ["mimetype", "content.xml", "attachments/a.bin"]
            assert archive.read("attachments/a.bin") == b"\0\1"
            assert archive.getinfo("mimetype").compress_type == zipfile.ZIP_STORED
            return archive.read("content.xml")
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


@pytest.mark.parametrize("how", ["plain", "gzip", "zip"])
def test_everything_stays_and_the_text_comes_to_it(how, tmp_path):
    file, out = tmp_path / "a.xopp", tmp_path / "b.xopp"
    file.write_bytes(packed(how))
    add_text(file, out, TEXTS)
    xml = unpacked(out)
    layer = re.search(rb'<layer name="inkrec text">.*?</layer>\n', xml, re.DOTALL)[0]
    assert xml.replace(layer, b"") == NOTEBOOK
    assert out.read_bytes()[:2] == file.read_bytes()[:2]
    first, second = ElementTree.fromstring(xml).findall("page")
    (text,) = first.findall("layer")[-1]
    assert text.text == TEXTS[0][0].text
    assert {k: text.get(k) for k in "xy"} == {"x": "1.50", "y": "2.25"}
    assert float(text.get("size")) == 12
    assert len(second.findall("layer")) == 1
    assert inkrec.read(out) == inkrec.read(file)


def test_text_that_was_added_is_replaced(tmp_path):
    names = [tmp_path / f"{n}.xopp" for n in range(3)]
    names[0].write_bytes(NOTEBOOK)
    add_text(names[0], names[1], [TEXTS[0] * 3, TEXTS[0]])
    add_text(names[1], names[2], TEXTS)
    assert names[2].read_bytes().count(b"<text") == 2
    add_text(names[2], names[1], [[], []])
    assert names[1].read_bytes() == NOTEBOOK


def test_backgrounds_beside_the_file_go_with_it(tmp_path):
    (tmp_path / "a.xopp").write_bytes(NOTEBOOK)
    (tmp_path / "a.xopp.bg_1.png").write_bytes(b"picture")
    (tmp_path / "other").mkdir()
    add_text(tmp_path / "a.xopp", tmp_path / "other" / "b.xopp", TEXTS)
    assert (tmp_path / "other" / "b.xopp.bg_1.png").read_bytes() == b"picture"


@pytest.mark.parametrize("data", [NOTEBOOK[:-12], NOTEBOOK[:-40], b"PK\x03\x04broken"])
def test_what_is_damaged_is_not_written_again(data, tmp_path):
    (tmp_path / "a.xopp").write_bytes(data)
    with pytest.raises(FormatError, match=r"whole"):
        add_text(tmp_path / "a.xopp", tmp_path / "b.xopp", TEXTS)
    assert not (tmp_path / "b.xopp").exists()


def test_the_command_adds_what_the_ink_says(tmp_path, capsys):
    out = tmp_path / "b.xopp"
    assert cli.main(["annotate", str(DEMOS / "river.xopp"), str(out)]) == 0
    text = ElementTree.fromstring(unpacked(out)).find(".//text")
    assert text.text == "The river runs under the road."
    left, top, _, bottom = inkrec.read(out).bounds
    assert (float(text.get("x")), float(text.get("y"))) == pytest.approx((left, top), abs=0.01)
    assert 1 < float(text.get("size")) <= bottom - top
    assert inkrec.read(out) == inkrec.read(DEMOS / "river.xopp")


def test_only_notebooks_are_annotated_and_none_over_itself(tmp_path, capsys):
    assert cli.main(["annotate", str(DEMOS / "tea.jsonl"), str(tmp_path / "b.xopp")]) == 1
    assert "inkrec convert makes one of" in capsys.readouterr().err
    copy = tmp_path / "a.xopp"
    shutil.copy(DEMOS / "river.xopp", copy)
    assert cli.main(["annotate", str(copy), str(copy)]) == 1
    assert "it is the file that is read" in capsys.readouterr().err
    assert cli.main(["annotate", str(copy), str(tmp_path / "b.pdf")]) == 1
    assert "end its name in .xopp" in capsys.readouterr().err
    assert cli.main(["annotate", str(tmp_path / "none.xopp"), str(tmp_path / "b.xopp")]) == 1
    assert "No such file" in capsys.readouterr().err


@pytest.mark.skipif(
    not (shutil.which("xournalpp") and shutil.which("pdftotext")),
    reason="no Xournal++ and pdftotext (apt: xournalpp poppler-utils)",
)
def test_xournalpp_reads_the_text(tmp_path):
    text = TextElement("a < b & é", 90.0, 90.0, 9.0)
    add_text(DEMOS / "river.xopp", tmp_path / "b.xopp", [[text]])
    command = ["xournalpp", f"--create-pdf={tmp_path / 'b.pdf'}", str(tmp_path / "b.xopp")]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    run = subprocess.run(
        ["pdftotext", str(tmp_path / "b.pdf"), "-"], check=True, capture_output=True, text=True
    )
    assert "".join(run.stdout.split()) == text.text.replace(" ", "")
