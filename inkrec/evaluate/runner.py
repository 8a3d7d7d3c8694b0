"""Lines of a corpus, read by a recogniser: pass by pass, and as a stream."""

from __future__ import annotations

import math
import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from threading import Thread
from types import MappingProxyType
from typing import Any

from .. import metrics
from .._threads import one_thread
from ..corpus import Corpus, Sample
from ..ink.strokes import Ink
from ..recognizer import Session, load
from ..session.commit import CommitPolicy
from .passes import PASSES, decode_passes

__all__ = ["COMMIT_POLICIES", "EvalOptions", "LineResult", "read_lines", "replay"]

COMMIT_POLICIES: Mapping[str, CommitPolicy | None] = MappingProxyType(
    {
        "eager": CommitPolicy(
            min_following_words=1, min_stable_pen_ups=1, min_pen_distance=0.0, min_confidence=0.0
        ),
        "quick": CommitPolicy(
            min_following_words=1, min_stable_pen_ups=2, min_pen_distance=1.5, min_confidence=0.3
        ),
        "default": CommitPolicy(),
        "patient": CommitPolicy(
            min_following_words=2, min_stable_pen_ups=4, min_pen_distance=6.0, min_confidence=0.8
        ),
        "slow": CommitPolicy(
            min_following_words=3, min_stable_pen_ups=6, min_pen_distance=10.0, min_confidence=0.9
        ),
        "at the end": None,
    }
)
"""Settings that are compared, by how long a word waits until it is final."""

Loader = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class EvalOptions:
    """What is measured beside the passes.

    Attributes
    ----------
    stream : bool
        Replay the line sample by sample and keep all that was shown.
    confidence : bool
        Keep the words of the finished line with their confidences.
    commitments : bool
        Replay it with each of `COMMITMENTS` too.
    """

    stream: bool = False
    confidence: bool = False
    commitments: bool = False


@dataclass(frozen=True, slots=True)
class LineResult:
    """A line as it was read.

    Attributes
    ----------
    index : int
        Its place in the corpus.
    id, writer, form : str
    reference : str
        The true text.
    passes : dict of str to str
        What each pass read.
    words : tuple of (str, float)
        Words of the finished line with their confidences, if asked for.
    streamed : StreamTrace or None
        What was shown while the ink came in, if asked for.
    commitments : dict of str to StreamTrace
        The same with other settings, if asked for.
    """

    index: int
    id: str
    writer: str
    form: str
    reference: str
    passes: dict[str, str]
    words: tuple[tuple[str, float], ...] = ()
    streamed: metrics.StreamTrace | None = None
    commitments: dict[str, metrics.StreamTrace] = field(default_factory=dict)

    @property
    def best(self) -> str:
        """The name of the pass that knows most."""
        return [name for name in PASSES if name in self.passes][-1]


def replay(session: Session, ink: Ink, reference: str) -> metrics.StreamTrace:
    """Feed a line to a session in the ink's own time and keep what it showed.

    Times are those of the samples: the recogniser's own time is measured by the
    benchmarks and not part of a delay here.
    """
    shown = [metrics.ShownText(-math.inf, "", 0)]
    pen_ups: list[int] = []
    seen, touching, t = session.hypothesis, False, 0.0

    def look() -> None:
        state = metrics.ShownText(t, seen.text, len(seen.committed))
        if state[1:] != shown[-1][1:]:
            shown.append(state)

    for sample in ink.samples():
        t = sample.t
        hypothesis = session.feed(sample)
        if hypothesis is not seen:
            seen = hypothesis
            look()
        if touching and not sample.touching:
            pen_ups.append(len(shown) - 1)
        touching = sample.touching
    seen = session.finish()
    look()
    words = tuple((word.text, word.end) for word in seen.words)
    return metrics.StreamTrace(reference, tuple(shown), tuple(pen_ups), words)


class _Reader:
    """Reads lines of one corpus with one recogniser; lives in each process."""

    def __init__(self, model: str, corpus: str, options: EvalOptions, loader: Loader) -> None:
        self.recognizer = loader(model)
        self.corpus = Corpus(corpus)
        self.options = options

    def __call__(self, index: int) -> LineResult:
        sample: Sample = self.corpus[index]
        reference, ink = sample.text.strip(), sample.ink
        words: tuple[tuple[str, float], ...] = ()
        if self.options.confidence:
            whole = self.recognizer.recognize(ink)
            words = tuple((word.text, word.confidence) for word in whole.words)
        streamed, others = None, {}
        if self.options.stream:
            streamed = replay(self.recognizer.session(has_time=ink.has_time), ink, reference)
        if self.options.commitments:
            for name, policy in COMMIT_POLICIES.items():
                session = self.recognizer.session(has_time=ink.has_time, commit=policy)
                others[name] = replay(session, ink, reference)
        passes = decode_passes(self.recognizer, ink)
        who = (sample.id, sample.writer, sample.form)
        return LineResult(index, *who, reference, passes, words, streamed, others)


_reader: _Reader | None = None


def _start(end: Connection, *arguments: Any) -> None:
    global _reader
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks
    Thread(target=_end_with, args=(end,), daemon=True).start()
    _reader = _Reader(*arguments)


def _end_with(end: Connection) -> None:
    """End this process when the other end of a pipe is closed, whatever closed it."""
    try:
        end.recv_bytes()
    except (EOFError, OSError):
        os._exit(1)


@contextmanager
def _ctrl_c_waits() -> Iterator[None]:
    """Hold Ctrl-C back, from processes that are started here for good."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _read(index: int) -> LineResult:
    assert _reader is not None
    return _reader(index)


def read_lines(
    model: str,
    corpus: str,
    indices: Sequence[int],
    options: EvalOptions = EvalOptions(),
    jobs: int = 0,
    loader: Loader = load,
) -> Iterator[LineResult]:
    """Read lines of a corpus, in the order asked for.

    Parameters
    ----------
    model : str
        The name of a bundled model or the path of a model file.
    corpus : str
        Path of an HDF5 corpus.
    indices : sequence of int
        Which samples.
    options : Options
    jobs : int
        Processes beside this one, 0 to read in this one; the lines do not depend on it. They
        end with it, and when no more lines are asked for.
    loader : callable
        Makes a recogniser of ``model``; picklable if there are ``jobs``.
    """
    arguments = (model, corpus, options, loader)
    if jobs < 1:
        yield from map(_Reader(*arguments), indices)
        return
    context = get_context("spawn")
    end, ours = context.Pipe(duplex=False)
    with one_thread(), end:
        pool = ProcessPoolExecutor(jobs, context, _start, (end, *arguments))
        try:
            with _ctrl_c_waits():
                lines = pool.map(_read, indices, chunksize=4)
            yield from lines
        except BaseException:
            ours.close()  # what they are reading is not waited for
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
            ours.close()
