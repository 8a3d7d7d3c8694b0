"""Entries of a model's card that are given and not learnt: options of commands, checked."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import ModelError
from ..model import LANGUAGE, is_model, read_archive, with_prefix

__all__ = ["WITH_LANGUAGE", "WITH_RESCORER", "add_model_options", "model_parts", "options"]

FIXED = ("version", "channels", "symbols", "features", "network", "training", "trained",
         "rescorer", "averaged", "init_from", "recipe", "from", "provenance")  # fmt: skip
"""Entries that come from the training or the file itself."""
WITH_LANGUAGE = ("beam", "word_lm")
"""Entries that are tuned for a language model."""
WITH_RESCORER = ("rescorer_weight",)
"""Entries that are tuned for a rescorer."""


def add_model_options(parser: Any) -> None:
    """Add the options of a model's card and language model, which `options` reads."""
    parser.add_argument("--name", help="the model's name in the card (that of the checkpoint)")
    parser.add_argument(
        "--language", metavar="FILE.lm", help="language model to put in; of a model file, or of "
        "a bundled model's name, its own is taken, with its settings beam and word_lm",
    )  # fmt: skip
    parser.add_argument("--beam", metavar="JSON", help="fields of BeamSettings, such as "
                        '\'{"beam_width": 16, "lm_weight": 0.5}\'')  # fmt: skip
    parser.add_argument(
        "--card", action="append", default=[], metavar="KEY=VALUE", dest="cards",
        help="an entry of the card, JSON or a plain text: licence=CC0, temperature=1.3; repeatable",
    )  # fmt: skip
    parser.add_argument("--card-json", metavar="FILE", help="a JSON object of such entries")


def options(args: argparse.Namespace) -> tuple[dict[str, Any], dict[str, Any]]:
    """Entries of the card and arrays of the language model that a command is given.

    Raises
    ------
    ModelError
        If one cannot be.
    """
    card: dict[str, Any] = {}
    if args.card_json:
        try:
            with open(args.card_json, encoding="utf-8") as file:
                card = json.load(file)
        except ValueError as error:
            raise ModelError(f"{args.card_json} is no JSON: {error}") from None
        if not isinstance(card, dict):
            raise ModelError(f"{args.card_json} holds no JSON object of entries")
    card |= {key: _entry(key, text) for key, text in _pairs(args.cards)}
    if args.name is not None:
        card["name"] = args.name
    if args.beam is not None:
        card["beam"] = _json("--beam", args.beam)
    return model_parts(card, args.language)


def model_parts(
    card: Mapping[str, Any], language: str | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Entries of a card and a language model, checked.

    Parameters
    ----------
    card : mapping
        What is said of the model.
    language : str or None
        A file of ``inkrec train-lm``, or a model whose language model is taken, with the
        settings that were tuned for it.

    Returns
    -------
    card : dict
    arrays : dict of str to ndarray
        Of the language model.

    Raises
    ------
    ModelError
        If an entry is told by the training, or cannot be, or the file holds no language model.
    """
    tuned, arrays = _language(language) if language else ({}, {})
    for key in FIXED:
        if key in card:
            raise ModelError(f"card entry {key!r} comes from the training; leave it out")
    whole = tuned | dict(card)
    _check_card(whole)
    return whole, {f"{LANGUAGE}{key}": array for key, array in arrays.items()}


def _pairs(given: Iterable[str]) -> Iterable[tuple[str, str]]:
    for pair in given:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise ModelError(f"--card {pair}: expected KEY=VALUE")
        yield key, value


def _language(file: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Settings and arrays of a language model: one by itself has no settings."""
    from ..language.char_ngram import NgramModel, open_arrays

    tuned: dict[str, Any] = {}
    if is_model(file):
        card, _, extra = read_archive(file)
        tuned = {key: card[key] for key in WITH_LANGUAGE if key in card}
        arrays = with_prefix(extra, LANGUAGE)
        if not arrays:
            raise ModelError(f"{file} has no language model; give a file of inkrec train-lm")
    else:
        arrays = open_arrays(file)
    NgramModel.from_arrays(arrays)  # what is no language model is refused
    return tuned, arrays


def _json(what: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise ModelError(f"{what} {text}: no JSON ({error})") from None


def _entry(key: str, text: str) -> Any:
    """JSON if it is or begins like a list, an object or a string; else the text itself."""
    if text.startswith(("{", "[", '"')):
        return _json("--card", text)
    try:
        return json.loads(text)
    except ValueError:
        return text


def _check_card(card: dict[str, Any]) -> None:
    """Refuse what the recogniser would stumble over."""
    from ..decoding.settings import DecodingSettings

    DecodingSettings.from_card(card)
    for key, value in card.items():
        try:
            json.dumps(value, allow_nan=False)
        except ValueError:
            raise ModelError(
                f"card entry {key!r} is {value}: JSON has no NaN and no infinity; give null"
            ) from None
        except TypeError as error:  # a date of TOML
            raise ModelError(f"card entry {key!r} is {value}: {error}; give a text") from None
