"""The trainer: networks, batches, time and checkpoints.

One process trains on its own; under ``torchrun`` each rank takes its share of an
epoch's batches and gradients are averaged (DistributedDataParallel). A checkpoint
holds all that is needed to go on after kill -9: weights, their average, the
optimiser, the epoch, the seed and the minutes spent.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from .._checks import require
from ..errors import ModelError
from .batches import Batch, BatchSampler
from .checkpoint import load_checkpoint, save_checkpoint
from .losses import cr_ctc_loss, ctc_losses
from .network import Network, NetworkSettings
from .settings import TrainSettings
from .validation import error_rates

__all__ = ["Trainer"]


class Trainer:
    """Trains a network in a folder that holds its checkpoints and log.

    Parameters
    ----------
    folder : path
        ``last.pt`` and ``best.pt`` are kept here, and ``log.jsonl``.
    network : NetworkSettings
    settings : TrainSettings
    card : dict
        What else belongs with the weights (alphabet, features, corpora ...).
    report : callable, optional
        Called with a dict on resuming, after each log interval and each evaluation
        (rank 0).
    first : dict of str to Tensor, optional
        Weights to begin with, where the folder holds no checkpoint.

    Raises
    ------
    ModelError
        If the folder's checkpoint is of another network, other features or another
        alphabet, or damaged.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        network: NetworkSettings,
        settings: TrainSettings,
        card: dict[str, Any],
        report: Callable[[dict[str, Any]], None] | None = None,
        first: Mapping[str, Tensor] | None = None,
    ) -> None:
        self.folder, self.settings, self.card = Path(folder), settings, card
        self.report = report or (lambda _: None)
        self.rank = dist.get_rank() if dist.is_initialized() else 0
        self.world = dist.get_world_size() if dist.is_initialized() else 1
        self.device = torch.device(
            f"cuda:{self.rank % torch.cuda.device_count()}" if torch.cuda.is_available() else "cpu"
        )
        torch.manual_seed(settings.seed)
        self.network = Network(network).to(self.device)
        if first is not None:
            self.network.load_state_dict(first)
        self.averaged = Network(network).to(self.device).eval()
        self.averaged.load_state_dict(self.network.state_dict())
        plain = [p for p in self.network.parameters() if p.ndim < 2]
        heavy = [p for p in self.network.parameters() if p.ndim >= 2]
        self.optimizer = torch.optim.AdamW(
            [
                {"params": heavy, "weight_decay": settings.weight_decay},
                {"params": plain, "weight_decay": 0.0},
            ],
            lr=settings.learning_rate,
            betas=(0.9, 0.98),
        )
        self.epoch = self.step = 0
        self.spent_s = 0.0
        self.best = math.inf
        self._resume()
        torch.manual_seed(settings.seed * 7919 + self.rank + self.step * 31)

    def _resume(self) -> None:
        file = self.folder / "last.pt"
        self.folder.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            return
        saved = load_checkpoint(file, self.device)
        self._compare(file, saved)
        self.network.load_state_dict(saved["weights"])
        self.averaged.load_state_dict(saved["averaged"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.epoch, self.step = saved["epoch"], saved["step"]
        self.spent_s, self.best = saved["spent_s"], saved["best"]
        if self.rank == 0:
            self.report({"resumed": os.fspath(file), **self._progress()})

    def _compare(self, file: Path, saved: dict[str, Any]) -> None:
        """Refuse to go on from weights that learnt something else."""
        mine = {"network": asdict(self.network.settings), **self.card}
        theirs = {"network": json.loads(saved["network"]), **json.loads(saved["card"])}
        theirs["network"]["dropout"] = mine["network"]["dropout"]  # may change on the way
        for key in ("network", "symbols", "features"):
            want = json.loads(json.dumps(mine.get(key)))
            if theirs.get(key) != want:
                raise ModelError(
                    f"{file} was trained with {key} {theirs.get(key)}, not {want}; take another "
                    "folder, or the settings it had"
                )

    def save(self, name: str = "last.pt") -> None:
        """Write a checkpoint (rank 0); the old one stays until the new one is whole."""
        if self.rank:
            return
        content = {
            "network": json.dumps(asdict(self.network.settings)),
            "training": json.dumps(asdict(self.settings)),
            "card": json.dumps(self.card),
            "weights": self.network.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "epoch": self.epoch,
            "step": self.step,
            "spent_s": self.spent_s,
            "best": self.best,
        }
        save_checkpoint(self.folder / name, content)

    def _rate(self) -> float:
        """The learning rate: 200 steps of warming up, then a cosine over the budget."""
        done = min(1.0, self.spent_s / (60 * self.settings.minutes))
        warm = min(1.0, (self.step + 1) / 200)
        return self.settings.learning_rate * warm * max(0.005, 0.5 * (1 + math.cos(math.pi * done)))

    def _loss(self, model: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
        kind = self.device.type
        with torch.autocast(kind, torch.bfloat16):
            causal, refined, frames = model(
                batch.points.to(self.device), batch.counts.to(self.device)
            )
        losses = ctc_losses(causal, refined, frames, batch)
        if self.settings.cr_ctc_weight:
            symbols = batch.lengths.sum() / 2  # of one view
            for i, head in enumerate((causal, refined)):
                losses[i] = (
                    losses[i] + self.settings.cr_ctc_weight * cr_ctc_loss(head, frames) / symbols
                )
        return losses[0], losses[1]

    def train(self, batches: BatchSampler, valid: BatchSampler | None = None) -> None:
        """Train until the budget is spent.

        Parameters
        ----------
        batches : BatchSampler
            Of this rank.
        valid : BatchSampler, optional
            Lines that are read every so many epochs and at the end; the best average is kept
            as ``best.pt``.

        Raises
        ------
        ModelError
            If there are too few batches for all ranks, or two views are wanted and there are
            not two of each line.
        """
        if self.settings.cr_ctc_weight and batches.views != 2:
            raise ModelError(
                f"cr_ctc_weight is {self.settings.cr_ctc_weight} and a line has "
                f"{batches.views} views; it takes 2"
            )
        if valid is not None:
            require("rapidfuzz", "train")  # now, and not after the first epoch
        model: nn.Module = self.network
        if self.world > 1:
            model = DistributedDataParallel(self.network)
        last_save = last_report = clock = time.monotonic()
        running = np.zeros(3)
        while not self.over:
            model.train()
            for batch in batches.epoch(self.epoch):
                running += (*self._learn(model, batch), 1)
                now = time.monotonic()
                self._spend(now - clock)
                clock = now
                if now - last_report > self.settings.report_s:
                    last_report = now
                    self._say(running)
                if now - last_save > self.settings.checkpoint_s:
                    last_save = now
                    self.save()
                if self.over:
                    break
            self.epoch += 1
            if valid is not None and (self.over or self.epoch % self.settings.valid_every == 0):
                self._validate(valid)
            now = time.monotonic()
            self._spend(now - clock)
            clock = now
        if running[2]:
            self._say(running)
        self.save()

    @property
    def over(self) -> bool:
        """Whether the budget is spent."""
        return self.spent_s >= 60 * self.settings.minutes

    def _learn(self, model: nn.Module, batch: Batch) -> tuple[float, float]:
        """Take one step; the losses of both heads before it."""
        for group in self.optimizer.param_groups:
            group["lr"] = self._rate()
        causal, refined = self._loss(model, batch)
        loss = refined + self.settings.causal_loss_weight * causal
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        if torch.isfinite(norm):
            self.optimizer.step()
        self.step += 1
        self._average()
        return causal.item(), refined.item()

    def _spend(self, seconds: float) -> None:
        """Count time the same on every rank, so that all stop at the same step."""
        if self.world > 1:
            spent = torch.tensor([seconds], device=self.device)
            dist.broadcast(spent, 0)
            seconds = float(spent.item())
        self.spent_s += seconds

    def _average(self) -> None:
        keep = min(self.settings.ema_decay, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            torch._foreach_lerp_(
                list(self.averaged.parameters()), list(self.network.parameters()), 1 - keep
            )

    def _progress(self) -> dict[str, Any]:
        minutes = self.spent_s / 60
        return {
            "epoch": self.epoch,
            "step": self.step,
            "minutes": round(minutes, 4),
            "of": self.settings.minutes,
        }

    def _say(self, running: npt.NDArray[np.float64]) -> None:
        if self.rank == 0:
            causal, refined = (running[:2] / running[2]).tolist()
            entry = {
                "rate": float(f"{self._rate():.3g}"),
                "causal_loss": round(causal, 4),
                "refined_loss": round(refined, 4),
            }
            self.report({**self._progress(), **entry})
        running[:] = 0

    def _validate(self, valid: BatchSampler) -> None:
        causal, refined = error_rates(self.averaged, valid, self.device)
        if self.rank == 0:
            rates = {"causal_cer": round(100 * causal, 2), "refined_cer": round(100 * refined, 2)}
            entry = {**self._progress(), **rates}
            self.report(entry)
            with open(self.folder / "log.jsonl", "a", encoding="utf-8") as log:
                log.write(json.dumps(entry) + "\n")
        score = 100 * (refined + 0.3 * causal)
        if score < self.best:
            self.best = score
            self.save()  # first: resumed from an older one, a worse score could be the best
            self.save("best.pt")
