"""Cells of densities: masses, means and variances against closed forms, and bad input."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy import stats
from scipy.special import logsumexp

import rdcore as rd
from rdcore.problem.cells import Law


def within(source: rd.Source) -> float:
    assert source.cells is not None
    return float(source.pmf @ source.cells.variance)


@pytest.mark.parametrize(
    ("law", "low", "high"),
    [
        (stats.norm(1.0, 2.0), -9, 11),
        (stats.norm(), -2, 1),
        (stats.laplace(scale=0.5), -6, 6),
        (stats.uniform(-1, 3), -1, 2),
        (stats.uniform(-1, 3), 0, 1),
        (stats.gamma(0.5), 0, 12),
        (stats.expon(), 0, 5),
        (stats.t(3), -8, 8),
        (stats.truncnorm(-3, 3), -3, 3),
        (stats.binom(4, 0.3), -0.5, 4.5),
    ],
    ids=lambda v: getattr(getattr(v, "dist", None), "name", str(v)),
)
@pytest.mark.parametrize("n", [2, 7, 150])
def test_moments_of_a_distribution_are_exact(law: Law, low: float, high: float, n: int) -> None:
    source = rd.sources.from_density(law, low, high, n)
    mean, variance = law.stats("mv")
    assert source.mean == pytest.approx([mean], abs=1e-11)
    assert source.variance + within(source) == pytest.approx(variance, rel=1e-10)


def test_cells_of_a_gaussian_are_those_of_the_truncated_one() -> None:
    source = rd.sources.gaussian_density(16, mean=1.0, scale=2.0, span=4.0)
    edges = np.linspace(-7, 9, 17)
    edges[0], edges[-1] = -np.inf, np.inf
    for k, (a, b) in enumerate(pairwise(edges)):
        cell = stats.truncnorm((a - 1) / 2, (b - 1) / 2, loc=1, scale=2)
        assert source.pmf[k] == pytest.approx(stats.norm(1, 2).cdf(b) - stats.norm(1, 2).cdf(a))
        assert source.atoms[k] == pytest.approx(cell.mean(), rel=1e-6)
        assert source.cells.variance[k] == pytest.approx(cell.var(), rel=1e-6)
    assert np.isinf(source.cells.proxies[[0, -1]]).all()
    assert source.cells.proxies[1:-1] == pytest.approx(0.25)


def test_a_function_and_its_distribution_agree() -> None:
    law = rd.sources.from_density(stats.truncnorm(-3, 3), -3, 3, 40)
    function = rd.sources.from_density(lambda x: 7 * np.exp(-(x**2) / 2), -3, 3, 40)
    assert function.atoms == pytest.approx(law.atoms, abs=1e-11)
    assert function.pmf == pytest.approx(law.pmf, rel=1e-11)
    assert function.cells.variance == pytest.approx(law.cells.variance, rel=1e-8)


def test_jumps_and_kinks_inside_a_cell_do_not_matter() -> None:
    step = rd.sources.from_density(lambda x: np.where(x > 0.3, 1.0, 0.0), 0, 1, 7)
    assert step.mean == pytest.approx([0.65], abs=1e-11)
    assert step.variance + within(step) == pytest.approx(0.7**2 / 12, rel=1e-10)
    kink = rd.sources.from_density(lambda x: np.exp(-np.abs(x)), -30, 30, 51)
    assert kink.variance + within(kink) == pytest.approx(2.0, rel=1e-9)


def test_breaks_are_edges() -> None:
    source = rd.sources.from_density(np.ones_like, 0, 1, 10, breaks=(0.33, 0.4))
    assert source.n == 10
    inside = (source.atoms > 0.33) & (source.atoms < 0.4)
    assert source.pmf[inside].sum() == pytest.approx(0.07)
    assert source.pmf[source.atoms < 0.33].sum() == pytest.approx(0.33)


def test_uniform_and_binned_sources_have_cells() -> None:
    uniform = rd.sources.uniform_grid(10, -1, 3)
    assert uniform.cells.variance == pytest.approx(0.4**2 / 12)
    assert uniform.variance + within(uniform) == pytest.approx(16 / 12)
    samples = np.random.default_rng(1).normal(size=(400, 2))
    binned = rd.sources.from_samples(samples, bins=(5, 9))
    assert binned.variance + within(binned) == pytest.approx(samples.var(axis=0).sum())
    assert rd.sources.from_samples(samples).cells is None
    assert within(rd.sources.from_samples([3.0, 3.0], bins=4)) == 0


@pytest.mark.parametrize("trial", range(20))
def test_the_proxy_of_binned_samples_bounds_their_moment_generating_function(trial: int) -> None:
    draw = np.random.default_rng(trial)
    samples = draw.normal(size=(60, 2)) ** 3
    source = rd.sources.from_samples(samples, bins=2)
    u = draw.normal(size=2) * draw.choice([0.01, 0.1, 1.0])
    width = np.ptp(samples, axis=0) / 2
    label = np.minimum((samples - samples.min(axis=0)) // width, 1) @ [2, 1]
    assert source.n == len(np.unique(label))
    for k, mark in enumerate(np.unique(label)):
        z = samples[label == mark] - source.atoms[k]
        log_mgf = logsumexp(z @ u) - np.log(len(z))
        assert log_mgf <= source.cells.proxies[k] * (u @ u) / 2 + 1e-12


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: rd.sources.from_density(stats.t(2), -8, 8, 20), "tails of finite variance"),
        (lambda: rd.sources.from_density(lambda x: x**-0.5, 0, 1, 5), "cannot be integrated"),
        (lambda: rd.sources.from_density(lambda x: -x, 0, 1, 5), "at least 0"),
        (lambda: rd.sources.from_density(lambda x: 1.0, 0, 1, 5), "one finite|a finite value"),
        (lambda: rd.sources.from_density(lambda x: 0 * x, 0, 1, 5), "no mass"),
        (lambda: rd.sources.from_density(stats.norm(), 1, 0, 5), "got low=1"),
        (
            lambda: rd.sources.from_density(stats.norm(), 0, 1, 1),
            "n must be an integer of 2 to 10000000; got 1",
        ),
        (lambda: rd.sources.from_density(stats.norm(), 0, 1, 5, breaks=(2,)), "breaks"),
        (
            lambda: rd.sources.from_density(stats.norm(), 0, 1, 2, breaks=(0.2, 0.5)),
            "n must be above the number of breaks, 2; got 2",
        ),
        (lambda: rd.Cells([-1.0]), "variance"),
        (lambda: rd.Cells([1.0], [1.0, 2.0]), "proxy"),
        (
            lambda: rd.Source([0, 1], [0.5, 0.5], cells=rd.Cells([0.0])),
            "cells must be one per atom, 2; got 1",
        ),
        (lambda: rd.sources.gaussian_density(5, scale=0), "scale must be"),
        (lambda: rd.sources.laplacian_density(5, span=-1), "span must be"),
    ],
)
def test_bad_input(make, message: str) -> None:
    with pytest.raises(rd.InputError, match=message):
        make()
