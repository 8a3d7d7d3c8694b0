"""Words weigh the texts of a finished beam; those not listed stay possible."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkrec.decoding.beam import advance
from inkrec.decoding.lm_scorer import LanguageScorer, final_search
from inkrec.decoding.prefix import BeamSettings, BeamState, initial_beam
from inkrec.errors import ModelError
from inkrec.language.alphabet import Alphabet
from inkrec.language.char_ngram import NgramModel
from inkrec.language.lexicon import Lexicon
from inkrec.language.word_bigram import PUNCTUATION, WordBigram, WordLmSettings, tokens
from inkrec.training.train_lm import build_language_model

TEXT = "the cat sat on the mat. The cat act can be seen, then ten men met 12 hens on a mat. "
ALPHABET = Alphabet(" ,.-'12abcdehmnostTZz")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> tuple[NgramModel, WordBigram]:
    file = tmp_path_factory.mktemp("text") / "text.txt"
    file.write_text(TEXT * 20)
    return build_language_model(
        [file], ALPHABET, order=4, threshold=1e-5, split_punctuation=0, min_bigram_gain=1e-4
    )


@pytest.fixture(scope="module")
def fitted(models: tuple[NgramModel, WordBigram]) -> LanguageScorer:
    return LanguageScorer(models[0], ALPHABET, models[1])


def ink_of(text: str, other: str, sure: float) -> np.ndarray:
    """Log-probabilities of frames that spell one text, and a bit another of the same length."""
    rows = []
    for a, b in zip(text, other, strict=True):
        row = np.full(len(ALPHABET) + 1, 1e-6)
        row[ALPHABET.encode(b)[0]] = 1 - sure
        row[ALPHABET.encode(a)[0]] = sure
        rest = np.full(len(ALPHABET) + 1, 1e-6)
        rest[0] = 1
        rows += [row, rest]
    found = np.array(rows)
    return np.log(found / found.sum(1, keepdims=True)).astype(np.float32)


def texts(state: BeamState) -> list[str]:
    return [ALPHABET.decode(p.symbols()) for p in state.prefixes]


def test_tokens_are_words_numbers_and_stops():
    told = [t.text for t in tokens('"Mr . Hood\'s 2nd co-op," he said?')]
    assert told == ["Mr", ".", "Hood's", "0", "nd", "co", "-", "op", ",", "he", "said", "."]
    assert [t.start for t in tokens("a  b")] == [0, 3]


def test_a_word_is_more_probable_behind_one_it_often_follows(models):
    words = models[1]
    behind, alone = words.log_p("mat", words.context("the")), words.log_p("mat")
    assert behind is not None
    assert alone is not None
    assert behind > alone + 1
    # "the" is followed by cat and mat alone, once each in a round of the text
    assert behind == pytest.approx(math.log(0.5), abs=0.1)


def test_probabilities_sum_to_one_behind_every_context(models):
    words = models[1]
    for context in (-1, 0, *map(words.context, (*PUNCTUATION, *words.lexicon))):
        p = [math.exp(words.log_p(w, context) or 0.0) for w in words.lexicon]
        assert sum(p) == pytest.approx(1, abs=0.1)


def test_a_word_that_is_not_listed_has_no_probability_but_a_price(models):
    words = models[1]
    assert words.log_p("zeds") is None
    assert words.log_p("zeds", words.context(".")) is None
    settings = WordLmSettings(weight=0.5, oov_penalty=4)
    assert words.score_gain(settings, "zeds", 0, -9.0) == -2
    assert words.context("zeds") == 0


def test_a_capital_is_possible_though_rare(models):
    words = models[1]
    small, large = words.log_p("mat"), words.log_p("Mat")
    assert small is not None
    assert large is not None
    assert large == pytest.approx(small + math.log(0.02))
    assert words.log_p("mAT") is None


@given(st.floats(-30, 0), st.floats(0, 0.99), st.floats(0, 2))
def test_no_listed_word_loses_more_than_the_share(models, spelled, share, weight):
    words = models[1]
    gain = words.score_gain(WordLmSettings(weight, share), "cat", -1, spelled)
    assert gain >= weight * math.log(1 - share) - 1e-9


def test_words_decide_where_letters_do_not(fitted):
    # by its letters "tha cat" is hardly less probable, and the pen wrote it rather
    frames = ink_of("the zat", "the cat", 0.6)
    settings = BeamSettings(beam_width=8, lm_weight=0.0, token_bonus=0.0)
    plain = advance(settings, initial_beam(fitted), frames, fitted)
    assert texts(plain)[0] == "the zat"
    weighed = final_search(settings, initial_beam(fitted), frames, fitted)
    assert texts(weighed)[0] == "the cat"
    assert sum(weighed.posteriors()) == pytest.approx(1)
    assert weighed.posteriors() == sorted(weighed.posteriors(), reverse=True)


def test_words_that_are_not_listed_stay_possible(fitted):
    frames = ink_of("the zat", "the cat", 0.999)
    settings = BeamSettings(beam_width=8, lm_weight=0.0, token_bonus=0.0)
    assert texts(final_search(settings, initial_beam(fitted), frames, fitted))[0] == "the zat"


def test_a_users_word_costs_nothing_more(fitted):
    frames = ink_of("the zat", "the cat", 0.6)
    settings = BeamSettings(beam_width=8, lm_weight=0.0, token_bonus=0.0)
    mine = fitted.with_words(["zat"])
    assert texts(final_search(settings, initial_beam(mine), frames, mine))[0] == "the zat"
    assert mine.words is fitted.words


@pytest.mark.parametrize("text", ["zat- cat", "mat zat-"])
def test_a_word_before_a_hyphen_need_not_be_listed(fitted, text):
    frames = ink_of(text, text.replace("z", "c"), 0.6)
    settings = BeamSettings(beam_width=8, lm_weight=0.0, token_bonus=0.0)
    assert texts(final_search(settings, initial_beam(fitted), frames, fitted))[0] == text


def test_what_stands_before_counts(fitted):
    nodes = advance(
        BeamSettings(beam_width=1), initial_beam(fitted), ink_of("mat", "mat", 0.9), fitted
    )
    known = fitted.apply_word_lm(nodes, 0, "on the").log_scale
    assert known > fitted.apply_word_lm(nodes, 0, "").log_scale
    # final text in front is context, and weighed no second time
    whole = advance(
        BeamSettings(beam_width=1), initial_beam(fitted), ink_of("the mat", "the mat", 0.9), fitted
    )
    gain = fitted.apply_word_lm(whole, 3, "the").log_scale - whole.log_scale
    mat = fitted.words.score_gain(
        fitted.settings, "mat", fitted.words.context("the"), fitted.model.score("mat", "the ")
    )
    assert gain == pytest.approx(mat)


def test_without_words_a_beam_ends_with_the_text_it_had(models):
    plain = LanguageScorer(models[0], ALPHABET)
    none = LanguageScorer(models[0], ALPHABET, models[1], WordLmSettings(weight=0, nbest=4))
    settings = BeamSettings(beam_width=4)
    frames = ink_of("a hen", "a ten", 0.6)
    for scorer in (plain, none):
        found = final_search(settings, initial_beam(scorer), frames, scorer)
        assert texts(found)[0] == texts(advance(settings, initial_beam(scorer), frames, scorer))[0]


def test_with_a_floor_what_is_not_expected_can_be_read(models):
    plain = LanguageScorer(models[0], ALPHABET)
    frames = ink_of("the zat", "the cat", 0.99)
    settings = BeamSettings(beam_width=8, lm_weight=1.0)
    assert texts(final_search(settings, initial_beam(plain), frames, plain))[0] == "the cat"
    raised = replace(settings, lm_floor_prob=0.1)
    assert texts(final_search(raised, initial_beam(plain), frames, plain))[0] == "the zat"
    # it is for finished lines: the beam itself stays as it was
    assert texts(advance(raised, initial_beam(plain), frames, plain))[0] == "the cat"


def test_words_come_back_from_their_arrays(models):
    words = models[1]
    again = WordBigram.from_arrays(words.to_arrays())
    for before in (None, ".", "the", "zed"):
        for word in ("cat", "The", "zed"):
            first = words.log_p(word, words.context(before))
            assert again.log_p(word, again.context(before)) == first
    assert repr(again) == repr(words)


def test_damaged_files_are_refused(models):
    arrays = models[1].to_arrays()
    with pytest.raises(ModelError, match="it has no 'pair_codes'"):
        WordBigram.from_arrays({k: v for k, v in arrays.items() if k != "pair_codes"})
    with pytest.raises(ModelError, match=r"rests has shape \(2,\).*damaged"):
        WordBigram.from_arrays(arrays | {"pair_rests": np.zeros(2, np.uint8)})
    with pytest.raises(ModelError, match="seconds has shape"):
        WordBigram.from_arrays(arrays | {"pair_seconds": arrays["pair_seconds"][:-1]})


@pytest.mark.parametrize("name", ["pairs", "pair_codes", "words", "word_codes"])
def test_arrays_of_another_kind_are_refused(models, name):
    arrays = models[1].to_arrays()
    for value in (np.array(["a"]), np.array(5)):
        with pytest.raises(ModelError, match="damaged"):
            WordBigram.from_arrays(arrays | {name: value})


@pytest.mark.parametrize(
    "wrong",
    [
        {"weight": -1},
        {"weight": float("inf")},
        {"interpolation": 1.0},
        {"oov_penalty": -1},
        {"nbest": 0},
    ],
)
def test_settings_are_checked(wrong):
    ((name, value),) = wrong.items()
    with pytest.raises(ModelError, match=f"{name} is {value}; it must"):
        WordLmSettings(**wrong)


@given(st.sets(st.text("aAbz'", min_size=1, max_size=4), max_size=12), st.text("aAbz'", max_size=4))
def test_the_list_is_searched_as_it_lies(words, other):
    lexicon = Lexicon(dict.fromkeys(words, 5.0))
    ranked = sorted(words)
    for word in {*words, other}:
        assert lexicon.find(word) == (ranked.index(word) if word in words else -1)
