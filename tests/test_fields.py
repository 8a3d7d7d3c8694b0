"""What a field holds is expected, and what it does not hold is still read."""

from __future__ import annotations

import json

import numpy as np
import pytest
import tiny
from hypothesis import given
from hypothesis import strategies as st
from writing import TEA, recognizer, tea, write

import inkrec
from inkrec import Field, ModelError, cli
from inkrec.decoding.beam import advance
from inkrec.decoding.field_scorer import FieldScorer
from inkrec.decoding.lm_scorer import final_search
from inkrec.decoding.prefix import BeamSettings, initial_beam
from inkrec.language.alphabet import Alphabet
from inkrec.language.fields import FIELDS
from inkrec.session.snapshot import loads
from inkrec.session.streaming_decoder import MISFIT_CONFIDENCE

PRINTABLE = Alphabet(chr(i) for i in range(32, 127))
FITTING = {
    "word": ["the", "don't", "Well,", "co-op"],
    "name": ["Ada Lovelace", "O'Neil, J.", "Dr. van Dyke", "de la Cruz"],
    "number": ["7", "-3.5", "1,000", "3 kg", "1/2", "1 2 3", "12:30"],
    "date": ["3/2/1940", "19. 5. 54", "2024-02-29", "Oct 12, 2023", "1st of May", "Mon 3 Jun"],
    "time": ["9:05", "12:51 a.m.", "23:06 - 1:06", "7 pm"],
    "money": ["$4", "$ 13.01", "1,250.00 EUR", "-$3", "\u20ac5"],
    "phone": ["+1 212 555 0100", "(212) 555-0100", "555-0100 x12"],
    "email": ["q.clock@clean.info", "a+b@c-d.co.uk"],
    "url": ["https://null.eu/~emma?q=1#top", "www.inkrec.org", "localhost:8000/a"],
    "code": ["CEJ734", "#495276", "BK 053", "aB3-x9"],
    "capitals": ["A B C", "ATTENTION", "R2-D2"],
    "character": ["a", "@", "7"],
}
OTHER = {
    "word": "two words", "name": "7 x 9", "number": "seven", "date": "99/99", "time": "29:80",
    "money": "cheap", "phone": "call me", "email": "not.io", "url": "a b", "code": "a-",
    "capitals": "abc", "character": "ab",
}  # fmt: skip


def test_every_kind_has_an_example():
    assert set(FITTING) == set(OTHER) == {*FIELDS} - {"prose"}


@pytest.mark.parametrize("kind", sorted(FITTING))
def test_kinds_hold_what_people_write(kind):
    alphabet = Alphabet([*PRINTABLE.symbols, "\u20ac"])
    scorer = FieldScorer(Field(kind), alphabet)
    for text in FITTING[kind]:
        assert scorer.fits(text), text
        for end in range(len(text)):
            assert scorer.fits(text[:end], whole=False)
    assert not scorer.fits(OTHER[kind])


@pytest.mark.parametrize(
    "field", [Field("number"), Field(characters="0-9+"), Field(pattern=r"[A-Z]{2}\d+")]
)
@given(text=st.text(PRINTABLE.symbols, max_size=8))
def test_probabilities_of_what_may_follow_are_at_most_one(field, text):
    scorer = FieldScorer(field, PRINTABLE)
    state = scorer.start()
    for symbol in PRINTABLE.encode(text):
        state, log_p = scorer.step(state, symbol)
        assert log_p < 0
    following = [scorer.step(state, symbol)[1] for symbol in range(1, PRINTABLE.classes)]
    assert 0 < np.exp(following).sum() <= 1 + 1e-9


def frames(*likely):
    """Log-probabilities: for each frame its symbols' probabilities, the rest spread thin."""
    rows = np.full((2 * len(likely), PRINTABLE.classes), 1e-7)
    rows[1::2, 0] = 1.0
    for row, symbols in zip(rows[::2], likely, strict=True):
        for symbol, p in symbols.items():
            row[PRINTABLE.encode(symbol)] = p
    return np.log(rows / rows.sum(axis=1, keepdims=True)).astype(np.float32)


def read(log_probs, field):
    scorer = FieldScorer(field, PRINTABLE)
    settings = scorer.search(BeamSettings())
    beam = final_search(settings, initial_beam(scorer), log_probs, scorer)
    return PRINTABLE.decode(beam.prefixes[0].symbols())


UNSURE = frames({"l": 0.9, "1": 0.09}, {"O": 0.8, "o": 0.15, "0": 0.05}, {"S": 0.9, "5": 0.1})


@pytest.mark.parametrize(
    ("field", "text"),
    [
        (Field("number"), "105"), (Field(characters="0-9+"), "105"), (Field("capitals"), "1OS"),
        (Field(pattern="[a-z]+[A-Z]"), "loS"), (Field(pattern=r"1\w\d"), "1O5"),
    ],
)  # fmt: skip
def test_what_the_ink_leaves_open_the_field_says(field, text):
    assert read(UNSURE, field) == text


@pytest.mark.parametrize("field", [Field("number"), Field(characters="0-9"), Field(pattern="7+")])
def test_clear_ink_that_does_not_fit_is_read(field):
    assert read(frames(*({c: 0.999} for c in "Hello")), field) == "Hello"


def test_a_pattern_that_is_not_complete_loses():
    either = frames({"a": 0.7, "b": 0.3})
    assert read(either, Field(pattern="ax|b")) == "b"
    assert read(either, Field(pattern="a|bx")) == "a"


@given(cut=st.integers(0, 6))
def test_the_state_is_a_value_that_streams(cut):
    scorer = FieldScorer(Field("number"), PRINTABLE)
    settings = scorer.search(BeamSettings())
    whole = advance(settings, initial_beam(scorer), UNSURE, scorer)
    part = advance(settings, initial_beam(scorer), UNSURE[:cut], scorer)
    for _ in range(2):  # and again from the same value
        again = advance(settings, part, UNSURE[cut:], scorer)
        assert [p.symbols() for p in again.prefixes] == [p.symbols() for p in whole.prefixes]


def test_words_that_do_not_fit_are_doubted():
    reader = recognizer("plain")
    strokes = tea(6)
    alike = write(reader.session(commit=None, field=Field(characters="a-h")), strokes).finish()
    other = write(reader.session(commit=None, field=Field(pattern="[a-h]{40}")), strokes).finish()
    assert len(alike.text) > 1
    assert 0 < len(other.text) < 40
    assert all(w.confidence <= MISFIT_CONFIDENCE for w in other.words)
    assert any(w.confidence > MISFIT_CONFIDENCE for w in alike.words)


def test_a_saved_session_knows_its_field():
    reader = recognizer("plain")
    for field in (Field("code"), Field(characters="a-d"), Field(pattern="[a-h ]+")):
        session = write(reader.session(field=field), tea(3))
        saved = session.save()
        assert loads(saved, reader._line_decoder(None, None, True)).options["field"] == field
        moved = reader.restore(saved)
        assert write(moved, tea(6)[3:]).finish() == write(session, tea(6)[3:]).finish()


def test_prose_is_no_hint():
    assert Field.of("prose") is Field.of(None) is None
    assert Field.of("date") == Field("date")


@pytest.mark.parametrize(
    ("field", "why"),
    [
        ("digits", "'digits' is no kind of field; there are prose, word"),
        (7, "must be an inkrec.Field or one of"),
    ],
)
def test_what_is_no_field_is_told(field, why):
    with pytest.raises(ModelError, match=why):
        recognizer().session(field=field)


@pytest.mark.parametrize("given", [{}, {"kind": "date", "pattern": "a"}])
def test_a_field_is_one_thing(given):
    with pytest.raises(ModelError, match="give one"):
        Field(**given)


def test_a_pattern_that_the_model_cannot_write_is_told_at_once():
    with pytest.raises(ModelError, match="this model can write"):
        recognizer().session(field=Field(pattern="xyz"))
    assert tiny.SYMBOLS == " abcdefgh"


def test_the_command_line_takes_a_field(tmp_path, capsys):
    file = tmp_path / "tea.jsonl"
    inkrec.write(file, inkrec.read(TEA))
    told = []
    for hint in ([], ["--characters", "0-9"], ["--pattern", r"\d+"], ["--field", "word"]):
        assert cli.main(["read", "--json", *hint, str(file)]) == 0
        told.append(json.loads(capsys.readouterr().out)["words"][0]["confidence"])
    plain, *doubted, word = told
    assert min(plain, word) > max(doubted)  # a word was begun, and no number
    assert cli.main(["read", "--pattern", "(", str(file)]) == 1
    assert "not closed" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        cli.main(["read", "--field", "digits", str(file)])
