"""Strokes that Stylus Labs Write keeps as outlines: the line that the pen's middle went.

The outlines are as its ``FilledStrokeBuilder`` draws them: a flat pen goes along one side
and back along the other, a round and a chisel pen draw a closed shape for each step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .paths import Path, Point

__all__ = ["OUTLINES", "middle_line"]

_CHISEL = 7  # commands of a step


def middle_line(kind: str, parts: Sequence[Path]) -> list[Point]:
    """The line within an outline; its own points where it is none of those shapes.

    Parameters
    ----------
    kind : str
        The class of the path, one of `OUTLINES`.
    parts : sequence
        Its subpaths.

    Examples
    --------
    >>> from .paths import subpaths
    >>> middle_line("write-flat-pen", subpaths("M0 0 L2 0 L4 0 L4 2 L2 2 L0 2"))
    [(0.0, 1.0), (2.0, 1.0), (4.0, 1.0)]
    """
    points = OUTLINES[kind](parts)
    return points or [point for part in parts for _, point in part]


def _flat(parts: Sequence[Path]) -> list[Point]:
    points: list[Point] = []
    for part in parts:
        outline = [point for command, point in part if command != "Z"]
        half = len(outline) // 2
        if len(outline) == 4 and len(parts) == 1:  # a single point is drawn as a square
            (x1, y1), (x2, y2) = outline[0], outline[2]
            if abs(x1 - x2) == abs(y1 - y2):
                return [((x1 + x2) / 2, (y1 + y2) / 2)]
        points += [
            _middle(a, b) for a, b in zip(outline[:half], outline[::-1][:half], strict=True)
        ]  # fmt: skip
    return points


def _round(parts: Sequence[Path]) -> list[Point]:
    points: list[Point] = []
    for part in parts:
        # An arc at the first point, a line, an arc at the second: between them lie the middles.
        line = next((i for i, (command, _) in enumerate(part) if i and command == "L"), None)
        while line is not None and line + 1 < len(part) and _is_short_arc(part, line):
            line += 1
        if line is None:
            points += [part[0][1]]
            continue
        first = _middle(part[0][1], part[line - 1][1])
        after = [point for command, point in part[line:] if command != "Z"]
        points += [first] if not points else []
        points.append(_middle(after[0], after[-1]))
    return points


def _is_short_arc(part: Path, line: int) -> bool:
    """Whether a line stands for an arc that is too short to be drawn."""
    return line == 1 and part[2][0] == "L"


def _chisel(parts: Sequence[Path]) -> list[Point]:
    points: list[Point] = []
    for part in parts:
        corners = [point for _, point in part]
        if len(corners) >= _CHISEL - 1:
            if not points:
                points.append(_middle(corners[0], corners[2]))
            points.append(_middle(corners[3], corners[5]))
    return points


def _middle(a: Point, b: Point) -> Point:
    return (a[0] + b[0]) / 2, (a[1] + b[1]) / 2


OUTLINES: dict[str, Callable[[Sequence[Path]], list[Point]]] = {
    "write-flat-pen": _flat,
    "write-fstroke": _flat,
    "write-round-pen": _round,
    "write-chisel-pen": _chisel,
}
"""Classes of Write's outlines."""
