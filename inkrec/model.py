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
import struct
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

from .alphabet import Alphabet
from .errors import ModelError
from .features import CHANNELS, FeatureSettings
from .network import Network

__all__ = ["VERSION", "Model", "bundled", "load_model", "model_parts", "save_model"]

VERSION = 1
_LIMIT = 256 << 20  # bytes unpacked; ours are far below
Arrays = dict[str, npt.NDArray[Any]]
_FOLDER = Path(__file__).parent / "models"


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
        Arrays that are not the network's: the language model's.
    """

    card: dict[str, Any]
    alphabet: Alphabet
    features: FeatureSettings
    network: Network
    extra: dict[str, npt.NDArray[Any]] = field(default_factory=dict)

    @cached_property
    def fingerprint(self) -> str:
        """What tells it from every other model, in hexadecimal digits."""
        import hashlib  # loads OpenSSL, which reading needs not

        digest = hashlib.blake2b(digest_size=12)
        digest.update(json.dumps(self.card, sort_keys=True, ensure_ascii=False).encode())
        for array in (*self.network.weights(), *(self.extra[key] for key in sorted(self.extra))):
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()


def bundled() -> dict[str, Path]:
    """Names and files of the models that come with the package."""
    return {file.stem: file for file in sorted(_FOLDER.glob("*.inkrec"))}


def _find(name: str | os.PathLike[str]) -> Path:
    path = Path(name)
    if isinstance(name, str) and not path.suffix and os.sep not in name:
        known = bundled()
        if name in known:
            return known[name]
        if not path.exists():
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
    card, arrays, extra = model_parts(path)
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
    try:
        network = Network(arrays)
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from None
    if network.classes != alphabet.classes or network.channels != len(CHANNELS):
        raise ModelError(
            f"{path}: a network of {network.channels} channels and {network.classes} classes does "
            f"not fit {len(CHANNELS)} channels and {len(alphabet)} symbols and the blank"
        )
    return Model(card, alphabet, features, network, extra)


def model_parts(name: str | os.PathLike[str]) -> tuple[dict[str, Any], Arrays, Arrays]:
    """The card, the network's arrays and the other arrays of a model file, as they lie there.

    Parameters
    ----------
    name : str or path
        As for `load_model`, which raises the same.
    """
    path = _find(name)
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


def _unpack(file: zipfile.ZipFile) -> tuple[dict[str, Any], Arrays, Arrays]:
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
    arrays: Arrays = {}
    extra: Arrays = {}
    for entry in file.namelist():
        if not entry.endswith(".npy"):
            continue
        try:
            array = read_array(io.BytesIO(_member(file, entry)), allow_pickle=False)
        except (ValueError, TypeError) as error:
            raise ModelError(f"{entry} in it is no plain array: {error}") from None
        key = entry.removesuffix(".npy")
        if key.startswith("network/"):
            arrays[key.removeprefix("network/")] = array
        else:
            extra[key] = array
    return card, arrays, extra


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
        The network's; float arrays are stored as float16.
    extra : mapping of str to ndarray, optional
        Keys are ``folder/name``; stored as they are.

    Raises
    ------
    ModelError
        If a weight is not finite, or not in float16; the old file stays.
    """
    rest = {k: v for k, v in card.items() if k not in ("version", "channels")}
    whole = {"version": VERSION, **rest, "channels": list(CHANNELS)}
    members: list[tuple[str, npt.NDArray[Any]]] = []
    for key, array in arrays.items():
        small = array
        if array.dtype.kind == "f":
            with np.errstate(over="ignore"):
                small = array.astype(np.float16)
            if not np.isfinite(small).all():
                raise ModelError(f"array {key!r} holds values that float16 cannot; train it anew")
        members.append((f"network/{key}.npy", small))
    members += [(f"{key}.npy", array) for key, array in (extra or {}).items()]
    temporary = Path(f"{os.fspath(path)}.part")
    try:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
            _write(file, "card.json", json.dumps(whole, indent=1, ensure_ascii=False).encode())
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
