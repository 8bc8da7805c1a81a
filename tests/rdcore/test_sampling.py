"""Standard errors and biases of rates from samples, against what many samples show."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter

import rdcore as rd
from benchmarks.draws import CASES, outcome
from rdcore.sampling import (
    Quantiles,
    SampleRecipe,
    SampleRows,
    SampleSubset,
    Share,
    Standing,
    block_length,
    error_of_mean,
    influence,
    of_rows,
    rate_influence,
    sampled,
)

GRID = np.linspace(-4, 4, 33)


def normal(rng: np.random.Generator) -> np.ndarray:
    return rng.normal(size=200)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_stated_errors_are_those_seen(case: str) -> None:
    """Over 120 draws the standard error is within a quarter of the deviation of the rates.

    ``python -m benchmarks.draws`` makes 200.
    """
    found = outcome(CASES[case], 120)
    assert found.stated == pytest.approx(found.seen, rel=0.25)
    if case in ("share", "ordered"):
        assert abs(found.fixed / found.seen - 1) > 0.25


@pytest.mark.slow
def test_errors_whose_linear_part_vanishes() -> None:
    """A Gaussian's rate at a share of its variance does not depend on the variance."""
    recipe = SampleRecipe(Share(0.1), codebook=GRID)
    found = [sampled(normal(np.random.default_rng([5, k])), recipe, resamples=4) for k in range(60)]
    seen = np.std([one.solution.rate for one in found], ddof=1)
    stated = np.sqrt(np.mean([one.error**2 for one in found]))
    assert stated == pytest.approx(seen, rel=0.5)
    assert found[0].solution.standard_error(200) > 3 * seen


@pytest.mark.slow
def test_the_bias_of_few_samples() -> None:
    """100 samples at D = .02: about a fifth of a bit below the Gaussian's rate."""
    found = [
        sampled(np.random.default_rng([1, k]).normal(size=100), SampleRecipe(0.02), resamples=6)
        for k in range(10)
    ]
    truth = 0.5 * np.log2(1 / 0.02)
    seen = np.mean([one.solution.rate_bits for one in found]) - truth
    stated = np.mean([one.bias_bits for one in found])
    assert seen == pytest.approx(-0.19, abs=0.05)
    assert 0.5 * seen > stated > 1.5 * seen


def rate_with(source: rd.Source, recipe: SampleRecipe, atom: int, share: float) -> rd.Solution:
    pmf = (1 - share) * source.pmf
    pmf[atom] += share
    return rd.solve(recipe.problem(rd.Source(source.atoms, pmf)), tol=1e-10)


def test_influence_is_the_derivative_of_the_whole_recipe() -> None:
    """Rate and prices, with levels that move with the variance, by finite differences."""
    source = rd.sources.three_modes()
    recipe = SampleRecipe(Share(0.05), [SampleSubset(lambda x: np.abs(x) < 1, Share(0.01))])
    found = rd.solve(recipe.problem(source), tol=1e-10)
    derived = influence(found, shares=recipe.shares)
    assert source.pmf @ derived.rate == pytest.approx(0, abs=1e-9)
    for atom in (5, 50):
        up, down = (rate_with(source, recipe, atom, share) for share in (1e-4, -1e-4))
        assert derived.rate[atom] == pytest.approx((up.rate - down.rate) / 2e-4, abs=1e-3)
        prices = (up.prices - down.prices) / 2e-4
        assert derived.prices[:, atom] == pytest.approx(prices, rel=0.05, abs=0.02)


def test_weights_and_repeated_rows() -> None:
    """Rows of weight 2 say less than twice as many rows; equal rows become one atom."""
    rows = np.random.default_rng(2).normal(size=120).round(1)
    recipe = SampleRecipe(0.1, codebook=GRID)
    plain = sampled(rows, recipe, resamples=0)
    even = sampled(rows, recipe, weights=np.full(120, 3.0), resamples=0)
    assert even.error == pytest.approx(plain.error)
    assert plain.effective == pytest.approx(120)
    assert plain.error == pytest.approx(plain.solution.standard_error(119), rel=1e-3)
    assert np.isnan(plain.bias)
    assert plain.resamples == 0
    assert plain.block == 1
    some = sampled(rows, recipe, weights=np.arange(120), resamples=0)
    assert some.effective == pytest.approx(90, rel=0.02)
    pairs = np.column_stack([rows, rows[::-1]])
    grid = rd.sources.grid_codebook(rd.sources.from_samples(pairs), 49)
    both = sampled(pairs, SampleRecipe(0.8, codebook=grid), resamples=2)
    assert both.bias_bits < 0.1
    assert both.price_errors_bits.shape == (1,)
    assert np.isfinite(both.price_biases_bits).all()
    assert both.error_bits > 0


def test_a_problem_as_a_recipe() -> None:
    """Its subset between quantiles moves with the probabilities, or stays."""
    rows = np.random.default_rng(8).normal(size=150)
    recipe = SampleRecipe(0.3, [SampleSubset(Quantiles(0.2, 0.6), 0.05)], codebook=GRID)
    wanted = sampled(rows, recipe, resamples=3)
    base = wanted.solution.problem
    order = SampleRows(base.source, np.argsort(np.argsort(rows)), np.full(150, 1 / 150))
    moving = Standing(base, [1])
    found = of_rows(order, moving, resamples=3)
    assert found.error == pytest.approx(wanted.error, rel=1e-3)
    assert found.bias == pytest.approx(wanted.bias, abs=2e-3)
    assert of_rows(order, Standing(base), resamples=0).error != pytest.approx(found.error, rel=0.01)
    pmf = np.where(base.source.atoms < 0, 2.0, 1.0)
    other = rd.Source(base.source.atoms, pmf / pmf.sum())
    assert other.pmf @ moving.problem(other).fidelities[1].mask == pytest.approx(0.4, abs=0.02)
    assert (Standing(base).problem(other).fidelities[1].mask == base.fidelities[1].mask).all()
    one = rate_influence(found.solution, [1])
    assert one == pytest.approx(influence(found.solution, quantiles=[1]).rate)
    first = of_rows(order, moving, resamples=0)
    assert error_of_mean(one[order.label]) == pytest.approx(first.error, rel=1e-6)
    assert error_of_mean(np.sort(one), ordered=True) > 2 * found.error


def test_lengths_of_blocks() -> None:
    rng = np.random.default_rng(1)
    assert block_length(rng.normal(size=2000)) < 12
    assert block_length(lfilter([1], [1, -0.9], rng.normal(size=2000))) > 25
    assert block_length(np.ones(100)) == 1


def test_arguments() -> None:
    rows = np.arange(6.0)
    for action, word in (
        (lambda: Quantiles(0.5, 0.2), "low"),
        (lambda: Share(0.0), "value"),
        (lambda: sampled(rows, SampleRecipe(0.1), weights=[1.0]), "weights"),
        (lambda: sampled(rows, SampleRecipe(0.1), resamples=-1), "resamples"),
        (
            lambda: sampled(np.eye(3), SampleRecipe(0.1, [SampleSubset(Quantiles(0.5), 1.0)])),
            "Quantiles",
        ),
    ):
        with pytest.raises(rd.InputError, match=word):
            action()
    source = rd.sources.three_modes()
    task = rd.Problem(source, GRID, fidelities=[rd.average(1.0), rd.subset(rows > 9, 1.0)][:1])
    with pytest.raises(rd.InputError, match="quantiles"):
        influence(rd.solve(task), quantiles=[0])
