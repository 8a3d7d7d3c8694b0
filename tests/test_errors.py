"""The tree of errors: ours and Python's own at once, told in one line."""

from __future__ import annotations

import math
import os
import pickle
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import inkrec
from inkrec import errors
from inkrec._checks import check_folder, check_output, check_ranges, require
from inkrec.errors import (
    DeviceError,
    FormatError,
    InkError,
    InkrecError,
    InkWarning,
    MissingExtraError,
    ModelError,
    SessionError,
)

TREE = {
    InkError: ValueError,
    FormatError: InkError,
    ModelError: ValueError,
    DeviceError: OSError,
    SessionError: RuntimeError,
    MissingExtraError: ImportError,
}


@pytest.mark.parametrize(("ours", "builtin"), TREE.items())
def test_every_error_is_ours_and_python_s(ours, builtin):
    assert issubclass(ours, InkrecError)
    assert issubclass(ours, builtin)
    with pytest.raises(builtin, match="what was wrong"):
        raise ours("what was wrong")


def test_the_tree_is_whole_and_drawn():
    classes = {c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, Exception)}
    assert classes == {*TREE, InkrecError, InkWarning}
    for ours in classes:
        assert ours.__name__ in (errors.__doc__ or "")
        assert ours.__name__ in errors.__all__
        assert getattr(inkrec, ours.__name__, ours) is ours


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ({}, "no number"),
        ({"file": "a.inkml"}, "a.inkml: no number"),
        ({"file": Path("dir") / "a.inkml", "line": 7}, f"{Path('dir') / 'a.inkml'}:7: no number"),
        ({"line": 7}, "line 7: no number"),
        ({"file": "", "line": 7}, "line 7: no number"),
    ],
)
def test_a_format_error_says_where(where, said):
    error = FormatError("no number", **where)
    assert str(error) == said
    assert error.message == "no number"
    assert error.line == where.get("line")


def test_errors_cross_processes_whole():
    error = FormatError("no number", file="a.inkml", line=7)
    other = pickle.loads(pickle.dumps(error))
    assert str(other) == str(error)
    assert (other.message, other.file, other.line) == ("no number", "a.inkml", 7)
    assert str(pickle.loads(pickle.dumps(ModelError("bad")))) == "bad"


# ---- ranges


@pytest.mark.parametrize(
    ("value", "interval", "said"),
    [
        (0.0, "(0, inf)", "a positive number"),
        (math.inf, "(0, inf)", "a positive number"),
        (math.inf, "[0, inf)", "0 or more"),
        (0, "[1, inf)", "1 or more"),
        (math.nan, "[0, 1]", "lie in 0 to 1$"),
        (1.5, "[0, 1]", "lie in 0 to 1$"),
        (1.0, "[0, 1)", "lie in 0 to 1, 1 left out"),
        (0.0, "(0, 1]", "lie in 0 to 1, 0 left out"),
        (0.0, "(0, 1)", "lie in 0 to 1, 0 and 1 left out"),
        (2.5, "[0.01, 2]", "lie in 0.01 to 2$"),
    ],
)
def test_what_lies_outside_its_range_is_named(value, interval, said):
    settings = SimpleNamespace(good=0.5, it=value)
    with pytest.raises(ModelError, match=rf"^it is {value}; it must (be )?{said}"):
        check_ranges(settings, good="(0, 1)", it=interval)


def test_ends_in_square_brackets_belong_to_the_range():
    ends = SimpleNamespace(low=0, high=1.0, least=1)
    check_ranges(ends, low="[0, 1]", high="[0, 1]", least="[1, inf)")


# ---- files to be written


@pytest.mark.parametrize(
    ("name", "ending", "said"),
    [
        ("best.pt", ".inkrec", "best.pt is to be written and does not end in .inkrec"),
        (".inkrec", ".inkrec", "does not end in .inkrec"),
        ("nowhere/m.inkrec", ".inkrec", "there is no folder .*nowhere; make it first"),
        ("folder", "", "folder is to be written and is a folder"),
        ("best.pt/m.lm", "", "there is no folder .*best.pt"),
    ],
)
def test_a_file_that_cannot_be_written_is_refused(tmp_path, name, ending, said):
    (tmp_path / "folder").mkdir()
    (tmp_path / "best.pt").write_text("old")
    with pytest.raises(ModelError, match=said):
        check_output(tmp_path / name, ending)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["best.pt", "folder"]


def test_a_file_may_be_new_or_replace_another(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.inkrec").write_text("old")
    for name in ("new.inkrec", "old.inkrec", tmp_path / "new.inkrec"):
        check_output(name, ".inkrec")


def test_a_folder_that_takes_no_file_is_refused(closed):
    for name, ending in (("m.inkrec", ".inkrec"), ("m.lm", "")):
        with pytest.raises(ModelError, match=f"{name} is to be written, and no file can be made"):
            check_output(closed / name, ending)
    for name in (".", "a/b"):
        with pytest.raises(ModelError, match=f"no file can be made in {closed} .*name another"):
            check_folder(closed / name)


def test_a_file_that_may_not_be_written_is_refused_where_it_is_not_replaced(tmp_path, monkeypatch):
    for name in ("old.lm", "old.inkrec"):
        (tmp_path / name).write_text("old")
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(ModelError, match=r"old\.lm is there and may not be written"):
        check_output(tmp_path / "old.lm")
    check_output(tmp_path / "old.inkrec", ".inkrec")


def test_a_folder_may_be_there_or_be_made(tmp_path):
    (tmp_path / "file").write_text("old")
    for name in (".", "a", "a/b/c"):
        check_folder(tmp_path / name)
    for name in ("file", "file/a"):
        with pytest.raises(ModelError, match="file is a file; name a folder, new or not"):
            check_folder(tmp_path / name)
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


# ---- require


def test_a_module_that_is_there_is_given():
    assert require("json", "none") is sys.modules["json"]
    assert require("json.decoder", "none") is sys.modules["json.decoder"]


@pytest.mark.parametrize("module", ["inkrec_lacks_this", "inkrec_lacks_this.part"])
def test_a_missing_module_names_the_extra_that_brings_it(module):
    cure = re.escape("inkrec_lacks_this is not installed; run: pip install 'inkrec[tablet]'")
    with pytest.raises(MissingExtraError, match=cure):
        require(module, "tablet")


def test_a_fault_inside_a_module_is_its_own(tmp_path, monkeypatch):
    (tmp_path / "inkrec_broken_inside.py").write_text("import inkrec_lacks_that\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="inkrec_lacks_that") as caught:
        require("inkrec_broken_inside", "train")
    assert not isinstance(caught.value, MissingExtraError)
