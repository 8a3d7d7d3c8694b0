"""The wire format of protocol buffers (https://protobuf.dev/programming-guides/encoding/)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ._report import Report

__all__ = ["Fields", "differences", "fields_of", "floats", "last", "varints"]

Array = npt.NDArray[np.float64]
Fields = dict[int, list[Any]]


def fields_of(data: bytes, report: Report) -> Fields:
    """The fields of a message by number: whole numbers, or bytes to be read further."""
    fields: Fields = {}
    at = 0
    try:
        while at < len(data):
            key, at = _varint(data, at)
            value: Any
            kind = key & 7
            if kind == 0:
                value, at = _varint(data, at)
            elif kind == 1:
                value, at = data[at : at + 8], at + 8
            elif kind == 5:
                value, at = data[at : at + 4], at + 4
            elif kind == 2:
                size, at = _varint(data, at)
                if at + size > len(data):
                    raise IndexError
                value, at = data[at : at + size], at + size
            else:
                raise IndexError
            fields.setdefault(key >> 3, []).append(value)
    except IndexError:
        report.lost("what follows", "a message that is cut off or damaged")
    return fields


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise IndexError


def last(fields: Fields, number: int, otherwise: Any) -> Any:
    """The last value of a field, or another where it has none of that kind."""
    value = fields.get(number, [otherwise])[-1]
    return value if type(value) is type(otherwise) else otherwise


def varints(fields: Fields, number: int) -> list[int]:
    """A repeated field of whole numbers, packed or not."""
    values: list[int] = []
    for held in fields.get(number, []):
        if isinstance(held, int):
            values.append(held)
            continue
        at = 0
        try:
            while at < len(held):
                value, at = _varint(held, at)
                values.append(value)
        except IndexError:
            pass  # cut off within a number
    return values


def differences(fields: Fields, number: int, digits: int) -> Array:
    """A column told as differences of whole numbers, of so many decimal digits."""
    values = np.array([v >> 1 ^ -(v & 1) for v in varints(fields, number)], np.float64)
    return np.cumsum(values) / 10.0**digits


def floats(fields: Fields, number: int) -> Array:
    """A packed field of floats of 32 bits."""
    packed = b"".join(v for v in fields.get(number, []) if isinstance(v, bytes))
    return np.frombuffer(packed[: len(packed) // 4 * 4], "<f4").astype(np.float64)
