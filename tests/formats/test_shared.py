"""Files of others' programs that lie beside the repository, where they do."""

from __future__ import annotations

import tarfile
import warnings
from pathlib import Path

import numpy as np
import pytest

import inkrec
from inkrec import InkWarning
from inkrec.capture import is_recording, read_recording
from inkrec.errors import MissingExtraError
from inkrec.formats import inkml

SHARED = Path(__file__).parents[2].parent / "shared"
SHARED = SHARED if SHARED.exists() else Path(__file__).parents[3].parent / "shared"
CASES = sorted((SHARED / "cases").glob("*/*")) if SHARED.exists() else []
PADS = SHARED / "data" / "poh-db" / "pads.tar.xz"
EMPTY = {"packaged-layer.xopp", "packaged-pages.xopp", "text.xopp"}


@pytest.mark.skipif(not CASES, reason="the shared cases are not here")
def test_every_case_is_read_or_replayed() -> None:
    for path in CASES:
        if is_recording(path):
            assert any(frame.touching for frame in read_recording(path).frames()), path
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", InkWarning)
            try:
                document = inkrec.read_document(path)
            except MissingExtraError:
                continue
        assert bool(len(document.ink())) != (path.name in EMPTY), path


@pytest.mark.skipif(not PADS.exists(), reason="the shared POH-Db is not here")
def test_pads_are_read_in_the_order_of_writing() -> None:
    """The first of each kind; T counts from timeOffset though it names a timestamp."""
    seen = dict.fromkeys(("Text", "WordGroup", "WordGroup2", "WordGroup3", "NumberGroup"), 0)
    with tarfile.open(PADS) as archive:
        for member in archive:
            kind = Path(member.name).parent.name
            if seen.get(kind, 3) >= 3 or not member.name.endswith(".inkml"):
                continue
            seen[kind] += 1
            file = archive.extractfile(member)
            assert file is not None
            with pytest.warns(InkWarning, match="T names a timestamp and counts from each trace"):
                ink = inkml.read(file)  # type: ignore[arg-type]
            assert ink.has_time
            begin = np.array([s.t[0] for s in ink if s.t is not None])
            assert (np.diff(begin) >= 0).all()
            if sum(seen.values()) == 3 * len(seen):
                break
    assert sum(seen.values()) > 3
