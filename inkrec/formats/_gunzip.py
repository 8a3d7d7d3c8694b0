"""Gzip that gives what there is: up to the byte where it was cut or damaged."""

from __future__ import annotations

import io
import zlib
from typing import TYPE_CHECKING, BinaryIO

from ..errors import FormatError

if TYPE_CHECKING:
    from ._report import Report

__all__ = ["Gunzip"]

_BLOCK = 8192
_GZIP = 31  # zlib's sign for a header and a checksum of gzip


class Gunzip(io.RawIOBase):
    """The bytes that a stream of gzip holds, of one member or several.

    Parameters
    ----------
    source : binary file
    name : str or None
        For messages.
    report : Report, optional
        Where it is given, damage ends the stream and is told to it.
    """

    def __init__(self, source: BinaryIO, name: str | None, report: Report | None) -> None:
        self._source = source
        self._name = name
        self._report = report
        self._member = zlib.decompressobj(_GZIP)
        self._packed = b""
        self._over = False
        self._begun = False  # whether the open member has had a byte

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = b""
        while not data and not self._over:
            data = self._next(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def _next(self, most: int) -> bytes:
        if self._member.eof:
            # What follows a member is another, or nothing but zeros that fill a block.
            self._packed = self._member.unused_data.lstrip(b"\0") or self._source.read(_BLOCK)
            self._packed = self._packed.lstrip(b"\0")
            self._member, self._begun = zlib.decompressobj(_GZIP), False
        elif not self._packed:
            self._packed = self._source.read(_BLOCK)
        if not self._packed:
            if self._begun:
                self._broken("it ends in the middle")
            self._over = True
            return b""
        self._begun = True
        before = self._member.copy()
        packed = self._packed
        try:
            data = self._member.decompress(packed, most)
            self._packed = self._member.unconsumed_tail
            return data
        except zlib.error as error:
            self._over = True
            said = str(error).partition(": ")[2] or str(error)
            data = _up_to_the_damage(before, packed, most)
            self._broken(said)
            return data

    def _broken(self, said: str) -> None:
        error = FormatError(f"broken gzip: {said}", file=self._name)
        if self._report is None:
            raise error
        self._report.lost("what follows", error)


def _up_to_the_damage(member: zlib._Decompress, packed: bytes, most: int) -> bytes:
    """What a block gives in front of the byte that is wrong."""
    data = bytearray()
    try:
        for at in range(len(packed)):
            data += member.decompress(packed[at : at + 1])
            if len(data) > most:
                break
    except zlib.error:
        pass
    return bytes(data[:most])
