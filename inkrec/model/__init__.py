"""The model file: networks, language model, settings and card in one zip."""

from __future__ import annotations

from .model import (
    LANGUAGE,
    RESCORER,
    VERSION,
    Model,
    bundled_models,
    is_model,
    load_model,
    read_archive,
    save_model,
    with_prefix,
)

__all__ = [
    "LANGUAGE",
    "RESCORER",
    "VERSION",
    "Model",
    "bundled_models",
    "is_model",
    "load_model",
    "read_archive",
    "save_model",
    "with_prefix",
]
