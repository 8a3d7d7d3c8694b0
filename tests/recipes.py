"""Recipes as tests give them: tables as dicts, written as TOML."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inkrec.cli import main

__all__ = ["NETWORK", "over", "toml", "train"]

NETWORK = {
    "stem": [8, 12], "causal_units": 16, "causal_layers": 1, "refine_units": 12,
    "refine_layers": 1,
}  # fmt: skip
"""A network that learns next to nothing, fast."""


def toml(recipe: Mapping[str, Any]) -> str:
    """A recipe as a file holds it."""
    return "".join(f"{key} = {_value(value)}\n" for key, value in recipe.items())


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(k)} = {_value(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value)


def over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Tables with others laid over them; None takes an entry away."""
    made = dict(below)
    for key, value in above.items():
        both = isinstance(value, Mapping) and isinstance(made.get(key), Mapping)
        made[key] = over(made[key], value) if both else value
    return {key: value for key, value in made.items() if value is not None}


def train(folder: Path | str, recipe: Mapping[str, Any], *options: str) -> int:
    """What ``inkrec train`` returns for a recipe beside the folder it trains in."""
    folder = Path(folder)
    file = folder.parent / f"{folder.name}.toml"
    file.write_text(toml(recipe))
    return main(["train", str(file), "-o", str(folder), *options])
