"""Levels in the user's words: mean square, RMS, SNR, mean absolute error, error probability."""

from __future__ import annotations

import math
from dataclasses import dataclass

from rdcore.errors import InputError
from rdcore.tables import units

MEASURES = {
    "mse": "mean squared error",
    "rms": "root of the mean squared error",
    "snr": "signal-to-noise ratio in dB: the variance of the source over the mean squared error",
    "absolute": "mean absolute error",
    "hamming": "probability of an error",
}
"""The distortion measures of the command line."""

_DISTORTIONS = {"absolute": "absolute", "hamming": "hamming"}


@dataclass(frozen=True)
class Scale:
    """How the user states levels.

    Parameters
    ----------
    measure : str
        One of ``MEASURES``.
    unit : str
        The unit of the data, or "unit".
    variance : float
        That of the source, in squared units.
    """

    measure: str
    unit: str
    variance: float

    @property
    def distortion(self) -> str:
        """The distortion of the problem."""
        return _DISTORTIONS.get(self.measure, "squared_error")

    @property
    def level_unit(self) -> str:
        """The unit in which the user states levels."""
        if self.measure == "mse":
            return units.squared(self.unit)
        return {"snr": "dB", "hamming": "error"}.get(self.measure, self.unit)

    def level(self, stated: float) -> float:
        """Return the level of the problem, in the unit of its distortion.

        Raises
        ------
        InputError
            If the level is negative; only an SNR may be.
        """
        if self.measure == "snr":
            return self.variance * 10 ** (-stated / 10)
        if stated < 0:
            raise InputError(f"a level of {self.measure} must be at least 0; got {stated:g}")
        return stated**2 if self.measure == "rms" else stated

    def stated(self, level: float) -> float:
        """Return a level of the problem as the user states it."""
        if self.measure == "rms":
            return math.sqrt(max(level, 0.0))
        if self.measure == "snr":
            return 10 * math.log10(self.variance / level) if level > 0 else math.inf
        return level

    def price(self, price: float, level: float) -> float:
        """Return a price per unit of the stated level, from that per unit of the distortion.

        It is what the rate falls by, per unit by which the level is relaxed. An SNR is relaxed by
        making it smaller.
        """
        if self.measure == "rms":
            return price * 2 * math.sqrt(level)
        if self.measure == "snr":
            return price * level * math.log(10) / 10
        return price
