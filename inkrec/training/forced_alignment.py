"""Forced alignment: where labelled lines can be cut, so that their words make new lines.

A network that learns whole lines learns their sentences by heart. The second pass of
a model tells which ink each symbol of a label is (Viterbi's path through the CTC
lattice of the label); a cut is where the strokes of two words part in time and in x.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..decoding.forced_alignment import forced_align
from ..errors import ModelError
from ..ink.scale import ScaleEstimate, update_scale
from ..ink.strokes import Ink
from ..model import Model
from ..network.layers import STRIDE
from ..session import encoder

__all__ = [
    "AlignedCut",
    "align_words",
    "forced_align",
    "load_about",
    "load_alignment",
    "save_alignment",
]

AlignedCut = tuple[int, int]
"""The first stroke after a cut, and the first character."""

_DOUBT = -2.0  # mean log-probability of a symbol below which a label is not believed
_GAP = 0.3  # scales that must lie between the ink of two words
_LIFT = 0.03  # the same of two letters
_ALONE = -3.0  # the doubt for a piece of a word, which reads less well on its own


def align_words(model: Model, ink: Ink, text: str, *, letters: bool = False) -> list[AlignedCut]:
    """Align a line with its label: where it can be cut between its words, and inside them.

    Parameters
    ----------
    model : Model
    ink : Ink
    text : str
        Its label.
    letters : bool
        Between letters too, wherever the pen was lifted and the model reads what lies
        between two cuts as the label says.

    Returns
    -------
    list of (int, int)
        Index of the first stroke, and of the first character, after each cut; none if
        the ink does not bear the label out.
    """
    scale = update_scale(ScaleEstimate(), ink.samples()).scale
    if not np.isfinite(scale) or not (letters or " " in text):
        return []
    log_probs, points = _read(model, ink, scale)
    frames, total = forced_align(log_probs, model.alphabet.encode(text))
    if total < _DOUBT * len(text):
        return []
    whose = points[np.minimum(frames * STRIDE + STRIDE - 1, len(points) - 1)]
    right = np.maximum.accumulate([float(s.x.max()) for s in ink])
    left = np.minimum.accumulate([float(s.x.min()) for s in ink][::-1])[::-1]
    found: list[AlignedCut] = []
    for space in (i for i, symbol in enumerate(text) if symbol == " "):
        words = text[:space].rsplit(" ", 1)[-1], text[space + 1 :].split(" ", 1)[0]
        if not all(any(c.isalnum() for c in word) for word in words):
            continue  # a full stop set apart in the label: which stroke it is, is not sure
        # strokes that may begin the next word, and one more to either side, which must not
        # lie farther from its neighbour
        first, last = int(whose[space - 1]) + 1, int(whose[space + 1])
        low, high = max(first - 1, 1), min(last + 1, len(left) - 1)
        gaps = left[low : high + 1] - right[low - 1 : high]
        if first > last or gaps.max() <= _GAP * scale:
            continue
        stroke = low + int(gaps.argmax())
        if first <= stroke <= last:
            found.append((stroke, space + 1))
    if not letters:
        return found
    lifted = np.flatnonzero(left[1:] - right[:-1] > _LIFT * scale) + 1
    between = [(int(stroke), int(np.searchsorted(whose, stroke))) for stroke in lifted]
    taken = {stroke for stroke, _ in found}
    found += [
        (stroke, i)
        for stroke, i in between
        if stroke not in taken and 0 < i < len(text) and " " not in text[i - 1 : i + 1]
    ]
    return _believed(model, ink, text, scale, sorted(found))


def _read(
    model: Model, ink: Ink, scale: float
) -> tuple[npt.NDArray[np.floating[Any]], npt.NDArray[np.int64]]:
    """What the second pass makes of some ink, and the stroke of each of its points."""
    encoding = encoder.encode(model, scale, list(ink.samples()), has_time=ink.has_time)
    return model.network.refine(encoding.frames.hidden), encoding.points.stroke


def _believed(
    model: Model, ink: Ink, text: str, scale: float, cuts: list[AlignedCut]
) -> list[AlignedCut]:
    """Cuts with a piece on both sides that the model reads as its label."""
    strokes = list(ink)
    bounds = [(0, 0), *cuts, (len(strokes), len(text))]
    sure = []
    for (first, i), (last, j) in pairwise(bounds):
        label = text[i:j].rstrip(" ")
        if not label or first >= last:
            sure.append(False)
            continue
        log_probs = _read(model, Ink(strokes[first:last]), scale)[0]
        sure.append(forced_align(log_probs, model.alphabet.encode(label))[1] > _ALONE * len(label))
    return [cut for cut, a, b in zip(cuts, sure[:-1], sure[1:], strict=True) if a and b]


def save_alignment(
    path: str | os.PathLike[str], alignment: dict[str, list[AlignedCut]], **about: Any
) -> None:
    """Write the cuts of lines, by the lines' ids, as JSON.

    Parameters
    ----------
    path : path
    alignment : dict of str to list of (int, int)
        Of `align_words`.
    **about
        What else the file tells, as JSON: how it was made.
    """
    temporary = Path(path).with_name(f".{Path(path).name}.part")
    with open(temporary, "w", encoding="utf-8") as file:
        json.dump({**about, "alignment": alignment}, file, separators=(",", ":"))
    os.replace(temporary, path)


def load_alignment(path: str | os.PathLike[str]) -> dict[str, list[AlignedCut]]:
    """Read the cuts that `save_alignment` wrote.

    Raises
    ------
    ModelError
        If the file is something else.
    """
    try:
        alignment = _content(path)["alignment"]
        return {str(key): _pairs(value) for key, value in alignment.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise _no_alignment(path) from None


def load_about(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read what else `save_alignment` wrote.

    Raises
    ------
    ModelError
        If the file is something else.
    """
    try:
        content = _content(path)
        del content["alignment"]
    except (ValueError, KeyError, TypeError):
        raise _no_alignment(path) from None
    return dict(content)


def _content(path: str | os.PathLike[str]) -> Any:
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def _no_alignment(path: str | os.PathLike[str]) -> ModelError:
    return ModelError(f"{os.fspath(path)} holds no alignment; `inkrec align` writes it")


def _pairs(value: Iterable[Any]) -> list[AlignedCut]:
    return [(int(stroke), int(character)) for stroke, character in value]
