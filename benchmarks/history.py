"""What was measured, when and where: one JSON object a line, only ever added to.

::

    python benchmarks/history.py            # the last figures of every case
    python benchmarks/history.py feed       # all figures of cases with "feed" in the name

A benchmark adds its rows with `add`; nothing rewrites or drops one. Speed and memory have a median
and quantiles, error rates (of `record.py`) a value and the ends of its interval.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PATH = Path(__file__).with_name("history.jsonl")
FIELDS = ("case", "unit", "median", "p95")
RATE_FIELDS = ("case", "unit", "value", "low", "high")


def fields_of(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The fields a row must have: those of an error rate where it has a value."""
    return RATE_FIELDS if "value" in row else FIELDS


def commit() -> str:
    """The commit that is measured, with ``+`` where files have changed since."""

    def git(*arguments: str) -> str:
        run = subprocess.run(
            ["git", *arguments], cwd=PATH.parent, capture_output=True, text=True, check=False
        )
        return run.stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no")
    return (git("rev-parse", "--short=12", "HEAD") or "unknown") + ("+" if changed else "")


def machine() -> str:
    """Processor, cores, Python: what a figure cannot be compared across."""
    model = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    except OSError:
        pass
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}"


def add(rows: Iterable[Mapping[str, Any]], path: Path = PATH) -> None:
    """Add measured rows.

    Parameters
    ----------
    rows : iterable of mapping
        Each with ``case`` (a name that stays), ``unit``, ``median`` and ``p95``, or ``value``,
        ``low`` and ``high`` (None where there is no interval); more keys are kept.
    path : Path

    Raises
    ------
    ValueError
        If a row lacks one of these.
    """
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    where = {"time": stamp, "commit": commit(), "machine": machine()}
    lines = []
    for row in rows:
        missing = [field for field in fields_of(row) if field not in row]
        if missing:
            raise ValueError(f"row {dict(row)} lacks {', '.join(missing)}")
        lines.append(json.dumps({**where, **row}) + "\n")
    with open(path, "a", encoding="utf-8") as file:
        file.write("".join(lines))


def rows(path: Path = PATH) -> list[dict[str, Any]]:
    """All rows, oldest first."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def main() -> None:
    """Print the last figures of every case, or all of some."""

    def number(value: float | None) -> str:
        return f"{'-' if value is None else format(value, '.4g'):>10}"

    parser = argparse.ArgumentParser(description="Show what was measured.")
    parser.add_argument("case", nargs="?", help="all rows of cases whose name holds this")
    args = parser.parse_args()
    found = [row for row in rows() if args.case is None or args.case in row["case"]]
    if args.case is None:
        found = list({(row["case"], row["machine"]): row for row in found}.values())
    for row in found:
        numbers = "".join(number(row[field]) for field in fields_of(row)[2:])
        print(
            f"{row['time'][:10]}  {row['commit'] or '-':<13}  {row['case']:<44}"
            f"{numbers} {row['unit']:<4}  {row['machine'] or '-'}"
        )


if __name__ == "__main__":
    main()
