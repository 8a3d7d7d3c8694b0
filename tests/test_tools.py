"""Strokes that no writing tool made are no text, and the command line says what a file lost."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
import tiny

from inkrec import Ink, Stroke, segment_lines
from inkrec.cli import main
from inkrec.layout.page_layout import lay_out
from inkrec.recognizer import Recognizer

PAGE = (
    '<page width="200" height="100"><layer><stroke width="2 1">1 1 9 9</stroke>'
    '<stroke tool="highlighter" width="9">0 5 10 5</stroke></layer><layer name="b">'
    '<stroke width="2 nan">20 1 29 9</stroke></layer></page>'
)


@pytest.mark.parametrize(
    ("tool", "kind"), [("highlighter", "highlighter"), ("eraser", "eraser"), ("shape", "other")]
)
def test_strokes_of_other_tools_are_in_no_line(tool: str, kind: str) -> None:
    rows = [Stroke([x, x + 1], [y, y + 2]) for y in (0, 9) for x in range(0, 60, 3)]
    ink = Ink([rows[0], Stroke([0, 60], [1, 1], tool=tool), *rows[1:]])
    lines = segment_lines(ink)
    assert [len(line.ink) for line in lines] == [20, 20]
    assert sorted(i for line in lines for i in line.strokes) == [0, *range(2, 41)]
    (found,) = lay_out(list(ink)).drawings
    assert found.strokes == (1,)
    assert found.kind == kind or tool == "shape", "what a shape is, its form tells"


def test_a_marker_writes() -> None:
    rows = [Stroke([x, x + 1], [0, 2], tool="marker") for x in range(0, 60, 3)]
    assert [len(line.ink) for line in segment_lines(Ink(rows))] == [20]


def test_a_line_is_read_without_what_was_drawn_over_it() -> None:
    recognizer = Recognizer(tiny.model())
    text = [Stroke([0, 3, 6, 9], [0, 9, 0, 9]), Stroke([12, 15, 18], [0, 9, 0])]
    over = Stroke([0, 20], [5, 5], tool="highlighter")
    plain = recognizer.recognize(Ink(text))
    marked = recognizer.recognize(Ink([over, *text]))
    assert marked.text == plain.text
    moved = [tuple(i + 1 for i in word.strokes) for word in plain.words]
    assert [word.strokes for word in marked.words] == moved


@pytest.fixture
def notebook(tmp_path: Path) -> str:
    path = tmp_path / "a.xopp"
    path.write_bytes(gzip.compress(f"<xournal>{PAGE}{PAGE}</xournal>".encode()))
    return str(path)


def test_the_command_line_says_what_a_file_lost(
    notebook: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "a.jsonl")
    assert main(["convert", notebook, out]) == 0
    assert "the pressure of a stroke is left out: expected widths" in capsys.readouterr().err
    assert len(Path(out).read_text().splitlines()) == 7
    assert main(["convert", "--strict", notebook, str(tmp_path / "b.jsonl")]) != 0
    assert "--strict refuses it" in capsys.readouterr().err
    assert not (tmp_path / "b.jsonl").exists()


def test_one_page_and_one_layer(
    notebook: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for choice, strokes in ((["--page", "1"], 3), (["--layer", "2"], 2),
                            (["--page", "2", "--layer", "1"], 2)):  # fmt: skip
        out = tmp_path / f"{'-'.join(choice)}.jsonl"
        assert main(["convert", *choice, notebook, str(out)]) == 0
        assert len(out.read_text().splitlines()) == 1 + strokes
    for choice in (["--page", "3"], ["--layer", "3"]):
        assert main(["convert", *choice, notebook, str(tmp_path / "c.jsonl")]) != 0
        assert f"no {choice[0][2:]} 3" in capsys.readouterr().err
