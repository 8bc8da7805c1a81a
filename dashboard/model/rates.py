"""The rates of several problems, and the standard error of a difference of two rates."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.model.views import Floats
from dashboard.model.weights import SampledRows


@dataclass(frozen=True, eq=False)
class Rates:
    """Rates of several problems, (k,) each: certified upper bounds and gaps in bits.

    NaN where a problem is not solved yet, or cannot be.

    Attributes
    ----------
    influences_bits : array, (k, n), or None
        The derivative of each rate with the probability of each atom, for a source from samples.
    """

    bits: Floats
    gaps_bits: Floats
    influences_bits: Floats | None = None

    def part(self, places: slice) -> Rates:
        """Return some of them."""
        influences = self.influences_bits
        return Rates(
            self.bits[places],
            self.gaps_bits[places],
            None if influences is None else influences[places],
        )


def error_of_difference(
    rows: SampledRows | None, first: Floats | None, second: Floats | None
) -> float | None:
    """Return the standard error of the difference of two rates from the same rows, in bits.

    What a row changes in one rate it mostly changes in the other, too. So the difference is
    surer than its parts, and its error is that of the difference row by row. ``first`` and
    ``second`` are the derivatives of the rates with the probability of each atom, (n,). None if a
    rate has no standard error.
    """
    if rows is None or first is None or second is None:
        return None
    return rows.error_of(first - second)
