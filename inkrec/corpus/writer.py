"""Writing a corpus: sample by sample, and under its name only when it is whole."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterable, Mapping
from os import PathLike, fspath
from typing import Any

import numpy as np

from .._checks import require
from ..errors import InkError
from .layout import CODED, FORMAT, POINTS, VERSION, Sample, save_attributes

__all__ = ["write_corpus"]

_CHUNK = 1 << 15
"""Rows of a column that are compressed together."""

_SURROGATE = re.compile("[\ud800-\udfff]")

_BATCH = 1 << 20
"""Points that are held before they are written."""


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
        If an id comes twice, a sample holds no stroke, or a text holds what HDF5
        cannot; the old file stays.
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
            save_attributes(file, {**attributes, **closing()})
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
        self._tables: dict[str, dict[str, int]] = {name: {} for name in CODED}
        self._points: list[tuple[Any, ...]] = []
        self._held = 0
        self._ends = {"strokes": [0], "samples": [0]}
        self._last = {"strokes": 0, "samples": 0}
        self._rows: list[tuple[Any, ...]] = []
        for name in POINTS:
            self._new(f"points/{name}", "f8", fillvalue=np.nan)
        for name in self._ends:
            self._new(f"{name}/offset", "i8")
        for name in ("id", "text"):
            self._new(f"samples/{name}", h5py.string_dtype())
        for name in CODED:
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
        strings = [value for value in sample if isinstance(value, str)]
        if any("\0" in value for value in strings):
            raise InkError(f"sample {sample.id!r} holds a NUL character; HDF5 strings cannot")
        for value in strings:
            if lone := _SURROGATE.search(value):
                raise InkError(
                    f"sample {sample.id!r} holds {lone[0]!r}, half of a character; "
                    "HDF5 strings are UTF-8"
                )
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
            for name in CODED
        )
        mm = np.nan if sample.ink.units_per_mm is None else sample.ink.units_per_mm
        self._rows.append((sample.id, sample.text, *codes, mm))
        self.count += 1
        if self._held >= _BATCH:
            self._flush()

    def _flush(self) -> None:
        for k, name in enumerate(POINTS):
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
            names = ("id", "text", *CODED, "units_per_mm")
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
