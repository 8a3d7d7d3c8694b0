"""Measure, and keep what was measured.

::

    OMP_NUM_THREADS=1 python benchmarks/run.py                 # every case
    OMP_NUM_THREADS=1 python benchmarks/run.py feed beam --corpus iam.h5
    python benchmarks/run.py --quick --json                    # a look; nothing is kept

Times are CPU times of the calling thread, with wall times beside them: on a busy
machine only the first mean something, and even they suffer from shared caches.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
sys.path.insert(0, str(Path(__file__).parent))

import history  # noqa: E402
from cases import CASES, Bench, Row  # noqa: E402


def table(rows: list[Row]) -> str:
    """Rows for people."""
    width = max(len(row["case"]) for row in rows)
    head = f"{'':{width}}  {'median':>9}{'p95':>9}{'p99':>9}{'max':>9}{'wall':>9}      n"
    lines = [head]
    for row in rows:
        numbers = [row["median"], row["p95"], row["p99"], row["max"], row.get("wall_median")]
        shown = "".join(f"{'' if v is None else format(v, '9.3g'):>9}" for v in numbers)
        lines.append(
            f"{row['case']:{width}}  {shown} {row['unit']:<4}{row['count']:>6}  {row['note']}"
        )
    return "\n".join(line.rstrip() for line in lines)


def main(arguments: list[str] | None = None) -> None:
    """Run the cases that were asked for."""
    parser = argparse.ArgumentParser(description="Measure speed and memory.")
    parser.add_argument("case", nargs="*", help=f"of {', '.join(CASES)}; all by default")
    parser.add_argument("--corpus", help="ink in HDF5; the sample ink by default")
    parser.add_argument("--split", default="testset_t")
    parser.add_argument("--lines", type=int, default=30)
    parser.add_argument("--model", default="en", help="a bundled model or a file")
    parser.add_argument("--json", action="store_true", help="print a row a line as JSON")
    parser.add_argument("--quick", action="store_true", help="a tenth of it; keep nothing")
    args = parser.parse_args(arguments)
    unknown = [name for name in args.case if name not in CASES]
    if unknown:
        parser.error(f"no case is called {unknown[0]!r}; there are {', '.join(CASES)}")
    lines = min(args.lines, 4) if args.quick else args.lines
    bench = Bench(args.corpus, args.split, lines, args.model, args.quick)
    rows: list[Row] = []
    for name in args.case or CASES:
        found = CASES[name](bench)
        rows += found
        if args.json:
            print("\n".join(json.dumps(row) for row in found), flush=True)
        else:
            print(table(found), end="\n\n", flush=True)
    if not args.quick:
        ink = f"{Path(args.corpus).name} {args.split}" if args.corpus else "sample ink"
        history.add([{**row, "ink": ink, "load": os.getloadavg()[0]} for row in rows])


if __name__ == "__main__":
    main()
