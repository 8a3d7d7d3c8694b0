"""The two-pass network in PyTorch; `inkrec.network` runs the same in NumPy.

A stem of two causal convolutions turns four points into a frame. Causal LSTM layers read
the frames, and a CTC head stands on the last. The second pass is a bidirectional stack
that reads what the first one made of the ink, with a head of its own. Both learn together
(Graves et al. 2006, eq. 14-16, a loss a head).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import overload

import torch
from torch import Tensor, nn

from .._checks import check_ranges
from ..errors import ModelError
from ..features.context_bitmap import PIXELS
from ..features.points import CHANNELS

__all__ = ["LockedDropout", "Network", "NetworkSettings", "frame_count"]

STRIDE = 4
KERNEL = 6


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """Sizes of the network; stored in the model file.

    Attributes
    ----------
    channels, classes : int
        Inputs a point, outputs a frame (the blank included).
    stem : (int, int)
        Widths of the two convolutions.
    causal_units, causal_layers : int
        Units and number of the layers of the first pass. Without layers the network reads
        whole lines alone, to rescore what another one read, and its first head stands on
        the first bidirectional layer (intermediate CTC, Lee and Watanabe 2021).
    refine_units, refine_layers : int
        Units a direction and number of layers of the second.
    dropout : float

    Raises
    ------
    ModelError
        If a size is below 1, or the dropout outside 0 to 1.
    """

    channels: int
    classes: int
    stem: tuple[int, int] = (64, 96)
    causal_units: int = 256
    causal_layers: int = 2
    refine_units: int = 192
    refine_layers: int = 2
    dropout: float = 0.2

    def __post_init__(self) -> None:
        sizes = (self.channels, self.classes, *self.stem, self.causal_units, self.causal_layers + 1,
                 self.refine_units, self.refine_layers)  # fmt: skip
        if min(sizes) < 1 or len(self.stem) != 2:
            raise ModelError(
                f"{self}: every size is 1 or more (causal_layers 0 or more), and the stem has two"
            )
        check_ranges(self, dropout="[0, 1)")

    @property
    def context_bitmap(self) -> bool:
        """Whether the inputs hold the bitmap of the ink around each point."""
        return self.channels == len(CHANNELS) + PIXELS


@overload
def frame_count(points: int) -> int: ...
@overload
def frame_count(points: Tensor) -> Tensor: ...
def frame_count(points: int | Tensor) -> int | Tensor:
    """Frames of so many points; the last may be padded with zeros."""
    return (points + STRIDE - 1) // STRIDE


def _reverse(x: Tensor, index: Tensor) -> Tensor:
    return x.gather(0, index.unsqueeze(-1).expand_as(x))


class LockedDropout(nn.Module):
    """Dropout with one mask for all frames of a sequence (Gal and Ghahramani 2016).

    Parameters
    ----------
    rate : float
    """

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        """x, shape (frames, batch, width), with the same units of a sequence dropped."""
        if not self.training or self.rate == 0:
            return x
        keep = 1 - self.rate
        mask = torch.empty((1, *x.shape[1:]), dtype=x.dtype, device=x.device)
        return x * (mask.bernoulli_(keep) / keep)


class Network(nn.Module):
    """Causal LSTM-CTC with a bidirectional second pass.

    Parameters
    ----------
    settings : NetworkSettings
    """

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        self.settings = s = settings
        self.conv1 = nn.Conv1d(s.channels, s.stem[0], KERNEL, 2)
        self.conv2 = nn.Conv1d(s.stem[0], s.stem[1], KERNEL, 2)
        widths = [s.stem[1]] + [s.causal_units] * s.causal_layers
        self.causal = nn.ModuleList(nn.LSTM(a, b) for a, b in pairwise(widths))
        early = s.causal_units if s.causal_layers else 2 * s.refine_units
        self.causal_head = nn.Linear(early, s.classes)
        width = s.causal_units + s.stem[1] if s.causal_layers else s.stem[1]
        self.forth, self.back = nn.ModuleList(), nn.ModuleList()
        for _ in range(s.refine_layers):
            self.forth.append(nn.LSTM(width, s.refine_units))
            self.back.append(nn.LSTM(width, s.refine_units))
            width = 2 * s.refine_units
        self.refine_head = nn.Linear(width, s.classes)
        self.drop = LockedDropout(s.dropout)
        for name, p in self.named_parameters():
            if "bias_hh" in name:  # one bias is enough; the other is added in NumPy
                nn.init.zeros_(p)
            if "bias_ih" in name and "l0" in name:
                with torch.no_grad():
                    p.zero_()
                    n = p.numel() // 4
                    p[n : 2 * n] = 1.0

    def forward(self, points: Tensor, counts: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Log-probabilities of both heads.

        Parameters
        ----------
        points : Tensor, shape (batch, n, channels)
            Zero after each sequence's end.
        counts : Tensor, shape (batch,)
            Points of each sequence.

        Returns
        -------
        causal, refined : Tensor, shape (frames, batch, classes)
        frames : Tensor, shape (batch,)
        """
        frames = frame_count(counts)
        steps = -(-points.shape[1] // STRIDE)
        x = nn.functional.pad(points.transpose(1, 2), (0, steps * STRIDE - points.shape[1]))
        x = self.conv1(nn.functional.pad(x, (KERNEL - 2, 0))).relu()
        x = self.conv2(nn.functional.pad(x, (KERNEL - 2, 0))).relu()
        x = stem = self.drop(x.permute(2, 0, 1))
        for layer in self.causal:
            x = self.drop(layer(x)[0])

        order = torch.arange(steps, device=points.device).unsqueeze(1)
        mirrored = frames.unsqueeze(0) - 1 - order
        index = torch.where(mirrored >= 0, mirrored, order)
        early = x
        if self.causal:
            x = torch.cat([x, stem], -1)
        for i, (forth, back) in enumerate(zip(self.forth, self.back, strict=True)):
            x = self.drop(
                torch.cat([forth(x)[0], _reverse(back(_reverse(x, index))[0], index)], -1)
            )
            if i == 0 and not self.causal:
                early = x
        causal = self.causal_head(early)
        refined = self.refine_head(x)
        return (
            causal.float().log_softmax(-1),
            refined.float().log_softmax(-1),
            frames,
        )
