"""A page says what its strokes say, whatever happened to them on the way."""

from __future__ import annotations

import functools
import os
from collections import Counter

import numpy as np
import tiny
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)  # fmt: skip

from inkrec import Page, Recognizer, Stroke

EXAMPLES = int(os.environ.get("INKREC_PAGE_EXAMPLES", "12"))
STEPS = 40  # rules a run; 500 runs are the 20,000 steps that the law was measured with

SEEN: Counter[str] = Counter()
"""What happened in all runs: the law must not hold because nothing did."""


@functools.cache
def recognizer() -> Recognizer:
    return Recognizer(tiny.model(rescorer=True))


def letter(seed: int, x: float, y: float, t: float | None) -> Stroke:
    """A scribble of about a letter's size, the same for the same seed."""
    random = np.random.default_rng(seed)
    n = int(random.integers(1, 7))
    xs, ys = x + random.uniform(0, 4, n), y + random.uniform(0, 6, n)
    times = None if t is None else t + 0.01 * np.arange(n)
    return Stroke(xs, ys, times, random.uniform(0, 1, n) if seed % 3 == 0 else None)


def said(page: Page) -> list[object]:
    """All that a page says, but for the ids that it gave itself."""
    lines = [
        (line.hypothesis, line.strokes, line.box,
         [(w.word, w.start, w.strokes, w.box) for w in line.words])
        for line in page.lines
    ]  # fmt: skip
    drawings = [(d.kind, d.strokes, d.box, d.about) for d in page.drawings]
    return [page.text, lines, drawings]


class PageMachine(RuleBasedStateMachine):
    """Beside the page, what it ought to hold, and a mirror kept with `Page.changes`."""

    @initialize(timed=st.booleans())
    def begin_page(self, timed: bool) -> None:
        self.page = recognizer().page(pre_context="ab ")
        self.timed, self.clock, self.next = timed, 0.0, 0
        self.held: dict[object, Stroke] = {}
        self.past: list[dict[object, Stroke]] = []
        self.future: list[dict[object, Stroke]] = []
        self.mirror: tuple[dict, dict, dict] = ({}, {}, {})

    def step(self, after: dict[object, Stroke]) -> None:
        self.past.append(self.held)
        self.future.clear()
        self.held = after

    def new(self, seed: int, column: int, row: int) -> tuple[object, Stroke]:
        self.next += 1
        self.clock += 1.0
        time = self.clock if self.timed else None
        name = self.next if seed % 2 else f"s{self.next}"
        return name, letter(seed, 5.0 * column, 14.0 * row, time)

    places = st.tuples(st.integers(0, 999), st.integers(0, 9), st.integers(0, 3))

    @rule(place=places)
    def add(self, place):
        name, stroke = self.new(*place)
        self.page.add(name, stroke)
        self.step({**self.held, name: stroke})

    @rule(many=st.lists(places, min_size=2, max_size=60))
    def add_many(self, many):
        more = dict(self.new(*place) for place in many)
        self.page.edit(add=more)
        self.step({**self.held, **more})

    @rule(place=places, look=st.booleans(), cancel=st.booleans())
    def write(self, place, look, cancel):
        name, stroke = self.new(*place)
        self.page.begin(name)
        times = self.clock + 0.01 * np.arange(len(stroke))
        force = [None] * len(stroke) if stroke.pressure is None else stroke.pressure
        for t, x, y, p in zip(times, stroke.x, stroke.y, force, strict=True):
            self.page.feed((t, x, y, p))
            if look:
                assert self.page.lines or self.page.drawings or place
        if cancel:
            self.page.cancel()
            return
        self.page.end()
        written = Stroke(stroke.x, stroke.y, times, stroke.pressure)
        self.step({**self.held, name: written})

    def some(self, data) -> list[object]:
        names = list(self.held)
        return data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=4, unique=True))

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def erase(self, data):
        names = self.some(data)
        self.page.erase(names)
        self.step({k: v for k, v in self.held.items() if k not in names})
        SEEN["erased"] += len(names)

    @precondition(lambda self: self.held)
    @rule(data=st.data(), dx=st.integers(-9, 9), dy=st.sampled_from([0, 0, 7, -14]))
    def move(self, data, dx, dy):
        names = self.some(data)
        self.page.move(names, dx, dy)
        moved = {
            n: Stroke(s.x + dx, s.y + dy, s.t, s.pressure)
            for n, s in self.held.items()
            if n in names
        }
        self.step({**self.held, **moved})

    @precondition(lambda self: self.held)
    @rule(data=st.data(), seed=st.integers(0, 99))
    def replace(self, data, seed):
        names = self.some(data)
        new = {}
        for n in names:
            old = self.held[n]
            time = None if old.t is None else float(old.t[0])
            new[n] = letter(seed, float(old.x.min()), float(old.y.min()), time)
        self.page.replace(new)
        self.step({**self.held, **new})

    @precondition(lambda self: self.past)
    @rule(back=st.integers(1, 4), forth=st.integers(1, 4))
    def undo_and_redo(self, back, forth):
        for _ in range(min(back, len(self.past))):
            self.page.undo()
            self.future.append(self.held)
            self.held = self.past.pop()
            SEEN["undone"] += 1
        for _ in range(min(forth, len(self.future))):
            self.page.redo()
            self.past.append(self.held)
            self.held = self.future.pop()
            SEEN["redone"] += 1

    @rule()
    def save(self):
        before = said(self.page)
        self.page = recognizer().restore_page(self.page.save())
        assert said(self.page) == before

    @rule()
    def settle(self):
        self.page.settle()
        text = self.page.text
        self.page.settle()
        assert self.page.text == text
        fresh = recognizer().page(pre_context="ab ")
        fresh.edit(add=self.page.strokes)
        fresh.settle()
        assert said(fresh) == said(self.page)
        SEEN["settled lines"] += len(fresh.lines)

    @rule()
    def changes(self):
        told = self.page.changes()
        for kind, new, gone in zip(
            self.mirror,
            (told.lines, told.words, told.drawings),
            (told.removed_lines, told.removed_words, told.removed_drawings),
            strict=True,
        ):
            for name in gone:
                del kind[name]
            kind.update({item.id: item for item in new})
        lines, words, drawings = self.mirror
        assert lines == {line.id: line for line in self.page.lines}
        assert words == {word.id: word for word in self.page.words}
        assert drawings == {drawing.id: drawing for drawing in self.page.drawings}
        assert not self.page.changes()

    @invariant()
    def every_stroke_stands_in_one_place(self):
        if not hasattr(self, "page"):
            return
        assert self.page.strokes == self.held
        state = self.page._state
        held = [s.id for line in state.lines for s in line.shape.strokes]
        held += [s.id for drawing in state.drawings for s in drawing.strokes]
        assert sorted(map(repr, held)) == sorted(map(repr, self.held))

    def teardown(self) -> None:
        if hasattr(self, "page"):
            self.settle()


def test_a_page_says_what_its_strokes_say():
    SEEN.clear()
    run_state_machine_as_test(
        PageMachine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert min(SEEN["erased"], SEEN["undone"], SEEN["redone"], SEEN["settled lines"]) > 0, SEEN


def test_the_law_would_find_a_line_that_was_not_read_again(monkeypatch):
    from inkrec.page import state

    monkeypatch.setattr(state.LineEntry, "is_read", property(lambda self: self.reading is not None))
    page = recognizer().page()
    page.edit(add={n: letter(n, 5.0 * n, 0.0, None) for n in range(12)})
    page.settle()
    page.erase(range(8))
    page.settle()
    fresh = recognizer().page()
    fresh.edit(add=page.strokes)
    fresh.settle()
    assert fresh.text != page.text
