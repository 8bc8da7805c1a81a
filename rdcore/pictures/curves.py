"""Bounds on the rate of a picture's model between the levels at which it has been solved."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rdcore._arrays import Array, frozen, positive
from rdcore.errors import InputError
from rdcore.pictures.bounds import PictureBound

_HALVINGS, _SWEEPS = 26, 4
# Slopes of several levels are raised until all levels are met.
_NUDGES, _NUDGE = 30, 1 + 1e-6
_ROUNDING = 1e-12
_POINTS = 25


class PictureCurve:
    r"""Bounds on the rate of a picture's model at any levels, from those at a few.

    The least of rate plus s times squared error of one component is a concave function of s, and
    zero at s = 0. So it is above its chords between the slopes at which it is known, and sharing
    between the channels known there gives an upper bound. Neither needs a solver.

    Parameters
    ----------
    bounds : sequence of PictureBound
        Bounds of one model with the same levels in the same order.

    Examples
    --------
    >>> import numpy as np
    >>> from rdcore.pictures import Picture, PictureCurve, bound, model
    >>> ramp = np.add.outer(np.arange(32), 2 * np.arange(32)).astype(np.uint8)
    >>> parts = model(Picture(ramp), classes=1)
    >>> curve = PictureCurve([bound(parts, mse=level) for level in (2.0, 8.0, 32.0)])
    >>> lower, upper = curve.at([4.0])
    >>> lower <= bound(parts, mse=4.0).upper <= upper + 1e-3
    True
    """

    def __init__(self, bounds: Sequence[PictureBound]) -> None:
        if not bounds or any(one.weights.shape != bounds[0].weights.shape for one in bounds):
            raise InputError("bounds must be at least one, all of one model and the same levels")
        self.bounds = tuple(bounds)
        first = bounds[0]
        self._per_pixel = first.copies / first.pixels
        self._counted = first.weights * first.copies[:, None]
        slopes = np.stack([one.slopes for one in bounds])
        # Slopes of one coefficient, bits; the least of rate plus 0 times squared error is 0.
        s = np.stack([np.zeros(len(first.copies)), *(self._slopes(one) for one in slopes)])
        rates = np.stack([np.zeros(len(first.copies)), *(one.rates for one in bounds)])
        errors = np.stack([np.zeros(len(first.copies)), *(one.errors for one in bounds)])
        order = np.argsort(s, axis=0, kind="stable")
        self._s, self._rates, self._errors = (
            np.take_along_axis(one, order, axis=0) for one in (s, rates, errors)
        )
        self._least = self._rates + self._s * self._errors
        # Below the smallest known slope the channel of that slope is taken.
        self._rates[0], self._errors[0] = self._rates[1], self._errors[1]
        # What the components' sums leave between the bounds, for all of them together.
        self._lost = sum(self._gap(one) for one in bounds)
        self._ends = slopes.max(axis=0)

    def _slopes(self, slopes: Array) -> Array:
        """Return the slopes (L,) of one coefficient, bits, at those of the levels (K,)."""
        found: Array = self.bounds[0].pixels * (self.bounds[0].weights @ slopes)
        return found

    def _gap(self, one: PictureBound) -> float:
        total = self._per_pixel @ (one.rates + self._slopes(one.slopes) * one.errors)
        return max(float(total - one.lower - one.slopes @ one.levels), 0.0)

    def _evaluated(self, slopes: Array) -> tuple[float, float, Array]:
        """Return the dual value, bits a pixel, the rate, and the mean squared errors (K,)."""
        s = self._slopes(slopes)
        before = np.clip((self._s <= s).sum(axis=0) - 1, 0, len(self._s) - 2)
        here = np.arange(len(s))
        low, high = self._s[before, here], self._s[before + 1, here]
        wide = high - low
        share = np.divide(s - low, wide, out=np.ones_like(s), where=wide > 0)
        share = np.clip(share, 0.0, 1.0)

        def mixed(values: Array) -> Array:
            found: Array = (1 - share) * values[before, here] + share * values[before + 1, here]
            return found

        rates, errors = mixed(self._rates), mixed(self._errors)
        dual = self._per_pixel @ mixed(self._least)
        return float(dual) - self._lost, float(self._per_pixel @ rates), errors @ self._counted

    def _met(self, levels: Array, free: Sequence[int], slopes: Array) -> Array:
        """Return slopes at which the errors ``free`` are the levels, as far as there are such."""
        slopes = slopes.copy()
        for _ in range(_SWEEPS if len(free) > 1 else 1):
            for k in free:
                low, high = 0.0, float(self._ends[k])
                for _ in range(_HALVINGS):
                    slopes[k] = 0.5 * (low + high)
                    if self._evaluated(slopes)[2][k] > levels[k]:
                        low = slopes[k]
                    else:
                        high = slopes[k]
                slopes[k] = high
        some = np.array(free, dtype=np.intp)
        for _ in range(_NUDGES):
            if (self._evaluated(slopes)[2][some] <= levels[some]).all():
                break
            slopes[some] *= _NUDGE
        return slopes

    def _bounds(self, levels: Array, slopes: Array) -> tuple[float, float]:
        dual, rate, errors = self._evaluated(slopes)
        tangents = [one.lower - float(one.slopes @ (levels - one.levels)) for one in self.bounds]
        paid = float(slopes @ levels)
        lower = max(dual - paid - _ROUNDING * (dual + paid), *tangents, 0.0)
        fits = (errors <= levels).all()
        uppers = [one.upper for one in self.bounds if (one.levels <= levels).all()]
        upper = min([*uppers, rate * (1 + _ROUNDING) if fits else np.inf])
        return lower, max(upper, lower)

    def at(self, levels: Sequence[float]) -> tuple[float, float]:
        """Return bounds on the rate at levels (K,), bits a pixel; the upper one may be infinite."""
        wanted = self._checked(levels)
        slopes = self._met(wanted, range(len(wanted)), self._ends / 2)
        return self._bounds(wanted, slopes)

    def along(
        self, which: int, levels: Sequence[float], points: int = _POINTS
    ) -> tuple[Array, Array, Array]:
        """Return values of one level, and bounds on the rate with the others as they are.

        The values are those at which the known slopes place the bounds, in falling order.
        """
        wanted = self._checked(levels)
        if not 0 <= which < len(wanted):
            raise InputError(f"which must be from 0 to {len(wanted) - 1}; got {which}")
        others = [k for k in range(len(wanted)) if k != which]
        known = [one.slopes[which] for one in self.bounds if one.slopes[which] > 0]
        if not known:
            return np.empty(0), np.empty(0), np.empty(0)
        slopes, found = self._ends / 2, []
        # Errors are linear in the slope between two that are known.
        marks = np.unique(known)
        prices = np.interp(np.linspace(0, len(marks) - 1, points), np.arange(len(marks)), marks)
        for price in prices:
            slopes[which] = price
            slopes = self._met(wanted, others, slopes)
            here = wanted.copy()
            here[which] = self._evaluated(slopes)[2][which]
            found.append((here[which], *self._bounds(here, slopes)))
        places, lower, upper = np.array(sorted(found, reverse=True)).T
        # The rate does not rise with a level.
        lower = np.maximum.accumulate(lower)
        upper = np.minimum.accumulate(upper[::-1])[::-1]
        return frozen(places), frozen(lower), frozen(upper)

    def _checked(self, levels: Sequence[float]) -> Array:
        wanted = np.array([positive(one, "levels") for one in levels])
        if wanted.shape != self._ends.shape:
            raise InputError(f"levels must be {len(self._ends)}; got {len(wanted)}")
        return wanted
