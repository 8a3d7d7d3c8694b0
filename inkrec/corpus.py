"""Labelled ink in one HDF5 file, written as a stream and read in slices.

::

    points/x, y, t, pressure     float64; NaN in t or pressure where there is none
    strokes/offset               stroke i holds points offset[i] to offset[i + 1]
    samples/offset               sample i holds strokes offset[i] to offset[i + 1]
    samples/id, text             UTF-8
    samples/writer, form, ...    numbers into tables/writer, form, ...
    samples/units_per_mm         float64; NaN where unknown

All columns are chunked and compressed without loss. Needs h5py, which the extra
``train`` brings.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from os import PathLike, fspath
from types import MappingProxyType, TracebackType
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from .errors import FormatError, InkError, require
from .ink import Ink, Stroke

__all__ = ["Corpus", "Sample", "write_corpus"]

FORMAT = "inkrec-corpus"
VERSION = 1
_CODED = ("writer", "form", "split", "kind", "language")
_CHUNK = 1 << 15
_BATCH = 1 << 20

Integers = npt.NDArray[np.int64]


class Sample(NamedTuple):
    """One labelled piece of ink.

    Attributes
    ----------
    ink : Ink
        The strokes; y grows downward, t in s or absent.
    text : str
        What was written, case and punctuation kept.
    id : str
        Unique within the corpus.
    writer, form : str
        Who wrote it and the page or file it stands on; empty where unknown.
    split : str
        The part of the corpus it belongs to, such as ``"trainset"``.
    kind : str
        ``"line"``, ``"text"``, ``"word"`` or ``"character"``.
    language : str
        ISO 639-1 code such as ``"en"``; empty where unknown.
    """

    ink: Ink
    text: str
    id: str
    writer: str
    form: str
    split: str
    kind: str
    language: str = ""


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
        except KeyError as error:
            self._file.close()
            raise FormatError(
                f"a part of the corpus is missing ({error}); make it anew with its recipe",
                file=self.path,
            ) from None
        except BaseException:
            self._file.close()
            raise

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
        self.attributes: Mapping[str, object] = MappingProxyType(_load_attributes(self._file))
        samples = self._file["samples"]
        self._sample_offset: Integers = samples["offset"][:]
        self._stroke_offset: Integers = self._file["strokes/offset"][:]
        self._codes = {name: samples[name][:] for name in _CODED}
        self._tables = {name: self._file[f"tables/{name}"].asstr()[:].tolist() for name in _CODED}
        self._mm = samples["units_per_mm"][:]
        self.splits: tuple[str, ...] = tuple(self._tables["split"])
        points = len(self._file["points/x"])
        sound = _rising(self._sample_offset, len(self._stroke_offset) - 1) and _rising(
            self._stroke_offset, points
        )
        n = len(self)
        columns = [samples["id"], samples["text"], self._mm, *self._codes.values()]
        if not sound or any(len(column) != n for column in columns):
            raise FormatError("offsets do not fit the data; make it anew", file=self.path)
        for name in _CODED:
            if n and self._codes[name].max() >= len(self._tables[name]):
                raise FormatError(f"a {name} is not in its table; make it anew", file=self.path)

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
        every: list[str] = self._file["samples/text"].asstr()[:].tolist()
        return every if indices is None else [every[i] for i in indices]

    def column(self, name: str) -> list[str]:
        """``writer``, ``form``, ``split``, ``kind`` or ``language`` of every sample."""
        if name not in _CODED:
            raise FormatError(f"no column {name!r}; there are {', '.join(_CODED)}")
        table = self._tables[name]
        return [table[code] for code in self._codes[name].tolist()]

    def point_counts(self) -> Integers:
        """Points of ink in every sample, shape (n,)."""
        return np.diff(self._stroke_offset[self._sample_offset])

    def _read_run(self, start: int, stop: int) -> list[Sample]:
        edges = self._sample_offset[start : stop + 1]
        cuts = self._stroke_offset[edges[0] : edges[-1] + 1]
        base = int(cuts[0])
        points = self._file["points"]
        columns = [points[c][base : int(cuts[-1])] for c in ("x", "y", "t", "pressure")]
        ids = self._file["samples/id"].asstr()[start:stop]
        texts = self._file["samples/text"].asstr()[start:stop]
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
            coded = {c: self._tables[c][self._codes[c][i]] for c in _CODED}
            out.append(Sample(ink=ink, text=texts[k], id=ids[k], **coded))
        return out


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


def _rising(offset: Integers, last: int) -> bool:
    if not len(offset) or offset[0] != 0 or offset[-1] != last:
        return False
    return bool((np.diff(offset) >= 0).all())


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


def write_corpus(
    path: str | PathLike[str],
    samples: Iterable[Sample],
    *,
    attributes: Mapping[str, object],
    closing: Callable[[], Mapping[str, object]] = dict,
) -> int:
    """Write samples to an HDF5 corpus, one after another.

    The file appears under its name only when it is whole. The same samples and
    attributes give the same bytes.

    Parameters
    ----------
    path : path
        Where to write; replaced if it exists.
    samples : iterable of Sample
        Read once; only a buffer of them is held. Wrap it in tqdm for a bar.
    attributes : mapping
        Provenance: str, int, float or bool become HDF5 attributes as they are,
        anything else becomes JSON.
    closing : callable, optional
        More attributes, asked for after the last sample: counts, say.

    Returns
    -------
    int
        How many samples were written.

    Raises
    ------
    InkError
        If an id comes twice or a sample holds no stroke; the old file stays.
    """
    h5py = require("h5py", "train")
    target = os.path.abspath(fspath(path))
    handle, temporary = tempfile.mkstemp(
        prefix=f".{os.path.basename(target)}.", suffix=".part", dir=os.path.dirname(target)
    )
    os.close(handle)
    try:
        with h5py.File(temporary, "w") as file:
            file.attrs["format"] = FORMAT
            file.attrs["version"] = VERSION
            writer = _Writer(file, h5py)
            for sample in samples:
                writer.add(sample)
            writer.close()
            _save_attributes(file, {**attributes, **closing()})
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise
    return writer.count


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


class _Writer:
    """Columns that grow in memory and are appended to the file batch by batch."""

    def __init__(self, file: Any, h5py: Any) -> None:
        self._h5py = h5py
        self._file = file
        self.count = 0
        self._ids: set[str] = set()
        self._tables: dict[str, dict[str, int]] = {name: {} for name in _CODED}
        self._points: list[tuple[Any, ...]] = []
        self._held = 0
        self._ends = {"strokes": [0], "samples": [0]}
        self._last = {"strokes": 0, "samples": 0}
        self._rows: list[tuple[Any, ...]] = []
        for name in ("x", "y", "t", "pressure"):
            self._new(f"points/{name}", "f8", fillvalue=np.nan)
        for name in self._ends:
            self._new(f"{name}/offset", "i8")
        for name in ("id", "text"):
            self._new(f"samples/{name}", h5py.string_dtype())
        for name in _CODED:
            self._new(f"samples/{name}", "u4")
        self._new("samples/units_per_mm", "f8")

    def _new(self, name: str, dtype: Any, **options: Any) -> None:
        self._file.create_dataset(
            name, shape=(0,), maxshape=(None,), dtype=dtype, chunks=(_CHUNK,),
            compression="gzip", compression_opts=4, shuffle=True, **options,
        )  # fmt: skip

    def add(self, sample: Sample) -> None:
        if sample.id in self._ids:
            raise InkError(f"sample id {sample.id!r} comes twice; ids must be unique")
        if not len(sample.ink):
            raise InkError(f"sample {sample.id!r} has no stroke; leave it out and count it")
        self._ids.add(sample.id)
        for stroke in sample.ink:
            self._points.append((stroke.x, stroke.y, stroke.t, stroke.pressure))
            self._held += len(stroke)
            self._last["strokes"] += len(stroke)
            self._ends["strokes"].append(self._last["strokes"])
        self._last["samples"] += len(sample.ink)
        self._ends["samples"].append(self._last["samples"])
        codes = tuple(
            self._tables[name].setdefault(getattr(sample, name), len(self._tables[name]))
            for name in _CODED
        )
        mm = np.nan if sample.ink.units_per_mm is None else sample.ink.units_per_mm
        self._rows.append((sample.id, sample.text, *codes, mm))
        self.count += 1
        if self._held >= _BATCH:
            self._flush()

    def _flush(self) -> None:
        for k, name in enumerate(("x", "y", "t", "pressure")):
            have = any(stroke[k] is not None for stroke in self._points)
            column = (
                np.concatenate(
                    [np.full(len(s[0]), np.nan) if s[k] is None else s[k] for s in self._points]
                )
                if have
                else None
            )
            self._append(f"points/{name}", column, self._held)
        for name, ends in self._ends.items():
            self._append(f"{name}/offset", ends, len(ends))
            ends.clear()
        if self._rows:
            names = ("id", "text", *_CODED, "units_per_mm")
            for name, values in zip(names, zip(*self._rows, strict=True), strict=True):
                self._append(f"samples/{name}", list(values), len(values))
        self._points.clear()
        self._rows.clear()
        self._held = 0

    def _append(self, name: str, values: Any, n: int) -> None:
        column = self._file[name]
        before = len(column)
        column.resize((before + n,))
        if values is not None and n:
            column[before:] = values

    def close(self) -> None:
        self._flush()
        for name, table in self._tables.items():
            self._file.create_dataset(
                f"tables/{name}", data=list(table), dtype=self._h5py.string_dtype()
            )


def _save_attributes(file: Any, attributes: Mapping[str, object]) -> None:
    as_json = []
    for name, value in attributes.items():
        if isinstance(value, (str, int, float, bool)):
            file.attrs[name] = value
        else:
            file.attrs[name] = json.dumps(value, ensure_ascii=False, sort_keys=True)
            as_json.append(name)
    file.attrs["json"] = json.dumps(as_json)


def _load_attributes(file: Any) -> dict[str, object]:
    as_json = set(json.loads(file.attrs.get("json", "[]")))
    found: dict[str, object] = {}
    for name, value in file.attrs.items():
        if name in as_json:
            found[name] = json.loads(value)
        elif name not in ("json", "format", "version"):
            found[name] = value.item() if isinstance(value, np.generic) else value
    return found
