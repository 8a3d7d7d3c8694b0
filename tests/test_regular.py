"""Patterns mean what they mean to Python, and none of them takes long."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkrec import ModelError
from inkrec.language.pattern_syntax import parse_class
from inkrec.language.regular import compile_pattern

SYMBOLS = " ab01-.A"
_ATOMS = st.sampled_from(["a", "b", "0", r"\d", r"\w", ".", "[ab]", "[^a]", "[0-1-]", r"\.", r"\s"])
PATTERNS = st.recursive(
    _ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda two: f"(?:{two[0]}|{two[1]})"),
        st.tuples(inner, st.sampled_from(["?", "*", "+", "{2}", "{1,3}", "{0,2}", "{2,}"])).map(
            lambda two: f"({two[0]}){two[1]}"
        ),
    ),
    max_leaves=6,
)


def fits(automaton, text):
    state = automaton.walk([SYMBOLS.index(c) + 1 for c in text])
    return state >= 0 and automaton.accepting[state]


@given(PATTERNS, st.lists(st.text(SYMBOLS, max_size=6), min_size=10, max_size=10))
def test_a_pattern_means_what_it_means_to_python(pattern, texts):
    automaton = compile_pattern(pattern, SYMBOLS)
    for text in texts:
        assert fits(automaton, text) == bool(re.fullmatch(pattern, text))


@given(PATTERNS)
def test_every_state_leads_to_a_text_that_fits(pattern):
    automaton = compile_pattern(pattern, SYMBOLS)
    ends = {i for i, accepts in enumerate(automaton.accepting) if accepts}
    for _ in automaton.following:
        ends |= {i for i, after in enumerate(automaton.following) if ends & {*after.values()}}
    assert ends == set(range(len(automaton.following)))


@pytest.mark.parametrize(
    ("pattern", "fitting", "other"),
    [
        (r"[A-Z]{2}\d{4}", "AB0123", "AB012"),
        (r"\p{Lu}\p{Ll}+", "Ada", "ada"),
        (r"^(?:\+?\d|x)$", "+3", "3+"),
        (r"[]a-]+", "]-a", "b"),
        (r"[^\d\s]\.", "x.", "1."),
        ("a||b", "", "ab"),
    ],
)
def test_what_a_pattern_may_hold(pattern, fitting, other):
    printable = [chr(i) for i in range(32, 127)]
    automaton = compile_pattern(pattern, printable)
    for text, right in ((fitting, True), (other, False)):
        state = automaton.walk([printable.index(c) + 1 for c in text])
        assert (state >= 0 and automaton.accepting[state]) == right


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("(a", "not closed"), ("a)", "closes nothing"), ("*a", "nothing in front"),
        ("[a", "the ] of a class"), ("[b-a]", "runs backwards"), ("a**", "behind a repetition"),
        (r"(a)\1", "means nothing"), (r"\bword", "means nothing"), ("(?=a)", "not regular"),
        ("a{2", "begins a count"), ("a{3,2}", "no more than"), ("a{501}", "at most"),
        ("a$b", "can never hold"), ("\\", "should follow"), (r"\p{", "category"),
        ("(" * 41 + ")" * 41, "nested"), ("a" * 2001, "2000 are the most"),
        (None, "must be a text"), ("\u20ac", "no text that this model can write"),
        ("a{500}a{500}a", "stands for more than"), ("(((a{9}){9}){9}){9}", "stands for more than"),
        ("(a|b)*a(a|b){12}", "simpler"),
    ],
)  # fmt: skip
def test_what_is_no_pattern_is_told(pattern, why):
    with pytest.raises(ModelError, match=re.escape(why)):
        compile_pattern(pattern, SYMBOLS)


def test_what_is_hard_to_follow_for_others_is_not_here():
    automaton = compile_pattern("(a*)*(a|aa)+b", SYMBOLS)
    assert len(automaton.following) < 10
    assert automaton.walk([2] * 10_000) >= 0  # exponential where one goes back


@pytest.mark.parametrize(
    ("characters", "held"),
    [("0-9+", {"0", "1"}), ("-a", {"-", "a"}), ("a-", {"-", "a"}), (".-", {".", "-"})],
)
def test_a_set_of_characters(characters, held):
    assert parse_class(characters, SYMBOLS) == held


@pytest.mark.parametrize("characters", ["", "9-0", "\u20ac", "a" * 2001, 5])
def test_what_is_no_set_of_characters_is_told(characters):
    with pytest.raises(ModelError, match="characters"):
        parse_class(characters, SYMBOLS)
