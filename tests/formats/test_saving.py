"""A file is replaced when the new one is whole, and keeps what it was beside its content."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import inkrec
from inkrec import Ink, Stroke
from inkrec.formats import jsonl

SMALL = Ink([Stroke([1, 2], [3, 4])])
LARGE = Ink([Stroke(range(5000), range(5000))])
NAMES = ["a.inkml", "a.jsonl", "a.xopp", "a.unp", "a.svg"]

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX files")


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@posix
@pytest.mark.parametrize("name", NAMES)
def test_a_write_that_fails_leaves_the_file_that_was_there(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    inkrec.write(path, SMALL)
    before = path.read_bytes()
    with files_of_at_most(2048), pytest.raises(OSError, match=f"{name}'") as failed:
        inkrec.write(path, LARGE)
    assert failed.value.errno == errno.EFBIG
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == [name]


@posix
def test_a_write_that_fails_leaves_no_file_where_there_was_none(tmp_path: Path) -> None:
    with files_of_at_most(2048), pytest.raises(OSError, match="File too large"):
        inkrec.write(tmp_path / "a.inkml", LARGE)
    with pytest.raises(FileNotFoundError) as failed:
        inkrec.write(tmp_path / "none" / "a.inkml", SMALL)
    assert failed.value.filename == str(tmp_path / "none" / "a.inkml")
    assert not list(tmp_path.iterdir())


@posix
def test_a_recording_that_fails_names_its_file(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    sample = inkrec.PenSample(0, 1, 2)

    def write() -> None:
        with jsonl.Recorder(path) as recorder:
            for _ in range(200):
                recorder.append(sample)

    with files_of_at_most(2048), pytest.raises(OSError, match=r"a\.jsonl'"):
        write()
    assert len(list(jsonl.iter_samples(path))) > 50


@posix
def test_a_file_that_is_replaced_keeps_its_rights(tmp_path: Path) -> None:
    path = tmp_path / "a.inkml"
    inkrec.write(path, SMALL)
    mask = os.umask(0)
    os.umask(mask)
    assert path.stat().st_mode & 0o777 == 0o666 & ~mask
    path.chmod(0o640)
    inkrec.write(path, LARGE)
    assert path.stat().st_mode & 0o777 == 0o640
    assert inkrec.read(path) == LARGE


@posix
def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    link, path = tmp_path / "a.inkml", tmp_path / "inner" / "b.inkml"
    link.symlink_to(path)
    for ink in (SMALL, LARGE):  # first it points nowhere
        inkrec.write(link, ink)
        assert link.is_symlink()
        assert inkrec.read(path) == ink


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may do all")
def test_a_file_that_may_not_be_written_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.inkml"
    inkrec.write(path, SMALL)
    path.chmod(0o444)
    with pytest.raises(PermissionError):
        inkrec.write(path, LARGE)
    assert inkrec.read(path) == SMALL


@pytest.mark.parametrize("number", [errno.EACCES, errno.EBUSY])
def test_a_folder_that_takes_no_file_has_it_written_in_place(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    path = tmp_path / "a.inkml"
    inkrec.write(path, SMALL)
    monkeypatch.setattr(os, "replace", refuse)
    inkrec.write(path, LARGE)
    assert inkrec.read(path) == LARGE
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(OSError, match=r"b\.inkml'"):
        inkrec.write(tmp_path / "b.inkml", SMALL)


@posix
def test_a_pipe_is_written_and_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    os.mkfifo(path)
    found: list[bytes] = []
    taking = threading.Thread(target=lambda: found.append(path.read_bytes()))
    taking.start()
    inkrec.write(path, LARGE)
    taking.join()
    assert path.is_fifo()
    jsonl.write(tmp_path / "b.jsonl", LARGE)
    assert found == [(tmp_path / "b.jsonl").read_bytes()]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_device_is_said_and_left(tmp_path: Path) -> None:
    path = tmp_path / "a.inkml"
    path.symlink_to("/dev/full")
    with pytest.raises(OSError, match=r"No space left on device: .*a\.inkml'"):
        inkrec.write(path, SMALL)
    assert path.is_symlink()
    assert list(tmp_path.iterdir()) == [path]
