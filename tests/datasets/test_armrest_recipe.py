"""Armrest: one label and its ink a line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from inkrec import FormatError, Ink, Stroke
from inkrec.corpus import Corpus, Sample

SHARED = Path(__file__).parents[3] / "shared" / "data" / "ink"
Lay = Callable[..., Path]
Prepare = Callable[[str], ModuleType]


def made(prepare: Prepare, out: Path, *roots: Path) -> Corpus:
    module = prepare("armrest")
    assert module.main(module.RECIPE, [*map(str, roots), str(out)], many=True) == 0
    return Corpus(out)


def test_lines_words_and_characters(prepare: Prepare, lay: Lay, tmp_path: Path) -> None:
    text = "q\t1 2 7.5,3 4 7.6;5 6 8.0\n\nJust one.\t1 1 0;\nword\t0 0 2,0 1 1.5\n\t1 1 1\n"
    with made(prepare, tmp_path / "o.h5", lay(tmp_path / "in", {"x.txt": text})) as corpus:
        q, line, word = corpus
        report = corpus.attributes["report"]
    assert q.ink == Ink([Stroke([1, 3], [2, 4], [0, 0.1]), Stroke([5], [6], [0.5])])
    assert [s.text for s in (q, line, word)] == ["q", "Just one.", "word"]
    assert [s.kind for s in (q, line, word)] == ["character", "line", "word"]
    assert [s.id for s in (q, line, word)] == ["x-001", "x-003", "x-004"]
    assert {s.split for s in (q, line, word)} == {"test"}
    times = word.ink[0].t
    assert times is not None
    assert times.tolist() == [0, 0]
    assert isinstance(report, dict)
    assert report["left_out"] == {"empty line": ["x-002"], "ink without a label": ["x-005"]}
    assert report["repaired"] == {"time step back, raised to the stamp before": {"x-004": 1}}


def test_a_byte_order_mark_and_control_characters_are_no_labels_and_no_line_ends(
    prepare: Prepare, lay: Lay, tmp_path: Path
) -> None:
    content = "\ufeffhe\t1 2 0\r\n\x1cw\x85e\u2028\t1 2 0\r\n".encode()
    with made(prepare, tmp_path / "o.h5", lay(tmp_path / "in", {"x.txt": content})) as corpus:
        assert corpus.texts() == ["he", "\x1cw\x85e\u2028"]
        assert [s.id for s in corpus] == ["x-001", "x-002"]


def test_files_given_one_by_one(prepare: Prepare, lay: Lay, tmp_path: Path) -> None:
    root = lay(tmp_path / "in", {"b.txt": "b\t0 0 0", "a.txt": "a\t0 0 0", "LICENSE.md": "..."})
    with made(prepare, tmp_path / "o.h5", root / "b.txt", root / "a.txt") as corpus:
        assert corpus.texts() == ["a", "b"]


@pytest.mark.parametrize(
    "line", ["no tab", "a\t", "a\t1 2", "a\t1 2 3,4 5", "a\t1 2 x", "a\t1 nan 3", "a\t;;"]
)
def test_malformed(prepare: Prepare, line: str) -> None:
    with pytest.raises(FormatError, match=r"x\.txt:3: expected"):
        prepare("armrest").read_line(line, "x.txt", 3)


@pytest.mark.skipif(not SHARED.exists(), reason="the recordings do not lie beside the repository")
def test_the_real_recordings(prepare: Prepare, tmp_path: Path) -> None:
    with made(prepare, tmp_path / "o.h5", SHARED) as corpus:
        assert len(corpus) == 170
        assert len(corpus.indices("test", kind="line")) == 67
        lines, words = (corpus.read(corpus.indices("test", kind=k)) for k in ("line", "word"))
    assert sum(wide(s.ink) for s in lines) == len(lines)
    # Two recordings, at two rates and in two units.
    assert max(s.ink.bounds[3] for s in lines) < 10 < max(s.ink.bounds[3] for s in words)
    assert step(words) == pytest.approx(0.0018, abs=2e-4)
    assert step(lines) == pytest.approx(0.012, abs=1e-3)


def wide(ink: Ink) -> bool:
    left, top, right, bottom = ink.bounds
    return right - left > bottom - top


def step(samples: list[Sample]) -> float:
    steps = [np.diff(s.t) for x in samples for s in x.ink if s.t is not None]
    return float(np.median(np.concatenate(steps)))
