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
from ..session.commit import Commitment

__all__ = ["COMMITMENTS", "PASSES", "Line", "Options", "read_lines", "replay"]

PASSES = ("causal", "refined", "final", "final_lm")
"""The passes in the order of their knowledge; a model without a language model lacks the last."""

COMMITMENTS: Mapping[str, Commitment | None] = MappingProxyType(
    {
        "eager": Commitment(words=1, pen_ups=1, distance=0.0, confidence=0.0),
        "quick": Commitment(words=1, pen_ups=2, distance=1.5, confidence=0.3),
        "default": Commitment(),
        "patient": Commitment(words=2, pen_ups=4, distance=6.0, confidence=0.8),
        "slow": Commitment(words=3, pen_ups=6, distance=10.0, confidence=0.9),
        "at the end": None,
    }
)
"""Settings that are compared, by how long a word waits until it is final."""

Loader = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Options:
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
class Line:
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
    streamed : Streamed or None
        What was shown while the ink came in, if asked for.
    commitments : dict of str to Streamed
        The same with other settings, if asked for.
    """

    index: int
    id: str
    writer: str
    form: str
    reference: str
    passes: dict[str, str]
    words: tuple[tuple[str, float], ...] = ()
    streamed: metrics.Streamed | None = None
    commitments: dict[str, metrics.Streamed] = field(default_factory=dict)

    @property
    def best(self) -> str:
        """The name of the pass that knows most."""
        return [name for name in PASSES if name in self.passes][-1]


def replay(session: Session, ink: Ink, reference: str) -> metrics.Streamed:
    """Feed a line to a session in the ink's own time and keep what it showed.

    Times are those of the samples: the recogniser's own time is measured by the
    benchmarks and not part of a delay here.
    """
    shown = [metrics.Shown(-math.inf, "", 0)]
    pen_ups: list[int] = []
    seen, touching, t = session.hypothesis, False, 0.0

    def look() -> None:
        state = metrics.Shown(t, seen.text, len(seen.committed))
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
    return metrics.Streamed(reference, tuple(shown), tuple(pen_ups), words)


class _Reader:
    """Reads lines of one corpus with one recogniser; lives in each process."""

    def __init__(self, model: str, corpus: str, options: Options, loader: Loader) -> None:
        self.recognizer = loader(model)
        self.corpus = Corpus(corpus)
        self.options = options

    def __call__(self, index: int) -> Line:
        sample: Sample = self.corpus[index]
        reference, ink = sample.text.strip(), sample.ink
        words: tuple[tuple[str, float], ...] = ()
        if self.options.confidence:
            whole = self.recognizer.recognize(ink)
            words = tuple((word.text, word.confidence) for word in whole.words)
        streamed, others = None, {}
        if self.options.stream:
            streamed = replay(self.recognizer.session(timed=ink.timed), ink, reference)
        if self.options.commitments:
            for name, setting in COMMITMENTS.items():
                session = self.recognizer.session(timed=ink.timed, commitment=setting)
                others[name] = replay(session, ink, reference)
        passes = dict(self.recognizer.read_passes(ink))
        who = (sample.id, sample.writer, sample.form)
        return Line(index, *who, reference, passes, words, streamed, others)


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


def _read(index: int) -> Line:
    assert _reader is not None
    return _reader(index)


def read_lines(
    model: str,
    corpus: str,
    indices: Sequence[int],
    options: Options = Options(),
    jobs: int = 0,
    loader: Loader = load,
) -> Iterator[Line]:
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
