"""What goes into a model file beside the weights: options of commands, checked."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import ModelError
from ..model import LANGUAGE, RESCORER, is_model, read_archive, with_prefix

__all__ = ["add_model_options", "asked", "pairs", "write_model"]

_FIXED = ("version", "channels", "symbols", "features", "network", "training", "trained",
          "rescorer", "mean_of", "from", "learnt_before")  # fmt: skip
_WITH_LANGUAGE = ("beam", "words")  # tuned for a language model
_WITH_RESCORER = ("opinion",)


def add_model_options(parser: Any, name: str) -> None:
    """Add the options that `asked` reads; the name is the default's, in words."""
    parser.add_argument("--name", help=f"the model's name in the card ({name})")
    parser.add_argument(
        "--language", metavar="FILE.lm", help="language model to put in; of a model file, or of "
        "a bundled model's name, its own is taken, with the settings of beam and words",
    )  # fmt: skip
    parser.add_argument("--beam", metavar="JSON", help="fields of BeamSettings, such as "
                        '\'{"width": 16, "alpha": 0.5}\'')  # fmt: skip
    parser.add_argument(
        "--card", action="append", default=[], metavar="KEY=VALUE", dest="cards",
        help="an entry of the card, JSON or a plain text: licence=CC0, temperature=1.3; repeatable",
    )  # fmt: skip
    parser.add_argument("--card-json", metavar="FILE", help="a JSON object of such entries")


def pairs(option: str, given: Iterable[str]) -> Iterable[tuple[str, str]]:
    """KEY=VALUE taken apart."""
    for pair in given:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise ModelError(f"{option} {pair}: expected KEY=VALUE")
        yield key, value


def asked(args: argparse.Namespace) -> tuple[dict[str, Any], dict[str, Any]]:
    """Entries of the card and arrays of the language model, checked."""
    card: dict[str, Any] = {}
    tuned: dict[str, Any] = {}
    arrays: dict[str, Any] = {}
    if args.language:
        tuned, arrays = _language(args.language)
    if args.card_json:
        try:
            with open(args.card_json, encoding="utf-8") as file:
                card = json.load(file)
        except ValueError as error:
            raise ModelError(f"{args.card_json} is no JSON: {error}") from None
        if not isinstance(card, dict):
            raise ModelError(f"{args.card_json} holds no JSON object of entries")
    card |= {key: _entry(key, text) for key, text in pairs("--card", args.cards)}
    if args.name is not None:
        card["name"] = args.name
    if args.beam is not None:
        card["beam"] = _json("--beam", args.beam)
    for key in _FIXED:
        if key in card:
            raise ModelError(f"card entry {key!r} comes from the training; leave it out")
    card = tuned | card
    _check_card(card)
    return card, {f"{LANGUAGE}{key}": array for key, array in arrays.items()}


def _language(file: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Settings and arrays of a language model: one by itself has no settings."""
    from ..language.char_ngram import NgramModel, open_arrays

    tuned: dict[str, Any] = {}
    if is_model(file):
        card, _, extra = read_archive(file)
        tuned = {key: card[key] for key in _WITH_LANGUAGE if key in card}
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
    from ..decoding.prefix import BeamSettings
    from ..language.word_bigram import WordLmSettings

    kinds: dict[str, Any] = {"beam": BeamSettings, "words": WordLmSettings}
    for entry in kinds.keys() & card.keys():
        try:
            kinds[entry](**card[entry])
        except TypeError as error:
            known = ", ".join(kinds[entry].__dataclass_fields__)
            raise ModelError(f"{entry} is {card[entry]}: {error}; fields are {known}") from None
    heat, part = card.get("temperature", 1.0), card.get("opinion", 0.5)
    if isinstance(heat, bool) or not isinstance(heat, (int, float)) or not 0 < heat < float("inf"):
        raise ModelError(f"temperature is {heat!r}; it must be a positive number")
    if isinstance(part, bool) or not isinstance(part, (int, float)) or not 0 <= part <= 1:
        raise ModelError(f"opinion is {part!r}; it must be a number from 0 to 1")
    for key, value in card.items():
        try:
            json.dumps(value, allow_nan=False)
        except ValueError:
            raise ModelError(
                f"card entry {key!r} is {value}: JSON has no NaN and no infinity; give null"
            ) from None


def write_model(
    checkpoints: list[str],
    out: str,
    card: dict[str, Any],
    extra: dict[str, Any],
    report: Callable[[dict[str, Any]], None],
    *,
    rescorer: Sequence[str] = (),
    unit: float | None = None,
) -> None:
    """Write a model file and report what is in it; arguments as of `training.export.export`.

    A model in a checkpoint's place brings the entries of its card that are neither told by
    training nor tuned for another of its parts, and a model as the rescorer its opinion. Its
    figures come only where it is put together again as it was.
    """
    from ..recognizer import load
    from .export import export

    whole = _brought(checkpoints, rescorer, card, extra, unit) | card
    export(checkpoints, out, card=whole, extra=extra, rescorer=rescorer, unit=unit)
    model = load(out).model  # what was written can be read, or this says so now
    report({
        "exported": out,
        "megabytes": round(os.path.getsize(out) / 1e6, 1),
        "classes": model.alphabet.classes,
        "rescorer": bool(rescorer),
        "language": bool(extra),
        **{key: model.card.get("trained", {}).get(key) for key in ("minutes", "steps")},
    })  # fmt: skip


def _brought(
    checkpoints: Sequence[str],
    rescorer: Sequence[str],
    card: dict[str, Any],
    extra: Mapping[str, Any],
    unit: float | None,
) -> dict[str, Any]:
    """Entries that come with the parts they were made for."""
    from .init_weights import PROVENANCE

    tuned: dict[str, Any] = {}
    second: Mapping[str, Any] | None = None if rescorer else {}  # None: no model's
    if len(rescorer) == 1 and is_model(rescorer[0]):
        theirs, _, arrays = read_archive(rescorer[0])
        tuned = {key: theirs[key] for key in _WITH_RESCORER if key in theirs}
        second = with_prefix(arrays, RESCORER)
    if len(checkpoints) != 1 or not is_model(checkpoints[0]):
        return tuned
    source, _, arrays = read_archive(checkpoints[0])
    others = {*_FIXED, *PROVENANCE, *_WITH_LANGUAGE, *_WITH_RESCORER}
    found = {key: value for key, value in source.items() if key not in others} | tuned
    spoken = with_prefix(arrays, LANGUAGE)
    same = _same(spoken, with_prefix(extra, LANGUAGE))
    if spoken and not extra:
        found.pop("temperature", None)
    if not (spoken and same) and isinstance(terms := found.get("corpora_terms"), list):
        found["corpora_terms"] = [t for t in terms if not str(t).startswith("language model")]
    settings = (*_WITH_LANGUAGE, *_WITH_RESCORER, "temperature")
    if not (
        same
        and second is not None
        and _same(with_prefix(arrays, RESCORER), second)
        and unit in (None, source.get("features", {}).get("unit"))
        and all((found | card).get(key) == source.get(key) for key in settings)
    ):
        found.pop("figures", None)
    return found


def _same(some: Mapping[str, Any], others: Mapping[str, Any]) -> bool:
    return some.keys() == others.keys() and all(
        np.array_equal(array, others[key]) for key, array in some.items()
    )
