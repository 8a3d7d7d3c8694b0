"""Writing UNIPEN."""

from __future__ import annotations

from decimal import Decimal

from ...errors import FormatError
from ...ink.strokes import Ink
from .._files import Source, save

__all__ = ["write"]


def write(file: Source, ink: Ink, *, label: str | None = None) -> None:
    """Write ink as a UNIPEN file of one set, with its label as a ``TEXT`` segment.

    Every number is written with all its digits: `read` gives back equal ink.

    Parameters
    ----------
    file : path or binary file
    ink : Ink
    label : str, optional

    Raises
    ------
    FormatError
        If the label holds a character that is not in Latin-1, or a control
        character other than a tab and a new line.
    """
    lines = [".VERSION 1.0", ".DATA_SOURCE inkrec", ".HIERARCHY TEXT"]
    if ink.units_per_mm is not None:
        lines += [f".{axis}_POINTS_PER_MM {ink.units_per_mm!r}" for axis in "XY"]
    if label is not None:
        lines.append(f'.SEGMENT TEXT ? ? "{_escape(label)}"')
    columns: list[str] = []
    for stroke in ink:
        table = {"X": map(repr, stroke.x.tolist()), "Y": map(repr, (-stroke.y).tolist())}
        if stroke.t is not None:
            table["T"] = map(_ms, stroke.t.tolist())
        if stroke.pressure is not None:
            table["P"] = map(repr, stroke.pressure.tolist())
        if columns != [*table]:
            columns = [*table]
            lines.append(".COORD " + " ".join(columns))
        lines.append(".PEN_DOWN")
        lines += (" ".join(row) for row in zip(*table.values(), strict=True))
        lines.append(".PEN_UP")
    save(file, ("\n".join(lines) + "\n").encode("latin-1"))


def _ms(seconds: float) -> str:
    return str(Decimal(repr(seconds)).scaleb(3))


def _escape(label: str) -> str:
    for char in label:
        if ord(char) > 255 or (char < " " and char not in "\t\n"):
            raise FormatError(
                f"the label holds {char!r}; UNIPEN is Latin-1 without control characters: "
                "write inkml or jsonl"
            )
    plain = label.replace("\\", r"\\").replace('"', r"\"")
    return plain.replace("\n", r"\n").replace("\t", r"\t")
