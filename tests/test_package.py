"""The package's front door: names on demand, commands, and what a distribution says."""

from __future__ import annotations

import configparser
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import inkrec
from inkrec.model import bundled_models

ROOT = Path(inkrec.__file__).parent
SETUP = ROOT.parent / "setup.cfg"


def fresh(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    """An interpreter that has loaded nothing yet."""
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, timeout=120, **options
    )


@pytest.mark.parametrize("name", ["formats.write_labelled", "metrics.cer", "errors.InkError"])
def test_modules_are_there_without_an_import_of_their_own(name):
    run = fresh("-c", f"import inkrec; print(inkrec.{name}.__name__)")
    assert run.stdout.strip() == name.split(".")[1], run.stderr


def test_a_name_that_is_not_there_says_so():
    with pytest.raises(AttributeError, match="has no attribute 'writer'"):
        _ = inkrec.writer


def test_what_a_session_takes_is_at_the_front():
    from inkrec.session.commit import CommitPolicy

    assert inkrec.CommitPolicy is CommitPolicy


def test_the_package_runs_as_the_command():
    run = fresh("-m", "inkrec", "--version")
    assert run.returncode == 0, run.stderr
    assert inkrec.__version__ in run.stdout


def test_from_a_zip_the_want_of_models_is_told(tmp_path):
    archive = tmp_path / "inkrec.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in ROOT.rglob("*.py"):
            file.write(path, Path("inkrec") / path.relative_to(ROOT))
    code = "import sys, inkrec; assert sys.path[0] in inkrec.__file__; inkrec.load()"
    run = fresh("-c", f"import sys; sys.path.insert(0, {str(archive)!r}); {code}", cwd=tmp_path)
    assert "ModelError: there are no models in" in run.stderr
    assert "install it unpacked" in run.stderr


@pytest.mark.skipif(not SETUP.exists(), reason="installed, not checked out")
def test_the_terms_of_both_models_travel_with_the_package():
    told = configparser.ConfigParser()
    told.read(SETUP, encoding="utf-8")
    assert {"CC-BY-4.0", "AND"} < set(told["metadata"]["license_expression"].split())
    assert "LicenseRef-" in told["metadata"]["license_expression"]
    files = told["metadata"]["license_files"].split()
    assert {"LICENSE", "NOTICE"} < set(files)
    assert all((SETUP.parent / name).is_file() for name in files)
    notice = (SETUP.parent / "NOTICE").read_text(encoding="utf-8")
    assert "https://creativecommons.org/licenses/by/4.0/" in notice
    assert all(f"The model `{name}`" in notice for name in bundled_models())
