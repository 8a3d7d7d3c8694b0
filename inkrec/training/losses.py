"""Losses and error rates of a network in training, the latter by the best path alone."""

from __future__ import annotations

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn

from .._checks import require
from ..language.alphabet import BLANK
from .batches import Batch, BatchSampler
from .network import Network

__all__ = ["best_paths", "cr_ctc_loss", "ctc_losses", "error_rates"]


def ctc_losses(causal: Tensor, refined: Tensor, frames: Tensor, batch: Batch) -> list[Tensor]:
    """The CTC loss a symbol of both heads, as `Network` gives them for a batch."""
    device = causal.device
    labels, lengths = batch.labels.to(device), batch.lengths.to(device)
    return [
        nn.functional.ctc_loss(head, labels, frames, lengths, BLANK, "sum", zero_infinity=True)
        / batch.lengths.sum()
        for head in (causal, refined)
    ]


def cr_ctc_loss(log_probs: Tensor, frames: Tensor) -> Tensor:
    """How far two views of the same lines are apart, summed over their frames.

    Parameters
    ----------
    log_probs : Tensor, shape (frames, batch, classes)
        Of the lines in one view, then of the same lines in the other.
    frames : Tensor, shape (batch,)
        Frames of each that count.

    Returns
    -------
    Tensor, shape ()
        Half of both Kullback-Leibler divergences; each view learns from the other, whose
        gradient is stopped (Yao et al. 2024, "CR-CTC", eq. 4).
    """
    one, other = log_probs.chunk(2, 1)
    counts = torch.arange(len(log_probs), device=frames.device)[:, None] < frames.chunk(2)[0]
    apart = [
        (teacher.exp() * (teacher - pupil)).sum(-1)
        for teacher, pupil in ((one.detach(), other), (other.detach(), one))
    ]
    return ((apart[0] + apart[1]) * counts).sum() / 2


def best_paths(log_probs: Tensor, frames: Tensor) -> list[list[int]]:
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


def error_rates(network: Network, check: BatchSampler, device: torch.device) -> tuple[float, float]:
    """Character error rates of both heads: all edits over all characters of all ranks.

    Parameters
    ----------
    network : Network
        In evaluation mode.
    check : Batches
        Of this rank.
    device : torch.device
        Where the network is.

    Returns
    -------
    causal, refined : float
        1 is one edit a character.
    """
    distance = require("rapidfuzz.distance", "train").Levenshtein.distance
    counts = np.zeros(3)  # edits of each head, characters
    for batch in check.epoch(0):
        with torch.no_grad(), torch.autocast(device.type, torch.bfloat16):
            *heads, frames = network(batch.points.to(device), batch.counts.to(device))
        truths = [t.tolist() for t in torch.split(batch.labels, batch.lengths.tolist())]
        for k, head in enumerate(heads):
            for truth, text in zip(truths, best_paths(head, frames), strict=True):
                counts[k] += distance(truth, text)
        counts[2] += sum(map(len, truths))
    total = torch.from_numpy(counts).to(device, torch.float32)
    if dist.is_initialized():
        dist.all_reduce(total)
    causal, refined = (total[:2] / total[2]).tolist()
    return causal, refined
