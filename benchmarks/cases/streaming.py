"""Lines written as a pen writes them: every sample timed."""

from __future__ import annotations

import time

import numpy as np

from .bench import Bench, Row, Stopwatch, row

__all__ = ["feed", "line", "position", "reread", "save", "sessions"]


def feed(bench: Bench) -> list[Row]:
    """Samples, strokes, the second pass at pen-ups and the end of lines."""
    touching, lifting, finishing = Stopwatch(), Stopwatch(), Stopwatch()
    strokes: list[float] = []
    for ink in bench.inks:
        session = bench.recognizer.session()
        begin = len(touching.cpu)
        for sample in ink.samples():
            (touching if sample.touching else lifting)(session.feed, sample)
            if not sample.touching:
                strokes.append(sum(touching.cpu[begin:]) + lifting.cpu[-1])
                begin = len(touching.cpu)
        finishing(session.finish)
    return [
        touching.row("feed, a sample", "pen down"),
        lifting.row("pen-up", "second pass, beam, commitment"),
        row("stroke", "ms", strokes, "all samples and the pen-up"),
        finishing.row("finish a line"),
    ]


def line(bench: Bench) -> list[Row]:
    """Whole lines, as from a file."""
    watch = Stopwatch()
    for ink in bench.inks:
        watch(bench.recognizer.recognize, ink)
    return [watch.row("recognize a line")]


def reread(bench: Bench) -> list[Row]:
    """Feeding a line against reading all of it again after every stroke."""
    fed, again = Stopwatch(), Stopwatch()
    at_once: list[float] = []
    total: list[float] = []
    for ink in bench.inks[: 2 if bench.quick else 8]:
        session = bench.recognizer.session()
        for sample in ink.samples():
            fed(session.feed, sample)
        at_once.append(sum(fed.cpu) - sum(at_once))
        for n in range(1, len(ink) + 1):
            again(bench.recognizer.recognize, ink[:n])
        total.append(sum(again.cpu) - sum(total))
    ratio = sum(total) / sum(at_once)
    return [
        row("line, fed", "ms", at_once),
        row("line, read again after every stroke", "ms", total, f"{ratio:.1f} times feeding"),
    ]


def position(bench: Bench) -> list[Row]:
    """CPU of a pen-up by its place in the line."""
    parts: list[list[float]] = [[], [], [], []]
    for ink in bench.inks:
        session, done = bench.recognizer.session(), 0
        watch = Stopwatch()
        for sample in ink.samples():
            watch(session.feed, sample)
            if not sample.touching:
                parts[min(3, 4 * done // len(ink))].append(watch.cpu[-1])
                done += 1
    names = ("first", "second", "third", "last")
    return [
        row(f"pen-up, {name} quarter of the line", "ms", part)
        for name, part in zip(names, parts, strict=True)
        if part
    ]


def save(bench: Bench) -> list[Row]:
    """A session moved to another process, at every tenth stroke."""
    saving, restoring, sizes = Stopwatch(), Stopwatch(), []
    for ink in bench.inks[:10]:
        session, done = bench.recognizer.session(), 0
        for sample in ink.samples():
            session.feed(sample)
            done += not sample.touching
            if not sample.touching and done % 10 == 0:
                state = saving(session.save)
                restoring(bench.recognizer.restore, state)
                sizes.append(len(state) / 1024)
    return [saving.row("save"), restoring.row("restore"), row("saved session", "KiB", sizes)]


def sessions(bench: Bench, rate_hz: float = 100.0) -> list[Row]:
    """How many pens one core keeps up with, each giving 100 samples a second.

    Sessions take turns, a sample each, as they would in a server; what counts is the
    CPU time of one second of all of them. Time between strokes is left out, which
    makes pens busier than they are.
    """
    count, seconds = (4, 1) if bench.quick else (8, 5)
    pens = [bench.recognizer.session() for _ in range(count)]
    streams = [bench.endless() for _ in pens]
    for i, stream in enumerate(streams):
        for _ in range(37 * i):
            next(stream)
    used = []
    for _ in range(seconds):
        cpu = time.thread_time()
        for _ in range(int(rate_hz)):
            for pen, stream in zip(pens, streams, strict=True):
                pen.feed(next(stream))
        used.append(count / (time.thread_time() - cpu))
    return [
        row(
            f"pens at {rate_hz:.0f} Hz on a core", "pens", used, f"{count} taking turns",
            low=float(np.min(used)),
        )
    ]  # fmt: skip
