"""What ``inkrec train`` does: a call to settings, corpora and a trainer."""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any, NamedTuple

import torch

from .._checks import check_folder, check_output
from ..errors import ModelError
from ..features.context_bitmap import PIXELS
from ..features.points import CHANNELS, FeatureSettings
from ..language.alphabet import Alphabet
from .augment import AugmentSettings
from .batches import BatchSampler
from .card import asked, pairs, write_model
from .checkpoint import load_checkpoint
from .data_spec import training_sets
from .init_weights import average_weights, named, provenance, widen
from .network import Network, NetworkSettings
from .progress import show_progress
from .trainer import Trainer, TrainSettings

__all__ = ["SYMBOLS", "run"]

SYMBOLS = "".join(map(chr, range(32, 127)))


class _Begun(NamedTuple):
    """Where a run's weights come from.

    Attributes
    ----------
    card : dict
        What is told of them, with ``network`` and ``features``; empty if they are new.
    network : Network or None
        To begin with; None if the folder goes on from its own checkpoint, or from nothing.
    """

    card: dict[str, Any]
    network: Network | None = None


class _Settings(NamedTuple):
    features: FeatureSettings
    changes: AugmentSettings
    network: NetworkSettings
    training: TrainSettings


def run(args: argparse.Namespace) -> int:
    """Train as the command's arguments say, and export.

    Raises
    ------
    ModelError
        If anything is wrong with the call, before a corpus is read.
    """
    rank, world = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    _check(args)
    parts = asked(args)
    if not args.export and (args.language or parts[0].keys() - {"name"}):
        raise ModelError("--language, --beam and --card go into a model file: give --export too")
    sets = dict(pairs("--set", args.sets))
    begun = _begun(args, rescorer=sets.get("causal_layers", "").strip() == "0")
    features, changes, network, training = settings = _settings(args, sets, begun.card)
    if args.export and not network.causal_layers:
        raise ModelError(
            f"--export {args.export}: a network without causal layers is a rescorer and no model; "
            "leave --export out and give the run to `inkrec export --rescorer`"
        )
    first = None
    if begun.network is not None:
        torch.manual_seed(training.seed)
        first = widen(begun.network, network)

    report = show_progress(args.json) if rank == 0 else None
    alphabet = Alphabet(SYMBOLS)
    data, reports = training_sets(args.data, SYMBOLS, report)
    share = (args.points, args.seed, rank, world)
    batches = BatchSampler(
        data, alphabet, features, changes, *share, args.workers,
        context_bitmap=network.context_bitmap,
        views=2 if training.cr_ctc_weight else 1,
    )  # fmt: skip
    check = None
    if args.check:
        checked, _ = training_sets([args.check], SYMBOLS, report)
        check = BatchSampler(
            checked, alphabet, features, None, *share, context_bitmap=network.context_bitmap
        )
    card = _card(args, settings, reports, begun, world)
    trainer = Trainer(args.folder, network, training, card, report, first)
    trainer.train(batches, check, args.check_every)
    if args.export and report is not None:
        best = os.path.join(args.folder, "best.pt")
        last = os.path.join(args.folder, "last.pt")
        write_model([best if check and os.path.exists(best) else last], args.export, *parts, report)
    return 0


def _check(args: argparse.Namespace) -> None:
    for option, value, least in (
        ("--points", args.points, 1),
        ("--check-every", args.check_every, 1),
        ("--workers", args.workers, 0),
    ):
        if value < least:
            raise ModelError(f"{option} is {value}; it must be {least} or more")
    if os.path.exists(args.folder) and not os.path.isdir(args.folder):
        raise ModelError(f"{args.folder} is a file; name a folder for the checkpoints")
    check_folder(args.folder)
    if args.export:
        check_output(args.export, ".inkrec")


def _begun(args: argparse.Namespace, *, rescorer: bool) -> _Begun:
    """The folder's own checkpoint, or what ``--from`` names."""
    last = os.path.join(args.folder, "last.pt")
    if os.path.exists(last):
        saved = load_checkpoint(last)
        return _Begun(json.loads(saved["card"]) | {"network": json.loads(saved["network"])})
    if not args.first:
        return _Begun({})
    network, told = average_weights(args.first, rescorer=rescorer)
    if told["symbols"] != SYMBOLS:
        raise ModelError(f"{args.first[-1]} knows {told['symbols']!r}, not {SYMBOLS!r}")
    origin = {"from": named(args.first), "learnt_before": provenance({}, [told])}
    return _Begun({key: told[key] for key in ("network", "features")} | origin, network)


def _settings(
    args: argparse.Namespace, sets: dict[str, str], known: Mapping[str, Any]
) -> _Settings:
    """All settings: what ``--set`` says, else those of the weights it begins with."""
    features = _pick(FeatureSettings, sets, known.get("features"))
    changes = _pick(AugmentSettings, sets)
    classes = Alphabet(SYMBOLS).classes
    network = _pick(
        NetworkSettings, sets, known.get("network"), channels=len(CHANNELS), classes=classes
    )
    if not network.causal_layers:
        network = replace(network, channels=len(CHANNELS) + PIXELS)
    training = _pick(
        TrainSettings, sets, minutes=args.minutes, rate=args.rate, seed=args.seed,
        average=args.average, causal=args.causal_weight,
    )  # fmt: skip
    if sets:
        raise ModelError(f"--set {next(iter(sets))}: no settings have this field, or it has an "
                         "option of its own")  # fmt: skip
    return _Settings(features, changes, network, training)


def _card(
    args: argparse.Namespace,
    settings: _Settings,
    corpora: list[dict[str, Any]],
    begun: _Begun,
    processes: int,
) -> dict[str, Any]:
    """What a checkpoint says of how it came about."""
    card = {
        "name": args.name or os.path.basename(os.path.abspath(args.folder)),
        "symbols": SYMBOLS,
        "features": asdict(settings.features),
        "corpora": corpora,
        "augmentation": asdict(settings.changes),
        "command": "inkrec " + " ".join(map(_quoted, sys.argv[1:])),
        "processes": processes,
    }
    if "from" in begun.card:
        card["from"] = begun.card["from"]
    # of a folder that goes on with other data, what it had is learnt before
    own = {} if begun.network is not None else {"corpora": corpora}
    before = {"learnt_before": begun.card.get("learnt_before", [])}
    if rows := provenance(own | before, [begun.card]):
        card["learnt_before"] = rows
    return card


def _quoted(word: str) -> str:
    """A word of the command, without the folder of a file that it names."""
    return shlex.quote(re.sub(r"^(--[\w-]+=)?[^?=]*/(?=[^/])", r"\1", word))


_KINDS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "float": ("a number", lambda v: isinstance(v, (int, float)) and not isinstance(v, bool)),
    "int": ("a whole number", lambda v: isinstance(v, int) and not isinstance(v, bool)),
    "tuple[int, int]": (
        "two whole numbers, as in [64,96]",
        lambda v: isinstance(v, list) and len(v) == 2 and all(type(n) is int for n in v),
    ),
}


def _pick(
    cls: Any, sets: dict[str, str], known: Mapping[str, Any] | None = None, **fixed: Any
) -> Any:
    """An instance of a settings class: fixed values, KEY=VALUE pairs, which are used up, or known.

    Known values are as JSON has them.
    """
    fields = cls.__dataclass_fields__
    values = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in (known or {}).items()
        if key in fields
    } | fixed
    for key in [k for k in sets if k in fields and k not in fixed]:
        text = sets.pop(key)
        what, fits = _KINDS[fields[key].type]
        try:
            value = json.loads(text)
        except ValueError:
            value = None
        if not fits(value):
            raise ModelError(f"--set {key}={text}: {key} is {what}")
        values[key] = tuple(value) if isinstance(value, list) else value
    return cls(**values)
