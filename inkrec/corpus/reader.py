"""Reading a corpus: opened at once, its ink when it is asked for."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from os import PathLike, fspath
from types import MappingProxyType, TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from .._checks import require
from ..errors import FormatError, InkError
from ..ink.strokes import Ink, Stroke
from .layout import CODED, FORMAT, POINTS, VERSION, Sample, load_attributes

__all__ = ["Corpus"]

Integers = npt.NDArray[np.int64]

_BROKEN = (KeyError, OSError, TypeError, AttributeError, ValueError, RuntimeError)
"""What h5py and json raise at damage."""


class Corpus:
    """Samples of an HDF5 corpus, read when they are asked for.

    A context manager and a sequence. It can be sent to another process, which
    opens the file anew.

    Parameters
    ----------
    path : path
        A file that `write_corpus` or a recipe in ``datasets/`` made.

    Attributes
    ----------
    path : str
    attributes : Mapping of str to object
        What the recipe says: name, licence, citation, source, command, counts.
    splits : tuple of str
        The names of the parts, in the order of their first sample.

    Raises
    ------
    FormatError
        If the file is missing or is not such a corpus.

    Examples
    --------
    >>> import tempfile, os
    >>> from inkrec.corpus import write_corpus
    >>> path = os.path.join(tempfile.mkdtemp(), "tiny.h5")
    >>> ink = Ink([Stroke([0, 1], [0, 1], [0.0, 0.01])])
    >>> write_corpus(path, [Sample(ink, "a", "1", "", "", "dev", "word")], attributes={})
    1
    >>> with Corpus(path) as corpus:
    ...     len(corpus), corpus.splits, corpus[0].text, corpus[0].ink == ink
    (1, ('dev',), 'a', True)
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        self.path = fspath(path)
        h5py = require("h5py", "train")
        if not os.path.exists(self.path):
            raise FormatError(
                "no such corpus; make it with: python datasets/NAME/prepare.py ROOT OUT.h5",
                file=self.path,
            )
        try:
            self._file = h5py.File(self.path, "r")
        except OSError as error:
            raise FormatError(
                f"not a readable HDF5 file ({error}); make it anew with datasets/NAME/prepare.py",
                file=self.path,
            ) from None
        try:
            self._check()
            self._load_index()
        except FormatError:
            self._file.close()
            raise
        except _BROKEN as error:
            self._file.close()
            raise FormatError(
                f"a part of the corpus is missing or broken ({error}); make it anew",
                file=self.path,
            ) from None

    def _check(self) -> None:
        attrs = self._file.attrs
        if attrs.get("format") != FORMAT:
            raise FormatError(
                "an HDF5 file, but not a corpus of inkrec; make one with datasets/NAME/prepare.py",
                file=self.path,
            )
        if attrs.get("version") != VERSION:
            raise FormatError(
                f"corpus version {attrs.get('version')}, this inkrec reads {VERSION}; "
                "make it anew with its recipe",
                file=self.path,
            )

    def _load_index(self) -> None:
        self.attributes: Mapping[str, object] = MappingProxyType(load_attributes(self._file))
        self._sample_offset = self._integers("samples/offset")
        self._stroke_offset = self._integers("strokes/offset")
        self._codes = {name: self._integers(f"samples/{name}") for name in CODED}
        self._tables = {name: self._strings(f"tables/{name}")[:].tolist() for name in CODED}
        self._mm = self._column("samples/units_per_mm", "f")[:]
        self._ids, self._texts = self._strings("samples/id"), self._strings("samples/text")
        self._points = [self._column(f"points/{name}", "f") for name in POINTS]
        self.splits: tuple[str, ...] = tuple(self._tables["split"])
        points = {len(column) for column in self._points}
        sound = (
            len(points) == 1
            and _rising(self._sample_offset, len(self._stroke_offset) - 1, by=0)
            and _rising(self._stroke_offset, points.pop(), by=1)
        )
        n = len(self)
        columns = [self._ids, self._texts, self._mm, *self._codes.values()]
        if not sound or any(len(column) != n for column in columns):
            raise FormatError("offsets do not fit the data; make it anew", file=self.path)
        for name, codes in self._codes.items():
            if ((codes < 0) | (codes >= len(self._tables[name]))).any():
                raise FormatError(f"a {name} is not in its table; make it anew", file=self.path)

    def _column(self, name: str, kinds: str) -> Any:
        """A column whose values are of one of NumPy's kinds."""
        column = self._file[name]
        if column.dtype.kind not in kinds or column.ndim != 1:
            raise FormatError(
                f"{name} is of type {column.dtype} and shape {column.shape}; make it anew",
                file=self.path,
            )
        return column

    def _integers(self, name: str) -> Integers:
        # Signed: unsigned offsets that fall would wrap around to steps forward.
        values: Integers = self._column(name, "iu")[:].astype(np.int64)
        return values

    def _strings(self, name: str) -> Any:
        return self._column(name, "OS").asstr()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; the corpus cannot be read any more."""
        self._file.close()

    def __reduce__(self) -> tuple[type[Corpus], tuple[str]]:
        return type(self), (self.path,)

    def __repr__(self) -> str:
        return f"<Corpus {self.path} of {len(self)} samples>"

    def __len__(self) -> int:
        return len(self._sample_offset) - 1

    def __getitem__(self, i: int) -> Sample:
        n = len(self)
        if not -n <= i < n:
            raise IndexError(f"sample {i} of a corpus of {n}")
        i = int(i) % n
        return self._read_run(i, i + 1)[0]

    def __iter__(self) -> Iterator[Sample]:
        for start in range(0, len(self), 256):
            yield from self._read_run(start, min(start + 256, len(self)))

    def indices(self, split: str, *, kind: str | None = None) -> Integers:
        """Where the samples of a split stand, in rising order.

        Parameters
        ----------
        split : str
            One of `splits`.
        kind : str, optional
            Only these, for example ``"line"``.

        Raises
        ------
        FormatError
            If the corpus has no such split or kind; the message names those it has.
        """
        chosen = self._codes["split"] == self._code("split", split)
        if kind is not None:
            chosen = chosen & (self._codes["kind"] == self._code("kind", kind))
        return np.flatnonzero(chosen).astype(np.int64)

    def _code(self, name: str, value: str) -> int:
        table = self._tables[name]
        if value not in table:
            known = ", ".join(map(repr, table)) or "none"
            raise FormatError(f"no {name} {value!r}; the corpus has {known}", file=self.path)
        return int(table.index(value))

    def read(self, indices: Iterable[int]) -> list[Sample]:
        """Many samples at once, in the order asked for.

        Neighbours in the file are read in one go, which is far quicker than
        one by one.

        Parameters
        ----------
        indices : iterable of int
            Each from 0 to ``len(self) - 1``.

        Raises
        ------
        IndexError
            If an index lies outside the corpus.
        """
        asked = np.fromiter(indices, dtype=np.int64)
        outside = asked[(asked < 0) | (asked >= len(self))]
        if len(outside):
            raise IndexError(f"sample {outside[0]} of a corpus of {len(self)}")
        found: dict[int, Sample] = {}
        for start, stop in _runs(np.unique(asked)):
            found.update(zip(range(start, stop), self._read_run(start, stop), strict=True))
        return [found[i] for i in asked.tolist()]

    def texts(self, indices: Iterable[int] | None = None) -> list[str]:
        """The labels alone, of all samples or of some; touches no ink."""
        try:
            every: list[str] = self._texts[:].tolist()
        except _BROKEN as error:
            raise self._unreadable(0, len(self), error) from None
        return every if indices is None else [every[i] for i in indices]

    def column(self, name: str) -> list[str]:
        """``writer``, ``form``, ``split``, ``kind`` or ``language`` of every sample."""
        if name not in CODED:
            raise FormatError(f"no column {name!r}; there are {', '.join(CODED)}")
        table = self._tables[name]
        return [table[code] for code in self._codes[name].tolist()]

    def point_counts(self) -> Integers:
        """Points of ink in every sample, shape (n,)."""
        return np.diff(self._stroke_offset[self._sample_offset])

    def _read_run(self, start: int, stop: int) -> list[Sample]:
        edges = self._sample_offset[start : stop + 1]
        cuts = self._stroke_offset[edges[0] : edges[-1] + 1]
        base = int(cuts[0])
        try:
            columns = [column[base : int(cuts[-1])] for column in self._points]
            ids, texts = self._ids[start:stop], self._texts[start:stop]
        except _BROKEN as error:
            raise self._unreadable(start, stop, error) from None
        bounds = (cuts - base).tolist()
        local = (edges - edges[0]).tolist()
        out = []
        for k, i in enumerate(range(start, stop)):
            span = bounds[local[k] : local[k + 1] + 1]
            try:
                ink = _build(columns, span, float(self._mm[i]))
            except InkError as error:
                raise FormatError(
                    f"sample {i} ({ids[k]}) is broken: {error}", file=self.path
                ) from None
            coded = {c: self._tables[c][self._codes[c][i]] for c in CODED}
            out.append(Sample(ink=ink, text=texts[k], id=ids[k], **coded))
        return out

    def _unreadable(self, start: int, stop: int, error: Exception) -> FormatError:
        return FormatError(
            f"samples {start} to {stop - 1} cannot be read ({error}); make it anew",
            file=self.path,
        )


def _build(columns: Sequence[Any], span: Sequence[int], units_per_mm: float) -> Ink:
    x, y, t, pressure = columns
    strokes = [
        Stroke(
            x[a:b],
            y[a:b],
            None if np.isnan(t[a]) else t[a:b],
            None if np.isnan(pressure[a]) else pressure[a:b],
        )
        for a, b in pairwise(span)
    ]
    return Ink(strokes, None if np.isnan(units_per_mm) else units_per_mm)


def _rising(offset: Integers, last: int, *, by: int) -> bool:
    if not len(offset) or offset[0] != 0 or offset[-1] != last:
        return False
    return bool((np.diff(offset) >= by).all())


def _runs(indices: Integers, hole: int = 4, longest: int = 512) -> Iterator[tuple[int, int]]:
    """Stretches that hold all indices: reading over a small hole beats a second read."""
    start = last = None
    for i in indices.tolist():
        if start is None or last is None:
            start = i
        elif i - last > hole or i - start >= longest:
            yield start, last + 1
            start = i
        last = i
    if start is not None and last is not None:
        yield start, last + 1
