"""IAM-OnDB: whole-form matching, labels under CSR, what is left out; the counts of the real one."""

from __future__ import annotations

import json
import re
import tarfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import Any

import pytest

from inkrec import FormatError
from inkrec.corpus import Corpus

SHARED = Path(__file__).parents[3] / "shared" / "data" / "iam-ondb"
Lay = Callable[..., Path]
Prepare = Callable[[str], ModuleType]


def line(x: float, times: tuple[float, ...] = (769.05, 769.07)) -> str:
    points = "".join(f'<Point x="{x + i}" y="{2 * i}" time="{t}"/>' for i, t in enumerate(times))
    return (
        '<?xml version="1.0" encoding="ISO-8859-1"?><WhiteboardCaptureSession><StrokeSet>'
        f"<Stroke>{points}</Stroke></StrokeSet></WhiteboardCaptureSession>"
    )


def form(name: str, *lines: str, ocr: str = "The printed prompt") -> dict[str, str]:
    """A form with its transcription and one XML file a line of it."""
    folder = f"{name[:3]}/{name[:7]}"
    text = "OCR:\n\n" + ocr + "\n\nCSR:\n\n" + "\n".join(lines) + "\n"
    held = {f"ascii/{folder}/{name}.txt": text}
    count = sum(len(re.split("%%+", one)) for one in lines)
    for n in range(1, count + 1):
        held[f"lineStrokes/{folder}/{name}-{n:02d}.xml"] = line(100 * n)
    return held


TREE = {
    "trainset.txt": " a01-000\n b02-001z\n\n",
    "testset_v.txt": "a01-000u\n",
    "testset_t.txt": "c01-001x\n",
    "testset_f.txt": "d01-001\n",
    **form("a01-000", "First line,", "and 'second'."),
    **form("a01-000u", "Another form"),
    **form("b02-001z", "crossed # out", "joined %%%%%%% lines"),
    **form("c01-001x", " spaces around  "),
}


def made(prepare: Prepare, root: Path, out: Path) -> tuple[list[tuple[str, str, str]], Any]:
    assert prepare("iam_ondb").main(prepare("iam_ondb").RECIPE, [str(root), str(out)]) == 0
    with Corpus(out) as corpus:
        return [(s.id, s.split, s.text) for s in corpus], corpus.attributes["report"]


EXPECTED = [
    ("a01-000-01", "trainset", "First line,"),
    ("a01-000-02", "trainset", "and 'second'."),
    ("b02-001z-01", "trainset", "crossed # out"),
    ("b02-001z-02", "trainset", "joined"),
    ("b02-001z-03", "trainset", "lines"),
    ("a01-000u-01", "testset_v", "Another form"),
    ("c01-001x-01", "testset_t", "spaces around"),
]


@pytest.mark.parametrize("pack", [None, "all.tar.gz", "all.tar.xz", "all.tar"])
def test_forms_are_matched_whole(
    prepare: Prepare, lay: Lay, tmp_path: Path, pack: str | None
) -> None:
    found, report = made(prepare, lay(tmp_path / "in", TREE, pack), tmp_path / "o.h5")
    assert found == EXPECTED
    assert report["read"] == {"trainset: lines": 5, "testset_v: lines": 1, "testset_t: lines": 1}
    assert report["left_out"] == {"form of testset_f without ink below the root": ["d01-001"]}
    assert "trainset has 5 lines here; the whole split has 5,364." in report["notes"]


def test_the_original_archives_beside_the_lists(prepare: Prepare, lay: Lay, tmp_path: Path) -> None:
    root = tmp_path / "in"
    for part in ("ascii", "lineStrokes"):
        lay(root, {k: v for k, v in TREE.items() if k.startswith(part)}, f"{part}-all.tar.gz")
    lay(root, {k: v for k, v in TREE.items() if "/" not in k})
    assert made(prepare, root, tmp_path / "o.h5")[0] == EXPECTED


def test_the_final_set_is_read_where_its_ink_is(prepare: Prepare, lay: Lay, tmp_path: Path) -> None:
    root = lay(tmp_path / "in", {**TREE, **form("d01-001", "final")})
    found, report = made(prepare, root, tmp_path / "o.h5")
    assert found == [*EXPECTED, ("d01-001-01", "testset_f", "final")]
    assert report["left_out"] == {}


def test_time_starts_at_zero_and_repairs_are_counted(
    prepare: Prepare, lay: Lay, tmp_path: Path
) -> None:
    xml = "lineStrokes/a01/a01-000/a01-000-01.xml"
    root = lay(tmp_path / "in", {**TREE, xml: line(1, (5e6, 5e6 + 0.02, 5e6 + 0.01, 0.0))})
    _, report = made(prepare, root, tmp_path / "o.h5")
    assert report["repaired"] == {
        "time stamp lost (0), taken from its neighbours": {"a01-000-01": 1},
        "time step back, raised to the stamp before": {"a01-000-01": 1},
    }
    with Corpus(tmp_path / "o.h5") as corpus:
        times = corpus[0].ink[0].t
        assert times is not None
        assert times.tolist() == [0, 0.02, 0.02, 0.025]


def test_lines_and_labels_that_do_not_match_are_named(
    prepare: Prepare, lay: Lay, tmp_path: Path
) -> None:
    held = {
        **TREE,
        "lineStrokes/a01/a01-000/a01-000-03.xml": line(1),
        "lineStrokes/z09/z09-999/z09-999-01.xml": line(1),
    }
    del held["lineStrokes/b02/b02-001/b02-001z-02.xml"]
    del held["ascii/c01/c01-001/c01-001x.txt"]
    found, report = made(prepare, lay(tmp_path / "in", held), tmp_path / "o.h5")
    assert len(found) == 5
    assert report["left_out"] == {
        "line of a form that is in no split list": ["z09-999-01.xml"],
        "line of ink without a label": ["a01-000-03"],
        "label without a line of ink": ["b02-001z-02"],
        "form of testset_t without a transcription": ["c01-001x"],
        "form of testset_f without ink below the root": ["d01-001"],
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"testset_v.txt": "a01-000\n"}, r"testset_v\.txt: form a01-000 is also in trainset"),
        ({"testset_v.txt": "a01\n"}, "'a01' is no form such as a01-000u"),
        ({"ascii/a01/a01-000/a01-000.txt": "OCR:\nx"}, r"a01-000\.txt: no 'CSR:' in the file"),
        ({"b/a01-000-01.xml": line(1)}, "this line comes twice"),
        (
            {"z/a01-000.txt": "CSR:\n\nOther\n"},
            r"z/a01-000\.txt: another file of this name .* other",
        ),
        ({"z/trainset.txt": ""}, r"z/trainset\.txt: another file of this name"),
        ({"lineStrokes/a01/a01-000/a01-000-01.xml": "<a/>"}, r"a01-000-01\.xml:1: expected <White"),
    ],
)
def test_what_is_refused(
    prepare: Prepare,
    lay: Lay,
    tmp_path: Path,
    change: dict[str, str],
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    root = lay(tmp_path / "in", {**TREE, **change})
    module = prepare("iam_ondb")
    assert module.main(module.RECIPE, [str(root), str(tmp_path / "o.h5")]) == 1
    assert re.search(message, capsys.readouterr().err)
    assert not (tmp_path / "o.h5").exists()


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("CSR:\r\n\r\nA b\r\nc d\r\n", ["A b", "c d"]),
        ("CSR:\n\nA\x85 b\nc\x1cd e\x0cf\n", ["A\x85 b", "c\x1cd e\x0cf"]),
        ("CSR:\n\n%% A b\nc d %%%\n", ["A b", "c d"]),
        ("CSR:\n\nA%%%%b\n5 % of\n", ["A", "b", "5 % of"]),
    ],
)
def test_only_new_lines_and_break_signs_part_labels(
    prepare: Prepare, text: str, lines: list[str]
) -> None:
    assert prepare("iam_ondb").labels(text, "x.txt") == lines


def test_a_second_copy_of_a_text_is_no_other(prepare: Prepare, lay: Lay, tmp_path: Path) -> None:
    copies = {f"copy/{name.rpartition('/')[2]}": text for name, text in TREE.items()
              if name.endswith(".txt")}  # fmt: skip
    found, _ = made(prepare, lay(tmp_path / "in", {**TREE, **copies}), tmp_path / "o.h5")
    assert found == EXPECTED


def test_ink_that_is_gone_leaves_the_old_corpus(
    prepare: Prepare, lay: Lay, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    module, root, out = prepare("iam_ondb"), lay(tmp_path / "in", TREE), tmp_path / "o.h5"
    made(prepare, root, out)
    (root / "lineStrokes").rename(tmp_path / "gone")
    assert module.main(module.RECIPE, [str(root), str(out)]) == 1
    assert re.search(
        r"no sample; expected a01-000u-01\.xml .*; form of trainset without ink below the root: 2",
        capsys.readouterr().err,
    )
    with Corpus(out) as corpus:
        assert len(corpus) == len(EXPECTED)


def test_a_root_without_lists(prepare: Prepare, lay: Lay, tmp_path: Path) -> None:
    root = lay(tmp_path / "in", form("a01-000", "a"))
    module = prepare("iam_ondb")
    with pytest.raises(FormatError, match=r"no split list; expected testset_f\.txt"):
        list(module.samples([root], module.Report(), None))


@pytest.mark.skipif(not SHARED.exists(), reason="IAM-OnDB does not lie beside the repository")
def test_the_real_splits_have_their_lines(prepare: Prepare) -> None:
    """Every label has its file and every file its label; the ink is not parsed here."""
    module = prepare("iam_ondb")
    lists = {f"{split}.txt": (SHARED / f"{split}.txt").read_text() for split in module.SPLITS}
    split = module.split_of_forms(lists)
    labels: dict[str, list[str]] = {}
    with tarfile.open(SHARED / "ascii-all.tar.xz") as archive:
        for member in archive:
            stream = archive.extractfile(member)
            if stream is not None:
                name = PurePosixPath(member.name).stem
                labels[name] = module.labels(stream.read().decode("latin-1"), member.name)
    with tarfile.open(SHARED / "lineStrokes-all.tar.xz") as archive:
        files = {PurePosixPath(member.name).stem for member in archive if member.isreg()}
    assert files == {f"{f}-{n:02d}" for f, lines in labels.items() for n, _ in enumerate(lines, 1)}
    counts = Counter(split[f] for f, lines in labels.items() for _ in lines)
    assert counts == {"trainset": 5364, "testset_v": 1438, "testset_t": 1518}
    assert all(line == line.strip() and line for lines in labels.values() for line in lines)


def test_help_says_what_to_give(prepare: Prepare, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        prepare("iam_ondb").main(prepare("iam_ondb").RECIPE, ["--help"])
    assert caught.value.code == 0
    assert "ROOT" in capsys.readouterr().out


def test_json_is_one_object(
    prepare: Prepare, lay: Lay, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    module = prepare("iam_ondb")
    root = lay(tmp_path / "in", TREE)
    assert module.main(module.RECIPE, [str(root), str(tmp_path / "o.h5"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["read"]["trainset: lines"] == 5
