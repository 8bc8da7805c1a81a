"""How levels are said: their values in the user's words, from and to the unit of the solver.

The settings, the specs and the views hold every level in the unit of the distortion. What a user
types, reads or downloads goes through this module; the formulas are those of ``rd.LevelScale``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

import rdcore as rd
from dashboard.formatting import rounded_up, scale, short
from dashboard.model.views import CurveBand, Floats, Point, SurfaceView

WORDS = {
    "mse": "Mean square",
    "rms": "RMS",
    "snr": "SNR in dB",
    "psnr": "PSNR in dB",
    "share": "% of variance",
}
"""The words for a level of squared error, each a measure of ``rd.LevelScale``."""

OTHERS = ("rms", "snr", "psnr", "share")
"""The words that state a level in another unit than the solver's."""

_SHOWN, _KEPT = 10, 14
"""Significant digits: of what a widget shows, and of the level kept for what was typed in it.

The level has more, so that what was typed is what is shown again.
"""
_LEAST_DB = 40.0
"""How far below the largest level a slider in dB goes, if the smallest level is 0."""
_MOST_DB = 999.0
"""What a widget shows for a level of 0."""


def shown(how: rd.LevelScale, level: float) -> float:
    """Return a level as its widget shows it."""
    value = float(how.stated(level))
    return level if value == level else _rounded(min(value, _MOST_DB), _SHOWN)


def typed(how: rd.LevelScale, value: float) -> float:
    """Return the level for a value that was typed."""
    level = how.level(value)
    return level if level == value else _rounded(level, _KEPT)


def _rounded(value: float, digits: int) -> float:
    return float(f"{value:.{digits - 1}e}")


def price_unit(how: rd.LevelScale) -> str:
    """Return the unit of a price, short enough for a tile."""
    return "bits/%" if how.measure == "share" else f"bits/{how.text}"


def said(how: rd.LevelScale, level: float) -> str:
    """Write a level with its unit.

    Examples
    --------
    >>> said(rd.LevelScale("rms", "°C"), 0.25)
    '0.5 °C RMS'
    """
    return f"{number(how, level)} {how.text}"


def number(how: rd.LevelScale, level: float) -> str:
    """Write a level without its unit."""
    return short(float(how.stated(level)))


def empty_range(how: rd.LevelScale, low: float, high: float) -> str:
    """Return the sentence on a range of D without a level."""
    span = f"from {number(how, low)} to {said(how, high)}"
    return f"The range of D {span} is empty; From must be less than To."


def feasible(how: rd.LevelScale, smallest: float, digits: int = 3) -> float:
    """Return a level of at least ``smallest`` that is a round number in the user's words."""
    value = float(how.stated(smallest))
    if not how.falls:
        return typed(how, rounded_up(value, digits))
    return typed(how, math.floor(value * 100 - 1e-6) / 100)


def notches(how: rd.LevelScale, low: float, high: float, value: float) -> list[float]:
    """Return the values of a slider between two levels, with ``value``, as they are shown."""
    ends = float(how.stated(max(low, 1e-300))), float(how.stated(high))
    if how.falls:
        top = min(ends[0], ends[1] + _LEAST_DB)
        found: Sequence[float] = [
            float(db) / 2 for db in range(math.ceil(2 * ends[1]), math.floor(2 * top) + 1)
        ]
    else:
        found = scale(max(ends[0] * 1.0001, ends[1] * 1e-3), ends[1])
    return sorted({*found, value})


def step(how: rd.LevelScale, high: float) -> float:
    """Return the step of a number field for levels up to ``high``."""
    return 0.1 if how.falls else max(rounded_up(float(how.stated(high)) / 200, 1), 1e-6)


def spot(how: rd.LevelScale, point: Point, which: int) -> tuple[float, float]:
    """Return a level of a solution and its price."""
    level, price = float(point.levels[which]), float(point.prices_bits[which])
    return float(how.stated(level)), float(how.price(price, level))


def prices(how: rd.LevelScale, band: CurveBand, levels: Sequence[float]) -> Floats:
    """Return the prices along a curve, (k, F); ``levels`` has the levels that are fixed."""
    columns = [
        how.price(price, band.levels if k == band.which else np.full_like(band.levels, level))
        for k, (price, level) in enumerate(zip(band.prices_bits.T, levels, strict=True))
    ]
    return np.column_stack(columns)


def surface_prices(how: rd.LevelScale, surface: SurfaceView) -> tuple[Floats, ...]:
    """Return the price of the level of x, of y, and of each fixed level, (B, A) each."""
    across, up = np.meshgrid(surface.x.levels, surface.y.levels)
    fixed = [np.full_like(across, level) for level in surface.other_levels]
    return tuple(
        how.price(price, level)
        for price, level in zip(surface.prices_bits, (across, up, *fixed), strict=True)
    )
