"""A judge has its word on the texts of a finished line, and on nothing else."""

from __future__ import annotations

import math

import pytest
from writing import bundled, recognizer, tea, write

from inkrec import ModelError
from inkrec.decoding.judging import Judging


class Likes:
    """A judge for whom all texts but one are much less probable."""

    def __init__(self, text=None):
        self.text, self.asked = text, []

    def log_probability(self, texts, context):
        self.asked.append((list(texts), context))
        return [0.0 if text == self.text else -100.0 for text in texts]


def finished(judge, **options):
    reader = bundled().with_judge(judge) if judge else bundled()
    return write(reader.session(commit=None, **options), tea(8)).finish()


def test_a_judge_chooses_among_the_readings():
    plain = finished(None)
    other = plain.alternatives[1].text
    judge = Likes(other)
    assert finished(judge, pre_context="Some words.").text == other
    ((texts, context),) = judge.asked
    assert plain.text in texts
    assert len(texts) == len(set(texts)) <= 14
    assert context == "Some words."


def test_a_judge_without_weight_is_not_asked():
    judge = Likes()
    reader = bundled().with_judge(judge, weight=0.0)
    assert write(reader.session(commit=None), tea(8)).finish() == finished(None)
    assert not judge.asked
    assert bundled().with_judge(judge).with_judge(None).judging is None


def test_a_field_that_is_no_prose_is_not_judged():
    judge = Likes()
    finished(judge, field="code")
    assert not judge.asked


def test_a_judge_hears_of_the_lines_before_after_a_move():
    judge = Likes()
    session = write(bundled().with_judge(judge).session(commit=None, pre_context="Dear"), tea(8))
    assert bundled().with_judge(judge).restore(session.save()).finish() == session.finish()
    assert [context for _, context in judge.asked] == ["Dear", "Dear"]


@pytest.mark.parametrize("said", [[0.0], [math.nan] * 14])
def test_a_judge_that_says_nonsense_is_told(said):
    class Odd:
        def log_probability(self, texts, context):
            return said[: len(texts)]

    with pytest.raises(ModelError, match="one finite log-probability a text"):
        finished(Odd())


@pytest.mark.parametrize(("judge", "weight"), [(object(), 0.4), (Likes(), -1.0), (Likes(), 11)])
def test_what_is_no_judge_is_refused(judge, weight):
    with pytest.raises(ModelError, match="judge"):
        recognizer().with_judge(judge, weight)
    with pytest.raises(ModelError, match="judge"):
        Judging(judge, weight)
