"""What ``--pen`` names: a device, a recording, any file of ink, or the mouse."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ..capture import Pen, PenFrame, PenInfo, ReplayPen, is_recording, open_pen, read_recording
from ..errors import DeviceError, FormatError
from ..formats import iter_samples
from ..ink.samples import PenSample
from ..ink.strokes import Ink

__all__ = ["InkReplay", "as_frames", "boxes_of", "open_replay", "open_source"]


def open_source(spec: str = "auto", *, speed: float | None = 1.0, grab: bool = False) -> Pen | None:
    """Open a pen as a person names it.

    Parameters
    ----------
    spec : str
        ``auto``, ``mouse``, ``replay:FILE``, a device's path or a part of its name.
    speed : float or None
        Of a replay; None as fast as it goes.
    grab : bool
        Whether a device's events are kept from everything else.

    Returns
    -------
    Pen or None
        None where the mouse is the pen.

    Raises
    ------
    DeviceError
        If there is no such pen or it may not be read.
    FormatError, FileNotFoundError, IsADirectoryError
        If a replay's file cannot be read.
    """
    if spec == "mouse":
        return None
    if spec.startswith("replay:"):
        return open_replay(spec.removeprefix("replay:"), speed=speed)
    if spec != "auto":
        return open_pen(spec, grab=grab)
    try:
        return open_pen(grab=grab)
    except DeviceError:
        return None


class InkReplay(ReplayPen):
    """A replay of ink, whose extent is known beforehand.

    Attributes
    ----------
    boxes : list of tuple of float
        Left, top, right and bottom of each stroke.
    """

    def __init__(self, samples: Sequence[PenSample], name: str, speed: float | None) -> None:
        self.boxes = boxes_of(Ink.from_samples(samples))
        super().__init__(as_frames(samples), PenInfo(Path(name).name, name), speed=speed)


def boxes_of(ink: Ink) -> list[tuple[float, float, float, float]]:
    """Left, top, right and bottom of each stroke."""
    return [(float(s.x.min()), float(s.y.min()), float(s.x.max()), float(s.y.max())) for s in ink]


def open_replay(path: str, *, speed: float | None = 1.0) -> ReplayPen:
    """A pen that does again what a file holds: events of a device, or ink."""
    if Path(path).is_dir():
        raise IsADirectoryError(21, "It is a folder; give a file of ink", path)
    if not Path(path).is_file():
        raise FileNotFoundError(2, "No such file", path)
    if is_recording(path):
        recording = read_recording(path)
        pen = ReplayPen(recording.frames(), recording.info, speed=speed)
        pen.why_no_stroke = recording.why_no_stroke
        return pen
    samples = list(iter_samples(path))
    if not any(sample.touching for sample in samples):
        raise FormatError("it holds no ink; nothing to replay", file=path)
    return InkReplay(samples, path, speed)


def as_frames(samples: Iterable[PenSample]) -> Iterator[PenFrame]:
    """Samples as frames of a pen that is always near."""
    for t, x, y, pressure, touching in samples:
        yield PenFrame(t, x, y, pressure, touching)
