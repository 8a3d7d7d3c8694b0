"""What the recipes share: archives that lie, the report, the command line."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import random
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from inkrec import FormatError, Ink, Stroke
from inkrec.corpus import Corpus, Sample

Lay = Callable[..., Path]
FILES = {"a/one.txt": "1", "a/b/two.txt": "2", "three.dat": "3"}


def texts(recipe: ModuleType, root: Path) -> dict[str, bytes]:
    return dict(recipe.members(root, lambda path: path.suffix == ".txt"))


@pytest.mark.parametrize("pack", [None, "x.tar", "x.tar.gz", "x.tar.bz2", "x.tar.xz"])
def test_members_of_trees_and_archives_are_the_same(
    recipe: ModuleType, lay: Lay, tmp_path: Path, pack: str | None
) -> None:
    root = lay(tmp_path, FILES, pack)
    assert texts(recipe, root) == {"a/one.txt": b"1", "a/b/two.txt": b"2"}
    if pack:
        assert texts(recipe, root / pack) == {"a/one.txt": b"1", "a/b/two.txt": b"2"}


def test_folders_behind_links_are_read_once_and_circles_end(
    recipe: ModuleType, lay: Lay, tmp_path: Path
) -> None:
    root = lay(tmp_path / "in", {"a/one.txt": "1"})
    elsewhere = lay(tmp_path / "elsewhere", {"two.txt": "2"})
    (root / "z").symlink_to(elsewhere)
    (root / "again").symlink_to(root / "a")
    (root / "circle").symlink_to(tmp_path)
    (elsewhere / "itself").symlink_to(elsewhere)
    assert texts(recipe, root) == {"a/one.txt": b"1", "z/two.txt": b"2"}


def test_a_root_that_is_not_there(recipe: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="none: does not exist; give the folder"):
        texts(recipe, tmp_path / "none")


@pytest.mark.parametrize("name", ["../../out.txt", "/tmp/out.txt", "..\\out.txt"])
def test_paths_that_climb_out_write_nothing(
    recipe: ModuleType, lay: Lay, tmp_path: Path, name: str
) -> None:
    root = lay(tmp_path / "in" / "side", {name: "x"}, "x.tar.gz")
    before = sorted(tmp_path.rglob("*"))
    assert list(texts(recipe, root).values()) == [b"x"]
    assert sorted(tmp_path.rglob("*")) == before


def test_links_and_devices_are_not_followed(recipe: ModuleType, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "x.tar", "w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
            member = tarfile.TarInfo("a.txt")
            member.type = kind
            member.linkname = "/etc/passwd"
            archive.addfile(member)
    assert texts(recipe, tmp_path) == {}


@pytest.fixture
def small_limits(recipe: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipe, "MEMBER_LIMIT", 1 << 20)
    monkeypatch.setattr(recipe, "TOTAL_LIMIT", 4 << 20)
    monkeypatch.setattr(recipe, "COUNT_LIMIT", 20)


@pytest.mark.usefixtures("small_limits")
def test_a_member_that_unpacks_to_too_much(recipe: ModuleType, lay: Lay, tmp_path: Path) -> None:
    root = lay(tmp_path, {"a.txt": bytes((1 << 20) + 1)}, "bomb.tar.gz")
    assert (root / "bomb.tar.gz").stat().st_size < 1 << 13
    with pytest.raises(FormatError, match=r"bomb\.tar\.gz: a\.txt has 1048577 bytes"):
        texts(recipe, root)


@pytest.mark.usefixtures("small_limits")
@pytest.mark.parametrize("unwanted", ["a.dat", "a.txt"])
def test_an_archive_that_unpacks_to_too_much(
    recipe: ModuleType, lay: Lay, tmp_path: Path, unwanted: str
) -> None:
    root = lay(tmp_path, {f"{i}{unwanted}": bytes(1 << 20) for i in range(8)}, "bomb.tar.xz")
    with pytest.raises(FormatError, match="unpacks to more than"):
        texts(recipe, root)


@pytest.mark.usefixtures("small_limits")
def test_an_archive_of_too_many_files(recipe: ModuleType, lay: Lay, tmp_path: Path) -> None:
    root = lay(tmp_path, {f"{i}": "" for i in range(21)}, "many.tar")
    with pytest.raises(FormatError, match="holds more than 20 files"):
        texts(recipe, root)


@pytest.mark.usefixtures("small_limits")
@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME])
def test_a_header_that_asks_for_gigabytes(recipe: ModuleType, tmp_path: Path, kind: bytes) -> None:
    member = tarfile.TarInfo("pax")
    member.type = kind
    member.size = 2 << 30
    (tmp_path / "pax.tar").write_bytes(member.tobuf() + bytes(10240))
    with pytest.raises(FormatError, match="a header asks for 2147483648 bytes at once"):
        texts(recipe, tmp_path)


def test_a_member_longer_than_its_archive(recipe: ModuleType, tmp_path: Path) -> None:
    member = tarfile.TarInfo("a.txt")
    member.size = 1 << 20
    (tmp_path / "a.tar").write_bytes(member.tobuf() + b"short")
    with pytest.raises(FormatError, match=r"a\.tar: not a whole tar archive"):
        texts(recipe, tmp_path)


@pytest.mark.parametrize("cut", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("pack", ["x.tar", "x.tar.gz", "x.tar.bz2", "x.tar.xz"])
def test_a_cut_archive(recipe: ModuleType, lay: Lay, tmp_path: Path, pack: str, cut: float) -> None:
    # Bytes that do not compress, so that the cut goes through the member.
    body = b"".join(i.to_bytes(4, "little") for i in range(0, 40_000_000, 997))
    root = lay(tmp_path, {"a.txt": body}, pack)
    data = (root / pack).read_bytes()
    (root / pack).write_bytes(data[: int(len(data) * cut)])
    with pytest.raises(FormatError, match="not a whole tar archive"):
        texts(recipe, root)


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "x.tar": bytes,
    "x.tar.gz": gzip.compress,
    "x.tar.bz2": bz2.compress,
    "x.tar.xz": lzma.compress,
}
MEMBER = 1536
"""Bytes of a member below: its header and two blocks."""


def six_members() -> bytes:
    """A tar archive; its members do not compress, so that damage meets them."""
    draw = random.Random(1)
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        for i in range(6):
            member = tarfile.TarInfo(f"f{i}.txt")
            member.size = 700
            archive.addfile(member, io.BytesIO(draw.randbytes(700)))
    return held.getvalue()


def test_six_members_are_six(recipe: ModuleType, tmp_path: Path) -> None:
    for name, pack in PACKERS.items():
        (tmp_path / name).write_bytes(pack(six_members()))
        assert len(texts(recipe, tmp_path / name)) == 6
    # One block of zeros is an end, too.
    (tmp_path / "x.tar").write_bytes(six_members()[: 6 * MEMBER + 512])
    assert len(texts(recipe, tmp_path / "x.tar")) == 6


@pytest.mark.parametrize("pack", PACKERS)
@pytest.mark.parametrize("cut", [512, MEMBER, 3 * MEMBER, 3 * MEMBER + 200, 6 * MEMBER])
def test_a_tar_that_ends_between_two_members_is_no_smaller_one(
    recipe: ModuleType, tmp_path: Path, pack: str, cut: int
) -> None:
    (tmp_path / pack).write_bytes(PACKERS[pack](six_members()[:cut]))
    with pytest.raises(FormatError, match=r"not a whole tar archive: .*; fetch it anew"):
        texts(recipe, tmp_path)


@pytest.mark.parametrize("change", ["flipped", "zeroed"])
def test_a_damaged_header_is_no_end(recipe: ModuleType, tmp_path: Path, change: str) -> None:
    data = bytearray(six_members())
    if change == "flipped":
        data[3 * MEMBER + 5] ^= 1
    else:
        data[3 * MEMBER : 3 * MEMBER + 512] = bytes(512)
    (tmp_path / "x.tar").write_bytes(data)
    with pytest.raises(FormatError, match="a header is damaged, 4,608 bytes from its start"):
        texts(recipe, tmp_path)


@pytest.mark.parametrize("pack", [name for name in PACKERS if name != "x.tar"])
def test_no_flipped_bit_gives_a_smaller_or_another_corpus(
    recipe: ModuleType, tmp_path: Path, pack: str
) -> None:
    data, draw = PACKERS[pack](six_members()), random.Random(2)
    (tmp_path / pack).write_bytes(data)
    whole, refused = texts(recipe, tmp_path), 0
    for _ in range(60):
        bad = bytearray(data)
        bad[draw.randrange(len(bad))] ^= 1 << draw.randrange(8)
        (tmp_path / pack).write_bytes(bad)
        try:
            found = texts(recipe, tmp_path)
        except FormatError:
            refused += 1
        else:
            assert found == whole
    assert refused > 40


@pytest.mark.parametrize("pack", [name for name in PACKERS if name != "x.tar"])
def test_no_cut_gives_a_smaller_corpus(recipe: ModuleType, tmp_path: Path, pack: str) -> None:
    data = PACKERS[pack](six_members())
    for end in [*range(1, len(data), 211), len(data) - 9, len(data) - 1]:
        (tmp_path / pack).write_bytes(data[:end])
        with pytest.raises(FormatError, match="not a whole tar archive"):
            texts(recipe, tmp_path)


@pytest.mark.parametrize("data", [b"", b"no archive at all", b"\x1f\x8b\x08nonsense" * 99])
def test_what_is_no_archive(recipe: ModuleType, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.tar.gz").write_bytes(data)
    with pytest.raises(FormatError, match=r"a\.tar\.gz: not a whole tar archive"):
        texts(recipe, tmp_path)


# -- the command line ------------------------------------------------------------------------


def sample(text: str) -> Sample:
    return Sample(Ink([Stroke([0], [0])]), text, text, "", "", "dev", "word")


@pytest.fixture
def toy(recipe: ModuleType) -> Any:
    """A recipe whose samples are the words of the files below its roots."""

    def samples(roots: Any, report: Any, progress: Any) -> Iterator[Sample]:
        for root in roots:
            for _, data in progress(recipe.members(root, lambda path: path.suffix == ".txt")):
                for word in data.decode().split():
                    if word == "BAD":
                        raise FormatError("a bad word", file=root)
                    report.count("dev: words")
                    yield sample(word)
        report.leave_out("empty page", "p1")
        report.repair("time step back", "p2", 3)
        report.note("A note.")

    return recipe.Recipe("toy", "1", "A toy.", {"licence": "none"}, samples, "words in *.txt")


def test_a_corpus_with_its_report(
    recipe: ModuleType, toy: Any, lay: Lay, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = lay(tmp_path / "in", {"a.txt": "to be or"})
    out = tmp_path / "out.h5"
    assert recipe.main(toy, [str(root), str(out)]) == 0
    shown = capsys.readouterr()
    assert "| read | dev: words | 3 |" in shown.out
    assert "| repaired | time step back | 3 in 1 |" in shown.out
    assert "| left out | empty page | 1 |" in shown.out
    assert "A note." in shown.out
    assert shown.out.endswith(f"{out} written\n")
    with Corpus(out) as corpus:
        assert corpus.texts() == ["to", "be", "or"]
        assert corpus.attributes["licence"] == "none"
        assert corpus.attributes["command"] == f"python datasets/toy/prepare.py {root} {out}"
        assert corpus.attributes["report"] == {
            "read": {"dev: words": 3},
            "repaired": {"time step back": {"p2": 3}},
            "left_out": {"empty page": ["p1"]},
            "notes": ["A note."],
        }


def test_the_second_time_it_is_up_to_date(
    recipe: ModuleType, toy: Any, lay: Lay, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, out = lay(tmp_path / "in", {"a.txt": "to be"}), tmp_path / "out.h5"
    arguments = [str(root), str(out), "--json"]
    assert recipe.main(toy, arguments) == 0
    first, bytes_before, inode = capsys.readouterr().out, out.read_bytes(), out.stat().st_ino
    assert recipe.main(toy, arguments) == 0
    assert out.stat().st_ino == inode
    assert json.loads(capsys.readouterr().out) == json.loads(first)
    # Forced, it gives the same bytes.
    assert recipe.main(toy, [*arguments, "--force"]) == 0
    assert out.stat().st_ino != inode
    assert recipe.main(toy, arguments) == 0
    assert out.read_bytes() != bytes_before  # the command is another
    assert recipe.main(toy._replace(version="2"), arguments) == 0
    capsys.readouterr()
    # Other originals, another corpus.
    lay(root, {"b.txt": "or not"})
    assert recipe.main(toy, [str(root), str(out)]) == 0
    assert capsys.readouterr().out.endswith("written\n")
    with Corpus(out) as corpus:
        assert corpus.texts() == ["to", "be", "or", "not"]


def test_a_fault_is_one_line_and_leaves_the_old_corpus(
    recipe: ModuleType, toy: Any, lay: Lay, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, out = lay(tmp_path / "in", {"a.txt": "to be"}), tmp_path / "out.h5"
    assert recipe.main(toy, [str(root), str(out)]) == 0
    lay(root, {"b.txt": "BAD"})
    capsys.readouterr()
    assert recipe.main(toy, [str(root), str(out)]) == 1
    shown = capsys.readouterr()
    assert shown.err.splitlines()[-1] == f"toy: {root}: a bad word"
    assert shown.out == ""
    with Corpus(out) as corpus:
        assert corpus.texts() == ["to", "be"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in", "out.h5"]


def test_no_sample_is_an_error_that_leaves_the_old_corpus(
    recipe: ModuleType, toy: Any, lay: Lay, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, out = lay(tmp_path / "in", {"a.txt": "to be"}), tmp_path / "out.h5"
    assert recipe.main(toy, [str(root), str(out)]) == 0
    (root / "a.txt").rename(tmp_path / "gone.txt")
    capsys.readouterr()
    assert recipe.main(toy, [str(root), str(out)]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == (
        f"toy: {root}: no sample; expected words in *.txt; empty page: 1, such as p1"
    )
    with Corpus(out) as corpus:
        assert corpus.texts() == ["to", "be"]


def test_a_corpus_among_its_originals_is_none_of_them(
    recipe: ModuleType, toy: Any, lay: Lay, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = lay(tmp_path / "in", {"a.txt": "to be"})
    out = tmp_path / "in" / ".." / "in" / "out.h5"
    assert recipe.main(toy, [str(root), str(out)]) == 0
    capsys.readouterr()
    assert recipe.main(toy, [str(root), str(out)]) == 0
    assert capsys.readouterr().out.endswith("is up to date\n")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("in", "is to be written and is a folder"),
        ("none/out.h5", "there is no folder"),
        ("in/b.txt", "is there and is no corpus; name another file"),
    ],
)
def test_an_outcome_that_cannot_be_written_is_refused_before_the_work(
    recipe: ModuleType,
    toy: Any,
    lay: Lay,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    message: str,
) -> None:
    root = lay(tmp_path / "in", {"a.txt": "BAD", "b.txt": "not to be lost"})
    assert recipe.main(toy, [str(root), str(tmp_path / name)]) == 1
    assert message in capsys.readouterr().err, "and not the bad word, which comes with the work"
    assert (root / "b.txt").read_text() == "not to be lost"


@pytest.mark.parametrize("arguments", [[], ["only-one"]])
def test_usage(
    recipe: ModuleType, toy: Any, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        recipe.main(toy, arguments)
    assert caught.value.code == 2
    assert "ROOT" in capsys.readouterr().err


def test_bounded_reads_at_most_what_it_says(recipe: ModuleType) -> None:
    reader = recipe.Bounded(io.BytesIO(b"abc"), "x")
    assert (reader.read(2), reader.tell(), reader.seek(0), reader.read(9)) == (b"ab", 2, 0, b"abc")
    with pytest.raises(FormatError, match="asks for -1 bytes"):
        reader.read()
