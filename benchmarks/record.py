r"""Run a command that prints JSON, and keep its figures with what made them.

::

    python benchmarks/record.py en-iam-t --set iam-t --model en -- \
        inkrec eval en iam.h5 --split testset_t --confidence --jobs 2 --json
    python benchmarks/render.py            # the tables that show them

The result is ``benchmarks/results/NAME.json``: the set (of ``benchmarks/sets.json``), the model,
the command, the commit, the machine, the date and the figures. Error rates go into
``history.jsonl`` too, so that accuracy can be followed over commits.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import history

HERE = Path(__file__).parent
RESULTS = HERE / "results"
SETS = HERE / "sets.json"
FIELDS = ("set", "model", "command", "commit", "machine", "date", "figures")
PASSES = {
    "streaming": "text while the pen moves",
    "refined": "refined at the last pen-up",
    "final_greedy": "finished, best path",
    "final": "finished, language model",
}
"""The passes in the order of their knowledge, and what each is."""

Result = dict[str, Any]


def sets(path: Path = SETS) -> dict[str, dict[str, Any]]:
    """The named sets: what each is, its size, its licence, and what was tuned on it."""
    found: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return found


def read(name: str, folder: Path = RESULTS) -> Result:
    """A result that was kept.

    Raises
    ------
    ValueError
        If it lacks a field, or names a set that is not defined.
    """
    path = folder / f"{name}.json"
    result: Result = json.loads(path.read_text(encoding="utf-8"))
    missing = [field for field in FIELDS if field not in result]
    if missing:
        raise ValueError(f"{path.name} lacks {', '.join(missing)}; record it again")
    for one in sets_of(result):
        if one not in sets():
            raise ValueError(f"{path.name} is of the set {one!r}; define it in {SETS.name}")
    return result


def sets_of(result: Mapping[str, Any]) -> list[str]:
    """The names of the sets that a result was measured on."""
    named = result["set"]
    return [named] if isinstance(named, str) else list(named)


def figures_of(output: str) -> dict[str, Any]:
    """What a command printed: one JSON object, or one a line, which become ``rows``.

    Raises
    ------
    ValueError
        If it printed no JSON object.
    """
    try:
        found = [json.loads(line) for line in output.splitlines() if line.strip()]
    except json.JSONDecodeError as error:
        raise ValueError(f"the command printed no JSON ({error}); give it --json") from None
    if not found or not all(isinstance(one, dict) for one in found):
        raise ValueError("the command printed no JSON object; give it --json")
    return {"rows": found} if len(found) > 1 else dict(found[0])


def accuracy_rows(result: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Rows for the history: each error rate of each pass with its interval."""
    for name in PASSES:
        rates = result["figures"].get(name) or {}
        for rate in ("cer", "wer"):
            if rate in rates:
                low, high = rates.get(f"{rate}_ci") or (None, None)
                yield {
                    "case": f"{rate.upper()}: {result['model']} on {result['set']}, {name}",
                    "unit": "%",
                    "value": rates[rate],
                    "low": low,
                    "high": high,
                }


def keep(name: str, result: Result, folder: Path = RESULTS, log: Path = history.PATH) -> Path:
    """Write a result, and its error rates into the history."""
    path = folder / f"{name}.json"
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    rows = list(accuracy_rows(result))
    if rows:
        history.add(rows, log)
    return path


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command, and keep what it printed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("name", help="of the file in benchmarks/results, without .json")
    parser.add_argument("--set", nargs="+", required=True, help=f"of {', '.join(sets())}")
    parser.add_argument("--model", help="a bundled model or a file", default="en")
    parser.add_argument("--note", help="what a reader must know beside the command")
    parser.add_argument("command", nargs="+", help="after --: a command that prints JSON")
    args = parser.parse_args(arguments)
    unknown = [name for name in args.set if name not in sets()]
    if unknown:
        parser.error(f"no set is called {unknown[0]!r}; there are {', '.join(sets())}")
    stamp = {"commit": history.commit(), "machine": history.machine()}
    run = subprocess.run(args.command, stdout=subprocess.PIPE, text=True, check=False)
    if run.returncode:
        print(f"record: the command ended with {run.returncode}; nothing kept", file=sys.stderr)
        return 1
    try:
        figures = figures_of(run.stdout)
    except ValueError as error:
        print(f"record: {error}", file=sys.stderr)
        return 1
    result: Result = {
        "set": args.set[0] if len(args.set) == 1 else args.set,
        "model": args.model,
        "command": " ".join(shlex.quote(word) for word in args.command),
        **stamp,
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
    }
    if args.note:
        result["note"] = args.note
    print(os.path.relpath(keep(args.name, {**result, "figures": figures})))
    return 0


if __name__ == "__main__":
    sys.exit(main())
