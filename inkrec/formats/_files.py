"""Opening, bounding and saving files: what every format shares."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from os import PathLike, fspath
from os.path import exists, isdir, isfile, realpath
from typing import TYPE_CHECKING, BinaryIO, cast

from ..errors import FormatError

if TYPE_CHECKING:
    from ._report import Report

__all__ = [
    "HEAD",
    "MAX_BYTES",
    "MAX_POINTS",
    "MAX_RATIO",
    "Source",
    "chunks",
    "name_of",
    "naming",
    "peek",
    "reading",
    "save",
]

MAX_BYTES = 256 << 20
"""Bytes a file may have after decompression; a page of ink has 0.1 to 5 MB."""

MAX_RATIO = 100
"""How many times its size a file of gzip may have, beyond 4 MiB; notebooks have 3 to 20."""

MAX_POINTS = 10_000_000
"""Points a file may hold: a day of writing without a pause at 115 Hz."""

HEAD = 1 << 16
"""Bytes that are looked at to tell a format by its content."""

_CHUNK = 1 << 20
_GZIP = b"\x1f\x8b"
# What a folder says that takes no new file, or none in the place of one that is mounted.
_IN_PLACE = (errno.EACCES, errno.EPERM, errno.EBUSY)

Source = str | PathLike[str] | BinaryIO


def name_of(file: Source) -> str | None:
    """What to call a file in a message: its path, or None."""
    if isinstance(file, (str, PathLike)):
        return fspath(file)
    name = getattr(file, "name", None)
    return name if isinstance(name, str) else None


@contextmanager
def reading(file: Source, report: Report | None = None) -> Iterator[BinaryIO]:
    """A stream of a file's bytes, decompressed if it is gzip, of `MAX_BYTES` at most.

    A path is closed at the end, a file object stays open.

    Parameters
    ----------
    file : path or binary file
    report : Report, optional
        Where it is given, gzip that is broken ends there, and the report says so.

    Raises
    ------
    FileNotFoundError
        If the path does not exist.
    FormatError
        While reading: broken gzip, or more than `MAX_BYTES`. At once: a directory.
    TypeError
        If the file object was not opened in binary mode.
    """
    name = name_of(file)
    with _opened(file, name) as stream:
        head, rest = _split(stream, len(_GZIP))
        yield _bounded(rest, head == _GZIP, name, report)


def peek(stream: BinaryIO, report: Report | None = None) -> tuple[bytes, BinaryIO]:
    """The first bytes as they would be after decompression, and the stream from its start.

    Parameters
    ----------
    stream : binary file
    report : Report, optional
        As for `reading`.

    Raises
    ------
    FormatError
        If they are broken gzip.
    """
    head, joined = _split(stream, len(_GZIP))
    if head != _GZIP:
        head += _split(stream, HEAD - len(head))[0]
        return head, _buffered(_Joined(head, stream))
    joined.kept = bytearray()
    head = _bounded(joined, True, name_of(stream), report).read(HEAD)
    return head, _buffered(_Joined(bytes(joined.kept), stream))


def chunks(stream: BinaryIO) -> Iterator[bytes]:
    """The bytes of a stream, at most 1 MiB at a time."""
    while chunk := stream.read(_CHUNK):
        yield chunk


def save(file: Source, data: bytes, *, append: bool = False) -> None:
    """Write all bytes, or add them at the end.

    A file is replaced when the new one is whole: what fails leaves the old one as it was.

    Raises
    ------
    OSError
        If the file cannot be written; names it.
    """
    if not isinstance(file, (str, PathLike)):
        file.write(data)
        return
    with naming(file):
        # A device or a pipe is written, not replaced.
        if append or (exists(file) and not isfile(file)):
            _put(file, data, "ab" if append else "wb")
        else:
            _replace(realpath(file), data)


@contextmanager
def naming(file: Source) -> Iterator[None]:
    """What the system refuses in here is about this file, and its error says so."""
    try:
        yield
    except OSError as error:
        if error.errno is not None:
            error.filename = name_of(file) or error.filename
        raise


def _put(path: str | PathLike[str], data: bytes, mode: str) -> None:
    with open(path, mode, buffering=0) as stream:
        rest = memoryview(data)
        while rest:
            rest = rest[stream.write(rest) :]


def _replace(path: str, data: bytes) -> None:
    """Put a file in the place of one that is there, if there is one, with its rights."""
    old = exists(path)
    if old:
        open(path, "r+b").close()  # a file that may not be written may not be replaced
    temporary = os.path.join(os.path.dirname(path), f".inkrec-{os.urandom(6).hex()}")
    try:
        _put(temporary, data, "xb")
        if old:
            os.chmod(temporary, os.stat(path).st_mode & 0o7777)
        os.replace(temporary, path)
    except BaseException as error:
        with suppress(OSError):
            os.unlink(temporary)
        if not (old and isinstance(error, OSError) and error.errno in _IN_PLACE):
            raise
        _put(path, data, "wb")


@contextmanager
def _opened(file: Source, name: str | None) -> Iterator[BinaryIO]:
    if not isinstance(file, (str, PathLike)):
        yield file
        return
    if isdir(file):
        raise FormatError("a directory; expected a file", file=name)
    with open(file, "rb") as stream:
        yield stream


def _split(stream: BinaryIO, size: int) -> tuple[bytes, _Joined]:
    head = b""
    while len(head) < size:
        more = stream.read(size - len(head))
        if not isinstance(more, bytes):
            raise TypeError("the file gives no bytes; open it in binary mode ('rb')")
        if not more:
            break
        head += more
    return head, _Joined(head, stream)


def _bounded(
    joined: _Joined, packed: bool, name: str | None, report: Report | None = None
) -> BinaryIO:
    source = _buffered(joined)
    if packed:
        from ._gunzip import Gunzip  # most programs read no gzip

        source = _buffered(Gunzip(source, name, report))
    return _buffered(_Bounded(source, joined if packed else None, name), _CHUNK)


def _buffered(raw: io.RawIOBase, size: int = io.DEFAULT_BUFFER_SIZE) -> BinaryIO:
    return cast(BinaryIO, io.BufferedReader(raw, size))


class _Joined(io.RawIOBase):
    """Bytes that were already taken, then the rest; closing leaves the rest open."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = head
        self._rest = rest
        self.taken = 0
        self.kept: bytearray | None = None
        """What was taken, once it is to be kept."""
        self.name = getattr(rest, "name", None)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        size = len(buffer)
        data, self._head = self._head[:size], self._head[size:]
        if not data:
            data = self._rest.read(size)
        self.taken += len(data)
        if self.kept is not None:
            self.kept += data
        buffer[: len(data)] = data
        return len(data)


class _Bounded(io.RawIOBase):
    """A stream that ends in a `FormatError` where it is too long."""

    def __init__(
        self,
        source: BinaryIO,
        packed: _Joined | None,
        name: str | None,
    ) -> None:
        self._source = source
        self._packed = packed
        self.name = name
        self._left = MAX_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._source.read(min(len(buffer), self._left + 1))
        self._left -= len(data)
        if self._left < 0:
            raise FormatError(
                f"more than {MAX_BYTES >> 20} MiB after decompression; no page of ink has as much",
                file=self.name,
            )
        given = MAX_BYTES - self._left
        if self._packed and given > max(4 << 20, MAX_RATIO * self._packed.taken):
            raise FormatError(
                f"more than {MAX_RATIO} times its size after decompression; no ink packs as well",
                file=self.name,
            )
        buffer[: len(data)] = data
        return len(data)
