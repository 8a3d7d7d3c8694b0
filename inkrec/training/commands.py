"""The ``train`` command: corpora to a checkpoint to a model file."""

from __future__ import annotations

import argparse
import json
import os
import sys
import zlib
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from ..errors import InkError, ModelError

if TYPE_CHECKING:
    from .augment import Page
    from .batches import Source

__all__ = ["add_commands", "sources"]

_KEYS = ("split", "kind", "share", "words", "leave", "only", "every", "limit")
SYMBOLS = "".join(map(chr, range(32, 127)))


def add_commands(commands: Any) -> None:
    """Add ``train`` to the subparsers of the command line."""
    train = commands.add_parser(
        "train",
        help="train a model on HDF5 corpora",
        description="Train the two-pass network. Goes on where FOLDER stands, so that a killed "
        "run is resumed by the same command. Under torchrun, one process a core or card.",
    )
    train.add_argument("folder", metavar="FOLDER", help="checkpoints and log are kept here")
    train.add_argument(
        "--data", action="append", required=True, metavar="FILE.h5?split=S&...",
        help="a corpus to train on; keys: split, kind, share (times an epoch), words (join up to "
        "so many of a writer), leave=i/n or only=i/n (a fold of its forms), every (n-th), limit; repeatable",
    )  # fmt: skip
    train.add_argument("--check", metavar="FILE.h5?split=S", help="what to select the best on")
    train.add_argument("--check-every", type=int, default=2, metavar="EPOCHS")
    train.add_argument("--minutes", type=float, default=60.0, help="budget over all resumptions")
    train.add_argument("--rate", type=float, default=2.5e-3, help="peak learning rate")
    train.add_argument("--points", type=int, default=20000, help="raw points in a batch, a process")
    train.add_argument("--seed", type=int, default=1)
    train.add_argument("--average", type=float, default=0.999, help="of weights, a step")
    train.add_argument("--causal-weight", type=float, default=0.5)
    train.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="sets",
                       help="a field of NetworkSettings, FeatureSettings or AugmentSettings")  # fmt: skip
    train.add_argument("--export", metavar="MODEL.inkrec", help="write the best as a model file")
    train.add_argument("--name", default="en", help="name in the exported card")
    train.add_argument("--json", action="store_true", help="one JSON object a report")
    train.set_defaults(run=_train)


def _keys(spec: str) -> tuple[str, dict[str, str]]:
    path, _, query = spec.partition("?")
    keys = dict(parse_qsl(query, strict_parsing=bool(query)))
    for key in keys:
        if key not in _KEYS:
            raise ModelError(f"{spec!r}: unknown key {key!r}; there are {', '.join(_KEYS)}")
    if "split" not in keys:
        raise ModelError(f"{spec!r}: which split? say FILE.h5?split=NAME")
    return path, keys


def _in_fold(form: str, fold: str) -> bool:
    i, n = map(int, fold.split("/"))
    return zlib.crc32(form.encode()) % n == i


def sources(specs: list[str], symbols: str) -> tuple[list[Source], list[dict[str, Any]]]:
    """Read what ``--data`` names.

    Parameters
    ----------
    specs : list of str
        ``FILE.h5?split=S&kind=K&share=1&words=4&leave=0/5``.
    symbols : str
        Lines with any other character are left out, and counted.

    Returns
    -------
    sources : list of Source
    reports : list of dict
        For each, what was read and left out; the licence and citation too.
    """
    from ..alphabet import normalize
    from ..corpus import Corpus
    from .augment import Page
    from .batches import Source

    result, reports = [], []
    known = set(symbols)
    for spec in specs:
        path, keys = _keys(spec)
        pages: list[Page] = []
        writers: list[str] = []
        left = {"symbols": 0, "extent": 0, "fold": 0}
        with Corpus(path) as corpus:
            indices = corpus.indices(keys["split"], kind=keys.get("kind"))
            indices = indices[:: int(keys.get("every", "1"))]
            if "limit" in keys:
                indices = indices[: int(keys["limit"])]
            for sample in corpus.read(indices):
                if "leave" in keys and _in_fold(sample.form, keys["leave"]):
                    left["fold"] += 1
                    continue
                if "only" in keys and not _in_fold(sample.form, keys["only"]):
                    left["fold"] += 1
                    continue
                text = normalize(sample.text)
                if not text or not known.issuperset(text):
                    left["symbols"] += 1
                    continue
                try:
                    pages.append(Page.of(sample.ink, text))
                except InkError:
                    left["extent"] += 1
                    continue
                writers.append(sample.writer or sample.form)
            attributes = dict(corpus.attributes)
        if not pages:
            raise ModelError(f"{spec!r} gives no line; look at its split and kind")
        result.append(
            Source(pages, float(keys.get("share", 1)), int(keys.get("words", 1)), writers)
        )
        reports.append(
            {
                "data": os.path.basename(path) + "?" + spec.partition("?")[2],
                "pages": len(pages),
                "left_out": left,
                "corpus": str(attributes.get("name", "")),
                "licence": str(attributes.get("licence", "")),
            }
        )
    return result, reports


def _pick(cls: type, sets: dict[str, str], **fixed: Any) -> Any:
    """An instance of a settings class from KEY=VALUE pairs, which are used up."""
    values = dict(fixed)
    for key in [k for k in sets if k in cls.__dataclass_fields__]:  # type: ignore[attr-defined]
        values[key] = json.loads(sets.pop(key))
        if isinstance(values[key], list):
            values[key] = tuple(values[key])
    return cls(**values)


def _train(args: argparse.Namespace) -> int:
    from ..errors import require

    torch = require("torch", "train")
    torch.set_num_threads(max(1, int(os.environ.get("OMP_NUM_THREADS", "1"))))
    distributed = "RANK" in os.environ
    if distributed:
        torch.distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    try:
        return _run(args)
    finally:
        if distributed:
            torch.distributed.destroy_process_group()


def _run(args: argparse.Namespace) -> int:
    from dataclasses import asdict

    from ..alphabet import Alphabet
    from ..features import CHANNELS, FeatureSettings
    from .augment import AugmentSettings
    from .batches import Batches
    from .network import NetworkSettings
    from .trainer import Trainer, TrainSettings

    rank, world = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    alphabet = Alphabet(SYMBOLS)
    sets = dict(pair.split("=", 1) for pair in args.sets)
    features = _pick(FeatureSettings, sets)
    changes = _pick(AugmentSettings, sets)
    network = _pick(NetworkSettings, sets, channels=len(CHANNELS), classes=alphabet.classes)
    if sets:
        raise ModelError(f"--set {next(iter(sets))}: no settings have this field")

    data, reports = sources(args.data, SYMBOLS)
    show = _show(args) if rank == 0 else (lambda _: None)
    for report in reports:
        show(report)
    share = (args.points, args.seed, rank, world)
    batches = Batches(data, alphabet, features, changes, *share)
    check = None
    if args.check:
        check = Batches(sources([args.check], SYMBOLS)[0], alphabet, features, None, *share)
    card = {
        "name": args.name,
        "symbols": SYMBOLS,
        "features": asdict(features),
        "corpora": reports,
        "augmentation": asdict(changes),
        "command": "inkrec " + " ".join(map(_quoted, sys.argv[1:])),
        "processes": world,
    }
    settings = TrainSettings(
        minutes=args.minutes, rate=args.rate, seed=args.seed, average=args.average,
        causal=args.causal_weight,
    )  # fmt: skip
    trainer = Trainer(args.folder, network, settings, card, show)
    trainer.train(batches, check, args.check_every)
    if args.export and rank == 0:
        from .export import export

        export(os.path.join(args.folder, "best.pt" if check else "last.pt"), args.export)
    return 0


def _quoted(word: str) -> str:
    import shlex

    return shlex.quote(os.path.basename(word) if "/" in word else word)


def _show(args: argparse.Namespace) -> Any:
    def show(entry: dict[str, Any]) -> None:
        if args.json or "data" in entry:
            line = json.dumps(entry)
        elif "refined_cer" in entry:
            line = (
                f"epoch {entry['epoch']:4d}  {entry['minutes']:7.1f} min   "
                f"CER causal {entry['causal_cer']:.2f} %, refined {entry['refined_cer']:.2f} %"
            )
        else:
            left = entry["of"] - entry["minutes"]
            line = (
                f"epoch {entry['epoch']:4d}  step {entry['step']:6d}  "
                f"loss causal {entry['causal_loss']:.3f} refined {entry['refined_loss']:.3f}  "
                f"rate {entry['rate']:.1e}  {left:.0f} min left"
            )
        print(line, flush=True)

    return show
