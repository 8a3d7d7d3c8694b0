"""A commitment is a pruning: of the beam at the cut, and of those behind it."""

from __future__ import annotations

import numpy as np

from inkrec.decoding.prefix import BeamState, Prefix
from inkrec.decoding.word_spans import BeamWords
from inkrec.language.alphabet import Alphabet
from inkrec.session.commit import _prune_checkpoints
from inkrec.session.state import Checkpoint

ALPHABET = Alphabet(" abc")
NONE = np.empty(0, np.float32)


def prefix(text: str) -> Prefix:
    node = Prefix(None, 0, -1, 1, None)
    for i, symbol in enumerate(ALPHABET.encode(text)):
        node = Prefix(node, symbol, i, hash((node.key, symbol)), None)
    return node


def place(*texts: str) -> Checkpoint:
    n = len(texts)
    return Checkpoint(
        BeamState(tuple(map(prefix, texts)), (0.5,) * n, (0.0,) * n, 0.0, 9), NONE, NONE
    )


def words(since: int) -> BeamWords:
    return BeamWords(place("").beam, ALPHABET, since)


def texts(place: Checkpoint) -> list[str]:
    return [ALPHABET.decode(p.symbols()) for p in place.beam.prefixes]


def test_what_disagrees_with_a_committed_word_goes_from_the_trail():
    trail = _prune_checkpoints(
        [place("ab", "ab ", "ac"), place("ac c", "ab c", "ab a")], ["ab"], words(0)
    )
    assert [texts(p) for p in trail.last(2)] == [["ab", "ab "], ["ab c", "ab a"]]


def test_a_trail_ends_where_nothing_agrees():
    trail = _prune_checkpoints([place("ab"), place("ac"), place("ab")], ["ab"], words(0))
    assert trail.length == 1


def test_words_committed_before_are_not_looked_at():
    trail = _prune_checkpoints([place("c ab ", "c ac ")], ["ab"], words(1))
    assert [texts(p) for p in trail.last(1)] == [["c ab "]]


def test_what_makes_a_longer_word_of_a_committed_one_is_pruned():
    beam = place("ab ac", "abc", "ab", "ab c").beam
    assert texts(Checkpoint(BeamWords(beam, ALPHABET, 2).beam, NONE, NONE)) == [
        "ab ac",
        "ab",
        "ab c",
    ]
    # the committed part may end with the space
    spaced = place("ab c", "ab a").beam
    assert BeamWords(spaced, ALPHABET, 3).beam is spaced


def test_where_nothing_else_is_left_it_stays():
    beam = place("abc", "abb").beam
    assert BeamWords(beam, ALPHABET, 2).beam is beam
