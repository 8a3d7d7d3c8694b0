"""Fresh processes: what import and load cost, and how much memory a line takes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from .bench import SAMPLES, Bench, Row, row

__all__ = ["memory", "start"]

_TIMED = """
import json, time
wall, cpu = time.perf_counter(), time.process_time()
{code}
print(json.dumps([time.perf_counter() - wall, time.process_time() - cpu]))
"""
# Linux only: ru_maxrss would count the parent that started the process
_PEAK = """
import json
{code}
status = open("/proc/self/status").read()
print(json.dumps(int(status.split("VmHWM:")[1].split()[0]) / 1024))
"""


def _run(code: str) -> Any:
    # compiled modules are kept, as they are for who installed the package
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    call = [sys.executable, "-c", code]
    run = subprocess.run(call, capture_output=True, text=True, check=True, env=kept)
    return json.loads(run.stdout.splitlines()[-1])


def start(bench: Bench) -> list[Row]:
    """Import and load, in CPU seconds of a new process."""
    codes = {
        "import numpy": "import numpy",
        "import inkrec": "import inkrec",
        "import inkrec and load": f"import inkrec; inkrec.load({bench.model!r})",
    }
    rows: list[Row] = []
    for name, code in codes.items():
        _run(_TIMED.format(code=code))
        times = [_run(_TIMED.format(code=code)) for _ in range(3 if bench.quick else 9)]
        found = row(name, "s", [cpu for _, cpu in times])
        found["wall_median"] = row(name, "s", [wall for wall, _ in times])["median"]
        if rows:
            found["note"] = f"{found['median'] / rows[0]['median']:.1f} times importing numpy"
        rows.append(found)
    return rows


def memory(bench: Bench) -> list[Row]:
    """Peak memory of a process that reads a line."""
    line = str(SAMPLES / "tea.jsonl")
    codes = {
        "import numpy": "import numpy",
        "read a line": (
            f"import inkrec\ninkrec.load({bench.model!r}).recognize(inkrec.read({line!r}))"
        ),
    }
    return [
        row(f"peak memory: {name}", "MiB", [_run(_PEAK.format(code=code)) for _ in range(2)])
        for name, code in codes.items()
    ]
