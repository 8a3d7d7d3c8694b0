"""Error rates of a network in training, by the best path alone."""

from __future__ import annotations

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor

from .._checks import require
from ..language.alphabet import BLANK
from .batches import BatchSampler
from .network import Network

__all__ = ["best_paths", "error_rates"]


def best_paths(log_probs: Tensor, frames: Tensor) -> list[list[int]]:
    """The best path of each sequence, repeats and blanks dropped.

    Parameters
    ----------
    log_probs : Tensor, shape (frames, batch, classes)
    frames : Tensor, shape (batch,)
        Frames of each that count.

    Returns
    -------
    list of list of int
        Symbols of each sequence.
    """
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


def error_rates(network: Network, valid: BatchSampler, device: torch.device) -> tuple[float, float]:
    """Character error rates of both heads: all edits over all characters of all ranks.

    Parameters
    ----------
    network : Network
        In evaluation mode.
    valid : BatchSampler
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
    for batch in valid.epoch(0):
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
