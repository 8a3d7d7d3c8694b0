"""The zip of a model file: plain arrays and a JSON card, bounded, some in 8 bits.

Matrices of LSTM layers are nearly all there is of a network; they are stored as 8-bit
numbers with a scale for each row, other float arrays of networks in 16 bits. Arrays
are read with ``allow_pickle=False``; nothing in the file is ever executed.
"""

from __future__ import annotations

import io
import json
import os
import re
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.format import read_array

from ..errors import ModelError
from ..network.lstm import Quantized
from .card import upgrade_card

__all__ = ["RESCORER", "VERSION", "Arrays", "read_zip", "write_zip"]

VERSION = 3  # 1 held every weight in 16 bits, and no rescorer; 2 had other names in its card
RESCORER = "rescorer/"
"""What the names of a second network's arrays begin with."""
Arrays = dict[str, npt.NDArray[Any]]
_FIRST = "network/"
_EIGHT = (".into", ".across")  # the input and recurrent matrices of LSTM layers
_ROWS = ".scale"
_LIMIT = 256 << 20  # bytes unpacked; ours are far below
_HALF = re.compile("[\ud800-\udfff]")  # of a surrogate pair: a byte of a path that is no UTF-8


def read_zip(
    path: str | os.PathLike[str],
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """The card in today's names, the network's arrays and the other arrays.

    Matrices that the file holds in 8 bits are `Quantized`.

    Raises
    ------
    ModelError
        If it is no model file, of a newer version, or damaged.
    FileNotFoundError
        If there is no such file.
    """
    try:
        with zipfile.ZipFile(path) as file:
            return _unpack(file)
    except (FileNotFoundError, PermissionError):
        raise
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from None
    except _DAMAGED as error:
        raise ModelError(
            f"{path} is no model file of inkrec, or damaged: {error or type(error).__name__}"
        ) from None


# what zipfile, zlib, json and the reader of arrays say of bytes that they cannot read
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError,
    OverflowError, MemoryError,
)  # fmt: skip


def _unpack(file: zipfile.ZipFile) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """The card, the network's arrays and the others."""
    total = sum(info.file_size for info in file.infolist())
    if total > _LIMIT:
        raise ModelError(f"it would unpack to {total} bytes, and {_LIMIT} is the most; refused")
    if "card.json" not in file.namelist():
        raise ModelError("it holds no card.json, so it is no model of inkrec")
    card = json.loads(_member(file, "card.json"))
    version = card.get("version") if isinstance(card, dict) else None
    if not isinstance(version, int) or version < 1:
        raise ModelError(f"its card says version {version}, so it is no model of inkrec")
    if version > VERSION:
        raise ModelError(
            f"it has version {version} and this inkrec reads up to {VERSION}; upgrade inkrec"
        )
    arrays: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    rows: Arrays = {}
    for entry in file.namelist():
        if not entry.endswith(".npy"):
            continue
        try:
            array = read_array(io.BytesIO(_member(file, entry)), allow_pickle=False)
        except (ValueError, TypeError, SyntaxError, tokenize.TokenError) as error:
            raise ModelError(f"{entry} in it is no plain array: {error}") from None
        key = entry.removesuffix(".npy")
        if key.endswith(_ROWS):
            rows[key.removesuffix(_ROWS)] = array
        elif key.startswith(_FIRST):
            arrays[key.removeprefix(_FIRST)] = array
        else:
            extra[key] = array
    for key, scale in rows.items():
        folder, name = (
            (arrays, key.removeprefix(_FIRST)) if key.startswith(_FIRST) else (extra, key)
        )
        folder[name] = _quantized(key, folder.get(name), scale)
    return upgrade_card(card) if version < 3 else card, arrays, extra


def _quantize(array: npt.NDArray[Any]) -> Quantized:
    """A matrix as 8-bit numbers, and what each row's count."""
    scale = np.abs(array).max(axis=1).astype(np.float32) / np.float32(127)
    scale[scale == 0] = 1.0
    return Quantized(np.rint(array / scale[:, None]).astype(np.int8), scale)


def _quantized(key: str, packed: npt.NDArray[Any] | None, scale: npt.NDArray[Any]) -> Quantized:
    if (
        packed is None
        or packed.dtype != np.int8
        or scale.dtype != np.float32
        or packed.ndim != 2
        or scale.shape != packed.shape[:1]
    ):
        raise ModelError(f"array {key!r} does not fit the scale of its rows; export it anew")
    return Quantized(packed, scale)


def _member(file: zipfile.ZipFile, name: str) -> bytes:
    info = file.getinfo(name)
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ModelError(f"{name} in it is packed in a way that models are not")
    with file.open(info) as member:
        # not read(): that would unpack all there is, whatever size the entry claims
        return member.read(info.file_size)


def write_zip(
    path: str | os.PathLike[str], card: Mapping[str, Any], arrays: Mapping[str, Any],
    extra: Mapping[str, Any],
) -> None:  # fmt: skip
    """Write a model file; an old one stays until the new one is whole.

    Raises
    ------
    ModelError
        If a weight is not finite, or not in float16.
    """
    members: list[tuple[str, npt.NDArray[Any]]] = []
    for key, array in ({f"{_FIRST}{k}": v for k, v in arrays.items()} | dict(extra)).items():
        ours = key.startswith((_FIRST, RESCORER)) and array.dtype.kind == "f"
        if not ours:
            members.append((f"{key}.npy", array))
            continue
        with np.errstate(over="ignore"):
            half = array.astype(np.float16)
        if not np.isfinite(half).all():
            name = key.removeprefix(_FIRST)
            raise ModelError(f"array {name!r} holds values that float16 cannot; train it anew")
        if key.endswith(_EIGHT) and array.ndim == 2:
            eight, rows = _quantize(array)
            members += [(f"{key}.npy", eight), (f"{key}{_ROWS}.npy", rows)]
        else:
            members.append((f"{key}.npy", half))
    temporary = Path(f"{os.fspath(path)}.part")
    try:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
            body = json.dumps({"version": VERSION, **card}, indent=1, ensure_ascii=False)
            # no text can hold the half itself, so the backslash is text as well
            body = _HALF.sub(lambda half: rf"\\u{ord(half[0]):04x}", body)
            _write(file, "card.json", body.encode())
            for name, array in members:
                buffer = io.BytesIO()
                # a network runs on its matrices turned over; so they lie ready for it
                laid = np.asfortranarray if array.ndim == 2 else np.ascontiguousarray
                np.save(buffer, laid(array), allow_pickle=False)
                _write(file, name, buffer.getvalue(), packed=False)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _write(file: zipfile.ZipFile, name: str, data: bytes, *, packed: bool = True) -> None:
    # a fixed date makes the same model the same file
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    # weights shrink by a twelfth, a language model by half, and unpacking them would be half
    # the time of loading
    info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    file.writestr(info, data)
