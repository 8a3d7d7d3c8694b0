"""Settings of adapting to a writer, and what it tells afterwards."""

from __future__ import annotations

from dataclasses import dataclass

from .._checks import check_ranges

__all__ = ["AdaptSettings", "Adapted"]


@dataclass(frozen=True, slots=True)
class AdaptSettings:
    """How to adapt.

    Attributes
    ----------
    epochs : int
        Times over the lines, at most.
    learning_rate : float
        Learning rate of Adam.
    l2_to_start : float
        Weight of the squared distance to the model it began with.
    validation_fraction : float
        Part of the lines that are held out.
    patience : int
        Epochs without a better reading of these before it stops.
    keep_gain : float
        Part of what the held-out lines gained that a shorter way must keep.
    min_gain : float
        Part of the held-out lines' loss that must be gone; less is nothing gained.
    seed : int

    Raises
    ------
    ModelError
        If a value is out of its range.
    """

    epochs: int = 12
    learning_rate: float = 3e-4
    l2_to_start: float = 1e-3
    validation_fraction: float = 0.25
    patience: int = 4
    keep_gain: float = 0.95
    min_gain: float = 0.01
    seed: int = 1

    def __post_init__(self) -> None:
        check_ranges(
            self, epochs="[1, inf)", learning_rate="(0, inf)", l2_to_start="[0, inf)",
            validation_fraction="(0, 1)", patience="[1, inf)", keep_gain="(0, 1]",
            min_gain="(0, 1)", seed="[0, inf)",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Adapted:
    """What adapting did, all figures on the held-out lines.

    Attributes
    ----------
    lines, validation : int
        Lines learnt from, and held out.
    before, after : float
        CER in percent, best path of the second pass (a rescorer is not asked).
    epochs : int
        Epochs of the weights that it went towards; 0 if these two passes are as they were.
    interpolation : float
        How far it went towards them, 1 for all the way.
    left_out : dict of str to int
        How many lines were not learnt from, by what is wrong with them.
    rescorer_before, rescorer_after, rescorer_interpolation : float or None
        The same of the rescorer, by its own best path; None where the model has none.
    """

    lines: int
    validation: int
    before: float
    after: float
    epochs: int
    interpolation: float
    left_out: dict[str, int]
    rescorer_before: float | None = None
    rescorer_after: float | None = None
    rescorer_interpolation: float | None = None

    @property
    def kept(self) -> bool:
        """Whether anything that was learnt is in the copy; else it is the model as it was."""
        return bool(self.interpolation or self.rescorer_interpolation)
