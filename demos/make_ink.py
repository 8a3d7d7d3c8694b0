"""Writes text as a person might: glyphs drawn by hand, moved by a model of the arm.

Run without arguments it makes the sample ink beside it::

    python demos/make_ink.py
    python demos/make_ink.py "Any text you like." out.inkml --seed 7

Letters are splines through hand-set points. The pen follows them with the speed of
a hand: slow where the path bends (the two-thirds power law, Lacquaniti et al. 1983),
from rest to rest in every stroke, with a drifting baseline, uneven letters, tremor,
the grain of a digitizer, and pressure that falls as the pen gets faster. No corpus
was used. Ink comes out in millimetres, at 100 Hz, y downward.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

import inkrec

Array = npt.NDArray[np.float64]

# Points "x y" in hundredths of the x-height, y upward from the baseline. "|" is a
# corner, "/" lifts the pen, and "//" starts a mark that may wait for the word's end.
GLYPHS = {
    "a": "76 84, 46 101, 12 74, 7 34, 30 1, 58 20, 76 88 | 77 42, 84 6, 100 4",
    "b": "8 195, 8 100, 8 4 | 9 50, 30 96, 60 94, 74 50, 58 6, 30 0, 9 16",
    "c": "72 80, 48 101, 14 78, 7 38, 28 3, 56 2, 78 20",
    "d": "72 82, 44 101, 12 72, 7 34, 30 1, 56 18, 74 80, 78 195 | 77 80, 82 12, 98 3",
    "e": "10 48, 44 53, 72 68, 62 96, 36 101, 11 74, 8 34, 32 2, 58 4, 80 22",
    "f": "68 176, 52 196, 31 180, 25 120, 23 50, 22 0 // -2 98, 28 101, 56 103",
    "g": "74 84, 46 101, 14 74, 9 38, 33 5, 59 24, 75 90 | 76 10, 70 -60, 42 -84, 6 -66",
    "h": "8 195, 8 100, 8 2 | 9 50, 28 92, 52 99, 66 72, 68 30, 71 1",
    "i": "8 98, 8 50, 10 10, 24 3 // 9 141, 12 136, 13 134",
    "j": "22 98, 24 20, 17 -60, -6 -82, -28 -64 // 23 141, 26 136, 27 134",
    "k": "8 195, 8 100, 8 2 / 64 98, 38 68, 11 46 | 38 28, 70 0",
    "l": "10 195, 8 100, 10 14, 26 3",
    "m": "6 98, 8 50, 8 2 | 9 50, 26 92, 46 98, 55 70, 55 2 | 56 50, 74 92, 94 98, 103 70, 106 1",
    "n": "6 98, 8 50, 8 2 | 9 50, 28 92, 52 99, 66 70, 69 1",
    "o": "48 100, 16 84, 7 42, 30 1, 62 10, 78 50, 66 90, 40 101",
    "p": "8 98, 8 20, 6 -85 | 8 34, 28 94, 58 98, 74 54, 58 6, 28 0, 9 18",
    "q": "74 84, 46 101, 14 74, 8 36, 32 2, 58 20, 76 90 | 76 10, 76 -78, 84 -84, 100 -60",
    "r": "6 98, 8 50, 8 2 | 9 50, 22 86, 42 101, 58 92",
    "s": "66 84, 44 101, 16 84, 24 60, 52 44, 62 20, 40 0, 6 14",
    "t": "26 172, 24 90, 26 18, 44 0, 62 12 // -4 104, 26 106, 60 109",
    "u": "6 98, 8 40, 26 2, 52 12, 69 60, 73 98 | 73 40, 77 8, 92 4",
    "v": "4 98, 20 48, 36 2 | 54 50, 72 99",
    "w": "2 98, 8 40, 26 2, 44 26, 53 82 | 56 36, 74 2, 94 32, 104 98",
    "x": "6 98, 36 50, 72 2 / 68 98, 38 50, 4 0",
    "y": "6 98, 9 46, 28 8, 54 20, 72 97 | 72 20, 66 -58, 40 -84, 6 -64",
    "z": "6 96, 40 98, 72 97 | 38 50, 4 3 | 40 2, 78 5",
    "A": "4 0, 34 92, 62 186 | 92 92, 118 0 / 24 66, 62 68, 100 68",
    "B": "12 184, 11 90, 10 0 / 6 178, 56 186, 80 148, 60 106, 16 98 | 70 88, 92 48, 62 4, 8 2",
    "C": "106 150, 70 187, 24 154, 8 90, 24 22, 66 -2, 108 32",
    "D": "14 184, 13 90, 12 0 / 4 180, 66 178, 110 104, 76 14, 6 0",
    "E": "84 184, 46 184, 12 183 | 10 90, 11 2 | 50 0, 90 4 / 13 96, 44 98, 72 99",
    "F": "14 184, 12 90, 10 0 / 10 182, 50 185, 90 186 / 13 98, 44 100, 68 101",
    "G": "104 152, 66 187, 22 150, 8 86, 26 16, 66 -2, 98 26, 104 76 | 84 78, 62 77",
    "H": "10 184, 10 90, 9 0 / 96 184, 96 90, 96 0 / 9 94, 52 96, 98 97",
    "I": "24 184, 24 90, 23 0 / 2 183, 24 184, 46 185 / 0 1, 24 0, 48 2",
    "J": "68 184, 68 60, 50 4, 22 0, 4 32 / 40 184, 68 185, 96 186",
    "K": "12 184, 11 90, 10 0 / 92 184, 52 122, 14 88 | 54 50, 100 0",
    "L": "12 184, 10 90, 10 4 | 50 1, 88 5",
    "M": "6 0, 12 90, 18 184 | 44 104, 66 42 | 90 104, 114 184 | 120 90, 126 0",
    "N": "10 0, 10 90, 12 184 | 52 92, 94 4 | 95 90, 97 186",
    "O": "66 186, 22 158, 8 90, 26 18, 70 -2, 112 48, 118 122, 92 178, 54 187",
    "P": "12 184, 11 90, 10 0 / 5 178, 60 187, 90 146, 66 98, 12 86",
    "Q": "66 186, 22 158, 8 90, 26 18, 70 -2, 112 48, 118 122, 92 178, 54 187 / 76 42, 126 -16",
    "R": "12 184, 11 90, 10 0 / 5 178, 60 187, 88 148, 64 104, 14 92 | 56 48, 100 0",
    "S": "92 158, 58 187, 20 160, 30 114, 74 84, 92 42, 60 -2, 8 24",
    "T": "58 184, 57 90, 56 0 / 0 184, 56 186, 114 188",
    "U": "10 184, 10 60, 34 2, 74 6, 96 60, 98 184",
    "V": "4 184, 30 92, 54 2 | 80 92, 106 185",
    "W": "2 184, 20 92, 38 2 | 56 72, 74 140 | 92 70, 110 2 | 128 92, 148 185",
    "X": "8 184, 50 92, 98 0 / 94 184, 52 92, 4 0",
    "Y": "6 184, 28 130, 52 94 / 100 184, 72 130, 50 84, 24 10, 18 -6",
    "Z": "8 182, 50 184, 96 182 | 50 90, 6 2 | 50 0, 102 4",
    "0": "48 170, 16 142, 8 80, 24 8, 56 4, 80 60, 78 130, 52 168, 38 168",
    "1": "8 134, 36 170 | 36 80, 35 0",
    "2": "10 136, 28 166, 60 164, 70 126, 44 66, 6 2 | 42 3, 84 4",
    "3": "10 152, 40 170, 68 138, 52 100, 28 92 | 64 84, 78 44, 48 0, 6 20",
    "4": "52 170, 28 110, 6 60 | 46 58, 88 60 / 62 112, 61 50, 60 -4",
    "5": "22 166, 18 130, 14 94 | 46 106, 76 70, 66 14, 30 -2, 2 14 / 20 166, 50 168, 80 170",
    "6": "66 166, 32 126, 8 60, 26 2, 62 4, 74 46, 46 82, 12 48",
    "7": "6 166, 40 168, 80 168 | 54 88, 32 0",
    "8": "66 150, 40 170, 14 142, 40 94, 72 46, 44 0, 10 40, 44 94, 70 138, 58 162",
    "9": "70 140, 42 170, 10 132, 26 90, 56 100, 72 148 | 70 76, 62 0",
    ".": "8 5, 12 4, 11 0",
    ",": "12 10, 13 -10, 0 -36",
    ":": "10 76, 13 74, 12 71 / 8 6, 12 4, 11 1",
    ";": "12 76, 15 74, 14 71 / 12 10, 13 -10, 0 -36",
    "!": "10 182, 10 120, 9 56 / 9 6, 12 3, 11 0",
    "?": "6 150, 34 182, 68 152, 52 104, 36 78, 34 50 / 34 6, 37 3, 36 0",
    "'": "12 188, 11 172, 5 150",
    '"': "8 188, 7 170, 4 150 / 28 188, 27 170, 24 150",
    "-": "4 58, 26 60, 52 61",
    "(": "36 192, 12 130, 12 40, 36 -20",
    ")": "6 192, 30 130, 30 40, 6 -20",
}


@dataclass(frozen=True)
class Hand:
    """How somebody writes; lengths are shares of the x-height unless said otherwise."""

    x_height_mm: float = 2.6
    slant: float = 0.12  # x for every y
    slope: float = 0.01  # y for every x
    unevenness: float = 0.028  # standard deviation of a letter's points
    spacing: float = 0.34
    word_gap: float = 0.8
    speed_mm_s: float = 46.0  # on a straight
    late_marks: float = 0.0  # share of words whose dots and bars wait for the end


def spline(points: Array, step: float) -> Array:
    """Points about ``step`` apart on the centripetal Catmull-Rom curve through all."""
    if len(points) == 2:
        n = max(2, int(np.hypot(*(points[1] - points[0])) / step) + 1)
        return points[0] + np.linspace(0, 1, n)[:, None] * (points[1] - points[0])
    ends = 2 * points[[0, -1]] - points[[1, -2]]
    p = np.vstack([ends[:1], points, ends[1:]])
    knots = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(p, axis=0).T) ** 0.5)])
    pieces = []
    for i in range(1, len(p) - 2):
        t0, t1, t2, t3 = knots[i - 1 : i + 3]
        n = max(2, int(np.hypot(*(p[i + 1] - p[i])) / step) + 1)
        t = np.linspace(t1, t2, n, endpoint=False)[:, None]
        a1 = ((t1 - t) * p[i - 1] + (t - t0) * p[i]) / (t1 - t0)
        a2 = ((t2 - t) * p[i] + (t - t1) * p[i + 1]) / (t2 - t1)
        a3 = ((t3 - t) * p[i + 1] + (t - t2) * p[i + 2]) / (t3 - t2)
        b1 = ((t2 - t) * a1 + (t - t0) * a2) / (t2 - t0)
        b2 = ((t3 - t) * a2 + (t - t1) * a3) / (t3 - t1)
        pieces.append(((t2 - t) * b1 + (t - t1) * b2) / (t2 - t1))
    return np.vstack([*pieces, points[-1:]])


def smooth(values: Array, width: int) -> Array:
    """Running mean over ``width`` values, the ends held."""
    kernel = np.hanning(width + 2)[1:-1]
    padded = np.pad(values, width // 2, mode="edge")
    out: Array = np.convolve(padded, kernel / kernel.sum(), "valid")
    return out[: len(values)]


def strokes_of(char: str) -> Iterator[tuple[list[Array], bool]]:
    """Runs of points from corner to corner for each stroke, and whether it may wait."""
    for i, part in enumerate(GLYPHS[char].split("//")):
        for stroke in part.split("/"):
            runs: list[Array] = []
            for run in stroke.split("|"):
                points = np.array([[float(v) for v in pair.split()] for pair in run.split(",")])
                runs.append(np.vstack([*(r[-1:] for r in runs[-1:]), points / 100]))
            yield runs, i > 0


def paths(text: str, hand: Hand, rng: np.random.Generator) -> Iterator[tuple[Array, float]]:
    """Each stroke's path in mm, y downward, and the pause in s in front of it."""
    x, drift, pause = 0.0, 0.0, 0.0
    for word in text.split():
        late: list[Array] = []
        wait = rng.random() < hand.late_marks
        for char in word:
            width = 0.0
            size = 1 + hand.unevenness * rng.normal(size=2)
            drift = 0.8 * drift + hand.unevenness * rng.normal()
            for runs, may_wait in strokes_of(char):
                path = _path(runs, hand, rng) * size
                width = max(width, float(max(run[:, 0].max() for run in runs)))
                path[:, 0] += x + hand.slant * path[:, 1]
                path[:, 1] += drift + hand.slope * x
                path *= [hand.x_height_mm, -hand.x_height_mm]
                if may_wait and wait:
                    late.append(path)
                else:
                    yield path, pause
                pause = 0.05 * rng.lognormal(0, 0.25)
            x += width + hand.spacing * rng.lognormal(0, 0.12)
            pause += 0.03 * rng.lognormal(0, 0.3)
        for path in late:
            yield path, pause
            pause = 0.06 * rng.lognormal(0, 0.25)
        x += hand.word_gap * rng.lognormal(0, 0.1)
        pause += 0.14 * rng.lognormal(0, 0.3)


def _path(runs: list[Array], hand: Hand, rng: np.random.Generator) -> Array:
    """A glyph's stroke with uneven points, its corners slightly rounded."""
    uneven, last = [], None
    for run in runs:
        moved = run + hand.unevenness * rng.normal(size=run.shape)
        if last is not None:
            moved[0] = last
        last = moved[-1]
        uneven.append(spline(moved, 0.02))
    path = np.vstack([uneven[0], *(run[1:] for run in uneven[1:])])
    if len(path) < 8:
        return path
    return np.stack([smooth(column, 7) for column in path.T], axis=1)


def moved(path: Array, hand: Hand, rng: np.random.Generator, rate_hz: float) -> Array:
    """A path as a pen runs along it: columns t (from 0), x, y, pressure."""
    steps = np.hypot(*np.diff(path, axis=0).T)
    path = path[np.concatenate([[True], steps > 1e-9])]
    s = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    heading = np.unwrap(np.arctan2(*np.gradient(path, axis=0).T[::-1]))
    bend = smooth(np.abs(np.gradient(heading, s)), 9)
    speed = hand.speed_mm_s * (1 + bend * hand.x_height_mm * 0.6) ** (-1 / 3)
    rest = 0.35 * hand.x_height_mm  # in which the pen gets under way and comes to rest
    speed *= np.sqrt(np.clip(np.minimum(s, s[-1] - s) / rest, 0.02, 1))
    slowness = 1 / smooth(speed, 7)
    t = np.concatenate([[0], np.cumsum((slowness[1:] + slowness[:-1]) / 2 * np.diff(s))])
    ticks = np.arange(0, t[-1] + 0.5 / rate_hz, 1 / rate_hz)
    x, y = (np.interp(ticks, t, column) for column in path.T)
    tremor = np.stack([smooth(rng.normal(size=len(ticks)), 9) for _ in range(2)])
    x, y = np.stack([x, y]) + 0.03 * tremor + 0.006 * rng.normal(size=tremor.shape)
    now = np.interp(ticks, t, speed) / hand.speed_mm_s
    force = 0.78 - 0.3 * now + 0.04 * smooth(rng.normal(size=len(ticks)), 9)
    edge = np.minimum(ticks, ticks[-1] - ticks) / 0.03
    return np.stack([ticks, x, y, np.clip(force * (0.4 + 0.6 * np.clip(edge, 0, 1)), 0.05, 1)])


def write(text: str, seed: int = 0, hand: Hand | None = None, rate_hz: float = 100.0) -> inkrec.Ink:
    """One line of ink that says ``text``, in mm, with time and pressure.

    Raises
    ------
    KeyError
        If a character has no glyph.
    """
    hand = Hand() if hand is None else hand
    rng = np.random.default_rng(seed)
    clock, strokes = 0.0, []
    end: Array | None = None
    for path, pause in paths(text, hand, rng):
        if end is not None:
            clock += pause + float(np.hypot(*(path[0] - end))) / (2.5 * hand.speed_mm_s)
        t, x, y, pressure = moved(path, hand, rng, rate_hz)
        times = np.round(clock + t, 3)
        strokes.append(
            inkrec.Stroke(np.round(x + 20, 2), np.round(y + 30, 2), times, np.round(pressure, 3))
        )
        clock, end = float(times[-1]), path[-1]
    return inkrec.Ink(strokes, units_per_mm=1.0)


SAMPLES = {
    "bridge.inkml": ("We met at the old bridge.", 3, Hand()),
    "tea.jsonl": ("Tea is ready, come and sit down.", 11, Hand(3.4, slant=0.02, late_marks=1.0)),
    "river.xopp": ("The river runs under the road.", 5, Hand(2.1, slant=0.22, spacing=0.28)),
}


def main() -> None:
    """Make the samples, or a file of any text."""
    parser = argparse.ArgumentParser(description="Write text as ink.")
    parser.add_argument("text", nargs="?", help="what to write (default: remake the samples)")
    parser.add_argument("out", nargs="?", help="file to write, by its ending")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    if args.text is None:
        for name, (text, seed, hand) in SAMPLES.items():
            inkrec.write(Path(__file__).parent / "ink" / name, write(text, seed, hand))
    elif args.out is None:
        parser.error("say which file to write")
    else:
        inkrec.write(args.out, write(args.text, args.seed))


if __name__ == "__main__":
    main()
