"""A user's words help themselves and cost the others next to nothing."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkrec.errors import ModelError
from inkrec.language.alphabet import Alphabet
from inkrec.language.char_ngram import NgramModel
from inkrec.language.lexicon import Lexicon
from inkrec.language.user_words import UserWords
from inkrec.training.train_lm import build_language_model

TEXT = "the cat sat on the mat and a hat can act, then the tan man met a ten cent hen. "


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> NgramModel:
    file = tmp_path_factory.mktemp("text") / "text.txt"
    file.write_text(TEXT * 20)
    alphabet = Alphabet(" ,.acdehmnostTZz-")
    return build_language_model([file], alphabet, order=4, threshold=1e-5, split_punctuation=0)[0]


def score(lm: NgramModel | UserWords, text: str, pre_context: str = "") -> float:
    state, total = lm.start(pre_context), 0.0
    for c in text:
        state, logp = lm.step(state, c)
        total += logp
    return total


words = st.lists(st.text("acentz", min_size=1, max_size=5), min_size=1, max_size=4)
texts = st.text(" ,.acdehmnostzTZ-", max_size=20)


@given(words, texts, st.text(" acent", max_size=6))
def test_no_text_loses_more_than_the_share_of_each_word(model, words, text, before):
    lm = UserWords(model, words, prior=0.3)
    begun = sum(
        c.isalnum() and not prev.isalnum()
        for prev, c in zip((before[-1:] or " ") + text, text, strict=False)
    )
    assert score(lm, text, before) >= score(model, text, before) + begun * math.log(0.7) - 1e-4


@given(words, st.text(" acent,", max_size=8))
def test_all_symbols_together_are_as_probable_as_without_words(model, words, text):
    lm = UserWords(model, words, prior=0.5)
    state, inner = lm.start(), model.start()
    for c in text:
        with_words = sum(math.exp(lm.step(state, s)[1]) for s in lm.alphabet.symbols)
        without = float(np.exp(model.scores(inner)[1:]).sum())
        # the words' own part sums to one, the model's to one but for its rounding
        assert with_words == pytest.approx(1, abs=abs(without - 1) + 1e-3)
        state, inner = lm.advance(state, c), model.advance(inner, c)
        assert state.inner == inner


@pytest.mark.parametrize("word", ["zzzt", "nada", "z-z", "zen mat"])
def test_a_word_has_at_least_its_part_of_the_share(model, word):
    lm = UserWords(model, [word, "catnat"])
    assert lm.prior == pytest.approx(0.004)
    begins = float(np.exp(model.scores(model.start("the "))[lm._wordlike]).sum())
    # among two words and their capitals (Z is in the alphabet, N and C are not)
    part = 1 / (2.25 if word[0] == "z" else 2)
    least = math.log(lm.prior * part * begins)
    ends = float(np.exp(model.scores(model.start("the " + word))[lm._others]).sum())
    found = score(lm, word + " ", "the ")
    space = model.scores(model.start("the " + word))[model.alphabet.encode(" ")[0]]
    assert found >= least + float(space) - math.log(ends) - 1e-3
    assert found > score(model, word + " ", "the ") + 1


@given(words, st.lists(st.text(" aczt-", min_size=1, max_size=5), max_size=3))
def test_a_phrase_takes_nothing_from_the_word_it_begins_with(model, single, ends):
    least = math.log(UserWords(model, single, prior=0.2)._ends[-1] * 0.2 / 20)
    word = single[0]
    phrases = [f"{word} c{end}" for end in ends]
    lm = UserWords(model, [*single, *phrases], prior=0.2)
    begins = float(np.exp(model.scores(model.start())[lm._wordlike]).sum())
    for mark in " ,":
        behind = model.scores(model.start(word))
        odds = float(np.exp(behind[lm._others]).sum())
        left = float(behind[model.alphabet.encode(mark)[0]]) - math.log(odds)
        rest = "tan"  # no phrase goes on so
        plain = score(model, rest, word + mark)
        found = score(lm, word + mark + rest)
        assert found >= least + math.log(begins) + left + plain + math.log(0.8) - 1e-3


def test_a_word_may_begin_where_a_phrase_could_have_gone_on(model):
    lm = UserWords(model, ["ten cat", "zzt"], prior=0.2)
    inside = score(lm, "ten zzt ") - score(lm, "ten ")
    # that it was no phrase has to be said, and what begins the word is as probable as ever
    assert score(lm, "zzt ", "ten ") - 1.5 < inside < score(lm, "zzt ", "ten ")
    assert inside > score(model, "zzt ", "ten ") + 5


def test_words_are_expected_at_the_start_of_words_only(model):
    lm = UserWords(model, ["zed"])
    assert score(lm, "zed", "a ") > score(model, "zed", "a ") + 1
    assert score(lm, "zed", "a") == score(model, "zed", "a")
    assert score(lm, "zed") > score(model, "zed") + 1


def test_a_capital_is_expected_of_small_letters_and_not_the_other_way(model):
    small, large = UserWords(model, ["zed"]), UserWords(model, ["Zed"])
    assert score(small, "Zed") > score(model, "Zed") + 1
    assert score(large, "zed") <= score(model, "zed")


def test_behind_the_unknown_a_word_may_begin(model):
    lm = UserWords(model, ["zed"])
    known = lm.step(lm.empty, "z")[1]
    assert known > model.step(model.empty, "z")[1]
    assert lm.empty.inner == model.empty


def test_a_long_word_that_is_surely_meant_leaves_all_others_possible(model):
    """Its posterior would round to 1, and the logarithm of what is left fail."""
    lm = UserWords(model, ["zenned" * 40])
    for there in (6, 12, 60, 239):
        text = ("zenned" * 40)[:there]
        state = lm.start()
        for symbol in text:
            state, _ = lm.step(state, symbol)
        for symbol in lm.alphabet.symbols:
            after, logp = lm.step(state, symbol)
            assert math.isfinite(logp)
            assert math.isfinite(after.odds)
        least = score(model, text + "a cat") + 2 * math.log1p(-lm.prior)
        assert score(lm, text + "a cat") >= least - 1e-4


def test_the_order_of_words_says_nothing(model):
    some = UserWords(model, ["zed", "ten", "zen"])
    other = UserWords(model, iter(("zen", "zed", "ten", "zed")))
    assert repr(some) == repr(other)
    assert some.step(some.start("a "), "z") == other.step(other.start("a "), "z")


def test_no_words_change_nothing(model):
    lm = UserWords(model, [])
    assert score(lm, TEXT) == pytest.approx(score(model, TEXT))


def test_the_state_is_a_value(model):
    lm = UserWords(model, ["zed", "zen"])
    state = lm.start("a ")
    first = lm.step(state, "z")
    lm.step(first[0], "e")
    assert lm.step(state, "z") == first
    assert hash(first[0]) == hash(lm.step(state, "z")[0])
    assert UserWords(model, ["zed", "zen"]).step(state, "z") == first


@pytest.mark.parametrize(
    ("words", "share", "message"),
    [
        (
            ["caf\u00e9"],
            None,
            "the word 'caf\u00e9' holds 'f\u00e9', which this model cannot write",
        ),
        (["-a"], None, "'-a' is not a word; it must begin with a letter or digit"),
        (["  "], None, "'' is not a word"),
        ("cat", None, "words is the text 'cat'; give a list"),
        (["cat", 7], None, "7 is not a word; it must be a text"),
        (["cat"], 1.0, "share is 1.0"),
    ],
)
def test_what_is_no_word_is_refused(model, words, share, message):
    with pytest.raises(ModelError, match=message):
        UserWords(model, words, share)


def test_words_added_to_words_are_refused_alike(model):
    lm = UserWords(model, ["zed"])
    with pytest.raises(ModelError, match="words is the text 'cat'; give a list"):
        lm.with_words("cat")
    assert lm.with_words(["cat", "zed"]).words == ("cat", "zed")
    assert lm.words == ("zed",)


def test_words_are_normalised_as_texts_are(model):
    lm = UserWords(model, ["ten\u2013hen", " zed\u00a0 zen"])
    assert lm.words == ("ten-hen", "zed zen")
    assert score(lm, "ten-hen ") == score(UserWords(model, ["ten-hen", "zed zen"]), "ten-hen ")


frequencies = st.dictionaries(
    st.text(st.characters(exclude_categories=("Z", "C")), min_size=1, max_size=6),
    st.floats(1e-3, 1e5),
    max_size=8,
)


@given(frequencies)
def test_a_list_comes_back_from_its_arrays(table):
    again = Lexicon.from_arrays(Lexicon(table).to_arrays())
    assert sorted(again) == sorted(table)
    assert len(again) == len(table)
    for word, frequency in table.items():
        assert word in again
        assert again.per_million(word) == pytest.approx(frequency, rel=0.06)
    assert "no such" not in again
    assert again.per_million("no such") == 0


def test_a_list_lies_in_the_model_file(model):
    file = io.BytesIO()
    model.save(file, **Lexicon({"cat": 20.0}).to_arrays())
    file.seek(0)
    assert list(Lexicon.load(file)) == ["cat"]
    file.seek(0)
    assert NgramModel.load(file).score("cat") == model.score("cat")


def test_bad_lists_are_refused(model):
    with pytest.raises(ModelError, match="'a b' is not a word"):
        Lexicon({"a b": 1.0})
    with pytest.raises(ModelError, match="'a' has frequency 0"):
        Lexicon({"a": 0.0})
    with pytest.raises(ModelError, match="it has no 'words'"):
        Lexicon.from_arrays(model.to_arrays())
    arrays = Lexicon({"a": 1.0, "b": 2.0}).to_arrays() | {"word_codes": np.zeros(3, np.uint8)}
    with pytest.raises(ModelError, match="2 words and 3 frequencies"):
        Lexicon.from_arrays(arrays)
