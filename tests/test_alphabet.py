"""The alphabet: indices from 1, text as typed."""

from __future__ import annotations

import pickle
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inkrec import ModelError
from inkrec.language.alphabet import BLANK, Alphabet, normalize

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


def test_the_blank_is_no_symbol():
    alphabet = Alphabet("ab ")
    assert BLANK == 0
    assert alphabet.encode("ab ba") == [1, 2, 3, 2, 1]
    assert BLANK not in alphabet.encode("ab ")
    assert alphabet.classes == len(alphabet) + 1 == 4


@given(st.lists(st.characters(exclude_categories=["Cs"]), unique=True, min_size=1), st.data())
def test_decoding_undoes_encoding(symbols, data):
    alphabet = Alphabet(symbols)
    text = "".join(data.draw(st.lists(st.sampled_from(symbols))))
    assert alphabet.decode(alphabet.encode(text)) == text
    assert sorted(alphabet.encode("".join(symbols))) == list(range(1, alphabet.classes))


def test_a_character_that_is_missing_is_named():
    with pytest.raises(ModelError, match="'é' is not in the alphabet; drop the line"):
        Alphabet("abc").encode("abé")


@pytest.mark.parametrize("index", [0, -1, 4])
def test_an_index_of_no_symbol_is_refused(index):
    with pytest.raises(ModelError, match=f"{index} is no symbol's index; they run from 1 to 3"):
        Alphabet("abc").decode([1, index])


@pytest.mark.parametrize(
    ("symbols", "message"),
    [("aba", "symbol 'a' comes twice"), (["a", "bc"], "'bc' is not one"), (["", "a"], "'' is not")],
)
def test_alphabets_that_cannot_be_are_refused(symbols, message):
    with pytest.raises(ModelError, match=message):
        Alphabet(symbols)


def test_alphabets_are_values():
    a, b = Alphabet("xyz"), Alphabet(["x", "y", "z"])
    assert a == b
    assert hash(a) == hash(b)
    assert a != Alphabet("zyx")
    assert a != "xyz"
    assert "x" in a
    assert "w" not in a
    assert repr(a) == "Alphabet('xyz')"
    assert pickle.loads(pickle.dumps(a)) == a
    assert pickle.loads(pickle.dumps(a)).encode("z") == [3]


# ---- text


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("plain text", "plain text"),
        ("\u201cIt\u2019s\u201d", '"It\'s"'),
        ("a\u2014b \u2013 c\u2212d", "a-b - c-d"),
        ("wait\u2026", "wait..."),
        ("  two\u00a0 spaces\t\n", "two spaces"),
        ("soft\u00adhyphen", "softhyphen"),
        ("e\u0301", "\u00e9"),
        ("e\u00ad\u0301", "\u00e9"),
        ("", ""),
        (" \n ", ""),
    ],
)
def test_text_becomes_what_a_pen_would_write(text, typed):
    assert normalize(text) == typed


@given(TEXTS)
@example("e\u00ad\u0301")
@example("\u2000\u2001")
def test_normalized_text_is_left_alone(text):
    once = normalize(text)
    assert normalize(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert once == " ".join(once.split())


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126)))
def test_plain_words_are_left_alone(text):
    assert normalize(text) == text
