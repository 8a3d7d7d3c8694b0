"""Checkpoints and parts of models to model files."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import ModelError
from ..features.points import FeatureSettings
from ..model import LANGUAGE, RESCORER, is_model, load_model, read_archive, save_model, with_prefix
from .card import FIXED, WITH_LANGUAGE, WITH_RESCORER
from .init_weights import TRAINED, average_weights
from .network import Network

__all__ = ["export", "network_arrays", "write_model"]

_MEASURED = (*WITH_LANGUAGE, *WITH_RESCORER, "stream", "temperature", "features")
"""Entries that figures depend on."""

Names = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]


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


def write_model(
    checkpoints: Names,
    path: str | os.PathLike[str],
    report: Callable[[dict[str, Any]], None],
    **parts: Any,
) -> None:
    """Write a model file, read it again, and report what is in it; see `export`."""
    export(checkpoints, path, **parts)
    model = load_model(path)  # what was written can be read, or this says so now
    report({
        "exported": os.fspath(path),
        "megabytes": round(os.path.getsize(path) / 1e6, 1),
        "classes": model.alphabet.classes,
        "rescorer": model.rescorer is not None,
        "language": model.language is not None,
        **{key: model.card.get("trained", {}).get(key) for key in ("minutes", "steps")},
    })  # fmt: skip


def export(
    checkpoints: Names,
    path: str | os.PathLike[str],
    *,
    card: Mapping[str, Any] | None = None,
    extra: Mapping[str, npt.NDArray[Any]] | None = None,
    rescorer: Names = (),
    length_unit: float | None = None,
) -> None:
    """Write a checkpoint's averaged weights as a model file.

    A model may stand in a checkpoint's place. The entries of its card go along that are
    neither told by training nor tuned for another part of it; its figures go along where all
    that is measured is as it was. A model in a rescorer's place brings the rescorer's weight.

    Parameters
    ----------
    checkpoints : path, or several
        Or models; of several that went on from one another the mean is taken (Wortsman et
        al. 2022), and the card tells of the last.
    path : path
    card : mapping, optional
        Entries of the card, in place of others.
    extra : mapping of str to ndarray, optional
        Arrays that go with it, a language model's.
    rescorer : path, or several
        Checkpoint of a network without causal layers, for finished lines, or a model with one;
        of several the mean is taken. None of it if there is none.
    length_unit : float, optional
        `FeatureSettings.length_unit` at use, where another one than in training reads better.

    Raises
    ------
    ModelError
        If a checkpoint is damaged, is not of its kind, or some do not fit each other.
    """
    files, seconds = _listed(checkpoints), _listed(rescorer)
    network, learnt = average_weights(files)
    _check_kind(files[-1], network, causal=True)
    if length_unit is not None:
        unit = {"length_unit": length_unit}
        learnt["features"] = asdict(FeatureSettings(**{**learnt["features"], **unit}))
    arrays = dict(extra or {})
    if seconds:
        second, entry = average_weights(seconds, rescorer=True)
        _check_kind(seconds[-1], second, causal=False)
        for key in ("symbols", "features"):
            if entry[key] != learnt[key]:
                raise ModelError(
                    f"{seconds[-1]} was trained with {key} {entry[key]} and the model has "
                    f"{learnt[key]}; they must be the same"
                )
            del entry[key]
        learnt["rescorer"] = entry
        weights = network_arrays(second).items()
        arrays |= {f"{RESCORER}{k}": v for k, v in weights if not k.startswith("causal_head.")}
    whole = {**learnt, **_brought(files, seconds, arrays), **(card or {})}
    if len(files) == 1 and is_model(files[0]) and "figures" not in (card or {}):
        before, _, parts = read_archive(files[0])
        same = all(before.get(key) == whole.get(key) for key in _MEASURED)
        if "figures" in before and same and _same(parts, arrays):
            whole["figures"] = before["figures"]
    save_model(path, whole, network_arrays(network), arrays)


def _listed(names: Names) -> list[str | os.PathLike[str]]:
    return [names] if isinstance(names, (str, os.PathLike)) else list(names)


def _brought(
    files: Sequence[str | os.PathLike[str]],
    seconds: Sequence[str | os.PathLike[str]],
    arrays: Mapping[str, npt.NDArray[Any]],
) -> dict[str, Any]:
    """Entries of a card that come with the parts they were made for."""
    brought: dict[str, Any] = {}
    if len(files) == 1 and is_model(files[0]):
        card, _, parts = read_archive(files[0])
        others = {*FIXED, *TRAINED, *WITH_LANGUAGE, *WITH_RESCORER, "figures"}
        brought = {key: value for key, value in card.items() if key not in others}
        had, has = with_prefix(parts, LANGUAGE), with_prefix(arrays, LANGUAGE)
        if had and not has:  # it is of the text that the language model chose
            brought.pop("temperature", None)
        if not _same(had, has) and isinstance(terms := card.get("corpora_terms"), list):
            kept = [term for term in terms if not str(term).startswith("language model")]
            brought["corpora_terms"] = kept
    if len(seconds) == 1 and is_model(seconds[0]):
        card = read_archive(seconds[0])[0]
        brought |= {key: card[key] for key in WITH_RESCORER if key in card}
    return brought


def _same(some: Mapping[str, Any], others: Mapping[str, Any]) -> bool:
    return some.keys() == others.keys() and all(
        np.array_equal(array, others[key]) for key, array in some.items()
    )


def _check_kind(checkpoint: str | os.PathLike[str], network: Network, *, causal: bool) -> None:
    if bool(network.settings.causal_layers) != causal:
        is_, should = ("has", "none, as a rescorer") if not causal else ("lacks", "them")
        raise ModelError(f"{checkpoint} {is_} causal layers and must have {should}")
