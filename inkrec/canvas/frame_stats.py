"""What the canvas measures of itself."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np

__all__ = ["FrameStats"]

_RECENT = 240


class FrameStats:
    """Frame times and delays, all of them for the report and the last for the overlay."""

    def __init__(self) -> None:
        self._all: dict[str, list[float]] = {
            "frame": [],
            "work": [],
            "pen_to_pixel": [],
            "pen_to_text": [],
        }
        self._recent: dict[str, deque[float]] = {name: deque(maxlen=_RECENT) for name in self._all}
        self.samples = 0

    def add(self, what: str, seconds: float) -> None:
        """Note a time in s."""
        self._all[what].append(seconds)
        self._recent[what].append(seconds)

    def recent(self, what: str) -> tuple[float, float] | None:
        """Median and 95th percentile of the last, in ms."""
        values = self._recent[what]
        if not values:
            return None
        low, high = np.percentile(list(values), [50, 95]) * 1000
        return float(low), float(high)

    def report(self) -> dict[str, Any]:
        """All figures; times in ms.

        ``frame_ms`` is the time between two pictures while the pen writes,
        ``work_ms`` what the window did for one, ``pen_to_pixel_ms`` from a sample's
        stamp until its ink was shown, ``pen_to_text_ms`` from the stamp of the last
        sample that a changed text has read until that text was shown.
        """
        told: dict[str, Any] = {"samples": self.samples}
        for name, values in self._all.items():
            if not values:
                told[f"{name}_ms"] = None
                continue
            p50, p95, worst = (
                round(float(v) * 1000, 2) for v in np.percentile(values, [50, 95, 100])
            )
            told[f"{name}_ms"] = {"n": len(values), "p50": p50, "p95": p95, "max": worst}
        return told
