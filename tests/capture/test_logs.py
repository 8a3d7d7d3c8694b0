"""Logs of evtest, hid-recorder and libinput debug-events, as people paste them."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkrec import FormatError
from inkrec.capture import is_recording, read_recording

from .test_steady import strokes

EVTEST = """Input driver version is 1.0.1
Input device ID: bus 0x3 vendor 0x56a product 0x357 version 0x110
Input device name: "Wacom Intuos Pro M Pen"
Supported events:
  Event type 0 (EV_SYN)
  Event type 1 (EV_KEY)
    Event code 320 (BTN_TOOL_PEN)
    Event code 330 (BTN_TOUCH)
  Event type 3 (EV_ABS)
    Event code 0 (ABS_X)
      Value      0
      Min        0
      Max    44800
      Fuzz       4
      Resolution 200
    Event code 1 (ABS_Y)
      Value      0
      Min        0
      Max    29600
      Resolution 200
    Event code 24 (ABS_PRESSURE)
      Value      0
      Min        0
      Max     8191
Properties:
  Property type 0 (INPUT_PROP_POINTER)
Testing ... (interrupt to exit)
Event: time 1.000000, type 1 (EV_KEY), code 320 (BTN_TOOL_PEN), value 1
Event: time 1.000000, type 3 (EV_ABS), code 0 (ABS_X), value 2000
Event: time 1.000000, type 3 (EV_ABS), code 1 (ABS_Y), value 4000
Event: time 1.000000, type 4 (EV_MSC), code 4 (MSC_SCAN), value d0042
Event: time 1.000000, type 1 (EV_KEY), code 330 (BTN_TOUCH), value 1
Event: time 1.000000, -------------- SYN_REPORT ------------
Event: time 1.010000, type 3 (EV_ABS), code 0 (ABS_X), value 2200
Event: time 1.010000, -------------- SYN_REPORT ------------
Event: time 1.020000, type 1 (EV_KEY), code 330 (BTN_TOUCH), value 0
Event: time 1.020000, -------------- SYN_REPORT ------------
"""

DEBUG = """-event4   DEVICE_ADDED            Power Button                      seat0 default group1  cap:k
-event12  DEVICE_ADDED            Wacom Intuos Pro M Pen            seat0 default group7  cap:T  size 224x148mm calib
-event12  TABLET_TOOL_PROXIMITY   +1.000s\t\t10.00*/20.00*\ttilt: 0.00*/0.00*\tpressure: 0.00* pen (0x1, id 0x8) proximity-in
 event12  TABLET_TOOL_TIP      1  +1.008s\t\t10.00/20.00\ttilt: 0.00/0.00\tpressure: 0.25* tip-down
 event12  TABLET_TOOL_AXIS     2  +1.016s\t\t11.00*/20.50*\ttilt: 0.00/0.00\tpressure: 0.50*
 event12  TABLET_TOOL_TIP      3  +1.024s\t\t11.00/20.50\tpressure: 0.00* tip-up
 event12  TABLET_TOOL_PROXIMITY 4 +1.032s\t\t11.00/20.50\tpen (0x1, id 0x8) proximity-out
-event4   KEYBOARD_KEY            +2.000s\tKEY_A (30) pressed
"""  # noqa: E501

# A pen: report 2 of tip switch, in range, 6 bits of padding, X and Y of 16 bits and pressure.
DESCRIPTOR = (
    "05 0d 09 02 a1 01 85 02 09 20 a1 00 09 42 09 32 15 00 25 01 75 01 95 02 81 02 95 06 81 03 "
    "05 01 09 30 09 31 55 0e 65 11 35 00 46 58 02 26 e8 03 75 10 95 02 81 02 "
    "05 0d 09 30 26 ff 00 75 08 95 01 81 02 c0 c0"
)
HID = f"""D: 0
R: {len(DESCRIPTOR.split())} {DESCRIPTOR}
N: Test Pen
P: usb-0000:00:14.0-1/input0
I: 3 056a 0357
D: 0
E: 000000.000000 7 02 02 64 00 c8 00 00
E: 000000.010000 7 02 03 64 00 c8 00 80
E: 000000.020000 7 02 03 6e 00 c8 00 ff
E: 000000.030000 7 02 02 6e 00 c8 00 00
E: 000000.040000 7 02 00 00 00 00 00 00
"""

EVEMU = """# EVEMU 1.3
N: Test Pen
I: 0003 056a 0357 0110
B: 00 0b 00 00 00 00 00 00 00
B: 01 00 00 00 00 00 00 00 00
B: 01 00 00 00 00 00 00 00 00
B: 01 00 00 00 00 00 00 00 00
B: 01 00 00 00 00 00 00 00 00
B: 01 00 00 00 00 00 00 00 00
B: 01 01 04 00 00 00 00 00 00
A: 00 0 1000 0 0 100
A: 01 0 1000 0 0 100
E: 1.000000 0001 0140 0001 # tool
E: 1.000000 0003 0000 0100
E: 1.000000 0003 0001 0200
E: 1.000000 0001 014a 0001
E: 1.000000 0000 0000 0000
E: 1.010000 0003 0000 0110
E: 1.010000 0000 0000 0000
E: 1.020000 0001 014a 0000
E: 1.020000 0000 0000 0000
"""
LOGS = {"evtest": EVTEST, "debug-events": DEBUG, "hid": HID, "evemu": EVEMU}
PLACES = {"evtest": [10, 11], "debug-events": [10, 11], "hid": None, "evemu": [1, 1.1]}


@pytest.mark.parametrize("log", LOGS)
@pytest.mark.parametrize("prefix", ["", "> ", "    ", "> > ", ">", "\t"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_log_is_replayed_however_it_was_quoted(
    log: str, prefix: str, ending: str, tmp_path: Path
) -> None:
    path = tmp_path / "pasted.txt"
    quoted = "".join(f"{prefix}{line}{ending}" for line in LOGS[log].splitlines())
    path.write_bytes(quoted.encode())
    assert is_recording(path)
    (stroke,) = strokes(list(read_recording(path).frames()))
    assert len(stroke) == 2
    if PLACES[log]:
        assert stroke == pytest.approx(PLACES[log])


def test_a_hid_device_tells_its_size_and_pressure(tmp_path: Path) -> None:
    (tmp_path / "a.hid").write_text(HID)
    recording = read_recording(tmp_path / "a.hid")
    assert recording.info.name == "Test Pen"
    assert recording.info.size_mm == pytest.approx((60, 60), rel=0.1)
    frames = [f for f in recording.frames() if f.touching]
    assert [f.pressure for f in frames] == pytest.approx([128 / 255, 1])
    assert frames[1].x - frames[0].x == pytest.approx(0.6, rel=0.1)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (EVTEST.replace("code 0 (ABS_X), value 2200", "nonsense"), "found .*nonsense"),
        (EVTEST.replace("320", "333"), "is no pen"),
        (HID.replace("02 03 64", "02 zz 64"), "expected 'E: ...' in bytes"),
        (HID.replace("05 0d 09 02", "05 01 09 02").replace("09 20 a1", "09 01 a1"), "of a pen"),
        ("-event4   DEVICE_ADDED   Mouse   seat0 default group1  cap:p\n", "tablet's tool"),
    ],
)
def test_what_is_wrong_with_a_log_is_named(text: str, match: str, tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_text(text)
    with pytest.raises(FormatError, match=match):
        read_recording(tmp_path / "bad.txt")


@given(
    log=st.sampled_from(sorted(LOGS)),
    edits=st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 9), st.binary(max_size=5))),
)
def test_a_damaged_log_is_read_or_refused(
    log: str, edits: list[tuple[int, int, bytes]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = bytearray(LOGS[log].encode())
    for at, length, new in edits:
        at %= len(data) + 1
        data[at : at + length] = new
    path = tmp_path_factory.mktemp("log") / "log.txt"
    path.write_bytes(bytes(data))
    with contextlib.suppress(FormatError):
        list(read_recording(path).frames())
