"""An ``<ink>`` element: its groups, contexts and traces become strokes in the order of time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from ...errors import FormatError
from ...ink.strokes import Ink
from .. import _files
from .._labelled import Labelled
from .._strokes import StrokeBuilder
from .._xml import Element
from .brushes import Brush, brush_of
from .channels import PLAIN, Context
from .clock import Clock, one_clock
from .contexts import Definitions
from .strokes import Piece, concatenated, laid_out, stroke, top_force, touching
from .traces import columns

__all__ = ["TEXT_ELEMENTS", "TracedInk"]

_TEXTS = ("truth", "label", "transcription", "text", "tg_truth", "ground_truth", "groundtruth")
TEXT_ELEMENTS = ("Tg_Truth", "Truth", "Label", "Transcription", "Text", *_TEXTS)
"""Elements of ``<annotationXML>`` that hold a text."""


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


class TracedInk:
    """A parsed ``<ink>``.

    Parameters
    ----------
    root : Element
    builder : StrokeBuilder

    Attributes
    ----------
    traces : list of _Trace
        All of them, in the order of the file.
    groups : list of _Group
        The same by group: those in none, then those of each group at the top.
    """

    def __init__(self, root: Element, builder: StrokeBuilder) -> None:
        self.root = root
        self._builder = builder
        self._report = builder.report
        self._names = Definitions(root, builder.report)
        self._seen: set[int] = set()
        self.traces: list[_Trace] = []
        self._points = 0
        current = self._initial()
        self.groups = [_Group(None, current)]
        for child in root:
            if child.name in ("trace", "traceView"):
                self._walk(child, current, self.groups[0].traces)
            elif child.name == "traceGroup":
                self.groups += self._grouped(child, current)
            elif child.name == "context":
                current = self._names.context(child, current)
            else:
                current = self._names.setting(child, current)
        self._last = current

    def labelled(self) -> Iterator[Labelled]:
        """The ink with the text of the whole, or that of each group that has one."""
        label = _annotated(self.root)
        if label is not None or all(group.label is None for group in self.groups):
            yield Labelled(self.ink(self.traces), label)
            return
        for group in self.groups:
            if group.traces or group.label is not None:
                yield Labelled(self.ink(group.traces, group.context), group.label)

    def _initial(self) -> Context:
        """What holds before anything is said: the one context that is defined, if it is one."""
        context = PLAIN
        for kind in ("traceFormat", "inkSource", "context"):
            found = [
                e for d in self.root if d.name == "definitions" for e in d if e.name == kind
            ]  # fmt: skip
            if len(found) == 1 and kind == "context":
                context = self._names.context(found[0], PLAIN)
            elif len(found) == 1:
                context = self._names.setting(found[0], context)
        return context

    def _grouped(self, element: Element, inherited: Context) -> list[_Group]:
        """A group at the top; those within it where they have texts and it has none."""
        context = self._names.context(element, inherited)
        group = _Group(_annotated(element), context)
        within = [child for child in element if child.name == "traceGroup"]
        if group.label is not None or not any(_annotated(child) is not None for child in within):
            self._walk(element, inherited, group.traces)
            return [group]
        groups = [group]
        for child in element:
            if child.name == "traceGroup":
                groups += self._grouped(child, context)
            else:
                self._walk(child, context, group.traces)
        return groups

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
        unit = next((size for c in contexts if (size := c.unit())), None)
        with np.errstate(over="ignore", invalid="ignore"):  # what overflows is a lost point
            pieces = [run for piece in self._joined(traces) for run in touching(piece)]
            pieces = [piece for piece in pieces if len(piece.values["X"])]
            laid_out(pieces)
            top = top_force(pieces)
            brushes = [brush_of(piece.context.brush) for piece in pieces]
            strokes = [
                stroke(piece, unit, top, brush, self._builder)
                for piece, brush in zip(pieces, _white_erases(brushes), strict=True)
            ]
            return self._builder.ink(strokes, unit)

    def _joined(self, traces: Sequence[_Trace]) -> list[Piece]:
        """The strokes: traces that continue another are joined to it (3.2.1)."""
        pieces: list[tuple[Piece, Element]] = []
        clock = Clock(self._names)
        for trace in traces:
            if trace.element.get("type").lower() == "penup":
                continue
            piece = self._piece(trace)
            if piece is not None:
                clock.set(piece, trace.element)
                pieces.append((piece, trace.element))
        one_clock([piece for piece, _ in pieces], clock, self._report)
        chains: list[list[Piece]] = []
        by_id: dict[str, list[Piece]] = {}
        for piece, element in pieces:
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
        return [concatenated(chain) for chain in chains]

    def _piece(self, trace: _Trace) -> Piece | None:
        line, text = trace.element.line, trace.element.text
        self._points += text.count(",") + 1
        if self._points > _files.MAX_POINTS:
            raise FormatError(
                f"more than {_files.MAX_POINTS} points", file=self._report.file, line=line
            )
        values = columns(text, trace.context, self._report, line)
        if not {"X", "Y"} <= set(values):
            names = ", ".join(values)
            self._report.lost("a trace", f"expected channels X and Y, found {names}", line)
            return None
        return Piece(values, trace.context, line)


def _white_erases(brushes: list[Brush]) -> list[Brush]:
    """The brushes, those that draw in white as erasers where others do not."""
    if all(brush.white for brush in brushes):
        return brushes
    return [brush._replace(tool="eraser") if brush.white else brush for brush in brushes]


def _annotated(element: Element) -> str | None:
    """The text of an element, by the types in which files hold it."""
    found: dict[str, Element] = {}
    for child in element:
        if child.name == "annotation":
            found.setdefault(child.get("type").lower(), child)
        elif child.name == "annotationXML":
            for held in child:
                if held.text.strip():
                    found.setdefault(held.name.lower(), held)
    for kind in _TEXTS:
        if kind in found:
            text = found[kind].text
            return text if found[kind].get("space") == "preserve" else text.strip()
    return None
