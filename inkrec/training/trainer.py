"""The trainer: knows networks, batches and time, nothing of pens.

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
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from ..alphabet import BLANK
from ..errors import ModelError
from .batches import Batch, Batches
from .network import Network, NetworkSettings

__all__ = ["TrainSettings", "Trainer", "greedy"]


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """How to train.

    Attributes
    ----------
    minutes : float
        Wall-clock budget, over all resumptions; the learning rate falls with it.
    rate : float
        Peak learning rate of AdamW.
    decay : float
        Weight decay.
    causal : float
        Weight of the causal head's loss; the second pass has 1.
    average : float
        Decay of the moving average of weights, a step.
    checkpoint_s : float
        Seconds between checkpoints.
    seed : int
    """

    minutes: float = 60.0
    rate: float = 2.5e-3
    decay: float = 0.01
    causal: float = 0.5
    average: float = 0.999
    checkpoint_s: float = 180.0
    seed: int = 1


def greedy(log_probs: Tensor, frames: Tensor) -> list[list[int]]:
    """Best path of each sequence of (frames, batch, classes): repeats and blanks dropped."""
    best = log_probs.argmax(-1).T.tolist()
    texts = []
    for path, n in zip(best, frames.tolist(), strict=True):
        text, last = [], BLANK
        for symbol in path[:n]:
            if symbol not in (last, BLANK):
                text.append(symbol)
            last = symbol
        texts.append(text)
    return texts


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
        Called with a dict after each log interval and evaluation (rank 0).

    Raises
    ------
    ModelError
        If the folder's checkpoint is of another network.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        network: NetworkSettings,
        settings: TrainSettings,
        card: dict[str, Any],
        report: Callable[[dict[str, Any]], None] | None = None,
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
        self.averaged = Network(network).to(self.device).eval()
        self.averaged.load_state_dict(self.network.state_dict())
        plain = [p for p in self.network.parameters() if p.ndim < 2]
        heavy = [p for p in self.network.parameters() if p.ndim >= 2]
        self.optimizer = torch.optim.AdamW(
            [
                {"params": heavy, "weight_decay": settings.decay},
                {"params": plain, "weight_decay": 0.0},
            ],
            lr=settings.rate,
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
        saved = torch.load(file, map_location=self.device, weights_only=True)
        mine = json.loads(json.dumps(asdict(self.network.settings)))
        theirs = json.loads(saved["network"])
        theirs["dropout"] = mine["dropout"]
        if theirs != mine:
            raise ModelError(
                f"{file} holds another network ({theirs}); take another folder or its settings"
            )
        self.network.load_state_dict(saved["weights"])
        self.averaged.load_state_dict(saved["averaged"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.epoch, self.step = saved["epoch"], saved["step"]
        self.spent_s, self.best = saved["spent_s"], saved["best"]

    def save(self, name: str = "last.pt") -> None:
        """Write a checkpoint; the old one stays until the new one is whole."""
        if self.rank:
            return
        temporary = self.folder / f".{name}.part"
        torch.save(
            {
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
            },
            temporary,
        )
        os.replace(temporary, self.folder / name)

    def _rate(self) -> float:
        """Warm up for 200 steps, then a cosine over the budget."""
        done = min(1.0, self.spent_s / (60 * self.settings.minutes))
        warm = min(1.0, (self.step + 1) / 200)
        return self.settings.rate * warm * max(0.005, 0.5 * (1 + math.cos(math.pi * done)))

    def _loss(self, model: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
        kind = self.device.type
        with torch.autocast(kind, torch.bfloat16):
            causal, refined, frames = model(
                batch.points.to(self.device), batch.counts.to(self.device)
            )
        losses = [
            nn.functional.ctc_loss(
                head, batch.labels.to(self.device), frames, batch.lengths.to(self.device),
                BLANK, "sum", zero_infinity=True,
            ) / batch.lengths.sum()
            for head in (causal, refined)
        ]  # fmt: skip
        return losses[0], losses[1]

    def train(self, batches: Batches, check: Batches | None = None, every: int = 1) -> None:
        """Train until the budget is spent.

        Parameters
        ----------
        batches : Batches
            Of this rank.
        check : Batches, optional
            Evaluated every so many epochs and at the end; the best average is kept
            as ``best.pt``.
        every : int
        """
        model: nn.Module = self.network
        if self.world > 1:
            model = DistributedDataParallel(self.network)
        last_save = last_report = clock = time.monotonic()
        running = np.zeros(3)
        while self.spent_s < 60 * self.settings.minutes:
            model.train()
            for batch in batches.epoch(self.epoch):
                for group in self.optimizer.param_groups:
                    group["lr"] = self._rate()
                causal, refined = self._loss(model, batch)
                loss = refined + self.settings.causal * causal
                self.optimizer.zero_grad(set_to_none=True)
                loss.backward()  # type: ignore[no-untyped-call]
                norm = nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
                if torch.isfinite(norm):
                    self.optimizer.step()
                self.step += 1
                self._average()
                running += (causal.item(), refined.item(), 1)
                now = time.monotonic()
                self._spend(now - clock)
                clock = now
                if now - last_report > 10:
                    last_report = now
                    self._say(running)
                if now - last_save > self.settings.checkpoint_s:
                    last_save = now
                    self.save()
                if self.spent_s >= 60 * self.settings.minutes:
                    break
            self.epoch += 1
            over = self.spent_s >= 60 * self.settings.minutes
            if check is not None and (over or self.epoch % every == 0):
                self._check(check)
            now = time.monotonic()
            self._spend(now - clock)
            clock = now
        self.save()

    def _spend(self, seconds: float) -> None:
        """Count time the same on every rank, so that all stop at the same step."""
        if self.world > 1:
            spent = torch.tensor([seconds], device=self.device)
            dist.broadcast(spent, 0)
            seconds = float(spent.item())
        self.spent_s += seconds

    def _average(self) -> None:
        keep = min(self.settings.average, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            torch._foreach_lerp_(
                list(self.averaged.parameters()), list(self.network.parameters()), 1 - keep
            )

    def _say(self, running: np.ndarray[Any, np.dtype[np.float64]]) -> None:
        if self.rank == 0:
            causal, refined = running[:2] / running[2]
            self.report(
                {
                    "epoch": self.epoch,
                    "step": self.step,
                    "minutes": round(self.spent_s / 60, 2),
                    "of": self.settings.minutes,
                    "rate": round(self._rate(), 6),
                    "causal_loss": round(float(causal), 4),
                    "refined_loss": round(float(refined), 4),
                }
            )
        running[:] = 0

    def _check(self, check: Batches) -> None:
        from rapidfuzz.distance import Levenshtein

        self.averaged.eval()
        errors = np.zeros(3)
        for batch in check.epoch(0):
            with torch.no_grad(), torch.autocast(self.device.type, torch.bfloat16):
                causal, refined, frames = self.averaged(
                    batch.points.to(self.device), batch.counts.to(self.device)
                )
            truths = [t.tolist() for t in batch.labels.split(batch.lengths.tolist())]
            for k, head in enumerate((causal, refined)):
                for truth, text in zip(truths, greedy(head, frames), strict=True):
                    errors[k] += Levenshtein.distance(truth, text)
            errors[2] += sum(map(len, truths))
        total = torch.from_numpy(errors).to(self.device, torch.float32)
        if self.world > 1:
            dist.all_reduce(total)
        causal_cer, refined_cer = (100 * total[:2] / total[2]).tolist()
        if self.rank == 0:
            entry = {
                "epoch": self.epoch,
                "step": self.step,
                "minutes": round(self.spent_s / 60, 2),
                "causal_cer": round(causal_cer, 2),
                "refined_cer": round(refined_cer, 2),
            }
            self.report(entry)
            with open(self.folder / "log.jsonl", "a") as log:
                log.write(json.dumps(entry) + "\n")
        score = refined_cer + 0.3 * causal_cer
        if score < self.best:
            self.best = score
            self.save("best.pt")
