"""Every solver on every case of the bank: rate, levels, prices, complementarity, certificate."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import rdcore as rd
from rdcore.solvers import BlahutArimoto, InteriorPoint, Reference, _barrier
from rdcore.solvers.interior_point import _joined
from rdcore.solvers.newton import model_at
from rdcore.solvers.program import program, tilted
from tests.cases import FAILING, SOLVABLE, Case, Fate

TOL = 1e-9
# Curvature of R at these levels is at most of this order, in nats per unit of (level · price)².
PRICE_ERROR = 1e-5


@pytest.mark.parametrize("case", SOLVABLE, ids=str)
class TestInteriorPoint:
    @pytest.fixture
    def solution(self, case: Case) -> rd.Solution:
        return InteriorPoint().solve(case.build(), TOL)

    def test_certificate(self, case: Case, solution: rd.Solution) -> None:
        proof = solution.require().certificate
        assert 0 <= proof.lower <= proof.upper
        assert proof.gap <= TOL
        assert proof.violation <= TOL

    def test_rate(self, case: Case, solution: rd.Solution) -> None:
        proof = solution.certificate
        if case.fate is Fate.ZERO:
            assert proof.lower == 0
        if case.rate is not None:
            assert proof.lower - case.accuracy <= case.rate <= proof.upper + case.accuracy

    def test_channel_and_prices_are_valid(self, case: Case, solution: rd.Solution) -> None:
        assert (solution.channel >= 0).all()
        assert solution.channel.sum(axis=1) == pytest.approx(1, abs=1e-12)
        assert np.isfinite(solution.slopes).all()
        assert (solution.slopes >= 0).all()

    def test_prices(self, case: Case, solution: rd.Solution) -> None:
        levels = [f.level or 1.0 for f in solution.problem.fidelities]
        if case.prices is not None:
            for price, found, level in zip(case.prices, solution.prices, levels, strict=True):
                if price is not None:
                    allowed = case.price_accuracy + PRICE_ERROR
                    assert abs(found - price) * level <= allowed
        if case.total_price is not None:
            total = float(solution.prices.sum())
            allowed = case.price_accuracy + PRICE_ERROR
            assert abs(total - case.total_price) * levels[0] <= allowed

    def test_a_slack_level_has_no_price(self, case: Case, solution: rd.Solution) -> None:
        problem = solution.problem
        room = problem.headroom - problem.above(solution.channel)
        assert float(solution.slopes @ np.maximum(room, 0)) <= 2 * TOL


@pytest.mark.parametrize("case", FAILING, ids=str)
@pytest.mark.parametrize("solver", [InteriorPoint(), BlahutArimoto(), Reference()])
def test_failing_cases_have_their_message(case: Case, solver: rd.solvers.Solver) -> None:
    with pytest.raises(rd.InputError, match=case.message) as caught:
        solver.solve(case.build(), TOL)
    if case.fate is Fate.INFEASIBLE:
        assert isinstance(caught.value, rd.InfeasibleError)
    if case.smallest is not None:
        assert caught.value.smallest == pytest.approx(case.smallest, rel=1e-9)


def sample(every: int) -> list[Case]:
    return [case for index, case in enumerate(SOLVABLE) if index % every == 0]


@pytest.mark.parametrize("case", sample(3), ids=str)
def test_blahut_arimoto_brackets_the_rate(case: Case) -> None:
    solution = BlahutArimoto(max_iterations=3000).solve(case.build(), 1e-4)
    brackets(case, solution)


@pytest.mark.slow
@pytest.mark.parametrize("case", sample(4), ids=str)
def test_the_reference_brackets_the_rate(case: Case) -> None:
    brackets(case, Reference().solve(case.build(), 1e-4))


def brackets(case: Case, solution: rd.Solution) -> None:
    proof = solution.certificate
    assert proof.violation <= TOL
    if solution.status.converged:
        assert proof.gap <= 1e-4
    if case.rate is not None:
        assert proof.lower - case.accuracy <= case.rate <= proof.upper + case.accuracy


def coin(level: float) -> rd.Problem:
    source = rd.sources.bernoulli(0.3)
    return rd.Problem(source, source.atoms, "hamming", [rd.average(level)])


@pytest.mark.parametrize("solver", [InteriorPoint(), BlahutArimoto(), Reference()])
def test_all_solvers_agree_on_a_coin(solver: rd.solvers.Solver) -> None:
    solution = solver.solve(coin(0.1), 1e-4)
    assert solution.status.converged
    assert solution.rate == pytest.approx(
        float(rd.closed_forms.bernoulli(0.3, 0.1)), abs=solution.certificate.gap
    )


def test_an_iteration_limit_is_a_status_and_an_error_on_request() -> None:
    source = rd.sources.three_modes()
    problem = rd.Problem(source, rd.sources.codebook("three_modes"), fidelities=[rd.average(0.6)])
    solution = BlahutArimoto(max_iterations=20).solve(problem)
    assert solution.status is rd.Status.ITERATION_LIMIT
    assert solution.certificate.lower <= 1.165999660 <= solution.certificate.upper
    with pytest.raises(rd.NotConvergedError, match="gap is"):
        solution.require()


def test_the_barrier_takes_over_after_the_iteration_limit() -> None:
    source = rd.sources.three_modes()
    near = np.abs(source.atoms) < 1
    fidelities = [rd.average(0.6), rd.subset(near, 0.05, "joint")]
    problem = rd.Problem(source, rd.sources.codebook("three_modes"), fidelities=fidelities)
    solution = InteriorPoint(max_iterations=3).solve(problem).require()
    assert solution.rate == pytest.approx(1.186913352, abs=1e-9 + 5e-10)


def test_a_warm_start_does_not_change_the_result() -> None:
    source = rd.sources.three_modes()
    problem = rd.Problem(source, rd.sources.codebook("three_modes"), fidelities=[rd.average(0.6)])
    cold = rd.solve(problem)
    nearby = rd.solve(problem.with_levels([0.61]))
    for solver in (InteriorPoint(), BlahutArimoto()):
        tol = 1e-9 if isinstance(solver, InteriorPoint) else 1e-4
        warm = solver.solve(problem, tol, start=nearby)
        assert warm.status.converged
        assert warm.rate == pytest.approx(cold.rate, abs=tol)
    assert InteriorPoint().solve(problem, start=nearby).iterations < cold.iterations


@pytest.mark.parametrize(("m", "D"), [(200, 0.05), (300, 0.2), (400, 0.01)])
def test_the_barrier_does_not_search_in_rounding(
    monkeypatch: pytest.MonkeyPatch, m: int, D: float
) -> None:
    """Equally likely symbols, where the last steps gain less than the value can show."""
    evaluations = []

    def counted(*given: Any) -> Any:
        evaluations.append(given)
        return tilted(*given)

    monkeypatch.setattr(_barrier, "tilted", counted)
    source = rd.sources.from_pmf(np.arange(m), np.ones(m))
    found = rd.solve(rd.Problem(source, source.atoms, "hamming", [rd.average(D)]))
    assert found.status.converged
    assert found.rate == pytest.approx(rd.closed_forms.hamming_uniform(m, D), abs=1e-9)
    assert len(evaluations) < 400


HARD = rd.Problem(rd.sources.three_modes(), np.linspace(-8, 8, 300), fidelities=[rd.average(0.05)])


@pytest.mark.parametrize(
    ("solver", "problem"),
    [
        (InteriorPoint(), HARD),
        (BlahutArimoto(), HARD),
        (rd.solvers.Screening(), HARD),
        (rd.solvers.Exchange(), HARD.with_every()),
        (Reference(), HARD),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_solver_stops_at_the_time_limit(
    solver: rd.solvers.Solver, problem: rd.Problem
) -> None:
    solution = rd.solve(problem, solver=solver, time_limit=1e-6)
    assert solution.status is rd.solvers.Status.TIME_LIMIT
    proof = solution.certificate
    assert 0 <= proof.lower <= 2.2755
    assert proof.upper >= 2.2754
    with pytest.raises(rd.NotConvergedError, match="time limit"):
        solution.require()
    assert solver.solve(coin(0.1) if not problem.every else problem, 1.0, time_limit=60.0)


@pytest.mark.parametrize(
    "solver",
    [InteriorPoint(), BlahutArimoto(), rd.solvers.Screening(), rd.solvers.Exchange(), Reference()],
    ids=lambda value: type(value).__name__,
)
def test_every_solver_validates_its_arguments(solver: rd.solvers.Solver) -> None:
    problem = HARD.with_every() if isinstance(solver, rd.solvers.Exchange) else HARD
    for tol in (0.0, -1.0, np.nan):
        with pytest.raises(rd.InputError, match="tol"):
            solver.solve(problem, tol)
    with pytest.raises(rd.InputError, match="time_limit"):
        solver.solve(problem, time_limit=0.0)


@pytest.mark.parametrize(("m", "D"), [(200, 0.05), (300, 0.2), (400, 0.01)])
def test_a_uniform_source_with_many_symbols(m: int, D: float) -> None:
    """The rate is log m - h(D) - D log(m - 1), found in a few iterations."""
    source = rd.sources.from_pmf(np.arange(float(m)), np.ones(m))
    solution = rd.solve(rd.Problem(source, source.atoms, "hamming", [rd.average(D)])).require()
    spread = -D * np.log(D) - (1 - D) * np.log(1 - D) + D * np.log(m - 1)
    assert solution.rate == pytest.approx(np.log(m) - spread, abs=2e-9)
    assert solution.iterations <= 10


def test_a_level_for_each_of_many_symbols() -> None:
    """1384 rows; the common level is worth the sum of their prices."""
    source = rd.sources.four_clusters()
    far = (source.atoms**2).sum(axis=1) > 12
    task = rd.Problem(
        source,
        rd.sources.codebook("four_clusters"),
        fidelities=[rd.average(8.0), rd.subset(far, 12.0, "each")],
    )
    solution = rd.solve(task).require()
    other = rd.solve(task.with_levels([8.0, 12.001])).require()
    assert solution.rate_bits == pytest.approx(1.878574144, abs=2e-9)
    slope = (solution.rate - other.rate) / 1e-3
    assert solution.prices[1] == pytest.approx(slope, rel=2e-3)


def test_no_number_of_the_newton_system_is_subnormal() -> None:
    """Such numbers make products and factorisations several times slower."""
    source = rd.sources.three_modes()
    words = np.linspace(-8, 8, 200)
    scaled = program(rd.Problem(source, words, fidelities=[rd.average(0.01)]))
    model = model_at(scaled, np.full(200, 1 / 200), np.array([60.0 / scaled.scales[0]]))
    for part in (model.H, model.B, model.c):
        size = np.abs(part[part != 0])
        assert size.min() > np.finfo(np.float64).tiny


def test_a_stalled_solution_has_the_best_of_both_bounds() -> None:
    coin = rd.sources.bernoulli(0.3)
    good = rd.solve(rd.Problem(coin, coin.atoms, "hamming", [rd.average(0.1)]))
    flat = replace(good, slopes=good.slopes / 2)
    loose = replace(good, channel=0.9 * good.channel + 0.1 * np.eye(2), prior=good.marginal)
    assert flat.certificate.gap > 1e-3
    assert loose.certificate.gap > 1e-3
    for first, second in [(flat, loose), (loose, flat)]:
        found = _joined(first, second).certificate
        assert found.upper == flat.certificate.upper
        assert found.lower == loose.certificate.lower
        assert found.gap <= 1e-9
