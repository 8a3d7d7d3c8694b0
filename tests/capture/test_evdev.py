"""The kernel's side is a FIFO that holds events and a table that answers ioctls."""

from __future__ import annotations

import errno
import os
import select
import time
from pathlib import Path

import pytest

from inkrec import DeviceError, capture
from inkrec.capture import Event, PenInfo, evdev
from inkrec.capture import _evdev_ioctl as _ioctl

from .pens import ABS, KEY, MOUSE, PEN, PRESSURE, RUBBER, SYN, TABLET, TOUCH, X, Y, report

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")


class Kernel:
    """Answers what a tablet's node would."""

    def __init__(self, folder: Path, info: PenInfo = TABLET, number: int = 3) -> None:
        self.info = info
        self.path = str(folder / f"event{number}")
        os.mkfifo(self.path)
        self.write_end = os.open(self.path, os.O_RDWR)
        self.held: set[int] = set()
        self.values = dict.fromkeys(info.axes, 0)
        self.grabbed: int | None = None
        self.clock: int | None = None

    def send(self, *events: Event) -> None:
        for t, kind, code, value in events:
            s, us = divmod(round(t * 1e6), 1_000_000)
            os.write(self.write_end, _ioctl.EVENT.pack(s, us, kind, code, value))

    def ioctl(self, number: int, argument: bytes | int) -> bytes:
        size = number >> 16 & 0x3FFF
        call = number & 0xFF
        if call == 0x06:
            answer = self.info.name.encode()
        elif call == 0x09:
            answer = mask(self.info.properties)
        elif call == 0x18:
            answer = mask(self.held)
        elif call == 0x20 + ABS:
            answer = mask(self.info.axes)
        elif call == 0x20 + KEY:
            answer = mask(self.info.keys)
        elif 0x40 <= call < 0x80:
            axis = self.info.axes[call - 0x40]
            answer = _ioctl._ABSINFO.pack(
                self.values[call - 0x40], axis.minimum, axis.maximum, 0, 0, axis.resolution
            )
        elif call == 0x90:
            if self.grabbed:
                raise OSError(errno.EBUSY, "Device or resource busy")
            self.grabbed, answer = int(argument), b""
        elif call == 0xA0:
            assert isinstance(argument, bytes)
            self.clock, answer = int.from_bytes(argument, "little"), b""
        else:
            raise OSError(errno.EINVAL, "Invalid argument")
        return answer.ljust(size, b"\0")[:size]

    def unplug(self) -> None:
        os.close(self.write_end)


def mask(codes: object) -> bytes:
    bits = bytearray(96)
    for code in codes:  # type: ignore[attr-defined]
        bits[code // 8] |= 1 << code % 8
    return bytes(bits)


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kernel:
    kernel = Kernel(tmp_path)

    def call(fd: int, number: int, argument: bytes | int) -> bytes:
        if not os.path.samestat(os.fstat(fd), os.stat(kernel.path)):
            raise OSError(errno.ENOTTY, "Inappropriate ioctl for device")
        return kernel.ioctl(number, argument)

    monkeypatch.setattr(_ioctl, "_call", call)
    monkeypatch.setattr(evdev, "_NODES", tmp_path)
    return kernel


def test_requests_have_the_numbers_of_the_kernels_header() -> None:
    if _ioctl._DIRECTION != 30:
        pytest.skip("this machine numbers its ioctls otherwise")
    assert _ioctl.request(1, 0x90, 4) == 0x40044590, "EVIOCGRAB"
    assert _ioctl.request(1, 0xA0, 4) == 0x400445A0, "EVIOCSCLOCKID"
    assert _ioctl.request(2, 0x06, 256) == 0x81004506, "EVIOCGNAME(256)"
    assert _ioctl.request(2, 0x40, 24) == 0x80184540, "EVIOCGABS(ABS_X)"
    assert _ioctl.EVENT.size == 24


def test_pens_are_found_and_described(kernel: Kernel, tmp_path: Path) -> None:
    (tmp_path / "event10").write_bytes(b"")
    [info] = capture.find_pens()
    assert info.path == kernel.path
    assert info.describe() == (
        "Test Tablet Pen (tablet, 200 x 100 mm, 1001 levels of pressure, tilt, eraser)"
    )


@pytest.mark.parametrize("which", [None, "tablet pen", "{path}"])
def test_open_by_nothing_name_or_path(kernel: Kernel, which: str | None) -> None:
    with capture.open_pen(which and which.format(path=kernel.path)) as pen:
        assert pen.info.name == "Test Tablet Pen"
        assert kernel.clock == 1, "asked for the monotonic clock"


def test_frames_come_as_they_are_written(kernel: Kernel) -> None:
    with evdev.open() as pen:
        assert pen.read() == []
        assert not pen.wait(0)
        kernel.send(*report(1.0, (KEY, PEN, 1), (ABS, X, 100), (ABS, Y, 200)))
        kernel.send(*report(1.1, (KEY, TOUCH, 1), (ABS, PRESSURE, 250)), Event(1.2, ABS, X, 300))
        assert select.select([pen.fileno()], [], [], 1)[0]
        assert pen.wait(1)
        assert [(f.t, f.x, f.pressure, f.touching) for f in pen.read()] == [
            (1.0, 1.0, 0.0, False),
            (1.1, 1.0, 0.25, True),
        ]
        kernel.send(Event(1.2, SYN, 0, 0))
        assert [f.x for f in pen.read()] == [3.0]
    with pytest.raises(DeviceError, match="was closed; open it again"):
        pen.fileno()


def test_more_than_a_chunk_is_read_at_once(kernel: Kernel) -> None:
    with evdev.open() as pen:
        for i in range(100):
            kernel.send(*report(i * 0.01, (KEY, TOUCH, 1 - i % 2), (ABS, X, i)))
        assert len(pen.read()) == 100


def test_an_eraser_in_sight_at_the_opening_writes_no_ink(kernel: Kernel) -> None:
    kernel.held = {RUBBER}
    kernel.values.update({X: 500, Y: 600})
    with evdev.open() as pen:
        kernel.send(*report(7.0, (ABS, X, 1000)))
        kernel.send(*report(7.1, (KEY, TOUCH, 1), (ABS, PRESSURE, 500)))
        kernel.send(*report(7.2, (KEY, RUBBER, 0), (KEY, TOUCH, 0)))
        frames = pen.read()  # the pen may be back at once; 0.06 s later it is gone
        assert pen.wait(5)
        frames += pen.read()
    assert [(f.t, f.x, f.y, f.touching, f.in_range) for f in frames] == [
        (7.0, 10.0, 6.0, False, True),
        (7.1, 10.0, 6.0, True, True),
        (7.2, 10.0, 6.0, False, False),
    ]
    assert all(f.eraser for f in frames)


def test_a_puck_in_sight_at_the_opening_is_no_pen(kernel: Kernel) -> None:
    kernel.held = {MOUSE}
    with evdev.open() as pen:
        kernel.send(*report(1.0, (ABS, X, 1000)), *report(1.1, (KEY, MOUSE, 0)))
        assert pen.read() == []
        kernel.send(*report(1.2, (KEY, PEN, 1), (ABS, X, 5)))
        assert [f.in_range for f in pen.read()] == [True]


def test_a_pen_that_writes_at_the_opening_goes_on(kernel: Kernel) -> None:
    kernel.held = {PEN, TOUCH, 0x14B}
    with evdev.open() as pen:
        kernel.send(*report(1.0, (ABS, X, 1000)), *report(1.1, (KEY, TOUCH, 0)))
        frames = pen.read()
    assert [f.touching for f in frames] == [True, False]
    assert frames[0].buttons == {1}


def test_a_pen_that_goes_away_while_it_is_opened_says_so(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(fd: int, info: PenInfo) -> None:
        raise OSError(errno.ENODEV, "No such device")

    monkeypatch.setattr(_ioctl, "ask_state", gone)
    with pytest.raises(DeviceError, match="went away: No such device; plug it in again"):
        evdev.open()


def test_a_pen_that_left_during_a_loss_is_told_to_have_left(kernel: Kernel) -> None:
    with evdev.open() as pen:
        kernel.send(*report(1.0, (KEY, PEN, 1), (ABS, X, 100), (ABS, Y, 100)))
        assert [f.in_range for f in pen.read()] == [True]
        kernel.send(Event(1.1, SYN, 3, 0), Event(1.2, SYN, 0, 0))
        assert [(f.t, f.in_range, f.touching) for f in pen.read()] == [(1.2, False, False)]


def test_after_a_loss_the_device_is_asked(kernel: Kernel) -> None:
    with evdev.open() as pen:
        kernel.send(*report(1.0, (KEY, PEN, 1), (KEY, TOUCH, 1), (ABS, X, 100), (ABS, Y, 100)))
        kernel.held, kernel.values = {PEN, TOUCH}, {X: 900, Y: 800, PRESSURE: 500} | {26: 0, 27: 0}
        kernel.send(Event(1.1, SYN, 3, 0), Event(1.1, ABS, X, 5), Event(1.2, SYN, 0, 0))
        kernel.send(*report(1.3, (KEY, TOUCH, 0), (ABS, X, 7)))
        frames = pen.read()
        assert [(f.t, f.x, f.touching) for f in frames] == [
            (1.0, 1.0, True),
            (1.1, 1.0, False),
            (1.3, 9.0, True),
        ], "the queued lift is older than the state that was asked"
        kernel.send(*report(1.4, (KEY, TOUCH, 0)))
        assert [f.touching for f in pen.read()] == [False]


def test_unplugging_closes_the_stroke_and_then_says_so(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    pen = evdev.open()
    kernel.send(*report(1.0, (KEY, PEN, 1), (KEY, TOUCH, 1), (ABS, X, 100), (ABS, Y, 100)))
    assert [f.touching for f in pen.read()] == [True]

    def gone(fd: int, size: int) -> bytes:
        raise OSError(errno.ENODEV, "No such device")

    monkeypatch.setattr(os, "read", gone)
    kernel.send(Event(1.1, SYN, 0, 0))  # a node that went away is readable
    stream = pen.frames()
    last = next(stream)
    with pytest.raises(DeviceError, match=r"went away: No such device; plug it in again"):
        next(stream)
    assert (last.touching, last.in_range) == (False, False)
    pen.close()


def test_grab_keeps_events_and_a_second_grab_is_refused(kernel: Kernel) -> None:
    with evdev.open(grab=True):
        assert kernel.grabbed == 1
        with pytest.raises(DeviceError, match=r"cannot be grabbed: Device or resource busy"):
            evdev.open(grab=True)


def test_what_is_no_device(kernel: Kernel, tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("no pen")
    with pytest.raises(DeviceError, match=r"notes.txt is no evdev device"):
        evdev.open(str(other))
    with pytest.raises(DeviceError, match=r"event77 does not exist; see 'inkrec devices'"):
        evdev.open("/dev/input/event77")
    with pytest.raises(DeviceError, match=r"no pen with 'huion' in its name.*there are: Test"):
        evdev.open("huion")


def test_only_what_has_a_slash_is_a_path(
    kernel: Kernel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tablet").mkdir()
    with evdev.open("tablet") as pen:
        assert pen.info.path == kernel.path
    with evdev.open("./event3") as pen:
        assert pen.info.path == "./event3"
    with pytest.raises(DeviceError, match=r"\./tablet is no evdev device"):
        evdev.open("./tablet")


@pytest.mark.parametrize("name", ["a" * 300, "b/" + "a" * 300, "/" + "a" * 300, "a/\0"])
@pytest.mark.usefixtures("kernel")
def test_a_name_that_no_file_can_have_names_no_pen(name: str) -> None:
    with pytest.raises(DeviceError, match=r"no pen with|cannot be opened: File name too long"):
        evdev.open(name)


def test_a_mouse_is_no_pen(kernel: Kernel) -> None:
    kernel.info = PenInfo("Mouse", keys=frozenset({0x110}))
    assert capture.find_pens() == []
    with pytest.raises(DeviceError, match=r"\(Mouse\) is no pen"):
        evdev.open(kernel.path)


def test_no_permission_says_which_group_and_rule(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(DeviceError, match=r"1 of the devices .* usermod -aG \w+ .*uaccess"):
        evdev.open()

    def forbidden(path: str, flags: int) -> int:
        raise PermissionError(errno.EACCES, "Permission denied", path)

    monkeypatch.setattr(os, "open", forbidden)
    with pytest.raises(DeviceError, match=r"event3 may not be read; join its group"):
        evdev.open(kernel.path)


def test_nothing_plugged_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evdev, "_NODES", tmp_path / "none")
    with pytest.raises(DeviceError, match="plug one in, or use the mouse"):
        evdev.open()


@pytest.mark.skipif(
    not os.access("/dev/uinput", os.W_OK), reason="no /dev/uinput that may be written here"
)
def test_a_virtual_tablet_of_the_real_kernel() -> None:
    uinput = pytest.importorskip("evdev", reason="python-evdev makes the virtual tablet")
    axis = uinput.AbsInfo(value=0, min=0, max=20000, fuzz=0, flat=0, resolution=100)
    force = axis._replace(max=1000, resolution=0)
    capabilities = {KEY: [PEN, 0x141, TOUCH, 0x14B], ABS: [(X, axis), (Y, axis), (PRESSURE, force)]}
    with uinput.UInput(capabilities, name="inkrec test pen") as device:
        deadline = time.monotonic() + 5
        while not (found := [p for p in capture.find_pens() if p.name == "inkrec test pen"]):
            assert time.monotonic() < deadline, "the virtual tablet never appeared"
            time.sleep(0.05)
        with capture.open_pen(found[0].path, grab=True) as pen:
            for kind, code, value in [
                (KEY, PEN, 1), (ABS, X, 100), (ABS, Y, 200), (SYN, 0, 0),
                (KEY, TOUCH, 1), (ABS, PRESSURE, 500), (SYN, 0, 0),
                (KEY, TOUCH, 0), (KEY, PEN, 0), (SYN, 0, 0),
            ]:  # fmt: skip
                device.write(kind, code, value)
            frames = []
            while len(frames) < 3 and time.monotonic() < deadline:
                pen.wait(0.1)
                frames += pen.read()
        assert [(f.x, f.y, f.pressure, f.touching) for f in frames] == [
            (1.0, 2.0, 0.0, False),
            (1.0, 2.0, 0.5, True),
            (1.0, 2.0, 0.0, False),
        ]
        assert abs(frames[0].t - time.monotonic()) < 10, "stamps are monotonic"
