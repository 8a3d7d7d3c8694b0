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

from .layout import Sample
from .reader import Corpus
from .writer import write_corpus

__all__ = ["Corpus", "Sample", "write_corpus"]
