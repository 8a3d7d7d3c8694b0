"""The bundled model holds its error rate on real lines, read from the original archives."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

import inkrec
from inkrec.formats import iam_ondb

SHARED = Path(__file__).parents[3] / "shared" / "data" / "iam-ondb"
LINES = 100
MARGIN = 1.5  # a hundred lines are a small sample, and weights differ in where they err


@pytest.mark.skipif(not SHARED.exists(), reason="IAM-OnDB is not here")
def test_a_hundred_lines_of_testset_t(prepare: Callable[[str], ModuleType]) -> None:
    from inkrec.metrics import cer

    module = prepare("iam_ondb")
    forms = (SHARED / "testset_t.txt").read_text().split()[::14]
    texts: dict[str, list[str]] = {}
    inks: dict[str, inkrec.Ink] = {}

    def wanted(path: object) -> bool:
        name = str(path).rpartition("/")[2]
        return any(name == f"{form}.txt" or name.startswith(f"{form}-") for form in forms)

    for name, data in module.members(SHARED, wanted):
        base = name.rpartition("/")[2]
        if base.endswith(".txt"):
            texts[base.removesuffix(".txt")] = module.labels(data.decode("iso-8859-1"), name)
        else:
            inks[base.removesuffix(".xml")] = iam_ondb.read(io.BytesIO(data))
    recognizer = inkrec.load()
    truth, read = [], []
    for form, labels in texts.items():
        for n, label in enumerate(labels, 1):
            truth.append(label)
            read.append(recognizer.recognize(inks[f"{form}-{n:02d}"]).text)
    assert len(truth) >= LINES
    # the model's own card says what it reads of all lines, so no threshold here goes stale
    held = recognizer.card["figures"]["testset_t"]["final"]["cer"]
    assert cer(truth[:LINES], read[:LINES]) <= MARGIN * held
