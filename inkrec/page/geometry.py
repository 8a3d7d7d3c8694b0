"""Where the words of a line stand, and what ink wrote each of their characters."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..results import Character, Hypothesis
from ..session.characters import align_characters
from ..session.line_decoder import LineDecoder
from .reading import has_time
from .strokes import PageStroke, line_samples

__all__ = ["LineGeometry"]

_ON_LINE = frozenset("abcdehiklmnorstuvwxzABCDEFGHIJKLMNOPRSTUVWXYZ0123456789")
_LOW = frozenset("aceimnorsuvwxz")  # their tops, dots left out, tell the x-height
_LEAST = 3  # characters that tell of a line; fewer leave it level


@dataclass(frozen=True, eq=False)
class LineGeometry:
    """The ink of a line under what it says; all is worked out when it is asked for.

    Attributes
    ----------
    decoder : LineDecoder
    strokes : tuple of PageStroke
    hypothesis : Hypothesis
        Its words' strokes are places in ``strokes``.
    turn : float
        As of `LineStrokes`.
    """

    decoder: LineDecoder
    strokes: tuple[PageStroke, ...]
    hypothesis: Hypothesis
    turn: float = 0.0

    @cached_property
    def characters(self) -> tuple[Character, ...]:
        """The characters of all words, by their places in the text; the app's ids of strokes."""
        timed = has_time(self.strokes)
        decoder = replace(self.decoder, has_time=timed)
        samples = list(line_samples(self.strokes, has_time=timed, turn=self.turn))
        found = []
        for c in align_characters(decoder, samples, self.hypothesis.words):
            spans = [
                span._replace(
                    stroke=self.strokes[span.stroke].id,
                    # a stroke of very many points was read thinned
                    first=span.first
                    * len(self.strokes[span.stroke].stroke)
                    // (len(samples[span.stroke]) - 1),
                    end=span.end
                    * len(self.strokes[span.stroke].stroke)
                    // (len(samples[span.stroke]) - 1),
                )
                for span in c.spans
            ]
            found.append(replace(c, spans=tuple(spans)))
        return tuple(found)

    @cached_property
    def _extents(self) -> list[tuple[Character, float, float, float]]:
        """Each character with the middle of its ink in x, and its top and bottom."""
        by_id = {s.id: s.stroke for s in self.strokes}
        found = []
        for c in self.characters:
            runs = [(by_id[s.stroke], s) for s in c.spans]
            if c.text in "ij":  # without the dot
                runs = sorted(runs, key=lambda run: run[1].first - run[1].end)[:1]
            if runs:
                x = np.concatenate([stroke.x[s.first : s.end] for stroke, s in runs])
                y = np.concatenate([stroke.y[s.first : s.end] for stroke, s in runs])
                found.append((c, float(x.mean()), float(y.min()), float(y.max())))
        return found

    @cached_property
    def _line(self) -> tuple[float, float]:
        """Slope, and y at x = 0, of the line that letters stand on."""
        feet = [(x, bottom) for c, x, _, bottom in self._extents if c.text in _ON_LINE]
        if not feet:
            feet = [(x, bottom) for _, x, _, bottom in self._extents] or [(0.0, 0.0)]
        x, y = np.array(feet).T
        slope = 0.0
        if len(feet) >= _LEAST and np.ptp(x) > 0:  # Theil and Sen: a slip does not tilt it
            a, b = np.triu_indices(len(x), 1)
            far = np.abs(x[b] - x[a]) > 0.2 * np.ptp(x)
            slope = float(np.median((y[b] - y[a])[far] / (x[b] - x[a])[far]))
        return slope, float(np.median(y - slope * x))

    @property
    def slope(self) -> float:
        """How much the line falls to the right: ink units down over ink units to the right."""
        return self._line[0]

    def baseline(self, word: int) -> float:
        """The y that a word stands on at the middle of its ink."""
        slope, level = self._line
        mine = [(c, x, bottom) for c, x, _, bottom in self._extents if c.word == word]
        if not mine:
            return level
        x = float(np.mean([x for _, x, _ in mine]))
        feet = [bottom - slope * at for c, at, bottom in mine if c.text in _ON_LINE]
        own = float(np.median(feet)) if len(feet) >= _LEAST else level
        return own + slope * x

    def x_height(self, word: int) -> float:
        """How high a word's small letters stand over its baseline; of the line where few tell."""
        slope, level = self._line
        tops = [
            (c.word, level + slope * x - top) for c, x, top, _ in self._extents if c.text in _LOW
        ]
        mine = [h for k, h in tops if k == word]
        heights = mine if len(mine) >= _LEAST else [h for _, h in tops]
        if heights:
            return max(0.0, float(np.median(heights)))
        own = [(level + slope * x - top) for _, x, top, _ in self._extents]
        return max(0.0, 0.6 * float(np.median(own))) if own else 0.0
