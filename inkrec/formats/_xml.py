"""XML through defusedxml, with line numbers and with bounds on everything."""

from __future__ import annotations

from collections.abc import Container, Iterator
from decimal import Decimal
from typing import Any
from xml.parsers.expat import ExpatError
from xml.sax.saxutils import escape as _escape

from ..errors import FormatError
from ._files import Source, chunks, name_of, reading

__all__ = [
    "MAX_DEPTH",
    "MAX_ELEMENTS",
    "MAX_TEXT",
    "Element",
    "attribute",
    "escape",
    "number",
    "parse",
]

MAX_DEPTH = 64
"""Elements inside one another."""

MAX_ELEMENTS = 1_000_000
"""Elements in a file."""

MAX_TEXT = 8 << 20
"""Characters of one element's text, or bytes of one tag: a stroke of 400,000 points."""


class Element:
    """An element: its name and attributes without their namespaces, and where it stands.

    Attributes
    ----------
    name : str
    attributes : dict
    line : int
        Of its start tag, from 1.
    children : list of Element
    text : str
        Its own text, where it was asked for.
    """

    __slots__ = ("attributes", "children", "line", "name", "text")

    def __init__(self, name: str, attributes: dict[str, str], line: int) -> None:
        self.name = name
        self.attributes = attributes
        self.line = line
        self.children: list[Element] = []
        self.text = ""

    def __iter__(self) -> Iterator[Element]:
        return iter(self.children)

    def get(self, name: str, default: str = "") -> str:
        """An attribute's value, without the space around it."""
        return self.attributes.get(name, default).strip()

    def find(self, name: str) -> Element | None:
        """The first child of that name."""
        return next((child for child in self.children if child.name == name), None)


def parse(file: Source, root: str, keep: Container[str]) -> Element:
    """The tree of an XML file, gzip or plain.

    Parameters
    ----------
    file : path or binary file
    root : str
        The name its root must have.
    keep : set of str
        The elements whose text is kept; all other text is dropped as it is read.

    Raises
    ------
    FormatError
        If it is not well formed, has another root, a document type (so no
        entities), or more than the bounds of this module.
    """
    # The parser costs 10 ms to import, which a program that reads no XML need not pay.
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser

    name = name_of(file)
    builder = _Builder(name, keep)
    parser = DefusedXMLParser(target=builder, forbid_dtd=True)
    builder.expat = parser.parser
    fed = 0
    try:
        with reading(file) as stream:
            for chunk in chunks(stream):
                parser.feed(chunk)
                fed += len(chunk)
                if fed - builder.expat.CurrentByteIndex > MAX_TEXT:
                    raise builder.error(f"a tag or comment of more than {MAX_TEXT >> 20} MiB")
        if not fed:
            raise FormatError(f"an empty file; expected <{root}>", file=name)
        tree: Element = parser.close()
    except FormatError:
        raise
    except DefusedXmlException:
        raise builder.error("a document type; ink files need none: remove <!DOCTYPE ...>") from None
    except (SyntaxError, ExpatError) as error:
        raise builder.error(f"broken XML: {error}; expected <{root}>") from None
    except (ValueError, LookupError) as error:
        raise builder.error(f"an encoding that cannot be read: {error}") from None
    if tree.name != root:
        raise FormatError(f"expected <{root}>, found <{tree.name}>", file=name, line=tree.line)
    return tree


class _Builder:
    """What the parser calls: builds the tree and watches the bounds."""

    def __init__(self, file: str | None, keep: Container[str]) -> None:
        self.expat: Any = None
        self._file = file
        self._keep = keep
        self._open: list[Element] = []
        self._texts: list[list[str]] = []
        self._length = 0
        self._count = 0
        self._root: Element | None = None

    def error(self, message: str) -> FormatError:
        return FormatError(message, file=self._file, line=self.expat.CurrentLineNumber)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MAX_ELEMENTS:
            raise self.error(f"more than {MAX_ELEMENTS} elements")
        if len(self._open) == MAX_DEPTH:
            raise self.error(f"more than {MAX_DEPTH} elements inside one another")
        bare = {_local(key): value for key, value in attributes.items()}
        element = Element(_local(tag), bare, self.expat.CurrentLineNumber)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self._root = element
        self._open.append(element)
        self._texts.append([])
        self._length = 0

    def data(self, text: str) -> None:
        if self._open and self._open[-1].name in self._keep:
            self._length += len(text)
            if self._length > MAX_TEXT:
                raise self.error(f"more than {MAX_TEXT >> 20} MiB of text in one element")
            self._texts[-1].append(text)

    def end(self, tag: str) -> None:
        self._open.pop().text = "".join(self._texts.pop())

    def close(self) -> Element:
        assert self._root is not None
        return self._root


def _local(name: str) -> str:
    return name[name.rfind("}") + 1 :]


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
