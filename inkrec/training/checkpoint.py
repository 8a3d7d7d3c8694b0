"""Checkpoints: never torn, never executed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import torch

from ..errors import ModelError
from ..model.card import upgrade_card, upgrade_settings

__all__ = ["load_checkpoint", "save_checkpoint"]

_NEEDED = (
    "network", "training", "card", "weights", "averaged", "optimizer",
    "epoch", "step", "spent_s", "best",
)  # fmt: skip


def load_checkpoint(
    file: str | os.PathLike[str], device: torch.device | str = "cpu"
) -> dict[str, Any]:
    """Read what `save_checkpoint` wrote; only tensors and plain values are read.

    Settings that an earlier inkrec wrote come in today's names.

    Parameters
    ----------
    file : path
    device : torch.device or str
        Where its tensors go.

    Raises
    ------
    ModelError
        If it is no checkpoint of the trainer, or damaged.
    FileNotFoundError
        If there is no such file.
    """
    try:
        saved = torch.load(file, map_location=device, weights_only=True)
    except (FileNotFoundError, PermissionError):
        raise
    except Exception as error:  # whatever the unpickler trips over in bytes that are none
        reason = str(error).partition("\n")[0]
        reason = reason if " " in reason else type(error).__name__  # some say a number alone
        raise ModelError(
            f"{os.fspath(file)} is no checkpoint of the trainer, or damaged: {reason}"
        ) from None
    lacks = [k for k in _NEEDED if k not in saved] if isinstance(saved, dict) else list(_NEEDED)
    if lacks:
        raise ModelError(
            f"{os.fspath(file)} is no checkpoint of the trainer: no {lacks[0]!r} in it"
        )
    return dict(saved) | {
        key: _upgraded(key, saved[key]) for key in ("network", "training", "card")
    }


def _upgraded(key: str, text: Any) -> Any:
    try:
        value = json.loads(text)
    except (TypeError, ValueError):
        return text  # whoever needs it says what is wrong
    if key == "card" and isinstance(value, dict):
        return json.dumps(upgrade_card(value))
    return json.dumps(upgrade_settings(key, value))


def save_checkpoint(file: str | os.PathLike[str], content: dict[str, Any]) -> None:
    """Write a checkpoint; the old one stays until the new one is whole.

    Parameters
    ----------
    file : path
    content : dict
        Tensors and plain values; ``network``, ``training`` and ``card`` are JSON.
    """
    path = Path(file)
    temporary = path.with_name(f".{path.name}.part")
    torch.save(content, temporary)
    os.replace(temporary, path)
