"""``inkrec show`` and ``convert``: what is kept, and what is said of the rest."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from test_cli import Reader, spelled

import inkrec
from inkrec import Ink, Stroke, cli
from inkrec.cli import read as read_command
from inkrec.formats import read_labelled, svg, write_labelled


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "hi.jsonl"
    inkrec.write(path, spelled("so it"))
    return str(path)


def imread(path):
    """The pixels of a picture, 0 to 1."""
    from PIL import Image

    with Image.open(path) as image:
        return np.asarray(image.convert("RGB")) / 255


@pytest.mark.parametrize(
    "stroke", [Stroke([5], [5]), Stroke([5, 9], [5, 5]), Stroke([5, 5], [5, 9])]
)
def test_ink_without_width_or_height_is_drawn(tmp_path, stroke):
    pytest.importorskip("PIL", reason="drawing PNG needs the png extra")
    inkrec.write(tmp_path / "a.jsonl", Ink([stroke]))
    png = tmp_path / "a.png"
    assert cli.main(["show", str(tmp_path / "a.jsonl"), "-o", str(png)]) == 0
    assert imread(png)[..., :3].min() < 0.5


def test_show_draws_svg_and_png(file, tmp_path):
    pytest.importorskip("PIL", reason="drawing PNG needs the png extra")
    svg, png = tmp_path / "a.svg", tmp_path / "a.png"
    assert cli.main(["show", file, "-o", str(svg)]) == 0
    assert "<svg" in svg.read_text()
    assert cli.main(["show", file, "-o", str(png)]) == 0
    image = imread(png)
    dark = (image[..., :3].min(axis=2) < 0.5).any(axis=0)
    starts = (dark[1:] & ~dark[:-1]).sum() + dark[0]
    assert starts == len(set("so it")), "every distinct bar stands alone"


def test_show_without_a_file_writes_svg(file):
    command = [sys.executable, "-m", "inkrec.cli", "show", file]
    run = subprocess.run(command, capture_output=True, check=True)
    assert b"<svg" in run.stdout


def test_convert_keeps_the_ink(file, tmp_path, capsys):
    out = tmp_path / "hi.inkml"
    assert cli.main(["convert", file, str(out)]) == 0
    assert inkrec.read(out) == inkrec.read(file)


@pytest.fixture
def lab(tmp_path):
    """A file of two inks with their texts."""
    path = tmp_path / "lab.jsonl"
    write_labelled(path, [(spelled("so"), "so"), (spelled("it"), "it")])
    return path


@pytest.mark.parametrize("name", ["o.inkml", "o.jsonl"])
def test_convert_keeps_every_ink_and_its_text(name, lab, tmp_path, capsys):
    assert cli.main(["convert", str(lab), str(tmp_path / name)]) == 0
    assert read_labelled(tmp_path / name) == read_labelled(lab)
    assert len(read_labelled(lab)) == 2
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("name", ["o.inkml", "o.jsonl", "o.unp", "o.svg", "o.xopp"])
def test_convert_keeps_the_text_or_says_that_it_does_not(name, tmp_path, capsys):
    path, out = tmp_path / "one.jsonl", tmp_path / name
    inkrec.write(path, spelled("so"), label="so")
    assert cli.main(["convert", str(path), str(out)]) == 0
    said = capsys.readouterr().err
    if name == "o.xopp":
        assert said == (
            f"inkrec: {out}: xopp does not keep the text 'so'; write inkml or jsonl to keep it\n"
        )
    else:
        assert said == ""
        kept = name == "o.svg" and ">so</text>" in out.read_text()
        assert kept or read_labelled(out)[0].label == "so"


@pytest.mark.parametrize("name", ["o.unp", "o.svg", "o.xopp"])
def test_several_inks_are_not_squeezed_into_a_file_of_one(name, lab, tmp_path, capsys):
    assert cli.main(["convert", str(lab), str(tmp_path / name)]) == 1
    said = capsys.readouterr().err
    assert f"{lab} holds 2 inks and" in said
    assert "holds one; write inkml or jsonl for several" in said
    assert not (tmp_path / name).exists()


def test_the_parts_of_a_page_are_drawn_together(lab, tmp_path, capsys):
    page, out = tmp_path / "page.inkml", tmp_path / "page.svg"
    write_labelled(page, [(Ink([Stroke([k, k + 1], [0, 1])]), "ab"[k]) for k in range(2)])
    assert len(read_labelled(page)) == 2
    assert cli.main(["convert", str(page), str(out)]) == 0
    assert out.read_text().count("<path") == 2
    assert "svg does not keep 2 texts" in capsys.readouterr().err


def test_convert_tells_of_ink_in_no_segment(tmp_path, capsys):
    path = tmp_path / "a.unp"
    parts = ".PEN_DOWN\n1 2\n3 4\n.PEN_UP\n.PEN_DOWN\n5 6\n.PEN_UP\n"
    path.write_text(f'.VERSION 1.0\n.HIERARCHY TEXT\n.COORD X Y\n.SEGMENT TEXT 0 ? "a"\n{parts}')
    assert cli.main(["convert", str(path), str(tmp_path / "a.jsonl")]) == 0
    assert "1 of 3 points lie in no segment and are left out" in capsys.readouterr().err


def test_a_file_is_not_converted_into_itself(file, tmp_path, capsys):
    before = Path(file).read_bytes()
    (tmp_path / "link.jsonl").symlink_to(file)
    for out in (file, str(tmp_path / "link.jsonl")):
        assert cli.main(["convert", file, out]) == 1
        assert f"{out}: it is the file that is read" in capsys.readouterr().err
    assert Path(file).read_bytes() == before


def test_of_several_inks_the_first_is_drawn_and_the_rest_told_of(lab, tmp_path, capsys):
    out = tmp_path / "a.svg"
    assert cli.main(["show", str(lab), "-o", str(out)]) == 0
    assert capsys.readouterr().err == f"inkrec: {lab}: 2 inks; the first is drawn\n"
    assert out.read_text() == svg.render(spelled("so"))


def test_no_ink_is_no_picture(tmp_path, capsys):
    pytest.importorskip("PIL", reason="drawing PNG needs the png extra")
    inkrec.write(tmp_path / "none.jsonl", Ink())
    assert cli.main(["show", str(tmp_path / "none.jsonl"), "-o", str(tmp_path / "a.png")]) == 1
    assert "a.png: there is no ink to be drawn" in capsys.readouterr().err


EVENTS = """\
# EVEMU 1.3
N: Some Pen
I: 0003 056a 4200 0110
P: 02 00 00 00 00 00 00 00
{keys}B: 03 03 00 00 01 00 00 00 00
A: 00 0 59674 4 0 100
A: 01 0 33566 4 0 100
A: 18 0 4095 0 0 0
E: 0.000001 0001 0140 0001
E: 0.000001 0001 014a 0001
E: 0.000001 0003 0000 0100
E: 0.000001 0003 0001 0200
E: 0.000001 0003 0018 1000
E: 0.000001 0000 0000 0000
E: 0.010001 0003 0000 0150
E: 0.010001 0000 0000 0000
""".format(
    keys="".join(f"B: 01 {'03 1c' if i == 5 else '00 00'} 00 00 00 00 00 00\n" for i in range(12))
)


@pytest.mark.parametrize("command", ["read", "show", "convert"])
def test_a_recording_of_events_is_made_ink_by_the_command_that_the_error_names(
    command, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(read_command, "load", lambda name: Reader())
    monkeypatch.chdir(tmp_path)
    Path("a pen.evemu").write_text(EVENTS)
    out = ["out.inkml"] if command == "convert" else []
    assert cli.main([command, "a pen.evemu", *out]) == 1
    said = capsys.readouterr().err
    assert said.startswith("inkrec: a pen.evemu: a recording of a pen's events")
    cure = shlex.split(said.partition("make it ink first: inkrec ")[2])
    assert cure == ["record", "OUT.jsonl", "--pen", "replay:a pen.evemu"]
    assert cli.main(cure) == 0
    assert [s.x.tolist() for s in inkrec.read("OUT.jsonl")] == [[1.0, 1.5]]  # mm


def test_a_line_that_was_cut_off_is_told_of(file, capsys):
    assert cli.main(["read", file]) == 0
    assert capsys.readouterr().err == ""
    whole = Path(file).read_bytes()
    Path(file).write_bytes(whole + b'{"stroke": [[0, 1')
    assert cli.main(["read", file]) == 0
    assert f"{file}: the last line was cut off" in capsys.readouterr().err


def test_a_picture_has_the_colours_of_the_ink(tmp_path):
    pytest.importorskip("PIL", reason="drawing PNG needs the png extra")
    strokes = [
        Stroke([0, 9], [0, 0], color="#ff0000"),
        Stroke([0, 9], [5, 5], color="#0000ff80"),
        Stroke([0, 4, 9], [9, 9, 9], None, [0, 0, 1]),
    ]
    inkrec.write(tmp_path / "a.xopp", Ink(strokes))
    assert cli.main(["show", str(tmp_path / "a.xopp"), "-o", str(tmp_path / "a.png")]) == 0
    pixels = imread(tmp_path / "a.png")
    middle = pixels[:, pixels.shape[1] // 4]
    found = {tuple(p) for p in middle.round(1).tolist()}
    assert (1.0, 0.0, 0.0) in found
    assert (0.5, 0.5, 1.0) in found
    dark = (pixels.max(axis=2) < 0.5).sum(axis=0)
    assert dark[-50] > 2 * dark[50] > 0


def test_pictures_need_no_more_than_pillow(file, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "PIL", None)
    monkeypatch.delitem(sys.modules, "PIL.Image", raising=False)
    assert cli.main(["show", file, "-o", str(tmp_path / "a.png")]) == 1
    assert "pip install 'inkrec[png]'" in capsys.readouterr().err
