"""InkML, the W3C's markup for ink (Recommendation of 20 September 2011).

Reading knows trace formats with any channels in any order, units and
resolutions, contexts by reference, differences (``'``, ``"``, ``!``, ``*``,
``?``), continued traces, traces that hover (left out) and orientation: y comes
out growing downward. Left aside are canvas transforms, brushes and parts of
traces that a ``<traceView>`` picks.

Where the Recommendation leaves a choice:

- Coordinates keep their numbers; what they measure becomes ``units_per_mm``,
  None where the file does not tell.
- ``T`` becomes s. Traces that stand out of their time order are put in it. If all
  start at 0 and nothing says when, they are laid 0.1 s apart.
- ``F`` becomes 0 to 1 by its ``min`` and ``max``; without ``max``, by the unit %
  or by the greatest force of the ink.
- The text is the annotation of type ``truth`` (or ``label``, ``transcription``,
  ``text``) of the whole, or of each ``<traceGroup>`` at the top.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ..errors import FormatError, InkError
from ..ink.strokes import Ink
from ._files import MAX_POINTS, Source, name_of
from ._inkml_contexts import PLAIN, Context, Definitions, decimal
from ._inkml_strokes import Piece, concatenated, stroke, timed, top_force, touching
from ._inkml_traces import columns
from ._inkml_write import write, write_labelled
from ._labelled import Labelled
from ._xml import Element, parse

__all__ = ["read", "read_labelled", "write", "write_labelled"]

_KEEP = frozenset({"trace", "annotation"})
_TEXTS = ("truth", "label", "transcription", "text")


def read(file: Source) -> Ink:
    """All strokes of an InkML file.

    Parameters
    ----------
    file : path or binary file

    Returns
    -------
    Ink

    Raises
    ------
    FormatError
        If the file is no InkML, or holds ink that cannot be: time running
        backwards, a value beyond all bounds, a channel without a value.
    """
    document = _Document(file)
    return document.ink(document.traces)


def read_labelled(file: Source) -> list[Labelled]:
    """The ink of an InkML file and its text; one item for each group that has its own.

    Raises
    ------
    FormatError
        As `read`.
    """
    document = _Document(file)
    label = _annotated(document.root)
    if label is not None or all(group.label is None for group in document.groups):
        return [Labelled(document.ink(document.traces), label)]
    return [
        Labelled(document.ink(group.traces, group.context), group.label)
        for group in document.groups
        if group.traces or group.label is not None
    ]


@dataclass(frozen=True, slots=True)
class _Trace:
    """A trace and the context it is read in."""

    element: Element
    context: Context


@dataclass(slots=True)
class _Group:
    """Traces that belong together, and their text."""

    label: str | None
    context: Context
    traces: list[_Trace] = field(default_factory=list)


class _Document:
    """A parsed file.

    Attributes
    ----------
    traces : list of _Trace
        All of them, in the order of the file.
    groups : list of _Group
        The same by group: those in none, then those of each group at the top.
    """

    def __init__(self, file: Source) -> None:
        self.file = name_of(file)
        self.root = parse(file, "ink", _KEEP)
        self._names = Definitions(self.root, self.file)
        self._seen: set[int] = set()
        self.traces: list[_Trace] = []
        self._points = 0
        current = self._initial()
        self.groups = [_Group(None, current)]
        for child in self.root:
            if child.name in ("trace", "traceView"):
                self._walk(child, current, self.groups[0].traces)
            elif child.name == "traceGroup":
                group = _Group(_annotated(child), self._names.context(child, current))
                self._walk(child, current, group.traces)
                self.groups.append(group)
            elif child.name == "context":
                current = self._names.context(child, current)
            else:
                current = self._names.setting(child, current)
        self._last = current

    def _initial(self) -> Context:
        """What holds before anything is said: the one context that is defined, if it is one."""
        context = PLAIN
        for kind in ("traceFormat", "inkSource", "context"):
            found = [e for d in self.root if d.name == "definitions" for e in d if e.name == kind]
            if len(found) == 1 and kind == "context":
                context = self._names.context(found[0], PLAIN)
            elif len(found) == 1:
                context = self._names.setting(found[0], context)
        return context

    def _walk(self, element: Element, inherited: Context, into: list[_Trace]) -> None:
        if element.name == "trace":
            if id(element) not in self._seen:
                self._seen.add(id(element))
                trace = _Trace(element, self._names.context(element, inherited))
                into.append(trace)
                self.traces.append(trace)
        elif element.name == "traceGroup":
            context = self._names.context(element, inherited)
            for child in element:
                self._walk(child, context, into)
        elif element.name == "traceView":
            # What is only viewed stands in <definitions>; all else has its own place.
            reference = element.get("traceDataRef")
            for kind in ("trace", "traceGroup"):
                target = self._names.find(kind, reference)
                if target is not None and self._names.defined(target):
                    self._walk(target, inherited, into)
            for child in element:
                if child.name == "traceView":
                    self._walk(child, inherited, into)

    def ink(self, traces: Sequence[_Trace], context: Context | None = None) -> Ink:
        """Traces as ink, in the units of the first whose size is known."""
        contexts = [trace.context for trace in traces] or [context or self._last]
        sizes = (c.per_mm("X") or c.per_mm("Y") for c in contexts)
        unit = next((size for size in sizes if size), None)
        line = None
        try:
            # What overflows here is refused by Stroke, which names it.
            with np.errstate(over="ignore", invalid="ignore"):
                pieces = [run for piece in self._joined(traces) for run in touching(piece)]
                pieces = timed([piece for piece in pieces if len(piece.values["X"])])
                top = top_force(pieces)
                strokes = []
                for piece in pieces:
                    line = piece.line
                    strokes.append(stroke(piece, unit, top))
            line = None
            return Ink(strokes, unit)
        except FormatError:
            raise
        except InkError as error:
            raise FormatError(str(error), file=self.file, line=line) from None

    def _joined(self, traces: Sequence[_Trace]) -> list[Piece]:
        """The strokes: traces that continue another are joined to it (3.2.1)."""
        chains: list[list[Piece]] = []
        by_id: dict[str, list[Piece]] = {}
        clock = _Clock(self._names)
        for trace in traces:
            element = trace.element
            if element.get("type").lower() == "penup":
                continue
            piece = self._piece(trace)
            clock.set(piece, element)
            chain = None
            if element.get("continuation") in ("middle", "end"):
                prior = element.get("priorRef").removeprefix("#")
                chain = by_id.get(prior) if prior else (chains[-1] if chains else None)
            if chain is None:
                chain = []
                chains.append(chain)
            chain.append(piece)
            if identity := element.get("id"):
                by_id[identity] = chain
        if len(clock.unrelated) > 1:
            raise FormatError(
                f"the traces go by {len(clock.unrelated)} clocks that nothing relates: "
                f"{', '.join(sorted(clock.unrelated))}; read_labelled gives each its own ink",
                file=self.file,
            )
        return [concatenated(chain) for chain in chains]

    def _piece(self, trace: _Trace) -> Piece:
        line = trace.element.line
        text = trace.element.text
        self._points += text.count(",") + 1
        if self._points > MAX_POINTS:
            raise FormatError(f"more than {MAX_POINTS} points", file=self.file, line=line)
        return Piece(columns(text, trace.context, self.file, line), trace.context, line)


class _Clock:
    """Turns the times of traces to s, counted from the first clock of the file.

    Attributes
    ----------
    unrelated : set of str
        Timestamps that traces refer to and that tell no time.
    """

    def __init__(self, names: Definitions) -> None:
        self._names = names
        self._origin: float | None = None
        self.unrelated: set[str] = set()

    def set(self, piece: Piece, element: Element) -> None:
        """Turn a trace's time to s, and note how far to move it."""
        channel = piece.context.channel("T")
        per_second = piece.context.per_second()
        if channel is None or per_second is None:
            piece.values.pop("T", None)
            return
        piece.values["T"] = piece.values["T"] / per_second
        stamp = piece.context.timestamp
        if channel.respect_to:
            stamp = self._names.find("timestamp", channel.respect_to)
            piece.placed = True
        elif (offset := decimal(element.get("timeOffset"))) is not None:
            piece.shift = offset / 1e3
            piece.placed = True
        base = self._names.seconds(stamp)
        if base is not None:
            self._origin = base if self._origin is None else self._origin
            piece.shift += base - self._origin
        elif channel.respect_to:
            self.unrelated.add(channel.respect_to)


def _annotated(element: Element) -> str | None:
    """The text of an element, by the types in which files hold it."""
    found = {e.get("type").lower(): e for e in reversed(element.children) if e.name == "annotation"}
    for kind in _TEXTS:
        if kind in found:
            text = found[kind].text
            return text if found[kind].get("space") == "preserve" else text.strip()
    return None
