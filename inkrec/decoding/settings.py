"""How a model's lines are decoded: the settings that its card holds, checked once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from .._checks import check_ranges, check_whole
from ..errors import ModelError
from ..language.word_bigram import WordLmSettings
from .confidence import WEIGHTS
from .prefix import BeamSettings

__all__ = ["DecodingSettings", "StreamSettings"]


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """How a line is read while it is written.

    Attributes
    ----------
    refine_frames : int
        Frames before the pen that the second pass may still change.
    rescale_factor : float
        The open ink is read again when the scale has changed by this factor.
    unchanged_prob : float
        Frames whose probabilities changed by less are not searched again.
    beam_prune_prob : float
        Prefixes below this part of the best are dropped while writing, where that is more
        than `BeamSettings.beam_prune_prob`.
    """

    refine_frames: int = 14
    rescale_factor: float = 1.12
    unchanged_prob: float = 0.003
    beam_prune_prob: float = 1e-3

    def __post_init__(self) -> None:
        check_whole(self, "refine_frames")
        check_ranges(
            self, refine_frames="[1, inf)", rescale_factor="[1, inf)", unchanged_prob="[0, 1]",
            beam_prune_prob="[0, 1)",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class DecodingSettings:
    """Everything that turns a model's log-probabilities into text.

    Attributes
    ----------
    beam : BeamSettings
    word_lm : WordLmSettings
    stream : StreamSettings
    rescorer_weight : float
        What part the rescorer has in finished lines, if there is one; 0 to 1.
    temperature : float
        Divides log-posteriors before they are shown as confidence.
    confidence : tuple of float
        Weights of `inkrec.decoding.confidence.calibrated` for the words of finished lines;
        of models without a rescorer the posterior stands.

    Raises
    ------
    ModelError
        If a number is outside its range.
    """

    beam: BeamSettings = field(default_factory=BeamSettings)
    word_lm: WordLmSettings = field(default_factory=WordLmSettings)
    stream: StreamSettings = field(default_factory=StreamSettings)
    rescorer_weight: float = 0.5
    temperature: float = 1.0
    confidence: tuple[float, ...] = WEIGHTS

    def __post_init__(self) -> None:
        check_ranges(self, rescorer_weight="[0, 1]", temperature="(0, inf)")
        weights = self.confidence
        numbers = all(isinstance(w, (int, float)) and math.isfinite(w) for w in weights)
        if len(weights) != len(WEIGHTS) or not numbers:
            raise ModelError(f"confidence is {weights!r}; it must be {len(WEIGHTS)} numbers")

    @classmethod
    def from_card(cls, card: Mapping[str, Any]) -> DecodingSettings:
        """The settings that a card holds; what it does not name is the default.

        Raises
        ------
        ModelError
            Names the entry and the field that cannot be.
        """
        found: dict[str, Any] = {}
        for entry, kind in _KINDS.items():
            if entry not in card:
                continue
            try:
                found[entry] = kind(**card[entry])
            except (TypeError, ModelError) as error:
                known = ", ".join(f.name for f in fields(kind))
                raise ModelError(
                    f"the card's {entry} is not as it should be: {error}; it is {card[entry]}, and "
                    f"its fields are {known}"
                ) from None
        for key in ("rescorer_weight", "temperature"):
            if key in card:
                try:
                    found[key] = float(card[key])
                except (TypeError, ValueError, OverflowError):
                    raise ModelError(
                        f"the card is not as it should be: {key} is {card[key]!r}; it must be a "
                        "number"
                    ) from None
        if "confidence" in card:
            weights = card["confidence"]
            found["confidence"] = tuple(weights) if isinstance(weights, list) else (weights,)
        try:
            return cls(**found)
        except ModelError as error:
            raise ModelError(f"the card is not as it should be: {error}") from None

    def to_card(self) -> dict[str, Any]:
        """The entries of a card that `from_card` reads back."""
        return asdict(self)


_KINDS: dict[str, Any] = {
    "beam": BeamSettings,
    "word_lm": WordLmSettings,
    "stream": StreamSettings,
}
