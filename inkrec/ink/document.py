"""Documents: the pages and layers of a file, with the strokes as the file has them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import InkError
from .strokes import Ink, Stroke
from .time_order import in_time_order

__all__ = ["Document", "DocumentPage", "Layer"]


@dataclass(frozen=True, slots=True)
class Layer:
    """Strokes that a program keeps together.

    Attributes
    ----------
    ink : Ink
        In the coordinates of its page; strokes of highlighters and erasers too.
    name : str or None
    visible : bool
    """

    ink: Ink
    name: str | None = None
    visible: bool = True


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """A page of a document.

    Attributes
    ----------
    layers : tuple of Layer
        From the lowest to the uppermost.
    width, height : float or None
        In ink units, where the file tells.
    name : str or None
    """

    layers: tuple[Layer, ...] = ()
    width: float | None = None
    height: float | None = None
    name: str | None = None

    def strokes(self, layer: int | None = None) -> Iterator[Stroke]:
        """The strokes of a layer, counted from 1, or of all of them."""
        for number, one in enumerate(self.layers, 1):
            if layer is None or layer == number:
                yield from one.ink


@dataclass(frozen=True, slots=True)
class Document:
    """What a file holds: pages of layers of strokes.

    Attributes
    ----------
    pages : tuple of DocumentPage
    units_per_mm : float or None
        Ink units in a millimetre, where the file tells.
    program : str
        What wrote the file, as far as it says: ``"Xournal++ 1.2.4"``.

    Examples
    --------
    >>> page = DocumentPage((Layer(Ink([Stroke([0, 1], [0, 2])])),), height=50.0)
    >>> document = Document((page, page))
    >>> [stroke.y.tolist() for stroke in document.ink()]
    [[0.0, 2.0], [50.0, 52.0]]
    >>> document.ink(page=2)
    <Ink of 1 strokes, 2 points>
    """

    pages: tuple[DocumentPage, ...]
    units_per_mm: float | None = None
    program: str = ""

    def ink(self, page: int | None = None, layer: int | None = None) -> Ink:
        """The strokes as one ink, in the order of writing.

        Parameters
        ----------
        page, layer : int, optional
            One page or one layer of each page, from 1. By default all of them, each page
            below the one before.

        Raises
        ------
        InkError
            If there is no such page, or no page has such a layer.
        """
        chosen = self.pages
        if page is not None:
            chosen = (self._page(page),)
        if layer is not None and not any(1 <= layer <= len(one.layers) for one in chosen):
            most = max((len(one.layers) for one in chosen), default=0)
            raise InkError(f"no layer {layer}; there are {most}")
        strokes: list[Stroke] = []
        top = 0.0
        for one in chosen:
            held = list(one.strokes(layer))
            strokes += [stroke.replace(y=stroke.y + top) for stroke in held] if top else held
            top += _height(one)
        return in_time_order(strokes, self.units_per_mm)[0]

    def _page(self, number: int) -> DocumentPage:
        if not 1 <= number <= len(self.pages):
            raise InkError(f"no page {number}; the document has {len(self.pages)}")
        return self.pages[number - 1]


def _height(page: DocumentPage) -> float:
    """How far down the next page begins: where the file does not tell, below the ink."""
    if page.height is not None:
        return page.height
    bottoms = [float(stroke.y.max()) for stroke in page.strokes()]
    return max(bottoms, default=0.0)
