"""Text to n-grams: counted rightly, smoothed to one, pruned to a closed trie."""

from __future__ import annotations

import lzma
import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inkrec.cli import main
from inkrec.errors import FormatError, ModelError
from inkrec.language.alphabet import Alphabet
from inkrec.language.char_ngram import NgramModel
from inkrec.language.lexicon import Lexicon
from inkrec.training.kneser_ney import Counts, Estimate, count, discounts, estimate, prune
from inkrec.training.ngram_trie import build_trie
from inkrec.training.train_lm import (
    build_language_model,
    paragraphs,
    split_punctuation,
    stream,
    typed,
)

ABC = Alphabet(" abc")


def codes(text: str) -> np.ndarray:
    return np.array(ABC.encode(text), np.uint8) - 1


def letters(key: int, n: int) -> str:
    return "".join(ABC.symbols[int(key) // 4 ** (n - 1 - i) % 4] for i in range(n))


texts = st.lists(st.text(" abc", min_size=9, max_size=60), min_size=1, max_size=3)


@given(texts, st.integers(2, 5))
def test_counts_are_those_of_the_rings(texts, order):
    counts = count([codes(t) for t in texts], 4, order)
    for n in range(1, order + 1):
        for row, text in zip(counts.raw[n - 1], texts, strict=True):
            ring = text + text[: n - 1]
            expected = Counter(ring[i : i + n] for i in range(len(text)))
            names = [letters(k, n) for k in counts.keys[n - 1]]
            assert names == sorted(names, key=lambda s: [ABC.encode(c) for c in s])
            found = {s: int(c) for s, c in zip(names, row, strict=True) if c}
            assert found == expected
            if n > 1:
                for i, name in enumerate(names):
                    assert letters(counts.keys[n - 2][counts.prefix[n - 1][i]], n - 1) == name[:-1]
                    assert letters(counts.keys[n - 2][counts.suffix[n - 1][i]], n - 1) == name[1:]


def total_of_contexts(counts: Counts, model: Estimate) -> list[float]:
    """Sums of p over all symbols, by context: what is seen there and the rest from below."""
    totals = []
    for n in range(2, counts.order + 1):
        seen: dict[int, float] = {}
        for i, s in zip(counts.prefix[n - 1].tolist(), model.seen[n - 1].tolist(), strict=True):
            seen[i] = seen.get(i, 0.0) + s
        totals += [s + float(model.backoff[n - 1][i]) for i, s in seen.items()]
    return totals


@given(texts, st.floats(0, 0.1), st.integers(0, 2))
def test_every_context_gives_one(texts, threshold, rounds):
    counts = count([codes(t) for t in texts], 4, 4, weights=[1.0, 2.5, 0.5][: len(texts)])
    kept = prune(counts, estimate(counts, plain=True), threshold)
    model = estimate(counts, kept)
    for _ in range(rounds):
        model = estimate(counts, kept, previous=model)
    totals = total_of_contexts(counts, model)
    assert totals
    np.testing.assert_allclose(totals, 1, atol=1e-4)
    for p, seen, mask in zip(model.probs, model.seen, kept, strict=True):
        assert ((p > 0) & (p < 1.0001)).all()
        assert not seen[~mask].any()


@given(texts, st.floats(0, 0.05))
def test_prefix_and_suffix_of_what_is_kept_are_kept(texts, threshold):
    counts = count([codes(t) for t in texts], 4, 4)
    kept = prune(counts, estimate(counts, plain=True), threshold)
    assert kept[0].all()
    for n in range(2, 5):
        assert kept[n - 2][counts.prefix[n - 1][kept[n - 1]]].all()
        assert kept[n - 2][counts.suffix[n - 1][kept[n - 1]]].all()


def test_unpruned_estimate_is_interpolated_kneser_ney():
    text = "abcabcab cabaabc bca " * 3
    counts = count([codes(text)], 4, 2)
    model = estimate(counts)
    pairs = Counter((text + text[0])[i : i + 2] for i in range(len(text)))
    d = discounts(counts.raw[1][0])

    def discount(times: float) -> float:
        return float(np.interp(times, [0, 1, 2, 3], [0, *d]))

    handed = {c: sum(discount(t) for p, t in pairs.items() if p[1] == c) for c in " abc"}
    d1 = discounts(np.array([handed[c] for c in " abc"], np.float32))
    low = {c: float(np.interp(handed[c], [0, 1, 2, 3], [0, *d1])) for c in " abc"}
    whole = sum(handed.values())
    p1 = {c: (handed[c] - low[c] + sum(low.values()) / 4) / whole for c in " abc"}
    checked = 0
    for key, p in zip(counts.keys[1], model.probs[1], strict=True):
        a, b = letters(key, 2)
        context = {s: t for s, t in pairs.items() if s[0] == a}
        times = sum(context.values())
        rest = sum(map(discount, context.values())) / times
        expected = (pairs[a + b] - discount(pairs[a + b])) / times + rest * p1[b]
        assert p == pytest.approx(expected, rel=1e-4)
        checked += 1
    assert checked >= 8


@settings(max_examples=15)
@given(st.text(" abc", min_size=40, max_size=200), st.floats(1e-4, 0.02))
def test_the_packed_model_says_what_was_estimated(text, threshold):
    counts = count([codes(text)], 4, 4)
    kept = prune(counts, estimate(counts, plain=True), threshold)
    fine = estimate(counts, kept)
    model = build_trie(counts, fine, kept, ABC, threshold=1e9, steps=(0.03, 0.03))
    for n in range(2, 5):
        for i in np.flatnonzero(kept[n - 1]):
            name = letters(counts.keys[n - 1][i], n)
            state = 0
            for c in name[:-1]:
                state = model.advance(state, c)
            logp = model.step(state, name[-1])[1]
            fine_logp = max(math.log(fine.probs[n - 1][i]), -255 * 0.03)
            assert logp == pytest.approx(fine_logp, abs=0.02)


def test_a_line_starts_as_words_do():
    text = "ab cb ab ab bc cab ab cb ab " * 20
    counts = count([codes(text)], 4, 3)
    model = estimate(counts)
    kept = prune(counts, model, 1e-6)
    packed = build_trie(counts, model, kept, ABC, threshold=1e-6, line_share=1 / 6)
    words = Counter(w[0] for w in text.split())
    scores = np.exp(packed.scores(packed.start()))
    for c, times in words.items():
        assert scores[ABC.encode(c)[0]] == pytest.approx(times / sum(words.values()), abs=0.1)
    assert packed.start() != packed.start(" a")


def test_order_and_length_are_checked():
    with pytest.raises(ModelError, match="order 11 with 82 symbols"):
        count([codes("abcabc")], 82, 11)
    with pytest.raises(ModelError, match="order 1 with"):
        count([codes("abcabc")], 4, 1)
    with pytest.raises(ModelError, match="a text of 3 characters; order 4 needs more"):
        count([codes("abc")], 4, 4)


# ---- text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It \u2014 or she\u2014came\u2026", "It - or she - came..."),
        ("no proof -- none??", "no proof - none?"),
        ("na\u00efve \u0153uvre", "naive oeuvre"),
        ("\u201cI never\u2014\u201d he said", '"I never-" he said'),
        ("\u03b1\u03b2", None),
        (" ", None),
    ],
)
def test_text_is_typed(text, expected):
    assert typed(text, frozenset(map(chr, range(32, 127)))) == expected


def test_stops_are_set_apart_but_not_in_numbers():
    assert split_punctuation("It cost 2.50, i.e. a lot.") == "It cost 2.50 , i.e . a lot ."


def test_what_cannot_be_written_is_left_out_by_the_clause():
    found = stream(["ab abc, xx ab, cab", "xyz", "abc"], Alphabet(" ,abc"))
    assert "".join(" ,abc"[i] for i in found) == "ab abc, cab abc "


def test_a_share_of_the_text_is_set_apart():
    alphabet = Alphabet(" ,abc")
    found = stream(["abc, " * 20] * 3000, alphabet, split_punctuation_share=0.25)
    text = "".join(" ,abc"[i] for i in found)
    assert 0.15 < text.count(" ,") / text.count(",") < 0.35


def write(folder: Path) -> Path:
    file = folder / "text.txt.xz"
    with lzma.open(file, "wt", encoding="utf-8") as out:
        out.write("The cat sat on the mat. A cat is a cat, said Ada.\n" * 30)
    return file


def test_compressed_text_is_read(tmp_path):
    assert next(paragraphs(write(tmp_path))).startswith("The cat")


def test_a_model_prefers_what_it_has_read(tmp_path):
    alphabet = Alphabet(map(chr, range(32, 127)))
    model, words = build_language_model(
        [write(tmp_path)], alphabet, order=6, threshold=1e-6, about={"a": 1}
    )
    assert model.score("sat on the mat") > model.score("tas no eht tam") + 20
    assert model.score("cat", "The ") > model.score("cat", "xqz") + 1
    assert model.about["a"] == 1
    assert model.about["texts"][0]["file"] == "text.txt.xz"
    assert "cat" in words.lexicon
    assert words.lexicon.per_million("cat") == pytest.approx(1e6 * 3 / 13, rel=0.06)
    for text in ("the c", "", "Q"):
        assert np.exp(model.scores(model.start(text))).sum() == pytest.approx(1, abs=0.15)


def test_the_command_writes_model_and_words(tmp_path, capsys):
    out = tmp_path / "out.lm"
    code = main([
        "train-lm", str(out), "--text", f"{write(tmp_path)}*2", "--order", "4",
        "--threshold", "1e-5", "--licence", "CC0-1.0",
    ])  # fmt: skip
    assert code == 0
    assert f"{out}: " in capsys.readouterr().out
    assert NgramModel.load(out).about["licence"] == "CC0-1.0"
    assert "Ada" in Lexicon.load(out)


def test_the_command_names_what_is_wrong(tmp_path, capsys):
    out = str(tmp_path / "out.lm")
    assert main(["train-lm", out, "--text", "a.txt*x"]) == 1
    assert "the weight 'x' is no number" in capsys.readouterr().err
    assert main(["train-lm", out, "--text", str(tmp_path / "none.txt")]) == 1
    assert "none.txt" in capsys.readouterr().err
    text = str(write(tmp_path))
    assert main(["train-lm", out, "--text", text, "--symbols", "abc"]) == 1
    assert "the alphabet needs a space" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--text", "a.txt*0"], "weight is 0.0; it must be a positive number"),
        (["--text", "a.txt*-1"], "weight is -1.0; it must be a positive number"),
        (["--text", "a.txt*nan"], "weight is nan; it must be a positive number"),
        (["--text", "a.txt", "--threshold", "-1"], "threshold is -1.0; it must be 0 or more"),
        (
            ["--text", "a.txt", "--split-punctuation", "2"],
            "split_punctuation is 2.0; it must lie in 0 to 1",
        ),
        (
            ["--text", "a.txt", "--min-bigram-gain", "nan"],
            "min_bigram_gain is nan; it must be 0 or more",
        ),
        (["--text", "a.txt", "--words", "-1"], "words is -1; it must lie in 1 to 65000"),
        (["--text", "a.txt", "--order", "0"], "order 0 with 95 symbols: it must be 2 or more"),
        (["--text", "a.txt", "--order", "99"], "order 99 with 95 symbols"),
    ],
)
def test_a_wrong_call_is_one_line_before_any_text_is_read(tmp_path, capsys, options, said):
    assert main(["train-lm", str(tmp_path / "out.lm"), *options]) == 1
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_a_missing_folder_is_told_before_any_text_is_read(tmp_path, capsys):
    assert main(["train-lm", str(tmp_path / "nodir" / "out.lm"), "--text", "none.txt"]) == 1
    assert "there is no folder" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["latin.txt", "latin.txt.xz"])
def test_text_that_is_no_utf_8_is_told_with_its_line(tmp_path, name):
    opener = lzma.open if name.endswith(".xz") else open
    with opener(tmp_path / name, "wb") as out:
        out.write(b"na\xc3\xafve\n" * 4000 + "ein Gruß\n".encode("latin-1"))
    with pytest.raises(FormatError, match="byte 0xdf is no UTF-8; convert") as caught:
        list(paragraphs(tmp_path / name))
    assert caught.value.line == 4001


def test_a_broken_archive_is_an_error_of_its_file(tmp_path, capsys):
    whole = write(tmp_path).read_bytes()
    torn, odd = tmp_path / "torn.xz", tmp_path / "odd.xz"
    torn.write_bytes(whole[:-20])
    odd.write_bytes(b"The cat sat on the mat.")
    for file in (torn, odd):
        with pytest.raises(FormatError, match=f"{file.name}: broken after line"):
            list(paragraphs(file))
    assert main(["train-lm", str(tmp_path / "out.lm"), "--text", str(odd)]) == 1
    assert capsys.readouterr().err.startswith(f"inkrec: {odd}: broken after line 0")
