"""``inkrec search`` over files and folders, with the bundled model."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import inkrec
from inkrec import Ink, Stroke, cli

DEMOS = Path(__file__).parent.parent / "demos" / "ink"


@pytest.fixture
def notes(tmp_path):
    """A folder with a line in a folder of its own, a broken file and files of other kinds."""
    (tmp_path / "more" / ".git").mkdir(parents=True)
    shutil.copy(DEMOS / "tea.jsonl", tmp_path / "more")
    shutil.copy(DEMOS / "tea.jsonl", tmp_path / "more" / ".git")
    shutil.copy(DEMOS / "river.xopp", tmp_path)
    (tmp_path / "todo.txt").write_text("tea")
    return tmp_path


def test_folders_are_searched_and_the_place_is_told(notes, capsys):
    assert cli.main(["search", "Road", str(notes), "--jobs", "1"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"{notes / 'river.xopp'}:1:1: The river runs under the [road.]  (")
    assert len(out.splitlines()) == 1


def test_processes_find_the_same_and_a_bad_file_costs_only_itself(notes, capsys):
    (notes / "bad.inkml").write_text("<ink><trace>")
    found = []
    for jobs in "12":
        assert cli.main(["search", "tea is", str(notes), "--json", "--jobs", jobs]) == 1
        out, err = capsys.readouterr()
        assert err.count(f"{notes / 'bad.inkml'}") == len(err.splitlines()) == 1, err
        found.append([json.loads(line) for line in out.splitlines()])
    (match,) = found[0]
    assert found[0] == found[1]
    assert match["file"] == str(notes / "more" / "tea.jsonl")
    assert (match["page"], match["line"], match["line_text"][: match["end"]]) == (1, 1, "Tea is")
    ink = inkrec.read(match["file"])
    wrote = Ink(ink[n] for n in match["strokes"])
    assert wrote.bounds == pytest.approx(match["box"], abs=1e-3)


def test_what_is_not_found_is_said(capsys):
    assert cli.main(["search", "zebra", str(DEMOS / "tea.jsonl")]) == 1
    assert f"'zebra' is not found in {DEMOS / 'tea.jsonl'}" in capsys.readouterr().err


def test_a_folder_without_ink_is_told(tmp_path, capsys):
    assert cli.main(["search", "a", str(tmp_path)]) == 1
    assert capsys.readouterr().err == f"inkrec: {tmp_path}: no files of ink in there\n"


def test_no_words_are_refused_before_anything_is_read(capsys):
    assert cli.main(["search", " ", "no-such-file"]) == 1
    assert "holds no word to be looked for" in capsys.readouterr().err


def test_highlighters_are_no_text():
    tea = inkrec.read(DEMOS / "tea.jsonl")
    left, top, right, bottom = tea.bounds
    over = Stroke([left, right], [(top + bottom) / 2] * 2, [99.0, 100.0], tool="highlighter")
    layer = inkrec.Layer(Ink([*tea, over]))
    (page,) = inkrec.load().pages(inkrec.Document((inkrec.DocumentPage((layer,)),)))
    assert page.text == "Tea is ready, come and sit down."
    assert page.is_settled


def test_pages_wants_a_document():
    with pytest.raises(inkrec.InkError, match="read_document"):
        inkrec.load().pages("a.xopp")
