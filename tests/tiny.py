"""A network of a few units with random weights, for tests that need any model."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from inkrec.features.context_bitmap import PIXELS
from inkrec.features.points import CHANNELS, FeatureSettings
from inkrec.language.alphabet import Alphabet
from inkrec.model import Model
from inkrec.network.layers import KERNEL
from inkrec.network.rescorer import Rescorer
from inkrec.network.two_pass import Network

__all__ = ["SYMBOLS", "card", "model", "rescorer_weights", "weights"]

SYMBOLS = " abcdefgh"


def weights(
    seed: int = 0, *, channels: int = len(CHANNELS), classes: int = len(SYMBOLS) + 1
) -> dict[str, npt.NDArray[np.float32]]:
    """Arrays of a network; large enough weights that every gate moves."""
    random = np.random.default_rng(seed)
    shapes: dict[str, tuple[int, ...]] = {
        "conv1.weight": (7, channels, KERNEL), "conv1.bias": (7,),
        "conv2.weight": (9, 7, KERNEL), "conv2.bias": (9,),
        "causal_head.weight": (classes, 11), "causal_head.bias": (classes,),
        "refine_head.weight": (classes, 10), "refine_head.bias": (classes,),
    }  # fmt: skip
    layers = {"causal.0": (9, 13), "causal.1": (13, 11)}
    layers |= {f"{way}.{i}": (20 if i == 0 else 10, 5) for way in ("forth", "back") for i in (0, 1)}
    for name, (width, units) in layers.items():
        shapes[f"{name}.into"] = (4 * units, width)
        shapes[f"{name}.across"] = (4 * units, units)
        shapes[f"{name}.bias"] = (4 * units,)
    return {k: random.normal(0, 0.7, shape).astype(np.float32) for k, shape in shapes.items()}


def rescorer_weights(
    seed: int = 5, *, classes: int = len(SYMBOLS) + 1, channels: int = len(CHANNELS) + PIXELS
) -> dict[str, npt.NDArray[np.float32]]:
    """Arrays of a rescorer that fits the network."""
    arrays = weights(seed, channels=channels)
    arrays["conv1.weight"][:, len(CHANNELS) :] *= 0.1  # so many that gates would be pinned
    arrays = {k: v for k, v in arrays.items() if not k.startswith(("causal", "refine"))}
    random = np.random.default_rng(seed)
    more = {f"{way}.0.into": (20, 9) for way in ("forth", "back")}
    more |= {"refine_head.weight": (classes, 10), "refine_head.bias": (classes,)}
    return arrays | {k: random.normal(0, 0.7, s).astype(np.float32) for k, s in more.items()}


def card(**changes: Any) -> dict[str, Any]:
    """What `inkrec.model.save_model` needs of a card."""
    return {"name": "tiny", "symbols": SYMBOLS, "features": asdict(FeatureSettings()), **changes}


def model(seed: int = 0, *, rescorer: bool = False) -> Model:
    """A model that was never trained."""
    second = Rescorer(rescorer_weights()) if rescorer else None
    network = Network(weights(seed))
    return Model(card(), Alphabet(SYMBOLS), FeatureSettings(), network, rescorer=second)
