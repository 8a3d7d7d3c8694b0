"""Any order of feeding, peeking, taking back, saving, restoring and finishing a session.

What it says is compared, after every step, with a session that is given all the ink that is left,
at one time and from the start: for a line that commits nothing the two are the same. Where words
are committed, history matters, and the laws of a commitment are held instead.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from writing import EAGER, KINDS, assert_same, lines, recognizer

from inkrec import PenSample, SessionError

KIND, HEIGHT = st.sampled_from(KINDS), st.sampled_from([None, 40.0])


class Writing(RuleBasedStateMachine):
    """A session, and the ink that it should hold: strokes, the last one perhaps still open."""

    commit = None
    editable = False
    happened: ClassVar[Counter[str]] = Counter()
    """What the laws are about; the test sees to it that it came to pass."""

    @initialize(kind=KIND, height=HEIGHT)
    def begin(self, kind, height) -> None:
        self.reader = recognizer(kind)
        self.options = {"line_height": height, "commit": self.commit, "editable": self.editable}
        self.session = self.reader.session(**self.options)
        self.strokes: list[list[PenSample]] = []
        self.clock = self.right = 0.0
        self.finished = False

    # ------------------------------------------------------------ what a person and an app do

    @precondition(lambda self: not self.finished and not self.down and len(self.strokes) < 16)
    @rule(line=lines(1, 5), gap=st.sampled_from([0.0, 8.0, 40.0]), extend=st.booleans())
    def write(self, line, gap, extend) -> None:
        for stroke in self.placed(line, gap):
            self.strokes.append([])
            self.give(stroke, extend)

    @precondition(lambda self: not self.finished and not self.down and len(self.strokes) < 16)
    @rule(line=lines(1, 1), data=st.data())
    def begin_a_stroke(self, line, data) -> None:
        stroke = self.placed(line, 0.0)[0]
        self.strokes.append([])
        self.rest = stroke
        self.go_on(data.draw(st.integers(1, len(stroke) - 1)))

    @precondition(lambda self: not self.finished and self.down)
    @rule(count=st.integers(1, 30))
    def go_on(self, count) -> None:
        part, self.rest = self.rest[:count], self.rest[count:]
        self.give(part, False)

    @precondition(lambda self: not self.finished and not self.down)
    @rule()
    def hover(self) -> None:
        self.clock += 0.25
        shown = self.session.hypothesis
        assert self.session.feed(PenSample(self.clock, -5.0, 3.0, None, False)) is shown

    @rule()
    def peek(self) -> None:
        shown = self.session.hypothesis
        assert self.session.peek() == self.session.peek()
        assert self.session.hypothesis is shown
        if not self.down and not self.finished:
            assert self.session.peek() == shown

    @precondition(lambda self: not self.finished and self.strokes)
    @rule()
    def undo(self) -> None:
        self.take_back({len(self.strokes) - 1}, self.session.undo)

    @precondition(lambda self: not self.finished and self.strokes)
    @rule(data=st.data())
    def erase(self, data) -> None:
        indices = st.integers(0, len(self.strokes) - 1)
        gone = data.draw(st.sets(indices, min_size=1, max_size=4))
        self.take_back(gone, lambda: self.session.erase(gone))

    @precondition(lambda self: not self.finished and len(self.strokes) > 2)
    @rule(first=st.integers(0, 2))
    def erase_early_ink(self, first) -> None:
        self.take_back({first}, lambda: self.session.erase([first]))

    @rule()
    def save_and_restore(self) -> None:
        stayed = self.session
        self.session = self.reader.restore(stayed.save())
        assert_same(self.session.hypothesis, stayed.hypothesis)
        assert self.session.save() == stayed.save()

    @precondition(lambda self: not self.finished and self.strokes)
    @rule()
    def finish(self) -> None:
        said = self.session.hypothesis.committed
        final = self.session.finish()
        self.finished = True
        assert final.final
        assert final is self.session.finish() is self.session.hypothesis
        assert final.text.startswith(said)
        self.check_final(final)
        with pytest.raises(SessionError, match="finished"):
            self.session.undo()

    # ------------------------------------------------------------ what must hold

    @invariant()
    def words_and_text_agree(self) -> None:
        h = self.session.hypothesis
        assert h.text == h.committed + h.tentative
        assert [w.text for w in h.words if w.committed] == h.committed.split() or h.final
        owned = sorted(i for w in h.words for i in w.strokes)
        assert owned == sorted(set(owned))
        assert all(0 <= i < len(self.strokes) for i in owned)

    @invariant()
    def it_says_what_all_the_ink_says(self) -> None:
        if self.finished:
            return
        self.check_shown()

    def check_shown(self) -> None:
        assert_same(self.session.hypothesis, self.read_again().hypothesis)

    def check_final(self, final) -> None:
        assert_same(final, self.read_again().finish())

    def read_again(self):
        again = self.reader.session(**self.options)
        again.extend(s for stroke in self.strokes for s in stroke)
        return again

    # ------------------------------------------------------------ helpers

    @property
    def down(self) -> bool:
        """Whether the pen is on the paper."""
        return bool(self.strokes) and self.strokes[-1][-1].touching

    def placed(self, line, gap) -> list[list[PenSample]]:
        """The strokes, to the right of all ink and after it."""
        left, t = self.right + gap, self.clock + 0.125
        moved = [[s._replace(x=s.x + left, t=s.t + t) for s in stroke] for stroke in line]
        self.right = max([self.right, *(s.x for stroke in moved for s in stroke)])
        return moved

    def give(self, samples, extend) -> None:
        self.clock = max([self.clock, *(s.t for s in samples)])
        self.strokes[-1] += samples
        if extend:
            self.session.extend(samples)
        else:
            for sample in samples:
                self.session.feed(sample)

    def take_back(self, gone: set[int], call: Callable[[], object]) -> None:
        call()
        self.strokes = [k for i, k in enumerate(self.strokes) if i not in gone]
        self.happened["taken back"] += 1


class Committing(Writing):
    """One that commits words as soon as it can: what is committed is never changed."""

    commit = EAGER

    def check_shown(self) -> None:
        committed = self.session.hypothesis.committed
        before = getattr(self, "committed", "")
        assert committed.startswith(before)
        self.committed = committed
        self.happened["committed"] += bool(committed)

    def check_final(self, final) -> None:
        assert final.text.startswith(self.committed)
        assert [w.text for w in final.words] == final.text.split()

    def take_back(self, gone, call) -> None:
        shown, first = self.session.hypothesis, self.session._state.ink.first_stroke
        if min(gone) < first:
            with pytest.raises(SessionError, match=r"is committed|belongs to committed text"):
                call()
            assert self.session.hypothesis is shown
            return
        super().take_back(gone, call)
        assert self.session.hypothesis.committed.startswith(shown.committed)


class Editing(Writing):
    """One whose committed words can be taken back, and then change by that alone."""

    commit = EAGER
    editable = True

    def check_shown(self) -> None:
        committed = self.session.hypothesis.committed
        assert committed.startswith(getattr(self, "committed", ""))
        self.committed = committed

    def check_final(self, final) -> None:
        assert final.text.startswith(self.committed)

    def take_back(self, gone, call) -> None:
        words = [w.text for w in self.session.hypothesis.words if w.committed]
        kept, node = len(words), self.session._state.text.commit_log
        while node.rest is not None and min(gone) < self.session._state.ink.first_stroke:
            before, kept, _ = node.value  # of the words that were committed at one pen-up
            if before.ink.first_stroke <= min(gone):
                break
            node = node.rest
        self.committed = ""
        super().take_back(gone, call)
        self.happened["committed"] += kept < len(words)
        assert self.session.hypothesis.committed.split()[:kept] == words[:kept]


@pytest.mark.parametrize("machine", [Writing, Committing, Editing])
def test_any_order_of_calls(machine) -> None:
    machine.happened = Counter()
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=50,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
    assert machine.happened["taken back"] > 10
    assert (machine.happened["committed"] > 3) == (machine.commit is not None)
