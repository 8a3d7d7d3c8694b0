"""Recognition beside the window: sessions in a process of their own.

The window sends commands and never waits; results come back when they are ready.
A line is a session. What a session cannot do any more (take back committed ink)
is done by reading the line's strokes again.
"""

from __future__ import annotations

import multiprocessing
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any, NamedTuple, Protocol

from .._threads import one_thread
from ..errors import InkrecError, SessionError
from ..ink.samples import PenSample
from ..ink.strokes import Ink
from ..results import Hypothesis
from .page import split_strokes

__all__ = ["Command", "InlineWorker", "LineSessions", "ProcessWorker", "Result", "Worker"]

Load = Callable[[], Any]


class Command(NamedTuple):
    """What the window asks for.

    Attributes
    ----------
    verb : str
        ``feed`` samples; ``erase`` a stroke; ``replace`` all strokes; ``finish``: read the
        line as a whole.
    line : int
    epoch : int
        Counts the line's strokes being taken back: results of older ones are stale.
    pre_context : str
        The text before the line.
    payload : tuple
        Samples; an index; strokes; nothing.
    """

    verb: str
    line: int
    epoch: int
    pre_context: str
    payload: tuple[Any, ...] = ()


class Result(NamedTuple):
    """What a line says.

    Attributes
    ----------
    line, epoch : int
        Of the command.
    hypothesis : Hypothesis
    final : bool
        Whether the line was read as a whole.
    t : float or None
        Stamp in s of the last sample that was read, where it came just now; None where
        ink was taken back or put there, or the line was read as a whole.
    """

    line: int
    epoch: int
    hypothesis: Hypothesis
    final: bool
    t: float | None = None


class Worker(Protocol):
    """Takes commands, gives results."""

    def send(self, command: Command) -> None: ...
    def results(self) -> list[Result]: ...


@dataclass
class _Line:
    session: Any
    samples: list[PenSample] = field(default_factory=list)
    shown: Hypothesis | None = None


class LineSessions:
    """The sessions of a page, one a line.

    Parameters
    ----------
    recognizer : Recognizer
    line_height : float
        Distance of the ruled lines in ink units.
    """

    def __init__(self, recognizer: Any, line_height: float) -> None:
        self._recognizer = recognizer
        self._line_height = line_height
        self._lines: dict[int, _Line] = {}

    def do(self, command: Command) -> Result | None:
        """Obey; None where the text did not change."""
        verb, line, epoch, pre_context, payload = command
        if verb == "replace":
            samples = [sample for stroke in payload for sample in stroke]
            return self._replace(line, epoch, pre_context, samples)
        held = self._lines.get(line)
        if held is None:
            held = self._lines[line] = _Line(self._session(pre_context))
        if verb == "finish":
            return self._finish(held, line, epoch, pre_context)
        if verb == "erase":
            return self._erase(held, line, epoch, pre_context, payload[0])
        held.samples += payload
        held.session.extend(payload)
        told = self._result(held, line, epoch, held.session.hypothesis)
        return told and told._replace(t=held.samples[-1].t if payload else None)

    def _session(self, pre_context: str) -> Any:
        return self._recognizer.session(line_height=self._line_height, pre_context=pre_context)

    def _replace(
        self, line: int, epoch: int, pre_context: str, samples: list[PenSample]
    ) -> Result | None:
        held = self._lines[line] = _Line(self._session(pre_context), samples)
        held.session.extend(samples)
        return self._result(held, line, epoch, held.session.hypothesis)

    def _erase(
        self, held: _Line, line: int, epoch: int, pre_context: str, index: int
    ) -> Result | None:
        left = [
            sample
            for i, run in enumerate(split_strokes(held.samples))
            for sample in run
            if i != index
        ]
        try:
            hypothesis = held.session.erase([index])
        except SessionError:
            return self._replace(line, epoch, pre_context, left)
        held.samples = left
        return self._result(held, line, epoch, hypothesis)

    def _finish(self, held: _Line, line: int, epoch: int, pre_context: str) -> Result | None:
        ink = Ink.from_samples(held.samples)
        if not len(ink):
            return None
        if held.session.hypothesis.committed:  # and stays so: what follows it is read to its end
            final = held.session.peek()
        else:
            final = self._recognizer.recognize(
                ink, line_height=self._line_height, pre_context=pre_context
            )
        held.shown = None  # the next change is told, whatever it is
        return Result(line, epoch, final, True)

    def _result(self, held: _Line, line: int, epoch: int, hypothesis: Hypothesis) -> Result | None:
        if hypothesis is held.shown:
            return None
        held.shown = hypothesis
        return Result(line, epoch, hypothesis, False)


class InlineWorker:
    """Recognition on the spot, where nothing else has to go on: tests, terminals."""

    def __init__(self, load: Load, line_height: float) -> None:
        self._lines = LineSessions(load(), line_height)
        self._results: deque[Result] = deque()
        self.ready = True
        self.error: str | None = None
        self.busy = False

    def send(self, command: Command) -> None:
        """Ask for something."""
        result = self._lines.do(command)
        if result is not None:
            self._results.append(result)

    def results(self) -> list[Result]:
        """What has come since the last call."""
        found = list(self._results)
        self._results.clear()
        return found

    def close(self) -> None:
        """No more questions."""


class ProcessWorker:
    """Recognition in a process of its own.

    Parameters
    ----------
    load : callable
        Gives the recogniser; called over there, so it must be picklable.
    line_height : float
    notify : callable
        Called from another thread when results have come.

    Attributes
    ----------
    ready : bool
        Whether the model is loaded.
    error : str or None
        Why there is no recognition.
    """

    def __init__(self, load: Load, line_height: float, notify: Callable[[], object]) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, other = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(other, load, line_height), daemon=True, name="inkrec reader"
        )
        with one_thread():
            self._process.start()
        other.close()
        self.ready = False
        self.error: str | None = None
        self._sent = self._done = 0
        self._results: deque[Result] = deque()
        self._outbox: deque[Command] = deque()
        self._wake = threading.Condition()
        self._notify = notify
        self._closing = False
        threading.Thread(target=self._listen, daemon=True, name="inkrec results").start()
        threading.Thread(target=self._post, daemon=True, name="inkrec commands").start()

    @property
    def busy(self) -> bool:
        """Whether something that was asked is not answered yet."""
        return self.error is None and (not self.ready or self._done < self._sent)

    def send(self, command: Command) -> None:
        """Ask for something; never waits."""
        with self._wake:
            self._sent += 1
            self._outbox.append(command)
            self._wake.notify()

    def results(self) -> list[Result]:
        """What has come since the last call."""
        found = []
        while self._results:
            found.append(self._results.popleft())
        return found

    def close(self) -> None:
        """End the process."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._process.terminate()
        self._process.join(2)
        self._pipe.close()

    def _post(self) -> None:
        """Write to the pipe here: it may be full while the reader is at work."""
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._outbox or self._closing)
                if self._closing:
                    return
                batch = list(self._outbox)
                self._outbox.clear()
            try:
                self._pipe.send(batch)
            except OSError:
                return

    def _listen(self) -> None:
        while not self._closing:
            try:
                kind, value = self._pipe.recv()
            except (EOFError, OSError):
                if not self._closing and self.error is None:
                    self.error = "recognition stopped; save the ink and start again"
                    self._notify()
                return
            if kind == "result":
                self._results.append(value)
            elif kind == "ready":
                self.ready = True
            elif kind == "error":
                self.error = value
            elif kind == "done":
                self._done += value
            self._notify()


def _serve(pipe: Connection, load: Load, line_height: float) -> None:
    """Answer commands until the window is gone. Runs in the other process."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the window's
    try:
        lines = LineSessions(load(), line_height)
    except InkrecError as error:
        pipe.send(("error", str(error)))
        return
    except OSError as error:
        pipe.send(("error", f"{error.filename}: {error.strerror}"))
        return
    pipe.send(("ready", None))
    while True:
        try:
            batch: list[Command] = pipe.recv()
            while pipe.poll():
                batch += pipe.recv()
        except EOFError:
            return
        done = len(batch)
        for command in _joined(batch):
            try:
                result = lines.do(command)
            except InkrecError as error:
                pipe.send(("error", str(error)))
                result = None
            if result is not None:
                pipe.send(("result", result))
        pipe.send(("done", done))


def _joined(batch: list[Command]) -> list[Command]:
    """The same commands, samples of a line that came in pieces put together."""
    joined: list[Command] = []
    for command in batch:
        last = joined[-1] if joined else None
        if (
            last is not None
            and last.verb == command.verb == "feed"
            and (last.line, last.epoch) == (command.line, command.epoch)
        ):
            joined[-1] = last._replace(payload=last.payload + command.payload)
        else:
            joined.append(command)
    return joined
