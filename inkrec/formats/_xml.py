"""XML through defusedxml, with line numbers and with bounds on everything; and its text."""

from __future__ import annotations

from collections.abc import Container, Iterator
from decimal import Decimal
from xml.sax.saxutils import escape as _escape

from ..errors import FormatError
from ._files import Source, name_of, reading
from ._report import Report
from ._xml_tree import Element, TreeParser

__all__ = ["Element", "attribute", "descendants", "escape", "number", "parse", "parse_all"]


def parse(
    file: Source,
    roots: str | tuple[str, ...],
    keep: Container[str],
    report: Report | None = None,
) -> Element:
    """The tree of an XML file, gzip or plain.

    Names count without their prefixes, whether these are declared or not.

    Parameters
    ----------
    file : path or binary file
    roots : str or tuple of str
        The names one of which its root must have; in a document that begins with
        another, the first element of such a name is taken for the root.
    keep : set of str
        The elements whose text is kept; all other text is dropped as it is read.
    report : Report, optional
        Where it is given, a file that is cut or damaged gives the elements that are whole,
        also those after the damage, and the report says what is not.

    Raises
    ------
    FormatError
        If it is not well formed, holds none of the roots, declares entities, or has more
        than the bounds of this module.
    """
    return parse_all(file, roots, keep, report)[0]


def parse_all(
    file: Source,
    roots: str | tuple[str, ...],
    keep: Container[str],
    report: Report | None = None,
) -> list[Element]:
    """As `parse`, but all elements of such names, none within another."""
    roots = (roots,) if isinstance(roots, str) else roots
    name = name_of(file)
    expected = " or ".join(f"<{root}>" for root in roots)
    with reading(file, report) as stream:
        tree = TreeParser(name, keep, report, expected).tree(stream)
    found = [tree] if tree.name in roots else list(descendants(tree, roots))
    if not found:
        if report is not None:
            report.refuse_nothing()
        raise FormatError(f"expected {expected}, found <{tree.name}>", file=name, line=tree.line)
    return found


def descendants(tree: Element, names: Container[str]) -> Iterator[Element]:
    """The elements of those names below another, in the order of the file, none in another."""
    stack = list(reversed(tree.children))
    while stack:
        element = stack.pop()
        if element.name in names:
            yield element
        else:
            stack.extend(reversed(element.children))


def escape(text: str) -> str:
    """Text as XML holds it, and as an XML reader gives it back.

    Raises
    ------
    FormatError
        If it holds a character that XML cannot: a control character, half a surrogate pair.
    """
    for char in text:
        code = ord(char)
        if (code < 32 and char not in "\t\n\r") or 0xD800 <= code < 0xE000 or code | 1 == 0xFFFF:
            raise FormatError(f"the text holds {char!r}, which XML cannot; remove it")
    return _escape(text, {"\r": "&#13;"})


def attribute(text: str) -> str:
    """Text as an XML attribute in double quotes holds it."""
    return escape(text).replace('"', "&quot;").replace("\t", "&#9;").replace("\n", "&#10;")


def number(value: float) -> str:
    """The shortest decimal, without an exponent, that reads back as the same float.

    >>> number(3.0), number(0.1), number(1e-7)
    ('3', '0.1', '0.0000001')
    """
    text = repr(float(value))
    if "e" in text:
        return format(Decimal(text), "f")
    return text.removesuffix(".0")
