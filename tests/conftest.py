"""Settings of all tests.

No deadlines, as a busy machine would make them fail; and one thread for NumPy, whose
threads wait for each other on small matrices where cores are shared. Where CI is set, the
examples are the same each time: new ones are looked for at one's desk, where what they
find can be mended, and not where they would stop another change.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("inkrec", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("inkrec")


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
