"""Losses of a network in training: CTC, and how far two views of a line are apart."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..language.alphabet import BLANK
from .batches import Batch

__all__ = ["cr_ctc_loss", "ctc_losses"]


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
