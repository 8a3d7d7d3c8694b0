"""Checkpoints to model files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import ModelError
from ..features.points import FeatureSettings
from ..model import RESCORER, save_model
from .init_weights import average_weights
from .network import Network

__all__ = ["export", "network_arrays"]


def network_arrays(network: Network) -> dict[str, npt.NDArray[np.float32]]:
    """A PyTorch network's weights as `inkrec.network.Network` takes them."""
    state = {k: v.detach().float().cpu().numpy() for k, v in network.state_dict().items()}
    arrays: dict[str, npt.NDArray[np.float32]] = {}
    for key, value in state.items():
        name, _, part = key.rpartition(".")
        if part == "weight_ih_l0":
            arrays[f"{name}.into"] = value
        elif part == "weight_hh_l0":
            arrays[f"{name}.across"] = value
        elif part == "bias_ih_l0":
            arrays[f"{name}.bias"] = value + state[f"{name}.bias_hh_l0"]
        elif part != "bias_hh_l0":
            arrays[key] = value
    return arrays


def export(
    checkpoints: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    path: str | os.PathLike[str],
    *,
    card: dict[str, Any] | None = None,
    extra: dict[str, npt.NDArray[Any]] | None = None,
    rescorer: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] = (),
    unit: float | None = None,
) -> None:
    """Write a checkpoint's averaged weights as a model file.

    Parameters
    ----------
    checkpoints : path, or several
        Or models; of several that went on from one another the mean is taken (Wortsman et
        al. 2022), and the card tells of the last.
    path : path
    card : dict, optional
        Entries added to the card.
    extra : dict of str to ndarray, optional
        Arrays that go with it, a language model's.
    rescorer : path, or several
        Checkpoint of a network without causal layers, for finished lines, or a model with one;
        of several the mean is taken. None of it if there is none.
    unit : float, optional
        `FeatureSettings.unit` at use, where another one than in training reads better.

    Raises
    ------
    ModelError
        If a checkpoint is damaged, is not of its kind, or some do not fit each other.
    """
    if isinstance(checkpoints, (str, os.PathLike)):
        checkpoints = [checkpoints]
    files = list(checkpoints)
    network, whole = average_weights(files)
    _check_kind(files[-1], network, causal=True)
    if unit is not None:
        whole["features"] = asdict(FeatureSettings(**{**whole["features"], "unit": unit}))
    more = dict(extra or {})
    seconds = [rescorer] if isinstance(rescorer, (str, os.PathLike)) else list(rescorer)
    if seconds:
        second, entry = average_weights(seconds, rescorer=True)
        _check_kind(seconds[-1], second, causal=False)
        for key in ("symbols", "features"):
            if entry[key] != whole[key]:
                raise ModelError(
                    f"{seconds[-1]} was trained with {key} {entry[key]} and the model has "
                    f"{whole[key]}; they must be the same"
                )
            del entry[key]
        whole["rescorer"] = entry
        arrays = network_arrays(second)
        more |= {f"{RESCORER}{k}": v for k, v in arrays.items() if not k.startswith("causal_head.")}
    save_model(path, {**whole, **(card or {})}, network_arrays(network), more)


def _check_kind(checkpoint: str | os.PathLike[str], network: Network, *, causal: bool) -> None:
    if bool(network.settings.causal_layers) != causal:
        is_, should = ("has", "none, as a rescorer") if not causal else ("lacks", "them")
        raise ModelError(f"{checkpoint} {is_} causal layers and must have {should}")
