"""UNIPEN: components, delineations, includes, units; law 1; hostile files; the real corpus."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import FINITE, inks

import inkrec
from inkrec import FormatError, Ink, Stroke
from inkrec.formats import unipen

SHARED = Path(__file__).parents[3] / "shared" / "data" / "unipen"

HEADER = ".VERSION 1.0\n.HIERARCHY TEXT WORD\n.COORD X Y\n.POINTS_PER_SECOND 100\n"
# Components: 0 down, 1 up, then an empty one that does not count, 2 down, 3 down.
INK = """.PEN_DOWN
0 10
1 11
2 12
.PEN_UP
3 13
4 14
.PEN_DOWN
.PEN_UP
.PEN_DOWN
5 15
6 16
.PEN_DOWN
7 17
"""


def file(*parts: str) -> io.BytesIO:
    return io.BytesIO("".join(parts).encode("latin-1"))


def one(segment: str, *, header: str = HEADER, ink: str = INK) -> unipen.Segment:
    (found,) = unipen.segments(file(header, ink, f".SEGMENT {segment}\n"))
    return found


def xs(ink: Ink) -> list[list[float]]:
    return [s.x.tolist() for s in ink]


def test_all_pen_down_components_are_the_ink() -> None:
    ink = unipen.read(file(HEADER, INK))
    assert xs(ink) == [[0, 1, 2], [5, 6], [7]]


def test_y_is_turned_to_grow_downward() -> None:
    ink = unipen.read(file(HEADER, INK))
    assert [s.y.tolist() for s in ink] == [[-10, -11, -12], [-15, -16], [-17]]


def test_time_comes_from_the_rate_the_pen_ups_and_the_pauses() -> None:
    ink = unipen.read(file(HEADER, INK.replace(".PEN_UP\n3", ".DT 500\n.PEN_UP\n3")))
    first, second, third = (s.t.tolist() for s in ink if s.t is not None)
    assert first == [0, 0.01, 0.02]
    # 0.03 s of points, 0.5 s pause, 0.02 s in the air.
    assert second == pytest.approx([0.55, 0.56])
    # Nothing stands between the last two strokes: a nominal gap.
    assert third == pytest.approx([0.57 + 0.2])


def test_no_rate_no_time() -> None:
    ink = unipen.read(file(HEADER.replace(".POINTS_PER_SECOND 100\n", ""), INK))
    assert not ink.has_time


def test_a_pause_of_weeks_is_a_fault_of_the_recording() -> None:
    ink = unipen.read(file(HEADER, INK.replace(".PEN_UP\n3", ".DT 1935897193\n.PEN_UP\n3")))
    assert ink[1].t is not None
    assert ink[1].t[0] < 1


def test_column_t_is_in_milliseconds_and_p_is_brought_to_one() -> None:
    ink = unipen.read(file(".COORD X T Y P\n.PEN_DOWN\n1 1500 2 -5\n3 1510 4 200\n5 1520 6 100\n"))
    assert ink == Ink([Stroke([1, 3, 5], [-2, -4, -6], [1.5, 1.51, 1.52], [0, 1, 0.5])])


def test_resolutions_that_differ_are_made_equal() -> None:
    header = HEADER + ".X_POINTS_PER_INCH 254\n.Y_POINTS_PER_INCH 508\n"
    ink = unipen.read(file(header, ".PEN_DOWN\n10 10\n"))
    assert ink.units_per_mm == pytest.approx(10)
    assert ink[0].y.tolist() == [-5]


@pytest.mark.parametrize(
    ("delineation", "expected"),
    [
        ("0", [[0, 1, 2]]),
        ("0-2", [[0, 1, 2], [5, 6]]),
        ("2,0", [[0, 1, 2], [5, 6]]),  # the order of writing
        ("0:1-2:0", [[1, 2], [5]]),
        ("0:1-0:1", [[1]]),
        ("0:2-1,3", [[2], [7]]),
        ("2-3,2", [[5, 6], [7]]),  # nothing twice
        ("0:0-0:0,0:2-0:2", [[0], [2]]),  # what lies between is another's
        ("0:2-0:2,0:0-0:0,3", [[0], [2], [7]]),
        ("0:0-0:0,0:1-0:2", [[0, 1, 2]]),  # neighbours are one
        ("0:0-0:1,0:1-0:2", [[0, 1, 2]]),
        ("0:0-0:0,0:2-0:2,0", [[0, 1, 2]]),
        ("1", []),  # only in the air
        ("?", [[0, 1, 2], [5, 6], [7]]),
    ],
)
def test_delineations(delineation: str, expected: list[list[float]]) -> None:
    assert xs(one(f'WORD {delineation} OK "a"').ink) == expected


def test_a_part_of_a_component_keeps_its_time() -> None:
    ink = one('WORD 0:1-2:0 OK "a"').ink
    assert ink[0].t is not None
    assert ink[0].t.tolist() == [0.01, 0.02]


@pytest.mark.parametrize(
    ("delineation", "message"),
    [
        ("4", "there are 4 components"),
        ("2-1", "there are 4 components"),
        ("0:3-2", "component 0 has 3 points"),
        ("0-2:2", "component 2 has 2 points"),
        ("0:2-0:1", "component 0 has 3 points"),
        ("a", "expected a delineation"),
        ("0-", "expected a delineation"),
        ("0,", "expected a delineation"),
        ("9" * 5000, "expected a delineation"),
        ("0-999999999", "there are 4 components"),
    ],
)
def test_a_segment_that_names_no_ink(delineation: str, message: str) -> None:
    with pytest.raises(FormatError, match=message) as caught:
        one(f"WORD {delineation}")
    assert caught.value.line == HEADER.count("\n") + INK.count("\n") + 1


def test_sets_are_numbered_anew() -> None:
    part = INK + '.SEGMENT WORD 0 OK "a"\n'
    found = list(unipen.segments(file(HEADER, part, ".START_SET b\n", part.replace("0 10", "9 9"))))
    assert [s.ink[0].x[0] for s in found] == [0, 9]


@pytest.mark.parametrize(
    ("written", "label"),
    [
        ('WORD 0 OK "don\'t"', "don't"),
        (r'WORD 0 OK "\"a\\b\""', '"a\\b"'),
        (r'WORD 0 OK "two\nlines"', "two\nlines"),
        ('WORD 0 OK "one\nlabel"', "one label"),
        ('WORD 0 OK "a\n.PEN_DOWN\n1 2"', "a .PEN_DOWN 1 2"),
        ('WORD 0 OK "na\xefve"', "na\xefve"),
        ('WORD 0 OK ""', ""),
        ("WORD 0 BAD", None),
        ("WORD 0", None),
    ],
)
def test_labels(written: str, label: str | None) -> None:
    segment = one(written)
    assert segment.label == label
    assert segment.level == "WORD"
    assert segment.quality == {"OK": "OK", "BA": "BAD"}.get(written[7:9], "?")


def test_the_header_is_that_of_the_ink() -> None:
    text = HEADER + ".WRITER_ID  ada  l.\n" + INK + ".WRITER_ID bob\n.PEN_DOWN\n1 1\n"
    found = list(unipen.segments(file(text, ".SEGMENT WORD 0\n.SEGMENT WORD 4\n")))
    assert [s.header["WRITER_ID"] for s in found] == ["ada l.", "bob"]


def test_read_labelled_takes_the_widest_segments() -> None:
    text = HEADER + INK + '.SEGMENT WORD 0 ? "a"\n.SEGMENT TEXT 0-3 ? "a b"\n'
    assert [(i.label, len(i.ink)) for i in unipen.read_labelled(file(text))] == [("a b", 3)]
    ((ink, label),) = unipen.read_labelled(file(HEADER, INK))
    assert (len(ink), label) == (3, None)


# -- includes --------------------------------------------------------------------------------


def tree(root: Path, **files: str) -> Path:
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n", "latin-1")
    return root


def test_includes_are_found_beside_a_folder_above(tmp_path: Path) -> None:
    tree(
        tmp_path,
        data__8__one='.INCLUDE x/doc\n.INCLUDE x/ink\n.SEGMENT WORD 2 OK "a"',
        include__x__doc=HEADER,
        include__x__ink=INK,
    )
    (segment,) = unipen.segments(tmp_path / "data" / "8" / "one")
    assert xs(segment.ink) == [[5, 6]]
    assert xs(inkrec.read(tmp_path / "data" / "8" / "one")) == [[0, 1, 2], [5, 6], [7]]
    again = unipen.segments(tmp_path / "data" / "8" / "one", root=tmp_path / "include")
    assert [s.label for s in again] == ["a"]


def test_a_missing_include_says_what_to_give(tmp_path: Path) -> None:
    tree(tmp_path, one=".INCLUDE x/doc")
    with pytest.raises(FormatError, match=r"one:1: \.INCLUDE 'x/doc' is not there; give root="):
        unipen.read(tmp_path / "one")


@pytest.mark.parametrize("name", ["a" * 300, "x/" + "a" * 300, "a\0b", "a/" * 3000])
def test_an_include_whose_name_no_file_can_have_is_not_there(tmp_path: Path, name: str) -> None:
    tree(tmp_path, one=f".INCLUDE {name}")
    with pytest.raises(FormatError, match=r"one:1: \.INCLUDE .* is not there; give root="):
        unipen.read(tmp_path / "one")


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "x/../../secret", "..\\secret", ""])
def test_an_include_does_not_leave_its_folder(tmp_path: Path, name: str) -> None:
    tree(tmp_path, secret=HEADER + INK, in__one=f".INCLUDE {name}")
    with pytest.raises(FormatError, match="leaves the folder of includes"):
        unipen.read(tmp_path / "in" / "one", root=tmp_path / "in")


def test_a_link_does_not_leave_its_folder_either(tmp_path: Path) -> None:
    tree(tmp_path, secret=HEADER + INK, in__one=".INCLUDE link")
    (tmp_path / "in" / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(FormatError, match="is not there"):
        unipen.read(tmp_path / "in" / "one")


@pytest.mark.parametrize("text", [".INCLUDE a", ".INCLUDE a\n" * 5000])
def test_includes_are_bounded(tmp_path: Path, text: str) -> None:
    tree(tmp_path, a=text)
    with pytest.raises(FormatError, match="more than 8 files inside one another"):
        unipen.read(tmp_path / "a")


def test_many_includes_are_bounded(tmp_path: Path) -> None:
    tree(tmp_path, a=".INCLUDE b\n" * 5000, b=HEADER)
    with pytest.raises(FormatError, match="or 1000 in all"):
        unipen.read(tmp_path / "a")


# -- what is refused -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no keyword"),
        ("0 1\n2 3\n", "no keyword"),
        (".PEN_DOWN\n0 0\n", r"line 1: points before \.COORD"),
        (".COORD X\n", r"line 1: \.COORD X: expected distinct columns with X and Y"),
        (".COORD X Y Y\n", "expected distinct columns"),
        (HEADER + ".PEN_DOWN\n1 2 3\n", "line 5: 3 numbers in a component; .COORD has 2 columns"),
        (HEADER + ".PEN_DOWN\n1 two\n", "line 5: expected the numbers of a component"),
        (HEADER + ".PEN_DOWN\n1 nan\n", "line 5: a component holds a value that is not finite"),
        (HEADER + ".PEN_DOWN\n1 1e999\n", "not finite"),
        (".POINTS_PER_SECOND 0\n", r"line 1: \.POINTS_PER_SECOND 0: expected a number"),
        (".X_POINTS_PER_MM -1\n", "expected a number"),
        (".POINTS_PER_SECOND fast\n", "expected a number"),
        (".DT\n", "expected a number"),
        (
            ".COORD X Y T\n.PEN_DOWN\n1 1 20\n1 1 10\n.SEGMENT WORD 0\n",
            "line 5: t.1. = 0.01 .* time must not run backwards",
        ),
        (HEADER + '.SEGMENT WORD 0 OK "a\n', r"expected \.SEGMENT level delineation quality"),
        (HEADER + ".SEGMENT\n", r"expected \.SEGMENT level"),
        (HEADER + '.SEGMENT WORD 0 OK "a" "b"\n', r"expected \.SEGMENT level"),
    ],
)
def test_malformed(text: str, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        list(unipen.segments(file(text)))


@given(st.binary(max_size=200))
@example(b".SEGMENT \xff")
@example(b".COORD X Y T\n.PEN_DOWN\n0 0 1e-99999999")
def test_anything_reads_or_is_refused(data: bytes) -> None:
    with contextlib.suppress(FormatError):
        assert isinstance(unipen.read(io.BytesIO(HEADER.encode() + data)), Ink)


def test_a_file_cut_anywhere_reads_or_is_refused() -> None:
    whole = file(HEADER, INK, '.SEGMENT WORD 0 OK "a"\n').getvalue()
    read = 0
    for end in range(len(whole)):
        try:
            list(unipen.segments(io.BytesIO(whole[:end])))
            read += 1
        except FormatError:
            pass
    assert 0 < read < len(whole)


# -- writing ---------------------------------------------------------------------------------


@given(ink=inks(values=FINITE))
@example(Ink((), units_per_mm=100))
@example(Ink([Stroke([1e22], [-0.0], [1e22])]))
@example(Ink([Stroke([0.1], [5e-324], [1 / 3], [1 / 3]), Stroke([1], [2], [0.7])], 39.37))
def test_ink_reads_back_equal(ink: Ink) -> None:
    stream = io.BytesIO()
    unipen.write(stream, ink)
    stream.seek(0)
    assert unipen.read(stream) == ink


LATIN = st.text(
    st.characters(max_codepoint=255, exclude_categories=["Cc"]) | st.sampled_from("\n\t")
)


@given(ink=inks(), label=LATIN)
@example(Ink(), 'a "quoted" \\ label\n.PEN_DOWN\n')
def test_the_label_reads_back_equal(ink: Ink, label: str) -> None:
    stream = io.BytesIO()
    unipen.write(stream, ink, label=label)
    stream.seek(0)
    assert unipen.read_labelled(stream) == [(ink, label)]


@pytest.mark.parametrize("label", ["\u2019", "a\rb", "\x00"])
def test_a_label_that_latin_1_cannot_hold(label: str) -> None:
    with pytest.raises(FormatError, match="write inkml or jsonl"):
        unipen.write(io.BytesIO(), Ink(), label=label)


# -- the real corpus -------------------------------------------------------------------------


@pytest.mark.skipif(not SHARED.exists(), reason="UNIPEN does not lie beside the repository")
def test_real_files_hold_the_words_they_are_said_to() -> None:
    import tarfile

    wanted = {
        "data/8/dar/dar2/wes.dat",
        "data/7/dar/dar2/wes.dat",
        "include/dar/dar2.doc",
        "include/dar/iacocca.lex",
        "include/dar/data/dar2/wes.dat",
    }
    held: dict[str, bytes] = {}
    (path,) = SHARED.glob("*.tar.xz")
    with tarfile.open(path) as archive:
        for member in archive:
            name = member.name.removeprefix("./")
            if name in wanted:
                stream = archive.extractfile(member)
                assert stream is not None
                held[name] = stream.read()
                if held.keys() == wanted:
                    break
    assert held.keys() == wanted
    library = unipen.Library(lambda name: held.get(f"include/{name}"))
    texts, words = (
        list(unipen.segments(io.BytesIO(held[f"data/{part}/dar/dar2/wes.dat"]), root=library))
        for part in "87"
    )
    assert {s.level for s in texts} == {"TEXT"}
    assert {s.level for s in words} == {"WORD"}
    assert all(len(s.ink) and s.label and s.ink.has_time for s in [*texts, *words])
    assert all(s.ink.units_per_mm == 100 for s in texts)
    assert all(stroke.pressure is not None for stroke in texts[0].ink)
    assert len(texts) == 12
    assert " ".join(s.label or "" for s in words).startswith(texts[0].label or "-")
    # y grows downward: the second line is below the first, and my hangs lower than In.
    assert texts[1].ink.bounds[1] > texts[0].ink.bounds[3]
    bottom = {s.label: s.ink.bounds[3] for s in words[:3]}
    assert bottom["my"] > max(bottom["In"], bottom["freshman"])
