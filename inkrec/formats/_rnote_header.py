"""Rnote's files with a header: JSON in chunks, packed with gzip or Zstandard."""

from __future__ import annotations

import struct
import zlib
from typing import Any

from .._checks import require
from ..errors import FormatError
from . import _json
from ._files import MAX_BYTES
from ._report import Report

__all__ = ["MAGIC", "unpacked"]

MAGIC = b"RNOTE\xce\xa6\xce\x9b"
"""How these files begin."""

Pair = tuple[dict[str, Any], dict[str, Any]]


def unpacked(data: bytes, report: Report) -> tuple[str, Any, list[Pair] | None]:
    """What a file with a header holds, of either version of the header.

    Returns
    -------
    version : str
    snapshot : object
        The engine's, of JSON.
    pairs : list or None
        Strokes with what is known of their order; None where the snapshot holds them.

    Raises
    ------
    FormatError
        If it is cut off in the header, or packed in a way that only Rnote reads.
    MissingExtraError
        If it is packed with Zstandard and nothing here unpacks that.
    """
    try:
        version, header, at = _header(data)
    except (struct.error, UnicodeDecodeError):
        raise FormatError("Rnote's header is cut off", file=report.file) from None
    if not isinstance(header, dict):
        raise FormatError("expected a JSON object in Rnote's header", file=report.file)
    if "chunk_info_vec" not in header:
        kind = str(header.get("serialization", "")).lower()
        if kind != "json":
            raise FormatError(
                f"Rnote {version} packed in {kind!r}, which only Rnote reads; "
                "save it with Rnote again, or export it as Xournal++",
                file=report.file,
            )
        text = _inflated(data[at:], header.get("compression"), report)
        snapshot = _json.parsed(_json.decoded(text), report)
        return version, snapshot, None
    method = header.get("compression_method")
    infos = [header.get("core_info"), *(header.get("chunk_info_vec") or [])]
    parts = []
    for info in infos:
        size = int(_json.number(info.get("c_size"))) if isinstance(info, dict) else 0
        if size < 0 or at + size > len(data):
            report.lost("what follows", "a chunk is cut off")
            break
        text = _inflated(data[at : at + size], method, report)
        parts.append(_json.parsed(_json.decoded(text), report))
        at += size
    pairs = [
        (pair[0], pair[1])
        for chunk in parts[1:]
        if isinstance(chunk, list)
        for pair in chunk
        if isinstance(pair, list) and len(pair) == 2 and all(isinstance(p, dict) for p in pair)
    ]
    return version, parts[0] if parts else {}, pairs


def _header(data: bytes) -> tuple[str, Any, int]:
    at = len(MAGIC)
    # Version 1 of the container: u16 and u32; those before it: a semantic version, written out.
    number, size = struct.unpack_from("<HI", data, at)
    begin = at + 6
    if data[begin : begin + 1] != b"{":
        major, minor, patch, n_pre = struct.unpack_from("<QQQH", data, at)
        (n_build,) = struct.unpack_from("<H", data, at + 26 + n_pre)
        begin = at + 28 + n_pre + n_build
        (size,) = struct.unpack_from("<I", data, begin)
        begin += 4
        version = f"{major}.{minor}.{patch}"
    else:
        version = f"(file version {number})"
    try:
        header = _json.parsed(data[begin : begin + size].decode(), Report(None))
    except FormatError:
        header = None
    return version, header, begin + size


def _inflated(data: bytes, method: Any, report: Report) -> bytes:
    name = next(iter(method)) if isinstance(method, dict) and method else str(method)
    kind = name.lower()
    if kind == "none":
        return data
    if kind == "gzip":
        inflate = zlib.decompressobj(31)
        try:
            return inflate.decompress(data, MAX_BYTES)
        except zlib.error as error:
            raise FormatError(f"broken gzip: {error}", file=report.file) from None
    if kind == "zstd":
        zstd = require("zstandard", "rnote")
        try:
            with zstd.ZstdDecompressor().stream_reader(data) as stream:
                whole: bytes = stream.read(MAX_BYTES)
                return whole
        except zstd.ZstdError as error:
            raise FormatError(f"broken Zstandard: {error}", file=report.file) from None
    raise FormatError(
        f"Rnote's data packed by {name[:40]!r}; gzip and zstd are read", file=report.file
    )
