"""Which module reads a file."""

from __future__ import annotations

import io
import subprocess
import sys
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import inkrec
from inkrec import FormatError, Ink, InkError, Stroke, formats

INK = Ink([Stroke([1, 2], [3, 4])])
CONTENTS = {
    "inkml": [
        b"<ink/>",
        b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- <xournal> --><i:ink/>",
        b"<?xml version='1.0'?>\n<!--" + b" a licence of many words" * 2000 + b"-->\n<ink/>",
        "\ufeff<ink/>".encode("utf-16-le"),
    ],
    "jsonl": [b'{"format": "inkrec", "version": 1}\n', b' \n{"format"'],
    "xopp": [b"<?xml version='1.0' standalone='no'?>\n<xournal creator='x'>"],
    "iam_ondb": [b"<?xml version='1.0' encoding='ISO-8859-1'?>\n<WhiteboardCaptureSession>"],
    "unipen": [b".VERSION 1.0\n", b"\n  .COMMENT a\n", b"free text in front\n.PEN_DOWN\n"],
}


@pytest.mark.parametrize("name", CONTENTS)
def test_content_tells_the_format(name: str, tmp_path: Path) -> None:
    for content in CONTENTS[name]:
        assert formats.detect(io.BytesIO(content)) == name
        path = tmp_path / "x.dat"
        path.write_bytes(content)
        assert formats.detect(path) == name


def test_the_suffix_tells_where_the_content_does_not(tmp_path: Path) -> None:
    for name, suffix in ((f.name, s) for f in formats.FORMATS.values() for s in f.suffixes):
        path = tmp_path / f"none{suffix.upper()}"
        path.write_bytes(b"?")
        assert formats.detect(path) == name
        path.write_bytes(CONTENTS["inkml"][0])
        assert formats.detect(path) == "inkml"
    (tmp_path / "none.inkml.gz").write_bytes(b"?")
    assert formats.detect(tmp_path / "none.inkml.gz") == "inkml"


def test_looking_leaves_a_file_where_it_was() -> None:
    file = io.BytesIO(b"xx<ink/>")
    file.seek(2)
    assert formats.detect(file) == "inkml"
    assert file.tell() == 2


class Pipe(io.RawIOBase):
    """What can be read once, a few bytes at a time."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._data.read(min(7, len(buffer)))
        buffer[: len(data)] = data
        return len(data)


def test_a_pipe_is_read_too() -> None:
    for name in ("inkml", "jsonl"):
        file = io.BytesIO()
        inkrec.write(file, INK, name)
        assert inkrec.read(Pipe(file.getvalue())) == INK  # type: ignore[arg-type]
        assert inkrec.read(io.BufferedReader(Pipe(file.getvalue()))) == INK


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", "an empty file"),
        (b"\xef\xbb\xbf \n", "an empty file"),
        (b"<html><b>", "XML of <html>; expected <ink>"),
        (b"<", "XML without an element"),
        (b"<!--" * 20_000 + b"<ink/>", "XML without an element in its first 65536 bytes"),
        (b"hello", "no known format; these are read: W3C InkML; JSON lines"),
        (b"\x89PNG", "a PNG picture"),
        (b"%PDF-1.7", "a PDF"),
        (b"PK\x03\x04" + b"\0" * 26 + b"Session.plist", "a note of Notability"),
    ],
)
def test_unknown_content(content: bytes, match: str) -> None:
    with pytest.raises(FormatError, match=match):
        inkrec.read(io.BytesIO(content))


def test_what_cannot_be_done_says_what_can(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with pytest.raises(FormatError, match=r"a\.txt: the name tells no format; end it in .*\.inkml"):
        inkrec.write(path, INK)
    with pytest.raises(FormatError, match="no name tells the format; give format=, one of inkml,"):
        inkrec.write(io.BytesIO(), INK)
    with pytest.raises(FormatError, match="no format 'docx'; there are inkml, jsonl"):
        inkrec.write(path, INK, "docx")
    with pytest.raises(FormatError, match="no format 'docx'"):
        inkrec.read(path, "docx")
    with pytest.raises(FormatError, match="iam_ondb is only read, not written; write inkml"):
        inkrec.write(path, INK, "iam_ondb")
    with pytest.raises(FormatError, match="xopp holds no text; write inkml, jsonl, unipen, svg"):
        inkrec.write(tmp_path / "a.xopp", INK, label="a")
    for name in ("a.xopp", "a.svg", "a.unp"):
        with pytest.raises(FormatError, match=rf"{name}: .* holds one ink; use inkml or jsonl"):
            formats.write_labelled(tmp_path / name, [(INK, "a")])
    for name in ("a.inkml", "a.jsonl"):
        with pytest.raises(FormatError, match=rf"{name}: no ink is to be written; give one"):
            formats.write_labelled(tmp_path / name, iter(()))
    assert not list(tmp_path.iterdir())


def test_the_format_to_be_written_is_told_by_the_name(tmp_path: Path) -> None:
    assert formats.target(tmp_path / "a.INKML").name == "inkml"
    assert formats.target(tmp_path / "a", "jsonl").name == "jsonl"
    with pytest.raises(FormatError, match="the name tells no format"):
        formats.target(tmp_path / "a.ink")


def test_a_file_without_texts_has_labels_of_none(tmp_path: Path) -> None:
    inkrec.write(tmp_path / "a.xopp", INK)
    ((ink, label),) = formats.read_labelled(tmp_path / "a.xopp")
    assert (len(ink), label) == (1, None)


def test_samples_of_any_format(tmp_path: Path) -> None:
    for name in ("a.inkml", "a.jsonl", "a.xopp"):
        inkrec.write(tmp_path / name, INK)
        found = list(formats.iter_samples(tmp_path / name))
        assert [s[:] for s in found] == [s[:] for s in INK.samples()]


def test_the_table_is_true(tmp_path: Path) -> None:
    """Each format's module does what `FORMATS` says, and the documented table says it too."""
    assert formats.__doc__ is not None
    rows = {line.split()[0]: line for line in formats.__doc__.splitlines() if "  " in line}
    for format in formats.FORMATS.values():
        module = format.module()
        assert hasattr(module, "read") == format.reads
        assert hasattr(module, "write") == format.writes
        assert hasattr(module, "write_labelled") == format.several
        if format.writes:
            taken = signature(module.write).parameters
            assert ("label" in taken) == format.labels
        told = format.reads + format.writes + format.labels + format.several
        assert rows[format.name].count("yes") == told
        assert all(suffix in rows[format.name] for suffix in format.suffixes)


def test_modules_are_loaded_when_they_are_used() -> None:
    code = (
        "import sys, inkrec.formats\n"
        "loaded = [m for m in sys.modules if 'inkml' in m or 'jsonl' in m or 'xml' in m]\n"
        "assert not loaded, loaded\n"
        "inkrec.formats.FORMATS['jsonl'].module()\n"
        "assert 'inkrec.formats.jsonl' in sys.modules and 'defusedxml' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_names() -> None:
    for name in formats.__all__:
        assert hasattr(formats, name)
    assert inkrec.read is formats.read
    assert inkrec.write is formats.write


@pytest.mark.parametrize("name", ["a.jsonl", "a.inkml", "a.unp", "a.svg"])
@pytest.mark.parametrize("label", [5, True, 1.5, b"x", ["a"], np.int64(3)])
def test_a_label_that_is_no_text_is_refused_before_anything_is_written(
    tmp_path: Path, name: str, label: Any
) -> None:
    file = tmp_path / name
    with pytest.raises(InkError, match=r"the label is .*; give a text"):
        formats.write(file, INK, label=label)
    with pytest.raises(InkError, match="the label is"):
        formats.jsonl.Recorder(io.BytesIO()).label(label)
    assert not file.exists()


@pytest.mark.parametrize("items", [[INK], {INK: "a"}, [(INK, "a", 1)], [("a", INK)], [([], "a")]])
def test_what_is_no_ink_and_its_text_is_refused(tmp_path: Path, items: Any) -> None:
    with pytest.raises(InkError, match="no pair of Ink and its text"):
        formats.write_labelled(tmp_path / "a.jsonl", items)
    assert not (tmp_path / "a.jsonl").exists()


def test_ink_with_its_text_is_added_to_json_lines(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    for text in ("one", "two"):
        formats.write_labelled(file, [(INK, text)], append=True)
    assert formats.read_labelled(file) == [(INK, "one"), (INK, "two")]
    with pytest.raises(FormatError, match="inkml cannot be added to; use jsonl"):
        formats.write_labelled(tmp_path / "a.inkml", [(INK, "one")], append=True)


def test_strokes_that_are_no_ink_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InkError, match="is no Ink; give"):
        formats.write(tmp_path / "a.jsonl", list(INK))  # type: ignore[arg-type]
