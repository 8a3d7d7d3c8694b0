"""Words and pairs are counted as texts have them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from inkrec.errors import ModelError
from inkrec.language.alphabet import Alphabet
from inkrec.training.train_lm import build_language_model, stream
from inkrec.training.word_bigram import count_word_bigrams

ALPHABET = Alphabet(map(chr, range(32, 127)))


def model(*texts: str, weights=(1.0, 1.0), size: int = 100, threshold: float = 1e-6):
    streams = [stream([text], ALPHABET) for text in texts]
    return count_word_bigrams(streams, weights[: len(texts)], ALPHABET, size, threshold)


def test_frequencies_are_of_words_not_of_stops_and_numbers():
    words = model("one two. " * 30 + "one 3, " * 30)
    assert sorted(words.lexicon) == ["one", "two"]
    assert words.lexicon.per_million("one") == pytest.approx(2e6 / 3, rel=0.06)


def test_a_word_that_a_text_has_once_is_not_listed():
    assert sorted(model("red red blue green", "green blue black black").lexicon) == ["black", "red"]


def test_the_most_frequent_words_are_listed_by_weight():
    texts = ("red " * 9 + "blue " * 5, "green " * 2)
    assert sorted(model(*texts, weights=(1.0, 4.0), size=2).lexicon) == ["green", "red"]


def test_a_pair_loses_the_discount_to_words_that_never_followed():
    words = model("go up. go up. go up. go off. stay up. stay off. ")
    after_go = words.context("go")
    alone = {w: math.exp(words.log_p(w)) for w in words.lexicon}
    # seen 3 and 1 times of 4, less 0.75 each, that go to all words by frequency
    up = (3 - 0.75) / 4 + 1.5 / 4 * alone["up"]
    assert math.exp(words.log_p("up", after_go)) == pytest.approx(up, rel=0.05)
    total = sum(math.exp(words.log_p(w, after_go)) for w in words.lexicon)
    assert total == pytest.approx(1, abs=0.05)


def test_what_a_stop_is_followed_by_is_known_and_stops_are_no_words():
    words = model("We go. We stay. They go, they stay. " * 20)
    assert words.log_p("We", words.context(".")) > words.log_p("We") + 0.5
    assert words.log_p("they", words.context(",")) == pytest.approx(0, abs=0.1)
    assert words.log_p(".") is None


def test_a_higher_threshold_keeps_fewer_pairs():
    text = "the cat saw the hen and the hen saw a cat and a hat. " * 9
    many, few = model(text, threshold=1e-6), model(text, threshold=0.3)
    assert len(few.to_arrays()["pair_codes"]) < len(many.to_arrays()["pair_codes"])
    total = sum(math.exp(few.log_p(w, few.context("the"))) for w in few.lexicon)
    assert total == pytest.approx(1, abs=0.06)


def test_a_text_without_words_gives_an_empty_list():
    words = model("1 2 3 4. 5. 6")
    assert len(words.lexicon) == 0
    assert words.log_p("a", words.context(".")) is None
    assert np.array_equal(words.to_arrays()["pairs"], np.zeros(7))


@pytest.mark.parametrize("size", [0, 65_001])
def test_lists_of_impossible_lengths_are_refused(tmp_path, size):
    with pytest.raises(ModelError, match=f"words is {size}; it must lie in 1 to 65000"):
        build_language_model([tmp_path / "none.txt"], ALPHABET, words=size)
