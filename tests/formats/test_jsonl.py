"""JSON lines: recordings that survive their writer, and the samples they give back."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import inks, samples

import inkrec
from inkrec import FormatError, Ink, InkError, InkWarning, PenSample, Stroke
from inkrec.formats import iter_samples, jsonl

HEADER = b'{"format": "inkrec", "version": 1}\n'


def recorded(said: list[PenSample], **options: object) -> io.BytesIO:
    file = io.BytesIO()
    with jsonl.Recorder(file, **options) as recorder:  # type: ignore[arg-type]
        for sample in said:
            recorder.append(sample)
    file.seek(0)
    return file


@given(said=samples())
def test_samples_come_back_as_they_were_said(said: list[PenSample]) -> None:
    assert list(jsonl.iter_samples(recorded(said))) == said


@given(said=samples())
def test_a_recording_reads_as_the_ink_of_its_samples(said: list[PenSample]) -> None:
    assert jsonl.read(recorded(said, units_per_mm=40)) == Ink.from_samples(said, 40)


@given(ink=inks())
def test_written_ink_gives_the_samples_of_the_ink(ink: Ink) -> None:
    file = io.BytesIO()
    jsonl.write(file, ink)
    file.seek(0)
    found = list(jsonl.iter_samples(file))
    expected = list(ink.samples())
    if ink.has_time:
        assert found == expected
    assert [s[1:] for s in found] == [s[1:] for s in expected]
    assert [s.t for s in found] == pytest.approx([s.t for s in expected])


@given(ink=inks(min_strokes=1), data=st.data())
def test_samples_may_come_in_lines_of_any_length(ink: Ink, data: st.DataObject) -> None:
    """Cutting a stroke's samples into lines changes nothing."""
    if not ink.has_time:
        return
    said = list(ink.samples())
    lines = [HEADER.decode().replace("}", f', "units_per_mm": {json.dumps(ink.units_per_mm)}}}')]
    while said:
        kind = said[0].touching
        most = next((i for i, s in enumerate(said) if s.touching != kind), len(said))
        count = data.draw(st.integers(1, most))
        rows = [list(s[:3]) if s.pressure is None else list(s[:4]) for s in said[:count]]
        lines.append(json.dumps({"down" if kind else "hover": rows}) + "\n")
        said = said[count:]
    assert jsonl.read(io.BytesIO("".join(lines).encode())) == ink


_ROWS = st.lists(st.just([0, 1.5, 2, 0.5]) | st.just([0, 3, 4]), min_size=1, max_size=3)
_LINES = st.lists(st.tuples(st.sampled_from(["down", "hover", "stroke"]), _ROWS), max_size=6)


@given(lines=_LINES)
@example(lines=[("down", [[0, 1.5, 2, 0.5]]), ("stroke", [[0, 3, 4]])])
def test_samples_are_of_the_strokes_that_read_gives(lines: list[tuple[str, list[object]]]) -> None:
    text = HEADER + "".join(json.dumps({kind: rows}) + "\n" for kind, rows in lines).encode()
    found = list(jsonl.iter_samples(io.BytesIO(text)))
    assert Ink.from_samples(found) == jsonl.read(io.BytesIO(text))


def test_a_stroke_behind_samples_that_touch_lifts_the_pen_first() -> None:
    text = HEADER + b'{"down": [[1, 2, 3, 0.5]]}\n{"stroke": [[2, 4, 5]]}\n{"down": [[3, 6, 7]]}\n'
    assert list(jsonl.iter_samples(io.BytesIO(text))) == [
        PenSample(1, 2, 3, 0.5),
        PenSample(1, 2, 3, 0.0, False),
        PenSample(2, 4, 5),
        PenSample(2, 4, 5, None, False),
        PenSample(3, 6, 7),
    ]


@given(said=samples(), cut=st.integers(0, 10_000))
def test_a_recording_cut_off_anywhere_gives_what_was_whole(said: list[PenSample], cut: int) -> None:
    data = recorded(said).getvalue()
    first = data.index(b"\n")
    data = data[: first + cut % (len(data) - first + 1)]
    # A last line without its newline is whole where its JSON is.
    count = data.count(b"\n") - 1 + data.endswith(b"}")
    found = jsonl.load(io.BytesIO(data))
    assert found.recordings[0].ink == Ink.from_samples(said[:count])
    assert found.truncated == (not data.endswith((b"\n", b"}")))
    assert list(jsonl.iter_samples(io.BytesIO(data))) == said[:count]


def test_a_cut_header_is_an_error() -> None:
    for length in range(len(HEADER) - 1):
        with pytest.raises(FormatError, match=r"empty file|expected"):
            jsonl.load(io.BytesIO(HEADER[:length])) if length else jsonl.load(io.BytesIO())
    assert jsonl.load(io.BytesIO(HEADER[:-1])).recordings[0].ink == Ink()


@pytest.mark.parametrize("tail", [b"\0" * 512, b'{"down": [[1, 2', b"\xc3", b'{"label": "\xe2\x82'])
def test_what_a_crash_leaves_at_the_end_is_left_out(tail: bytes) -> None:
    found = jsonl.load(io.BytesIO(HEADER + b'{"down": [[1, 2, 3]]}\n' + tail))
    assert found.truncated
    assert found.recordings[0].ink == Ink([Stroke([2], [3], [1])])


def test_a_broken_line_in_the_middle_costs_that_line() -> None:
    match = r"line 2: a line is left out: expected a JSON object, found .*column 17"
    with pytest.warns(InkWarning, match=match):
        found = jsonl.load(io.BytesIO(HEADER + b'{"down": [[1, 2\n{"down": [[1, 2, 3]]}\n'))
    assert found.recordings[0].ink == Ink([Stroke([2], [3], [1])])
    with pytest.raises(FormatError, match="expected a JSON object"):
        jsonl.load(io.BytesIO(HEADER + b'{"down": [[1, 2\n'))


KILLED = """
import os, signal, sys
from inkrec import PenSample
from inkrec.formats.jsonl import Recorder
recorder = Recorder(sys.argv[1])
for i in range(5):
    recorder.append(PenSample(i / 100, i, 0.5))
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_every_sample_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert [s.x for s in iter_samples(path)] == [0, 1, 2, 3, 4]
    assert not jsonl.load(path).truncated


def test_reading_samples_goes_no_further_than_it_must() -> None:
    file = io.BytesIO(HEADER + b'{"down": [[1, 2, 3]]}\nnonsense\n')
    found = jsonl.iter_samples(file)
    assert next(found) == PenSample(1, 2, 3)
    with pytest.raises(FormatError, match="line 3"):
        next(found)


def test_the_file_of_an_abandoned_reading_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    jsonl.write(path, Ink([Stroke([1, 2], [3, 4])]))
    found = jsonl.iter_samples(path)
    next(found)
    found.close()  # type: ignore[attr-defined]  # pytest turns a ResourceWarning to an error


@pytest.mark.parametrize(
    ("sample", "match"),
    [
        (PenSample(float("nan"), 1, 2), "t is nan"),
        (PenSample(2, float("inf"), 2), "x is inf"),
        (PenSample(2, 1, float("-inf")), "y is -inf"),
        (PenSample(10**400, 1, 2), "t=1000.*must be finite"),
        (PenSample(2, 1, 2, 1.5), "pressure is 1.5"),
        (PenSample(2, 1, 2, float("nan")), "pressure is nan"),
        (PenSample(0.5, 1, 2), "t = 0.5 comes after 1"),
    ],
)
def test_a_refused_sample_leaves_the_recording_as_it_was(sample: PenSample, match: str) -> None:
    file = io.BytesIO()
    recorder = jsonl.Recorder(file)
    recorder.append(PenSample(1, 1, 1))
    before = file.getvalue()
    with pytest.raises(InkError, match=match):
        recorder.append(sample)
    assert file.getvalue() == before
    recorder.append(PenSample(1, 2, 2))
    file.seek(0)
    assert [s.x for s in jsonl.iter_samples(file)] == [1, 2]


@pytest.mark.parametrize("units", [0, -1, float("inf"), float("nan"), 10**400])
def test_units_that_cannot_be_leave_no_file(units: float, tmp_path: Path) -> None:
    with pytest.raises(InkError, match="units_per_mm"):
        jsonl.Recorder(tmp_path / "a.jsonl", units_per_mm=units)
    assert not list(tmp_path.iterdir())


def test_a_recording_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(HEADER)
    with pytest.raises(FileExistsError):
        jsonl.Recorder(path)
    assert path.read_bytes() == HEADER


@pytest.mark.parametrize(
    ("end", "strokes"),
    [
        (b"", 0),
        (b'{"down": [[1, 2, 3]]}\n', 1),
        (b'{"down": [[1, 2, 3]]}\n{"down": [[2, 3', 1),
        (b'{"down": [[1, 2, 3]]}', 1),
        (b"\0\0\0", 0),
    ],
)
def test_appending_to_what_a_crash_left(end: bytes, strokes: int, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(HEADER + end)
    with jsonl.Recorder(path, device="pen", append=True) as recorder:
        recorder.append(PenSample(0, 9, 9))
        recorder.label("nine")
    jsonl.write(path, Ink(), label="none", append=True)
    found = jsonl.load(path)
    assert not found.truncated
    first, second, third = found.recordings
    assert (len(first.ink), second.ink[0].x[0], len(third.ink)) == (strokes, 9, 0)
    assert (second.header, second.label, third.label) == ({"device": "pen"}, "nine", "none")


def test_appending_makes_the_file_where_there_is_none(tmp_path: Path) -> None:
    jsonl.write(tmp_path / "a.jsonl", Ink(), label="a", append=True)
    assert jsonl.read_labelled(tmp_path / "a.jsonl") == [(Ink(), "a")]


def test_appending_to_another_file_leaves_it_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "poem.txt"
    path.write_bytes(b"Twas brillig")
    with pytest.raises(FormatError, match=r"poem\.txt:1: expected a JSON object, found 'Twas"):
        jsonl.write(path, Ink(), append=True)
    assert path.read_bytes() == b"Twas brillig"


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX files")
@pytest.mark.parametrize("kind", ["device", "pipe"])
def test_nothing_is_added_to_what_may_have_no_end(kind: str, tmp_path: Path) -> None:
    path = Path(os.devnull) if kind == "device" else tmp_path / "pipe"
    if kind == "pipe":
        os.mkfifo(path)
    for add in (
        lambda: jsonl.Recorder(path, append=True),
        lambda: jsonl.write(path, Ink(), append=True),
    ):
        with pytest.raises(FormatError, match=f"{path}: no regular file, so nothing is added"):
            add()


def test_several_inks_are_told_apart() -> None:
    file = io.BytesIO()
    jsonl.write_labelled(
        file, [(Ink([Stroke([1], [2], [5])]), "a"), (Ink([Stroke([3], [4])]), None)]
    )
    for read in (inkrec.read, lambda f: list(iter_samples(f))):
        file.seek(0)
        with pytest.raises(FormatError, match=r"2 inks; read_labelled|second ink"):
            read(file)  # type: ignore[operator]
    file.seek(0)
    assert [label for _, label in jsonl.read_labelled(file)] == ["a", None]


def test_a_later_label_corrects_the_first() -> None:
    text = HEADER + '{"label": "Dcar"}\n{"label": "Déar"}\n'.encode()
    assert jsonl.read_labelled(io.BytesIO(text)) == [(Ink(), "Déar")]


def test_the_header_keeps_what_else_it_says() -> None:
    text = b'{"format": "inkrec", "version": 1, "units_per_mm": 2, "writer": [1], "device": "x"}\n'
    recording = jsonl.load(io.BytesIO(text)).recordings[0]
    assert recording.header == {"writer": [1], "device": "x"}
    assert recording.ink.units_per_mm == 2


def test_pressure_of_some_samples_of_a_stroke_is_none() -> None:
    text = HEADER + b'{"stroke": [[0, 1, 2, 0.5], [0, 1, 2]]}\n{"stroke": [[0, 1, 2, null]]}\n'
    assert [s.pressure for s in jsonl.read(io.BytesIO(text))] == [None, None]


def test_lines_are_plain_to_read() -> None:
    file = io.BytesIO()
    ink = Ink([Stroke([1, 2.5], [-0.0, 1e-7], [0, 0.008], [0, 1 / 3])], units_per_mm=100)
    jsonl.write(file, ink, label="Größe")
    assert file.getvalue().decode().splitlines() == [
        '{"format": "inkrec", "version": 1, "units_per_mm": 100}',
        '{"stroke": [[0, 1, -0.0, 0], [0.008, 2.5, 1e-07, 0.3333333333333333]]}',
        '{"label": "Größe"}',
    ]


@pytest.mark.parametrize("write", [jsonl.write, lambda f, i, label: jsonl.Recorder(f).label(label)])
def test_half_a_surrogate_pair_is_refused(write: object) -> None:
    with pytest.raises(InkError, match="half a surrogate pair"):
        write(io.BytesIO(), Ink(), label="a\ud800")  # type: ignore[operator]
