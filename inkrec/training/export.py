"""Checkpoints to model files."""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ..errors import ModelError
from ..model import save_model
from .network import Network, NetworkSettings

__all__ = ["export", "network_arrays", "restore"]


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


def restore(checkpoint: str | os.PathLike[str]) -> tuple[Network, dict[str, Any]]:
    """The averaged network of a checkpoint, and the checkpoint."""
    try:
        saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
        settings = json.loads(saved["network"])
    except (KeyError, RuntimeError, ValueError) as error:
        raise ModelError(f"{checkpoint} is no checkpoint of the trainer: {error}") from None
    settings["stem"] = tuple(settings["stem"])
    network = Network(NetworkSettings(**settings)).eval()
    network.load_state_dict(saved["averaged"])
    return network, saved


def export(
    checkpoint: str | os.PathLike[str],
    path: str | os.PathLike[str],
    *,
    card: dict[str, Any] | None = None,
    extra: dict[str, npt.NDArray[Any]] | None = None,
) -> None:
    """Write a checkpoint's averaged weights as a model file.

    Parameters
    ----------
    checkpoint : path
    path : path
    card : dict, optional
        Entries added to the card.
    extra : dict of str to ndarray, optional
        Arrays that go with it, a language model's.
    """
    network, saved = restore(checkpoint)
    whole = json.loads(saved["card"])
    whole["training"] = json.loads(saved["training"])
    whole["network"] = json.loads(saved["network"])
    whole["trained"] = {
        "minutes": round(saved["spent_s"] / 60, 1),
        "epochs": saved["epoch"],
        "steps": saved["step"],
    }
    save_model(path, {**whole, **(card or {})}, network_arrays(network), extra)
