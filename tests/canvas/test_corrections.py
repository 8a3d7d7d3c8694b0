from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from inkrec.canvas.corrections import Choices

inks = st.frozensets(st.integers(0, 9), min_size=1, max_size=5).map(sorted)


def test_an_exact_match_stands_whatever_is_read() -> None:
    choices = Choices()
    choices.keep((1, 2, 3), "joy", "Jay")
    assert choices.texts([((1, 2, 3), "joyful")]) == ["Jay"]


def test_what_was_added_is_appended_and_another_reading_is_not() -> None:
    choices = Choices()
    choices.keep((1, 2, 3), "joy", "Jay")
    assert choices.texts([((1, 2, 3, 4), "joy.")]) == ["Jay."]
    assert choices.texts([((1, 2, 3, 4), "fog.")]) == ["Jay"]


def test_the_likest_choice_is_taken_and_each_only_once() -> None:
    choices = Choices()
    choices.keep((1, 2, 3), "a", "one")
    choices.keep((5, 6, 7), "b", "two")
    words = [((2, 3), "a"), ((1, 2, 3), "a"), ((5, 6, 7, 8), "b"), ((6, 7, 9, 10), "b")]
    assert choices.texts(words) == [None, "one", "two", None]


@given(inks, inks)
def test_more_than_half_of_both_must_be_shared(chosen: list[int], now: list[int]) -> None:
    choices = Choices()
    choices.keep(chosen, "x", "y")
    shared, both = set(chosen) & set(now), set(chosen) | set(now)
    assert choices.texts([(now, "z")]) == ["y" if 2 * len(shared) > len(both) else None]


@given(st.lists(inks, max_size=5))
def test_the_last_choice_for_the_same_ink_is_the_one(chosen: list[list[int]]) -> None:
    choices = Choices()
    for n, strokes in enumerate([*chosen, [0, 1]]):
        choices.keep(strokes, "", str(n))
    assert choices.texts([((0, 1), "x")]) == [str(len(chosen))]
    assert choices.texts([((), "x"), ((20,), "x")]) == [None, None]
