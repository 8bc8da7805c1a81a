"""Standard errors of differences of rates, kept for all runs of the pages."""

from __future__ import annotations

from dataclasses import dataclass, field

from dashboard.model.rates import error_of_difference
from dashboard.model.specs import ProblemSpec
from dashboard.model.views import Floats
from dashboard.ui.memory import remember


@dataclass(frozen=True)
class _Pair:
    """Two solved problems, which tell it from others, and the derivatives of their rates, (n,)."""

    spec: ProblemSpec
    other: ProblemSpec
    influence_bits: Floats = field(compare=False)
    other_bits: Floats = field(compare=False)


def error(
    spec: ProblemSpec, influence_bits: Floats | None, other: ProblemSpec, other_bits: Floats | None
) -> float | None:
    """Return the standard error of the rate of one problem minus that of another, bits.

    Both are solved for the same rows; the arrays are the derivatives of their rates with the
    probability of each atom, (n,). None if a rate has no standard error.
    """
    if influence_bits is None or other_bits is None:
        return None
    return _kept(_Pair(spec, other, influence_bits, other_bits))


@remember(64)
def _kept(pair: _Pair) -> float | None:
    """Return the standard error; of two million rows it takes a third of a second."""
    return error_of_difference(pair.spec.rows(), pair.influence_bits, pair.other_bits)


def forget() -> None:
    """Forget all of them, which may be of deleted data."""
    _kept.clear()
