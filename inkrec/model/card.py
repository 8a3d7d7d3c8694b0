"""Cards of model files written before version 3, in today's names.

This is the one place where the old names of settings stand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["upgrade_card", "upgrade_settings"]

_FIELDS: dict[str, dict[str, str]] = {
    "features": {
        "spacing": "point_spacing", "horizon": "middle_window", "near": "local_window",
        "speed": "reference_speed", "unit": "length_unit",
    },
    "network": {"causal": "causal_units", "refine": "refine_units"},
    "training": {
        "rate": "learning_rate", "decay": "weight_decay", "causal": "causal_loss_weight",
        "average": "ema_decay", "agree": "cr_ctc_weight",
    },
    "augmentation": {
        "warp": "elastic", "wander": "baseline_wave", "spread": "gap_spread",
        "reach": "ascender_spread", "device": "p_device", "clock": "p_drop_time",
        "pressure": "p_pressure", "ductus": "p_reversed", "late": "p_delayed",
        "mask": "mask_fraction",
    },
    "beam": {
        "width": "beam_width", "cut": "token_min_prob", "sure": "blank_skip_prob",
        "narrow": "beam_prune_prob", "alpha": "lm_weight", "beta": "token_bonus",
        "floor": "lm_floor_prob",
    },
    "word_lm": {"share": "interpolation", "unknown": "oov_penalty", "width": "nbest"},
}  # fmt: skip
_ENTRIES = {"words": "word_lm", "opinion": "rescorer_weight", "learnt_before": "provenance",
            "mean_of": "averaged"}  # fmt: skip
_PASSES = {"causal": "streaming", "final": "final_greedy", "final_lm": "final"}
_CHANNELS = {"height_near": "local_height", "behind": "back_offset", "air": "pen_up"}


def upgrade_settings(kind: str, settings: Any) -> Any:
    """Settings of one kind in today's names; those that are today's stay.

    Parameters
    ----------
    kind : str
        The card's entry: ``features``, ``network``, ``training``, ``augmentation``,
        ``beam`` or ``word_lm``.
    settings : mapping
        Anything else is given back as it is, for whoever checks it.

    Examples
    --------
    >>> upgrade_settings("beam", {"alpha": 0.75, "lm_floor_prob": 0.003})
    {'lm_weight': 0.75, 'lm_floor_prob': 0.003}
    """
    if not isinstance(settings, Mapping):
        return settings
    names = _FIELDS.get(kind, {})
    return {names.get(key, key): value for key, value in settings.items()}


def upgrade_card(card: Mapping[str, Any]) -> dict[str, Any]:
    """A card of version 1 or 2 in the names of version 3.

    Parameters
    ----------
    card : mapping
        Of plain JSON values, as it lies in the file.

    Returns
    -------
    dict
        Entries that have no other name are the same objects.
    """
    new: dict[str, Any] = {}
    for old, value in card.items():
        key = _ENTRIES.get(old, old)
        if key == "rescorer" and isinstance(value, Mapping):
            value = upgrade_card(value)
        elif key == "channels" and isinstance(value, list):
            value = [_CHANNELS.get(name, name) for name in value]
        elif key == "figures" and isinstance(value, Mapping):
            value = {name: _figures(found) for name, found in value.items()}
        new[key] = upgrade_settings(key, value)
    return new


def _figures(found: Any) -> Any:
    """Figures of one set, by today's names of the passes."""
    if not isinstance(found, Mapping):
        return found
    return {_PASSES.get(key, key): value for key, value in found.items()}
