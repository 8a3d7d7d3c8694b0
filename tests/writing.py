"""Lines for laws of sessions: strokes that hypothesis draws, models that read them, likeness.

Coordinates are whole 256ths and times whole 1024ths, so that shifts and scales by powers of two
are exact and no law hangs on how a sum is rounded.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
import tiny
from ctc import Bigram
from hypothesis import strategies as st
from letters import GLYPHS

import inkrec
from inkrec import CommitPolicy, Field, Hypothesis, Ink, PenSample
from inkrec.recognizer import Recognizer
from inkrec.session.session import Session

__all__ = ["EAGER", "KINDS", "TEA", "assert_same", "bundled", "lines", "recognizer", "tea", "write"]

EAGER = CommitPolicy(
    min_following_words=1, min_stable_pen_ups=1, min_pen_distance=0.5, min_confidence=0.1
)
KINDS = ("plain", "language model", "rescorer", "field")
TEA = Path(__file__).parent.parent / "demos" / "ink" / "tea.jsonl"
TIE = 1e-3  # of log-probabilities; readings that lie nearer may change places

Strokes = Sequence[Sequence[PenSample]]


class _OfAField(Recognizer):
    """Its sessions hold words that begin with another letter than they end with."""

    def session(self, **options: Any) -> Session:
        options["field"] = options.get("field") or Field(pattern="[a-d]+[e-h](?: [a-d]+[e-h])*")
        return super().session(**options)


@functools.cache
def recognizer(kind: str = "plain") -> Recognizer:
    """A model of a few units whose weights give several words to most lines, and commit them."""
    model = tiny.model(5, rescorer=kind == "rescorer")
    if kind == "field":
        return _OfAField(model, Bigram())
    return Recognizer(model, Bigram() if kind == "language model" else None)


@functools.cache
def bundled() -> Recognizer:
    """The model that comes along."""
    return inkrec.load()


@functools.cache
def tea(count: int | None = None) -> Strokes:
    """The first strokes of a sample line."""
    return [list(Ink([stroke]).samples()) for stroke in inkrec.read(TEA)[:count]]


@st.composite
def lines(draw: st.DrawFn, min_letters: int = 1, max_letters: int = 8) -> Strokes:
    """Letters that follow each other, some apart, with dots that come late; the pen lifts."""
    left, clock, late = 0.0, 0.0, []
    strokes: list[list[PenSample]] = []
    hurry = draw(st.sampled_from([1, 2, 4]))

    def stroke(glyph: list[tuple[float, float]], at: float) -> None:
        nonlocal clock
        samples = []
        for (x0, y0), (x1, y1) in zip(glyph, [*glyph[1:], glyph[-1]], strict=True):
            for part in (0.0, 0.5):
                x, y = (a + part * (b - a) for a, b in ((x0, x1), (y0, y1)))
                clock += hurry * 12 / 1024
                x, y = 20.37 * (x + at) - 3.1 * y, 19.61 * y + 0.83 * x  # no length comes out even
                samples.append(PenSample(clock, round(256 * x) / 256, round(256 * y) / 256))
        clock += 100 / 1024
        samples.append(samples[-1]._replace(t=clock, touching=False))
        clock += 100 / 1024
        strokes.append(samples)

    for letter in draw(st.lists(st.sampled_from(sorted(GLYPHS)), min_size=min_letters,
                                max_size=max_letters)):  # fmt: skip
        first, *rest = GLYPHS[letter]
        stroke(first, left)
        for glyph in rest:
            if draw(st.booleans()):
                stroke(glyph, left)
            else:
                late.append((glyph, left))
        left += draw(st.sampled_from([0.75, 1.0, 2.0, 3.0]))
    for glyph, at in late:
        stroke(glyph, at)
    return strokes


def write(session: Session, strokes: Iterable[Iterable[PenSample]]) -> Session:
    """Feed strokes, a sample at a time."""
    for stroke in strokes:
        for sample in stroke:
            session.feed(sample)
    return session


def assert_same(one: Hypothesis, other: Hypothesis, *, later: float = 0.0) -> None:
    """The same text, words and numbers, but for what rounding may do to them.

    Readings as good as each other to `TIE` may have changed places; then each must be among the
    alternatives of the other.
    """
    assert (one.committed, one.final) == (other.committed, other.final)
    if one.text != other.text:
        for h, text in ((one, other.text), (other, one.text)):
            near = h.alternatives[0].log_probability - TIE
            assert text in [a.text for a in h.alternatives if a.log_probability >= near], (
                one.text,
                other.text,
            )
        return
    assert len(one.words) == len(other.words)
    for a, b in zip(one.words, other.words, strict=True):
        assert (a.text, a.strokes, a.committed) == (b.text, b.strokes, b.committed)
        assert a.confidence == pytest.approx(b.confidence, abs=2 * TIE)
        assert (a.start + later, a.end + later) == pytest.approx((b.start, b.end), abs=0.05)
    if one.alternatives:
        best, same = (h.alternatives[0].log_probability for h in (one, other))
        assert best == pytest.approx(same, abs=2 * TIE)
