"""A tree of XML from a stream: through defusedxml, within bounds, and past damage."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator
from typing import Any, BinaryIO
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from ..errors import FormatError
from ._files import chunks
from ._report import Report

__all__ = ["MAX_DEPTH", "MAX_ELEMENTS", "MAX_TEXT", "Element", "TreeParser"]

MAX_DEPTH = 64
"""Elements inside one another."""

MAX_ELEMENTS = 1_000_000
"""Elements in a file."""

MAX_TEXT = 8 << 20
"""Characters of one element's text, or bytes of one tag: a stroke of 400,000 points."""

_MAX_REPAIRS = 1000
_TAG = re.compile(rb"<(/?)([A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
# A start tag of these within one of the same name says that an end tag was lost.
_FLAT = frozenset({"page", "layer", "stroke", "trace"})
_LONGEST_NAME = 256  # bytes of a tag that may lie across two chunks


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


class TreeParser:
    """Parses a stream, and where it is damaged goes on behind the damage.

    Parameters
    ----------
    file : str or None
        For messages.
    keep : set of str
        The elements whose text is kept. One in which damage lies is left out.
    report : Report or None
        What is told of damage; without it the first is an error.
    expected : str
        What the file should be, for messages.
    """

    def __init__(
        self, file: str | None, keep: Container[str], report: Report | None, expected: str
    ) -> None:
        self._file = file
        self._report = report
        self._expected = expected
        self._builder = _Builder(file, keep)
        self._held = b""  # bytes that are not known to be done with
        self._at = 0  # where they begin in the file
        self._fed = 0  # how many of them the parser has
        self._before = 0  # from the parser's count of bytes to the file's
        self._damage = -1  # where the last damage lies, while what follows it is searched for
        self._repairs = 0
        self._parser: Any = None

    def tree(self, stream: BinaryIO) -> Element:
        """The tree of the stream.

        Raises
        ------
        FormatError
            As `parse`.
        """
        # The parser costs 10 ms to import, which a program that reads no XML need not pay.
        from defusedxml import DefusedXmlException

        builder = self._builder
        try:
            self._start("")
            for chunk in chunks(stream):
                self._held += chunk if self._at or self._held else chunk.lstrip()
                self._feed()
            if not (self._at or self._held):
                if self._report is not None:
                    self._report.refuse_nothing()
                raise FormatError(f"an empty file; expected {self._expected}", file=self._file)
            if self._damage < 0:
                try:
                    self._parser.close()
                except SAXParseException as error:
                    self._lost(error, "what follows")
            return builder.close(self._refused)
        except DefusedXmlException:
            raise builder.error(
                "a document type with entities; ink files need none: remove <!DOCTYPE ...>"
            ) from None
        except FormatError:
            raise
        except (ValueError, LookupError) as error:
            raise builder.error(f"an encoding that cannot be read: {error}") from None

    def _start(self, prefix: str) -> None:
        """Set up a parser that takes a prefix without building anything of it."""
        from defusedxml.expatreader import create_parser

        # Nothing outside the file is fetched: external entities are off in `xml.sax`.
        self._parser = create_parser(forbid_external=False)
        self._parser.setContentHandler(self._builder)
        self._builder.silent = True
        self._parser.feed(b"")
        expat = self._builder.expat = self._parser._parser
        expat.XmlDeclHandler = self._builder.declared
        raw = prefix.encode(self._builder.encoding, "strict") if prefix else b""
        self._parser.feed(raw)
        self._builder.silent = False
        self._before = self._at - len(raw)
        self._fed = 0
        self._damage = -1

    def _feed(self) -> None:
        while self._damage < 0 or self._found():
            try:
                self._parser.feed(self._held[self._fed :])
            except SAXParseException as error:
                self._break_off(error)
                continue
            self._fed = len(self._held)
            self._drop(self._before + self._builder.expat.CurrentByteIndex - self._at)
            if self._fed > MAX_TEXT:
                raise self._builder.error(f"a tag or comment of more than {MAX_TEXT >> 20} MiB")
            return

    def _break_off(self, error: SAXParseException) -> None:
        """Leave the parser at an error, and begin to search for what can be read again."""
        expat = self._builder.expat
        self._lost(error, self._builder.give_up())
        self._repairs += 1
        self._drop(self._before + expat.ErrorByteIndex - self._at)
        self._builder.base += expat.ErrorLineNumber - 1
        self._damage = self._at

    def _found(self) -> bool:
        """Whether a tag follows from which it can be gone on, with a parser that waits there."""
        builder = self._builder
        for tag in _TAG.finditer(self._held):
            name = tag[3].decode()
            if self._repairs > _MAX_REPAIRS:
                break
            fresh = self._at + tag.start() > self._damage
            if builder.closes(name) if tag[1] else fresh and builder.opens(name):
                self._skip(tag.start())
                return self._resumes()
        self._skip(len(self._held) - _LONGEST_NAME)
        return False

    def _resumes(self) -> bool:
        """Set up a parser within the elements that are open; whether it takes them."""
        names = "".join(f"<{name}>" for name in self._builder.names)
        try:
            self._start(f'<?xml version="1.0" encoding="{self._builder.encoding}"?>{names}')
        except (SAXParseException, LookupError, ValueError):
            self._repairs = _MAX_REPAIRS + 1
            self._damage = self._at
            return False
        return True

    def _skip(self, count: int) -> None:
        self._builder.base += self._held.count(b"\n", 0, max(0, count))
        self._drop(count)

    def _drop(self, count: int) -> None:
        if count > 0:
            self._held = self._held[count:]
            self._at += count
            self._fed -= count

    def _lost(self, error: SAXParseException, what: str) -> None:
        refusal = self._refused(error.getMessage())
        if self._report is None:
            raise refusal
        self._report.lost(what, refusal)

    def _refused(self, said: str) -> FormatError:
        return self._builder.error(f"broken XML: {said}; expected {self._expected}")


class _Builder(ContentHandler):
    """What the parser calls: builds the tree and watches the bounds."""

    def __init__(self, file: str | None, keep: Container[str]) -> None:
        super().__init__()
        self.expat: Any = None
        self.open: list[Element] = []
        self.names: list[str] = []  # of the open elements, as the file has them
        self.silent = False
        self.encoding = "utf-8"
        self.base = 0  # lines in front of what the parser has seen
        self._file = file
        self._keep = keep
        self._texts: list[list[str]] = []
        self._length = 0
        self._count = 0
        self._root: Element | None = None

    def error(self, message: str) -> FormatError:
        line = None if self.expat is None else self.base + self.expat.CurrentLineNumber
        return FormatError(message, file=self._file, line=line)

    def declared(self, version: str, encoding: str | None, standalone: int) -> None:
        self.encoding = encoding or self.encoding

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        if self.silent:
            return
        self._count += 1
        if self._count > MAX_ELEMENTS:
            raise self.error(f"more than {MAX_ELEMENTS} elements")
        if len(self.open) == MAX_DEPTH:
            raise self.error(f"more than {MAX_DEPTH} elements inside one another")
        bare = {_local(k): v for k, v in attrs.items() if not k.startswith("xmlns")}
        element = Element(_local(name), bare, self.base + self.expat.CurrentLineNumber)
        if self.open:
            self.open[-1].children.append(element)
        elif self._root is None:
            self._root = element
        self.open.append(element)
        self.names.append(name)
        self._texts.append([])
        self._length = 0

    def characters(self, text: str) -> None:
        if self.open and self.open[-1].name in self._keep:
            self._length += len(text)
            if self._length > MAX_TEXT:
                raise self.error(f"more than {MAX_TEXT >> 20} MiB of text in one element")
            self._texts[-1].append(text)

    def endElement(self, name: str) -> None:
        self.names.pop()
        self.open.pop().text = "".join(self._texts.pop())

    def give_up(self) -> str:
        """Drop the open element if it is one of those whose text is kept; what is lost."""
        if self.open and self.open[-1].name in self._keep:
            name = self.open[-1].name
            self._leave(len(self.open) - 1)
            return f"a <{name}>"
        return "a damaged place"

    def closes(self, name: str) -> bool:
        """Whether an end tag belongs to an open element; those within it are ended."""
        places = [i for i, element in enumerate(self.open) if element.name == name]
        if places:
            while len(self.open) > places[-1] + 1:
                self.endElement("")
        return bool(places)

    def opens(self, name: str) -> bool:
        """Whether an element may begin; what it cannot stand in is ended."""
        names = [element.name for element in self.open]
        if name in _FLAT and name in names:
            while len(self.open) > names.index(name):
                self.endElement("")
        return bool(self.open)

    def _leave(self, place: int) -> None:
        del self.open[place:], self.names[place:], self._texts[place:]
        if self.open:
            self.open[-1].children.pop()

    def close(self, refused: Callable[[str], FormatError]) -> Element:
        """The tree; what is still open is whole but for an element whose text is kept."""
        if self.open:
            self.give_up()
        while self.open:
            self.endElement("")
        if self._root is None:
            raise refused("no element found")
        return self._root


def _local(name: str) -> str:
    return name[name.rfind(":") + 1 :]
