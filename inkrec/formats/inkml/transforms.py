"""InkML's canvas transforms: affine maps from a trace's X and Y to the canvas (4.4)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from .._xml import Element

__all__ = ["Transform"]

Array = npt.NDArray[np.float64]
Find = Callable[[str, str], Element | None]

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_MOST = 16  # mappings inside one another


class Transform(NamedTuple):
    """``x' = a x + b y + c``, ``y' = d x + e y + f``."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 0.0
    e: float = 1.0
    f: float = 0.0

    @classmethod
    def of(cls, mapping: Element, find: Find, depth: int = 0) -> Self | None:
        """The map of a ``<mapping>``; None for the identity.

        Parameters
        ----------
        mapping : Element
        find : callable
            The element of a name and an id.

        Raises
        ------
        ValueError
            If it is of a type that is not read, or no two rows of three numbers.
        """
        if depth > _MOST:
            raise ValueError("mappings that refer to one another without end")
        if reference := mapping.get("mappingRef"):
            target = find("mapping", reference)
            if target is None:
                raise ValueError(f"no <mapping> has the id {reference!r}")
            return cls.of(target, find, depth + 1)
        kind = mapping.get("type") or "unknown"
        if kind in ("identity", "unknown") and not any(e.name in _ROWS for e in mapping):
            return None
        if kind == "product":
            whole = None
            for child in mapping:
                if child.name == "mapping":
                    part = cls.of(child, find, depth + 1)
                    whole = whole.then(part) if whole is not None and part else whole or part
            return whole
        rows = next((child for child in mapping if child.name in _ROWS), None)
        if rows is None:
            raise ValueError(f"a canvas transform of type {kind!r}; affine ones are read")
        return cls._rows(rows.text)

    @classmethod
    def _rows(cls, text: str) -> Self:
        rows = [row for row in text.split(",") if row.strip()]
        words = [row.split() for row in rows]
        if len(words) == 1:  # without commas
            words = [words[0][: len(words[0]) // 2], words[0][len(words[0]) // 2 :]]
        if len(words) == 3:  # homogeneous, the last row is 0 0 1
            words.pop()
        if len(words) != 2 or any(len(row) not in (2, 3) for row in words):
            raise ValueError(f"an affine mapping of {text.strip()[:60]!r}; expected a b c, d e f")
        if not all(_NUMBER.fullmatch(word) for row in words for word in row):
            raise ValueError(f"an affine mapping of {text.strip()[:60]!r}; expected numbers")
        (a, b, c), (d, e, f) = ([*map(float, row), 0.0][:3] for row in words)
        found = cls(a, b, c, d, e, f)
        if not all(map(math.isfinite, found)) or a * e == b * d:
            raise ValueError(f"an affine mapping of {text.strip()[:60]!r} that flattens the ink")
        return found

    def then(self, other: Self) -> Self:
        """The map that does another one after it."""
        a, b, c, d, e, f = other
        return self._replace(
            a=a * self.a + b * self.d,
            b=a * self.b + b * self.e,
            c=a * self.c + b * self.f + c,
            d=d * self.a + e * self.d,
            e=d * self.b + e * self.e,
            f=d * self.c + e * self.f + f,
        )

    def apply(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Positions on the canvas."""
        return self.a * x + self.b * y + self.c, self.d * x + self.e * y + self.f

    @property
    def scale(self) -> float | None:
        """How much it enlarges; None where more in one direction than in the other."""
        across, down = math.hypot(self.a, self.d), math.hypot(self.b, self.e)
        return across if math.isclose(across, down, rel_tol=1e-6) else None


_ROWS = ("affine", "matrix")
