"""The model file: one zip of a JSON card and plain arrays.

The card names the format's version, the alphabet, the feature settings, the
corpora with their licences and the measured figures. Feature settings live with
the weights, so that they cannot mismatch. Arrays are read with
``allow_pickle=False``; nothing in the file is ever executed.
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
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.format import read_array

from .errors import ModelError
from .features.points import CHANNELS, FeatureSettings
from .language.alphabet import Alphabet
from .network.lstm import Quantized
from .network.rescorer import Rescorer
from .network.two_pass import Network

__all__ = [
    "LANGUAGE", "SECOND", "VERSION", "Model", "below", "bundled", "is_model", "load_model",
    "model_parts", "save_model",
]  # fmt: skip

VERSION = 2  # 1 held every weight in 16 bits, and no rescorer
SECOND = "rescorer/"
"""What the names of a second network's arrays begin with."""
LANGUAGE = "language/"
"""What the names of a language model's arrays begin with."""
_FIRST = "network/"
_EIGHT = (".into", ".across")  # matrices of LSTM layers: nearly all there is, and 8 bits do
_ROWS = ".scale"
_LIMIT = 256 << 20  # bytes unpacked; ours are far below
Arrays = dict[str, npt.NDArray[Any]]
_FOLDER = Path(__file__).parent / "models"
_HALF = re.compile("[\ud800-\udfff]")  # of a surrogate pair: a byte of a path that is no UTF-8


@dataclass(frozen=True)
class Model:
    """A model file's content.

    Attributes
    ----------
    card : dict
        Of plain JSON values.
    alphabet : Alphabet
    features : FeatureSettings
    network : Network
    extra : dict of str to ndarray
        Arrays that are not the networks': the language model's.
    rescorer : Rescorer or None
        Another network, for a second opinion on finished lines.
    """

    card: dict[str, Any]
    alphabet: Alphabet
    features: FeatureSettings
    network: Network
    extra: dict[str, npt.NDArray[Any]] = field(default_factory=dict)
    rescorer: Rescorer | None = None

    @cached_property
    def fingerprint(self) -> str:
        """What tells it from every other model, in hexadecimal digits."""
        import hashlib  # loads OpenSSL, which reading needs not

        digest = hashlib.blake2b(digest_size=12)
        digest.update(json.dumps(self.card, sort_keys=True, ensure_ascii=False).encode())
        second = self.rescorer.weights() if self.rescorer else ()
        more = [self.extra[key] for key in sorted(self.extra)]
        for array in (*self.network.weights(), *second, *more):
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()


def bundled() -> dict[str, Path]:
    """Names and files of the models that come with the package."""
    return {file.stem: file for file in sorted(_FOLDER.glob("*.inkrec"))}


def is_model(name: str | os.PathLike[str]) -> bool:
    """Whether a name is a bundled model's, or ends as a model file's does."""
    path = Path(name)
    return path.suffix == ".inkrec" or (os.fspath(name) in bundled() and not path.exists())


def below(arrays: Mapping[str, npt.NDArray[Any]], folder: str) -> Arrays:
    """The arrays whose names begin with a folder, by the rest of their names."""
    return {k.removeprefix(folder): v for k, v in arrays.items() if k.startswith(folder)}


def _find(name: str | os.PathLike[str]) -> Path:
    path = Path(name)
    if isinstance(name, str) and not path.suffix and os.sep not in name:
        known = bundled()
        if name in known:
            return known[name]
        if not path.exists():
            if not _FOLDER.is_dir():
                raise ModelError(
                    f"there are no models in {_FOLDER}: inkrec runs from a zip, or in part; "
                    "install it unpacked, or give a file"
                )
            raise ModelError(
                f"no bundled model is called {name!r}; there are "
                f"{', '.join(map(repr, known)) or 'none'}, or give a file"
            )
    return path


def load_model(name: str | os.PathLike[str]) -> Model:
    """Read a model file.

    Parameters
    ----------
    name : str or path
        The name of a bundled model, or a file.

    Raises
    ------
    ModelError
        If it is no model file, of a newer version, or damaged.
    FileNotFoundError
        If there is no such file.
    """
    path = _find(name)
    card, arrays, extra = _parts(path)
    try:
        alphabet = Alphabet(card["symbols"])
        features = FeatureSettings(**card["features"])
        channels = tuple(card["channels"])
    except KeyError as error:
        raise ModelError(f"{path}: its card lacks {error}") from None
    except (TypeError, ModelError) as error:
        raise ModelError(f"{path}: its card is not as it should be: {error}") from None
    if channels != CHANNELS:
        raise ModelError(f"{path} reads the channels {channels}; this inkrec makes {CHANNELS}")
    second = below(extra, SECOND)
    extra = {key: array for key, array in extra.items() if not key.startswith(SECOND)}
    try:
        network = Network(arrays)
        rescorer = Rescorer(second) if second else None
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from None
    if rescorer and rescorer.classes != network.classes:
        raise ModelError(
            f"{path}: its second network has {rescorer.classes} classes, its first one "
            f"{network.classes}"
        )
    if network.classes != alphabet.classes or network.channels != len(CHANNELS):
        raise ModelError(
            f"{path}: a network of {network.channels} channels and {network.classes} classes does "
            f"not fit {len(CHANNELS)} channels and {len(alphabet)} symbols and the blank"
        )
    return Model(card, alphabet, features, network, extra, rescorer)


def model_parts(name: str | os.PathLike[str]) -> tuple[dict[str, Any], Arrays, Arrays]:
    """The card, the network's arrays and the other arrays of a model file, as they lie there.

    Parameters
    ----------
    name : str or path
        As for `load_model`, which raises the same.
    """
    card, *folders = _parts(_find(name))
    arrays, extra = (
        {k: v.floats() if isinstance(v, Quantized) else v for k, v in folder.items()}
        for folder in folders
    )
    return card, arrays, extra


def _parts(path: Path) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """As `model_parts`, but matrices of whole numbers are `Quantized`."""
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
    return card, arrays, extra


def _packed(array: npt.NDArray[Any]) -> Quantized:
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


def save_model(
    path: str | os.PathLike[str],
    card: Mapping[str, Any],
    arrays: Mapping[str, npt.NDArray[Any]],
    extra: Mapping[str, npt.NDArray[Any]] | None = None,
) -> None:
    """Write a model file; an old one stays until the new one is whole.

    Parameters
    ----------
    path : path
    card : mapping
        With ``symbols`` and ``features``; version and channels are added.
    arrays : mapping of str to ndarray
        The network's; matrices of LSTM layers are stored in 8 bits, each row with a scale of
        its own, other float arrays as float16.
    extra : mapping of str to ndarray, optional
        Keys are ``folder/name``; those of the folder ``rescorer`` are a second network's and
        stored alike, others as they are.

    Raises
    ------
    ModelError
        If a weight is not finite, or not in float16; the old file stays.
    """
    rest = {k: v for k, v in card.items() if k not in ("version", "channels")}
    whole = {"version": VERSION, **rest, "channels": list(CHANNELS)}
    members: list[tuple[str, npt.NDArray[Any]]] = []
    for key, array in ({f"{_FIRST}{k}": v for k, v in arrays.items()} | dict(extra or {})).items():
        ours = key.startswith((_FIRST, SECOND)) and array.dtype.kind == "f"
        if not ours:
            members.append((f"{key}.npy", array))
            continue
        with np.errstate(over="ignore"):
            half = array.astype(np.float16)
        if not np.isfinite(half).all():
            name = key.removeprefix(_FIRST)
            raise ModelError(f"array {name!r} holds values that float16 cannot; train it anew")
        if key.endswith(_EIGHT) and array.ndim == 2:
            eight, rows = _packed(array)
            members += [(f"{key}.npy", eight), (f"{key}{_ROWS}.npy", rows)]
        else:
            members.append((f"{key}.npy", half))
    temporary = Path(f"{os.fspath(path)}.part")
    try:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
            body = json.dumps(whole, indent=1, ensure_ascii=False)
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
