"""R(D, C), its surface and R(D, P) as jobs; no streamlit."""

from __future__ import annotations

import math
from collections.abc import Generator

import numpy as np

import rdcore as rd
from dashboard.formatting import LN2, figure, short
from dashboard.jobs.steps import Step, stepwise
from dashboard.model.classification import (
    GAUSSIAN_CELL,
    IN_USE,
    MOST_OWN_CODEWORDS,
    ClassesView,
    DemandsView,
    Divergence,
    PenaltyView,
    PerceptionView,
)
from dashboard.model.codebooks import SpecError
from dashboard.model.views import Axis, Floats, SurfaceView
from rdcore import classification, perception
from rdcore.classification import Classified, Task

_TOLERANCE, _MANY_TOLERANCE = 1e-6, 1e-3
_MANY_LABELS = 4
_SURFACE_TOLERANCE = 1e-4
MOST_PERCEIVED = 170
_PERCEIVED = 13
_STARTS = 4


def tolerance(asked: Task) -> float:
    """Return the gap to reach, nats."""
    many = asked.posteriors[0].shape[1] > _MANY_LABELS or asked.source.n > MOST_OWN_CODEWORDS
    return _MANY_TOLERANCE if many else _TOLERANCE


def solve(asked: Task) -> Generator[Step, None, ClassesView]:
    """Solve at one D and C, with each constraint alone and with a fixed alphabet, in a worker."""
    gap = tolerance(asked)
    yield Step(0.05, "solving with D and C")
    both = classification.solved(asked, gap)
    yield Step(0.45, "solving with D only")
    plain = rd.solve(asked.problem, tol=gap)
    yield Step(0.5, "solving with C only")
    slack = rd.largest_level(asked.problem)
    label_only = classification.solved(
        classification.levelled(asked, slack, asked.levels[0]), gap, tidy=False
    )
    yield Step(0.8, "solving without labels on a fixed alphabet")
    fixed = classification.on_alphabet(asked, both, starts=_STARTS, tol=gap)
    return _view(both, plain, label_only, fixed.upper_bits)


def _view(
    both: Classified, plain: rd.Solution, label_only: Classified, fixed: float
) -> ClassesView:
    used = both.marginal > IN_USE
    order = np.argsort(-both.marginal[used])
    proof = both.certificate
    return ClassesView(
        proof.lower_bits,
        proof.upper_bits,
        proof.scope,
        both.status.value,
        float(both.distortions[0]),
        both.uncertainties_bits[0],
        float(both.prices_bits[0]),
        float(both.label_prices[0]),
        both.pairs.codewords[used][order],
        both.marginal[used][order],
        both.posteriors[0][used][order],
        (plain.certificate.lower_bits, plain.certificate.upper_bits),
        (label_only.certificate.lower_bits, label_only.certificate.upper_bits),
        fixed,
    )


def surface(asked: Task, x: Axis, y: Axis) -> Generator[Step, None, SurfaceView]:
    """Solve at every pair of D and C, the label level in bits, in a worker."""
    gap = max(_SURFACE_TOLERANCE, tolerance(asked))
    found = None
    for found in classification.growing_surface(asked, x.levels, y.levels * LN2, tol=gap):
        yield Step(found.share, shown=_as_view(found, x, y))
    assert found is not None
    return _as_view(found, x, y)


def _as_view(found: rd.Surface, x: Axis, y: Axis) -> SurfaceView:
    known = np.isfinite(found.rates)

    def bits(values: Floats) -> Floats:
        return np.where(known, values, np.nan).T / LN2

    prices = np.where(known, found.prices[:, :, 1], np.nan).T
    return SurfaceView(
        x,
        y,
        bits(found.rates),
        bits(found.lowers),
        bits(found.prices[:, :, 0]),
        prices,
    )


def penalty(asked: Task) -> Generator[Step, None, PenaltyView]:
    """Search for the two demands with the largest universality penalty, in a worker."""
    gap = max(1e-5, tolerance(asked))
    found = yield from stepwise(
        lambda progress, _: classification.largest_penalty(
            asked, points=5, tol=gap, progress=progress
        )
    )
    (level, _), (_, nats) = found.pairs
    return PenaltyView(
        level,
        nats / LN2,
        max(one.rate_bits for one in found.each),
        found.universal.rate_bits,
        found.lower_bits,
        found.upper_bits,
    )


def several(
    asked: Task, pairs: tuple[tuple[float, float], ...]
) -> Generator[Step, None, DemandsView]:
    """Bound R(Θ) and A(Θ) of one encoder for pairs (D, C), C in bits, in a worker."""
    gap = max(1e-5, tolerance(asked))
    yield Step(0.05, "solving for each demand")
    slack = rd.largest_level(asked.problem), asked.most[0]
    levels = [(min(D, slack[0]), min(C * LN2, slack[1])) for D, C in pairs]
    problem = asked.problem
    found = classification.rate_penalty(
        asked.source,
        asked.posteriors[0],
        levels,
        problem.distortion,
        problem.codebook,
        tol=gap,
    )
    both = [one.certificate for one in (*found.each, found.universal)]
    bits = [(one.lower_bits, one.upper_bits) for one in both]
    return DemandsView(pairs, tuple(bits[:-1]), bits[-1], (found.lower_bits, found.upper_bits))


def gaussian_demands(rho: float, pairs: tuple[tuple[float, float], ...]) -> DemandsView:
    """Bound R(Θ) and A(Θ) for jointly Gaussian X and S with pairs (D, C), C = h(S|X̂) in bits."""
    least = 0.5 * math.log2(2 * math.pi * math.e * (1 - rho**2))
    for _, C in pairs:
        if least >= C:
            raise SpecError(f"C = {short(C)} bits must be above h(S|X) = {figure(least)} bits.")
    levels = [(D, C * LN2 - np.log(GAUSSIAN_CELL)) for D, C in pairs]
    found = classification.gaussian_penalty(rho, levels, cell=GAUSSIAN_CELL)
    each = tuple((low / LN2, high / LN2) for low, high in found.each)
    low, high = found.universal
    return DemandsView(pairs, each, (low / LN2, high / LN2), (found.lower_bits, found.upper_bits))


def perceived(problem: rd.Problem, divergence: Divergence) -> Generator[Step, None, PerceptionView]:
    """Solve for R(D, P) along P, from perfect realism to a P that is slack."""
    if problem.n > MOST_PERCEIVED:
        raise SpecError(
            f"This source has {problem.n} atoms; this card accepts at most {MOST_PERCEIVED}."
        )
    free = rd.solve(problem, tol=1e-8)
    demands: dict[Divergence, perception.Perception] = {
        "tv": perception.TotalVariation(1.0),
        "w1": perception.Wasserstein1(1.0),
        "w2": perception.Wasserstein2Squared(1.0),
    }
    demand = demands[divergence]
    demand.check(problem.source.dim)
    distributions = (
        (problem.source.points, problem.source.pmf),
        (problem.codewords, free.marginal),
    )
    reached = demand.distance(*distributions)
    levels = reached * np.linspace(0, 1.1, _PERCEIVED) ** 1.5
    if divergence == "tv":
        levels = np.unique(np.minimum(levels, 1.0))
    lower, upper, price = (np.full(len(levels), np.nan) for _ in range(3))
    for k, level in enumerate(levels):
        try:
            found = perception.rate(problem, demand.at(float(level)), tol=1e-6)
        except rd.InfeasibleError:
            continue
        lower[k], upper[k] = found.certificate.lower_bits, found.certificate.upper_bits
        price[k] = found.perception_price_bits
        shown = PerceptionView(levels, lower, upper, price, free.rate_bits, reached)
        yield Step((k + 1) / len(levels), shown=shown)
    return PerceptionView(levels, lower, upper, price, free.rate_bits, reached)
