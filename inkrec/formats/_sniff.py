"""Which format a file has, by its first bytes."""

from __future__ import annotations

import re

from ..errors import FormatError
from ._files import HEAD
from ._json import decoded

__all__ = ["sniffed"]

_ROOTS = {
    "ink": "inkml", "xournal": "xopp", "WhiteboardCaptureSession": "iam_ondb", "svg": "svg",
}  # fmt: skip
_PROLOG = re.compile(
    r"(?:<\?.*?\?>|<!--.*?-->|<![A-Z][^>\[]*(?:\[[^\]]*\])?[^>]*>|\s+)*", re.DOTALL
)
_ROOT = re.compile(r"<(?:[\w.-]+:)?([A-Za-z]\w*)")
_WITHIN = re.compile(r"<(?:[\w.-]+:)?(ink|xournal|WhiteboardCaptureSession)[\s>/]")
_UNIPEN = re.compile(r"^\s*\.[A-Z][A-Z_0-9]*(\s|$)", re.MULTILINE)
_ROW = re.compile(r'\s*"?[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"?\s*[,;\t ]\s*"?[+-]?(\d|\.\d)')
_XY = re.compile(r"(^|[^a-z])x[^a-z]?.*?[,;\t ].*?([^a-z]|^)y([^a-z]|$)", re.IGNORECASE)
_MIME = re.compile(r"(--\S+|HTTP/[\d.]+ \d+|[A-Za-z-]+:[^\n]*)\r?\n")
_JSON = (
    ("jsonl", re.compile(r'^\s*\{\s*"format"\s*(:\s*"inkrec"|$)')),
    ("rnote", re.compile(r'"engine_snapshot"')),
    ("excalidraw", re.compile(r'"type"\s*:\s*"excalidraw|"freedraw"')),
    ("tldraw", re.compile(r'"tldraw|"typeName"\s*:')),
    ("quickdraw", re.compile(r'"drawing"\s*:\s*\[')),
    ("iink", re.compile(r'"(pointers|strokes|strokeGroups|points|items|[xX])"\s*:|^\s*\[\s*\[')),
)
_OTHERS = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d", "OneNote's own file; export the page, or ask "
     "Microsoft Graph for it with includeinkML=true"),
    (b"WILL", "Wacom's WILL 2 file; save it as .uim"),
    (b"\xd0\xcf\x11\xe0", "an Office document of before 2007; save it as .docx or .pptx"),
)  # fmt: skip


def sniffed(head: bytes, file: str | None) -> str | None:
    """The name of a file's format, or None where its first bytes tell none.

    Parameters
    ----------
    head : bytes
        The first `HEAD` bytes, decompressed.
    file : str or None
        For messages.

    Raises
    ------
    FormatError
        If they are those of a program's file that is not read: says which, and what to do.
    """
    for magic, name in (
        (b"RNOTE\xce\xa6\xce\x9b", "rnote"),
        (b"reMarkable .lines file", "remarkable"),
        (b"RIFF", "uim"),
    ):
        if head.startswith(magic) and (name != "uim" or head[8:12] == b"UINK"):
            return name
    if head.startswith(b"PK\x03\x04"):
        return _zipped(head, file)
    for magic, said in _OTHERS:
        if head.startswith(magic):
            raise FormatError(f"{said}; it holds no ink that is read", file=file)
    text = decoded(head).lstrip("\ufeff \t\r\n")
    if text.startswith("<"):
        return _xml(text, file)
    if text.startswith(("{", "[")):
        return next((name for name, pattern in _JSON if pattern.search(text)), None)
    if _MIME.match(text) and _WITHIN.search(text):
        return "inkml"
    if "```" in text and "excalidraw" in text:
        return "excalidraw"
    if _UNIPEN.search(text):
        return "unipen"
    return "csv" if _is_table(text) else None


def _zipped(head: bytes, file: str | None) -> str | None:
    if b"application/xournal++" in head[:200] or b"content.xml" in head or b"thumbnails/" in head:
        return "xopp"
    if re.search(rb"\[Content_Types\]\.xml|(word|ppt|xl)/|\.inkml", head):
        return "inkml"
    for part, said in (
        (b"Session.plist", "a note of Notability; export it as PDF is all it can"),
        (b"index.notes.pb", "a notebook of GoodNotes"),
        (b".page/", "a notebook of Nebo"),
    ):
        if part in head:
            raise FormatError(f"{said}; it is not read", file=file)
    return None


def _xml(text: str, file: str | None) -> str | None:
    prolog = _PROLOG.match(text)
    root = _ROOT.match(text, prolog.end() if prolog else 0)
    if root and root[1] in _ROOTS:
        return _ROOTS[root[1]]
    if within := _WITHIN.search(text):
        return _ROOTS[within[1]]
    found = f"of <{root[1]}>" if root else f"without an element in its first {HEAD} bytes"
    expected = ", ".join(f"<{name}>" for name in _ROOTS)
    raise FormatError(f"XML {found}; expected {expected}", file=file)


def _is_table(text: str) -> bool:
    lines = [line for line in text.splitlines()[:20] if line.strip() and line[0] != "#"]
    rows = sum(_ROW.match(line) is not None for line in lines)
    named = bool(lines) and _XY.search(lines[0]) is not None
    return bool(lines) and (rows >= len(lines) - 1 > 0 or (rows == 1 and named))
