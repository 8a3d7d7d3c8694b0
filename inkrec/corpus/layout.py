"""What a corpus file holds: its version, its columns, its attributes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..ink.strokes import Ink

__all__ = ["CODED", "FORMAT", "POINTS", "VERSION", "Sample", "load_attributes", "save_attributes"]

FORMAT = "inkrec-corpus"
VERSION = 1

CODED = ("writer", "form", "split", "kind", "language")
"""Columns of few values, kept as numbers into tables."""

POINTS = ("x", "y", "t", "pressure")
"""Columns of the points."""


class Sample(NamedTuple):
    """One labelled piece of ink.

    Attributes
    ----------
    ink : Ink
        The strokes; y grows downward, t in s or absent.
    text : str
        What was written, case and punctuation kept.
    id : str
        Unique within the corpus.
    writer, form : str
        Who wrote it and the page or file it stands on; empty where unknown.
    split : str
        The part of the corpus it belongs to, such as ``"trainset"``.
    kind : str
        ``"line"``, ``"text"``, ``"word"`` or ``"character"``.
    language : str
        ISO 639-1 code such as ``"en"``; empty where unknown.
    """

    ink: Ink
    text: str
    id: str
    writer: str
    form: str
    split: str
    kind: str
    language: str = ""


def save_attributes(file: Any, attributes: Mapping[str, object]) -> None:
    as_json = []
    for name, value in attributes.items():
        if isinstance(value, (str, int, float, bool)):
            file.attrs[name] = value
        else:
            file.attrs[name] = json.dumps(value, ensure_ascii=False, sort_keys=True)
            as_json.append(name)
    file.attrs["json"] = json.dumps(as_json)


def load_attributes(file: Any) -> dict[str, object]:
    as_json = set(json.loads(file.attrs.get("json", "[]")))
    found: dict[str, object] = {}
    for name, value in file.attrs.items():
        if name in as_json:
            found[name] = json.loads(value)
        elif name not in ("json", "format", "version"):
            found[name] = value.item() if isinstance(value, np.generic) else value
    return found
