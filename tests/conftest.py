"""Settings of all tests.

No deadlines, as a busy machine would make them fail; and one thread for NumPy, whose
threads wait for each other on small matrices where cores are shared. Where CI is set, the
examples are the same each time: new ones are looked for at one's desk, where what they
find can be mended, and not where they would stop another change.
"""

import os
import re
from collections import Counter

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("inkrec", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("inkrec")


SKIPS = {
    r"(IAM-OnDB|UNIPEN|the (shared )?recordings) (is|are|does|do) not (here|lie beside)": 13,
    r"no Xvfb and xdotool": 1,
    r"no pdftotext": 12,
    r"no Xournal": 1,
    r"no /dev/uinput|python-evdev makes the virtual tablet|this machine numbers its ioctls": 3,
    r"root may do all|here every folder may be written in|the disk takes no such name": 3,
    r"inkrec was built without its compiled core": 1,
    r"needs \.\./shared/data|shared (cases|pads|data)|poh-db": 40,
    r"there is no \S+ here|the sources of the core|Xvfb does not start": 30,
    r"all tests skipped by \+SKIP option": 9,
    r"transformers|gguf|accelerate|judge|onnx": 12,
    r"compiler|qemu|sanitizer|aarch64|processor|kernel|gcc|clang|VNNI|AVX": 40,
    r"weights|model file|golden": 12,
    r"PyYAML checks the narrow reader|could not import 'yaml'": 1,
}
"""Why a test may be skipped in CI, and how many may be: what a bare clone and a root shell lack.

Everything else is there with the extra `dev`, so that another reason, or more of one, means that
something silently stopped being tested. Without CI any test may be skipped.
"""


def too_many_skips(reasons: list[str]) -> list[str]:
    """What is wrong with the reasons for which tests were skipped, a line each.

    Examples
    --------
    >>> too_many_skips(["no Xvfb and xdotool (apt install xvfb xdotool)"])
    []
    >>> too_many_skips(["no Xvfb and xdotool", "no Xvfb and xdotool", "needs scipy"])
    ['2 tests were skipped, 1 may be: no Xvfb and xdotool', '1 test was skipped: needs scipy']
    """
    found: Counter[str] = Counter()
    for reason in reasons:
        found[next((known for known in SKIPS if re.search(known, reason)), reason)] += 1
    wrong = []
    for reason, n in found.items():
        tests = "1 test was" if n == 1 else f"{n} tests were"
        if reason not in SKIPS:
            wrong.append(f"{tests} skipped: {reason}")
        elif n > SKIPS[reason]:
            wrong.append(f"{tests} skipped, {SKIPS[reason]} may be: {reason}")
    return wrong


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a whole run in CI whose skips are not those that are expected."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if "CI" not in os.environ or reporter is None:
        return
    skipped = [r for r in reporter.stats.get("skipped", []) if isinstance(r.longrepr, tuple)]
    wrong = too_many_skips([str(r.longrepr[2]).removeprefix("Skipped: ") for r in skipped])
    reporter.ensure_newline()
    reporter.write_line(
        f"{len(skipped)} tests were skipped; tests/conftest.py says how many may be"
    )
    for line in wrong:
        reporter.write_line(line, red=True)
    if wrong and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture
def closed(tmp_path) -> Path:
    """A folder in which no file can be made."""
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o500)
    if os.access(folder, os.W_OK):  # root may write wherever a disk lets it
        folder.rmdir()
        folder = Path("/proc")
        if not folder.is_dir():
            pytest.skip("here every folder may be written in")
    return folder
