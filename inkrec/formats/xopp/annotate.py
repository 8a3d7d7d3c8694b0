"""Adding text to a Xournal++ notebook, in which everything else stays byte by byte."""

from __future__ import annotations

import gzip
import io
import re
import shutil
import zipfile
from collections.abc import Iterable, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import NamedTuple

from ...errors import FormatError
from .._files import reading, save
from .._xml import attribute, escape
from .._zip import ZIP

__all__ = ["LAYER", "TextElement", "add_text"]

LAYER = "inkrec text"
"""The name of the layer that holds it; it can be hidden in Xournal++ as any layer."""

_COLOR = "#3333ccff"
_FONT = "Sans"
_OWN = re.compile(rb'<layer name="%s">.*?</layer>\n' % LAYER.encode(), re.DOTALL)
_END = re.compile(rb"</page\s*>")
_ATTACHED = re.compile(rb'<background\b[^>]*\bdomain="attach"[^>]*\bfilename="([^"/\\]+)"')


class TextElement(NamedTuple):
    """A text on a page, in points of 1/72 inch.

    Attributes
    ----------
    text : str
    x, y : float
        Its left and its top.
    size : float
        Of the font.
    """

    text: str
    x: float
    y: float
    size: float


def add_text(
    file: str | PathLike[str],
    out: str | PathLike[str],
    pages: Sequence[Iterable[TextElement]],
) -> None:
    """Write a notebook with text added to each page, in a layer of its own above the others.

    A layer that an earlier call added is replaced. Backgrounds that lie beside the file are
    copied with it.

    Parameters
    ----------
    file : path
        A notebook, as XML in gzip, in ZIP or plain; the new one is packed in the same way.
    out : path
    pages : sequence of iterable of TextElement

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    FormatError
        If it is no whole notebook, or of more or fewer pages.
    """
    raw = Path(file).read_bytes()
    if raw[: len(ZIP)] == ZIP:
        data, content = _in_archive(raw, pages, fspath(file))
    else:
        with reading(file) as stream:
            content = stream.read()
        content = _with_text(content, pages, fspath(file))
        packed = raw[:2] == b"\x1f\x8b"
        data = gzip.compress(content, mtime=0) if packed else content
    save(out, data)
    for name in dict.fromkeys(_ATTACHED.findall(content)):
        beside, copy = (Path(f"{fspath(f)}.{name.decode('utf-8', 'replace')}") for f in (file, out))
        if beside.is_file() and not (copy.exists() and copy.samefile(beside)):
            shutil.copyfile(beside, copy)


def _in_archive(
    raw: bytes, pages: Sequence[Iterable[TextElement]], file: str
) -> tuple[bytes, bytes]:
    """An archive with its notebook changed and all else as it was."""
    out = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w") as new:
            names = [info.filename for info in old.infolist() if info.filename.endswith(".xml")]
            name = "content.xml" if "content.xml" in names else names[0]
            with reading(io.BytesIO(old.read(name))) as stream:
                content = _with_text(stream.read(), pages, file)
            for info in old.infolist():
                held = content if info.filename == name else old.read(info)
                new.writestr(info, held, info.compress_type)
    except (zipfile.BadZipFile, IndexError, OSError, RuntimeError, NotImplementedError) as error:
        raise FormatError(f"no whole archive of a notebook: {error}", file=file) from None
    return out.getvalue(), content


def _with_text(xml: bytes, pages: Sequence[Iterable[TextElement]], file: str) -> bytes:
    xml = _OWN.sub(b"", xml)
    ends = list(_END.finditer(xml))
    if len(ends) != len(pages) or b"</xournal" not in xml[ends[-1].end() if ends else 0 :]:
        raise FormatError(
            f"expected {len(pages)} whole pages of a notebook, found {len(ends)} and "
            "what is damaged is not written again; save it with Xournal++ first",
            file=file,
        )
    parts, at = [], 0
    for end, elements in zip(ends, pages, strict=True):
        parts += [xml[at : end.start()], _layer(elements)]
        at = end.start()
    return b"".join([*parts, xml[at:]])


def _layer(elements: Iterable[TextElement]) -> bytes:
    """A layer of texts, in ASCII, so that it is right in any encoding that a file may have."""
    body = "".join(
        f'<text font="{attribute(_FONT)}" size="{e.size:.2f}" x="{e.x:.2f}" y="{e.y:.2f}" '
        f'color="{_COLOR}">{escape(e.text)}</text>\n'
        for e in elements
    )
    if not body:
        return b""
    return f'<layer name="{LAYER}">\n{body}</layer>\n'.encode("ascii", "xmlcharrefreplace")
