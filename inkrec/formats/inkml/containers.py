"""Where InkML lies: in a file of its own, an Office document, or an answer of OneNote."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message

from ...errors import FormatError
from .._files import HEAD, Source, name_of, reading
from .._report import Report
from .._zip import ZIP, members

__all__ = ["contents"]

_MEMBERS = ("*ink/ink*.xml", "*.inkml")
_BOUNDARY = re.compile(rb"\s*--([^\s\x00-\x1f]{1,200})[ \t]*\r?\n")
_HEADER = re.compile(rb"\s*(?:HTTP/[\d.]+ \d+[^\n]*\n)?[A-Za-z-]+:[^\n]*\n")
_NUMBER = re.compile(r"(\d+)")


class _Named(io.BytesIO):
    """Bytes with the name of the file that they came from."""

    def __init__(self, data: bytes, name: str | None) -> None:
        super().__init__(data)
        self.name = name


@contextmanager
def contents(file: Source, report: Report) -> Iterator[Iterator[Source]]:
    """The InkML documents of a file, each as a stream.

    Parameters
    ----------
    file : path or binary file
        XML, an Office document (a ZIP archive with ``ink/ink1.xml`` and so on) or a
        multipart message.
    report : Report

    Raises
    ------
    FormatError
        If an archive or a message holds none.
    """
    name = name_of(file)
    with reading(file, report) as stream:
        head = stream.peek(HEAD)[:HEAD]  # type: ignore[attr-defined]
        if head.startswith(ZIP):
            held = dict(members(stream.read(), report, _MEMBERS))
            parts = [held[key] for key in sorted(held, key=_by_number)]
            if not parts:
                report.refuse_nothing()
                raise FormatError("a ZIP archive without ink", file=name)
        elif _BOUNDARY.match(head) or (_HEADER.match(head) and b"boundary" in head):
            parts = list(_parts(stream.read()))
            if not parts:
                raise FormatError("a multipart message without InkML", file=name)
        else:
            yield iter([stream])
            return
    yield iter([_Named(part, name) for part in parts])


def _by_number(name: str) -> list[tuple[int, str]]:
    """A key that puts ink10.xml after ink9.xml."""
    return [(int(p), "") if p.isdecimal() else (-1, p) for p in _NUMBER.split(name)]


def _parts(data: bytes) -> Iterator[bytes]:
    """The InkML parts of a multipart message, its own headers left out or not."""
    if begin := _BOUNDARY.match(data):
        kind = b'Content-Type: multipart/mixed; boundary="' + begin[1] + b'"\r\n\r\n'
        data = kind + data.lstrip()
    elif data.lstrip().startswith(b"HTTP/"):
        data = data.lstrip().partition(b"\n")[2]
    for part in message_from_bytes(data.lstrip()).walk():
        content = _decoded(part)
        if b"ink" in content and b"<" in content and _holds_ink(part, content):
            yield content


def _decoded(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content.strip() if isinstance(content, bytes) else b""


def _holds_ink(part: Message, content: bytes) -> bool:
    if "inkml" in part.get_content_type():
        return True
    return re.search(rb"<([A-Za-z][\w.-]*:)?ink[\s>]", content[:HEAD]) is not None
