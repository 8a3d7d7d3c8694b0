"""From the kernel's events to frames of a pen. Pure: no file, no clock.

evdev sends only what changed, one axis or button an event, and closes an instant
with ``SYN_REPORT``. When a reader was too slow the kernel says ``SYN_DROPPED``:
what follows up to the next report is rubbish, and the state has to be asked anew.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

from .events import (
    ABS_PRESSURE,
    ABS_TILT_X,
    ABS_TILT_Y,
    ABS_X,
    ABS_Y,
    BTN_TOOL_RUBBER,
    BTN_TOUCH,
    BUTTONS,
    EV_ABS,
    EV_KEY,
    EV_SYN,
    OTHER_TOOLS,
    PEN_TOOLS,
    SYN_DROPPED,
    SYN_REPORT,
    Event,
    PenFrame,
    PenInfo,
)

__all__ = ["Assembler", "assemble"]

_WORN_AT_MOST = 0.5  # of the pressure range: more is a hand, not a worn tip
_SURELY_PRESSED = 0.05  # of the pressure range, where BTN_TOUCH was lost
_PRESSED = 0.005  # of the pressure range, where there is no BTN_TOUCH
_SET_BACK = 1.0  # s: a step back beyond it is a clock that was set, else stamps out of order
_TILT_RANGE_RAD = math.radians(64)  # what tilt axes without a resolution span, each way


class Assembler:
    """Frames of a pen from events, one event at a time.

    Whatever the events, time never runs backwards, every stroke that begins
    ends, and a stroke never goes on over a gap of which nothing is known.

    Parameters
    ----------
    info : PenInfo
        The device; its axes give ranges and resolutions.
    contact : str, optional
        What tells that the pen touches: ``"button"``, BTN_TOUCH, or ``"pressure"``. By
        default pressure where the device has no BTN_TOUCH, or has let it pass that the pen
        was pressed and let go.

    Examples
    --------
    >>> from inkrec.capture import Axis
    >>> info = PenInfo("pen", axes={0: Axis(0, 1000, 10), 1: Axis(0, 1000, 10)})
    >>> pen = Assembler(info)
    >>> for event in [Event(1.0, 3, 0, 50), Event(1.0, 3, 1, 20), Event(1.0, 1, 0x14A, 1)]:
    ...     assert pen.feed(event) == ()
    >>> [frame] = pen.feed(Event(1.0, 0, 0, 0))
    >>> frame.x, frame.y, frame.touching
    (5.0, 2.0, True)
    >>> [frame.touching for frame in pen.close()]
    [False]
    """

    def __init__(self, info: PenInfo, contact: str | None = None) -> None:
        self.info = info
        lacks_touch = bool(info.keys) and BTN_TOUCH not in info.keys
        self._by_pressure = ABS_PRESSURE in info.axes and (
            contact == "pressure" or (contact is None and lacks_touch)
        )
        self._press_steps = 0 if contact is None and ABS_PRESSURE in info.axes else 3
        self.lost = False
        """Whether events were lost and ``resync`` with the device's state is due."""
        self._values = {c: a.value for c, a in info.axes.items() if a.value is not None}
        self._tools: list[int] = []  # pen ends in sight, the latest last
        self._tools_told = False  # some devices never say
        self._had_tools = False  # at the last report
        self._others: set[int] = set()  # pucks and fingers in sight
        self._buttons: set[int] = set()
        self._touch: bool | None = False  # None: lost
        self._pressed_anew = False  # pressure came since the loss
        self._touched_now = False  # BTN_TOUCH came with this report
        self._stuck = False  # the pen went out of sight and BTN_TOUCH was not let go
        self._break = False  # the stroke must not go on, whatever the state says
        self._skipping = False
        self._shift = 0.0
        self._last: PenFrame | None = None
        metric = info.units_per_mm is not None
        self._scale = {
            code: (axis.minimum, axis.resolution if metric else 1)
            for code in (ABS_X, ABS_Y)
            if (axis := info.axes.get(code))
        }
        self._worn = {False: 0, True: 0}  # pressure of the hovering tip and eraser
        self._hovered = {False: False, True: False}

    def feed(self, event: Event) -> tuple[PenFrame, ...]:
        """Take one event; give the frames it completes, mostly none or one."""
        t, kind, code, value = event
        if kind == EV_SYN and code == SYN_DROPPED:
            frames = self._stop(self._clock(t))
            self._skipping, self._touch, self._pressed_anew = True, None, False
            return frames
        if self._skipping:
            if kind == EV_SYN and code == SYN_REPORT:
                self._skipping, self.lost = False, True
            return ()
        if kind == EV_ABS:
            self._values[code] = value
            self._pressed_anew |= code == ABS_PRESSURE
        elif kind == EV_KEY and value in (0, 1):
            self._key(code, bool(value))
        elif kind == EV_SYN and code == SYN_REPORT:
            return self._report(self._clock(t))
        return ()

    def begin(self, values: Mapping[int, int], held: Iterable[int]) -> None:
        """Take the device's state, asked when it was opened; the next report tells of it.

        Unlike `resync` it needs no time, which only events have.

        Parameters
        ----------
        values : mapping of int to int
            Axes' values by event code.
        held : iterable of int
            Codes of the keys that are down.
        """
        self._take(values, set(held))
        self._had_tools = bool(self._tools)

    def resync(
        self, values: Mapping[int, int], held: Iterable[int], t: float
    ) -> tuple[PenFrame, ...]:
        """Take the device's state, asked after a loss.

        Parameters
        ----------
        values : mapping of int to int
            Axes' values by event code.
        held : iterable of int
            Codes of the keys that are down.
        t : float
            Time of the state in s.
        """
        self._take(values, set(held))
        self._touched_now = bool(self._touch)
        self._skipping = self.lost = self._had_tools = False
        t = self._clock(t)
        if not self._in_sight():
            return self._leave(t)
        frames = self._stop(t)
        if not (self._tools or self._touch):
            return frames
        return frames + self._report(t)

    def _take(self, values: Mapping[int, int], down: set[int]) -> None:
        self._values.update(values)
        self._tools = sorted(down & PEN_TOOLS, key=lambda code: code == BTN_TOOL_RUBBER)
        self._others = down & OTHER_TOOLS
        self._tools_told |= bool(self._tools or self._others)
        self._buttons = down & BUTTONS.keys()
        self._touch = BTN_TOUCH in down

    def close(self) -> tuple[PenFrame, ...]:
        """End what is open: the device went away or the recording is over."""
        self._touch = self._skipping = self._had_tools = False
        self._tools.clear()
        self._buttons.clear()
        return self._leave(self._last.t) if self._last else ()

    def _key(self, code: int, down: bool) -> None:
        if code == BTN_TOUCH:
            self._by_pressure = self._stuck = False
            self._press_steps = 3
            # Down while down, or after a loss: the lift between them was not seen.
            self._break |= not down or self._touch is not False
            self._touch, self._touched_now = down, down
        elif code in PEN_TOOLS:
            self._tools_told = True
            if code in self._tools:
                self._tools.remove(code)
            if down:
                self._tools.append(code)
                if self._stuck and self._touch is False:
                    # Its last word was that it touches: pressure has to tell whether it does.
                    self._touch, self._pressed_anew, self._stuck = None, False, False
        elif code in OTHER_TOOLS:
            self._tools_told = True
            (self._others.add if down else self._others.discard)(code)
        elif code in BUTTONS:
            (self._buttons.add if down else self._buttons.discard)(code)

    def _report(self, t: float) -> tuple[PenFrame, ...]:
        last = self._last
        if self._had_tools and not self._tools and not self._touched_now:
            self._stuck = bool(self._touch)  # and will not be told again, if it goes on
            self._touch = False  # out of sight is off the surface
        self._had_tools, self._touched_now = bool(self._tools), False
        if not self._in_sight():
            self._break = False
            return self._leave(t)
        if ABS_X not in self._values or ABS_Y not in self._values:
            return ()
        if self._press_steps < 3:
            self._learn()
        eraser = bool(self._tools) and self._tools[-1] == BTN_TOOL_RUBBER
        if last is None or not last.in_range:
            self._hovered = {False: False, True: False}
        touching = self._touching()
        frames: tuple[PenFrame, ...] = ()
        if last and last.touching and (last.eraser != eraser or (touching and self._break)):
            frames = self._stop(t)
        self._break = False
        return (*frames, self._put(self._frame(t, touching, eraser)))

    def _in_sight(self) -> bool:
        if self._others and not self._tools:
            return False
        return bool(self._tools) or self._touch is not False or not self._tools_told

    def _touching(self) -> bool:
        if self._by_pressure:
            return self._level() > _PRESSED * self.info.axes[ABS_PRESSURE].span
        if self._touch is not None:
            return self._touch
        axis = self.info.axes.get(ABS_PRESSURE)
        if axis is None or not self._pressed_anew:
            return False
        return self._values[ABS_PRESSURE] - axis.minimum > _SURELY_PRESSED * axis.span

    def _level(self) -> int:
        axis = self.info.axes[ABS_PRESSURE]
        return max(0, self._values.get(ABS_PRESSURE, axis.minimum) - axis.minimum)

    def _learn(self) -> None:
        """Note a press that BTN_TOUCH passed over: none, much and again no pressure."""
        surely = _SURELY_PRESSED * self.info.axes[ABS_PRESSURE].span
        level = self._level()
        if level > surely if self._press_steps == 1 else level == 0:
            self._press_steps += 1
        self._by_pressure |= self._press_steps == 3

    def _frame(self, t: float, touching: bool, eraser: bool) -> PenFrame:
        return PenFrame(
            t,
            self._position(ABS_X),
            self._position(ABS_Y),
            self._pressure(touching, eraser),
            touching,
            True,
            eraser,
            frozenset(BUTTONS[code] for code in self._buttons),
            self._tilt(ABS_TILT_X),
            self._tilt(ABS_TILT_Y),
        )

    def _put(self, frame: PenFrame) -> PenFrame:
        self._last = frame
        return frame

    def _stop(self, t: float) -> tuple[PenFrame, ...]:
        """Lift the pen where it was, if it was down."""
        last = self._last
        if last is None or not last.touching:
            return ()
        lifted = None if last.pressure is None else 0.0
        return (self._put(last._replace(t=t, pressure=lifted, touching=False)),)

    def _leave(self, t: float) -> tuple[PenFrame, ...]:
        """The pen goes out of sight, from where it was seen last."""
        last = self._last
        if last is None or not last.in_range:
            return ()
        force = None if last.pressure is None else 0.0
        gone = last._replace(
            t=t, pressure=force, touching=False, in_range=False, buttons=frozenset()
        )
        return (self._put(gone),)

    def _clock(self, t: float) -> float:
        if self._last is None:
            return t if math.isfinite(t) else 0.0
        if not math.isfinite(t):
            return self._last.t
        if t + self._shift < self._last.t - _SET_BACK:
            self._shift = self._last.t - t
        return max(self._last.t, t + self._shift)

    def _position(self, code: int) -> float:
        origin, resolution = self._scale.get(code, (0, 1))
        return (self._values[code] - origin) / resolution

    def _pressure(self, touching: bool, eraser: bool) -> float | None:
        axis = self.info.axes.get(ABS_PRESSURE)
        if axis is None:
            return None
        level = self._level()
        if not touching and not self._hovered[eraser]:
            self._hovered[eraser] = True
            self._worn[eraser] = level if level <= _WORN_AT_MOST * axis.span else 0
        self._worn[eraser] = worn = min(self._worn[eraser], level)
        if not touching:
            return 0.0
        return min(1.0, (level - worn) / (axis.span - worn))

    def _tilt(self, code: int) -> float | None:
        axis = self.info.axes.get(code)
        value = self._values.get(code)
        if axis is None or value is None:
            return None
        value = max(axis.minimum, min(axis.maximum, value))  # a pen cannot lie under the table
        if axis.resolution > 0 and axis.minimum < 0 < axis.maximum:
            return value / axis.resolution
        return (2 * (value - axis.minimum) / axis.span - 1) * _TILT_RANGE_RAD


def assemble(
    info: PenInfo, events: Iterable[Event], contact: str | None = None
) -> Iterator[PenFrame]:
    """Frames of a whole run of events, the last stroke closed; see `Assembler`."""
    assembler = Assembler(info, contact)
    for event in events:
        yield from assembler.feed(event)
    yield from assembler.close()
