"""The history of benchmarks: only ever added to."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import pytest

PATH = Path(__file__).parent.parent / "benchmarks" / "history.py"
spec = importlib.util.spec_from_file_location("benchmark_history", PATH)
history = importlib.util.module_from_spec(spec)
spec.loader.exec_module(history)

ROW = {"case": "feed a sample", "unit": "ms", "median": 0.04, "p95": 0.2}


def test_rows_are_added_behind_those_that_are_there(tmp_path):
    path = tmp_path / "history.jsonl"
    assert history.rows(path) == []
    history.add([ROW], path)
    before = path.read_bytes()
    history.add([{**ROW, "median": 0.03, "peer": "none"}], path)
    assert path.read_bytes().startswith(before)
    first, second = history.rows(path)
    assert (first["median"], second["median"], second["peer"]) == (0.04, 0.03, "none")
    assert {"time", "commit", "machine"} <= set(first)


def test_a_row_that_lacks_a_figure_is_refused_and_nothing_is_written(tmp_path):
    path = tmp_path / "history.jsonl"
    with pytest.raises(ValueError, match="lacks p95"):
        history.add([ROW, {"case": "x", "unit": "s", "median": 1.0}], path)
    assert not path.exists()


def test_the_last_figures_of_each_case_are_shown(tmp_path, monkeypatch, capsys):
    path = tmp_path / "history.jsonl"
    rows = [ROW, {**ROW, "median": 0.03}, {**ROW, "case": "finish"}]
    stamp = {"time": "2026-01-01T00:00:00Z", "commit": "abc", "machine": "m"}
    path.write_text("".join(json.dumps({**stamp, **row}) + "\n" for row in rows))
    monkeypatch.setattr(
        history, "rows", lambda: [json.loads(r) for r in path.read_text().splitlines()]
    )
    monkeypatch.setattr(sys, "argv", ["history.py"])
    history.main()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert "0.03" in lines[0]
    monkeypatch.setattr(sys, "argv", ["history.py", "feed"])
    history.main()
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_an_error_rate_has_a_value_and_an_interval_instead(tmp_path, monkeypatch, capsys):
    path = tmp_path / "history.jsonl"
    rate = {"case": "CER: en on iam-t, final", "unit": "%", "value": 2.5, "low": 2.0}
    with pytest.raises(ValueError, match="lacks high"):
        history.add([rate], path)
    history.add([{**rate, "high": 3.0}, {**rate, "low": None, "high": None}], path)
    monkeypatch.setattr(history, "rows", lambda known=history.rows: known(path))
    monkeypatch.setattr(sys, "argv", ["history.py", "CER"])
    history.main()
    first, second = capsys.readouterr().out.splitlines()
    assert "2.5         2         3 %" in first
    assert "2.5         -         - %" in second


def test_accuracy_is_part_of_the_kept_history():
    rates = [row for row in history.rows() if "value" in row]
    assert {row["case"].partition(":")[0] for row in rates} == {"CER", "WER"}
    for row in rates:
        assert 0 <= row["value"] <= 100
        assert row["low"] is None or row["low"] <= row["value"] <= row["high"]


def test_the_kept_history_is_whole():
    rows = history.rows()
    for row in rows:
        assert {"time", "commit", "machine", *history.fields_of(row)} <= set(row)
    assert [row["time"] for row in rows] == sorted(row["time"] for row in rows)
