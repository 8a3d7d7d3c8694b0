"""The corpus: what is written is read back, in slices, and nothing half-written is left."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from strategies import inks

from inkrec import FormatError, Ink, InkError, Stroke
from inkrec.corpus import Corpus, Sample, write_corpus

h5py = pytest.importorskip("h5py", reason="corpora need the extra train")


def sample(i: int, *, split: str = "train", kind: str = "line", ink: Ink | None = None) -> Sample:
    made = Ink([Stroke([i, 1, 2], [0, 1, 0], [0.0, 0.1, 0.2]), Stroke([3], [i], [0.5])], 4.0)
    return Sample(ink or made, f"text {i} é", f"id{i}", f"w{i % 3}", "f", split, kind, "en")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = [sample(i, split=("train", "dev")[i % 4 == 3], kind=("line", "word")[i % 2])
            for i in range(20)]  # fmt: skip
    target = tmp_path / "c.h5"
    assert (
        write_corpus(target, made, attributes={"name": "toy", "n": 3, "nested": {"a": [1]}}) == 20
    )
    return target


@pytest.fixture
def corpus(path: Path) -> Iterator[Corpus]:
    with Corpus(path) as opened:
        yield opened


MIXED = [
    Ink([Stroke([0.1], [1e22])]),
    Ink([Stroke([1, 2], [3, 4], [5, 5], [0, 1]), Stroke([1], [1], [6])], 1e-3),
    Ink([Stroke([1, 2], [3, 4], None, [1, 1 / 3]), Stroke([-0.0], [1])]),
]


@settings(max_examples=25)
@given(
    parts=st.lists(inks(), max_size=4),
    texts=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=4),
)
@example(MIXED, ["", "a\nb", "\U0001f58b", " "])
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, parts: list[Ink], texts: list[str]
) -> None:
    path = tmp_path_factory.mktemp("c") / "c.h5"
    held = [ink for ink in parts if len(ink)]
    samples = [
        Sample(ink, text, f"{i}", text, "form", "s", "line")
        for i, (ink, text) in enumerate(zip(held, texts, strict=False))
    ]
    assert write_corpus(path, samples, attributes={}) == len(samples)
    with Corpus(path) as corpus:
        assert list(corpus) == samples
        assert corpus.texts() == [s.text for s in samples]


def test_one_many_and_all_agree(corpus: Corpus) -> None:
    every = [corpus[i] for i in range(len(corpus))]
    assert every == [sample(i, split=("train", "dev")[i % 4 == 3], kind=("line", "word")[i % 2])
                     for i in range(20)]  # fmt: skip
    assert corpus[-1] == every[19]
    assert corpus[np.int64(3)] == every[3]
    asked = [7, 3, 3, 19, 0, 8]
    assert corpus.read(asked) == [every[i] for i in asked]
    assert corpus.read(iter(())) == []


def test_samples_over_many_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inkrec.corpus.writer._BATCH", 5)
    # Time and pressure come late: what was written before must read as absent.
    made = [sample(i, ink=MIXED[i % 3] if i > 5 else Ink([Stroke([i], [i])])) for i in range(12)]
    write_corpus(tmp_path / "c.h5", made, attributes={})
    with Corpus(tmp_path / "c.h5") as corpus:
        assert list(corpus) == made
        assert corpus.point_counts().tolist() == [sum(map(len, s.ink)) for s in made]


def test_splits_and_kinds(corpus: Corpus) -> None:
    assert corpus.splits == ("train", "dev")
    dev = corpus.indices("dev")
    assert dev.tolist() == [3, 7, 11, 15, 19]
    assert {corpus[i].split for i in dev} == {"dev"}
    assert corpus.indices("train", kind="word").tolist() == [1, 5, 9, 13, 17]
    assert len(corpus.indices("dev", kind="line")) == 0
    assert corpus.column("writer")[:4] == ["w0", "w1", "w2", "w0"]
    assert corpus.texts([2, 0]) == ["text 2 é", "text 0 é"]


def test_what_is_not_there_is_named_with_what_is(corpus: Corpus) -> None:
    with pytest.raises(FormatError, match=r"no split 'test'; the corpus has 'train', 'dev'"):
        corpus.indices("test")
    with pytest.raises(FormatError, match=r"no kind 'page'; the corpus has 'line', 'word'"):
        corpus.indices("dev", kind="page")
    with pytest.raises(FormatError, match=r"no column 'text'; there are writer, form"):
        corpus.column("text")
    for bad in (20, -21):
        with pytest.raises(IndexError, match="of a corpus of 20"):
            corpus[bad]
    with pytest.raises(IndexError, match="sample 20 of a corpus of 20"):
        corpus.read([0, 20])
    with pytest.raises(IndexError, match="sample -1 of"):
        corpus.read([-1])


def test_attributes(corpus: Corpus) -> None:
    assert dict(corpus.attributes) == {"name": "toy", "n": 3, "nested": {"a": [1]}}
    with pytest.raises(TypeError):
        corpus.attributes["name"] = "other"  # type: ignore[index]


def test_attributes_are_those_of_hdf5(path: Path) -> None:
    with h5py.File(path) as file:
        assert file.attrs["name"] == "toy"
        assert file["points/x"].compression == "gzip"


def test_a_long_report_is_kept(tmp_path: Path) -> None:
    names = [f"{i:06d}" for i in range(20_000)]
    write_corpus(tmp_path / "c.h5", [], attributes={}, closing=lambda: {"report": names})
    with Corpus(tmp_path / "c.h5") as corpus:
        assert corpus.attributes["report"] == names
        assert (len(corpus), corpus.splits) == (0, ())


def test_it_goes_to_another_process(corpus: Corpus) -> None:
    with pickle.loads(pickle.dumps(corpus)) as again:
        assert again[5] == corpus[5]


def test_the_same_samples_give_the_same_bytes(tmp_path: Path) -> None:
    for name in "ab":
        write_corpus(tmp_path / name, map(sample, range(9)), attributes={"a": 1, "b": [2]})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_failure_leaves_the_old_file_and_nothing_else(path: Path) -> None:
    before = path.read_bytes()

    def fails() -> Iterator[Sample]:
        yield sample(0)
        raise RuntimeError("the disk is on fire")

    with pytest.raises(RuntimeError, match="on fire"):
        write_corpus(path, fails(), attributes={})
    with pytest.raises(InkError, match="id 'id1' comes twice"):
        write_corpus(path, [sample(1), sample(1)], attributes={})
    with pytest.raises(InkError, match="'id0' has no stroke"):
        write_corpus(path, [sample(0)._replace(ink=Ink())], attributes={})
    with pytest.raises(InkError, match="NUL"):
        write_corpus(path, [sample(0)._replace(text="a\0")], attributes={})
    for broken in (sample(0)._replace(text="a\ud800"), sample(0)._replace(writer="\udfff")):
        with pytest.raises(InkError, match=r"'id0' holds '\\ud[8f]\w\w', half of a character"):
            write_corpus(path, [broken], attributes={})
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_missing_file_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"none\.h5: no such corpus; make it with: python data"):
        Corpus(tmp_path / "none.h5")


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "text.h5").write_text("not HDF5")
    with pytest.raises(FormatError, match="not a readable HDF5 file"):
        Corpus(tmp_path / "text.h5")
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["a"] = 1
    with pytest.raises(FormatError, match="not a corpus of inkrec; make one"):
        Corpus(tmp_path / "other.h5")


def test_a_cut_file_is_refused(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(FormatError, match="not a readable HDF5 file"):
        Corpus(path)


def replaced(name: str, change: Any) -> Any:
    """A part of the file after a change of all its values."""

    def damage(file: Any) -> None:
        values = change(file[name][:])
        del file[name]
        file.create_dataset(name, data=values)

    return damage


def empty(name: str, at: int) -> Any:
    """Offsets of which two neighbours are one."""

    def change(values: Any) -> Any:
        values[at] = values[at + 1]
        return values

    return replaced(name, change)


DAMAGE = {
    **{
        f"{name} of {kind}": (replaced(name, change), rf"{name} is of type .*; make it anew")
        for name in (
            "points/t",
            "strokes/offset",
            "samples/offset",
            "samples/id",
            "samples/kind",
            "samples/units_per_mm",
            "tables/split",
        )
        for kind, change in {
            "two dimensions": lambda v: np.zeros((len(v), 2)),
            "one value": lambda v: np.float64(3),
            "complex numbers": lambda v: np.zeros(len(v), complex),
            "truth": lambda v: np.zeros(len(v), bool),
        }.items()
    },
    "offsets as floats": (replaced("samples/offset", lambda v: v * 1.0), "is of type float64"),
    "codes as floats": (replaced("samples/kind", lambda v: v * 1.0), "is of type float64"),
    "negative codes": (replaced("samples/form", lambda v: v.astype("i4") - 1), "a form is not in"),
    "offsets without a sign that fall": (
        replaced("samples/offset", lambda v: np.r_[0, v[2], v[1], v[3:]].astype("u8")),
        "offsets do not fit",
    ),
    "a stroke without a point": (empty("strokes/offset", 4), "offsets do not fit"),
    "a later version": (lambda f: f.attrs.modify("version", 99), "corpus version 99"),
    "no texts": (lambda f: f.__delitem__("samples/text"), "a part of the corpus is missing"),
    "too few texts": (lambda f: f["samples/text"].resize((3,)), "offsets do not fit"),
    "points cut off": (lambda f: f["points/x"].resize((3,)), "offsets do not fit"),
    "y cut off": (lambda f: f["points/y"].resize((3,)), "offsets do not fit"),
    "offsets that fall": (
        lambda f: f["strokes/offset"].__setitem__(1, 10**12),
        "offsets do not fit",
    ),
    "not a number where one is needed": (
        lambda f: (f.__delitem__("samples/kind"), f.create_group("samples/kind")),
        "missing or broken",
    ),
    "no such writer": (lambda f: f["samples/writer"].__setitem__(0, 99), "a writer is not in its"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_found_on_opening(path: Path, damage: str) -> None:
    change, message = DAMAGE[damage]
    with h5py.File(path, "r+") as file:
        change(file)
    with pytest.raises(FormatError, match=message):
        Corpus(path)


def test_compressed_bytes_that_rotted_are_refused(path: Path) -> None:
    with h5py.File(path) as file:
        chunk = file["points/x"].id.get_chunk_info(0)
    with path.open("r+b") as stream:
        stream.seek(chunk.byte_offset)
        stream.write(b"\xff" * chunk.size)
    with Corpus(path) as corpus, pytest.raises(FormatError, match="samples 2 to 2 cannot be read"):
        corpus[2]


def test_texts_that_are_no_utf_8_are_refused(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        file["samples/text"][3] = b"\xff\xfe"
    with Corpus(path) as corpus:
        assert corpus[2].text == "text 2 é"
        with pytest.raises(FormatError, match="samples 3 to 3 cannot be read"):
            corpus[3]
        with pytest.raises(FormatError, match="samples 0 to 19 cannot be read"):
            corpus.texts()


def test_ink_that_cannot_be_is_named(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        file["points/x"][4] = np.nan
    with Corpus(path) as corpus:
        assert corpus[0] == sample(0, split="train", kind="line")
        with pytest.raises(FormatError, match=r"sample 1 \(id1\) is broken: x\[0\] is nan"):
            corpus[1]
