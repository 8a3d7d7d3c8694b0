"""What looking at the data of UNIPEN train_r01_v07 taught, contributor by contributor.

Every rule here was found in plots and counts of the original files; the README
gives them in words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from inkrec.ink.strokes import Ink, Stroke

INSTITUTION = {
    **dict.fromkeys(("apa", "apb", "apc", "apd", "ape", "app"), "apple"),
    **dict.fromkeys(("bba", "bbb", "bbc", "bbd"), "bbn"),
    **dict.fromkeys(("cea", "ceb", "cec", "ced", "cee", "cef"), "cedar"),
    **dict.fromkeys(("hpb", "hpp", "sta"), "hp"),
    **dict.fromkeys(("anj", "ata", "att"), "att"),
}
"""Contributors whose writers may be the same people."""

LANGUAGE = {"abm": "de", "atu": "de", "sie": "de", "lav": ""}
"""Other than English; lav has letters in random order."""

NO_TIME = {
    "art": "the header says 10 points a second, which gives 0.3 characters a second",
    "atu": "T is in microseconds and its pen-ups are lost",
    "kai": "the header says 9600 points a second: the rate of the serial line",
    "pcl": "points were filled in along the path, one a pixel",
    "sta": "the header says 200 points a second, which gives 5 characters a second",
}
"""Contributors whose rate cannot be right: their ink goes in without time."""

SPACED = frozenset({"cea", "ceb", "cec", "ced", "dar", "hpb", "hpp", "sta"})
"""Contributors whose labels set punctuation (and some digits) apart, unlike the ink."""

PATCHES = {
    # A stray number makes three columns of two; the component is an empty box's placeholder.
    "hpb/data/hpb4/hpb43ajj.dat": (b"\n-1 418 495\n", b"\n418 495\n"),
}
"""Damage in single files: what stands there, what is read instead."""

_BEFORE = re.compile(r" +(?=[.,;:!?](?:\s|$)|n't\b|'(?:s|t|ve|ll|d|re|m)\b)")
_APOSTROPHE = re.compile(r"(?<=\w) ' (?=(?:s|t|ve|ll|d|re|m)\b)")
_APART = re.compile(r"(?:^|\s)[^\w\s]+(?:\s|$)|\d \d|[\"@]")


def clean(contributor: str, label: str) -> str:
    """The label as the ink shows it."""
    text = "\n".join(" ".join(line.split()) for line in label.split("\n"))
    if contributor == "kai":
        text = text.replace("@", "")  # marks a ligature
    if contributor in SPACED and " " in text:
        text = _BEFORE.sub("", _APOSTROPHE.sub("'", text))
    return text


def doubt(contributor: str, kind: str, label: str, quality: str, ink: Ink) -> str | None:
    """Why a recogniser of English single lines should not learn from this, or None.

    The label is the cleaned one; it is not empty and the ink holds a stroke.
    """
    language = LANGUAGE.get(contributor, "en")
    if kind == "character":
        return "isolated character"
    if quality == "BAD":
        return "marked BAD by its contributor"
    if language != "en":
        return f"not English ({language or 'letters in random order'})"
    if "XXX" in label or "(return)" in label or label in _NAMED:
        return "label that describes the ink instead of reading it"
    if len(label) < 4 and not any(c.isalnum() for c in label):
        return "punctuation alone, which has no scale"
    if contributor == "att" and (kind == "text" or label != label.lower()):
        return "program text: words in boxes, or case unlike the ink's (att)"
    if contributor in SPACED and " " in label and _APART.search(label):
        return "label whose spaces are not those of the ink"
    if several_lines(label, ink):
        return "several lines"
    return None


_NAMED = frozenset({"Back/", "@_SigN", "AmpersanD", "Word!"})


def several_lines(label: str, ink: Ink) -> bool:
    """Whether the ink of a label runs over more than one line.

    A single word does so only where it is an alphabet or the like.

    Two signs: the pen returns to the left by a third of the width and then
    writes lower by most of a typical stroke's height; or the ink is far
    narrower than so many characters in a row can be.
    """
    if "\n" in label:
        return True
    if " " not in label and len(label) < 12:
        return False
    left, top, right, bottom = ink.bounds
    width, height = right - left, bottom - top
    slim = width / max(height, 1e-9) / len(label.replace(" ", ""))
    drop = _drop(ink, width)
    return slim < 0.10 or drop > 0.8 or (drop > 0.4 and slim < 0.25)


def _drop(ink: Sequence[Stroke], width: float) -> float:
    """The furthest that writing goes down at a return, in typical stroke heights."""
    length = np.array([np.hypot(np.diff(s.x), np.diff(s.y)).sum() for s in ink]) + 1e-9
    low = np.array([s.y.max() for s in ink])
    high = np.array([s.y.min() for s in ink])
    middle, tall = (low + high) / 2, low - high
    order = np.argsort(tall)
    run = np.cumsum(length[order])
    typical = float(tall[order][np.searchsorted(run, run[-1] / 2)]) + 1e-9
    reach = np.maximum.accumulate([s.x.max() for s in ink])
    furthest = 0.0
    for k in range(1, len(length)):
        before, after = slice(max(0, k - 8), k), slice(k, k + 8)
        returns = reach[k - 1] - ink[k].x[0] > 0.35 * width
        if returns and length[after].sum() >= typical:
            fall = np.average(middle[after], weights=length[after]) - np.average(
                middle[before], weights=length[before]
            )
            furthest = max(furthest, float(fall) / typical)
    return furthest
