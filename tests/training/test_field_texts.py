"""Texts of each kind of field: of the alphabet, of their kind, and the same for a seed."""

from __future__ import annotations

import re

import numpy as np
import pytest

from inkrec import ModelError
from inkrec.training.field_texts import FIELDS, SIGNS, field_text

WORDS = ["the", "quick", "brown", "fox", "Lazy", "don't", "attorney", "3rd"]


def texts(kind: str, count: int = 300, seed: int = 0) -> list[str]:
    random = np.random.default_rng(seed)
    return [field_text(kind, random, WORDS) for _ in range(count)]


@pytest.mark.parametrize("kind", FIELDS)
def test_texts_are_printable_ascii_with_single_spaces_and_not_all_alike(kind):
    made = texts(kind)
    assert len(set(made)) > 6
    for text in made:
        assert text
        assert text == " ".join(text.split())
        assert text.isascii()
        assert text.isprintable()


@pytest.mark.parametrize("kind", FIELDS)
def test_the_same_seed_draws_the_same_texts_and_another_others(kind):
    assert texts(kind) == texts(kind)
    assert texts(kind) != texts(kind, seed=1)


@pytest.mark.parametrize(
    ("kind", "pattern"),
    [
        ("email", r"[a-z0-9._+-]+@[a-z-]+(\.[a-z]+)+"),
        ("url", r"(https?://|www\.)?[a-z./-]*[a-z](/[a-z~/]*)?([?#][a-z0-9=]+)?"),
        ("money", r"[-$A-Z0-9 ,.]*\d[-$A-Z0-9 ,.]*"),
        ("time", r"\d{1,2}.*"),
        ("phone", r"[-+()/.x0-9 ]+"),
        ("number", r"[-+/0-9., %a-zA-Z]*\d[-+/0-9., %a-zA-Z]*"),
        ("capitals", r"[A-Z ]+"),
        ("character", r"."),
        ("path", r".*[/\\].*|[a-z]+"),
    ],
)
def test_texts_are_of_their_kind(kind, pattern):
    for text in texts(kind):
        assert re.fullmatch(pattern, text), text


def test_every_sign_and_character_comes():
    characters = set(texts("character", 5000))
    assert characters == set(map(chr, range(33, 127)))
    assert set("".join(texts("signs", 2000))) >= set(SIGNS)


def test_what_cannot_be_made_is_refused():
    random = np.random.default_rng(0)
    with pytest.raises(ModelError, match="'postcode' is no kind of field; there are prose, word"):
        field_text("postcode", random, WORDS)
    with pytest.raises(ModelError, match="no words"):
        field_text("name", random, [])
