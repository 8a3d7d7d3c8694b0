"""UNIPEN: writers on one side only, what is judged unfit, labels set right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from inkrec import Ink, Stroke
from inkrec.corpus import Corpus, Sample

Lay = Callable[..., Path]
Prepare = Callable[[str], ModuleType]

DOC = ".DATA_SOURCE x\n.COORD X Y\n.HIERARCHY TEXT WORD\n.POINTS_PER_SECOND 100\n"


def strokes(n: int, y: int = 0) -> str:
    """Every stroke a slope of ten points, each to the right of the one before."""
    return "".join(
        ".PEN_DOWN\n" + "".join(f"{20 * k + i} {y + i}\n" for i in range(10)) for k in range(n)
    )


def words(*segments: str, writer: str = "ada", doc: str = DOC, n: int = 6) -> str:
    ink = f".WRITER_ID {writer}\n" + strokes(n)
    return ".VERSION 1.0\n" + doc + ink + "".join(f".SEGMENT {s}\n" for s in segments)


def made(prepare: Prepare, root: Path, out: Path) -> tuple[dict[str, Sample], Any]:
    module = prepare("unipen")
    assert module.main(module.RECIPE, [str(root), str(out)]) == 0
    with Corpus(out) as corpus:
        return {s.id: s for s in corpus}, corpus.attributes["report"]


@pytest.mark.parametrize("pack", [None, "u.tar.gz", "u.tar.xz"])
def test_words_and_texts(prepare: Prepare, lay: Lay, tmp_path: Path, pack: str | None) -> None:
    tree = {
        "data/8/zzz/one.dat": ".INCLUDE zzz/doc.doc\n.INCLUDE zzz/ink.dat\n"
        '.SEGMENT TEXT 0-3 OK "to be"\n',
        "data/7/zzz/one.dat": ".INCLUDE zzz/doc.doc\n.INCLUDE zzz/ink.dat\n"
        '.SEGMENT WORD 0-1 OK "to"\n.SEGMENT WORD 2-3 OK "be"\n',
        "data/6/zzz/one.dat": ".INCLUDE zzz/doc.doc\n.INCLUDE zzz/ink.dat\n"
        '.SEGMENT WORD 0-1 OK "to"\n',
        "include/zzz/doc.doc": DOC + ".X_POINTS_PER_MM 10\n.Y_POINTS_PER_MM 10\n",
        "include/zzz/ink.dat": ".WRITER_ID ada\n" + strokes(4),
        "CDROM-README": "not data",
    }
    found, report = made(prepare, lay(tmp_path / "in", tree, pack), tmp_path / "o.h5")
    assert {k: (s.text, s.kind, s.writer) for k, s in found.items()} == {
        "zzz/one:WORD:0-1": ("to", "word", "zzz/ada"),
        "zzz/one:WORD:2-3": ("be", "word", "zzz/ada"),
        "zzz/one:TEXT:0-3": ("to be", "text", "zzz/ada"),
    }
    assert report["read"]["segments met again in another category"] == 1
    be = found["zzz/one:WORD:2-3"].ink
    assert be.units_per_mm == 10
    assert be[0].t is not None
    assert be[0].t[0] == 0
    assert be[0].y[-1] == -9


@pytest.mark.parametrize("place", ["data/", "a/data/unipen/", "my data/"])
def test_it_may_lie_below_a_folder_that_is_named_data(
    prepare: Prepare, lay: Lay, tmp_path: Path, place: str
) -> None:
    tree = {
        f"{place}data/8/zzz/one.dat": '.INCLUDE zzz/data/8/ink.dat\n.SEGMENT TEXT 0-3 OK "to be"\n',
        f"{place}include/zzz/data/8/ink.dat": DOC + ".WRITER_ID ada\n" + strokes(4),
    }
    found, _ = made(prepare, lay(tmp_path / "in", tree), tmp_path / "o.h5")
    assert list(found) == ["zzz/one:TEXT:0-3"]


def test_files_that_are_all_malformed_are_an_error(
    prepare: Prepare, lay: Lay, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    module = prepare("unipen")
    root = lay(tmp_path / "in", {"data/7/zzz/b.dat": ".INCLUDE zzz/gone.dat\n"})
    assert module.main(module.RECIPE, [str(root), str(tmp_path / "o.h5")]) == 1
    error = capsys.readouterr().err
    assert "no sample; expected .SEGMENT" in error
    assert "gone.dat" in error
    assert not (tmp_path / "o.h5").exists()


def test_a_writer_is_on_one_side_whatever_the_contributor_and_category(
    prepare: Prepare, lay: Lay, tmp_path: Path
) -> None:
    tree = {}
    for n in range(60):
        for category, contributor in (("6", "apc"), ("8", "apd"), ("1c", "apa")):
            level = {"6": "WORD", "8": "TEXT", "1c": "CHARACTER"}[category]
            label = {"6": "word", "8": "a text", "1c": "c"}[category]
            writer = f"w{n}".upper() if category == "8" else f"w{n}"
            tree[f"data/{category}/{contributor}/{n}.dat"] = words(
                f'{level} 0-{n % 5} OK "{label}{n}"', writer=writer
            )
    found, _ = made(prepare, lay(tmp_path / "in", tree), tmp_path / "o.h5")
    assert len(found) == 180
    sides: dict[str, set[str]] = {}
    for sample in found.values():
        sides.setdefault(sample.writer, set()).add(sample.split.removesuffix("_other"))
    assert len(sides) == 60
    assert all(len(side) == 1 for side in sides.values())
    dev = sum(side == {"dev"} for side in sides.values())
    assert 1 <= dev <= 14
    for sample in found.values():
        assert sample.split.endswith("_other") == (sample.kind == "character")


@pytest.mark.parametrize(
    ("contributor", "segment", "why"),
    [
        ("zzz", 'WORD 0-3 BAD "word"', "marked BAD by its contributor"),
        ("abm", 'WORD 0-3 OK "Wort"', r"not English \(de\)"),
        ("lav", 'WORD 0-3 OK "tfiturr"', "not English"),
        ("hpp", 'WORD 0-3 OK "XXX"', "describes the ink"),
        ("zzz", 'WORD 0 OK "."', "punctuation alone"),
        ("att", 'TEXT 0-3 OK "if ("', "program text"),
        ("hpp", 'TEXT 0-3 OK "2 3 4"', "spaces are not those of the ink"),
        ("hpp", 'TEXT 0-3 OK "a \\" b"', "spaces are not those of the ink"),
        ("zzz", 'TEXT 0-5 OK "two\\nlines"', "several lines"),
        ("zzz", 'CHARACTER 0 OK "a"', "isolated character"),
    ],
)
def test_what_is_kept_out_of_train_and_dev(
    prepare: Prepare, lay: Lay, tmp_path: Path, contributor: str, segment: str, why: str
) -> None:
    tree = {f"data/8/{contributor}/a.dat": words(segment, 'WORD 0-3 OK "good"')}
    found, report = made(prepare, lay(tmp_path / "in", tree), tmp_path / "o.h5")
    bad, good = (found[f"{contributor}/a:{s.replace(' ', ':', 1).split()[0]}"]
                 for s in (segment, "WORD 0-3"))  # fmt: skip
    if contributor == "zzz" and "WORD 0-3" not in segment:
        assert not good.split.endswith("_other")
    assert bad.split.endswith("_other")
    assert [k for k in report["left_out"] if why.replace("\\", "") in k]


def test_a_label_with_far_too_few_points(prepare: Prepare, lay: Lay, tmp_path: Path) -> None:
    tree = {
        "data/7/zzz/a.dat": words(
            'WORD 0-2 OK "one"', 'WORD 1-3 OK "two"', 'WORD 3-5 OK "six"', 'WORD 4 OK "handwriting"'
        )
    }
    found, report = made(prepare, lay(tmp_path / "in", tree), tmp_path / "o.h5")
    assert found["zzz/a:WORD:4"].split.endswith("_other")
    assert not found["zzz/a:WORD:0-2"].split.endswith("_other")
    (names,) = (v for k, v in report["left_out"].items() if "far fewer points" in k)
    assert names == ["zzz/a:WORD:4"]


def test_what_cannot_be_read_is_reported_and_the_rest_kept(
    prepare: Prepare, lay: Lay, tmp_path: Path
) -> None:
    tree = {
        "data/7/zzz/a.dat": words('WORD 0 OK "a"'),
        "data/7/zzz/b.dat": ".INCLUDE zzz/gone.dat\n",
        "data/7/zzz/c.dat": words('WORD 0 OK ""', 'WORD 1 OK "b"', 'PAGE 0-5 OK "p"'),
        "data/7/zzz/d.dat": words('WORD 99 OK "c"'),
    }
    found, report = made(prepare, lay(tmp_path / "in", tree), tmp_path / "o.h5")
    assert {s.text for s in found.values()} == {"a", "b"}
    assert report["left_out"]["segment without a label"] == ["zzz/c:WORD:0"]
    assert report["left_out"]["segment of level PAGE"] == ["zzz/c:PAGE:0-5"]
    gone, dangling = report["left_out"]["file that is malformed or lacks an include"]
    assert "gone.dat" in gone
    assert "there are 6 components" in dangling


def test_rates_that_cannot_be_right_leave_no_time(
    prepare: Prepare, lay: Lay, tmp_path: Path
) -> None:
    tree = {f"data/7/{c}/a.dat": words(f'WORD 0-2 OK "{c}"') for c in ("art", "lex")}
    found, _ = made(prepare, lay(tmp_path / "in", tree), tmp_path / "o.h5")
    assert not found["art/a:WORD:0-2"].ink.has_time
    assert found["lex/a:WORD:0-2"].ink.has_time


def test_a_root_without_data(
    prepare: Prepare, lay: Lay, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    module = prepare("unipen")
    root = lay(tmp_path / "in", {"include/x/a.dat": DOC})
    assert module.main(module.RECIPE, [str(root), str(tmp_path / "o.h5")]) == 1
    assert "expected the folders data and include" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("contributor", "label", "clean"),
    [
        ("kai", "a@nd", "and"),
        ("zzz", "a@b", "a@b"),
        ("cec", "Is it illegal , then ?", "Is it illegal, then?"),
        ("dar", "It wasn ' t so", "It wasn't so"),
        ("hpp", "dog 's", "dog's"),
        ("hpp", "100 %", "100 %"),
        ("zzz", "set , apart", "set , apart"),
        ("cec", ",", ","),
        ("zzz", "  two   spaces ", "two spaces"),
    ],
)
def test_labels_are_set_right(prepare: Prepare, contributor: str, label: str, clean: str) -> None:
    assert prepare("unipen").rules.clean(contributor, label) == clean


def row(x: float, y: float, n: int = 6) -> list[Stroke]:
    return [Stroke([x + 10 * i, x + 10 * i + 8], [y, y + 10]) for i in range(n)]


@pytest.mark.parametrize(
    ("ink", "label", "several"),
    [
        (row(0, 0), "one line", False),
        ([*row(0, 0), *row(0, 25)], "two lines", True),
        ([*row(30, 0), *row(0, 25)], "a hanging indent", True),
        (row(0, 0) + row(0, 25) + row(0, 50), "and three lines", True),
        ([*row(0, 0), Stroke([5, 6], [-3, -3])], "a dot that comes late", False),
        ([*row(0, 0), Stroke([5, 9], [6, 4])], "a bar that comes late", False),
        ([Stroke([i, i + 1], [i / 3, i / 3 + 10]) for i in range(0, 90, 9)], "up a hill", False),
        (row(0, 0, 1), "a very narrow text for its many words", True),
        ([*row(0, 0), *row(0, 25)], "word", False),
    ],
)
def test_several_lines(prepare: Prepare, ink: list[Stroke], label: str, several: bool) -> None:
    assert prepare("unipen").rules.several_lines(label, Ink(ink)) is several
