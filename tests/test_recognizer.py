"""Loading, and what a recogniser says of a line beside its text."""

from __future__ import annotations

import json
import runpy
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny

import inkrec
from inkrec import Ink, InkError, ModelError, Recognizer, SessionError, Stroke
from inkrec.decoding.settings import DecodingSettings
from inkrec.evaluate.passes import decode_passes
from inkrec.language.lexicon import Lexicon
from inkrec.language.word_bigram import WordBigram
from inkrec.model import read_archive, save_model

SAMPLE = Path(__file__).parent.parent / "demos" / "ink" / "tea.jsonl"


@pytest.mark.parametrize(("name", "terms"), [("en", "Non-commercial"), ("en-open", "CC BY 4.0")])
def test_the_bundled_models_come_with_their_terms(name, terms):
    card = inkrec.load(name).card
    assert card["name"] == name
    assert terms in card["licence"]
    assert card["corpora"]
    assert all("licence" in corpus for corpus in card["corpora"])
    assert card["figures"]["testset_t"]["lines"] == 1518
    assert "inkrec train" in json.dumps(card["commands"])


def test_the_open_model_learnt_from_nothing_that_binds_its_users():
    card = inkrec.load("en-open").card
    assert {corpus["corpus"] for corpus in card["corpora"]} == {"unipen"}
    assert "Brown" not in json.dumps(card)


def test_the_open_model_reads_the_sample():
    text = inkrec.load("en-open").recognize(inkrec.read(SAMPLE)).text
    assert text == "Tea is ready, come and sit down."


def test_passes_are_told_apart():
    recognizer = inkrec.load()
    passes = decode_passes(recognizer, inkrec.read(SAMPLE))
    assert set(passes) == {"streaming", "refined", "final_greedy", "final"}
    assert passes["final"] == recognizer.recognize(inkrec.read(SAMPLE)).text
    assert set(decode_passes(recognizer, Ink()).values()) == {""}


def test_a_model_without_a_language_model_reads_too(tmp_path):
    card, arrays, _ = read_archive("en")
    save_model(tmp_path / "plain.inkrec", card, arrays)
    plain = inkrec.load(tmp_path / "plain.inkrec")
    assert plain.language is None
    passes = decode_passes(plain, inkrec.read(SAMPLE))
    assert set(passes) == {"streaming", "refined", "final_greedy"}
    assert (
        passes["final_greedy"] == decode_passes(inkrec.load(), inkrec.read(SAMPLE))["final_greedy"]
    )


def test_text_in_front_is_context_and_not_text():
    recognizer = inkrec.load()
    plain = recognizer.recognize(inkrec.read(SAMPLE))
    behind = recognizer.recognize(inkrec.read(SAMPLE), pre_context="Good morning. ")
    assert behind.text == plain.text
    assert behind.alternatives != plain.alternatives


def test_a_users_words_are_read_where_they_are_written():
    """A name no dictionary has: written by the sample's hand, read only when it is expected."""
    make = runpy.run_path(str(SAMPLE.parent.parent / "make_ink.py"))
    plain = inkrec.load()
    told = plain.with_words(["Mouthwen"]).with_words(["Reandos"])
    names, gained = ["Mouthwen", "Reandos"], 0
    for name in names:
        for seed in range(3):
            ink = make["write"](f"we met {name} at ten", seed)
            right = name in told.recognize(ink).text
            gained += right - (name in plain.recognize(ink).text)
    assert gained >= 0
    state, better = told.language.start(), 0.0
    for symbol in told.model.alphabet.encode("Mouthwen "):
        state, p = told.language.step(state, symbol)
        better += p
    assert better > plain.language.model.score("Mouthwen ") + 5
    sample = inkrec.read(SAMPLE)
    assert told.recognize(sample).text == plain.recognize(sample).text


def test_words_are_taken_as_people_type_them_and_as_a_list():
    plain = inkrec.load()
    told = plain.with_words(["O\u2019Brien"]).with_words(["O'Brien", "Ada"])
    assert told.language.model.words == ("Ada", "O'Brien")
    for recognizer in (plain, told):
        with pytest.raises(ModelError, match="words is the text 'Bob'; give a list of words"):
            recognizer.with_words("Bob")


def test_a_recognizer_equals_itself_alone_and_says_what_it_is_in_a_line():
    one, other = Recognizer(tiny.model()), Recognizer(tiny.model())
    assert {one: 1, other: 2}[one] == 1
    assert one != other
    assert repr(one) == "<Recognizer tiny>"
    told = inkrec.load()
    assert repr(told) == "<Recognizer en: language model>"
    assert repr(told.with_words(["Ada", "Bob"])) == "<Recognizer en: language model, 2 user words>"


def test_a_line_height_that_cannot_be_is_refused():
    for height in (0, -1.0, float("nan"), float("inf"), 10**400):
        with pytest.raises(InkError, match="line_height is"):
            Recognizer(tiny.model()).session(line_height=height)


def test_what_a_session_is_opened_with_is_looked_at_before_any_ink_comes():
    with pytest.raises(SessionError, match=r"commit is 'x'; it must be an inkrec.CommitPolicy"):
        Recognizer(tiny.model()).session(commit="x")
    with pytest.raises(InkError, match="pre_context is None; it must be the text before"):
        Recognizer(tiny.model()).session(pre_context=None)


def test_a_card_is_handed_out_as_a_copy():
    recognizer = Recognizer(tiny.model())
    mark = recognizer.model.fingerprint
    recognizer.card["temperature"] = 0
    recognizer.card["features"]["spacing"] = -1
    assert "temperature" not in recognizer.card
    recognizer.session()
    assert recognizer.model.fingerprint == mark


def test_words_that_look_like_no_others_are_read_when_they_are_told():
    """A word that only the user's list expects becomes certain; that used to fail."""
    told = inkrec.load().with_words(["Schwarzenegger", "PostgreSQL"])
    write = runpy.run_path(str(SAMPLE.parents[1] / "make_ink.py"))["write"]
    ink = write("I met PostgreSQL today", seed=0)
    session = told.session()
    for sample in ink.samples():
        session.feed(sample)
    assert "PostgreSQL" in session.hypothesis.text
    assert session.finish().text == told.recognize(ink).text == "I met PostgreSQL today"


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.int16, int])
def test_a_line_height_is_a_number_of_any_type(kind):
    session = Recognizer(tiny.model()).session(line_height=kind(30))
    assert session._decoder.line_height == 30.0
    assert type(session._decoder.line_height) is float


def test_words_need_a_language_model_and_letters(tmp_path):
    plain = inkrec.load()
    with pytest.warns(inkrec.InkWarning, match="words are left out: '日本', as it holds '日本'"):
        assert plain.with_words(["日本"]) is plain
    with pytest.warns(inkrec.InkWarning, match="'-a', as it does not begin with a letter"):
        told = plain.with_words(["-a", "Ada", "  "])
    assert told.language.model.words == ("Ada",)
    card, arrays, _ = read_archive("en")
    save_model(tmp_path / "plain.inkrec", card, arrays)
    with pytest.raises(ModelError, match="no language model"):
        inkrec.load(tmp_path / "plain.inkrec").with_words(["tea"])


def test_a_card_with_a_strange_beam_is_refused(tmp_path):
    card, arrays, extra = read_archive("en")
    save_model(tmp_path / "odd.inkrec", {**card, "beam": {"length": 3}}, arrays, extra)
    with pytest.raises(ModelError, match="beam is not as it should be"):
        inkrec.load(tmp_path / "odd.inkrec")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"temperature": 0}, r"temperature is 0\.0; it must be a positive number"),
        ({"temperature": -1.5}, r"temperature is -1\.5"),
        ({"temperature": float("nan")}, "temperature is nan"),
        ({"temperature": float("inf")}, "temperature is inf"),
        ({"temperature": "hot"}, "'hot'"),
        ({"temperature": [1]}, "card is not as it should be"),
        ({"temperature": 10**400}, "card is not as it should be"),
        ({"rescorer_weight": 1.5}, r"rescorer_weight is 1\.5; it must lie in 0 to 1"),
        ({"rescorer_weight": None}, "card is not as it should be"),
        ({"beam": {"lm_weight": float("nan")}}, "beam is not as it should be: lm_weight is nan"),
        ({"beam": {"beam_width": "wide"}}, "beam is not as it should be"),
        (
            {"word_lm": {"interpolation": 1.0}},
            r"word_lm is not as it should be: interpolation is 1\.0",
        ),
    ],
)
def test_numbers_of_a_card_that_cannot_be_are_refused(tmp_path, changes, message):
    card, arrays, extra = read_archive("en")
    path = tmp_path / "odd.inkrec"
    save_model(path, {**card, **changes}, arrays, extra)
    with pytest.raises(ModelError, match=message) as caught:
        inkrec.load(path)
    assert "odd.inkrec" in str(caught.value)


ONE = np.zeros(1, np.uint8)


@pytest.mark.parametrize(
    ("array", "value"),
    [
        ("card", np.frombuffer(b"{", np.uint8)),
        ("card", np.frombuffer(b"[1]", np.uint8)),
        ("card", np.frombuffer(b"[" * 100_000, np.uint8)),
        ("card", np.frombuffer(b"\xff\xfe", np.uint8)),
        ("card", ("steps", [])),
        ("card", ("steps", None)),
        ("card", ("steps", ["a", "b"])),
        ("card", ("steps", [float("nan"), 1.0])),
        ("card", ("symbols", 5)),
        ("card", ("about", 5)),
        ("levels", np.zeros(0, np.int32)),
        ("levels", np.zeros((2, 2))),
        ("levels", np.array("five")),
        ("unigram", np.array(["a"])),
        ("labels", ONE),
        ("labels", 255),
        ("probs", np.array(5)),
        ("children", np.array(["a"])),
        ("rests", np.array([1j])),
        ("words", np.array(5)),
        ("word_codes", np.array(5)),
        ("pairs", np.array(["a"])),
        ("pair_seconds", ONE),
    ],
)
@pytest.mark.filterwarnings("ignore::numpy.exceptions.ComplexWarning")
def test_a_damaged_language_model_is_one_error(tmp_path, array, value):
    card, arrays, extra = read_archive("en")
    if isinstance(value, tuple):
        told = json.loads(extra["language/card"].tobytes()) | dict([value])
        value = np.frombuffer(json.dumps(told).encode(), np.uint8)
    elif isinstance(value, int):
        value = np.full_like(extra[f"language/{array}"], value)
    path = tmp_path / "odd.inkrec"
    save_model(path, card, arrays, {**extra, f"language/{array}": value})
    with pytest.raises(ModelError, match=r"odd\.inkrec: ") as caught:
        inkrec.load(path)
    assert "\n" not in str(caught.value)


def test_a_models_words_weigh_finished_lines_as_its_card_says(tmp_path):
    card, arrays, extra = read_archive("en")
    # one word in its list, and all others cost more than any ink can make up for
    words = WordBigram(Lexicon({"zebra": 1.0}), np.zeros(8), [], [], np.zeros(8)).to_arrays()
    extra = {**extra, **{f"language/{key}": array for key, array in words.items()}}
    for name, unknown in (("mild", 0.0), ("strict", 1000.0)):
        entry = {"weight": 1.0, "oov_penalty": unknown, "nbest": 32}
        save_model(tmp_path / f"{name}.inkrec", {**card, "word_lm": entry}, arrays, extra)
    ink = inkrec.read(SAMPLE)
    mild, strict = (inkrec.load(tmp_path / f"{name}.inkrec") for name in ("mild", "strict"))
    text = mild.recognize(ink).text
    assert text == inkrec.load().recognize(ink).text
    assert strict.recognize(ink).text != text
    mine = [word.strip(".,") for word in text.split()]  # a word before a hyphen is free anyway
    assert strict.with_words(mine).recognize(ink).text == text
    assert decode_passes(strict, ink)["final"] == strict.recognize(ink).text
    save_model(tmp_path / "odd.inkrec", {**card, "word_lm": {"length": 3}}, arrays, extra)
    with pytest.raises(ModelError, match="word_lm is not as it should be"):
        inkrec.load(tmp_path / "odd.inkrec")


def test_a_rescorer_has_its_part_in_finished_lines():
    ink = inkrec.read(SAMPLE)
    model, plain = tiny.model(rescorer=True), Recognizer(tiny.model())
    alone = Recognizer(replace(model, decoding=DecodingSettings(rescorer_weight=0)))
    half = Recognizer(model)
    sole = Recognizer(replace(model, decoding=DecodingSettings(rescorer_weight=1)))
    texts = [r.recognize(ink).alternatives for r in (plain, alone, half, sole)]
    assert texts[0] == texts[1]
    assert len({t[0].text for t in texts[1:]}) > 1, "networks of chance agree on nothing"
    assert texts[2] != texts[1]
    session = half.session()
    for sample in ink.samples():
        shown = session.feed(sample)
    same = plain.session()
    for sample in ink.samples():
        before = same.feed(sample)
    assert shown == before, "nobody asks it while the pen writes"
    session = half.session(commit=None)
    session.extend(ink.samples())
    assert session.finish().text == half.recognize(ink).text


def test_each_pass_is_told_and_the_last_is_what_recognize_gives():
    ink = inkrec.read(SAMPLE)
    recognizer = inkrec.load()
    passes = decode_passes(recognizer, ink)
    assert passes["final"] == recognizer.recognize(ink).text


def test_a_bundled_model_is_one_small_file():
    files = sorted(Path(inkrec.__file__).parent.glob("models/*.inkrec"))
    assert files
    for file in files:
        assert file.stat().st_size <= 16 << 20
        with zipfile.ZipFile(file) as archive:
            network = [i for i in archive.infolist() if i.filename.startswith("network/")]
        assert sum(i.compress_size for i in network) <= 8 << 20


@pytest.mark.parametrize("rate_hz", [50.0, 100.0, 500.0])
@pytest.mark.parametrize("size", [1 / 200, 1.0, 1000.0], ids=["0 to 1", "mm", "thousands"])
@pytest.mark.parametrize("timed", [True, False], ids=["time", "no time"])
def test_scale_rate_and_time_are_nothing(rate_hz, size, timed):
    make = runpy.run_path(str(SAMPLE.parent.parent / "make_ink.py"))
    ink = make["write"]("the river runs", 3, None, rate_hz)
    other = Ink([Stroke(s.x * size, s.y * size, s.t if timed else None) for s in ink])
    if size < 1:
        assert max(other.bounds) < 1
    assert inkrec.load().recognize(other).text == "the river runs"


def test_a_page_is_read_line_by_line_with_what_stands_above(monkeypatch):
    ink = [inkrec.read(SAMPLE.with_name(name)) for name in ("tea.jsonl", "bridge.inkml")]
    left, top, right, bottom = ink[0].bounds
    a, b, c, _ = ink[1].bounds
    size, down = (right - left) / (c - a), bottom + 1.5 * (bottom - top)
    below = [
        Stroke(
            left + size * (s.x - a),
            down + size * (s.y - b),
            s.t - ink[1][0].t[0] + ink[0][-1].t[-1] + 1,
        )
        for s in ink[1]
    ]
    page = Ink([*ink[0], *below])
    recognizer = inkrec.load()
    said = recognizer.recognize_page(page)
    assert [line.text for line in said] == [recognizer.recognize(i).text for i in ink]
    places = [i for line in said for word in line.words for i in word.strokes]
    assert sorted(places) == list(range(len(page)))
    assert min(said[1].words[0].strokes) == len(ink[0])
    told = []
    plain = inkrec.Recognizer._read_line
    monkeypatch.setattr(
        inkrec.Recognizer,
        "_read_line",
        lambda self, ink, before, **how: told.append(before) or plain(self, ink, before, **how),
    )
    recognizer.recognize_page(page, pre_context="Dear Ada, ")
    assert told == ["Dear Ada, ", f"Dear Ada, {said[0].text} "]


def test_a_page_without_ink_says_nothing():
    assert list(inkrec.load().recognize_page(Ink())) == []
