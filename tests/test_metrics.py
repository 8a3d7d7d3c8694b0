"""Measures: worked by hand, and the laws they keep."""

from __future__ import annotations

import math

import numpy as np
import pytest

pytest.importorskip("rapidfuzz", reason="the measures need the train extra")
pytest.importorskip("scipy", reason="the measures need the train extra")

from hypothesis import given
from hypothesis import strategies as st

from inkrec import InkError, metrics
from inkrec.metrics import ShownText, StreamTrace

GOLDEN = [
    # references, hypotheses, cer, wer, cer_iamhwr, wer_iamhwr
    (["abcd"], ["abcd"], 0, 0, 0, 0),
    (["abcd"], [""], 100, 100, 80, 100),
    (["ab"], ["xxabxx"], 200, 100, 400 / 3, 100),
    (["a b", "cdef gh"], ["a b", "cdef"], 30, 25, 3 / 8 / 2 * 100, 25),
    (["Don't go."], ["dont go"], 3 / 9 * 100, 100, 30, 2 / 3 * 100),
    ([" padded "], ["padded"], 0, 0, 0, 0),
    (["- -"], ["- -"], 0, 0, 0, math.nan),
]


@pytest.mark.parametrize("case", GOLDEN)
def test_rates_worked_by_hand(case):
    references, hypotheses, *expected = case
    got = [
        measure(references, hypotheses)
        for measure in (metrics.cer, metrics.wer, metrics.cer_iamhwr, metrics.wer_iamhwr)
    ]
    assert got == pytest.approx(expected, nan_ok=True)


def test_accuracy_says_what_each_measure_says():
    references, hypotheses = ["so it goes", "and on"] * 6, ["so it gose", "and"] * 6
    every = metrics.accuracy(references, hypotheses, range(12))
    for name in ("cer", "wer", "cer_iamhwr", "wer_iamhwr", "wer_joined"):
        assert every[name] == pytest.approx(getattr(metrics, name)(references, hypotheses))
        assert every[name] > 0
    assert every["cer_ci"][0] <= every["cer"] <= every["cer_ci"][1]
    assert set(every) == {
        "cer", "wer", "cer_ci", "wer_ci", "cer_iamhwr", "wer_iamhwr", "wer_joined",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("reference", "hypothesis", "expected"),
    [
        ("Mr . Weaver , said 'no' !", "Mr. Weaver, said 'no'!", 0),
        ("we 'll go , he 'd say", "we'll go, he'd say", 0),
        ("I 'm 800 ,000", "I'm 800,000", 0),
        ("a 'story' ends", "a'story' ends", 200 / 3),  # a quote opens: its space counts
        ("so . it", "so it", 50),
    ],
)
def test_marks_set_apart_are_joined_on_both_sides(reference, hypothesis, expected):
    assert metrics.wer_joined([reference], [hypothesis]) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("references", "hypotheses", "match"),
    [
        ([], [], "no line"),
        (["a"], [], "1 references and 0 hypotheses"),
        (["a", "  "], ["a", "b"], r"reference 1 is '  '"),
    ],
)
def test_texts_that_cannot_be_measured_are_refused(references, hypotheses, match):
    for measure in (metrics.cer, metrics.wer, metrics.cer_iamhwr, metrics.accuracy):
        with pytest.raises(InkError, match=match):
            measure(references, hypotheses)


@given(st.lists(st.text("ab c", min_size=1), min_size=1, max_size=4))
def test_a_text_has_no_edits_against_itself_and_all_against_nothing(texts):
    texts = [t + "x" for t in texts]
    assert metrics.cer(texts, texts) == 0
    assert metrics.cer(texts, [""] * len(texts)) == 100
    assert metrics.wer(texts, [""] * len(texts)) == 100


def plain_edits(a, b):
    """The recurrence of Wagner and Fischer, written out."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (x != y))
    return row[-1]


@given(st.text("abc", max_size=8), st.text("abc", max_size=8))
def test_edits_are_the_least_number_of_edits(a, b):
    assert metrics.edits(a, b) == plain_edits(a, b)


def test_bootstrap_is_seeded_and_draws_whole_groups():
    rng = np.random.default_rng(3)
    part, whole = rng.integers(0, 5, 60), np.full(60, 10)
    one = metrics.bootstrap(part, whole, seed=1)
    assert one == metrics.bootstrap(part, whole, seed=1)
    assert len({metrics.bootstrap(part, whole, seed=seed) for seed in range(1, 6)}) > 1
    assert one[0] < 100 * part.sum() / whole.sum() < one[1]
    # Lines that go wrong together leave less to average over.
    clustered = metrics.bootstrap([0] * 30 + [5] * 30, whole, [i // 6 for i in range(60)])
    alone = metrics.bootstrap([0] * 30 + [5] * 30, whole)
    assert clustered[0] < alone[0] - 5
    assert clustered[1] > alone[1] + 5
    assert 15 < alone[0] < alone[1] < 35


def test_few_groups_have_no_interval():
    part, whole = np.arange(60) % 3, np.full(60, 10)
    assert all(map(np.isnan, metrics.bootstrap(part, whole, np.arange(60) % 9)))
    assert all(map(np.isfinite, metrics.bootstrap(part, whole, np.arange(60) % 10)))
    found = metrics.accuracy(["ab"] * 20, ["ac"] * 20, ["one hand"] * 20)
    assert found["cer"] == 50
    assert all(map(np.isnan, [*found["cer_ci"], *found["wer_ci"]]))


def test_bootstrap_interval_covers_as_often_as_it_says():
    rng = np.random.default_rng(0)
    hits = 0
    for i in range(200):
        low, high = metrics.bootstrap(rng.binomial(20, 0.1, 100), [20] * 100, draws=400, seed=i)
        hits += low <= 10 <= high
    assert 178 <= hits <= 199


def test_calibration_error_worked_by_hand():
    # Two bins: 0.55 said and 0.5 right, 0.95 said and 1.0 right.
    confidences, right = [0.5, 0.6, 0.95, 0.95], [True, False, True, True]
    assert metrics.calibration_error(confidences, right, bins=2) == pytest.approx(
        100 * abs(0.5 + 0.6 + 0.95 + 0.95 - 3) / 4
    )
    assert metrics.calibration_error(confidences, right, bins=10) == pytest.approx(
        100 * (0.5 + 0.6 + 0.1) / 4
    )
    assert metrics.calibration_error([1.0, 0.0], [True, False]) == 0


@pytest.mark.parametrize(
    ("confidences", "right", "match"),
    [
        ([], [], "give one mark a word"),
        ([0.5], [True, False], "give one mark a word"),
        ([1.5], [True], "reach from 1.5 to 1.5"),
        ([math.nan], [True], "reach from nan"),
    ],
)
def test_calibration_error_refuses(confidences, right, match):
    with pytest.raises(InkError, match=match):
        metrics.calibration_error(confidences, right)


def test_words_right_follows_the_alignment():
    assert metrics.words_right(["a", "b", "c", "d"], ["a", "x", "b", "d"]) == [
        True,
        False,
        True,
        True,
    ]
    assert metrics.words_right([], ["a"]) == [False]


def line(reference, *states, words=(), pen_ups=()):
    return StreamTrace(reference, tuple(ShownText(*s) for s in states), pen_ups, words)


TO_BE = line(
    "to be or",
    (0.0, "", 0),
    (1.0, "t", 0),
    (1.5, "to", 0),
    (2.0, "to he", 0),
    (2.5, "to be", 2),
    (3.0, "to be on", 2),
    (4.0, "to be or", 8),
    words=(("to", 1.2), ("be", 2.4), ("or", 3.5)),
    pen_ups=(1, 2, 3, 5),
)


def test_delays_worked_by_hand():
    assert metrics.shown_delays(TO_BE) == pytest.approx([0.3, 0.1, 0.5])
    assert metrics.commit_delays(TO_BE) == pytest.approx([1.3, 1.6, 0.5])


def test_a_word_that_ends_up_wrong_has_no_shown_delay_but_a_commit_delay():
    wrong = TO_BE._replace(reference="to me or")
    assert metrics.shown_delays(wrong) == pytest.approx([0.3, 0.5])
    assert len(metrics.commit_delays(wrong)) == 3


def test_the_first_of_two_equal_words_is_not_taken_for_the_second():
    twice = line(
        "the end the",
        (1.0, "the", 0),
        (2.0, "the end", 0),
        (3.0, "the end the", 11),
        words=(("the", 1.0), ("end", 2.0), ("the", 3.0)),
    )
    assert metrics.shown_delays(twice) == [0, 0, 0]
    assert metrics.commit_delays(twice) == [2, 1, 0]


def test_flicker_worked_by_hand():
    # Taken away: h for b (1), n for r (1). Added: 8 of the final text and those 2.
    assert metrics.retractions([TO_BE]) == pytest.approx(2 / 8)
    assert metrics.edit_overhead([TO_BE]) == pytest.approx(100 * 4 / 12)
    # he -> be and on -> or, over 3 words.
    assert metrics.unstable_words([TO_BE]) == pytest.approx(100 * 2 / 3)
    # At pen-ups: t | to | to he | to be on | to be or. he, the last word then, and
    # on change; t only grows.
    every, before_last = metrics.changed_words([TO_BE])
    assert every == pytest.approx(100 * 2 / 7)
    assert before_last == 0


def test_edit_overhead_counts_as_the_measures_authors_do():
    # Their program's own example: 6 units added, 10 substituted, 2 revoked, 4 left, and
    # an overhead of (6 + 2 * 10 + 2 - 4) / (6 + 2 * 10 + 2).
    texts = ["abcd", "abcdef", "abcd"]
    texts += [f"abc{s}" for s in "efghijklmd"]
    shown = [(float(i), text, 0) for i, text in enumerate(texts)]
    example = line("abcd", *shown, words=(("abcd", 0.0),))
    assert metrics.edit_overhead([example]) == pytest.approx(100 * 0.857142857142857)
    # Two lines are one pool of edits, not a mean of rates.
    steady = line("abcd", (0.0, "abcd", 4), words=(("abcd", 0.0),))
    assert metrics.edit_overhead([example, steady]) == pytest.approx(100 * 24 / 32)


def test_a_word_before_the_last_may_not_even_grow():
    grown = line(
        "them all",
        (1.0, "the a", 0),
        (2.0, "them all", 8),
        pen_ups=(0,),
        words=(("them", 0.5), ("all", 2.0)),
    )
    assert metrics.changed_words([grown]) == (50, 100)


@given(
    st.lists(st.sampled_from(["a", "an", "and", "b"]), min_size=1, max_size=6), st.integers(0, 9)
)
def test_text_that_only_grows_never_flickers(words, cut):
    text = " ".join(words)
    cuts = sorted({min(cut, len(text)), len(text) // 2, len(text)})
    states = [(float(i), text[:c].rstrip(), 0) for i, c in enumerate(cuts)]
    only = line(
        text, *states, words=tuple((w, 0.0) for w in words), pen_ups=tuple(range(len(cuts)))
    )
    only.validate()
    assert metrics.edit_overhead([only]) == 0
    assert metrics.retractions([only]) == 0
    assert metrics.unstable_words([only]) == 0
    assert metrics.changed_words([only])[0] == 0


def test_stream_gives_every_measure():
    every = metrics.stream([TO_BE])
    assert every["shown_delay_p50"] == pytest.approx(0.3)
    assert every["commit_delay_p90"] == pytest.approx(1.54)
    assert every["committed_cer"] == 0
    assert every["changed_words"] == pytest.approx(100 * 2 / 7)
    assert {"shown_delay_p90", "commit_delay_p50", "edit_overhead", "unstable_words"} <= set(every)


@pytest.mark.parametrize(
    ("record", "match"),
    [
        (line("a"), "nothing was shown"),
        (line("a", (2.0, "", 0), (1.0, "a", 0), words=(("a", 1.0),)), "time runs backwards"),
        (line("a", (1.0, "a", 2), words=(("a", 1.0),)), "2 characters of 'a'"),
        (line("a", (1.0, "b", 0), words=(("a", 1.0),)), "are not those of 'b'"),
    ],
)
def test_stream_refuses_a_record_that_contradicts_itself(record, match):
    with pytest.raises(InkError, match=match):
        metrics.stream([record])
