"""Where labelled lines can be cut between words, so that their words make new lines.

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

from ..errors import ModelError
from ..ink.scale import ScaleEstimate, update_scale
from ..ink.strokes import Ink
from ..language.alphabet import BLANK
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


def forced_align(
    log_probs: npt.NDArray[np.floating[Any]], labels: list[int]
) -> tuple[npt.NDArray[np.int64], float]:
    """The most probable path that spells the labels (Viterbi).

    Parameters
    ----------
    log_probs : ndarray, shape (frames, classes)
        Natural log-probabilities, the blank's first.
    labels : list of int

    Returns
    -------
    frames : ndarray of int, shape (len(labels),)
        Where each label is most probable on the path.
    log_probability : float
        Of the path; minus infinity if there are too few frames to spell the labels.

    Examples
    --------
    >>> import numpy as np
    >>> log_probs = np.log([[0.1, 0.8, 0.1], [0.8, 0.1, 0.1], [0.2, 0.1, 0.7]])
    >>> frames, _ = forced_align(log_probs, [1, 2])
    >>> frames.tolist()
    [0, 2]
    """
    path = np.full(2 * len(labels) + 1, BLANK)
    path[1::2] = labels
    skips = np.zeros(len(path), bool)  # a blank may be left out between different symbols
    skips[3::2] = path[3::2] != path[1:-2:2]
    with np.errstate(divide="ignore"):
        emitted = np.asarray(log_probs)[:, path]
    count = len(emitted)
    score = np.full(len(path), -np.inf)
    score[:2] = emitted[0, :2]
    came = np.zeros((count, len(path)), np.int8)
    for t in range(1, count):
        steps = np.full((3, len(path)), -np.inf)
        steps[0] = score
        steps[1, 1:] = score[:-1]
        steps[2, 2:] = np.where(skips[2:], score[:-2], -np.inf)
        came[t] = steps.argmax(0)
        score = steps.max(0) + emitted[t]
    state = len(path) - 1 if len(labels) == 0 or score[-1] >= score[-2] else len(path) - 2
    total = float(score[state])
    frames = np.zeros(len(labels), np.int64)
    best = np.full(len(labels), -np.inf)
    if not np.isfinite(total):
        return frames, -np.inf
    for t in range(count - 1, -1, -1):
        if state % 2 and emitted[t, state] > best[state // 2]:
            best[state // 2], frames[state // 2] = emitted[t, state], t
        state -= int(came[t, state])
    return frames, total


def align_words(model: Model, ink: Ink, text: str, *, letters: bool = False) -> list[AlignedCut]:
    """Where a line can be cut between its words, and inside them.

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
    """The cuts that have a piece on both sides which reads as its label says."""
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
