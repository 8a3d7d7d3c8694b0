"""Checkpoints to networks: one, the mean of several, and the beginning of another run."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..errors import ModelError
from .checkpoint import load_checkpoint
from .network import Network, NetworkSettings

__all__ = ["mean", "named", "restore", "widened"]


def restore(checkpoint: str | os.PathLike[str]) -> tuple[Network, dict[str, Any]]:
    """The averaged network of a checkpoint, and the checkpoint.

    Raises
    ------
    ModelError
        If it is no checkpoint of the trainer, or damaged.
    """
    saved = load_checkpoint(checkpoint)
    try:
        settings = json.loads(saved["network"])
        settings["stem"] = tuple(settings["stem"])
        network = Network(NetworkSettings(**settings)).eval()
        network.load_state_dict(saved["averaged"])
    except (KeyError, TypeError, RuntimeError, ValueError) as error:
        raise ModelError(f"{checkpoint} holds no network of this inkrec: {error}") from None
    return network, saved


def mean(files: Sequence[str | os.PathLike[str]]) -> tuple[Network, dict[str, Any]]:
    """The mean of some checkpoints' averaged networks, and what a card says of the last."""
    networks = []
    told: dict[str, Any] = {}
    for file in files:
        network, saved = restore(file)
        before, told = told, _told(saved)
        for key in ("network", "symbols") if before else ():
            mine, theirs = told[key], before[key]
            if key == "network":  # dropout may change on the way
                theirs = theirs | {"dropout": mine["dropout"]}
            if mine != theirs:
                raise ModelError(
                    f"{file} has {key} {mine} and the one before {theirs}; there is no mean of them"
                )
        networks.append(network)
    if len(files) > 1:
        states = [network.state_dict() for network in networks]
        network.load_state_dict(
            {k: torch.stack([state[k] for state in states]).mean(0) for k in states[0]}
        )
        told["mean_of"] = named(files)
    return network, told


def named(files: Sequence[str | os.PathLike[str]]) -> list[str]:
    """Checkpoints as a card names them: by the run's folder, not by where it lies."""
    return [os.path.join(*Path(file).parts[-2:]) for file in files]


def _told(saved: dict[str, Any]) -> dict[str, Any]:
    """What a model's card says of a checkpoint."""
    return {
        **json.loads(saved["card"]),
        "training": json.loads(saved["training"]),
        "network": json.loads(saved["network"]),
        "trained": {
            "minutes": round(saved["spent_s"] / 60, 1),
            "epochs": saved["epoch"],
            "steps": saved["step"],
        },
    }


def widened(network: Network, settings: NetworkSettings) -> dict[str, Tensor]:
    """Weights of a network with more inputs a point or a wider stem that says the same.

    What is new of the stem begins as in any network, and nothing listens to it yet.

    Parameters
    ----------
    network : Network
        What was learnt.
    settings : NetworkSettings
        Of the network to begin; its first inputs are those of the other.

    Returns
    -------
    dict of str to Tensor
        A ``state_dict``.

    Raises
    ------
    ModelError
        If the networks differ in more, or the new one has less.
    """
    old = network.settings
    sizes = (settings.channels, *settings.stem)
    alike = replace(settings, channels=old.channels, stem=old.stem, dropout=old.dropout)
    if alike != old or any(a < b for a, b in zip(sizes, (old.channels, *old.stem), strict=True)):
        raise ModelError(
            f"a network of {settings} cannot begin with the weights of {old}: only its stem and "
            "its inputs may differ, and be more"
        )
    state = Network(settings).state_dict()
    for key, known in network.state_dict().items():
        value = state[key]
        value[: len(known)] = 0
        value[tuple(slice(n) for n in known.shape)] = known
    return state
