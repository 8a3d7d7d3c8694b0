"""What ``inkrec train`` does: a recipe's stages, one after another, to a model file.

A stage whose product lies in the output folder is not done again, and a network goes on from
its own checkpoint, so that a killed run is resumed by the same command. Under ``torchrun`` all
processes train; the first one does the rest, and the others wait.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import torch
import torch.distributed as dist

from .._checks import check_folder, check_output, check_ranges
from ..corpus import Corpus
from ..errors import ModelError
from ..language.alphabet import Alphabet
from ..model import bundled_models, is_model
from .batches import BatchSampler
from .card import model_parts
from .checkpoint import load_checkpoint
from .data_spec import DataSpec, training_sets
from .export import write_model
from .init_weights import average_weights, identity, widen
from .network import Network
from .recipe import NetworkStage, Recipe, network_settings
from .stages import align_corpus, train_language_model
from .train_lm import PRINTABLE
from .trainer import Trainer

__all__ = ["run"]

Report = Callable[[dict[str, Any]], None]


class _Start(NamedTuple):
    """Where a network's weights come from.

    Attributes
    ----------
    card : dict
        What is known of them, with ``network`` and ``features``; empty if they are new.
    network : Network or None
        To begin with; None if the folder goes on from its own checkpoint, or from nothing.
    spent_s : float
        Seconds that the folder's own checkpoint was trained for.
    """

    card: dict[str, Any]
    network: Network | None = None
    spent_s: float = 0.0


def run(recipe: Recipe, report: Report, *, workers: int = 0) -> None:
    """Train what a recipe tells of, and put it together.

    Parameters
    ----------
    recipe : Recipe
    report : callable
        Called with a dict by the first process alone.
    workers : int
        Processes that make batches.

    Raises
    ------
    ModelError
        If anything is wrong with the recipe or the folder, before a corpus is read.
    FormatError
        If a corpus or a text cannot be read.
    """
    rank, world = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    _check(recipe, workers)
    starts = {
        name: _start(stage)
        for name, stage in recipe.networks.items()
        if not any(Path(file) in _folders(recipe) for file in stage.init_from)
        or (stage.folder / "last.pt").exists()
    }
    for name, start in starts.items():
        _sizes(recipe, recipe.networks[name], start)
    _check_corpora(recipe)

    quiet: Report | None = report if rank == 0 else None
    if rank == 0:
        for name, aligned in recipe.align.items():
            align_corpus(aligned, recipe.alignment(name), report)
        if recipe.language:
            train_language_model(recipe.language, recipe.language_file, report)
    _wait(world)
    for name, stage in recipe.networks.items():
        start = starts.get(name) or _start(stage)
        _train(recipe, stage, start, quiet, workers, rank, world)
    if rank == 0 and recipe.export:
        own = os.fspath(recipe.language_file) if recipe.language else None
        card, extra = _parts(recipe, recipe.export.language or own)
        write_model(
            _weights(recipe, recipe.export.network),
            recipe.folder / recipe.export.file,
            report,
            card=card,
            extra=extra,
            rescorer=_weights(recipe, recipe.export.rescorer),
            length_unit=recipe.export.length_unit,
        )
    _wait(world)


def _wait(world: int) -> None:
    if world > 1:
        dist.barrier()


# ---- before anything is read


class _Workers(NamedTuple):
    workers: int


def _check(recipe: Recipe, workers: int) -> None:
    """Refuse what would fail after the work."""
    check_ranges(_Workers(workers), workers="[0, inf)")
    for folder in (recipe.folder, *(stage.folder for stage in recipe.networks.values())):
        if folder.exists() and not folder.is_dir():
            raise ModelError(f"{folder} is a file; name a folder for the checkpoints")
        check_folder(folder)
    if recipe.export:
        if recipe.folder.is_dir():
            check_output(recipe.folder / recipe.export.file, ".inkrec")
        _parts(recipe, recipe.export.language)
        for name in (*recipe.export.network, *recipe.export.rescorer):
            if name not in recipe.networks and name not in bundled_models():
                open(name, "rb").close()
    for table in recipe.language.texts if recipe.language else ():
        open(table.file, "rb").close()


def _check_corpora(recipe: Recipe) -> None:
    """Refuse corpora that are not there, or lack a split or kind, before hours of training."""
    for stage in recipe.align.values():
        with Corpus(stage.file) as corpus:
            for split in stage.split:
                corpus.indices(split)
    for network in recipe.networks.values():
        for spec in (*network.data, *filter(None, (network.valid,))):
            with Corpus(spec.file) as corpus:
                corpus.indices(spec.split, kind=spec.kind)


def _folders(recipe: Recipe) -> list[Path]:
    return [stage.folder for stage in recipe.networks.values()]


def _parts(recipe: Recipe, language: str | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Entries and arrays that the model file gets beside its networks."""
    assert recipe.export is not None
    try:
        return model_parts(recipe.export.entries(), language)
    except ModelError as error:
        raise ModelError(f"{recipe.source} [export]: {error}") from None


# ---- networks


def _start(stage: NetworkStage) -> _Start:
    """The folder's own checkpoint, or what the recipe begins with."""
    last = stage.folder / "last.pt"
    if last.exists():
        saved = load_checkpoint(last)
        card = json.loads(saved["card"]) | {"network": json.loads(saved["network"])}
        return _Start(card, spent_s=saved["spent_s"])
    if not stage.init_from:
        return _Start({})
    files = [file if is_model(file) else _checkpoint(Path(file)) for file in stage.init_from]
    network, card = average_weights(files, rescorer=stage.network.get("causal_layers") == 0)
    if card["symbols"] != PRINTABLE:
        raise ModelError(f"{files[-1]} knows {card['symbols']!r}, not {PRINTABLE!r}")
    known = {key: card[key] for key in ("network", "features")}
    return _Start(known | {"init_from": list(map(identity, files))}, network)


def _checkpoint(file: Path) -> Path:
    """A checkpoint, or the best one of a run's folder."""
    if not file.is_dir():
        return file
    best = file / "best.pt"
    return best if best.exists() else file / "last.pt"


def _weights(recipe: Recipe, names: tuple[str, ...]) -> list[str | os.PathLike[str]]:
    """Files of networks: best checkpoints of the recipe's, else as they are named."""
    return [
        _checkpoint(recipe.networks[name].folder) if name in recipe.networks else name
        for name in names
    ]


def _sizes(recipe: Recipe, stage: NetworkStage, start: _Start) -> tuple[Any, Any, Any]:
    """Sizes, features and first weights of a network."""
    network, features = network_settings(stage, start.card, recipe.source)
    if start.network is None:
        return network, features, None
    torch.manual_seed(stage.training.seed)
    return network, features, widen(start.network, network)


def _train(
    recipe: Recipe,
    stage: NetworkStage,
    start: _Start,
    report: Report | None,
    workers: int,
    rank: int,
    world: int,
) -> None:
    """Train one network until its budget is spent."""
    settings = stage.training
    network, features, first = _sizes(recipe, stage, start)
    card = {
        "name": stage.name,
        "symbols": PRINTABLE,
        "features": asdict(features),
        "corpora": start.card.get("corpora", []),
        "augmentation": asdict(stage.augmentation),
        "recipe": stage.tables,
        "processes": world,
    }
    if "init_from" in start.card:
        card["init_from"] = start.card["init_from"]
    if start.spent_s >= 60 * settings.minutes:  # which it says, or what does not fit
        Trainer(stage.folder, network, settings, card, report)
        return
    alphabet = Alphabet(PRINTABLE)

    def sampler(specs: tuple[DataSpec, ...], **options: Any) -> BatchSampler:
        sets, found = training_sets(specs, PRINTABLE, report)
        corpora.extend(found)
        return BatchSampler(
            sets, alphabet, features, points=settings.batch_points, seed=settings.seed,
            rank=rank, world=world, context_bitmap=network.context_bitmap, **options,
        )  # fmt: skip

    corpora: list[dict[str, Any]] = []
    batches = sampler(
        stage.data, augment=stage.augmentation, workers=workers,
        views=2 if settings.cr_ctc_weight else 1,
    )  # fmt: skip
    card["corpora"] = _all_corpora(corpora, start)
    valid = sampler((stage.valid,), augment=None) if stage.valid else None
    Trainer(stage.folder, network, settings, card, report, first).train(batches, valid)


def _all_corpora(corpora: list[dict[str, Any]], start: _Start) -> list[dict[str, Any]]:
    """The corpora of this run, and those that its folder's checkpoint learnt from before."""
    if start.network is not None:
        return list(corpora)
    names = {_source(entry) for entry in corpora}
    before = [entry for entry in start.card.get("corpora", []) if isinstance(entry, dict)]
    return [*corpora, *(entry for entry in before if _source(entry) not in names)]


def _source(entry: Mapping[str, Any]) -> tuple[Any, Any]:
    return entry.get("corpus"), entry.get("data")
