"""Settings of the trainer."""

from __future__ import annotations

from dataclasses import dataclass

from .._checks import check_ranges

__all__ = ["TrainSettings"]


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """How a network is trained: the table ``[training]`` of a recipe.

    Attributes
    ----------
    minutes : float
        Wall-clock budget, over all resumptions; the learning rate falls with it.
    learning_rate : float
        Peak learning rate of AdamW.
    weight_decay : float
        Weight decay.
    causal_loss_weight : float
        Weight of the causal head's loss; the second pass has 1.
    ema_decay : float
        Decay of the moving average of weights, a step.
    checkpoint_s : float
        Seconds between checkpoints.
    seed : int
    report_s : float
        Seconds between reports of the loss.
    cr_ctc_weight : float
        Weight of the disagreement between two views of each line, that differ in what is
        masked and dropped (CR-CTC, Yao et al. 2024, eq. 3-5); 0 takes one view.
    valid_every : int
        Epochs between evaluations.
    batch_points : int
        Raw points in a batch of one process, about.

    Raises
    ------
    ModelError
        If a value lies outside what it can be.
    """

    minutes: float = 60.0
    learning_rate: float = 2.5e-3
    weight_decay: float = 0.01
    causal_loss_weight: float = 0.5
    ema_decay: float = 0.999
    checkpoint_s: float = 180.0
    seed: int = 1
    report_s: float = 10.0
    cr_ctc_weight: float = 0.0
    valid_every: int = 2
    batch_points: int = 20_000

    def __post_init__(self) -> None:
        above, least = "(0, inf)", "[0, inf)"
        check_ranges(
            self, minutes=above, learning_rate=above, checkpoint_s=above, report_s=above,
            weight_decay=least, causal_loss_weight=least, seed=least, cr_ctc_weight=least,
            ema_decay="[0, 1)", valid_every="[1, inf)", batch_points="[1, inf)",
        )  # fmt: skip
