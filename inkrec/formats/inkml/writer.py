"""Writing InkML."""

from __future__ import annotations

from collections.abc import Iterable

from ...errors import FormatError
from ...ink.strokes import Ink, Stroke
from .._files import Source, name_of, save
from .._labelled import some
from .._xml import escape, number

__all__ = ["write", "write_labelled"]

_NAMESPACE = "http://www.w3.org/2003/InkML"


def write(file: Source, ink: Ink, *, label: str | None = None) -> None:
    """Write ink so that it reads back equal.

    Parameters
    ----------
    file : path or binary file
    ink : Ink
    label : str, optional
        Its text, held as the annotation ``truth``.

    Raises
    ------
    FormatError
        If the text holds a character that XML cannot hold.
    """
    brushes = _Brushes([ink])
    body = [_annotation(label, "  "), _context(ink, "ink"), brushes.definitions()]
    body += [_trace(stroke, "ink", "  ", brushes) for stroke in ink]
    save(file, _document(body))


def write_labelled(file: Source, items: Iterable[tuple[Ink, str | None]]) -> None:
    """Write several inks with their texts, one group each.

    Raises
    ------
    FormatError
        As `write`; or if there is no ink, or none of several has a text.
    """
    items = some(items, name_of(file))
    if len(items) == 1:
        write(file, items[0][0], label=items[0][1])
        return
    if all(label is None for _, label in items):
        raise FormatError(
            f"{len(items)} inks and no text; InkML tells inks apart by their texts: "
            "write jsonl, or a file each",
            file=name_of(file),
        )
    brushes = _Brushes([ink for ink, _ in items])
    body = [_context(ink, f"ink{k}") for k, (ink, _) in enumerate(items)]
    body.append(brushes.definitions())
    for k, (ink, label) in enumerate(items):
        body.append(f'  <traceGroup contextRef="#ink{k}">\n')
        body.append(_annotation(label, "    "))
        body += [_trace(stroke, f"ink{k}", "    ", brushes) for stroke in ink]
        body.append("  </traceGroup>\n")
    save(file, _document(body))


def _document(body: Iterable[str]) -> bytes:
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<ink xmlns="{_NAMESPACE}">\n'
    return (head + "".join(body) + "</ink>\n").encode()


def _annotation(label: str | None, indent: str) -> str:
    if label is None:
        return ""
    space = ' xml:space="preserve"' if label != label.strip() else ""
    return f'{indent}<annotation type="truth"{space}>{escape(label)}</annotation>\n'


def _context(ink: Ink, name: str) -> str:
    """The definition of a context that says all an ink has but its strokes."""
    forces = [stroke.pressure is not None for stroke in ink]
    lines = [
        '<channel name="X" type="decimal" units="dev"/>',
        '<channel name="Y" type="decimal" units="dev"/>',
    ]
    if ink.has_time:
        clock = f'respectTo="#{name}-clock"'
        lines.append(f'<channel name="T" type="decimal" units="s" {clock}/>')
    if any(forces):
        force = '<channel name="F" type="decimal" min="0" max="1"/>'
        if not all(forces):
            force = f"<intermittentChannels>{force}</intermittentChannels>"
        lines.append(force)
    text = "".join(f"          {line}\n" for line in lines)
    text = f"        <traceFormat>\n{text}        </traceFormat>\n"
    if ink.units_per_mm is not None:
        value = number(ink.units_per_mm)
        text += "        <channelProperties>\n"
        for axis in "XY":
            text += f'          <channelProperty channel="{axis}" name="resolution" '
            text += f'value="{value}" units="1/mm"/>\n'
        text += "        </channelProperties>\n"
    text = f'      <inkSource xml:id="{name}-pen">\n{text}      </inkSource>\n'
    if ink.has_time:
        text += f'      <timestamp xml:id="{name}-clock"/>\n'
    text = f'    <context xml:id="{name}">\n{text}    </context>\n'
    return f"  <definitions>\n{text}  </definitions>\n"


class _Brushes:
    """The brushes of strokes that are not a plain pen's, by tool, colour and width in mm."""

    def __init__(self, inks: Iterable[Ink]) -> None:
        self._names: dict[tuple[str, str | None, float | None], str] = {}
        self._of: dict[int, str] = {}
        for ink in inks:
            for stroke in ink:
                width = None
                if stroke.width is not None and ink.units_per_mm is not None:
                    width = stroke.width / ink.units_per_mm
                key = (stroke.tool, stroke.color, width)
                if key != ("pen", None, None):
                    name = self._names.setdefault(key, f"{stroke.tool}-{len(self._names)}")
                    self._of[id(stroke)] = name

    def reference(self, stroke: Stroke) -> str:
        """The attribute that gives a stroke its brush."""
        name = self._of.get(id(stroke))
        return "" if name is None else f' brushRef="#{name}"'

    def definitions(self) -> str:
        """Their definitions, or nothing where there are none."""
        if not self._names:
            return ""
        lines = []
        for (_, color, width), name in self._names.items():
            lines.append(f'    <brush xml:id="{name}">\n')
            if color is not None:
                lines.append(_property("color", color[:7]))
            if color is not None and len(color) == 9:
                lines.append(_property("transparency", str(255 - int(color[7:], 16))))
            if width is not None:
                lines.append(_property("width", f'{number(width)}" units="mm'))
            lines.append("    </brush>\n")
        return "  <definitions>\n" + "".join(lines) + "  </definitions>\n"


def _property(name: str, value: str) -> str:
    return f'      <brushProperty name="{name}" value="{value}"/>\n'


def _trace(stroke: Stroke, context: str, indent: str, brushes: _Brushes) -> str:
    present = [c for c in (stroke.x, stroke.y, stroke.t, stroke.pressure) if c is not None]
    points = zip(*(column.tolist() for column in present), strict=True)
    text = ", ".join(" ".join(map(number, point)) for point in points)
    brush = brushes.reference(stroke)
    return f'{indent}<trace contextRef="#{context}"{brush}>{text}</trace>\n'
