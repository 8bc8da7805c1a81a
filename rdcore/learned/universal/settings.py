"""What a sweep is to do."""

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
    r"""Weights of a loss.

    .. math:: \lambda_d E\|X - \hat X\|^2/n + \lambda_c E[-\log c_S(\hat X)]
              + \lambda_p W_1(p_X, p_{\hat X})

    Parameters
    ----------
    classification : float
        :math:`\lambda_c`, on the classifier's cross-entropy in nats.
    perception : float
        :math:`\lambda_p`, on the critic's Wasserstein distance in pixel units.
    distortion : float
        :math:`\lambda_d`, on the squared error a pixel; pixels run from 0 to 1.

    Raises
    ------
    InputError
        If a weight is negative, or that of the distortion is not positive.
    """

    classification: float = 0.0
    perception: float = 0.0
    distortion: float = 1.0

    def __post_init__(self) -> None:
        positive(self.distortion, "distortion")
        for name in ("classification", "perception"):
            if real(getattr(self, name), name) < 0:
                raise InputError(f"{name}={getattr(self, name):g} must not be negative")


def weighted(
    classification: Sequence[float], perception: Sequence[float] = (0.0,)
) -> tuple[TradeOff, ...]:
    """Return trade-offs with these weights; a single perception weight is that of all.

    Raises
    ------
    InputError
        If there are neither one nor as many perception weights.

    Examples
    --------
    >>> [t.perception for t in weighted((0.0, 0.01), (0.02,))]
    [0.02, 0.02]
    """
    if len(perception) not in (1, len(classification)):
        raise InputError(
            f"{len(perception)} perception weights for {len(classification)} trade-offs;"
            " one for all, or one for each, would do"
        )
    each = list(perception) * (len(classification) if len(perception) == 1 else 1)
    return tuple(TradeOff(c, p) for c, p in zip(classification, each, strict=True))


@dataclass(frozen=True)
class UniversalSettings:
    """A sweep: trade-offs, the encoders that are frozen, and how everything is trained.

    Parameters
    ----------
    trade_offs : tuple of TradeOff
        One end-to-end codec is trained for each.
    frozen_from : tuple of int
        Places in ``trade_offs``: each of their encoders is frozen and gets new decoders for all.
    dimensions, levels : int
        d values of L levels each: at most d log₂ L bits an image.
    hidden : int
        Width of the two hidden layers of every network.
    batch : int
        Images an update.
    steps, every : int
        Updates a training, of a decoder in either case; those between reports, which must divide
        the former, so that there is one loop to compile.
    learning_rate : float
        Of Adam at its highest; it rises first and falls along a cosine.
    restarts : int
        Trainings from other initial weights of which the best on training images is kept, on
        either side: small codes are unstable.
    held_out : float
        Share of the images that no network sees.
    seed : int
        Makes split, weights, batches and dither.

    Raises
    ------
    InputError
        If a setting is out of range.
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
                f"levels={self.levels}, dimensions={self.dimensions} make"
                f" {self.levels**self.dimensions} codes; at most {_MOST_CODES} would do"
            )
        if self.steps % self.every:
            near = max(self.every, round(self.steps / self.every) * self.every)
            raise InputError(
                f"steps={self.steps} is no multiple of every={self.every}; {near} would do"
            )
        if not 0.05 <= real(self.held_out, "held_out") <= 0.95:
            raise InputError(f"held_out={self.held_out:g} must lie between 0.05 and 0.95")

    def _check_trade_offs(self) -> None:
        if not self.trade_offs:
            raise InputError("trade_offs is empty; at least one is needed")
        if len(set(self.frozen_from)) != len(self.frozen_from):
            raise InputError(f"frozen_from={self.frozen_from} names an encoder twice")
        for place in self.frozen_from:
            if not 0 <= count(place, "frozen_from", 0) < len(self.trade_offs):
                raise InputError(
                    f"frozen_from={place} is no place among {len(self.trade_offs)} trade-offs;"
                    f" 0 to {len(self.trade_offs) - 1} would do"
                )

    @property
    def cap_bits(self) -> float:
        """The most bits that a code can take, d log₂ L."""
        return float(self.dimensions * np.log2(self.levels))

    @property
    def perceptual(self) -> bool:
        """Whether any trade-off needs a critic."""
        return any(trade_off.perception > 0 for trade_off in self.trade_offs)

    @property
    def updates(self) -> int:
        """Steps of the whole sweep: end to end, then one training a frozen encoder."""
        return self.steps * (1 + len(self.frozen_from))

    def weights(self) -> dict[str, Any]:
        """Return the weights of all trade-offs by name, (T,) each."""
        names = ("distortion", "classification", "perception")
        return {
            name: np.array([getattr(one, name) for one in self.trade_offs], np.float32)
            for name in names
        }
