"""Lines spelled with single letters: on the line, in order, in words of the run."""

from __future__ import annotations

import string
from dataclasses import replace

import numpy as np
import pytest

from inkrec import Ink, ModelError, Stroke
from inkrec.corpus import Sample
from inkrec.ink.scale import ScaleEstimate, update_scale
from inkrec.training.line import TrainingLine
from inkrec.training.synthesis import (
    WriterGlyphs,
    borrow_glyphs,
    collect_glyphs,
    glyph_lenders,
    synthesize,
)

HEIGHTS = dict.fromkeys("bdfhklt" + string.ascii_uppercase, 1.9) | dict.fromkeys("gpqyj", 1.8)


def letter(
    text: str, seed: int = 0, unit: float = 1.0, *, timed: bool = True, force: bool = False
) -> Ink:
    """Two strokes of a letter's height, somewhere on a sheet."""
    random = np.random.default_rng((seed, ord(text)))
    high = unit * HEIGHTS.get(text, 0.2 if text in "-'.," else 1.0)
    left, top = unit * random.uniform(-50, 50, 2)
    y = np.linspace(top, top + high, 9)
    x = left + unit * 0.3 * np.abs(np.linspace(-1, 1, 9))
    t = 5.0 + 0.01 * np.arange(9)
    pressure = np.full(9, 0.4) if force else None
    return Ink(
        [
            Stroke(x, y, t if timed else None, pressure),
            Stroke(x + 0.4 * unit, y, t + 1 if timed else None, pressure),
        ]
    )


def written(letters: str, writer: str = "w", unit: float = 1.0) -> list[tuple[TrainingLine, str]]:
    return [
        (TrainingLine.from_ink(letter(c, i, unit), c, 1.0), writer)
        for c in letters
        for i in range(2)
    ]


def line(hand: WriterGlyphs, text: str, seed: int = 0) -> TrainingLine:
    random = np.random.default_rng(seed)
    words = [hand.split_word(word, random) for word in text.split()]
    assert None not in words
    return synthesize(hand, words, random)


def extent(page: TrainingLine) -> tuple[float, float]:
    return float(page.y.min()), float(page.y.max())


ALL = string.ascii_lowercase + string.ascii_uppercase + "-',."


@pytest.fixture(scope="module")
def hand() -> WriterGlyphs:
    (made,) = collect_glyphs(written(ALL))
    return made


# ---- where letters stand


@pytest.mark.parametrize("unit", [0.01, 1.0, 300.0])
@pytest.mark.parametrize(
    ("text", "top", "bottom"),
    [
        ("a", -1.0, 0.0),
        ("d", -1.9, 0.0),
        ("T", -1.9, 0.0),
        ("g", -1.0, 0.8),
        ("j", -1.1, 0.7),
        ("-", -0.6, -0.4),
        ("'", -1.8, -1.6),
        (",", 0.15, 0.35),
        (".", -0.2, 0.0),
    ],
)
def test_a_letter_stands_where_its_kind_does_in_x_heights_of_its_writer(text, top, bottom, unit):
    (made,) = collect_glyphs(written(ALL, unit=unit))
    for page in made.pieces[text]:
        assert extent(page) == pytest.approx((top, bottom), abs=1e-9)
        assert page.x.min() == 0.0
        assert page.t[0] == 0.0


def test_each_writer_has_a_size_of_their_own():
    small, large = collect_glyphs(written(ALL, "small", 1.0) + written(ALL, "large", 40.0))
    assert extent(small.pieces["d"][0]) == pytest.approx(extent(large.pieces["d"][0]))


def test_writers_with_few_letters_or_none_of_x_height_are_left_out():
    assert collect_glyphs(written(string.ascii_lowercase[:14] + string.ascii_uppercase)) == []
    assert len(collect_glyphs(written(string.ascii_lowercase[:15]))) == 1
    assert collect_glyphs(written("bdfghijklpqty" + "ßþđł")) == []


def test_what_is_too_tall_for_a_letter_is_left_out():
    tall = Ink([Stroke([0, 1, 2], [0, 9, 3])])
    (made,) = collect_glyphs(
        [*written(string.ascii_lowercase), (TrainingLine.from_ink(tall, "k", 1.0), "w")]
    )
    assert len(made.pieces["k"]) == 2
    (made,) = collect_glyphs(
        [*written(string.ascii_lowercase), (TrainingLine.from_ink(tall, "K", 1.0), "w")]
    )
    assert "K" not in made.pieces


def test_letters_like_their_capitals_come_in_sizes_that_tell_them_apart():
    boxed = [
        (TrainingLine.from_ink(scaled(letter(c, 7), 2.0 if c.islower() else 0.5), c, 1.0), "w")
        for c in "cosuvwxzCOSUVWXZKP"
    ]
    plain = [(page, w) for page, w in written(ALL) if page.text not in "cosuvwxzCOSUVWXZKP"]
    (made,) = collect_glyphs(plain + boxed)
    for c in "cosuvwxz":
        assert np.ptp(made.pieces[c][0].y) == pytest.approx(1.0)
    for c in "COSUVWXZKP":
        assert np.ptp(made.pieces[c][0].y) == pytest.approx(1.9)
        assert extent(made.pieces[c][0])[1] == pytest.approx(0.0)
    assert np.ptp(made.pieces["g"][0].y) == pytest.approx(1.8)


def scaled(ink: Ink, factor: float) -> Ink:
    return Ink([Stroke(s.x * factor, s.y * factor, s.t) for s in ink])


def test_a_hand_borrows_the_signs_it_never_wrote_and_no_letters():
    plain, able = collect_glyphs(written(string.ascii_lowercase, "a") + written(ALL + "@#7", "b"))
    lenders = glyph_lenders([plain, able])
    assert set(lenders) == set("-',.@#7")
    random = np.random.default_rng(0)
    lent = borrow_glyphs(plain, "a@b.7", lenders, random)
    assert lent.letters == plain.letters | set("@.7")
    assert line(lent, "a@b.7").text == "a@b.7"
    assert "@" not in plain.letters
    assert borrow_glyphs(plain, "abc", lenders, random) is plain
    assert borrow_glyphs(plain, "aBc", lenders, random) is plain  # a capital is the hand's own
    assert borrow_glyphs(plain, "a%", lenders, random) is plain
    (cut,) = collect_glyphs(drawn_line("abcdefghijklmno", 0.0, 0))
    assert borrow_glyphs(cut, "a@", lenders, random) is cut  # lies on another line
    assert glyph_lenders([cut]) == {}


# ---- lines


def test_a_line_holds_each_letter_in_order_from_left_to_right(hand):
    text = "the quick Fox-trot, ok."
    page = line(hand, text)
    count = len(text.replace(" ", ""))
    assert page.text == text
    assert len(page.stroke_ends) == 2 * count  # two strokes a letter
    assert page.stroke_ends[-1] == len(page.x) - 1
    assert (np.diff(page.t) >= 0).all()
    middles = page.x.reshape(count, 18).mean(1)
    assert (np.diff(middles) > 0).all()


def test_gaps_between_words_are_wider_than_those_within(hand):
    for seed in range(20):
        page = line(hand, "no so on an", seed)
        x = page.x.reshape(8, 18)
        gaps = x.min(1)[1:] - x.max(1)[:-1]
        assert gaps[1::2].min() > gaps[0::2].max() > 0


def test_a_line_is_in_units_of_its_own_scale(hand):
    page = line(hand, "pages of ink")
    strokes = np.split(np.stack([page.x, page.y]), page.stroke_ends[:-1] + 1, axis=1)
    ink = Ink([Stroke(x, y) for x, y in strokes])
    assert update_scale(ScaleEstimate(), ink.samples()).scale == pytest.approx(1.0)


def test_the_same_generator_spells_the_same_line_and_another_another(hand):
    one, same, other = (line(hand, "same", s) for s in (3, 3, 4))
    np.testing.assert_array_equal(one.x, same.x)
    np.testing.assert_array_equal(one.y, same.y)
    assert not np.array_equal(one.y, other.y)


def test_time_and_pressure_are_known_only_if_all_letters_know_them():
    def made(**options: bool) -> TrainingLine:
        letters = [
            (TrainingLine.from_ink(letter(c), c, 1.0), "w") for c in string.ascii_lowercase[:-1]
        ]
        letters.append((TrainingLine.from_ink(letter("z", **options), "z", 1.0), "w"))
        return line(collect_glyphs(letters)[0], "az")

    assert made().has_time
    assert not made(timed=False).has_time
    assert made(force=True).pressure is None
    pressed = [
        (TrainingLine.from_ink(letter(c, force=True), c, 1.0), "w") for c in string.ascii_lowercase
    ]
    page = line(collect_glyphs(pressed)[0], "az")
    np.testing.assert_array_equal(page.pressure, np.full(36, 0.4))


# ---- pieces of lines


def drawn_line(text: str, middle: float, seed: int) -> list[tuple[TrainingLine, str]]:
    """The letters of a line that lies about some middle, a tenth apart."""
    made = []
    for i, c in enumerate(text):
        page = TrainingLine.from_ink(letter(c, seed + i), c, 1.0)
        made.append((replace(page, y=page.y - page.y.min() + middle - 0.5, baseline=middle,
                             gap_before=0.1 if i else None), "w"))  # fmt: skip
    return made


def test_pieces_of_lines_come_to_lie_on_one_line_as_far_apart_as_they_were():
    pieces = drawn_line("abcdefghijklmno", -7.0, 0) + drawn_line("abcdefghijklmno", 30.0, 50)
    (hand,) = collect_glyphs(pieces)
    for many in hand.pieces.values():
        assert len(many) == 2
        for page in many:
            assert page.y.min() == pytest.approx(-0.5)
    page = line(hand, "abcabc")
    y = page.y.reshape(6, 18)
    assert np.ptp(y.min(1)) < 0.3 * np.ptp(page.y)  # they had 37 heights between them
    x = page.x.reshape(6, 18)
    gaps = (x.min(1)[1:] - x.max(1)[:-1]) / np.ptp(x, axis=1).mean()
    assert 0.05 < np.median(gaps) < 0.25  # of a letter 0.7 wide


def test_words_are_spelled_with_any_pieces_that_fit_and_long_ones_rather():
    piece = {c: written(c)[0][0] for c in "abc"}
    made = WriterGlyphs(
        {said: [replace(piece[said[0]], text=said)] for said in ("a", "b", "c", "ab", "bca")}
    )
    random = np.random.default_rng(0)
    ways = [tuple(made.split_word("abca", random)) for _ in range(400)]
    assert set(ways) == {("a", "b", "c", "a"), ("ab", "c", "a"), ("a", "bca")}
    assert ways.count(("ab", "c", "a")) > 250  # 4 to 1 at its beginning
    assert made.split_word("", random) is None
    assert made.split_word("abd", random) is None
    assert WriterGlyphs({"ab": [piece["a"]], "bc": [piece["b"]]}).split_word("abc", random) is None


def test_whole_words_and_cuts_inside_words_make_pieces_that_say_their_part():
    ink = Ink([stroke for i, c in enumerate("stone") for stroke in moved(letter(c), 2.0 * i)])
    page = TrainingLine.from_ink(ink, "st one")
    first, second, third = page.pieces([(2, 1), (4, 3)])
    assert [p.text for p in (first, second, third)] == ["s", "t", "one"]
    assert first.gap_before is None
    assert third.gap_before is None  # a word's first
    assert second.gap_before == pytest.approx(second.x.min() - first.x.max())


def moved(ink: Ink, left: float) -> list[Stroke]:
    origin = min(float(s.x.min()) for s in ink)
    top = min(float(s.y.min()) for s in ink)
    return [Stroke(s.x - origin + left, s.y - top, s.t + left) for s in ink]


# ---- from a corpus to batches


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> str:
    """Letters of one writer, digits of another, and a few words."""
    pytest.importorskip("h5py", reason="corpora are HDF5, the extra 'train'")
    from inkrec.corpus import write_corpus

    made = [
        Sample(letter(c, i), c, f"{who}{c}{i}", who, who, "train", "character")
        for who, letters in (("able", string.ascii_lowercase), ("digits", string.digits))
        for c in letters
        for i in range(3)
    ]
    made += [
        Sample(letter("a"), word, word, "able", "able", "train", "word")
        for word in ("stone", "river", "17", "über")
    ]
    path = tmp_path_factory.mktemp("spell") / "letters.h5"
    write_corpus(path, made, attributes={})
    return str(path)


SYMBOLS = "".join(map(chr, range(32, 127)))


def drawn(corpus: str, share: float, seed: int = 0, fields: float = 0.0) -> list[str]:
    """The texts of the spelled lines of an epoch."""
    torch = pytest.importorskip("torch", reason="batches are PyTorch tensors, the extra 'train'")
    from inkrec.features.points import FeatureSettings
    from inkrec.language.alphabet import Alphabet
    from inkrec.training.augment import AugmentSettings
    from inkrec.training.batches import BatchSampler
    from inkrec.training.data_spec import DataSpec, training_sets

    (words, spelled), _ = training_sets(
        [
            DataSpec(corpus, "train", "word"),
            DataSpec(corpus, "train", "character", share, synthesize=3, field_fraction=fields),
        ],
        SYMBOLS,
    )
    assert len(words.lines) == 3
    alphabet = Alphabet(SYMBOLS)
    batches = BatchSampler([spelled], alphabet, FeatureSettings(), AugmentSettings(), 2000, seed)
    return [
        alphabet.decode(label.tolist())
        for batch in batches.epoch(0)
        for label in torch.split(batch.labels, batch.lengths.tolist())
    ]


def test_lines_are_spelled_with_words_of_the_other_data_until_the_share_is_used(corpus):
    texts = drawn(corpus, share=20.0)
    words = [word for text in texts for word in text.split()]
    pages = 36 * 3
    assert 20 * pages <= sum(map(len, words)) < 20 * pages + 15
    assert max(text.count(" ") for text in texts) == 2
    assert {"stone", "river"} < set(words)
    assert 0.6 < np.mean([word in ("stone", "river") for word in words]) < 0.8
    one_off = [w for w in words if w not in ("stone", "river") and len(w) == 5]
    for word in one_off:
        assert min(sum(map(str.__ne__, word, w)) for w in ("stone", "river")) == 1
    assert not any(c.isdigit() for text in texts for c in text)  # of another writer


def test_characters_of_a_corpus_stand_on_a_line_in_x_heights(corpus):
    pytest.importorskip("torch", reason="what is trained on is read for PyTorch")
    from inkrec.training.data_spec import DataSpec, training_sets

    specs = [
        DataSpec(corpus, "train", "word"), DataSpec(corpus, "train", "character", synthesize=3)
    ]  # fmt: skip
    (hand,) = training_sets(specs, SYMBOLS)[0][1].glyphs
    for text, top, bottom in (("a", -1.0, 0.0), ("d", -1.9, 0.0), ("g", -1.0, 0.8)):
        assert extent(hand.pieces[text][0]) == pytest.approx((top, bottom))
    assert hand.loose == 1.0


def test_a_part_of_the_spelled_lines_is_what_fields_hold(corpus):
    texts = drawn(corpus, share=20.0, fields=0.5)
    words = [word for text in texts for word in text.split()]
    assert {"stone", "river"} < set(words)
    assert any(len(text) == 1 for text in texts)
    assert not set("".join(texts)) - set(string.ascii_lowercase + " ")  # there is no more to spell
    for text in drawn(corpus, share=5.0, fields=1.0):
        assert len(text) == 1 or text.count(" ") in (len(text) // 2, 0), text


def test_fields_are_synthesized_or_refused(corpus):
    pytest.importorskip("torch", reason="what is trained on is read for PyTorch")
    from inkrec.training.data_spec import DataSpec

    with pytest.raises(ModelError, match="fields are synthesized; set synthesize to a number"):
        DataSpec(corpus, "train", "character", field_fraction=0.5)
    with pytest.raises(ModelError, match="field_fraction"):
        DataSpec(corpus, "train", "character", synthesize=3, field_fraction=1.5)


def test_a_seed_decides_what_is_spelled(corpus):
    assert drawn(corpus, 1.0, seed=1) == drawn(corpus, 1.0, seed=1) != drawn(corpus, 1.0, seed=2)


def test_spelling_needs_words_and_hands(corpus):
    pytest.importorskip("torch", reason="what is trained on is read for PyTorch")
    from inkrec.training.data_spec import DataSpec, training_sets

    letters = DataSpec(corpus, "train", "character", synthesize=3)
    with pytest.raises(ModelError, match="no words to synthesize; give data that holds words"):
        training_sets([letters], SYMBOLS)
    words = DataSpec(corpus, "train", "word")
    with pytest.raises(ModelError, match="no writer with 15 low-case letters to synthesize"):
        training_sets([words, replace(words, synthesize=2)], SYMBOLS)
