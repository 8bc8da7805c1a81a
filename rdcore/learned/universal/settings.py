"""Settings of a sweep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rdcore._arrays import count, positive, real
from rdcore.errors import InputError

_MOST_CODES = 2**16


@dataclass(frozen=True)
class TradeOff:
    r"""Weights of the terms of a loss.

    .. math:: \lambda_d E\|X - \hat X\|^2/n + \lambda_c E[-\log c_S(\hat X)]
              + \lambda_c' E[-\log c'_{S'}(\hat X)] + \lambda_p W_1(p_X, p_{\hat X})

    Parameters
    ----------
    classification : float
        :math:`\lambda_c`, weight of the cross-entropy of the classifier in nats.
    perception : float
        :math:`\lambda_p`, weight of the Wasserstein distance of the critic in pixel units.
    distortion : float
        :math:`\lambda_d`, weight of the squared error per pixel; pixels from 0 to 1.
    parity : float
        :math:`\lambda_c'`, weight of the cross-entropy in nats of a second label, whether the
        digit is odd, by a classifier of its own.

    Raises
    ------
    InputError
        If a weight is negative, or ``distortion`` is not positive.
    """

    classification: float = 0.0
    perception: float = 0.0
    distortion: float = 1.0
    parity: float = 0.0

    def __post_init__(self) -> None:
        positive(self.distortion, "distortion")
        for name in ("classification", "perception", "parity"):
            if real(getattr(self, name), name) < 0:
                raise InputError(f"{name} must be at least 0; got {getattr(self, name):g}")


def weighted(
    classification: Sequence[float],
    perception: Sequence[float] = (0.0,),
    parity: Sequence[float] = (0.0,),
) -> tuple[TradeOff, ...]:
    """Return trade-offs with these weights; a single one of perception or parity is used for all.

    Raises
    ------
    InputError
        If the numbers of weights differ.

    Examples
    --------
    >>> [t.perception for t in weighted((0.0, 0.01), (0.02,))]
    [0.02, 0.02]
    """
    count = len(classification)
    others = []
    for name, given in (("perception", perception), ("parity", parity)):
        if len(given) not in (1, count):
            raise InputError(
                f"{name} must have 1 or {count} weights, one for all trade-offs or one for each;"
                f" got {len(given)}"
            )
        others.append(list(given) * (count if len(given) == 1 else 1))
    rows = zip(classification, *others, strict=True)
    return tuple(TradeOff(c, p, parity=second) for c, p, second in rows)


@dataclass(frozen=True)
class UniversalSettings:
    """Settings of a sweep: trade-offs, frozen encoders and training.

    Parameters
    ----------
    trade_offs : tuple of TradeOff
        One end-to-end codec is trained for each.
    frozen_from : tuple of int
        Indices in ``trade_offs`` of the encoders that are frozen; each gets new decoders for all
        trade-offs.
    dimensions, levels : int
        d values of L levels each: at most d log₂ L bits per image.
    hidden : int
        Width of the two hidden layers of every network.
    batch : int
        Images per update.
    steps, every : int
        Updates per training, and updates between reports, which must divide ``steps`` so that only
        one loop is compiled.
    learning_rate : float
        Peak learning rate of Adam, after a warm-up and before a cosine decay.
    restarts : int
        Number of trainings from different initial weights, of which the best on training images is
        kept, because small codes train unreliably.
    held_out : float
        Fraction of held-out images.
    seed : int
        Seed of split, weights, batches and dither.
    alternating : bool
        Whether an update first moves encoder and decoder, and then classifier and critic by the
        gradient after that move, as Nguyen et al. (2025) do; otherwise all move together.

    Raises
    ------
    InputError
        If a setting is invalid.
    """

    trade_offs: tuple[TradeOff, ...] = weighted((0.0, 0.004, 0.015, 0.06, 0.3))
    frozen_from: tuple[int, ...] = (2, 4)
    dimensions: int = 4
    levels: int = 4
    hidden: int = 128
    batch: int = 128
    steps: int = 2000
    every: int = 100
    learning_rate: float = 6e-3
    restarts: int = 1
    held_out: float = 0.5
    seed: int = 0
    alternating: bool = False

    def __post_init__(self) -> None:
        for name in ("dimensions", "hidden", "batch", "steps", "every", "restarts"):
            count(getattr(self, name), name)
        count(self.levels, "levels", 2)
        count(self.seed, "seed", 0)
        positive(self.learning_rate, "learning_rate")
        self._check_sizes()
        self._check_trade_offs()

    def _check_sizes(self) -> None:
        if self.levels**self.dimensions > _MOST_CODES:
            raise InputError(
                f"levels and dimensions must give at most {_MOST_CODES} codes; got"
                f" {self.levels}^{self.dimensions} = {self.levels**self.dimensions}"
            )
        if self.steps % self.every:
            near = max(self.every, round(self.steps / self.every) * self.every)
            raise InputError(
                f"steps must be a multiple of every, {self.every}, such as {near}; got {self.steps}"
            )
        if not 0.05 <= real(self.held_out, "held_out") <= 0.95:
            raise InputError(f"held_out must be between 0.05 and 0.95; got {self.held_out:g}")

    def _check_trade_offs(self) -> None:
        if not self.trade_offs:
            raise InputError("trade_offs must have at least one trade-off; got none")
        if len(set(self.frozen_from)) != len(self.frozen_from):
            raise InputError(f"frozen_from must have distinct entries; got {self.frozen_from}")
        for place in self.frozen_from:
            if not 0 <= count(place, "frozen_from", 0) < len(self.trade_offs):
                raise InputError(
                    "frozen_from must have indices of trade-offs, from 0 to"
                    f" {len(self.trade_offs) - 1}; got {place}"
                )

    @property
    def cap_bits(self) -> float:
        """The largest number of bits of a code, d log₂ L."""
        return float(self.dimensions * np.log2(self.levels))

    @property
    def perceptual(self) -> bool:
        """Whether a trade-off needs a critic."""
        return any(trade_off.perception > 0 for trade_off in self.trade_offs)

    @property
    def two_labels(self) -> bool:
        """Whether a trade-off needs a classifier of the parity."""
        return any(trade_off.parity > 0 for trade_off in self.trade_offs)

    @property
    def updates(self) -> int:
        """Updates of the whole sweep: end-to-end training, and one training per frozen encoder."""
        return self.steps * (1 + len(self.frozen_from))

    def weights(self) -> dict[str, Any]:
        """Return the weights of all trade-offs, by name, (T,) each."""
        names = ("distortion", "classification", "perception", "parity")
        return {
            name: np.array([getattr(one, name) for one in self.trade_offs], np.float32)
            for name in names
        }
