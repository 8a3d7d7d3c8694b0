"""When a word becomes final, and what that does to the line.

A word is committed once the pen has moved on from it and the second pass has
stopped changing its mind: it stood the same at several pen-ups in a row, words
follow it, the pen is well to its right, so that dots and crossbars have had
their chance, and its posterior is high or has been low for long. The beams that
disagree with a committed word are dropped, and what leads to it is forgotten, so
that work and memory do not grow with the line.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..decoding.prefix import BeamState, Prefix
from ..decoding.word_spans import BeamWords
from ..errors import SessionError
from ..results import Hypothesis, Word
from .persistent_list import EMPTY, PersistentList, append, first, from_values
from .rollback import after_committed
from .state import (
    CONTEXT_SAMPLES,
    Checkpoint,
    LineState,
    RefinedText,
    TextState,
)

__all__ = ["CommitPolicy", "commit", "committable"]


@dataclass(frozen=True, slots=True)
class CommitPolicy:
    """What a word must show to be committed.

    Attributes
    ----------
    min_following_words : int
        Words that follow it, at least one.
    min_stable_pen_ups : int
        Pen-ups in a row at which it read the same.
    min_pen_distance : float
        Scales from its right edge to the pen.
    min_confidence : float
        Least posterior; above 1 there is none.
    max_stable_pen_ups : int
        Pen-ups in a row after which a word is taken whatever its posterior, so that one
        in doubt does not keep all that follows open.

    Raises
    ------
    SessionError
        If one is no number, negative, or a count below 1.
    """

    min_following_words: int = 1
    min_stable_pen_ups: int = 3
    min_pen_distance: float = 3.0
    min_confidence: float = 0.7
    max_stable_pen_ups: int = 40

    def __post_init__(self) -> None:
        for name in ("min_following_words", "min_stable_pen_ups", "max_stable_pen_ups"):
            count = getattr(self, name)
            if not (isinstance(count, (int, np.integer)) and count >= 1):
                raise SessionError(
                    f"{name} is {count!r}; it must be a whole number of 1 or more: a word can be "
                    "committed only before at least one other and after one pen-up; None in "
                    "place of a CommitPolicy commits nothing"
                )
        for name in ("min_pen_distance", "min_confidence"):
            least = getattr(self, name)
            if not (isinstance(least, (int, float, np.number)) and least >= 0):
                raise SessionError(f"{name} is {least!r}; it must be a number of 0 or more")


def committable(
    policy: CommitPolicy,
    confidences: Sequence[float],
    steady: Sequence[int],
    distances: Sequence[float],
) -> int:
    """How many of the open words, from the front, are ready.

    Parameters
    ----------
    policy : CommitPolicy
    confidences : sequence of float
        Posterior of each open word.
    steady : sequence of int
        Pen-ups in a row at which each read the same.
    distances : sequence of float
        Scales from each word's right edge to the pen.

    Returns
    -------
    int

    Examples
    --------
    >>> committable(CommitPolicy(), [0.9, 0.9, 0.9], [9, 9, 2], [8.0, 1.0, 0.0])
    1
    """
    n = 0
    for confidence, times, distance in zip(confidences, steady, distances, strict=True):
        ready = (
            (confidence >= policy.min_confidence or times >= policy.max_stable_pen_ups)
            and times >= policy.min_stable_pen_ups
            and distance >= policy.min_pen_distance
        )
        if not ready or n >= len(confidences) - policy.min_following_words:
            break
        n += 1
    return n


def commit(
    r: LineState,
    hypothesis: Hypothesis,
    owners: list[int],
    beam: BeamWords,
    policy: CommitPolicy,
    *,
    editable: bool,
) -> tuple[LineState, Hypothesis]:
    """The line and its hypothesis with the words committed that are ready.

    Parameters
    ----------
    r : LineState
    hypothesis : Hypothesis
        What it says.
    owners : list of int
        The word of each open stroke.
    beam : BeamWords
        That the hypothesis was made of.
    policy : CommitPolicy
    editable : bool
        Whether the committed ink is kept, to be taken back.
    """
    words = hypothesis.words[len(r.text.committed) :]
    old = [*r.text.stable_counts, *[("", 0)] * len(words)]
    counts = tuple(
        (word.text, times + 1 if text == word.text else 1)
        for word, (text, times) in zip(words, old, strict=False)
    )
    r = r._replace(text=r.text._replace(stable_counts=counts))
    if len(words) <= policy.min_following_words:
        return r, hypothesis
    pen_x = r.ink.strokes[-1].samples.value.x
    right = [-math.inf] * len(words)
    for stroke, owner in zip(r.ink.strokes, owners, strict=True):
        right[owner] = max(right[owner], stroke.right)
    n = committable(
        policy,
        [w.confidence for w in words],
        [times for _, times in counts],
        [(pen_x - x) / r.ink.scale for x in right],
    )
    while n:
        done = _commit_words(r, words[:n], owners, beam, editable=editable)
        if done is not None:
            return done, _committed(hypothesis, done.text)
        n -= 1
    return r, hypothesis


def _committed(hypothesis: Hypothesis, text: TextState) -> Hypothesis:
    """The hypothesis with the committed words marked as such."""
    front, n = text.committed_text, len(text.committed)
    return replace(
        hypothesis,
        committed=front,
        tentative=hypothesis.text[len(front) :],
        words=text.committed + hypothesis.words[n:],
        # what contradicts final text is no reading any more
        alternatives=tuple(a for a in hypothesis.alternatives if a.text.startswith(f"{front} ")),
    )


def _commit_words(
    r: LineState, words: tuple[Word, ...], owners: list[int], beam: BeamWords, *, editable: bool
) -> LineState | None:
    """The line with these words final, if a stroke's start parts them from the rest."""
    n = len(words)
    start = next((i for i, owner in enumerate(owners) if owner >= n), 0)
    if start == 0 or any(owner < n for owner in owners[start:]):
        return None
    ink, causal, checkpoints = r.ink, r.causal, r.refined.checkpoints
    border = ink.strokes[start]
    gone = border.encoder.frames - ink.first_frame
    if not 0 < gone <= checkpoints.length:
        return None
    checkpoint: Checkpoint = first(checkpoints, gone).value
    texts = [w.text for w in words]
    prefixes = checkpoint.beam.prefixes
    agree = [[w.text for w in beam.of(prefix)] == texts for prefix in prefixes]
    if not any(agree):
        return None
    context = [*ink.context, *(s.list() for s in ink.strokes[:start])]
    while sum(map(len, context)) > CONTEXT_SAMPLES:
        del context[0]
    base = checkpoint._replace(beam=_reroot(checkpoint.beam.prune(agree)))
    kept = _prune_checkpoints(checkpoints.last(checkpoints.length - gone), texts, beam)
    _drop_history(kept, base.beam.prefixes[0].length)
    before = border.causal_tokens
    ahead = causal.frames.last(ink.encoder.frames - border.encoder.frames)
    return LineState(
        ink=ink._replace(
            strokes=tuple(
                s._replace(before=None, causal_tokens=s.causal_tokens - before)
                for s in ink.strokes[start:]
            ),
            first_stroke=ink.first_stroke + start,
            first_frame=border.encoder.frames,
            context=tuple(context),
        ),
        causal=causal._replace(
            frames=causal.frames.cleared().append(ahead),
            tokens=from_values(causal.tokens.last(causal.tokens.length - before)),
        ),
        refined=RefinedText(base, kept),
        text=_with_committed(r, words, start, editable=editable),
    )


def _with_committed(
    r: LineState, words: tuple[Word, ...], strokes: int, *, editable: bool
) -> TextState:
    """The text with words committed that so many open strokes say."""
    text, log = r.text, r.text.commit_log
    if editable:
        ink = tuple(s.list() for s in r.ink.strokes[:strokes])
        bare = after_committed(r)._replace(text=TextState())
        log = append(log, (bare, len(text.committed), ink))
    front = [text.committed_text] if text.committed_text else []
    return text._replace(
        committed=text.committed + tuple(replace(w, committed=True) for w in words),
        committed_text=" ".join([*front, *(w.text for w in words)]),
        stable_counts=text.stable_counts[len(words) :],
        commit_log=log,
    )


def _prune_checkpoints(
    checkpoints: list[Checkpoint], texts: list[str], beam: BeamWords
) -> PersistentList:
    """The checkpoints with the beams alone that begin with the words, as far as there are any."""
    kept = EMPTY
    for checkpoint in checkpoints:
        agree = beam.starting_with(checkpoint.beam.prefixes, texts)
        if not any(agree):
            break
        pruned = checkpoint.beam if all(agree) else checkpoint.beam.prune(agree)
        kept = append(kept, checkpoint._replace(beam=pruned))
    return kept


def _reroot(state: BeamState) -> BeamState:
    """The beam with a root of the same length for each prefix's history, so that memory stays."""
    prefixes = []
    for p in state.prefixes:
        root = Prefix(None, p.symbol, p.frame, p.key, p.lm_state)
        root.length, root.parent_key = state.prefixes[0].length, p.parent_key
        prefixes.append(root)
    return state._replace(prefixes=tuple(prefixes))


def _drop_history(checkpoints: PersistentList, length: int) -> None:
    """Let go of what leads to committed text.

    This is the one place that changes a prefix that other states share: no state looks
    at what stands before the committed length any more.
    """
    seen: set[int] = set()
    for checkpoint in checkpoints.last(checkpoints.length):
        for prefix in checkpoint.beam.prefixes:
            node: Prefix | None = prefix
            while node is not None and node.length > length and id(node) not in seen:
                seen.add(id(node))
                node = node.parent
            if node is not None and node.length == length:
                node.parent = None
