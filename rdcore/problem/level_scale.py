"""Levels in the user's words: mean square, RMS, SNR, PSNR, share of the variance, and others."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from rdcore.errors import InputError
from rdcore.tables import units

MEASURES = {
    "mse": "mean squared error",
    "rms": "root of the mean squared error",
    "snr": "signal-to-noise ratio in dB: the variance of the source over the mean squared error",
    "psnr": "peak signal-to-noise ratio in dB: the squared range over the mean squared error",
    "share": "mean squared error in per cent of the variance of the source",
    "absolute": "mean absolute error",
    "hamming": "probability of an error",
}
"""The measures in which levels can be stated."""

_DISTORTIONS = {"absolute": "absolute", "hamming": "hamming"}
_RATIOS = ("snr", "psnr")
_DB = math.log(10) / 10

Level = TypeVar("Level", float, NDArray[np.float64])


@dataclass(frozen=True)
class LevelScale:
    """How the user states levels.

    Each measure is a monotone function of the distortion of the problem. SNR and PSNR fall where
    the distortion rises.

    Parameters
    ----------
    measure : str
        One of ``MEASURES``.
    unit : str
        The unit of the data, or "unit".
    variance : float
        That of the source, in squared units.
    peak : float
        The range of the source in units, for "psnr".

    Examples
    --------
    >>> scale = LevelScale("rms", "°C", variance=4.0)
    >>> scale.level(0.5), scale.stated(0.25), scale.price(2.0, 0.25), scale.text
    (0.25, 0.5, 2.0, '°C RMS')
    """

    measure: str
    unit: str = "unit"
    variance: float = 1.0
    peak: float = 0.0

    def __post_init__(self) -> None:
        if self.measure not in MEASURES:
            raise InputError(
                f"measure is {self.measure!r}; one of {', '.join(MEASURES)} is accepted"
            )
        if self._whole is not None and not self._whole > 0:
            name = "range (peak)" if self.measure == "psnr" else "variance"
            raise InputError(f"the {name} of the source is 0; {self.measure} needs a positive one")

    @property
    def distortion(self) -> str:
        """The distortion of the problem."""
        return _DISTORTIONS.get(self.measure, "squared_error")

    @property
    def level_unit(self) -> str:
        """The unit in which the user states levels."""
        if self.measure == "mse":
            return units.squared(self.unit)
        plain = {"snr": "dB", "psnr": "dB", "share": "%", "hamming": "error"}
        return plain.get(self.measure, self.unit)

    @property
    def text(self) -> str:
        """The unit with the measure, where the unit alone does not say it: "°C RMS", "dB SNR"."""
        more = {"rms": " RMS", "snr": " SNR", "psnr": " PSNR", "share": " of variance"}
        return self.level_unit + more.get(self.measure, "")

    @property
    def falls(self) -> bool:
        """Whether a larger stated level means a smaller distortion."""
        return self.measure in _RATIOS

    @property
    def _whole(self) -> float | None:
        """The squared error that the measure is relative to, None if it is not relative."""
        if self.measure == "psnr":
            return self.peak**2
        return self.variance if self.measure in ("snr", "share") else None

    def level(self, stated: float) -> float:
        """Return the level of the problem, in the unit of its distortion.

        Raises
        ------
        InputError
            If the level is negative; only a ratio in dB may be.
        """
        whole = self._whole
        if self.falls and whole is not None:
            return float(whole * 10 ** (-stated / 10))
        if stated < 0:
            raise InputError(f"a level of {self.measure} must be at least 0; got {stated:g}")
        if whole is not None:
            return whole * stated / 100
        return stated**2 if self.measure == "rms" else stated

    def stated(self, level: Level) -> Level:
        """Return levels of the problem as the user states them; 0 is ∞ dB."""
        whole = self._whole
        if self.falls and whole is not None:
            with np.errstate(divide="ignore"):
                return _like(level, 10 * np.log10(whole / np.maximum(level, 0.0)))
        if whole is not None:
            return _like(level, 100 * np.asarray(level) / whole)
        if self.measure == "rms":
            return _like(level, np.sqrt(np.maximum(level, 0.0)))
        return level

    def price(self, price: Level, level: Level) -> Level:
        """Return prices per unit of the stated levels, from those per unit of the distortion.

        A price is what the rate falls by, per unit by which the level is relaxed. An SNR is relaxed
        by making it smaller.
        """
        whole = self._whole
        if self.falls:
            return _like(price, np.asarray(price) * level * _DB)
        if whole is not None:
            return _like(price, np.asarray(price) * whole / 100)
        if self.measure == "rms":
            return _like(price, np.asarray(price) * 2 * np.sqrt(level))
        return price


def _like(example: Level, values: NDArray[np.float64]) -> Level:
    """Return values as a float if the example is one, else as an array."""
    if isinstance(example, np.ndarray):
        return np.asarray(values, dtype=np.float64)
    return float(values)
