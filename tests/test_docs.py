"""The documents: their words are the code's, and their pictures are what they say."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = [*(ROOT / "inkrec").rglob("*.py"), *(ROOT / "inkrec").rglob("*.pyi")]
PAGES = ["docs/glossary.md", "docs/how-it-works.md"]


def quoted(page: str) -> list[str]:
    """What stands in backquotes."""
    return re.findall(r"`([^`\n]+)`", (ROOT / page).read_text(encoding="utf-8"))


def test_each_format_has_its_row_and_each_row_its_test():
    from inkrec.formats import FORMATS

    text = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines()]
    rows = {row[0].strip("`"): row for row in rows if len(row) == 6 and row[0].startswith("`")}
    assert set(rows) == set(FORMATS)
    folder = ROOT / "tests" / "formats"
    tests = "".join(p.read_text(encoding="utf-8") for p in folder.glob("test_*.py"))
    for name, row in rows.items():
        assert (row[2] == "yes", row[3] == "yes") == (FORMATS[name].reads, FORMATS[name].writes)
        test = row[5].strip("`")
        assert (folder / test).exists() or f"def {test}(" in tests, test


@pytest.mark.parametrize("page", PAGES)
def test_names_of_the_documents_are_names_of_the_code(page):
    known = set(re.findall(r"\w+", "\n".join(p.read_text(encoding="utf-8") for p in SOURCES)))
    names = [name for name in quoted(page) if re.fullmatch(r"[A-Za-z_][\w.]*(\(.*\))?", name)]
    names = [name for name in names if not name.endswith(".py")]
    assert len(names) >= 4
    for name in names:
        missing = [part for part in name.split("(")[0].split(".") if part not in known]
        assert not missing, f"{page} speaks of {name}, which the code has not"


@pytest.mark.parametrize("page", PAGES)
def test_files_of_the_documents_are_there(page):
    paths = [name for name in quoted(page) if re.fullmatch(r"[\w/]+(\.py|\.json|/)", name)]
    assert len(paths) > 10
    for path in paths:
        if path != "recipes/":  # beside the package
            assert (ROOT / "inkrec" / path).exists() or (ROOT / path).exists(), f"{page}: {path}"


def test_no_term_of_the_glossary_stands_twice():
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    terms = [
        term.strip()
        for cell in re.findall(r"^\| ([^|]+) \|", text, re.MULTILINE)
        for term in cell.split(",")
        if term.strip() not in ("term", "---")
    ]
    assert len(terms) > 60
    assert len(terms) == len(set(terms))


def test_the_picture_of_the_passes_is_a_picture_with_its_words():
    root = ElementTree.parse(ROOT / "docs" / "two-passes.svg").getroot()
    text = " ".join("".join(e.itertext()) for e in root.iter("{http://www.w3.org/2000/svg}text"))
    for words in ("First pass, causal", "Second pass, both ways", "Committed"):
        assert words in text
    strokes = [e for e in root.iter("{http://www.w3.org/2000/svg}path") if "stroke" in e.attrib]
    assert len({e.attrib["stroke"] for e in strokes}) == 4, "four states of the ink"
