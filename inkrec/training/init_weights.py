"""Checkpoints and model files to networks: one, the mean of several, the beginning of a run."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ..errors import ModelError
from ..model import RESCORER, is_model, load_model, read_archive, with_prefix
from .checkpoint import load_checkpoint
from .network import Network, NetworkSettings

__all__ = [
    "TRAINED",
    "average_weights",
    "identity",
    "network_of",
    "network_state",
    "restore",
    "widen",
]

TRAINED = (
    "name", "symbols", "features", "corpora", "augmentation", "recipe", "processes", "init_from",
    "averaged", "training", "network", "trained",
    "command", "from", "provenance",  # of cards written before there were recipes
)  # fmt: skip
"""Entries of a card that tell how a network was trained, and go where it goes."""

Arrays = Mapping[str, npt.NDArray[Any]]


def network_state(arrays: Arrays) -> dict[str, Tensor]:
    """A ``state_dict`` from a model file's arrays; the inverse of `export.network_arrays`."""
    state: dict[str, Tensor] = {}
    for key, array in arrays.items():
        value = torch.from_numpy(np.asarray(array, np.float32).copy())
        name, _, part = key.rpartition(".")
        if part == "into":
            state[f"{name}.weight_ih_l0"] = value
        elif part == "across":
            state[f"{name}.weight_hh_l0"] = value
        elif part == "bias" and f"{name}.across" in arrays:
            state[f"{name}.bias_ih_l0"] = value
            state[f"{name}.bias_hh_l0"] = torch.zeros_like(value)
        else:
            state[key] = value
    return state


def network_of(arrays: Arrays) -> Network:
    """The PyTorch network that fits a model file's arrays.

    The first head of a rescorer serves its training alone and is in no file. It begins at
    zero, so that what it has yet to learn does not shake the layer below.
    """
    layers = [key.partition(".")[0] for key in arrays if key.endswith(".across")]
    causal = layers.count("causal")
    settings = NetworkSettings(
        arrays["conv1.weight"].shape[1],
        len(arrays["refine_head.bias"]),
        (len(arrays["conv1.bias"]), len(arrays["conv2.bias"])),
        causal_layers=causal,
        refine_units=arrays["forth.0.across"].shape[1],
        refine_layers=layers.count("forth"),
        **({"causal_units": arrays["causal.0.across"].shape[1]} if causal else {}),
    )
    network = Network(settings)
    state = network_state(arrays)
    if not causal:
        for name, value in network.causal_head.named_parameters(prefix="causal_head"):
            state[name] = torch.zeros_like(value)
    network.load_state_dict(state)
    return network


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


def average_weights(
    files: Sequence[str | os.PathLike[str]], *, rescorer: bool = False
) -> tuple[Network, dict[str, Any]]:
    """The mean of some networks, and what a card says of the last.

    Parameters
    ----------
    files : sequence of paths
        Checkpoints, whose averaged networks are taken, model files or names of bundled models.
    rescorer : bool
        Whether a model's rescorer is wanted, and not the network that it corrects.

    Raises
    ------
    ModelError
        If a file is neither or damaged, a model has no rescorer and one is wanted, or the
        networks differ in size or alphabet.
    """
    networks = []
    cards: list[dict[str, Any]] = []
    for file in files:
        network, card = _of_model(file, rescorer) if is_model(file) else _of_run(file)
        for key in ("network", "symbols") if cards else ():
            mine, theirs = card[key], cards[-1][key]
            if key == "network":  # dropout may change on the way
                theirs = theirs | {"dropout": mine["dropout"]}
            if mine != theirs:
                raise ModelError(
                    f"{file} has {key} {mine} and the one before {theirs}; there is no mean of them"
                )
        networks.append(network)
        cards.append(card)
    if len(files) > 1:
        states = [network.state_dict() for network in networks]
        network.load_state_dict(
            {k: torch.stack([state[k] for state in states]).mean(0) for k in states[0]}
        )
        card["averaged"] = list(map(identity, files))
    return network, card


def identity(file: str | os.PathLike[str]) -> dict[str, str]:
    """What a card tells of weights that others were made of.

    Parameters
    ----------
    file : path
        A checkpoint, a model file or the name of a bundled model.

    Returns
    -------
    dict of str to str
        ``name``, of a checkpoint with its run's folder, but not where that lies; and
        ``fingerprint``, in hexadecimal digits.
    """
    if is_model(file):
        return {"name": Path(file).name, "fingerprint": load_model(file).fingerprint}
    digest = hashlib.blake2b(digest_size=12)
    for _, value in sorted(load_checkpoint(file)["averaged"].items()):
        digest.update(value.contiguous().cpu().numpy().tobytes())
    name = os.path.join(*Path(os.path.abspath(file)).parts[-2:])
    return {"name": name, "fingerprint": digest.hexdigest()}


def _of_model(file: str | os.PathLike[str], rescorer: bool) -> tuple[Network, dict[str, Any]]:
    """One of a model's networks, and what its card says of how that was learnt."""
    card, arrays, extra = read_archive(file)
    entries = dict(card)
    if rescorer:
        arrays = with_prefix(extra, RESCORER)
        if not arrays:
            raise ModelError(f"{file} has no rescorer; take a checkpoint of one, or leave it out")
        entries = {**card.get("rescorer", {}), **{k: card[k] for k in ("symbols", "features")}}
    network = network_of(arrays).eval()
    sizes = {"network": json.loads(json.dumps(asdict(network.settings)))}
    return network, {k: v for k, v in (sizes | entries).items() if k in TRAINED}


def _of_run(file: str | os.PathLike[str]) -> tuple[Network, dict[str, Any]]:
    """A checkpoint's averaged network, and what a model's card says of it."""
    network, saved = restore(file)
    return network, {
        **json.loads(saved["card"]),
        "training": json.loads(saved["training"]),
        "network": json.loads(saved["network"]),
        "trained": {
            "minutes": round(saved["spent_s"] / 60, 1),
            "epochs": saved["epoch"],
            "steps": saved["step"],
        },
    }


def widen(network: Network, settings: NetworkSettings) -> dict[str, Tensor]:
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
    if not settings.causal_layers:  # so no layer has these units
        alike = replace(alike, causal_units=old.causal_units)
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
