"""A labelled line as flat arrays in units of its own scale, as training works on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ..errors import InkError, ModelError
from ..features.points import FeatureSettings, ResamplerState, feature_points
from ..ink.samples import PenSample
from ..ink.scale import ScaleEstimate, update_scale
from ..ink.strokes import Ink
from .forced_alignment import AlignedCut

__all__ = ["TrainingLine", "concatenate_lines", "first_points", "line_features", "stroke_bounds"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TrainingLine:
    """One labelled line as flat arrays, for augmentation and batching.

    Attributes
    ----------
    x, y, t : ndarray, shape (n,)
        Points of all strokes; x and y in scales, t in s.
    stroke_ends : ndarray of int, shape (strokes,)
        Index of each stroke's last point.
    text : str
    has_time : bool
    pressure : ndarray, shape (n,), or None
    baseline : float or None
        Height that comes to lie on the common line when lines are joined; None is the mean of y.
    gap_before : float or None
        Distance between this piece of a word and the ink left of it.
    """

    x: Array
    y: Array
    t: Array
    stroke_ends: npt.NDArray[np.int64]
    text: str
    has_time: bool
    pressure: Array | None = None
    baseline: float | None = None
    gap_before: float | None = None

    @classmethod
    def from_ink(cls, ink: Ink, text: str, scale: float | None = None) -> TrainingLine:
        """The line of some ink, divided by its scale.

        Parameters
        ----------
        ink : Ink
        text : str
        scale : float, optional
            Ink units to take for 1 instead of the ink's own scale.

        Raises
        ------
        InkError
            If the ink has no extent.
        """
        own = update_scale(ScaleEstimate(), ink.samples()).scale
        if not np.isfinite(own):
            raise InkError(f"the ink of {text!r} has no extent; leave it out")
        scale = own if scale is None else scale
        x = np.concatenate([s.x for s in ink])
        y = np.concatenate([s.y for s in ink])
        stroke_ends = np.cumsum([len(s) for s in ink]) - 1
        t = np.array([sample.t for sample in ink.samples() if sample.touching])
        pressure = None
        if all(s.pressure is not None for s in ink):
            pressure = np.concatenate([s.pressure for s in ink if s.pressure is not None])
        return cls(
            (x - x[0]) / scale,
            (y - y[0]) / scale,
            t - t[0],
            stroke_ends,
            text,
            ink.has_time,
            pressure,
        )

    def samples(self) -> Iterator[PenSample]:
        """The samples as a pen would have sent them."""
        at = self.stroke_ends + 1  # the pen-up comes after each last point
        touching = np.insert(np.ones(len(self.x), bool), at, False)
        columns = [np.insert(c, at, c[self.stroke_ends]).tolist() for c in (self.t, self.x, self.y)]
        force = (
            [None] * len(touching)
            if self.pressure is None
            else np.insert(self.pressure, at, 0.0).tolist()
        )
        return map(PenSample, *columns, force, touching.tolist())

    def pieces(self, cuts: Sequence[AlignedCut]) -> list[TrainingLine]:
        """Pieces of the line, cut apart between words or in them; they keep its scale and baseline.

        Parameters
        ----------
        cuts : sequence of (int, int)
            First stroke and first character after each cut, in order.

        Raises
        ------
        ModelError
            If a cut lies outside the line.
        """
        slope, level = np.polyfit(self.x, self.y, 1) if np.ptp(self.x) > 0 else (0.0, self.y.mean())
        pieces = []
        bounds = [(0, 0), *cuts, (len(self.stroke_ends), len(self.text))]
        for (stroke, first), (until, last) in pairwise(bounds):
            if not (stroke < until <= len(self.stroke_ends) and first < last <= len(self.text)):
                raise ModelError(f"{self.text!r} has no cut at {until, last}: cuts of other ink?")
            begin = self.stroke_ends[stroke - 1] + 1 if stroke else 0
            run = slice(begin, self.stroke_ends[until - 1] + 1)
            inside = first and self.text[first - 1] != " "
            pieces.append(
                replace(
                    self,
                    x=self.x[run], y=self.y[run], t=self.t[run] - self.t[begin],
                    stroke_ends=self.stroke_ends[stroke:until] - begin,
                    text=self.text[first:last].rstrip(" "),
                    pressure=None if self.pressure is None else self.pressure[run],
                    baseline=float(level + slope * self.x[run].mean()),
                    gap_before=float(self.x[run].min() - self.x[:begin].max()) if inside else None,
                )
            )  # fmt: skip
        return pieces


def first_points(stroke_ends: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Index of each stroke's first point."""
    return np.concatenate([[0], stroke_ends[:-1] + 1])


def stroke_bounds(column: Array, stroke_ends: npt.NDArray[np.int64]) -> tuple[Array, Array]:
    """Least and greatest value of each stroke's points."""
    firsts = first_points(stroke_ends)
    return np.minimum.reduceat(column, firsts), np.maximum.reduceat(column, firsts)


def concatenate_lines(lines: list[TrainingLine], random: np.random.Generator) -> TrainingLine:
    """Words or lines of one writer set side by side, with spaces between.

    Parameters
    ----------
    lines : list of TrainingLine
        At least one.
    random : numpy.random.Generator

    Returns
    -------
    TrainingLine
    """
    if len(lines) == 1:
        return lines[0]
    xs, ys, ts, stroke_ends, pressures = [], [], [], [], []
    right = clock = 0.0
    count = 0
    for line in lines:
        # words were written apart: bring their middles to one line, roughly
        gap = random.uniform(0.5, 1.6) if count else 0.0
        xs.append(line.x - line.x.min() + right + gap)
        middle = line.y.mean() if line.baseline is None else line.baseline
        ys.append(line.y - middle + 0.1 * random.standard_normal())
        ts.append(line.t - line.t[0] + clock)
        stroke_ends.append(line.stroke_ends + count)
        pressures.append(line.pressure)
        right = float(xs[-1].max())
        clock = float(ts[-1][-1]) + 0.3
        count += len(line.x)
    pressure = None
    if all(p is not None for p in pressures):
        pressure = np.concatenate([p for p in pressures if p is not None])
    return TrainingLine(
        np.concatenate(xs), np.concatenate(ys), np.concatenate(ts), np.concatenate(stroke_ends),
        " ".join(p.text for p in lines), all(p.has_time for p in lines), pressure,
    )  # fmt: skip


_OWN = 1.0  # a line is in units of its own scale


def line_features(
    line: TrainingLine, settings: FeatureSettings, scale: float = _OWN
) -> npt.NDArray[np.float32]:
    """The feature points of a line.

    Parameters
    ----------
    line : TrainingLine
    settings : FeatureSettings
    scale : float, optional
        By default the line's own scale of 1.

    Returns
    -------
    ndarray, shape (n, len(CHANNELS)), float32
    """
    samples = line.samples()
    return feature_points(settings, scale, ResamplerState(), samples, has_time=line.has_time)[
        1
    ].features
