from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from inkrec import FormatError
from inkrec.capture import Event, is_recording, read_recording

from .pens import FILES, RECORDINGS, strokes

NEEDS_FILES = pytest.mark.skipif(not FILES, reason="the shared recordings are not here")

EVEMU = """\
# EVEMU 1.3
N: Some Pen
I: 0003 056a 4200 0110
P: 02 00 00 00 00 00 00 00
B: 00 0b 00 00 00 00 00 00 00
{keys}
B: 03 03 00 00 01 00 00 00 00
A: 00 0 59674 4 0 100
A: 01 0 33566 4 0 100
A: 18 0 4095 0 0 0
E: 0.000001 0001 0140 0001\t# EV_KEY / BTN_TOOL_PEN         1
E: 0.000001 0003 0000 100\t# EV_ABS / ABS_X 100
E: 0.000001 0003 0001 -200
E: 0.000001 0000 0000 0000\t# ------------ SYN_REPORT (0) ----------
""".format(
    keys="\n".join(f"B: 01 {'03 1c' if i == 5 else '00 00'} 00 00 00 00 00 00" for i in range(12))
)
BARE = "".join(line + "\n" for line in EVEMU.splitlines() if line.startswith("E:"))
DESCRIPTION = EVEMU.replace(BARE, "")

LIBINPUT = """\
# libinput record
version: 1
ndevices: 2
libinput:
  version: "1.23.0"
system:
  kernel: "6.3.7"
devices:
- node: /dev/input/event3
  evdev:
    # Name: A Keyboard
    name: "A Keyboard"
    id: [3, 1, 2, 3]
    codes:
      0: [0, 1] # EV_SYN
      1: [1, 2, 3] # EV_KEY
    properties: []
  events:
  - evdev:
    - [  0,      0,   1,   1,       1] # EV_KEY / KEY_ESC 1
- node: /dev/input/event9
  evdev:
    # Name: Some Pen
    # Event type 3 (EV_ABS)
    #   Event code 0 (ABS_X)
    #       Value         123
    name: "Some Pen"
    id: [3, 1386, 855, 272]
    codes:
      0: [0, 1] # EV_SYN
      1: [320, 321, 330, 331, 332] # EV_KEY
      3: [0, 1, 24] # EV_ABS
    absinfo:
      0: [0, 44800, 4, 0, 200]
      1: [0, 29600, 4, 0, 200]
      24: [0, 8191, 0, 0, 0]
    properties: [1]
  hid: [
    0x05, 0x0d
  ]
  udev:
    properties:
    - ID_INPUT=1
  quirks:
  events:
  # Current time is 14:51:15
  - evdev:
    - [  0,      0,   3,   0,   24021] # EV_ABS / ABS_X              24021 (+1)
    - [  1, 142438,   3,   1,   -1000] # EV_ABS / ABS_Y              -1000 (+1)
    - [  1, 142438,   0,   0,       0] # ------------ SYN_REPORT (0) ---------- +7ms
"""


def counted(path: Path) -> dict[str, float]:
    """Count strokes by BTN_TOUCH and samples by SYN_REPORT, in the text itself."""
    touch = eraser = both = strokes = erased = samples = 0
    force: list[int] = []
    level = 0
    for line in path.read_text().splitlines():
        found = re.match(r"E: [\d.]+ (\w{4}) (\w{4}) (-?\d+)", line)
        if not found:
            continue
        kind, code, value = found[1], found[2], int(found[3])
        if (kind, code) == ("0001", "014a"):
            touch = value
            both += value
        elif (kind, code) == ("0001", "0141"):
            eraser = value
        elif (kind, code) == ("0003", "0018"):
            level = value
        elif (kind, code) == ("0000", "0000"):
            strokes += both
            erased += both * eraser
            both = 0
            samples += touch
            force += [level] * touch
    return {
        "strokes": strokes,
        "erased": erased,
        "samples": samples,
        "most": max(force),
        "least": min(force),
    }


@NEEDS_FILES
@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_strokes_samples_and_pressure_equal_a_count_from_the_text(path: Path) -> None:
    recording = read_recording(path)
    frames = list(recording.frames())
    runs = strokes(frames)
    span = recording.info.axes[0x18].span
    touching = [f for f in frames if f.touching]
    force = [f.pressure for f in touching]
    count = counted(path)
    assert count["strokes"] > 0
    assert len(runs) == count["strokes"]
    assert sum(run[0].eraser for run in runs) == count["erased"]
    assert len(touching) == count["samples"]
    assert (round(max(force) * span), round(min(force) * span)) == (count["most"], count["least"])
    assert all(a.t <= b.t for a, b in itertools.pairwise(frames))
    assert not frames[-1].in_range


@NEEDS_FILES
def test_what_the_recordings_hold() -> None:
    infos = {path.stem: read_recording(path).info for path in FILES}
    assert sum(counted(path)["erased"] for path in FILES) == 10
    assert infos["dell_canvas_pen"].size_mm == (596.74, 335.66)
    assert infos["dell_canvas_pen"].direct
    drag = infos["Wacom_Intuos4_6x9.stylus-drag"]
    assert drag.name == "Wacom Intuos4 6x9 Pen", "from the .desc beside it"
    assert drag.size_mm == (223.52, 139.7)
    assert not drag.direct
    uclogic = infos["UC-LOGIC_Tablet_WP5540U_Pen"]
    assert not uclogic.has_tilt
    assert 0x140 not in uclogic.keys, "the pen that never says it is near"


@NEEDS_FILES
def test_tilt_stays_within_what_a_hand_can_do() -> None:
    seen = set()
    for path in FILES:
        for frame in read_recording(path).frames():
            if frame.tilt_x_rad is not None:
                seen.add(path.stem)
                assert abs(frame.tilt_x_rad) < 1.6
    assert len(seen) >= 4


def test_evemu_file(tmp_path: Path) -> None:
    path = tmp_path / "a.events"
    path.write_text(EVEMU)
    assert is_recording(path)
    recording = read_recording(path)
    info = recording.info
    assert (info.name, info.path, info.size_mm) == ("Some Pen", str(path), (596.74, 335.66))
    assert info.keys == {0x140, 0x141, 0x14A, 0x14B, 0x14C}
    assert recording.events[2] == Event(1e-6, 3, 1, -200)


def test_evemu_1_1_axes_have_no_resolution(tmp_path: Path) -> None:
    path = tmp_path / "a.events"
    path.write_text(re.sub(r"(A: .*) \d+\n", r"\1\n", EVEMU).replace("# EVEMU 1.3\n", ""))
    info = read_recording(path).info
    assert info.size_mm is None
    assert info.extent == (59674.0, 33566.0)


def test_description_beside_or_named(tmp_path: Path) -> None:
    events = tmp_path / "Pen.strokes.events"
    events.write_text(BARE)
    with pytest.raises(FormatError, match=r"0 \.desc files beside it begin with 'Pen'"):
        read_recording(events)
    (tmp_path / "Pen_b.desc").write_text(DESCRIPTION)
    assert read_recording(events).info.name == "Some Pen"
    (tmp_path / "Pen_c.desc").write_text(DESCRIPTION.replace("Some", "Other"))
    with pytest.raises(FormatError, match=r"2 \.desc files"):
        read_recording(events)
    assert read_recording(events, tmp_path / "Pen_c.desc").info.name == "Other Pen"


def test_a_recorder_killed_in_the_middle_of_a_line_loses_that_line(tmp_path: Path) -> None:
    path = tmp_path / "a.events"
    path.write_text(EVEMU + "E: 0.5 0003 00")
    assert len(read_recording(path).events) == 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            EVEMU + "E: 0.5 0003\nE: 0.6 0000 0000 0\n",
            r":26: expected 'E: ...', found 'E: 0.5 0003'",
        ),
        (EVEMU.replace("A: 00 0 59674 4 0 100", "A: 00 0 x"), r":19: expected 'A: ...'"),
        (EVEMU.replace("03 1c", "00 00"), r"'Some Pen' is no pen"),
        ("E: " + "9" * 200_000, r":1: the line is longer than 100,000 characters"),
        ("<ink/>", r"expected a recording of evemu"),
        (LIBINPUT.replace("[  1, 142438,   3,", "[  x,"), r":49: expected '- \[s, us, type"),
        (LIBINPUT.replace("24: [0, 8191, 0, 0, 0]", "24: [0, 8191]"), r"five numbers for axis 24"),
        (EVEMU + f"E: {'9' * 320}.0 0000 0000 0\n", r":26: expected 'E: ...', found .*9\.\.\.'$"),
        (EVEMU + f"E: 1.0 0003 0000 {'9' * 400}\n", r":26: expected 'E: ...'"),
        (EVEMU.replace("59674 4 0 100", f"59674 4 0 {'9' * 400}"), r":19: expected 'A: ...'"),
        (EVEMU.replace("P: 02", f"P: {'f' * 400}"), r":4: expected 'P: ...'"),
        (
            LIBINPUT.replace("[  1, 142438,   3,", f"[  {'9' * 400}, 1,   3,"),
            r":49: expected '- \[",
        ),
        (LIBINPUT.replace("[  1, 142438,   3,", f"[  {'9' * 5000}, 1,   3,"), r":49: expected '- "),
        (LIBINPUT.replace("-1000]", f"-{'1' * 400}]"), r":49: expected '- \[s, us, type"),
        (
            LIBINPUT.replace("4, 0, 200]", f"4, 0, {'9' * 400}]"),
            r"axis 0, found '\[0, 44800, 4, 0, 9+\.\.\.'$",
        ),
        (LIBINPUT.replace("320, 321, ", "").replace("331, 332", "333"), r"found: A Keyboard, Some"),
    ],
)
def test_damage_is_named_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "bad.rec"
    path.write_text(text)
    with pytest.raises(FormatError, match=message):
        list(read_recording(path).frames())


def test_libinput_file_gives_its_first_pen(tmp_path: Path) -> None:
    path = tmp_path / "a.yml"
    path.write_text(LIBINPUT)
    assert is_recording(path)
    recording = read_recording(path)
    assert recording.info.name == "Some Pen"
    assert recording.info.size_mm == (224.0, 148.0)
    assert recording.info.direct
    assert recording.info.keys == {320, 321, 330, 331, 332}
    assert recording.events == (
        Event(0.0, 3, 0, 24021),
        Event(1.142438, 3, 1, -1000),
        Event(1.142438, 0, 0, 0),
    )


def test_of_two_pens_the_one_that_wrote_is_read(tmp_path: Path) -> None:
    """A tablet's pen and its touch strip may both say they are pens."""
    device = LIBINPUT[LIBINPUT.index("- node: /dev/input/event9") :]
    silent = device[: device.index("  - evdev:\n")].replace("Some Pen", "Silent Pen")
    path = tmp_path / "a.yml"
    path.write_text(LIBINPUT.replace(device, silent + device))
    recording = read_recording(path)
    assert (recording.info.name, len(recording.events)) == ("Some Pen", 3)
    path.write_text(LIBINPUT.replace(device, silent))
    assert read_recording(path).info.name == "Silent Pen"


def test_libinput_file_says_what_a_yaml_reader_says(tmp_path: Path) -> None:
    yaml = pytest.importorskip("yaml", reason="PyYAML checks the narrow reader")
    path = tmp_path / "a.yml"
    path.write_text(LIBINPUT)
    device = yaml.safe_load(LIBINPUT)["devices"][1]
    recording = read_recording(path)
    events = [e for frame in device["events"] for e in frame["evdev"]]
    assert [tuple(e[2:]) for e in events] == [e[1:] for e in recording.events]
    ranges = {c: (a.minimum, a.maximum, a.resolution) for c, a in recording.info.axes.items()}
    assert ranges == {c: (a[0], a[1], a[4]) for c, a in device["evdev"]["absinfo"].items()}


def test_recordings_are_here_or_the_folder_is_not() -> None:
    assert not RECORDINGS.exists() or len(FILES) == 6
