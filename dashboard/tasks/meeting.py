"""Quantisers designed at the prices of a problem so that they meet all its levels; no streamlit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

import rdcore as rd
from dashboard.model.views import Floats

Quantiser = rd.quantisers.Quantiser
LARGEST_FAMILY = 32
"""Codewords of the largest Lloyd–Max quantiser, unless the levels need more."""

_ROUNDS, _LLOYD_ROUNDS = 12, 3
# Atoms on a line up to which one run gives the quantisers of every size.
_MOST_AT_ONCE = 2500
# Rounds in which all prices are doubled until the levels are met.
_DOUBLINGS = 30
_MOST_HALVINGS = 24
_FEW = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32)
# Codewords that are tried where fewer do not meet the levels.
_MANY = (48, 64, 96, 128, 192, 256)
# Largest change of a price in one round, and the least price of a level that is missed.
_FACTOR = 2.0
_LEAST = 1e-3
_ROUNDING = 1e-6


def prices(problem: rd.Problem) -> Floats:
    """Return the prices of the certified solution over every codebook, (K,), not all 0."""
    free = problem.with_every()
    found = np.maximum(rd.solve(free, tol=1e-4).slopes, 0.0)
    return found if (found > 0).any() else np.ones_like(found)


def meets(problem: rd.Problem, one: Quantiser) -> bool:
    """Whether a quantiser meets every level, up to rounding."""
    return one.meets(problem, _ROUNDING)


def cheapest(problem: rd.Problem, quantisers: Sequence[Quantiser]) -> Quantiser | None:
    """Return the quantiser of least H(Y) of those that meet every level; None if none does."""
    able = [one for one in quantisers if meets(problem, one)]
    return min(able, key=lambda one: one.rate_bits) if able else None


def entropy_coded(problem: rd.Problem, slopes: Floats) -> Quantiser | None:
    """Return the best entropy-coded quantiser at prices near these that meets the levels."""
    free = problem.with_every()

    def design(at: Floats) -> Quantiser:
        if problem.source.dim == 1:
            return rd.quantisers.ecsq(free, at)
        return rd.quantisers.ecvq(free, at, starts=2)

    return _priced(problem, slopes, design)


def _priced(
    problem: rd.Problem, slopes: Floats, design: Callable[[Floats], Quantiser]
) -> Quantiser | None:
    """Return the cheapest design that meets the levels, at prices that follow what it reaches."""
    best: Quantiser | None = None
    for k in range(_ROUNDS):
        one = design(slopes)
        if meets(problem, one) and (best is None or one.rate_bits < best.rate_bits):
            best = one
        # Designs change in jumps, so the steps become smaller.
        slopes = _moved(problem, slopes, one, 0.85**k)
    for _ in range(_DOUBLINGS):
        if best is not None:
            break
        slopes = _FACTOR * slopes
        one = design(slopes)
        best = one if meets(problem, one) else None
    return best


def _moved(problem: rd.Problem, slopes: Floats, one: Quantiser, power: float) -> Floats:
    """Return prices, higher for the levels that are missed and lower for those that are not."""
    levels = np.array([fidelity.level for fidelity in problem.fidelities])
    reached = np.asarray(one.distortions(problem))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(reached > 0, reached / levels, 1.0)
    factor = np.clip(ratio, 1 / _FACTOR, _FACTOR) ** power
    owner = problem.rows.fidelity
    missed = (ratio > 1 + _ROUNDING)[owner]
    raised = np.where(missed, np.maximum(slopes, _LEAST * slopes.max()), slopes)
    return np.asarray(raised * factor[owner])


def lloyd_max(problem: rd.Problem, slopes: Floats) -> Quantiser | None:
    """Return the Lloyd–Max quantiser of least H(Y) that meets the levels, with enough codewords.

    The prices of the levels against each other follow what the smallest one that meets D reaches.
    """
    best: Quantiser | None = None
    for _ in range(_LLOYD_ROUNDS if len(problem.fidelities) > 1 else 1):
        seen: list[Quantiser] = []
        for one in _by_size(problem, slopes):
            seen.append(one)
            if one.m >= LARGEST_FAMILY and cheapest(problem, seen) is not None:
                break
        found = cheapest(problem, seen)
        if found is not None and (best is None or found.rate_bits < best.rate_bits):
            best = found
        D = problem.fidelities[0].level
        middle = next((one for one in seen if one.distortions(problem)[0] <= D), seen[-1])
        slopes = _moved(problem, slopes, middle, 1.0)
    return best


def _by_size(problem: rd.Problem, slopes: Floats) -> Iterator[Quantiser]:
    free = problem.with_every()
    n = problem.n
    line = problem.source.dim == 1 and n <= _MOST_AT_ONCE
    if line:
        yield from rd.quantisers.lloyd_max_family(free, min(LARGEST_FAMILY, n), slopes=slopes)
    for m in (*(() if line else _FEW), *_MANY):
        if m <= n:
            yield rd.quantisers.lloyd_max(free, m, slopes=slopes)
    if n > LARGEST_FAMILY and n not in _MANY:
        yield rd.quantisers.lloyd_max(free, n, slopes=slopes)


def uniform(
    problem: rd.Problem, several: Sequence[Quantiser], least_step: float
) -> Quantiser | None:
    """Return the uniform quantiser of least H(Y) that meets the levels.

    Where none of several does, the step is halved until one does.
    """
    found = cheapest(problem, several)
    free = problem.with_every()
    for k in range(1, _MOST_HALVINGS):
        if found is not None:
            break
        found = cheapest(problem, [rd.quantisers.uniform(free, least_step / 2**k)])
    return found
