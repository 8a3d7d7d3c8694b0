"""The model file's content: card, alphabet, features, networks, language model, decoding.

The card names the format's version, the alphabet, the feature settings, how lines are
decoded, the corpora with their licences and the measured figures. Settings live with
the weights, so that they cannot mismatch.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..decoding.lm_scorer import LanguageScorer
from ..decoding.settings import DecodingSettings
from ..errors import ModelError
from ..features.points import CHANNELS, FeatureSettings
from ..language.alphabet import Alphabet
from ..language.char_ngram import NgramModel
from ..language.word_bigram import WordBigram
from ..network.lstm import Quantized
from ..network.rescorer import Rescorer
from ..network.two_pass import Network
from .archive import RESCORER, VERSION, Arrays, read_zip, write_zip

__all__ = [
    "LANGUAGE",
    "RESCORER",
    "VERSION",
    "Model",
    "bundled_models",
    "is_model",
    "load_model",
    "read_archive",
    "save_model",
    "with_prefix",
]  # fmt: skip

LANGUAGE = "language/"
"""What the names of a language model's arrays begin with."""
_FOLDER = Path(__file__).parent.parent / "models"


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
        Another network, which scores the texts of finished lines again.
    language : LanguageScorer or None
    decoding : DecodingSettings
    """

    card: dict[str, Any]
    alphabet: Alphabet
    features: FeatureSettings
    network: Network
    extra: dict[str, npt.NDArray[Any]] = field(default_factory=dict)
    rescorer: Rescorer | None = None
    language: LanguageScorer | None = None
    decoding: DecodingSettings = field(default_factory=DecodingSettings)

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


def bundled_models() -> dict[str, Path]:
    """Names and files of the models that come with the package."""
    return {file.stem: file for file in sorted(_FOLDER.glob("*.inkrec"))}


def is_model(name: str | os.PathLike[str]) -> bool:
    """Whether a name is a bundled model's, or ends as a model file's does."""
    path = Path(name)
    return path.suffix == ".inkrec" or (os.fspath(name) in bundled_models() and not path.exists())


def with_prefix(arrays: Mapping[str, npt.NDArray[Any]], folder: str) -> Arrays:
    """The arrays whose names begin with a folder, by the rest of their names."""
    return {k.removeprefix(folder): v for k, v in arrays.items() if k.startswith(folder)}


def _find(name: str | os.PathLike[str]) -> Path:
    path = Path(name)
    if isinstance(name, str) and not path.suffix and os.sep not in name:
        known = bundled_models()
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
    card, arrays, extra = read_zip(path)
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
    second = with_prefix(extra, RESCORER)
    extra = {key: array for key, array in extra.items() if not key.startswith(RESCORER)}
    try:
        network = Network(arrays)
        rescorer = Rescorer(second) if second else None
        decoding = DecodingSettings.from_card(card)
        language = _language(with_prefix(extra, LANGUAGE), alphabet, decoding)
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
    return Model(
        card, alphabet, features, network,
        extra=extra, rescorer=rescorer, language=language, decoding=decoding,
    )  # fmt: skip


def _language(
    arrays: Arrays, alphabet: Alphabet, decoding: DecodingSettings
) -> LanguageScorer | None:
    if not arrays:
        return None
    words = WordBigram.from_arrays(arrays) if "pairs" in arrays else None
    return LanguageScorer(NgramModel.from_arrays(arrays), alphabet, words, decoding.word_lm)


def read_archive(name: str | os.PathLike[str]) -> tuple[dict[str, Any], Arrays, Arrays]:
    """The card, the network's arrays and the other arrays of a model file, as they lie there.

    Parameters
    ----------
    name : str or path
        As for `load_model`, which raises the same.
    """
    card, *folders = read_zip(_find(name))
    arrays, extra = (
        {k: v.floats() if isinstance(v, Quantized) else v for k, v in folder.items()}
        for folder in folders
    )
    return card, arrays, extra


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
    write_zip(path, {**rest, "channels": list(CHANNELS)}, arrays, extra or {})
