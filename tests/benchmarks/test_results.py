"""Results: kept with what made them, and every table is what they say."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BENCHMARKS = ROOT / "benchmarks"


@pytest.fixture
def record(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import record

    return record


@pytest.fixture
def render(record):
    import render

    return render


def fake(**more):
    rates = {"cer": 2.0, "cer_ci": [1.0, 3.0], "wer": 8.25, "wer_ci": [None, None]}
    return {
        "set": "iam-t", "model": "en", "command": "inkrec eval", "commit": "abc1234",
        "machine": None, "date": "2026-01-02", "figures": {"lines": 3, "final": rates}, **more,
    }  # fmt: skip


def prints(*objects):
    """A command that prints these objects as JSON, one a line."""
    text = "\n".join(json.dumps(one) for one in objects)
    return [sys.executable, "-c", f"print({text!r})"]


def test_every_table_is_what_the_results_say(render):
    for name in render.PAGES:
        text = (ROOT / name).read_text(encoding="utf-8")
        assert render.rendered(text) == text, f"run benchmarks/render.py: {name} is stale"
    assert render.main(["--check"]) == 0


def test_a_table_written_by_hand_is_seen(render):
    text = (BENCHMARKS / "RESULTS.md").read_text(encoding="utf-8")
    cell = re.search(r"\| `en` \| `iam-f` \| final \| ([\d.]+) \|", text)
    assert cell is not None
    by_hand = text[: cell.start(1)] + "0.01" + text[cell.end(1) :]
    assert render.rendered(by_hand) == text


def test_every_table_of_results_is_rendered_and_short_enough_to_read():
    text = (BENCHMARKS / "RESULTS.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 250
    outside = re.sub(r"<!-- table: .*?<!-- /table -->", "", text, flags=re.DOTALL)
    assert not re.findall(r"^\|", outside, re.MULTILINE)
    assert text.count("<!-- table: ") >= 8
    assert max(map(len, outside.splitlines())) <= 100


def test_every_kept_result_says_what_made_it(record):
    names = [path.stem for path in record.RESULTS.glob("*.json")]
    assert len(names) >= 20
    for name in names:
        result = record.read(name)
        assert result["figures"], name
        assert result["command"] or result.get("note"), f"{name}: no command, and no word on it"
        assert not re.search(r"/(home|work|root|tmp)/", json.dumps(result)), name


def test_every_result_stands_in_a_table(record, render):
    shown = {
        name
        for page in render.PAGES
        for table in re.findall(r"<!-- table: \S+ ([^>]*) -->", (ROOT / page).read_text("utf-8"))
        for name in table.split()
    }
    assert {path.stem for path in record.RESULTS.glob("*.json")} == shown


def test_error_rates_of_every_result_are_in_the_history(record):
    known = {row["case"] for row in record.history.rows() if "value" in row}
    asked = set()
    for path in record.RESULTS.glob("*.json"):
        result = record.read(path.stem)
        asked |= {row["case"] for row in record.accuracy_rows(result)}
    assert len(asked) > 50
    assert asked <= known


def test_what_a_command_prints_is_kept_with_what_made_it(record, render, tmp_path, monkeypatch):
    keep = record.keep
    log = tmp_path / "history.jsonl"
    monkeypatch.setattr(record, "keep", lambda name, result: keep(name, result, tmp_path, log))
    figures = fake()["figures"]
    assert record.main(["mine", "--set", "iam-t", "--note", "a try", "--", *prints(figures)]) == 0
    result = record.read("mine", tmp_path)
    assert result["figures"] == figures
    assert result["command"].startswith(sys.executable)
    assert (result["set"], result["model"], result["note"]) == ("iam-t", "en", "a try")
    assert result["machine"] == record.history.machine()
    rows = record.history.rows(log)
    assert [(row["case"], row["value"], row["low"], row["high"]) for row in rows] == [
        ("CER: en on iam-t, final", 2.0, 1.0, 3.0),
        ("WER: en on iam-t, final", 8.25, None, None),
    ]
    table = "\n".join(render.passes({"mine": result}))
    assert "| `en` | `iam-t` | final | 2.00 | 1.00-3.00 | 8.2 | - |" in table
    assert "a try" in table


def test_a_row_a_line_becomes_rows(record):
    assert record.figures_of('{"a": 1}\n{"b": 2}\n') == {"rows": [{"a": 1}, {"b": 2}]}
    assert record.figures_of('{"a": 1}\n') == {"a": 1}


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ([sys.executable, "-c", "raise SystemExit(3)"], "ended with 3"),
        ([sys.executable, "-c", "print('a table')"], "--json"),
        ([sys.executable, "-c", "pass"], "--json"),
    ],
)
def test_what_is_no_result_is_not_kept(record, tmp_path, monkeypatch, capsys, command, said):
    monkeypatch.setattr(record, "keep", lambda *_: pytest.fail("it was kept"))
    assert record.main(["mine", "--set", "iam-t", "--", *command]) == 1
    assert said in capsys.readouterr().err


def test_a_set_that_is_not_defined_is_refused(record, tmp_path, capsys):
    with pytest.raises(SystemExit):
        record.main(["mine", "--set", "every-5th", "--", "true"])
    assert "no set is called 'every-5th'" in capsys.readouterr().err
    (tmp_path / "mine.json").write_text(json.dumps(fake(set="every-5th")))
    with pytest.raises(ValueError, match=r"define it in sets\.json"):
        record.read("mine", tmp_path)
    (tmp_path / "mine.json").write_text(json.dumps({"set": "iam-t", "figures": {}}))
    with pytest.raises(ValueError, match="lacks model, command, commit"):
        record.read("mine", tmp_path)


def test_a_table_that_cannot_be_is_refused(render, tmp_path):
    with pytest.raises(ValueError, match="no table is called 'speeds'"):
        render.rendered("<!-- table: speeds en -->\n<!-- /table -->")
    with pytest.raises(ValueError, match=r"no result .*nowhere\.json"):
        render.rendered("<!-- table: passes nowhere -->\n<!-- /table -->")


def test_every_experiment_of_the_notebook_is_in_its_index():
    book = ROOT / "notebook"
    index = (book / "README.md").read_text(encoding="utf-8")
    files = {path.name for path in book.glob("2*.md")}
    assert files == set(re.findall(r"\]\((2[\w-]+\.md)\)", index))
    assert len(files) > 40
    for name in files:
        text = (book / name).read_text(encoding="utf-8")
        for part in ("**Question.**", "**Change.**", "**Command.**", "**Found.**", "**Decision.**"):
            assert text.count(part) == 1, f"{name} has no {part}"
        assert re.match(r"# .+\n\n" + name[:10], text), f"{name} has another date in it"


def test_links_between_the_pages_lead_somewhere(render):
    pages = [ROOT / name for name in render.PAGES]
    pages += [ROOT / "notebook" / "README.md", *(ROOT / "docs").glob("*.md")]
    found = 0
    for page in pages:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                found += 1
                assert (page.parent / target).exists(), f"{page.name} links to {target}"
    assert found > 50
