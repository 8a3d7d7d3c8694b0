"""Adapting a model to a writer, from corrections an app has collected.

A copy of the model is trained on the writer's lines for a while, gently: small
steps, pulled back towards where it came from. A part of the lines is held out.
Of the way from the old weights to those that read the held-out lines best, the
copy goes only as far as it must to read them nearly as well (interpolated weights,
Wortsman et al. 2022), as each step costs a little on other hands. If no point of
the way reads them better, the copy is the model as it was: on what was held out it
cannot get worse. Better is fewer errors or as many, and a loss lower by a hundredth:
less than that is within what another processor's rounding or a step of no length gives.
A model's rescorer goes the same way by itself.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from os import PathLike
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from .._checks import check_output, require
from ..errors import InkError, ModelError
from ..features.points import FeatureSettings
from ..formats import Labelled
from ..ink.strokes import Ink
from ..language.alphabet import Alphabet, normalize
from ..model import RESCORER, read_archive, save_model, with_prefix
from .adapt_settings import Adapted, AdaptSettings
from .augment import AugmentSettings
from .batches import Batch, BatchSampler, TrainingSet
from .export import network_arrays
from .init_weights import network_of
from .line import TrainingLine
from .losses import ctc_losses
from .network import Network
from .validation import best_paths

__all__ = ["AdaptSettings", "Adapted", "adapt", "reasons"]

Arrays = dict[str, npt.NDArray[Any]]


def adapt(
    model: str | PathLike[str],
    lines: Sequence[Labelled],
    out: str | PathLike[str],
    settings: AdaptSettings | None = None,
    report: Callable[[dict[str, Any]], None] | None = None,
) -> Adapted:
    """Fine-tune a copy of a model on a writer's labelled ink.

    Parameters
    ----------
    model : str or path
        A bundled model's name or a model file; it stays as it is.
    lines : sequence of Labelled
        At least 8 that can be used. Ink that comes twice counts once, with its last label.
    out : path
        Where the copy goes; written also if nothing was gained.
    settings : AdaptSettings, optional
    report : callable, optional
        Called with a dict after each epoch; ``network`` is "model" or "rescorer".

    Returns
    -------
    Adapted

    Raises
    ------
    ModelError
        If too few lines can be used, or the copy cannot be written there.
    """
    settings = settings or AdaptSettings()
    check_output(out)
    card, arrays, extra = read_archive(model)
    alphabet = Alphabet(card["symbols"])
    usable, left_out = _training_lines(lines, alphabet)
    if len(usable) < 8:
        raise ModelError(
            f"{len(usable)} lines with text can be used and {sum(left_out.values())} cannot"
            f"{reasons(left_out)}; adapting needs 8 or more, and a few dozen to be worth it"
        )
    random = np.random.default_rng(settings.seed)
    order = random.permutation(len(usable))
    n = max(3, round(settings.validation_fraction * len(usable)))
    held = [usable[i] for i in order[:n]]
    learnt = [usable[i] for i in order[n:]]
    features = FeatureSettings(**card["features"])
    gentle = AugmentSettings(affine=0.12, elastic=0.04, baseline_wave=0.08, p_device=0.2)
    train = BatchSampler(
        [TrainingSet(learnt)], alphabet, features, gentle, points=6000, seed=settings.seed
    )
    valid = BatchSampler([TrainingSet(held)], alphabet, features, None, points=20000)

    kept, before, (epochs, after, part) = _adapted(arrays, train, valid, settings, report)
    result = Adapted(len(learnt), len(held), before.cer, after.cer, epochs, part, left_out)
    note: dict[str, Any] = {
        "from": card.get("name", str(model)),
        "lines": len(learnt),
        "validation": len(held),
        **_note(before, after, part),
    }
    second = with_prefix(extra, RESCORER)
    if second:
        second, before, (_, after, part) = _adapted(second, train, valid, settings, report)
        extra |= {f"{RESCORER}{k}": v for k, v in second.items()}
        note["rescorer"] = _note(before, after, part)
        result = replace(
            result,
            rescorer_before=before.cer,
            rescorer_after=after.cer,
            rescorer_interpolation=part,
        )
    if before_that := _adaptations(card.get("adapted")):
        note["before"] = before_that
    if result.kept:
        card.pop("figures", None)  # they are of other weights
    save_model(out, {**card, "adapted": note}, kept, extra)
    return result


def _adaptations(note: Any) -> list[Any]:
    """What a card says of each time its model was adapted, the first one first."""
    if not isinstance(note, dict):  # a card may be written by hand
        return [] if note is None else [note]
    earlier = note.get("before", [])
    last = {key: value for key, value in note.items() if key != "before"}
    return [*(earlier if isinstance(earlier, list) else [earlier]), last]


def _note(before: _Figures, after: _Figures, part: float) -> dict[str, Any]:
    """What the card says of one network."""
    return {
        "cer_before": round(before.cer, 2),
        "cer_after": round(after.cer, 2),
        "interpolation": part,
    }


def _adapted(
    arrays: Arrays,
    train: BatchSampler,
    valid: BatchSampler,
    settings: AdaptSettings,
    report: Callable[[dict[str, Any]], None] | None,
) -> tuple[Arrays, _Figures, tuple[int, _Figures, float]]:
    """A network's arrays after adapting, what it read before, and what `_train` says."""
    network = network_of(arrays)
    bitmap = network.settings.context_bitmap
    train, valid = replace(train, context_bitmap=bitmap), replace(valid, context_bitmap=bitmap)
    before = _measure(network, valid)
    what = _train(network, train, valid, before, settings, report)
    kept = {k: v for k, v in network_arrays(network).items() if k in arrays}
    return (kept if what[2] else arrays), before, what


class _Figures(NamedTuple):
    """How the held-out lines are read: CER in percent of the second pass, and the loss."""

    cer: float
    loss: float


def _train(
    network: Network,
    train: BatchSampler,
    valid: BatchSampler,
    before: _Figures,
    settings: AdaptSettings,
    report: Callable[[dict[str, Any]], None] | None,
) -> tuple[int, _Figures, float]:
    """Train, and leave in the network what is to be kept.

    Returns
    -------
    epochs, figures, part
        Of what is kept; 0 epochs and part 0 if it is the network as it was.
    """
    torch.manual_seed(settings.seed)
    first = copy.deepcopy(network.state_dict())
    anchors = [p.detach().clone() for p in network.parameters()]
    optimizer = torch.optim.Adam(network.parameters(), lr=settings.learning_rate)
    epochs, best, weights = 0, before, first
    enough = before.loss * (1 - settings.min_gain)
    for number in range(1, settings.epochs + 1):
        network.train()
        for batch in train.epoch(number):
            away = sum(
                ((p - a) ** 2).sum() for p, a in zip(network.parameters(), anchors, strict=True)
            )
            wrong = _loss(network, network(batch.points, batch.counts), batch)
            wrong = wrong + settings.l2_to_start * away
            optimizer.zero_grad(set_to_none=True)
            wrong.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
        now = _measure(network, valid)
        if report is not None:
            which = "model" if network.settings.causal_layers else "rescorer"
            entry = {"epoch": number, "of": settings.epochs, "cer": now.cer, "before": before.cer}
            report({"network": which, **entry})
        if now.cer <= before.cer and now.loss < min(best.loss, enough):
            epochs, best, weights = number, now, copy.deepcopy(network.state_dict())
        elif number - epochs >= settings.patience:
            break
    part = 1.0 if epochs else 0.0
    for shorter in (0.25, 0.5, 0.75) if epochs else ():
        network.load_state_dict({k: torch.lerp(first[k], weights[k], shorter) for k in first})
        now = _measure(network, valid)
        gained = before.loss - now.loss >= settings.keep_gain * (before.loss - best.loss)
        if gained and now.cer <= best.cer:
            return epochs, now, shorter
    network.load_state_dict(weights)
    return epochs, best, part


def reasons(left_out: Mapping[str, int]) -> str:
    """What is wrong with lines that were left out, in brackets; nothing where there are none.

    Examples
    --------
    >>> reasons({"no text": 2, "no extent": 0, "the same ink again": 1})
    ' (no text: 2, the same ink again: 1)'
    """
    parts = ", ".join(f"{why}: {n}" for why, n in left_out.items() if n)
    return f" ({parts})" if parts else ""


def _training_lines(
    lines: Sequence[Labelled], alphabet: Alphabet
) -> tuple[list[TrainingLine], dict[str, int]]:
    """Pages that can be learnt from, no two of the same ink, and how many lines gave none.

    The same ink on both sides of the guard would let it pass what was learnt by heart.
    """
    none, odd, flat, again = (
        "no text", "characters that the model lacks", "no extent", "the same ink again"
    )  # fmt: skip
    left_out = dict.fromkeys((none, odd, flat, again), 0)
    texts: dict[Ink, str] = {}
    for ink, label in lines:
        if text := normalize(label or ""):
            left_out[again] += ink in texts
            texts[ink] = text  # the last correction is the one that stands
        else:
            left_out[none] += 1
    usable = []
    for ink, text in texts.items():
        if not all(c in alphabet for c in text):
            left_out[odd] += 1
            continue
        try:
            usable.append(TrainingLine.from_ink(ink, text))
        except InkError:
            left_out[flat] += 1
    return usable, left_out


def _loss(network: Network, heads: tuple[Tensor, Tensor, Tensor], batch: Batch) -> Tensor:
    causal, refined = ctc_losses(*heads, batch)
    return refined + 0.5 * causal if network.settings.causal_layers else refined


def _measure(network: Network, valid: BatchSampler) -> _Figures:
    distance = require("rapidfuzz.distance", "train").Levenshtein.distance
    network.eval()
    errors = symbols = batches = 0
    loss = 0.0
    with torch.no_grad():
        for batch in valid.epoch(0):
            heads = network(batch.points, batch.counts)
            loss += float(_loss(network, heads, batch))
            truths = [t.tolist() for t in torch.split(batch.labels, batch.lengths.tolist())]
            for truth, text in zip(truths, best_paths(*heads[1:]), strict=True):
                errors += distance(truth, text)
                symbols += len(truth)
            batches += 1
    return _Figures(100.0 * errors / max(symbols, 1), loss / max(batches, 1))
