"""Recipes: how models are trained; `inkrec.training.recipe_file` reads them.

A recipe names corpora, networks and their settings, and where a model has more parts, the
alignment of lines, the language model and how all is put together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..features.context_bitmap import PIXELS
from ..features.points import CHANNELS, FeatureSettings
from ..language.alphabet import Alphabet
from .augment import AugmentSettings
from .data_spec import DataSpec
from .network import NetworkSettings
from .settings import TrainSettings
from .stages import AlignStage, LanguageStage
from .tables import from_table
from .train_lm import PRINTABLE

__all__ = [
    "ExportStage",
    "NetworkStage",
    "Recipe",
    "network_settings",
]


@dataclass(frozen=True, slots=True)
class ExportStage:
    """How the parts are put together: the table ``[export]``.

    Attributes
    ----------
    file : str
        The model file, in the output folder.
    network, rescorer : tuple of str
        Networks of the recipe, models or checkpoints; of several the mean is taken.
    language : str or None
        A language model, or a model whose one is taken; by default the recipe's own.
    length_unit : float or None
        Unit of lengths at use, where it is not that of training.
    beam, word_lm, stream : dict or None
        Fields of `BeamSettings`, `WordLmSettings` and `StreamSettings`.
    rescorer_weight, temperature : float or None
    card : dict
        Other entries of the card.
    """

    file: str
    network: tuple[str, ...] = ()
    rescorer: tuple[str, ...] = ()
    language: str | None = None
    length_unit: float | None = None
    beam: dict[str, Any] | None = None
    word_lm: dict[str, Any] | None = None
    stream: dict[str, Any] | None = None
    rescorer_weight: float | None = None
    temperature: float | None = None
    card: dict[str, Any] = field(default_factory=dict)

    def entries(self) -> dict[str, Any]:
        """The card's entries."""
        keys = ("beam", "word_lm", "stream", "rescorer_weight", "temperature")
        tuned = {key: getattr(self, key) for key in keys}
        return self.card | {key: value for key, value in tuned.items() if value is not None}


@dataclass(frozen=True, slots=True)
class NetworkStage:
    """One network and how it is trained.

    Attributes
    ----------
    name : str
        What its card says.
    folder : Path
        Where its checkpoints and log are kept.
    data : tuple of DataSpec
    valid : DataSpec or None
        What the best checkpoint is chosen on.
    network, features : dict
        Tables of `NetworkSettings` and `FeatureSettings`; what they leave out may come from
        the weights that the network begins with: see `network_settings`.
    augmentation : AugmentSettings
    training : TrainSettings
    init_from : tuple of str
        Models and checkpoints; of several the mean of the weights is taken.
    tables : dict
        All this as the recipe says it, files without their folders.
    """

    name: str
    folder: Path
    data: tuple[DataSpec, ...]
    valid: DataSpec | None
    network: dict[str, Any]
    features: dict[str, Any]
    augmentation: AugmentSettings
    training: TrainSettings
    init_from: tuple[str, ...]
    tables: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Recipe:
    """A recipe, checked.

    Attributes
    ----------
    name : str
    source : str
        Its file, for errors.
    folder : Path
        What it makes is kept here.
    align : dict of str to AlignStage
    networks : dict of str to NetworkStage
    language : LanguageStage or None
    export : ExportStage or None
    """

    name: str
    source: str
    folder: Path
    align: dict[str, AlignStage]
    networks: dict[str, NetworkStage]
    language: LanguageStage | None
    export: ExportStage | None

    def alignment(self, name: str) -> Path:
        """The file of one alignment."""
        return self.folder / f"{name}.json"

    @property
    def language_file(self) -> Path:
        """The file of the language model."""
        return self.folder / "language.lm"


def network_settings(
    stage: NetworkStage, known: Mapping[str, Any], where: str = ""
) -> tuple[NetworkSettings, FeatureSettings]:
    """Sizes and features of a network: what the recipe says, else those of known weights.

    Parameters
    ----------
    stage : NetworkStage
    known : mapping
        ``network`` and ``features`` of a card; empty if the weights are new.
    where : str
        The recipe, for errors.

    Raises
    ------
    ModelError
        If a key is unknown, or a value is of another type or out of its range.
    """
    fixed = {"channels": len(CHANNELS), "classes": Alphabet(PRINTABLE).classes}
    network = from_table(
        NetworkSettings, stage.network, f"{where} [network]",
        defaults=known.get("network"), fixed=fixed,
    )  # fmt: skip
    if not network.causal_layers:
        network = replace(network, channels=len(CHANNELS) + PIXELS)
    features = from_table(
        FeatureSettings, stage.features, f"{where} [features]", defaults=known.get("features")
    )
    return network, features
