"""Members of a ZIP archive, within bounds; also of one that was cut off."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase

from ..errors import FormatError
from . import _files
from ._files import Source, name_of, reading
from ._report import Report

__all__ = ["ZIP", "members", "unpacked"]

ZIP = b"PK\x03\x04"
"""How an archive begins."""

_LOCAL = struct.Struct("<4s5H3I2H")
_MAX_MEMBERS = 10_000


class _Named(io.BytesIO):
    """Bytes with the name of the file that they came from."""

    def __init__(self, data: bytes, name: str | None) -> None:
        super().__init__(data)
        self.name = name


@contextmanager
def unpacked(file: Source, report: Report, patterns: tuple[str, ...]) -> Iterator[Source]:
    """The first member of an archive that a pattern names; another file as it is.

    Parameters
    ----------
    file : path or binary file
    report : Report
    patterns : tuple of str
        Names with wildcards, the likeliest first.

    Raises
    ------
    FormatError
        If there is no such member, or it is larger than `MAX_BYTES`.
    """
    with reading(file, report) as stream:
        head = stream.peek(len(ZIP))[: len(ZIP)]  # type: ignore[attr-defined]
        if head != ZIP:
            yield stream
            return
        data = stream.read()
    held = dict(members(data, report, patterns))
    for pattern in patterns:
        for name in held:
            if fnmatchcase(name, pattern):
                yield _Named(held[name], name_of(file))
                return
    report.refuse_nothing()
    raise FormatError(f"a ZIP archive without {patterns[0]}", file=name_of(file))


def members(data: bytes, report: Report, patterns: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of an archive's members that a pattern names, in the archive's order.

    Parameters
    ----------
    data : bytes
        The archive.
    report : Report
        What is told of members that cannot be unpacked, and of an archive without an end.
    patterns : tuple of str

    Raises
    ------
    FormatError
        If they are larger than `MAX_BYTES` together.
    """
    left = _files.MAX_BYTES
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, struct.error) as error:
        report.lost("what follows", f"broken ZIP: {error}")
        found = _found(data, report, patterns)
    else:
        found = _listed(archive, report, patterns)
    for name, content in found:
        if any(fnmatchcase(name, pattern) for pattern in patterns):
            left -= len(content)
            if left < 0:
                raise _too_large(report)
            yield name, content


def _listed(
    archive: zipfile.ZipFile, report: Report, patterns: tuple[str, ...]
) -> Iterator[tuple[str, bytes]]:
    for info in archive.infolist()[:_MAX_MEMBERS]:
        if not any(fnmatchcase(info.filename, pattern) for pattern in patterns):
            continue
        held = bytearray()
        try:
            with archive.open(info) as member:
                while block := member.read(1 << 16):
                    held += block
                    if len(held) > _files.MAX_BYTES:
                        raise _too_large(report)
        except FormatError:
            raise
        except (
            zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError,
            NotImplementedError, RuntimeError, struct.error,
        ) as error:  # fmt: skip
            report.lost(f"the end of {info.filename}", f"broken ZIP: {error}")
        yield info.filename, bytes(held)


def _found(data: bytes, report: Report, patterns: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """Members by their own headers, where the list at the end is lost."""
    at = data.find(ZIP)
    for _ in range(_MAX_MEMBERS):
        if at < 0 or at + _LOCAL.size > len(data):
            return
        head = _LOCAL.unpack_from(data, at)
        method, packed, n_name, n_extra = head[3], head[7], head[9], head[10]
        begin = at + _LOCAL.size + n_name + n_extra
        name = data[at + _LOCAL.size : at + _LOCAL.size + n_name].decode("utf-8", "replace")
        content = b""
        if not any(fnmatchcase(name, pattern) for pattern in patterns):
            at = data.find(ZIP, max(begin, at + 4))
            continue
        if method == zipfile.ZIP_DEFLATED:
            inflate = zlib.decompressobj(-zlib.MAX_WBITS)
            try:
                content = inflate.decompress(memoryview(data)[begin:], _files.MAX_BYTES + 1)
            except zlib.error as error:
                report.lost(name, f"broken ZIP: {error}")
        elif method == zipfile.ZIP_STORED:
            end = begin + packed if packed else data.find(b"PK", begin)
            content = data[begin : end if end >= begin else len(data)]
        if len(content) > _files.MAX_BYTES:
            raise _too_large(report)
        if not name.endswith("/"):
            yield name, content
        at = data.find(ZIP, max(begin, at + 4))


def _too_large(report: Report) -> FormatError:
    return FormatError(
        f"more than {_files.MAX_BYTES >> 20} MiB after decompression; no page of ink has as much",
        file=report.file,
    )
