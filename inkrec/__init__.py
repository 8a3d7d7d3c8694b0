"""Online handwriting recognition: text while the pen writes.

>>> import inkrec
>>> recognizer = inkrec.load()                                # doctest: +SKIP
>>> recognizer.recognize(inkrec.read("letter.inkml")).text    # doctest: +SKIP
'Dear Ada'
"""

from __future__ import annotations

__version__ = "0.1.0"

_HOME = {
    "_engine": ("engine",),
    "errors": (
        "DeviceError", "FormatError", "InkError", "InkWarning", "InkrecError",
        "MissingExtraError", "ModelError", "SessionError",
    ),
    "formats": ("read", "read_document", "write"),
    "ink.document": ("Document", "DocumentPage", "Layer"),
    "layout.page_layout": ("PageLine", "segment_lines"),
    "ink.samples": ("PenSample",),
    "ink.strokes": ("Ink", "Stroke"),
    "language.fields": ("Field",),
    "page.page": ("Page",),
    "page.results": ("PageChanges", "PageDrawing", "TextLine", "TextWord"),
    "page.exchange": ("page_to_json", "page_to_wicg"),
    "page.jiix": ("page_to_jiix",),
    "page.pdf": ("write_pdf",),
    "page.search": ("SearchMatch", "search"),
    "recognizer": ("Recognizer", "Session", "load"),
    "results": (
        "Alternative", "Character", "Drawing", "Gesture", "Hypothesis", "InkSpan", "PageResult",
        "Word",
    ),
    "session.commit": ("CommitPolicy",),
}  # fmt: skip
_ROOMS = ("capture", "corpus", "errors", "formats", "metrics")

__all__ = sorted({*_ROOMS, *(name for names in _HOME.values() for name in names)})


def __getattr__(name: str) -> object:
    """Names, and the public modules, are fetched when they are first asked for.

    So a program can say how many threads NumPy gets before it is loaded, as
    `inkrec.cli` does.
    """
    from importlib import import_module

    for module, names in _HOME.items():
        if name in names:
            found = globals()[name] = getattr(import_module(f".{module}", __name__), name)
            return found
    if name in _ROOMS:
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
